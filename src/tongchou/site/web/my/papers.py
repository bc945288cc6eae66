"""居民页面: the record over time, certificates, objections, notices, family, account (RIG-01…06, RIG-08, RIG-11)."""

from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import histories
from tongchou.platform.histories import RecordSet
from tongchou.platform.web import access
from tongchou.rights import commands, queries
from tongchou.rights.queries import Certificate
from tongchou.rights.reminders import reminders_of
from tongchou.rights.states import OF_OTHERS, OF_PERSON, CertificateKind, CertificateState, NoticeKind, Way
from tongchou.rights.web.badges import certificate_badge, objection_badge
from tongchou.rights.web.certificates import OF_A_YEAR, as_pdf
from tongchou.rights.web.forms import ObjectionForm
from tongchou.rights.web.objections import wanted_of
from tongchou.rights.web.record import lines_of, stood
from tongchou.settlement import history as benefits
from tongchou.site.web.my import identity
from tongchou.site.web.my.identity import residents_only

YEARS_OFFERED: Final = 6
PAGE: Final = 30
_BY_SMS: Final = (NoticeKind.PROGRESS, NoticeKind.DECISION, NoticeKind.PAYMENT, NoticeKind.COLLECTION)


@residents_only
def record(request: Any) -> HttpResponse:
    """我的权益记录, the newest first; `?on=` asks for a day (ENR-25)."""
    resident = request.resident
    on = _day(request.GET.get("on", ""))
    part = histories.read(
        person_id=resident.person_id,
        person_no=resident.person_no,
        until=on,
        at=request.GET.get("at", ""),
        size=PAGE,
    )
    context = {
        "lines": lines_of(part.rows, lambda permission: False),
        "next": part.next,
        "on": on,
        "then": None if on is None else stood(resident.person_id, on),
    }
    return render(request, "site/my/record.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@residents_only
def certificates(request: Any) -> HttpResponse:
    """我的证明: what was given out to me, and what I can have now (RIG-02, RIG-11)."""
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            made = commands.issue_certificate(
                _kind(request),
                person_id=request.resident.person_id,
                **_period(request),
                operator=None,
                way=Way.WEB,
                now=request.now,
            )
        except DomainError as refused:
            refusal = refused
        else:
            return redirect("my:certificate", made.number)
    known = queries.certificates_of(request.resident.person_id)
    context = {
        "certificates": [(one, CertificateKind(one.kind).label, certificate_badge(one.state)) for one in known],
        "kinds": [(kind.value, kind.label, kind in OF_A_YEAR) for kind in OF_PERSON if kind not in OF_OTHERS],
        "years": range(request.today.year + 1, request.today.year - YEARS_OFFERED, -1),  # the next may be paid already
        "year": request.POST.get("year", str(request.today.year)),
        "chosen": request.POST.get("kind", CertificateKind.ENROLMENT.value),
        **_refused(refusal),
    }
    return render(request, "site/my/certificates.html", context, status=422 if refusal else 200)


def _kind(request: Any) -> CertificateKind:
    wanted = request.POST.get("kind", "")
    if wanted not in set(CertificateKind):
        raise Http404
    return CertificateKind(wanted)


def _period(request: Any) -> dict[str, Any]:
    """The year asked for, as the kind of certificate needs it."""
    year = request.POST.get("year", "")
    if not year.isdecimal() or not date.min.year <= int(year) <= date.max.year:
        return {}
    return {"year": int(year), "since": date(int(year), 1, 1)}


@require_http_methods(["GET", "HEAD", "POST"])
@residents_only
def certificate(request: Any, number: str) -> HttpResponse:
    """One certificate of mine: looked at, or downloaded, which is counted like every other copy."""
    found = _own(request, number)
    if request.method == "POST":
        copy = commands.print_certificate(number=number, operator=None, way=Way.WEB, now=request.now)
        response = as_pdf(found, copy=copy, request=request, now=request.now)
        response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
        return response
    context = {
        "found": found,
        "kind": CertificateKind(found.kind).label,
        "state": certificate_badge(found.state),
        "usable": found.state is CertificateState.VALID,
        "withdrawn": found.state is CertificateState.WITHDRAWN,
    }
    return render(request, "site/my/certificate.html", context)


def _own(request: Any, number: str) -> Certificate:
    """The resident's own certificate; anybody else's is not there."""
    found = queries.certificate(number)
    if found is None or found.subject != f"person:{request.resident.person_id}":
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@residents_only
def objections(request: Any) -> HttpResponse:
    """记录有误: file an objection, and see what became of mine (RIG-05)."""
    form = ObjectionForm(request.POST or None)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.file_objection(
                wanted_of(request.resident.person_id, form), operator=None, way=Way.WEB, now=request.now
            )
        except DomainError as refused:
            refusal = refused
        else:
            return redirect("my:objections")
    known = queries.objections_of(request.resident.person_id)
    context = {
        "objections": [
            (one, RecordSet(one.record).label, objection_badge(one.state), one.ended_at is None) for one in known
        ],
        "form": form,
        **_refused(refusal),
    }
    return render(request, "site/my/objections.html", context, status=422 if refusal or form.errors else 200)


@require_POST
@residents_only
def withdraw(request: Any, number: str) -> HttpResponse:
    """撤回 my objection."""
    try:
        commands.withdraw_objection(number=number, person_id=request.resident.person_id, operator=None, now=request.now)
    except DomainError:
        raise Http404 from None
    return redirect("my:objections")


@require_http_methods(["GET", "HEAD", "POST"])
@residents_only
def notices(request: Any) -> HttpResponse:
    """通知, reminders of today above them; which kinds come as short messages too (RIG-08)."""
    person_id = request.resident.person_id
    if request.method == "POST":
        chosen = {NoticeKind(one) for one in request.POST.getlist("by_sms") if one in set(NoticeKind)}
        commands.choose_sms(person_id=person_id, kinds=chosen)
        return redirect("my:notices")
    facts = enrolment.facts(person_id, request.today)
    part = queries.notices_of(person_id, at=request.GET.get("at", ""))
    wanted = queries.wants_sms(person_id)
    context = {
        "reminders": reminders_of(facts, request.today) if facts else [],
        "notices": [(one, one.read_at is None) for one in part.rows],
        "next": part.next,
        "kinds": [(kind.value, kind.label, kind in wanted) for kind in _BY_SMS],
    }
    response = render(request, "site/my/notices.html", context)
    commands.mark_all_read(person_id=person_id, now=request.now)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@residents_only
def family(request: Any) -> HttpResponse:
    """家庭成员: who may see my record, and whose I may see (RIG-03)."""
    own = request.resident.own_id
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            commands.give_mandate(
                person_id=own,
                agent_name=request.POST.get("name", "")[:50],
                agent_certificate_no=request.POST.get("certificate_no", "")[:50],
                now=request.now,
            )
        except DomainError as refused:
            refusal = refused
        else:
            return redirect("my:family")
    context = {
        "given": queries.mandates_given(own, request.today),
        "held": queries.mandates_held(own, request.today),
        "acting": bool(request.resident.agent_id),
        "name": request.POST.get("name", ""),
        **_refused(refusal),
    }
    return render(request, "site/my/family.html", context, status=422 if refusal else 200)


@require_POST
@residents_only
def act_for(request: Any, person_id: int) -> HttpResponse:
    """查看家人的记录, or back to my own; noted in the family member's trail."""
    try:
        resident = identity.act_for(request.resident, person_id, now=request.now)
    except DomainError:
        raise Http404 from None
    response = redirect("my:home")
    identity.remember(response, resident)
    return response


@require_POST
@residents_only
def end(request: Any, mandate_id: int) -> HttpResponse:
    """解除委托: from this moment."""
    try:
        commands.end_mandate(mandate_id=mandate_id, person_id=request.resident.own_id, now=request.now)
    except DomainError:
        raise Http404 from None
    return redirect("my:family")


@residents_only
def account(request: Any) -> HttpResponse:
    """个人账户: what is left, what was put in, interest among it (RIG-06; NM-ACCT §2)."""
    facts = enrolment.facts(request.resident.person_id, request.today)
    if facts is None:
        raise Http404
    balance = benefits.account_balance(facts.pooling_area, facts.id)
    since = date(request.today.year, 1, 1)
    settled = benefits.settlements_between(facts.id, since=since, until=date(request.today.year + 1, 1, 1))
    context = {
        "balance_fen": balance,
        "credits": benefits.account_credits(facts.pooling_area, facts.id) if balance is not None else [],
        "year": request.today.year,
        "paid_fen": sum(one.account_paid_fen for one in settled),
    }
    return render(request, "site/my/account.html", context)


def _refused(refusal: DomainError | None) -> dict[str, str]:
    return {
        "refusal": access.sentence(refusal) if refusal else "",
        "refusal_code": refusal.code if refusal else "",
    }

"""居民页面: am I covered, what did the fund pay and why, what did I pay in, who looked (RIG-01…04)."""

import json
from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongchou.contributions.web.of_person import coverage_of
from tongchou.encounters.states import CareKind
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.states import PersonCategory, Scheme, SpecialCategory
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.authentication import from_this_machine
from tongchou.platform.web import access
from tongchou.rights import queries as rights
from tongchou.settlement import commands, queries, reports
from tongchou.settlement.queries import SettlementRow, SettlementView
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.badges import state_badge
from tongchou.settlement.web.bars import shares
from tongchou.settlement.web.of_person import year_to_date
from tongchou.settlement.web.settlement import trees
from tongchou.settlement.web.slip_data import code_of, printed_slip
from tongchou.site.web.my import identity
from tongchou.site.web.my.identity import residents_only
from tongchou.wire.numbers import NotOurId, parse_wire_id

LATEST: Final = 5


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """核验身份并登录. To callers on this machine a few invented residents are offered."""
    if identity.resident_of(request) is not None:
        return redirect("my:home")
    context: dict[str, Any] = {"name": request.POST.get("name", "")[:50]}
    status = 200
    if request.method == "POST":
        try:
            resident = identity.prove(
                name=request.POST.get("name", ""),
                certificate_no=request.POST.get("certificate_no", ""),
                card_no=request.POST.get("card_no", ""),
                address=request.META.get("REMOTE_ADDR") or "",
                now=access.now(),
            )
        except DomainError as refusal:
            context |= {"refusal": access.sentence(refusal), "code": refusal.code}
            status = 403
        else:
            response = redirect("my:home")
            identity.remember(response, resident)
            return response
    context["demo_residents"] = _demo_residents(request)
    return render(request, "site/my/login.html", context, status=status)


def _demo_residents(request: HttpRequest) -> list[dict[str, str]]:
    """A few invented residents with bills, for callers on this machine while the city is an invented one."""
    if not from_this_machine(request) or not platform.demo_logins_present():
        return []
    ids = queries.persons_with_most_paid(limit=LATEST)
    return [
        {
            "name": one.name,
            "said": one.said,
            "fill": json.dumps({"name": one.name, "certificate_no": one.certificate_no, "card_no": one.card_no}),
        }
        for one in enrolment.proofs_of(ids)
    ]


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """退出."""
    response = redirect("my:login")
    identity.forget(response)
    return response


@residents_only
def home(request: Any) -> HttpResponse:
    """首页: covered or not and since when, what the fund paid this year, the latest bills."""
    facts = _facts(request)
    context = {
        "facts": facts,
        "scheme": Scheme(facts.scheme).label if facts.scheme else "",
        "category": PersonCategory(facts.category).label if facts.category else "",
        "groups": [SpecialCategory(group).label for group in facts.groups],
        "unit_name": platform.unit_name(facts.unit_code, request.today),
        **coverage_of(facts, request.today),
        "loss": credentials.loss_of(facts.id),
        "year": request.today.year,
        "paid": _paid_this_year(facts, request.today.year),
        "bills": _bills(queries.settlements_of_person(facts.id, size=LATEST).rows),
        "unread": rights.unread_notices(facts.id),
    }
    return render(request, "site/my/home.html", context)


@residents_only
def coverage(request: Any) -> HttpResponse:
    """参保与缴费: the years covered, and what was paid for each."""
    facts = _facts(request)
    return render(request, "site/my/coverage.html", {"facts": facts, **coverage_of(facts, request.today)})


@residents_only
def year(request: Any) -> HttpResponse:
    """年度累计: how far deductibles and ceilings are used."""
    return render(request, "site/my/year.html", year_to_date(_facts(request), request))


@residents_only
def bills(request: Any) -> HttpResponse:
    """就医账单, the newest first."""
    part = queries.settlements_of_person(request.resident.person_id, at=request.GET.get("at", ""), size=20)
    return render(request, "site/my/bills.html", {"bills": _bills(part.rows), "next": part.next})


@residents_only
def bill(request: Any, number: str) -> HttpResponse:
    """一笔账单: the stacked bar, and why each amount is what it is, in plain words."""
    view = _own(request, number)
    context = {
        "view": view,
        "row": view.row,
        "number": number,
        "institution": institution_name(view.row.institution_code),
        "kind": CareKind(view.row.kind).label,
        "state": state_badge(view.row.state),
        "shares": shares(view.columns),
        "trees": trees(view, detailed=False),
        "code": code_of(view),
    }
    return render(request, "site/my/bill.html", context)


@require_POST
@residents_only
def slip(request: Any, number: str) -> HttpResponse:
    """下载结算单: counted like every other copy."""
    view = _own(request, number)
    row = view.row
    print_no = commands.note_slip_print(
        pooling_area=row.pooling_area, settlement_id=row.id, operator=_("本人"), now=request.now
    )
    facts = reports.slip(row.pooling_area, row.id, print_no=print_no)
    if facts is None:
        raise Http404
    check_at = request.build_absolute_uri(reverse("public:verify"))
    content = printed_slip(view, facts, print_no=print_no, check_at=check_at, now=request.now)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    return response


@residents_only
def seen(request: Any) -> HttpResponse:
    """谁看过我的记录 (RIG-04): when, from which unit, and what for; not the name of the member of staff."""
    entries = platform.trail_of("person", request.resident.person_no, limit=100)
    units = platform.units_of_operators({entry.operator_id for entry in entries if entry.operator_id})
    context = {
        "entries": [
            (
                entry.at,
                units.get(entry.operator_id or 0, ""),
                trail.label(entry.action),
                bool(entry.staff_code),
                _for_whom(entry.detail),
            )
            for entry in entries
        ]
    }
    return render(request, "site/my/seen.html", context)


def _for_whom(detail: dict[str, Any]) -> str:
    """To whom and on what ground something was given out (RIG-04): a third party with its document, or an heir."""
    return " · ".join(str(detail[key]) for key in ("applicant", "document_no", "purpose") if detail.get(key))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """结算单验真 (RIG-02): number and code of a paper against what is kept; shows only what stands on the paper."""
    number = request.POST.get("number", "").strip()[:40]
    code = request.POST.get("code", "").strip().upper()[:20]
    context: dict[str, Any] = {"number": number, "code": code, "asked": request.method == "POST"}
    if request.method == "POST":
        view = _view(number)
        if view is not None and code_of(view) == code:
            context |= {"view": view, "institution": institution_name(view.row.institution_code)}
    return render(request, "site/my/verify.html", context)


def _facts(request: Any) -> enrolment.Facts:
    facts = enrolment.facts(request.resident.person_id, request.today)
    if facts is None:
        raise Http404
    return facts


def _own(request: Any, number: str) -> SettlementView:
    """The resident's own settlement; anybody else's is not there (SET-32)."""
    view = _view(number)
    if view is None or view.row.person_id != request.resident.person_id or view.annulment:
        raise Http404
    return view


def _view(number: str) -> SettlementView | None:
    try:
        return queries.one(*parse_wire_id(number))
    except NotOurId:
        return None


def _bills(rows: Sequence[SettlementRow]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "institution": institution_name(row.institution_code),
            "kind": CareKind(row.kind).label,
            "state": state_badge(row.state),
            "own_fen": row.account_paid_fen + row.cash_fen,
        }
        for row in rows
    ]


def _paid_this_year(facts: enrolment.Facts, year: int) -> dict[str, int]:
    """What the visits of the year cost, and what the funds paid of it."""
    years = [one for one in queries.years_of_person(facts.person_no, year) if one.scheme == facts.scheme]
    total = sum(one.total_fen for one in years)
    funds = sum(fen for one in years for code, fen in one.funds.items() if code != "310200")
    return {"visits": sum(one.settlements for one in years), "total_fen": total, "fund_fen": funds}

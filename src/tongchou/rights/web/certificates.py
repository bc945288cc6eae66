"""权益证明 (RIG-02; CON-14; ENR-35): issue at the counter, look at what was given out, print again, withdraw."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import history as registration
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.web.person import person_page
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.kernel.errors import DomainError
from tongchou.platform import paging
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, sentence
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.rights import commands, contents, queries
from tongchou.rights.models import Certificate
from tongchou.rights.states import OF_PERSON, CertificateKind, CertificateState, Way
from tongchou.rights.web.badges import certificate_badge
from tongchou.rights.web.paper import certificate_pdf, spaced
from tongchou.rights.web.places import CHAPTER

OF_A_YEAR: Final = frozenset(
    {
        CertificateKind.CONTRIBUTION,
        CertificateKind.HOUSEHOLD_CONTRIBUTION,
        CertificateKind.STATEMENT,
        CertificateKind.BENEFIT,
    }
)
"""Kinds that ask for a year."""


class CertificateFilter(lists.FilterForm):
    kind = lists.choice(_("种类"), CertificateKind.choices)
    number = lists.words(_("编号"), longest=40)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.certificates(request.scope, **criteria).defer("content"))


def address(row: Certificate) -> str:
    return reverse("rights:certificate", args=[row.number])


CERTIFICATES: Final = lists.List(
    name="certificates",
    title=_("权益证明"),
    columns=(
        lists.Column(_("出具时间"), "issued_at", "moment"),
        lists.Column(_("种类"), lambda row: CertificateKind(row.kind).label, "choice"),
        lists.Column(_("编号"), "number", "code"),
        lists.Column(_("出具机构"), "agency"),
        lists.Column(_("渠道"), lambda row: Way(row.way).label, "choice"),
        lists.Column(_("出具人"), "issued_by", "staff"),
        lists.Column(_("打印次数"), "copies", "number"),
        lists.Column(_("状态"), lambda row: certificate_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=CertificateFilter,
    link=address,
    template="rights/list.html",
    empty=_("还没有出具过证明。"),
)


@page("rights.view")
def certificates(request: PageRequest) -> HttpResponse:
    """What was given out, the newest first."""
    return CERTIFICATES.respond(request, here="certificates", crumbs=crumbs(CHAPTER, _("权益证明")))


@page("rights.view")
def of_person(request: PageRequest, person_no: str) -> HttpResponse:
    """证明: a tab of the person's page; what was given out, and what can be issued now."""
    return _of_person(request, person_no)


def _of_person(request: PageRequest, person_no: str, refusal: DomainError | None = None) -> HttpResponse:
    context = person_page(request, person_no, "certificates")
    facts: enrolment.Facts = context["facts"]
    known = queries.certificates_at_counter(facts.id, registration.household_id_of(facts.id))
    context |= {
        "certificates": [(one, CertificateKind(one.kind).label, certificate_badge(one.state)) for one in known],
        "kinds": [(kind.value, kind.label, kind in OF_A_YEAR) for kind in OF_PERSON],
        "may_issue": may(request, "rights.issue"),
        "year": request.POST.get("year", request.today.year),
        "chosen": request.POST.get("kind", CertificateKind.ENROLMENT.value),
        "refusal": sentence(refusal) if refusal else "",
        "refusal_code": refusal.code if refusal else "",
    }
    return render(request, "rights/of_person.html", context, status=422 if refusal else 200)


@page("rights.issue", methods=("POST",))
def issue(request: PageRequest, person_no: str) -> HttpResponse:
    """出具: leads to the certificate, from where it is printed."""
    facts = person_in_reach(request, person_no)
    wanted = request.POST.get("kind", "")
    if wanted not in {kind.value for kind in OF_PERSON}:
        raise Http404
    kind, year = CertificateKind(wanted), request.POST.get("year", "")
    try:
        made = commands.issue_certificate(
            kind,
            person_id=facts.id,
            year=int(year) if kind in OF_A_YEAR and year.isdecimal() else None,
            since=date(int(year), 1, 1) if kind is CertificateKind.BENEFIT and _is_year(year) else None,
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        return _of_person(request, person_no, refusal)
    return redirect("rights:certificate", made.number)


def _is_year(text: str) -> bool:
    return text.isdecimal() and date.min.year <= int(text) <= date.max.year


@page("rights.view")
def certificate(request: PageRequest, number: str) -> HttpResponse:
    """One certificate: its content as issued, its copies, whether it still stands."""
    found = _find(request, number)
    content = contents.from_kept(found.content)
    tables = [(table, table.rows[: paging.PAGE_SIZE], len(table.rows)) for table in content.tables]
    context = {
        "found": found,
        "kind": CertificateKind(found.kind).label,
        "way": Way(found.way).label,
        "state": certificate_badge(found.state),
        "content": content,
        "tables": tables,
        "code": spaced(found.code),
        "prints": list(found.prints.order_by("-print_no")),
        "person_no": enrolment.person_no_of(found.person_id) if found.person_id else "",
        "may_print": may(request, "rights.issue") and found.state is not CertificateState.WITHDRAWN,
        "may_withdraw": may(request, "rights.issue") and found.state is not CertificateState.WITHDRAWN,
        "verify_at": public_address(request),
        "crumbs": [*crumbs(CHAPTER, (_("权益证明"), "rights:certificates")), Crumb(number)],
    }
    return render(request, "rights/certificate.html", context)


@page("rights.issue", methods=("POST",))
def print_one(request: PageRequest, number: str) -> HttpResponse:
    """打印: counted; from the second copy on it says 补打 (ORG-21)."""
    found = _find(request, number)
    copy = commands.print_certificate(number=number, operator=request.operator, way=Way.COUNTER, now=request.now)
    return as_pdf(found, copy=copy, request=request, now=request.now)


@page("rights.issue", methods=("POST",))
def withdraw(request: PageRequest, number: str) -> HttpResponse:
    """撤回, with the reason that whoever checks it is not told."""
    _find(request, number)
    reason = request.POST.get("reason", "")[:200]
    commands.withdraw_certificate(number=number, reason=reason, operator=request.operator, now=request.now)
    messages.success(request, gettext("证明已撤回,查验时会显示“已撤回”。"))
    return redirect("rights:certificate", number)


def as_pdf(found: Certificate, *, copy: int, request: HttpRequest, now: Any) -> HttpResponse:
    """The paper as an answer (打印件)."""
    content = certificate_pdf(found, copy=copy, verify_at=public_address(request), now=now)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response


def public_address(request: HttpRequest) -> str:
    """Where anybody may check a paper (验真网址)."""
    return request.build_absolute_uri(reverse("public:verify"))


def _find(request: PageRequest, number: str) -> Certificate:
    found = queries.certificate(number)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="certificate", key=number)
    return found

"""第三方查询申请 (RIG-04, RIG-07): list, form, decision by a second person, and the one extract."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.web.reach import person_in_reach
from tongchou.platform.histories import RecordSet
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.rights import commands, queries
from tongchou.rights.commands.applications import Asked
from tongchou.rights.models import AccessApplication
from tongchou.rights.states import ApplicantKind, ApplicationState
from tongchou.rights.web.badges import application_badge
from tongchou.rights.web.certificates import as_pdf
from tongchou.rights.web.forms import ApplicationForm, DecisionForm
from tongchou.rights.web.places import CHAPTER


class ApplicationFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ApplicationState.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.applications(request.scope, **criteria))


APPLICATIONS: Final = lists.List(
    name="access_applications",
    title=_("第三方查询"),
    columns=(
        lists.Column(_("申请时间"), "filed_at", "moment"),
        lists.Column(_("申请人类别"), lambda row: ApplicantKind(row.applicant_kind).label, "choice"),
        lists.Column(_("申请人"), "applicant"),
        lists.Column(_("文书号"), "document_no"),
        lists.Column(_("参保人"), lambda row: row.person.name, "name"),
        lists.Column(_("用途"), lambda row: row.purpose[:30]),
        lists.Column(_("提供时间"), "given_at", "moment"),
        lists.Column(_("状态"), lambda row: application_badge(row.state), "state"),
        lists.Column(_("编号"), "number", "code"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=ApplicationFilter,
    link=lambda row: reverse("rights:application", args=[row.number]),
    template="rights/list.html",
    empty=_("没有第三方查询申请。"),
)


@page("rights.view")
def applications(request: PageRequest) -> HttpResponse:
    """Applications, the newest first."""
    return APPLICATIONS.respond(request, here="applications", crumbs=crumbs(CHAPTER, _("第三方查询")))


@page("rights.handle", methods=("GET", "POST"))
def new(request: PageRequest, person_no: str) -> HttpResponse:
    """受理查询申请."""
    facts = person_in_reach(request, person_no)
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            made = commands.file_application(_asked(facts.id, form), operator=request.operator, now=request.now)
            return redirect("rights:application", made.number)
    context = {"form": form, "facts": facts, "form_name": "application", "title": gettext("受理查询申请")}
    return render(request, "rights/form.html", context, status=422 if form.errors else 200)


def _asked(person_id: int, form: ApplicationForm) -> Asked:
    filled = {name: value for name, value in form.cleaned_data.items() if not name.startswith("period_")}
    filled["applicant_kind"] = ApplicantKind(filled["applicant_kind"])
    filled["records"] = tuple(RecordSet(one) for one in filled["records"])
    return Asked(person_id=person_id, **filled, **form.period())


@page("rights.view")
def application(request: PageRequest, number: str) -> HttpResponse:
    """What is asked for and on what ground on the left, the decision on the right."""
    return _shown(request, _find(request, number))


def _shown(request: PageRequest, found: AccessApplication, bound: DecisionForm | None = None) -> HttpResponse:
    deciding = found.state == ApplicationState.FILED and may(request, "rights.approve")
    context = {
        "found": found,
        "state": application_badge(found.state),
        "kind": ApplicantKind(found.applicant_kind).label,
        "is_heir": found.applicant_kind == ApplicantKind.HEIR,
        "records": [RecordSet(one).label for one in found.records],
        "form": bound or DecisionForm(),
        "deciding": deciding,
        "withheld": None if deciding else bound,
        "giving": found.state == ApplicationState.APPROVED and may(request, "rights.handle"),
        "crumbs": [
            *crumbs(CHAPTER, (_("第三方查询"), "rights:applications")),
            Crumb(found.number),
        ],
    }
    return render(request, "rights/application.html", context, status=422 if bound and bound.errors else 200)


@page("rights.approve", methods=("POST",))
def decide(request: PageRequest, number: str) -> HttpResponse:
    """核准或不予提供."""
    found = _find(request, number)
    form = DecisionForm(request.POST)
    if form.is_valid():
        with refusals_at(form):
            commands.decide_application(
                number=number,
                approved=request.POST.get("decision") == "approved",
                opinion=form.cleaned_data["opinion"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已办理。"))
            return redirect("rights:application", number)
    return _shown(request, found, form)


@page("rights.handle", methods=("POST",))
def give(request: PageRequest, number: str) -> HttpResponse:
    """提供摘录: once; the answer is the paper itself."""
    _find(request, number)
    extract = commands.give_extract(number=number, operator=request.operator, now=request.now)
    return as_pdf(extract, copy=1, request=request, now=request.now)


def _find(request: PageRequest, number: str) -> AccessApplication:
    found = queries.application(number)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="access_application", key=number)
    return found

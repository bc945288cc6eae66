"""受影响的就医: care refused while a wrong suspension or termination stood, for reimbursement by hand (ENR-24)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.endings import queries, undoing
from tongchou.enrolment.models import RefusedVisit
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs

OPEN: Final = "open"


class VisitFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ((OPEN, _("待办理")),))


def _badge(visit: RefusedVisit) -> Badge:
    return Badge(_("已办结"), Tone.DONE) if visit.closed_at else Badge(_("待办理"), Tone.WAITING)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.refused_visits(open_only=criteria.get("state") == OPEN, scope=request.scope))


VISITS: Final = lists.List(
    name="refused_visits",
    title=_("受影响的就医"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.ending.person.name, "name"),
        lists.Column(_("日期"), "happened_on", "day"),
        lists.Column(_("事项"), "what"),
        lists.Column(_("机构编号"), "institution_code", "code"),
        lists.Column(_("当时的答复"), "said"),
        lists.Column(_("更正时间"), lambda row: row.ending.undone_at, "moment"),
        lists.Column(_("状态"), _badge, "state"),
    ),
    read=_read,
    orders={"id": ("id",)},
    form=VisitFilter,
    defaults=lambda request: {"state": OPEN},
    link=lambda row: reverse("enrolment:refused_visit", args=[row.id]),
    empty=_("没有受影响的就医。"),
    next_step=_("更正停保、注销时,期间被拒的就医列在这里,逐条手工报销。"),
    template="enrolment/section.html",
)


@page("enrolment.view_person")
def listed(request: PageRequest) -> HttpResponse:
    """The list, those waiting first."""
    return VISITS.respond(request, crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("受影响的就医")))


class CloseForm(forms.Form):
    note = forms.CharField(
        label=_("办结说明"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


@page("enrolment.view_person", methods=("GET", "POST"))
def visit(request: PageRequest, visit_id: int) -> HttpResponse:
    """One refused visit, and its closing: reimbursed, or nothing to reimburse."""
    found = queries.refused_visit(visit_id)
    if found is None:
        raise Http404
    person = found.ending.person
    check_unit(request, person.unit_code, kind="person", key=person.person_no)
    form = CloseForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            undoing.close_visit(
                visit_id=visit_id, note=form.cleaned_data["note"], operator=request.operator, now=request.now
            )
            messages.success(request, gettext("已办结。"))
            return redirect("enrolment:refused_visits")
    may_close = found.closed_at is None and may(request, "enrolment.change")
    context = {
        "visit": found,
        "person": person,
        "form": form,
        "state": _badge(found),
        "may_close": may_close,
        "withheld": None if may_close else form,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("受影响的就医"), "enrolment:refused_visits")),
            Crumb(person.name),
        ],
    }
    return render(request, "enrolment/refused_visit.html", context, status=422 if form.errors else 200)

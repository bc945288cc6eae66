"""权益异议 (RIG-05): list with due days, the form, and the page where one checks and another answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
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
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.rights import commands, queries
from tongchou.rights.commands.objections import Wanted
from tongchou.rights.models import Objection
from tongchou.rights.states import ObjectionState, Way
from tongchou.rights.web.badges import due_badge, objection_badge
from tongchou.rights.web.forms import AnswerForm, FindingForm, ObjectionForm
from tongchou.rights.web.places import CHAPTER


class ObjectionFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ObjectionState.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """An objection as listed."""

    found: Objection
    due: Badge | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.objections(request.scope, only_open=not criteria.get("state"), **criteria))


def _complete(request: PageRequest, rows: Sequence[Objection]) -> Sequence[Line]:
    return [Line(row, due_badge(row, request.today)) for row in rows]


OBJECTIONS: Final = lists.List(
    name="objections",
    title=_("权益异议"),
    columns=(
        lists.Column(_("答复期限"), "due_on", "day"),
        lists.Column(_("期限"), "due", "state"),
        lists.Column(_("参保人"), lambda row: row.person.name, "name"),
        lists.Column(_("记录类别"), lambda row: RecordSet(row.record).label, "choice"),
        lists.Column(_("异议内容"), lambda row: row.said[:40]),
        lists.Column(_("提出时间"), "filed_at", "moment"),
        lists.Column(_("渠道"), lambda row: Way(row.way).label, "choice"),
        lists.Column(_("状态"), lambda row: objection_badge(row.state), "state"),
        lists.Column(_("编号"), "number", "code"),
    ),
    read=_read,
    complete=_complete,
    orders={"due": ("due_on", "id")},
    form=ObjectionFilter,
    link=lambda row: reverse("rights:objection", args=[row.number]),
    template="rights/list.html",
    empty=_("没有待办的异议。"),
)


@page("rights.view")
def objections(request: PageRequest) -> HttpResponse:
    """Open objections by due day, or those of a state."""
    return OBJECTIONS.respond(request, here="objections", crumbs=crumbs(CHAPTER, _("权益异议")))


@page("rights.handle", methods=("GET", "POST"))
def new(request: PageRequest, person_no: str) -> HttpResponse:
    """受理异议 at the counter."""
    facts = person_in_reach(request, person_no)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            made = commands.file_objection(
                wanted_of(facts.id, form), operator=request.operator, way=Way.COUNTER, now=request.now
            )
            return redirect("rights:objection", made.number)
    context = {"form": form, "facts": facts, "form_name": "objection", "title": gettext("受理权益异议")}
    return render(request, "rights/form.html", context, status=422 if form.errors else 200)


def wanted_of(person_id: int, form: forms.Form) -> Wanted:
    """What the filled form asks for."""
    filled = form.cleaned_data
    return Wanted(
        person_id=person_id,
        record=RecordSet(filled["record"]),
        year=filled["year"],
        said=filled["said"],
        evidence=filled["evidence"],
    )


@page("rights.view")
def objection(request: PageRequest, number: str) -> HttpResponse:
    """The case on the left, finding and answer on the right."""
    return _shown(request, _find(request, number))


def _shown(request: PageRequest, found: Objection, bound: forms.Form | None = None) -> HttpResponse:
    checking = found.state == ObjectionState.FILED and may(request, "rights.handle")
    answering = found.state == ObjectionState.CHECKED and may(request, "rights.approve")
    kind = FindingForm if checking else AnswerForm if answering else None
    is_due = kind is not None and isinstance(bound, kind)
    context = {
        "found": found,
        "state": objection_badge(found.state),
        "due": due_badge(found, request.today),
        "record": RecordSet(found.record).label,
        "way": Way(found.way).label,
        "form": kind(initial={"version": found.version}) if kind and not is_due else bound,
        "checking": checking,
        "answering": answering,
        "withheld": None if is_due else bound,
        "may_withdraw": may(request, "rights.handle") and found.state in (ObjectionState.FILED, ObjectionState.CHECKED),
        "is_checker": bool(found.checked_by and found.checked_by.citizen_id == request.operator.citizen_id),
        "crumbs": [
            *crumbs(CHAPTER, (_("权益异议"), "rights:objections")),
            Crumb(found.number),
        ],
    }
    return render(request, "rights/objection.html", context, status=422 if bound and bound.errors else 200)


@page("rights.handle", methods=("POST",))
def check(request: PageRequest, number: str) -> HttpResponse:
    """核查."""
    return _decide(request, number, FindingForm, gettext("核查情况已记录,等待答复。"), commands.check_objection)


@page("rights.approve", methods=("POST",))
def answer(request: PageRequest, number: str) -> HttpResponse:
    """答复: corrected, or refused with the reason."""

    def decide(**filled: Any) -> Objection:
        return commands.answer_objection(corrected=request.POST.get("decision") == "corrected", **filled)

    return _decide(request, number, AnswerForm, gettext("已答复,并通知本人。"), decide)


def _decide(
    request: PageRequest, number: str, kind: type[forms.Form], done: str, command: Callable[..., Objection]
) -> HttpResponse:
    found = _find(request, number)
    form = kind(request.POST)
    if form.is_valid():
        with refusals_at(form):
            command(number=number, **form.cleaned_data, operator=request.operator, now=request.now)
            messages.success(request, done)
            return redirect("rights:objection", number)
    return _shown(request, found, form)


@page("rights.handle", methods=("POST",))
def withdraw(request: PageRequest, number: str) -> HttpResponse:
    """撤回 at the person's wish."""
    _find(request, number)
    commands.withdraw_objection(number=number, person_id=None, operator=request.operator, now=request.now)
    messages.success(request, gettext("异议已撤回。"))
    return redirect("rights:objection", number)


def _find(request: PageRequest, number: str) -> Objection:
    found = queries.objection(number)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="objection", key=number)
    return found

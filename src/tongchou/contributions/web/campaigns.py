"""动员任务: made from a list for a town, handed to its clerks, with the outcome of each visit (ENR-32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.outreach import commands, queries
from tongchou.contributions.outreach.models import Campaign, CampaignTask
from tongchou.contributions.outreach.rules import coverage_rate
from tongchou.contributions.outreach.states import FOUND_OUT_HERE, UNINSURED, Outcome, TaskState
from tongchou.contributions.web.outreach import fresh_request_id, gap_badge
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs

WEEKS_TO_VISIT: Final = 4
MOST_PLACES: Final = 500
_PICK_ALL: Final = _("全选")
_TONES: Final = {
    Outcome.JOINED: Tone.DONE,
    Outcome.ELSEWHERE: Tone.RESTING,
    Outcome.REFUSED: Tone.BAD,
    Outcome.DIED: Tone.RESTING,
    Outcome.LOST: Tone.BAD,
    Outcome.UNVISITED: Tone.RESTING,
    Outcome.SUSPENDED: Tone.RESTING,
}
TOLD_BY_HAND: Final = [(one.value, one.label) for one in Outcome if one not in FOUND_OUT_HERE]


def campaign_badge(campaign: Campaign, today: date) -> Badge:
    """任务状态 as shown: over, overdue, or in hand."""
    if campaign.closed_at is not None:
        return Badge(_("已结束"), Tone.RESTING)
    if campaign.due_on < today:
        return Badge(_("已逾期"), Tone.BAD)
    return Badge(_("进行中"), Tone.HAND)


def task_badge(task: Any) -> Badge:
    """走访结果 as shown."""
    if task.state == TaskState.OPEN:
        return Badge(str(TaskState.OPEN.label), Tone.WAITING)
    told = Outcome(task.outcome)
    return Badge(str(told.label), _TONES[told])


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign with the name of its town and its state."""

    row: Any
    unit_name: str
    badge: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _complete(request: PageRequest, rows: Sequence[Campaign]) -> Sequence[CampaignLine]:
    places = platform.unit_names_of({row.unit_code for row in rows})
    return [
        CampaignLine(row, places.get(row.unit_code, row.unit_code), campaign_badge(row, request.today)) for row in rows
    ]


CAMPAIGNS: Final = lists.List(
    name="campaigns",
    title=_("动员任务"),
    columns=(
        lists.Column(_("任务编号"), "number", "code"),
        lists.Column(_("任务名称"), "title"),
        lists.Column(_("承办机构"), "unit_name"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("人数"), "persons", "number"),
        lists.Column(_("已办结"), "done", "number"),
        lists.Column(_("进度"), lambda row: coverage_rate(row.done, row.persons), "text"),
        lists.Column(_("完成期限"), "due_on", "day"),
        lists.Column(_("状态"), "badge", "state"),
    ),
    read=lambda request, criteria: lists.Table(queries.campaigns(request.scope)),
    complete=_complete,
    orders={"newest": ("-id",)},
    link=lambda row: reverse("contributions:campaign", args=[row.number]),
    template="contributions/campaigns.html",
    empty=_("没有动员任务。"),
    next_step=_("在“应保尽保”的名单页下达任务。"),
)


@page("contributions.view")
def campaigns(request: PageRequest) -> HttpResponse:
    """动员任务 inside the scope, the newest first."""
    return CAMPAIGNS.respond(
        request,
        may_make=may(request, commands.OUTREACH),
        crumbs=crumbs((_("应保尽保"), "contributions:outreach"), _("动员任务")),
    )


class CampaignForm(forms.Form):
    """下达动员任务."""

    unit = forms.ChoiceField(label=_("承办机构"), widget=forms.Select(attrs={"class": "form-select"}))
    year = forms.ChoiceField(label=_("保险年度"), widget=forms.Select(attrs={"class": "form-select"}))
    gap = forms.ChoiceField(
        label=_("动员对象"),
        required=False,
        choices=[("", _("全部未参保人员")), *((one.value, one.label) for one in UNINSURED)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    title = lists.words(_("任务名称"), longest=60)
    due_on = lists.day(_("完成期限"))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        here = request.operator.org_unit_id
        known = platform.unit_names_of({here})
        places = platform.units_below(here, request.today, ("county", "town", "village"))[:MOST_PLACES]
        self.fields["unit"].choices = [
            *known.items(),
            *((one.code, f"{one.code} {one.name}") for one in places if one.code != here),
        ]
        self.fields["year"].choices = [(str(year), str(year)) for year in queries.years(request.scope, request.today)]
        for name in ("title", "due_on"):
            self.fields[name].required = True


@page(commands.OUTREACH, methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """下达动员任务 from the list of a place."""
    asked = request.GET
    first = {
        "unit": asked.get("unit", ""),
        "year": asked.get("year", ""),
        "gap": asked.get("gap", ""),
        "title": gettext("全民参保登记走访"),
        "due_on": request.today + timedelta(weeks=WEEKS_TO_VISIT),
    }
    form = CampaignForm(request, request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "unit"):
            made = commands.make_campaign(
                unit_code=told["unit"],
                year=int(told["year"]),
                gap=told["gap"],
                title=told["title"],
                due_on=told["due_on"],
                request_id=fresh_request_id(request),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("任务已下达,共%(n)s人。") % {"n": made.persons})
            return redirect("contributions:campaign", made.number)
    context = {
        "form": form,
        "request_id": fresh_request_id(request),
        "crumbs": [
            *crumbs((_("应保尽保"), "contributions:outreach"), (_("动员任务"), "contributions:campaigns")),
            Crumb(gettext("下达")),
        ],
    }
    return render(request, "contributions/campaign_form.html", context, status=422 if form.errors else 200)


# --- one campaign ---------------------------------------------------------------------------------------------------


class TaskFilter(lists.FilterForm):
    state = lists.choice(_("状态"), [("open", _("待走访")), *TOLD_BY_HAND])
    unit = lists.words(_("村(社区)代码"), longest=12)
    mine = lists.choice(_("经办人"), [("mine", _("分派给我的"))])


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task with the name of its village; `pick` is what the box sends."""

    row: CampaignTask
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def pick(self) -> str:
        return f"{self.row.pk}:{self.row.version}"

    @property
    def clerk(self) -> str:
        return self.row.assigned_to.name if self.row.assigned_to else ""


def _placed(request: PageRequest, rows: Sequence[CampaignTask]) -> Sequence[TaskLine]:
    places = platform.unit_names_of({row.unit_code for row in rows})
    return [TaskLine(row, places.get(row.unit_code, row.unit_code)) for row in rows]


def _tasks(campaign: Campaign) -> lists.List:
    def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
        found = queries.tasks(campaign.pk, request.scope)
        state = criteria.get("state", "")
        if state:
            found = found.filter(state=TaskState.OPEN) if state == "open" else found.filter(outcome=state)
        if unit := criteria.get("unit"):
            found = found.filter(unit_code__startswith=unit)
        if criteria.get("mine"):
            found = found.filter(assigned_to=request.operator)
        return lists.Table(found)

    return lists.List(
        name="campaign_tasks",
        title=_("走访任务"),
        columns=(
            lists.Column(_PICK_ALL, "pick", "pick"),
            lists.Column(
                _("姓名"),
                lambda row: row.person.name,
                "name",
                link=lambda row: reverse("enrolment:person", args=[row.person.person_no]),
            ),
            lists.Column(_("证件号码"), lambda row: row.person.certificate_no, "certificate"),
            lists.Column(_("联系电话"), lambda row: masks.phone(row.person.phone) if row.person.phone else "", "code"),
            lists.Column(_("村(社区)"), "unit_name"),
            lists.Column(_("类别"), lambda row: gap_badge(row.gap), "state"),
            lists.Column(_("经办人"), "clerk"),
            lists.Column(_("说明"), "note"),
            lists.Column(_("办理时间"), "done_at", "moment"),
            lists.Column(_("结果"), task_badge, "state"),
        ),
        read=read,
        complete=_placed,
        orders={"place": ("unit_code", "id")},
        form=TaskFilter,
        template="contributions/campaign.html",
    )


def _found(request: PageRequest, number: str) -> tuple[Campaign, platform.OrgUnit]:
    """A campaign and its place. Raises: Http404, OutOfScope.

    Whoever works in a village of the town sees the part that lies there.
    """
    found = queries.campaign(number)
    place = platform.unit(found.unit_code) if found else None
    if found is None or place is None:
        raise Http404
    inside = request.scope.owns(place.path) or (
        request.scope.prefixes and queries.tasks(found.pk, request.scope).exists()
    )
    if not inside:
        check_unit(request, found.unit_code, kind="campaign", key=number)
    return found, place


@page("contributions.view")
def campaign(request: PageRequest, number: str) -> HttpResponse:
    """One campaign: how far it is, village by village, and the names."""
    found, place = _found(request, number)
    counted = queries.outcomes_of(found.pk)
    done = sum(count for outcome, count in counted.items() if outcome)
    villages = queries.progress_by_unit(found.pk)[:MOST_PLACES]
    places = platform.unit_names_of({code for code, *_rest in villages} | {found.unit_code})
    works = found.closed_at is None and may(request, commands.OUTREACH)
    return _tasks(found).respond(
        request,
        campaign=found,
        badge=campaign_badge(found, request.today),
        unit_name=places.get(found.unit_code, found.unit_code),
        done=done,
        rate=coverage_rate(done, found.persons),
        outcomes=[(one.label, counted[one.value]) for one in Outcome if one.value in counted],
        villages=[
            (code, places.get(code, code), persons, ready, joined, coverage_rate(ready, persons))
            for code, persons, ready, joined in villages
        ],
        may_work=works,
        may_close=works and request.scope.covers(place.path),
        clerks=_clerks(request, place) if works else [],
        choices=TOLD_BY_HAND,
        crumbs=[
            *crumbs((_("应保尽保"), "contributions:outreach"), (_("动员任务"), "contributions:campaigns")),
            Crumb(number),
        ],
    )


def _clerks(request: PageRequest, place: platform.OrgUnit) -> list[tuple[str, str]]:
    """Whoever holds a post with the permission at the town or in its villages, inside one's own reach (经办人)."""
    staff = platform.colleagues_who_may(commands.OUTREACH, place, request.today)
    return [(one.staff_code, one.name) for one in staff if request.scope.covers(one.org_unit.path)][:MOST_PLACES]


def _picks(request: PageRequest) -> list[tuple[int, int]]:
    """The chosen tasks as they were shown. Raises: Http404 for what no page of ours sends."""
    chosen = [one.partition(":") for one in request.POST.getlist("pick")]
    if any(not (task.isdecimal() and version.isdecimal()) for task, _colon, version in chosen):
        raise Http404
    return [(int(task), int(version)) for task, _colon, version in chosen]


@page(commands.OUTREACH, methods=("POST",))
def work(request: PageRequest, number: str) -> HttpResponse:
    """What is done with the chosen tasks: an outcome, or a clerk who visits; back to the same page of the list."""
    _found(request, number)
    common: dict[str, Any] = {
        "number": number,
        "picks": _picks(request),
        "operator": request.operator,
        "now": request.now,
    }
    try:
        if request.POST.get("act") == "assign":
            count = commands.assign_tasks(staff_code=request.POST.get("clerk", "")[:30], **common)
            messages.success(request, gettext("已分派%(n)s人。") % {"n": count})
        else:
            count = commands.record_outcomes(
                outcome=request.POST.get("outcome", ""), note=request.POST.get("note", ""), **common
            )
            messages.success(request, gettext("已登记%(n)s人的走访结果。") % {"n": count})
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
    return redirect("contributions:campaign", number)


@page(commands.OUTREACH, methods=("POST",))
def close(request: PageRequest, number: str) -> HttpResponse:
    """结束动员任务."""
    try:
        commands.close_campaign(number=number, operator=request.operator, now=request.now)
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
    else:
        messages.success(request, gettext("任务已结束。"))
    return redirect("contributions:campaign", number)

"""操作日志: who did, saw or was refused what, and whether the chain of seals holds (GX2017 §133; RIG-04)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongchou.platform import paging, queries, trail
from tongchou.platform.models import TrailEntry
from tongchou.platform.states import TrailOutcome
from tongchou.platform.web import lists, staff
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

SHOWN_DAYS: Final = 30

_TONES: Final = {
    TrailOutcome.DONE: Tone.DONE,
    TrailOutcome.SEEN: Tone.RESTING,
    TrailOutcome.REFUSED: Tone.BAD,
    TrailOutcome.FAILED: Tone.BAD,
}


class TrailFilter(lists.FilterForm):
    since = lists.day(_("从"))
    until = lists.day(_("到"))
    staff_code = lists.words(_("工作人员代码"), longest=30)
    outcome = lists.choice(_("结果"), TrailOutcome.choices)
    action = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as listed."""

    id: int
    at: datetime
    staff_code: str
    unit: str
    action: str
    outcome: Badge
    about: str
    address: str


OBJECT_WORDS: Final = {
    "calendar_year": _("工作日历"),
    "case": _("业务件"),
    "contribution_standard": _("缴费标准"),
    "diagnosis": _("诊断"),
    "disease": _("病种"),
    "encounter": _("就诊"),
    "export": _("导出"),
    "fund": _("基金"),
    "import": _("导入"),
    "institution": _("定点机构"),
    "item": _("目录项目"),
    "list": _("清单"),
    "message": _("报文"),
    "operator": _("人员"),
    "org_unit": _("机构"),
    "person": _("参保人"),
    "pooling_area": _("统筹区"),
    "receipt": _("收件回执"),
    "settlement": _("结算"),
    "subject": _("办理对象"),
    "year_change": _("年度切换"),
}
"""What an entry is about, as clerks call it."""


def about(entry: TrailEntry) -> str:
    """The object of an entry in words, with its number (操作对象)."""
    return f"{OBJECT_WORDS.get(entry.object_kind, entry.object_kind)} {entry.object_key}".strip()


def outcome_badge(outcome: str) -> Badge:
    """A result as shown (结果)."""
    known = TrailOutcome(outcome)
    return Badge(known.label, _TONES[known])


def lines(entries: Sequence[TrailEntry]) -> list[Line]:
    """Entries as listed (日志行), each with the unit its operator works at."""
    units = queries.units_of_operators({entry.operator_id for entry in entries if entry.operator_id})
    return [
        Line(
            entry.id,
            entry.at,
            entry.staff_code,
            units.get(entry.operator_id or 0, ""),
            trail.label(entry.action),
            outcome_badge(entry.outcome),
            about(entry),
            entry.address,
        )
        for entry in entries
    ]


def timeline(request: PageRequest, object_kind: str, key: object, *, limit: int = 50) -> list[Line]:
    """操作日志 of one thing as its page shows it, the newest first; the names of those who acted are looked up."""
    found = lines(queries.trail_of(object_kind, str(key), limit=limit))
    staff.know(request, (line.staff_code for line in found))
    return found


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    first = criteria.get("since") or request.today - timedelta(days=SHOWN_DAYS)
    last = criteria.get("until") or request.today
    wanted = {key: criteria[key] for key in ("staff_code", "outcome", "action") if key in criteria}

    def read(at: str) -> paging.Slice:
        found = queries.trail_page(
            request.scope,
            since=_midnight(first),
            until=_midnight(last + timedelta(days=1)),
            below_id=int(at) if at.isdecimal() else None,
            limit=paging.PAGE_SIZE + 1,
            **wanted,
        )
        shown = found[: paging.PAGE_SIZE]
        return paging.Slice(lines(shown), "", str(shown[-1].id) if len(found) > len(shown) else "")

    return lists.Pages(read)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)


TRAIL: Final = lists.List(
    name="trail",
    title=_("操作日志"),
    columns=(
        lists.Column(_("时间"), "at", "moment"),
        lists.Column(_("工作人员"), "staff_code", "code"),
        lists.Column(_("机构"), "unit"),
        lists.Column(_("操作"), "action", "choice"),
        lists.Column(_("结果"), "outcome", "state"),
        lists.Column(_("对象"), "about"),
        lists.Column(_("来源地址"), "address", "code"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=TrailFilter,
    link=lambda line: reverse("platform:trail_entry", args=[line.id]),
    template="platform/trail.html",
    empty=_("这段时间没有日志。"),
)


@page("trail.view")
def trail_page(request: PageRequest) -> HttpResponse:
    """The trail inside the operator's scope, the newest first."""
    return TRAIL.respond(request, seal=queries.last_seal(), crumbs=crumbs(_("系统"), _("操作日志")))


@page("trail.view")
def entry(request: PageRequest, entry_id: int) -> HttpResponse:
    """One entry with all it holds."""
    found = queries.trail_entry(request.scope, entry_id)
    if found is None:
        raise Http404
    context = {
        "entry": found,
        "action": trail.label(found.action),
        "about": about(found),
        "unit": queries.units_of_operators({found.operator_id or 0}).get(found.operator_id or 0, ""),
        "outcome": outcome_badge(found.outcome),
        "detail": sorted(found.detail.items()),
        "crumbs": crumbs(_("系统"), (_("操作日志"), "platform:trail"), str(entry_id)),
    }
    return render(request, "platform/trail_entry.html", context)

"""工作日历: the statutory calendar of each year, its source, and the days that depart from the week (ORG-19)."""

import calendar as months
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tongchou.platform import queries
from tongchou.platform.models import CalendarYear
from tongchou.platform.states import IN_FORCE, CalendarState
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

_TONES = {
    CalendarState.DRAFT: Tone.WAITING,
    CalendarState.PROVISIONAL: Tone.WAITING,
    CalendarState.APPROVED: Tone.DONE,
    CalendarState.SUPERSEDED: Tone.RESTING,
    CalendarState.REJECTED: Tone.BAD,
}


@page("calendar.view")
def calendar(request: PageRequest) -> HttpResponse:
    """The year asked for, this year by default."""
    editions = queries.calendar_years()
    years = sorted({edition.year for edition in editions})
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else request.today.year
    context = {
        "year": year,
        "years": years,
        "editions": [(edition, _badge(edition)) for edition in editions if edition.year == year],
        "months": _months(year) if _in_force(editions, year) else [],
        "crumbs": crumbs(_("系统"), _("工作日历")),
    }
    return render(request, "platform/calendar.html", context)


def _badge(edition: CalendarYear) -> Badge:
    state = CalendarState(edition.state)
    return Badge(state.label, _TONES[state])


def _in_force(editions: list[CalendarYear], year: int) -> bool:
    return any(edition.year == year and edition.state in IN_FORCE for edition in editions)


def _months(year: int) -> list[dict[str, Any]]:
    """Twelve leaves of weeks; each day with its name where it departs from the week."""
    departs = {one.day: one for one in queries.calendar_days(year)}
    leaf = months.Calendar(firstweekday=0)
    return [
        {
            "first": date(year, month, 1),
            "weeks": [
                [(one, departs.get(one), one.weekday() >= 5) if one.month == month else None for one in week]
                for week in leaf.monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]

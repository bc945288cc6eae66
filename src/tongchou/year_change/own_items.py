"""Items that stand below every chapter of business, or whose chapter has no data of its own to look at."""

from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.platform import queries as platform
from tongchou.platform.states import CalendarState
from tongchou.year_change.items import Finding, Item


def _calendar(pooling_area: str, year: int, today: date) -> Finding:
    """The year's calendar in force, and not a provisional one (ORG-19)."""
    states = {edition.state for edition in platform.calendar_years() if edition.year == year}
    if CalendarState.APPROVED in states:
        return Finding(True, f"{year}年工作日历已批准")
    if CalendarState.PROVISIONAL in states:
        return Finding(False, f"{year}年工作日历为暂定,须导入官方调休安排并批准")
    return Finding(False, f"没有{year}年工作日历")


ITEMS: Final = (
    Item(
        code="calendar",
        order=10,
        title=_("工作日历"),
        citation="GX2017 §113",
        permission="calendar.draft",
        look=_calendar,
        strict=True,
        address=lambda year: reverse("platform:calendar") + f"?year={year}",
    ),
    Item(
        code="total_budget",
        order=80,
        title=_("总额预算方案"),
        citation="GX2017 §91",
        permission="payment.methods",
    ),
    Item(
        code="report_structures",
        order=90,
        title=_("统计报表制度"),
        citation="GX2017 §112",
        permission="statistics.produce",
    ),
)

"""The clock's work for year changes (年度切换定时任务)."""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from tongchou.platform import jobs, trail
from tongchou.platform import queries as platform
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel
from tongchou.year_change import commands, queries

REMIND_FROM_MONTH: Final = 11
"""Reminders begin in November: calendars and standards of the next year are published in that month."""
EXPECTED_TO_MONTH: Final = 3
"""Who begins to work with the house later in a year owes no list of that year."""
ACTIONS: Final = {
    "year_change.opened": "建立年度切换",
    "year_change.confirmed": "确认年度切换清单项",
    "year_change.confirmation_withdrawn": "撤回清单项确认",
    "year_change.acted": "办理年度切换清单项",
    "year_change.released": "发布年度切换",
    "year_change.release_withdrawn": "撤回发布年度切换",
    "year_change.printed": "打印年度切换清单",
}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("year_change.nightly", label="年度切换核查", every=timedelta(days=1), work=every_night)
    trail.name_actions(ACTIONS)


def every_night(now: datetime) -> int:
    """Look through the open lists, and remind of years that are near or begun unreleased. Returns the notices."""
    commands.look_again(now)
    today = timezone.localdate(now)
    return sum(_remind(area, today, now) for area in platform.pooling_areas(today))


def _remind(area: platform.PoolingArea, today: date, now: datetime) -> int:
    told = 0
    if _begun_unreleased(area, today):
        told += _tell(area, today.year, "年度已开始,切换清单仍未发布", NoticeLevel.URGENT, f"{today:%G-%V}", now)
    if today.month >= REMIND_FROM_MONTH and not queries.is_released(area.code, today.year + 1):
        told += _tell(area, today.year + 1, "年度切换清单尚未发布", NoticeLevel.WARNING, f"{today:%Y-%m}", now)
    return told


def _begun_unreleased(area: platform.PoolingArea, today: date) -> bool:
    """Whether this year runs without release; past the first months only where its list was ever opened."""
    expected = today.month <= EXPECTED_TO_MONTH or queries.change(area.code, today.year) is not None
    return expected and area.valid_from.year < today.year and not queries.is_released(area.code, today.year)


def _tell(area: platform.PoolingArea, year: int, what: str, level: NoticeLevel, once_in: str, now: datetime) -> int:
    """One notice to each of whom the list is, once in a week or month."""
    change = queries.change(area.code, year)
    still_open = "、".join(str(item.title) for item in commands.open_items(change)) if change else "清单尚未建立"
    return send_notice(
        recipients=_answerable(area.code, timezone.localdate(now)),
        level=level,
        title=f"{area.name}{year}{what}",
        body=f"未就绪:{still_open}" if still_open else "各项已就绪,请发布",
        link=f"/year-change/{year}/",
        topic=f"year-change:{area.code}:{year}:{once_in}",
        now=now,
    )


def _answerable(pooling_area: str, today: date) -> list[platform.Operator]:
    """Whoever prepares or releases the year of the area."""
    found = {
        one.pk: one
        for name in (commands.PREPARE, commands.RELEASE)
        for one in platform.holders_of_permission(name, today)
        if platform.scope_of(one, name, today).covers_area(pooling_area)
    }
    return list(found.values())

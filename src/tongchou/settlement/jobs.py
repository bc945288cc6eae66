"""The clock's work on settlements (结算定时任务): roll up the days, check every night what must always be true."""

from datetime import datetime, timedelta

from django.utils import timezone

from tongchou.platform import jobs, queries, trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel
from tongchou.settlement import commands, invariants

CHECKED_DAYS = 35
"""How far back the nightly check looks; whoever settled in those days is recomputed for the whole year."""

ACTIONS = {
    "settlement.cancel": "冲销结算",
    "settlement.print_slip": "打印结算单",
    "settlement.settle_at_counter": "窗口结算",
    "settlement.recompute": "年度重算",
    "settlement.leave_year": "不予重算",
}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("settlement.roll_up", label="汇总结算日报", every=timedelta(seconds=30), work=roll_up)
    jobs.register("settlement.check", label="结算核对", every=timedelta(days=1), work=check)
    jobs.register("settlement.look_at_years", label="核对待重算年度", every=timedelta(minutes=5), work=look_at_years)
    trail.name_actions(ACTIONS)


def look_at_years(now: datetime) -> None:
    """What would differ of the years marked since the last look (BEN-42)."""
    commands.look_at_years(now=now)


def roll_up(now: datetime) -> None:
    """Bring the daily roll-up of every area up to now."""
    for area in queries.pooling_areas(timezone.localdate(now)):
        commands.roll_up_totals(pooling_area=area.code, now=now)


def check(now: datetime) -> list[str]:
    """核对: what is not as it must be goes to everybody who may cancel settlements and close months; returns it."""
    today = timezone.localdate(now)
    since = today - timedelta(days=CHECKED_DAYS)
    areas = [area.code for area in queries.pooling_areas(today)]
    found = [line for area in areas for line in invariants.broken(pooling_area=area, since=since, until=today)]
    if found:
        send_notice(
            recipients=queries.holders_of_permission("fund.close_period", today),
            title=f"结算核对发现{len(found)}处不一致",
            body="\n".join(found[:50]),
            level=NoticeLevel.URGENT,
            topic=f"settlement.check {today}",
            now=now,
        )
    return found

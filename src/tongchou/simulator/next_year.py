"""The next year's list of the invented city (演示年度切换): opened, one item confirmed, the rest as found."""

from datetime import datetime

from tongchou.platform import queries as platform
from tongchou.simulator.plan import AREA
from tongchou.year_change import commands


def prepare(now: datetime) -> None:
    """Open the list of the next year and confirm what needs no look (准备年度切换)."""
    officer, statistician = platform.operator_by_staff_code("xinxi"), platform.operator_by_staff_code("tongji")
    if officer is None or statistician is None:
        return
    change = commands.open_change(pooling_area=AREA, year=now.year + 1, operator=officer, now=now)
    commands.confirm(
        change_id=change.pk,
        item_code="report_structures",
        note="沿用上年报表制度(示例)",
        document="",
        operator=statistician,
        now=now,
    )

"""The clock's work on encounters (就医定时任务): partitions ahead of the months, and what must always be true."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from tongchou.encounters import invariants
from tongchou.platform import jobs, queries, trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel

MONTHS_AHEAD: Final = 6
CHECKED_DAYS: Final = 35
ACTIONS: Final = {
    "encounters.file_readmission": "再次住院备案",
    "encounters.file_care": "备案",
    "encounters.correct_filing": "更正备案",
    "encounters.extend_filing": "家庭病床延期",
    "encounters.renew_filing": "慢特病备案续期",
    "encounters.close_filing": "结束备案",
    "encounters.cancel_filing": "作废备案",
    "encounters.declare_third_party": "登记第三方责任",
    "encounters.decide_third_party": "第三方责任认定",
    "encounters.note_recovery": "登记第三方追偿",
}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("encounters.partitions", label="预建费用明细分区", every=timedelta(days=1), work=prepare_months)
    jobs.register("encounters.check", label="费用明细核对", every=timedelta(days=1), work=check)
    trail.name_actions(ACTIONS)


def prepare_months(now: datetime) -> int:
    """Partitions for the charge lines of this month and the next ones (预建分区); how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT encounters_ensure_partitions(%s, %s)", [timezone.localdate(now), MONTHS_AHEAD])
        return int(cursor.fetchone()[0])


def check(now: datetime) -> list[str]:
    """核对: batches that are not the sums of their lines; told to whoever closes the months; returns them."""
    today = timezone.localdate(now)
    found = invariants.broken(since=today - timedelta(days=CHECKED_DAYS), until=today + timedelta(days=1))
    if found:
        send_notice(
            recipients=queries.holders_of_permission("fund.close_period", today),
            title=f"费用明细核对发现{len(found)}处不一致",
            body="\n".join(found[:50]),
            level=NoticeLevel.URGENT,
            topic=f"encounters.check.{today}",
            now=now,
        )
    return found

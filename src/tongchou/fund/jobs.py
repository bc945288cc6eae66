"""The clock's work in the books (基金定时任务): roll up what is owed, check every night what must always be true."""

from datetime import datetime, timedelta

from django.utils import timezone

from tongchou.fund import commands, invariants
from tongchou.platform import jobs, queries, trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel

CHECKED_DAYS = 400
"""How far back the nightly check looks: this year's books and those of the year that is being closed."""

ACTIONS = {
    "fund.close_period": "结账",
    "fund.reopen_period": "反结账",
    "fund.add_sub_account": "增设明细科目",
    "fund.record_entry": "登记银行入账",
    "fund.issue_document": "填制业务单据",
    "fund.prepare_document": "对应到账",
    "fund.review_document": "复核记账",
    "fund.return_document": "退回业务单据",
    "fund.void_document": "作废业务单据",
    "fund.voucher_printed": "打印记账凭证",
    "fund.document_printed": "打印业务单据",
}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("fund.roll_up_dues", label="汇总应付定点机构", every=timedelta(seconds=30), work=roll_up_dues)
    jobs.register("fund.open_months", label="开立新的会计月份", every=timedelta(minutes=10), work=open_months)
    jobs.register("fund.check_books", label="账务核对", every=timedelta(days=1), work=check_books)
    trail.name_actions(ACTIONS)


def roll_up_dues(now: datetime) -> None:
    """Bring the daily roll-up of every area up to now."""
    for area in queries.pooling_areas(timezone.localdate(now)):
        commands.roll_up_dues(pooling_area=area.code, now=now)


def open_months(now: datetime) -> None:
    """On the first day of a month it is there to be booked into (开账)."""
    commands.open_begun_months(today=timezone.localdate(now))


def check_books(now: datetime) -> list[str]:
    """核对: what is not as it must be goes to everybody who closes months; returns it."""
    today = timezone.localdate(now)
    found = [line for area in queries.pooling_areas(today) for line in _broken(area.code, now)]
    if found:
        send_notice(
            recipients=queries.holders_of_permission("fund.close_period", today),
            title=f"账务核对发现{len(found)}处不一致",
            body="\n".join(found[:50]),
            level=NoticeLevel.URGENT,
            topic=f"fund.check_books {today}",
            now=now,
        )
    return found


def _broken(pooling_area: str, now: datetime) -> list[str]:
    """Rolled up first, so that only what really disagrees is named."""
    commands.roll_up_dues(pooling_area=pooling_area, now=now)
    until = timezone.localdate(now)
    return invariants.broken(pooling_area=pooling_area, since=until - timedelta(days=CHECKED_DAYS), until=until)

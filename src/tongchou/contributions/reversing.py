"""Money that was written down wrongly (GX2017 §100, 101): who wrote it, and into which month its 红字冲销 goes."""

from datetime import date, datetime
from typing import Protocol

from django.utils import timezone

from tongchou.contributions.rules import RESIDENT
from tongchou.fund import commands as fund
from tongchou.fund import queries as fund_queries
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform


class YearClosed(DomainError):
    code = "CO-6755"
    message = "凭证{voucher}所在的{year}年度账已结,不能冲销;先由财务反结账,再撤销或更正到账"
    citation = "GX2017 §101"


class WrittenDown(Protocol):
    """到账登记: by which account, and by which person."""

    staff_code: str
    recorded_by_person: str


def written_by(entry: WrittenDown, operator: platform.Operator) -> bool:
    """Whether the operator wrote it down, under whatever account (decision 0010)."""
    return operator.staff_code == entry.staff_code or operator.citizen_id == entry.recorded_by_person


def reverse(number: str, *, reason: str, operator: platform.Operator, now: datetime) -> str:
    """红字冲销 of a voucher: in its own month while that is open, else in this month of its year; a step of the
    caller's transaction. Returns the number of the reversal. Raises: YearClosed.
    """
    voucher = fund_queries.voucher(number)
    assert voucher is not None
    day = open_day(voucher.pooling_area, voucher.dated_on, now)
    if day is None:
        raise YearClosed(voucher=number, year=voucher.dated_on.year)
    reversal = fund.reverse_voucher(number=number, dated_on=day, reason=reason, operator=operator.staff_code, now=now)
    return reversal.number


def open_day(pooling_area: str, on: date, now: datetime) -> date | None:
    """The day itself while its month is open, else today in the same year; no day once the year is over and closed."""
    today = timezone.localdate(now)
    if fund_queries.is_open(pooling_area=pooling_area, scheme=RESIDENT, on=on):
        return on
    return today if on.year == today.year else None

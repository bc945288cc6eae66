"""Decisions about an employer's month that is not paid (单位欠费规则; NC-ACCT §7): pure functions of dates."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tongchou.contributions.units.states import RestoresFrom, StopsFrom
from tongchou.kernel.months import add_months, first_of_month, first_of_next_month


def stops_from(*, due_on: date, grace_months: int, stops: StopsFrom, determined_on: date) -> date:
    """停止待遇起始日 (NC-ACCT §7): the first day without benefits if the month stays unpaid.

    Never a day on which the month was not yet determined: what was settled in good faith stays (decision 0335).
    """
    last = add_months(due_on, grace_months)
    first = last + timedelta(days=1) if stops == StopsFrom.AFTER_DUE else first_of_next_month(last)
    return max(first, determined_on + timedelta(days=1))


def stops_until(*, stopped_from: date, paid_on: date, restores: RestoresFrom) -> date:
    """恢复待遇日: the first day with benefits again; the day of the stop itself where there was or counts as none."""
    if paid_on < stopped_from or restores == RestoresFrom.STOP_DAY:
        return stopped_from
    if restores == RestoresFrom.NEXT_MONTH:
        return first_of_next_month(paid_on)
    return paid_on


def broken_months(left: Iterable[date], joins: date) -> int | None:
    """中断月数 between the last month of employment and the month of joining; None for who was never employed."""
    ended = [one for one in left if one <= joins]
    if not ended:
        return None
    last = max(ended)
    return max(0, (joins.year - last.year) * 12 + joins.month - last.month)


def waits_until(joins: date, months: int) -> date:
    """等待期止 (CON-33): the first day with benefits, so many whole months after the month of joining began."""
    return add_months(first_of_month(joins), months)


def late_fee(amount_fen: int, ratio: Decimal, due_on: date, on: date) -> int:
    """滞纳金: the amount times the daily ratio for each day after the due day, rounded half up once. Fen."""
    days = max(0, (on - due_on).days)
    return int((amount_fen * ratio * days).quantize(Decimal(1), ROUND_HALF_UP))

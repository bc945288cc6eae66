"""Month terms (按月计期): a month later is the same day, clamped to the month's end."""

import calendar
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier), clamped: 31 January + 1 month = 28 or 29 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, month_days(year, month + 1)))


def month_days(year: int, month: int) -> int:
    """How many days the month has."""
    return calendar.monthrange(year, month)[1]


def first_of_month(day: date) -> date:
    """The first day of that month."""
    return day.replace(day=1)


def first_of_next_month(day: date) -> date:
    """次月1日: the first day of the month after."""
    return add_months(day.replace(day=1), 1)


def year_span(year: int) -> tuple[date, date]:
    """The calendar year as a half-open pair [1 January, next 1 January)."""
    return date(year, 1, 1), date(year + 1, 1, 1)


def age_on(born_on: date, day: date) -> int:
    """周岁: completed years on that day; somebody born on 29 February turns a year older on 1 March of other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def days_between(start: date, end: date) -> tuple[date, ...]:
    """Every day of the half-open pair [start, end)."""
    return tuple(start + timedelta(days=n) for n in range((end - start).days))

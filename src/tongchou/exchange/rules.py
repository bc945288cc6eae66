"""Rules of the exchange (数据交换规则): by which day a hand-off is due, and when a link that failed is tried again.

Pure: no tables, no clock.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tongchou.exchange.states import Frequency

FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=5)
MONTHS_OF_YEAR: Final = 12
QUARTER: Final = 3


def pause_after(failures: int) -> timedelta:
    """重试间隔 (SYS-03): half a minute after the first failure, then double, never more than five minutes."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(max(failures - 1, 0), 10)
    return min(doubled, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Due:
    """One period of a duty, and the day by which it is handed over (约定日期)."""

    period: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a duty falls due, and on which day (交接周期; ORG-05).

    A month, a quarter or a year is named after itself (2018-09, 2018Q3, 2018) and falls due on `due_day` of its last
    month — of a year, of `due_month` — or so many months later. A day past the end of a month is its last day.
    """

    frequency: Frequency
    due_day: int
    due_month: int = MONTHS_OF_YEAR
    months_later: int = 0

    def due_between(self, since: date, until: date) -> Iterator[Due]:
        """The periods whose agreed day lies in [since, until), the earliest first."""
        if self.frequency == Frequency.AS_NEEDED:
            return
        if self.frequency == Frequency.DAILY:
            for days in range((until - since).days):
                day = since + timedelta(days=days)
                yield Due(day.isoformat(), day)
            return
        month = _months(since.year, since.month) - self.months_later
        while (due := self._due(month)).due_on < until:
            if self._closes(month) and due.due_on >= since:
                yield due
            month += 1

    def period_of(self, day: date) -> str:
        """The period in which a day lies (所属期)."""
        if self.frequency == Frequency.DAILY:
            return day.isoformat()
        if self.frequency == Frequency.QUARTERLY:
            return f"{day.year}Q{(day.month - 1) // QUARTER + 1}"
        return str(day.year) if self.frequency == Frequency.YEARLY else f"{day:%Y-%m}"

    def _closes(self, month: int) -> bool:
        """Whether a period ends with this month; of a year, the month in which it is due."""
        number = month % MONTHS_OF_YEAR + 1
        if self.frequency == Frequency.QUARTERLY:
            return number % QUARTER == 0
        return self.frequency != Frequency.YEARLY or number == self.due_month

    def _due(self, month: int) -> Due:
        year, number = divmod(month, MONTHS_OF_YEAR)
        later_year, later = divmod(month + self.months_later, MONTHS_OF_YEAR)
        last = calendar.monthrange(later_year, later + 1)[1]
        return Due(self.period_of(date(year, number + 1, 1)), date(later_year, later + 1, min(self.due_day, last)))


def _months(year: int, month: int) -> int:
    return year * MONTHS_OF_YEAR + month - 1

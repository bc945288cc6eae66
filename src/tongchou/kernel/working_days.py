"""Working days (工作日): the statutory calendar with holidays and make-up days (调休).

A year that the calendar does not hold is an error: nobody guesses a holiday.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from tongchou.kernel.errors import DomainError


class CalendarYearMissing(DomainError):
    code = "PL-0101"
    message = "工作日历没有{year}年的数据,请先导入并批准该年日历"


class WorkingCalendar:
    """Years of days off and make-up days.

    `days` maps each year to its exceptions: day → True when an exceptional working day, False when an exceptional
    day off. Days not named follow the week: Monday to Friday work.
    """

    def __init__(self, days: Mapping[int, Mapping[date, bool]]) -> None:
        self._days = days

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted(self._days))

    def is_working_day(self, day: date) -> bool:
        """Raises: CalendarYearMissing."""
        exceptions = self._days.get(day.year)
        if exceptions is None:
            raise CalendarYearMissing(year=day.year)
        return exceptions.get(day, day.weekday() < 5)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; counting begins the day after. Raises: CalendarYearMissing."""
        if count < 0:
            raise ValueError("working days are counted forward")
        while count:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(date.fromordinal(n)) for n in range(start.toordinal() + 1, end.toordinal() + 1))

    def on_or_after(self, day: date) -> date:
        """That day, or the next working day when it is a day off (submitting papers)."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def on_or_before(self, day: date) -> date:
        """That day, or the working day before when it is a day off (paying)."""
        while not self.is_working_day(day):
            day -= timedelta(days=1)
        return day

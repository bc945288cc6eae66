"""Months, periods and working days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.kernel.months import add_months, age_on, first_of_next_month, year_span
from tongchou.kernel.periods import Period, overlapping
from tongchou.kernel.working_days import CalendarYearMissing, WorkingCalendar

CALENDAR_2018 = WorkingCalendar(
    {
        2018: {
            date(2018, 4, 28): True,
            **dict.fromkeys((date(2018, 4, 29), date(2018, 4, 30), date(2018, 5, 1)), False),
        }
    }
)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2018, 1, 31), 1, date(2018, 2, 28)),
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2018, 11, 30), 3, date(2019, 2, 28)),
        (date(2018, 3, 31), -1, date(2018, 2, 28)),
    ],
)
def test_month_terms_clamp_to_the_month_end(day, months, later):
    assert add_months(day, months) == later


def test_the_month_after_december_is_january():
    assert first_of_next_month(date(2018, 12, 31)) == date(2019, 1, 1)
    assert year_span(2020) == (date(2020, 1, 1), date(2021, 1, 1))


def test_a_leap_day_child_turns_one_on_the_first_of_march():
    assert age_on(date(2020, 2, 29), date(2021, 2, 28)) == 0
    assert age_on(date(2020, 2, 29), date(2021, 3, 1)) == 1


def test_periods_are_half_open():
    year = Period(*year_span(2018))
    assert date(2018, 12, 31) in year
    assert date(2019, 1, 1) not in year
    assert year.last_day == date(2018, 12, 31)
    assert not year.overlaps(Period(date(2019, 1, 1)))
    with pytest.raises(ValueError, match="empty"):
        Period(date(2018, 1, 1), date(2018, 1, 1))


def test_the_overlapping_pair_is_named():
    a, b = Period(date(2018, 1, 1), date(2018, 6, 1)), Period(date(2018, 5, 31))
    assert overlapping([b, a]) == (a, b)
    assert overlapping([a]) is None


@pytest.mark.requirement("ORG-19")
def test_fifteen_working_days_pass_over_holidays_and_count_make_up_days():
    assert CALENDAR_2018.add_working_days(date(2018, 4, 26), 15) == date(2018, 5, 18)


@pytest.mark.requirement("ORG-19")
def test_a_missing_year_is_an_error():
    with pytest.raises(CalendarYearMissing, match="2019"):
        CALENDAR_2018.is_working_day(date(2019, 1, 1))


def test_days_off_shift_forward_for_papers_and_back_for_payment():
    assert CALENDAR_2018.on_or_after(date(2018, 4, 29)) == date(2018, 5, 2)
    assert CALENDAR_2018.on_or_before(date(2018, 5, 1)) == date(2018, 4, 28)


@given(st.dates(date(2018, 1, 1), date(2018, 10, 1)), st.integers(1, 40))
def test_counting_back_gives_the_number_counted(day, count):
    assert CALENDAR_2018.working_days_between(day, CALENDAR_2018.add_working_days(day, count)) == count

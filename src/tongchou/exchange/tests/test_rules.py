"""By which day a hand-off is due, and when a link is tried again (数据交换规则)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.exchange.rules import Rhythm, pause_after
from tongchou.exchange.states import Frequency


def dues(frequency, since, until, **more):
    rhythm = Rhythm(Frequency(frequency), **{"due_day": 25} | more)
    return [(due.period, due.due_on.isoformat()) for due in rhythm.due_between(since, until)]


@pytest.mark.requirement("ORG-05")
@pytest.mark.parametrize(
    ("frequency", "more", "expected"),
    [
        ("monthly", {}, [("2018-08", "2018-08-25"), ("2018-09", "2018-09-25"), ("2018-10", "2018-10-25")]),
        ("monthly", {"due_day": 31}, [("2018-08", "2018-08-31"), ("2018-09", "2018-09-30"), ("2018-10", "2018-10-31")]),
        ("monthly", {"due_day": 5, "months_later": 1}, [("2018-07", "2018-08-05"), ("2018-08", "2018-09-05"),
                                                        ("2018-09", "2018-10-05")]),
        ("quarterly", {"due_day": 20}, [("2018Q3", "2018-09-20")]),
        ("quarterly", {"due_day": 10, "months_later": 1}, [("2018Q3", "2018-10-10")]),
        ("yearly", {"due_month": 9, "due_day": 30}, [("2018", "2018-09-30")]),
        ("yearly", {"due_month": 2}, []),
        ("as_needed", {}, []),
    ],
)  # fmt: skip
def test_between_august_and_october_there_fall_due(frequency, more, expected):
    assert dues(frequency, date(2018, 8, 1), date(2018, 11, 1), **more) == expected


def test_a_daily_hand_off_is_due_every_day():
    assert dues("daily", date(2018, 2, 27), date(2018, 3, 2)) == [
        (day, day) for day in ("2018-02-27", "2018-02-28", "2018-03-01")
    ]


@given(
    st.sampled_from(["monthly", "quarterly", "yearly"]),
    st.integers(1, 31),
    st.integers(1, 12),
    st.integers(0, 12),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.integers(0, 900),
    st.integers(0, 900),
)
def test_cut_anywhere_the_same_periods_fall_due_once(frequency, day, month, later, since, first, second):
    middle, until = since + timedelta(days=first), since + timedelta(days=first + second)
    more = {"due_day": day, "due_month": month, "months_later": later}
    whole = dues(frequency, since, until, **more)
    assert dues(frequency, since, middle, **more) + dues(frequency, middle, until, **more) == whole
    assert len({period for period, _ in whole}) == len(whole)


@pytest.mark.requirement("SYS-03")
def test_pauses_grow_from_half_a_minute_and_never_past_five():
    assert [pause_after(failures).seconds for failures in (1, 2, 3, 4, 5, 6, 500)] == [30, 60, 120, 240, 300, 300, 300]

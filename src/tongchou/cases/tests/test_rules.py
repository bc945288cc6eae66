"""Paths, duties and time limits, without tables."""

from datetime import date

import pytest

from tongchou.cases import rules
from tongchou.cases.rules import Declared, Urgency
from tongchou.kernel.working_days import WorkingCalendar

HOLIDAYS_2018 = {
    date(2018, 4, 5): False,
    date(2018, 4, 6): False,
    date(2018, 4, 8): True,
    date(2018, 4, 28): True,
    date(2018, 4, 30): False,
    date(2018, 5, 1): False,
}
CALENDAR = WorkingCalendar({2018: HOLIDAYS_2018, 2019: {}})
STEPS = (Declared("first", 0, True), Declared("second", 0, False), Declared("leader", 5_000_000, True))


@pytest.mark.requirement("ORG-12")
@pytest.mark.parametrize(
    ("amount", "path"),
    [
        pytest.param(None, ("first",), id="no amount"),
        pytest.param(5_000_000, ("first",), id="at the limit"),
        pytest.param(5_000_001, ("first", "leader"), id="a fen above"),
    ],
)
def test_the_path_follows_form_and_amount(amount, path):
    assert rules.path(STEPS, amount_fen=amount) == path


@pytest.mark.requirement("ORG-17")
@pytest.mark.article("GX2017 §11")
@pytest.mark.parametrize(
    ("accepted", "days", "due"),
    [
        pytest.param("2018-03-01", 20, "2018-03-29", id="four weeks"),
        pytest.param("2018-03-23", 15, "2018-04-16", id="over Qingming and its make-up day"),
        pytest.param("2018-04-26", 3, "2018-05-02", id="over the end of the month and Labour Day"),
        pytest.param("2018-12-31", 1, "2019-01-01", id="over the end of the year"),
        pytest.param("2018-03-03", 1, "2018-03-05", id="accepted on a Saturday"),
    ],
)
def test_a_time_limit_counts_working_days_from_the_day_after(accepted, days, due):
    found = rules.due_on(CALENDAR, accepted_on=date.fromisoformat(accepted), working_days=days)
    assert found == date.fromisoformat(due)


@pytest.mark.requirement("ORG-17")
@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        pytest.param("2018-03-05", "2018-03-05", "2018-03-29", id="the same day"),
        pytest.param("2018-03-05", "2018-03-12", "2018-04-08", id="a week, now to the make-up day"),
        pytest.param("2018-03-29", "2018-04-27", "2018-04-27", id="on the last day: due on resuming"),
        pytest.param("2018-03-30", "2018-04-27", "2018-03-29", id="overdue stays overdue"),
    ],
)
def test_a_pause_is_not_counted(paused, resumed, due):
    found = rules.due_after_pause(
        CALENDAR,
        due=date(2018, 3, 29),
        paused_on=date.fromisoformat(paused),
        resumed_on=date.fromisoformat(resumed),
    )
    assert found == date.fromisoformat(due)


@pytest.mark.requirement("ORG-17")
@pytest.mark.parametrize(
    ("today", "urgency"),
    [
        ("2018-03-23", Urgency.IN_TIME),
        ("2018-03-26", Urgency.DUE_SOON),
        ("2018-03-29", Urgency.DUE_SOON),
        ("2018-03-30", Urgency.OVERDUE),
    ],
)
def test_a_case_is_due_soon_three_working_days_before(today, urgency):
    assert rules.urgency(CALENDAR, due=date(2018, 3, 29), today=date.fromisoformat(today)) == urgency


def test_without_a_day_the_clock_rests():
    assert rules.urgency(CALENDAR, due=None, today=date(2018, 3, 29)) == Urgency.PAUSED


@pytest.mark.requirement("ORG-11")
def test_two_steps_that_must_not_meet_are_found_and_the_own_step_is_no_conflict():
    apart = frozenset({frozenset({"first", "second"})})
    assert rules.meets("second", done_by_person=["accept", "first"], apart=apart) == "first"
    assert rules.meets("second", done_by_person=["accept", "second"], apart=apart) is None


def test_what_was_not_on_the_first_list_is_named():
    assert rules.not_told_before(["a", "b"], ["b"]) == ("a",)


@pytest.mark.parametrize(
    ("value", "problem"),
    [("", "原因未填写"), ("x" * 21, "原因超过20个字"), ("a\0b", "原因含有不可见字符"), ("多缴", None)],
)
def test_a_text_says_why_it_cannot_stand(value, problem):
    assert rules.text_problem("原因", value, required=True, longest=20) == problem


def test_a_date_says_why_it_cannot_stand():
    assert rules.day_problem("日期", "2018-02-30") == "日期不是日期"
    assert rules.day_problem("日期", "2018-02-28") is None

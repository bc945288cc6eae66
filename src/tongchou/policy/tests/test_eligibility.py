"""Waiting rules and standing (BEN-02…08; GX2017 §22, 26; JL2019 §8, 10, 14)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy.eligibility import (
    CoveredSpan,
    EligibilityRules,
    PayerKind,
    Span,
    Standing,
    coverage_start,
    standing,
)
from tongchou.policy.tests.support import guangxi, tset

YEAR_END = date(2019, 1, 1)


def start(paid: str, *, years=(), born: str | None = None, year: int = 2018, **parameters: str):
    changes = {f"parameters/{key.replace('__', '.')}/value": value for key, value in parameters.items()}
    package = tset().draft(changes) if changes else tset()
    born_on = date.fromisoformat(born) if born else None
    return coverage_start(
        package, benefit_year=year, paid_on=date.fromisoformat(paid), paid_years=years, born_on=born_on
    )


@pytest.mark.requirement("BEN-03")
@pytest.mark.article("GX2017 §22 第1款")
@pytest.mark.parametrize("paid", ["2017-09-01", "2017-10-15", "2017-12-31"])
def test_a_continuous_payer_in_the_window_is_covered_all_year(paid):
    decision = start(paid, years=(2016, 2017))
    assert (decision.covered_from, decision.covered_until) == (date(2018, 1, 1), YEAR_END)
    assert decision.kind is PayerKind.CONTINUOUS


@pytest.mark.requirement("BEN-04")
@pytest.mark.article("GX2017 §22 第1款")
@pytest.mark.parametrize(
    ("paid", "year", "rule", "covered_from"),
    [
        pytest.param("2018-02-28", 2018, "year_start", "2018-01-01", id="二月底-自年初(默认)"),
        pytest.param("2018-02-28", 2018, "payment_date", "2018-02-28", id="二月底-自缴费日"),
        pytest.param("2020-02-29", 2020, "year_start", "2020-01-01", id="闰年2月29日仍在期内"),
        pytest.param("2019-03-01", 2019, "year_start", "2019-04-01", id="3月1日已逾期"),
    ],
)
def test_a_payer_in_difficulty_has_until_the_end_of_february(paid, year, rule, covered_from):
    decision = start(paid, years=(year - 1,), year=year, benefit__grace_start=rule)
    assert decision.covered_from == date.fromisoformat(covered_from)
    assert decision.covered_until == date(year + 1, 1, 1)


@pytest.mark.requirement("BEN-05")
@pytest.mark.article("GX2017 §22 第2款")
@pytest.mark.parametrize(
    ("paid", "covered_from"),
    [
        pytest.param("2017-12-31", "2018-01-01", id="集中缴费期"),
        pytest.param("2018-01-01", "2018-02-01", id="年初"),
        pytest.param("2018-06-30", "2018-07-01", id="6月30日"),
    ],
)
def test_a_first_payer_is_covered_from_the_next_month(paid, covered_from):
    decision = start(paid)
    assert (decision.kind, decision.covered_from) == (PayerKind.FIRST, date.fromisoformat(covered_from))


@pytest.mark.requirement("BEN-05")
def test_a_first_payer_after_june_is_refused_or_not_as_the_area_says():
    refused = start("2018-07-01")
    assert not refused.covers
    assert refused.reason == "初次参保应于6月30日前缴纳当年费用"
    allowed = start("2018-07-01", contrib__first_after_mid_year="next_month")
    assert allowed.covered_from == date(2018, 8, 1)


@pytest.mark.requirement("BEN-06")
@pytest.mark.article("GX2017 §22 第3款")
@pytest.mark.parametrize(
    ("paid", "rule", "covered_from"),
    [
        pytest.param("2018-03-10", "payment_month", "2018-05-01", id="缴费当月为第1个月(默认)"),
        pytest.param("2018-03-10", "following_month", "2018-06-01", id="次月为第1个月"),
        pytest.param("2017-12-15", "payment_month", "2018-02-01", id="年前12月缴费"),
        pytest.param("2017-12-15", "following_month", "2018-03-01", id="年前12月缴费-次月起算"),
        pytest.param("2017-09-10", "payment_month", "2018-01-01", id="不早于年度首日"),
        pytest.param("2018-01-31", "payment_month", "2018-03-01", id="月末缴费"),
    ],
)
def test_rejoining_after_a_year_waits_for_the_third_month(paid, rule, covered_from):
    decision = start(paid, years=(2016,), benefit__break_month_index=rule)
    assert (decision.kind, decision.covered_from) == (PayerKind.REJOINED, date.fromisoformat(covered_from))


@pytest.mark.requirement("BEN-06")
def test_the_break_is_counted_in_missing_paid_years():
    assert start("2018-03-10", years=(2014, 2015), benefit__break_min="36").kind is PayerKind.LATE
    assert start("2018-03-10", years=(2014,), benefit__break_min="36").kind is PayerKind.REJOINED
    assert start("2017-12-10", years=(2016,), benefit__break_min="24").covered_from == date(2018, 1, 1)


@pytest.mark.requirement("BEN-07")
@pytest.mark.article("GX2017 §22 第4款")
def test_a_late_payer_is_covered_from_the_next_month():
    decision = start("2018-03-01", years=(2017,))
    assert (decision.kind, decision.covered_from) == (PayerKind.LATE, date(2018, 4, 1))
    assert decision.citation == "GX2017 §22 第4款"


@pytest.mark.requirement("BEN-07")
def test_a_payment_in_december_comes_too_late_for_its_year():
    decision = start("2018-12-01", years=(2017,))
    assert not decision.covers
    assert "2019-01-01已在2018年度之外" in decision.reason


@pytest.mark.requirement("BEN-05", "BEN-07", "BEN-08")
@pytest.mark.parametrize(
    ("next_month", "paid", "years", "born", "covered_from"),
    [
        ("yes", "2018-03-10", (), None, date(2018, 4, 1)),
        ("no", "2018-03-10", (), None, date(2018, 3, 10)),
        ("yes", "2018-03-10", (2017,), None, date(2018, 4, 1)),
        ("no", "2018-03-10", (2017,), None, date(2018, 3, 10)),
        ("yes", "2018-06-10", (), "2018-01-31", date(2018, 7, 1)),
        ("no", "2018-06-10", (), "2018-01-31", date(2018, 6, 10)),
    ],
    ids=["初次-次月", "初次-当日", "逾期-次月", "逾期-当日", "新生儿-次月", "新生儿-当日"],
)
def test_cover_after_a_payment_inside_the_year_begins_as_the_area_says(next_month, paid, years, born, covered_from):
    decision = start(paid, years=years, born=born, benefit__start__next_month=next_month)
    assert decision.covered_from == covered_from


def test_an_area_may_take_no_late_payments():
    assert not start("2018-03-01", years=(2017,), contrib__late_allowed="no").covers


@pytest.mark.requirement("BEN-08")
@pytest.mark.article("GX2017 §22 第5款")
@pytest.mark.article("GX2017 §26")
@pytest.mark.parametrize(
    ("born", "paid", "covered_from"),
    [
        pytest.param("2018-01-31", "2018-04-30", "2018-01-31", id="三个月内(月末取齐)-自出生之日"),
        pytest.param("2018-01-31", "2018-05-01", "2018-06-01", id="三个月以上-自次月1日"),
        pytest.param("2018-11-30", "2019-02-28", "2018-11-30", id="跨年-二月末取齐"),
        pytest.param("2018-01-15", "2018-04-15", "2018-01-15", id="恰满三个月"),
        pytest.param("2018-01-15", "2018-04-16", "2018-05-01", id="满三个月次日"),
    ],
)
def test_a_newborn_is_covered_from(born, paid, covered_from):
    decision = start(paid, born=born)
    assert (decision.kind, decision.covered_from) == (PayerKind.NEWBORN, date.fromisoformat(covered_from))
    assert decision.covered_until == YEAR_END


@pytest.mark.requirement("BEN-08")
@pytest.mark.parametrize(
    ("rule", "covered_from"), [("birth_year_and_following", "2017-12-20"), ("birth_year", "2018-01-01")]
)
def test_a_birth_near_the_years_end_is_reached_by_the_next_contribution_as_the_area_says(rule, covered_from):
    decision = start("2018-01-15", born="2017-12-20", newborn__year_rule=rule)
    assert (decision.covered_from, decision.covered_until) == (date.fromisoformat(covered_from), YEAR_END)


def test_a_child_born_long_before_pays_as_anybody_for_the_first_time():
    assert start("2018-05-10", born="2017-12-20").kind is PayerKind.FIRST


@settings(deadline=None)
@given(
    paid=st.dates(date(2017, 9, 1), date(2018, 12, 31)),
    years=st.frozensets(st.integers(2010, 2017)),
    born=st.none() | st.dates(date(1950, 1, 1), date(2018, 12, 31)),
)
def test_cover_lies_within_its_year_or_goes_back_to_a_birth(paid, years, born):
    rules = EligibilityRules.of(guangxi())
    decision = coverage_start(rules, benefit_year=2018, paid_on=paid, paid_years=years, born_on=born)
    assert decision.reason
    assert decision.citation.startswith("GX2017 §22")
    if decision.covers:
        assert decision.covered_from < decision.covered_until == YEAR_END
        assert decision.covered_from >= date(2018, 1, 1) or decision.covered_from == born


ENROLLED = (Span(date(2015, 1, 1)),)
LATE = (CoveredSpan(date(2018, 4, 1), YEAR_END, paid_on=date(2018, 3, 10)),)


@pytest.mark.requirement("BEN-02")
@pytest.mark.article("GX2017 §22")
@pytest.mark.parametrize(
    ("on", "expected", "until"),
    [
        ("2018-03-09", Standing.UNPAID, None),
        ("2018-03-10", Standing.WAITING, date(2018, 4, 1)),
        ("2018-03-20", Standing.WAITING, date(2018, 4, 1)),
        ("2018-03-31", Standing.WAITING, date(2018, 4, 1)),
        ("2018-04-01", Standing.ELIGIBLE, None),
        ("2018-12-31", Standing.ELIGIBLE, None),
        ("2019-01-01", Standing.UNPAID, None),
    ],
)
def test_who_paid_late_waits_and_then_is_eligible(on, expected, until):
    decision = standing(date.fromisoformat(on), LATE, enrolled=ENROLLED)
    assert (decision.standing, decision.until, decision.eligible) == (expected, until, expected is Standing.ELIGIBLE)


@pytest.mark.requirement("BEN-02")
@pytest.mark.article("JL2019 §14")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"enrolled": ()}, Standing.NOT_ENROLLED),
        ({"terminated_on": date(2018, 5, 1)}, Standing.TERMINATED),
        ({"suspended": (Span(date(2018, 5, 1)),)}, Standing.SUSPENDED),
        ({"frozen": (Span(date(2018, 5, 1), date(2018, 6, 1)),)}, Standing.FROZEN),
        ({"blocked": (Span(date(2018, 5, 1), date(2018, 6, 1)),)}, Standing.BLOCKED),
        ({"arrears_from": date(2018, 5, 1)}, Standing.ARREARS),
        ({"card_problem": "卡已挂失"}, Standing.CARD),
        ({"blocked": (Span(date(2018, 5, 2)),)}, Standing.ELIGIBLE),
    ],
)
def test_each_reason_is_told_apart(facts, expected):
    decision = standing(date(2018, 5, 1), LATE, **({"enrolled": ENROLLED} | facts))
    assert decision.standing is expected
    assert bool(decision.reason) == (expected is not Standing.ELIGIBLE)
    assert decision.citation


@pytest.mark.requirement("BEN-02")
def test_the_answer_for_a_past_day_stays_when_later_payments_arrive():
    later = (*LATE, CoveredSpan(date(2019, 1, 1), date(2020, 1, 1), paid_on=date(2018, 10, 1)))
    for day in (date(2018, 3, 1), date(2018, 3, 20), date(2018, 6, 1)):
        assert standing(day, LATE, enrolled=ENROLLED) == standing(day, later, enrolled=ENROLLED)

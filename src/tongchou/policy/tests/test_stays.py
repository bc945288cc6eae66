"""Stays across the start, the end and the turn of the year (BEN-09, 10, 30)."""

from datetime import date

import pytest

from tongchou.policy import engine, stays
from tongchou.policy.eligibility import Span
from tongchou.policy.facts import Facts
from tongchou.policy.lines import LineFacts
from tongchou.policy.tests.support import bill, jilin, settled, tset, yuan

YEAR_2018 = Span(date(2018, 1, 1), date(2019, 1, 1))
YEAR_2019 = Span(date(2019, 1, 1), date(2020, 1, 1))


def daily(first: date, last: date, amount: int = 10_000) -> list[LineFacts]:
    days = range(first.toordinal(), last.toordinal() + 1)
    return [LineFacts(amount, "A", served_on=date.fromordinal(day)) for day in days]


@pytest.mark.requirement("BEN-09")
@pytest.mark.article("GX2017 §22")
@pytest.mark.parametrize(("mode", "covered_days"), [("service_date", 5), ("admission_date", 0)])
def test_a_stay_that_crosses_the_start_counts_lines_from_the_start(mode, covered_days):
    package = tset().draft({"parameters/benefit.cross_start/value": mode})
    admitted, discharged = date(2018, 4, 28), date(2018, 5, 5)
    (part,) = stays.parts(
        package, admitted_on=admitted, discharged_on=discharged, coverage=[Span(date(2018, 5, 1), date(2019, 1, 1))]
    )
    assert part.covered == bool(covered_days)
    if part.covered:
        rated = engine.rate_lines(package, daily(admitted, discharged), part.covered_from, part.covered_until)
        assert rated.in_scope == [0, 0, 0, *([10_000] * covered_days)]
        assert set(rated.reasons.values()) == {"BEN-09"}


@pytest.mark.requirement("BEN-10")
@pytest.mark.article("JL2019 §14")
@pytest.mark.parametrize(("mode", "covered_days"), [("service_date", 5), ("admission_date", 10)])
def test_a_stay_that_crosses_the_end_counts_lines_to_the_end(mode, covered_days):
    package = tset().draft({"parameters/benefit.cross_end/value": mode})
    admitted, discharged = date(2020, 2, 25), date(2020, 3, 5)
    (part,) = stays.parts(
        package, admitted_on=admitted, discharged_on=discharged, coverage=[Span(date(2020, 1, 1), date(2020, 3, 1))]
    )
    rated = engine.rate_lines(package, daily(admitted, discharged), part.covered_from, part.covered_until)
    assert rated.sums.in_scope_fen == 10_000 * covered_days
    assert rated.sums.own_expense_fen == 10_000 * (10 - covered_days)


@pytest.mark.requirement("BEN-10")
@pytest.mark.article("JL2019 §14")
def test_in_jilin_a_stay_is_covered_to_the_day_before_the_arrears():
    """Unpaid from 1 March 2020, in hospital from 25 February to 5 March: the lines from 1 March on are own cost."""
    admitted, discharged = date(2020, 2, 25), date(2020, 3, 5)
    paid = Span(date(2020, 1, 1), date(2020, 3, 1))
    (part,) = stays.parts(jilin(), admitted_on=admitted, discharged_on=discharged, coverage=[paid])
    rated = engine.rate_lines(jilin(), daily(admitted, discharged, yuan(200)), part.covered_from, part.covered_until)
    assert rated.sums == engine.ClassSums(yuan(1000), 0, 0, yuan(1000))
    assert set(rated.reasons.values()) == {"BEN-10"}
    outcome = settled(Facts(kind="inpatient", level=1, on=part.on), rated.sums, package=jilin())
    assert (outcome.basic_fen, outcome.cash_fen) == (yuan(640), yuan(1360))


@pytest.mark.requirement("BEN-30")
@pytest.mark.article("GX2017 §82")
def test_split_at_the_years_end_covers_only_the_paid_year():
    package = tset().draft({"parameters/crossyear.mode/value": "split"})
    admitted, discharged = date(2018, 12, 28), date(2019, 1, 4)
    old, new = stays.parts(package, admitted_on=admitted, discharged_on=discharged, coverage=[YEAR_2018])
    lines = daily(admitted, discharged)
    assert (old.benefit_year, old.on, old.covered, old.continues) == (2018, date(2018, 12, 31), True, False)
    assert (new.benefit_year, new.covered, new.continues) == (2019, False, True)
    assert [line[8].day for line in old.lines(lines)] == [28, 29, 30, 31]
    assert [line[8].day for line in new.lines(lines)] == [1, 2, 3, 4]


@pytest.mark.requirement("BEN-30")
@pytest.mark.parametrize("transfer_mode", ["full", "difference", "none"])
def test_a_split_stay_bears_one_deductible(transfer_mode):
    """Whatever the area says of other stays that this one continues (decision 0111)."""
    package = tset().draft(
        {
            "parameters/crossyear.mode/value": "split",
            "parameters/deductible.transfer_mode/value": transfer_mode,
        }
    )
    old, new = stays.parts(
        package, admitted_on=date(2018, 12, 28), discharged_on=date(2019, 1, 4), coverage=[YEAR_2018, YEAR_2019]
    )
    assert (old.covered, new.covered, new.covered_from, new.covered_until) == (True, True, None, None)
    first = settled(Facts(kind="inpatient", level=2, on=old.on), bill(300), package=package)
    carried = Facts(kind="inpatient", level=2, on=new.on, continued_deductible_fen=first.deductible_fen)
    second = settled(carried, bill(1000), package=package)
    assert first.deductible_fen + second.deductible_fen == yuan(400)
    assert "跨年度住院合计一个起付线" in " ".join(step.words for step in second.trace)


@pytest.mark.requirement("BEN-19", "BEN-30")
@pytest.mark.parametrize(("transfer_mode", "deductible"), [("full", 700), ("difference", 300), ("none", 0)])
def test_a_split_stay_that_continues_another_keeps_both_rules(transfer_mode, deductible):
    """Level 3 (800): 400 were borne in the stay it continues, 100 in its own part before the turn of the year."""
    package = tset().draft({"parameters/deductible.transfer_mode/value": transfer_mode})
    facts = Facts(
        kind="inpatient",
        level=3,
        on=date(2019, 1, 4),
        linked_deductible_fen=yuan(400),
        continued_deductible_fen=yuan(100),
    )
    assert settled(facts, bill(5000), package=package).deductible_fen == yuan(deductible)


@pytest.mark.requirement("BEN-30")
@pytest.mark.parametrize(
    ("coverage", "year", "on", "until"),
    [
        ([YEAR_2018, YEAR_2019], 2019, date(2019, 1, 4), None),
        ([YEAR_2018], 2018, date(2018, 12, 31), date(2019, 1, 1)),
    ],
    ids=["两年均已缴费", "新年度未缴费"],
)
def test_by_discharge_the_stay_is_one_settlement(coverage, year, on, until):
    (part,) = stays.parts(tset(), admitted_on=date(2018, 12, 28), discharged_on=date(2019, 1, 4), coverage=coverage)
    assert (part.benefit_year, part.on, part.covered_until) == (year, on, until)


def test_without_any_cover_nothing_is_covered():
    (part,) = stays.parts(tset(), admitted_on=date(2018, 5, 1), discharged_on=date(2018, 5, 3), coverage=[])
    assert not part.covered


@pytest.mark.article("GX2017 §136")
def test_the_admission_may_select_the_policy():
    package = tset().draft({"parameters/benefit.asof/value": "admission"})
    (part,) = stays.parts(
        package, admitted_on=date(2018, 12, 28), discharged_on=date(2019, 1, 4), coverage=[YEAR_2018, YEAR_2019]
    )
    assert (part.on, part.benefit_year) == (date(2018, 12, 28), 2019)


@pytest.mark.requirement("AGR-02")
@pytest.mark.parametrize(("asof", "day"), [("admission", date(2018, 6, 28)), ("discharge", date(2018, 7, 5))])
def test_the_level_of_the_institution_is_that_of_the_day_the_area_says(asof, day):
    package = tset().draft({"parameters/benefit.level_asof/value": asof})
    assert stays.level_day(package, admitted_on=date(2018, 6, 28), discharged_on=date(2018, 7, 5)) == day


def test_spans_that_touch_or_overlap_are_one():
    joined = stays.merged([YEAR_2019, YEAR_2018, Span(date(2019, 6, 1)), Span(date(2016, 1, 1), date(2017, 1, 1))])
    assert joined == (Span(date(2016, 1, 1), date(2017, 1, 1)), Span(date(2018, 1, 1)))

"""From when a payment covers, and what a day without benefits is called (待遇享受期与待遇资格)."""

from datetime import date

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tongchou.contributions import queries, rules
from tongchou.contributions.models import CoverageSpan
from tongchou.contributions.rules import NothingCovered, WindowNotOpen, YearOver, uncovered_parts
from tongchou.contributions.states import ContributionKind
from tongchou.contributions.tests.conftest import NOW, citizen_number, other_rules, paid_before
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.states import BlockKind
from tongchou.policy.eligibility import Standing
from tongchou.policy.packages import PolicyBook


@pytest.fixture(scope="module")
def waiting_as_shipped() -> rules.Waiting:
    """The waiting rules of 2018 as the files have them, for tests without a database."""
    return rules.Waiting.of(PolicyBook.load(settings.POLICIES).package("450100", "resident", date(2018, 1, 1)))


def span_of(contribution) -> list[tuple[str, str]]:
    return [(str(s.covered_from), str(s.covered_until)) for s in contribution.spans.order_by("covered_from")]


@pytest.mark.requirement("BEN-03")
@pytest.mark.article("GX2017 §22 第1款")
@pytest.mark.parametrize("on", ["2017-09-01", "2017-10-15", "2017-12-31"])
def test_who_pays_in_the_window_is_covered_the_whole_year(person, pay, on):
    paid_before(person, 2017)
    contribution = pay(person, 2018, on)
    assert contribution.kind == ContributionKind.CONTINUOUS
    assert span_of(contribution) == [("2018-01-01", "2019-01-01")]


@pytest.mark.requirement("BEN-04")
@pytest.mark.requirement("CON-03")
@pytest.mark.article("GX2017 §22 第1款")
@pytest.mark.parametrize(
    ("year", "on"), [(2018, "2018-01-20"), (2018, "2018-02-28"), (2020, "2020-02-29")], ids=["一月", "二月底", "闰年"]
)
def test_who_pays_by_the_end_of_february_has_the_whole_year(person, pay, year, on):
    paid_before(person, year - 1)
    contribution = pay(person, year, on)
    assert contribution.kind == ContributionKind.GRACE
    assert contribution.get_kind_display() == "延期(宽限)"
    assert span_of(contribution) == [(f"{year}-01-01", f"{year + 1}-01-01")]


@pytest.mark.requirement("BEN-04")
def test_where_grace_counts_from_the_payment_january_is_not_covered(person, pay):
    paid_before(person, 2017)
    with other_rules(**{"benefit.grace_start": "payment_date"}):
        assert span_of(pay(person, 2018, "2018-02-28")) == [("2018-02-28", "2019-01-01")]


@pytest.mark.requirement("BEN-05")
@pytest.mark.article("GX2017 §22 第2款")
@pytest.mark.parametrize(
    ("on", "kind", "since"),
    [
        ("2017-10-15", ContributionKind.FIRST, "2018-01-01"),
        ("2018-01-31", ContributionKind.FIRST_MID_YEAR, "2018-02-01"),
        ("2018-06-30", ContributionKind.FIRST_MID_YEAR, "2018-07-01"),
    ],
)
def test_a_first_payer_waits_for_the_next_month(person, pay, on, kind, since):
    contribution = pay(person, 2018, on)
    assert contribution.kind == kind
    assert span_of(contribution) == [(since, "2019-01-01")]


@pytest.mark.requirement("CON-04")
def test_a_first_payer_after_june_is_refused_with_a_hint(person, pay):
    with pytest.raises(NothingCovered, match="集中缴费期"):
        pay(person, 2018, "2018-07-15")
    with other_rules(**{"contrib.first_after_mid_year": "next_month"}):
        assert span_of(pay(person, 2018, "2018-07-15")) == [("2018-08-01", "2019-01-01")]


@pytest.mark.requirement("BEN-06")
@pytest.mark.article("GX2017 §22 第3款")
@pytest.mark.parametrize(
    ("on", "since"), [("2018-03-10", "2018-05-01"), ("2017-12-15", "2018-02-01"), ("2017-10-31", "2018-01-01")]
)
def test_who_comes_back_after_a_year_waits_for_the_third_month(person, pay, on, since):
    paid_before(person, 2016)
    contribution = pay(person, 2018, on)
    assert contribution.kind == ContributionKind.REJOINED
    assert span_of(contribution) == [(since, "2019-01-01")]


@pytest.mark.requirement("BEN-06")
def test_the_third_month_may_be_counted_from_the_month_after(person, pay):
    paid_before(person, 2016)
    with other_rules(**{"benefit.break_month_index": "following_month"}):
        assert span_of(pay(person, 2018, "2018-03-10")) == [("2018-06-01", "2019-01-01")]


@pytest.mark.requirement("BEN-07")
@pytest.mark.requirement("CON-03")
@pytest.mark.article("GX2017 §22 第4款")
@pytest.mark.parametrize(("on", "since"), [("2018-03-01", "2018-04-01"), ("2018-11-30", "2018-12-01")])
def test_a_late_payer_waits_for_the_next_month(person, pay, on, since):
    paid_before(person, 2017)
    contribution = pay(person, 2018, on)
    assert contribution.kind == ContributionKind.LATE
    assert contribution.get_kind_display() == "逾期"
    assert span_of(contribution) == [(since, "2019-01-01")]


def test_a_payment_that_would_cover_no_day_is_refused(person, pay):
    paid_before(person, 2017)
    with pytest.raises(NothingCovered, match="2018年度之外"):
        pay(person, 2018, "2018-12-01")


@pytest.mark.requirement("CON-03")
def test_payments_outside_the_years_windows_are_refused(person, pay):
    with pytest.raises(WindowNotOpen, match="2017-09-01"):
        pay(person, 2018, "2017-08-31")
    with pytest.raises(YearOver):
        pay(person, 2018, "2019-01-01")


@pytest.mark.requirement("BEN-08")
@pytest.mark.requirement("CON-12")
@pytest.mark.article("GX2017 §22 第5款")
@pytest.mark.article("GX2017 §26")
@pytest.mark.parametrize(
    ("born", "on", "kind", "since"),
    [
        ("2018-01-31", "2018-04-30", ContributionKind.NEWBORN, "2018-01-31"),
        ("2018-01-31", "2018-05-01", ContributionKind.NEWBORN_LATE, "2018-06-01"),
        ("2019-11-29", "2020-02-29", ContributionKind.NEWBORN, "2019-11-29"),
        ("2019-11-30", "2020-02-29", ContributionKind.NEWBORN, "2019-11-30"),
    ],
    ids=["出生后3个月内-从出生之日起", "3个月以上-从次月1日起", "闰年二月底", "月底取短"],
)
def test_a_newborn_is_covered_from(enrol, pay, born, on, kind, since):
    born_on, paid_on = date.fromisoformat(born), date.fromisoformat(on)
    baby = enrol(certificate_no=citizen_number(born_on), enrolled_on=paid_on, now=NOW).person_id
    contribution = pay(baby, paid_on.year, on)
    assert contribution.kind == kind
    assert contribution.get_kind_display() == ("新生儿3个月内" if kind == ContributionKind.NEWBORN else "新生儿超期")
    assert span_of(contribution) == [(since, f"{paid_on.year + 1}-01-01")]


def standing(person_id: int, on: str, **shown: str):
    found = queries.coverage_standing(person_id, date.fromisoformat(on), **shown)
    return found.standing, found.until and str(found.until)


@pytest.mark.requirement("BEN-02")
@pytest.mark.article("GX2017 §22 第4款")
def test_a_late_payer_is_told_until_when_to_wait(person, pay):
    paid_before(person, 2017)
    pay(person, 2018, "2018-03-10")
    assert standing(person, "2018-03-20") == (Standing.WAITING, "2018-04-01")
    assert standing(person, "2018-03-31") == (Standing.WAITING, "2018-04-01")
    assert standing(person, "2018-04-01") == (Standing.ELIGIBLE, None)
    assert standing(person, "2018-12-31") == (Standing.ELIGIBLE, None)


@pytest.mark.requirement("BEN-02")
def test_the_answer_for_a_past_day_does_not_change_with_a_later_payment(person, pay):
    paid_before(person, 2017)
    before = standing(person, "2018-03-05")
    pay(person, 2018, "2018-03-10")
    assert before[0] == Standing.ARREARS
    assert standing(person, "2018-03-05") == before


@pytest.mark.requirement("CON-13")
@pytest.mark.article("JL2019 §14")
def test_who_paid_last_year_and_lets_the_time_pass_is_in_arrears(person, pay):
    paid_before(person, 2017)
    assert standing(person, "2018-01-15")[0] == Standing.UNPAID
    assert standing(person, "2018-02-28")[0] == Standing.UNPAID
    assert standing(person, "2018-03-01")[0] == Standing.ARREARS
    pay(person, 2018, "2018-03-10")
    assert standing(person, "2018-04-01")[0] == Standing.ELIGIBLE


@pytest.mark.requirement("CON-13")
@pytest.mark.article("JL2019 §14")
def test_who_stayed_away_for_years_is_in_arrears_too_once_the_time_to_pay_is_over(person):
    paid_before(person, 2015)
    assert standing(person, "2018-02-28")[0] == Standing.UNPAID
    assert standing(person, "2018-03-01")[0] == Standing.ARREARS


def test_who_never_paid_has_not_paid(person):
    assert standing(person, "2018-06-01")[0] == Standing.UNPAID


@pytest.mark.requirement("BEN-02")
def test_every_reason_has_its_name(person, pay, enrol, clerk, hire):
    paid_before(person, 2017)
    pay(person, 2018, "2017-10-15")
    reviewer = hire("second_reviewer", "eligibility", at="450100")
    assert standing(person, "2014-08-31")[0] == Standing.NOT_ENROLLED
    enrolment.issue_card(person_id=person, number="A00000001", issued_on=date(2018, 1, 1), operator=clerk, now=NOW)
    enrolment.report_card_lost(person_id=person, on=date(2018, 3, 5), operator=clerk, now=NOW)
    assert standing(person, "2018-04-01")[0] == Standing.ELIGIBLE
    assert standing(person, "2018-04-01", card_no="A00000001")[0] == Standing.CARD
    enrolment.block_benefits(
        person_id=person,
        kind=BlockKind.AUDIT,
        blocked_from=date(2018, 5, 1),
        blocked_until=date(2018, 6, 1),
        reason="冒名就医核查",
        operator=reviewer,
        now=NOW,
    )
    assert standing(person, "2018-05-01")[0] == Standing.BLOCKED
    assert standing(person, "2018-06-01")[0] == Standing.ELIGIBLE
    enrolment.block_benefits(
        person_id=person,
        kind=BlockKind.FREEZE,
        blocked_from=date(2018, 7, 1),
        blocked_until=None,
        reason="参军",
        operator=reviewer,
        now=NOW,
    )
    assert standing(person, "2018-07-01")[0] == Standing.FROZEN
    enrolment.lift_block(
        person_id=person, kind=BlockKind.FREEZE, lifted_on=date(2018, 8, 1), operator=reviewer, now=NOW
    )
    enrolment.suspend(person_id=person, suspended_from=date(2018, 9, 1), reason="转职工医保", operator=clerk, now=NOW)
    assert standing(person, "2018-09-01")[0] == Standing.SUSPENDED
    enrolment.resume(person_id=person, resumed_on=date(2018, 10, 1), operator=clerk, now=NOW)
    assert standing(person, "2018-10-01")[0] == Standing.ELIGIBLE
    enrolment.terminate(person_id=person, terminated_on=date(2018, 11, 1), reason="出国定居", operator=clerk, now=NOW)
    assert standing(person, "2018-10-31")[0] == Standing.ELIGIBLE
    assert standing(person, "2018-11-01")[0] == Standing.TERMINATED


def test_an_unknown_person_has_no_standing(tree):
    assert queries.coverage_standing(0, date(2018, 1, 1)) is None


@pytest.mark.requirement("BEN-10")
def test_coverage_as_a_settlement_sees_it_leaves_out_suspensions_and_what_follows_the_end(person, pay, clerk):
    pay(person, 2018, "2017-10-15")
    enrolment.suspend(person_id=person, suspended_from=date(2018, 3, 1), reason="x", operator=clerk, now=NOW)
    enrolment.resume(person_id=person, resumed_on=date(2018, 4, 1), operator=clerk, now=NOW)
    enrolment.terminate(person_id=person, terminated_on=date(2018, 9, 1), reason="x", operator=clerk, now=NOW)
    spans = [(str(s.start), str(s.until)) for s in queries.coverage(person, date(2018, 5, 1))]
    assert spans == [("2018-01-01", "2018-03-01"), ("2018-04-01", "2018-09-01")]
    assert [str(s.paid_on) for s in queries.coverage(person, date(2018, 5, 1))] == ["2017-10-15", "2017-10-15"]


def test_coverage_ends_with_the_day_of_death(person, pay, clerk):
    pay(person, 2018, "2017-10-15")
    enrolment.record_death(person_id=person, died_on=date(2018, 5, 5), operator=clerk, now=NOW)
    assert [str(s.until) for s in queries.coverage(person, date(2018, 1, 1))] == ["2018-05-06"]
    assert standing(person, "2018-05-05")[0] == Standing.ELIGIBLE
    assert standing(person, "2018-05-06")[0] == Standing.TERMINATED


def test_coverage_brings_the_years_around_the_day(person, pay):
    paid_before(person, 2017)
    for year in (2018, 2019, 2020):
        pay(person, year, f"{year - 1}-10-01")
    assert [s.benefit_year for s in queries.coverage(person, date(2018, 12, 30))] == [2018, 2019]
    assert [s.benefit_year for s in queries.coverage(person, date(2019, 1, 2))] == [2018, 2019, 2020]


def test_spans_of_one_person_never_share_a_day(person, pay):
    paid_before(person, 2017)
    pay(person, 2018, "2017-10-15")
    span = CoverageSpan.objects.get()
    span.pk, span.covered_from = None, date(2018, 12, 31)
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        span.save(force_insert=True)


days = st.dates(date(2017, 1, 1), date(2019, 12, 31))
spans = st.tuples(days, days).filter(lambda pair: pair[0] < pair[1])


@given(span=spans, held=st.lists(spans, max_size=5))
def test_uncovered_parts_are_exactly_the_days_that_nothing_holds(span, held):
    def days_of(pairs):
        return {n for low, high in pairs for n in range(low.toordinal(), high.toordinal())}

    parts = uncovered_parts(span, held)
    assert days_of(parts) == days_of([span]) - days_of(held)
    assert sum((high - low).days for low, high in parts) == len(days_of(parts))


@given(paid_on=st.dates(date(2017, 9, 1), date(2018, 12, 31)), last=st.sampled_from([None, 2015, 2016, 2017]))
def test_equal_cases_decide_equally_and_never_before_the_year(waiting_as_shipped, paid_on, last):
    waiting = waiting_as_shipped
    case = rules.case_of(benefit_year=2018, paid_on=paid_on, last_paid_year=last, born_on=date(1980, 1, 1))
    try:
        first = rules.decide(case, waiting)
    except NothingCovered:
        return
    assert first == rules.decide(case, waiting)
    assert date(2018, 1, 1) <= first.covered_from < first.covered_until == date(2019, 1, 1)

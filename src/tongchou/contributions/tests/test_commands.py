"""Standards, payments, corrections (缴费标准、入账、更正)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tongchou.contributions import commands, queries
from tongchou.contributions.events import ContributionCorrected, ContributionRecorded
from tongchou.contributions.models import Contribution, ContributionStandard, CoverageSpan
from tongchou.contributions.rules import AidTooLarge, AmountDiffers, SchemeNotYearly
from tongchou.contributions.states import ContributionKind
from tongchou.contributions.tests.conftest import AREA, NOW, PREMIUM, citizen_number, paid_before
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.platform import checks
from tongchou.platform.events import subscribe, unsubscribe


def set_standard(operator, **changes):
    facts = {
        "pooling_area": AREA,
        "scheme": Scheme.RESIDENT,
        "benefit_year": 2018,
        "personal_fen": PREMIUM,
        "subsidy_fen": 49_000,
        "source": "桂人社发〔2017〕1号",
    }
    return commands.set_standard(**(facts | changes), operator=operator, now=NOW)


def spans_of(person: int) -> list[tuple[int, str, str]]:
    found = CoverageSpan.objects.filter(person_id=person, withdrawn_at=None).order_by("covered_from")
    return [(s.benefit_year, str(s.covered_from), str(s.covered_until)) for s in found]


@pytest.mark.requirement("CON-01")
@pytest.mark.article("GX2017 §21")
def test_a_standard_is_one_for_all_or_one_of_a_category(clerk, enrol, cashier):
    set_standard(clerk)
    set_standard(clerk, category=PersonCategory.STUDENT, personal_fen=10_000)
    student = enrol(category=PersonCategory.STUDENT, now=NOW).person_id
    pay = {"benefit_year": 2018, "paid_on": date(2017, 10, 1), "channel": "school", "operator": cashier, "now": NOW}
    assert record_contribution(person_id=student, amount_fen=10_000, **pay).amount_fen == 10_000
    with pytest.raises(AmountDiffers, match=r"180\.00"):
        record_contribution(person_id=enrol(now=NOW).person_id, amount_fen=10_000, **pay)


@pytest.mark.requirement("CON-01")
def test_a_standard_stands_still_once_somebody_has_paid_by_it(clerk, person, pay):
    pay(person, 2018, "2017-10-01")
    with pytest.raises(commands.StandardInUse, match=r"180\.00"):
        set_standard(clerk, personal_fen=20_000)
    set_standard(clerk, source="更正文号")


def test_a_county_sets_no_standard_and_a_standard_has_a_source(clerk, hire):
    with pytest.raises(checks.AreaOutOfScope):
        set_standard(hire("eligibility", at="450102"))
    for wrong in ({"source": " "}, {"personal_fen": -1}, {"subsidy_fen": -1}):
        with pytest.raises(commands.StandardWithoutSource):
            set_standard(clerk, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContributionStandard.objects.create(
            pooling_area_id=AREA, scheme="resident", benefit_year=1, personal_fen=-1, subsidy_fen=0, source="x"
        )


def test_without_a_standard_nobody_pays(person, cashier):
    with pytest.raises(commands.StandardMissing, match="2018"):
        record_contribution(
            person_id=person,
            benefit_year=2018,
            amount_fen=PREMIUM,
            paid_on=date(2017, 10, 1),
            channel="bank",
            operator=cashier,
            now=NOW,
        )


@pytest.mark.requirement("CON-02")
@pytest.mark.article("GX2017 §21")
def test_a_year_is_paid_in_full_or_not_at_all(person, pay):
    with pytest.raises(AmountDiffers, match="不得部分缴纳"):
        pay(person, 2018, "2017-10-01", amount_fen=10_000)
    with pytest.raises(AidTooLarge):
        pay(person, 2018, "2017-10-01", aided_fen=PREMIUM + 1)
    assert pay(person, 2018, "2017-10-01", aided_fen=PREMIUM).aided_fen == PREMIUM


@pytest.mark.requirement("CON-05")
def test_a_year_is_paid_once_and_the_same_payment_again_is_the_first(person, pay):
    first = pay(person, 2018, "2017-10-01", receipt_no="P1")
    assert pay(person, 2018, "2017-10-01", receipt_no="P1") == first
    with pytest.raises(commands.PaidTwice, match="2017-10-01"):
        pay(person, 2018, "2017-10-02", receipt_no="P2")
    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.create(
            person_id=person,
            pooling_area_id=AREA,
            scheme="resident",
            benefit_year=2018,
            amount_fen=1,
            paid_in_full_on=date(2018, 1, 1),
            kind="late",
            channel="bank",
            created_at=NOW,
        )


def test_only_who_is_enrolled_as_a_resident_pays_by_the_year(enrol, pay, clerk):
    employee = enrol(scheme=Scheme.EMPLOYEE, category=PersonCategory.WORKING, now=NOW).person_id
    with pytest.raises(SchemeNotYearly):
        pay(employee, 2018, "2017-10-01")
    gone = enrol(now=NOW).person_id
    not_yet = enrol(enrolled_on=date(2017, 11, 1), now=NOW).person_id
    with pytest.raises(commands.NotEnrolledToPay, match="未参保"):
        pay(not_yet, 2018, "2017-10-01")
    enrolment.suspend(person_id=gone, suspended_from=date(2017, 9, 1), reason="x", operator=clerk, now=NOW)
    with pytest.raises(commands.NotEnrolledToPay, match="暂停参保"):
        pay(gone, 2018, "2017-10-01")
    enrolment.terminate(person_id=gone, terminated_on=date(2017, 10, 1), reason="x", operator=clerk, now=NOW)
    with pytest.raises(commands.NotEnrolledToPay, match="终止参保"):
        pay(gone, 2018, "2017-10-01")
    with pytest.raises(enrolment.PersonUnknown):
        pay(0, 2018, "2017-10-01")


def test_a_clerk_of_another_county_takes_no_payment_here(person, pay, hire):
    with pytest.raises(checks.OutOfScope):
        pay(person, 2018, "2017-10-01", operator=hire("clerk", at="450103"))


@pytest.mark.requirement("CON-23")
@pytest.mark.article("GX2017 §28")
def test_a_correction_voids_books_anew_and_moves_the_coverage(person, pay, cashier):
    paid_before(person, 2017)
    wrong = pay(person, 2018, "2018-03-10")
    assert spans_of(person) == [(2018, "2018-04-01", "2019-01-01")]
    right = commands.correct_contribution(
        contribution_id=wrong.pk, paid_on=date(2018, 2, 28), reason="银行回盘日期有误", operator=cashier, now=NOW
    )
    assert (right.kind, right.corrects_id) == (ContributionKind.GRACE, wrong.pk)
    assert spans_of(person) == [(2018, "2018-01-01", "2019-01-01")]
    wrong.refresh_from_db()
    assert wrong.void_reason == "银行回盘日期有误"
    assert [row.voided_at is None for row in queries.payments_of(person)] == [True, False, True]
    with pytest.raises(commands.ContributionUnknown):
        commands.correct_contribution(
            contribution_id=wrong.pk, paid_on=date(2018, 1, 1), reason="x", operator=cashier, now=NOW
        )


def test_a_correction_has_a_reason_and_corrects_something(person, pay, cashier):
    paid = pay(person, 2018, "2017-10-01")
    with pytest.raises(commands.ReasonMissing):
        commands.correct_contribution(
            contribution_id=paid.pk, paid_on=date(2017, 10, 2), reason=" ", operator=cashier, now=NOW
        )
    with pytest.raises(commands.NothingCorrected):
        commands.correct_contribution(
            contribution_id=paid.pk, paid_on=date(2017, 10, 1), reason="x", operator=cashier, now=NOW
        )


@pytest.mark.requirement("CON-22")
def test_a_voided_payment_covers_nothing_and_later_years_are_decided_again(person, pay, cashier):
    paid_before(person, 2017)
    first = pay(person, 2018, "2017-10-01")
    pay(person, 2019, "2018-10-01")
    assert [row.kind for row in queries.payments_of(person)[:1]] == [ContributionKind.CONTINUOUS]
    commands.void_contribution(contribution_id=first.pk, reason="重复缴费", operator=cashier, now=NOW)
    assert spans_of(person) == [(2019, "2019-01-01", "2020-01-01")]
    later = Contribution.objects.get(person_id=person, benefit_year=2019, voided_at=None)
    assert later.kind == ContributionKind.REJOINED
    assert later.corrects.void_reason == "前期缴费更正,重新认定"


def test_a_history_found_later_makes_a_newcomer_a_continuous_payer(person, pay, cashier):
    paid = pay(person, 2018, "2018-02-10")
    assert spans_of(person) == [(2018, "2018-03-01", "2019-01-01")]
    paid_before(person, 2017)
    commands.correct_contribution(
        contribution_id=paid.pk, receipt_no="P2", reason="补录历史缴费后重新认定", operator=cashier, now=NOW
    )
    assert spans_of(person) == [(2018, "2018-01-01", "2019-01-01")]


def test_payments_are_told_to_the_chapters_above(person, pay, cashier):
    heard: list[object] = []
    for kind in (ContributionRecorded, ContributionCorrected):
        subscribe(kind)(heard.append)
    try:
        paid = pay(person, 2018, "2017-10-01")
        commands.void_contribution(contribution_id=paid.pk, reason="误缴", operator=cashier, now=NOW)
    finally:
        for kind in (ContributionRecorded, ContributionCorrected):
            unsubscribe(kind, heard.append)
    assert heard == [
        ContributionRecorded(paid.pk, person, 2018, date(2018, 1, 1)),
        ContributionCorrected(paid.pk, None, person),
    ]


def test_a_newborns_year_before_is_not_covered_twice(enrol, pay):
    baby = enrol(certificate_no=citizen_number(date(2017, 11, 20)), enrolled_on=date(2018, 1, 10), now=NOW).person_id
    pay(baby, 2018, "2018-01-10")
    assert spans_of(baby) == [(2018, "2017-11-20", "2019-01-01")]


def test_standards_and_spans_are_listed(clerk, person, pay):
    pay(person, 2018, "2017-10-01")
    assert [standard.benefit_year for standard in queries.standards(AREA)] == list(range(2021, 2014, -1))
    assert [str(span.covered_from) for span in queries.spans_of(person)] == ["2018-01-01"]
    assert list(queries.paid_years(person)) == [2018]
    assert list(queries.paid_years(person, by=date(2017, 9, 30))) == []

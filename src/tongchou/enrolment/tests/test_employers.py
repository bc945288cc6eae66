"""Employers and their people by the month (ENR-33)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.employers import commands, queries
from tongchou.enrolment.employers.models import Employer, EmployerMember
from tongchou.enrolment.employers.states import MemberCategory
from tongchou.enrolment.states import EnrolmentStatus, PersonCategory, Scheme
from tongchou.enrolment.tests.conftest import AREA, NOW
from tongchou.platform.checks import NoPermission, OutOfScope

MARCH = date(2018, 3, 1)
DETAILS = commands.EmployerDetails(name="青山机械厂", legal_person="覃厂长", contact="韦会计", phone="0771-1234567")


@pytest.fixture
def employer(clerk):
    return commands.register_employer(
        unit_code=AREA, pooling_area=AREA, code="u001", details=DETAILS, operator=clerk, now=NOW
    )


@pytest.fixture
def worker(enrol, clerk):
    return enrol(name="韦工", scheme=Scheme.EMPLOYEE, category=PersonCategory.WORKING).person


@pytest.fixture
def joins(employer, clerk):
    def one(person, *, month=MARCH, wage_fen=500_000, category=MemberCategory.WORKING, at=employer):
        return commands.add_member(
            employer_id=at.pk,
            person_id=person.pk,
            month=month,
            category=category,
            wage_base_fen=wage_fen,
            operator=clerk,
            now=NOW,
        )

    return one


@pytest.mark.requirement("ENR-33")
@pytest.mark.article("NM-ACCT §5")
def test_the_month_of_a_new_member_counts_the_wage_of_five_thousand(employer, worker, joins):
    joins(worker)
    february, march = queries.base_of(employer.pk, date(2018, 2, 1)), queries.base_of(employer.pk, date(2018, 3, 15))
    assert (february.members, february.base_fen) == ((), 0)
    assert march.members == (queries.MemberBase(worker.pk, MemberCategory.WORKING, 500_000),)
    assert march.base_fen == 500_000
    assert employer.code == "U001"


@pytest.mark.requirement("ENR-33")
def test_another_wage_counts_from_its_month_and_earlier_months_keep_theirs(employer, worker, joins, clerk):
    joins(worker)
    commands.set_wage_base(
        employer_id=employer.pk,
        person_id=worker.pk,
        month=date(2018, 4, 1),
        wage_base_fen=620_000,
        operator=clerk,
        now=NOW,
    )
    assert queries.base_of(employer.pk, MARCH).base_fen == 500_000
    assert queries.base_of(employer.pk, date(2018, 4, 30)).base_fen == 620_000
    assert queries.headcounts([employer.pk], date(2018, 4, 1)) == {employer.pk: queries.Headcount(1, 0, 620_000)}


@pytest.mark.requirement("ENR-33")
def test_the_base_is_of_those_in_work_alone(employer, worker, joins, enrol, clerk):
    retired = enrol(name="韦退", scheme=Scheme.EMPLOYEE, category=PersonCategory.RETIRED).person
    joins(worker)
    joins(retired, category=MemberCategory.RETIRED, wage_fen=0)
    march = queries.base_of(employer.pk, MARCH)
    assert (len(march.members), march.base_fen) == (2, 500_000)


@pytest.mark.requirement("ENR-33")
def test_whoever_retires_counts_as_retired_in_the_relation_too(employer, worker, joins, clerk):
    joins(worker)
    commands.retire_member(
        employer_id=employer.pk, person_id=worker.pk, month=date(2018, 4, 1), operator=clerk, now=NOW
    )
    assert queries.base_of(employer.pk, date(2018, 4, 1)).base_fen == 0
    assert enrolment.facts(worker.pk, date(2018, 3, 31)).category == PersonCategory.WORKING
    assert enrolment.facts(worker.pk, date(2018, 4, 1)).category == PersonCategory.RETIRED
    with pytest.raises(commands.RetiredAlready):
        commands.retire_member(
            employer_id=employer.pk, person_id=worker.pk, month=date(2018, 4, 1), operator=clerk, now=NOW
        )


@pytest.mark.requirement("ENR-33")
@pytest.mark.article("NM-ACCT §8")
def test_whoever_leaves_is_suspended_until_another_employer_takes_them(employer, worker, joins, clerk):
    joins(worker, month=date(2018, 2, 1))
    commands.remove_member(
        employer_id=employer.pk, person_id=worker.pk, month=MARCH, reason="", operator=clerk, now=NOW
    )
    assert queries.base_of(employer.pk, MARCH).members == ()
    facts = enrolment.facts(worker.pk, MARCH)
    assert (facts.status, facts.suspension_reason) == (EnrolmentStatus.SUSPENDED, "与单位终止劳动关系")
    other = commands.register_employer(
        unit_code=AREA, pooling_area=AREA, code="U002", details=DETAILS, operator=clerk, now=NOW
    )
    joins(worker, month=date(2018, 4, 1), at=other)
    assert enrolment.facts(worker.pk, date(2018, 4, 1)).status == EnrolmentStatus.ACTIVE
    assert [one.employer.code for one in queries.employments_of(worker.pk)] == ["U002", "U001"]


@pytest.mark.requirement("ENR-33")
def test_a_person_without_a_relation_gets_that_of_employees_from_the_first_of_the_month(employer, joins, enrol, clerk):
    from tongchou.enrolment import commands as enrolling

    person = enrol(name="韦新").person
    with pytest.raises(commands.StillResident):
        joins(person)
    enrolling.terminate(person_id=person.pk, terminated_on=MARCH, reason="参加职工医保", operator=clerk, now=NOW)
    joins(person)
    facts = enrolment.facts(person.pk, MARCH)
    assert (facts.scheme, facts.category, facts.enrolled_from) == (Scheme.EMPLOYEE, PersonCategory.WORKING, MARCH)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"wage_fen": 0}, commands.WageUnfit, id="no wage"),
        pytest.param({"month": date(2018, 5, 1)}, commands.MonthAstray, id="two months ahead"),
    ],
)
@pytest.mark.requirement("ENR-33")
def test_a_member_is_refused(worker, joins, changes, refusal):
    with pytest.raises(refusal):
        joins(worker, **changes)
    assert not EmployerMember.objects.exists()


@pytest.mark.requirement("ENR-33")
def test_nobody_has_two_employers_in_a_month(employer, worker, joins, clerk):
    joins(worker)
    with pytest.raises(commands.EmployedAlready):
        joins(worker)
    with pytest.raises(IntegrityError, match="employer_member_one_employer"), transaction.atomic():
        EmployerMember.objects.create(
            employer=employer,
            person=worker,
            category="working",
            wage_base_fen=1,
            month_from=MARCH,
            staff_code="x",
            recorded_at=NOW,
        )


@pytest.mark.requirement("ENR-33")
def test_a_number_stands_for_one_employer_and_a_form_must_be_whole(employer, clerk):
    with pytest.raises(commands.EmployerCodeTaken, match="青山机械厂"):
        commands.register_employer(
            unit_code=AREA, pooling_area=AREA, code="U001", details=DETAILS, operator=clerk, now=NOW
        )
    half = commands.EmployerDetails(name="丙厂", legal_person="", contact="韦", phone="1", account_no="62")
    with pytest.raises(commands.EmployerIncomplete, match="法定代表人、开户银行和银行账号"):
        commands.register_employer(
            unit_code=AREA, pooling_area=AREA, code="U003", details=half, operator=clerk, now=NOW
        )


@pytest.mark.requirement("ENR-33")
def test_two_clerks_change_an_employer_and_the_second_is_told(employer, clerk):
    moved = commands.EmployerDetails(
        name="青山机械厂",
        legal_person="覃厂长",
        contact="陆会计",
        phone="0771-1234567",
        bank_name="农行",
        account_no="1",
    )
    commands.change_employer(employer_id=employer.pk, version=1, details=moved, operator=clerk, now=NOW)
    with pytest.raises(commands.EmployerChanged):
        commands.change_employer(employer_id=employer.pk, version=1, details=DETAILS, operator=clerk, now=NOW)
    assert Employer.objects.get().contact == "陆会计"


@pytest.mark.requirement("ENR-33")
def test_an_employer_closes_when_nobody_is_left(employer, worker, joins, clerk):
    joins(worker, month=date(2018, 2, 1))
    with pytest.raises(commands.EmployerHasMembers):
        commands.close_employer(employer_id=employer.pk, operator=clerk, now=NOW)
    commands.remove_member(
        employer_id=employer.pk, person_id=worker.pk, month=MARCH, reason="调出", operator=clerk, now=NOW
    )
    commands.close_employer(employer_id=employer.pk, operator=clerk, now=NOW)
    with pytest.raises(commands.EmployerClosed):
        joins(worker)


@pytest.mark.requirement("ENR-33")
def test_an_employer_is_served_by_its_own_agency(employer, hire):
    other = hire("eligibility", at="450102001")
    with pytest.raises(OutOfScope):
        commands.close_employer(employer_id=employer.pk, operator=other, now=NOW)
    with pytest.raises(NoPermission):
        commands.close_employer(employer_id=employer.pk, operator=hire("reviewer", at=AREA), now=NOW)

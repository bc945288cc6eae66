"""更正错误的参保关系, and what a cancelled registration leaves behind (ENR-35, ENR-24, ENR-16)."""

from datetime import date, timedelta

import pytest

from tongchou.cases.commands.steps import SamePersonActed
from tongchou.cases.states import CaseState
from tongchou.enrolment import commands, queries
from tongchou.enrolment.models import CancelledRegistration, Person
from tongchou.enrolment.registration.cancelling import NothingToCancel, cancel_registration
from tongchou.enrolment.states import HouseholdRelation, PersonCategory, Scheme
from tongchou.enrolment.tests.conftest import JUNE, NOW, citizen_number

WORDS = {"reason": "与他人混淆", "evidence_no": "派出所证明5号"}


@pytest.fixture
def approver(hire):
    return hire("approver", at="450102", name="县审批")


@pytest.mark.article("GX2017 §11")
@pytest.mark.requirement("ENR-35")
def test_a_mistaken_registration_found_months_later_goes_by_evidence_and_two_decisions(
    person, accept, agree, county, approver
):
    case = agree(accept("correct_registration", **WORDS))
    assert (case.state, Person.objects.count()) == (CaseState.IN_HAND, 1)
    case = agree(case, approver)
    assert case.result == "已撤销自2017-08-01起的参保登记,由该登记新建的人员记录一并撤销"
    assert not Person.objects.exists()
    kept = CancelledRegistration.objects.get()
    assert (kept.name, kept.reason) == ("韦大", f"与他人混淆(派出所证明5号,受理号{case.number})")


@pytest.mark.requirement("ENR-35")
def test_one_person_does_not_decide_both_steps_of_it(person, accept, agree, hire):
    both = hire("second_reviewer", "approver", at="450102")
    case = agree(accept("correct_registration", **WORDS), both)
    with pytest.raises(SamePersonActed):
        agree(case, both)
    assert Person.objects.exists()


def test_a_relation_that_has_ended_is_not_corrected_that_way(person, clerk, accept):
    commands.terminate(person_id=person.pk, terminated_on=date(2018, 5, 20), reason="出国", operator=clerk, now=JUNE)
    with pytest.raises(NothingToCancel):
        accept("correct_registration", **WORDS)


@pytest.mark.article("JL2019 §5")
@pytest.mark.requirement("ENR-16")
@pytest.mark.requirement("ENR-35")
def test_an_employees_registration_taken_back_leaves_the_residents_relation_as_it_was(person, clerk, enrol):
    enrol(
        name="韦大",
        certificate_no=person.certificate_no,
        scheme=Scheme.EMPLOYEE,
        category=PersonCategory.WORKING,
        enrolled_on=date(2018, 6, 10),
        now=JUNE,
    )
    cancel_registration(person_no=person.person_no, reason="录入错误", operator=clerk, now=JUNE + timedelta(hours=1))
    days = date(2018, 6, 9), date(2018, 6, 10), date(2018, 7, 1)
    assert [(one.scheme, one.status) for one in (queries.facts(person.pk, day) for day in days)] == [
        ("resident", "active")
    ] * 3


@pytest.mark.requirement("ENR-03")
def test_who_registers_again_is_reached_at_the_new_address_and_the_cancellation_puts_the_old_one_back(enrol, clerk):
    first = enrol(
        name="韦归来",
        phone="13900000001",
        address="旧村1号",
        household_no="H1",
        household_relation=HouseholdRelation.HEAD,
    ).person
    commands.terminate(person_id=first.pk, terminated_on=date(2018, 4, 1), reason="出国", operator=clerk, now=NOW)
    there = {"unit_code": "450102002", "phone": "13900000002", "address": "新村2号", "enrolled_on": date(2018, 6, 1)}
    enrol(name="韦归来", certificate_no=first.certificate_no, now=JUNE, **there)
    first.refresh_from_db()
    assert (first.unit_code, first.phone, first.address) == ("450102002", "13900000002", "新村2号")
    said = first.changes.order_by("particular").values_list("particular", "old_value", "new_value")
    assert list(said) == [
        ("address", "旧村1号", "新村2号"),
        ("household", "H1", ""),
        ("phone", "13900000001", "13900000002"),
    ]
    cancel_registration(person_no=first.person_no, reason="录入错误", operator=clerk, now=JUNE)
    first.refresh_from_db()
    assert (first.unit_code, first.phone, first.address) == ("450102001201", "13900000001", "旧村1号")
    assert first.household.number == "H1"
    assert queries.facts(first.pk, date(2018, 6, 10)).status == "terminated"


@pytest.mark.requirement("ENR-35")
def test_both_rows_go_when_the_registration_of_today_was_changed_meanwhile(enrol, clerk):
    person = enrol(enrolled_on=date(2018, 5, 1), now=JUNE).person
    commands.change_category(
        person_id=person.pk,
        category=PersonCategory.SENIOR,
        effective_on=date(2018, 6, 1),
        reason="更正",
        operator=clerk,
        now=JUNE,
    )
    cancel_registration(person_no=person.person_no, reason="录入错误", operator=clerk, now=JUNE)
    assert not Person.objects.filter(certificate_no=citizen_number(order=3)).exists()

"""A newborn from the birth certificate through a settled stay to the citizen number (ENR-14; GX2017 §7(一), 26)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.states import Decision
from tongchou.contributions import commands as contributions
from tongchou.contributions import queries as covered
from tongchou.contributions.states import Channel
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.commands import ChangeRequest, change_particulars
from tongchou.enrolment.tests.conftest import AREA, VILLAGE, citizen_number
from tongchou.enrolment.tests.conftest import hire as hire
from tongchou.enrolment.tests.conftest import quick_hashing as quick_hashing
from tongchou.enrolment.tests.conftest import tree as tree
from tongchou.platform.commands import ensure_calendar
from tongchou.policy.eligibility import Standing
from tongchou.settlement import queries as settlements
from tongchou.settlement.tests import world

CERTIFICATE, BORN_ON = "O450012345", date(2018, 2, 26)
REGISTERED = datetime(2018, 3, 2, 2, tzinfo=UTC)
NUMBERED = datetime(2018, 4, 1, 2, tzinfo=UTC)
LATER = date(2018, 4, 2)


@pytest.fixture
def baby(hire: Any) -> Any:
    """Registered by the certificate on 2 March 2018, as the counter does it, and paid for on the day."""
    ensure_calendar(now=REGISTERED)
    household = apps.get_model("enrolment", "Household").objects.create(
        pooling_area_id=AREA, unit_code=VILLAGE, number="H1", address="东村1号", hukou_address="东村1号"
    )
    clerk, town = hire("clerk", "accountant", at="450102"), hire("eligibility", at="450102001", name="镇审核")
    mother = {
        "name": "黄美", "relation": "head", "certificate_type": "01",
        "certificate_no": citizen_number(date(1990, 1, 1), 24), "ethnicity": "01",
    }  # fmt: skip
    row = {
        "name": "黄小宝", "relation": "child", "certificate_type": "990201", "certificate_no": CERTIFICATE, "sex": "M",
        "born_on": BORN_ON.isoformat(), "mother_name": "黄美", "ethnicity": "01",
    }  # fmt: skip
    apps.get_model("enrolment", "Person").objects.create(
        person_no="M1", certificate_type="01", certificate_no=mother["certificate_no"], name="黄美", sex="F",
        born_on="1990-01-01", pooling_area_id=AREA, unit_code=VILLAGE, household=household, household_relation="head",
        created_at=REGISTERED,
    )  # fmt: skip
    case = cases.accept_application(
        Application(
            kind="register_household",
            subject_key="H1",
            values={"hukou_area": VILLAGE, "hukou_address": "东村1号"},
            rows=(row,),
            received=frozenset({"form", "birth_certificate.1"}),
            applicant_name="黄美",
        ),
        request_id="baby",
        operator=clerk,
        now=REGISTERED,
    )
    done = cases.decide(
        number=case.number, version=case.version, decision=Decision.AGREE, operator=town, now=REGISTERED
    )
    assert done.state == "done"
    person = apps.get_model("enrolment", "Person").objects.get(certificate_no=CERTIFICATE)
    contributions.set_standard(
        pooling_area=AREA, scheme="resident", benefit_year=2018, personal_fen=18_000, subsidy_fen=49_000,
        source="测试文件1号", operator=hire("eligibility", at=AREA), now=REGISTERED,
    )  # fmt: skip
    record_contribution(
        person_id=person.pk,
        benefit_year=2018,
        paid_on=date(2018, 3, 2),
        amount_fen=18_000,
        channel=Channel.COUNTER,
        operator=clerk,
        now=REGISTERED,
    )
    return person


def _payments(person_id: int) -> list[tuple[Any, ...]]:
    return [
        (one.id, one.benefit_year, one.amount_fen, one.paid_on, one.covered) for one in covered.payments_of(person_id)
    ]


def _settled(person_id: int) -> list[tuple[Any, ...]]:
    found = apps.get_model("settlement", "Settlement").objects.filter(person_id=person_id)
    amounts = ("id", "encounter_id", "total_fen", "pool_paid_fen", "cash_fen", "receipt")
    return sorted(found.values_list(*amounts), key=lambda one: int(one[0]))


@pytest.mark.requirement("ENR-14")
@pytest.mark.article("GX2017 §7(一)")
@pytest.mark.article("GX2017 §26")
def test_the_citizen_number_joins_the_settled_stay_and_the_payment_of_the_same_person(
    baby: Any, hire: Any, sample: Any
) -> None:
    sample.make_hospitals()
    standing = covered.coverage_standing(baby.pk, date(2018, 3, 10))
    assert standing.standing == Standing.ELIGIBLE
    who = world.Person(baby.pk, baby.person_no)
    with world.using(world.book()):
        stay, settled = world.settled_visit(
            who,
            world.classes(a="3000", b="1000", c="200"),
            "2018-03-05",
            kind="inpatient",
            until="2018-03-10",
            born_on=BORN_ON.isoformat(),
        )
    paid, before = _payments(baby.pk), _settled(baby.pk)
    assert len(before) == 1
    assert before[0][:2] == (settled.settlement_id, stay.id)
    assert len(paid) == 1

    number = citizen_number(BORN_ON, 13)
    change_particulars(
        ChangeRequest(
            person_id=baby.pk,
            values={"certificate_type": "01", "certificate_no": number},
            reason="落户",
            evidence="户口簿",
            effective_on=date(2018, 4, 1),
        ),
        operator=hire("second_reviewer", at="450102"),
        now=NUMBERED,
    )

    assert (_payments(baby.pk), _settled(baby.pk)) == (paid, before), "stay and payments unchanged"
    assert apps.get_model("enrolment", "Person").objects.filter(name="黄小宝").count() == 1
    by_old = enrolment.facts_by_certificate(CERTIFICATE, LATER)
    by_new = enrolment.facts_by_certificate(number, LATER)
    assert (by_old.id, by_old.person_no, by_old.certificate_no) == (baby.pk, baby.person_no, number)
    assert by_new.id == baby.pk
    at_the_hospital = enrolment.person_for_wire(certificate_no=CERTIFICATE, on=LATER)
    assert at_the_hospital.facts.id == baby.pk
    (listed,) = settlements.settlements_of_person(baby.pk).rows
    assert listed.id == settled.settlement_id

"""Students whom a department aids, paid for by their school: the aid is used, and waits again (CON-09, CON-15)."""

from datetime import date

import pytest
from django.apps import apps

from tongchou.contributions import commands as contributions
from tongchou.contributions import invariants
from tongchou.contributions.aid import arrivals
from tongchou.contributions.aid import commands as aid
from tongchou.contributions.aid.commands import Aid
from tongchou.contributions.aid.models import AidItem
from tongchou.contributions.aid.states import AidAnswer, AidItemState, AidMode
from tongchou.contributions.models import Contribution
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.schools.models import SchoolPayment
from tongchou.contributions.tests.conftest import AREA, PREMIUM
from tongchou.contributions.tests.test_school_transfers import LATER, person, take_back
from tongchou.contributions.tests.test_school_transfers import second as second
from tongchou.contributions.tests.test_schools import NOW, YEAR, School, line
from tongchou.contributions.tests.test_schools import school as school
from tongchou.enrolment.states import Department, SpecialCategory
from tongchou.kernel.money import yuan_text


def aided(school: School, mode) -> SchoolPayment:
    """Two students of whom a department aids the first, whose aid has come before the school pays; booked."""
    school.enrol(2)
    apps.get_model("enrolment", "SpecialGroupSpan").objects.create(
        person=person(1), category=SpecialCategory.DIBAO, valid_from=date(2015, 1, 1), created_at=NOW
    )
    by = {"operator": school.clerk, "now": NOW}
    table = (Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS, 14_000),)
    aid.set_plan(
        pooling_area=AREA, benefit_year=YEAR, mode=mode, table=table, ref_date=None, source="县政办发〔2017〕",
        operator=school.policy, now=NOW,
    )  # fmt: skip
    (found,) = aid.make_lists(pooling_area=AREA, benefit_year=YEAR, **by)
    aid.notify(number=found.number, **by)
    arrivals.confirm(number=found.number, answers=[arrivals.Answered(1, AidAnswer.OK, NOW.date())], **by)
    if mode == AidMode.FUND:
        arrivals.record_arrival(
            number=found.number, reference="M1", amount_fen=14_000, arrived_on=NOW.date(), operator=school.finance,
            now=NOW,
        )  # fmt: skip
    assert AidItem.objects.get().state == AidItemState.ARRIVED
    owed = PREMIUM - (14_000 if mode == AidMode.FUND else 0)
    payment = school.roster([line(1, yuan_text(owed)), line(2)])
    school.transfer(payment, owed + PREMIUM)
    school.act(schools.book, payment)
    payment.refresh_from_db()
    return payment


@pytest.mark.requirement("CON-09", "CON-15", "CON-17")
@pytest.mark.article("GX2017 §24", "GX2017 §27")
@pytest.mark.parametrize("mode", AidMode)
def test_aid_of_a_student_is_used_when_the_school_pays_and_waits_again_when_the_transfer_goes(school, second, mode):
    payment = aided(school, mode)
    item = AidItem.objects.get()
    assert item.state == AidItemState.USED
    assert invariants.broken(AREA, LATER.date()) == []
    transfer = payment.transfers.get()
    take_back(transfer, second)
    item.refresh_from_db()
    assert item.state == AidItemState.ARRIVED
    assert invariants.broken(AREA, LATER.date()) == []
    school.transfer(payment, transfer.amount_fen, "B2")
    school.act(schools.book, payment)
    item.refresh_from_db()
    assert item.state == AidItemState.USED
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-15", "CON-23")
@pytest.mark.article("GX2017 §27", "GX2017 §28")
def test_aid_waits_again_when_the_payment_is_voided_and_stays_used_when_it_is_corrected(school, hire):
    aided(school, AidMode.ACCOUNT)
    item, cashier = AidItem.objects.get(), hire("clerk", "accountant", at=AREA)

    def standing():
        return Contribution.objects.get(person_id=item.person_id, voided_at=None)

    def state():
        item.refresh_from_db()
        return item.state

    contributions.correct_contribution(
        contribution_id=standing().pk, receipt_no="R2", reason="票号录错", operator=cashier, now=LATER
    )
    assert state() == AidItemState.USED
    contributions.void_contribution(contribution_id=standing().pk, reason="误录", operator=cashier, now=LATER)
    assert state() == AidItemState.ARRIVED

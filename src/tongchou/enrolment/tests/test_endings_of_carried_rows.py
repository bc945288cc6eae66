"""停保、恢复、注销 of a relation that a change of category or unit carries on in another row (ENR-20 to ENR-24)."""

from datetime import date

import pytest
from django.db import transaction

from tongchou.enrolment import commands, queries
from tongchou.enrolment.endings import undoing
from tongchou.enrolment.endings.commands import BegunSince, NotSuspended
from tongchou.enrolment.endings.taken_back import TransferredSince
from tongchou.enrolment.models import Person, RelationEnding
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.enrolment.tests.conftest import JUNE, NOW, citizen_number
from tongchou.enrolment.tests.test_undoing import spans, undo
from tongchou.enrolment.transfers import commands as transfers
from tongchou.enrolment.transfers.states import TransferKind

CHANGED_ON = date(2018, 6, 1)
DEATH = {
    "reason": "death",
    "event_on": "2018-05-03",
    "evidence_no": "死亡证明12号",
    "card_returned": "no",
    "applicant": "heir",
    "applicant_certificate": citizen_number(order=301),
    "applicant_relation": "子",
}


def states(person: Person, *days: date) -> list[str]:
    return [str(queries.facts(person.pk, day).status) for day in days]


def grow_old(person: Person, clerk, on: date = CHANGED_ON) -> None:
    commands.change_category(
        person_id=person.pk, category=PersonCategory.SENIOR, effective_on=on, reason="满60周岁", operator=clerk, now=NOW
    )


@pytest.fixture
def approver(hire):
    return hire("approver", at="450102", name="县审批")


@pytest.mark.article("GX2017 §15")
@pytest.mark.requirement("ENR-21")
def test_a_death_told_after_a_later_change_of_category_ends_the_relation_the_day_after(person, clerk, accept, agree):
    grow_old(person, clerk)
    case = agree(accept("terminate_relation", **DEATH))
    assert case.result.startswith("已注销:死亡,自2018-05-04起终止")
    assert states(person, date(2018, 5, 3), date(2018, 5, 4), date(2018, 6, 5)) == [
        "active",
        "terminated",
        "terminated",
    ]
    assert list(person.enrolments.values_list("enrolled_until", "end_reason")) == [(date(2018, 5, 4), "死亡")]


@pytest.mark.requirement("ENR-24")
def test_its_correction_puts_the_later_rows_back_with_their_suspensions(person, clerk, accept, agree, approver):
    grow_old(person, clerk)
    commands.suspend(person_id=person.pk, suspended_from=date(2018, 6, 5), reason="参军", operator=clerk, now=JUNE)
    stood = spans(person)
    agree(accept("terminate_relation", **DEATH))
    agree(agree(accept("correct_ending", reason="同名误注销", evidence_no="证明3号")), approver)
    assert spans(person) == stood
    paused = RelationEnding.objects.get(person=person, kind="suspension")
    assert paused.enrolment.enrolled_from == CHANGED_ON


def test_who_registered_anew_after_the_day_is_not_ended_before_it_and_the_way_is_named(person, clerk, enrol, accept):
    commands.terminate(person_id=person.pk, terminated_on=date(2018, 5, 20), reason="出国", operator=clerk, now=JUNE)
    enrol(name="韦大", certificate_no=person.certificate_no, enrolled_on=date(2018, 6, 1), now=JUNE)
    with pytest.raises(BegunSince, match=r"自2018-06-01起.*更正错误的参保关系"):
        accept("terminate_relation", **DEATH)


def test_a_transfer_since_stands_against_an_earlier_end(person, clerk):
    grow_old(person, clerk)
    out = transfers.Wanted(
        kind=TransferKind.AREA,
        to_area="450200",
        to_agency="乙市",
        to_scheme=Scheme.RESIDENT,
        starts_on=date(2018, 6, 10),
        reason="就业",
    )
    with transaction.atomic():
        made = transfers.finish_out(person, out, case_number="", operator=clerk, now=JUNE)
    with transaction.atomic():
        transfers.restore(made, NOW)
    with pytest.raises(TransferredSince, match=made.number):
        commands.record_death(person_id=person.pk, died_on=date(2018, 5, 3), operator=clerk, now=JUNE)


@pytest.mark.article("JL2019 §8")
@pytest.mark.requirement("ENR-20")
def test_a_suspension_told_late_holds_over_the_change_and_is_resumed_and_undone_as_one(person, clerk):
    grow_old(person, clerk)
    before = spans(person)
    commands.suspend(person_id=person.pk, suspended_from=date(2018, 5, 15), reason="参军", operator=clerk, now=JUNE)
    assert states(person, date(2018, 5, 14), date(2018, 5, 15), date(2018, 6, 5)) == [
        "active",
        "suspended",
        "suspended",
    ]
    suspended = spans(person)
    commands.resume(person_id=person.pk, resumed_on=date(2018, 5, 20), operator=clerk, now=JUNE)
    assert states(person, date(2018, 5, 19), date(2018, 5, 20), date(2018, 6, 5)) == ["suspended", "active", "active"]
    with pytest.raises(NotSuspended):
        commands.resume(person_id=person.pk, resumed_on=date(2018, 6, 5), operator=clerk, now=JUNE)
    undo(person, clerk)
    assert spans(person) == before
    assert suspended != before


@pytest.mark.requirement("ENR-20")
@pytest.mark.parametrize("on", [date(2018, 3, 15), date(2018, 5, 1)])
def test_a_change_as_of_an_earlier_day_leaves_the_suspended_days_as_they_are(person, clerk, on):
    commands.suspend(person_id=person.pk, suspended_from=date(2018, 4, 1), reason="参军", operator=clerk, now=JUNE)
    commands.resume(person_id=person.pk, resumed_on=date(2018, 6, 1), operator=clerk, now=JUNE)
    grow_old(person, clerk, on)
    days = date(2018, 3, 31), date(2018, 4, 1), date(2018, 5, 31), date(2018, 6, 1)
    assert states(person, *days) == ["active", "suspended", "suspended", "active"]


@pytest.mark.requirement("ENR-24")
def test_a_change_as_of_a_day_before_the_end_does_not_keep_the_end_from_being_undone(person, clerk):
    commands.terminate(person_id=person.pk, terminated_on=date(2018, 5, 20), reason="出国", operator=clerk, now=JUNE)
    grow_old(person, clerk, date(2018, 5, 1))
    assert undoing.check_undoable(person).enrolment.enrolled_from == date(2018, 5, 1)
    undo(person, clerk)
    assert states(person, date(2018, 5, 10), date(2018, 5, 20), date(2018, 7, 1)) == ["active"] * 3

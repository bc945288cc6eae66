"""更正停保、注销: two decisions put back exactly what stood before (ENR-24)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.cases.commands.steps import SamePersonActed
from tongchou.cases.states import CaseState
from tongchou.enrolment import commands, events, queries
from tongchou.enrolment.commands.steps import ReasonMissing
from tongchou.enrolment.endings import commands as endings
from tongchou.enrolment.endings import undoing
from tongchou.enrolment.endings.commands import Ending
from tongchou.enrolment.endings.undoing import EvidenceMissing, NothingToUndo, VisitSettled
from tongchou.enrolment.models import Person, RefusedVisit, RelationEnding
from tongchou.enrolment.states import EndingKind, EndingReason
from tongchou.enrolment.tests.conftest import JUNE, NOW
from tongchou.kernel.errors import DomainError
from tongchou.platform import histories
from tongchou.platform.checks import NoPermission
from tongchou.platform.events import subscribe, unsubscribe


@pytest.fixture
def approver(hire):
    return hire("approver", at="450102", name="县审批")


def spans(person: Person) -> dict[str, Any]:
    """Everything an ending may change, as it stands."""
    person.refresh_from_db()
    enrolments = person.enrolments.order_by("id")
    return {
        "died_on": person.died_on,
        "enrolments": list(enrolments.values_list("id", "enrolled_from", "enrolled_until", "end_reason")),
        "suspensions": list(
            enrolments.filter(suspensions__isnull=False)
            .order_by("suspensions__id")
            .values_list("suspensions__id", "suspensions__suspended_from", "suspensions__suspended_until")
        ),
        "cards": list(person.cards.order_by("id").values_list("number", "status", "ended_on")),
    }


def undo(person: Person, operator: Any) -> None:
    with transaction.atomic():
        locked = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
        undoing.undo_ending(locked, reason="误办", evidence="证明", operator=operator, now=JUNE)


@pytest.mark.article("GX2017 §15")
@pytest.mark.requirement("ENR-24")
def test_a_wrong_death_is_undone_by_two_persons_and_no_day_is_missing(person, clerk, accept, agree, county, approver):
    commands.record_death(person_id=person.pk, died_on=date(2018, 5, 3), operator=clerk, now=JUNE)
    assert queries.facts(person.pk, date(2018, 5, 20)).status == "terminated"
    case = agree(accept("correct_ending", reason="同名误注销", evidence_no="派出所证明2018-3"))
    assert (case.state, queries.facts(person.pk, date(2018, 5, 20)).status) == (CaseState.IN_HAND, "terminated")
    case = agree(case, approver)
    assert case.result == "已更正注销,自2018-05-04起恢复参保,不间断"
    days = [date(2018, 5, 3) + timedelta(days=n) for n in range(40)]
    assert {queries.facts(person.pk, day).status for day in days} == {"active"}
    ending = RelationEnding.objects.get(person=person)
    assert (ending.undone_at, ending.undo_reason) == (JUNE, "同名误注销")
    assert ending.undo_evidence.endswith("派出所证明2018-3")


@pytest.mark.requirement("ENR-24")
def test_one_person_does_not_decide_both_steps(person, clerk, accept, agree, hire):
    commands.record_death(person_id=person.pk, died_on=date(2018, 5, 3), operator=clerk, now=JUNE)
    both = hire("second_reviewer", "approver", at="450102")
    case = agree(accept("correct_ending", reason="误办", evidence_no="证明"), both)
    with pytest.raises(SamePersonActed):
        agree(case, both)
    assert queries.facts(person.pk, date(2018, 5, 20)).status == "terminated"


def test_nothing_is_corrected_where_nothing_ended_and_nothing_without_evidence(person, accept, clerk):
    with pytest.raises(NothingToUndo):
        accept("correct_ending", reason="误办", evidence_no="证明")
    commands.terminate(person_id=person.pk, terminated_on=date(2018, 4, 1), reason="出国", operator=clerk, now=JUNE)
    with transaction.atomic(), pytest.raises(EvidenceMissing):
        undoing.undo_ending(person, reason="误办", evidence=" ", operator=clerk, now=JUNE)


day = st.dates(date(2017, 7, 30), date(2018, 6, 10))
reason = st.sampled_from(list(EndingReason))
deed = st.tuples(st.sampled_from(["suspend", "resume", "end"]), reason, day)


@pytest.mark.requirement("ENR-24")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(deed, max_size=4), last=st.tuples(st.sampled_from(list(EndingKind)), reason, day))
def test_undoing_what_was_done_is_as_if_it_had_not_been_done(person, clerk, deeds, last):
    """undo(do(x)) = x: whatever stood before, also endings one upon the other, the last first."""
    with transaction.atomic():
        person.cards.get_or_create(number="A1", defaults={"issued_on": date(2018, 1, 1)})
        before = []
        for what, why, on in [*deeds, ("last", last[1], last[2])]:
            kind = {"suspend": EndingKind.SUSPENSION, "end": EndingKind.TERMINATION, "last": last[0]}.get(what)
            stood = spans(person)
            try:
                with transaction.atomic():
                    if kind is None:
                        endings.resume_relation(person, resumed_on=on, operator=clerk, now=JUNE)
                        before.clear()  # a resumption is no ending; what came before it is not undone over it
                        continue
                    step = endings.suspend_relation if kind is EndingKind.SUSPENSION else endings.terminate_relation
                    step(person, Ending(kind=kind, reason=why, effective_on=on), operator=clerk, now=JUNE)
            except DomainError:
                person.refresh_from_db()
                continue
            before.append(stood)
        for stood in reversed(before):
            undo(person, clerk)
            assert spans(person) == stood
        transaction.set_rollback(True)


def test_a_card_issued_since_stays_the_only_one_in_use(person, clerk):
    commands.issue_card(person_id=person.pk, number="A1", issued_on=date(2018, 1, 1), operator=clerk, now=NOW)
    commands.record_death(person_id=person.pk, died_on=date(2018, 3, 3), operator=clerk, now=NOW)
    person.cards.create(number="A2", issued_on=date(2018, 5, 1))
    undo(person, clerk)
    assert list(person.cards.order_by("number").values_list("number", "status")) == [
        ("A1", "cancelled"),
        ("A2", "active"),
    ]


def test_what_was_refused_is_closed_once_with_a_note(person, clerk, hire):
    commands.terminate(person_id=person.pk, terminated_on=date(2018, 4, 1), reason="出国", operator=clerk, now=JUNE)
    visit = RefusedVisit.objects.create(
        ending=RelationEnding.objects.get(), happened_on=date(2018, 4, 5), what="接口拒绝2001", reference="1"
    )
    with pytest.raises(ReasonMissing):
        undoing.close_visit(visit_id=visit.pk, note=" ", operator=clerk, now=JUNE)
    with pytest.raises(NoPermission):
        undoing.close_visit(visit_id=visit.pk, note="x", operator=hire("auditor", at="450100"), now=JUNE)
    undoing.close_visit(visit_id=visit.pk, note="已手工报销", operator=clerk, now=JUNE)
    with pytest.raises(VisitSettled):
        undoing.close_visit(visit_id=visit.pk, note="再次", operator=clerk, now=JUNE)


def test_everybody_who_follows_hears_of_a_correction(person, clerk):
    heard: list[events.EndingUndone] = []
    subscribe(events.EndingUndone)(heard.append)
    commands.record_death(person_id=person.pk, died_on=date(2018, 5, 3), operator=clerk, now=JUNE)
    try:
        undo(person, clerk)
    finally:
        unsubscribe(events.EndingUndone, heard.append)
    assert [(one.person_id, one.kind, one.since) for one in heard] == [
        (person.pk, EndingKind.TERMINATION, date(2018, 5, 4))
    ]


@pytest.mark.requirement("ENR-24")
def test_the_history_tells_of_the_correction_and_no_more_of_the_death(person, clerk):
    commands.record_death(person_id=person.pk, died_on=date(2018, 5, 3), operator=clerk, now=JUNE)
    undo(person, clerk)
    read = histories.read(person_id=person.pk, person_no=person.person_no)
    told = [(row.day, histories.tell(row).title, histories.tell(row).detail) for row in read.rows]
    assert (date(2018, 6, 10), "更正停保、注销", "注销-死亡 · 误办") in told
    assert "死亡登记" not in [title for _day, title, _detail in told]


@pytest.mark.requirement("ENR-21")
@pytest.mark.requirement("ENR-24")
@pytest.mark.requirement("ENR-29")
@pytest.mark.article("GX2017 §15")
@pytest.mark.parametrize(
    ("reason", "ends"),
    [
        pytest.param(EndingReason.ABROAD, True, id="出国(境)定居"),
        pytest.param(EndingReason.MISSING, True, id="失踪"),
        pytest.param(EndingReason.MOVED_OUT, True, id="跨统筹地区转出"),
        pytest.param(EndingReason.EMPLOYEE, False, id="职工参保"),
    ],
)
def test_who_leaves_for_good_leaves_the_card_and_gets_it_back_when_that_was_wrong(person, clerk, reason, ends):
    commands.issue_card(person_id=person.pk, number="A1", issued_on=date(2018, 1, 1), operator=clerk, now=NOW)
    before = spans(person)
    ending = Ending(kind=EndingKind.TERMINATION, reason=reason, effective_on=date(2018, 5, 3))
    with transaction.atomic():
        locked = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
        endings.end_relation(locked, ending, operator=clerk, now=JUNE, today=date(2018, 6, 10))
    assert spans(person)["cards"] == ([("A1", "cancelled", date(2018, 5, 3))] if ends else [("A1", "active", None)])
    undo(person, clerk)
    assert spans(person) == before

"""Suspending, resuming and ending the relation in one act (停保、恢复、终止; JL2019 §8, 10; GX2017 §15)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment.commands import steps
from tongchou.enrolment.endings import commands as endings
from tongchou.enrolment.endings.commands import AlreadySuspended, DiesBeforeBirth, Ending, NotSuspended
from tongchou.enrolment.models import Enrolment, Person, Suspension
from tongchou.enrolment.states import EndingKind, EndingReason
from tongchou.platform import queries as platform

__all__ = ["AlreadySuspended", "DiesBeforeBirth", "NotSuspended", "record_death", "resume", "suspend", "terminate"]


def _ending(kind: EndingKind, effective_on: date, words: str) -> Ending:
    """Raises: ReasonMissing."""
    if not words.strip():
        raise steps.ReasonMissing
    reason = next((one for one in EndingReason if one.label == words.strip()), EndingReason.OTHER)
    return Ending(kind=kind, reason=reason, effective_on=effective_on, words=words)


@transaction.atomic(durable=True)
def suspend(
    *, person_id: int, suspended_from: date, reason: str, operator: platform.Operator, now: datetime
) -> Suspension:
    """停保 (JL2019 §8): no benefits and no contributions from that day, until resumed.

    Raises: NotEnrolledThen, AlreadySuspended, ReasonMissing, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    ending = _ending(EndingKind.SUSPENSION, suspended_from, reason)
    recorded = endings.suspend_relation(person, ending, operator=operator, now=now)
    return Suspension.objects.get(pk=recorded.before["suspension"])


@transaction.atomic(durable=True)
def resume(*, person_id: int, resumed_on: date, operator: platform.Operator, now: datetime) -> Suspension:
    """恢复参保 (JL2019 §8): the suspension ends the day before.

    Raises: NotEnrolledThen, NotSuspended, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    return endings.resume_relation(person, resumed_on=resumed_on, operator=operator, now=now)


@transaction.atomic(durable=True)
def terminate(
    *, person_id: int, terminated_on: date, reason: str, operator: platform.Operator, now: datetime
) -> Enrolment:
    """终止参保 (GX2017 §15; JL2019 §10): the relation ends with the day before, the record stays.

    Raises: NotEnrolledThen, ReasonMissing, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    ending = _ending(EndingKind.TERMINATION, terminated_on, reason)
    recorded = endings.terminate_relation(person, ending, operator=operator, now=now)
    assert recorded.enrolment is not None
    return recorded.enrolment


@transaction.atomic(durable=True)
def record_death(*, person_id: int, died_on: date, operator: platform.Operator, now: datetime) -> Person:
    """死亡登记 (GX2017 §15): benefits to the day of death, the relation ends the day after, the card is void.

    Raises: DiesBeforeBirth, DeathOnRecord, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    endings.check_death(person, died_on, timezone.localdate(now))
    ending = Ending(kind=EndingKind.TERMINATION, reason=EndingReason.DEATH, effective_on=died_on)
    endings.terminate_relation(person, ending, operator=operator, now=now)
    return person

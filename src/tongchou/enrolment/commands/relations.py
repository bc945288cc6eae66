"""Suspending, resuming and ending the relation (停保、恢复、终止; JL2019 §8, 10; GX2017 §15)."""

from datetime import date, datetime, timedelta

from django.db import transaction

from tongchou.enrolment import events
from tongchou.enrolment.commands import cards, steps
from tongchou.enrolment.models import Enrolment, Person, Suspension
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.events import publish

DEATH = "死亡"


class AlreadySuspended(DomainError):
    code = "EN-1202"
    message = "该参保人自{since}起已停保"
    citation = "JL2019 §8"


class NotSuspended(DomainError):
    code = "EN-1203"
    message = "该参保人在{day}没有停保,无须恢复"
    citation = "JL2019 §8"


class DiesBeforeBirth(DomainError):
    code = "EN-1205"
    message = "死亡日期{died_on}早于出生日期{born_on}或晚于办理日期"
    citation = "GX2017 §15"


@transaction.atomic(durable=True)
def suspend(
    *, person_id: int, suspended_from: date, reason: str, operator: platform.Operator, now: datetime
) -> Suspension:
    """停保 (JL2019 §8): no benefits and no contributions from that day, until resumed.

    Raises: NotEnrolledThen, AlreadySuspended, ReasonMissing, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    if not reason.strip():
        raise steps.ReasonMissing
    enrolment = steps.enrolment_on(person, suspended_from)
    open_span = enrolment.suspensions.filter(suspended_until=None).first()
    later = enrolment.suspensions.filter(suspended_until__gt=suspended_from).first()
    if clash := open_span or later:
        raise AlreadySuspended(since=clash.suspended_from)
    suspension = Suspension.objects.create(enrolment=enrolment, suspended_from=suspended_from, reason=reason.strip())
    steps.note("suspend", person, operator, now, since=suspended_from, reason=reason)
    publish(events.EnrolmentSuspended(person.pk, suspended_from, reason))
    return suspension


@transaction.atomic(durable=True)
def resume(*, person_id: int, resumed_on: date, operator: platform.Operator, now: datetime) -> Suspension:
    """恢复参保 (JL2019 §8): the suspension ends the day before.

    Raises: NotEnrolledThen, NotSuspended, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    enrolment = steps.enrolment_on(person, resumed_on)
    suspension = enrolment.suspensions.filter(suspended_from__lt=resumed_on, suspended_until=None).first()
    if suspension is None:
        raise NotSuspended(day=resumed_on)
    suspension.suspended_until = resumed_on
    suspension.save(update_fields=["suspended_until"])
    steps.note("resume", person, operator, now, on=resumed_on)
    publish(events.EnrolmentResumed(person.pk, resumed_on))
    return suspension


@transaction.atomic(durable=True)
def terminate(
    *, person_id: int, terminated_on: date, reason: str, operator: platform.Operator, now: datetime
) -> Enrolment:
    """终止参保 (GX2017 §15; JL2019 §10): the relation ends with the day before, the record stays.

    Raises: NotEnrolledThen, ReasonMissing, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    if not reason.strip():
        raise steps.ReasonMissing
    enrolment = end_enrolment(person, terminated_on, reason.strip())
    steps.note("terminate", person, operator, now, on=terminated_on, reason=reason)
    publish(events.EnrolmentTerminated(person.pk, terminated_on, reason))
    return enrolment


@transaction.atomic(durable=True)
def record_death(*, person_id: int, died_on: date, operator: platform.Operator, now: datetime) -> Person:
    """死亡登记 (GX2017 §15): benefits to the day of death, the relation ends the day after, the card is void.

    Raises: DiesBeforeBirth, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    if not person.born_on <= died_on <= now.date():
        raise DiesBeforeBirth(died_on=died_on, born_on=person.born_on)
    person.died_on = died_on
    person.save(update_fields=["died_on"])
    if person.enrolments.filter(enrolled_until=None).exists():
        end_enrolment(person, died_on + timedelta(days=1), DEATH)
    cards.void_cards(person, died_on)
    steps.note("record_death", person, operator, now, on=died_on)
    publish(events.EnrolmentTerminated(person.pk, died_on + timedelta(days=1), DEATH))
    return person


def end_enrolment(person: Person, until: date, reason: str) -> Enrolment:
    """Close the open enrolment and any open suspension; a step of the caller's transaction. Raises: NotEnrolledThen."""
    enrolment = person.enrolments.filter(enrolled_until=None, enrolled_from__lt=until).first()
    if enrolment is None:
        raise steps.NotEnrolledThen(day=until)
    enrolment.suspensions.filter(suspended_until=None, suspended_from__lt=until).update(suspended_until=until)
    enrolment.enrolled_until, enrolment.end_reason = until, reason
    enrolment.save(update_fields=["enrolled_until", "end_reason"])
    return enrolment

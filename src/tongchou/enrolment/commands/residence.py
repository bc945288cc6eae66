"""Residence documents of persons from Hong Kong, Macao, Taiwan and abroad (定居、居留证件; GX2017 §10; ENR-13)."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment import events, parameters, queries, rules
from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import Person, ResidenceDocument, Suspension
from tongchou.enrolment.states import CertificateType, ResidenceKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish

EXPIRED: Final = "居留证件到期"


class NotLonger(DomainError):
    code = "EN-1431"
    message = "新证件的有效期至{last_day},不晚于原证件的{known}"
    citation = "GX2017 §10"


def keep_document(
    person: Person, kind: ResidenceKind, *, number: str, last_day: date | None, now: datetime
) -> ResidenceDocument:
    """The document in use; an earlier one is replaced by it. A step of a command that has locked the person."""
    person.residence_documents.filter(replaced_at=None).update(replaced_at=now)
    return ResidenceDocument.objects.create(
        person=person,
        kind=kind,
        number=number.strip().upper(),
        valid_until=last_day + timedelta(days=1) if last_day else None,
        recorded_at=now,
    )


@transaction.atomic(durable=True)
def renew_document(
    *,
    person_id: int,
    kind: ResidenceKind,
    number: str,
    last_day: date | None,
    operator: platform.Operator,
    now: datetime,
) -> ResidenceDocument:
    """更换居留证件: a suspension for the expired one ends today; the days between stay suspended (ENR-13).

    Raises: ResidenceDocumentMissing, ResidenceDocumentExpired, NotLonger, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    return renew(person, kind, number=number, last_day=last_day, operator=operator, now=now)


def check_renewable(person: Person, kind: ResidenceKind, *, number: str, last_day: date | None, today: date) -> None:
    """Raises: ResidenceDocumentMissing, ResidenceDocumentExpired, NotLonger."""
    rules.check_residence(
        CertificateType(person.certificate_type), kind=kind, number=number, last_day=last_day, on=today
    )
    known = person.residence_documents.filter(replaced_at=None).first()
    if known is not None and last_day is not None and (known.valid_until is None or last_day < known.valid_until):
        known_last = "长期" if known.valid_until is None else known.valid_until - timedelta(days=1)
        raise NotLonger(last_day=last_day, known=known_last)


def renew(
    person: Person,
    kind: ResidenceKind,
    *,
    number: str,
    last_day: date | None,
    operator: platform.Operator,
    now: datetime,
) -> ResidenceDocument:
    """更换居留证件, a step of the caller's transaction; the person is locked. Raises: as `check_renewable`."""
    today = timezone.localdate(now)
    check_renewable(person, kind, number=number, last_day=last_day, today=today)
    document = keep_document(person, kind, number=number, last_day=last_day, now=now)
    steps.note("renew_document", person, operator, now, kind=kind, last_day=last_day)
    paused = Suspension.objects.filter(enrolment__person=person, suspended_until=None, reason=EXPIRED).first()
    if paused is not None:
        _end(paused, today)
        publish(events.EnrolmentResumed(person.pk, today))
    return document


def _end(paused: Suspension, today: date) -> None:
    """A suspension that began today has held on no day."""
    if paused.suspended_from >= today:
        paused.delete()
        return
    paused.suspended_until = today
    paused.save(update_fields=["suspended_until"])


def suspend_expired(now: datetime) -> int:
    """到期停保 (定时任务): suspended from the day after the document's last. Returns how many."""
    today = timezone.localdate(now)
    done = 0
    for document in queries.expired_documents(today):
        if parameters.procedure(document.person.pooling_area_id).suspends_at_expiry:
            done += _suspend(document, now)
    return done


@transaction.atomic(durable=True)
def _suspend(document: ResidenceDocument, now: datetime) -> bool:
    """Once: the person is locked, and asked again whether the document still stands and nothing is suspended."""
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=document.person_id)
    since = document.valid_until
    enrolment = person.enrolments.filter(enrolled_until=None, enrolled_from__lte=since).first()
    if (
        enrolment is None
        or since is None
        or not person.residence_documents.filter(pk=document.pk, replaced_at=None).exists()
        or enrolment.suspensions.filter(suspended_until=None).exists()
        or enrolment.suspensions.filter(suspended_until__gt=since).exists()
    ):
        return False
    Suspension.objects.create(enrolment=enrolment, suspended_from=since, reason=EXPIRED)
    trail.record(
        "enrolment.suspend",
        at=now,
        pooling_area=person.pooling_area_id,
        unit_code=person.unit_code,
        object_kind="person",
        object_key=person.pk,
        detail={"since": since.isoformat(), "reason": EXPIRED},
    )
    publish(events.EnrolmentSuspended(person.pk, since, EXPIRED, now))
    return True

"""Suspending and ending a relation, on record (停保、注销登记; GX2017 §15; JL2019 §8, 10; ENR-20, ENR-21).

Each `…_relation` is a step of the caller's transaction, which has locked the person.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from tongchou.enrolment import events, parameters
from tongchou.enrolment.commands import cards, steps
from tongchou.enrolment.endings import reasons, taken_back
from tongchou.enrolment.models import Enrolment, Person, RelationEnding, Suspension
from tongchou.enrolment.states import EndingKind, EndingReason, EndingSource
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.events import publish


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


class DeathOnRecord(DomainError):
    code = "EN-3003"
    message = "该参保人已登记于{died_on}死亡"
    citation = "GX2017 §15"


class BegunSince(DomainError):
    code = "EN-6501"
    message = "现参保关系自{since}起,晚于停止日期{day}。这段登记如有误,请先办理“更正错误的参保关系”,再办注销"
    citation = "GX2017 §15"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """停保或注销 as asked for. `words` says what an 其他 is; the label of the reason where it is empty."""

    kind: EndingKind
    reason: EndingReason
    effective_on: date
    words: str = ""
    source: EndingSource = EndingSource.APPLICATION
    evidence: str = ""

    @property
    def said(self) -> str:
        """The reason as everybody reads it (原因)."""
        return self.words.strip() or str(self.reason.label)

    @property
    def ends_from(self) -> date:
        return reasons.ends_from(self.reason, self.effective_on)


def check_ending(person: Person, ending: Ending, *, today: date) -> None:
    """Would it be refused? For the counter as well. Raises: as `end_relation`."""
    reasons.check_reason(ending.kind, ending.reason, person.pooling_area_id)
    reasons.check_happened(ending.kind, ending.reason, ending.effective_on, today)
    if ending.kind is EndingKind.SUSPENSION:
        _rows_to_suspend(person, ending.effective_on)
        return
    if ending.reason is EndingReason.DEATH:
        check_death(person, ending.effective_on, today)
    if ending.reason is not EndingReason.DEATH or _open_enrolment(person) is not None:
        _to_end(person, ending.ends_from)


def end_relation(
    person: Person, ending: Ending, *, operator: platform.Operator | None, now: datetime, today: date
) -> RelationEnding:
    """停保或注销, checked against the area's reasons (ENR-20, ENR-21); a step.

    Raises: ReasonNotHere, EventInFuture, NotEnrolledThen, AlreadySuspended, DiesBeforeBirth, DeathOnRecord.
    """
    check_ending(person, ending, today=today)
    if ending.kind is EndingKind.SUSPENSION:
        return suspend_relation(person, ending, operator=operator, now=now)
    return terminate_relation(person, ending, operator=operator, now=now)


def suspend_relation(
    person: Person, ending: Ending, *, operator: platform.Operator | None, now: datetime
) -> RelationEnding:
    """停保 (JL2019 §8): no benefits and no contributions from that day until resumed; what was paid stays paid.

    Raises: NotEnrolledThen, AlreadySuspended.
    """
    since = ending.effective_on
    rows = _rows_to_suspend(person, since)
    pieces = [
        Suspension.objects.create(
            enrolment=row,
            suspended_from=max(since, row.enrolled_from),
            suspended_until=None if row is rows[-1] else row.enrolled_until,
            reason=ending.said,
        )
        for row in rows
    ]
    recorded = _record(person, rows[0], ending, {"suspension": pieces[0].pk}, operator, now)
    steps.note("suspend", person, operator, now, since=since, reason=ending.said)
    publish(events.EnrolmentSuspended(person.pk, since, ending.said, now))
    return recorded


def _rows_to_suspend(person: Person, since: date) -> list[Enrolment]:
    """The rows of the relation from that day on. Raises: NotEnrolledThen, AlreadySuspended."""
    rows = steps.rows_from(person, steps.enrolment_on(person, since))
    held = Suspension.objects.filter(Q(suspended_until=None) | Q(suspended_until__gt=since), enrolment__in=rows)
    if clash := held.order_by("suspended_from").first():
        raise AlreadySuspended(since=clash.suspended_from)
    return rows


def pieces_of(first: Suspension) -> list[Suspension]:
    """A suspension and what carries it on in the rows after its own (停保的续接)."""
    pieces, row = [first], first.enrolment
    for later in steps.rows_from(row.person, row)[1:]:
        if pieces[-1].suspended_until != later.enrolled_from:
            break
        following = later.suspensions.filter(suspended_from=later.enrolled_from, reason=first.reason).first()
        if following is None:
            break
        pieces.append(following)
    return pieces


def resume_relation(
    person: Person, *, resumed_on: date, operator: platform.Operator | None, now: datetime
) -> Suspension:
    """恢复参保 (JL2019 §8): the suspension ends the day before. Raises: NotEnrolledThen, NotSuspended."""
    suspension = check_resumable(person, resumed_on)
    Suspension.objects.filter(pk__in=[one.pk for one in pieces_of(suspension)[1:]]).delete()
    suspension.suspended_until = resumed_on
    suspension.save(update_fields=["suspended_until"])
    steps.note("resume", person, operator, now, on=resumed_on)
    publish(events.EnrolmentResumed(person.pk, resumed_on))
    return suspension


def check_resumable(person: Person, resumed_on: date) -> Suspension:
    """The suspension that a resumption on that day would end. Raises: NotEnrolledThen, NotSuspended."""
    enrolment = steps.enrolment_on(person, resumed_on)
    begun = Suspension.objects.filter(enrolment__person=person, suspended_from__lt=resumed_on)
    suspension = begun.order_by("-suspended_from").first()
    if (
        suspension is None
        or enrolment not in steps.rows_from(person, suspension.enrolment)
        or pieces_of(suspension)[-1].suspended_until is not None
    ):
        raise NotSuspended(day=resumed_on)
    return suspension


def terminate_relation(
    person: Person, ending: Ending, *, operator: platform.Operator | None, now: datetime
) -> RelationEnding:
    """注销 (GX2017 §15; JL2019 §10): the relation ends, the record stays; the cards are void where the area says so.

    Raises: NotEnrolledThen.
    """
    before: dict[str, object] = {}
    enrolment = _open_enrolment(person)
    if ending.reason is EndingReason.DEATH:
        before |= _bury(person, ending.effective_on)
    if enrolment is not None or ending.reason is not EndingReason.DEATH:
        enrolment = _to_end(person, ending.ends_from)
        before |= taken_back.take_back(person, enrolment) | close_enrolment(enrolment, ending.ends_from, ending.said)
    if ending.reason in parameters.procedure(person.pooling_area_id).card_ends:
        before["cards"] = cards.void_cards(person, ending.effective_on)
    recorded = _record(person, enrolment, ending, before, operator, now)
    action = "record_death" if ending.reason is EndingReason.DEATH else "terminate"
    steps.note(action, person, operator, now, on=ending.effective_on, reason=ending.said)
    publish(events.EnrolmentTerminated(person.pk, ending.ends_from, ending.said, recorded.pk, now))
    return recorded


def _open_enrolment(person: Person) -> Enrolment | None:
    return person.enrolments.filter(enrolled_until=None).first()


def _to_end(person: Person, until: date) -> Enrolment:
    """The row that would end then: the open one, or an earlier one that later rows only carry on (decision 0386).

    Raises: NotEnrolledThen, BegunSince.
    """
    begun = list(person.enrolments.filter(enrolled_from__lt=until).order_by("-enrolled_from")[:1])
    held = _open_enrolment(person)
    if held is None or not begun:
        raise steps.NotEnrolledThen(day=until)
    if held not in steps.rows_from(person, begun[0]):
        raise BegunSince(since=held.enrolled_from, day=until)
    return begun[0]


def close_enrolment(enrolment: Enrolment, until: date, reason: str) -> dict[str, object]:
    """Close an open enrolment and any open suspension of it. Returns what stood before."""
    paused = enrolment.suspensions.filter(suspended_until=None, suspended_from__lt=until).first()
    if paused is not None:
        paused.suspended_until = until
        paused.save(update_fields=["suspended_until"])
    enrolment.enrolled_until, enrolment.end_reason = until, reason
    enrolment.save(update_fields=["enrolled_until", "end_reason"])
    return {"resumed": paused.pk} if paused is not None else {}


def check_death(person: Person, died_on: date, today: date) -> None:
    """Once, after birth and not ahead of time (GX2017 §15). Raises: DeathOnRecord, DiesBeforeBirth."""
    if not person.born_on <= died_on <= today:
        raise DiesBeforeBirth(died_on=died_on, born_on=person.born_on)
    if person.died_on is not None:
        raise DeathOnRecord(died_on=person.died_on)


def _bury(person: Person, died_on: date) -> dict[str, object]:
    """The day of death. Returns what stood before."""
    before: dict[str, object] = {"died_on": person.died_on.isoformat() if person.died_on else None}
    person.died_on = died_on
    person.save(update_fields=["died_on"])
    return before


def _record(
    person: Person,
    enrolment: Enrolment | None,
    ending: Ending,
    before: dict[str, object],
    operator: platform.Operator | None,
    now: datetime,
) -> RelationEnding:
    return RelationEnding.objects.create(
        person=person,
        enrolment=enrolment,
        kind=ending.kind,
        reason=ending.reason,
        effective_on=ending.effective_on,
        ends_from=ending.ends_from if ending.kind is EndingKind.TERMINATION else ending.effective_on,
        source=ending.source,
        evidence=ending.evidence[:300],
        before=before,
        recorded_at=now,
        recorded_by=operator.staff_code if operator else "",
    )

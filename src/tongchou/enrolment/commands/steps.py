"""Steps that the commands of enrolment share: locking a person, what holds on a day, the trail's line."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from tongchou.enrolment import queries
from tongchou.enrolment.models import Enrolment, Person
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

CARRIED_ON: Final = "信息变更"
"""Why a row of the relation ends when the next one only goes on with another category or unit."""


class NotEnrolledThen(DomainError):
    code = "EN-1201"
    message = "该参保人在{day}没有有效的参保关系"
    citation = "GX2017 §15"


class ReasonMissing(DomainError):
    code = "EN-1204"
    message = "须写明原因"
    citation = "GX2017 §15"


class MergedAway(DomainError):
    code = "EN-5002"
    message = "人员编号{merged}已归并到{survivor},请按保留的登记办理"
    citation = "GX2017 §14"


def check_not_merged(person: Person) -> None:
    """Nothing is done on a record that is another's by now (ENR-17). Raises: MergedAway."""
    if person.merged_into_id is not None:
        raise MergedAway(merged=person.person_no, survivor=queries.surviving_no(person.person_no))


def lock_person(person_id: int, *, permission: str, operator: platform.Operator, now: datetime) -> Person:
    """The person's row, locked, and in the operator's reach.

    Raises: Person.DoesNotExist, MergedAway, NoPermission, OutOfScope.
    """
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    check_not_merged(person)
    platform_checks.check_in_scope(
        operator, permission, person.unit_code, now, object_kind="person", object_key=person.pk
    )
    return person


def enrolment_on(person: Person, day: date) -> Enrolment:
    """The enrolment that holds on the day. Raises: NotEnrolledThen."""
    enrolment = person.enrolments.filter(enrolled_from__lte=day).order_by("-enrolled_from").first()
    if enrolment is None or (enrolment.enrolled_until is not None and enrolment.enrolled_until <= day):
        raise NotEnrolledThen(day=day)
    return enrolment


def rows_from(person: Person, enrolment: Enrolment) -> list[Enrolment]:
    """The row and those that carry the same relation on, without a day between (续接的参保段)."""
    rows = [enrolment]
    for later in person.enrolments.filter(enrolled_from__gt=enrolment.enrolled_from).order_by("enrolled_from"):
        if not carries_on(rows[-1], later):
            break
        rows.append(later)
    return rows


def carries_on(earlier: Enrolment, later: Enrolment) -> bool:
    """Whether the later row is the same relation with another category or unit, and nothing new."""
    return earlier.end_reason == CARRIED_ON and earlier.enrolled_until == later.enrolled_from


def note(action: str, person: Person, operator: platform.Operator | None, now: datetime, **detail: object) -> None:
    """The trail's line of a change of this person."""
    trail.record(
        f"enrolment.{action}",
        at=now,
        operator=operator,
        pooling_area=person.pooling_area_id,
        unit_code=person.unit_code,
        object_kind="person",
        object_key=person.pk,
        detail={key: value.isoformat() if isinstance(value, date) else value for key, value in detail.items()},
    )


class PersonUnknown(DomainError):
    code = "EN-1206"
    message = "没有编号为{person}的参保人"
    citation = "GX2017 §6"


def lock(*, person_id: int, on: date) -> queries.Facts:
    """The person's facts of a day, the row locked: a step of another chapter's command.

    A record merged away stands for the surviving one, which is locked then. Raises: PersonUnknown.
    """
    wanted = person_id
    locked = _locked(wanted)
    while locked is not None and locked.merged_into_id is not None:
        wanted = locked.merged_into_id
        locked = _locked(wanted)
    found = queries.facts(wanted, on)
    if found is None:
        raise PersonUnknown(person=person_id)
    return found


def lock_all(person_ids: Collection[int]) -> set[int]:
    """The rows of many persons locked in one question, in order of id: a step of another chapter's command.

    Returns whose record was merged away: `lock` finds who stands for it.
    """
    held = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=person_ids).order_by("pk")
    return {key for key, survivor in held.values_list("pk", "merged_into_id") if survivor is not None}


def _locked(person_id: int) -> Person | None:
    return Person.objects.select_for_update(of=("self",), no_key=True).filter(pk=person_id).first()

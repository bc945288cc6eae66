"""Special categories of persons (特殊人员标识; GX2017 §8; ENR-10)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from tongchou.enrolment import events, rules
from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import Person, SpecialGroupSpan
from tongchou.enrolment.states import SpecialCategory
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.events import publish


class GroupAlreadyHeld(DomainError):
    code = "EN-1401"
    message = "该参保人自{since}起已有“{category}”标识,期间重叠"
    citation = "GX2017 §8"


class GroupNotHeld(DomainError):
    code = "EN-1402"
    message = "该参保人在{day}没有“{category}”标识"
    citation = "GX2017 §8"


class HolderDead(DomainError):
    code = "EN-6506"
    message = "{name}已于{died_on}死亡,不能自{since}起登记特殊人员标识"
    citation = "GX2017 §8"


class GroupSpanEmpty(DomainError):
    code = "EN-1403"
    message = "标识的终止日期{until}应晚于开始日期{since}"
    citation = "GX2017 §8"


@transaction.atomic(durable=True)
def record_special_group(
    *,
    person_id: int,
    category: SpecialCategory,
    valid_from: date,
    valid_until: date | None,
    source: str,
    evidence: str,
    operator: platform.Operator,
    now: datetime,
) -> SpecialGroupSpan:
    """登记特殊人员标识 (GX2017 §8): with its proof; that of a yearly list ends with the year.

    Raises: HolderDead, GroupAlreadyHeld, GroupSpanEmpty, GroupNotByAge, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    return record(
        person, category, valid_from, valid_until, source=source, evidence=evidence, operator=operator, now=now
    )


def check_recordable(
    person: Person, category: SpecialCategory, valid_from: date, valid_until: date | None
) -> date | None:
    """The day from which it would no longer hold.

    Raises: HolderDead, GroupAlreadyHeld, GroupSpanEmpty, GroupNotByAge.
    """
    if person.died_on is not None and person.died_on < valid_from:
        raise HolderDead(name=person.name, died_on=person.died_on, since=valid_from)
    until = rules.special_group_until(category, valid_from, valid_until)
    if until is not None and until <= valid_from:
        raise GroupSpanEmpty(since=valid_from, until=until)
    rules.check_special_group(category, born_on=person.born_on, on=valid_from)
    held = person.special_groups.filter(Q(valid_until=None) | Q(valid_until__gt=valid_from), category=category)
    overlap = held.filter(valid_from__lt=until).first() if until else held.first()
    if overlap is not None:
        raise GroupAlreadyHeld(since=overlap.valid_from, category=category.label)
    return until


def record(
    person: Person,
    category: SpecialCategory,
    valid_from: date,
    valid_until: date | None,
    *,
    source: str,
    evidence: str,
    operator: platform.Operator,
    now: datetime,
) -> SpecialGroupSpan:
    """登记特殊人员标识, a step of the caller's transaction; the person is locked. Raises: as `check_recordable`."""
    until = check_recordable(person, category, valid_from, valid_until)
    span = SpecialGroupSpan.objects.create(
        person=person,
        category=category,
        valid_from=valid_from,
        valid_until=until,
        source=source,
        evidence=evidence,
        created_at=now,
    )
    steps.note("record_special_group", person, operator, now, category=category, since=valid_from)
    publish(events.SpecialGroupChanged(person.pk, valid_from))
    return span


@transaction.atomic(durable=True)
def end_special_group(
    *, person_id: int, category: SpecialCategory, ended_on: date, operator: platform.Operator, now: datetime
) -> SpecialGroupSpan:
    """终止特殊人员标识 (GX2017 §8): no longer held from that day; one ended on its first day was never held.

    Raises: GroupNotHeld, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    return end(person, category, ended_on, operator=operator, now=now)


def held_span(person: Person, category: SpecialCategory, on: date) -> SpecialGroupSpan:
    """The span that holds on that day. Raises: GroupNotHeld."""
    still = Q(valid_until=None) | Q(valid_until__gt=on)
    span = person.special_groups.filter(still, category=category, valid_from__lte=on).first()
    if span is None:
        raise GroupNotHeld(day=on, category=category.label)
    return span


def end(
    person: Person, category: SpecialCategory, ended_on: date, *, operator: platform.Operator, now: datetime
) -> SpecialGroupSpan:
    """终止特殊人员标识, a step of the caller's transaction; the person is locked. Raises: GroupNotHeld."""
    span = held_span(person, category, ended_on)
    span.valid_until = ended_on
    if span.valid_from == ended_on:
        span.delete()
    else:
        span.save(update_fields=["valid_until"])
    steps.note("end_special_group", person, operator, now, category=category, on=ended_on)
    publish(events.SpecialGroupChanged(person.pk, ended_on))
    return span

"""户 (GX2017 §6; JL2019 §6; ENR-01): a household's book is opened, members join and leave, another becomes head."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment.commands import changes, persons, steps
from tongchou.enrolment.models import Household, Person
from tongchou.enrolment.registration.forwarding import COLLECT
from tongchou.enrolment.states import HouseholdRelation
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import numbering, trail
from tongchou.platform import queries as platform
from tongchou.platform.queries import Operator

HOUSEHOLDS: Final = numbering.Series("household", name="户号", mark="H", width=4)


class AddressMissing(DomainError):
    code = "EN-2031"
    message = "须填写户籍地址"
    citation = "GX2017 §7"


class NotOfHousehold(DomainError):
    code = "EN-2033"
    message = "{person}不是户号{number}的成员"
    citation = "GX2017 §6"


class AlreadyMember(DomainError):
    code = "EN-2034"
    message = "{person}已是户号{number}的{relation}"
    citation = "GX2017 §6"


class HouseholdUnknown(DomainError):
    code = "EN-2035"
    message = "没有这一户,可能已变更,请重新查找"
    citation = "GX2017 §6"


@transaction.atomic(durable=True)
def open_household(
    *, unit_code: str, hukou_address: str, address: str = "", operator: Operator, now: datetime
) -> Household:
    """立户 (ENR-01): a household of a village or community, still without members, with a number of its own.

    One of that address that has no members yet is given again, so that a second click opens no second.
    Raises: AddressMissing, UnitNotOpen, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, COLLECT, unit_code, now, object_kind="org_unit", object_key=unit_code)
    where = hukou_address.strip()[:200]
    if not where:
        raise AddressMissing
    today = timezone.localdate(now)
    unit = platform.unit(unit_code)
    area = (unit.pooling_area_id if unit else "") or ""
    persons.check_unit(unit_code, area, today)
    number = numbering.next_written(HOUSEHOLDS, area=unit_code, year=today.year)  # whoever clicks twice waits here
    empty = Household.objects.filter(unit_code=unit_code, hukou_address=where, members=None).first()
    if empty is not None:
        transaction.set_rollback(True)
        return empty
    opened = Household.objects.create(
        pooling_area_id=area,
        unit_code=unit_code,
        number=number,
        address=address.strip()[:200] or where,
        hukou_address=where,
    )
    _note("open_household", opened, operator, now)
    return opened


@transaction.atomic(durable=True)
def join_household(
    *, household_id: int, person_no: str, relation: HouseholdRelation, operator: Operator, now: datetime
) -> Household:
    """入户 (ENR-01): somebody registered already joins a household of the same village.

    Raises: HouseholdUnknown, PersonUnknown, AlreadyMember, HouseholdElsewhere, HouseholdHasHead, NoPermission,
    OutOfScope.
    """
    household = _lock(household_id, operator, now)
    person = Person.objects.filter(person_no=person_no.strip(), merged_into=None).first()
    if person is None:
        raise steps.PersonUnknown(person=person_no[:30])
    if person.household_id == household.pk:
        label = HouseholdRelation(person.household_relation).label
        raise AlreadyMember(person=person.name, number=household.number, relation=label)
    changes.check_head_free(person)
    changes.move(
        person_id=person.pk,
        household_no=household.number,
        relation=relation,
        permission=COLLECT,
        reason="入户",
        operator=operator,
        now=now,
    )
    return household


@transaction.atomic(durable=True)
def leave_household(*, household_id: int, person_no: str, reason: str, operator: Operator, now: datetime) -> Household:
    """离户 (ENR-01): the person is registered alone from now on; the relation to the scheme is not touched.

    Raises: HouseholdUnknown, NotOfHousehold, HeadStays, ReasonMissing, NoPermission, OutOfScope.
    """
    household = _lock(household_id, operator, now)
    person = _member(household, person_no)
    if not reason.strip():
        raise steps.ReasonMissing
    changes.check_head_free(person)
    changes.move(
        person_id=person.pk,
        household_no="",
        relation=HouseholdRelation.OTHER,
        permission=COLLECT,
        reason=f"离户:{reason.strip()}",
        operator=operator,
        now=now,
    )
    return household


@transaction.atomic(durable=True)
def change_head(
    *, household_id: int, person_no: str, former_relation: HouseholdRelation, operator: Operator, now: datetime
) -> Household:
    """变更户主 (ENR-01): a member becomes head, the former head what is said. Clicking twice changes it once.

    Raises: HouseholdUnknown, NotOfHousehold, NoPermission, OutOfScope.
    """
    household = _lock(household_id, operator, now)
    chosen = _member(household, person_no)
    if chosen.household_relation == HouseholdRelation.HEAD:
        return household
    former = household.members.filter(household_relation=HouseholdRelation.HEAD).first()
    if former_relation is HouseholdRelation.HEAD:
        former_relation = HouseholdRelation.OTHER
    for person, relation in ((former, former_relation), (chosen, HouseholdRelation.HEAD)):
        if person is not None:
            changes.move(
                person_id=person.pk,
                household_no=household.number,
                relation=relation,
                permission=COLLECT,
                reason=f"变更户主:{relation.label}",
                operator=operator,
                now=now,
            )
    return household


def _lock(household_id: int, operator: Operator, now: datetime) -> Household:
    household = Household.objects.select_for_update(of=("self",)).filter(pk=household_id).first()
    if household is None:
        raise HouseholdUnknown
    platform_checks.check_in_scope(
        operator, COLLECT, household.unit_code, now, object_kind="household", object_key=household.number
    )
    return household


def _member(household: Household, person_no: str) -> Person:
    person = household.members.filter(person_no=person_no.strip(), merged_into=None).first()
    if person is None:
        raise NotOfHousehold(person=person_no[:30], number=household.number)
    return person


def _note(action: str, household: Household, operator: Operator, now: datetime) -> None:
    trail.record(
        f"enrolment.{action}",
        at=now,
        operator=operator,
        pooling_area=household.pooling_area_id,
        unit_code=household.unit_code,
        object_kind="household",
        object_key=household.number,
    )

"""Changes of particulars (信息变更, 附件4; GX2017 §14; JL2019 §9; ENR-18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.enrolment import events, rules
from tongchou.enrolment.commands import persons, steps
from tongchou.enrolment.commands.listings import take_over_listings
from tongchou.enrolment.models import (
    Enrolment,
    FormerCertificate,
    Household,
    ParticularChange,
    Person,
    RelationEnding,
    Suspension,
    Transfer,
)
from tongchou.enrolment.states import CertificateType, EndingKind, HouseholdRelation, PersonCategory, Scheme, Sex
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.events import publish
from tongchou.platform.pinyin import initials

LABELS: Final = {
    "name": "姓名",
    "sex": "性别",
    "ethnicity": "民族",
    "certificate_type": "证件类型",
    "certificate_no": "证件号码",
    "born_on": "出生日期",
    "phone": "联系电话",
    "address": "住址",
    "hukou_area": "户籍地",
    "unit_code": "参保单位",
    "category": "人员类别",
    "household": "户号",
    "hukou_address": "户籍地址",
}
KEY: Final = frozenset({"name", "sex", "certificate_type", "certificate_no", "born_on"})
"""Who somebody is: needs evidence and the county's review (ENR-18)."""
_BY_OTHER_WAYS: Final = frozenset({"category", "household", "hukou_address"})
"""Recorded as changes, and made by commands of their own."""
IDENTITY: Final = frozenset({"certificate_type", "certificate_no", "born_on", "sex"})


class UnknownParticular(DomainError):
    code = "EN-1601"
    message = "“{particular}”不是可以变更的项目"
    citation = "GX2017 §14"


class EvidenceMissing(DomainError):
    code = "EN-1602"
    message = "变更{particulars}须有依据材料"
    citation = "GX2017 §14"


class CertificateTaken(DomainError):
    code = "EN-1603"
    message = "证件号码{number}已登记为{name}(人员编号{person_no}),须办理合并"
    citation = "GX2017 §14"


class NothingChanged(DomainError):
    code = "EN-1604"
    message = "变更后的内容与原内容相同"
    citation = "GX2017 §14"


class HeadStays(DomainError):
    code = "EN-2032"
    message = "{name}是户主,户内还有{others}名成员,须先变更户主"
    citation = "GX2017 §6"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """信息变更申请 (附件4): new values by particular, with reason and evidence."""

    person_id: int
    values: Mapping[str, Any]
    reason: str
    evidence: str = ""
    effective_on: date


@transaction.atomic(durable=True)
def change_particulars(
    request: ChangeRequest, *, operator: platform.Operator, now: datetime
) -> tuple[ParticularChange, ...]:
    """信息变更 (GX2017 §14; ENR-18): old value, new value, reason, evidence and date are kept.

    Who somebody is needs evidence and the review permission. An old certificate number still finds the person.
    Raises: UnknownParticular, EvidenceMissing, CertificateTaken, NothingChanged, ReasonMissing, UnitNotOpen, and the
    refusals of an identity.
    """
    permission = "enrolment.review" if KEY & request.values.keys() else "enrolment.change"
    return apply_change(request, permission=permission, operator=operator, now=now)


OWN: Final = frozenset({"phone", "address"})
"""What a person changes without a counter (ENR-18, ENR-34)."""


class NotByOneself(DomainError):
    code = "EN-4081"
    message = "{particulars}的变更须提交申请,由经办机构审核"
    citation = "JL2019 §9"


@transaction.atomic(durable=True)
def change_own_particulars(request: ChangeRequest, *, said_by: str, now: datetime) -> tuple[ParticularChange, ...]:
    """自助变更 of phone and address, done at once (JL2019 §4, 9; ENR-34): who asks was verified by the caller.

    `said_by` is the person, or the agent with a mandate. Raises: NotByOneself, NothingChanged, ReasonMissing.
    """
    if others := sorted(set(request.values) - OWN):
        raise NotByOneself(particulars="、".join(LABELS.get(name, name) for name in others))
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=request.person_id)
    changed = _changed(person, request, timezone.localdate(now))
    changes = _record(person, changed, request, said_by, now)
    _apply(person, changed, request.effective_on)
    steps.note("change_particulars", person, None, now, particulars=sorted(changed), said_by=said_by)
    publish(events.ParticularsChanged(person.pk, tuple(sorted(changed))))
    return changes


def check_change(request: ChangeRequest, *, today: date) -> None:
    """Would this change be refused? For the counter, before papers are taken (受理前核对). Raises: as the change."""
    _check_known(request)
    _changed(Person.objects.get(pk=request.person_id), request, today)


def apply_change(
    request: ChangeRequest, *, permission: str, operator: platform.Operator, now: datetime
) -> tuple[ParticularChange, ...]:
    """信息变更 as a step of the caller's transaction, such as the last decision on a case. Raises: as the command."""
    _check_known(request)
    person = steps.lock_person(request.person_id, permission=permission, operator=operator, now=now)
    changed = _changed(person, request, timezone.localdate(now))
    changes = _record(person, changed, request, operator.staff_code, now)
    if "unit_code" in changed and person.household is not None:
        left = [("household", person.household.number, "")]
        on, reason = request.effective_on, request.reason.strip()
        persons.keep_changes(person, left, on=on, reason=reason, operator=operator, now=now)
    _apply(person, changed, request.effective_on)
    if {"certificate_no", "certificate_type"} & changed.keys():
        _meet_listings(person, now)
    steps.note("change_particulars", person, operator, now, particulars=sorted(changed))
    publish(events.ParticularsChanged(person.pk, tuple(sorted(changed))))
    return changes


def _check_known(request: ChangeRequest) -> None:
    if unknown := [name for name in request.values if name not in LABELS or name in _BY_OTHER_WAYS]:
        raise UnknownParticular(particular="、".join(unknown))


def _changed(person: Person, request: ChangeRequest, today: date) -> dict[str, Any]:
    """What really changes, checked. Raises: as the change."""
    values = dict(request.values)
    if "name" in values:
        values["name"] = rules.person_name(values["name"])
    if not request.reason.strip():
        raise steps.ReasonMissing
    key = KEY & values.keys()
    if key and not request.evidence.strip():
        raise EvidenceMissing(particulars="、".join(LABELS[name] for name in sorted(key)))
    if IDENTITY & values.keys():
        values |= _identity(person, values, today)
    changed = {name: value for name, value in values.items() if value != getattr(person, name)}
    if not changed:
        raise NothingChanged
    if "unit_code" in changed:
        persons.check_unit(changed["unit_code"], person.pooling_area_id, request.effective_on)
        steps.enrolment_on(person, request.effective_on)
        check_head_free(person)
    return changed


def check_head_free(person: Person) -> None:
    """A head does not leave others behind (ENR-01). Raises: HeadStays."""
    if person.household_relation != HouseholdRelation.HEAD:
        return
    living = Person.objects.filter(household_id=person.household_id, merged_into=None, died_on=None)
    others = living.exclude(pk=person.pk).count()
    if others:
        raise HeadStays(name=person.name, others=others)


def _identity(person: Person, values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The certificate after the change must still say who the person is; a citizen number brings its own date and sex.

    Raises: CertificateInvalid, IdentityContradicts, BirthDateMissing, CertificateTaken.
    """
    kind = CertificateType(values.get("certificate_type", person.certificate_type))
    number = str(values.get("certificate_no", person.certificate_no)).upper()
    reads_itself = kind is CertificateType.CITIZEN_ID and "certificate_no" in values
    known_birth = None if reads_itself else person.born_on
    known_sex = None if reads_itself else Sex(person.sex)
    found = rules.identity(
        certificate_type=kind,
        certificate_no=number,
        born_on=values.get("born_on", known_birth),
        sex=values.get("sex", known_sex),
        today=today,
    )
    taken = Person.objects.filter(certificate_no=number, certificate_type=kind, merged_into=None).exclude(pk=person.pk)
    if other := taken.first():
        raise CertificateTaken(number=number, name=other.name, person_no=other.person_no)
    return {"certificate_type": kind, "certificate_no": number, "born_on": found.born_on, "sex": found.sex}


def _record(
    person: Person, changed: Mapping[str, Any], request: ChangeRequest, who: str, now: datetime
) -> tuple[ParticularChange, ...]:
    return tuple(
        ParticularChange.objects.bulk_create(
            ParticularChange(
                person=person,
                particular=name,
                old_value=str(getattr(person, name)),
                new_value=str(value),
                effective_on=request.effective_on,
                reason=request.reason.strip(),
                evidence=request.evidence.strip(),
                staff_code=who[:30],
                changed_at=now,
            )
            for name, value in changed.items()
        )
    )


def _apply(person: Person, changed: Mapping[str, Any], effective_on: date) -> None:
    if "certificate_no" in changed or "certificate_type" in changed:
        FormerCertificate.objects.create(
            person=person,
            certificate_type=person.certificate_type,
            certificate_no=person.certificate_no,
            replaced_on=effective_on,
        )
    if "unit_code" in changed:
        carry_on(person, effective_on, unit_code=changed["unit_code"])
        person.household, person.household_relation = None, ""
    for name, value in changed.items():
        setattr(person, name, value)
    if "name" in changed:
        person.name_initials = initials(person.name, surname=True)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as clash:
        raise CertificateTaken(number=person.certificate_no, name="他人", person_no="") from clash


def _meet_listings(person: Person, now: datetime) -> None:
    """A department may have listed the right number as not insured (未参保困难人员; ENR-11): it is insured by now."""
    held = person.enrolments.filter(enrolled_until=None).first()
    if held is not None:
        take_over_listings(person, enrolled_on=held.enrolled_from, now=now)


def carry_on(person: Person, on: date, **new: Any) -> Enrolment:
    """Close the enrolment and open the next with what is new; one that begins that very day is simply changed.

    Raises: NotEnrolledThen.
    """
    enrolment = steps.enrolment_on(person, on)
    if enrolment.enrolled_from == on:
        for name, value in new.items():
            setattr(enrolment, name, value)
        enrolment.save(update_fields=list(new))
        return enrolment
    following = Enrolment(
        person=person,
        pooling_area_id=enrolment.pooling_area_id,
        scheme=enrolment.scheme,
        unit_code=enrolment.unit_code,
        category=enrolment.category,
        enrolled_from=on,
        follows_until=on,
        enrolled_until=enrolment.enrolled_until,
        end_reason=enrolment.end_reason,
        created_at=enrolment.created_at,
    )
    for name, value in new.items():
        setattr(following, name, value)
    enrolment.enrolled_until, enrolment.end_reason = on, steps.CARRIED_ON
    enrolment.save(update_fields=["enrolled_until", "end_reason"])
    following.save()
    _hand_on(enrolment, following, on)
    return following


def _hand_on(enrolment: Enrolment, following: Enrolment, on: date) -> None:
    """What of the row lies after the day belongs to the next: suspensions, its end, a transfer that waits."""
    enrolment.suspensions.filter(suspended_from__gte=on).update(enrolment=following)
    over = enrolment.suspensions.filter(Q(suspended_until=None) | Q(suspended_until__gt=on)).first()
    if over is not None:
        rest = Suspension(enrolment=following, suspended_from=on, suspended_until=over.suspended_until)
        rest.reason, over.suspended_until = over.reason, on
        over.save(update_fields=["suspended_until"])
        rest.save()
    ended = RelationEnding.objects.filter(enrolment=enrolment, kind=EndingKind.TERMINATION, undone_at=None)
    ended.update(enrolment=following)
    Transfer.objects.filter(closed=enrolment, ended_at=None).update(closed=following)


@transaction.atomic(durable=True)
def change_category(
    *,
    person_id: int,
    category: PersonCategory,
    effective_on: date,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> Enrolment:
    """变更人员类别 (GX2017 §14): the enrolment closes and goes on in the other category.

    Raises: CategoryUnfit, NothingChanged, NotEnrolledThen, ReasonMissing, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    if not reason.strip():
        raise steps.ReasonMissing
    return put_in_category(person, category, effective_on, reason=reason, operator=operator, now=now)


def check_category(person: Person, category: PersonCategory, effective_on: date) -> Enrolment:
    """The row that would go on in the category. Raises: CategoryUnfit, NothingChanged, NotEnrolledThen."""
    enrolment = steps.enrolment_on(person, effective_on)
    if enrolment.category == category:
        raise NothingChanged
    rules.check_category(Scheme(enrolment.scheme), category, born_on=person.born_on, on=effective_on)
    return enrolment


def put_in_category(
    person: Person,
    category: PersonCategory,
    effective_on: date,
    *,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> Enrolment:
    """变更人员类别, a step of the caller's transaction; the person is locked. Raises: as `check_category`."""
    enrolment = check_category(person, category, effective_on)
    ParticularChange.objects.create(
        person=person,
        particular="category",
        old_value=enrolment.category,
        new_value=category,
        effective_on=effective_on,
        reason=reason.strip(),
        staff_code=operator.staff_code,
        changed_at=now,
    )
    following = carry_on(person, effective_on, category=category)
    steps.note("change_category", person, operator, now, category=category, since=effective_on)
    publish(events.CategoryChanged(person.pk, effective_on))
    return following


@transaction.atomic(durable=True)
def move_to_household(
    *,
    person_id: int,
    household_no: str,
    relation: HouseholdRelation,
    operator: platform.Operator,
    now: datetime,
) -> Household | None:
    """变更所在户 (ENR-01): joins a household of the same unit, or leaves for none when the number is empty.

    Raises: HouseholdElsewhere, HouseholdHasHead, NoPermission, OutOfScope.
    """
    return move(
        person_id=person_id,
        household_no=household_no,
        relation=relation,
        permission="enrolment.change",
        operator=operator,
        now=now,
    )


def move(
    *,
    person_id: int,
    household_no: str,
    relation: HouseholdRelation,
    permission: str,
    reason: str = "变更所在户",
    operator: platform.Operator,
    now: datetime,
) -> Household | None:
    """变更所在户 as a step of the caller's transaction. Raises: as the command."""
    person = steps.lock_person(person_id, permission=permission, operator=operator, now=now)
    household = None
    if household_no:
        household, _ = Household.objects.select_for_update().get_or_create(
            pooling_area_id=person.pooling_area_id,
            number=household_no,
            defaults={"unit_code": person.unit_code, "address": person.address},
        )
        if household.unit_code != person.unit_code:
            raise persons.HouseholdElsewhere(number=household_no, known=household.unit_code, given=person.unit_code)
        if person.household_id != household.pk or person.household_relation != relation:
            persons.check_one_head(household, relation)
    ParticularChange.objects.create(
        person=person,
        particular="household",
        old_value=person.household.number if person.household else "",
        new_value=household_no,
        effective_on=timezone.localdate(now),
        reason=reason[:200],
        staff_code=operator.staff_code,
        changed_at=now,
    )
    person.household, person.household_relation = household, relation if household else ""
    person.save(update_fields=["household", "household_relation"])
    steps.note("move_to_household", person, operator, now, household=household_no)
    return household

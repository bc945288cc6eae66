"""Registering persons (参保登记; GX2017 §6–10; JL2019 §6, 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongchou.enrolment import events, parameters, rules
from tongchou.enrolment.commands import residence, steps
from tongchou.enrolment.commands.listings import take_over_listings
from tongchou.enrolment.endings import commands as endings
from tongchou.enrolment.models import (
    Enrolment,
    Household,
    ParticularChange,
    Person,
    SocialSecurityCard,
    SpecialGroupSpan,
)
from tongchou.enrolment.states import (
    CertificateType,
    EndingKind,
    EndingReason,
    EndingSource,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish
from tongchou.platform.pinyin import initials


class UnitNotOpen(DomainError):
    code = "EN-1101"
    message = "参保单位{unit}不存在、已撤销或不属于统筹地区{area}"
    citation = "GX2017 §6"


class AlreadyEnrolled(DomainError):
    code = "EN-1102"
    message = "该证件号码已参加{scheme}(人员编号{person_no},自{since}起),不能重复参保"
    citation = "JL2019 §5"


class BothSchemes(DomainError):
    code = "EN-3041"
    message = "不能同时参加职工医保和城乡居民医保:该证件号码自{since}起参加{scheme}(人员编号{person_no})"
    citation = "JL2019 §5"


class NameDiffers(DomainError):
    code = "EN-1103"
    message = "该证件号码已登记为“{known}”,与填写的“{given}”不一致,请先核对或办理信息变更"
    citation = "GX2017 §14"


class HouseholdElsewhere(DomainError):
    code = "EN-1104"
    message = "户号{number}登记在{known},与参保单位{given}不一致"
    citation = "GX2017 §6"


class HouseholdHasHead(DomainError):
    code = "EN-1105"
    message = "户号{number}已有户主{head}"
    citation = "GX2017 §6"


class CardTaken(DomainError):
    code = "EN-1106"
    message = "社会保障卡号{number}已登记在另一人名下"
    citation = "GX2017 §13"


class EnrolledInFuture(DomainError):
    code = "EN-1107"
    message = "参保日期{day}晚于办理日期{today}"
    citation = "GX2017 §11"


class Deceased(DomainError):
    code = "EN-1108"
    message = "该证件号码登记的人员已于{died_on}死亡,不能参保"
    citation = "GX2017 §15"


class ProofExpired(DomainError):
    code = "EN-2001"
    message = "{category}证明的有效期至{last_day},在参保日{on}已经过期"
    citation = "GX2017 §8"


@dataclass(frozen=True, slots=True)
class GroupProof:
    """特殊人员资格证明 (GX2017 §8; ENR-10): the group, its paper, and the last day printed on it."""

    category: SpecialCategory
    evidence: str = ""
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """参保登记表 (附件1; GX2017 §7; ENR-03) of one person."""

    pooling_area: str
    unit_code: str
    name: str
    certificate_no: str
    certificate_type: CertificateType = CertificateType.CITIZEN_ID
    born_on: date | None = None
    sex: Sex | None = None
    ethnicity: str = "01"
    phone: str = ""
    address: str = ""
    hukou_area: str = ""
    residence_proof: str = ""
    residence_kind: ResidenceKind | None = None
    residence_no: str = ""
    residence_last_day: date | None = None
    scheme: Scheme = Scheme.RESIDENT
    category: PersonCategory | None = None
    enrolled_on: date
    household_no: str = ""
    household_relation: HouseholdRelation | None = None
    special_groups: tuple[SpecialCategory, ...] = ()
    group_evidence: str = ""
    group_proofs: tuple[GroupProof, ...] = ()
    card_no: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", rules.person_name(self.name))

    @property
    def proofs(self) -> tuple[GroupProof, ...]:
        """Every group with its proof, each once."""
        plain = (GroupProof(group, self.group_evidence) for group in self.special_groups)
        return tuple({one.category: one for one in (*plain, *self.group_proofs)}.values())


@transaction.atomic(durable=True)
def enrol_person(registration: Registration, *, operator: platform.Operator, now: datetime) -> Enrolment:
    """参保登记 (GX2017 §6, 7): a new person, or a known one whose last relation has ended.

    Raises: CertificateInvalid, IdentityContradicts, BirthDateMissing, CategoryUnfit, PlaceNotAllowed, UnitNotOpen,
    ResidenceDocumentMissing, ResidenceDocumentExpired,
    AlreadyEnrolled, BothSchemes, NameDiffers, HouseholdElsewhere, HouseholdHasHead, CardTaken, GroupNotByAge,
    EnrolledInFuture, NoPermission, OutOfScope.
    """
    return enrol(registration, permission="enrolment.register", operator=operator, now=now)


def check_registration(wanted: Registration, *, today: date) -> None:
    """Would this registration be refused? For the counter, before papers are taken (受理前核对). Raises: as it."""
    identity, _category = _read(wanted, today)
    if not _checked_known(_found(wanted, identity).first(), wanted):
        _check_not_merged_away(identity)
    household = Household.objects.filter(pooling_area_id=wanted.pooling_area, number=wanted.household_no).first()
    if household is not None:
        _check_household(household, wanted)
    if wanted.card_no:
        _check_card(wanted, identity)


def _read(wanted: Registration, today: date) -> tuple[rules.Identity, PersonCategory]:
    """Who it is and as what, checked. Raises: as the registration."""
    identity = rules.identity(
        certificate_type=wanted.certificate_type,
        certificate_no=wanted.certificate_no.upper(),
        born_on=wanted.born_on,
        sex=wanted.sex,
        today=today,
    )
    category = wanted.category or rules.category_by_age(identity.born_on, wanted.enrolled_on)
    _check(wanted, identity, category, today)
    return identity, category


def enrol(registration: Registration, *, permission: str, operator: platform.Operator, now: datetime) -> Enrolment:
    """参保登记 as a step of the caller's transaction, such as the last decision on a case. Raises: as the command."""
    wanted = registration
    platform_checks.check_in_scope(operator, permission, wanted.unit_code, now)
    identity, category = _read(wanted, timezone.localdate(now))
    known = _known_person(wanted, identity)
    if known is not None:
        _leave_residents(known, wanted, operator=operator, now=now)
    household = _household(wanted)
    if known is not None:
        _bring_up_to_date(known, wanted, household, operator, now)
    person = known or _new_person(wanted, identity, household, now)
    enrolment = Enrolment.objects.create(
        person=person,
        pooling_area_id=wanted.pooling_area,
        scheme=wanted.scheme,
        unit_code=wanted.unit_code,
        category=category,
        enrolled_from=rules.first_day_enrolled(enrolled_on=wanted.enrolled_on, born_on=identity.born_on),
        follows_until=_last_end(person),
        created_at=now,
    )
    if wanted.residence_kind is not None:
        residence.keep_document(
            person, wanted.residence_kind, number=wanted.residence_no, last_day=wanted.residence_last_day, now=now
        )
    _record_groups(person, wanted, now)
    take_over_listings(person, enrolled_on=enrolment.enrolled_from, now=now)
    _record_card(person, wanted)
    trail.record(
        "enrolment.enrol_person",
        at=now,
        operator=operator,
        pooling_area=wanted.pooling_area,
        unit_code=wanted.unit_code,
        object_kind="person",
        object_key=person.pk,
        detail={"enrolment": enrolment.pk, "scheme": wanted.scheme, "from": enrolment.enrolled_from.isoformat()},
    )
    publish(events.PersonEnrolled(person.pk, enrolment.pk, enrolment.scheme, enrolment.enrolled_from))
    return enrolment


def _check(wanted: Registration, identity: rules.Identity, category: PersonCategory, today: date) -> None:
    if wanted.enrolled_on > today:
        raise EnrolledInFuture(day=wanted.enrolled_on, today=today)
    rules.check_category(wanted.scheme, category, born_on=identity.born_on, on=wanted.enrolled_on)
    rules.check_place(
        hukou_area=wanted.hukou_area,
        pooling_area=wanted.pooling_area,
        certificate_type=identity.certificate_type,
        residence_proof=wanted.residence_proof,
        place_rule=parameters.procedure(wanted.pooling_area).place_rule,
    )
    rules.check_residence(
        identity.certificate_type,
        kind=wanted.residence_kind,
        number=wanted.residence_no,
        last_day=wanted.residence_last_day,
        on=wanted.enrolled_on,
    )
    for proof in wanted.proofs:
        rules.check_special_group(proof.category, born_on=identity.born_on, on=wanted.enrolled_on)
        if proof.last_day is not None and proof.last_day < wanted.enrolled_on:
            raise ProofExpired(category=proof.category.label, last_day=proof.last_day, on=wanted.enrolled_on)
    check_unit(wanted.unit_code, wanted.pooling_area, today)


def check_unit(unit_code: str, pooling_area: str, on: date) -> None:
    """The unit gathers rolls in that area on that day (GX2017 §6). Raises: UnitNotOpen."""
    unit = platform.unit(unit_code)
    is_open = unit is not None and unit.valid_from <= on and (unit.valid_until is None or on < unit.valid_until)
    if not is_open or unit is None or unit.pooling_area_id != pooling_area:
        raise UnitNotOpen(unit=platform.unit_in_words(unit_code), area=pooling_area)


def _household(wanted: Registration) -> Household | None:
    """The household of that number, made when it is new; locked, so that it gets one head."""
    if not wanted.household_no:
        return None
    Household.objects.bulk_create(
        [
            Household(
                pooling_area_id=wanted.pooling_area,
                unit_code=wanted.unit_code,
                number=wanted.household_no,
                address=wanted.address,
            )
        ],
        ignore_conflicts=True,
    )
    household = Household.objects.select_for_update().get(
        pooling_area_id=wanted.pooling_area, number=wanted.household_no
    )
    _check_household(household, wanted)
    return household


def _check_household(household: Household, wanted: Registration) -> None:
    """Raises: HouseholdElsewhere, HouseholdHasHead."""
    if household.unit_code != wanted.unit_code:
        raise HouseholdElsewhere(number=household.number, known=household.unit_code, given=wanted.unit_code)
    check_one_head(household, wanted.household_relation)


def check_one_head(household: Household, relation: HouseholdRelation | None) -> None:
    """一户一户主 (ENR-01). Raises: HouseholdHasHead."""
    if relation is not HouseholdRelation.HEAD:
        return
    head = household.members.filter(household_relation=HouseholdRelation.HEAD).values_list("name", flat=True).first()
    if head is not None:
        raise HouseholdHasHead(number=household.number, head=head)


def _known_person(wanted: Registration, identity: rules.Identity) -> Person | None:
    """The person of that certificate, locked. Raises: NameDiffers, Deceased, AlreadyEnrolled, MergedAway."""
    person = _found(wanted, identity).select_for_update(of=("self",), no_key=True).first()
    if not _checked_known(person, wanted):
        _check_not_merged_away(identity)
        return None
    return person


REFRESHED: Final = ("phone", "address", "hukou_area")
"""What the form of whoever comes back says anew; what it leaves empty stays."""


def _bring_up_to_date(
    person: Person, wanted: Registration, household: Household | None, operator: platform.Operator, now: datetime
) -> None:
    """Whoever registers again has moved to the new place and household; what the form says anew is kept as changed."""
    said = {name: getattr(wanted, name).strip() for name in REFRESHED}
    changed = {name: value for name, value in said.items() if value and value != getattr(person, name)}
    kept = [(name, getattr(person, name), value) for name, value in changed.items()]
    for name, value in changed.items():
        setattr(person, name, value)
    person.pooling_area_id, person.unit_code = wanted.pooling_area, wanted.unit_code
    known = person.household
    if household is None and known is not None and known.unit_code == wanted.unit_code:
        household = known
    if known != household:
        kept.append(("household", known.number if known else "", household.number if household else ""))
    relation = wanted.household_relation or (person.household_relation if known == household else "")
    person.household, person.household_relation = household, (relation or HouseholdRelation.OTHER) if household else ""
    person.save(update_fields=["pooling_area", "unit_code", "household", "household_relation", *changed])
    keep_changes(person, kept, on=wanted.enrolled_on, reason="再次参保登记", operator=operator, now=now)


def keep_changes(
    person: Person,
    kept: Iterable[tuple[str, str, str]],
    *,
    on: date,
    reason: str,
    operator: platform.Operator | None,
    now: datetime,
) -> None:
    """变更记录 of what another item brought with it: particular, old value, new value (ENR-18); a step."""
    ParticularChange.objects.bulk_create(
        ParticularChange(
            person=person,
            particular=name,
            old_value=old,
            new_value=new,
            effective_on=on,
            reason=reason,
            staff_code=operator.staff_code if operator else "",
            changed_at=now,
        )
        for name, old, new in kept
    )


def _check_not_merged_away(identity: rules.Identity) -> None:
    """A number that was found to be another record's is not registered once more (ENR-17). Raises: MergedAway."""
    away = Person.objects.filter(
        certificate_no=identity.certificate_no, certificate_type=identity.certificate_type, merged_into__isnull=False
    ).first()
    if away is not None:
        steps.check_not_merged(away)


def _found(wanted: Registration, identity: rules.Identity) -> QuerySet[Person]:
    return Person.objects.filter(
        certificate_no=identity.certificate_no, certificate_type=identity.certificate_type, merged_into=None
    )


def _checked_known(person: Person | None, wanted: Registration) -> bool:
    """Whether somebody has that certificate and may enrol.

    Raises: NameDiffers, Deceased, AlreadyEnrolled, BothSchemes.
    """
    if person is None:
        return False
    if person.name != wanted.name:
        raise NameDiffers(known=person.name, given=wanted.name)
    if person.died_on is not None:
        raise Deceased(died_on=person.died_on)
    last = person.enrolments.order_by("-enrolled_from").first()
    if last is not None and (last.enrolled_until is None or last.enrolled_until > wanted.enrolled_on):
        _check_one_scheme(person, last, wanted)
    return True


def _check_one_scheme(person: Person, last: Enrolment, wanted: Registration) -> None:
    """不重复参保 (JL2019 §5; ENR-16); only an employee's enrolment may come after an open residents' one.

    Raises: BothSchemes, AlreadyEnrolled.
    """
    known = {"scheme": Scheme(last.scheme).label, "person_no": person.person_no, "since": last.enrolled_from}
    if last.scheme == wanted.scheme:
        raise AlreadyEnrolled(**known)
    starts_work = wanted.scheme is Scheme.EMPLOYEE and last.enrolled_until is None
    if not starts_work or last.enrolled_from >= wanted.enrolled_on:
        raise BothSchemes(**known)


def _leave_residents(person: Person, wanted: Registration, *, operator: platform.Operator, now: datetime) -> None:
    """职工参保: whoever becomes an employee leaves the residents' scheme that day (JL2019 §5; ENR-16).

    One register holds one relation at a time (decision 0030), so the residents' ends here; where employees are
    registered elsewhere, the area's data say whether it is suspended (decision 0270).
    """
    if person.enrolments.filter(enrolled_until=None, scheme=Scheme.RESIDENT).exists():
        ending = endings.Ending(
            kind=EndingKind.TERMINATION,
            reason=EndingReason.EMPLOYEE,
            effective_on=wanted.enrolled_on,
            source=EndingSource.EMPLOYEE,
        )
        endings.terminate_relation(person, ending, operator=operator, now=now)


def _last_end(person: Person) -> date | None:
    """The end of the last enrolment; None before the first."""
    ends = person.enrolments.order_by("-enrolled_from").values_list("enrolled_until", flat=True)
    return ends.first()


def _new_person(wanted: Registration, identity: rules.Identity, household: Household | None, now: datetime) -> Person:
    """Two clerks at once: the second finds the person of the first, and is refused as if it had come later."""
    relation = wanted.household_relation or HouseholdRelation.OTHER
    try:
        with transaction.atomic():
            return Person.objects.create(
                person_no=next_person_no(wanted.pooling_area),
                certificate_type=identity.certificate_type,
                certificate_no=identity.certificate_no,
                name=wanted.name,
                name_initials=initials(wanted.name, surname=True),
                sex=identity.sex,
                ethnicity=wanted.ethnicity,
                born_on=identity.born_on,
                phone=wanted.phone,
                address=wanted.address,
                hukou_area=wanted.hukou_area,
                pooling_area_id=wanted.pooling_area,
                unit_code=wanted.unit_code,
                household=household,
                household_relation=relation if household else "",
                created_at=now,
            )
    except IntegrityError:
        if (known := _known_person(wanted, identity)) is None:
            raise
        return known


def next_person_no(pooling_area: str) -> str:
    """人员编号: the area and fourteen digits; unique, not gap-free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT enrolment_next_person_no(%s)", [pooling_area])
        return str(cursor.fetchone()[0])


def _record_groups(person: Person, wanted: Registration, now: datetime) -> None:
    SpecialGroupSpan.objects.bulk_create(
        SpecialGroupSpan(
            person=person,
            category=proof.category,
            valid_from=wanted.enrolled_on,
            valid_until=rules.special_group_until(
                proof.category, wanted.enrolled_on, proof.last_day + timedelta(days=1) if proof.last_day else None
            ),
            evidence=proof.evidence,
            created_at=now,
        )
        for proof in wanted.proofs
        if not _holds_group(person, proof.category, wanted.enrolled_on)
    )


def _holds_group(person: Person, group: SpecialCategory, on: date) -> bool:
    spans = person.special_groups.filter(category=group).values_list("valid_from", "valid_until")
    return any(until is None or until > on for _, until in spans)


def _record_card(person: Person, wanted: Registration) -> None:
    """Raises: CardTaken."""
    if not wanted.card_no:
        return
    number = wanted.card_no.upper()
    known = SocialSecurityCard.objects.filter(number=number).first()
    if known is not None and known.person_id == person.pk:
        return
    if known is not None:
        raise CardTaken(number=number)
    if not person.cards.exclude(status__in=("replaced", "cancelled")).exists():
        SocialSecurityCard.objects.create(person=person, number=number, issued_on=wanted.enrolled_on)


def _check_card(wanted: Registration, identity: rules.Identity) -> None:
    """Raises: CardTaken."""
    known = SocialSecurityCard.objects.filter(number=wanted.card_no.upper()).select_related("person").first()
    owner = known.person if known else None
    mine = (identity.certificate_no, identity.certificate_type)
    if owner is not None and (owner.certificate_no, owner.certificate_type) != mine:
        raise CardTaken(number=wanted.card_no.upper())

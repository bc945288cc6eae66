"""Rows of 附件1 as registrations, and every reason why one cannot be taken, at its field (ENR-02, ENR-03, ENR-10)."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from tongchou.cases.kinds import Flaw, Subject, Table, Values
from tongchou.enrolment import parameters, rules
from tongchou.enrolment.commands import persons
from tongchou.enrolment.commands.persons import GroupProof, Registration
from tongchou.enrolment.models import Household, Person
from tongchou.enrolment.registration.fields import GROUPS, MEMBER_FIELDS
from tongchou.enrolment.states import (
    CertificateType,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Sex,
    SpecialCategory,
)
from tongchou.kernel.errors import DomainError

_LABELS: Final = {one.name: one.label for one in MEMBER_FIELDS}
_FIELD_OF: Final[dict[type[DomainError], str]] = {
    rules.CertificateInvalid: "certificate_no",
    rules.IdentityContradicts: "certificate_no",
    rules.BirthDateMissing: "born_on",
    rules.CategoryUnfit: "category",
    rules.ResidenceDocumentMissing: "residence_kind",
    rules.ResidenceDocumentExpired: "residence_last_day",
    rules.GroupNotByAge: "group",
    persons.ProofExpired: "group_last_day",
    persons.AlreadyEnrolled: "certificate_no",
    persons.NameDiffers: "name",
    persons.Deceased: "certificate_no",
    persons.CardTaken: "card_no",
    persons.HouseholdHasHead: "relation",
}


def registration(household: Household, values: Values, row: Values, *, on: date) -> Registration:
    """One member as a registration, taken on that day (附件1)."""
    kind, residence = CertificateType(row["certificate_type"]), row.get("residence_kind", "")
    return Registration(
        pooling_area=household.pooling_area_id,
        unit_code=household.unit_code,
        name=row["name"],
        certificate_type=kind,
        certificate_no=certificate_no(row),
        born_on=_day(row, "born_on"),
        sex=Sex(row["sex"]) if row.get("sex") else None,
        ethnicity=row.get("ethnicity") or "01",
        phone=row.get("phone", ""),
        address=row.get("address") or values.get("address") or values.get("hukou_address", ""),
        hukou_area=values.get("hukou_area", ""),
        residence_proof=values.get("residence_proof", ""),
        residence_kind=ResidenceKind(residence) if residence else None,
        residence_no=row.get("residence_no", ""),
        residence_last_day=_day(row, "residence_last_day"),
        category=PersonCategory(row["category"]) if row.get("category") else None,
        enrolled_on=on,
        household_no=household.number,
        household_relation=HouseholdRelation(row["relation"]),
        group_proofs=tuple(_proofs(row)),
        card_no=row.get("card_no", ""),
    )


def certificate_no(row: Values) -> str:
    """The number as it is kept: without blanks, in capitals (ENR-04)."""
    return "".join(row.get("certificate_no", "").split()).upper()


def claim(row: Values) -> str:
    """What no two open applications may name: one person (ENR-16)."""
    return f"{row.get('certificate_type', '')}:{certificate_no(row)}"


def flaws(household: Household, values: Values, rows: Table, on: date) -> Iterator[Flaw]:
    """Everything that the register would refuse at the end, row by row (受理前核对)."""
    mandatory = parameters.procedure(household.pooling_area_id).mandatory
    for at, row in enumerate(rows, start=1):
        yield from (
            Flaw(at, name, f"{_LABELS[name]}未填写") for name in sorted(mandatory) if not _said(values, row, name)
        )
        yield from _newborn_flaws(at, row)
        yield from _proof_flaws(at, row)
        try:
            persons.check_registration(registration(household, values, row, on=on), today=on)
        except DomainError as refusal:
            yield Flaw(at, _FIELD_OF.get(type(refusal), ""), f"{refusal} {refusal.code}")
    yield from _head_flaws(household, rows)


def _said(values: Values, row: Values, name: str) -> str:
    """What the row says, or the household for it."""
    return row.get(name, "") or (
        values.get("address", "") or values.get("hukou_address", "") if name == "address" else ""
    )


def _newborn_flaws(at: int, row: Values) -> Iterator[Flaw]:
    """Until the citizen number comes, a newborn is known by certificate and mother (ENR-14)."""
    if row.get("certificate_type") == CertificateType.BIRTH_CERTIFICATE and not row.get("mother_name"):
        yield Flaw(at, "mother_name", "凭出生医学证明登记的,须填写母亲姓名(GX2017 §7(一))")


def _proof_flaws(at: int, row: Values) -> Iterator[Flaw]:
    for name in GROUPS:
        if row.get(name) and not row.get(f"{name}_evidence"):
            yield Flaw(at, f"{name}_evidence", "须填写资格证明的文号(GX2017 §8)")
        if not row.get(name) and (row.get(f"{name}_evidence") or row.get(f"{name}_last_day")):
            yield Flaw(at, name, "填写了证明,须选择特殊人员标识")


def _head_flaws(household: Household, rows: Table) -> Iterator[Flaw]:
    """一户一户主 (F-01): one of the rows, unless the household has one already."""
    heads = [at for at, row in enumerate(rows, start=1) if row.get("relation") == HouseholdRelation.HEAD]
    yield from (Flaw(at, "relation", "一户只能有一个户主") for at in heads[1:])
    if not heads and not Person.objects.filter(household=household, household_relation=HouseholdRelation.HEAD).exists():
        yield Flaw(1, "relation", "该户尚无户主,须有一人登记为户主")


def _proofs(row: Values) -> Iterator[GroupProof]:
    for name in GROUPS:
        if row.get(name):
            yield GroupProof(SpecialCategory(row[name]), row.get(f"{name}_evidence", ""), _day(row, f"{name}_last_day"))


def _day(row: Values, name: str) -> date | None:
    return date.fromisoformat(row[name]) if row.get(name) else None


def household_of(subject: Subject) -> Household:
    """The household of an application. Raises: Household.DoesNotExist, a fault of ours."""
    return Household.objects.get(pooling_area_id=subject.pooling_area, number=subject.key)

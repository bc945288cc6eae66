"""参保花名册导出: the register as the import reads it, so that what goes out can come in again (ENR-35)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from tongchou.enrolment.models import Enrolment, Person, ResidenceDocument, SocialSecurityCard, SpecialGroupSpan
from tongchou.enrolment.roster import ETHNICITIES
from tongchou.enrolment.states import (
    CardStatus,
    CertificateType,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.platform.spreadsheets.exports import ExportKind, ExportRequest
from tongchou.platform.web import masks

HEADERS: Final = (
    "人员编号", "户号", "与户主关系", "姓名", "证件类型", "证件号码", "性别", "民族", "出生日期",
    "联系电话", "住址", "户籍地", "居留证件种类", "居留证件号码", "居留证件有效期至",
    "参保单位", "人员类别", "险种", "参保日期", "特殊人员标识",
    "社会保障卡号",
)  # fmt: skip
AT_ONCE: Final = 2_000
_ETHNICITY_NAMES: Final = {code: name for name, code in reversed(ETHNICITIES.items())}


def rows(asked: ExportRequest) -> Iterator[Sequence[Any]]:
    """Everybody enrolled on the day inside the request, in order of unit and name."""
    for person in _enrolled(asked).iterator(AT_ONCE):
        number = person["certificate_no"]
        yield (
            person["person_no"],
            person["number"] or "",
            HouseholdRelation(person["household_relation"]).label if person["household_relation"] else "",
            person["name"],
            CertificateType(person["certificate_type"]).label,
            number if asked.full_numbers else masks.certificate(number),
            Sex(person["sex"]).label,
            _ETHNICITY_NAMES.get(person["ethnicity"], person["ethnicity"]),
            person["born_on"],
            person["phone"],
            person["address"],
            person["hukou_area"],
            ResidenceKind(person["residence_kind"]).label if person["residence_kind"] else "",
            person["residence_no"] or "",
            person["residence_until"] - timedelta(days=1) if person["residence_until"] else "",
            person["unit_code"],
            PersonCategory(person["category"]).label,
            Scheme(person["scheme"]).label,
            person["enrolled_from"],
            "、".join(SpecialCategory(group).label for group in person["groups"] or ()),
            person["card"] or "",
        )


def _enrolled(asked: ExportRequest) -> QuerySet[Person, dict[str, Any]]:
    day = asked.on
    current = Q(enrolled_until=None) | Q(enrolled_until__gt=day)
    enrolment = Enrolment.objects.filter(current, person=OuterRef("pk"), enrolled_from__lte=day)
    valid = Q(valid_until=None) | Q(valid_until__gt=day)
    groups = SpecialGroupSpan.objects.filter(valid, person=OuterRef("pk"), valid_from__lte=day).order_by()
    card = SocialSecurityCard.objects.filter(person=OuterRef("pk"), status=CardStatus.ACTIVE)
    document = ResidenceDocument.objects.filter(person=OuterRef("pk"), replaced_at=None)
    found = Person.objects.filter(asked.scope.q("unit_code", "pooling_area"), pooling_area=asked.pooling_area)
    if asked.unit_code:
        found = found.filter(unit_code=asked.unit_code)
    return (
        found.filter(merged_into=None)
        .annotate(
            category=Subquery(enrolment.values("category")[:1]),
            scheme=Subquery(enrolment.values("scheme")[:1]),
            enrolled_from=Subquery(enrolment.values("enrolled_from")[:1]),
            groups=Subquery(groups.values("person").annotate(all=ArrayAgg("category")).values("all")),
            card=Subquery(card.values("number")[:1]),
            residence_kind=Subquery(document.values("kind")[:1]),
            residence_no=Subquery(document.values("number")[:1]),
            residence_until=Subquery(document.values("valid_until")[:1]),
            number=F("household__number"),
        )
        .exclude(scheme=None)
        .order_by("unit_code", "name", "id")
        .values()
    )


ROSTER: Final = ExportKind("roster", "参保花名册", "enrolment.view_person", HEADERS, rows)

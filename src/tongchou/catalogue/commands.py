"""Every change of the catalogues (目录维护命令). Terms are closed and opened, never rewritten."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from tongchou.catalogue.models import (
    CatalogueRelease,
    CatalogueVersion,
    CodeSetVersion,
    Diagnosis,
    Disease,
    Item,
    ItemTerm,
)
from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, pinyin, trail
from tongchou.platform import queries as platform

DIAGNOSES: Final = "diagnoses"
"""The code set of diagnoses, whose version the caches watch."""


class ItemUnknown(DomainError):
    code = "CA-1001"
    message = "目录中没有编码{item}"
    citation = "GX2017 §85"


class TermIsOlder(DomainError):
    code = "CA-1002"
    message = "项目{item}自{since}起已有更新的支付规定,不能在此之前插入"
    citation = "GX2017 §85"


class RatioOutOfRange(DomainError):
    code = "CA-1003"
    message = "先行自付比例{ratio}应在0至1之间"
    citation = "GX2017 §85"


class AgesOutOfOrder(DomainError):
    code = "CA-1005"
    message = "限年龄上限{until}应大于下限{since}"
    citation = "GX2017 §85"


class CeilingNotPositive(DomainError):
    code = "CA-1004"
    message = "单价上限{ceiling}应大于零"
    citation = "GX2017 §85"


class DiagnosisSpanEmpty(DomainError):
    code = "CA-1006"
    message = "失效日期{until}应晚于生效日期{since}"
    citation = "JL2019 §21"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDraft:
    """How an item shall be paid (GX2017 §85): class, first self-pay ratio, unit ceilings in yuan, limits."""

    pay_class: PayClass
    pre_self_pay_ratio: Decimal
    price_ceiling: Decimal | None = None
    price_ceiling_third: Decimal | None = None
    price_ceiling_second: Decimal | None = None
    price_ceiling_first: Decimal | None = None
    max_days: int | None = None
    max_quantity: Decimal | None = None
    min_level: str = ""
    inpatient_only: bool = False
    sex: str = ""
    min_age: int | None = None
    max_age: int | None = None
    diagnosis_prefixes: list[str] = field(default_factory=list)
    institution_codes: list[str] = field(default_factory=list)
    restricted: bool = False
    limit_note: str = ""

    @property
    def ceilings(self) -> tuple[Decimal | None, ...]:
        return self.price_ceiling, self.price_ceiling_third, self.price_ceiling_second, self.price_ceiling_first


@transaction.atomic
def set_item(
    *,
    code: str,
    name: str,
    kind: ItemKind,
    charge_category: ChargeCategory,
    operator: platform.Operator,
    now: datetime,
    unit: str = "",
    specification: str = "",
    dosage_form: str = "",
    maker: str = "",
) -> Item:
    """维护目录项目: the item under its national code, new or renamed (CAT-01). Raises: NoPermission."""
    checks.check_permission(operator, "catalogue.manage", now)
    item, _ = Item.objects.update_or_create(
        code=code,
        defaults={
            "name": name,
            "name_initials": pinyin.initials(name, longest=200),
            "kind": kind,
            "charge_category": charge_category,
            "unit": unit,
            "specification": specification,
            "dosage_form": dosage_form,
            "maker": maker,
        },
    )
    trail.record("catalogue.set_item", at=now, operator=operator, object_kind="item", object_key=code)
    return item


@transaction.atomic
def set_item_term(
    *, code: str, pooling_area: str, since: date, term: TermDraft, operator: platform.Operator, now: datetime
) -> ItemTerm:
    """维护支付规定 of an area from a day on: the running term closes, the new one opens (GX2017 §85; CAT-07, CAT-15).

    Only whoever manages the whole area may: towns and counties adjust no catalogue (JL2019 §21; CAT-02).
    Raises: ItemUnknown, TermIsOlder, RatioOutOfRange, CeilingNotPositive, AgesOutOfOrder, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, "catalogue.manage", pooling_area, now)
    _check_term(term)
    if not Item.objects.select_for_update(of=("self",)).filter(code=code).exists():
        raise ItemUnknown(item=code)
    terms = ItemTerm.objects.filter(item_id=code, pooling_area_id=pooling_area)
    if later := terms.filter(valid_from__gte=since).order_by("valid_from").first():
        raise TermIsOlder(item=code, since=later.valid_from)
    version = raise_version(pooling_area, summary=f"{code} 自{since}起调整", operator=operator, now=now)
    terms.filter(Q(valid_until=None) | Q(valid_until__gt=since)).update(valid_until=since, version=version)
    row = ItemTerm.objects.create(
        item_id=code, pooling_area_id=pooling_area, valid_from=since, version=version, **asdict(term)
    )
    trail.record(
        "catalogue.set_item_term",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="item",
        object_key=code,
        detail={"since": since.isoformat(), "pay_class": term.pay_class, "ratio": str(term.pre_self_pay_ratio)},
    )
    return row


def _check_term(term: TermDraft) -> None:
    if not 0 <= term.pre_self_pay_ratio <= 1:
        raise RatioOutOfRange(ratio=term.pre_self_pay_ratio)
    for ceiling in term.ceilings:
        if ceiling is not None and ceiling <= 0:
            raise CeilingNotPositive(ceiling=ceiling)
    if term.min_age is not None and term.max_age is not None and term.max_age <= term.min_age:
        raise AgesOutOfOrder(since=term.min_age, until=term.max_age)


@transaction.atomic
def set_diagnosis(*, code: str, name: str, since: date, operator: platform.Operator, now: datetime) -> Diagnosis:
    """维护疾病诊断编码 (JL2019 §21; CAT-04). Raises: NoPermission."""
    checks.check_permission(operator, "catalogue.manage", now)
    diagnosis, _ = Diagnosis.objects.update_or_create(
        code=code.upper(),
        defaults={"name": name, "initials": pinyin.initials(name, longest=200)},
        create_defaults={"name": name, "initials": pinyin.initials(name, longest=200), "valid_from": since},
    )
    raise_code_set(DIAGNOSES)
    trail.record("catalogue.set_diagnosis", at=now, operator=operator, object_kind="diagnosis", object_key=code)
    return diagnosis


@transaction.atomic
def list_disease(
    *, code: str, name: str, pooling_area: str, since: date, operator: platform.Operator, now: datetime
) -> Disease:
    """列入病种 of the area's special outpatient list from a day on (GX2017 §65).

    Raises: NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, "catalogue.manage", pooling_area, now)
    listed = Disease.objects.filter(code=code, pooling_area_id=pooling_area)
    listed.filter(Q(valid_until=None) | Q(valid_until__gt=since), valid_from__lt=since).update(valid_until=since)
    disease, _ = listed.update_or_create(
        code=code, pooling_area_id=pooling_area, valid_from=since, defaults={"name": name}
    )
    trail.record(
        "catalogue.list_disease",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="disease",
        object_key=code,
    )
    return disease


def raise_version(pooling_area: str, *, summary: str, operator: platform.Operator, now: datetime) -> int:
    """Tell every process that an area's terms have changed, and note the release: a step inside the transaction."""
    CatalogueVersion.objects.bulk_create(
        [CatalogueVersion(pooling_area_id=pooling_area, version=0)], ignore_conflicts=True
    )
    CatalogueVersion.objects.filter(pk=pooling_area).update(version=F("version") + 1)
    version = CatalogueVersion.objects.get(pk=pooling_area).version
    CatalogueRelease.objects.create(
        pooling_area_id=pooling_area,
        version=version,
        summary=summary,
        staff_code=operator.staff_code,
        released_at=now,
    )
    return version


def raise_code_set(name: str) -> None:
    """Tell every process that a code set has changed: a step inside the changing transaction."""
    CodeSetVersion.objects.bulk_create([CodeSetVersion(code_set=name, version=0)], ignore_conflicts=True)
    CodeSetVersion.objects.filter(pk=name).update(version=F("version") + 1)

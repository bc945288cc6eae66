"""目录导出: the items with how the area pays them on a day, as the import reads them (CAT-15)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from tongchou.catalogue.imports import LAYOUT
from tongchou.catalogue.models import ItemTerm
from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.platform.spreadsheets.exports import ExportKind, ExportRequest

HEADERS: Final = tuple(column.header for column in LAYOUT.columns)
AT_ONCE: Final = 2_000
_LEVELS: Final = {"3": "三级", "2": "二级", "1": "一级"}
_SEXES: Final = {"M": "男", "F": "女"}


def rows(asked: ExportRequest) -> Iterator[Sequence[Any]]:
    """Every item that the area pays on the day, in order of code."""
    current = Q(valid_until=None) | Q(valid_until__gt=asked.on)
    found = ItemTerm.objects.filter(current, pooling_area=asked.pooling_area, valid_from__lte=asked.on)
    for term in found.select_related("item").order_by("item_id").iterator(AT_ONCE):
        item = term.item
        yield (
            item.code,
            item.name,
            ItemKind(item.kind).label,
            ChargeCategory(item.charge_category).label,
            item.unit,
            item.specification,
            item.dosage_form,
            item.maker,
            PayClass(term.pay_class).label,
            _plain(term.pre_self_pay_ratio),
            _plain(term.price_ceiling),
            _plain(term.price_ceiling_third),
            _plain(term.price_ceiling_second),
            _plain(term.price_ceiling_first),
            "" if term.max_days is None else term.max_days,
            _plain(term.max_quantity),
            _LEVELS.get(term.min_level, ""),
            "是" if term.inpatient_only else "否",
            _SEXES.get(term.sex, ""),
            "" if term.min_age is None else term.min_age,
            "" if term.max_age is None else term.max_age,
            "、".join(term.diagnosis_prefixes),
            "、".join(term.institution_codes),
            "是" if term.restricted else "否",
            term.limit_note,
            term.valid_from,
        )


def _plain(number: Decimal | None) -> str:
    """The number without trailing zeros and without an exponent."""
    return "" if number is None else format(number.normalize(), "f")


CATALOGUE: Final = ExportKind("catalogue", "三大目录", "catalogue.view", HEADERS, rows)

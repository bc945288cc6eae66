"""What others ask of the catalogues (目录查询). Questions of an upload are answered from memory."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from tongchou.catalogue.models import Diagnosis, Disease, Item, ItemTerm
from tongchou.platform.versions import VersionedCache


class Term(NamedTuple):
    """How an area pays an item in a span of days (GX2017 §85).

    `ceilings` are unit prices in yuan by hospital level; the general one is under the empty level.
    """

    valid_from: date
    valid_until: date | None
    pay_class: str
    pre_self_pay_ratio: Decimal
    ceilings: dict[str, Decimal]
    max_days: int | None
    max_quantity: Decimal | None
    min_level: str
    inpatient_only: bool
    sex: str
    min_age: int | None
    max_age: int | None
    diagnosis_prefixes: tuple[str, ...]
    institution_codes: frozenset[str]
    restricted: bool
    limit_note: str

    def ceiling(self, level: str) -> Decimal | None:
        """单价上限 at a hospital of that level: the level's own, else the general one, else none (CAT-07)."""
        return self.ceilings.get(level, self.ceilings.get(""))


class KnownItem(NamedTuple):
    """An item with an area's terms, latest first, as the cache holds it."""

    code: str
    name: str
    kind: str
    charge_category: str
    terms: tuple[Term, ...]

    def term(self, on: date) -> Term | None:
        """The term in force on a day."""
        return next(
            (t for t in self.terms if t.valid_from <= on and (t.valid_until is None or on < t.valid_until)), None
        )


ItemKey = tuple[str, str]
"""Pooling area and item code."""


def _read(keys: Collection[ItemKey]) -> dict[ItemKey, KnownItem]:
    codes = {code for _, code in keys}
    terms: dict[ItemKey, list[Term]] = {}
    rows = ItemTerm.objects.filter(item_id__in=codes, pooling_area_id__in={area for area, _ in keys})
    for row in rows.order_by("-valid_from"):
        terms.setdefault((row.pooling_area_id, row.item_id), []).append(_term(row))
    items = {item.code: item for item in Item.objects.filter(code__in=codes)}
    return {
        (area, code): KnownItem(
            code, items[code].name, items[code].kind, items[code].charge_category, tuple(terms.get((area, code), ()))
        )
        for area, code in keys
        if code in items
    }


def _term(row: ItemTerm) -> Term:
    ceilings = {
        "": row.price_ceiling,
        "3": row.price_ceiling_third,
        "2": row.price_ceiling_second,
        "1": row.price_ceiling_first,
        "0": row.price_ceiling_first,
    }
    return Term(
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        pay_class=row.pay_class,
        pre_self_pay_ratio=row.pre_self_pay_ratio,
        ceilings={level: ceiling for level, ceiling in ceilings.items() if ceiling is not None},
        max_days=row.max_days,
        max_quantity=row.max_quantity,
        min_level=row.min_level,
        inpatient_only=row.inpatient_only,
        sex=row.sex,
        min_age=row.min_age,
        max_age=row.max_age,
        diagnosis_prefixes=tuple(row.diagnosis_prefixes),
        institution_codes=frozenset(row.institution_codes),
        restricted=row.restricted,
        limit_note=row.limit_note,
    )


_items: VersionedCache[ItemKey, KnownItem] = VersionedCache("catalogue_catalogueversion", _read)


def known_item(area: str, code: str) -> KnownItem | None:
    """The item with the area's terms from memory; None when the catalogue does not have the code."""
    return _items.get((area, code))


def know_items(area: str, codes: Iterable[str]) -> None:
    """Bring these items into memory in one go, before asking for them one by one."""
    _items.get_all([(area, code) for code in codes])


def term(area: str, code: str, on: date) -> Term | None:
    """How the area pays the item that day; None when it does not, or when nobody knows the item."""
    item = known_item(area, code)
    return None if item is None else item.term(on)


def item(code: str) -> Item | None:
    """One item."""
    return Item.objects.filter(code=code).first()


def item_names(codes: Collection[str]) -> dict[str, str]:
    """Names by code, for the lines of a bill."""
    return dict(Item.objects.filter(code__in=codes).values_list("code", "name"))


def items(*, words: str = "", kind: str = "") -> QuerySet[Item]:
    """Items by name, initials or code from the start (目录列表)."""
    found = Item.objects.all()
    if kind:
        found = found.filter(kind=kind)
    if words := words.strip():
        found = found.filter(
            Q(name__startswith=words) | Q(code__startswith=words.upper()) | Q(name_initials__startswith=words.lower())
        )
    return found


def terms_of(code: str, *, area: str | None = None) -> QuerySet[ItemTerm]:
    """Terms over time, latest first."""
    found = (
        ItemTerm.objects.filter(item_id=code).select_related("pooling_area").order_by("pooling_area_id", "-valid_from")
    )
    return found.filter(pooling_area_id=area) if area else found


def diagnoses(*, words: str = "") -> QuerySet[Diagnosis]:
    """Diagnoses by code, name or initials from the start."""
    found = Diagnosis.objects.all()
    if words := words.strip():
        found = found.filter(
            Q(code__startswith=words.upper()) | Q(name__startswith=words) | Q(initials__startswith=words.lower())
        )
    return found


def diagnosis_names(codes: Collection[str]) -> dict[str, str]:
    """Names by code."""
    return dict(Diagnosis.objects.filter(code__in=codes).values_list("code", "name"))


def diseases_in(area: str, on: date, *, words: str = "") -> QuerySet[Disease]:
    """病种 of the area's lists on a day (GX2017 §65); `words` begin the code or are part of the name."""
    in_force = Q(valid_until=None) | Q(valid_until__gt=on)
    found = Disease.objects.filter(in_force, pooling_area_id=area, valid_from__lte=on)
    if words := words.strip():
        found = found.filter(Q(code__startswith=words.upper()) | Q(name__contains=words))
    return found


def disease_names(area: str, codes: Collection[str]) -> dict[str, str]:
    """病种名称 by code as the area's lists name them, the latest name of each; codes they never had are left out."""
    found = Disease.objects.filter(pooling_area_id=area, code__in=codes).order_by("valid_from")
    return dict(found.values_list("code", "name"))

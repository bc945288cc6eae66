"""年度累计 on the list of a year change (ORG-26): the new year begins at zero, the old one stays open."""

from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongchou.settlement.models import Accumulator
from tongchou.year_change.items import Finding, Item


def _accumulators(pooling_area: str, year: int, today: date) -> Finding:
    """Before the year begins nobody may have spent any of it; amounts go by the day of the care, so none is reset."""
    kept = f"{year - 1}年度累计保留,迟报费用仍按{year - 1}年度累计"
    if today.year >= year:
        return Finding(True, f"{year}年度累计按发生日自动归年;{kept}")
    if spent := _persons_who_spent(pooling_area, year):
        return Finding(False, f"{year}年度尚未开始,已有{spent}人产生{year}年度累计,请核查")
    return Finding(True, f"{year}年度累计从零开始;{kept}")


def _persons_who_spent(pooling_area: str, year: int) -> int:
    """How many have some of the year's amounts; a row left empty, as by a merger put right, is nobody's spending."""
    found = Accumulator.objects.filter(pooling_area=pooling_area, benefit_year=year).exclude(amounts={})
    return len({person_id for person_id, amounts in found.values_list("person_id", "amounts") if any(amounts.values())})


ITEM: Final = Item(
    code="accumulators",
    order=55,
    title=_("年度累计"),
    citation="GX2017 §82",
    permission="settlement.settle",
    look=_accumulators,
)

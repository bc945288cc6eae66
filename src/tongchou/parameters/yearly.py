"""政策包 on the list of a year change (ORG-26): every fund has rules for the first day of the year."""

from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.parameters.shelf import book
from tongchou.policy.errors import PolicyMissing
from tongchou.year_change.items import Finding, Item

SCHEMES: Final = ("resident", "employee")


def _packages(pooling_area: str, year: int, today: date) -> Finding:
    """Which package rules on the year's first day, by scheme; residents must have one."""
    found: dict[str, str] = {}
    for scheme in SCHEMES:
        try:
            package = book().package(pooling_area, scheme, date(year, 1, 1))
        except PolicyMissing:
            continue
        found[scheme] = f"《{package.definition.header.title}》{package.valid_from.isoformat()}起"
    if not found:
        return Finding(False, f"{year}-01-01没有有效的政策包")
    return Finding(True, ";".join(found.values()))


ITEM: Final = Item(
    code="policy",
    order=20,
    title=_("待遇政策包"),
    citation="GX2017 §134",
    permission="policy.draft",
    look=_packages,
    strict=True,
    address=lambda year: reverse("policy:packages"),
)

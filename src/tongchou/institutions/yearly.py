"""服务协议续签 on the list of a year change (ORG-26; GX2017 §45; AGR-21): one year each, no bill without."""

from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.institutions.models import Agreement
from tongchou.year_change.items import Finding, Item


def _agreements(pooling_area: str, year: int, today: date) -> Finding:
    """Institutions with an agreement on the last day of the old year and none on the first of the new."""
    first = date(year, 1, 1)
    renewed = Agreement.objects.filter(
        institution=OuterRef("institution_id"), valid_from__lte=first, valid_until__gt=first
    )
    ending = Agreement.objects.filter(
        institution__pooling_area=pooling_area, valid_from__lt=first, valid_until__gte=date(year - 1, 12, 31)
    )
    lacking = ending.filter(~Exists(renewed)).order_by("institution__code")
    names = list(lacking.values_list("institution__name", flat=True))
    if not names:
        return Finding(True, f"{year}-01-01在协议期内的定点机构没有缺口")
    more = f"等{len(names)}家" if len(names) > 3 else ""
    return Finding(False, f"{'、'.join(names[:3])}{more}的协议到{year - 1}年底,未续签")


ITEM: Final = Item(
    code="agreements",
    order=60,
    title=_("定点协议续签"),
    citation="GX2017 §45",
    permission="institutions.manage",
    look=_agreements,
    address=lambda year: reverse("institutions:institutions"),
)

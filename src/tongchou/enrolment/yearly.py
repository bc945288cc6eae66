"""特殊人员年审 on the list of a year change (ORG-26; GX2017 §8; ENR-10): flags that end with the year."""

from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.models import SpecialGroupSpan
from tongchou.year_change.items import Finding, Item

MOST: Final = 10_000


def _groups(pooling_area: str, year: int, today: date) -> Finding:
    """Flags that end on the last day before the year, with none that follows (待年审)."""
    first = date(year, 1, 1)
    following = SpecialGroupSpan.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=first),
        person=OuterRef("person_id"),
        category=OuterRef("category"),
        valid_from__lte=first,
    )
    ending = SpecialGroupSpan.objects.filter(person__pooling_area=pooling_area, valid_until=first)
    waiting = ending.filter(~Exists(following))[:MOST].count()
    if not waiting:
        return Finding(True, "没有年底到期待年审的特殊人员标识")
    return Finding(False, f"{waiting}{'人以上' if waiting == MOST else '人'}的特殊人员标识年底到期,待{year}年名单年审")


ITEM: Final = Item(
    code="special_groups",
    order=45,
    title=_("特殊人员年审"),
    citation="GX2017 §8",
    permission="imports.groups",
    look=_groups,
)

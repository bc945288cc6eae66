"""缴费标准 and 应缴 on the list of a year change (ORG-26; GX2017 §21, 22; CON-01, CON-02)."""

from datetime import date, datetime
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import queries, receivables
from tongchou.contributions.models import ReceivableYear
from tongchou.contributions.rules import RESIDENT
from tongchou.kernel.money import yuan_text
from tongchou.platform.queries import Operator
from tongchou.year_change.items import Action, Finding, Item


def _standards(pooling_area: str, year: int, today: date) -> Finding:
    """A standard for everybody, or for each category that has anybody."""
    try:
        receivables.check_priced(pooling_area, year)
    except receivables.YearNotPriced:
        return Finding(False, f"没有{year}年度个人缴费标准")
    priced = [one for one in queries.standards(pooling_area) if one.benefit_year == year and one.scheme == RESIDENT]
    personal = sorted({one.personal_fen for one in priced})
    return Finding(True, f"个人缴费{'、'.join(map(yuan_text, personal))}元({priced[0].source})")


def _receivables(pooling_area: str, year: int, today: date) -> Finding:
    """The year's receivables were built from the window's first day."""
    built = ReceivableYear.objects.filter(pooling_area=pooling_area, scheme=RESIDENT, benefit_year=year).first()
    if built is not None:
        return Finding(True, f"{built.opened_on.isoformat()}已生成应缴")
    opens = queries.window_opens_on(pooling_area, year, today)
    return Finding(False, f"还没有生成应缴,缴费期自{opens.isoformat()}开始")


def _build(pooling_area: str, year: int, operator: Operator, now: datetime) -> str:
    opens = queries.window_opens_on(pooling_area, year, timezone.localdate(now))
    receivables.open_year(pooling_area=pooling_area, benefit_year=year, opens_on=opens, operator=operator, now=now)
    return f"已生成{year}年度应缴"


ITEMS: Final = (
    Item(
        code="standards",
        order=30,
        title=_("个人缴费标准"),
        citation="GX2017 §21",
        permission="contributions.set_rates",
        look=_standards,
        strict=True,
        address=lambda year: reverse("contributions:payments"),
    ),
    Item(
        code="receivables",
        order=40,
        title=_("应缴"),
        citation="GX2017 §22",
        permission="contributions.set_rates",
        look=_receivables,
        action=Action(_("生成应缴"), _build),
        address=lambda year: f"{reverse('contributions:owed')}?year={year}",
    ),
)

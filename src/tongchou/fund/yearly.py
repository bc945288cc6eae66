"""账簿 on the list of a year change (ORG-26; GX2017 §101): January of each fund is open before anything is booked."""

from datetime import date, datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.fund import commands, queries, rules
from tongchou.fund.models import LedgerAccount
from tongchou.fund.states import FUND_NAMES
from tongchou.platform.queries import Operator
from tongchou.year_change.items import Action, Finding, Item


def _schemes(pooling_area: str) -> list[str]:
    """The funds with books."""
    kept = set(LedgerAccount.objects.filter(pooling_area=pooling_area).values_list("scheme", flat=True).distinct())
    return [scheme for scheme in FUND_NAMES if scheme in kept]


def _books(pooling_area: str, year: int, today: date) -> Finding:
    """Whether January is open in the books of every fund."""
    january = date(year, 1, 1)
    schemes = _schemes(pooling_area)
    if not schemes:
        return Finding(False, "还没有建账套")
    closed = [s for s in schemes if not queries.is_open(pooling_area=pooling_area, scheme=s, on=january)]
    if closed:
        return Finding(False, f"{'、'.join(FUND_NAMES[scheme] for scheme in closed)}{year}年1月尚未开账")
    return Finding(True, f"{'、'.join(FUND_NAMES[scheme] for scheme in schemes)}{year}年1月已开账")


def _open(pooling_area: str, year: int, operator: Operator, now: datetime) -> str:
    """Month after month up to January of the year."""
    january = date(year, 1, 1)
    for scheme in _schemes(pooling_area):
        known = queries.periods(pooling_area=pooling_area, scheme=scheme)
        month = known[0][0] if known else january
        while month < january:
            month = rules.next_month(month)
            commands.open_period(pooling_area=pooling_area, scheme=scheme, month=month)
        if not known:
            commands.open_period(pooling_area=pooling_area, scheme=scheme, month=january)
    return f"{year}年1月已开账"


ITEM: Final = Item(
    code="books",
    order=70,
    title=_("基金账簿"),
    citation="GX2017 §101",
    permission="fund.close_period",
    look=_books,
    strict=True,
    action=Action(_("开账"), _open),
    address=lambda year: reverse("fund:board"),
)

"""结算清单 (SET-32): settlements by day, institution, person, kind or invoice, inside the operator's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.states import CareKind
from tongchou.encounters.web.criteria import known
from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.areas import may_in_whole_area
from tongchou.platform.web.crumbs import crumbs
from tongchou.settlement import queries
from tongchou.settlement.queries import SettlementRow
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.badges import state_badge


class SettlementFilter(lists.FilterForm):
    since = lists.day(_("结算日期从"))
    until = lists.day(_("到"))
    institution_code = lists.institution(_("定点机构"))
    kind = lists.choice(_("医疗类别"), CareKind.choices)
    person_no = lists.words(_("人员编号"), longest=30)
    invoice_no = lists.words(_("发票号"), longest=40)


@dataclass(frozen=True, slots=True)
class Line:
    """A settlement as listed, with the names other chapters know."""

    row: SettlementRow
    person_name: str
    institution_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def care_label(self) -> str:
        return CareKind(self.row.kind).label

    @property
    def own_fen(self) -> int:
        """What the person bears, from the account or in cash."""
        return self.row.account_paid_fen + self.row.cash_fen


NARROW: Final = ("since", "until", "institution_code", "person_no", "invoice_no")
"""Filters of which one must be filled for the list to be quick."""


def defaults(request: PageRequest) -> dict[str, str]:
    """The latest days, where nothing else narrows the list."""
    if any(request.GET.get(name) for name in NARROW):
        return {}
    inside = None if request.scope.areas else institutions.codes_inside(request.scope)
    return {"since": queries.recent_since(scope=request.scope, on=request.today, institutions=inside).isoformat()}


def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    """The settlements asked for."""
    keys = known(request, criteria)
    if keys is None:
        return lists.Held([])
    if until := keys.pop("until", None):
        keys["until"] = until + timedelta(days=1)
        keys.setdefault("since", until - timedelta(days=30))
    return lists.Pages(lambda at: queries.settlements(scope=request.scope, at=at, **keys))


def complete(request: PageRequest, rows: Sequence[SettlementRow]) -> Sequence[Line]:
    """Names beside the numbers: persons in one question, institutions from memory."""
    names = enrolment.names_of({row.person_id for row in rows})
    return [Line(row, names.get(row.person_id, ""), institution_name(row.institution_code)) for row in rows]


def address(row: Any) -> str:
    return reverse("settlement:settlement", args=[row.wire_id])


COLUMNS: Final = (
    lists.Column(_("结算时间"), "settled_at", "moment"),
    lists.Column(_("参保人"), "person_name", "name"),
    lists.Column(_("定点机构"), "institution_name"),
    lists.Column(_("医疗类别"), lambda row: CareKind(row.kind).label, "choice"),
    lists.Column(_("总额(元)"), "total_fen", "money"),
    lists.Column(_("基金支付(元)"), "fund_paid_fen", "money"),
    lists.Column(_("个人账户(元)"), "account_paid_fen", "money"),
    lists.Column(_("现金(元)"), "cash_fen", "money"),
    lists.Column(_("状态"), lambda row: state_badge(row.state), "state"),
    lists.Column(_("结算号"), "wire_id", "code"),
)

SETTLEMENTS: Final = lists.List(
    name="settlements",
    title=_("结算"),
    columns=COLUMNS,
    read=read,
    complete=complete,
    defaults=defaults,
    orders={"newest": ("-settled_at", "-id")},
    form=SettlementFilter,
    link=address,
    template="settlement/settlements.html",
    empty=_("没有符合条件的结算。"),
)


@page("settlement.view")
def settlements(request: PageRequest) -> HttpResponse:
    """The list, the newest first."""
    may_ask = may_in_whole_area(request, "payment.view")
    return SETTLEMENTS.respond(request, may_ask_insurers=may_ask, crumbs=crumbs(_("结算")))

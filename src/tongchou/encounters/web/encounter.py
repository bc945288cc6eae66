"""一次就诊: who, where, why, what was charged line by line, which messages made it (RIG-01)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.catalogue import queries as catalogue
from tongchou.catalogue.states import ChargeCategory, PayClass
from tongchou.encounters import queries
from tongchou.encounters.models import ChargeLine, Encounter
from tongchou.encounters.states import STAYS, CareKind, EncounterState, Place, Referral
from tongchou.encounters.web.badges import state_badge
from tongchou.encounters.web.lists import institution_name
from tongchou.enrolment import queries as enrolment
from tongchou.platform import paging
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.policy.lines import reason_words
from tongchou.wire import queries as wire
from tongchou.wire import specification
from tongchou.wire.numbers import NotOurId, parse_wire_id, wire_id


@dataclass(frozen=True, slots=True)
class Line:
    """A charge line with the item's name."""

    row: ChargeLine
    item_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    visit: Encounter = request.visit  # type: ignore[attr-defined]  set by the view below
    count = sum(one.lines for one in request.batches)  # type: ignore[attr-defined]  set by the view below
    return lists.Pages(
        lambda at: queries.page_of_lines(visit.pooling_area, visit.id, at), lambda: paging.Total(count, exact=True)
    )


def _complete(request: PageRequest, rows: Sequence[ChargeLine]) -> Sequence[Line]:
    names = catalogue.item_names({row.item_code for row in rows})
    return [Line(row, names.get(row.item_code, row.item_code)) for row in rows]


LINES: Final = lists.List(
    name="charge_lines",
    title=_("费用明细"),
    columns=(
        lists.Column(_("项目"), "item_name"),
        lists.Column(_("费用日期"), "served_at", "day"),
        lists.Column(_("类别"), lambda row: ChargeCategory(row.charge_category).label, "choice"),
        lists.Column(_("等级"), lambda row: PayClass(row.pay_class).label, "choice"),
        lists.Column(_("数量"), "quantity", "quantity"),
        lists.Column(_("单价"), "unit_price", "price"),
        lists.Column(_("金额"), "amount_fen", "money"),
        lists.Column(_("全自费"), "own_expense_fen", "money"),
        lists.Column(_("超限价"), "over_price_fen", "money"),
        lists.Column(_("先行自付"), "pre_self_pay_fen", "money"),
        lists.Column(_("范围内"), "in_scope_fen", "money"),
        lists.Column(_("不付原因"), lambda row: reason_words(row.reason_code) if row.reason_code else "", "choice"),
    ),
    read=_read,
    complete=_complete,
    orders={"serial": ("serial",)},
    template="encounters/encounter.html",
    empty=_("还没有上传费用明细。"),
)


@page("encounters.view")
def encounter(request: PageRequest, number: str) -> HttpResponse:
    """The visit's page, with a page of its charge lines."""
    visit, name = found(request, number)
    request.visit = visit  # type: ignore[attr-defined]
    batches = queries.batches_of(visit.pooling_area, visit.id)
    request.batches = batches  # type: ignore[attr-defined]
    return LINES.respond(
        request,
        visit=visit,
        number=number,
        person_shown=masks.name(name) if name else "—",
        institution=institution_name(visit.institution_code),
        kind=CareKind(visit.kind).label,
        is_stay=visit.kind in STAYS,
        state=state_badge(visit.state),
        referral=Referral(visit.referral).label,
        place=Place(visit.place).label,
        linked=wire_id(visit.pooling_area, visit.linked_to) if visit.linked_to else "",
        batches=[(one, wire_id(visit.pooling_area, one.settlement_id) if one.settlement_id else "") for one in batches],
        total_fen=sum(one.total_fen for one in batches) if batches else None,
        bookings=[(one, transaction_name(one.infno)) for one in wire.bookings_of_encounter(visit.id)],
        steps=_steps(request, visit, number),
        no_filters=True,
        crumbs=[*crumbs((_("就医"), "encounters:encounters")), Crumb(number)],
    )


def _steps(request: PageRequest, visit: Encounter, number: str) -> list[tuple[Any, str]]:
    """What this operator may do about the visit now, each with its page; higher chapters add theirs."""
    known = [(label, view) for label, view, permission, asks in STEPS if may(request, permission) and asks(visit)]
    return [(label, reverse(view, args=[number])) for label, view in known]


Asks = Callable[[Encounter], bool]
STEPS: Final[list[tuple[Any, str, str, Asks]]] = [
    (
        _("第三方责任"),
        "encounters:third_party",
        "encounters.file",
        lambda visit: visit.state != EncounterState.CANCELLED,
    )
]
"""Label, view, permission, and whether it fits the visit."""


def found(request: PageRequest, number: str) -> tuple[Encounter, str]:
    """The encounter of that number and whose it is, when the operator may see it (属地管理).

    It belongs to the institution and to the unit where the person is enrolled. Raises: Http404, OutOfScope.
    """
    try:
        area, encounter_id = parse_wire_id(number)
    except NotOurId:
        raise Http404 from None
    visit = queries.encounter(area, encounter_id)
    if visit is None:
        raise Http404
    facts = enrolment.facts(visit.person_id, request.today)
    unit_code = facts.unit_code if facts else visit.pooling_area
    check_unit(request, visit.institution_code, unit_code, kind="encounter", key=number)
    return visit, facts.name if facts else ""


def transaction_name(infno: str) -> str:
    """What the transaction of a message is called (交易名称)."""
    served = specification.transactions().get(infno)
    return served.name if served else ""

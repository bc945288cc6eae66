"""一笔结算: who paid what and why, where it came from, what the funds owe for it, its slip (SET-06; BEN-40)."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.catalogue.states import ChargeCategory
from tongchou.encounters import queries as encounters
from tongchou.encounters.states import CareKind
from tongchou.enrolment import queries as enrolment
from tongchou.fund.web.colours import FUND_COLOURS
from tongchou.institutions import queries as institutions
from tongchou.platform.web.access import PageRequest, check_unit, opens, page, reached
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.policy.errors import PolicyMissing
from tongchou.settlement import commands, queries, replaying, reports, rules
from tongchou.settlement.queries import SettlementView
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.badges import state_badge
from tongchou.settlement.web.bars import shares
from tongchou.settlement.web.explanation import Node, explained
from tongchou.settlement.web.slip_data import printed_slip
from tongchou.wire import queries as wire
from tongchou.wire.numbers import NotOurId, parse_wire_id, wire_id


def found(request: PageRequest, number: str) -> SettlementView:
    """The settlement of that number, when the operator may see it (属地管理). Raises: Http404, OutOfScope."""
    try:
        area, settlement_id = parse_wire_id(number)
    except NotOurId:
        raise Http404 from None
    view = queries.one(area, settlement_id)
    if view is None:
        raise Http404
    check_unit(request, view.row.institution_code, view.unit_code, kind="settlement", key=number)
    return view


def trees(view: SettlementView, *, detailed: bool = True) -> list[tuple[str, tuple[Node, ...]]]:
    """结算说明 by benefit year, or by kind of care where a chronic visit has other lines too.

    A cancellation is explained by what it takes back.

    Nothing where the package that it was settled under is no longer among the files: the amounts are stored and stand.
    """
    receipt = view.receipt
    if "parts" not in receipt:
        original = queries.one(*parse_wire_id(view.reversal_of)) if view.reversal_of else None
        if original is None or "parts" not in original.receipt:
            return []
        receipt = original.receipt
    try:
        outcomes = replaying.replay(receipt).outcomes
    except PolicyMissing:
        return []
    parts = receipt["parts"]
    by_kind = len({part["facts"]["kind"] for part in parts}) > 1
    return [
        (CareKind(part["facts"]["kind"]).label if by_kind else part["year"], explained(outcome, detailed=detailed))
        for part, outcome in zip(parts, outcomes, strict=True)
    ]


def _may_see_dues(request: PageRequest, institution_code: str) -> bool:
    known = institutions.known(institution_code)
    return known is not None and bool(reached(request, "payment.view", [known.unit_code]))


@page("settlement.view")
def settlement(request: PageRequest, number: str) -> HttpResponse:
    """The settlement's page."""
    view = found(request, number)
    row = view.row
    person = enrolment.names_of({row.person_id}).get(row.person_id, "") or gettext("参保人")
    visit = encounters.encounter(row.pooling_area, row.encounter_id)
    day = row.settled_on.isoformat()
    context = {
        "view": view,
        "row": row,
        "number": number,
        "state": state_badge(row.state),
        "kind": CareKind(row.kind).label,
        "person_name": person,
        "person_no": visit.person_no if visit else "",
        "institution": institution_name(row.institution_code),
        "may_see_dues": _may_see_dues(request, row.institution_code),
        "encounter": visit,
        "encounter_number": wire_id(row.pooling_area, row.encounter_id),
        "shares": shares(view.columns),
        "effective_ratio": rules.percent(rules.effective_ratio_ppm(view.columns)),
        "trees": trees(view),
        "categories": _categories(view),
        "funds": [(fund, FUND_COLOURS[fund], fen) for fund, fen in view.funds.items()],
        "funds_fen": sum(view.funds.values()),
        "bookings": wire.bookings_of_settlement(encounter_id=row.encounter_id, settlement_id=row.id),
        "prints": queries.prints_of(row.pooling_area, row.id),
        "crumbs": [
            *crumbs((_("结算"), "settlement:settlements")),
            Crumb(f"{day} · {institution_name(row.institution_code)}"),
        ],
    }
    return render(request, "settlement/settlement.html", context)


@page("settlement.view")
def dependents(request: PageRequest, number: str) -> HttpResponse:
    """受影响的后续结算 (BEN-42): which later settlements of the person-year would differ without this one."""
    view = found(request, number)
    later = queries.dependent_settlements(view.row.pooling_area, view.row.id)
    shown = [
        {
            "number": wire_id(view.row.pooling_area, one.settlement_id),
            "settled_on": one.settled_on,
            "fund_fen": one.columns["fund_paid_fen"],
            "would_fen": one.would_be["fund_paid_fen"],
            "difference_fen": one.would_be["fund_paid_fen"] - one.columns["fund_paid_fen"],
        }
        for one in later
    ]
    person_no = enrolment.person_no_of(view.row.person_id)
    address = reverse("settlement:replay", args=[person_no, view.scheme, view.benefit_year]) if person_no else ""
    told = {"dependents": shown, "replay_address": address if opens(request, address, view.unit_code) else ""}
    return render(request, "settlement/dependents.html", told)


@page("settlement.view", methods=("POST",))
def slip(request: PageRequest, number: str) -> HttpResponse:
    """打印结算单 (SET-06): every copy is counted, from the second on it says 补打."""
    view = found(request, number)
    row = view.row
    print_no = commands.note_slip_print(
        pooling_area=row.pooling_area, settlement_id=row.id, operator=request.operator.name, now=request.now
    )
    facts = reports.slip(row.pooling_area, row.id, print_no=print_no)
    if facts is None:
        raise Http404
    check_at = request.build_absolute_uri(reverse("public:verify"))
    content = printed_slip(view, facts, print_no=print_no, check_at=check_at, now=request.now)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return response


def _categories(view: SettlementView) -> list[dict[str, Any]]:
    """费用分类, the largest first."""
    labels = dict(ChargeCategory.choices)
    listed = [{"label": gettext(labels.get(code, code)), "fen": fen} for code, fen in view.category_fen.items()]
    return sorted(listed, key=lambda one: -abs(one["fen"]))

"""年度重算 (BEN-42): years to be looked at, and one person-year: what differs, settled anew or left as it is."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.care_types import SCHEME_NAMES
from tongchou.encounters.states import CareKind
from tongchou.encounters.web.criteria import known
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, may, page, sentence_with_code
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.settlement import chain, commands, queries
from tongchou.settlement.models import YearToReplay
from tongchou.settlement.states import ReplayCause, ReplayState
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.badges import replay_badge
from tongchou.wire.numbers import wire_id

RECOMPUTES: Final = "settlement.reverse"
EARLIEST: Final = 2000


class ReplayFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ReplayState.choices)
    cause = lists.choice(_("起因"), ReplayCause.choices)
    benefit_year = forms.IntegerField(
        label=_("结算年度"),
        required=False,
        min_value=EARLIEST,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    person_no = lists.words(_("人员编号"), longest=30)


@dataclass(frozen=True, slots=True)
class Line:
    """A marked person-year as listed."""

    row: YearToReplay
    person_name: str
    person_no: str
    badge: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    keys = known(request, criteria)
    if keys is None:
        return lists.Held([])
    units = enrolment.unit_of_person()
    return lists.Pages(lambda at: queries.find_years(scope=request.scope, person_units=units, at=at, **keys))


def _complete(request: PageRequest, rows: Sequence[YearToReplay]) -> Sequence[Line]:
    known = enrolment.names_and_numbers_of({row.person_id for row in rows})
    return [Line(row, *known.get(row.person_id, ("", "")), replay_badge(row.state)) for row in rows]


REPLAYS: Final = lists.List(
    name="replays",
    title=_("待重算年度"),
    columns=(
        lists.Column(_("标记时间"), "marked_at", "moment"),
        lists.Column(_("参保人"), "person_name", "name"),
        lists.Column(_("险种"), lambda row: SCHEME_NAMES[row.scheme], "choice"),
        lists.Column(_("结算年度"), "benefit_year", "code"),
        lists.Column(_("起因"), lambda row: ReplayCause(row.cause).label, "choice"),
        lists.Column(_("应变动笔数"), "differing", "number"),
        lists.Column(_("基金支付相差(元)"), "difference_fen", "money"),
        lists.Column(_("状态"), "badge", "state"),
        lists.Column(_("办结人"), "closed_by"),
    ),
    read=_read,
    complete=_complete,
    defaults=lambda request: {} if "state" in request.GET else {"state": ReplayState.OPEN.value},
    orders={"newest": ("-id",)},
    form=ReplayFilter,
    link=lambda row: reverse("settlement:replay", args=[row.person_no, row.scheme, row.benefit_year]),
    empty=_("没有待重算的年度。"),
)


@page("settlement.view")
def replays(request: PageRequest) -> HttpResponse:
    """The list, the newest first; what is open, unless asked otherwise."""
    return REPLAYS.respond(request, crumbs=crumbs((_("结算"), "settlement:settlements"), _("待重算年度")))


@page("settlement.view")
def replay(request: PageRequest, person_no: str, scheme: str, year: int) -> HttpResponse:
    """One person-year: each settlement as it stands and as it would be today."""
    return _page(request, _person(request, person_no, scheme, year), scheme, year)


@page(RECOMPUTES, methods=("POST",))
def recompute(request: PageRequest, person_no: str, scheme: str, year: int) -> HttpResponse:
    """重算: settle anew what differs; both the old and the new stay in the books."""
    person = _person(request, person_no, scheme, year)
    try:
        made = commands.recompute_year(
            pooling_area=person.pooling_area,
            person_id=person.id,
            scheme=scheme,
            year=year,
            seen=request.POST.get("seen", ""),
            request_id=request.POST.get("request_id", "")[:32] or str(uuid.uuid4()),
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        return _page(request, person, scheme, year, refusal=sentence_with_code(refusal))
    messages.success(request, gettext("已重算 %(n)s 笔结算。") % {"n": made})
    return redirect("settlement:replay", person_no, scheme, year)


@page(RECOMPUTES, methods=("POST",))
def leave(request: PageRequest, person_no: str, scheme: str, year: int) -> HttpResponse:
    """不予重算, with a reason."""
    person = _person(request, person_no, scheme, year)
    try:
        commands.leave_year(
            pooling_area=person.pooling_area,
            person_id=person.id,
            scheme=scheme,
            year=year,
            reason=request.POST.get("reason", "")[:200],
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        return _page(request, person, scheme, year, refusal=sentence_with_code(refusal))
    messages.success(request, gettext("已办结。"))
    return redirect("settlement:replay", person_no, scheme, year)


def _person(request: PageRequest, person_no: str, scheme: str, year: int) -> Facts:
    """Raises: Http404, OutOfScope."""
    if scheme not in SCHEME_NAMES or not EARLIEST <= year <= request.today.year + 1:
        raise Http404
    return person_in_reach(request, person_no)


def _page(request: PageRequest, person: Facts, scheme: str, year: int, *, refusal: str = "") -> HttpResponse:
    which = {"pooling_area": person.pooling_area, "person_id": person.id, "scheme": scheme, "year": year}
    found = chain.read(pooling_area=person.pooling_area, person_id=person.id, scheme=scheme, year=year)
    marks = queries.marks_of_year(pooling_area=person.pooling_area, person_id=person.id, scheme=scheme, year=year)
    is_open = any(mark.state == ReplayState.OPEN for mark in marks)
    may_recompute = may(request, RECOMPUTES)
    context = {
        **which,
        "person": person,
        "person_shown": masks.name(person.name),
        "scheme_name": SCHEME_NAMES[scheme],
        "chain": found,
        "links": [_shown(found.pooling_area, link) for link in found.links],
        "differing": len(found.differing),
        "difference_fen": found.difference_fen,
        "marks": [(mark, ReplayCause(mark.cause).label, replay_badge(mark.state)) for mark in marks],
        "request_id": str(uuid.uuid4()),
        "may_recompute": may_recompute and bool(found.differing),
        "may_leave": may_recompute and is_open,
        "refusal": refusal,
        "crumbs": [
            *crumbs((_("结算"), "settlement:settlements"), (_("待重算年度"), "settlement:replays")),
            Crumb(f"{masks.name(person.name)} · {year}"),
        ],
    }
    return render(request, "settlement/replay.html", context, status=422 if refusal else 200)


def _shown(area: str, link: chain.Link) -> dict[str, Any]:
    """A row: what stands beside what it would be."""
    old, new = link.standing.columns, link.columns
    return {
        "number": wire_id(area, link.standing.id),
        "day": link.standing.bill.ended_on or link.standing.bill.began_on,
        "institution": institution_name(link.standing.institution_code),
        "kind": CareKind(link.standing.bill.kind).label,
        "total_fen": old["total_fen"],
        "fund_fen": old["fund_paid_fen"],
        "would_fen": new["fund_paid_fen"],
        "own_fen": old["person_share_fen"],
        "own_would_fen": new["person_share_fen"],
        "difference_fen": link.difference_fen,
        "differs": link.differs,
        "problem": link.problem,
        "instead_of": wire_id(area, found) if (found := link.standing.receipt.get("instead_of")) else "",
    }

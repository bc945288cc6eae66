"""第三方责任: what is open, and one encounter: declared, decided, paid back (BEN-38)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import commands, queries
from tongchou.encounters.models import Encounter
from tongchou.encounters.states import CareKind, EncounterState, Verdict
from tongchou.encounters.web import forms
from tongchou.encounters.web.badges import state_badge, verdict_badge
from tongchou.encounters.web.criteria import known
from tongchou.encounters.web.encounter import found as encounter_found
from tongchou.encounters.web.lists import institution_name
from tongchou.enrolment import queries as enrolment
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, may, page, refusals_at
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.trails import timeline
from tongchou.wire.numbers import parse_wire_id, wire_id

DECLARES, DECIDES = "encounters.file", "encounters.certify"
OPEN, DECIDED = "open", "decided"


class ThirdPartyFilter(lists.FilterForm):
    state = lists.choice(_("认定"), [(OPEN, _("待认定")), (DECIDED, _("已认定"))])
    person_no = lists.words(_("人员编号"), longest=30)
    institution_code = lists.institution(_("定点机构"))


@dataclass(frozen=True, slots=True)
class Line:
    """An encounter with a third party as listed."""

    row: Any
    person_name: str
    institution_name: str
    number: str
    verdict_badge: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    keys = known(request, criteria)
    if keys is None:
        return lists.Held([])
    if state := keys.pop("state", ""):
        keys["decided"] = state == DECIDED
    units = enrolment.unit_of_person()
    return lists.Pages(lambda at: queries.find_third_parties(scope=request.scope, person_units=units, at=at, **keys))


def _complete(request: PageRequest, rows: Sequence[Encounter]) -> Sequence[Line]:
    names = enrolment.names_of({row.person_id for row in rows})
    return [
        Line(
            row,
            names.get(row.person_id, ""),
            institution_name(row.institution_code),
            wire_id(row.pooling_area, row.id),
            verdict_badge(getattr(row, "verdict", None)),
        )
        for row in rows
    ]


THIRD_PARTIES: Final = lists.List(
    name="third_parties",
    title=_("第三方责任"),
    columns=(
        lists.Column(_("开始时间"), "began_at", "moment"),
        lists.Column(_("参保人"), "person_name", "name"),
        lists.Column(_("定点机构"), "institution_name"),
        lists.Column(_("医疗类别"), lambda row: CareKind(row.kind).label, "choice"),
        lists.Column(_("主诊断"), "diagnosis"),
        lists.Column(_("就诊状态"), lambda row: state_badge(row.state), "state"),
        lists.Column(_("认定"), "verdict_badge", "state"),
        lists.Column(_("就诊号"), "number", "code"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": ("-id",)},
    form=ThirdPartyFilter,
    link=lambda row: reverse("encounters:third_party", args=[row.number]),
    empty=_("没有登记第三方责任的就诊。"),
)


@page("encounters.view")
def third_parties(request: PageRequest) -> HttpResponse:
    """The list, the newest first."""
    return THIRD_PARTIES.respond(request, crumbs=crumbs((_("就医"), "encounters:encounters"), _("第三方责任")))


@page("encounters.view")
def third_party(request: PageRequest, number: str) -> HttpResponse:
    """One encounter: what is known, what may be done now."""
    visit, name = encounter_found(request, number)
    return _page(request, visit, name, {})


@page(DECLARES, methods=("POST",))
def declare(request: PageRequest, number: str) -> HttpResponse:
    """登记第三方责任."""
    return _do(request, number, "declare", forms.DeclarationForm(request.POST))


@page(DECIDES, methods=("POST",))
def decide(request: PageRequest, number: str) -> HttpResponse:
    """第三方责任认定."""
    return _do(request, number, "decide", forms.DecisionForm(request.POST))


@page(DECLARES, methods=("POST",))
def recover(request: PageRequest, number: str) -> HttpResponse:
    """登记追偿."""
    return _do(request, number, "recover", forms.RecoveryForm(request.POST))


def _do(request: PageRequest, number: str, step: str, form: Any) -> HttpResponse:
    visit, name = encounter_found(request, number)
    if form.is_valid():
        with refusals_at(form):
            _command(request, number, step, form)
            messages.success(request, gettext("已办理。"))
            return redirect("encounters:third_party", number)
    return _page(request, visit, name, {step: form}, status=422)


def _command(request: PageRequest, number: str, step: str, form: Any) -> None:
    area, encounter = parse_wire_id(number)
    how = {"area": area, "encounter": encounter, "operator": request.operator, "now": request.now}
    filled = form.cleaned_data
    if step == "declare":
        commands.declare_third_party(reason=filled["reason"], request_id=filled["request_id"], **how)
    elif step == "decide":
        commands.decide_third_party(version=filled["version"], found=form.found(), **how)
    else:
        commands.note_recovery(amount=form.money, received_on=filled["received_on"], document=filled["document"], **how)


def _page(
    request: PageRequest, visit: Encounter, name: str, filled: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    number = wire_id(visit.pooling_area, visit.id)
    decision = queries.decision_of(visit.pooling_area, visit.id)
    if not visit.third_party and not may(request, DECLARES):
        raise Http404
    open_forms = _open_forms(request, visit, decision, filled)
    recoveries = queries.recoveries_of(visit.pooling_area, visit.id)
    context = {
        "visit": visit,
        "number": number,
        "person_shown": masks.name(name) if name else "—",
        "institution": institution_name(visit.institution_code),
        "kind": CareKind(visit.kind).label,
        "state": verdict_badge(decision.verdict if decision else None) if visit.third_party else None,
        "decision": decision,
        "verdict": Verdict(decision.verdict).label if decision else "",
        "percent": f"{decision.share_ppm / forms.PPM_OF_PERCENT:g}%" if decision and decision.share_ppm else "",
        "cause": visit.particulars.get("third_party", ""),
        "recoveries": recoveries,
        "recovered_fen": sum(one.amount_fen for one in recoveries),
        "forms": open_forms,
        "withheld": forms.withheld(filled, open_forms),
        "trail": timeline(request, "encounter", number),
        "crumbs": [
            *crumbs((_("就医"), "encounters:encounters"), (_("第三方责任"), "encounters:third_parties")),
            Crumb(number),
        ],
    }
    return render(request, "encounters/third_party.html", context, status=status)


def _open_forms(
    request: PageRequest, visit: Encounter, decision: Any, filled: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    """What this operator may do about it now."""
    offered: list[tuple[str, Any, Any]] = []
    is_settled = visit.state == EncounterState.SETTLED
    if not visit.third_party and may(request, DECLARES) and not is_settled:
        empty = forms.DeclarationForm(initial={"request_id": str(uuid.uuid4())})
        offered.append(("declare", _("登记第三方责任"), filled.get("declare") or empty))
    if visit.third_party and may(request, DECIDES) and not is_settled:
        version = decision.version if decision else 0
        empty_decision = forms.DecisionForm(initial={"version": version})
        offered.append(("decide", _("重新认定") if decision else _("认定"), filled.get("decide") or empty_decision))
    if decision is not None and decision.verdict != Verdict.NOBODY and may(request, DECLARES):
        empty_recovery = forms.RecoveryForm(initial={"received_on": request.today})
        offered.append(("recover", _("登记追偿"), filled.get("recover") or empty_recovery))
    return offered

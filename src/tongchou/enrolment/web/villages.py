"""村(社区)收件: a village's seat: the forms in hand, what is signed and goes on, its households (ENR-01, ENR-06)."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import queries as cases
from tongchou.cases.web.badges import case_badge, limit_badge
from tongchou.enrolment import history, queries
from tongchou.enrolment.registration import forwarding, households, reading
from tongchou.enrolment.registration.kind import CODE
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.states import UnitLevel
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, sentence
from tongchou.platform.web.crumbs import Crumb, crumbs

SEATS: Final = {UnitLevel.VILLAGE: "enrolment:village", UnitLevel.SCHOOL: "enrolment:school"}
"""Units that gather forms, with the page of each."""


@page("enrolment.collect")
def villages(request: PageRequest) -> HttpResponse:
    """Which village or school: down the agency tree, or by name; the only one, and what is below it, at once."""
    parent, words = request.GET.get("parent", ""), request.GET.get("q", "").strip()[:40]
    units = platform.units_in(request.scope, parent=parent, words=words)
    if len(units) == 1 and not parent and not words and units[0].level in SEATS:
        return redirect(SEATS[UnitLevel(units[0].level)], units[0].code)
    if len(units) == 1 and not words:
        parent = units[0].code
        units = platform.units_in(request.scope, parent=parent)
    waiting = cases.open_count_by_unit([unit.code for unit in units])
    context = {
        "units": [
            (unit, _seat(unit), waiting.get(unit.code, 0))
            for unit in units
            if unit.level != UnitLevel.INSTITUTION_OFFICE
        ],
        "above": [one for one in platform.units_above(parent) if request.scope.covers(one.path)] if parent else [],
        "words": words,
        "crumbs": crumbs((_("参保登记"), "enrolment:persons"), _("村(社区)、学校")),
    }
    return render(request, "enrolment/villages.html", context)


def _seat(unit: Any) -> str:
    """The address of the unit's page; empty for offices above villages and schools."""
    return reverse(SEATS[UnitLevel(unit.level)], args=[unit.code]) if unit.level in SEATS else ""


@page("enrolment.collect")
def village(request: PageRequest, code: str) -> HttpResponse:
    """One village: forms in hand, ready ones to choose for the batch."""
    return _village(request, code)


@page("enrolment.collect", methods=("POST",))
def forward(request: PageRequest, code: str) -> HttpResponse:
    """转交所选: one batch, or nothing."""
    _unit(request, code)
    chosen = [(one.rpartition(":")[0], one.rpartition(":")[2]) for one in request.POST.getlist("pick")]
    if any(not version.isdecimal() for _number, version in chosen):
        raise Http404
    try:
        batch = forwarding.forward_forms(
            unit_code=code,
            chosen=[(number, int(version)) for number, version in chosen],
            request_id=request.POST.get("request_id", "")[:64] or uuid.uuid4().hex,
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        return _village(request, code, refusal)
    messages.success(
        request, gettext("已转交,清单%(number)s,共 %(forms)s 件。") % {"number": batch.number, "forms": batch.forms}
    )
    return redirect("enrolment:batch", batch.number)


@page("enrolment.collect", methods=("POST",))
def open_household(request: PageRequest, code: str) -> HttpResponse:
    """立户, and on to its registration."""
    _unit(request, code)
    try:
        opened = households.open_household(
            unit_code=code,
            hukou_address=request.POST.get("hukou_address", ""),
            address=request.POST.get("address", ""),
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        return _village(request, code, refusal)
    return redirect("enrolment:household", opened.pk)


def _unit(request: PageRequest, code: str) -> Any:
    unit = platform.unit(code)
    if unit is None or unit.level != UnitLevel.VILLAGE:
        raise Http404
    check_unit(request, code, kind="org_unit", key=code)
    return unit


def _village(request: PageRequest, code: str, refusal: DomainError | None = None) -> HttpResponse:
    unit = _unit(request, code)
    calendar = platform.working_calendar()
    forms = [
        {
            "case": case,
            "head": reading.head_named(case.rows, case.subject_name),
            "state": case_badge(case),
            "limit": limit_badge(case, calendar, request.today),
            "ready": case.step == "forward" and case.state == "in_hand",
            "returned": case.last_said if case.last_act == "returned" else "",
        }
        for case in cases.open_of_unit(CODE, code)
    ]
    context = {
        "unit": unit,
        "forms": forms,
        "ready": sum(one["ready"] for one in forms),
        "persons": history.count_of_unit(code),
        "households": queries.count_households(code),
        "batches": list(forwarding.batches(request.scope, unit_code=code).order_by("-id")[:5]),
        "request_id": request.POST.get("request_id") or uuid.uuid4().hex,
        "may_accept": may(request, "cases.accept"),
        "refusal": sentence(refusal) if refusal else "",
        "refusal_code": refusal.code if refusal else "",
        "kind": CODE,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("村(社区)、学校"), "enrolment:villages")),
            Crumb(unit.name),
        ],
    }
    return render(request, "enrolment/village.html", context, status=422 if refusal else 200)


class HouseholdFilter(lists.FilterForm):
    words = lists.words(_("户号、户主或成员姓名"))


def _households(code: str) -> lists.List:
    def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
        return lists.Pages(lambda at: queries.households_of_unit(code, words=criteria.get("words", ""), at=at))

    return lists.List(
        name="households",
        title=_("户"),
        columns=(
            lists.Column(_("户号"), "number", "code"),
            lists.Column(_("户主"), "head", "name"),
            lists.Column(_("人数"), "members", "number"),
            lists.Column(_("住址"), "address"),
        ),
        read=read,
        orders={"number": ("number", "id")},
        form=HouseholdFilter,
        link=lambda row: reverse("enrolment:household", args=[row.id]),
        empty=_("没有找到户。"),
        next_step=_("在村(社区)页面立户后,即可登记家庭成员。"),
    )


@page("enrolment.collect")
def households_of(request: PageRequest, code: str) -> HttpResponse:
    """The households of a village, in order of number."""
    unit = _unit(request, code)
    place = [*crumbs((_("参保登记"), "enrolment:persons"), (_("村(社区)、学校"), "enrolment:villages"))]
    here = [Crumb(unit.name, reverse("enrolment:village", args=[code])), Crumb(gettext("户"))]
    return _households(code).respond(request, crumbs=[*place, *here])

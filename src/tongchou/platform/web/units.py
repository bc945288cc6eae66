"""机构: the agency tree as far as the operator's scope reaches (GX2017 §3, 4; ORG-01)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.platform import agent_queries, queries
from tongchou.platform.models import OrgUnit
from tongchou.platform.states import AGENT_LEVELS, UnitLevel
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs


class UnitFilter(lists.FilterForm):
    words = lists.words(_("名称或代码"))


@dataclass(frozen=True, slots=True)
class Line:
    """A unit as listed."""

    path: str
    code: str
    name: str
    level: str
    below: int
    valid_from: date
    state: Badge


def unit_badge(unit: OrgUnit, on: date) -> Badge:
    """启用, 撤销 or not yet open (机构状态)."""
    if unit.valid_from > on:
        return Badge(str(_("未启用")), Tone.RESTING)
    if unit.valid_until is not None and unit.valid_until <= on:
        return Badge(str(_("已撤销")), Tone.RESTING)
    return Badge(str(_("启用")), Tone.DONE)


def unit_line(unit: OrgUnit, on: date) -> Line:
    level = UnitLevel(unit.level).label
    return Line(unit.path, unit.code, unit.name, level, unit.below, unit.valid_from, unit_badge(unit, on))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.units_in(request.scope, words=criteria.get("words", ""))
    return lists.Held([unit_line(one, request.today) for one in found])


UNITS: Final = lists.List(
    name="units",
    title=_("机构"),
    columns=(
        lists.Column(_("名称"), "name"),
        lists.Column(_("代码"), "code", "code"),
        lists.Column(_("层级"), "level", "choice"),
        lists.Column(_("直属下级"), "below", "number"),
        lists.Column(_("启用日期"), "valid_from", "day"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read,
    orders={"tree": ("path",)},
    form=UnitFilter,
    link=lambda line: reverse("platform:unit", args=[line.code]),
    template="platform/units.html",
)


@page("org.view")
def units(request: PageRequest) -> HttpResponse:
    """The topmost units of the scope, or those found by name."""
    return UNITS.respond(request, crumbs=crumbs(_("系统"), _("机构")))


@page("org.view")
def unit(request: PageRequest, code: str) -> HttpResponse:
    """One unit: its names over time, what lies below it, who works there."""
    chain = queries.units_above(code)
    if not chain:
        raise Http404
    check_unit(request, code, kind="unit", key=code)
    found = chain[-1]
    above = [one for one in chain[:-1] if request.scope.covers(one.path)]
    context = {
        "unit": found,
        "level": UnitLevel(found.level).label,
        "state": unit_badge(found, request.today),
        "agent": agent_queries.office_at(code) if may(request, "agents.view") else None,
        "may_commission": may(request, "agents.manage")
        and any(found.level in levels for levels in AGENT_LEVELS.values()),
        "names": queries.unit_names(code),
        "children": [unit_line(one, request.today) for one in queries.units_in(request.scope, parent=code)],
        "staff": queries.staff_of(code, request.today) if may(request, "operators.view") else None,
        "crumbs": [
            *crumbs(_("系统"), (_("机构"), "platform:units")),
            *(Crumb(one.name, reverse("platform:unit", args=[one.code])) for one in above),
            Crumb(found.name),
        ],
    }
    return render(request, "platform/unit.html", context)

"""职责分工: which level does what in each item, since when, and who decided it (JL2019 §2; GX2017 §3, 45; ORG-03)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, commands, duty_queries, queries
from tongchou.platform.duties import duties_of
from tongchou.platform.models import DutyEdition, OrgUnit
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.rules import Matrix, changed_cells
from tongchou.platform.standard_duties import DUTY_ITEMS, ITEM_NAMES, MATRIX_LEVELS, DutyItem
from tongchou.platform.states import Duty, EditionState, UnitLevel
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, sentence, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.trails import timeline

_TONES: Final = {EditionState.DRAFT: Tone.WAITING, EditionState.APPROVED: Tone.DONE, EditionState.REJECTED: Tone.BAD}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one level does in an item, and whether that is new."""

    level: UnitLevel
    duties: tuple[Duty, ...]
    usual: tuple[Duty, ...]
    changed: bool

    @property
    def words(self) -> str:
        return "、".join(gettext(duty.label) for duty in self.duties)

    @property
    def was(self) -> str:
        return "、".join(gettext(duty.label) for duty in self.usual) or gettext("无")


@dataclass(frozen=True, slots=True)
class Line:
    """An item with its cells, in the order of the levels."""

    item: DutyItem
    cells: tuple[Cell, ...]
    rank: int

    def duty_words(self, level: UnitLevel) -> str:
        return next(cell.words for cell in self.cells if cell.level == level)


def table_of(matrix: Matrix, before: Matrix | None = None) -> list[Line]:
    """The matrix in lines; beside `before`, what changed is marked (职责分工表)."""
    changed = set(changed_cells(matrix, before)) if before is not None else set()
    return [
        Line(
            item,
            tuple(
                Cell(
                    level,
                    tuple(matrix.get((item.code, level), ())),
                    tuple((before or {}).get((item.code, level), ())),
                    (item.code, level) in changed,
                )
                for level in MATRIX_LEVELS
            ),
            rank,
        )
        for rank, item in enumerate(DUTY_ITEMS)
    ]


def edition_badge(edition: DutyEdition, on: date) -> Badge:
    """待核准, 现行, 未生效, 已被替换 or 已退回 (版本状态)."""
    state = EditionState(edition.state)
    if state is not EditionState.APPROVED:
        return Badge(str(state.label), _TONES[state])
    if edition.valid_from > on:
        return Badge(gettext("未生效"), Tone.HAND)
    if edition.valid_until is not None and edition.valid_until <= on:
        return Badge(gettext("已被替换"), Tone.RESTING)
    return Badge(gettext("现行"), Tone.DONE)


class MatrixFilter(lists.FilterForm):
    on = lists.day(_("查看日期"))


def _level_column(level: UnitLevel) -> lists.Column:
    return lists.Column(level.label, lambda line: line.duty_words(level))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    unit = _asked_unit(request)
    if unit is None:
        return lists.Held([])
    return lists.Held(_lines_of(unit, criteria.get("on", request.today)))


MATRIX: Final = lists.List(
    name="duty-matrix",
    title=_("职责分工"),
    columns=(
        lists.Column(_("事项"), lambda line: line.item.name, "choice"),
        lists.Column(_("依据"), lambda line: line.item.citation),
        *map(_level_column, MATRIX_LEVELS),
    ),
    read=_read,
    orders={"rank": ("rank",)},
    form=MatrixFilter,
    template="platform/duties.html",
)


@page("duties.view")
def duties(request: PageRequest) -> HttpResponse:
    """What each level does, under the province or city asked for; by default the one the operator stands under."""
    if request.GET.get("export"):
        return MATRIX.respond(request)
    units = _units(request)
    unit = _asked_unit(request, units)
    on = MATRIX.form(request.GET).criteria().get("on", request.today)
    history = duty_queries.editions_of(unit.code) if unit else []
    draft = next((one for one in history if one.state == EditionState.DRAFT), None)
    editions = duty_queries.editions_above(unit.path, on) if unit else []
    context = {
        "unit": unit,
        "units": units,
        "on": on,
        "levels": MATRIX_LEVELS,
        "own_levels": {held.level for held in duties_of(request.operator, request.today).held},
        "lines": table_of(duty_queries.combined(editions)),
        "editions": editions,
        "history": [(one, edition_badge(one, request.today)) for one in history],
        "draft": draft,
        "may_draft": unit is not None and _reaches(request, "duties.draft", unit),
        "withheld": _withheld(request),
        "crumbs": crumbs(_("系统"), (_("机构"), "platform:units"), _("职责分工")),
    }
    context["may_export"] = may(request, "exports.lists")
    return render(request, "platform/duties.html", context)


@page("duties.draft", methods=("POST",))
def begin(request: PageRequest, code: str) -> HttpResponse:
    """起草: a copy of what is in force."""
    draft = commands.begin_duty_draft(unit_code=code, by=request.operator, now=request.now)
    return redirect("platform:duty_edition", draft.pk)


@page("duties.view")
def edition(request: PageRequest, edition_id: int) -> HttpResponse:
    """One edition: a draft to write on or to decide, or what was decided."""
    return _edition_page(request, _found(request, edition_id))


@page("duties.draft", methods=("POST",))
def save(request: PageRequest, edition_id: int) -> HttpResponse:
    """保存草案, 提请核准."""
    found = _found(request, edition_id)
    written = _written(request.POST)
    try:
        draft = commands.save_duty_draft(
            edition_id=edition_id,
            version=_number(request.POST.get("version")),
            matrix=written,
            valid_from=_day(request.POST.get("valid_from"), found.valid_from),
            by=request.operator,
            now=request.now,
        )
        if request.POST.get("act") == "submit":
            commands.submit_duty_draft(
                edition_id=edition_id, version=draft.version, by=request.operator, now=request.now
            )
            messages.success(request, gettext("已提请核准。"))
        else:
            messages.success(request, gettext("草案已保存。"))
    except DomainError as refusal:
        found = duty_queries.edition(edition_id) or found
        return _edition_page(request, found, problem=sentence_with_code(refusal), written=written)
    return redirect("platform:duty_edition", edition_id)


@page("duties.approve", methods=("POST",))
def decide(request: PageRequest, edition_id: int) -> HttpResponse:
    """核准 or 退回, by another person."""
    found = _found(request, edition_id)
    asked = {
        "edition_id": edition_id,
        "version": _number(request.POST.get("version")),
        "note": request.POST.get("note", "")[:200],
        "by": request.operator,
        "now": request.now,
    }
    agreed = request.POST.get("act") == "approve"
    try:
        (commands.approve_duty_draft if agreed else commands.reject_duty_draft)(**asked)
    except DomainError as refusal:
        return _edition_page(request, found, problem=sentence_with_code(refusal))
    messages.success(request, gettext("职责分工已核准。") if agreed else gettext("职责分工已退回。"))
    return redirect("platform:duty_edition", edition_id)


def _units(request: PageRequest) -> list[OrgUnit]:
    above = [code for held in duties_of(request.operator, request.today).held for code in held.path.split("/") if code]
    return duty_queries.dividing_units(request.scope, above)


def _lines_of(unit: OrgUnit, on: date) -> list[Line]:
    return table_of(duty_queries.combined(duty_queries.editions_above(unit.path, on)))


def _asked_unit(request: PageRequest, among: list[OrgUnit] | None = None) -> OrgUnit | None:
    """The province or city asked for; else the lowest one above the operator's first post."""
    units = {one.code: one for one in (_units(request) if among is None else among)}
    if (asked := request.GET.get("unit", "")) in units:
        return units[asked]
    held = duties_of(request.operator, request.today).held
    mine = [units[code] for code in (held[0].path.split("/") if held else []) if code in units]
    return mine[-1] if mine else next(iter(units.values()), None)


def _reaches(request: PageRequest, permission: str, unit: OrgUnit) -> bool:
    return queries.scope_of(request.operator, permission, request.today).covers(unit.path)


def _withheld(request: PageRequest) -> list[tuple[str, str]]:
    """What the operator's posts would give and may not be used, with the reason (受限的权限)."""
    found = duties_of(request.operator, request.today)
    names = sorted({name for held in found.held for name in held.withheld} - found.permissions)
    told = []
    for name in names:
        refusal = checks.why_not(request.operator, name, request.now)
        if refusal is not None:
            told.append((PERMISSIONS[name].label, sentence(refusal)))
    return told


def _found(request: PageRequest, edition_id: int) -> DutyEdition:
    found = duty_queries.edition(edition_id)
    if found is None:
        raise Http404
    if found.unit_id not in {one.code for one in _units(request)}:
        check_unit(request, found.unit_id, kind="duty_edition", key=edition_id)
    return found


def _written(posted: QueryDict) -> Matrix:
    """The boxes of the form as a matrix; what is unknown in it is left out."""
    known = set(Duty.values)
    return {
        (item, level): tuple(Duty(name) for name in posted.getlist(f"{item}:{level.value}") if name in known)
        for item in ITEM_NAMES
        for level in MATRIX_LEVELS
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _day(text: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return otherwise


def _edition_page(
    request: PageRequest, found: DutyEdition, *, problem: str = "", written: Matrix | None = None
) -> HttpResponse:
    in_force = duty_queries.effective_matrix(found.unit_id, found.valid_from)
    matrix = written or duty_queries.matrix_of(found)
    is_draft = found.state == EditionState.DRAFT
    lines_shown = table_of(matrix, in_force if is_draft and in_force else None)
    mine = request.operator.citizen_id in found.savers
    context = {
        "found": found,
        "state": edition_badge(found, request.today),
        "levels": MATRIX_LEVELS,
        "duties": list(Duty),
        "lines": lines_shown,
        "changed": [(line.item.name, cell) for line in lines_shown for cell in line.cells if cell.changed],
        "may_write": is_draft and _reaches(request, "duties.draft", found.unit),
        "may_decide": is_draft and not mine and _reaches(request, "duties.approve", found.unit),
        "own_draft": is_draft and mine and may(request, "duties.approve"),
        "problem": problem,
        "trail": timeline(request, "duty_edition", found.pk),
        "crumbs": [
            *crumbs(_("系统"), (_("职责分工"), "platform:duties")),
            Crumb(found.unit.name, reverse("platform:duties") + f"?unit={found.unit_id}"),
            Crumb(found.valid_from.isoformat()),
        ],
    }
    return render(request, "platform/duty_edition.html", context, status=422 if problem else 200)

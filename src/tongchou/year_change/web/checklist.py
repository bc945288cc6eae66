"""年度切换: the years of an area, and the checklist of one (ORG-26)."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import second_factor
from tongchou.platform.permissions import permission
from tongchou.platform.web.access import PageRequest, may, page, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.staff import know
from tongchou.platform.web.trails import lines
from tongchou.year_change import commands, queries
from tongchou.year_change.models import YearChange
from tongchou.year_change.queries import ItemView
from tongchou.year_change.states import ItemState, YearState

VIEW: Final = "year_change.view"
_YEAR_TONES: Final = {YearState.PREPARING: Tone.HAND, YearState.RELEASED: Tone.DONE}
_ITEM_TONES: Final = {ItemState.OPEN: Tone.WAITING, ItemState.READY: Tone.DONE, ItemState.CONFIRMED: Tone.DONE}


def year_badge(state: str) -> Badge:
    """年度切换状态 as shown."""
    known = YearState(state)
    return Badge(str(known.label), _YEAR_TONES[known])


def item_badge(state: ItemState) -> Badge:
    """清单项状态 as shown."""
    return Badge(str(state.label), _ITEM_TONES[state])


@page(VIEW)
def years(request: PageRequest) -> HttpResponse:
    """Every year change of the area, and the year that may be opened."""
    found = queries.changes(own_area(request))
    known = {change.year for change in found}
    to_open = [year for year in (request.today.year + 1, request.today.year) if year not in known]
    context = {
        "changes": [(change, year_badge(change.state), len(commands.open_items(change))) for change in found],
        "to_open": to_open if may(request, commands.PREPARE) else [],
        "crumbs": crumbs(_("年度切换")),
    }
    return render(request, "year_change/years.html", context)


@page(commands.PREPARE, methods=("POST",))
def open_year(request: PageRequest) -> HttpResponse:
    """建立年度切换."""
    asked = request.POST.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else 0
    try:
        commands.open_change(pooling_area=own_area(request), year=year, operator=request.operator, now=request.now)
    except commands.OpenedAlready as refusal:
        messages.info(request, sentence_with_code(refusal))
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
        return redirect("year_change:years")
    return redirect("year_change:checklist", year)


@page(VIEW)
def checklist(request: PageRequest, year: int) -> HttpResponse:
    """The checklist: what is ready, what is open, whose it is, and the release."""
    return checklist_page(request, found(request, year))


@page(VIEW, methods=("POST",))
def look(request: PageRequest, year: int) -> HttpResponse:
    """重新核查."""
    change = found(request, year)
    return _done(
        request, change, lambda: commands.look_through(change_id=change.pk, operator=request.operator, now=request.now)
    )


@page(VIEW, methods=("POST",))
def confirm(request: PageRequest, year: int, item: str) -> HttpResponse:
    """人工确认 of an item."""
    change = found(request, year)
    return _done(
        request,
        change,
        lambda: commands.confirm(
            change_id=change.pk,
            item_code=item,
            note=request.POST.get("note", "")[:300],
            document=request.POST.get("document", "")[:200],
            operator=request.operator,
            now=request.now,
        ),
    )


@page(VIEW, methods=("POST",))
def withdraw(request: PageRequest, year: int, item: str) -> HttpResponse:
    """撤回确认."""
    change = found(request, year)
    return _done(
        request,
        change,
        lambda: commands.withdraw_confirmation(
            change_id=change.pk, item_code=item, operator=request.operator, now=request.now
        ),
    )


@page(VIEW, methods=("POST",))
def act(request: PageRequest, year: int, item: str) -> HttpResponse:
    """办理 of an item."""
    change = found(request, year)
    return _done(
        request,
        change,
        lambda: commands.act(change_id=change.pk, item_code=item, operator=request.operator, now=request.now),
    )


@page(commands.RELEASE, methods=("POST",))
def release(request: PageRequest, year: int) -> HttpResponse:
    """发布, with the code of the second factor."""
    change = found(request, year)
    code = request.POST.get("second_factor", "")
    try:
        commands.release(change_id=change.pk, code=code, operator=request.operator, now=request.now)
    except second_factor.REFUSALS as refusal:
        return checklist_page(request, change, factor_error=sentence_with_code(refusal), status=422)
    except DomainError as refusal:
        return checklist_page(request, found(request, year), refusal=refusal, status=422)
    messages.success(request, gettext("已发布。"))
    return redirect("year_change:checklist", year)


@page(commands.RELEASE, methods=("POST",))
def withdraw_release(request: PageRequest, year: int) -> HttpResponse:
    """撤回发布, with its reason."""
    change = found(request, year)
    reason = request.POST.get("reason", "")[:200]
    return _done(
        request,
        change,
        lambda: commands.withdraw_release(
            change_id=change.pk, reason=reason, operator=request.operator, now=request.now
        ),
    )


def found(request: PageRequest, year: int) -> YearChange:
    """The year change of the operator's area. Raises: Http404."""
    change = queries.change(own_area(request), year)
    if change is None:
        raise Http404
    return change


def _done(request: PageRequest, change: YearChange, step: Callable[[], object]) -> HttpResponse:
    """Take the step and show the list again; what it answers in words is told."""
    try:
        told = step()
    except DomainError as refusal:
        return checklist_page(request, found(request, change.year), refusal=refusal, status=422)
    messages.success(request, told if isinstance(told, str) else gettext("已办理。"))
    return redirect("year_change:checklist", change.year)


def checklist_page(
    request: PageRequest,
    change: YearChange,
    *,
    refusal: DomainError | None = None,
    factor_error: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one year change."""
    items, timeline = queries.checklist(change), lines(queries.history(change))
    know(request, (one.staff_code for one in timeline))
    preparing = change.state == YearState.PREPARING
    may_release = may(request, commands.RELEASE) and change.opened_by_id != request.operator.pk
    context = {
        "change": change,
        "state": year_badge(change.state),
        "rows": [_row(request, view, change) for view in items],
        "ready": sum(view.state != ItemState.OPEN for view in items),
        "all": len(items),
        "may_release": may_release and preparing,
        "may_withdraw": may(request, commands.RELEASE) and not preparing and request.today.year < change.year,
        "refusal": sentence_with_code(refusal) if refusal else "",
        "factor_error": factor_error,
        "timeline": timeline,
        "crumbs": crumbs((_("年度切换"), "year_change:years"), str(change.year)),
    }
    return render(request, "year_change/checklist.html", context, status=status)


def _row(request: PageRequest, view: ItemView, change: YearChange) -> dict[str, Any]:
    item, preparing = view.item, change.state == YearState.PREPARING
    own = platform.scope_of(request.operator, item.permission, request.today).covers_area(change.pooling_area_id)
    return {
        "view": view,
        "badge": item_badge(view.state),
        "owner": permission(item.permission).label,
        "address": item.address(change.year) if item.address and may(request, item.permission) else "",
        "may_act": preparing and own and item.action is not None and view.state != ItemState.READY,
        "may_confirm": preparing and own and not item.strict and view.state == ItemState.OPEN,
        "may_withdraw": preparing and own and view.confirmation is not None,
    }

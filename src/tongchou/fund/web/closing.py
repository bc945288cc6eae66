"""月结 (GX2017 §101; FIN-15): the months of a fund's books, what the next one still needs, and its closing."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.fund import closing
from tongchou.fund.states import CloseCheck, DocumentState, PeriodState
from tongchou.fund.web.books import SCHEMES, chosen_scheme
from tongchou.fund.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import first_of_month
from tongchou.platform.web.access import PageRequest, page, sentence_with_code
from tongchou.platform.web.areas import areas, chosen_area, may_in_whole_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

SHOWN: Final = 24
"""Months of the table: two years are more than is ever asked for here."""


@page("fund.view", whole_area=True)
def months(request: PageRequest) -> HttpResponse:
    """月结 of one fund: the month that is next, and the months before it."""
    return _shown(request, chosen_scheme(request))


@page(closing.CLOSE, methods=("POST",), whole_area=True)
def close(request: PageRequest, scheme: str, month: str) -> HttpResponse:
    """结账."""
    if scheme not in SCHEMES:
        raise Http404
    area = chosen_area(request)
    try:
        closed = closing.close_period(
            pooling_area=area.code, scheme=scheme, month=_month(month), operator=request.operator, now=request.now
        )
    except DomainError as refusal:
        return _shown(request, scheme, said=refusal)
    told = {"scheme": SCHEMES[scheme], "month": f"{closed.month:%Y-%m}"}
    messages.success(request, gettext("%(scheme)s %(month)s 已结账。") % told)
    return redirect(f"{reverse('fund:months')}?area={area.code}&scheme={scheme}")


def _month(text: str) -> date:
    """Raises: Http404."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None


def _shown(request: PageRequest, scheme: str, *, said: DomainError | None = None) -> HttpResponse:
    """The page; the checks are of the earliest month that is open, where it has ended."""
    area = chosen_area(request)
    period = closing.first_open(pooling_area=area.code, scheme=scheme)
    ended = period is not None and period.month < first_of_month(request.today)
    told = closing.checked(period, today=request.today) if period and ended else []
    waiting = closing.unclosed(pooling_area=area.code, before=request.today)
    context = {
        "area": area,
        "areas": areas(request) if len(request.scope.areas) > 1 else [area],
        "scheme": scheme,
        "tabs": [(key, label, waiting.get(key, 0)) for key, label in SCHEMES.items()],
        "period": period if ended else None,
        "running": period if period and not ended else None,
        "checks": [(one, _badge(one), _words(one), _way(one)) for one in told],
        "ready": all(one.holds for one in told),
        "unplaced": closing.unplaced(period) if period and ended else None,
        "months": [
            (one, _state(one.state)) for one in closing.months(pooling_area=area.code, scheme=scheme, newest=SHOWN)
        ],
        "may_close": may_in_whole_area(request, closing.CLOSE),
        "refusal": sentence_with_code(said) if said else "",
        "crumbs": crumbs(CHAPTER, _("月结")),
    }
    return render(request, "fund/months.html", context, status=422 if said else 200)


_STATES: Final[Mapping[PeriodState, Tone]] = {PeriodState.OPEN: Tone.HAND, PeriodState.CLOSED: Tone.DONE}


def _state(state: PeriodState) -> Badge:
    return Badge(state.label, _STATES[state])


def _badge(one: closing.Checked) -> Badge:
    return Badge(_("符合"), Tone.DONE) if one.holds else Badge(_("未完成"), Tone.WAITING)


def _words(one: closing.Checked) -> str:
    """What is missing, in the reader's language."""
    return gettext(one.words).format(**one.figures or {}) if one.words else ""


def _way(one: closing.Checked) -> str:
    """Where that is put right."""
    if one.holds or one.check != CloseCheck.REVIEWED:
        return ""
    return f"{reverse('fund:documents')}?state={DocumentState.PREPARED}"

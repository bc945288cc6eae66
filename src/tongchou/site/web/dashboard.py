"""工作台: the figures of today and of the month, each with its date and source, and the way to the rows behind it."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import queries as cases
from tongchou.encounters.states import CareKind
from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.paging import Total
from tongchou.platform.scope import Scope
from tongchou.platform.web import access, desks
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.charts import Chart, Series
from tongchou.settlement import queries
from tongchou.settlement.queries import Dashboard
from tongchou.settlement.states import Layer
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.lists import Line, complete
from tongchou.site.shell import first_chapter

RECENT: Final = 8
DAYS_OF_RECENT: Final = 2
BUSIEST: Final = 8
MOST_FIGURES: Final = 6
"""One row; whoever has cases waiting sees those first, and no count of persons, which would be one figure too many."""

LAYERS: Final = (
    (Layer.POOL, ("project_paid_fen", "pool_paid_fen")),
    (Layer.CATASTROPHIC, ("catastrophic_paid_fen",)),
    (Layer.SUPPLEMENTARY, ("supplementary_paid_fen", "large_amount_paid_fen")),
    (Layer.ASSISTANCE, ("assistance_paid_fen",)),
    (Layer.ACCOUNT, ("account_paid_fen",)),
    (Layer.CASH, ("cash_fen",)),
)
"""The six colours: what is rare counts with its neighbour."""


@page("")
def dashboard(request: PageRequest) -> HttpResponse:
    """工作台; whoever has no use for it gets the first chapter that is open to them."""
    if not access.may(request, "dashboard.view") or not access.may(request, "settlement.view"):
        return redirect(first_chapter(request))
    scope = platform.scope_of(request.operator, "settlement.view", request.today)
    inside = None if scope.areas else institutions.codes_inside(scope)
    found = queries.dashboard(scope=scope, on=request.today, institutions=inside)
    source = _source(found)
    waiting = _waiting(request)
    persons = None if waiting else _persons(request)
    context = {
        "desk": desks.waiting(request),
        "figures": [*waiting, *_figures(found, persons, request)][:MOST_FIGURES],
        "charts": _charts(found, source),
        "recent": _recent(request, scope, found),
        "source": source,
        "of_institutions": inside is not None,
    }
    return render(request, "site/dashboard.html", context)


def _waiting(request: PageRequest) -> list[dict[str, Any]]:
    """待我办理, with what is due soon and overdue; nothing for whom nothing waits (ORG-17)."""
    if not access.may(request, "cases.view"):
        return []
    load = cases.workload(request.operator, request.today)
    if not load.waiting:  # a house without cases may be without a calendar too
        return []
    soon = cases.due_soon_count(request.operator, platform.working_calendar(), request.today)
    note = gettext("临期 %(soon)s · 超期 %(over)s") % {"soon": soon, "over": load.overdue}
    return [_figure(_("待我办理(件)"), f"{load.waiting:,}", note, reverse("cases:cases"))]


def _persons(request: PageRequest) -> Total | None:
    """参保人数 inside the scope, where the operator may see persons."""
    if not access.may(request, "enrolment.view_person"):
        return None
    scope = platform.scope_of(request.operator, "enrolment.view_person", request.today)
    return enrolment.count_persons("", scope=scope, on=request.today)


def _recent(request: PageRequest, scope: Scope, found: Dashboard) -> Sequence[Line]:
    """The latest settlements of the last days that have any."""
    last_days = [day.settled_on for day in found.by_day[-DAYS_OF_RECENT:]]
    since = last_days[0] if last_days else request.today
    return complete(request, queries.settlements(scope=scope, since=since, size=RECENT).rows)


def _figures(found: Dashboard, persons: Total | None, request: PageRequest) -> list[dict[str, Any]]:
    settlements = reverse("settlement:settlements")
    today, month = request.today.isoformat(), found.on.strftime("%Y-%m")
    first = found.on.replace(day=1).isoformat()
    figures = [
        _figure(_("今日结算(笔)"), f"{found.today.settlements:,}", today, f"{settlements}?since={today}"),
        _figure(_("今日医疗费(元)"), _yuan(found.today.total_fen), today, f"{settlements}?since={today}"),
        _figure(_("今日基金支付(元)"), _yuan(found.today.fund_paid_fen), today, f"{settlements}?since={today}"),
        _figure(_("本月基金支付(元)"), _yuan(found.month.fund_paid_fen), month, f"{settlements}?since={first}"),
        _figure(_("本月实际报销比例"), _ratio(found), month, ""),
    ]
    if persons is not None:
        about = "" if persons.exact else gettext("约 ")
        figures.append(_figure(_("参保人"), f"{about}{persons.count:,}", today, reverse("enrolment:persons")))
    return figures


def _figure(label: Any, value: str, note: str, link: str) -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "link": link}


def _yuan(fen: int) -> str:
    return yuan_text(fen, grouped=True)


def _ratio(found: Dashboard) -> str:
    """实际报销比例 (BEN-39): what the funds paid of the whole charge."""
    total = found.month.total_fen
    return f"{found.month.fund_paid_fen * 1000 // total / 10}%" if total else "—"


def _charts(found: Dashboard, source: str) -> list[Chart]:
    settlements = reverse("settlement:settlements")
    yuan, hours = gettext("元"), found.by_hour
    days = found.by_day
    busiest = found.busiest[:BUSIEST]
    layers = [(layer, sum(found.layers[column] for column in columns)) for layer, columns in LAYERS]
    kinds = sorted(found.by_kind.items(), key=lambda pair: -pair[1])
    last_hour = max(hours, default=0)
    shown_hours = range(min(hours, default=0), last_hour + 1)
    return [
        Chart(
            "by-day",
            _("本月每日费用"),
            "stack",
            [day.settled_on.strftime("%m-%d") for day in days],
            [
                Series(gettext("基金支付"), [day.fund_paid_fen for day in days], "layer-pool"),
                Series(gettext("个人账户"), [day.account_paid_fen for day in days], "layer-account"),
                Series(gettext("现金"), [day.cash_fen for day in days], "layer-cash"),
            ],
            yuan,
            source,
            links=[f"{settlements}?since={day.settled_on}&until={day.settled_on}" for day in days],
            width="wide",
        ),
        Chart(
            "by-layer",
            _("本月谁付了多少"),
            "ring",
            [gettext(layer.label) for layer, _fen in layers] if any(fen for _layer, fen in layers) else [],
            [Series(gettext("金额"), [fen for _layer, fen in layers])],
            yuan,
            source,
            colours=[f"layer-{layer.value}" for layer, _fen in layers],
            width="narrow",
        ),
        Chart(
            "by-hour",
            _("今日分时结算"),
            "bars",
            [f"{hour:02d}" for hour in shown_hours] if hours else [],
            [Series(gettext("结算"), [hours.get(hour, 0) for hour in shown_hours], "layer-catastrophic")],
            gettext("笔"),
            gettext("来源:结算明细"),
            width="narrow",
        ),
        Chart(
            "by-kind",
            _("本月费用,按医疗类别"),
            "bars-lying",
            [gettext(CareKind(kind).label) for kind, _fen in kinds],
            [Series(gettext("医疗费总额"), [fen for _kind, fen in kinds], "layer-supplementary")],
            yuan,
            source,
            width="narrow",
        ),
        Chart(
            "busiest",
            _("本月费用最多的机构"),
            "bars-lying",
            [institution_name(code) for code, _fen in busiest],
            [Series(gettext("医疗费总额"), [fen for _code, fen in busiest], "layer-pool")],
            yuan,
            source,
            links=[reverse("institutions:institution", args=[code]) for code, _fen in busiest],
            width="narrow",
        ),
    ]


def _source(found: Dashboard) -> str:
    if found.rolled_at is None:
        return gettext("来源:结算明细,尚未汇总")
    at = timezone.localtime(found.rolled_at).strftime("%Y-%m-%d %H:%M")
    return gettext("来源:结算日汇总(%(at)s)与其后的结算明细") % {"at": at}

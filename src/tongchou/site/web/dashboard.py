"""工作台: the figures of today and of the month, each with its date and source, and the way to the rows behind it."""

from datetime import date
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.states import CareKind
from tongchou.kernel.money import yuan_text
from tongchou.platform.web import access
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.charts import Chart, Series
from tongchou.settlement import queries
from tongchou.settlement.queries import Dashboard
from tongchou.settlement.states import Layer
from tongchou.settlement.terms import institution_name
from tongchou.site.shell import first_chapter

LAYERS: Final = (
    (Layer.POOL, ("project_paid_fen", "pool_paid_fen"), "layer-pool"),
    (Layer.CATASTROPHIC, ("catastrophic_paid_fen",), "layer-catastrophic"),
    (Layer.SUPPLEMENTARY, ("supplementary_paid_fen", "large_amount_paid_fen"), "layer-supplementary"),
    (Layer.ASSISTANCE, ("assistance_paid_fen",), "layer-assistance"),
    (Layer.ACCOUNT, ("account_paid_fen",), "layer-account"),
    (Layer.CASH, ("cash_fen",), "layer-cash"),
)


@page("")
def dashboard(request: PageRequest) -> HttpResponse:
    """工作台; whoever has no use for it gets the first chapter that is open to them."""
    if not access.may(request, "dashboard.view"):
        return redirect(first_chapter(request))
    scope = queries_scope(request)
    found = queries.dashboard(scope=scope, on=request.today)
    source = _source(found)
    context = {
        "figures": _figures(found),
        "charts": _charts(found, source),
        "recent": queries.recent(scope=scope, on=request.today) if access.may(request, "settlement.view") else [],
        "source": source,
        "live": request.GET.get("live") != "off",
    }
    return render(request, "site/dashboard.html", context)


def queries_scope(request: PageRequest) -> Any:
    """Where the dashboard's figures reach: as far as settlements may be seen."""
    from tongchou.platform import queries as platform

    return platform.scope_of(request.operator, "settlement.view", request.today)


def _source(found: Dashboard) -> str:
    if found.rolled_at is None:
        return gettext("来源:结算明细,尚未汇总")
    at = timezone.localtime(found.rolled_at).strftime("%Y-%m-%d %H:%M")
    return gettext("来源:结算日汇总(%(at)s)与其后的结算明细") % {"at": at}

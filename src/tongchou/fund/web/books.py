"""基金看板、试算平衡表、明细账 (GX2017 §93–109): what is owed, what the books say, where each balance comes from."""

from datetime import date
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.fund import chart, queries
from tongchou.fund.queries import DueDay, DueLine, FundBoard
from tongchou.fund.states import AccountClass, FundCode
from tongchou.fund.web.colours import FUND_COLOURS
from tongchou.fund.web.places import CHAPTER
from tongchou.kernel.months import first_of_month
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.areas import areas, chosen_area
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs

SCHEMES: Final = {"resident": _("城乡居民"), "employee": _("职工")}


def chosen_scheme(request: PageRequest) -> str:
    """险种 of `?scheme=`, residents by default."""
    asked = request.GET.get("scheme", "")
    return asked if asked in SCHEMES else "resident"


def chosen_month(request: PageRequest) -> date:
    """The first day of the month `?month=2018-04`, this month by default (月份)."""
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return first_of_month(request.today)


@page("fund.view", whole_area=True)
def board(request: PageRequest) -> HttpResponse:
    """基金看板: what each fund owes this month, by day, and income and expense of the books."""
    area = chosen_area(request)
    found = queries.board(pooling_area=area.code, schemes=tuple(SCHEMES), on=chosen_month(request))
    source = _source(found)
    context = {
        "area": area,
        "areas": areas(request) if len(request.scope.areas) > 1 else [area],
        "month": found.month,
        "figures": [_figure(line) for line in found.owed_this_month],
        "owed_fen": sum(line.amount_fen for line in found.owed_this_month),
        "charts": [_by_day(found.owed_by_day, source), _by_fund(found.owed_this_month, source)],
        "statements": [(scheme, SCHEMES[scheme], figures) for scheme, figures in found.figures.items() if figures],
        "source": source,
        "crumbs": crumbs(_("基金"), _("看板")),
    }
    return render(request, "fund/board.html", context)


@page("fund.view", whole_area=True)
def trial_balance(request: PageRequest) -> HttpResponse:
    """试算平衡表 (GX2017 §101)."""
    area, scheme, month = chosen_area(request), chosen_scheme(request), chosen_month(request)
    found = queries.trial_balance(pooling_area=area.code, scheme=scheme, month=month)
    context = {
        "area": area,
        "scheme": scheme,
        "schemes": SCHEMES.items(),
        "month": month,
        "lines": [(line, AccountClass(line.account_class).label) for line in found],
        "debit_fen": sum(line.debit_fen for line in found),
        "credit_fen": sum(line.credit_fen for line in found),
        "opening_fen": sum(line.opening_fen for line in found),
        "closing_fen": sum(line.closing_fen for line in found),
        "periods": queries.periods(pooling_area=area.code, scheme=scheme),
        "crumbs": crumbs(CHAPTER, _("试算平衡表")),
    }
    return render(request, "fund/trial_balance.html", context)


@page("fund.view", whole_area=True)
def ledger(request: PageRequest, account: str) -> HttpResponse:
    """明细账 (GX2017 §101): the entries of one account in a month, with the balance after each."""
    area, scheme, month = chosen_area(request), chosen_scheme(request), chosen_month(request)
    if not account.isdecimal():
        raise Http404
    until = _next_month(month)
    lines = queries.subsidiary_ledger(pooling_area=area.code, scheme=scheme, account=account, start=month, until=until)
    names = {subject.code: subject.name for subject in chart.subjects(scheme)}
    names |= {
        line.code: line.name for line in queries.trial_balance(pooling_area=area.code, scheme=scheme, month=month)
    }
    if account not in names:
        raise Http404
    context = {
        "area": area,
        "scheme": scheme,
        "scheme_label": SCHEMES[scheme],
        "month": month,
        "account": account,
        "name": names.get(account, ""),
        "lines": lines,
        "crumbs": crumbs(CHAPTER, (_("试算平衡表"), "fund:trial_balance"), account),
    }
    return render(request, "fund/ledger.html", context)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _source(found: FundBoard) -> str:
    if found.rolled_at is None:
        return gettext("来源:应付定点机构明细账,尚未汇总")
    at = timezone.localtime(found.rolled_at).strftime("%Y-%m-%d %H:%M")
    return gettext("来源:应付定点机构明细账,汇总至 %(at)s") % {"at": at}


def _figure(line: DueLine) -> dict[str, object]:
    count = gettext("%(count)s 笔结算") % {"count": f"{line.settlements:,}"}
    return {"label": FundCode(line.fund_code).label, "fen": line.amount_fen, "note": count}


def _by_day(days: tuple[DueDay, ...], source: str) -> Chart:
    """应付 by day and fund, as a stack."""
    dates = sorted({one.settled_on for one in days})
    funds = [fund for fund in FundCode if any(one.fund_code == fund for one in days)]
    owed = {(one.settled_on, one.fund_code): one.amount_fen for one in days}
    return Chart(
        key="owed-by-day",
        title=_("应付定点机构,按日"),
        kind="stack",
        labels=[day.strftime("%m-%d") for day in dates],
        series=[
            Series(gettext(fund.label), [owed.get((day, fund), 0) for day in dates], FUND_COLOURS[fund])
            for fund in funds
        ],
        unit=gettext("元"),
        source=source,
        links=[f"{reverse('settlement:settlements')}?since={day}&until={day}" for day in dates],
        width="wide",
    )


def _by_fund(lines: tuple[DueLine, ...], source: str) -> Chart:
    return Chart(
        key="owed-by-fund",
        title=_("应付定点机构,按基金"),
        kind="ring",
        labels=[gettext(FundCode(line.fund_code).label) for line in lines],
        series=[Series(gettext("应付"), [line.amount_fen for line in lines])],
        unit=gettext("元"),
        source=source,
        colours=[FUND_COLOURS[FundCode(line.fund_code)] for line in lines],
        width="narrow",
    )

"""应缴: who owes a year, who has no mandate, who paid last year and not this one (CON-02, CON-25; ENR-07)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import queries, receivables
from tongchou.contributions.models import Contribution, DebitMandate, Receivable
from tongchou.contributions.progress import UnitProgress, opened_years, progress
from tongchou.contributions.states import OPEN_RECEIVABLES, MandateState, ReceivableState
from tongchou.contributions.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs

_TONES: Final = {
    ReceivableState.DUE: Tone.WAITING,
    ReceivableState.SENT: Tone.HAND,
    ReceivableState.PAID: Tone.DONE,
    ReceivableState.FAILED: Tone.BAD,
    ReceivableState.VOID: Tone.RESTING,
}
NO_MANDATE, REMIND = "no_mandate", "remind"
SHOWN_DAYS: Final = 60


def receivable_badge(state: str) -> Badge:
    """应缴状态 as shown."""
    known = ReceivableState(state)
    return Badge(str(known.label), _TONES[known])


class ReceivableFilter(lists.FilterForm):
    year = lists.words(_("保险年度"), longest=4)
    state = lists.choice(_("状态"), ReceivableState.choices)
    only = lists.choice(_("名单"), [(NO_MANDATE, _("无协议")), (REMIND, _("续保提醒"))])
    unit = lists.words(_("参保单位"), longest=12)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = Receivable.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("person")
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if unit := criteria.get("unit"):
        found = found.filter(unit_code__startswith=unit)
    if criteria.get("only") == NO_MANDATE:
        found = _without_mandate(found)
    if criteria.get("only") == REMIND:
        found = _paid_last_year(found)
    return lists.Table(found)


def _without_mandate(found: QuerySet[Receivable]) -> QuerySet[Receivable]:
    """Whoever owes and has no mandate in force, alone or with the household (ENR-07)."""
    active = DebitMandate.objects.filter(state=MandateState.ACTIVE)
    return found.filter(
        ~Exists(active.filter(person=OuterRef("person_id"))),
        Q(person__household=None) | ~Exists(active.filter(household=OuterRef("person__household_id"))),
        state__in=OPEN_RECEIVABLES,
    )


def _paid_last_year(found: QuerySet[Receivable]) -> QuerySet[Receivable]:
    """续保提醒 (CON-25): paid last year, not this one."""
    before = Contribution.objects.filter(
        person=OuterRef("person_id"), benefit_year=OuterRef("benefit_year") - 1, voided_at=None
    )
    return found.filter(Exists(before), ~Q(state__in=("paid", "void")))


def _defaults(request: PageRequest) -> Mapping[str, str]:
    years = opened_years(request.scope)
    return {"year": str(years[0])} if years else {}


RECEIVABLES: Final = lists.List(
    name="receivables",
    title=_("应缴"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("证件号码"), lambda row: row.person.certificate_no, "certificate"),
        lists.Column(_("参保单位"), "unit_code", "unit"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("应缴金额(元)"), "amount_fen", "money"),
        lists.Column(_("原因"), lambda row: queries.reason_of(row), "choice"),
        lists.Column(_("状态"), lambda row: receivable_badge(row.state), "state"),
    ),
    read=_read,
    orders={"unit": ("unit_code", "id")},
    form=ReceivableFilter,
    defaults=_defaults,
    link=lambda row: reverse("contributions:owed_by", args=[row.person.person_no]),
    template="contributions/receivables.html",
    empty=_("没有符合条件的应缴。"),
    next_step=_("缴费期开始后,在“缴费标准”页生成应缴。"),
)


@page("contributions.view")
def owed(request: PageRequest) -> HttpResponse:
    """应缴 inside the scope."""
    return RECEIVABLES.respond(request, crumbs=crumbs(CHAPTER, _("应缴")))


@page("contributions.set_rates", methods=("POST",))
def open_year(request: PageRequest) -> HttpResponse:
    """生成应缴: everybody enrolled owes the year."""
    asked = request.POST.get("year", "")
    area = own_area(request)
    if asked.isdecimal() and area:
        year = int(asked)
        try:
            receivables.open_year(
                pooling_area=area,
                benefit_year=year,
                opens_on=queries.window_opens_on(area, year, request.today),
                operator=request.operator,
                now=request.now,
            )
        except DomainError as refusal:
            messages.error(request, sentence_with_code(refusal))
        else:
            messages.success(request, gettext("已生成应缴。"))
    return redirect("contributions:owed")


# --- progress -------------------------------------------------------------------------------------------------------


@page("contributions.view")
def board(request: PageRequest) -> HttpResponse:
    """征缴进度 (CON-25): by village, by day, and what is left."""
    years = opened_years(request.scope)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else (years[0] if years else request.today.year)
    found = progress(request.scope, year)
    units = sorted(found.by_unit.values(), key=lambda one: one.unit_code)
    names = platform.unit_names_of({one.unit_code for one in units})
    owing, paid = sum(one.owing for one in units), sum(one.paid for one in units)
    source = _source(found.counted_at)
    context = {
        "years": years,
        "year": year,
        "figures": _figures(units, owing, paid, year),
        "charts": [_by_day(found.by_day, source), _by_unit(units, names, source)],
        "lines": [(one, names.get(one.unit_code, one.unit_code), _rate(one.paid, one.owing)) for one in units[:200]],
        "more": max(0, len(units) - 200),
        "source": source,
        "crumbs": crumbs(CHAPTER, _("征缴进度")),
    }
    return render(request, "contributions/progress.html", context)


def _figures(units: list[UnitProgress], owing: int, paid: int, year: int) -> list[dict[str, Any]]:
    listed = reverse("contributions:owed")
    failed = sum(one.failed for one in units)
    told = (
        (_("应缴人数"), f"{owing:,}", "", f"{listed}?year={year}"),
        (_("已缴人数"), f"{paid:,}", _rate(paid, owing), f"{listed}?year={year}&state=paid"),
        (_("其中受资助"), f"{sum(one.aided for one in units):,}", "", ""),
        (_("已发盘"), f"{sum(one.sent for one in units):,}", "", f"{listed}?year={year}&state=sent"),
        (_("扣款失败"), f"{failed:,}", "", f"{listed}?year={year}&state=failed"),
        (_("续保提醒"), gettext("名单"), gettext("去年已缴、今年未缴"), f"{listed}?year={year}&only={REMIND}"),
    )
    return [{"label": label, "value": value, "note": note, "link": link} for label, value, note, link in told]


def _rate(part: int, whole: int) -> str:
    """As a percentage with one decimal; whole numbers only until it is written."""
    if not whole:
        return "—"
    tenths = (part * 1000 + whole // 2) // whole
    return f"{tenths // 10}.{tenths % 10}%"


def _source(at: Any) -> str:
    if at is None:
        return gettext("来源:应缴台账,尚未汇总")
    return gettext("来源:应缴台账,汇总至 %(at)s") % {"at": timezone.localtime(at).strftime("%Y-%m-%d %H:%M")}


def _by_day(days: list[tuple[date, int, int]], source: str) -> Chart:
    shown = days[-SHOWN_DAYS:]
    return Chart(
        key="paid-by-day",
        title=_("每日缴费人数"),
        kind="bars",
        labels=[on.isoformat()[5:] for on, _persons, _fen in shown],
        series=[Series(_("缴费人数"), [persons for _on, persons, _fen in shown], "layer-pool")],
        unit=_("人"),
        source=source,
    )


def _by_unit(units: list[UnitProgress], names: dict[str, str], source: str) -> Chart:
    """The places with most people still to pay."""
    worst = sorted(units, key=lambda one: one.paid - one.owing)[:12]
    return Chart(
        key="left-by-unit",
        title=_("未缴人数最多的单位"),
        kind="bars-lying",
        labels=[names.get(one.unit_code, one.unit_code) for one in worst],
        series=[Series(_("未缴人数"), [one.owing - one.paid for one in worst], "layer-cash")],
        unit=_("人"),
        source=source,
    )

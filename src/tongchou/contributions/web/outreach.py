"""应保尽保: from the county down to the names of a village, day by day in the collection (ENR-32)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.outreach import commands, queries
from tongchou.contributions.outreach.models import CampaignTask, CoverageName, PopulationFigure
from tongchou.contributions.outreach.queries import Figures
from tongchou.contributions.outreach.states import Gap, Outcome, TaskState
from tongchou.contributions.web.papers import printed
from tongchou.kernel.errors import DomainError
from tongchou.platform import paging
from tongchou.platform import queries as platform
from tongchou.platform.states import UnitLevel
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import
from tongchou.platform.web.paper import SMALL, WIDTH, grid, paragraph

SHOWN_DAYS: Final = 120
MOST_PRINTED: Final = 2_000
_TONES: Final = {Gap.NEVER: Tone.WAITING, Gap.DROPPED: Tone.BAD, Gap.JOINED: Tone.DONE}


class TooManyToPrint(DomainError):
    code = "EN-5112"
    message = "名单有{count}人,一次最多打印{most}人,请到村(社区)或分类打印"


def gap_badge(gap: str) -> Badge:
    """名单类别 as shown."""
    known = Gap(gap)
    return Badge(str(known.label), _TONES[known])


# --- the board ------------------------------------------------------------------------------------------------------


@page("contributions.view")
def board(request: PageRequest) -> HttpResponse:
    """参保覆盖 of a place: its figures, how they grew, the places below it."""
    years = queries.years(request.scope, request.today)
    year = _year(request, years)
    unit = _place(request)
    days = queries.days_of(unit.code, year)
    day, figures = days[-1] if days else (request.today, Figures())
    below = platform.units_in(request.scope, parent=unit.code)
    found = queries.figures_of([one.code for one in below], year, day)
    source = _source(queries.counted_at(unit.code, year))
    lines = [(one, found[one.code], _address(one, year)) for one in below if one.code in found]
    context = {
        "unit": unit,
        "year": year,
        "years": years,
        "day": day,
        "figures": _cards(unit, year, figures, request.today),
        "charts": [_by_day(days, source)] + ([_worst(lines, source)] if lines else []),
        "lines": lines,
        "total": figures,
        "above": [
            one for one in platform.units_above(unit.code) if request.scope.covers(one.path) and one.code != unit.code
        ],
        "source": source,
        "may_outreach": may(request, commands.OUTREACH),
        "may_see_persons": may(request, "enrolment.view_person"),
        "crumbs": crumbs((_("缴费"), "contributions:payments"), _("应保尽保")),
    }
    return render(request, "contributions/outreach.html", context)


def _year(request: PageRequest, years: Sequence[int]) -> int:
    asked = request.GET.get("year", "")
    if asked.isdecimal() and int(asked) in years:
        return int(asked)
    return years[0] if years else request.today.year


def _place(request: PageRequest) -> Any:
    """The place asked for, else the operator's own; inside the scope. Raises: Http404, OutOfScope."""
    code = request.GET.get("unit", "") or request.operator.org_unit_id
    unit = platform.unit(code)
    if unit is None:
        raise Http404
    if request.GET.get("unit") or request.scope.covers(unit.path):
        check_unit(request, code, kind="org_unit", key=code)
        return unit
    tops = platform.units_in(request.scope)
    if not tops:
        raise Http404
    return tops[0]


def _address(unit: Any, year: int) -> str:
    """Down to the next board, or to the names where there is nothing below."""
    down = unit.level in (UnitLevel.PROVINCE, UnitLevel.CITY, UnitLevel.COUNTY, UnitLevel.TOWN)
    where = reverse("contributions:outreach" if down else "contributions:outreach_names")
    return f"{where}?unit={unit.code}&year={year}"


def _cards(unit: Any, year: int, figures: Figures, today: date) -> list[dict[str, Any]]:
    listed = f"{reverse('contributions:outreach_names')}?unit={unit.code}&year={year}"
    unnamed = gettext("另有%(n)s人未登记") % {"n": f"{figures.unnamed:,}"} if figures.unnamed else ""
    dropped = gettext("上年参保、今年未参保") if year <= today.year else gettext("本年参保、尚未续缴")
    told = (
        (_("人口基数"), f"{figures.residents:,}", "", f"{reverse('contributions:population')}?year={year}"),
        (_("参保人数"), f"{figures.insured:,}", gettext("其中职工%(n)s") % {"n": f"{figures.employed:,}"}, ""),
        (_("参保率"), figures.rate, "", ""),
        (_("未参保"), f"{figures.uninsured:,}", unnamed, listed),
        (_("其中断保"), f"{figures.dropped:,}", dropped, f"{listed}&gap=dropped"),
        (_("新参保"), f"{figures.joined:,}", "", f"{listed}&gap=joined"),
    )
    return [{"label": label, "value": value, "note": note, "link": link} for label, value, note, link in told]


def _source(at: Any) -> str:
    if at is None:
        return gettext("尚未汇总,每晚汇总一次")
    return gettext("来源:参保登记、缴费,汇总至 %(at)s") % {"at": timezone.localtime(at).strftime("%Y-%m-%d %H:%M")}


def _by_day(days: Sequence[tuple[date, Figures]], source: str) -> Chart:
    shown = days[-SHOWN_DAYS:]
    return Chart(
        key="insured-by-day",
        title=_("每日参保人数"),
        kind="line",
        labels=[day.isoformat()[5:] for day, _figures in shown],
        series=[
            Series(_("参保人数"), [one.insured for _day, one in shown], "layer-pool"),
            Series(_("人口基数"), [one.residents for _day, one in shown], "layer-cash"),
        ],
        unit=_("人"),
        source=source,
    )


def _worst(lines: Sequence[tuple[Any, Figures, str]], source: str) -> Chart:
    """Where most people are without insurance."""
    worst = sorted(lines, key=lambda line: (-line[1].uninsured, line[0].code))[:12]
    return Chart(
        key="uninsured-by-place",
        title=_("未参保人数最多的单位"),
        kind="bars-lying",
        labels=[unit.name for unit, _figures, _link in worst],
        series=[
            Series(_("未参保"), [one.uninsured for _unit, one, _link in worst], "layer-cash"),
            Series(_("其中断保"), [one.dropped for _unit, one, _link in worst], "layer-serious"),
        ],
        unit=_("人"),
        source=source,
        links=[link for _unit, _figures, link in worst],
    )


# --- the names ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A name, whether paid since the count, and the latest visit."""

    row: Any
    task: CampaignTask | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def visit(self) -> str:
        if self.row.paid and self.row.gap != Gap.JOINED:
            return gettext("已缴费,今晚汇总后移出")
        if self.task is None:
            return ""
        if self.task.state == TaskState.OPEN:
            return str(TaskState.OPEN.label)
        return str(Outcome(self.task.outcome).label)


@dataclass(frozen=True, slots=True)
class Names:
    """The rows of the list; their total is counted without what one page shows of each."""

    found: QuerySet[CoverageName]

    def slice(self, order: Sequence[str], at: str, size: int) -> paging.Slice:
        return paging.read_slice(queries.told(self.found), order=order, at=at, size=size)

    def total(self) -> paging.Total | None:
        return paging.total_of(self.found)


class NameFilter(lists.FilterForm):
    year = lists.words(_("保险年度"), longest=4)
    gap = lists.choice(_("类别"), Gap.choices)
    unit = lists.words(_("机构代码"), longest=12)


def _names(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    year = str(criteria.get("year", ""))
    return Names(
        queries.names(
            request.scope,
            year=int(year) if year.isdecimal() else request.today.year,
            unit_code=criteria.get("unit", ""),
            gap=criteria.get("gap", ""),
        )
    )


def _complete(request: PageRequest, rows: Sequence[CoverageName]) -> Sequence[Line]:
    tasks = queries.last_tasks([row.person_id for row in rows], rows[0].benefit_year) if rows else {}
    return [Line(row, tasks.get(row.person_id)) for row in rows]


def _defaults(request: PageRequest) -> Mapping[str, str]:
    years = queries.years(request.scope, request.today)
    return {"year": str(years[0])} if years else {}


NAMES: Final = lists.List(
    name="coverage_names",
    title=_("参保覆盖名单"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("证件号码"), lambda row: row.person.certificate_no, "certificate"),
        lists.Column(_("出生日期"), lambda row: row.person.born_on, "day"),
        lists.Column(_("村(社区)"), "unit_name"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("走访"), "visit", "choice"),
        lists.Column(_("类别"), lambda row: gap_badge(row.gap), "state"),
    ),
    read=_names,
    complete=_complete,
    orders={"place": ("id",)},
    form=NameFilter,
    defaults=_defaults,
    link=lambda row: reverse("enrolment:person", args=[row.person.person_no]),
    template="contributions/outreach_names.html",
    empty=_("没有符合条件的人员。"),
    next_step=_("名单每晚汇总;人口基数大于登记人数的,差额在“应保尽保”页显示。"),
)


@page("contributions.view")
def names(request: PageRequest) -> HttpResponse:
    """Who is not insured, has dropped out, is new; from here the tasks are made."""
    unit = platform.unit(request.GET.get("unit", ""))
    return NAMES.respond(
        request,
        unit=unit,
        may_make=may(request, commands.OUTREACH),
        crumbs=crumbs((_("应保尽保"), "contributions:outreach"), _("参保覆盖名单")),
    )


@page("contributions.view")
def names_paper(request: PageRequest) -> HttpResponse:
    """The list of a place on paper, with room for what the visit found. Raises: TooManyToPrint."""
    unit = _place(request)
    year, gap = _year(request, queries.years(request.scope, request.today)), request.GET.get("gap", "")
    found = queries.names(request.scope, year=year, unit_code=unit.code, gap=gap)
    rows: list[Any] = list(queries.told(found).order_by("id")[: MOST_PRINTED + 1])
    if (count := len(rows)) > MOST_PRINTED:
        raise TooManyToPrint(count=found.count(), most=MOST_PRINTED)
    heads = ("序号", "姓名", "证件号码", "出生日期", "村(社区)", "类别", "走访结果", "签名")
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [
            paragraph(cell, SMALL)
            for cell in (
                at,
                row.person.name,
                masks.certificate(row.person.certificate_no),
                row.person.born_on.isoformat(),
                row.unit_name,
                Gap(row.gap).label,
                "",
                "",
            )
        ]
        for at, row in enumerate(rows, 1)
    ]
    body: list[Flowable] = [
        paragraph(f"{unit.name}  {year}年度  共{count}人"),
        Spacer(WIDTH, 4),
        grid(lines, (0.06, 0.1, 0.21, 0.12, 0.17, 0.09, 0.14, 0.11), heads=1),
    ]
    return printed(
        request,
        title="参保覆盖名单",
        number=f"{unit.code}-{year}",
        unit_code=unit.code,
        says=[gap, count],
        body=body,
        object_kind="coverage_names",
    )


# --- population -----------------------------------------------------------------------------------------------------


class PopulationFilter(lists.FilterForm):
    year = lists.words(_("年度"), longest=4)


def _populations(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    year = str(criteria.get("year", ""))
    return lists.Table(queries.populations(request.scope, int(year) if year.isdecimal() else request.today.year))


@dataclass(frozen=True, slots=True)
class Place:
    """A figure with the name of its village."""

    row: PopulationFigure
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _placed(request: PageRequest, rows: Sequence[PopulationFigure]) -> Sequence[Place]:
    known = platform.unit_names_of({row.unit_code for row in rows})
    return [Place(row, known.get(row.unit_code, row.unit_code)) for row in rows]


POPULATION: Final = lists.List(
    name="population",
    title=_("人口基数"),
    columns=(
        lists.Column(_("村(社区)"), "unit_name"),
        lists.Column(_("机构代码"), "unit_code", "code"),
        lists.Column(_("年度"), "year"),
        lists.Column(_("人口数"), "residents", "number"),
        lists.Column(_("数据来源"), "source"),
        lists.Column(_("数据日期"), "as_of", "day"),
        lists.Column(_("登记时间"), "recorded_at", "moment"),
    ),
    read=_populations,
    complete=_placed,
    orders={"unit": ("unit_code", "id")},
    form=PopulationFilter,
    defaults=lambda request: {"year": str(request.today.year)},
    template="contributions/population.html",
    empty=_("没有登记人口基数。"),
    next_step=_("没有登记的村(社区),以在本系统登记的人数为基数。"),
)


class PopulationForm(forms.Form):
    """登记人口基数."""

    unit = lists.words(_("村(社区)代码"), longest=12)
    year = forms.IntegerField(
        label=_("年度"), min_value=2003, max_value=2199, widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    residents = forms.IntegerField(
        label=_("人口数"),
        min_value=1,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    source = lists.words(_("数据来源"), longest=100)
    as_of = lists.day(_("数据日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for name in ("unit", "source", "as_of"):
            self.fields[name].required = True


@page("contributions.view")
def population(request: PageRequest) -> HttpResponse:
    """人口基数 in use."""
    return POPULATION.respond(
        request,
        may_make=may(request, commands.OUTREACH),
        may_import=may_import(request, "population"),
        crumbs=crumbs((_("应保尽保"), "contributions:outreach"), _("人口基数")),
    )


@page(commands.OUTREACH, methods=("GET", "POST"))
def add_population(request: PageRequest) -> HttpResponse:
    """登记人口基数."""
    form = PopulationForm(request.POST or None, initial={"year": request.today.year, "unit": request.GET.get("unit")})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "unit"):
            made = commands.record_population(
                unit_code=told["unit"].strip(),
                year=told["year"],
                residents=told["residents"],
                source=told["source"],
                as_of=told["as_of"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("人口基数已登记,今晚汇总后计入参保率。"))
            return redirect(f"{reverse('contributions:population')}?year={made.year}")
    context = {
        "form": form,
        "crumbs": [
            *crumbs((_("应保尽保"), "contributions:outreach"), (_("人口基数"), "contributions:population")),
            Crumb(gettext("登记")),
        ],
    }
    return render(request, "contributions/population_form.html", context, status=422 if form.errors else 200)


def fresh_request_id(request: PageRequest) -> str:
    """The number that makes a repeated form do nothing twice."""
    return request.POST.get("request_id", "")[:64] or uuid.uuid4().hex

"""资助参保: the table of the year, the lists for departments, progress by group, what does not fit (CON-15…CON-17)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.aid import arrivals, commands, return_case, review
from tongchou.contributions.aid.commands import Aid
from tongchou.contributions.aid.models import AidItem, AidList, AidPlan
from tongchou.contributions.aid.states import AidDifference, AidItemState, AidListState, AidMode
from tongchou.contributions.mandates import masked
from tongchou.contributions.models import PendingAmount
from tongchou.contributions.progress import opened_years
from tongchou.contributions.reconciling import RECONCILE
from tongchou.contributions.web.papers import printed
from tongchou.contributions.web.places import CHAPTER
from tongchou.enrolment.states import Department, SpecialCategory
from tongchou.exchange import queries as exchange
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import SMALL, SMALL_AMOUNT, WIDTH, grid, paragraph

_TONES: Final = {
    AidItemState.WAITING: Tone.WAITING,
    AidItemState.ARRIVED: Tone.HAND,
    AidItemState.USED: Tone.DONE,
    AidItemState.REFUSED: Tone.RESTING,
    AidItemState.RETURN: Tone.BAD,
}
_LIST_TONES: Final = {
    AidListState.MADE: Tone.WAITING,
    AidListState.NOTIFIED: Tone.HAND,
    AidListState.CONFIRMED: Tone.DONE,
}
_COLOURS: Final = {
    AidItemState.WAITING: "layer-cash",
    AidItemState.ARRIVED: "layer-supplementary",
    AidItemState.USED: "layer-pool",
    AidItemState.REFUSED: "layer-account",
    AidItemState.RETURN: "layer-assistance",
}


MOST_LISTS: Final = 50


def item_badge(state: str) -> Badge:
    """资助状态 as shown."""
    known = AidItemState(state)
    return Badge(str(known.label), _TONES[known])


def list_badge(state: str) -> Badge:
    """资助名册状态 as shown."""
    known = AidListState(state)
    return Badge(str(known.label), _LIST_TONES[known])


# --- the year -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list as the board shows it: of the whole area, or as much of it as concerns the reader's persons (fen)."""

    number: str
    department: str
    state: Badge
    rows: int
    amount_fen: int
    arrived_fen: int
    notified_on: date | None
    link: str
    """Empty where the reader may not open the list, for it names others too."""


_ARRIVED: Final = frozenset({AidItemState.ARRIVED, AidItemState.USED, AidItemState.RETURN})


def _whole_lists(plan: AidPlan) -> list[ListLine]:
    """资助名册 of the year, the newest first."""
    found = AidList.objects.filter(plan=plan).order_by("-id")[:MOST_LISTS]
    return [_line(one, one.rows, one.amount_fen, one.arrived_fen, opens=True) for one in found]


def _parts_of_lists(plan: AidPlan, counted: list[dict[str, Any]]) -> list[ListLine]:
    """The lists that name persons inside the scope, with as much of them as concerns those (decision 0402)."""
    lines = []
    for one in AidList.objects.filter(plan=plan).order_by("-id")[:MOST_LISTS]:
        ours = [row for row in counted if row["list"] == one.pk]
        arrived = sum(row["fen"] for row in ours if row["state"] in _ARRIVED)
        if ours:
            rows, fen = sum(row["rows"] for row in ours), sum(row["fen"] for row in ours)
            lines.append(_line(one, rows, fen, arrived, opens=False))
    return lines


def _line(one: AidList, rows: int, amount_fen: int, arrived_fen: int, *, opens: bool) -> ListLine:
    return ListLine(
        number=one.number,
        department=Department(one.department).label,
        state=list_badge(one.state),
        rows=rows,
        amount_fen=amount_fen,
        arrived_fen=arrived_fen,
        notified_on=one.notified_on,
        link=reverse("contributions:aid_list", args=[one.number]) if opens else "",
    )


@page("contributions.view")
def board(request: PageRequest) -> HttpResponse:
    """资助进度 (CON-15): by group where the money is, and the lists of the departments."""
    area, years = own_area(request), opened_years(request.scope)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() else (years[0] if years else request.today.year + 1)
    plan = AidPlan.objects.filter(pooling_area_id=area, benefit_year=year).first()
    items = _items(request).filter(plan=plan)
    counted = []
    if plan is not None:
        counted = list(items.values("list", "category", "state").annotate(rows=Count("id"), fen=Sum("amount_fen")))
    is_whole = request.scope.covers_area(area)
    source = gettext("来源:资助名册,%(year)s年度") % {"year": year}
    listed = f"{reverse('contributions:aid_items')}?year={year}"
    states = [(state, [row for row in counted if row["state"] == state]) for state in AidItemState]
    context = {
        "year": year,
        "years": sorted({*years, year}, reverse=True),
        "plan": plan,
        "mode": AidMode(plan.mode).label if plan else "",
        "rules": [
            (SpecialCategory(one.category).label, Department(one.department).label, one)
            for one in (plan.rules.order_by("id") if plan else ())
        ],
        "lists": (_whole_lists(plan) if is_whole else _parts_of_lists(plan, counted)) if plan else [],
        "is_whole": is_whole,
        "keeper": "" if is_whole else platform.unit_name(area, request.today),
        "figures": [
            {
                "label": state.label,
                "value": f"{sum(row['rows'] for row in rows):,}",
                "note": gettext("%(amount)s 元") % {"amount": yuan_text(sum(row["fen"] for row in rows), grouped=True)},
                "link": f"{listed}&state={state.value}",
            }
            for state, rows in states
        ]
        if plan
        else [],
        "charts": [_by_group(counted, source)] if counted else [],
        "may_set": is_whole and may(request, commands.SET),
        "may_list": is_whole and may(request, commands.LIST) and plan is not None,
        "crumbs": crumbs(CHAPTER, _("资助参保")),
    }
    return render(request, "contributions/aid_board.html", context)


def _items(request: PageRequest) -> QuerySet[AidItem]:
    return AidItem.objects.filter(request.scope.q("unit_code", "list__pooling_area"))


def _by_group(counted: list[dict[str, Any]], source: str) -> Chart:
    groups = [one for one in SpecialCategory if any(row["category"] == one for row in counted)]
    held: Counter[tuple[str, str]] = Counter()
    for row in counted:
        held[row["category"], row["state"]] += row["rows"]
    return Chart(
        key="aid-by-group",
        title=_("各类人员资助进度"),
        kind="stack",
        labels=[gettext(str(one.label)) for one in groups],
        series=[
            Series(state.label, [held[group.value, state.value] for group in groups], _COLOURS[state])
            for state in AidItemState
        ],
        unit=_("人"),
        source=source,
        width="wide",
    )


class PlanForm(forms.Form):
    """资助办法: one line for each group; an empty amount with 全额 ticked is full aid."""

    year = forms.IntegerField(
        label=_("保险年度"), min_value=2000, max_value=2199, widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    mode = forms.ChoiceField(
        label=_("资助方式"), choices=AidMode.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    ref_date = lists.day(_("认定基准日(不填为上年12月31日)"))
    income_account = forms.ChoiceField(
        label=_("到账科目"),
        choices=[("4501", _("4501 其他收入")), ("4001", _("4001 社会保险费收入"))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    source = lists.words(_("文件依据"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["source"].required = True
        departments = [("", "—"), *Department.choices]
        for group in SpecialCategory:
            self.fields[f"aid_{group.value}"] = forms.ChoiceField(
                required=False,
                choices=[("", _("不资助")), ("full", _("全额")), ("part", _("定额"))],
                widget=forms.Select(attrs={"class": "form-select", "aria-label": group.label}),
            )
            amount = lists.YuanField(label=_("金额(元)"), required=False)
            amount.widget.attrs["aria-label"] = amount.label
            self.fields[f"amount_{group.value}"] = amount
            self.fields[f"department_{group.value}"] = forms.ChoiceField(
                required=False,
                choices=departments,
                widget=forms.Select(attrs={"class": "form-select", "aria-label": _("主管部门")}),
            )
            self.fields[f"before_{group.value}"] = lists.day(_("证件取得早于"))

    def head_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("year", "mode", "ref_date", "income_account", "source")]

    def group_fields(self) -> list[tuple[Any, list[forms.BoundField]]]:
        parts = ("aid", "amount", "department", "before")
        return [(group.label, [self[f"{part}_{group.value}"] for part in parts]) for group in SpecialCategory]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for group in SpecialCategory:
            if not told.get(f"aid_{group.value}"):
                continue
            if not told.get(f"department_{group.value}"):
                self.add_error(f"department_{group.value}", _("须选择主管部门"))
            if told[f"aid_{group.value}"] == "part" and not told.get(f"amount_{group.value}"):
                self.add_error(f"amount_{group.value}", _("定额资助须填写金额"))
        return told

    def table(self) -> list[Aid]:
        """The rows that are filled in (资助标准)."""
        told, rows = self.cleaned_data, []
        for group in SpecialCategory:
            kind = told.get(f"aid_{group.value}")
            if not kind:
                continue
            amount = told.get(f"amount_{group.value}")
            rows.append(
                Aid(
                    group,
                    Department(told[f"department_{group.value}"]),
                    amount if kind == "part" else None,
                    90 if group is SpecialCategory.NINETY else None,
                    told.get(f"before_{group.value}"),
                )
            )
        return rows


@page(commands.SET, methods=("GET", "POST"))
def plan(request: PageRequest) -> HttpResponse:
    """维护资助办法 of the area and a year (CON-16)."""
    area = own_area(request)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() else request.today.year + 1
    known = AidPlan.objects.filter(pooling_area_id=area, benefit_year=year).first()
    form = PlanForm(request.POST or None, initial=_initial(known, year))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form):
            commands.set_plan(
                pooling_area=area,
                benefit_year=told["year"],
                mode=AidMode(told["mode"]),
                ref_date=told["ref_date"],
                table=form.table(),
                source=told["source"],
                income_account=told["income_account"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("资助办法已保存。"))
            return redirect(f"{reverse('contributions:aid')}?year={told['year']}")
    context = {
        "form": form,
        "crumbs": crumbs(CHAPTER, (_("资助参保"), "contributions:aid"), _("资助办法")),
    }
    return render(request, "contributions/aid_plan.html", context, status=422 if form.errors else 200)


def _initial(known: AidPlan | None, year: int) -> dict[str, Any]:
    if known is None:
        return {"year": year, "mode": AidMode.FUND}
    start: dict[str, Any] = {
        "year": year,
        "mode": known.mode,
        "ref_date": known.ref_date,
        "income_account": known.income_account,
        "source": known.source,
    }
    for one in known.rules.all():
        start[f"aid_{one.category}"] = "full" if one.amount_fen is None else "part"
        start[f"amount_{one.category}"] = None if one.amount_fen is None else yuan_text(one.amount_fen)
        start[f"department_{one.category}"] = one.department
        start[f"before_{one.category}"] = one.proven_before
    return start


@page(commands.LIST, methods=("POST",))
def make(request: PageRequest) -> HttpResponse:
    """生成资助名册."""
    year = request.POST.get("year", "")
    made = commands.make_lists(
        pooling_area=own_area(request),
        benefit_year=int(year) if year.isdecimal() else 0,
        operator=request.operator,
        now=request.now,
    )
    told = gettext("已生成资助名册%(lists)s份,%(rows)s人。")
    messages.success(request, told % {"lists": len(made), "rows": sum(one.rows for one in made)})
    return redirect(f"{reverse('contributions:aid')}?year={year}")


# --- items --------------------------------------------------------------------------------------------------------


class ItemFilter(lists.FilterForm):
    year = lists.words(_("保险年度"), longest=4)
    state = lists.choice(_("状态"), AidItemState.choices)
    category = lists.choice(_("人员类别"), SpecialCategory.choices)
    difference = lists.choice(_("差异"), AidDifference.choices)
    number = lists.words(_("名册编号"), longest=40)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = _items(request).select_related("person", "list", "plan")
    for name in ("state", "category", "difference"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(plan__benefit_year=int(year))
    if number := criteria.get("number"):
        found = found.filter(list__number=number)
    return lists.Table(found)


ITEMS: Final = lists.List(
    name="aid_items",
    title=_("资助明细"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("证件号码"), lambda row: row.person.certificate_no, "certificate"),
        lists.Column(_("参保单位"), "unit_code", "unit"),
        lists.Column(_("人员类别"), lambda row: SpecialCategory(row.category).label, "choice"),
        lists.Column(_("缴费标准(元)"), "standard_fen", "money"),
        lists.Column(_("资助金额(元)"), "amount_fen", "money"),
        lists.Column(_("名册编号"), lambda row: row.list.number, "code"),
        lists.Column(_("到账日期"), "arrived_on", "day"),
        lists.Column(_("差异"), lambda row: AidDifference(row.difference).label if row.difference else "", "choice"),
        lists.Column(_("状态"), lambda row: item_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=ItemFilter,
    link=lambda row: reverse("contributions:owed_by", args=[row.person.person_no]),
    template="contributions/aid_items.html",
    empty=_("没有符合条件的资助明细。"),
)


@page("contributions.view")
def items(request: PageRequest) -> HttpResponse:
    """资助明细 inside the scope."""
    return ITEMS.respond(
        request,
        crumbs=crumbs(CHAPTER, (_("资助参保"), "contributions:aid"), _("资助明细")),
    )


# --- one list -----------------------------------------------------------------------------------------------------


class ArrivalForm(forms.Form):
    """登记资助款到账."""

    reference = lists.words(_("银行流水号"), longest=40)
    amount = lists.YuanField(label=_("到账金额(元)"))
    arrived_on = lists.day(_("到账日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reference"].required = self.fields["arrived_on"].required = True


@page("contributions.view", whole_area=True)
def one_list(request: PageRequest, number: str) -> HttpResponse:
    """One list: what was asked, answered, arrived, and what goes back."""
    return _shown(request, _find(request, number))


def _shown(request: PageRequest, found: AidList, form: ArrivalForm | None = None, status: int = 200) -> HttpResponse:
    summed = found.items.values_list("state").annotate(
        rows=Count("id"), promised=Sum("amount_fen", filter=Q(answer="ok"), default=0)
    )
    states = {state: (rows, fen) for state, rows, fen in summed}
    promised = sum(fen for _rows, fen in states.values())
    differences = found.items.filter(Q(state=AidItemState.RETURN) | Q(state=AidItemState.REFUSED))
    held = PendingAmount.objects.filter(aid_list=found)
    to_fund = found.plan.mode == AidMode.FUND
    takes_money = to_fund and found.state != AidListState.MADE and may(request, RECONCILE)
    context = {
        "list": found,
        "state": list_badge(found.state),
        "department": Department(found.department).label,
        "mode": AidMode(found.plan.mode).label,
        "to_fund": to_fund,
        "promised_fen": promised,
        "outstanding_fen": max(0, promised - found.arrived_fen),
        "counts": [(state.label, states.get(state.value, (0, 0))[0], state.value) for state in AidItemState],
        "differences": [
            (one, AidDifference(one.difference).label if one.difference else one.get_answer_display())
            for one in differences.select_related("person").order_by("line_no")[:200]
        ],
        "held": held.select_related("refund").order_by("id")[:200],
        "arrivals": found.arrivals.order_by("id"),
        "file": exchange.outgoing_of(commands.FLOW_NAME, found.pk),
        "may_list": may(request, commands.LIST),
        "may_return": may(request, "cases.accept", work=return_case.KIND.work)
        and held.filter(resolved_at=None).exists(),
        "may_review": may(request, RECONCILE),
        "astray": len(review.astray(found)),
        "form": (form or ArrivalForm(initial={"arrived_on": request.today})) if takes_money else None,
        "withheld": None if takes_money else form,
        "crumbs": crumbs(CHAPTER, (_("资助参保"), "contributions:aid"), found.number),
    }
    return render(request, "contributions/aid_list.html", context, status=status)


@page(commands.LIST, methods=("POST",))
def notify(request: PageRequest, number: str) -> HttpResponse:
    """通知主管部门."""
    commands.notify(number=_find(request, number).number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已登记通知主管部门。"))
    return redirect("contributions:aid_list", number)


@page(commands.LIST, methods=("POST",))
def answer(request: PageRequest, number: str) -> HttpResponse:
    """登记部门答复 from paper: everybody not named by line number is aided."""
    found = _find(request, number)
    refused = {int(word) for word in request.POST.get("refused", "").replace(",", " ").split() if word.isdecimal()}
    word = request.POST.get("why", "")
    why = arrivals.AidAnswer(word) if word in arrivals.AidAnswer.values else arrivals.AidAnswer.NOT_IN_GROUP
    open_lines = list(found.items.filter(answer="").order_by("line_no").values_list("line_no", flat=True))
    known = set(open_lines)
    lines = [*open_lines, *sorted(refused - known)]  # a line that does not exist is refused, not left out
    arrivals.confirm(
        number=number,
        answers=[
            arrivals.Answered(line, why if line in refused else arrivals.AidAnswer.OK, request.today) for line in lines
        ],
        operator=request.operator,
        now=request.now,
    )
    messages.success(request, gettext("部门答复已登记。"))
    return redirect("contributions:aid_list", number)


@page(RECONCILE, methods=("POST",))
def arrive(request: PageRequest, number: str) -> HttpResponse:
    """登记资助款到账."""
    found, form = _find(request, number), ArrivalForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reference"):
            arrivals.record_arrival(
                number=number,
                reference=told["reference"],
                amount_fen=told["amount"],
                arrived_on=told["arrived_on"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("资助款到账已登记。"))
            return redirect("contributions:aid_list", number)
    return _shown(request, found, form, status=422)


@page(RECONCILE, methods=("POST",))
def review_returns(request: PageRequest, number: str) -> HttpResponse:
    """核对应退回资助款: whose aid cannot be used any more (CON-17)."""
    lines = review.review_list(number=_find(request, number).number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已核对,%(lines)s人的资助款转入应退回。") % {"lines": lines})
    return redirect("contributions:aid_list", number)


def _find(request: PageRequest, number: str) -> AidList:
    """Raises: Http404, AreaOutOfScope."""
    found = AidList.objects.select_related("plan").filter(number=number).first()
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    return found


@page("contributions.view", whole_area=True)
def roll(request: PageRequest, number: str) -> HttpResponse:
    """困难人员资助名册 (F-44) for the department's opinion and seal."""
    found = _find(request, number)
    rows = list(found.items.select_related("person").order_by("line_no"))
    heads = ("序号", "姓名", "证件号码", "人员类别", "缴费标准", "资助金额", "个人负担", "银行账号", "到账日期")
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [
            paragraph(text, SMALL_AMOUNT if at in (4, 5, 6) else SMALL)
            for at, text in enumerate(
                (
                    one.line_no,
                    one.person.name,
                    one.person.certificate_no,
                    SpecialCategory(one.category).label,
                    yuan_text(one.standard_fen, grouped=True),
                    yuan_text(one.amount_fen, grouped=True),
                    yuan_text(one.standard_fen - one.amount_fen, grouped=True),
                    one.account_no,
                    one.arrived_on or "",
                )
            )
        ]
        for one in rows
    ]
    total = f"合计{found.rows}人,资助金额{yuan_text(found.amount_fen, grouped=True)}元。依据:{found.plan.source}"
    body: list[Flowable] = [
        paragraph(f"主管部门:{Department(found.department).label}    保险年度:{found.plan.benefit_year}", SMALL),
        Spacer(WIDTH, 4),
        grid(lines, (0.06, 0.09, 0.17, 0.145, 0.085, 0.085, 0.085, 0.175, 0.105), heads=1),
        Spacer(WIDTH, 4),
        paragraph(total),
        Spacer(WIDTH, 8),
        grid([["主管部门意见(盖章):", "经办机构(盖章):"]], (0.5, 0.5), height=70),
    ]
    return printed(
        request,
        title="困难人员资助名册",
        number=found.number,
        unit_code=found.pooling_area_id,
        says=[(one.person_id, one.amount_fen) for one in rows],
        body=body,
        object_kind="aid_list",
    )


@page("contributions.view", whole_area=True)
def returns(request: PageRequest, number: str) -> HttpResponse:
    """应退回资助款名单 (CON-17): what the department takes back; never in cash."""
    found = _find(request, number)
    rows = list(found.items.filter(state=AidItemState.RETURN).select_related("person").order_by("line_no"))
    lines: list[list[Any]] = [
        [paragraph(head, SMALL) for head in ("行号", "姓名", "证件号码", "资助金额", "账号", "原因")]
    ]
    lines += [
        [
            paragraph(text, SMALL_AMOUNT if at == 3 else SMALL)
            for at, text in enumerate(
                (
                    one.line_no,
                    one.person.name,
                    one.person.certificate_no,
                    yuan_text(one.amount_fen, grouped=True),
                    masked(one.account_no) if one.account_no else "",
                    AidDifference(one.difference).label,
                )
            )
        ]
        for one in rows
    ]
    if not rows:
        lines.append([paragraph("无", SMALL), *[""] * 5])
    told = "款在基金账户的,经办机构按审批退至主管部门账户;款已转入个人账户的,由主管部门收回。不得退付现金。(GX2017 §27)"
    body: list[Flowable] = [
        paragraph(f"致:{Department(found.department).label}    资助名册:{found.number}"),
        Spacer(WIDTH, 4),
        grid(lines, (0.07, 0.12, 0.25, 0.14, 0.16, 0.26), heads=1),
        Spacer(WIDTH, 4),
        paragraph(f"合计{len(rows)}人,{yuan_text(sum(one.amount_fen for one in rows), grouped=True)}元。{told}"),
        Spacer(WIDTH, 8),
        grid([["经办机构(盖章):", "主管部门签收(盖章):"]], (0.5, 0.5), height=60),
    ]
    return printed(
        request,
        title="应退回资助款名单",
        number=found.number,
        unit_code=found.pooling_area_id,
        says=[(one.person_id, one.amount_fen) for one in rows],
        body=body,
        object_kind="aid_list",
    )

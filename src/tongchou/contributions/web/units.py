"""单位缴费 (CON-31): what employers owe by the month, what came, the rates; the paper that tells an employer."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.models import UnitRate, UnitReceivable, UnitReceivableLine
from tongchou.contributions.units import months
from tongchou.contributions.units.states import UnitMonthState
from tongchou.contributions.web.places import CHAPTER
from tongchou.fund import documents
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.paper import (
    HEADING,
    LABEL,
    WIDTH,
    capital_amount,
    grid,
    pairs,
    paragraph,
    sign_boxes,
    verification_code,
    yuan,
)
from tongchou.platform.web.printing import Print, printed

_TONES: Final = {
    UnitMonthState.DUE: Tone.WAITING,
    UnitMonthState.PART: Tone.BAD,
    UnitMonthState.PAID: Tone.DONE,
}
PRINTED: Final = "contributions.unit_month_printed"


def unit_badge(state: str) -> Badge:
    """单位应缴状态 as shown."""
    known = UnitMonthState(state)
    return Badge(str(known.label), _TONES[known])


class MonthFilter(lists.FilterForm):
    month = lists.words(_("月份"), "2018-03", longest=7)
    state = lists.choice(_("状态"), UnitMonthState.choices)
    employer = lists.words(_("单位编号"), longest=20)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = UnitReceivable.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("employer")
    if month := _month(criteria.get("month", "")):
        found = found.filter(month=month)
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if code := criteria.get("employer"):
        found = found.filter(employer__code__startswith=code.upper())
    return lists.Table(found)


MONTHS: Final = lists.List(
    name="unit_months",
    title=_("单位缴费"),
    columns=(
        lists.Column(_("月份"), lambda row: f"{row.month:%Y-%m}"),
        lists.Column(_("单位编号"), lambda row: row.employer.code, "code"),
        lists.Column(_("单位名称"), lambda row: row.employer.name),
        lists.Column(_("职工人数"), "members", "number"),
        lists.Column(_("缴费基数(元)"), "base_fen", "money"),
        lists.Column(_("应缴金额(元)"), "amount_fen", "money"),
        lists.Column(_("已到金额(元)"), "received_fen", "money"),
        lists.Column(_("缴费期限"), "due_on", "day"),
        lists.Column(_("状态"), lambda row: unit_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-month", "-id")},
    form=MonthFilter,
    link=lambda row: reverse("contributions:unit_month", args=[row.pk]),
    template="contributions/unit_months.html",
    empty=_("还没有单位应缴。"),
    next_step=_("维护费率之后,按月生成应缴。"),
)


@page("contributions.view")
def listed(request: PageRequest) -> HttpResponse:
    """单位应缴 inside the scope."""
    return MONTHS.respond(
        request,
        may_build=may(request, months.SET),
        this_month=f"{request.today:%Y-%m}",
        crumbs=crumbs(CHAPTER, _("单位缴费")),
    )


@page(months.SET, methods=("POST",))
def build(request: PageRequest) -> HttpResponse:
    """生成单位应缴 of a month."""
    month = _month(request.POST.get("month", ""))
    if month is None:
        messages.error(request, gettext("月份应为如2018-03的形式。"))
        return redirect("contributions:unit_months")
    built = months.build_month(pooling_area=own_area(request), month=month, operator=request.operator, now=request.now)
    messages.success(request, gettext("已生成%(count)s个单位的应缴。") % {"count": built})
    return redirect("contributions:unit_months")


class PaymentForm(forms.Form):
    """登记单位缴费."""

    paper = lists.words(_("缴费回单号"), longest=60)
    amount = lists.YuanField(label=_("金额(元)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["paper"].required = True


@page("contributions.view")
def unit_month(request: PageRequest, receivable_id: int) -> HttpResponse:
    """One employer's month: what it owes and why, what came, what is still missing."""
    return _shown(request, _find(request, receivable_id))


def _shown(request: PageRequest, found: UnitReceivable, form: PaymentForm | None = None) -> HttpResponse:
    open_now = may(request, documents.PREPARE) and found.outstanding_fen > 0
    start = {"amount": found.outstanding_fen}
    context = {
        "receivable": found,
        "state": unit_badge(found.state),
        "late": found.due_on < request.today and found.outstanding_fen > 0,
        **_stop(found, request.today),
        "papers": documents.of_origin(months.ORIGIN, [str(found.pk)]),
        "form": (form or PaymentForm(initial=start)) if open_now else None,
        "withheld": None if open_now else form,
        "crumbs": crumbs(
            CHAPTER,
            (_("单位缴费"), "contributions:unit_months"),
            f"{found.employer.name} {found.month:%Y-%m}",
        ),
    }
    return render(request, "contributions/unit_month.html", context, status=422 if form else 200)


def _stop(found: UnitReceivable, today: date) -> dict[str, bool]:
    """What the month does to its members' benefits today: stopped, about to stop, restored after a late payment."""
    first, unpaid = found.stops_from, found.outstanding_fen > 0
    return {
        "stopped": unpaid and first is not None and first <= today,
        "stops_later": unpaid and first is not None and today < first,
        "restored": not unpaid and first is not None and found.paid_on is not None and first <= found.paid_on,
    }


@page(documents.PREPARE, methods=("POST",))
def pay(request: PageRequest, receivable_id: int) -> HttpResponse:
    """登记缴费: the document waits for the bank's entry."""
    found, form = _find(request, receivable_id), PaymentForm(request.POST)
    if form.is_valid():
        with refusals_at(form, "amount"):
            number = months.note_payment(
                receivable_id=receivable_id,
                amount_fen=form.cleaned_data["amount"],
                paper=form.cleaned_data["paper"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("缴费已登记,业务单据%(number)s待到账。") % {"number": number})
            return redirect("contributions:unit_month", receivable_id)
    return _shown(request, found, form)


def _members(receivable_id: int) -> lists.List:
    return lists.List(
        name="unit_month_members",
        title=_("单位应缴明细"),
        columns=(
            lists.Column(_("人员编号"), lambda row: row.person.person_no, "code"),
            lists.Column(_("姓名"), lambda row: row.person.name, "name"),
            lists.Column(_("缴费工资(元)"), "wage_base_fen", "money"),
            lists.Column(_("单位部分(元)"), "unit_fen", "money"),
            lists.Column(_("个人部分(元)"), "personal_fen", "money"),
        ),
        read=lambda request, criteria: lists.Table(
            UnitReceivableLine.objects.filter(receivable_id=receivable_id).select_related("person")
        ),
        orders={"line": ("id",)},
    )


@page("contributions.view")
def members(request: PageRequest, receivable_id: int) -> HttpResponse:
    """单位应缴明细: the members of the month, masked."""
    found = _find(request, receivable_id)
    named = f"{found.employer.name} {found.month:%Y-%m}"
    return _members(receivable_id).respond(
        request,
        crumbs=[
            *crumbs(CHAPTER, (_("单位缴费"), "contributions:unit_months")),
            Crumb(named, reverse("contributions:unit_month", args=[found.pk])),
            *crumbs(_("单位应缴明细")),
        ],
    )


class RateForm(forms.Form):
    """职工缴费费率, in per cent."""

    month = lists.words(_("起始月份"), "2018-01", longest=7)
    unit = forms.DecimalField(label=_("单位费率(%)"), min_value=0, max_digits=5, decimal_places=3)
    personal = forms.DecimalField(label=_("个人费率(%)"), min_value=0, max_digits=5, decimal_places=3)
    due_day = forms.IntegerField(label=_("缴费截止日"), min_value=1, max_value=28)
    source = lists.words(_("文件依据"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["month"].required = self.fields["source"].required = True
        for name in ("unit", "personal", "due_day"):
            self.fields[name].widget.attrs["class"] = "form-control"

    def clean_month(self) -> date:
        month = _month(self.cleaned_data["month"])
        if month is None:
            raise forms.ValidationError(_("月份应为如2018-03的形式。"))
        return month


@page("contributions.view", methods=("GET", "POST"))
def rates(request: PageRequest) -> HttpResponse:
    """职工缴费费率: dated, and never edited."""
    area = own_area(request)
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "month"):
            months.set_rate(
                pooling_area=area,
                month_from=told["month"],
                unit_ratio=told["unit"] / Decimal(100),
                personal_ratio=told["personal"] / Decimal(100),
                due_day=told["due_day"],
                source=told["source"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("费率已维护。"))
            return redirect("contributions:unit_rates")
    context = {
        "rates": [
            (one, lists.percent(one.unit_ratio), lists.percent(one.personal_ratio))
            for one in UnitRate.objects.filter(pooling_area_id=area).order_by("-month_from")
        ],
        "form": form if may(request, months.SET) else None,
        "form_name": "unit_rate",
        "crumbs": crumbs(CHAPTER, (_("单位缴费"), "contributions:unit_months"), _("职工缴费费率")),
    }
    return render(request, "contributions/unit_rates.html", context, status=422 if form.errors else 200)


@page("contributions.view")
def paper(request: PageRequest, receivable_id: int) -> HttpResponse:
    """单位缴费核定单: what is owed member by member, with boxes for both sides; names masked."""
    found = _find(request, receivable_id)
    number = f"{found.employer.code}-{found.month:%Y%m}"
    heads = [paragraph(head, LABEL) for head in ("姓名", "人员编号", "缴费工资(元)", "单位部分(元)", "个人部分(元)")]
    lines = [
        [
            paragraph(masks.name(line.person.name)),
            paragraph(line.person.person_no),
            *(yuan(fen) for fen in (line.wage_base_fen, line.unit_fen, line.personal_fen)),
        ]
        for line in found.lines.select_related("person").order_by("id")
    ]
    total = [paragraph("合计"), paragraph(f"{found.members}人")]
    total += [yuan(fen) for fen in (found.base_fen, found.unit_fen, found.personal_fen)]
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        _about(found),
        paragraph("职工明细", HEADING),
        grid([heads, *lines, total], (0.16, 0.3, 0.18, 0.18, 0.18), heads=1),
        Spacer(WIDTH, 10),
        sign_boxes(("单位经办人", ""), ("单位盖章", ""), ("经办机构经办人", ""), ("经办机构盖章", "")),
    ]
    what = Print(
        agency=platform.unit_name(found.unit_code, request.today),
        title="职工基本医疗保险缴费核定单",
        number=number,
        code=verification_code("unit_month", number, found.amount_fen),
        action=PRINTED,
        object_kind="unit_month",
        object_key=number,
        pooling_area=found.pooling_area_id,
        unit_code=found.unit_code,
    )
    return printed(request, what, body)


def _about(found: UnitReceivable) -> Flowable:
    said = (
        ("单位", f"{found.employer.code} {found.employer.name}"),
        ("所属月份", f"{found.month:%Y年%m月}"),
        ("应缴金额(元)", yuan_text(found.amount_fen, grouped=True)),
        ("大写", capital_amount(found.amount_fen)),
        ("缴费期限", found.due_on.isoformat()),
        ("已到金额(元)", yuan_text(found.received_fen, grouped=True)),
    )
    return pairs(said)


def _find(request: PageRequest, receivable_id: int) -> UnitReceivable:
    """Raises: Http404, OutOfScope."""
    found = UnitReceivable.objects.select_related("employer").filter(pk=receivable_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="unit_month", key=found.pk)
    return found

"""日结: one clerk's day by means, held against the terminals' slips, printed (GX2017 §95; FIN-07)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.counter import commands, queries
from tongchou.contributions.counter.commands import Slip
from tongchou.contributions.counter.models import CounterDay
from tongchou.contributions.counter.queries import MeansTotal
from tongchou.contributions.counter.states import DayState
from tongchou.contributions.reconciling import may_enter_late
from tongchou.contributions.web.counter import payment_badge
from tongchou.contributions.web.papers import printed
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import (
    SMALL,
    SMALL_AMOUNT,
    WIDTH,
    capital_amount,
    grid,
    pairs,
    paragraph,
    yuan,
)

LISTED: Final = 500
"""Receipts that one page of a day shows; no clerk takes more in a day."""


def day_badge(row: CounterDay) -> Badge:
    """日结状态 as shown; closed with a difference is told apart."""
    if row.state == DayState.OPEN:
        return Badge(str(DayState.OPEN.label), Tone.WAITING)
    return Badge(str(_("有差额")), Tone.BAD) if row.difference_reason else Badge(str(DayState.CLOSED.label), Tone.DONE)


class DayFilter(lists.FilterForm):
    state = lists.choice(_("状态"), DayState.choices)
    day = lists.day(_("收款日期"))
    clerk = lists.words(_("收款人"), longest=30)
    differs = lists.choice(_("差额"), [("yes", _("有差额"))])


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = CounterDay.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("batch")
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if day := criteria.get("day"):
        found = found.filter(collected_on=day)
    if clerk := criteria.get("clerk"):
        found = found.filter(staff_code=clerk)
    if criteria.get("differs"):
        found = found.exclude(difference_reason="")
    return lists.Table(found)


DAYS: Final = lists.List(
    name="counter_days",
    title=_("日结单"),
    columns=(
        lists.Column(_("日结单号"), "number", "code"),
        lists.Column(_("收款日期"), "collected_on", "day"),
        lists.Column(_("收款人"), "staff_code", "staff"),
        lists.Column(_("经办机构"), "unit_code", "unit"),
        lists.Column(_("系统合计(元)"), "amount_fen", "money"),
        lists.Column(_("终端合计(元)"), "told_fen", "money"),
        lists.Column(_("差额原因"), "difference_reason"),
        lists.Column(_("记账凭证号"), lambda row: row.batch.voucher_no, "code"),
        lists.Column(_("状态"), day_badge, "state"),
    ),
    read=_read,
    orders={"newest": ("-collected_on", "-id")},
    form=DayFilter,
    link=lambda row: reverse("contributions:counter_day", args=[row.number]),
    template="contributions/counter_days.html",
    empty=_("没有日结单。"),
    next_step=_("当日第一笔现场缴费后自动建立。"),
)


class CloseForm(forms.Form):
    """日结: what each terminal says, and why it differs; who stands in for the clerk says why."""

    def __init__(self, totals: list[MeansTotal], *args: Any, stands_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.totals = totals
        for one in totals:
            self.fields[f"told_{one.means.code}"] = lists.YuanField(
                label=_("%(means)s:终端金额(元)") % {"means": one.means.name}
            )
            slip = lists.words(_("%(means)s:结算单号") % {"means": one.means.name}, longest=40)
            self.fields[f"slip_{one.means.code}"] = slip
        self.fields["reason"] = lists.words(_("差额原因(相符不填)"), longest=200)
        if stands_in:
            self.fields["in_place_because"] = lists.words(_("代办日结的原因"), longest=100)
            self.fields["in_place_because"].required = True

    def slips(self) -> dict[str, Slip]:
        """The slips as the clerk typed them."""
        told = self.cleaned_data
        return {
            code: Slip(told[f"told_{code}"], told[f"slip_{code}"]) for code in (one.means.code for one in self.totals)
        }


@page("contributions.view")
def days(request: PageRequest) -> HttpResponse:
    """日结单 inside the scope."""
    return DAYS.respond(request, crumbs=crumbs((_("现场缴费"), "contributions:counter"), _("日结单")))


@page("contributions.view", methods=("GET", "POST"))
def day(request: PageRequest, number: str) -> HttpResponse:
    """One clerk's day: its receipts, its sums by means, and its closing by the clerk."""
    found = _find(request, number)
    totals = queries.totals_of(found)
    own = found.staff_code == request.operator.staff_code
    left_open = not own and found.state == DayState.OPEN
    stands_in = left_open and may_enter_late(found.collected_on, found.unit_code, request.operator, request.now)
    form = CloseForm(totals, request.POST or None, stands_in=stands_in)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "reason"):
            commands.close_day(
                number=number,
                slips=form.slips(),
                reason=form.cleaned_data["reason"],
                in_place_because=form.cleaned_data.get("in_place_because", ""),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已日结,收款已记账。"))
            return redirect("contributions:counter_day", number)
    closes = stands_in or (own and found.state == DayState.OPEN and may(request, commands.COLLECT))
    payments = list(found.payments.select_related("person", "means").order_by("-id")[:LISTED])
    context = {
        "day": found,
        "state": day_badge(found),
        "unit_name": platform.unit_names_of({found.unit_code}).get(found.unit_code, found.unit_code),
        "payments": [(one, payment_badge(one.state)) for one in payments],
        "totals": [] if found.state == DayState.CLOSED else totals,
        "closed": list(found.totals.select_related("means").order_by("means__code")),
        "difference": (found.told_fen or 0) - found.amount_fen if found.state == DayState.CLOSED else 0,
        "form": form if closes else None,
        "withheld": None if closes else form,
        "crumbs": crumbs((_("日结单"), "contributions:counter_days"), number),
    }
    return render(request, "contributions/counter_day.html", context, status=422 if form.errors else 200)


def _find(request: PageRequest, number: str) -> CounterDay:
    """Raises: Http404, OutOfScope."""
    found = CounterDay.objects.select_related("batch").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="counter_day", key=number)
    return found


@page("contributions.view")
def day_paper(request: PageRequest, number: str) -> HttpResponse:
    """现场缴费日结单, with its receipts, as it goes to finance."""
    found = _find(request, number)
    payments = list(found.payments.select_related("person", "means").order_by("id")[:LISTED])
    heads = ("收据号", "参保人", "年度", "金额(元)", "收款方式", "交易流水号", "备注")
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [
            paragraph(one.number, SMALL),
            paragraph(one.person.name, SMALL),
            paragraph(one.benefit_year, SMALL),
            yuan(one.amount_fen, SMALL_AMOUNT),
            paragraph(one.means.name, SMALL),
            paragraph(one.reference, SMALL),
            paragraph(f"撤销:{one.cancel_reason}" if one.cancelled_at else "", SMALL),
        ]
        for one in payments
    ]
    clerk = platform.names_of_staff([found.staff_code]).get(found.staff_code, found.staff_code)
    about = [("收款日期", found.collected_on.isoformat()), ("收款人", clerk)]
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(about),
        Spacer(WIDTH, 4),
        grid(_sums(found), (0.3, 0.14, 0.18, 0.18, 0.2), heads=1),
        Spacer(WIDTH, 4),
        grid(lines, (0.25, 0.12, 0.08, 0.12, 0.13, 0.15, 0.15), heads=1),
        Spacer(WIDTH, 4),
        paragraph(_said(found)),
        Spacer(WIDTH, 8),
        grid([["收款人签名:", "财务签收:"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="现场缴费日结单",
        number=number,
        unit_code=found.unit_code,
        says=[found.staff_code, found.collected_on, found.amount_fen, found.told_fen],
        body=body,
        object_kind="counter_day",
        told=[("收款日期", found.collected_on.isoformat()), ("金额(元)", yuan_text(found.amount_fen, grouped=True))],
    )


def _sums(found: CounterDay) -> list[list[Any]]:
    heads = ("收款方式", "笔数", "系统金额(元)", "终端金额(元)", "结算单号")
    sums: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    if found.state == DayState.OPEN:
        return sums + [_sum(one, "", "") for one in queries.totals_of(found)]
    closed = found.totals.select_related("means").order_by("means__code")
    return sums + [_sum(one, yuan(one.told_fen, SMALL_AMOUNT), paragraph(one.slip_no, SMALL)) for one in closed]


def _sum(one: Any, told: Any, slip: Any) -> list[Any]:
    """One means: how often, how much, what the terminal says."""
    count = paragraph(f"{one.payments:,}", SMALL_AMOUNT)
    return [paragraph(one.means.name, SMALL), count, yuan(one.amount_fen, SMALL_AMOUNT), told, slip]


def _said(found: CounterDay) -> str:
    total = f"合计{yuan_text(found.amount_fen, grouped=True)}元({capital_amount(found.amount_fen)})。"
    if found.state == DayState.OPEN:
        return f"{total}尚未日结。"
    told = found.told_fen or 0
    if told == found.amount_fen:
        return f"{total}与终端相符。记账凭证{found.batch.voucher_no}。"
    differs = yuan_text(told - found.amount_fen, grouped=True)
    said = f"{total}终端{yuan_text(told, grouped=True)}元,差额{differs}元"
    return f"{said}:{found.difference_reason}。记账凭证{found.batch.voucher_no}。"

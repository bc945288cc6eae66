"""退费: the orders, the runs for the bank, what came back, and how much was given back for which error (CON-22)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.mandates import masked
from tongchou.contributions.models import RefundLine, RefundOrder, RefundRun
from tongchou.contributions.refunds import commands
from tongchou.contributions.refunds.case import KIND
from tongchou.contributions.refunds.states import Ground, LineState, RefundState, RunState
from tongchou.contributions.web.places import CHAPTER
from tongchou.enrolment.banks import BANKS_BY_NAME, LONGEST_NAME
from tongchou.exchange import queries as exchange
from tongchou.exchange.web.uploads import AnswerForm, take_answer
from tongchou.kernel.errors import DomainError
from tongchou.platform import second_factor
from tongchou.platform.checks import check_area_in_scope
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_area, check_unit, may, note_look, page, sentence
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.look_ups import LookUpField, offers

_TONES: Final = {
    RefundState.APPROVED: Tone.WAITING,
    RefundState.IN_RUN: Tone.HAND,
    RefundState.PAID: Tone.DONE,
    RefundState.RETURNED: Tone.BAD,
}
_RUN_TONES: Final = {
    RunState.MADE: Tone.WAITING,
    RunState.RELEASED: Tone.HAND,
    RunState.SENT: Tone.HAND,
    RunState.ANSWERED: Tone.DONE,
    RunState.CANCELLED: Tone.RESTING,
}
_LINE_TONES: Final = {LineState.WAITING: Tone.HAND, LineState.PAID: Tone.DONE, LineState.FAILED: Tone.BAD}
YEARS_SHOWN: Final = 5
LINES_SHOWN: Final = 500
"""Transfers of a run on its page."""


def refund_badge(state: str) -> Badge:
    """退费状态 as shown."""
    known = RefundState(state)
    return Badge(str(known.label), _TONES[known])


def run_badge(state: str) -> Badge:
    """退费盘状态 as shown."""
    known = RunState(state)
    return Badge(str(known.label), _RUN_TONES[known])


class RefundFilter(lists.FilterForm):
    state = lists.choice(_("状态"), RefundState.choices)
    ground = lists.choice(_("退费理由"), Ground.choices)
    year = lists.words(_("保险年度"), longest=4)
    number = lists.words(_("退费单号"), longest=40)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = _inside(request).select_related("person", "run")
    for name in ("state", "ground"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    return lists.Table(found)


def _inside(request: PageRequest) -> QuerySet[RefundOrder]:
    return RefundOrder.objects.filter(request.scope.q("unit_code", "pooling_area"))


REFUNDS: Final = lists.List(
    name="refunds",
    title=_("退费"),
    columns=(
        lists.Column(_("退费单号"), "number", "code"),
        lists.Column(_("姓名"), lambda row: row.person.name if row.person else row.holder_name, "name"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("退费理由"), lambda row: Ground(row.ground).label, "choice"),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("收款账号"), lambda row: masked(row.account_no), "code"),
        lists.Column(_("审批时间"), "approved_at", "moment"),
        lists.Column(_("退费盘"), lambda row: row.run.number if row.run else "", "code"),
        lists.Column(_("退回日期"), "paid_on", "day"),
        lists.Column(_("状态"), lambda row: refund_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=RefundFilter,
    link=lambda row: reverse("contributions:refund", args=[row.number]),
    template="contributions/refunds.html",
    empty=_("没有退费。"),
    next_step=_("经办差错的退费在窗口受理“缴费差错退费”,复核、审批之后列在这里。"),
)


@page("contributions.view")
def banks(request: PageRequest) -> HttpResponse:
    """银行查找: the agreed banks that fit, as choices of the field."""
    return offers(request, "bank_name", BANKS_BY_NAME, own_area(request))


@page("contributions.view")
def refunds(request: PageRequest) -> HttpResponse:
    """退费 inside the scope."""
    return REFUNDS.respond(
        request,
        may_accept=may(request, "cases.accept", work=KIND.work),
        crumbs=crumbs(CHAPTER, _("退费")),
    )


class AccountForm(forms.Form):
    """更正收款账户."""

    account_no = lists.words(_("收款账号"), longest=32)
    holder_name = lists.words(_("收款户名"), longest=60)
    bank_name = forms.CharField()

    def __init__(self, area: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        address = reverse_lazy("contributions:banks")
        self.fields["bank_name"] = LookUpField(BANKS_BY_NAME, area, address, longest=LONGEST_NAME, label=_("开户银行"))
        for field in self.fields.values():
            field.required = True


@page("contributions.view", methods=("GET", "POST"))
def refund(request: PageRequest, number: str) -> HttpResponse:
    """One refund: whose money, why, decided by whom, where it is; a corrected account when it came back."""
    found = (
        RefundOrder.objects.select_related("person", "run", "contribution__batch", "pending__item__batch")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="refund", key=number)
    form = AccountForm(
        found.pooling_area_id,
        request.POST or None,
        initial={"holder_name": found.holder_name, "bank_name": found.bank_name},
    )
    if request.method == "POST" and form.is_valid():
        try:
            commands.correct_account(number=number, operator=request.operator, now=request.now, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("account_no", f"{sentence(refusal)} {refusal.code}")
        else:
            messages.success(request, gettext("账户已更正,列入下一退费盘。"))
            return redirect("contributions:refund", number)
    lines = found.lines.select_related("run").order_by("-id")
    context = {
        "refund": found,
        "work": KIND.work,
        "state": refund_badge(found.state),
        "ground": Ground(found.ground).label,
        "account": masked(found.account_no),
        "lines": [(line, masked(line.account_no), _line_badge(line, line.run)) for line in lines],
        "form": form if found.state == RefundState.RETURNED and may(request, commands.CORRECT) else None,
        "crumbs": crumbs(CHAPTER, (_("退费"), "contributions:refunds"), number),
    }
    return render(request, "contributions/refund.html", context, status=422 if form.errors else 200)


def _line_badge(line: RefundLine, of: RefundRun) -> Badge:
    """退费盘明细状态 as shown: the bank can answer only what has been sent to it."""
    known = LineState(line.state)
    if known == LineState.WAITING and of.state == RunState.CANCELLED:
        return run_badge(of.state)
    if known == LineState.WAITING and of.state in (RunState.MADE, RunState.RELEASED):
        return Badge(gettext("待发送"), Tone.WAITING)
    return Badge(str(known.label), _LINE_TONES[known])


# --- runs ---------------------------------------------------------------------------------------------------------


def _read_runs(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = RefundRun.objects.filter(request.scope.q("", "pooling_area")).select_related("bank")
    if state := criteria.get("state"):
        found = found.filter(state=state)
    return lists.Table(found)


class RunFilter(lists.FilterForm):
    state = lists.choice(_("状态"), RunState.choices)


RUNS: Final = lists.List(
    name="refund_runs",
    title=_("退费盘"),
    columns=(
        lists.Column(_("批次号"), "number", "code"),
        lists.Column(_("付款银行"), lambda row: row.bank.name),
        lists.Column(_("笔数"), "rows", "number"),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("出纳"), "made_by", "staff"),
        lists.Column(_("制盘时间"), "made_at", "moment"),
        lists.Column(_("财务复核"), "released_by", "staff"),
        lists.Column(_("状态"), lambda row: run_badge(row.state), "state"),
    ),
    read=_read_runs,
    orders={"newest": ("-id",)},
    form=RunFilter,
    link=lambda row: reverse("contributions:refund_run", args=[row.pk]),
    template="contributions/refund_runs.html",
    empty=_("没有退费盘。"),
    next_step=_("出纳把待付款的退费制成退费盘,财务复核后发往银行。"),
)


@page("contributions.view")
def runs(request: PageRequest) -> HttpResponse:
    """退费盘 of the areas in scope, and the button for the next."""
    area = own_area(request)
    waiting = RefundOrder.objects.filter(pooling_area_id=area, state=RefundState.APPROVED).aggregate(
        rows=Count("id"), fen=Sum("amount_fen")
    )
    pays = may(request, commands.PAY)
    banks = exchange.partners_with(area, commands.FLOW_NAME, request.today) if pays else []
    return RUNS.respond(
        request,
        waiting=waiting["rows"],
        waiting_fen=waiting["fen"] or 0,
        banks=banks,
        may_pay=pays,
        crumbs=crumbs(CHAPTER, (_("退费"), "contributions:refunds"), _("退费盘")),
    )


@page(commands.PAY, methods=("POST",))
def add_run(request: PageRequest) -> HttpResponse:
    """制作退费盘."""
    bank = request.POST.get("bank", "")
    made = commands.make_run(
        pooling_area=own_area(request),
        bank_id=int(bank) if bank.isdecimal() else 0,
        operator=request.operator,
        now=request.now,
    )
    messages.success(request, gettext("退费盘已生成,等待财务复核。"))
    return redirect("contributions:refund_run", made.pk)


@page("contributions.view", whole_area=True)
def run(request: PageRequest, run_id: int) -> HttpResponse:
    """One run: its transfers, who made and released it, the bank's answer."""
    return _shown(request, _find(request, run_id))


@page("contributions.view", methods=("POST",), whole_area=True)
def accounts(request: PageRequest, run_id: int) -> HttpResponse:
    """完整户名和账号 of a run, for whoever releases or pays it: shown on request, and noted in the trail (RIG-04).

    Raises: NoPermission, AreaOutOfScope.
    """
    found = _find(request, run_id)
    needed = commands.PAY if may(request, commands.PAY) else commands.RELEASE
    check_area_in_scope(request.operator, needed, found.pooling_area_id, request.now)
    seen = found.lines.filter(order__person__isnull=False).order_by("line_no")[:LINES_SHOWN]
    note_look(
        request,
        "contributions.refund_accounts_seen",
        "refund_run",
        found.number,
        area=found.pooling_area_id,
        persons=list(seen.values_list("order__person__person_no", flat=True)),
    )
    return _shown(request, found, in_full=True)


def _shown(
    request: PageRequest,
    found: RefundRun,
    *,
    in_full: bool = False,
    code_error: str = "",
    form: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = RefundLine.objects.filter(run=found).select_related("order").order_by("line_no")
    may_pay, releases = may(request, commands.PAY), may(request, commands.RELEASE)
    context = {
        "run": found,
        "state": run_badge(found.state),
        "file": exchange.outgoing_of(commands.FLOW_NAME, found.pk),
        "lines": [(line, *_payee(line, in_full), _line_badge(line, found)) for line in lines[:LINES_SHOWN]],
        "more": max(0, found.rows - LINES_SHOWN),
        "in_full": in_full,
        "may_reveal": (may_pay or releases) and not in_full,
        "may_pay": may_pay,
        "may_release": releases and found.made_by_person != request.operator.citizen_id,
        "code_error": code_error,
        "form": form or AnswerForm(),
        "crumbs": crumbs(
            CHAPTER,
            (_("退费"), "contributions:refunds"),
            (_("退费盘"), "contributions:refund_runs"),
            found.number,
        ),
    }
    return render(request, "contributions/refund_run.html", context, status=status)


def _payee(line: RefundLine, in_full: bool) -> tuple[str, str]:
    """户名 and 收款账号, masked unless they were asked for."""
    if in_full:
        return line.holder_name, line.account_no
    return masks.name(line.holder_name), masked(line.account_no)


@page(commands.PAY, methods=("POST",))
def cancel_run(request: PageRequest, run_id: int) -> HttpResponse:
    """撤销."""
    commands.cancel_run(run_id=_find(request, run_id).pk, operator=request.operator, now=request.now)
    messages.success(request, gettext("退费盘已撤销,退费恢复为待付款。"))
    return redirect("contributions:refund_run", run_id)


@page(commands.RELEASE, methods=("POST",))
def release_run(request: PageRequest, run_id: int) -> HttpResponse:
    """复核付款 with the second factor."""
    found = _find(request, run_id)
    try:
        commands.release_run(
            run_id=run_id,
            second_factor_code=request.POST.get("second_factor", ""),
            operator=request.operator,
            now=request.now,
        )
    except second_factor.REFUSALS as refusal:
        return _shown(request, found, code_error=f"{sentence(refusal)} {refusal.code}", status=422)
    messages.success(request, gettext("已复核,可以发往银行。"))
    return redirect("contributions:refund_run", run_id)


@page(commands.PAY, methods=("POST",))
def send_run(request: PageRequest, run_id: int) -> HttpResponse:
    """发送."""
    commands.send_run(run_id=_find(request, run_id).pk, operator=request.operator, now=request.now)
    messages.success(request, gettext("已发往银行,等待回盘。"))
    return redirect("contributions:refund_run", run_id)


@page(commands.PAY, methods=("POST",))
def answer_run(request: PageRequest, run_id: int) -> HttpResponse:
    """上传回盘: checked like every import, and taken in there."""
    found, form = _find(request, run_id), AnswerForm(request.POST, request.FILES)
    sent = exchange.outgoing_of(commands.FLOW_NAME, found.pk)
    return take_answer(request, form, kind=commands.FLOW_NAME, answers=sent) or _shown(
        request, found, form=form, status=422
    )


def _find(request: PageRequest, run_id: int) -> RefundRun:
    """Raises: Http404, AreaOutOfScope."""
    found = RefundRun.objects.select_related("bank").filter(pk=run_id).first()
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    return found


# --- statistics ---------------------------------------------------------------------------------------------------


@page("contributions.view")
def board(request: PageRequest) -> HttpResponse:
    """退费统计 (CON-22): how many, how much, for which error, year by year."""
    years = list(range(request.today.year + 1, request.today.year + 1 - YEARS_SHOWN, -1))
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else request.today.year
    found = list(
        _inside(request)
        .filter(approved_at__year=year)
        .values("ground", "state")
        .annotate(rows=Count("id"), fen=Sum("amount_fen"))
    )
    grounds = [one for one in Ground if any(row["ground"] == one for row in found)]
    rows = [
        {
            "ground": one.label,
            "value": one.value,
            "rows": _sum(found, "rows", ground=one),
            "fen": _sum(found, "fen", ground=one),
            "paid": _sum(found, "rows", ground=one, state=RefundState.PAID),
            "paid_fen": _sum(found, "fen", ground=one, state=RefundState.PAID),
            "returned": _sum(found, "rows", ground=one, state=RefundState.RETURNED),
        }
        for one in grounds
    ]
    source = gettext("来源:退费单,%(year)s年审批") % {"year": year}
    listed = reverse("contributions:refunds")
    told = (
        (_("准予退费"), f"{_sum(found, 'rows'):,}", _yuan(_sum(found, "fen")), listed),
        (_("已退回"), f"{_sum(found, 'rows', state='paid'):,}", _yuan(_sum(found, "fen", state="paid")), "paid"),
        (_("待付款"), f"{_sum(found, 'rows', state='approved'):,}", "", "approved"),
        (_("退票待更正"), f"{_sum(found, 'rows', state='returned'):,}", "", "returned"),
    )
    context = {
        "year": year,
        "years": years,
        "figures": [
            {"label": label, "value": value, "note": note, "link": link if "/" in link else f"{listed}?state={link}"}
            for label, value, note, link in told
        ],
        "charts": [
            Chart(
                key="refunds-by-ground",
                title=_("按退费理由"),
                kind="bars-lying",
                labels=[gettext(str(one["ground"])) for one in rows],
                series=[Series(_("金额"), [one["fen"] for one in rows], "layer-pool")],
                unit=_("元"),
                source=source,
            )
        ]
        if rows
        else [],
        "rows": rows,
        "source": source,
        "crumbs": crumbs(CHAPTER, (_("退费"), "contributions:refunds"), _("退费统计")),
    }
    return render(request, "contributions/refund_board.html", context)


def _sum(found: list[dict[str, Any]], what: str, **wanted: str) -> int:
    return sum(row[what] for row in found if all(row[name] == value for name, value in wanted.items()))


def _yuan(fen: int) -> str:
    return gettext("%(amount)s 元") % {"amount": f"{fen // 100:,}.{fen % 100:02d}"}

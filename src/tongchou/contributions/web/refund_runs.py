"""退费盘: the runs of refunds for the bank, their transfers, their release and the bank's answer (CON-22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.mandates import masked
from tongchou.contributions.models import RefundLine, RefundOrder, RefundRun
from tongchou.contributions.refunds import commands
from tongchou.contributions.refunds.states import LineState, RefundState, RunState
from tongchou.contributions.web.places import CHAPTER
from tongchou.exchange import queries as exchange
from tongchou.exchange.web.uploads import AnswerForm, take_answer
from tongchou.platform import second_factor
from tongchou.platform.checks import check_area_in_scope
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_area, may, note_look, page, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

_RUN_TONES: Final = {
    RunState.MADE: Tone.WAITING,
    RunState.RELEASED: Tone.HAND,
    RunState.SENT: Tone.HAND,
    RunState.ANSWERED: Tone.DONE,
    RunState.CANCELLED: Tone.RESTING,
}
_LINE_TONES: Final = {LineState.WAITING: Tone.HAND, LineState.PAID: Tone.DONE, LineState.FAILED: Tone.BAD}


def run_badge(state: str) -> Badge:
    """退费盘状态 as shown."""
    known = RunState(state)
    return Badge(str(known.label), _RUN_TONES[known])


def line_badge(line: RefundLine, of: RefundRun) -> Badge:
    """退费盘明细状态 as shown: the bank can answer only what has been sent to it."""
    known = LineState(line.state)
    if known == LineState.WAITING and of.state == RunState.CANCELLED:
        return run_badge(of.state)
    if known == LineState.WAITING and of.state in (RunState.MADE, RunState.RELEASED):
        return Badge(gettext("待发送"), Tone.WAITING)
    return Badge(str(known.label), _LINE_TONES[known])


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
    return _shown(request, found, in_full=True)


def _note_accounts(request: PageRequest, found: RefundRun, rows: Sequence[RefundLine]) -> None:
    """The look at these accounts, in the trail (RIG-04)."""
    note_look(
        request,
        "contributions.refund_accounts_seen",
        "refund_run",
        found.number,
        area=found.pooling_area_id,
        persons=[line.order.person.person_no for line in rows if line.order.person],
    )


@dataclass(frozen=True, slots=True)
class Line:
    """退费盘明细 as listed."""

    row: RefundLine
    holder: str
    account: str
    badge: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _lines(found: RefundRun, *, in_full: bool) -> lists.List:
    """The transfers of a run; accounts in full on the page that was asked for, and never in a download."""

    def complete(request: PageRequest, rows: Sequence[RefundLine]) -> Sequence[Line]:
        told = in_full and "export" not in request.GET
        if told:
            _note_accounts(request, found, rows)
        return [Line(row, *_payee(row, told), line_badge(row, found)) for row in rows]

    return lists.List(
        name=f"refund_lines {found.number}",
        title=_("退费明细"),
        columns=(
            lists.Column(_("行号"), "line_no", "number", sort="line"),
            lists.Column(_("退费单号"), lambda row: row.order.number, "code"),
            lists.Column(_("户名"), "holder"),
            lists.Column(_("收款账号"), "account", "code"),
            lists.Column(_("退费理由"), lambda row: str(row.order.get_ground_display()), "choice"),
            lists.Column(_("金额(元)"), "amount_fen", "money", sort="amount"),
            lists.Column(_("转账日期"), "paid_on", "day", if_said=True),
            lists.Column(_("状态"), "badge", "state", sort="state"),
        ),
        read=lambda request, criteria: lists.Table(
            RefundLine.objects.filter(run=found).select_related("order__person")
        ),
        complete=complete,
        orders={
            "line": ("line_no",),
            "-line": ("-line_no",),
            "amount": ("amount_fen", "line_no"),
            "-amount": ("-amount_fen", "-line_no"),
            "state": ("state", "line_no"),
            "-state": ("-state", "-line_no"),
        },
        link=lambda row: reverse("contributions:refund", args=[row.order.number]),
        template="contributions/refund_run.html",
    )


def _shown(
    request: PageRequest,
    found: RefundRun,
    *,
    in_full: bool = False,
    code_error: str = "",
    form: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_pay, releases = may(request, commands.PAY), may(request, commands.RELEASE)
    shown = _lines(found, in_full=in_full).respond(
        request,
        run=found,
        state=run_badge(found.state),
        file=exchange.outgoing_of(commands.FLOW_NAME, found.pk),
        in_full=in_full,
        may_reveal=(may_pay or releases) and not in_full,
        may_pay=may_pay,
        may_release=releases and found.made_by_person != request.operator.citizen_id,
        code_error=code_error,
        form=form or AnswerForm(),
        crumbs=crumbs(
            CHAPTER,
            (_("退费"), "contributions:refunds"),
            (_("退费盘"), "contributions:refund_runs"),
            found.number,
        ),
    )
    shown.status_code = status
    return shown


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
        return _shown(request, found, code_error=sentence_with_code(refusal), status=422)
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

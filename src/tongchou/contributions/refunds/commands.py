"""Refunds from approval to the bank (退费; GX2017 §28, 95; CON-22): approved, listed, released by another, sent.

An approved refund leaves income at once and waits in 暂收款 until the bank says that it was transferred, so that books,
payments and coverage agree at every moment (decision 0290).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tongchou.contributions import commands as contributions
from tongchou.contributions import events, receivables
from tongchou.contributions.models import Contribution, PendingAmount
from tongchou.contributions.procedure import procedure
from tongchou.contributions.reconciling import OTHER_RECEIPTS, PREMIUM_INCOME, income_year
from tongchou.contributions.refunds.models import RefundLine, RefundOrder, RefundRun
from tongchou.contributions.refunds.money import Account, Overpaid
from tongchou.contributions.refunds.states import RUN_TRANSITIONS, Ground, LineState, RefundState, RunState
from tongchou.contributions.rules import RESIDENT
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.exchange import commands as exchange
from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Flow
from tongchou.exchange.states import PartnerKind
from tongchou.fund import commands as fund
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import second_factor, trail
from tongchou.platform.events import publish
from tongchou.platform.numbering import Series, next_written

PAY: Final = "fund.pay"
RELEASE: Final = "fund.review_voucher"
CORRECT: Final = "contributions.refund"
FLOW_NAME: Final = "refunds"
ORDERS: Final = Series("refund", name="退费单", mark="TF", width=6)
RUNS: Final = Series("refund.run", name="退费盘", mark="TP", width=6)
EARLIER_YEARS: Final = "5401"
"""其他支出: premiums of an earlier year given back; those of this year lessen the income (财会〔2017〕28号)."""


class OtherAccount(DomainError):
    code = "CO-4006"
    message = "退费只能退回原缴费账户(户名{holder},账号尾号{tail})"
    citation = "GX2017 §28"


class AccountNeeded(DomainError):
    code = "CO-4007"
    message = "查不到原缴费账户,须填写{what},并附银行缴费凭证"
    citation = "GX2017 §28"


class MovedMeanwhile(DomainError):
    code = "CO-4008"
    message = "该笔款项已被处理,不能再退"
    citation = "GX2017 §28"


class OrderUnknown(DomainError):
    code = "CO-4009"
    message = "没有编号为{order}的退费单"
    citation = "GX2017 §28"


class NotReturned(DomainError):
    code = "CO-4010"
    message = "退费单{number}{state},不需要更正账户"
    citation = "GX2017 §28"


class NothingToPay(DomainError):
    code = "CO-4011"
    message = "没有待付款的退费单"
    citation = "GX2017 §97"


class RunUnknown(DomainError):
    code = "CO-4012"
    message = "没有编号为{run}的退费盘"
    citation = "GX2017 §97"


class RunNotInState(DomainError):
    code = "CO-4013"
    message = "退费盘{number}{state},不能{what}"
    citation = "GX2017 §97"


class SamePersonReleases(DomainError):
    code = "CO-4014"
    message = "退费盘由您制作,须由另一人复核付款"
    citation = "GX2017 §97"


class NotOurBank(DomainError):
    code = "CO-4015"
    message = "没有编号为{bank}的付款银行,或已停用"
    citation = "GX2017 §97"


def account_for(overpaid: Overpaid, *, account_no: str, holder_name: str, bank_name: str) -> Account:
    """退回账户: the account the money came from; asked for only where that is not known.

    Raises: OtherAccount, AccountNeeded.
    """
    known = overpaid.account
    given = account_no.strip().replace(" ", "")
    if known is not None:
        if (given and given != known.account_no) or holder_name.strip() not in ("", known.holder_name):
            raise OtherAccount(holder=known.holder_name, tail=known.tail)
        return known
    for what, text in (("收款账号", given), ("收款户名", holder_name), ("开户银行", bank_name)):
        if not text.strip():
            raise AccountNeeded(what=what)
    return Account(given, holder_name.strip(), bank_name.strip())


class RefundWithoutCase(DomainError):
    code = "CS-2104"
    message = "退费须凭已办结的业务件,不得直接付款"
    citation = "GX2017 §130"


def approve(
    *,
    overpaid: Overpaid,
    ground: Ground,
    account: Account,
    unit_code: str,
    evidence: str,
    case_number: str,
    operator: platform.Operator,
    now: datetime,
) -> RefundOrder:
    """准予退费 (CON-22): the payment in error is voided, the money leaves income and waits for the bank.

    A step of the transaction of the last decision on a case; `overpaid` was found in it. Raises: RefundWithoutCase,
    MovedMeanwhile, and what the books refuse.
    """
    if not case_number.strip():
        raise RefundWithoutCase
    payment = overpaid.contribution
    pending = _locked_pending(overpaid.pending) if overpaid.pending is not None else None
    area = (payment or pending).pooling_area_id
    today = timezone.localdate(now)
    number = next_written(ORDERS, area=area, year=today.year)
    reversal_no = ""
    if payment is not None:
        _take_back(payment, overpaid, ground, f"退费{number}:{ground.label}", now)
        reversal_no = _leave_income(payment, overpaid.amount_fen, number, area, operator, now)
    order = RefundOrder.objects.create(
        pooling_area_id=area,
        unit_code=unit_code,
        number=number,
        case_number=case_number,
        ground=ground,
        person_id=overpaid.person_id or None,
        benefit_year=overpaid.benefit_year,
        contribution=payment,
        pending=pending,
        amount_fen=overpaid.amount_fen,
        account_no=account.account_no,
        holder_name=account.holder_name,
        bank_name=account.bank_name,
        evidence=evidence,
        reversal_no=reversal_no,
        approved_by=operator.staff_code,
        approved_at=now,
    )
    if pending is not None:
        pending.resolution, pending.resolved_by, pending.resolved_at = f"退费{number}", operator.staff_code, now
        pending.save(update_fields=["resolution", "resolved_by", "resolved_at"])
    _note("approve_refund", order, operator, now)
    _tell(order)
    return order


def _locked_pending(pending: PendingAmount) -> PendingAmount:
    """Raises: MovedMeanwhile."""
    found = PendingAmount.objects.select_for_update(of=("self",)).filter(pk=pending.pk, resolved_at=None).first()
    if found is None:
        raise MovedMeanwhile
    return found


def _take_back(payment: Contribution, overpaid: Overpaid, ground: Ground, reason: str, now: datetime) -> None:
    """The payment is voided, or loses what was above the standard; coverage follows. Raises: MovedMeanwhile."""
    person: Facts = enrolment.lock(person_id=payment.person_id, on=payment.paid_in_full_on)
    standing = Contribution.objects.select_for_update(of=("self",)).filter(pk=payment.pk, voided_at=None).first()
    if standing is None:
        raise MovedMeanwhile
    if overpaid.keeps_fen:
        contributions.rebook(standing, person, amount_fen=overpaid.keeps_fen, reason=reason, now=now)
        return
    contributions.withdraw(standing, person, reason=reason, now=now)
    if ground is Ground.DIED_BEFORE:  # nobody is left who owes the year
        receivables.owe_no_more(person.id, date(payment.benefit_year, 1, 1))


def _leave_income(
    payment: Contribution, amount_fen: int, number: str, area: str, operator: platform.Operator, now: datetime
) -> str:
    """冲减收入: this year's income is lessened, an earlier year's is an expense; the money waits in 暂收款."""
    today = timezone.localdate(now)
    income = PREMIUM_INCOME if income_year(payment) == today.year else EARLIER_YEARS
    return fund.post_voucher(
        pooling_area=area,
        scheme=RESIDENT,
        kind=VoucherKind.TRANSFER,
        dated_on=today,
        summary=f"冲减{payment.benefit_year}年度城乡居民医保费1人",
        source_document=f"退费单{number}",
        entries=[
            EntryDraft(income, debit=Money(amount_fen)),
            EntryDraft(OTHER_RECEIPTS, credit=Money(amount_fen), note=f"待退{number}"),
        ],
        operator=operator.staff_code,
        now=now,
    ).number


def _tell(order: RefundOrder) -> None:
    """Tell the person, where there is one, and the chapters above."""
    if order.person_id:
        publish(events.RefundChanged(order.pk, order.person_id, order.benefit_year, order.amount_fen, str(order.state)))


def _note(action: str, order: RefundOrder, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=order.pooling_area_id,
        unit_code=order.unit_code,
        object_kind="refund",
        object_key=order.number,
        detail={
            "person": order.person_id,
            "ground": order.ground,
            "year": order.benefit_year,
            "amount_fen": order.amount_fen,
            **detail,
        },
    )


# --- runs ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_run(*, pooling_area: str, bank_id: int, operator: platform.Operator, now: datetime) -> RefundRun:
    """制作退费盘 (GX2017 §97): every approved refund of the area, as transfers for one bank; nothing has left yet.

    Two at once: the second finds nothing left. Raises: NotOurBank, NothingToPay, NothingAgreed, NoPermission,
    AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, PAY, pooling_area, now)
    bank = exchange_queries.partner(bank_id)
    if bank is None or not bank.in_use or bank.kind != PartnerKind.BANK or bank.pooling_area_id != pooling_area:
        raise NotOurBank(bank=bank_id)
    outgoing.agreed(bank, FLOW_NAME, timezone.localdate(now))
    waiting = list(
        RefundOrder.objects.select_for_update(of=("self",))
        .filter(pooling_area_id=pooling_area, state=RefundState.APPROVED)
        .order_by("id")
    )
    if not waiting:
        raise NothingToPay
    run = RefundRun.objects.create(
        pooling_area_id=pooling_area,
        number=next_written(RUNS, area=pooling_area, year=timezone.localdate(now).year),
        bank=bank,
        rows=len(waiting),
        amount_fen=sum(one.amount_fen for one in waiting),
        made_by=operator.staff_code,
        made_by_person=operator.citizen_id,
        made_at=now,
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            run=run,
            line_no=line_no,
            order=one,
            account_no=one.account_no,
            holder_name=one.holder_name,
            amount_fen=one.amount_fen,
            benefit_year=one.benefit_year,
        )
        for line_no, one in enumerate(waiting, 1)
    )
    RefundOrder.objects.filter(pk__in=[one.pk for one in waiting]).update(state=RefundState.IN_RUN, run=run)
    _note_run("make_refund_run", run, operator, now)
    return run


@transaction.atomic
def cancel_run(*, run_id: int, operator: platform.Operator, now: datetime) -> RefundRun:
    """撤销退费盘 that nobody released: its refunds wait again. Raises: RunUnknown, RunNotInState, NoPermission,
    AreaOutOfScope.
    """
    run = lock_run(run_id)
    platform_checks.check_area_in_scope(operator, PAY, run.pooling_area_id, now)
    _move(run, RunState.CANCELLED, "撤销")
    run.save(update_fields=["state"])
    run.orders.update(state=RefundState.APPROVED, run=None)
    _note_run("cancel_refund_run", run, operator, now)
    return run


@transaction.atomic
def release_run(*, run_id: int, second_factor_code: str, operator: platform.Operator, now: datetime) -> RefundRun:
    """复核付款 (GX2017 §97; SYS-11): another person of finance, with the second factor; only now is there a file.

    Again, it changes nothing. Raises: RunUnknown, RunNotInState, SamePersonReleases, those of the second factor,
    NothingAgreed, NoPermission, AreaOutOfScope.
    """
    run = lock_run(run_id)
    platform_checks.check_area_in_scope(operator, RELEASE, run.pooling_area_id, now)
    if run.state == RunState.RELEASED and run.released_by == operator.staff_code:
        return run
    if run.made_by_person == operator.citizen_id:
        raise SamePersonReleases
    _move(run, RunState.RELEASED, "复核")
    second_factor.check(operator, second_factor_code, now=now)
    run.released_by, run.released_at = operator.staff_code, now
    run.save(update_fields=["state", "released_by", "released_at"])
    outgoing.make_file(
        flow=FLOW_NAME,
        partner=run.bank,
        object_key=run.pk,
        unit_code=run.pooling_area_id,
        rows=run.rows,
        total_fen=run.amount_fen,
        operator=operator,
        now=now,
    )
    _note_run("release_refund_run", run, operator, now)
    return run


@transaction.atomic
def send_run(*, run_id: int, operator: platform.Operator, now: datetime) -> RefundRun:
    """发送退费盘 to the bank. Again, it changes nothing.

    Raises: RunUnknown, RunNotInState, NoPermission, AreaOutOfScope.
    """
    run = lock_run(run_id)
    platform_checks.check_area_in_scope(operator, PAY, run.pooling_area_id, now)
    if run.state == RunState.SENT:
        return run
    _move(run, RunState.SENT, "发送")
    file = exchange_queries.outgoing_of(FLOW_NAME, run.pk)
    assert file is not None
    exchange.mark_sent(number=file.number, operator=operator, now=now)
    run.save(update_fields=["state"])
    _note_run("send_refund_run", run, operator, now)
    return run


@transaction.atomic
def correct_account(
    *, number: str, account_no: str, holder_name: str, bank_name: str, operator: platform.Operator, now: datetime
) -> RefundOrder:
    """更正收款账户 of a refund that came back (退票): it waits for the next run.

    Raises: OrderUnknown, NotReturned, AccountNeeded, NoPermission, OutOfScope.
    """
    order = RefundOrder.objects.select_for_update(of=("self",)).filter(number=number).first()
    if order is None:
        raise OrderUnknown(order=number)
    platform_checks.check_in_scope(
        operator, CORRECT, order.unit_code, now, object_kind="refund", object_key=order.number
    )
    if order.state != RefundState.RETURNED:
        raise NotReturned(number=order.number, state=RefundState(order.state).label)
    for what, text in (("收款账号", account_no), ("收款户名", holder_name), ("开户银行", bank_name)):
        if not text.strip():
            raise AccountNeeded(what=what)
    before = f"****{order.account_no[-4:]}"
    order.account_no, order.holder_name = account_no.strip().replace(" ", ""), holder_name.strip()
    order.bank_name, order.returned_because = bank_name.strip(), ""
    order.state = RefundState.APPROVED
    order.save(update_fields=["account_no", "holder_name", "bank_name", "state", "returned_because"])
    exchange.settle_rejected(
        object_kind="refund",
        object_keys=[order.number],
        resolution="已更正收款账户,列入下一退费盘",
        staff_code=operator.staff_code,
        now=now,
    )
    _note("correct_refund_account", order, operator, now, before=before)
    return order


def lock_run(run_id: int) -> RefundRun:
    """The run, for a change; a step of the caller's transaction. Raises: RunUnknown."""
    found = RefundRun.objects.select_for_update(of=("self",)).select_related("bank").filter(pk=run_id).first()
    if found is None:
        raise RunUnknown(run=run_id)
    return found


def _move(run: RefundRun, state: RunState, what: str) -> None:
    """Raises: RunNotInState."""
    if (run.state, state) not in RUN_TRANSITIONS:
        raise RunNotInState(number=run.number, state=RunState(run.state).label, what=what)
    run.state = state


def book_answer(
    run: RefundRun, answered: Sequence[RefundLine], *, document: str, operator: platform.Operator, now: datetime
) -> None:
    """回盘入账: what was transferred leaves 暂收款 and the bank, in one voucher; what came back waits for a correction.

    A step of the transaction that takes the bank's answer in. `answered` carry state, code, day and reference.
    """
    paid = [line for line in answered if line.state == LineState.PAID]
    voucher_no = ""
    if paid:
        total = Money(sum(line.amount_fen for line in paid))
        voucher_no = fund.post_voucher(
            pooling_area=run.pooling_area_id,
            scheme=RESIDENT,
            kind=VoucherKind.PAYMENT,
            dated_on=max(line.paid_on for line in paid if line.paid_on),
            summary=f"退还多缴城乡居民医保费{len(paid)}笔",
            source_document=document,
            entries=[
                EntryDraft(OTHER_RECEIPTS, debit=total, note=run.number),
                EntryDraft(procedure(run.pooling_area_id).paid_from, credit=total, note=run.bank.name),
            ],
            operator=operator.staff_code,
            now=now,
        ).number
    for line in answered:
        line.save(update_fields=["state", "code", "paid_on", "reference"])
        order = RefundOrder.objects.select_for_update(of=("self",)).get(pk=line.order_id)
        if line.state == LineState.PAID:
            order.state, order.paid_on = RefundState.PAID, line.paid_on
            order.reference, order.voucher_no = line.reference, voucher_no
        else:
            order.state, order.run, order.returned_because = RefundState.RETURNED, None, line.get_code_display()
        order.save()
        _note("answer_refund", order, operator, now, code=line.code)
        _tell(order)
    if not run.lines.filter(state=LineState.WAITING).exists():
        _move(run, RunState.ANSWERED, "回盘")
        run.save(update_fields=["state"])


def _note_run(action: str, run: RefundRun, operator: platform.Operator, now: datetime) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=run.pooling_area_id,
        object_kind="refund_run",
        object_key=run.number,
        detail={"rows": run.rows, "amount_fen": run.amount_fen},
    )


def rows(run_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a run as they were made (退费盘明细)."""
    found = RefundLine.objects.filter(run_id=run_id).order_by("line_no")
    for row in found.values_list("line_no", "account_no", "holder_name", "amount_fen", "benefit_year"):
        yield (*row[:4], 1, row[4])


FLOW: Final = Flow(
    FLOW_NAME,
    "退费盘",
    PAY,
    ("line_no", "account_no", "holder_name", "amount_fen", "persons", "year"),
    rows,
    place=lambda run_id: reverse("contributions:refund_run", args=[run_id]),
)

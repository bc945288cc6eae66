"""三方对账 (GX2017 §95; JL2019 §13; CON-24, FIN-07): what we booked, what the bank's file says, what the bank credited.

Only when the three are equal does a document go to finance and the sum into the ledger: one voucher for each result.
A credit that names no result of ours waits as 待查.
"""

from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.contributions import rules
from tongchou.contributions.models import (
    CollectionBatch,
    CollectionItem,
    CollectionResult,
    Contribution,
    CreditAdvice,
    PendingAmount,
)
from tongchou.contributions.states import BatchState
from tongchou.exchange import commands as exchange
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.states import PartnerKind
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund import queries as fund_queries
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.numbering import Series, next_written

RECONCILE: Final = "fund.reconcile_bank"
DOCUMENTS: Final = Series("collection.document", name="业务处理单据", mark="YW", width=6)
PREMIUM_INCOME: Final = "4001"
"""社会保险费收入, what a refund of the same year is taken from (财会〔2017〕28号)."""
OTHER_RECEIPTS: Final = "200199"
"""暂收款—其他: money whose person or purpose is not yet clear (财会〔2017〕28号)."""


class AdviceTwice(DomainError):
    code = "CO-2141"
    message = "银行流水号{reference}的到账通知已登记,金额{amount}元,不能再登记{given}元"
    citation = "GX2017 §95"


class AdviceOfNothing(DomainError):
    code = "CO-2142"
    message = "到账通知须有银行流水号,金额须大于零,到账日期不得在将来"
    citation = "GX2017 §95"


class BankUnknown(DomainError):
    code = "CO-2143"
    message = "没有编号为{bank}的银行"
    citation = "GX2017 §95"


class ResultUnknown(DomainError):
    code = "CO-2144"
    message = "没有编号为{result}的回盘结果"
    citation = "GX2017 §95"


class AdvicePlaced(DomainError):
    code = "CO-2145"
    message = "该到账通知已对应批次{number},不能改对应"
    citation = "GX2017 §95"


class ReconciledAlready(DomainError):
    code = "CO-2146"
    message = "该回盘结果已对账,单据{document},不再接收到账通知"
    citation = "GX2017 §95"


class WhyCorrected(DomainError):
    code = "CO-6604"
    message = "更正到账通知须写明原因"
    citation = "GX2017 §95"


class PendingUnknown(DomainError):
    code = "CO-2147"
    message = "没有编号为{pending}的待处理款,或已处理"
    citation = "GX2017 §28"


class ResolutionMissing(DomainError):
    code = "CO-2148"
    message = "须写明处理结果"
    citation = "GX2017 §28"


@transaction.atomic
def record_advice(
    *,
    pooling_area: str,
    bank_id: int,
    reference: str,
    amount_fen: int,
    credited_on: date,
    quoted: str = "",
    operator: platform.Operator,
    now: datetime,
) -> CreditAdvice:
    """登记银行到账通知 (GX2017 §95): money has come; where it quotes a batch of ours that still waits, it is held
    against its result at once. The same notice again gives the first.

    Raises: BankUnknown, AdviceOfNothing, AdviceTwice, NoPermission, AreaOutOfScope, and what the books refuse.
    """
    platform_checks.check_area_in_scope(operator, RECONCILE, pooling_area, now)
    bank = exchange_queries.partner(bank_id)
    if bank is None or bank.kind != PartnerKind.BANK or bank.pooling_area_id != pooling_area:
        raise BankUnknown(bank=bank_id)
    if amount_fen <= 0 or not reference.strip() or credited_on > timezone.localdate(now):
        raise AdviceOfNothing
    try:
        with transaction.atomic():
            advice = CreditAdvice.objects.create(
                pooling_area_id=pooling_area,
                bank=bank,
                reference=reference.strip(),
                amount_fen=amount_fen,
                credited_on=credited_on,
                quoted=quoted.strip(),
                staff_code=operator.staff_code,
                recorded_at=now,
            )
    except IntegrityError:
        earlier = CreditAdvice.objects.get(bank=bank, reference=reference.strip())
        if (earlier.amount_fen, earlier.credited_on) == (amount_fen, credited_on):
            return earlier
        raise AdviceTwice(
            reference=reference, amount=yuan_text(earlier.amount_fen), given=yuan_text(amount_fen)
        ) from None
    trail.record(
        "contributions.record_advice",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="credit_advice",
        object_key=advice.pk,
        detail={"reference": advice.reference, "amount_fen": amount_fen},
    )
    if result := _quoted(advice):
        _place(advice, result, operator, now)
    return advice


def _quoted(advice: CreditAdvice) -> CollectionResult | None:
    """The one result of the quoted batch that waits for money."""
    if not advice.quoted:
        return None
    batch = CollectionBatch.objects.filter(bank_id=advice.bank_id, number=advice.quoted).first()
    waiting = CollectionResult.objects.filter(batch=batch, reconciled_at=None) if batch else ()
    found = [one for one in waiting if exchange_queries.import_left_open(one.file_id) is None]
    return found[0] if len(found) == 1 else None


@transaction.atomic
def place_advice(*, advice_id: int, result_id: int, operator: platform.Operator, now: datetime) -> CollectionResult:
    """对应到账通知 (FIN-07): a credit that waited belongs to this result.

    Raises: ResultUnknown, AdvicePlaced, ReconciledAlready, FileNotInState, NoPermission, AreaOutOfScope, and what the
    books refuse.
    """
    advice = CreditAdvice.objects.select_for_update(of=("self",)).filter(pk=advice_id).first()
    result = CollectionResult.objects.select_related("batch").filter(pk=result_id).first()
    if advice is None or result is None or advice.bank_id != result.batch.bank_id:
        raise ResultUnknown(result=result_id)
    platform_checks.check_area_in_scope(operator, RECONCILE, advice.pooling_area_id, now)
    if advice.result_id == result_id:
        return result
    if advice.result is not None:
        raise AdvicePlaced(number=advice.result.batch.number)
    return _place(advice, result, operator, now)


@transaction.atomic
def correct_advice(
    *,
    advice_id: int,
    amount_fen: int,
    credited_on: date,
    quoted: str,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> CreditAdvice:
    """更正到账通知 (GX2017 §95): what was written wrongly, or held against the wrong result; before it is in the books.

    It leaves its result, and is held against the result of the batch that it quotes now, if that waits. Raises:
    ResultUnknown, AdviceOfNothing, WhyCorrected, ReconciledAlready, NoPermission, AreaOutOfScope, and what the books
    refuse.
    """
    advice = CreditAdvice.objects.select_for_update(of=("self",)).filter(pk=advice_id).first()
    if advice is None:
        raise ResultUnknown(result=advice_id)
    platform_checks.check_area_in_scope(operator, RECONCILE, advice.pooling_area_id, now)
    if amount_fen <= 0 or credited_on > timezone.localdate(now):
        raise AdviceOfNothing
    if not reason.strip():
        raise WhyCorrected
    before = {"amount_fen": advice.amount_fen, "credited_on": advice.credited_on.isoformat(), "quoted": advice.quoted}
    if advice.result_id is not None:
        held = CollectionResult.objects.select_for_update(of=("self",)).get(pk=advice.result_id)
        if held.reconciled_at is not None:
            raise ReconciledAlready(document=held.document_no)
        held.advised_fen -= advice.amount_fen
        held.save(update_fields=["advised_fen"])
    advice.result, advice.amount_fen, advice.credited_on = None, amount_fen, credited_on
    advice.quoted = quoted.strip()[:60]
    advice.save(update_fields=["result", "amount_fen", "credited_on", "quoted"])
    trail.record(
        "contributions.correct_advice",
        at=now,
        operator=operator,
        pooling_area=advice.pooling_area_id,
        object_kind="credit_advice",
        object_key=advice.pk,
        detail={"reference": advice.reference, "amount_fen": amount_fen, "before": before, "reason": reason.strip()},
    )
    if result := _quoted(advice):
        _place(advice, result, operator, now)
    return advice


def results_waiting(advice: CreditAdvice, limit: int = 100) -> list[CollectionResult]:
    """待对账的回盘 of the bank: what a credit that waits may belong to, the newest first (FIN-07)."""
    found = CollectionResult.objects.filter(batch__bank_id=advice.bank_id, reconciled_at=None, paid_fen__gt=0)
    return list(found.select_related("batch").order_by("-id")[:limit])


def _place(
    advice: CreditAdvice, result: CollectionResult, operator: platform.Operator, now: datetime
) -> CollectionResult:
    """Hold the credits against the result; equal, it goes to finance. A result that is still booked waits.

    Raises: ReconciledAlready, FileNotInState.
    """
    result = CollectionResult.objects.select_for_update(of=("self",)).select_related("batch").get(pk=result.pk)
    if left := exchange_queries.import_left_open(result.file_id):
        raise exchange.FileNotInState(number=left.file_name, state=f"已入库{left.rows_taken}行,尚未入完", what="对账")
    if result.reconciled_at is not None:
        raise ReconciledAlready(document=result.document_no)
    advice.result = result
    advice.save(update_fields=["result"])
    result.advised_fen += advice.amount_fen
    if result.advised_fen == result.paid_fen:
        _hand_over(result, advice.credited_on, operator, now)
    result.save()
    trail.record(
        "contributions.place_advice",
        at=now,
        operator=operator,
        pooling_area=advice.pooling_area_id,
        object_kind="collection",
        object_key=result.batch.number,
        detail={
            "reference": advice.reference,
            "advised_fen": result.advised_fen,
            "paid_fen": result.paid_fen,
            "document": result.document_no,
        },
    )
    return result


def _hand_over(result: CollectionResult, credited_on: date, operator: platform.Operator, now: datetime) -> None:
    """业务处理单据 and 收款凭证 (CON-24; FIN-35): premiums are income, what settles nobody is a temporary receipt."""
    batch, payments = result.batch, result.payments
    area = batch.pooling_area_id
    result.document_no = next_written(DOCUMENTS, area=area, year=credited_on.year)
    result.reconciled_at = now
    template = postings.template(area, rules.RESIDENT, DocumentKind.PREMIUM)
    entries = [EntryDraft(template.debit, debit=Money(result.paid_fen), note=f"{batch.bank.name}代扣{batch.number}")]
    if result.booked_fen:
        entries.append(EntryDraft(template.credit, credit=Money(result.booked_fen)))
    if result.pending_fen:
        entries.append(EntryDraft(OTHER_RECEIPTS, credit=Money(result.pending_fen), note="待处理款"))
    voucher = fund.post_voucher(
        pooling_area=area,
        scheme=rules.RESIDENT,
        kind=VoucherKind.RECEIPT,
        dated_on=credited_on,
        summary=f"银行代扣{batch.benefit_year}年度城乡居民医保费{payments.rows_accepted}人",
        source_document=result.document_no,
        entries=entries,
        operator=operator.staff_code,
        now=now,
    )
    payments.voucher_no = voucher.number
    payments.save(update_fields=["voucher_no"])
    result.save()
    close_if_settled(batch, operator, now)


def close_if_settled(batch: CollectionBatch, operator: platform.Operator, now: datetime) -> None:
    """已对账: the bank has answered every line, and every result that brought money has it; a step.

    Where nothing could be drawn there is nothing to wait for.
    """
    waiting = CollectionResult.objects.filter(batch=batch, reconciled_at=None, paid_fen__gt=0)
    if batch.state != BatchState.ANSWERED or waiting.exists():
        return
    batch.state = BatchState.RECONCILED
    batch.save(update_fields=["state"])
    file = exchange_queries.outgoing_of("withholding", batch.pk)
    assert file is not None
    exchange.note_reconciled(outgoing_id=file.pk, operator=operator, now=now)


def candidates(result: CollectionResult, limit: int = 20) -> list[CollectionItem]:
    """差异明细 (CON-24): the lines whose sum is just the difference, so that the likeliest is looked at first."""
    difference = abs(result.paid_fen - result.advised_fen)
    if not difference or not result.advised_fen:
        return []
    return list(result.items.filter(paid_fen=difference).order_by("line_no")[:limit])


def income_year(payment: Contribution) -> int:
    """会计年度 in which a payment became income: that of its voucher, not of the day it was booked (FIN-35).

    A file of December whose money the bank credits in January is January's income.
    """
    posted = fund_queries.voucher(payment.batch.voucher_no) if payment.batch and payment.batch.voucher_no else None
    if posted is not None:
        return posted.dated_on.year
    return timezone.localdate(payment.batch.created_at if payment.batch else payment.created_at).year


@transaction.atomic
def resolve_pending(*, pending_id: int, resolution: str, operator: platform.Operator, now: datetime) -> PendingAmount:
    """处理待处理款: what became of it, in words; paying it back or moving it is a document of its own (CON-22).

    Raises: PendingUnknown, ResolutionMissing, NoPermission, OutOfScope.
    """
    pending = PendingAmount.objects.select_for_update(of=("self",)).filter(pk=pending_id, resolved_at=None).first()
    if pending is None:
        raise PendingUnknown(pending=pending_id)
    platform_checks.check_in_scope(
        operator, "contributions.refund", pending.unit_code, now, object_kind="pending", object_key=pending_id
    )
    if not resolution.strip():
        raise ResolutionMissing
    pending.resolution, pending.resolved_by, pending.resolved_at = resolution.strip(), operator.staff_code, now
    pending.save(update_fields=["resolution", "resolved_by", "resolved_at"])
    trail.record(
        "contributions.resolve_pending",
        at=now,
        operator=operator,
        pooling_area=pending.pooling_area_id,
        unit_code=pending.unit_code,
        object_kind="pending",
        object_key=pending_id,
        detail={"resolution": pending.resolution, "amount_fen": pending.amount_fen},
    )
    return pending

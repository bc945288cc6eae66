"""三方对账 (GX2017 §95; JL2019 §13; CON-24, FIN-07): what we booked, what the bank's file says, what the bank credited.

Only when the three are equal does a document go to finance and the sum into the ledger: one voucher for each result.
A credit that names no result of ours waits as 待查.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from tongchou.contributions import rules
from tongchou.contributions.models import (
    CollectionBatch,
    CollectionItem,
    CollectionResult,
    Contribution,
    CreditAdvice,
    CreditShare,
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


class SharesDiffer(DomainError):
    code = "PL-6601"
    message = "到账{amount}元,所选回盘尚差{lack}元;一笔到账对应几份回盘的,合计必须相等"
    citation = "GX2017 §95"


class NotPlaced(DomainError):
    code = "PL-6602"
    message = "该到账通知没有对应任何批次,无须撤销"
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


def may_enter_late(collected_on: date, unit_code: str, operator: platform.Operator, now: datetime) -> bool:
    """Whether the operator may deal with money of a day that is over and was left open: the bank's books are theirs."""
    return timezone.localdate(now) > collected_on and platform_checks.can_in_scope(operator, RECONCILE, unit_code, now)


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
    against its one answer at once, or against those it is just the sum of. The same notice again gives the first.

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
    _place_quoted(advice, operator, now)
    return advice


def _place_quoted(advice: CreditAdvice, operator: platform.Operator, now: datetime) -> None:
    """Hold a credit that waits against what it quotes."""
    for choice in fitting(advice):
        if choice.quoted and (choice.fits or len(choice.results) == 1):
            _place(advice, choice.results, operator, now)
            return


@dataclass(frozen=True, slots=True)
class Choice:
    """What a credit may belong to (可对应的回盘): one answer of a batch, or all of its answers that wait."""

    batch: CollectionBatch
    results: tuple[CollectionResult, ...]
    lack_fen: int
    fits: bool
    """The credit is just what these lack."""
    quoted: bool
    """The credit quotes the batch, and leaves open to which of its answers it belongs, unless it fits."""


def fitting(advice: CreditAdvice, limit: int = 20) -> list[Choice]:
    """What a credit may belong to (FIN-07): answers of its bank that wait for money, the likeliest first."""
    waiting = CollectionResult.objects.filter(
        batch__bank_id=advice.bank_id,
        batch__pooling_area_id=advice.pooling_area_id,
        reconciled_at=None,
        paid_fen__gt=F("advised_fen"),
    ).select_related("batch")
    batches: dict[int, list[CollectionResult]] = {}
    for result in waiting.order_by("-id")[:limit]:
        if exchange_queries.import_left_open(result.file_id) is None:
            batches.setdefault(result.batch_id, []).insert(0, result)
    choices = [
        _choice(advice, results, alone=len(of_batch) == 1)
        for of_batch in batches.values()
        for results in ([tuple(of_batch)] if len(of_batch) > 1 else []) + [(one,) for one in of_batch]
    ]
    return sorted(choices, key=lambda one: (not (one.fits and one.quoted), not one.fits, not one.quoted))


def _choice(advice: CreditAdvice, results: tuple[CollectionResult, ...], *, alone: bool) -> Choice:
    batch, lack = results[0].batch, sum(one.paid_fen - one.advised_fen for one in results)
    fits = lack == advice.amount_fen
    return Choice(batch, results, lack, fits, advice.quoted == batch.number and (fits or alone))


@transaction.atomic
def place_advice(
    *, advice_id: int, result_id: int, beside: Sequence[int] = (), operator: platform.Operator, now: datetime
) -> CollectionResult:
    """对应到账通知 (FIN-07): a credit that waited belongs to this result, or to it and those beside it of one batch,
    when it is just what they lack.

    Raises: ResultUnknown, AdvicePlaced, SharesDiffer, ReconciledAlready, FileNotInState, NoPermission, AreaOutOfScope,
    and what the books refuse.
    """
    advice = CreditAdvice.objects.select_for_update(of=("self",)).filter(pk=advice_id).first()
    wanted = {result_id, *beside}
    found = {one.pk: one for one in CollectionResult.objects.select_related("batch").filter(pk__in=wanted)}
    if advice is None or found.keys() != wanted or any(one.batch.bank_id != advice.bank_id for one in found.values()):
        raise ResultUnknown(result=result_id)
    if len({one.batch_id for one in found.values()}) > 1:
        raise ResultUnknown(result=result_id)
    platform_checks.check_area_in_scope(operator, RECONCILE, advice.pooling_area_id, now)
    if advice.result_id == result_id:
        return found[result_id]
    if advice.result is not None:
        raise AdvicePlaced(number=advice.result.batch.number)
    return _place(advice, tuple(found.values()), operator, now)


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

    It leaves its results, and is held against those of the batch that it quotes now, if they wait.

    Raises: ResultUnknown, AdviceOfNothing, WhyCorrected, ReconciledAlready, NoPermission, AreaOutOfScope, and what the
    books refuse.
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
    _release(advice)
    advice.amount_fen, advice.credited_on, advice.quoted = amount_fen, credited_on, quoted.strip()[:60]
    advice.save(update_fields=["amount_fen", "credited_on", "quoted"])
    trail.record(
        "contributions.correct_advice",
        at=now,
        operator=operator,
        pooling_area=advice.pooling_area_id,
        object_kind="credit_advice",
        object_key=advice.pk,
        detail={"reference": advice.reference, "amount_fen": amount_fen, "before": before, "reason": reason.strip()},
    )
    _place_quoted(advice, operator, now)
    return advice


def _place(
    advice: CreditAdvice, results: Sequence[CollectionResult], operator: platform.Operator, now: datetime
) -> CollectionResult:
    """Hold the credit against the results; what is equal goes to finance. A result that is still booked waits.

    Raises: SharesDiffer, ReconciledAlready, FileNotInState.
    """
    locked = CollectionResult.objects.select_for_update(of=("self",)).select_related("batch").order_by("pk")
    held = list(locked.filter(pk__in=[one.pk for one in results]))
    for result in held:
        _check_waits(result)
    shares = [result.paid_fen - result.advised_fen for result in held] if len(held) > 1 else [advice.amount_fen]
    if sum(shares) != advice.amount_fen:
        raise SharesDiffer(amount=yuan_text(advice.amount_fen), lack=yuan_text(sum(shares)))
    advice.result = held[0]
    advice.save(update_fields=["result"])
    for result, share_fen in zip(held, shares, strict=True):
        if share_fen:
            _give(advice, result, share_fen, operator, now)
    return held[0]


def _check_waits(result: CollectionResult) -> None:
    if left := exchange_queries.import_left_open(result.file_id):
        raise exchange.FileNotInState(number=left.file_name, state=f"已入库{left.rows_taken}行,尚未入完", what="对账")
    if result.reconciled_at is not None:
        raise ReconciledAlready(document=result.document_no)


def _give(
    advice: CreditAdvice, result: CollectionResult, share_fen: int, operator: platform.Operator, now: datetime
) -> None:
    """So much of the credit is the result's."""
    CreditShare.objects.create(advice=advice, result=result, amount_fen=share_fen)
    result.advised_fen += share_fen
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


@transaction.atomic
def take_back(*, advice_id: int, operator: platform.Operator, now: datetime) -> CreditAdvice:
    """撤销对应: the credit was held against the wrong result; until that has gone to finance it waits again (FIN-07).

    Raises: ResultUnknown, NotPlaced, ReconciledAlready, NoPermission, AreaOutOfScope.
    """
    advice = CreditAdvice.objects.select_for_update(of=("self",)).filter(pk=advice_id).first()
    if advice is None:
        raise ResultUnknown(result=advice_id)
    platform_checks.check_area_in_scope(operator, RECONCILE, advice.pooling_area_id, now)
    if not _release(advice):
        raise NotPlaced
    trail.record(
        "contributions.take_back_advice",
        at=now,
        operator=operator,
        pooling_area=advice.pooling_area_id,
        object_kind="credit_advice",
        object_key=advice.pk,
        detail={"reference": advice.reference, "amount_fen": advice.amount_fen},
    )
    return advice


def _release(advice: CreditAdvice) -> bool:
    """The credit leaves what it is held against, until that has gone to finance. Returns whether it was held.

    Raises: ReconciledAlready, FileNotInState.
    """
    shares = {one.result_id: one for one in advice.shares.all()}
    locked = CollectionResult.objects.select_for_update(of=("self",)).select_related("batch").order_by("pk")
    for result in locked.filter(pk__in=shares):
        _check_waits(result)
        result.advised_fen -= shares[result.pk].amount_fen
        result.save(update_fields=["advised_fen"])
        shares[result.pk].delete()
    advice.result = None
    advice.save(update_fields=["result"])
    return bool(shares)


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
    result.pending.update(voucher_no=voucher.number)
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

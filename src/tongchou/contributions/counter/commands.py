"""现场缴费 (GX2017 §23, 26, 28, 94, 95; CON-05, CON-12; FIN-06, FIN-07, FIN-35): taken, undone the same day, closed.

Locks are taken in one order: the person, then the clerk's day. Decision 0330.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.contributions import commands as contributions
from tongchou.contributions import rules, usage
from tongchou.contributions.counter import queries
from tongchou.contributions.counter.models import CounterDay, CounterDayTotal, CounterMeans, CounterPayment
from tongchou.contributions.counter.states import DayState, PayerKind, PaymentState
from tongchou.contributions.models import ImportBatch, PendingAmount, Receivable
from tongchou.contributions.reconciling import OTHER_RECEIPTS, may_enter_late
from tongchou.contributions.states import Channel, ContributionKind, PendingKind, ReceivableState
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.rules import citizen_id_problem
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.numbering import Series, next_written

_note = trail.noting("contributions", "counter_payment")

COLLECT: Final = "contributions.collect"
CONFIRM: Final = "contributions.confirm_cancel"
SET_MEANS: Final = "contributions.set_rates"
RECEIPTS: Final = Series("counter.receipt", name="现场缴费收据", mark="XJ", width=7)
DAYS: Final = Series("counter.day", name="现场缴费日结单", mark="RJ", width=6)
OTHER_PAYMENTS: Final = "110199"
"""其他暂付款: what a terminal still owes of a day that was closed with less (财会〔2017〕28号)."""
RELATION_NEEDED: Final = (PayerKind.RELATIVE, PayerKind.OTHER)
BY_ANOTHER: Final = (ContributionKind.NEWBORN, ContributionKind.NEWBORN_LATE)


class NoCash(DomainError):
    code = "CO-6001"
    message = "收款方式“{name}”是现金。各项医保收入禁止收取现金,请用POS、扫码或转账"
    citation = "GX2017 §94"


class MeansIncomplete(DomainError):
    code = "CO-6002"
    message = "登记收款方式须填写{what}"
    citation = "GX2017 §23"


class MeansStands(DomainError):
    code = "CO-6003"
    message = "代码{means}在这段时间已登记"
    citation = "GX2017 §23"


class MeansUnknown(DomainError):
    code = "CO-6004"
    message = "今天没有代码为“{means}”的收款方式"
    citation = "GX2017 §23"


class PayerIncomplete(DomainError):
    code = "CO-6005"
    message = "须登记缴费人的{what}"
    citation = "GX2017 §26"


class NewbornPaysNothing(DomainError):
    code = "CO-6006"
    message = "新生儿的医保费由亲属缴纳,请登记缴费人的姓名、证件号码和与新生儿的关系"
    citation = "GX2017 §26"


class ReferenceMissing(DomainError):
    code = "CO-6007"
    message = "须填写终端或银行的交易流水号"
    citation = "GX2017 §95"


class WithBank(DomainError):
    code = "CO-6008"
    message = "{year}年度已发盘,银行可能同时扣款;确认仍在窗口缴纳的,银行再扣的款列为重复缴纳,可申请退费"
    citation = "GX2017 §23"


class NothingToCollect(DomainError):
    code = "CO-6009"
    message = "{year}年度由资助部门全额缴纳,个人不缴费"
    citation = "GX2017 §27"


class DuesMoved(DomainError):
    code = "CO-6021"
    message = "所选项目已缴清或应缴金额已变,请按现在的待缴重新选择"
    citation = "GX2017 §21"


class EarlierDayOpen(DomainError):
    code = "CO-6010"
    message = "{day}的收款还没有日结({number}),请先日结"
    citation = "GX2017 §95"


class PaymentUnknown(DomainError):
    code = "CO-6011"
    message = "没有收据号为{number}的现场缴费"
    citation = "GX2017 §28"


class TooLateToCancel(DomainError):
    code = "CO-6012"
    message = "收据{number}{why},不能撤销;确属经办差错的,请受理“缴费差错退费”"
    citation = "GX2017 §28"


class PaymentNotInState(DomainError):
    code = "CO-6013"
    message = "收据{number}{state},不能{what}"
    citation = "GX2017 §28"


class SecondPersonNeeded(DomainError):
    code = "CO-6014"
    message = "撤销须由收款人、申请人以外的人核准"
    citation = "GX2017 §28"


class DayUnknown(DomainError):
    code = "CO-6015"
    message = "没有编号为{number}的日结单"
    citation = "GX2017 §95"


class DayClosed(DomainError):
    code = "CO-6016"
    message = "日结单{number}已日结"
    citation = "GX2017 §95"


class NotOnesOwnDay(DomainError):
    code = "CO-6017"
    message = "日结单{number}由收款人{staff}办理日结;收款人次日仍未办理的,由财务人员写明原因后代办"
    citation = "GX2017 §95"


class CancelWaits(DomainError):
    code = "CO-6018"
    message = "收据{numbers}的撤销还没有核准,不能日结"
    citation = "GX2017 §28"


class SlipMissing(DomainError):
    code = "CO-6019"
    message = "须填写“{means}”的终端金额和结算单号"
    citation = "GX2017 §95"


class DifferenceUnexplained(DomainError):
    code = "CO-6020"
    message = "系统{ours}元,终端{theirs}元,相差{difference}元;须写明差额原因"
    citation = "GX2017 §95"


@dataclass(frozen=True, slots=True)
class Payer:
    """缴费人: who brings the money; of the person self nothing more is told (CON-12)."""

    kind: PayerKind = PayerKind.SELF
    name: str = ""
    certificate_no: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """终端结算单 of one means at the end of a day. Fen."""

    told_fen: int
    slip_no: str


# --- means ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_means(
    *,
    pooling_area: str,
    code: str,
    name: str,
    source: str,
    valid_from: date,
    valid_until: date | None = None,
    operator: platform.Operator,
    now: datetime,
) -> CounterMeans:
    """登记收款方式 (GX2017 §23, 94) of an area's counters; `valid_until` is exclusive.

    Raises: NoCash, MeansIncomplete, MeansStands, NoPermission, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, SET_MEANS, pooling_area, now)
    for what, text in (("代码", code), ("名称", name), ("依据", source)):
        if not text.strip():
            raise MeansIncomplete(what=what)
    if "现金" in name or "cash" in code.lower():
        raise NoCash(name=name.strip())
    if valid_until is not None and valid_until <= valid_from:
        raise MeansIncomplete(what="晚于起日的止日")
    try:
        with transaction.atomic():
            made = CounterMeans.objects.create(
                pooling_area_id=pooling_area,
                code=code.strip(),
                name=name.strip(),
                source=source.strip(),
                valid_from=valid_from,
                valid_until=valid_until,
                staff_code=operator.staff_code,
                created_at=now,
            )
    except IntegrityError:
        raise MeansStands(means=code.strip()) from None
    _note("set_counter_means", pooling_area, pooling_area, made.code, operator, now, name=made.name)
    return made


# --- a payment ----------------------------------------------------------------------------------------------------


@transaction.atomic
def take_payment(
    *,
    person_id: int,
    benefit_year: int,
    amount_fen: int,
    means: str,
    reference: str,
    payer: Payer,
    request_id: str,
    despite_file: bool = False,
    operator: platform.Operator,
    now: datetime,
) -> CounterPayment:
    """现场缴费 (GX2017 §21, 26; CON-02, CON-05, CON-12): the year of one person, whole, with its receipt.

    The amount is what the person owes, in fen; coverage follows at once. `despite_file`: the payer knows that a bank
    may draw too. The same `request_id` again gives the first receipt. Raises: MeansUnknown, ReferenceMissing,
    PayerIncomplete, NewbornPaysNothing, WithBank, NothingToCollect, EarlierDayOpen, AmountDiffers, PaidTwice,
    NotEnrolledToPay, StandardMissing, NoPermission, OutOfScope, and what the waiting rules refuse.
    """
    person = enrolment.lock(person_id=person_id, on=timezone.localdate(now))
    platform_checks.check_in_scope(operator, COLLECT, person.unit_code, now, object_kind="person", object_key=person_id)
    if earlier := queries.answered(operator.staff_code, request_id):
        return earlier
    paid = Paid(benefit_year, amount_fen, means, reference, payer, request_id, despite_file)
    return take(person, paid, operator=operator, now=now)


@dataclass(frozen=True, slots=True)
class Paid:
    """收款一项: one person's year as it is brought to the counter. Fen."""

    benefit_year: int
    amount_fen: int
    means: str
    reference: str
    payer: Payer
    request_id: str
    despite_file: bool = False
    joint_no: str = ""


def take(person: Facts, paid: Paid, *, operator: platform.Operator, now: datetime) -> CounterPayment:
    """收款 of one locked person: a step of the caller's transaction. Raises: as `take_payment`."""
    today, benefit_year, reference = timezone.localdate(now), paid.benefit_year, paid.reference.strip()
    by = _means(person.pooling_area, paid.means, today)
    if not reference:
        raise ReferenceMissing
    contributions.check_not_paid(person.id, benefit_year)
    kind = contributions.what_it_brings(person, benefit_year=benefit_year, paid_on=today).kind
    paid_by = _payer(paid.payer, person, kind)
    payable = _check_amount(person, benefit_year, today, paid.amount_fen, despite_file=paid.despite_file)
    day = _day(person.pooling_area, today, operator, now)
    number = next_written(RECEIPTS, area=person.pooling_area, year=today.year)
    contribution = contributions.record_collected(
        person=person,
        benefit_year=benefit_year,
        paid_on=today,
        receipt_no=number,
        batch_id=day.batch_id,
        channel=Channel.COUNTER,
        now=now,
    )
    made = CounterPayment.objects.create(
        day=day,
        unit_code=person.unit_code,
        number=number,
        joint_no=paid.joint_no,
        person_id=person.id,
        benefit_year=benefit_year,
        amount_fen=payable,
        means=by,
        reference=reference,
        payer_kind=paid_by.kind,
        payer_name=paid_by.name,
        payer_certificate_no=paid_by.certificate_no,
        payer_relation=paid_by.relation,
        contribution=contribution,
        request_id=paid.request_id,
        received_by=operator.staff_code,
        received_by_person=operator.citizen_id,
        received_at=now,
    )
    _count(day, payable, 1)
    _note_payment("take_payment", made, operator, now, means=by.code)
    return made


def _means(pooling_area: str, code: str, on: date) -> CounterMeans:
    """Raises: MeansUnknown."""
    found = next((one for one in queries.means_in_force(pooling_area, on) if one.code == code), None)
    if found is None:
        raise MeansUnknown(means=code)
    return found


def _payer(payer: Payer, person: Facts, kind: ContributionKind) -> Payer:
    """缴费人 with everything that must be known of him. Raises: PayerIncomplete, NewbornPaysNothing."""
    if payer.kind == PayerKind.SELF:
        if kind in BY_ANOTHER:
            raise NewbornPaysNothing
        return Payer(PayerKind.SELF, person.name, person.certificate_no)
    name, number, relation = payer.name.strip(), payer.certificate_no.strip().upper(), payer.relation.strip()
    if not name:
        raise PayerIncomplete(what="姓名或名称")
    if not number:
        raise PayerIncomplete(what="证件号码")
    if payer.kind in RELATION_NEEDED and not relation:
        raise PayerIncomplete(what="与参保人的关系")
    if payer.kind != PayerKind.UNIT and len(number) == 18 and (problem := citizen_id_problem(number)):
        raise PayerIncomplete(what=f"正确的证件号码({problem})")
    return Payer(payer.kind, name, number, relation)


def _check_amount(person: Facts, year: int, today: date, amount_fen: int, *, despite_file: bool) -> int:
    """What is owed, which must be what is paid, in fen. Raises: WithBank, NothingToCollect, AmountDiffers."""
    standard = contributions.check_payable(person, benefit_year=year, paid_on=today)
    known = (
        Receivable.objects.filter(person_id=person.id, scheme=rules.RESIDENT, benefit_year=year)
        .exclude(state=ReceivableState.VOID)
        .first()
    )
    if known is not None and known.state == ReceivableState.SENT and not despite_file:
        raise WithBank(year=year)
    payable = standard - (known.aided_fen if known else 0)
    if payable <= 0:
        raise NothingToCollect(year=year)
    rules.check_amount(amount_fen=amount_fen, aided_fen=0, standard_fen=payable, benefit_year=year)
    return payable


def _day(pooling_area: str, today: date, operator: platform.Operator, now: datetime) -> CounterDay:
    """The clerk's open day, locked; an earlier one must be closed first. Raises: EarlierDayOpen."""
    found = queries.open_day(operator.staff_code, pooling_area)
    if found is None:
        try:
            with transaction.atomic():
                found = _open_day(pooling_area, today, operator, now)
        except IntegrityError:  # the clerk's other window was quicker
            found = CounterDay.objects.get(
                staff_code=operator.staff_code,
                pooling_area_id=pooling_area,
                collected_on=today,
                state=DayState.OPEN,
            )
    if found.collected_on != today:
        raise EarlierDayOpen(day=found.collected_on, number=found.number)
    locked = CounterDay.objects.select_for_update(of=("self",)).get(pk=found.pk)
    return locked if locked.state == DayState.OPEN else _open_day(pooling_area, today, operator, now)


def _open_day(pooling_area: str, today: date, operator: platform.Operator, now: datetime) -> CounterDay:
    number = next_written(DAYS, area=pooling_area, year=today.year)
    batch = ImportBatch.objects.create(
        pooling_area_id=pooling_area,
        scheme=rules.RESIDENT,
        channel=Channel.COUNTER,
        file_name=f"现场缴费日结单{number}",
        digest=f"counter {number}"[:64],
        rows_accepted=0,
        rows_refused=0,
        amount_fen=0,
        operator_code=operator.staff_code,
        created_at=now,
    )
    return CounterDay.objects.create(
        pooling_area_id=pooling_area,
        unit_code=operator.org_unit_id,
        staff_code=operator.staff_code,
        collected_on=today,
        number=number,
        batch=batch,
        opened_at=now,
    )


def _count(day: CounterDay, amount_fen: int, payments: int) -> None:
    """The day and its batch, one payment more or less."""
    day.amount_fen += amount_fen
    day.save(update_fields=["amount_fen"])
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=day.batch_id)
    batch.amount_fen, batch.rows_accepted = batch.amount_fen + amount_fen, batch.rows_accepted + payments
    batch.save(update_fields=["amount_fen", "rows_accepted"])


# --- undone the same day ----------------------------------------------------------------------------------------------


@transaction.atomic
def ask_cancel(*, number: str, reason: str, operator: platform.Operator, now: datetime) -> CounterPayment:
    """申请撤销 the same day, before the day is closed and before benefits were used. Asked again, it changes nothing.

    Raises: PaymentUnknown, PaymentNotInState, TooLateToCancel, ReasonMissing, NoPermission, OutOfScope.
    """
    payment, _person = _locked(number, COLLECT, operator, now)
    if payment.state == PaymentState.CANCEL_ASKED and payment.asked_by == operator.staff_code:
        return payment
    if payment.state != PaymentState.RECEIVED:
        raise _not_in_state(payment, "申请撤销")
    if not reason.strip():
        raise contributions.ReasonMissing
    payment.state, payment.cancel_reason = PaymentState.CANCEL_ASKED, reason.strip()[:100]
    payment.asked_by, payment.asked_by_person = operator.staff_code, operator.citizen_id
    payment.save(update_fields=["state", "cancel_reason", "asked_by", "asked_by_person"])
    _note_payment("ask_cancel_payment", payment, operator, now, reason=payment.cancel_reason)
    return payment


@transaction.atomic
def refuse_cancel(*, number: str, operator: platform.Operator, now: datetime) -> CounterPayment:
    """不予撤销: the payment stands. Raises: PaymentUnknown, PaymentNotInState, NoPermission, OutOfScope."""
    payment = _found(number, CONFIRM, operator, now)
    payment = CounterPayment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if payment.state != PaymentState.CANCEL_ASKED:
        raise _not_in_state(payment, "退回撤销申请")
    reason = payment.cancel_reason
    payment.state, payment.cancel_reason, payment.asked_by, payment.asked_by_person = PaymentState.RECEIVED, "", "", ""
    payment.save(update_fields=["state", "cancel_reason", "asked_by", "asked_by_person"])
    _note_payment("refuse_cancel_payment", payment, operator, now, reason=reason)
    return payment


@transaction.atomic
def confirm_cancel(
    *, number: str, void_reference: str = "", operator: platform.Operator, now: datetime
) -> CounterPayment:
    """核准撤销 by a second person: the year is owed again, coverage is withdrawn, the receipt's number stays used.

    `void_reference` is the terminal's own number of the undoing. Confirmed again, it changes nothing.
    Raises: PaymentUnknown, PaymentNotInState, SecondPersonNeeded, TooLateToCancel, NoPermission, OutOfScope.
    """
    payment, person = _locked(number, CONFIRM, operator, now)
    if payment.state == PaymentState.CANCELLED:
        return payment
    if payment.state != PaymentState.CANCEL_ASKED:
        raise _not_in_state(payment, "核准撤销")
    if operator.citizen_id in (payment.received_by_person, payment.asked_by_person):
        raise SecondPersonNeeded
    contribution = payment.contribution
    contributions.withdraw(contribution, person, reason=f"当日撤销:{payment.cancel_reason}", now=now)
    contribution.batch = None  # the money went back at the terminal and is no part of the day
    contribution.save(update_fields=["batch"])
    _count(payment.day, -payment.amount_fen, -1)
    payment.state, payment.void_reference = PaymentState.CANCELLED, void_reference.strip()
    payment.cancelled_by, payment.cancelled_at = operator.staff_code, now
    payment.save(update_fields=["state", "void_reference", "cancelled_by", "cancelled_at"])
    _note_payment("cancel_payment", payment, operator, now, reason=payment.cancel_reason)
    return payment


def _found(number: str, permission: str, operator: platform.Operator, now: datetime) -> CounterPayment:
    """Raises: PaymentUnknown, NoPermission, OutOfScope."""
    found = CounterPayment.objects.filter(number=number).first()
    if found is None:
        raise PaymentUnknown(number=number)
    platform_checks.check_in_scope(
        operator, permission, found.unit_code, now, object_kind="counter_payment", object_key=number
    )
    return found


def _locked(number: str, permission: str, operator: platform.Operator, now: datetime) -> tuple[CounterPayment, Facts]:
    """Person, day and payment, locked, and the payment still to be undone. Raises: PaymentUnknown, TooLateToCancel,
    NoPermission, OutOfScope.
    """
    found = _found(number, permission, operator, now)
    person = enrolment.lock(person_id=found.person_id, on=timezone.localdate(found.received_at))
    day = CounterDay.objects.select_for_update(of=("self",)).get(pk=found.day_id)
    payment = CounterPayment.objects.select_for_update(of=("self",)).select_related("contribution").get(pk=found.pk)
    payment.day = day
    if payment.state != PaymentState.CANCELLED and (why := _too_late(payment, day, timezone.localdate(now))):
        raise TooLateToCancel(number=number, why=why)
    return payment, person


def _too_late(payment: CounterPayment, day: CounterDay, today: date) -> str:
    """Why a payment can no longer be undone; empty when it can."""
    if day.collected_on != today:
        return f"是{day.collected_on}收的"
    if day.state != DayState.OPEN:
        return "已日结"
    if payment.contribution.voided_at is not None:
        return "的缴费记录已更正"
    spans = payment.contribution.spans.filter(withdrawn_at=None).values_list("covered_from", "covered_until")
    uses = usage.uses(payment.person_id, list(spans))
    return f"的待遇已使用{uses}次" if uses else ""


def _not_in_state(payment: CounterPayment, what: str) -> PaymentNotInState:
    return PaymentNotInState(number=payment.number, state=PaymentState(payment.state).label, what=what)


# --- the end of the day -----------------------------------------------------------------------------------------------


@transaction.atomic
def close_day(
    *,
    number: str,
    slips: Mapping[str, Slip],
    reason: str = "",
    in_place_because: str = "",
    operator: platform.Operator,
    now: datetime,
) -> CounterDay:
    """日结 (GX2017 §95; FIN-07, FIN-35): the terminals' slips beside ours, then one voucher over the day.

    `slips` by code of the means. What the terminals said more waits as 待处理款, what they said less as 暂付款, both
    with the reason. From the next day on whoever keeps the bank's books may close it in the clerk's place, saying why
    (decision 0330). Closed again with the same slips, it changes nothing. Raises: DayUnknown, DayClosed, NotOnesOwnDay,
    ReasonMissing, CancelWaits, SlipMissing, DifferenceUnexplained, NoPermission, and what the books refuse.
    """
    day = CounterDay.objects.select_for_update(of=("self",)).filter(number=number).first()
    if day is None:
        raise DayUnknown(number=number)
    own = day.staff_code == operator.staff_code
    if own:
        platform_checks.check_permission(operator, COLLECT, now)
    elif not may_enter_late(day.collected_on, day.unit_code, operator, now):
        raise NotOnesOwnDay(number=number, staff=day.staff_code)
    if day.state == DayState.CLOSED:
        if _told(day) == {code: (one.told_fen, one.slip_no.strip()) for code, one in slips.items()}:
            return day
        raise DayClosed(number=number)
    stands_in = "" if own else in_place_because.strip()
    if not own and not stands_in:
        raise contributions.ReasonMissing
    waiting = list(day.payments.filter(state=PaymentState.CANCEL_ASKED).values_list("number", flat=True))
    if waiting:
        raise CancelWaits(numbers="、".join(waiting))
    totals = queries.totals_of(day)
    _write_totals(day, totals, slips)
    told = sum(slips[one.means.code].told_fen for one in totals)
    if told != day.amount_fen and not reason.strip():
        raise DifferenceUnexplained(
            ours=yuan_text(day.amount_fen), theirs=yuan_text(told), difference=yuan_text(told - day.amount_fen)
        )
    if totals:
        _post(day, totals, slips, told, stands_in, operator, now)
    day.state, day.told_fen, day.closed_at = DayState.CLOSED, told, now
    day.difference_reason = reason.strip()[:200] if told != day.amount_fen else ""
    day.save(update_fields=["state", "told_fen", "closed_at", "difference_reason"])
    told_of = {"fen": day.amount_fen, "told": told} | ({"in_place_because": stands_in} if stands_in else {})
    _note("close_counter_day", day.pooling_area_id, day.unit_code, number, operator, now, **told_of)
    return day


def _told(day: CounterDay) -> dict[str, tuple[int, str]]:
    return {one.means.code: (one.told_fen, one.slip_no) for one in day.totals.select_related("means")}


def _write_totals(day: CounterDay, totals: Sequence[queries.MeansTotal], slips: Mapping[str, Slip]) -> None:
    """Raises: SlipMissing."""
    for one in totals:
        slip = slips.get(one.means.code)
        if slip is None or slip.told_fen < 0 or (slip.told_fen and not slip.slip_no.strip()):
            raise SlipMissing(means=one.means.name)
        CounterDayTotal.objects.create(
            day=day,
            means=one.means,
            payments=one.payments,
            amount_fen=one.amount_fen,
            told_fen=slip.told_fen,
            slip_no=slip.slip_no.strip(),
        )


def _post(
    day: CounterDay,
    totals: Sequence[queries.MeansTotal],
    slips: Mapping[str, Slip],
    told: int,
    stands_in: str,
    operator: platform.Operator,
    now: datetime,
) -> None:
    """收款凭证 of the day (FIN-35): the bank for what the slips say, premium income for what was received."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=day.batch_id)
    template = postings.template(day.pooling_area_id, rules.RESIDENT, DocumentKind.PREMIUM)
    why = f"(代{day.staff_code}日结:{stands_in})" if stands_in else ""
    entries = [
        EntryDraft(
            template.debit,
            debit=Money(slip.told_fen),
            note=f"{one.means.name}结算单{slip.slip_no.strip()}{why}"[:200],
        )
        for one in totals
        if (slip := slips[one.means.code]).told_fen
    ]
    if told < day.amount_fen:
        entries.append(EntryDraft(OTHER_PAYMENTS, debit=Money(day.amount_fen - told), note=f"{day.number}终端少到账"))
    entries.append(EntryDraft(template.credit, credit=Money(day.amount_fen)))
    if told > day.amount_fen:
        entries.append(EntryDraft(OTHER_RECEIPTS, credit=Money(told - day.amount_fen), note=f"{day.number}终端多到账"))
    batch.voucher_no = fund.post_voucher(
        pooling_area=day.pooling_area_id,
        scheme=rules.RESIDENT,
        kind=VoucherKind.RECEIPT,
        dated_on=timezone.localdate(now),
        summary=f"现场缴纳城乡居民医保费{batch.rows_accepted}人",
        source_document=f"现场缴费日结单{day.number}",
        entries=entries,
        operator=operator.staff_code,
        now=now,
    ).number
    batch.save(update_fields=["voucher_no"])
    if told > day.amount_fen:
        PendingAmount.objects.create(
            pooling_area_id=day.pooling_area_id,
            unit_code=day.unit_code,
            kind=PendingKind.UNMATCHED,
            amount_fen=told - day.amount_fen,
            received_on=day.collected_on,
            voucher_no=batch.voucher_no,
            reason=f"日结单{day.number}终端金额多于系统金额",
            created_at=now,
        )


def _note_payment(
    action: str, payment: CounterPayment, operator: platform.Operator, now: datetime, **detail: object
) -> None:
    _note(
        action,
        payment.day.pooling_area_id,
        payment.unit_code,
        payment.number,
        operator,
        now,
        person=payment.person_id,
        year=payment.benefit_year,
        amount_fen=payment.amount_fen,
        **detail,
    )

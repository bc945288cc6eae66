"""撤销到账 (GX2017 §95, 100; CON-09, FIN-07): a school's transfer written against the wrong roster, or that never came.

Another person than who wrote it takes it back (decision 0418). Where it was booked, the booking it was part of is
undone whole: the voucher is reversed in red, and its students have not paid.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongchou.contributions import commands as contributions
from tongchou.contributions import reversing, usage
from tongchou.contributions.models import Contribution, CoverageSpan, ImportBatch
from tongchou.contributions.schools import commands
from tongchou.contributions.schools.commands import NAMED, RECONCILE, TransferUnknown
from tongchou.contributions.schools.models import SchoolPayment, SchoolTransfer
from tongchou.contributions.schools.states import LineState, SchoolState
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform


class TakenBackAlready(DomainError):
    code = "CO-6854"
    message = "银行流水号{reference}的到账已由{staff}撤销({reason})"
    citation = "GX2017 §100"


class OneselfTakesBack(DomainError):
    code = "CO-6855"
    message = "该笔到账由您登记,须由另一人撤销"
    citation = "QA2018 三"


class WhyTakenBack(DomainError):
    code = "CO-6856"
    message = "撤销到账须写明原因"
    citation = "GX2017 §100"


class PaymentsChangedSince(DomainError):
    code = "CO-6857"
    message = "{count}名学生的缴费入账后已退费、调整或更正:{named}。到账不能再撤销"
    citation = "GX2017 §28"


class BenefitsUsedSince(DomainError):
    code = "CO-6858"
    message = "{count}名学生已按该笔缴费享受待遇:{named}。须先核实并冲销结算,再撤销到账"
    citation = "GX2017 §28"


@dataclass(frozen=True, slots=True)
class Undoing:
    """What goes with a transfer when it is taken back."""

    students: int
    amount_fen: int
    beside: Sequence[SchoolTransfer]
    """Transfers that were booked with it: they stand, and are to be booked again."""


def undoing(transfer: SchoolTransfer) -> Undoing:
    """What taking it back would undo; of one that is not booked, nothing."""
    batch = transfer.batch
    if batch is None:
        return Undoing(0, 0, ())
    return Undoing(batch.rows_accepted, batch.amount_fen, list(batch.school_transfers.exclude(pk=transfer.pk)))


@transaction.atomic
def take_back(
    *, transfer_id: int, version: int, reason: str, operator: platform.Operator, now: datetime
) -> SchoolTransfer:
    """撤销到账 (GX2017 §100): the money had not come, or not for this roster. The same again gives the first.

    Raises: TransferUnknown, TakenBackAlready, RosterMoved, OneselfTakesBack, WhyTakenBack, PaymentsChangedSince,
    BenefitsUsedSince, YearClosed, NoPermission, OutOfScope, and what the books refuse.
    """
    known = SchoolTransfer.objects.select_related("payment").filter(pk=transfer_id).first()
    if known is None:
        raise TransferUnknown(transfer=transfer_id)
    payment = commands.lock(known.payment.number, RECONCILE, operator, now)
    transfer = SchoolTransfer.objects.select_for_update(of=("self",)).get(pk=transfer_id)
    reason = reason.strip()[:200]
    if transfer.taken_back_at is not None:
        if (transfer.taken_back_by, transfer.withdrawn_reason) == (operator.staff_code, reason):
            return transfer
        by = transfer.taken_back_by
        staff = platform.names_of_staff({by}).get(by, by)
        raise TakenBackAlready(reference=transfer.reference, staff=staff, reason=transfer.withdrawn_reason)
    _check_may_take_back(transfer, payment, version, reason, operator)
    students = 0
    if transfer.batch is not None:
        students = _unbook(transfer, payment, reason, operator, now)
    transfer.withdrawn_reason, transfer.taken_back_at, transfer.taken_back_by = reason, now, operator.staff_code
    transfer.save()
    paid = payment.lines.filter(state=LineState.PAID).exists()
    payment.state = SchoolState.PART if paid else SchoolState.OPEN
    commands.moved(payment)
    commands.note(
        "take_back_school_transfer",
        payment,
        operator,
        now,
        reference=transfer.reference,
        amount_fen=transfer.amount_fen,
        students=students,
        voucher=transfer.reversal_no,
        reason=reason,
    )
    return transfer


def _check_may_take_back(
    transfer: SchoolTransfer, payment: SchoolPayment, version: int, reason: str, operator: platform.Operator
) -> None:
    """Raises: TransferUnknown, RosterMoved, OneselfTakesBack, WhyTakenBack."""
    if transfer.withdrawn_reason:  # corrected: the entry in its place is the one to take back
        raise TransferUnknown(transfer=transfer.pk)
    commands.check_version(payment, version)
    if reversing.written_by(transfer, operator):
        raise OneselfTakesBack
    if not reason:
        raise WhyTakenBack


def _unbook(
    transfer: SchoolTransfer, payment: SchoolPayment, reason: str, operator: platform.Operator, now: datetime
) -> int:
    """The booking as if it had not been: nobody has paid by it. Returns how many students.

    Raises: PaymentsChangedSince, BenefitsUsedSince, YearClosed.
    """
    batch = transfer.batch
    assert batch is not None
    standing, apart = _locked_payments(payment, batch)
    _check_unchanged(payment, batch, standing)
    _check_unused(payment, standing, now)
    transfer.reversal_no = reversing.reverse(batch.voucher_no, reason=reason, operator=operator, now=now)
    batch.school_transfers.exclude(pk=transfer.pk).update(batch=None)
    booked = payment.lines.filter(state=LineState.PAID, contribution__batch=batch)
    booked.update(state=LineState.LISTED, contribution=None)
    why = f"学校代缴单{payment.number}到账撤销:{reason}"[:200]
    for paid in standing:
        if person := apart.get(paid.person_id):
            contributions.withdraw(paid, person, reason=why, now=now)
    together = [paid for paid in standing if paid.person_id not in apart]
    contributions.withdraw_all(together, benefit_year=payment.benefit_year, reason=why, now=now)
    return len(standing)


def _locked_payments(payment: SchoolPayment, batch: ImportBatch) -> tuple[list[Contribution], Mapping[int, Facts]]:
    """The payments of a booking that stand, their persons locked too; and whose go one by one: records merged away, and
    persons with a later year to decide again.
    """
    days = dict(Contribution.objects.filter(batch=batch, voided_at=None).values_list("person_id", "paid_in_full_on"))
    merged = enrolment.lock_all(days)
    later = Contribution.objects.filter(person_id__in=days, benefit_year__gt=payment.benefit_year, voided_at=None)
    alone = sorted(merged.union(later.values_list("person_id", flat=True)))
    apart = {key: enrolment.lock(person_id=key, on=days[key]) for key in alone}
    held = Contribution.objects.select_for_update(of=("self",)).filter(batch=batch, voided_at=None).order_by("id")
    return [one for one in held if one.person_id in days], apart


def _check_unchanged(payment: SchoolPayment, batch: ImportBatch, standing: Sequence[Contribution]) -> None:
    """Each payment stands for its student with its sum. Raises: PaymentsChangedSince."""
    booked = Contribution.objects.filter(batch=batch, corrects=None)
    as_booked, as_it_stands = ({(one.person_id, one.amount_fen) for one in some} for some in (booked, standing))
    changed = {person for person, _fen in as_booked ^ as_it_stands}
    if changed:
        raise PaymentsChangedSince(count=len(changed), named=_named(payment, changed))


def _check_unused(payment: SchoolPayment, standing: Sequence[Contribution], now: datetime) -> None:
    """No bill was settled in days that the booking covers. Raises: BenefitsUsedSince."""
    begun = CoverageSpan.objects.filter(
        contribution__in=standing, withdrawn_at=None, covered_from__lte=timezone.localdate(now)
    )
    days: dict[int, list[usage.Span]] = {}
    for person_id, *span in begun.order_by("id").values_list("person_id", "covered_from", "covered_until"):
        days.setdefault(person_id, []).append((span[0], span[1]))
    used = usage.who_used(days)
    if used:
        raise BenefitsUsedSince(count=len(used), named=_named(payment, used))


def _named(payment: SchoolPayment, person_ids: Collection[int]) -> str:
    """The first few by family name and line; who is on no line any more, by neither."""
    lines = payment.lines.filter(person_id__in=person_ids).order_by("line_no")
    told = [f"{name[:1]}**({line_no}行)" for name, line_no in lines.values_list("name", "line_no")[:NAMED]]
    return ";".join(told) or "已调整至他人"

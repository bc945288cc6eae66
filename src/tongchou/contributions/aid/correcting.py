"""资助到账更正 (GX2017 §95, 100; CON-17, FIN-35): an arrival that was written down wrongly is withdrawn, or put right.

Another person than who wrote it does so (decision 0405). The books go back to before it: its voucher and those of the
arrivals after it are reversed in red, and the later ones are booked again, so that every fen is again whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from tongchou.contributions import reversing
from tongchou.contributions.aid import arrivals, commands
from tongchou.contributions.aid.models import AidArrival, AidList
from tongchou.contributions.aid.states import AidAnswer, AidItemState
from tongchou.contributions.models import PendingAmount
from tongchou.contributions.reconciling import RECONCILE
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

WITHDRAWN: Final = "资助款到账登记已撤销"


class ArrivalUnknown(DomainError):
    code = "CO-6750"
    message = "没有编号为{arrival}的资助款到账登记"
    citation = "GX2017 §95"


class ArrivalWithdrawn(DomainError):
    code = "CO-6751"
    message = "流水号{reference}的资助款到账登记已由{staff}撤销,冲销凭证{voucher}"
    citation = "GX2017 §100"


class OneselfCorrects(DomainError):
    code = "CO-6752"
    message = "该笔资助款到账由您登记,须由另一人撤销或更正"
    citation = "QA2018 三"


class WhyWithdrawn(DomainError):
    code = "CO-6753"
    message = "撤销或更正资助款到账须写明原因"
    citation = "GX2017 §100"


class ReturnedAlready(DomainError):
    code = "CO-6754"
    message = "由该笔到账转入应退回的{amount}元已处理({resolution}),到账不能再撤销或更正"
    citation = "GX2017 §27"


class NothingCorrected(DomainError):
    code = "CO-6756"
    message = "流水号、金额、日期都与原登记相同,没有需要更正的内容"
    citation = "GX2017 §95"


@dataclass(frozen=True, slots=True)
class Unwinding:
    """What goes with an arrival: itself and those after it, and the sums that wait to go back."""

    arrivals: Sequence[AidArrival]
    held: Sequence[PendingAmount]
    matched: bool
    """The list was complete only by these, so that its lines wait for their money again."""

    @property
    def vouchers(self) -> list[str]:
        return sorted({one.voucher_no for one in (*self.arrivals, *self.held)})

    @property
    def later(self) -> Sequence[AidArrival]:
        """Those that are booked again."""
        return self.arrivals[1:]


@transaction.atomic
def withdraw_arrival(*, arrival_id: int, reason: str, operator: platform.Operator, now: datetime) -> AidArrival:
    """撤销资助款到账 (GX2017 §100): the money had not come, or not for this list.

    Raises: ArrivalUnknown, ArrivalWithdrawn, OneselfCorrects, WhyWithdrawn, ReturnedAlready, YearClosed, NoPermission,
    AreaOutOfScope, and what the books refuse.
    """
    arrival = _lock(arrival_id, operator, now)
    _withdraw(arrival, reason, operator, now)
    commands.note(
        "withdraw_aid_arrival", arrival.list, operator, now, reference=arrival.reference, voucher=arrival.reversal_no
    )
    return arrival


@transaction.atomic
def correct_arrival(
    *,
    arrival_id: int,
    reference: str,
    amount_fen: int,
    arrived_on: date,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> AidArrival:
    """更正资助款到账 (GX2017 §95, 100): withdrawn, and written down as the bank's advice says. The same again gives
    the first.

    Raises: what `withdraw_arrival` and `record_arrival` refuse, NothingCorrected.
    """
    _lock_list(arrival_id, operator, now)
    told = (reference.strip(), amount_fen, arrived_on)
    done = AidArrival.objects.select_related("list").filter(corrects_id=arrival_id, withdrawn_at=None).first()
    if done is not None and (done.reference, done.amount_fen, done.arrived_on) == told:
        return done
    arrival = _lock(arrival_id, operator, now)
    arrivals.check_fit(arrival.list, reference, amount_fen, arrived_on, now)
    if told == (arrival.reference, arrival.amount_fen, arrival.arrived_on):
        raise NothingCorrected
    standing = arrival.list.arrivals.filter(reference=told[0], withdrawn_at=None).exclude(pk=arrival.pk).first()
    if standing is not None:
        raise arrivals.ArrivedTwice(
            reference=told[0], amount=yuan_text(standing.amount_fen), given=yuan_text(amount_fen)
        )
    _withdraw(arrival, reason, operator, now)
    mended = arrivals.new_arrival(arrival.list, reference, amount_fen, arrived_on, operator, now)
    mended.corrects = arrival
    arrivals.book(mended, _booking_day(arrival.list, arrived_on, now), operator, now)
    commands.note(
        "correct_aid_arrival",
        arrival.list,
        operator,
        now,
        reference=mended.reference,
        arrived_fen=amount_fen,
        before={"reference": arrival.reference, "amount_fen": arrival.amount_fen, "on": arrival.arrived_on.isoformat()},
        reason=arrival.reason,
    )
    return mended


def unwinding(arrival: AidArrival) -> Unwinding:
    """What goes with the arrival when it is withdrawn."""
    found = arrival.list
    standing = list(found.arrivals.filter(withdrawn_at=None).order_by("pk"))
    gone = [one for one in standing if one.pk >= arrival.pk]
    before = sum(one.amount_fen for one in standing if one.pk < arrival.pk)
    matched = before < arrivals.promised_fen(found) <= found.arrived_fen
    of_gone = {one.voucher_no for one in gone}
    kept = {one.voucher_no for one in standing} - of_gone
    held = PendingAmount.objects.filter(aid_list=found).exclude(resolution=WITHDRAWN)
    held = held.exclude(voucher_no__in=kept) if matched else held.filter(voucher_no__in=of_gone)
    return Unwinding(gone, list(held.order_by("pk")), matched)


def _lock_list(arrival_id: int, operator: platform.Operator, now: datetime) -> AidList:
    """Raises: ArrivalUnknown, NoPermission, AreaOutOfScope."""
    arrival = AidArrival.objects.select_related("list").filter(pk=arrival_id).first()
    if arrival is None:
        raise ArrivalUnknown(arrival=arrival_id)
    platform_checks.check_area_in_scope(operator, RECONCILE, arrival.list.pooling_area_id, now)
    return commands.lock(arrival.list.number)


def _lock(arrival_id: int, operator: platform.Operator, now: datetime) -> AidArrival:
    """The arrival, for a change, with its list locked first. Raises: ArrivalUnknown, ArrivalWithdrawn,
    OneselfCorrects, NoPermission, AreaOutOfScope.
    """
    found = _lock_list(arrival_id, operator, now)
    arrival = AidArrival.objects.select_for_update(of=("self",)).get(pk=arrival_id)
    arrival.list = found
    if arrival.withdrawn_at is not None:
        raise ArrivalWithdrawn(reference=arrival.reference, staff=arrival.withdrawn_by, voucher=arrival.reversal_no)
    if reversing.written_by(arrival, operator):
        raise OneselfCorrects
    return arrival


def _withdraw(arrival: AidArrival, reason: str, operator: platform.Operator, now: datetime) -> None:
    if not reason.strip():
        raise WhyWithdrawn
    list(PendingAmount.objects.select_for_update(of=("self",)).filter(aid_list=arrival.list).order_by("pk"))
    undone, why = unwinding(arrival), reason.strip()[:200]
    for one in undone.held:
        if one.resolved_at is not None:
            raise ReturnedAlready(amount=yuan_text(one.amount_fen), resolution=one.resolution)
    for number in undone.vouchers:
        reversal_no = reversing.reverse(number, reason=why, operator=operator, now=now)
        if number == arrival.voucher_no:
            arrival.reversal_no = reversal_no
    for one in undone.held:
        _let_go(one, operator, now)
    _wait_again(arrival.list, undone)
    arrival.withdrawn_at, arrival.withdrawn_by, arrival.reason = now, operator.staff_code, why
    arrival.save()
    for later in undone.later:
        later.list = arrival.list
        arrivals.book(later, _booking_day(arrival.list, later.arrived_on, now), operator, now)


def _booking_day(found: AidList, arrived_on: date, now: datetime) -> date:
    """记账日期 of what is booked again; the books refuse a day of a year that is closed."""
    return reversing.open_day(found.pooling_area_id, arrived_on, now) or arrived_on


def _let_go(pending: PendingAmount, operator: platform.Operator, now: datetime) -> None:
    """A sum that was to go back, and had not come."""
    pending.resolution, pending.resolved_by, pending.resolved_at = WITHDRAWN, operator.staff_code, now
    pending.save(update_fields=["resolution", "resolved_by", "resolved_at"])
    trail.record(
        "contributions.withdraw_pending",
        at=now,
        operator=operator,
        pooling_area=pending.pooling_area_id,
        unit_code=pending.unit_code,
        object_kind="pending",
        object_key=pending.pk,
        detail={"amount_fen": pending.amount_fen, "resolution": WITHDRAWN},
    )


def _wait_again(found: AidList, undone: Unwinding) -> None:
    found.arrived_fen -= sum(one.amount_fen for one in undone.arrivals)
    found.save(update_fields=["arrived_fen"])
    if undone.matched:
        items = found.items.filter(answer=AidAnswer.OK)
        items.update(state=AidItemState.WAITING, arrived_on=None, difference="")

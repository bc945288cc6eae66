"""What departments answer, and their money (资助到账; CON-15, CON-17; FIN-35).

`confirm` books an answer line by line; `record_arrival` is the bank's word that a department's money is in the fund.
Money that cannot be used stands in 暂收款 as a sum that goes back to the department: never into anybody's hand.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tongchou.contributions import commands as contributions
from tongchou.contributions import receivables
from tongchou.contributions.aid import commands
from tongchou.contributions.aid.models import AidArrival, AidItem, AidList
from tongchou.contributions.aid.states import AidAnswer, AidDifference, AidItemState, AidListState, AidMode
from tongchou.contributions.models import Contribution, PendingAmount, Receivable
from tongchou.contributions.reconciling import OTHER_RECEIPTS, RECONCILE
from tongchou.contributions.refunds.money import check_unused
from tongchou.contributions.rules import RESIDENT
from tongchou.contributions.states import OPEN_RECEIVABLES, Channel, PendingKind, ReceivableState
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.states import Department
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund import queries as fund_queries
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform

NUMBER_NEEDED: Final = "银行流水号"


class LineNotWaiting(DomainError):
    code = "CO-4041"
    message = "名册{number}没有待答复的第{line}行"
    citation = "GX2017 §27"


class ArrivalUnfit(DomainError):
    code = "CO-4042"
    message = "资助款到账登记有误:{problem}"
    citation = "GX2017 §95"


class NotToTheFund(DomainError):
    code = "CO-4043"
    message = "本地资助款转入个人账户,不进基金;到账以部门答复为准"
    citation = "GX2017 §27"


class PaidUponAid(DomainError):
    code = "CO-6602"
    message = (
        "第{line}行的人已按资助后的金额缴费{paid}元;部门不予资助的,先为其办理缴费差错退费,再登记该行答复,由其按全额缴费"
    )
    citation = "GX2017 §21"


class ArrivedTwice(DomainError):
    code = "CO-4044"
    message = "流水号{reference}的资助款已登记{amount}元,不能再登记{given}元"
    citation = "GX2017 §95"


@dataclass(frozen=True, slots=True)
class Answered:
    """The department's word on one line (部门答复)."""

    line_no: int
    answer: AidAnswer
    on: date
    reference: str = ""


@transaction.atomic
def confirm(*, number: str, answers: Iterable[Answered], operator: platform.Operator, now: datetime) -> AidList:
    """登记部门答复 (CON-15): into the account of a person the aid has arrived; to the fund it is promised.

    Whom the department does not aid owes the whole year again; who has paid the rest by then is to be refunded first.
    Raises: ListUnknown, ListNotInState, LineNotWaiting, PaidUponAid, NoPermission, AreaOutOfScope, and what the booking
    of a fully aided year refuses.
    """
    found = commands.lock(number)
    platform_checks.check_area_in_scope(operator, commands.LIST, found.pooling_area_id, now)
    if found.state != AidListState.NOTIFIED:
        raise commands.ListNotInState(number=number, state=AidListState(found.state).label, what="登记答复")
    items = {one.line_no: one for one in found.items.select_for_update(of=("self",)).filter(answer="")}
    for told in sorted(answers, key=lambda one: one.line_no):
        item = items.pop(told.line_no, None)
        if item is None:
            raise LineNotWaiting(number=number, line=told.line_no)
        _answer(found, item, told, now)
    if not items:
        commands.move(found, AidListState.CONFIRMED, "确认")
        found.save(update_fields=["state"])
    commands.note("confirm_aid_list", found, operator, now, left=len(items))
    return found


def _answer(found: AidList, item: AidItem, told: Answered, now: datetime) -> None:
    item.answer, item.reference = told.answer, told.reference[:40]
    if told.answer != AidAnswer.OK:
        item.state = AidItemState.REFUSED
        owed = Receivable.objects.filter(_owed(found, item)).exclude(state=ReceivableState.VOID)
        if paid := owed.filter(state=ReceivableState.PAID, aided_fen__gt=0).first():
            raise PaidUponAid(line=item.line_no, paid=yuan_text(paid.payable_fen))
        owed.update(aided_fen=0)
    elif found.plan.mode == AidMode.ACCOUNT:
        item.confirmed_on = item.arrived_on = told.on
        item.state, item.difference = _in_the_account(found, item)
    else:
        item.confirmed_on = told.on
        _book_full_aid(found, item, told.on, now)
    item.save()


def _owed(found: AidList, item: AidItem) -> Q:
    return Q(person_id=item.person_id, scheme=RESIDENT, benefit_year=found.plan.benefit_year)


def _in_the_account(found: AidList, item: AidItem) -> tuple[AidItemState, str]:
    """Money in the person's account: used when the year is paid, to be given back by whoever is not insured."""
    owed = Receivable.objects.filter(_owed(found, item)).exclude(state=ReceivableState.VOID).first()
    if owed is None:
        return AidItemState.RETURN, AidDifference.NOT_INSURED
    return (AidItemState.USED if owed.state == ReceivableState.PAID else AidItemState.ARRIVED), ""


def _book_full_aid(found: AidList, item: AidItem, on: date, now: datetime) -> None:
    """全额资助: nothing is left to pay, so the year is paid on the day of the department's promise (decision 0293)."""
    owed = Receivable.objects.filter(_owed(found, item), state__in=OPEN_RECEIVABLES).first()
    if owed is None or owed.aided_fen < owed.amount_fen:
        return
    contributions.record_aided(
        person=enrolment.lock(person_id=item.person_id, on=on),
        benefit_year=found.plan.benefit_year,
        amount_fen=owed.amount_fen,
        paid_on=on,
        receipt_no=found.number,
        now=now,
    )


@transaction.atomic
def record_arrival(
    *, number: str, reference: str, amount_fen: int, arrived_on: date, operator: platform.Operator, now: datetime
) -> AidArrival:
    """登记资助款到账 (CON-17; FIN-35): income for whom it settles, 暂收款 for what goes back.

    The same again gives the first.

    Raises: ListUnknown, NotToTheFund, ArrivalUnfit, ArrivedTwice, NoPermission, AreaOutOfScope, and what the books
    refuse.
    """
    found = commands.lock(number)
    platform_checks.check_area_in_scope(operator, RECONCILE, found.pooling_area_id, now)
    check_fit(found, reference, amount_fen, arrived_on, now)
    earlier = found.arrivals.filter(reference=reference.strip(), withdrawn_at=None).first()
    if earlier is not None:
        if earlier.amount_fen == amount_fen:
            return earlier
        raise ArrivedTwice(reference=reference, amount=yuan_text(earlier.amount_fen), given=yuan_text(amount_fen))
    arrival = new_arrival(found, reference, amount_fen, arrived_on, operator, now)
    book(arrival, arrived_on, operator, now)
    commands.note("record_aid_arrival", found, operator, now, reference=arrival.reference, arrived_fen=amount_fen)
    return arrival


def check_fit(found: AidList, reference: str, amount_fen: int, arrived_on: date, now: datetime) -> None:
    """Whether money of a department may be written down for the list. Raises: NotToTheFund, ArrivalUnfit."""
    if found.plan.mode != AidMode.FUND:
        raise NotToTheFund
    if not reference.strip() or amount_fen <= 0 or arrived_on > timezone.localdate(now):
        raise ArrivalUnfit(problem=f"须有{NUMBER_NEEDED},金额大于零,日期不在将来")
    if found.state != AidListState.CONFIRMED:
        raise ArrivalUnfit(problem="部门还没有逐行答复,先登记答复")


def new_arrival(
    found: AidList, reference: str, amount_fen: int, arrived_on: date, operator: platform.Operator, now: datetime
) -> AidArrival:
    """The row of an arrival, not yet in the books."""
    return AidArrival(
        list=found,
        reference=reference.strip(),
        amount_fen=amount_fen,
        arrived_on=arrived_on,
        staff_code=operator.staff_code,
        recorded_by_person=operator.citizen_id,
        recorded_at=now,
    )


def promised_fen(found: AidList) -> int:
    """部门已确认 (fen)."""
    return sum(found.items.filter(answer=AidAnswer.OK).values_list("amount_fen", flat=True))


def book(arrival: AidArrival, dated_on: date, operator: platform.Operator, now: datetime) -> None:
    """Into the books, on top of what has come before: whose it is once all has come, what goes back; a step."""
    found, promised = arrival.list, promised_fen(arrival.list)
    before = found.arrived_fen
    found.arrived_fen += arrival.amount_fen
    found.save(update_fields=["arrived_fen"])
    excess = max(0, found.arrived_fen - max(promised, before))
    held = _match(found, arrival.arrived_on, now) if before < promised <= found.arrived_fen else []
    if excess:
        held.append(hold(found, None, excess, arrival.arrived_on, "资助款多于名册确认金额", now))
    unused = sum(one.amount_fen for one in held)
    arrival.voucher_no = _post(arrival, unused, dated_on, operator, now)
    arrival.save()
    came_by(held, arrival.voucher_no)


def came_by(held: Sequence[PendingAmount], voucher_no: str) -> None:
    """By which voucher the sums came into 暂收款."""
    PendingAmount.objects.filter(pk__in=[one.pk for one in held]).update(voucher_no=voucher_no)


def _match(found: AidList, arrived_on: date, now: datetime) -> list[PendingAmount]:
    """Whose money it is, now that all of it has come: used, waiting for the person's own part, or to be returned."""
    forget_the_dead(found, now)
    held = []
    for item in found.items.select_for_update(of=("self",)).filter(answer=AidAnswer.OK).order_by("line_no"):
        item.arrived_on = arrived_on
        item.state, item.difference = _in_the_fund(found, item)
        item.save(update_fields=["arrived_on", "state", "difference"])
        if item.state == AidItemState.RETURN:
            reason = str(AidDifference(item.difference).label)
            held.append(hold(found, item, item.amount_fen, arrived_on, f"资助款应退回:{reason}", now))
    return held


_DEAD: Final = """
SELECT c.id FROM contributions_aiditem i
  JOIN contributions_aidplan p ON p.id = i.plan_id AND p.mode = 'fund'
  JOIN contributions_contribution c
    ON c.person_id = i.person_id AND c.benefit_year = p.benefit_year AND c.voided_at IS NULL AND c.channel = 'aid'
  JOIN enrolment_registered e ON e.person_id = i.person_id AND e.died_on < make_date(p.benefit_year, 1, 1)
 WHERE i.list_id = %s ORDER BY c.id
"""


def forget_the_dead(found: AidList, now: datetime) -> None:
    """全额资助 of who died before the year began: the year is undone, the aid is not used; a step.

    Raises: BenefitsUsed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEAD, [found.pk])
        keys = [key for (key,) in cursor.fetchall()]
    for payment in Contribution.objects.filter(pk__in=keys, channel=Channel.AID, scheme=RESIDENT).order_by("id"):
        check_unused(payment)
        person = enrolment.lock(person_id=payment.person_id, on=payment.paid_in_full_on)
        contributions.withdraw(payment, person, reason=f"{found.number}:年度开始前已死亡", now=now)
        receivables.owe_no_more(person.id, date(payment.benefit_year, 1, 1))


def _in_the_fund(found: AidList, item: AidItem) -> tuple[AidItemState, str]:
    owed = Receivable.objects.filter(_owed(found, item)).exclude(state=ReceivableState.VOID).first()
    if owed is None:
        return AidItemState.RETURN, AidDifference.NOT_INSURED
    if owed.state != ReceivableState.PAID:
        return AidItemState.ARRIVED, ""
    paid = Contribution.objects.get(pk=owed.contribution_id)
    if paid.fund_aided_fen < item.amount_fen:
        return AidItemState.RETURN, AidDifference.PAID_BEFORE
    return AidItemState.USED, ""


def hold(found: AidList, item: AidItem | None, amount_fen: int, on: date, reason: str, now: datetime) -> PendingAmount:
    """应退回部门的款: it waits in 暂收款 until two persons decide that it goes back (CON-17)."""
    return PendingAmount.objects.create(
        pooling_area_id=found.pooling_area_id,
        unit_code=item.unit_code if item else found.pooling_area_id,
        kind=PendingKind.AID_RETURN,
        benefit_year=found.plan.benefit_year,
        amount_fen=amount_fen,
        received_on=on,
        person_id=item.person_id if item else None,
        aid_list=found,
        reason=reason,
        created_at=now,
    )


def _post(arrival: AidArrival, unused: int, dated_on: date, operator: platform.Operator, now: datetime) -> str:
    """收款凭证 (FIN-35): the bank against income of aid, and 暂收款 for what goes back."""
    found = arrival.list
    label = Department(found.department).label
    template = postings.template(found.pooling_area_id, RESIDENT, DocumentKind.AID)
    entries = [EntryDraft(template.debit, debit=Money(arrival.amount_fen), note=label)]
    usable = arrival.amount_fen - unused
    if usable > 0:
        entries.append(EntryDraft(found.plan.income_account, credit=Money(usable), note="资助参保"))
    if usable < 0:  # what goes back came with an earlier advice too
        entries.append(EntryDraft(found.plan.income_account, debit=Money(-usable), note="资助参保"))
    if unused:
        entries.append(EntryDraft(OTHER_RECEIPTS, credit=Money(unused), note="应退回资助款"))
    return fund.post_voucher(
        pooling_area=found.pooling_area_id,
        scheme=RESIDENT,
        kind=VoucherKind.RECEIPT,
        dated_on=dated_on,
        summary=f"{label}资助{found.plan.benefit_year}年度参保缴费",
        source_document=_source_document(arrival),
        entries=entries,
        operator=operator.staff_code,
        now=now,
    ).number


def _source_document(arrival: AidArrival) -> str:
    """原始凭证: the bank's advice for the list; booked anew after a reversal, it says the how-manieth time."""
    found = arrival.list
    name = f"资助名册{found.number}-{arrival.reference}"
    said, time = name, 1
    while fund_queries.voucher_of(pooling_area=found.pooling_area_id, scheme=RESIDENT, source_document=said):
        time += 1
        said = f"{name}(第{time}次)"
    return said


# --- what others tell ---------------------------------------------------------------------------------------------


def year_paid(person_id: int, benefit_year: int) -> None:
    """已使用: the aid that has arrived is used once the year is paid; a step of the caller's transaction."""
    _use(AidItem.objects.filter(person_id=person_id, plan__benefit_year=benefit_year))


def years_paid(batch_id: int, first_id: int) -> None:
    """The same for every payment of a file from that one on."""
    booked = Contribution.objects.filter(batch_id=batch_id, pk__gte=first_id)
    for year in booked.values_list("benefit_year", flat=True).distinct():
        people = booked.filter(benefit_year=year).values("person_id")
        _use(AidItem.objects.filter(plan__benefit_year=year, person_id__in=people))


def years_unpaid(voided_ids: Collection[int]) -> None:
    """已到账 again: aid is not used by a year whose payment is void and that nobody has paid since (decision 0419); a
    step of the caller's transaction.
    """
    of_the_year = Contribution.objects.filter(
        person_id=OuterRef("person_id"), scheme=RESIDENT, benefit_year=OuterRef("plan__benefit_year")
    )
    unpaid = AidItem.objects.filter(
        Exists(of_the_year.filter(pk__in=voided_ids)), ~Exists(of_the_year.filter(voided_at=None))
    )
    unpaid.filter(state=AidItemState.USED).update(state=AidItemState.ARRIVED)


def _use(found: QuerySet[AidItem]) -> None:
    """Aid to the fund is used by a payment that counts on it; who paid everything alone has not used it (CON-17)."""
    counted_on = Contribution.objects.filter(
        person_id=OuterRef("person_id"),
        scheme=RESIDENT,
        benefit_year=OuterRef("plan__benefit_year"),
        voided_at=None,
        fund_aided_fen__gte=OuterRef("amount_fen"),
    )
    used = found.filter(Q(plan__mode=AidMode.ACCOUNT) | Exists(counted_on), state=AidItemState.ARRIVED)
    used.update(state=AidItemState.USED)

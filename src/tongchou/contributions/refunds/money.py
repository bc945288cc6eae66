"""What was paid too much (多缴款项): where the money is, whose account it came from, may it go back (CON-22)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q

from tongchou.contributions import usage
from tongchou.contributions.commands import standard_of
from tongchou.contributions.mandates import masked
from tongchou.contributions.models import CollectionItem, Contribution, PendingAmount, Receivable
from tongchou.contributions.refunds.states import Ground
from tongchou.contributions.rules import RESIDENT
from tongchou.contributions.states import PendingKind
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text


class NotRefundable(DomainError):
    code = "CO-4001"
    message = "“{ground}”不予退费。参保人员在一次性缴纳居民医保费后,所缴医保费不予退还;只有经办差错可以更正:{allowed}"
    citation = "GX2017 §28"


class NothingOverpaid(DomainError):
    code = "CO-4002"
    message = "没有查到该参保人{year}年度“{ground}”的款项;所缴医保费不予退还"
    citation = "GX2017 §28"


class DiedNotBefore(DomainError):
    code = "CO-4003"
    message = "{year}年度开始前未登记死亡({died});年度内死亡的,所缴医保费不予退还"
    citation = "GX2017 §28"


class BenefitsUsed(DomainError):
    code = "CO-4004"
    message = "该笔缴费的待遇已使用{uses}次(结算),不能更正;须先核实并冲销结算"
    citation = "GX2017 §28"


class NotBookedYet(DomainError):
    code = "CO-4005"
    message = "该笔款项{amount}元尚未与银行、财务对账入账,对账之后才能退费"
    citation = "GX2017 §95"


@dataclass(frozen=True, slots=True)
class Account:
    """缴费账户: where money came from."""

    account_no: str
    holder_name: str
    bank_name: str

    @property
    def tail(self) -> str:
        return masked(self.account_no)


@dataclass(frozen=True, slots=True)
class Overpaid:
    """One sum that may go back (多缴款项). Fen; exactly one of `contribution` and `pending` is set.

    `keeps_fen` is what stays of a payment above the standard. `account` is None where the way it was paid does not
    tell the account.
    """

    person_id: int
    benefit_year: int
    amount_fen: int
    received_on: date
    account: Account | None
    contribution: Contribution | None = None
    pending: PendingAmount | None = None
    keeps_fen: int = 0

    @property
    def is_in_the_books(self) -> bool:
        """Whether a voucher holds the money."""
        if self.contribution is not None:
            return bool(self.contribution.batch and self.contribution.batch.voucher_no)
        assert self.pending is not None
        return self.pending.result is None or bool(self.pending.result.document_no)


def find(person_id: int, benefit_year: int, ground: Ground) -> Overpaid:
    """The money of that ground (退费款项), the oldest first where there is more than one.

    Raises: NothingOverpaid, DiedNotBefore, BenefitsUsed, NotBookedYet, PersonUnknown.
    """
    found = next(_FINDERS[ground](person_id, benefit_year), None)
    if found is None:
        raise NothingOverpaid(year=benefit_year, ground=ground.label)
    if not found.is_in_the_books:
        raise NotBookedYet(amount=yuan_text(found.amount_fen))
    return found


def all_of(person_id: int) -> list[tuple[Ground, Overpaid]]:
    """Every sum that settles nobody and names this person (可退款项), for the form and the work list."""
    years = {pending_year(one) for one in _pending_of(person_id)}
    return [
        (ground, found)
        for year in sorted(years)
        for ground in (Ground.DOUBLE, Ground.EXCESS)
        for found in _FINDERS[ground](person_id, year)
    ]


def pending_year(pending: PendingAmount) -> int:
    """The benefit year that the money was meant for."""
    if pending.benefit_year:
        return int(pending.benefit_year)
    return int(pending.item.batch.benefit_year) if pending.item else pending.received_on.year


def _pending_of(person_id: int) -> list[PendingAmount]:
    """Unresolved sums of the person, or of a line of the bank's file that drew for the person."""
    mine = Q(person_id=person_id) | Q(person=None, item__receivables__person_id=person_id)
    found = PendingAmount.objects.filter(mine, resolved_at=None)
    return list(found.select_related("item__batch", "item__mandate__bank", "result").distinct().order_by("id"))


def _of_pending(person_id: int, year: int, kinds: Sequence[str]) -> Iterator[Overpaid]:
    for one in _pending_of(person_id):
        if one.kind in kinds and pending_year(one) == year:
            account = _account(one.item) if one.item else None
            yield Overpaid(person_id, year, one.amount_fen, one.received_on, account, pending=one)


def _account(item: CollectionItem) -> Account:
    return Account(item.account_no, item.holder_name, item.mandate.bank.name)


def _paid_twice(person_id: int, year: int) -> Iterator[Overpaid]:
    yield from _of_pending(person_id, year, [PendingKind.DUPLICATE])


def _too_much(person_id: int, year: int) -> Iterator[Overpaid]:
    yield from _of_pending(person_id, year, [PendingKind.PART, PendingKind.NOT_PAYABLE])
    if paid := _contribution(person_id, year):
        facts = _facts(person_id, paid.paid_in_full_on)
        due = standard_of(
            pooling_area=facts.pooling_area, scheme=RESIDENT, benefit_year=year, category=facts.category or ""
        )
        if paid.amount_fen > due:
            yield _of_contribution(paid, paid.amount_fen - due, keeps_fen=due)


def _booked_to_another(person_id: int, year: int) -> Iterator[Overpaid]:
    """Raises: BenefitsUsed."""
    if paid := _contribution(person_id, year):
        check_unused(paid)
        if paid.amount_fen > paid.fund_aided_fen:
            yield _of_contribution(paid, paid.amount_fen - paid.fund_aided_fen)


def _died_before(person_id: int, year: int) -> Iterator[Overpaid]:
    """Raises: DiedNotBefore, BenefitsUsed."""
    facts = _facts(person_id, date(year, 1, 1))
    if facts.died_on is None or facts.died_on >= date(year, 1, 1):
        died = f"登记的死亡日期为{facts.died_on}" if facts.died_on else "没有死亡登记"
        raise DiedNotBefore(year=year, died=died)
    if paid := _contribution(person_id, year):
        check_unused(paid)
        if paid.amount_fen > paid.fund_aided_fen:
            yield _of_contribution(paid, paid.amount_fen - paid.fund_aided_fen)
    yield from _of_pending(person_id, year, [PendingKind.NOT_PAYABLE, PendingKind.DUPLICATE])


_FINDERS: Final[Mapping[Ground, Callable[[int, int], Iterator[Overpaid]]]] = {
    Ground.DOUBLE: _paid_twice,
    Ground.EXCESS: _too_much,
    Ground.WRONG_PERSON: _booked_to_another,
    Ground.DIED_BEFORE: _died_before,
}


def _contribution(person_id: int, year: int) -> Contribution | None:
    found = Contribution.objects.select_related("batch")
    return found.filter(person_id=person_id, scheme=RESIDENT, benefit_year=year, voided_at=None).first()


def _of_contribution(paid: Contribution, amount_fen: int, *, keeps_fen: int = 0) -> Overpaid:
    """What the person brought goes back to the person; aid that is part of it goes back to its department."""
    settled = Receivable.objects.select_related("item__mandate__bank").filter(contribution=paid).first()
    item = settled.item if settled else None
    account = _account(item) if item is not None and item.paid_fen else None
    return Overpaid(
        paid.person_id,
        paid.benefit_year,
        amount_fen,
        paid.paid_in_full_on,
        account,
        contribution=paid,
        keeps_fen=keeps_fen,
    )


def check_unused(paid: Contribution) -> None:
    """No bill was settled in the days this payment covers (CON-23). Raises: BenefitsUsed."""
    standing = paid.spans.filter(withdrawn_at=None).order_by("covered_from")
    spans = [(span.covered_from, span.covered_until) for span in standing]
    if uses := usage.uses(paid.person_id, spans):
        raise BenefitsUsed(uses=uses)


def _facts(person_id: int, on: date) -> Facts:
    found = enrolment.facts(person_id, on)
    assert found is not None
    return found

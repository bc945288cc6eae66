"""What the counter asks before it takes a payment, and of its own days (现场缴费查询)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q, Sum

from tongchou.contributions import commands as contributions
from tongchou.contributions import queries
from tongchou.contributions.counter.models import CounterDay, CounterMeans, CounterPayment
from tongchou.contributions.counter.states import DayState, PaymentState
from tongchou.contributions.models import Contribution, Receivable
from tongchou.contributions.rules import RESIDENT
from tongchou.contributions.states import ContributionKind, ReceivableState
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.states import Scheme
from tongchou.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Owed:
    """One year that a person may come for (待缴年度). Fen; `problem` says why it cannot be taken today."""

    benefit_year: int
    state: str
    standard_fen: int = 0
    aided_fen: int = 0
    kind: ContributionKind | None = None
    covered_from: date | None = None
    covered_until: date | None = None
    rule: str = ""
    problem: str = ""
    code: str = ""

    @property
    def payable_fen(self) -> int:
        return self.standard_fen - self.aided_fen

    @property
    def lies_with_bank(self) -> bool:
        """已发盘: the bank may draw it still."""
        return self.state == ReceivableState.SENT


def owed(person: Facts, today: date) -> list[Owed]:
    """待缴年度 of a person: open receivables, and this year and the next where nobody has opened them (CON-02, CON-12).

    Each with its standard, what a department owes of it, and what a payment of today would bring (逾期、补缴路径).
    """
    return owed_together([person], today)[person.id]


def owed_together(people: Sequence[Facts], today: date) -> dict[int, list[Owed]]:
    """待缴年度 of several persons, such as a household (同户待缴), by person; asked once for all of them."""
    ids = [person.id for person in people]
    known: dict[int, dict[int, Receivable]] = defaultdict(dict)
    for one in Receivable.objects.filter(person_id__in=ids).exclude(state=ReceivableState.VOID):
        known[one.person_id][one.benefit_year] = one
    paid: dict[int, set[int]] = defaultdict(set)
    found = Contribution.objects.filter(person_id__in=ids, scheme=RESIDENT, voided_at=None)
    for person_id, year in found.values_list("person_id", "benefit_year"):
        paid[person_id].add(year)
    prices = {area: _prices(area) for area in {person.pooling_area for person in people}}
    return {
        person.id: _years(person, known[person.id], frozenset(paid[person.id]), prices[person.pooling_area], today)
        for person in people
    }


def _prices(pooling_area: str) -> dict[tuple[int, str], int]:
    """个人缴费标准 of an area by year and category, in fen."""
    found = queries.standards(pooling_area)
    return {(one.benefit_year, one.category): one.personal_fen for one in found if one.scheme == RESIDENT}


def _years(
    person: Facts,
    known: Mapping[int, Receivable],
    paid: frozenset[int],
    priced: Mapping[tuple[int, str], int],
    today: date,
) -> list[Owed]:
    years = {year for year, one in known.items() if one.state != ReceivableState.PAID}
    years |= {year for year in (today.year, today.year + 1) if year not in known}
    return [
        _owed(person, year, known.get(year), paid, _price(priced, year, person.category or ""), today)
        for year in sorted(years - paid, reverse=True)
    ]


def _price(priced: Mapping[tuple[int, str], int], year: int, category: str) -> int | None:
    """The standard of the category, else of everybody; None where there is none."""
    return priced.get((year, category), priced.get((year, "")))


def _owed(
    person: Facts, year: int, known: Receivable | None, paid: frozenset[int], standard: int | None, today: date
) -> Owed:
    state, aided = (str(known.state), known.aided_fen) if known else ("", 0)
    try:
        found = contributions.what_it_brings(person, benefit_year=year, paid_on=today, paid_years=paid)
        if standard is None:
            raise contributions.StandardMissing(area=person.pooling_area, year=year, scheme=Scheme(RESIDENT).label)
    except DomainError as refusal:
        told = known.amount_fen if known else 0
        return Owed(year, state, told, aided, problem=refusal.sentence, code=refusal.code)
    return Owed(year, state, standard, aided, found.kind, found.covered_from, found.covered_until, found.rule)


def means_in_force(pooling_area: str, on: date) -> list[CounterMeans]:
    """收款方式 of the day, in the order of their codes."""
    found = CounterMeans.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on), pooling_area_id=pooling_area, valid_from__lte=on
    )
    return list(found.order_by("code"))


def open_day(staff_code: str, pooling_area: str) -> CounterDay | None:
    """The clerk's day that was not closed, the oldest first."""
    found = CounterDay.objects.filter(staff_code=staff_code, pooling_area_id=pooling_area, state=DayState.OPEN)
    return found.order_by("collected_on").first()


@dataclass(frozen=True, slots=True)
class MeansTotal:
    """What a day received by one means (分方式合计). Fen."""

    means: CounterMeans
    payments: int
    amount_fen: int


def totals_of(day: CounterDay) -> list[MeansTotal]:
    """Count and sum by means, undone payments left out."""
    counted = {
        one["means"]: one
        for one in day.payments.exclude(state=PaymentState.CANCELLED)
        .values("means")
        .annotate(payments=Count("id"), amount=Sum("amount_fen"))
        .order_by("means")
    }
    means = CounterMeans.objects.filter(pk__in=counted).order_by("code")
    return [MeansTotal(one, counted[one.pk]["payments"], counted[one.pk]["amount"]) for one in means]


def payment(number: str) -> CounterPayment | None:
    """现场缴费 by its receipt number."""
    found = CounterPayment.objects.select_related("person", "day__batch", "means", "contribution")
    return found.filter(number=number).first()


def answered(staff_code: str, request_id: str) -> CounterPayment | None:
    """The payment that this request of the clerk took already: a click twice (重复提交)."""
    return CounterPayment.objects.filter(received_by=staff_code, request_id=request_id).first()


JOINED: Final = "#0"
"""What the request of a joint payment adds for its first line."""


def answered_jointly(staff_code: str, request_id: str) -> list[CounterPayment]:
    """The payments that this request took already for several persons: a click twice (重复提交)."""
    first = answered(staff_code, f"{request_id}{JOINED}")
    if first is None:
        return []
    return joint(first.joint_no) if first.joint_no else [first]


def joint(joint_no: str) -> list[CounterPayment]:
    """合并收据: the payments that one payer made in one go, in the order of their receipts."""
    found = CounterPayment.objects.filter(joint_no=joint_no).select_related("person", "day__batch", "means")
    return list(found.select_related("contribution").order_by("id"))


def payers_of(person_id: int) -> dict[str, tuple[str, str]]:
    """缴费人 of a person's payments at the counter (CON-12): by receipt number, name and relation."""
    found = CounterPayment.objects.filter(person_id=person_id)
    return {one.number: (one.payer_name, one.payer_relation or one.get_payer_kind_display()) for one in found}

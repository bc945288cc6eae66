"""Decisions of contributions (缴费规则): pure functions, amounts in whole fen.

From when a payment covers is decided by `policy.eligibility`; here is what surrounds that decision: whether the payment
may be taken, what it is called, until when it covers, and what a day without benefits is called.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from tongchou.contributions.states import ContributionKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import first_of_next_month
from tongchou.policy.eligibility import CoverageSpanDecision, EligibilityRules, PayerKind, coverage_start
from tongchou.policy.packages import Package

RESIDENT: Final = "resident"


class WindowNotOpen(DomainError):
    code = "CO-1001"
    message = "{year}年度的缴费期自{opens}开始,缴费日期{paid_on}过早"
    citation = "GX2017 §22"


class YearOver(DomainError):
    code = "CO-1002"
    message = "{year}年度已结束,缴费日期{paid_on}不能缴纳该年度费用"
    citation = "GX2017 §22"


class AmountDiffers(DomainError):
    code = "CO-1003"
    message = "缴费金额{paid}元与{year}年度个人缴费标准{standard}元不符,不得部分缴纳"
    citation = "GX2017 §21"


class NothingCovered(DomainError):
    code = "CO-1004"
    message = "不能收取:{reason}。请在集中缴费期缴纳下一年度费用"
    citation = "GX2017 §22"


class AidTooLarge(DomainError):
    code = "CO-1005"
    message = "资助金额{aided}元大于缴费金额{paid}元"
    citation = "GX2017 §27"


class SchemeNotYearly(DomainError):
    code = "CO-1006"
    message = "职工基本医疗保险按月缴费,不在此登记年度缴费"
    citation = "GX2017 §21"


class Waiting(NamedTuple):
    """The waiting rules of an area for one benefit year, with what its package says of arrears.

    `covers_to_arrears`: benefits go on past the year until the day arrears begin (JL2019 §14); else they end with the
    year paid for (GX2017 §22).
    """

    rules: EligibilityRules
    covers_to_arrears: bool

    @classmethod
    def of(cls, package: Package) -> "Waiting":
        """Raises: MissingParameter."""
        stop = package.values.get("arrears.stop_from")
        return cls(EligibilityRules.of(package), stop is not None and stop.content == "arrears_day")

    def arrears_begin(self, year: int) -> date:
        """The day after the last on which the year may be paid without a gap (JL2019 §14; CON-13)."""
        return first_of_next_month(date(year, self.rules.grace_month, 1))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a payment brings (缴费认定): its kind, the days it covers, and the rule in words."""

    kind: ContributionKind
    covered_from: date
    covered_until: date
    rule: str


class Case(NamedTuple):
    """Everything the decision depends on; equal cases have equal decisions, so a file asks once for each."""

    benefit_year: int
    paid_on: date
    last_paid_year: int | None
    born_on: date | None
    """Only where it matters: nobody paid before, and the birth is near the year."""


def case_of(*, benefit_year: int, paid_on: date, last_paid_year: int | None, born_on: date) -> Case:
    """The case of one payment; a birth long before cannot make a newborn (缴费情形)."""
    newborn = last_paid_year is None and born_on >= date(benefit_year - 1, 1, 1)
    return Case(benefit_year, paid_on, last_paid_year, born_on if newborn else None)


def decide(case: Case, waiting: Waiting) -> Decision:
    """缴费认定 (GX2017 §22; CON-03, CON-04; BEN-03…08).

    Raises: WindowNotOpen, YearOver, NothingCovered.
    """
    year, paid_on = case.benefit_year, case.paid_on
    opens = date(year - 1, *waiting.rules.window_from)
    if paid_on < opens:
        raise WindowNotOpen(year=year, opens=opens, paid_on=paid_on)
    if paid_on >= date(year + 1, 1, 1):
        raise YearOver(year=year, paid_on=paid_on)
    found = coverage_start(
        waiting.rules,
        benefit_year=year,
        paid_on=paid_on,
        paid_years=() if case.last_paid_year is None else (case.last_paid_year,),
        born_on=case.born_on,
    )
    if found.covered_from is None or found.covered_until is None:
        raise NothingCovered(reason=found.reason)
    until = waiting.arrears_begin(year + 1) if waiting.covers_to_arrears else found.covered_until
    return Decision(_kind(found, case, waiting.rules), found.covered_from, until, found.citation)


def _kind(found: CoverageSpanDecision, case: Case, rules: EligibilityRules) -> ContributionKind:
    """缴费类型 as it is told apart in statistics (CON-03, CON-12)."""
    in_window = case.paid_on <= date(case.benefit_year - 1, *rules.window_until)
    if found.kind is PayerKind.CONTINUOUS:
        return ContributionKind.CONTINUOUS if in_window else ContributionKind.GRACE
    if found.kind is PayerKind.FIRST:
        return ContributionKind.FIRST if in_window else ContributionKind.FIRST_MID_YEAR
    if found.kind is PayerKind.NEWBORN:
        early = case.born_on is not None and found.covered_from is not None and found.covered_from <= case.paid_on
        return ContributionKind.NEWBORN if early else ContributionKind.NEWBORN_LATE
    return ContributionKind.REJOINED if found.kind is PayerKind.REJOINED else ContributionKind.LATE


def check_amount(*, amount_fen: int, aided_fen: int, standard_fen: int, benefit_year: int) -> None:
    """按年度一次性足额缴费 (GX2017 §21; CON-02). Raises: AmountDiffers, AidTooLarge."""
    if amount_fen != standard_fen:
        raise AmountDiffers(paid=yuan_text(amount_fen), year=benefit_year, standard=yuan_text(standard_fen))
    if aided_fen > amount_fen:
        raise AidTooLarge(aided=yuan_text(aided_fen), paid=yuan_text(amount_fen))


Span = tuple[date, date]


def uncovered_parts(span: Span, held: Iterable[Span]) -> list[Span]:
    """The parts of `span` that no held span covers, in order (扣除已有待遇期). All half-open."""
    parts = [span]
    for start, until in sorted(held):
        parts = [
            piece
            for low, high in parts
            for piece in ((low, min(high, start)), (max(low, until), high))
            if piece[0] < piece[1]
        ]
    return parts


def last_paid_before(benefit_year: int, paid_years: Collection[int]) -> int | None:
    """The last benefit year paid for before this one; None for a first payer."""
    return max((year for year in paid_years if year < benefit_year), default=None)

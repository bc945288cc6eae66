"""From which day each premium covers (待遇享受期): decided by the waiting rules themselves, once per distinct case.

A city pays on a few hundred days in a few ways, so a rule that takes microseconds decides for millions: payments are
reduced to the facts the rule asks for, each distinct case is decided once, and the decision is spread again.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.contributions import queries, rules
from tongchou.contributions.states import ContributionKind
from tongchou.kernel.errors import DomainError
from tongchou.simulator.people import People
from tongchou.simulator.plan import AREA
from tongchou.simulator.premiums import Payments

KINDS: Final = tuple(kind.value for kind in ContributionKind)
FIRST_YEAR: Final = 2000
YEARS: Final = 64
DAYS: Final = 1 << 15
EPOCH: Final = date(1970, 1, 1).toordinal()
NEVER: Final = YEARS - 1
"""Missed years of who never paid before."""


@dataclass(frozen=True, slots=True)
class Spans:
    """For each payment: its kind, the days it covers, the rule."""

    kind: NDArray[np.int64]
    covered_from: NDArray[np.datetime64]
    covered_until: NDArray[np.datetime64]
    rule: NDArray[np.bytes_]


class Coverage:
    """Decides payments; remembers every case it has met."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kinds: list[int] = []
        self._from: list[date | None] = []
        self._until: list[date | None] = []
        self._rules: list[bytes] = []

    def decide(self, people: People, payments: Payments) -> tuple[Payments, Spans]:
        """The payments that the rules accept, and what each covers; a refused one was never taken."""
        while True:
            spans = self._decide(people, payments)
            refused = np.isnat(spans.covered_from)
            if not refused.any():
                return payments, spans
            payments = payments.only(~refused)

    def _decide(self, people: People, payments: Payments) -> Spans:
        distinct, case_of = np.unique(_keys(people, payments), return_inverse=True)
        numbers = np.array([self._number(int(key)) for key in distinct], dtype=np.int64)[case_of]
        return Spans(
            kind=np.array(self._kinds)[numbers],
            covered_from=np.array(self._from, dtype="datetime64[D]")[numbers],
            covered_until=np.array(self._until, dtype="datetime64[D]")[numbers],
            rule=np.array(self._rules)[numbers],
        )

    def _number(self, key: int) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._kinds)
            decision = _decision(_case(key))
            self._kinds.append(KINDS.index(decision.kind) if decision else 0)
            self._from.append(decision.covered_from if decision else None)
            self._until.append(decision.covered_until if decision else None)
            self._rules.append(decision.rule.encode() if decision else b"")
        return number


def _decision(case: rules.Case) -> rules.Decision | None:
    """缴费认定 (GX2017 §22), or None where the payment would have been refused."""
    try:
        return rules.decide(case, queries.waiting(AREA, case.benefit_year, case.paid_on))
    except DomainError:
        return None


def _keys(people: People, payments: Payments) -> NDArray[np.int64]:
    """Every payment's case as one number; payments are in order of person and year."""
    year, person = payments.benefit_year, payments.person
    missed = np.full(len(payments), NEVER)
    same = person[1:] == person[:-1]
    missed[1:] = np.where(same, year[1:] - year[:-1] - 1, NEVER)
    born_on = people.born_on[person].astype("datetime64[D]").astype(np.int64)
    birth_year = people.born_on[person].astype("datetime64[Y]").astype(np.int64) + 1970
    newborn = (missed == NEVER) & (birth_year >= year - 1)
    key = year - FIRST_YEAR
    for part, size in (
        (payments.paid_on.astype("datetime64[D]").astype(np.int64), DAYS),
        (missed, YEARS),
        (np.where(newborn, born_on, 0), DAYS),
    ):
        key = key * size + part
    return key


def _case(key: int) -> rules.Case:
    """The case behind a number."""
    rest, born_on = divmod(key, DAYS)
    rest, missed = divmod(rest, YEARS)
    year, paid_on = divmod(rest, DAYS)
    return rules.Case(
        benefit_year=year + FIRST_YEAR,
        paid_on=date.fromordinal(EPOCH + paid_on),
        last_paid_year=None if missed == NEVER else year + FIRST_YEAR - missed - 1,
        born_on=date.fromordinal(EPOCH + born_on) if born_on else None,
    )

"""Year-to-date amounts carried by the column (年度累计逐次结转): a table of claims settled in time order.

All persons' first claims are settled together, then all their second ones, and so on: in every round each person has
one claim, so the rounds are the sequence of the scalar engine, person by person, to the fen.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy.batch import ALL, BLOCK, MOST_FEN, PARTS, Batch, Columns, TooLarge
from tongchou.policy.claim_table import AMOUNTS, NOBODY, ClaimTable
from tongchou.policy.compiling.numpy_code import Column
from tongchou.policy.errors import BadClaim, NegativeAmount
from tongchou.policy.facts import Facts
from tongchou.policy.loading.domains import numbered_stays
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import STAYS, Scope

Index: TypeAlias = npt.NDArray[np.intp]
Mask: TypeAlias = npt.NDArray[np.bool_]

_LINKED: Final = "linked_deductible_fen"
_BILL: Final = AMOUNTS[:4]


class NotSettled(BadClaim):
    """A stay refers to an earlier one that was not settled."""

    code = "PO-0202"


class Rounds:
    """The order in which a table is settled, and where each row finds its accumulators; the same for every package."""

    def __init__(self, table: ClaimTable) -> None:
        self.table = table
        rows = len(table)
        order = np.argsort(table.person, kind="stable")
        person = table.person[order]
        starts = np.flatnonzero(np.diff(person, prepend=-1 if not rows else person[0] - 1))
        lengths = np.diff(starts, append=rows)
        turn = np.empty(rows, np.intp)
        turn[order] = np.arange(rows) - np.repeat(starts, lengths)
        self._order = np.argsort(turn, kind="stable")
        self._edges = np.cumsum(np.bincount(turn), dtype=np.intp).tolist()

    def __iter__(self) -> Iterator[Index]:
        """The rows of each round, at most `BLOCK` at a time."""
        for low, high in itertools.pairwise([0, *self._edges]):
            for start in range(low, high, BLOCK):
                yield self._order[start : min(start + BLOCK, high)]

    def slots(self, scope: Scope) -> Index:
        """Which accumulator of that scope belongs to each row: one per year, or per year and disease or day."""
        match scope:
            case Scope.YEAR:
                return self._by_year
            case Scope.DISEASE:
                return self._by_disease
            case Scope.DAY:
                return self._by_day

    @cached_property
    def _by_year(self) -> Index:
        return _numbered(self.table.person, self.table.year)

    @cached_property
    def _by_disease(self) -> Index:
        names: dict[str, int] = {}
        of_code = [names.setdefault(facts.disease or "", len(names)) for facts in self.table.facts]
        return _numbered(self._by_year, np.asarray(of_code or [0])[self.table.code])

    @cached_property
    def _by_day(self) -> Index:
        return _numbered(self._by_year, self.table.day)


def _numbered(one: "npt.NDArray[Any]", other: "npt.NDArray[Any]") -> Index:
    """Every pair of values by a number of its own."""
    if not len(one):
        return np.zeros(0, np.intp)
    low, width = int(other.min()), int(other.max()) - int(other.min()) + 1
    numbers: Index = np.unique(one.astype(np.int64) * width + (other.astype(np.int64) - low), return_inverse=True)[1]
    return numbers


@dataclass(frozen=True)
class TableOutcome:
    """One row a claim: amounts by name (of `batch.ALL`), payments by sub-fund, and which rows were settled.

    `refusals` say why a row was not; rows of the same facts share a reason.
    """

    amounts: Mapping[str, Column]
    sub_funds: Mapping[str, Column]
    settled: Mask
    refusals: Mapping[int, DomainError]


def settle_table(
    package: Package,
    rounds: Rounds,
    wanted: Iterable[str] = ALL,
    *,
    sub_funds: bool = False,
    carry: bool = True,
    only: Mask | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> TableOutcome:
    """A whole table under one package. Nothing is stored.

    Each person's year starts from what was recorded before the first claim and is carried on; without `carry` every
    row stands on what was recorded before it. `only` picks the rows to settle: whole persons.
    """
    return _Settling(package, rounds, tuple(dict.fromkeys((*wanted, "deductible"))), sub_funds, carry).run(
        only, progress
    )


class _Settling:
    """One package over one table."""

    def __init__(self, package: Package, rounds: Rounds, wanted: tuple[str, ...], sub_funds: bool, carry: bool) -> None:
        self.package, self.rounds, self.table, self.carry = package, rounds, rounds.table, carry
        self._wanted = wanted
        self._variants = numbered_stays(package.definition) + 1
        self._given = (*_BILL, *(name for name in AMOUNTS[4:] if _is_given(self.table, name)))
        self._slots = {name: rounds.slots(item.scope) for name, item in package.definition.accumulators.items()}
        self._held = {name: self._opening(name) for name in self._slots}
        facts, self._refused = self._variants_of_facts()
        nothing = np.zeros(0, np.int64)
        given = self._columns(nothing, dict.fromkeys(self._given, nothing), dict.fromkeys(self._slots, nothing)).given()
        self._batch = Batch(package, facts, given, wanted, deltas=True, sub_funds=sub_funds)
        rows = len(self.table)
        self._amounts = {name: np.zeros(rows, np.int64) for name in wanted}
        self._sub_funds: dict[str, Column] = {}
        self._borne = np.zeros(rows, np.int64)
        self._settled = np.zeros(rows, np.bool_)

    def run(self, only: Mask | None, progress: Callable[[int], None]) -> TableOutcome:
        for rows in self.rounds:
            chosen = rows if only is None else rows[only[rows]]
            if len(chosen):
                self._settle(chosen)
            progress(len(rows))
        unsettled = np.flatnonzero(~self._settled if only is None else ~self._settled & only)
        refusals = {int(row): self._refusal(int(row)) for row in unsettled}
        return TableOutcome(self._amounts, self._sub_funds, self._settled, refusals)

    def _settle(self, rows: Index) -> None:
        """Claims of as many persons: none depends on another of them."""
        variant = self._variant(rows)
        able = ~self._refused[variant]
        amounts = {name: self.table.amounts[name][rows] for name in self._given}
        for name in self._given:
            able &= (amounts[name] >= 0) & (amounts[name] < MOST_FEN)
        before = self.table.linked_row[rows]
        linked = before != NOBODY
        if linked.any():
            able &= ~linked | self._settled[before]
            amounts[_LINKED] = np.where(linked, self._borne[before], amounts[_LINKED])
        if not able.all():
            rows, variant = rows[able], variant[able]
            amounts = {name: column[able] for name, column in amounts.items()}
        if len(rows):
            self._book(rows, variant, amounts)

    def _variant(self, rows: Index) -> Index:
        """The facts of each row with the number of its stay, which the year so far decides."""
        code = self.table.code[rows].astype(np.intp) * self._variants
        if STAYS not in self._slots:
            return code
        stays: Column = self._state(STAYS, rows)
        return code + np.minimum(stays, self._variants - 1)

    def _state(self, name: str, rows: Index) -> Column:
        if self.carry:
            return self._held[name][self._slots[name][rows]]
        recorded = self.table.recorded.get(name)
        return np.zeros(len(rows), np.int64) if recorded is None else recorded[rows]

    def _book(self, rows: Index, variant: Index, amounts: Mapping[str, Column]) -> None:
        state = {name: self._state(name, rows) for name in self._slots}
        self._batch.settle(self._columns(variant, amounts, state), slice(0, len(rows)))
        outcome = self._batch.outcome(len(rows))
        for name, column in outcome.amounts.items():
            self._amounts[name][rows] = column
        for name, column in outcome.sub_funds.items():
            if name not in self._sub_funds:
                self._sub_funds[name] = np.zeros(len(self.table), np.int64)
            self._sub_funds[name][rows] = column
        if self.carry:
            for name, column in outcome.deltas.items():
                self._held[name][self._slots[name][rows]] = state[name] + column
        self._borne[rows] = outcome.amounts["deductible"] + amounts.get(_LINKED, 0)
        self._settled[rows] = True

    def _columns(self, code: Index, amounts: Mapping[str, Column], state: Mapping[str, Column]) -> Columns:
        return Columns(facts=(), code=code, state=state, **amounts)

    def _opening(self, name: str) -> Column:
        """What was recorded before the first claim of each accumulator; 0 where nothing was."""
        slots = self._slots[name]
        found, first = np.unique(slots, return_index=True)
        recorded = self.table.recorded.get(name)
        return np.zeros(len(found), np.int64) if recorded is None else recorded[first]

    def _variants_of_facts(self) -> tuple[list[Facts], Mask]:
        """Every combination with every number of a stay it may be; those without a value stand as not covered."""
        facts, refused = [], []
        for each in self.table.facts:
            for stay in range(1, self._variants + 1):
                numbered = each if each.stay_number else msgspec.structs.replace(each, stay_number=stay)
                error = self._error(numbered)
                facts.append(msgspec.structs.replace(numbered, covered=False) if error else numbered)
                refused.append(error is not None)
        return facts or [Facts(kind="", on=date.min, covered=False)], np.asarray(refused or [True], np.bool_)

    def _error(self, facts: Facts) -> DomainError | None:
        try:
            if facts.covered and not facts.reason:
                self.package.code.plan(facts, {})
        except DomainError as error:
            return error
        return None

    def _refusal(self, row: int) -> DomainError:
        for name in self._given:
            amount = int(self.table.amounts[name][row])
            if amount < 0:
                return NegativeAmount(name=PARTS[name], yuan=yuan_text(amount))
            if amount >= MOST_FEN:
                return TooLarge(yuan=yuan_text(amount))
        facts = self.table.facts[self.table.code[row]]
        for stay in range(1, self._variants + 1):
            error = self._error(msgspec.structs.replace(facts, stay_number=facts.stay_number or stay))
            if error is not None:
                return error
        return NotSettled("关联的结算没有结算,不能继续计算起付线")


def _is_given(table: ClaimTable, name: str) -> bool:
    """Do any facts have that amount?"""
    if name in (_LINKED, "continued_deductible_fen"):
        return any(getattr(facts, name) is not None for facts in table.facts)
    return any(getattr(facts, name) for facts in table.facts)

"""Many claims as columns (结算申报表): one row a claim, a person's claims in time order, facts kept once.

What rows share is kept once: `facts[code]` are the discrete facts in a normal form, amounts and days are columns.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from tongchou.kernel.months import age_on
from tongchou.policy.compiling.numpy_code import Column
from tongchou.policy.facts import ClassSums, Facts

_DAY: Final = date(2000, 1, 1)
"""The day of facts in normal form; ages are counted back from it."""
NOBODY: Final = -1
AMOUNTS: Final = (
    "own_expense_fen",
    "over_ceiling_fen",
    "pre_self_pay_fen",
    "in_scope_fen",
    "project_fen",
    "account_balance_fen",
    "third_party_fen",
    "linked_deductible_fen",
    "continued_deductible_fen",
)


@dataclass(frozen=True)
class ClaimTable:
    """Claims in order. `day` counts from 1 January of year 1, `age` and `linked_row` are −1 where there is none.

    `recorded` are accumulators as they were before each claim; what is not named was 0.
    """

    facts: tuple[Facts, ...]
    code: npt.NDArray[np.int32]
    person: npt.NDArray[np.int64]
    day: npt.NDArray[np.int32]
    year: npt.NDArray[np.int32]
    age: npt.NDArray[np.int32]
    area: npt.NDArray[np.int32]
    areas: tuple[str, ...]
    linked_row: npt.NDArray[np.int64]
    amounts: Mapping[str, Column]
    recorded: Mapping[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.code)


def normal(facts: Facts) -> Facts:
    """The discrete facts alone: amounts as 1 where there are any, the person's age instead of the birthday."""
    return msgspec.structs.replace(
        facts,
        on=_DAY,
        born_on=None if facts.born_on is None else birthday(age_of(facts)),
        admitted_on=None,
        discharged_on=None,
        project_fen=int(facts.project_fen != 0),
        third_party_fen=int(facts.third_party_fen != 0),
        account_balance_fen=int(facts.account_balance_fen != 0),
        linked_deductible_fen=None if facts.linked_deductible_fen is None else 0,
        continued_deductible_fen=None if facts.continued_deductible_fen is None else 0,
    )


def birthday(age: int) -> date:
    """A birthday that makes a person so old on the day of facts in normal form."""
    return _DAY.replace(year=_DAY.year - age)


def age_of(facts: Facts) -> int:
    """周岁 on the day of the claim; −1 where the birthday is not known."""
    return NOBODY if facts.born_on is None else age_on(facts.born_on, facts.on)


class TableBuilder:
    """Builds a table row by row."""

    def __init__(self) -> None:
        self._facts: dict[Facts, int] = {}
        self._persons: dict[Hashable, int] = {}
        self._areas: dict[str, int] = {}
        self._rows: list[tuple[int, int, int, int, int, int, int]] = []
        self._amounts: list[tuple[int, ...]] = []
        self._recorded: dict[str, dict[int, int]] = {}

    def add(
        self,
        *,
        person: Hashable,
        facts: Facts,
        sums: ClassSums,
        area: str = "",
        state: Mapping[str, int] | None = None,
        linked_to: int | None = None,
    ) -> int:
        """One more claim; its row. A person's claims come in time order.

        `state` are the accumulators recorded before it, by the names of the package; `linked_to` is the row of the
        earlier stay that this one continues by referral.
        """
        row = len(self._rows)
        if linked_to is not None:
            facts = msgspec.structs.replace(facts, linked_deductible_fen=facts.linked_deductible_fen or 0)
        self._rows.append(
            (
                self._facts.setdefault(normal(facts), len(self._facts)),
                self._persons.setdefault(person, len(self._persons)),
                facts.on.toordinal(),
                facts.on.year,
                age_of(facts),
                self._areas.setdefault(area, len(self._areas)),
                NOBODY if linked_to is None else linked_to,
            )
        )
        bill = (sums.own_expense_fen, sums.over_ceiling_fen, sums.pre_self_pay_fen, sums.in_scope_fen)
        given = (facts.project_fen, facts.account_balance_fen, facts.third_party_fen)
        self._amounts.append((*bill, *given, facts.linked_deductible_fen or 0, facts.continued_deductible_fen or 0))
        for name, amount in (state or {}).items():
            accumulator, _, of = name.partition("@")
            if of in ("", facts.disease, facts.on.isoformat()):
                self._recorded.setdefault(accumulator, {})[row] = amount
        return row

    def table(self) -> ClaimTable:
        """The table of all rows added so far."""
        rows = np.asarray(self._rows, np.int64).reshape(-1, 7).T
        amounts = np.asarray(self._amounts, np.int64).reshape(-1, len(AMOUNTS)).T
        return ClaimTable(
            facts=tuple(self._facts),
            code=rows[0].astype(np.int32),
            person=rows[1].copy(),
            day=rows[2].astype(np.int32),
            year=rows[3].astype(np.int32),
            age=rows[4].astype(np.int32),
            area=rows[5].astype(np.int32),
            areas=tuple(self._areas),
            linked_row=rows[6].copy(),
            amounts={name: column.copy() for name, column in zip(AMOUNTS, amounts, strict=True)},
            recorded={name: self._column(held) for name, held in self._recorded.items()},
        )

    def _column(self, held: Mapping[int, int]) -> Column:
        column = np.zeros(len(self._rows), np.int64)
        column[list(held)] = list(held.values())
        return column

"""Computing settlements again (重算、结算说明; BEN-40, BEN-42): from the receipt alone, to the fen.

The receipt holds facts, sums and the accumulators before; the package is found by its hash. So a settlement of 2018
computed again in 2020 is identical, and every amount can say why it is what it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tongchou.policy import engine
from tongchou.policy.engine import Explanation
from tongchou.policy.explain import Audience
from tongchou.policy.facts import ClassSums, Facts, Outcome
from tongchou.policy.lines import LineResults
from tongchou.settlement import rules, terms
from tongchou.wire import database


@dataclass(frozen=True, slots=True)
class Replayed:
    """重算结果: the engine's runs with their traces, and the columns they give."""

    outcomes: tuple[Outcome, ...]
    columns: dict[str, int]


@dataclass(frozen=True, slots=True)
class Dependent:
    """受影响的结算: a later settlement that would differ had the earlier one not been (BEN-42)."""

    settlement_id: int
    settled_on: str
    columns: dict[str, int]
    would_be: dict[str, int]


@dataclass(frozen=True, slots=True)
class OfYear:
    """A settlement of a person-year as the replay needs it."""

    id: int
    settled_on: str
    receipt: Mapping[str, Any]
    columns: dict[str, int]


def replay(receipt: Mapping[str, Any]) -> Replayed:
    """重算 a settlement from its receipt, traced (BEN-40). Raises: PolicyMissing when the package is gone."""
    outcomes = rules.computed_again(receipt, terms.package_by_hash)
    return Replayed(tuple(outcomes), rules.columns_again(receipt, outcomes))


def explanations(
    receipt: Mapping[str, Any], audience: Audience = "patient", *, refused: Mapping[str, int] | None = None
) -> tuple[Explanation, ...]:
    """结算说明: one tree per run of the engine; a settlement has more than one only where a stay is split by year.

    `refused` is what rules refused of the lines, by code; it stands under the own expense of the first tree.
    """
    codes = refused or {}
    shares = [(fen, 0, 0, 0) for fen in codes.values()]
    lines = LineResults(shares, dict(enumerate(codes)), ClassSums(sum(codes.values()), 0, 0, 0))
    outcomes = replay(receipt).outcomes
    return tuple(engine.explain(outcome, audience, None if n else lines) for n, outcome in enumerate(outcomes))


def process_info(receipt: Mapping[str, Any]) -> str:
    """结算过程信息 of the wire: the whole computation in at most 4,000 characters."""
    return engine.process_info(replay(receipt).outcomes[-1])


def dependents(of_year: Sequence[OfYear], taken_back: int, year: str) -> list[Dependent]:
    """Which later settlements of a person-year would differ without one of them (BEN-42).

    `of_year` are those that stand, in the order of their versions, with the one in question among them.
    """
    place = next(n for n, one in enumerate(of_year) if one.id == taken_back)
    gone = of_year[place].receipt["deltas"].get(year, {})
    shift = rules.taken_back(gone)
    found = []
    for one in of_year[place + 1 :]:
        outcomes, columns = _with_shift(one.receipt, year, shift)
        if columns != one.columns:
            found.append(Dependent(one.id, one.settled_on, one.columns, columns))
        would_add = rules.added_up(outcome.deltas for outcome in outcomes)
        added = rules.added_up(_computed_deltas(one.receipt, year))
        shift = rules.moved(shift, rules.moved(would_add, rules.taken_back(added)))
    return found


def _with_shift(
    receipt: Mapping[str, Any], year: str, shift: Mapping[str, int]
) -> tuple[list[Outcome], dict[str, int]]:
    """The settlement computed on accumulators moved by `shift`; what the shift emptied counts as zero."""
    parts = [
        {**part, "state": rules.moved(part["state"], shift)} if part["year"] == year else part
        for part in receipt["parts"]
    ]
    moved = {**receipt, "parts": parts}
    outcomes = rules.computed_again(moved, terms.package_by_hash)
    of_year = [outcome for part, outcome in zip(parts, outcomes, strict=True) if part["year"] == year]
    return of_year, rules.columns_again(receipt, outcomes)


def _computed_deltas(receipt: Mapping[str, Any], year: str) -> list[dict[str, int]]:
    """What the engine's runs of that year added, before anything was taken off."""
    return [
        engine.adjudicate(
            terms.package_by_hash(part["hash"]),
            msgspec.convert(part["facts"], Facts),
            ClassSums(*part["sums"]),
            part["state"],
        ).deltas
        for part in receipt["parts"]
        if part["year"] == year
    ]


_OF_YEAR = """
SELECT s.id, s.settled_on::text, s.receipt::text, {columns}
FROM settlement_settlement s
WHERE s.pooling_area = %s AND s.person_id = %s AND s.scheme = %s AND s.receipt -> 'deltas' ? %s
  AND s.reversal_of IS NULL AND (settlement_stands(s.pooling_area, s.id) OR s.id = %s)
ORDER BY (s.receipt -> 'versions' ->> %s)::integer
"""


def of_year(*, pooling_area: str, person_id: int, scheme: str, year: str, also: int = 0) -> list[OfYear]:
    """The settlements of a person-year that stand, in their order, and `also` whether it stands or not."""
    statement = _OF_YEAR.format(columns=", ".join(f"s.{column}" for column in rules.COLUMNS))
    found = database.rows(statement, pooling_area, person_id, scheme, year, also, year)
    return [
        OfYear(number, day, msgspec.json.decode(receipt), dict(zip(rules.COLUMNS, amounts, strict=True)))
        for number, day, receipt, *amounts in found
    ]

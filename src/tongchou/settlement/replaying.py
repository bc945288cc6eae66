"""Computing settlements again (重算、结算说明; BEN-40, BEN-42): from the receipt alone, to the fen.

The receipt holds facts, sums and the accumulators before; the package is found by its hash. So a settlement of 2018
computed again in 2020 is identical, and every amount can say why it is what it is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tongchou.kernel.money import yuan_text
from tongchou.policy import engine
from tongchou.policy.engine import Explanation
from tongchou.policy.explain import MOST_CHARACTERS, Audience
from tongchou.policy.facts import ClassSums, Outcome
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
    """结算过程信息 of the wire: the computation of every part in at most 4,000 characters.

    When all of it would be too long, what each layer paid is told of every part, and what the person pays (BEN-40).
    """
    outcomes = replay(receipt).outcomes
    told = [engine.process_info(outcome) for outcome in outcomes]
    whole = joined(told)
    if len(whole) <= MOST_CHARACTERS:
        return whole
    layers = [[{"名称": name, "金额": yuan_text(fen)} for name, fen in _layers(outcome)] for outcome in outcomes]
    return joined([json.dumps(rows, ensure_ascii=False, separators=(",", ":")) for rows in layers])


def joined(lists: Sequence[str]) -> str:
    """Lists written as JSON, as one."""
    return f"[{','.join(text[1:-1] for text in lists if text != '[]')}]"


_LAYERS: Final = (
    ("医疗费总额", "total_fen"),
    ("公共卫生专项支付", "project_fen"),
    ("基本统筹支付", "basic_fen"),
    ("大病保险支付", "serious_illness_fen"),
    ("补充保险支付", "supplementary_fen"),
    ("大额互助支付", "mutual_aid_fen"),
    ("医疗救助支付", "medical_assistance_fen"),
    ("个人账户支付", "account_fen"),
    ("个人现金支付", "cash_fen"),
)


def _layers(outcome: Outcome) -> list[tuple[str, int]]:
    return [(name, getattr(outcome, member)) for name, member in _LAYERS]


def dependents(of_year: Sequence[OfYear], taken_back: int, year: str) -> list[Dependent]:
    """Which later settlements of a person-year would differ without one of them (BEN-42).

    `of_year` are those that stand, in the order of their versions, with the one in question among them.
    """
    place = next(n for n, one in enumerate(of_year) if one.id == taken_back)
    gone = of_year[place].receipt["deltas"].get(year, {})
    shift = rules.taken_back(gone)
    found = []
    for one in of_year[place + 1 :]:
        was = rules.run_on(one.receipt, {}, terms.package_by_hash)
        state = next((part["state"] for part in one.receipt["parts"] if part["year"] == year), {})
        would_be = rules.run_on(one.receipt, {year: rules.moved(state, shift)}, terms.package_by_hash)
        columns = rules.columns_again(one.receipt, [outcome for _, outcome in would_be])
        if columns != one.columns:
            found.append(Dependent(one.id, one.settled_on, one.columns, columns))
        added = rules.added_up(outcome.deltas for of, outcome in was if of == year)
        would_add = rules.added_up(outcome.deltas for of, outcome in would_be if of == year)
        shift = rules.moved(shift, rules.moved(would_add, rules.taken_back(added)))
    return found


_OF_YEAR = """
SELECT s.id, s.settled_on::text, s.receipt::text, {columns}
FROM settlement_settlement s
WHERE s.pooling_area = %s AND s.person_id = %s AND s.scheme = %s AND s.receipt -> 'deltas' ? %s
  AND s.reversal_of IS NULL AND (settlement_stands(s.pooling_area, s.id) OR s.id = %s)
ORDER BY (coalesce(s.receipt -> 'places', s.receipt -> 'versions') ->> %s)::integer
"""


def of_year(*, pooling_area: str, person_id: int, scheme: str, year: str, also: int = 0) -> list[OfYear]:
    """The settlements of a person-year that stand, in their order, and `also` whether it stands or not."""
    statement = _OF_YEAR.format(columns=", ".join(f"s.{column}" for column in rules.COLUMNS))
    found = database.rows(statement, pooling_area, person_id, scheme, year, also, year)
    return [
        OfYear(number, day, msgspec.json.decode(receipt), dict(zip(rules.COLUMNS, amounts, strict=True)))
        for number, day, receipt, *amounts in found
    ]

"""Settlements by the column (批量核算): the package's program over arrays, equal to the scalar engine to the fen.

Rows name their discrete facts by a code into a list of distinct `Facts`; amounts and accumulators are int64 columns.
Each row stands for itself: its accumulators are given, not carried on from the row before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from tongchou.policy.compiling.engine_code import Plan
from tongchou.policy.compiling.numpy_code import Column, kernel
from tongchou.policy.compiling.program import Program
from tongchou.policy.facts import Facts
from tongchou.policy.packages import Package

Rows: TypeAlias = "slice | np.ndarray[Any, np.dtype[np.intp]]"

CHUNK: Final = 16_384
"""Rows at a time: the columns in hand stay in the processor's cache."""
AMOUNTS: Final = (
    "deductible",
    "ratio",
    "over_cap",
    "project",
    "basic",
    "serious_illness",
    "supplementary",
    "mutual_aid",
    "medical_assistance",
    "account",
    "fund_total",
    "person_share",
    "cash",
    "third_party",
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Many settlements. `facts[code[i]]` are the discrete facts of row i; a state column that is absent is 0."""

    facts: Sequence[Facts]
    code: "np.ndarray[Any, np.dtype[np.integer[Any]]]"
    own_expense_fen: Column
    over_ceiling_fen: Column
    pre_self_pay_fen: Column
    in_scope_fen: Column
    project_fen: Column | None = None
    account_balance_fen: Column | None = None
    linked_deductible_fen: Column | None = None
    continued_deductible_fen: Column | None = None
    third_party_fen: Column | None = None
    state: Mapping[str, Column] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """One column per amount (names of `Outcome` without `_fen`), and one per accumulator's delta."""

    amounts: dict[str, Column]
    deltas: dict[str, Column]


@dataclass(frozen=True, slots=True)
class _Group:
    """The codes that share a program, with their constants: one number, or one per code."""

    program: Program
    codes: Column
    constants: dict[str, Any]


def adjudicate_columns(package: Package, columns: Columns) -> BatchOutcome:
    """Every row settled (BEN-15…29 by the column). Raises: MissingParameter, UnknownFact for a combination of facts."""
    plans = [package.code.plan(facts, {}) for facts in columns.facts]
    groups, group_of = _groups(plans)
    rows = len(columns.code)
    amounts = {name: np.zeros(rows, np.int64) for name in AMOUNTS}
    deltas = {name: np.zeros(rows, np.int64) for name in dict.fromkeys(n for g in groups for n, _ in g.program.deltas)}
    given = _given(columns)
    amounts |= {"total": given["total"], "own_expense": given["own_expense"].copy()}
    for place, picked in _rows_of(group_of[columns.code], len(groups)):
        for start in range(0, _length(picked), CHUNK):
            target = _piece(picked, start)
            if place < 0:
                _exclude(amounts, target)
            else:
                _run(groups[place], columns, given, target, amounts, deltas)
    return BatchOutcome(amounts, deltas)


def _rows_of(number: "np.ndarray[Any, np.dtype[np.int16]]", groups: int) -> Iterator[tuple[int, Rows]]:
    """The rows of each group, in ascending order; a group that holds every row is a slice, so nothing is copied."""
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(-1, groups + 1))
    for place in range(-1, groups):
        low, high = edges[place + 1], edges[place + 2]
        if high - low == len(number):
            yield place, slice(0, len(number))
        elif high > low:
            yield place, order[low:high]


def _length(rows: Rows) -> int:
    return rows.stop if isinstance(rows, slice) else len(rows)


def _piece(rows: Rows, start: int) -> Rows:
    if isinstance(rows, slice):
        return slice(start, min(start + CHUNK, rows.stop))
    return rows[start : start + CHUNK]


def _groups(plans: Sequence[Plan]) -> tuple[list[_Group], "np.ndarray[Any, np.dtype[np.int16]]"]:
    """Codes by program; −1 for those whose bill is excluded."""
    by_program: dict[Program, list[int]] = {}
    group_of = np.full(len(plans), -1, np.int16)
    for code, plan in enumerate(plans):
        if plan.lowered is not None:
            by_program.setdefault(plan.lowered.program.unguarded(), []).append(code)
    groups = []
    for number, (program, codes) in enumerate(by_program.items()):
        group_of[codes] = number
        groups.append(
            _Group(program, np.asarray(codes), _constants(program, [plans[code] for code in codes], len(plans), codes))
        )
    return groups, group_of


def _constants(program: Program, plans: Sequence[Plan], size: int, codes: Sequence[int]) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    for slot in program.slots:
        values = [plan.lowered.constants[slot] for plan in plans if plan.lowered]
        if len(set(values)) == 1:
            constants[slot] = values[0]
        else:
            constants[slot] = np.zeros(size, np.int64)
            constants[slot][codes] = values
    return constants


def _given(columns: Columns) -> dict[str, Column]:
    own, over = columns.own_expense_fen, columns.over_ceiling_fen
    pre, scope = columns.pre_self_pay_fen, columns.in_scope_fen
    given = {"own_expense": own, "over_ceiling": over, "pre_self_pay": pre, "in_scope": scope}
    given["total"] = own + over + pre + scope
    facts = {
        "project": columns.project_fen,
        "balance": columns.account_balance_fen,
        "linked": columns.linked_deductible_fen,
        "continued": columns.continued_deductible_fen,
        "liability": columns.third_party_fen,
    }
    return given | {name: column for name, column in facts.items() if column is not None}


def _run(
    group: _Group,
    columns: Columns,
    given: dict[str, Column],
    target: Rows,
    amounts: dict[str, Column],
    deltas: dict[str, Column],
) -> None:
    """One program over some of its rows."""
    code = columns.code[target]
    inputs = {name: given[name][target] for name in group.program.inputs}
    held = {name: columns.state[name][target] if name in columns.state else 0 for name in group.program.reads}
    constants = {slot: value if isinstance(value, int) else value[code] for slot, value in group.constants.items()}
    for name, column in kernel(group.program)(inputs, held, constants).items():
        if name[0] == "+":
            deltas[name[1:]][target] = column
        else:
            amounts[name][target] = column


def _exclude(amounts: dict[str, Column], target: Rows) -> None:
    """不予支付: the whole bill is own expense."""
    for name in ("own_expense", "person_share", "cash"):
        amounts[name][target] = amounts["total"][target]

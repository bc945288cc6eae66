"""Settlements by the column (批量核算): the package's program over arrays, equal to the scalar engine to the fen.

Rows name their discrete facts by a code into a list of distinct `Facts`; amounts and accumulators are int64 columns.
Each row stands for itself: its accumulators are given, not carried on from the row before (see `yearly`).
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy.compiling.engine_code import Plan
from tongchou.policy.compiling.numpy_code import CODE, Bound, Column, Kernel, Place, kernel
from tongchou.policy.compiling.program import ZERO, Op, Program, Step
from tongchou.policy.errors import NegativeAmount
from tongchou.policy.facts import Facts
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import LayerId

Integers: TypeAlias = npt.NDArray[np.integer[Any]]

BLOCK: Final = 65_536
"""Rows sorted by program at a time: what is picked from them is still near."""
CHUNK: Final = 8_192
"""Rows computed at a time: the buffers in hand stay in the processor's cache."""
MOST_FEN: Final = 1 << 41
"""No part of a bill may reach it: its product with a ratio in millionths then stays below 2⁶³."""
LAYERS: Final = tuple(map(str, LayerId))
AMOUNTS: Final = ("deductible", "ratio", "over_cap", *LAYERS, "fund_total", "person_share", "cash", "third_party")
ALL: Final = ("total", "own_expense", *AMOUNTS)
PARTS: Final = {
    "own_expense_fen": "全自费",
    "over_ceiling_fen": "超限价自费",
    "pre_self_pay_fen": "先行自付",
    "in_scope_fen": "政策范围内费用",
    "project_fen": "专项经费",
    "account_balance_fen": "个人账户余额",
    "linked_deductible_fen": "前次住院已计起付线",
    "continued_deductible_fen": "本次住院上年度已计起付线",
    "third_party_fen": "第三人负担费用",
}
"""The amounts a settlement is given, as a refusal names them."""
_FUNDS: Final = tuple(name for name in LAYERS if name != LayerId.ACCOUNT)
_OF_FUNDS: Final = frozenset({"fund_total", "person_share", "cash"})
_SUMS: Final = _OF_FUNDS | {"total", "own_expense"}
"""What is the same sum under every package, and is therefore taken over all rows at once."""


class TooLarge(DomainError):
    """An amount beyond what whole numbers of 64 bits can multiply exactly; 22 billion yuan is no bill."""

    code = "PO-0201"
    message = "金额{yuan}元超出批量核算的范围"
    citation = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Many settlements. `facts[code[i]]` are the discrete facts of row i; a state column that is absent is 0."""

    facts: Sequence[Facts]
    code: Integers
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

    @property
    def bill(self) -> tuple[Column, Column, Column, Column]:
        """费用构成: own expense, over ceiling, first self-pay, in scope."""
        return self.own_expense_fen, self.over_ceiling_fen, self.pre_self_pay_fen, self.in_scope_fen

    def given(self) -> dict[str, Column]:
        """Every column by the name that programs use."""
        own, over, pre, scope = self.bill
        named = {
            "own_expense": own,
            "over_ceiling": over,
            "pre_self_pay": pre,
            "in_scope": scope,
            "project": self.project_fen,
            "balance": self.account_balance_fen,
            "linked": self.linked_deductible_fen,
            "continued": self.continued_deductible_fen,
            "liability": self.third_party_fen,
        }
        state = {f"@{name}": column for name, column in self.state.items()}
        return {name: column for name, column in named.items() if column is not None} | state


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """One column per amount (names of `Outcome` without `_fen`), per accumulator's delta and per sub-fund.

    Read only: two that are equal by the package are one and the same, and one of nothing but 0 takes no room.
    """

    amounts: dict[str, Column]
    deltas: dict[str, Column]
    sub_funds: dict[str, Column]


def adjudicate_columns(
    package: Package,
    columns: Columns,
    wanted: Iterable[str] = ALL,
    *,
    deltas: bool = True,
    sub_funds: bool = False,
) -> BatchOutcome:
    """Every row settled (BEN-15…29 by the column); only what is wanted is computed.

    Raises: MissingParameter, UnknownFact for a combination of facts; NegativeAmount, TooLarge for a bill.
    """
    rows = len(columns.code)
    batch = Batch(package, columns.facts, columns.given(), wanted, deltas=deltas, sub_funds=sub_funds, room=rows)
    for start in range(0, rows, BLOCK):
        batch.settle(columns, slice(start, min(start + BLOCK, rows)), start)
    return batch.outcome(rows)


def adjudicate_blocks(
    package: Package,
    columns: Columns,
    wanted: Iterable[str] = ALL,
    *,
    deltas: bool = False,
    sub_funds: bool = False,
) -> Iterator[tuple[slice, BatchOutcome]]:
    """The same, some rows at a time, for a caller that writes or adds them up: no column of results is as long as the
    batch. An outcome is good until the next is asked for.
    """
    rows = len(columns.code)
    given, room = columns.given(), min(BLOCK, rows)
    batch = Batch(package, columns.facts, given, wanted, deltas=deltas, sub_funds=sub_funds, room=room)
    for start in range(0, rows, BLOCK):
        here = slice(start, min(start + BLOCK, rows))
        batch.settle(columns, here)
        yield here, batch.outcome(here.stop - start)


@lru_cache(maxsize=4096)
def direct(program: Program) -> Program:
    """Without the steps that only pass a value on, so that equal results have equal names."""
    return program.pruned()


class _Group:
    """The plans that share a program: what it yields, and the columns it fills."""

    def __init__(self, program: Program, plans: Mapping[int, Plan]) -> None:
        self.program, self.plans = program, plans
        self.fields: dict[str, str] = dict(program.outputs)
        self.fields |= {f"+{name}": ref for name, ref in program.deltas}
        for fund in dict.fromkeys(fund for fund, _, _ in program.sub_funds):
            self.fields[f"~{fund}"] = self._summed(fund)

    def _summed(self, fund: str) -> str:
        refs = tuple(ref for name, _, ref in self.program.sub_funds if name == fund)
        if len(refs) == 1:
            return refs[0]
        step = Step(f"~{fund}", Op.SUM, refs)
        self.program = replace(self.program, steps=(*self.program.steps, step))
        return step.name

    def bind(self, made: Mapping[str, Column], given: frozenset[str], size: int) -> None:
        """Generate the kernel for the columns to be filled; constants alike in all plans become numbers."""
        outputs = tuple((name, self.fields[name]) for name in made if self.fields.get(name, ZERO) != ZERO)
        numbers, tables = {}, {}
        for slot in self.program.slots:
            values = {place: plan.lowered.constants[slot] for place, plan in self.plans.items() if plan.lowered}
            if len(set(values.values())) == 1:
                numbers[f"#{slot}"] = next(iter(values.values()))
            else:
                tables[f"#{slot}"] = table = np.zeros(size, np.int64)
                table[list(values)] = list(values.values())
        absent = frozenset(f"@{name}" for name in self.program.reads) - given
        self.kernel: Kernel = kernel(self.program, outputs, frozenset(numbers), absent)
        self.run: Bound = self.kernel.bind(numbers, tables, CHUNK)


class Batch:
    """A package made ready for settlements by the column: what is discrete is settled once, here.

    `given` names the columns there will be, `room` is how many rows of results are held. Raises: MissingParameter,
    UnknownFact.
    """

    def __init__(
        self,
        package: Package,
        facts: Sequence[Facts],
        given: Iterable[str],
        wanted: Iterable[str] = ALL,
        *,
        deltas: bool = False,
        sub_funds: bool = False,
        room: int = BLOCK,
    ) -> None:
        self.wanted, self.room = frozenset(wanted), room
        plans, self._plan_of = _plans(package, facts)
        self._groups, self._group_of = _groups(plans)
        self._nothing: Column = np.broadcast_to(np.int64(0), room)
        self._filled: dict[str, Column] = {}
        self._by_plan: dict[str, tuple[Column, Column]] = {}
        self._made = self._columns_to_fill(deltas, sub_funds, len(plans))
        for group in self._groups:
            group.bind(self._filled, frozenset(given), len(plans))
        self._total = np.empty(room, np.int64)
        self._sums = self._columns_of_sums()
        buffers = max((group.kernel.buffers for group in self._groups), default=0)
        self._work = [np.empty(CHUNK, np.int64) for _ in range(max(buffers, 1))]

    def _columns_to_fill(self, deltas: bool, sub_funds: bool, plans: int) -> dict[str, Column]:
        """By name; those to which every program gives the same value are one, and nothing is a 0 without room."""
        names = [name for name in AMOUNTS if name in self.wanted and name not in _SUMS]
        names += _FUNDS if self.wanted & _OF_FUNDS else ()
        names += ["account"] if "cash" in self.wanted else []
        kinds = ("+" if deltas else "") + ("~" if sub_funds else "")
        names += [name for group in self._groups for name in group.fields if name[0] in kinds]
        known: dict[tuple[str, ...], Column] = {(ZERO,) * len(self._groups): self._nothing}
        columns: dict[str, Column] = {}
        for name in dict.fromkeys(names):
            refs = tuple(group.fields.get(name, ZERO) for group in self._groups)
            if refs not in known and all(ref[0] in "#01" for ref in refs):
                known[refs] = np.empty(self.room, np.int64)
                self._by_plan[name] = known[refs], self._table(refs, plans)
            elif refs not in known:
                known[refs] = self._filled[name] = np.zeros(self.room, np.int64)
            columns[name] = known[refs]
        return columns

    def _table(self, refs: tuple[str, ...], plans: int) -> Column:
        """What follows from the plan alone, by plan: a ratio, one stay more."""
        table = np.zeros(plans, np.int64)
        for group, ref in zip(self._groups, refs, strict=True):
            for place, plan in group.plans.items():
                if plan.lowered is not None:
                    table[place] = plan.lowered.constants[ref[1:]] if ref[0] == "#" else int(ref)
        return table

    def _columns_of_sums(self) -> dict[str, Column]:
        """The sums that need a column of their own; the others are one of the parts."""
        sums: dict[str, Column] = {}
        nothing, room = self._nothing, self.room
        self._funds = [self._made[name] for name in _FUNDS if self._made.get(name, nothing) is not nothing]
        if self.wanted & _OF_FUNDS:
            several, by_account = len(self._funds) > 1, self._made.get("account", nothing) is not nothing
            sums["fund_total"] = np.empty(room, np.int64) if several else (*self._funds, nothing)[0]
            sums["person_share"] = np.empty(room, np.int64) if self._funds else self._total
            sums["cash"] = np.empty(room, np.int64) if by_account else sums["person_share"]
        if "own_expense" in self.wanted:
            sums["own_expense"] = np.empty(room, np.int64)
        return sums

    def settle(self, columns: Columns, rows: slice, at: int = 0) -> None:
        """Some rows of the columns, sorted by program, into the results from `at` on.

        Raises: NegativeAmount, TooLarge.
        """
        here = slice(at, at + rows.stop - rows.start)
        total = self._bill(columns, rows, here)
        for column in self._filled.values():
            column[here] = 0
        plan = np.take(self._plan_of, columns.code[rows], mode="clip")
        given = {name: column[rows].astype(np.int64, copy=False) for name, column in columns.given().items()}
        given |= {"total": total, CODE: plan}
        cleared: dict[str, Column] = {}
        for number, places in self._sorted(np.take(self._group_of, plan, mode="clip")):
            group = self._groups[number] if number >= 0 else None
            for name in cleared.keys() - (group.kernel.dense if group else ()):
                cleared[name][places] = 0
            if group is None:
                if "own_expense" in self.wanted:
                    self._sums["own_expense"][here][places] = total[places]
                continue
            operands = [given[ref] for ref in group.kernel.operands]
            targets = {name: self._filled[name][here] for name, _ in group.kernel.outputs}
            for place, size in _pieces(places):
                group.run(size, place, operands, list(targets.values()), self._work)
            if isinstance(places, slice):
                cleared = targets
        for column, table in self._by_plan.values():
            np.take(table, plan, out=column[here], mode="clip")
        self._sum(here)

    def _bill(self, columns: Columns, rows: slice, here: slice) -> Column:
        """The bill's sum. Raises: NegativeAmount, TooLarge."""
        own, over, pre, scope = (column[rows] for column in columns.bill)
        total = self._total[here]
        for start in range(0, len(own), CHUNK):
            part = slice(start, start + CHUNK)
            signs, sum_ = self._work[0][: len(own[part])], total[part]
            np.bitwise_or(own[part], over[part], out=signs)
            np.bitwise_or(signs, pre[part], out=signs)
            np.bitwise_or(signs, scope[part], out=signs)
            if signs.view(np.uint64).max() >= MOST_FEN:
                _refuse(columns, rows)
            np.add(own[part], over[part], out=sum_)
            np.add(sum_, pre[part], out=sum_)
            np.add(sum_, scope[part], out=sum_)
        if "own_expense" in self.wanted:
            self._sums["own_expense"][here] = own
        return total

    def _sorted(self, group: "npt.NDArray[np.int16]") -> Iterator[tuple[int, Place]]:
        """The rows of each group, in ascending order.

        A group that holds most rows comes first and is given all of them, as a slice: it needs no picking, and the
        others write over what is theirs.
        """
        group = group.astype(np.int8) if len(self._groups) < 128 else group  # half the passes of the sort
        counts = np.bincount(group + 1, minlength=len(self._groups) + 1).tolist()
        main = counts.index(max(counts)) - 1
        if main >= 0 and counts[main + 1] * 2 > len(group):
            yield main, slice(0, len(group))
            rest = np.flatnonzero(group != main)
            order = rest[np.argsort(group[rest], kind="stable")]
            counts[main + 1] = 0
        else:
            order = np.argsort(group, kind="stable")
        for number, (low, high) in enumerate(itertools.pairwise(itertools.accumulate(counts, initial=0)), -1):
            if high > low:
                yield number, order[low:high]

    def _sum(self, here: slice) -> None:
        """基金支付总额、个人负担、现金 (BEN-41), the same under every package."""
        if not self.wanted & _OF_FUNDS:
            return
        fund, person, cash = (self._sums[name][here] for name in ("fund_total", "person_share", "cash"))
        if len(self._funds) > 1:
            np.add(self._funds[0][here], self._funds[1][here], out=fund)
            for column in self._funds[2:]:
                np.add(fund, column[here], out=fund)
        if self._funds:
            np.subtract(self._total[here], fund, out=person)
        if self._sums["cash"] is not self._sums["person_share"]:
            np.subtract(person, self._made["account"][here], out=cash)

    def outcome(self, rows: int) -> BatchOutcome:
        """The first rows of every column that was asked for."""
        known = {"total": self._total, **self._sums, **self._made}
        return BatchOutcome(
            amounts={name: known[name][:rows] for name in ALL if name in self.wanted},
            deltas={name[1:]: column[:rows] for name, column in self._made.items() if name[0] == "+"},
            sub_funds={name[1:]: column[:rows] for name, column in self._made.items() if name[0] == "~"},
        )


def _plans(package: Package, facts: Sequence[Facts]) -> tuple[list[Plan | None], npt.NDArray[np.intp]]:
    """The plans that the facts come to (None where nothing is covered), and which one each code follows."""
    plans: list[Plan | None] = []
    plan_of = np.zeros(max(len(facts), 1), np.intp)
    places: dict[int, int] = {}
    for code, each in enumerate(facts):
        plan = package.code.plan(each, {}) if each.covered and not each.reason else None
        place = plan_of[code] = places.setdefault(id(plan), len(plans))
        if place == len(plans):
            plans.append(plan)
    return plans, plan_of


def _groups(plans: Sequence[Plan | None]) -> tuple[list[_Group], npt.NDArray[np.int16]]:
    """Plans by program; −1 for those whose bill is excluded."""
    by_program: dict[Program, dict[int, Plan]] = {}
    group_of = np.full(max(len(plans), 1), -1, np.int16)
    for place, plan in enumerate(plans):
        if plan is not None and plan.lowered is not None:
            by_program.setdefault(direct(plan.lowered.program), {})[place] = plan
    for number, places in enumerate(by_program.values()):
        group_of[list(places)] = number
    return [_Group(program, places) for program, places in by_program.items()], group_of


def _pieces(places: Place) -> Iterator[tuple[Place, int]]:
    """A group's rows, as many at a time as the buffers hold."""
    rows = places.stop if isinstance(places, slice) else len(places)
    for start in range(0, rows, CHUNK):
        stop = min(start + CHUNK, rows)
        yield slice(start, stop) if isinstance(places, slice) else places[start:stop], stop - start


def _refuse(columns: Columns, rows: slice) -> None:
    """Raises: NegativeAmount, TooLarge, naming the part (BEN-41)."""
    for name, part in PARTS.items():
        column = getattr(columns, name)
        if column is None:
            continue
        least, most = int(column[rows].min()), int(column[rows].max())
        if least < 0:
            raise NegativeAmount(name=part, yuan=yuan_text(least))
        if most >= MOST_FEN:
            raise TooLarge(yuan=yuan_text(most))

"""The program (计算程序): straight-line integer steps, the one description of what is computed.

A step names its result, an operation of the closed set, and its operands. An operand is the name of an input or of an
earlier step, `#slot` a constant of the plan, `@name` an accumulator's value before the settlement, or `0` or `1`.
Amounts are fen, ratios millionths. There is no branch: where rules compete, all are computed and one is picked.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from tongchou.policy.rounding import Mode

ZERO: Final = "0"
ONE: Final = "1"
INPUTS: Final = ("own_expense", "over_ceiling", "pre_self_pay", "in_scope", "total")
"""The bill by class and its sum; further inputs are `FACTS`."""
FACTS: Final = ("project", "balance", "linked", "continued", "liability")


class Op(enum.StrEnum):
    """The closed set of operations."""

    SUM = "sum"
    """a + b + …"""
    LESS = "less"
    """a − b; the program is built so that it is never negative"""
    POSITIVE = "positive"
    """a − b, at least 0"""
    LEAST = "least"
    """the smallest of a, b, …"""
    SHARE = "share"
    """a × ratio, rounded as the step says, or by the package's rule"""
    SLICE = "slice"
    """how much of [x0, x1) lies within [low, high): args x0, x1, low, high (high `0` = open)"""
    RATIO = "ratio"
    """part ÷ whole in millionths, 0 when the whole is 0"""
    WINNER = "winner"
    """which of a, b, … is the largest: 0, 1, …; the first on equality"""
    PICK = "pick"
    """args w, a, b, …: the w-th"""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation. Where its `guard` is 0 nothing depends on the step: generated code may skip it and put 0."""

    name: str
    op: Op
    args: tuple[str, ...]
    guard: str | None = None
    rounding: tuple[Mode, int] | None = None


@dataclass(frozen=True)
class Program:
    """The steps of one kind of settlement, what they yield, and what they add to the accumulators."""

    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, str], ...]
    sub_funds: tuple[tuple[str, str, str], ...]
    deltas: tuple[tuple[str, str], ...]
    rounding: Mode
    rounding_unit_fen: int
    record: tuple[str, ...] = ()

    @property
    def operands(self) -> tuple[str, ...]:
        """Every name used anywhere, each once."""
        used: dict[str, None] = {}
        for step in self.steps:
            used.update(dict.fromkeys(step.args))
            if step.guard:
                used[step.guard] = None
        for _, ref in (*self.outputs, *self.deltas):
            used[ref] = None
        for _, _, ref in self.sub_funds:
            used[ref] = None
        used.update(dict.fromkeys(self.record))
        return tuple(used)

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(name[1:] for name in self.operands if name[0] == "#")

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(name[1:] for name in self.operands if name[0] == "@")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Parts of the bill and facts that the steps and results name."""
        steps = {step.name for step in self.steps}
        return tuple(name for name in self.operands if name[0] not in "#@01" and name not in steps)

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(name for name in FACTS if name in self.operands)

    def rounding_of(self, step: Step) -> tuple[Mode, int]:
        """How a share is rounded, and to which unit in fen (BEN-41)."""
        return step.rounding or (self.rounding, self.rounding_unit_fen)

    def pruned(self) -> "Program":
        """Without the steps that nothing needs or that only pass a value on."""
        needed = {*self._results, *self.record}
        kept: list[Step] = []
        for step in reversed(self.steps):
            if step.name in needed:
                kept.append(step)
                needed.update(step.args)
                needed.update({step.guard} if step.guard else ())
        return replace(self, steps=tuple(reversed(kept))).direct()

    def unguarded(self) -> "Program":
        """For an execution that skips nothing: without the guards, and the steps that served them alone."""
        return replace(self, steps=tuple(replace(step, guard=None) for step in self.steps)).pruned()

    def direct(self) -> "Program":
        """Without the steps that only pass a value on, except those whose value is kept."""
        known: dict[str, str] = {}

        def named(ref: str) -> str:
            return known.get(ref, ref)

        kept = []
        for step in self.steps:
            args = tuple(named(arg) for arg in step.args)
            passes = (step.op is Op.SUM and len(args) == 1) or (step.op is Op.LESS and args[1] == ZERO)
            if passes and step.name not in self.record and step.guard is None:
                known[step.name] = args[0]
            else:
                kept.append(replace(step, args=args, guard=named(step.guard) if step.guard else None))
        return replace(
            self,
            steps=tuple(kept),
            outputs=tuple((name, named(ref)) for name, ref in self.outputs),
            sub_funds=tuple((fund, layer, named(ref)) for fund, layer, ref in self.sub_funds),
            deltas=tuple((name, named(ref)) for name, ref in self.deltas),
        )

    def needed_outside(self, guard: str, name: str) -> bool:
        """Is a value asked for where its guard does not hold: by other steps, as a guard, or as a result?"""
        if any(name in step.args for step in self.steps if step.guard != guard):
            return True
        return name in self.record or name in self._results or any(step.guard == name for step in self.steps)

    @cached_property
    def _results(self) -> frozenset[str]:
        return frozenset({ref for _, ref in (*self.outputs, *self.deltas)} | {ref for *_, ref in self.sub_funds})

    def used_once_as_limit(self) -> frozenset[str]:
        """Steps `a − b, at least 0` that serve only as one further bound of one `least` under the same guard."""
        uses = [(step, place, arg) for step in self.steps for place, arg in enumerate(step.args)]
        kept = {*self.record, *self._results}
        found = set()
        for step in self.steps:
            by = [(user, place) for user, place, arg in uses if arg == step.name]
            if step.op is Op.POSITIVE and step.name not in kept and len(by) == 1:
                user, place = by[0]
                if user.op is Op.LEAST and place > 0 and user.guard == step.guard:
                    found.add(step.name)
        return frozenset(found)

    def recording(self, names: Iterable[str]) -> "Program":
        """The same program that also keeps the named values (计算过程)."""
        return replace(self, record=tuple(names))

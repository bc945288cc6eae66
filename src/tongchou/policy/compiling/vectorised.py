"""Can a package run by the column? (可否按列执行) Every operation of its programs must have a columnar form.

The vocabulary of rules is closed, so this follows from the package alone, not from any claim.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tongchou.kernel.errors import DomainError
from tongchou.policy.compiling.program import Op, Program
from tongchou.policy.facts import Facts
from tongchou.policy.vocabulary import PLACES

if TYPE_CHECKING:
    from tongchou.policy.packages import Package

COLUMNAR: Final = frozenset((Op.SUM, Op.LESS, Op.POSITIVE, Op.LEAST, Op.SHARE, Op.SLICE, Op.RATIO, Op.WINNER, Op.PICK))
"""The operations that `numpy_code` writes out."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The step that keeps a package from running by the column, and where it is met."""

    step: str
    operation: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}的步骤“{self.step}”用到运算“{self.operation}”"


def obstacle(package: "Package") -> Obstacle | None:
    """The first step without a columnar form; None where the whole package has one."""
    for kind, program in _programs(package):
        if (found := obstacle_in(program, kind)) is not None:
            return found
    return None


def obstacle_in(program: Program, kind: str) -> Obstacle | None:
    """The first step of a program without a columnar form."""
    for step in program.steps:
        if step.op not in COLUMNAR:
            return Obstacle(step.name, str(step.op), kind)
    return None


def told(package: "Package") -> str:
    """可否按列执行, as `tongchou policy check` says it."""
    found = obstacle(package)
    return "可按列执行" if found is None else f"不能按列执行:{found}"


def _programs(package: "Package") -> Iterator[tuple[str, Program]]:
    """The programs of every kind of care, at every level and place, for nobody's and everybody's groups."""
    definition = package.definition
    for kind, level, place, groups, disease in itertools.product(
        definition.kinds,
        definition.levels,
        PLACES,
        (frozenset[str](), frozenset(definition.groups)),
        (None, *itertools.islice(definition.diseases, 1)),
    ):
        facts = Facts(
            kind=kind,
            on=package.valid_from,
            level=int(level[1:]),
            scheme=package.scheme,
            place=place,
            groups=groups,
            disease=disease,
            linked_deductible_fen=0,
            continued_deductible_fen=0,
            project_fen=1,
            third_party_fen=1,
            account_balance_fen=1,
        )
        try:
            plan = package.code.plan(facts, {})
        except DomainError:  # 待定: no claim of that kind is settled at all
            continue
        if plan.lowered is not None:
            yield kind, plan.lowered.program

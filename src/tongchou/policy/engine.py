"""The engine (待遇计算): lines → classes → layers → explanation. Pure: no table, no clock, no setting.

Pre-settlement and settlement are the same call; nothing is stored here (BEN-43). The same package, facts, sums and
state give the same outcome for ever (BEN-40).
"""

from collections.abc import Iterable
from datetime import date

from tongchou.policy.explain import Explanation, explain, process_info
from tongchou.policy.facts import (
    ClassSums,
    Facts,
    Layers,
    Operand,
    Outcome,
    ParameterUse,
    Trace,
    TraceStep,
    added,
    subtracted,
)
from tongchou.policy.lines import LineFacts, LineResults, RawLine
from tongchou.policy.packages import Package

__all__ = [
    "ClassSums",
    "Explanation",
    "Facts",
    "Layers",
    "LineFacts",
    "LineResults",
    "Operand",
    "Outcome",
    "ParameterUse",
    "RawLine",
    "Trace",
    "TraceStep",
    "added",
    "adjudicate",
    "explain",
    "process_info",
    "rate_lines",
    "subtracted",
]


def rate_lines(
    package: Package,
    raw_lines: Iterable[RawLine],
    covered_from: date | None = None,
    covered_until: date | None = None,
) -> LineResults:
    """费用明细 by class (GX2017 §85). Lines served outside [covered_from, covered_until) are own expense (BEN-09).

    Raises: UnknownPayClass.
    """
    return package.line_rules.rate(raw_lines, covered_from, covered_until)


def adjudicate(package: Package, facts: Facts, sums: ClassSums, state: dict[str, int], trace: bool = False) -> Outcome:
    """待遇核算 (GX2017 §87): one bill split among the layers, the account and the person. Amounts in fen.

    `state` holds the year-to-date accumulators of the person, scheme and benefit year by the package's names (absent =
    0); it is not changed. With `trace` the outcome also carries every step.
    Raises: MissingParameter, UnknownFact, NegativeAmount.
    """
    return package.traced(facts, sums, state) if trace else package.scalar(facts, sums, state)

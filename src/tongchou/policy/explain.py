"""Explanation (结算说明, BEN-40): from the trace, one Chinese text per reader.

The tree opens at the layers ("why did I pay this"); below each amount stand its rule in words, operands, article and
the parameter with its package. A patient sees the amounts that are not zero, a reviewer every step.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from tongchou.kernel.money import yuan_text
from tongchou.policy.facts import Outcome, ParameterUse, TraceStep
from tongchou.policy.lines import LineResults, reason_words
from tongchou.policy.rounding import percent_text

Audience: TypeAlias = Literal["patient", "reviewer"]

MOST_CHARACTERS: Final = 4_000
"""Length of the wire field `setl_proc_info`."""


class Explanation(NamedTuple):
    """One line of the tree: name, amount, rule in words, article, parameters, package, and the lines below."""

    label: str
    amount_fen: int
    words: str = ""
    article: str = ""
    parameters: tuple[ParameterUse, ...] = ()
    package: str = ""
    children: "tuple[Explanation, ...]" = ()

    @property
    def amount(self) -> str:
        return yuan_text(self.amount_fen, grouped=True)

    def text(self, indent: int = 0) -> str:
        """The tree as indented lines."""
        words = f":{self.words}" if self.words else ""
        article = f"({self.article})" if self.article else ""
        lines = [f"{'  ' * indent}{self.label} {self.amount}元{words}{article}"]
        return "\n".join([*lines, *(child.text(indent + 1) for child in self.children)])


def explain(
    traced: Outcome | Iterable[TraceStep], audience: Audience = "patient", lines: LineResults | None = None
) -> Explanation:
    """The bill as a tree: how it is made up, what each layer paid and why, what the person pays.

    Takes a traced outcome or its steps; `lines` adds the amounts refused by rule with their codes.
    Raises: ValueError for an outcome without trace.
    """
    detailed = audience == "reviewer"
    steps = [step for step in _steps(traced) if detailed or step.counted]
    bill, rest = steps[0], steps[1:]
    children = [_bill(bill, lines, detailed)]
    for layer in dict.fromkeys(step.layer for step in rest if step.layer):
        part = _layer([step for step in rest if step.layer == layer], detailed)
        if detailed or part.amount_fen or part.children:
            children.append(part)
    children += [_line(step, detailed) for step in rest if not step.layer and (detailed or step.amount_fen)]
    return Explanation(bill.label, bill.amount_fen, package=_package(bill, detailed), children=tuple(children))


def _steps(traced: Outcome | Iterable[TraceStep]) -> list[TraceStep]:
    if isinstance(traced, Outcome):
        if traced.trace is None:
            raise ValueError("an outcome without trace cannot be explained: adjudicate with trace=True")
        return traced.trace.steps
    return list(traced)


def _bill(bill: TraceStep, lines: LineResults | None, detailed: bool) -> Explanation:
    """费用构成, and below own expense what a rule refused (BEN-14)."""
    refused = [
        Explanation(reason_words(code), amount) for code, amount in (lines.refused() if lines else {}).items() if amount
    ]
    parts = []
    for operand in bill.operands:
        below = tuple(refused) if operand.label == "全自费" else ()
        if detailed or operand.value or below:
            parts.append(Explanation(operand.label, operand.value, children=below))
    return Explanation("费用构成", bill.amount_fen, children=tuple(parts))


def _layer(steps: list[TraceStep], detailed: bool) -> Explanation:
    """One layer: its last payment step on top, the way to it below."""
    paid = next((step for step in reversed(steps) if step.label.endswith("支付")), steps[-1])
    if detailed:
        below = tuple(_line(step, detailed) for step in steps if step is not paid)
    else:
        below = tuple(_line(step, detailed) for step in steps if step.amount_fen and step.label != paid.label)
    top = _line(paid, detailed)
    return top._replace(children=below)


def _line(step: TraceStep, detailed: bool) -> Explanation:
    words = step.formula
    assumed = [use.key for use in step.parameters if use.assumption]
    if assumed and detailed:
        words += f",其中 {'、'.join(assumed)} 为假定值"
    parameters = step.parameters if detailed else ()
    label = f"{step.label}[{step.rule}]" if detailed and step.rule else step.label
    if not step.counted:
        words += ",未采用"
    return Explanation(label, step.amount_fen, words, step.article, parameters, _package(step, detailed))


def _package(step: TraceStep, detailed: bool) -> str:
    return step.package if detailed else ""


def process_info(outcome: Outcome) -> str:
    """结算过程 for the wire field `setl_proc_info`: compact JSON of at most 4,000 characters, the whole bill always in.

    Each row: what, yuan, and where there is one the ratio and the article. When it would be too long, operands and
    then articles are left out, never an amount of a layer.
    """
    rows = [_row(step) for step in _steps(outcome) if step.counted]
    for kept in (("名称", "金额", "比例", "条款", "参数"), ("名称", "金额", "比例", "条款"), ("名称", "金额")):
        text = _compact([{key: row[key] for key in kept if key in row} for row in rows])
        if len(text) <= MOST_CHARACTERS:
            return text
    paid = [{"名称": row["名称"], "金额": row["金额"]} for row in rows if row["名称"].endswith(("支付", "总额"))]
    return _compact(paid)


def _row(step: TraceStep) -> dict[str, Any]:
    row: dict[str, Any] = {"名称": step.label, "金额": yuan_text(step.amount_fen)}
    ratios = [percent_text(operand.value) for operand in step.operands if operand.unit == "ppm"]
    if ratios:
        row["比例"] = ratios[0]
    if step.article:
        row["条款"] = step.article
    if step.parameters:
        row["参数"] = [use.key for use in step.parameters]
    return row


def _compact(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))

"""Golden tables (算例): whole settlements with every amount, run against a draft before it is approved (ORG-23).

`<folder>/<area>/…/<effective date>/<case>.yaml`: facts, bill, accumulators before, steps, result, what is added. The
same tables are the tests of the shipped packages; an agency may point `GOLDEN_TABLES` at its own. Pure but for files.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, get_type_hints

import yaml

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy import engine
from tongchou.policy.facts import ClassSums, Facts, Outcome
from tongchou.policy.packages import Package, above
from tongchou.policy.vocabulary import Measure

_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_BILL: Final = ("own_expense", "over_ceiling", "pre_self_pay", "in_scope")
_HINTS: Final = get_type_hints(Facts)
CENTS: Final = 100
REASON: Final = "不予支付原因"
RESULTS: Final = {
    "project": "专项经费",
    "basic": "基本统筹",
    "serious_illness": "大病保险",
    "supplementary": "补充保险",
    "mutual_aid": "大额互助",
    "medical_assistance": "医疗救助",
    "account": "个人账户",
    "cash": "个人现金",
    "over_cap": "超封顶线",
}
"""What a table's results are called."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One amount that came out otherwise (不符)."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """算例结果: `problem` says why a table could not be run at all."""

    case: str
    source: str
    file: str
    differences: tuple[Difference, ...]
    problem: str = ""

    @property
    def holds(self) -> bool:
        return not self.differences and not self.problem

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {**dataclasses.asdict(self), "differences": [dataclasses.asdict(one) for one in self.differences]}


def files(root: Path, area: str, scheme: str, on: date) -> list[Path]:
    """The tables of the area, or of the one above that has some: those of the latest date that is not after `on`."""
    for place in above(area):
        dated = sorted(_dated(root / place, scheme))
        days = [day for day, _ in dated]
        if days:
            wanted = max((day for day in days if day <= on), default=days[0])
            return sorted(file for day, file in dated if day == wanted)
    return []


def _dated(folder: Path, scheme: str) -> Iterator[tuple[date, Path]]:
    for file in folder.rglob("*.yaml"):
        between = file.relative_to(folder).parts[:-1]
        days = [part for part in between if len(part) == 10 and part[4] == part[7] == "-"]
        others = [part for part in between if part not in days]
        if days and others in ([], [scheme]):
            yield date.fromisoformat(days[0]), file


def run(package: Package, tables: Sequence[Path]) -> list[CaseResult]:
    """运行算例: each table on the package; a table that cannot be run says why and stops none of the others.

    Those of another scheme that lie in the same folder are left aside.
    """
    return [found for file in tables if (found := _run(package, file)) is not None]


def _run(package: Package, file: Path) -> CaseResult | None:
    table: Mapping[str, Any] = {}
    try:
        table = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
        facts = _facts(table["facts"])
        if facts.scheme != package.scheme:
            return None
        sums, before = _sums(table["bill"]), _amounts(package, table["before"])
        outcome = engine.adjudicate(package, facts, sums, before, trace=True)
        differences = tuple(_differences(package, table, outcome))
    except DomainError as refusal:
        return _failed(table, file, str(refusal))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, InvalidOperation) as fault:
        return _failed(table, file, f"算例文件有误:{fault}")
    return CaseResult(table["case"], table["source"], file.stem, differences)


def _failed(table: Mapping[str, Any], file: Path, problem: str) -> CaseResult:
    return CaseResult(str(table.get("case", file.stem)), str(table.get("source", "")), file.stem, (), problem)


def _facts(row: Mapping[str, Any]) -> Facts:
    """The facts of a table: amounts in yuan under the field's name without `_fen`, switches as yes and no."""
    given: dict[str, Any] = {}
    for name, written in row.items():
        field = f"{name}_fen" if f"{name}_fen" in _HINTS else name
        given[field] = _fact(_HINTS[field], written, money=field.endswith("_fen"))
    return Facts(**given)


def _fact(kind: Any, written: Any, *, money: bool) -> Any:
    if money:
        return _fen(written)
    if kind is bool:
        return written == "yes"
    if kind in (date, date | None):
        return date.fromisoformat(written)
    if kind in (int, int | None):
        return int(written)
    return frozenset(written) if kind == frozenset[str] else written


def _sums(row: Mapping[str, str]) -> ClassSums:
    return ClassSums(*(_fen(row.get(part, "0")) for part in _BILL))


def _fen(text: str) -> int:
    amount = Decimal(text) * CENTS
    if amount != int(amount):
        raise ValueError(text)
    return int(amount)


def _counts(package: Package, name: str) -> bool:
    known = package.definition.accumulators.get(name)
    return known is not None and known.measure is Measure.COUNT


def _amounts(package: Package, row: Mapping[str, str]) -> dict[str, int]:
    return {name: int(text) if _counts(package, name) else _fen(text) for name, text in row.items()}


def _differences(package: Package, table: Mapping[str, Any], outcome: Outcome) -> Iterator[Difference]:
    steps = [(step.label, step.amount_fen) for step in outcome.trace or () if step.counted]
    wanted = [(step["label"], _fen(step["amount"])) for step in table["steps"]]
    for expected, found in zip_longest(wanted, steps):
        if expected != found:
            yield Difference((expected or found or ("",))[0], _step(expected, found), _step(found, expected))
    paid = {"project": outcome.project_fen, "cash": outcome.cash_fen, "over_cap": outcome.over_cap_fen}
    paid |= outcome.layers._asdict()
    yield from _compared(package, dict.fromkeys(paid, 0) | _amounts(package, table["result"]), paid)
    yield from _compared(package, _amounts(package, table["adds"]), outcome.deltas)
    if outcome.reason != table.get("reason", ""):
        yield Difference(REASON, table.get("reason", ""), outcome.reason)


def _step(one: tuple[str, int] | None, other: tuple[str, int] | None) -> str:
    if one is None:
        return "—"
    amount = yuan_text(one[1], grouped=True)
    return amount if other and other[0] == one[0] else f"{one[0]} {amount}"


def _compared(package: Package, expected: Mapping[str, int], found: Mapping[str, int]) -> Iterator[Difference]:
    for name in dict.fromkeys((*expected, *found)):
        if expected.get(name) != found.get(name):
            known = package.definition.accumulators.get(name)
            what = known.label if known else RESULTS.get(name, name)
            yield Difference(what, _told(package, name, expected.get(name)), _told(package, name, found.get(name)))


def _told(package: Package, name: str, amount: int | None) -> str:
    if amount is None:
        return "—"
    return str(amount) if _counts(package, name) else yuan_text(amount, grouped=True)

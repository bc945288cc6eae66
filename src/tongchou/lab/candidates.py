"""What may be tried (测算方案): other values in a package, steps of one value, a file, a draft, a package we have.

A candidate is a whole package with its text, so that a replay can be told again when the draft is long gone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tongchou.encounters import outside
from tongchou.kernel.errors import DomainError
from tongchou.lab.states import Origin
from tongchou.parameters import queries as parameters
from tongchou.policy.definition import Definition, Parameter
from tongchou.policy.errors import PackageRefused
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import LATER, PLACES, Dimension, Unit

MOST_STEPS: Final = 100
UNDEFINED: Final = "undefined"
STEPPED: Final = {Unit.YUAN: "yuan", Unit.PERCENT: "percent", Unit.POINTS: "points"}
"""Units whose values are one number each: these may be changed in a form and stepped through."""


class NothingChanged(DomainError):
    code = "LB-0101"
    message = "没有改动任何数值,测算不会有变化。请至少改动一项"


class ValueUnknown(DomainError):
    code = "LB-0102"
    message = "政策包中没有可以改动的数值“{path}”"


class StepsUnfit(DomainError):
    code = "LB-0103"
    message = "取值从{start}到{stop},每次{step},不能试算:{reason}"


@dataclass(frozen=True, slots=True)
class Editable:
    """One number of a package that a form may change: where it stands, what it is, what it is now."""

    path: str
    key: str
    label: str
    applies: tuple[str, ...]
    unit: str
    text: str
    is_assumed: bool

    @property
    def words(self) -> str:
        """`住院报销比例 · 一级`."""
        return " · ".join((self.label, *self.applies))


@dataclass(frozen=True, slots=True)
class Sweep:
    """阶梯试算: one number from `start` to `stop` by `step`."""

    path: str
    words: str
    unit: str
    old: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """方案: the package, how it came to be, and in words what is other."""

    package: Package
    origin: Origin
    changes: tuple[Mapping[str, str], ...] = ()
    sweep: Sweep | None = None
    draft_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    path: str
    parts: tuple[str, ...]
    text: str
    assumed: bool = field(default=False)


def in_force(area: str, scheme: str, on: date) -> Package:
    """现行政策包 of the area. Raises: PolicyMissing."""
    return outside.package(area, scheme, on)


def editables(package: Package) -> list[Editable]:
    """The numbers of a package that a form may change (可改数值), in the order of the package."""
    plain = json.loads(package.text)["parameters"]
    found = []
    for parameter in package.definition.parameters.values():
        if parameter.unit not in STEPPED:
            continue
        for cell in _cells(plain[parameter.key], f"parameters/{parameter.key}"):
            applies = _applies(cell.parts, parameter, package.definition)
            unit = STEPPED[parameter.unit]
            text = "" if cell.text == UNDEFINED else cell.text
            found.append(Editable(cell.path, parameter.key, parameter.label, applies, unit, text, cell.assumed))
    return found


def _cells(entry: Mapping[str, Any], path: str) -> Iterator[_Cell]:
    """Every single value under a parameter, with its path in the package's text."""
    assumed = str(entry.get("assumption", "")) in ("yes", "true")
    if "value" in entry:
        yield _Cell(f"{path}/value", (), str(entry["value"]), assumed)
        return
    for key, value in entry["values"].items():
        yield from _under(value, f"{path}/values/{key}", (key,), assumed)


def _under(value: Any, path: str, parts: tuple[str, ...], assumed: bool) -> Iterator[_Cell]:
    if not isinstance(value, dict):
        yield _Cell(path, parts, str(value), assumed)
    elif "value" in value:
        own = str(value.get("assumption", "")) in ("yes", "true") if "assumption" in value else assumed
        yield _Cell(f"{path}/value", parts, str(value["value"]), own)
    else:
        for key, below in value.items():
            yield from _under(below, f"{path}/{key}", (*parts, key), assumed)


def _applies(parts: Sequence[str], parameter: Parameter, definition: Definition) -> tuple[str, ...]:
    """What a cell of a table applies to, in the words of the package: `三级`, `第1次`."""
    known = {**PLACES, **definition.levels, **definition.kinds, **definition.diseases, **definition.groups}
    told = []
    for dimension, part in zip(parameter.by, parts, strict=False):
        if dimension is Dimension.STAY:
            told.append("以后各次" if part == LATER else f"第{part.removeprefix('N')}次")
        else:
            told.append(known.get(part, part))
    return tuple(told)


def with_values(package: Package, values: Mapping[str, str]) -> Candidate:
    """改动数值: the package with other numbers, by path. Raises: NothingChanged, ValueUnknown, PackageRefused."""
    known = {one.path: one for one in editables(package)}
    if unknown := next((path for path in values if path not in known), None):
        raise ValueUnknown(path=unknown)
    other = {path: text for path, text in values.items() if text and not _same(text, known[path].text)}
    if not other:
        raise NothingChanged
    changes = tuple(
        {"words": known[path].words, "unit": known[path].unit, "old": known[path].text, "new": text}
        for path, text in other.items()
    )
    return Candidate(package.draft(other), Origin.VALUES, changes)


def stepped(package: Package, path: str, *, start: str, stop: str, step: str) -> Candidate:
    """阶梯试算 (JL2019 §49): one number in up to a hundred steps. Raises: StepsUnfit, ValueUnknown, PackageRefused.

    The package itself is the candidate that all steps depart from. Both ends are checked as packages here; a step
    between that were out of order would fail the replay with its reason.
    """
    known = next((one for one in editables(package) if one.path == path), None)
    if known is None:
        raise ValueUnknown(path=path)
    values = _steps(start, stop, step)
    for value in (values[0], values[-1]):
        try:
            package.draft({path: value})
        except PackageRefused as refusal:
            raise StepsUnfit(
                start=start, stop=stop, step=step, reason=f"取{value}时,{refusal.findings[0].reason}"
            ) from None
    sweep = Sweep(path, known.words, known.unit, known.text, values)
    return Candidate(package, Origin.SWEEP, sweep=sweep)


def _steps(start: str, stop: str, step: str) -> tuple[str, ...]:
    def unfit(reason: str) -> StepsUnfit:
        return StepsUnfit(start=start or "—", stop=stop or "—", step=step or "—", reason=reason)

    try:
        first, last, by = Decimal(start), Decimal(stop), Decimal(step)
    except InvalidOperation:
        raise unfit("请填写数字") from None
    if not (first.is_finite() and last.is_finite() and by.is_finite()):
        raise unfit("请填写数字")
    if by <= 0 or last < first:
        raise unfit("步长要大于零,终点不小于起点")
    count = int((last - first) / by) + 1
    if count > MOST_STEPS:
        raise unfit(f"共{count}步,最多{MOST_STEPS}步")
    if count < 2:
        raise unfit("至少要有两步")
    return tuple(f"{(first + by * at).normalize():f}" for at in range(count))


def of_file(data: bytes, name: str) -> Candidate:
    """上传文件. Raises: PackageRefused with every fault of the file."""
    return Candidate(Package.parse(data, name), Origin.FILE)


def of_package(content_hash: str) -> Candidate:
    """已有政策包, such as one of another area or of another year. Raises: PolicyMissing."""
    return Candidate(outside.book().by_hash(content_hash), Origin.PACKAGE)


def of_draft(draft_id: int) -> Candidate:
    """参数草稿 with what it changes. Raises: DraftUnknown, PackageRefused."""
    package, base = parameters.draft_package(draft_id), parameters.draft_base(draft_id)
    return Candidate(package, Origin.DRAFT, tuple(differences(base, package)), draft_id=draft_id)


def differences(base: Package, other: Package) -> Iterator[Mapping[str, str]]:
    """The values in which two packages differ, in words (差异)."""
    for one in parameters.compared(base, other):
        old, new = one.before.text if one.before else "", one.after.text if one.after else ""
        yield {"words": one.label, "unit": "", "old": old, "new": new}


def _same(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return one == other

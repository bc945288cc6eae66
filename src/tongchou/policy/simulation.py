"""What a change of policy would have cost (政策测算; BEN-31, ORG-23): the same claims under several packages.

Pure: claims come in as tables, figures go out, nothing is stored. The data are gone through once for any number of
scenarios; persons whom a scenario does not touch keep the figures of the base.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from tongchou.kernel.errors import DomainError
from tongchou.policy.batch import LAYERS
from tongchou.policy.claim_table import ClaimTable
from tongchou.policy.compiling.engine_code import Plan
from tongchou.policy.compiling.numpy_code import Column
from tongchou.policy.facts import Facts
from tongchou.policy.loading.domains import numbered_stays
from tongchou.policy.packages import Package
from tongchou.policy.yearly import Mask, Rounds, TableOutcome, settle_table

Progress: TypeAlias = Callable[[int, int], None]

DIMENSIONS: Final = {"kind": "医疗类别", "level": "机构等级", "group": "人员类别", "age": "年龄段", "area": "地区"}
AGE_BANDS: Final = (
    (0, "0至17岁"),
    (18, "18至44岁"),
    (45, "45至59岁"),
    (60, "60至69岁"),
    (70, "70至79岁"),
    (80, "80岁以上"),
)
NOT_GIVEN: Final = "未给出"
_WANTED: Final = ("total", *LAYERS, "fund_total", "person_share", "cash")


class Cancelled(Exception):
    """The caller asked to stop; nothing has been kept."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A package under a name of its own."""

    name: str
    package: Package


@dataclass(slots=True)
class Totals:
    """Sums in fen over the claims that are compared. `refused` are those one of the two packages cannot settle."""

    claims: int = 0
    refused: int = 0
    total_fen: int = 0
    layers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LAYERS, 0))
    sub_funds: dict[str, int] = field(default_factory=dict)
    fund_fen: int = 0
    account_fen: int = 0
    cash_fen: int = 0


@dataclass(slots=True)
class Slice:
    """The part of the claims with one value of a dimension; persons count once in each of their slices."""

    key: str
    label: str
    claims: int = 0
    persons: int = 0
    old_fund_fen: int = 0
    new_fund_fen: int = 0
    old_person_fen: int = 0
    new_person_fen: int = 0
    changed: int = 0
    better: int = 0
    worse: int = 0

    @property
    def effect_fen(self) -> int:
        """基金增支: what the funds pay more."""
        return self.new_fund_fen - self.old_fund_fen


@dataclass(slots=True)
class ScenarioResult:
    """One scenario beside the base: `before` are the base's totals over the same claims.

    `changed` claims differ in a layer or in cash. A person is better off whose share of all bills together is less.
    """

    name: str
    package: str
    hash: str
    totals: Totals = field(default_factory=Totals)
    before: Totals = field(default_factory=Totals)
    changed: int = 0
    persons: int = 0
    better: int = 0
    worse: int = 0
    better_fen: int = 0
    worse_fen: int = 0
    slices: dict[str, tuple[Slice, ...]] = field(default_factory=dict)

    @property
    def effect_fen(self) -> int:
        """基金增支: what the funds pay more than under the base."""
        return self.totals.fund_fen - self.before.fund_fen


@dataclass(frozen=True, slots=True)
class Simulation:
    """The base, and every scenario compared with it."""

    base: ScenarioResult
    others: tuple[ScenarioResult, ...]


def simulate(
    base: Scenario,
    others: Sequence[Scenario],
    tables: Iterable[ClaimTable],
    *,
    carry: bool = True,
    progress: Progress = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
    rows: int = 0,
) -> Simulation:
    """政策测算 (JL2019 §49; BEN-31, ORG-23). Every person's claims are in one table.

    With `carry` the year-to-date amounts follow from the claims under each package; without it every claim stands on
    what was recorded before it. `progress` counts claims times packages, of `rows` in all if known.
    Raises: Cancelled.
    """
    tallies = [_Tally(scenario) for scenario in (base, *others)]
    done = 0

    def told(settled: int) -> None:
        nonlocal done
        if cancelled():
            raise Cancelled
        done += settled
        progress(done, rows * len(tallies))

    for table in tables:
        rounds, cut = Rounds(table), _Cut(table, base.package)
        before = settle_table(base.package, rounds, _WANTED, sub_funds=True, carry=carry, progress=told)
        tallies[0].add(cut, before, before, np.zeros(len(table), np.bool_))
        for tally in tallies[1:]:
            touched = _touched(base.package, tally.scenario.package, table)
            after = settle_table(
                tally.scenario.package, rounds, _WANTED, sub_funds=True, carry=carry, only=touched, progress=told
            )
            tally.add(cut, before, after, touched)
    return Simulation(tallies[0].result(), tuple(tally.result() for tally in tallies[1:]))


def to_dict(simulation: Simulation) -> dict[str, Any]:
    """The result as plain data."""

    def plain(result: ScenarioResult) -> dict[str, Any]:
        row = asdict(result) | {"effect_fen": result.effect_fen}
        row["slices"] = {
            name: [asdict(part) | {"effect_fen": part.effect_fen} for part in parts]
            for name, parts in result.slices.items()
        }
        return row

    return {"base": plain(simulation.base), "others": [plain(result) for result in simulation.others]}


def _touched(base: Package, other: Package, table: ClaimTable) -> Mask:
    """The rows of persons for whom anything may differ: some claim of theirs has other rules or other numbers."""
    if base.hash == other.hash:
        return np.zeros(len(table), np.bool_)
    if base.definition.accumulators != other.definition.accumulators:
        return np.ones(len(table), np.bool_)
    stays = max(numbered_stays(base.definition), numbered_stays(other.definition)) + 1
    alike: dict[tuple[int, int], bool] = {}
    differs = np.asarray([_differs(base, other, facts, stays, alike) for facts in table.facts] or [False])[table.code]
    if not differs.any() or differs.all():
        return differs
    persons = np.zeros(int(table.person.max()) + 1, np.bool_)
    persons[table.person[differs]] = True
    return persons[table.person]


def _differs(base: Package, other: Package, facts: Facts, stays: int, alike: dict[tuple[int, int], bool]) -> bool:
    """May these facts be settled differently, whatever the number of the stay? `alike` remembers pairs of plans."""
    for number in (facts.stay_number,) if facts.stay_number else range(1, stays + 1):
        one, two = (_plan(package, msgspec.structs.replace(facts, stay_number=number)) for package in (base, other))
        pair = id(one), id(two)
        if pair not in alike:
            alike[pair] = _same(one, two)
        if not alike[pair]:
            return True
    return False


def _plan(package: Package, facts: Facts) -> Plan | None:
    """None where nothing is covered or the package has no value."""
    try:
        return package.code.plan(facts, {}) if facts.covered and not facts.reason else None
    except DomainError:
        return None


def _same(one: Plan | None, other: Plan | None) -> bool:
    """The same program with the same numbers."""
    if one is None or other is None:
        return one is other
    if one.lowered is None or other.lowered is None:
        return one.lowered is other.lowered
    return one.lowered.constants == other.lowered.constants and one.lowered.program == other.lowered.program


class _Cut:
    """A table's rows by every dimension: for each row the place of its value among `keys`."""

    def __init__(self, table: ClaimTable, package: Package) -> None:
        definition, facts = package.definition, table.facts
        self.person = table.person
        self.persons = int(table.person.max()) + 1 if len(table) else 0
        self._base: dict[str, tuple[list[int], ...]] = {}
        self.keys: dict[str, list[tuple[str, str]]] = {}
        self.place: dict[str, npt.NDArray[np.int64]] = {}
        self._of_facts("kind", table, [(each.kind, definition.kinds.get(each.kind, each.kind)) for each in facts])
        self._of_facts("level", table, [_level(each.level, definition.levels) for each in facts])
        self._of_facts("group", table, [_groups(each.groups, definition.groups) for each in facts])
        bands = [(NOT_GIVEN, NOT_GIVEN), *((f"{start:02}", label) for start, label in AGE_BANDS)]
        band_of = np.searchsorted([start for start, _ in AGE_BANDS], table.age, side="right")
        self.keys["age"], self.place["age"] = bands, band_of.astype(np.int64)
        self.keys["area"] = [(area or NOT_GIVEN, area or NOT_GIVEN) for area in table.areas]
        self.place["area"] = table.area.astype(np.int64)

    def _of_facts(self, name: str, table: ClaimTable, labelled: Sequence[tuple[str, str]]) -> None:
        found = {key: place for place, key in enumerate(dict.fromkeys(labelled))}
        self.keys[name] = list(found)
        self.place[name] = np.asarray([found[key] for key in labelled] or [0], np.int64)[table.code]

    def sums(self, name: str, rows: Any, amounts: Column | None = None) -> list[int]:
        """Per value of a dimension the number of rows, or the sum of amounts; exact, being below 2⁵³."""
        made = np.bincount(self.place[name][rows], amounts, len(self.keys[name]))
        return [int(each) for each in made]

    def people(self, name: str, rows: Any, change: Column) -> tuple[list[int], list[int]]:
        """Per value of a dimension, how many persons are better and worse off by these changes of their rows."""
        pairs, place = np.unique(self.place[name][rows] * self.persons + self.person[rows], return_inverse=True)
        sums = np.bincount(place, change, len(pairs))
        key, size = pairs // max(self.persons, 1), len(self.keys[name])
        return np.bincount(key[sums < 0], minlength=size).tolist(), np.bincount(key[sums > 0], minlength=size).tolist()

    def base(self, name: str, rows: Any, before: TableOutcome) -> tuple[list[int], ...]:
        """Per value of a dimension: claims, persons, fund and persons' share under the base; once for all scenarios."""
        if isinstance(rows, slice) and name in self._base:
            return self._base[name]
        pairs = np.unique(self.place[name][rows] * self.persons + self.person[rows])
        persons = np.bincount(pairs // max(self.persons, 1), minlength=len(self.keys[name])).tolist()
        fund, person = before.amounts["fund_total"][rows], before.amounts["person_share"][rows]
        made = self.sums(name, rows), persons, self.sums(name, rows, fund), self.sums(name, rows, person)
        if isinstance(rows, slice):
            self._base[name] = made
        return made


def _level(level: int | None, labels: Mapping[str, str]) -> tuple[str, str]:
    key = NOT_GIVEN if level is None else f"L{level}"
    return key, labels.get(key, key)


def _groups(groups: frozenset[str], labels: Mapping[str, str]) -> tuple[str, str]:
    ordered = sorted(groups)
    return "、".join(ordered) or "general", "、".join(labels.get(each, each) for each in ordered) or "一般人员"


class _Tally:
    """One scenario's figures, table by table."""

    def __init__(self, scenario: Scenario) -> None:
        package = scenario.package
        self.scenario = scenario
        self._result = ScenarioResult(scenario.name, package.label, package.hash)
        self._slices: dict[str, dict[str, Slice]] = {name: {} for name in DIMENSIONS}

    def result(self) -> ScenarioResult:
        ordered = {name: tuple(parts[key] for key in sorted(parts)) for name, parts in self._slices.items()}
        self._result.slices = {name: tuple(part for part in parts if part.claims) for name, parts in ordered.items()}
        return self._result

    def add(self, cut: _Cut, before: TableOutcome, after: TableOutcome, touched: Mask) -> None:
        """A table more. Where `touched` is false the scenario has the figures of the base."""
        compared = before.settled & (after.settled | ~touched)
        moved = np.flatnonzero(touched & compared)
        rows = slice(None) if compared.all() else np.flatnonzero(compared)
        difference = {name: after.amounts[name][moved] - before.amounts[name][moved] for name in _WANTED}
        changed = np.zeros(len(moved), np.bool_)
        for name in (*LAYERS, "cash"):
            changed |= difference[name] != 0
        self._total(before, after, rows, moved, difference, len(compared) - int(compared.sum()))
        moved, difference = moved[changed], {name: column[changed] for name, column in difference.items()}
        self._people(cut, rows, moved, difference["person_share"])
        for name in DIMENSIONS:
            self._slice(cut, name, before, rows, moved, difference)

    def _total(
        self,
        before: TableOutcome,
        after: TableOutcome,
        rows: Any,
        moved: npt.NDArray[np.intp],
        difference: Mapping[str, Column],
        refused: int,
    ) -> None:
        sums = {name: int(before.amounts[name][rows].sum()) for name in _WANTED}
        claims = len(before.amounts["total"][rows])
        funds = {name: int(column[rows].sum()) for name, column in before.sub_funds.items()}
        _add_totals(self._result.before, sums, funds, claims, refused)
        for name, column in difference.items():
            sums[name] += int(column.sum())
        for name in dict.fromkeys([*before.sub_funds, *after.sub_funds]):
            for outcome, sign in ((after, 1), (before, -1)):
                if name in outcome.sub_funds:
                    funds[name] = funds.get(name, 0) + sign * int(outcome.sub_funds[name][moved].sum())
        _add_totals(self._result.totals, sums, funds, claims, refused)

    def _people(self, cut: _Cut, rows: Any, moved: npt.NDArray[np.intp], change: Column) -> None:
        self._result.changed += len(moved)
        self._result.persons += len(np.unique(cut.person[rows]))
        sums = np.bincount(cut.person[moved], change, cut.persons)
        self._result.better += int((sums < 0).sum())
        self._result.worse += int((sums > 0).sum())
        self._result.better_fen -= int(sums[sums < 0].sum())
        self._result.worse_fen += int(sums[sums > 0].sum())

    def _slice(
        self,
        cut: _Cut,
        name: str,
        before: TableOutcome,
        rows: Any,
        moved: npt.NDArray[np.intp],
        difference: Mapping[str, Column],
    ) -> None:
        columns = (
            *cut.base(name, rows, before),
            cut.sums(name, moved, difference["fund_total"]),
            cut.sums(name, moved, difference["person_share"]),
            cut.sums(name, moved),
            *cut.people(name, moved, difference["person_share"]),
        )
        for (key, label), row in zip(cut.keys[name], zip(*columns, strict=True), strict=True):
            claims, persons, fund_fen, person_fen, more_fund, more_person, changed, better, worse = row
            part = self._slices[name].setdefault(key, Slice(key, label))
            part.claims += claims
            part.persons += persons
            part.old_fund_fen += fund_fen
            part.new_fund_fen += fund_fen + more_fund
            part.old_person_fen += person_fen
            part.new_person_fen += person_fen + more_person
            part.changed += changed
            part.better += better
            part.worse += worse


def _add_totals(totals: Totals, sums: Mapping[str, int], funds: Mapping[str, int], claims: int, refused: int) -> None:
    totals.claims += claims
    totals.refused += refused
    totals.total_fen += sums["total"]
    totals.fund_fen += sums["fund_total"]
    totals.account_fen += sums["account"]
    totals.cash_fen += sums["cash"]
    for name in LAYERS:
        totals.layers[name] += sums[name]
    for name, amount in funds.items():
        totals.sub_funds[name] = totals.sub_funds.get(name, 0) + amount

"""Packages in force (政策包): loading, choosing by area, scheme and date, and asking for single values.

`PolicyBook.package(area, scheme, on=…)` is the only way from a date to rules, so a rule never reaches back before its
day (GX2017 §136; ORG-25).
"""

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tongchou.policy.compiling.engine_code import EngineCode
from tongchou.policy.definition import Definition, Document, Value
from tongchou.policy.errors import MissingParameter, PackageRefused, PolicyMissing
from tongchou.policy.findings import Fault, Finding
from tongchou.policy.lines import LineRules
from tongchou.policy.loading import package as loading
from tongchou.policy.loading import tree
from tongchou.policy.loading.parameters import leaves


class Package:
    """One package in force: immutable, known by its content hash; `scalar` and `traced` are its compiled engine."""

    __slots__ = ("_tree", "_values", "code", "definition", "hash", "line_rules", "scalar", "traced")

    def __init__(self, definition: Definition, root: tree.Mapping) -> None:
        self.definition = definition
        self.hash = tree.content_hash(root)
        self.code = EngineCode(definition, self.hash)
        self.scalar = self.code.scalar
        self.traced = self.code.traced
        self.line_rules = LineRules(definition)
        self._tree = root
        self._values = {value.key: value for item in definition.parameters.values() for value in leaves(item.cells)}

    @classmethod
    def read(cls, file: Path) -> "Package":
        """Raises: PackageRefused with every fault of the file."""
        return cls.parse(file.read_bytes(), str(file))

    @classmethod
    def parse(cls, data: bytes, name: str = "政策包") -> "Package":
        """Raises: PackageRefused."""
        return cls._from(loading.load(data), name)

    @classmethod
    def _from(cls, loaded: loading.Loaded, name: str) -> "Package":
        if loaded.definition is None or loaded.tree is None:
            raise PackageRefused(file=name, findings=loaded.findings)
        return cls(loaded.definition, loaded.tree)

    def draft(self, changes: Mapping[str, Any]) -> "Package":
        """A draft with other values, by path (`parameters/unreferred.mode/value`). Raises: PackageRefused."""
        changed = tree.replaced(self._tree, changes)
        assert isinstance(changed, tree.Mapping)
        return self._from(loading.load_tree(changed), f"{self.label} 草稿")

    @property
    def area(self) -> str:
        return self.definition.header.area

    @property
    def scheme(self) -> str:
        return self.definition.header.scheme

    @property
    def valid_from(self) -> date:
        return self.definition.header.valid_from

    @property
    def valid_until(self) -> date | None:
        return self.definition.header.valid_until

    @property
    def known_from(self) -> date:
        return self.definition.header.known_from

    @property
    def label(self) -> str:
        return f"{self.area}/{self.scheme}/{self.valid_from.isoformat()}"

    @property
    def documents(self) -> Mapping[str, Document]:
        return self.definition.documents

    @property
    def values(self) -> Mapping[str, Value]:
        """Every value under its full key, for tables of articles and values."""
        return self._values

    @property
    def undefined(self) -> tuple[Value, ...]:
        """待定: keys whose value the text is known not to give."""
        return tuple(value for value in self._values.values() if value.content is None)

    @property
    def text(self) -> str:
        """The whole package as one line of text that parses back to the same hash, for whoever must keep it."""
        return json.dumps(tree.plain(self._tree), ensure_ascii=False)

    def parameter(self, key: str) -> Value:
        """The value under a full key, e.g. `ratio.inpatient.home.L2`. Raises: MissingParameter."""
        value = self._values.get(key)
        if value is None or value.content is None:
            raise MissingParameter(key=key)
        return value

    def __repr__(self) -> str:
        return f"<Package {self.label} {self.hash[:12]}>"


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """Every package known, by area and scheme in order of date."""

    shelves: Mapping[tuple[str, str], tuple[Package, ...]]

    @classmethod
    def load(cls, root: Path) -> "PolicyBook":
        """All packages under `root`, each at `<area>/<scheme>/<valid-from>.yaml`. Raises: PackageRefused."""
        packages = []
        for file in sorted(root.glob("*/*/*.yaml")):
            package = Package.read(file)
            place = f"{file.parent.parent.name}/{file.parent.name}/{file.stem}"
            if place not in (package.label, f"{package.label}@{package.known_from.isoformat()}"):
                finding = Finding(1, "package", Fault.PLACE, f"文件应位于 {package.label}.yaml,现在 {place}.yaml")
                raise PackageRefused(file=str(file), findings=[finding])
            packages.append(package)
        return cls.of(packages)

    @classmethod
    def of(cls, packages: Iterable[Package]) -> "PolicyBook":
        """A book of these packages. Raises: PackageRefused when their periods overlap or leave a gap (BEN-44)."""
        shelves: dict[tuple[str, str], list[Package]] = {}
        for package in packages:
            shelves.setdefault((package.area, package.scheme), []).append(package)
        ordered = {key: tuple(sorted(shelf, key=_order)) for key, shelf in shelves.items()}
        for shelf in ordered.values():
            check_periods(shelf)
        return cls(ordered)

    @property
    def packages(self) -> tuple[Package, ...]:
        return tuple(package for shelf in self.shelves.values() for package in shelf)

    def package(self, area: str, scheme: str, on: date, known_on: date | None = None) -> Package:
        """The package of the insured area on that day, or of the area above it when it has none of its own.

        `known_on` asks what was in force as known on another day: a later correction is then left aside.
        Raises: PolicyMissing naming area, scheme and date.
        """
        for place in above(area):
            for package in reversed(self.shelves.get((place, scheme), ())):
                known = known_on is None or package.known_from <= known_on
                until = package.valid_until
                if known and package.valid_from <= on and (until is None or on < until):
                    return package
        raise PolicyMissing(area=area, scheme=scheme, on=on.isoformat())

    def by_hash(self, content_hash: str) -> Package:
        """The package a receipt names. Raises: PolicyMissing."""
        for package in self.packages:
            if package.hash == content_hash:
                return package
        raise PolicyMissing(area=content_hash[:12], scheme="—", on="—")


def above(area: str) -> tuple[str, ...]:
    """The area and those above it: 450123 → 450100 → 450000 (decision 0105)."""
    if len(area) != 6 or not area.isdigit():
        return (area,)
    return tuple(dict.fromkeys((area, f"{area[:4]}00", f"{area[:2]}0000")))


def _order(package: Package) -> tuple[date, date]:
    return package.valid_from, package.known_from


def check_periods(shelf: tuple[Package, ...]) -> None:
    """Periods of one area and scheme follow each other without gap or overlap. Raises: PackageRefused."""
    for earlier, later in itertools.pairwise(shelf):
        line, until = later.definition.header.line, earlier.valid_until
        if later.valid_from == earlier.valid_from and later.known_from == earlier.known_from:
            reason = f"与另一政策包同日生效({later.valid_from}),重叠"
            raise PackageRefused(file=later.label, findings=[Finding(line, "package", Fault.PERIOD_OVERLAP, reason)])
        if later.valid_from == earlier.valid_from or until is None or until == later.valid_from:
            continue
        fault = Fault.PERIOD_OVERLAP if until > later.valid_from else Fault.PERIOD_GAP
        word = "重叠" if until > later.valid_from else "有空档"
        reason = f"{earlier.label} 至 {until} 失效,与 {later.valid_from} 生效之间{word}"
        raise PackageRefused(file=later.label, findings=[Finding(line, "package.valid_until", fault, reason)])

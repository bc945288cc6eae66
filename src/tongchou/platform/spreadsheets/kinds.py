"""Kinds of import (导入类别): what a chapter declares once, and page, command line and checks come by themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tongchou.platform.spreadsheets.chunks import RowRule
from tongchou.platform.spreadsheets.columns import Layout
from tongchou.platform.spreadsheets.reading import Table
from tongchou.platform.spreadsheets.staging import Intake


@dataclass(frozen=True, slots=True)
class Option:
    """A question that the operator answers for the whole file (导入选项)."""

    name: str
    label: str
    choices: Mapping[str, str]
    """Value → label."""
    default: str


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of file.

    `permission` opens the page; each row is held to where `counter` reaches, the permission for the same at a counter.
    `row_rule` makes the rule between the columns of a row; `check` refuses rows against the file itself and the books;
    `take_in` writes the good rows, inside a transaction, and answers how many; `totals` are the figures of the preview.
    A kind whose rows stand each for itself may be taken in by parts (`part`): `take_in` is then called for each, and
    refuses a part that is not what was checked (`Moved`).
    """

    name: str
    title: str
    permission: str
    counter: str
    layout: Layout
    row_rule: Callable[[Intake], RowRule]
    check: Callable[[Intake], None]
    take_in: Callable[[Intake], int]
    totals: Callable[[Intake], Mapping[str, str]] = lambda intake: {}
    extra: Mapping[str, str] = field(default_factory=dict)
    """Columns that the row rule fills: name → SQL type."""
    numbered: Mapping[str, str] = field(default_factory=dict)
    """Columns that the database fills for every row: name → SQL type with its default."""
    options: tuple[Option, ...] = ()
    approval: str = ""
    """The permission of the second person who takes the file in; empty where whoever had it checked may."""
    bring: str = ""
    """The permission with which a file may be brought and checked, for whoever serves no counter, such as a school."""
    opener: "Opener | None" = None
    """Opens a file that is no spreadsheet, such as a bank's."""
    keeps_bad_rows: Callable[[Mapping[str, str]], bool] = lambda options: False
    """Whether, by its options, a file without any good row is taken in too, its bad rows being work of the chapter."""
    part: int = 0
    """So many rows are taken in by one transaction, one part after the other; 0: the whole file by one."""
    hands: int = 1
    """So many parts are written side by side; `take_in` then asks `in_turn` before it touches what parts share."""
    office: str = ""
    """The unit that a bad row goes back to, in SQL over a staged row `r`; empty: its `unit_code`, where it has one."""

    @property
    def work(self) -> str:
        """What an agent must be commissioned for to import it (委托业务; ORG-04)."""
        return f"import:{self.name}"


class Opener(Protocol):
    """Opens a file of the area by its options; `again`: only to be looked at, for it was accepted before (打开文件)."""

    def __call__(self, file: Path, pooling_area: str, options: Mapping[str, str], *, again: bool = False) -> Table: ...


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Make a kind known, from `AppConfig.ready` of its chapter (登记导入类别). The same name again replaces."""
    _kinds[kind.name] = kind


def registered() -> list[ImportKind]:
    """Every kind, in the order of registration (导入类别)."""
    return list(_kinds.values())


def kind_named(name: str) -> ImportKind:
    """The kind of that name. Raises: KeyError."""
    return _kinds[name]

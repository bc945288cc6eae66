"""Columns of a table (列定义): what they are called, what they hold, and where they stand in a file."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tongchou.platform.spreadsheets import faults

HEADER_WITHIN: Final = 10
"""Rows in which the header is looked for: titles and merged group headings come before it."""
_REMARK: Final = re.compile(r"[(\[【].*?[)\]】]|[*:\s_\-]+")


class Holds(StrEnum):
    """What a column holds; the value goes to the database as the type named here."""

    TEXT = "text"
    CODE = "code"
    """A number or code that is read, never counted: full-width characters are narrowed, letters capitalised."""
    DATE = "date"
    MONEY = "money"
    """Yuan in the file, whole fen afterwards."""
    WHOLE = "whole"
    NUMBER = "number"
    RATIO = "ratio"
    CHOICE = "choice"
    YES_NO = "yes_no"
    LIST = "list"
    """Several codes or choices in one cell, parted by 、 , ; or /."""


SQL_TYPES: Final = {
    Holds.TEXT: "text",
    Holds.CODE: "text",
    Holds.DATE: "date",
    Holds.MONEY: "bigint",
    Holds.WHOLE: "integer",
    Holds.NUMBER: "numeric",
    Holds.RATIO: "numeric",
    Holds.CHOICE: "text",
    Holds.YES_NO: "boolean",
    Holds.LIST: "text[]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `name` in the database, `header` and `aliases` in files."""

    name: str
    header: str
    holds: Holds = Holds.TEXT
    aliases: tuple[str, ...] = ()
    required: bool = False
    longest: int = 200
    choices: Mapping[str, str] = field(default_factory=dict)
    """Label → value; the value itself is understood too."""
    pattern: str = ""
    """For codes: the whole must match."""
    example: str = ""

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.holds]


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of table: its columns in the order of the template that the agency hands out (模板)."""

    title: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that name. Raises: KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns of a layout stand in a file (表头): index by column name, and what nobody asked for."""

    row_no: int
    headers: tuple[str, ...]
    places: Mapping[str, int]
    ignored: tuple[str, ...]


def plain(header: str) -> str:
    """A header without width, blanks, stars and remarks: `＊证件号码(必填)` → `证件号码`."""
    return _REMARK.sub("", unicodedata.normalize("NFKC", header)).lower()


def find_header(rows: Sequence[tuple[int, Sequence[str]]], layout: Layout) -> Header:
    """The row among the first that names most columns (表头行).

    Raises: HeaderMissing, ColumnsMissing, ColumnTwice.
    """
    known = {plain(text): column for column in layout.columns for text in (column.header, *column.aliases)}
    best = max(rows, key=lambda row: sum(plain(cell) in known for cell in row[1]), default=(0, ()))
    row_no, cells = best
    found = [known.get(plain(cell)) for cell in cells]
    if not any(found):
        expected = "、".join(column.header for column in layout.columns if column.required)
        raise faults.HeaderMissing(rows=HEADER_WITHIN, title=layout.title, expected=expected)
    places: dict[str, int] = {}
    for index, column in enumerate(found):
        if column is None:
            continue
        if column.name in places:
            raise faults.ColumnTwice(header=column.header, first=letters(places[column.name]), second=letters(index))
        places[column.name] = index
    missing = [column.header for column in layout.columns if column.required and column.name not in places]
    if missing:
        raise faults.ColumnsMissing(missing="、".join(missing))
    ignored = tuple(cell for cell, column in zip(cells, found, strict=True) if column is None and cell.strip())
    return Header(row_no, tuple(cells), places, ignored)


def letters(index: int) -> str:
    """The letters of a column counted from 0: 0 → A, 25 → Z, 26 → AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text

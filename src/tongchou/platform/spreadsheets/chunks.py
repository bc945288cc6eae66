"""Going through a table (逐段检查): a few thousand rows at a time, column by column.

A chapter adds what lies between columns: its `RowRule` sees a chunk, may fill columns of its own and refuse rows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tongchou.platform.spreadsheets import faults
from tongchou.platform.spreadsheets.columns import Column, Header, Layout, find_header
from tongchou.platform.spreadsheets.faults import Fault
from tongchou.platform.spreadsheets.reading import Row, Table
from tongchou.platform.spreadsheets.values import Bad, ColumnParser, bad, text_of

CHUNK: Final = 5_000
LONGEST_SHOWN: Final = 100


class Problem(NamedTuple):
    """One refused cell, or a refused row when `column` is empty (错误)."""

    row_no: int
    cell: str
    column: str
    value: str
    code: str
    reason: str


@dataclass
class Chunk:
    """Some rows of a table: their numbers and, by column name, their values as the database reads them (一段)."""

    row_nos: list[int]
    values: dict[str, list[str | None]]
    problems: list[Problem] = field(default_factory=list)
    bad_rows: set[int] = field(default_factory=set)
    """Places within the chunk."""
    _address: Callable[[str, int], str] = field(default=lambda name, row_no: "")
    _headers: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row_nos)

    def refuse(self, place: int, name: str, fault: Fault, **figures: object) -> None:
        """Say that the column's value in this row cannot be taken (标记错误)."""
        reason = bad(fault, **figures).reason
        self.refuse_for(place, name, fault.code, reason)

    def refuse_for(self, place: int, name: str, code: str, reason: str) -> None:
        """The same with a ready sentence, as rules of a chapter give it."""
        row_no = self.row_nos[place]
        shown = (self.values[name][place] or "")[:LONGEST_SHOWN] if name in self.values else ""
        address = self._address(name, row_no)
        self.problems.append(Problem(row_no, address, self._headers.get(name, ""), shown, code, reason))
        self.bad_rows.add(place)


RowRule = Callable[[Chunk], None]


@dataclass
class CheckedTable:
    """A table whose columns were found: its chunks, once through (已识别的表格)."""

    table: Table
    layout: Layout
    header: Header

    def chunks(self, rule: RowRule | None = None, size: int = CHUNK) -> Iterator[Chunk]:
        """Every row below the header, checked cell by cell and then by the rule of the chapter."""
        parsers = {column.name: ColumnParser(column) for column in self.layout.columns}
        pending: list[Row] = []
        for row_no, cells in self.table.rows:
            if row_no <= self.header.row_no:
                continue
            pending.append((row_no, cells))
            if len(pending) == size:
                yield self._checked(pending, parsers, rule)
                pending = []
        if pending:
            yield self._checked(pending, parsers, rule)

    def _checked(self, rows: Sequence[Row], parsers: dict[str, ColumnParser], rule: RowRule | None) -> Chunk:
        chunk = Chunk([row_no for row_no, _ in rows], {}, _address=self._address, _headers=self._headers())
        width = len(self.header.headers)
        padded = [cells if len(cells) == width else _padded(cells, width) for _, cells in rows]
        by_column = list(zip(*padded, strict=True))
        for column in self.layout.columns:
            place = self.header.places.get(column.name)
            if place is None:
                chunk.values[column.name] = [None] * len(rows)
            else:
                self._read_column(chunk, column, parsers[column.name], by_column[place])
        for at, (_, cells) in enumerate(rows):
            if len(cells) > width and any(text_of(cell) for cell in cells[width:]):
                chunk.refuse(at, "", faults.TOO_MANY_CELLS)
        if rule is not None:
            rule(chunk)
        return chunk

    def _read_column(self, chunk: Chunk, column: Column, parser: ColumnParser, cells: Sequence[Any]) -> None:
        parsed = parser.column(cells)
        values: list[str | None] = parsed  # type: ignore[assignment]
        chunk.values[column.name] = values
        if Bad not in set(map(type, parsed)):
            return
        for at, found in enumerate(parsed):
            if isinstance(found, Bad):
                values[at] = text_of(cells[at])[:LONGEST_SHOWN]
                chunk.refuse_for(at, column.name, found.fault.code, found.reason)
                values[at] = None

    def _address(self, name: str, row_no: int) -> str:
        place = self.header.places.get(name)
        return str(row_no) if place is None else self.table.address(place, row_no)

    def _headers(self) -> dict[str, str]:
        return {name: self.header.headers[place] for name, place in self.header.places.items()}


def _padded(cells: Sequence[Any], width: int) -> Sequence[Any]:
    """A row as wide as the header."""
    return [*cells, *[""] * (width - len(cells))] if len(cells) < width else cells[:width]


def recognise(table: Table, layout: Layout) -> CheckedTable:
    """Find the columns of the layout in the table (识别表头).

    Raises: HeaderMissing, ColumnsMissing, ColumnTwice, NoRows.
    """
    header = find_header(table.head(), layout)
    if not any(row_no > header.row_no for row_no, _ in table.head(header.row_no + 2)):
        raise faults.NoRows()
    return CheckedTable(table, layout, header)

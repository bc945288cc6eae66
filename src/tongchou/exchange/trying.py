"""Trying a format on a sample (试读): what a definition makes of a partner's file, before anybody uses it (SYS-07).

Pure. Also the short way in which a person writes a definition: a line per field, a line per result code.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tongchou.exchange import formats
from tongchou.exchange.formats import Format, Record
from tongchou.kernel.errors import DomainError

MOST_SHOWN: Final = 20
LARGEST: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Total:
    """控制合计: what head or tail says, and what the rows have."""

    name: str
    said: str
    found: str

    @property
    def same(self) -> bool:
        return self.said.lstrip("0") == self.found.lstrip("0")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a sample looks like through a definition; `problem` says where reading stopped, if it did."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int
    head: Mapping[str, str]
    tail: Mapping[str, str]
    totals: tuple[Total, ...]
    problem: str = ""


def try_format(definition: Mapping[str, Any], content: bytes) -> Tried:
    """试读 a sample. Raises: FormatFaulty; what is wrong with the sample is told, not raised."""
    layout = formats.read_definition(definition)
    reading = _Sample(layout)
    problem = ""
    try:
        reading.read(formats.read_lines([content], layout))
    except DomainError as fault:
        problem = f"{fault} ({fault.code})"
    return Tried(
        tuple(one.name for one in layout.row),
        tuple(reading.rows),
        reading.count,
        reading.head,
        reading.tail,
        tuple(reading.totals()),
        problem,
    )


class _Sample:
    def __init__(self, layout: Format) -> None:
        self._layout = layout
        self.rows: list[tuple[str, ...]] = []
        self.count = 0
        self.head: dict[str, str] = {}
        self.tail: dict[str, str] = {}
        self._sums = {one.name: 0 for one in layout.row if one.holds in ("fen", "yuan")}

    def read(self, lines: Iterator[str]) -> None:
        """Raises: RecordUnreadable."""
        layout = self._layout
        names = [one.name for one in layout.row]
        cells_of = formats.cells_of(layout, layout.row)
        for number, line in enumerate(lines, 1):
            if number == 1 and layout.head:
                self.head = self._named(layout.head, line, number, "首行")
            elif layout.tail and formats.is_record(layout, layout.tail, line):
                self.tail = self._named(layout.tail, line, number, "尾行")
            elif line:
                cells = cells_of(line, number)
                self.count += 1
                for name in self._sums:
                    self._sums[name] += _fen(cells[names.index(name)])
                if len(self.rows) < MOST_SHOWN:
                    told = [
                        layout.codes.get(cell, cell) if name == "code" else cell
                        for name, cell in zip(names, cells, strict=True)
                    ]
                    self.rows.append(tuple(told))

    def _named(self, record: Record, line: str, number: int, what: str) -> dict[str, str]:
        """Raises: RecordUnreadable."""
        if not formats.is_record(self._layout, record, line):
            raise formats.RecordUnreadable(row=number, problem=f"{what}应以“{record[0].value}”开头")
        cells = formats.cells_of(self._layout, record)(line, number)
        return dict(zip((one.name for one in record), cells, strict=True))

    def totals(self) -> Iterator[Total]:
        """What is said beside what was found."""
        said = self.head | self.tail
        if "rows" in said:
            yield Total("rows", said["rows"], str(self.count))
        if "total_fen" in said and self._sums:
            fen = next(iter(self._sums.values()))
            yield Total("total_fen", said["total_fen"], f"{fen // 100}.{fen % 100:02d}")


def _fen(yuan: str) -> int:
    whole, _, cents = yuan.partition(".")
    digits = whole + cents.ljust(2, "0")
    return int(digits) if digits.isdecimal() and len(cents) <= 2 else 0


# --- how a person writes it -----------------------------------------------------------------------------------------


def fields_written(record: Iterable[Mapping[str, Any]]) -> str:
    """A record as lines of name, what it holds, width, value (字段清单)."""
    return "\n".join(
        " ".join(
            str(part)
            for part in (one["name"], one.get("holds", "text"), one.get("width", ""), one.get("value", ""))
            if part != ""
        )
        for one in record
    )


def fields_read(text: str) -> list[dict[str, Any]]:
    """A record from its lines. Raises: FormatFaulty."""
    return [_field(line) for line in text.splitlines() if line.strip()]


def _field(line: str) -> dict[str, Any]:
    name, *rest = line.split()
    holds = rest.pop(0) if rest else "text"
    width = int(rest.pop(0)) if rest and rest[0].isdecimal() and (holds != "mark" or len(rest) > 1) else 0
    if len(rest) > 1 or (rest and holds != "mark"):
        raise formats.FormatFaulty(problem=f"“{line.strip()}”应为:名称 类型 宽度,标记再加固定值")
    made: dict[str, Any] = {"name": name, "holds": holds}
    if width:
        made["width"] = width
    if rest:
        made["value"] = rest[0]
    return made


def codes_read(text: str) -> dict[str, str]:
    """Result codes from lines of `theirs=ours` (结果代码). Raises: FormatFaulty."""
    codes = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        theirs, equals, ours = line.partition("=")
        if not (theirs.strip() and equals and ours.strip()):
            raise formats.FormatFaulty(problem=f"结果代码“{line}”应写成“对方代码=我方代码”")
        codes[theirs.strip()] = ours.strip()
    return codes

"""File formats as data (文件格式; SYS-07): records of fields, delimited or of fixed width, for writing and reading.

Pure: no tables, no clock. A format names the encoding, the record before the rows, the record of a row and the record
after them. Amounts are whole fen inside; a field says whether the partner writes fen or yuan.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.faults import FileUnreadable

ENCODINGS: Final = ("utf-8", "gb18030")
LINE_ENDS: Final = {"lf": "\n", "crlf": "\r\n"}
HOLDS: Final = ("text", "whole", "fen", "yuan", "day", "mark")
_NUMBERS: Final = ("whole", "fen")
_KNOWN: Final = frozenset({"shape", "delimiter", "encoding", "line_end", "file_name", "head", "row", "tail", "codes"})
_KNOWN_OF_FIELD: Final = frozenset({"name", "holds", "width", "value"})


class FormatFaulty(DomainError):
    code = "EX-2001"
    message = "文件格式定义有误:{problem}"
    citation = "JL2019 §50"


class ValueUnfit(DomainError):
    code = "EX-2002"
    message = "第{row}行“{field}”不能按格式写出:{problem}"
    citation = "JL2019 §50"


class RecordUnreadable(FileUnreadable):
    code = "EX-2003"
    message = "文件第{row}行与约定格式不符:{problem}"
    citation = "JL2019 §50"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record (字段).

    `holds`: text, whole, fen (whole fen), yuan (two decimals), day (YYYYMMDD), mark (always `value`). `width` is in
    bytes, and only of records of fixed width: text is filled with blanks behind, numbers with zeros before.
    """

    name: str
    holds: str = "text"
    width: int = 0
    value: str = ""


Record = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """文件格式: how the files of a partner look. `codes` translates the partner's result codes into ours."""

    row: Record
    head: Record = ()
    tail: Record = ()
    delimiter: str = "|"
    """Empty: records of fixed width."""
    encoding: str = "utf-8"
    line_end: str = "\n"
    file_name: str = "{number}.txt"
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def fixed(self) -> bool:
        return not self.delimiter


# --- the declaration ------------------------------------------------------------------------------------------------


def read_definition(definition: Mapping[str, Any]) -> Format:
    """The format that a definition describes (读取格式定义). Raises: FormatFaulty naming what is wrong."""
    if unknown := sorted(set(definition) - _KNOWN):
        raise FormatFaulty(problem=f"不认识的项目{'、'.join(unknown)}")
    shape = definition.get("shape", "delimited")
    delimiter = str(definition.get("delimiter", "|")) if shape == "delimited" else ""
    if shape not in ("delimited", "fixed") or (shape == "delimited" and len(delimiter) != 1):
        raise FormatFaulty(problem="shape 应为 delimited(须有一个字符的 delimiter)或 fixed")
    if (encoding := definition.get("encoding", "utf-8")) not in ENCODINGS:
        raise FormatFaulty(problem=f"编码应为{'或'.join(ENCODINGS)}")
    if (line_end := definition.get("line_end", "lf")) not in LINE_ENDS:
        raise FormatFaulty(problem="line_end 应为 lf 或 crlf")
    records = {part: tuple(_field(one, shape) for one in definition.get(part, ())) for part in ("head", "row", "tail")}
    _check_records(records)
    _check_file_name(str(definition.get("file_name", "{number}.txt")))
    return Format(
        **records,
        delimiter=delimiter,
        encoding=encoding,
        line_end=LINE_ENDS[line_end],
        file_name=str(definition.get("file_name", "{number}.txt")),
        codes={str(code): str(ours) for code, ours in definition.get("codes", {}).items()},
    )


def _field(told: Any, shape: str) -> Field:
    if not isinstance(told, Mapping) or not told.get("name") or set(told) - _KNOWN_OF_FIELD:
        raise FormatFaulty(problem=f"字段{told}应有 name,可有 holds、width、value")
    made = Field(str(told["name"]), told.get("holds", "text"), told.get("width", 0), str(told.get("value", "")))
    if made.holds not in HOLDS:
        raise FormatFaulty(problem=f"字段{made.name}的 holds 应为{'、'.join(HOLDS)}之一")
    if made.holds == "mark" and not made.value:
        raise FormatFaulty(problem=f"标记字段{made.name}须有 value")
    if shape == "fixed" and (not isinstance(made.width, int) or made.width < 1):
        raise FormatFaulty(problem=f"定长格式的字段{made.name}须有 width(字节)")
    return made


def _check_records(records: Mapping[str, Record]) -> None:
    if not records["row"]:
        raise FormatFaulty(problem="须有明细行 row")
    for part, record in records.items():
        names = [one.name for one in record]
        if len(set(names)) < len(names):
            raise FormatFaulty(problem=f"{part} 中有重复的字段")
    totals = {one.name for part in ("head", "tail") for one in records[part]}
    if "rows" not in totals:
        raise FormatFaulty(problem="首行或尾行须有总笔数 rows,否则残缺的文件看不出来")
    for part in ("head", "tail"):
        if records[part] and records[part][0].holds != "mark":
            raise FormatFaulty(problem=f"{part} 的第一个字段须是标记(mark)")


def _check_file_name(pattern: str) -> None:
    try:
        written = pattern.format(number="1", partner="1", day="20180101", serial="000001")
    except (KeyError, IndexError, ValueError):
        written = ""
    if not re.fullmatch(r"[\w.\-]+", written):
        raise FormatFaulty(problem="file_name 可用 {number}、{serial}、{partner}、{day} 和字母、数字、点、横线")


# --- writing --------------------------------------------------------------------------------------------------------


def written_rows(layout: Format, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Each row as a line without its end (明细行). `names` are the columns of `rows`.

    Raises: ValueUnfit, FormatFaulty for a field that the rows do not have.
    """
    return written_records(layout, layout.row, names, rows)


def written_records(
    layout: Format, record: Record, names: Sequence[str], rows: Iterable[Sequence[Any]], first: int = 1
) -> Iterator[str]:
    """Records of one kind as lines. Raises: as `written_rows`."""
    places = {name: at for at, name in enumerate(names)}
    if missing := [one.name for one in record if one.holds != "mark" and one.name not in places]:
        raise FormatFaulty(problem=f"没有字段{'、'.join(missing)}的数据")
    writers = [(_writer(layout, one), places.get(one.name, -1)) for one in record]
    join = layout.delimiter.join
    for number, row in enumerate(rows, first):
        try:
            yield join([write(row[at] if at >= 0 else None) for write, at in writers])
        except _Unfit as fault:
            raise ValueUnfit(row=number, field=fault.args[0], problem=fault.args[1]) from None


class _Unfit(ValueError):
    """Field and problem."""


def _writer(layout: Format, one: Field) -> Callable[[Any], str]:
    plain = _PLAIN[one.holds]
    if one.holds == "mark":
        mark = one.value.ljust(one.width) if layout.fixed else one.value
        return lambda value: mark
    if layout.fixed:
        return _of_width(layout, one, plain)
    delimiter, name = layout.delimiter, one.name

    def write(value: Any) -> str:
        text = plain(value)
        if delimiter in text or "\n" in text or "\r" in text:
            raise _Unfit(name, f"含有分隔符“{delimiter}”或换行")
        return text

    return write if one.holds == "text" else plain


def _of_width(layout: Format, one: Field, plain: Callable[[Any], str]) -> Callable[[Any], str]:
    width, name, encoding, numeric = one.width, one.name, layout.encoding, one.holds in _NUMBERS

    def write(value: Any) -> str:
        text = plain(value)
        size = len(text) if text.isascii() else len(text.encode(encoding))
        if size > width:
            raise _Unfit(name, f"“{text}”超过{width}字节")
        if "\n" in text or "\r" in text:
            raise _Unfit(name, "含有换行")
        return "0" * (width - size) + text if numeric else text + " " * (width - size)

    return write


def _yuan(fen: Any) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


_PLAIN: Final[Mapping[str, Callable[[Any], str]]] = {
    "text": lambda value: "" if value is None else str(value),
    "whole": str,
    "fen": str,
    "yuan": _yuan,
    "day": lambda value: f"{value:%Y%m%d}" if isinstance(value, date) else "",
    "mark": str,
}


# --- reading --------------------------------------------------------------------------------------------------------


BYTE_ORDER_MARK: Final = "\ufeff"
"""What some editors put before a file when it is saved again."""


def read_lines(content: Iterable[bytes], layout: Format) -> Iterator[str]:
    """The lines of a file, decoded as the format says (按约定编码读取). Raises: RecordUnreadable."""
    decoder = codecs.getincrementaldecoder(layout.encoding)()
    rest, number = "", 0
    try:
        for at, piece in enumerate(content):
            text = decoder.decode(piece)
            *lines, rest = (rest + (text.removeprefix(BYTE_ORDER_MARK) if at == 0 else text)).split("\n")
            for line in lines:
                number += 1
                yield line.removesuffix("\r")
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise RecordUnreadable(row=number + 1, problem=f"不是约定的{layout.encoding.upper()}编码") from None
    if rest:
        yield rest.removesuffix("\r")


def is_record(layout: Format, record: Record, line: str) -> bool:
    """Whether the line begins with the mark of the record (首行或尾行)."""
    if not record:
        return False
    mark = record[0].value
    if layout.fixed:
        return line.startswith(mark.ljust(record[0].width))
    return line.partition(layout.delimiter)[0] == mark


def cells_of(layout: Format, record: Record) -> Callable[[str, int], list[str]]:
    """A reader of lines of that record: the fields' texts, amounts in yuan, days as ISO. Raises: RecordUnreadable."""
    split = _cut(layout, record) if layout.fixed else _parted(layout, record)
    readers = [(at, one, _READ[one.holds]) for at, one in enumerate(record) if one.holds in _READ]

    def read(line: str, number: int) -> list[str]:
        cells = split(line, number)
        for at, one, reader in readers:
            text = cells[at]
            if text:
                try:
                    cells[at] = reader(text)
                except ValueError:
                    raise RecordUnreadable(row=number, problem=f"“{one.name}”不能是“{text}”") from None
        return cells

    return read


def _parted(layout: Format, record: Record) -> Callable[[str, int], list[str]]:
    delimiter, count = layout.delimiter, len(record)

    def split(line: str, number: int) -> list[str]:
        cells = line.split(delimiter)
        if len(cells) != count:
            raise RecordUnreadable(row=number, problem=f"应有{count}个字段,实有{len(cells)}个")
        return [cell.strip() for cell in cells]

    return split


def _cut(layout: Format, record: Record) -> Callable[[str, int], list[str]]:
    ends, at = [], 0
    for one in record:
        ends.append((at, at + one.width))
        at += one.width
    width, encoding = at, layout.encoding

    def split(line: str, number: int) -> list[str]:
        if line.isascii():
            if len(line) != width:
                raise RecordUnreadable(row=number, problem=f"应为{width}字节,实有{len(line)}字节")
            return [line[start:end].strip() for start, end in ends]
        raw = line.encode(encoding)
        if len(raw) != width:
            raise RecordUnreadable(row=number, problem=f"应为{width}字节,实有{len(raw)}字节")
        return [raw[start:end].decode(encoding, "replace").strip() for start, end in ends]

    return split


def _fen_as_yuan(text: str) -> str:
    return _yuan(int(_whole(text)))


def _day(text: str) -> str:
    if len(text) != len("20180101") or not text.isdecimal():
        raise ValueError(text)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _whole(text: str) -> str:
    if not text.isdecimal():
        raise ValueError(text)
    return str(int(text))


_READ: Final[Mapping[str, Callable[[str], str]]] = {"fen": _fen_as_yuan, "day": _day, "whole": _whole}

"""From cells to values (单元格取值): the text the database reads, or the fault.

A parser takes one raw cell (text of a csv; text, number, date or bool of a workbook) and answers the value in the form
PostgreSQL's COPY reads, None for an empty cell, or a `Bad`. Files repeat themselves, so parsers of a column remember
what they have seen.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from tongchou.platform.spreadsheets import faults
from tongchou.platform.spreadsheets.columns import Column, Holds
from tongchou.platform.spreadsheets.faults import Fault

Raw = str | float | int | bool | date | datetime | time | timedelta | None


class Bad(NamedTuple):
    """A cell that cannot be taken, and why."""

    fault: Fault
    reason: str


Parsed = str | Bad | None
Parser = Callable[[Any], Parsed]

FIRST_YEAR: Final = 1850
LAST_YEAR: Final = 2199
EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
MOST_EXACT_FLOAT: Final = 10**15
REMEMBERED: Final = 20_000
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS: Final = re.compile(r"[\s\u3000\u00a0\ufeff\u200b]+")
_SCIENTIFIC: Final = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_PARTED: Final = re.compile(r"[、,;/|\uff0c\uff1b\uff0f\s]+")
_YES: Final = frozenset({"是", "1", "y", "yes", "true", "√", "有"})
_NO: Final = frozenset({"否", "0", "n", "no", "false", "×", "无"})


def bad(fault: Fault, **figures: Any) -> Bad:
    """The fault with its figures filled in."""
    return Bad(fault, fault.words.format(**figures))


def text_of(cell: Raw) -> str:
    """A cell as a person reads it: no surrounding blanks, no Excel text marks, whole numbers without `.0`."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = cell.strip(" \t\r\n\u3000\u00a0\ufeff\u200b")
        if text[:1] in ("'", "\u2018", "\u2019") and len(text) > 1:
            return text[1:].lstrip()
        if text.startswith('="') and text.endswith('"'):
            return text[2:-1].strip()
        return text
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < MOST_EXACT_FLOAT else format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return str(cell)


class ColumnParser(dict[str, Parsed]):
    """The parser of one column (列解析器): texts it has seen are looked up, clean ones are taken as they stand."""

    def __init__(self, column: Column) -> None:
        self._parse = _checked(column, _PARSERS[column.holds](column))
        self._is_clean = _CLEAN[column.holds].fullmatch if not column.pattern and column.holds in _CLEAN else None
        self._longest = column.longest

    def column(self, cells: Sequence[Any]) -> list[Parsed]:
        """The values of these cells."""
        if self._is_clean is None:
            return [self[cell] if type(cell) is str else self._parse(cell) for cell in cells]
        parse, is_clean, longest = self.one, self._is_clean, self._longest
        return [
            cell if type(cell) is str and len(cell) <= longest and is_clean(cell) else parse(cell) for cell in cells
        ]

    def one(self, cell: Any) -> Parsed:
        """The value of one cell; True, 1 and 1.0 are one key of a dict and three different cells."""
        return self[cell] if type(cell) is str else self._parse(cell)

    def __missing__(self, cell: str) -> Parsed:
        value = self._parse(cell)
        if len(self) < REMEMBERED:
            self[cell] = value
        return value


_CLEAN: Final = {
    Holds.TEXT: re.compile(r"[\u4e00-\u9fff0-9A-Za-z·()\uff08\uff09、,\uff0c。-]+"),
    Holds.CODE: re.compile(r"[0-9A-DF-Z]+"),
}
"""Cells that are their own value, as nearly all are: no blanks, no marks, nothing that could be a lost number."""


def _checked(column: Column, parse: Parser) -> Parser:
    """Empty cells, control characters and error cells are the same for all kinds."""
    empty = bad(faults.REQUIRED) if column.required else None

    def checked(cell: Any) -> Parsed:
        if cell is None or cell == "":
            return empty
        if isinstance(cell, str):
            if _CONTROL.search(cell):
                return bad(faults.CONTROL_CHARACTERS)
            if cell.startswith("#") and cell.rstrip("!?").upper() in _EXCEL_ERRORS:
                return bad(faults.ERROR_CELL)
        value = parse(cell)
        return empty if value is None or value == "" else value

    return checked


_EXCEL_ERRORS: Final = frozenset({"#N/A", "#REF", "#VALUE", "#DIV/0", "#NAME", "#NUM", "#NULL"})


def _text(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        text = _BLANKS.sub(" ", text_of(cell))
        return text if len(text) <= column.longest else bad(faults.TOO_LONG, limit=column.longest)

    return parse


def narrowed(text: str) -> str:
    """Full-width digits and letters made narrow, blanks taken out, letters capitalised (全角转半角)."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def code_of(cell: Raw) -> Parsed:
    """A number that is read, not counted. A float past 15 digits, or `1.23E+17`, has lost its last digits."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if abs(cell) >= MOST_EXACT_FLOAT:
            return bad(faults.DIGITS_LOST)
        return text_of(float(cell))
    text = narrowed(text_of(cell))
    if _SCIENTIFIC.fullmatch(text):
        return bad(faults.SCIENTIFIC)
    return text


def _code(column: Column) -> Parser:
    pattern = re.compile(column.pattern) if column.pattern else None

    def parse(cell: Any) -> Parsed:
        text = code_of(cell)
        if text is None or isinstance(text, Bad):
            return text
        if len(text) > column.longest:
            return bad(faults.TOO_LONG, limit=column.longest)
        if pattern and text and not pattern.fullmatch(text):
            return bad(faults.BAD_PATTERN, pattern=column.example or column.pattern)
        return text

    return parse


def date_of(cell: Raw) -> date | Bad | None:
    """A date in any usual form: 2018-01-05, 2018/1/5, 20180105, 2018年1月5日, or Excel's day number."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool | time | timedelta):
        return bad(faults.NOT_A_DATE)
    if isinstance(cell, float | int):
        return _from_number(cell)
    text = unicodedata.normalize("NFKC", text_of(cell))
    if not text:
        return None
    match = _DATE.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if text.isascii() and text.isdigit() and len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if text.isascii() and text.isdigit() and len(text) == 5:
            return _from_number(int(text))
    except ValueError:
        pass
    return bad(faults.NOT_A_DATE)


def _from_number(number: float) -> date | Bad:
    """20180105 written as a number, or the days since Excel's day zero."""
    whole = int(number)
    if whole == number and 10**7 <= whole < 10**8:
        try:
            return date(whole // 10_000, whole // 100 % 100, whole % 100)
        except ValueError:
            return bad(faults.NOT_A_DATE)
    if 1 <= whole < 10**6:
        return EXCEL_DAY_ZERO + timedelta(days=whole)
    return bad(faults.NOT_A_DATE)


def _date(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        day = date_of(cell)
        if day is None or isinstance(day, Bad):
            return day
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return bad(faults.DATE_OUT_OF_RANGE)
        return day.isoformat()

    return parse


def decimal_of(cell: Raw) -> Decimal | None:
    """The number in a cell, exactly as written; a workbook's float as the 15 digits that Excel shows."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float):
        return Decimal(format(cell, ".15g")) if abs(cell) < MOST_EXACT_FLOAT else None
    if isinstance(cell, int):
        return Decimal(cell)
    text = unicodedata.normalize("NFKC", text_of(cell)).replace(" ", "")
    text = text.removeprefix("¥").removeprefix("¥").removesuffix("元")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**13 else None


def _money(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        if isinstance(cell, str) and not text_of(cell):
            return None
        yuan = decimal_of(cell) if isinstance(cell, str | float | int) else None
        if yuan is None or yuan * 100 != (fen := int(yuan * 100)):
            return bad(faults.NOT_MONEY)
        return bad(faults.NEGATIVE) if fen < 0 else str(fen)

    return parse


def _whole(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        if isinstance(cell, str) and not text_of(cell):
            return None
        number = decimal_of(cell) if isinstance(cell, str | float | int) else None
        if number is None or number != (whole := int(number)) or abs(whole) >= 2**31:
            return bad(faults.NOT_WHOLE)
        return bad(faults.NEGATIVE) if whole < 0 else str(whole)

    return parse


def _number(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        if isinstance(cell, str) and not text_of(cell):
            return None
        number = decimal_of(cell) if isinstance(cell, str | float | int) else None
        if number is None:
            return bad(faults.NOT_A_NUMBER)
        return bad(faults.NEGATIVE) if number < 0 else format(number, "f")

    return parse


def _ratio(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        if isinstance(cell, str) and not (text := text_of(cell)):
            return None
        percent = isinstance(cell, str) and unicodedata.normalize("NFKC", text).endswith("%")
        bare = unicodedata.normalize("NFKC", text)[:-1] if percent else cell
        number = decimal_of(bare) if isinstance(bare, str | float | int) else None
        if number is None or not 0 <= (ratio := number / 100 if percent else number) <= 1:
            return bad(faults.NOT_A_RATIO)
        return format(ratio.normalize(), "f")

    return parse


def _lookup(column: Column) -> dict[str, str]:
    return {narrowed(key): value for label, value in column.choices.items() for key in (label, value)}


def _choice(column: Column) -> Parser:
    known, offered = _lookup(column), "、".join(column.choices)

    def parse(cell: Any) -> Parsed:
        text = narrowed(text_of(cell))
        if not text:
            return None
        return known.get(text) or bad(faults.NOT_A_CHOICE, choices=offered)

    return parse


def _yes_no(column: Column) -> Parser:
    def parse(cell: Any) -> Parsed:
        text = unicodedata.normalize("NFKC", text_of(cell)).lower()
        if not text:
            return None
        return "t" if text in _YES else "f" if text in _NO else bad(faults.NOT_YES_OR_NO)

    return parse


def _list(column: Column) -> Parser:
    known, offered = _lookup(column), "、".join(column.choices)
    pattern = re.compile(column.pattern or r"[^{}\"\\]+")

    def parse(cell: Any) -> Parsed:
        parts = [narrowed(part) for part in _PARTED.split(text_of(cell)) if part]
        if known and any(part not in known for part in parts):
            return bad(faults.NOT_A_CHOICE, choices=offered)
        if any(len(part) > column.longest for part in parts):
            return bad(faults.TOO_LONG, limit=column.longest)
        if any(not pattern.fullmatch(part) for part in parts):
            return bad(faults.BAD_PATTERN, pattern=column.example or column.pattern)
        values = dict.fromkeys(known.get(part, part) for part in parts)
        return "{" + ",".join(f'"{value}"' for value in values) + "}" if values else None

    return parse


_PARSERS: Final[dict[Holds, Callable[[Column], Parser]]] = {
    Holds.TEXT: _text,
    Holds.CODE: _code,
    Holds.DATE: _date,
    Holds.MONEY: _money,
    Holds.WHOLE: _whole,
    Holds.NUMBER: _number,
    Holds.RATIO: _ratio,
    Holds.CHOICE: _choice,
    Holds.YES_NO: _yes_no,
    Holds.LIST: _list,
}

"""Calendar files (工作日历文件): CSV or xlsx with the columns 日期, 类型 (放假 or 上班) and 名称."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import python_calamine

from tongchou.kernel.errors import DomainError

HEADINGS = ("日期", "类型", "名称")
KINDS = {"放假": False, "休": False, "上班": True, "调休上班": True, "班": True}


class CalendarFileUnreadable(DomainError):
    code = "PL-0102"
    message = "日历文件有误:{problems}"


@dataclass(frozen=True, slots=True)
class ImportedDay:
    """One day that departs from the week (节假日或调休上班日)."""

    day: date
    is_working: bool
    name: str


def read_calendar_file(name: str, content: bytes) -> list[ImportedDay]:
    """The days of a calendar file, by its suffix xlsx or csv (UTF-8 or GB18030).

    Raises: CalendarFileUnreadable, naming every row that is wrong.
    """
    rows = _xlsx_rows(content) if name.lower().endswith((".xlsx", ".xls")) else _csv_rows(content)
    heading, *body = list(rows) or [()]
    columns = [str(cell).strip() for cell in heading]
    if missing := [wanted for wanted in HEADINGS if wanted not in columns]:
        raise CalendarFileUnreadable(problems=f"缺少列“{'、'.join(missing)}”")
    places = [columns.index(wanted) for wanted in HEADINGS]
    days, problems = [], []
    for number, row in enumerate(body, start=2):
        cells = [row[place] if place < len(row) else "" for place in places]
        if not any(cells):
            continue
        try:
            days.append(_day(cells))
        except ValueError as problem:
            problems.append(f"第{number}行:{problem}")
    if problems:
        raise CalendarFileUnreadable(problems=";".join(problems))
    return days


def _day(cells: Sequence[Any]) -> ImportedDay:
    written, kind, name = cells
    if str(kind).strip() not in KINDS:
        raise ValueError(f"类型“{kind}”应为“放假”或“上班”")
    return ImportedDay(day=_date(written), is_working=KINDS[str(kind).strip()], name=str(name).strip())


def _date(written: Any) -> date:
    if isinstance(written, datetime):
        return written.date()
    if isinstance(written, date):
        return written
    text = str(written).strip().replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"日期“{written}”不正确") from None


def _csv_rows(content: bytes) -> Iterable[Sequence[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return csv.reader(io.StringIO(content.decode(encoding), newline=""))
        except UnicodeDecodeError:
            continue
    raise CalendarFileUnreadable(problems="编码不是 UTF-8 或 GB18030")


def _xlsx_rows(content: bytes) -> Iterable[Sequence[Any]]:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except python_calamine.CalamineError:
        raise CalendarFileUnreadable(problems="不是可以读取的 Excel 文件") from None

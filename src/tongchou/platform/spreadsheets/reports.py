"""Tables given out (输出表格): templates, lists, and the rows in error with their reasons beside them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tongchou.platform.spreadsheets.columns import Layout
from tongchou.platform.spreadsheets.reading import Table
from tongchou.platform.spreadsheets.values import text_of

REASON_HEADER: Final = "错误原因"
LARGEST_WORKBOOK: Final = 1_048_575
"""Rows below the header that a worksheet holds."""
_FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")


class TableTooLong(ValueError):
    """More rows than a worksheet holds: the caller should have written text."""


def write_table(file: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> int:
    """Write a table by the ending of the file's name, .xlsx or .csv (写表). Returns how many rows.

    Raises: TableTooLong.
    """
    if file.suffix.lower() == ".xlsx":
        return _write_workbook(file, headers, rows, title)
    return _write_text(file, headers, rows)


def _write_workbook(file: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> int:
    """All cells are text but numbers, so that no ID number is shortened and no cell is a formula."""
    with xlsxwriter.Workbook(str(file), {"constant_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet(title[:31] or "Sheet1")
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        for at, header in enumerate(headers):
            sheet.write_string(0, at, header, bold)
            sheet.set_column(at, at, max(10, min(40, 2 * len(header) + 4)))
        sheet.freeze_panes(1, 0)
        count = 0
        for count, row in enumerate(rows, 1):
            if count > LARGEST_WORKBOOK:
                raise TableTooLong(LARGEST_WORKBOOK)
            for at, cell in enumerate(row):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    sheet.write_number(count, at, cell)
                elif cell is not None and cell != "":
                    sheet.write_string(count, at, _shown(cell))
        return count


def _write_text(file: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """UTF-8 with a mark, so that Excel reads it; a cell that Excel would take for a formula gets a leading quote."""
    with file.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(headers)
        count = 0
        for row in rows:
            writer.writerow([_harmless(_shown(cell)) for cell in row])
            count += 1
        return count


def _shown(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _harmless(text: str) -> str:
    if text.startswith(_FORMULA_MARKS) and not text[1:].replace(".", "", 1).isdigit():
        return f"'{text}"
    return text


def rows_in_error(table: Table, reasons: Mapping[int, str], width: int) -> Iterable[list[str]]:
    """The rows that have a reason, as they stand in the file, with the reason as one more cell (错误明细)."""
    for row_no, cells in table.rows:
        if row_no in reasons:
            texts = [text_of(cell) for cell in cells[:width]]
            yield [*texts, *[""] * (width - len(texts)), reasons[row_no]]


def write_template(file: Path, layout: Layout) -> None:
    """An empty table to fill in, required columns starred, with one example row (导入模板)."""
    headers = [f"{column.header}*" if column.required else column.header for column in layout.columns]
    write_table(file, headers, [[column.example for column in layout.columns]], title=layout.title)

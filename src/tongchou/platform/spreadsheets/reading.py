"""Opening tables (读取表格): xlsx and xls workbooks, delimited text in UTF-8, UTF-16 or GB18030.

Text is read as it streams by, so a million rows need little memory; a workbook is held by its reader. Rows are numbered
as a spreadsheet program numbers them, from 1.
"""

import codecs
import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import python_calamine

from tongchou.platform.spreadsheets import faults
from tongchou.platform.spreadsheets.columns import HEADER_WITHIN, letters
from tongchou.platform.spreadsheets.values import Raw, text_of

LARGEST_UNPACKED: Final = 2 << 30
LONGEST_CELL: Final = 32_767
"""What a cell of a spreadsheet program can hold; a longer one in a text file means quotes that were never closed."""
_PIECE: Final = 1 << 20
_DELIMITERS: Final = ",\t;|\uff0c"
_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Row = tuple[int, Sequence[Raw]]


@dataclass
class Table:
    """An opened file: its rows in order, numbered, blank rows left out, and what a clerk should know of it."""

    rows: Iterator[Row]
    form: str
    first_column: int = 0
    """Cells of a workbook begin at its first column in use."""
    remarks: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    """What a file says of itself outside its rows, for the chapter that takes it in."""

    def address(self, index: int, row_no: int) -> str:
        """The cell as a spreadsheet program calls it: `C17` (单元格地址)."""
        return f"{letters(self.first_column + index)}{row_no}"

    def head(self, count: int = HEADER_WITHIN) -> list[tuple[int, list[str]]]:
        """The first rows as text, still to be read again by `rows`."""
        first = list(itertools.islice(self.rows, count))
        self.rows = itertools.chain(first, self.rows)
        return [(row_no, [text_of(cell) for cell in cells]) for row_no, cells in first]


def open_table(file: Path) -> Table:
    """Open a file by what it is, not by what it is called (打开文件). Raises: FileUnreadable and its kinds."""
    with file.open("rb") as handle:
        magic = handle.read(4)
    if not magic:
        raise faults.FileUnreadable(problem="文件是空的")
    if magic in (_XLSX, _XLS):
        return _open_workbook(file, packed=magic == _XLSX)
    return _open_text(file)


# --- workbooks ------------------------------------------------------------------------------------------------------


def _open_workbook(file: Path, *, packed: bool) -> Table:
    if packed:
        _check_unpacked_size(file)
    try:
        workbook = python_calamine.load_workbook(str(file))
    except python_calamine.PasswordError:
        raise faults.FileUnreadable(problem="工作簿设有打开密码,请去掉密码后再上传") from None
    except (python_calamine.CalamineError, OSError, ValueError) as problem:
        raise faults.FileUnreadable(problem=f"不是完好的工作簿({problem})") from None
    sheets = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
        and sheet.visible is python_calamine.SheetVisibleEnum.Visible
    ]
    try:
        used = [sheet for name in sheets if (sheet := workbook.get_sheet_by_name(name)).start is not None]
    except (python_calamine.CalamineError, ValueError) as problem:
        raise faults.FileUnreadable(problem=f"工作表无法读取({problem})") from None
    if not used:
        raise faults.FileUnreadable(problem="工作簿里没有内容")
    sheet = used[0]
    remarks = [f"只读取了工作表“{sheet.name}”,另有{len(used) - 1}个工作表未读取"] if len(used) > 1 else []
    return Table(_with_numbers(sheet.iter_rows()), "工作簿", first_column=sheet.start[1], remarks=remarks)


def _check_unpacked_size(file: Path) -> None:
    """A small file that unfolds to gigabytes is refused before it is unfolded."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise faults.FileUnreadable(problem="不是完好的工作簿") from None
    if size > LARGEST_UNPACKED:
        raise faults.FileTooLarge(size=size >> 20, limit=LARGEST_UNPACKED >> 20)


def _with_numbers(rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    for row_no, cells in enumerate(rows, 1):
        if any(cell != "" and cell is not None for cell in cells):
            yield row_no, cells


# --- text -----------------------------------------------------------------------------------------------------------


def _open_text(file: Path) -> Table:
    encoding, name = _encoding_of(file)
    first = _first_line(file, encoding)
    delimiter = max(_DELIMITERS, key=first.count)
    if delimiter not in first:
        delimiter = ","
    return Table(_text_rows(file, encoding, delimiter), f"文本文件({name})")


def _encoding_of(file: Path) -> tuple[str, str]:
    """By its mark, else UTF-8 when the whole file is, else GB18030 when the whole file is. Raises: EncodingUnknown."""
    with file.open("rb") as handle:
        start = handle.read(4)
    if start.startswith(codecs.BOM_UTF8):
        candidates = [("utf-8-sig", "UTF-8")]
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = [("utf-16", "UTF-16")]
    else:
        candidates = [("utf-8", "UTF-8"), ("gb18030", "GB18030")]
    line = 1
    for encoding, name in candidates:
        line = _first_broken_line(file, encoding)
        if not line:
            return encoding, name
    raise faults.EncodingUnknown(line=line)


def _first_broken_line(file: Path, encoding: str) -> int:
    """0 when the whole file is of that encoding. A zero byte is in no text."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with file.open("rb") as handle:
        while piece := handle.read(_PIECE):
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError as problem:
                return lines + piece.count(b"\n", 0, max(problem.start, 0))
            if "\0" in text:
                return lines + text.count("\n", 0, text.index("\0"))
            lines += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines
    return 0


def _first_line(file: Path, encoding: str) -> str:
    """The line with the most delimiters among the first, for a title may stand above the header."""
    with file.open(encoding=encoding, newline="") as handle:
        lines = [line[:LONGEST_CELL] for line in itertools.islice(handle, HEADER_WITHIN)]
    return max(lines, key=lambda line: max(line.count(mark) for mark in _DELIMITERS), default="")


def _text_rows(file: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with file.open(encoding=encoding, newline="") as handle:
        yield from _records(handle, delimiter)


def _records(handle: IO[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(handle, delimiter=delimiter, strict=False)
    row_no = 0
    while True:
        row_no += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise faults.FileUnreadable(problem=f"第{row_no}行有未闭合的引号或过长的内容") from None
        if any(cells) and any(cell.strip() for cell in cells):
            yield row_no, cells


def text_table(content: str) -> Table:
    """A table written down in a test or a form (文字表格)."""
    return Table(_records(io.StringIO(content), ","), "文本")

"""Opening tables and finding their columns (读取表格)."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from tongchou.platform.spreadsheets import faults
from tongchou.platform.spreadsheets.chunks import recognise
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout, letters
from tongchou.platform.spreadsheets.reading import LARGEST_UNPACKED, open_table, text_table

LAYOUT = Layout(
    "名单",
    (
        Column("name", "姓名", required=True, longest=20),
        Column("number", "证件号码", Holds.CODE, ("身份证号",), required=True),
        Column("born_on", "出生日期", Holds.DATE),
    ),
)
ROWS = [["姓名", "证件号码", "出生日期"], ["韦大", "1", "2018-01-05"], ["覃二", "2", ""]]


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "a.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def values(file: Path):
    (chunk,) = recognise(open_table(file), LAYOUT).chunks()
    return chunk


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_usual_encoding(tmp_path, encoding):
    text = "\n".join(",".join(row) for row in ROWS)
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    assert values(written(tmp_path, mark + text, encoding)).values["name"] == ["韦大", "覃二"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "\uff0c"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    text = "\n".join(delimiter.join(row) for row in ROWS)
    assert values(written(tmp_path, text)).values["number"] == ["1", "2"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(tmp_path, ending):
    assert len(values(written(tmp_path, ending.join(",".join(row) for row in ROWS)))) == 2


def test_quotes_may_hold_delimiters_and_lines(tmp_path):
    chunk = values(written(tmp_path, '姓名,证件号码\n"韦,\n大",1\n覃二,2\n'))
    assert chunk.values["name"] == ["韦, 大", "覃二"]
    assert chunk.row_nos == [2, 3]


def test_a_broken_encoding_names_the_line(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("姓名,证件号码\n韦大,1\n".encode() + b"\xff\xfe\xff,2\n")
    with pytest.raises(faults.EncodingUnknown, match="第3行"):
        open_table(file)


def test_a_binary_file_is_no_text(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b"abc\x00def,\n")
    with pytest.raises(faults.EncodingUnknown):
        open_table(file)


def test_an_empty_file_says_so(tmp_path):
    with pytest.raises(faults.FileUnreadable, match="空"):
        open_table(written(tmp_path, ""))


def test_a_quote_never_closed_says_where(tmp_path):
    file = written(tmp_path, '姓名,证件号码\n"韦大,1\n' + "覃二,2\n" * 20_000)
    with pytest.raises(faults.FileUnreadable, match="第2行"):
        list(open_table(file).rows)


def workbook(folder: Path, fill, name: str = "a.xlsx") -> Path:
    file = folder / name
    with xlsxwriter.Workbook(str(file)) as book:
        fill(book, book.add_worksheet("名单"))
    return file


def test_a_workbook_gives_numbers_and_dates_as_they_are(tmp_path):
    def fill(book, sheet):
        sheet.write_row(0, 0, ROWS[0])
        sheet.write_row(1, 0, ["韦大", 450102])
        sheet.write_datetime(1, 2, datetime(2018, 1, 5), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001

    chunk = values(workbook(tmp_path, fill))
    assert (chunk.values["number"], chunk.values["born_on"]) == (["450102"], ["2018-01-05"])


def test_titles_merged_headings_blank_rows_and_shifted_columns_are_seen_through(tmp_path):
    def fill(book, sheet):
        sheet.merge_range(1, 1, 1, 3, "某村参保花名册")
        sheet.merge_range(2, 2, 2, 3, "身份信息")
        sheet.write_row(3, 1, ["*姓名", "身份证号(必填)", "出生日期"])
        sheet.write_row(5, 1, ["韦大", "1", "坏日期"])

    table = recognise(open_table(workbook(tmp_path, fill)), LAYOUT)
    (chunk,) = table.chunks()
    assert table.header.row_no == 4
    assert chunk.row_nos == [6]
    assert [(p.cell, p.column, p.value) for p in chunk.problems] == [("D6", "出生日期", "坏日期")]


def test_other_sheets_are_mentioned(tmp_path):
    def fill(book, sheet):
        sheet.write_row(0, 0, ROWS[0])
        sheet.write_row(1, 0, ROWS[1])
        book.add_worksheet("说明").write(0, 0, "请勿修改")

    assert open_table(workbook(tmp_path, fill)).remarks == ["只读取了工作表“名单”,另有1个工作表未读取"]


def test_a_workbook_under_another_name_is_still_one(tmp_path):
    def fill(book, sheet):
        sheet.write_row(0, 0, ROWS[0])
        sheet.write_row(1, 0, ROWS[1])

    assert len(values(workbook(tmp_path, fill).rename(tmp_path / "a.csv"))) == 1


def test_a_damaged_workbook_says_so(tmp_path):
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK\x03\x04 not a zip at all")
    with pytest.raises(faults.FileUnreadable, match="完好"):
        open_table(file)


def test_a_workbook_that_unfolds_to_gigabytes_is_refused_before(tmp_path, monkeypatch):
    monkeypatch.setattr("tongchou.platform.spreadsheets.reading.LARGEST_UNPACKED", 1_000)
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "0" * 100_000)
    with pytest.raises(faults.FileTooLarge):
        open_table(file)
    assert LARGEST_UNPACKED > 1_000


def test_an_empty_workbook_says_so(tmp_path):
    with pytest.raises(faults.FileUnreadable, match="没有内容"):
        open_table(workbook(tmp_path, lambda book, sheet: None))


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("姓名,出生日期", faults.ColumnsMissing),
        ("姓名,身份证号,证件号码", faults.ColumnTwice),
        ("甲,乙,丙", faults.HeaderMissing),
    ],
)
def test_headers_that_do_not_fit_are_refused(head, fault):
    with pytest.raises(fault):
        recognise(text_table(f"{head}\n1,2,3\n"), LAYOUT)


def test_unknown_columns_are_named_and_left_out():
    table = recognise(text_table("备注,姓名,证件号码\n好,韦大,1\n"), LAYOUT)
    assert table.header.ignored == ("备注",)


def test_a_table_without_rows_says_so():
    with pytest.raises(faults.NoRows):
        recognise(text_table("姓名,证件号码\n\n , \n"), LAYOUT)


def test_a_row_wider_than_the_header_is_refused_and_a_narrow_one_completed():
    (chunk,) = recognise(text_table("姓名,证件号码\n韦大,1,多\n覃二\n"), LAYOUT).chunks()
    assert [(p.cell, p.code) for p in chunk.problems] == [("B3", "PL-0811"), ("2", "PL-0825")]
    assert chunk.bad_rows == {0, 1}


def test_rows_come_in_chunks_of_any_size():
    text = "姓名,证件号码\n" + "".join(f"人{n},{n}\n" for n in range(25))
    chunks = list(recognise(text_table(text), LAYOUT).chunks(size=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    assert chunks[2].row_nos[-1] == 26


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_lettered_as_in_a_spreadsheet(index, name):
    assert letters(index) == name

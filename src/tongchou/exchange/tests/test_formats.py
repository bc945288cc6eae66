"""How partners' files look (文件格式)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.exchange import formats
from tongchou.exchange.formats import FormatFaulty, RecordUnreadable, ValueUnfit

DELIMITED = {
    "shape": "delimited",
    "delimiter": "|",
    "encoding": "utf-8",
    "head": [{"name": "mark", "holds": "mark", "value": "H"}, {"name": "rows", "holds": "whole"}],
    "row": [
        {"name": "line_no", "holds": "whole"},
        {"name": "holder"},
        {"name": "amount_fen", "holds": "yuan"},
        {"name": "on", "holds": "day"},
    ],
}
FIXED = {
    "shape": "fixed",
    "encoding": "gb18030",
    "line_end": "crlf",
    "head": [
        {"name": "mark", "holds": "mark", "value": "H", "width": 2},
        {"name": "rows", "holds": "whole", "width": 8},
    ],
    "row": [
        {"name": "line_no", "holds": "whole", "width": 8},
        {"name": "holder", "width": 12},
        {"name": "amount_fen", "holds": "fen", "width": 12},
        {"name": "on", "holds": "day", "width": 8},
    ],
}
NAMES = ("line_no", "holder", "amount_fen", "on")


def written(definition, *rows):
    return list(formats.written_rows(formats.read_definition(definition), NAMES, rows))


@pytest.mark.requirement("SYS-07")
def test_the_same_rows_are_written_for_two_banks_each_in_its_way():
    row = (1, "韦小妹", 54_000, date(2017, 10, 15))
    assert written(DELIMITED, row) == ["1|韦小妹|540.00|20171015"]
    assert written(FIXED, row) == ["00000001韦小妹      00000005400020171015"]


@pytest.mark.parametrize("definition", [DELIMITED, FIXED], ids=["delimited", "fixed"])
@given(
    line=st.integers(0, 99_999_999),
    holder=st.text(st.characters(codec="gb18030", exclude_characters="|\r\n", categories=("L", "N")), max_size=3),
    fen=st.integers(0, 10**11),
    on=st.dates(date(1900, 1, 1), date(2199, 12, 31)),
)
def test_what_is_written_is_read_back(definition, line, holder, fen, on):
    layout = formats.read_definition(definition)
    (text,) = formats.written_rows(layout, NAMES, [(line, holder, fen, on)])
    cells = formats.cells_of(layout, layout.row)(text, 1)
    assert cells[0] == str(line)
    assert cells[1] == holder.strip()
    assert cells[2] == f"{fen // 100}.{fen % 100:02d}"
    assert cells[3] == on.isoformat()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "colour"),
        ({"shape": "round"}, "shape"),
        ({"delimiter": "||"}, "delimiter"),
        ({"encoding": "big5"}, "编码"),
        ({"line_end": "cr"}, "line_end"),
        ({"row": []}, "明细行"),
        ({"row": [{"name": "a"}, {"name": "a"}]}, "重复"),
        ({"row": [{"name": "a", "holds": "float"}]}, "holds"),
        ({"row": [{"holds": "text"}]}, "name"),
        ({"head": [{"name": "m", "holds": "mark"}]}, "value"),
        ({"head": [{"name": "rows", "holds": "whole"}]}, "标记"),
        ({"head": []}, "总笔数"),
        ({"file_name": "{secret}.txt"}, "file_name"),
        ({"file_name": "../{number}.txt"}, "file_name"),
        ({"shape": "fixed"}, "width"),
    ],
)
def test_a_faulty_definition_is_refused(change, problem):
    with pytest.raises(FormatFaulty, match=problem):
        formats.read_definition(DELIMITED | change)


@pytest.mark.parametrize(
    ("definition", "holder"),
    [(DELIMITED, "韦|妹"), (DELIMITED, "韦\n妹"), (FIXED, "名字太长放不下"), (FIXED, "韦\r妹")],
)
def test_a_value_that_would_break_the_file_is_refused(definition, holder):
    with pytest.raises(ValueUnfit, match="holder"):
        written(definition, (1, holder, 100, None))


def test_rows_without_a_field_of_the_format_are_a_fault_of_the_format():
    layout = formats.read_definition(DELIMITED | {"row": [{"name": "shoe_size"}]})
    with pytest.raises(FormatFaulty, match="shoe_size"):
        list(formats.written_rows(layout, NAMES, [(1, "", 1, None)]))


@pytest.mark.parametrize(
    ("definition", "line"),
    [
        (DELIMITED, "1|韦|5.40"),
        (DELIMITED, "x|韦|5.40|20180101"),
        (DELIMITED, "1|韦|5.40|2018-1-1"),
        (FIXED, "00000001韦"),
        (FIXED, "0000000a" + " " * 12 + "0" * 12 + "20180101"),
        (FIXED, "短"),
    ],
)
def test_a_line_that_is_not_as_agreed_is_refused(definition, line):
    layout = formats.read_definition(definition)
    with pytest.raises(RecordUnreadable):
        formats.cells_of(layout, layout.row)(line, 1)


def test_another_encoding_is_recognised():
    layout = formats.read_definition(DELIMITED)
    with pytest.raises(RecordUnreadable, match="UTF-8"):
        list(formats.read_lines(["1|韦小妹|5.40|20180101\n".encode("gb18030")], layout))
    cut = "1|韦".encode()[:-1]
    with pytest.raises(RecordUnreadable, match="UTF-8"):
        list(formats.read_lines([cut], layout))


def test_pieces_may_end_anywhere():
    layout = formats.read_definition(FIXED)
    content = "韦小妹\r\n农大山".encode("gb18030")
    assert list(formats.read_lines([bytes([one]) for one in content], layout)) == ["韦小妹", "农大山"]

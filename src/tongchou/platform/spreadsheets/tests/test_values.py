"""From cells to values (单元格取值)."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.platform.spreadsheets import faults
from tongchou.platform.spreadsheets.columns import Column, Holds
from tongchou.platform.spreadsheets.values import Bad, ColumnParser, text_of


def read(cell, holds, **column):
    found = ColumnParser(Column("x", "X", holds, **column)).column([cell])[0]
    return found.fault if isinstance(found, Bad) else found


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2018-01-05", "2018-01-05"),
        ("2018/1/5", "2018-01-05"),
        ("2018.1.5", "2018-01-05"),
        ("2018年1月5日", "2018-01-05"),
        ("20180105", "2018-01-05"),
        ("2018-01-05 00:00:00", "2018-01-05"),
        ("2018-01-05T08:30", "2018-01-05"),
        ("2018-1-5", "2018-01-05"),
        ("43105", "2018-01-05"),
        (43105.0, "2018-01-05"),
        (20180105.0, "2018-01-05"),
        (date(2018, 1, 5), "2018-01-05"),
        (datetime(2018, 1, 5, 9), "2018-01-05"),  # noqa: DTZ001  a workbook knows no zone
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_a_date_is_read_in_every_usual_form(cell, value):
    assert read(cell, Holds.DATE) == value


@pytest.mark.parametrize(
    "cell", ["2018-13-01", "2018-02-30", "昨天", "05/01/2018", 0.0, 12345678.5, time(8), timedelta(1), True, "1900"]
)
def test_what_is_no_date_says_so(cell):
    assert read(cell, Holds.DATE) is faults.NOT_A_DATE


@pytest.mark.parametrize("cell", ["0999-01-01", "2300-01-01"])
def test_a_date_out_of_range_says_so(cell):
    assert read(cell, Holds.DATE) is faults.DATE_OUT_OF_RANGE


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_every_form_of_a_date_is_the_same_day(day):
    serial = (day - date(1899, 12, 30)).days
    forms = [
        day,
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        float(serial),
    ]
    assert {read(form, Holds.DATE) for form in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("180", "18000"),
        ("180.5", "18050"),
        ("1,234.56", "123456"),
        ("¥180.00", "18000"),
        ("180.00元", "18000"),
        (180.0, "18000"),
        (180.1, "18010"),
        (0.29, "29"),
        (180, "18000"),
        ("0", "0"),
        ("", None),
    ],
)
def test_money_is_whole_fen(cell, fen):
    assert read(cell, Holds.MONEY) == fen


@pytest.mark.parametrize(
    "cell", ["180.005", "一百八十", "1.8.0", "1e400", "nan", "12,34", True, 0.001, "99999999999999"]
)
def test_what_is_no_amount_says_so(cell):
    assert read(cell, Holds.MONEY) is faults.NOT_MONEY


def test_an_amount_is_not_negative():
    assert read("-1.00", Holds.MONEY) is faults.NEGATIVE


@given(st.integers(0, 10**12))
def test_no_fen_is_lost_between_workbook_and_books(fen):
    assert read(f"{fen // 100}.{fen % 100:02d}", Holds.MONEY) == str(fen)
    assert read(fen / 100, Holds.MONEY) == str(fen)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("450102199003071230", "450102199003071230"),
        ("11010519491231002x", "11010519491231002X"),
        (" 4501 0219 9003 0712 30 ", "450102199003071230"),
        ("'450102199003071230", "450102199003071230"),
        ("’450102199003071230", "450102199003071230"),
        ('="450102199003071230"', "450102199003071230"),
        ("450102", "450102"),
        (450102.0, "450102"),
        (13800000000.0, "13800000000"),
        ("E12345678", "E12345678"),
        ("", None),
    ],
)
def test_a_code_is_read_as_it_was_meant(cell, value):
    assert read(cell, Holds.CODE) == value


@pytest.mark.parametrize("cell", ["1.23E+17", "4.50102E+17", "4.50102e17", "1E17"])
def test_a_number_turned_scientific_names_the_cause(cell):
    assert read(cell, Holds.CODE) is faults.SCIENTIFIC
    assert "文本格式" in faults.SCIENTIFIC.words


def test_a_number_too_long_for_a_workbook_names_the_cause():
    assert read(4.501021990030712e17, Holds.CODE) is faults.DIGITS_LOST


@pytest.mark.parametrize(
    ("cell", "value"),
    [("10%", "0.1"), ("0.1", "0.1"), (0.1, "0.1"), ("100%", "1"), ("0", "0"), ("12.5%", "0.125"), (1, "1")],
)
def test_a_ratio_is_a_part_of_one(cell, value):
    assert read(cell, Holds.RATIO) == value


@pytest.mark.parametrize("cell", ["10", "110%", "-1%", "一成", 1.5, True])
def test_what_is_no_ratio_says_so(cell):
    assert read(cell, Holds.RATIO) is faults.NOT_A_RATIO


def test_choices_are_understood_by_label_and_by_value():
    choices = {"男": "M", "女": "F"}
    assert [read(cell, Holds.CHOICE, choices=choices) for cell in ("男", "F", " 女 ", "f", "")] == [
        "M",
        "F",
        "F",
        "F",
        None,
    ]
    assert read("未知", Holds.CHOICE, choices=choices) is faults.NOT_A_CHOICE


def test_lists_are_parted_by_any_usual_mark_and_hold_nothing_twice():
    choices = {"低保": "dibao", "特困": "tekun"}
    assert read("低保、特困\uff1b低保\uff0c特困", Holds.LIST, choices=choices) == '{"dibao","tekun"}'
    assert read("I10,E11", Holds.LIST, longest=20) == '{"I10","E11"}'
    assert read("低保/富裕", Holds.LIST, choices=choices) is faults.NOT_A_CHOICE
    assert read('a"b', Holds.LIST) is faults.BAD_PATTERN


@pytest.mark.parametrize(("cell", "value"), [("是", "t"), ("N", "f"), (1.0, "t"), (False, "f"), ("√", "t"), ("", None)])
def test_yes_and_no(cell, value):
    assert read(cell, Holds.YES_NO) == value


def test_whole_numbers_and_numbers():
    assert [read(cell, Holds.WHOLE) for cell in ("2018", 2018.0, "2018")] == ["2018"] * 3
    assert read("2018.5", Holds.WHOLE) is faults.NOT_WHOLE
    assert read("99999999999", Holds.WHOLE) is faults.NOT_WHOLE
    assert read("1,000.123456", Holds.NUMBER) == "1000.123456"
    assert read("1e-7", Holds.NUMBER) == "0.0000001"
    assert read("x", Holds.NUMBER) is faults.NOT_A_NUMBER


def test_what_must_be_there_and_what_may_not():
    assert read(" ", Holds.TEXT, required=True) is faults.REQUIRED
    assert read(None, Holds.TEXT, required=True) is faults.REQUIRED
    assert read("a" * 6, Holds.TEXT, longest=5) is faults.TOO_LONG
    assert read("a\x00b", Holds.TEXT) is faults.CONTROL_CHARACTERS
    assert read("#REF!", Holds.TEXT) is faults.ERROR_CELL
    assert read("A1", Holds.CODE, pattern=r"\d+", example="1") is faults.BAD_PATTERN


def test_blanks_and_lines_inside_a_text_become_one_blank():
    assert read(" 东村 \n 1号\t", Holds.TEXT) == "东村 1号"


def test_true_one_and_the_text_one_are_three_cells():
    parser = ColumnParser(Column("x", "X", Holds.TEXT))
    assert parser.column([True, 1.0, "1", True]) == ["是", "1", "1", "是"]


@given(st.text(max_size=30))
def test_any_text_becomes_a_value_or_a_fault_and_never_breaks_a_line(text):
    for holds in Holds:
        found = ColumnParser(Column("x", "X", holds)).column([text])[0]
        assert found is None or isinstance(found, Bad) or not set(found) & set("\t\n\r")
    assert "\n" not in text_of(text).strip("\n") or "\n" in text

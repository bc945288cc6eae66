"""Cells of a list as its download writes them."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms

from tongchou.platform.web import lists


@pytest.mark.requirement("ORG-21")
@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("text", "", ""),
        ("text", None, ""),
        ("money", 123_456, "1234.56"),
        ("ratio", Decimal("0.625"), "62.5%"),
        ("price", Decimal("38.200000"), "38.20"),
        ("quantity", Decimal("2.0000"), "2"),
        ("day", date(2018, 1, 1), "2018-01-01"),
        ("last_day", date(2019, 1, 1), "2018-12-31"),
        ("last_day", None, ""),
        ("name", "张三丰", "张*丰"),
        ("certificate", "450102197001011234", "450102********1234"),
    ],
)
def test_a_cell_says_in_a_file_what_it_says_on_the_page(kind, value, written):
    column = lists.Column("列", lambda row: row, kind)
    assert lists.plain(column, value, open_values=False) == written


def test_a_column_that_says_nothing_on_a_page_is_left_out_of_it() -> None:
    columns = (lists.Column("号", "number"), lists.Column("原因", "why", if_said=True))
    declared = lists.List(name="notes", title="记录", columns=columns, read=lambda *_: lists.Table([]), orders={})

    def page(*rows: Any) -> list[Any]:
        shown = lists.Listing(
            declared=declared,
            form=lists.FilterForm(),
            rows=[(row, "") for row in rows],
            previous="",
            next="",
            total=None,
            sort="",
            filtered=False,
        )
        return [column.label for column in shown.columns]

    silent, telling = SimpleNamespace(number=1, why=""), SimpleNamespace(number=2, why="回避")
    assert page(silent) == ["号"]
    assert page(silent, telling) == ["号", "原因"]


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("540", 54_000), ("540.5", 54_050), (" 1,234.56 ", 123_456), ("1,234.56", 123_456), ("0", 0)],
)
def test_an_amount_is_whole_fen_however_it_is_grouped(typed, fen):
    assert lists.YuanField(label="金额").clean(typed) == fen


@pytest.mark.parametrize("typed", ["一百", "1.234", "-0.01", "1e400", "1e999999999999", "NaN", "9" * 16])
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(forms.ValidationError, match="两位小数"):
        lists.YuanField(label="金额").clean(typed)


def test_a_form_begins_with_fen_and_keeps_what_was_typed():
    field = lists.YuanField(label="金额")
    assert field.prepare_value(123_450) == "1234.50"
    assert field.prepare_value("12,34.5") == "12,34.5"

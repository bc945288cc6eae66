"""Cells of a list as its download writes them."""

from datetime import date
from decimal import Decimal

import pytest

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

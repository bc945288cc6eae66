"""A fund with its books open, in the invented area of the tests."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps

from tongchou.fund import commands
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.money import Money

AREA = "450100"
NOW = datetime(2018, 3, 15, 2, 0, tzinfo=UTC)
MARCH, APRIL = date(2018, 3, 1), date(2018, 4, 1)


@pytest.fixture
def area() -> str:
    """The area's row."""
    apps.get_model("platform", "PoolingArea").objects.get_or_create(
        code=AREA, defaults={"name": "桂宁市", "level": "city", "valid_from": date(2010, 1, 1)}
    )
    return AREA


@pytest.fixture
def books(area: str) -> str:
    """The resident fund of the area, March 2018 open."""
    commands.ensure_chart(pooling_area=area, scheme="resident")
    commands.open_period(pooling_area=area, scheme="resident", month=MARCH)
    return area


@pytest.fixture
def post(books: str) -> Callable[..., Any]:
    """Posts a voucher of 收入户存款 against 社会保险费收入 unless told otherwise."""

    def post_one(document: str = "银行回单1", *, yuan: str = "380.00", **changes: Any) -> Any:
        amount = Money.yuan(yuan)
        given = {
            "pooling_area": books,
            "scheme": "resident",
            "kind": VoucherKind.RECEIPT,
            "dated_on": date(2018, 3, 15),
            "summary": "收到个人缴费",
            "source_document": document,
            "entries": [EntryDraft("1002", debit=amount), EntryDraft("4001", credit=amount)],
            "operator": "会计01",
            "now": NOW,
        }
        return commands.post_voucher(**{**given, **changes})

    return post_one

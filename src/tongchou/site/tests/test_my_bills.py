"""The bills of a resident: which figure is whose (我的账单)."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

pytestmark = pytest.mark.requirement("RIG-01")
SAID = "右边是您自己付的钱"


def test_wherever_bills_are_listed_it_stands_above_them_whose_money_the_large_figure_is() -> None:
    row = SimpleNamespace(
        wire_id="1", settled_on=date(2018, 5, 1), total_fen=8_222, state=SimpleNamespace(value="settled")
    )
    bill = SimpleNamespace(row=row, institution="县医院", kind="普通门诊", own_fen=1_284)
    listed = render_to_string("site/my/bill_list.html", {"bills": [bill]})
    assert SAID in listed
    assert listed.index(SAID) < listed.index("12.84")
    assert SAID not in render_to_string("site/my/bill_list.html", {"bills": []})

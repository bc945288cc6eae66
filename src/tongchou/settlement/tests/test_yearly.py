"""年度累计 on the list of a year change: who has spent some of a year that has not begun (ORG-26)."""

from datetime import date

import pytest

from tongchou.settlement import yearly
from tongchou.settlement.tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-26"), pytest.mark.article("GX2017 §82")]
DECEMBER = date(2018, 12, 10)


def found() -> tuple[bool, str]:
    finding = yearly.ITEM.look(world.AREA, 2019, DECEMBER)
    return finding.ready, finding.said


@pytest.mark.parametrize("amounts", [{}, {"pool_paid": 0}])
def test_a_row_without_an_amount_is_nobodys_spending(amounts):
    world.preset(world.person(), amounts, 2019)
    assert found()[0]


def test_who_spent_some_of_the_year_before_it_began_is_counted():
    world.preset(world.person(), {"pool_paid": 100}, 2019)
    world.preset(world.person(), {}, 2019)
    assert found() == (False, "2019年度尚未开始,已有1人产生2019年度累计,请核查")

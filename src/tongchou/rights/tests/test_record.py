"""The record of a person over time: complete, of today, page by page, and as it stood on any day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.commands import ChangeRequest
from tongchou.enrolment.states import SpecialCategory
from tongchou.kernel.money import Money
from tongchou.platform import histories
from tongchou.platform.histories import RecordSet
from tongchou.platform.queries import Operator
from tongchou.rights import drafting
from tongchou.rights.tests.conftest import NOW, Family
from tongchou.settlement import commands as settlement
from tongchou.settlement.tests import world


def _titles(one: Any, **asked: Any) -> list[str]:
    rows = histories.read(person_id=one.id, person_no=one.number, **asked).rows
    return [f"{row.day} {histories.tell(row).title}" for row in rows]


@pytest.mark.requirement("RIG-01")
@pytest.mark.article("GX2017 §18")
def test_a_new_settlement_stands_in_the_record_the_same_day(billed: Family) -> None:
    assert "2018-05-16 待遇支付 · 普通门诊" in _titles(billed.head)
    rows = histories.read(person_id=billed.head.id, person_no=billed.head.number).rows
    newest = next(row for row in rows if row.source == "settlement")
    assert newest.fen == 21_000
    told = histories.tell(newest)
    assert told.view == "settlement:settlement"
    assert told.args == (f"450100{newest.id:015d}",)


@pytest.mark.requirement("RIG-01")
def test_each_kind_of_record_can_be_read_by_itself(billed: Family) -> None:
    for record, first in (
        (RecordSet.REGISTRATION, "2016-09-01 参保登记"),
        (RecordSet.CONTRIBUTION, "2018-01-01 待遇享受期"),
        (RecordSet.CARE, "2018-05-16 就医登记 · 普通门诊"),
        (RecordSet.BENEFIT, "2018-05-16 待遇支付 · 普通门诊"),
    ):
        assert _titles(billed.head, records=(record,))[0] == first


@pytest.mark.requirement("ENR-25")
@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2018-05-15", "停保"),
        ("2018-03-15", "参保"),
        ("2018-04-01", "停保"),
        ("2018-07-01", "参保"),
        ("2010-01-01", "未参保"),
    ],
)
def test_a_suspension_shows_on_its_days_and_on_no_other(family: Family, clerk: Operator, on: str, said: str) -> None:
    enrolment.suspend(
        person_id=family.head.id, suspended_from=date(2018, 4, 1), reason="外出务工", operator=clerk, now=NOW
    )
    enrolment.resume(person_id=family.head.id, resumed_on=date(2018, 7, 1), operator=clerk, now=NOW)
    assert drafting.status_on(family.head.id, date.fromisoformat(on)) == said


@pytest.mark.requirement("ENR-25")
def test_the_record_tells_who_did_it(paid: Family, clerk: Operator, cashier: Operator) -> None:
    enrolment.record_special_group(
        person_id=paid.head.id,
        category=SpecialCategory.DIBAO,
        valid_from=date(2018, 1, 1),
        valid_until=None,
        source="县民政局",
        evidence="民〔2018〕1号",
        operator=clerk,
        now=NOW,
    )
    rows = histories.read(person_id=paid.head.id, person_no=paid.head.number).rows
    by_kind = {row.kind: row for row in rows}
    assert by_kind["registered"].staff == clerk.staff_code
    assert by_kind["paid"].staff == cashier.staff_code
    assert by_kind["group"].staff == clerk.staff_code
    assert histories.tell(by_kind["group"]).detail == "最低生活保障对象 县民政局 民〔2018〕1号"


@pytest.mark.requirement("RIG-04")
def test_a_changed_number_is_shown_masked(family: Family, clerk: Operator) -> None:
    enrolment.change_particulars(
        ChangeRequest(
            person_id=family.head.id, values={"phone": "13911112222"}, reason="换号", effective_on=date(2018, 5, 1)
        ),
        operator=clerk,
        now=NOW,
    )
    rows = histories.read(person_id=family.head.id, person_no=family.head.number).rows
    told = histories.tell(next(row for row in rows if row.kind == "changed"))
    assert told.detail == "联系电话:138****4521 → 139****2222(换号)"


def test_a_record_until_a_day_ends_there(billed: Family) -> None:
    assert _titles(billed.head, until=date(2017, 12, 31)) == ["2017-10-20 缴费", "2016-09-01 参保登记"]


def test_pages_go_on_where_the_page_before_ended_and_lose_nothing(billed: Family) -> None:
    whole = _titles(billed.head)
    read, at = [], ""
    for _ in range(20):
        part = histories.read(person_id=billed.head.id, person_no=billed.head.number, at=at, size=2)
        read += [f"{row.day} {histories.tell(row).title}" for row in part.rows]
        at = part.next
        if not at:
            break
    assert read == whole
    assert len(whole) == 7


@pytest.mark.parametrize("at", ["x", "2018-13-99.10.1.paid", "2018-01-01.1.1.paid; DROP", "💥"])
def test_a_mark_that_cannot_be_read_gives_the_first_page(paid: Family, at: str) -> None:
    assert _titles(paid.head, at=at) == _titles(paid.head)


def test_an_annulled_pair_leaves_no_trace_and_a_reversal_does(billed: Family) -> None:
    visit, settled = world.settled_visit(billed.wife.patient, world.classes(a="100"), "2018-05-10")
    world.cancel(visit, settled.settlement_id)
    assert "2018-05-10 冲销结算 · 普通门诊" in _titles(billed.wife)


@pytest.mark.requirement("RIG-06")
@pytest.mark.article("NC-ACCT §18")
def test_interest_put_into_an_account_stands_in_the_record(family: Family) -> None:
    settlement.credit_account(
        pooling_area=world.AREA,
        person_id=family.head.id,
        amount=Money.yuan("3.50"),
        document="2017年度计息",
        operator="007",
        now=NOW,
    )
    rows = histories.read(person_id=family.head.id, person_no=family.head.number, records=(RecordSet.ACCOUNT,)).rows
    assert [(histories.tell(row).detail, row.fen) for row in rows] == [("2017年度计息", 350)]


def test_the_record_costs_one_question_however_long(
    billed: Family, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        day = datetime(2018, 3, 1) + timedelta(days=number)  # noqa: DTZ001  a day of the calendar
        world.visit(billed.head.patient, day.date().isoformat())
    with django_assert_num_queries(1):
        assert len(histories.read(person_id=billed.head.id, person_no=billed.head.number).rows) == 37


def test_a_chapter_that_says_nothing_is_not_asked() -> None:
    assert histories.read(person_id=1, person_no="1", records=("nothing",)).rows == []


def test_nothing_of_another_member_stands_in_a_record(billed: Family) -> None:
    assert not any("待遇支付" in title for title in _titles(billed.wife))

"""Months open and close, ledgers and figures come from vouchers alone."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from tongchou.fund import closing, commands, invariants, jobs, queries
from tongchou.fund.models import PeriodBalance, Voucher
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.fund.tests.conftest import APRIL, AREA, MARCH, NOW
from tongchou.kernel.money import Money
from tongchou.platform.scope import Scope
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

pytestmark = pytest.mark.django_db

MAY = date(2018, 5, 1)
LATER = datetime(2019, 1, 4, 2, tzinfo=UTC)
ACCOUNTANT = "会计02"


@pytest.fixture(autouse=True)
def accountant(hire: Hire) -> Any:
    """会计 of the area, who closes its months."""
    return hire("accountant", at=AREA, name=ACCOUNTANT)


def yuan(text: str) -> Money:
    return Money.yuan(text)


@pytest.fixture
def march(books: str, post) -> str:
    """缴费 1,000.00, 归集财政专户 1,000.00, 拨支出户 400.00, 付住院 250.00 in March."""
    post("缴费", yuan="1000.00")
    post("归集", kind=VoucherKind.TRANSFER, entries=[
        EntryDraft("1003", debit=yuan("1000")), EntryDraft("1002", credit=yuan("1000"))])  # fmt: skip
    post("拨款", kind=VoucherKind.TRANSFER, entries=[
        EntryDraft("1004", debit=yuan("400")), EntryDraft("1003", credit=yuan("400"))])  # fmt: skip
    post("付款", kind=VoucherKind.PAYMENT, entries=[
        EntryDraft("500101", debit=yuan("250"), note="县医院"), EntryDraft("1004", credit=yuan("250"))])  # fmt: skip
    return books


def close(area: str, month: date = MARCH, *, scheme: str = "resident", now: datetime = LATER) -> object:
    accountant = apps.get_model("platform.Operator").objects.get(name=ACCOUNTANT)
    return closing.close_period(pooling_area=area, scheme=scheme, month=month, operator=accountant, now=now)


@pytest.mark.article("GX2017 §101")
@pytest.mark.requirement("FIN-15")
def test_the_trial_balance_is_even(march: str) -> None:
    lines = queries.trial_balance(pooling_area=march, scheme="resident", month=MARCH)
    assert sum(line.debit_fen for line in lines) == sum(line.credit_fen for line in lines) == 265000
    assert {line.code: line.closing_fen for line in lines} == {
        "1002": 0, "1003": 60000, "1004": 15000, "4001": -100000, "500101": 25000}  # fmt: skip


@pytest.mark.article("GX2017 §101")
@pytest.mark.requirement("FIN-15")
def test_closing_carries_income_and_expense_into_the_surplus(march: str) -> None:
    close(march)
    balances = queries.account_balances(pooling_area=march, scheme="resident", until=APRIL)
    assert balances == {"1003": 60000, "1004": 15000, "3001": -75000}
    carried = Voucher.objects.get(carries_forward=True)
    assert carried.dated_on == date(2018, 3, 31)


def test_the_month_after_begins_with_the_balances_of_the_month_before(march: str, post) -> None:
    close(march)
    commands.open_period(pooling_area=march, scheme="resident", month=APRIL)
    post("四月缴费", yuan="10.00", dated_on=date(2018, 4, 3))
    lines = {line.code: line for line in queries.trial_balance(pooling_area=march, scheme="resident", month=APRIL)}
    assert (lines["1003"].opening_fen, lines["1003"].closing_fen) == (60000, 60000)
    assert (lines["1002"].opening_fen, lines["1002"].debit_fen, lines["1002"].closing_fen) == (0, 1000, 1000)
    assert sum(line.closing_fen for line in lines.values()) == 0


@pytest.mark.requirement("FIN-15")
def test_figures_are_movements_and_not_touched_by_closing(march: str, post) -> None:
    before = queries.month_figures(pooling_area=march, scheme="resident", month=MARCH)
    close(march)
    assert queries.month_figures(pooling_area=march, scheme="resident", month=MARCH) == before
    commands.open_period(pooling_area=march, scheme="resident", month=APRIL)
    post("四月缴费", yuan="10.00", dated_on=date(2018, 4, 3))
    figures = {f.code: f for f in queries.month_figures(pooling_area=march, scheme="resident", month=APRIL)}
    assert (figures["4001"].month_fen, figures["4001"].year_fen) == (1000, 101000)
    assert (figures["5001"].month_fen, figures["5001"].year_fen) == (0, 25000)


def test_general_and_subsidiary_ledger_agree(march: str, post) -> None:
    close(march)
    commands.open_period(pooling_area=march, scheme="resident", month=APRIL)
    post("四月付款", kind=VoucherKind.PAYMENT, dated_on=date(2018, 4, 9), entries=[
        EntryDraft("500102", debit=yuan("50")), EntryDraft("1004", credit=yuan("50"))])  # fmt: skip
    span = {"pooling_area": march, "scheme": "resident", "start": MARCH, "until": MAY}
    general = queries.general_ledger(account="1004", **span)
    detail = queries.subsidiary_ledger(account="1004", **span)
    assert [m.balance_fen for m in general] == [15000, 10000]
    assert detail[-1].balance_fen == general[-1].balance_fen
    april = queries.subsidiary_ledger(account="1004", **{**span, "start": APRIL})
    assert [line.balance_fen for line in april] == [10000]
    surplus = queries.general_ledger(account="3001", **span)
    assert [m.balance_fen for m in surplus] == [75000, 75000]


@pytest.mark.article("GX2017 §101")
def test_a_closed_month_takes_nothing_any_more(march: str, post) -> None:
    close(march)
    with pytest.raises(commands.PeriodNotOpen):
        post("迟到")
    with pytest.raises(closing.PeriodCannotClose, match="已经结账"):
        close(march)
    with pytest.raises(commands.PeriodNotOpen):
        commands.open_period(pooling_area=march, scheme="resident", month=MARCH)


def test_months_open_and_close_one_after_the_other(books: str) -> None:
    with pytest.raises(commands.PeriodNotNext):
        commands.open_period(pooling_area=books, scheme="resident", month=MAY)
    commands.open_period(pooling_area=books, scheme="resident", month=APRIL)
    with pytest.raises(closing.PeriodCannotClose, match="2018年03月尚未结账"):
        close(books, APRIL)


def test_months_of_a_past_are_opened_together_behind_those_that_are_open(books: str) -> None:
    with pytest.raises(commands.PeriodNotNext):
        commands.open_periods(pooling_area=books, scheme="resident", first=MAY, last=MAY)
    assert commands.open_periods(pooling_area=books, scheme="resident", first=APRIL, last=date(2018, 8, 9)) == 5
    with pytest.raises(commands.PeriodNotNext):
        commands.open_period(pooling_area=books, scheme="resident", month=date(2018, 10, 1))
    commands.open_period(pooling_area=books, scheme="resident", month=date(2018, 9, 1))


def test_a_gap_in_the_numbers_keeps_the_month_open(march: str) -> None:
    connection.cursor().execute(
        "UPDATE platform_numberseries SET last_number = last_number + 1 WHERE kind = 'voucher.resident.receipt.03'"
    )
    commands.post_voucher(
        pooling_area=march, scheme="resident", kind=VoucherKind.RECEIPT, dated_on=MARCH, summary="跳号",
        source_document="跳号", entries=[EntryDraft("1002", debit=yuan("1")), EntryDraft("4001", credit=yuan("1"))],
        operator="会计01", now=NOW,
    )  # fmt: skip
    with pytest.raises(closing.PeriodCannotClose, match="凭证号不连续"):
        close(march)
    assert invariants.broken(pooling_area=march, since=MARCH, until=APRIL) == ["resident 2018-03 receipt凭证号不连续"]


@pytest.mark.article("GX2017 §101")
@pytest.mark.requirement("FIN-15")
def test_reopening_needs_a_second_person_and_a_reason(march: str, post) -> None:
    close(march)
    given = {"pooling_area": march, "scheme": "resident", "month": MARCH, "now": NOW}
    with pytest.raises(closing.PeriodCannotReopen, match="同一人"):
        closing.reopen_period(requested_by="甲", approved_by="甲", reason="漏记", **given)
    with pytest.raises(commands.ReasonMissing):
        closing.reopen_period(requested_by="甲", approved_by="乙", reason="", **given)
    closing.reopen_period(requested_by="甲", approved_by="乙", reason="漏记利息", **given)
    post("利息", entries=[EntryDraft("1003", debit=yuan("1")), EntryDraft("420101", credit=yuan("1"))])
    close(march)
    assert queries.account_balances(pooling_area=march, scheme="resident", until=APRIL)["3001"] == -75100
    assert PeriodBalance.objects.filter(account__code="3001").get().balance_fen == -75100


def test_only_the_last_closed_month_opens_again(march: str) -> None:
    close(march)
    commands.open_period(pooling_area=march, scheme="resident", month=APRIL)
    given = {"pooling_area": march, "scheme": "resident", "requested_by": "甲", "approved_by": "乙", "reason": "错"}
    with pytest.raises(closing.PeriodCannotReopen, match="尚未结账"):
        closing.reopen_period(month=APRIL, now=NOW, **given)
    close(march, APRIL)
    with pytest.raises(closing.PeriodCannotReopen, match="之后的月份"):
        closing.reopen_period(month=MARCH, now=NOW, **given)


@pytest.mark.parametrize(("month", "closes"), [(date(2018, 11, 1), True), (date(2018, 12, 1), False)])
def test_undivided_premiums_of_employees_are_split_by_the_end_of_the_year(area: str, month: date, closes: bool) -> None:
    commands.ensure_chart(pooling_area=area, scheme="employee")
    commands.open_period(pooling_area=area, scheme="employee", month=month)
    commands.post_voucher(
        pooling_area=area, scheme="employee", kind=VoucherKind.RECEIPT, dated_on=month, summary="单位缴费",
        source_document="单位1", entries=[EntryDraft("1005", debit=yuan("9")), EntryDraft("4601", credit=yuan("9"))],
        operator="会计01", now=NOW,
    )  # fmt: skip
    if closes:
        close(area, month, scheme="employee")
        assert queries.account_balances(pooling_area=area, scheme="employee", until=date(2018, 12, 1))["4601"] == -900
    else:
        with pytest.raises(closing.PeriodCannotClose, match="待转科目4601"):
            close(area, month, scheme="employee")


def test_the_list_of_vouchers_is_cut_by_area_and_paged(march: str) -> None:
    span = {"scheme": "resident", "start": MARCH, "until": APRIL}
    page = queries.vouchers(scope=Scope(areas=(march,)), **span)
    assert [row.total_fen for row in page.rows] == [25000, 40000, 100000, 100000]
    assert queries.vouchers(scope=Scope(areas=("450200",)), **span).rows == []


def test_the_voucher_of_a_source_document_is_found(march: str) -> None:
    number = queries.voucher_of(pooling_area=march, scheme="resident", source_document="付款")
    shown = queries.voucher(number)
    assert shown is not None
    assert shown.entries[0].account_name == "社会保险待遇支出—住院费用支出"
    assert queries.voucher_of(pooling_area=march, scheme="resident", source_document="没有") == ""
    assert queries.voucher("没有") is None


def owe(area: str, settlement: int, day: date, **funds: int) -> None:
    codes = [code.removeprefix("f") for code in funds]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fund_owe(%s, %s, %s, %s, %s, %s, %s)",
            [area, settlement, "H45010000001", "resident", day, codes, list(funds.values())],
        )


@pytest.mark.requirement("SET-07")
def test_the_sub_ledger_rolls_up_by_day_and_can_do_so_again(books: str) -> None:
    owe(books, 1, date(2018, 3, 14), f390100=3552000, f390200=1266200, f610100=827260, f390300=0)
    owe(books, 2, date(2018, 3, 15), f390100=-3552000)
    now = datetime(2018, 3, 15, 2, 0, tzinfo=UTC)
    for _ in range(2):
        commands.roll_up_dues(pooling_area=books, now=now)
    lines = queries.dues(pooling_area=books, start=MARCH, until=APRIL)
    assert {line.fund_code.value: (line.amount_fen, line.settlements) for line in lines} == {
        "390100": (0, 0), "390200": (1266200, 1), "610100": (827260, 1)}  # fmt: skip
    assert queries.settlement_dues(pooling_area=books, settlement_id=1) == {
        "390100": 3552000, "390200": 1266200, "610100": 827260}  # fmt: skip
    assert invariants.broken(pooling_area=books, since=MARCH, until=APRIL) == []


def test_a_roll_up_goes_on_where_it_stopped_and_says_when_it_is_behind(books: str) -> None:
    owe(books, 1, date(2018, 3, 14), f390100=100)
    assert commands.roll_up_dues(pooling_area=books, now=NOW) == 2
    owe(books, 2, date(2018, 3, 15), f390100=50)
    assert invariants.broken(pooling_area=books, since=MARCH, until=APRIL) == ["2018-03-15应付明细50分,日汇总0分"]
    assert commands.roll_up_dues(pooling_area=books, now=NOW) == 1
    assert invariants.broken(pooling_area=books, since=MARCH, until=APRIL) == []
    board = queries.board(pooling_area=books, schemes=["resident"], on=date(2018, 3, 20))
    assert [(line.fund_code, line.amount_fen) for line in board.owed_this_month] == [("390100", 150)]
    assert [(d.settled_on.day, d.amount_fen) for d in board.owed_by_day] == [(14, 100), (15, 50)]
    assert board.rolled_at == NOW


def test_days_written_back_in_time_are_rolled_up_on_request(books: str) -> None:
    commands.roll_up_dues(pooling_area=books, now=NOW)
    owe(books, 1, date(2018, 3, 1), f390100=100)
    commands.roll_up_dues(pooling_area=books, now=NOW, since=MARCH)
    assert queries.dues(pooling_area=books, start=MARCH, until=APRIL)[0].amount_fen == 100


def test_the_jobs_roll_up_and_check_every_area(books: str) -> None:
    owe(books, 1, date(2018, 3, 14), f390100=100)
    jobs.roll_up_dues(NOW)
    assert queries.dues(pooling_area=books, start=MARCH, until=APRIL)[0].amount_fen == 100
    owe(books, 2, date(2018, 3, 1), f390100=50)
    assert jobs.check_books(NOW) == ["2018-03-01应付明细50分,日汇总0分"]

"""Vouchers: written once, balanced by the database, numbered without gaps, undone only by reversal."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from tongchou.fund import commands, queries
from tongchou.fund.models import Entry, LedgerAccount, Voucher
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.fund.tests.conftest import APRIL, MARCH, NOW
from tongchou.kernel.money import Money

pytestmark = pytest.mark.django_db


@pytest.mark.article("GX2017 §95", "GX2017 §100")
@pytest.mark.requirement("FIN-13")
def test_a_voucher_is_numbered_per_fund_month_and_kind(books: str, post) -> None:
    numbers = [post(f"回单{n}").number for n in (1, 2)]
    transfer = post("结转", kind=VoucherKind.TRANSFER).number
    commands.open_period(pooling_area=books, scheme="resident", month=APRIL)
    april = post("回单3", dated_on=date(2018, 4, 2)).number
    assert numbers == ["450100-2018-居收03-00001", "450100-2018-居收03-00002"]
    assert transfer == "450100-2018-居转03-00001"
    assert april == "450100-2018-居收04-00001"


def test_the_same_source_document_is_booked_once(post) -> None:
    assert post("回单1").pk == post("回单1").pk
    assert Voucher.objects.count() == 1


def test_the_same_source_document_with_other_amounts_is_refused(post) -> None:
    post("回单1", yuan="380.00")
    with pytest.raises(commands.SourceDocumentReused):
        post("回单1", yuan="381.00")


@pytest.mark.article("GX2017 §94", "JL2019 §47")
@pytest.mark.requirement("FIN-06")
def test_cash_is_refused_by_the_command_and_by_the_database(books: str, post) -> None:
    with pytest.raises(commands.CashForbidden):
        post(entries=[EntryDraft("1001", debit=Money(1)), EntryDraft("4001", credit=Money(1))])
    with pytest.raises(DatabaseError, match="ledger_account_is_not_cash"), transaction.atomic():
        LedgerAccount.objects.create(
            pooling_area_id=books,
            scheme="resident",
            code="1001",
            name="库存现金",
            account_class="asset",
            debit_normal=True,
        )


def test_only_the_lowest_account_takes_entries(post) -> None:
    with pytest.raises(commands.AccountNotPostable):
        post(entries=[EntryDraft("5001", debit=Money(1)), EntryDraft("1004", credit=Money(1))])


def test_an_account_of_another_fund_is_unknown(post) -> None:
    with pytest.raises(commands.AccountUnknown):
        post(entries=[EntryDraft("1002", debit=Money(1)), EntryDraft("400101", credit=Money(1))])


@pytest.mark.parametrize("day", [date(2018, 2, 28), date(2018, 4, 1)])
def test_a_month_without_books_takes_no_voucher(post, day: date) -> None:
    with pytest.raises(commands.PeriodNotOpen):
        post(dated_on=day)


@pytest.mark.article("GX2017 §100")
def test_a_reversal_is_a_new_voucher_with_the_sides_swapped(books: str, post) -> None:
    original = post("回单1")
    reversal = commands.reverse_voucher(
        number=original.number, dated_on=date(2018, 3, 20), reason="重复入账", operator="会计01", now=NOW
    )
    shown = queries.voucher(reversal.number)
    assert shown is not None
    assert [(e.account, e.debit_fen, e.credit_fen) for e in shown.entries] == [
        ("1002", None, 38000),
        ("4001", 38000, None),
    ]
    assert shown.reversal_of == original.number
    assert queries.voucher(original.number).reversed_by == reversal.number
    balances = queries.account_balances(pooling_area=books, scheme="resident", until=APRIL)
    assert balances == {"1002": 0, "4001": 0}


def test_a_voucher_is_reversed_once_and_with_a_reason(post) -> None:
    number = post("回单1").number
    given = {"dated_on": date(2018, 3, 20), "operator": "会计01", "now": NOW}
    with pytest.raises(commands.ReasonMissing):
        commands.reverse_voucher(number=number, reason=" ", **given)
    reversal = commands.reverse_voucher(number=number, reason="重复", **given)
    with pytest.raises(commands.VoucherAlreadyReversed):
        commands.reverse_voucher(number=number, reason="重复", **given)
    with pytest.raises(commands.ReversalNotReversible):
        commands.reverse_voucher(number=reversal.number, reason="重复", **given)


@pytest.mark.requirement("FIN-33")
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["fund_voucher", "fund_entry", "fund_institutiondue", "fund_periodreopening"])
def test_nobody_edits_or_deletes_what_is_booked(books: str, table: str, statement: str) -> None:
    changed = statement.format(table).replace("id = id", "amount_fen = 0" if table.endswith("due") else "id = id")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(changed)


def raw_voucher(books: str, *, dated_on: date = date(2018, 3, 1)) -> Voucher:
    period = commands.open_period(pooling_area=books, scheme="resident", month=MARCH)
    return Voucher.objects.create(
        pooling_area_id=books,
        scheme="resident",
        period=period,
        kind="receipt",
        serial=1,
        number="手工1",
        dated_on=dated_on,
        summary="手工",
        source_document="手工",
        made_by="x",
        made_at=NOW,
    )


@pytest.mark.article("GX2017 §100")
@pytest.mark.parametrize("amounts", [[], [(5, None)], [(5, None), (None, 4)]], ids=["no line", "one line", "unequal"])
def test_the_database_refuses_an_unbalanced_voucher_at_commit(books: str, amounts: list[tuple[int, int]]) -> None:
    account = LedgerAccount.objects.get(pooling_area_id=books, scheme="resident", code="1002")

    @transaction.atomic
    def write_past_the_command() -> None:
        voucher = raw_voucher(books)
        for line, (debit, credit) in enumerate(amounts):
            Entry.objects.create(voucher=voucher, line_no=line, account=account, debit_fen=debit, credit_fen=credit)
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="does not balance"):
        write_past_the_command()


def test_the_database_refuses_a_line_added_later(books: str, post) -> None:
    voucher = post("回单1")
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    account = LedgerAccount.objects.get(pooling_area_id=books, scheme="resident", code="1002")
    with pytest.raises(DatabaseError, match="does not balance"), transaction.atomic():
        Entry.objects.create(voucher=voucher, line_no=3, account=account, debit_fen=1)


@pytest.mark.requirement("FIN-19")
def test_the_database_keeps_funds_apart(books: str, post) -> None:
    commands.ensure_chart(pooling_area=books, scheme="employee")
    foreign = LedgerAccount.objects.get(pooling_area_id=books, scheme="employee", code="50010202")
    voucher = post("回单1")
    with pytest.raises(DatabaseError, match="takes no entry"), transaction.atomic():
        Entry.objects.create(voucher=voucher, line_no=3, account=foreign, debit_fen=1)


def test_the_database_refuses_a_voucher_of_another_month(books: str) -> None:
    with pytest.raises(DatabaseError, match="does not belong"), transaction.atomic():
        raw_voucher(books, dated_on=date(2018, 4, 1))


@pytest.mark.requirement("FIN-33")
@pytest.mark.parametrize("table", ["fund_voucher", "fund_entry", "fund_institutiondue", "settlement_settlement"])
def test_the_service_cannot_change_what_is_booked_even_without_the_triggers(books: str, table: str) -> None:
    column = "amount_fen" if table == "fund_institutiondue" else "id"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        cursor.execute("SET LOCAL ROLE tongchou_service")
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    connection.cursor().execute(f"SELECT count(*) FROM {table}")

"""Bookkeeping rules."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.fund import rules
from tongchou.fund.rules import EntryDraft
from tongchou.kernel.money import Money

fen = st.integers(min_value=1, max_value=10**13).map(Money)


@pytest.mark.article("GX2017 §100")
@pytest.mark.requirement("FIN-13")
def test_debit_100_and_credit_99_are_refused() -> None:
    entries = [EntryDraft("1002", debit=Money.yuan("100")), EntryDraft("4001", credit=Money.yuan("99"))]
    with pytest.raises(rules.VoucherUnbalanced, match=r"借方100\.00元,贷方99\.00元"):
        rules.check_entries(entries)


@pytest.mark.parametrize(
    "entry",
    [
        EntryDraft("1002"),
        EntryDraft("1002", debit=Money(1), credit=Money(1)),
        EntryDraft("1002", debit=Money(-1)),
        EntryDraft("1002", credit=Money(-1)),
    ],
    ids=["neither", "both", "negative debit", "negative credit"],
)
def test_an_entry_is_one_positive_amount_on_one_side(entry: EntryDraft) -> None:
    with pytest.raises(rules.EntryNotOneSided):
        rules.check_entries([entry, EntryDraft("4001", credit=Money(1))])


def test_one_entry_is_no_voucher() -> None:
    with pytest.raises(rules.VoucherTooShort):
        rules.check_entries([EntryDraft("1002", debit=Money(1))])


@given(st.lists(fen, min_size=1, max_size=6))
def test_a_reversal_takes_every_account_back_to_where_it_was(amounts: list[Money]) -> None:
    entries = [EntryDraft(f"100{n}", debit=amount) for n, amount in enumerate(amounts)]
    entries.append(EntryDraft("4001", credit=rules.total(amounts)))
    both = entries + rules.swapped(entries)
    rules.check_entries(both)
    assert all(sum(e.balance for e in both if e.account == one.account) == 0 for one in entries)


@given(income=fen, expense=fen)
def test_carrying_forward_empties_income_and_expense_into_the_surplus(income: Money, expense: Money) -> None:
    closes_to = {"4001": "3001", "5101": "3001", "1002": "", "3001": ""}
    entries = rules.carry_forward_entries({"1002": income, "4001": -income, "5101": expense}, closes_to)
    rules.check_entries(entries)
    moved = {code: sum(e.balance for e in entries if e.account == code) for code in closes_to}
    assert moved == {"4001": income, "5101": -expense, "3001": expense - income, "1002": 0}


def test_nothing_to_carry_makes_no_voucher() -> None:
    assert rules.carry_forward_entries({"1002": 5, "2101": -5}, {"1002": "", "2101": ""}) == []


@pytest.mark.parametrize(
    ("now", "day"),
    [
        pytest.param(datetime(2018, 3, 2, 0, 30), date(2018, 3, 1), id="just after midnight yesterday may still grow"),  # noqa: DTZ001  local time
        pytest.param(datetime(2018, 3, 2, 1, 0), date(2018, 3, 2), id="an hour later only today"),  # noqa: DTZ001  local time
    ],
)
def test_a_roll_up_looks_again_at(now: datetime, day: date) -> None:
    assert rules.complete_until(now=now) == day


def test_days_run_up_to_and_with_today() -> None:
    assert rules.days_from(date(2020, 2, 28), date(2020, 3, 1)) == (
        date(2020, 2, 28),
        date(2020, 2, 29),
        date(2020, 3, 1),
    )
    assert rules.days_from(date(2020, 3, 2), date(2020, 3, 1)) == ()

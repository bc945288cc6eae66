"""Decisions of bookkeeping (会计规则, 财会〔2017〕28号): pure, amounts in whole fen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.kernel.months import add_months, days_between, first_of_month

UNPAID = Money(0)


class VoucherUnbalanced(DomainError):
    code = "FU-0201"
    message = "凭证借贷不平:借方{debit}元,贷方{credit}元"
    citation = "GX2017 §100"


class VoucherTooShort(DomainError):
    code = "FU-0202"
    message = "凭证至少要有一借一贷两条分录,现有{lines}条"
    citation = "GX2017 §100"


class EntryNotOneSided(DomainError):
    code = "FU-0203"
    message = "第{line}条分录({account})须借方或贷方恰有一个正数金额,现为借{debit}、贷{credit}"
    citation = "GX2017 §100"


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """One line of a voucher to be: account code and either a debit or a credit, in fen (分录)."""

    account: str
    debit: Money = field(default=UNPAID, kw_only=True)
    credit: Money = field(default=UNPAID, kw_only=True)
    note: str = field(default="", kw_only=True)

    @property
    def balance(self) -> Money:
        """Debit minus credit."""
        return self.debit - self.credit


def check_entries(entries: Sequence[EntryDraft]) -> None:
    """有借必有贷,借贷必相等 (GX2017 §100); the database checks the same at commit.

    Raises: VoucherTooShort, EntryNotOneSided, VoucherUnbalanced.
    """
    if len(entries) < 2:
        raise VoucherTooShort(lines=len(entries))
    for line, entry in enumerate(entries, 1):
        if min(entry.debit, entry.credit) != 0 or max(entry.debit, entry.credit) <= 0:
            raise EntryNotOneSided(line=line, account=entry.account, debit=entry.debit, credit=entry.credit)
    debit, credit = total(e.debit for e in entries), total(e.credit for e in entries)
    if debit != credit:
        raise VoucherUnbalanced(debit=yuan_text(debit, grouped=True), credit=yuan_text(credit, grouped=True))


def swapped(entries: Iterable[EntryDraft]) -> list[EntryDraft]:
    """The entries of the reversal: debits become credits (冲销)."""
    return [EntryDraft(e.account, debit=e.credit, credit=e.debit, note=e.note) for e in entries]


def carry_forward_entries(balances: Mapping[str, int], closes_to: Mapping[str, str]) -> list[EntryDraft]:
    """期末结转 (财会〔2017〕28号): income and expense accounts to zero, their sum into the surplus.

    `balances` are debit minus credit in fen per account code, `closes_to` names each account's surplus account.
    Nothing to carry gives no entries. Each surplus account gets one line for income and one for expense, as the rule
    writes them: Dr 4xxx Cr 3001, Dr 3001 Cr 5xxx.
    """
    open_codes = sorted(code for code, balance in balances.items() if balance and closes_to.get(code))
    entries = [_against(code, Money(balances[code])) for code in open_codes]
    for surplus in sorted({closes_to[code] for code in open_codes}):
        for first_digit in "45":
            moved = total(
                Money(balances[code]) for code in open_codes if closes_to[code] == surplus and code[0] == first_digit
            )
            if moved:
                entries.append(_against(surplus, -moved))
    return entries


def _against(account: str, balance: Money) -> EntryDraft:
    """The line that takes a balance away: a debit balance is credited."""
    return EntryDraft(account, credit=balance) if balance > 0 else EntryDraft(account, debit=-balance)


def total(amounts: Iterable[Money]) -> Money:
    """The sum, zero for none."""
    return sum(amounts, UNPAID)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return add_months(first_of_month(month), 1)


def days_from(start: date, today: date) -> tuple[date, ...]:
    """Every day from `start` up to and including today; none when `start` lies ahead."""
    return days_between(start, today + timedelta(days=1))


def complete_until(*, now: datetime) -> date:
    """The first day a roll-up made at `now` (local time) must look at again (汇总进度).

    Today always; in the first hour also yesterday, since a settlement begun before midnight may commit after it.
    """
    return (now - timedelta(hours=1)).date()

"""Every read of the books and of what is owed (账簿查询). Results are plain; amounts in whole fen.

Balances begin at the last closed month, so reading them does not grow with the years.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Sum

from tongchou.fund import chart, rules
from tongchou.fund.models import AccountingPeriod, DailyBalance, Entry, LedgerAccount, RollUp, Voucher
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import AccountClass, FundCode, PeriodState, VoucherKind
from tongchou.kernel.money import Money
from tongchou.kernel.months import first_of_month
from tongchou.platform.paging import Slice, read_slice
from tongchou.platform.scope import Scope


@dataclass(frozen=True, slots=True)
class TrialLine:
    """试算平衡表一行: opening balance, movements and closing balance of one account; balances debit minus credit."""

    code: str
    name: str
    account_class: AccountClass
    opening_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class LedgerMonth:
    """总账一行: a month of one account; `balance_fen` is on the account's own side."""

    month: date
    debit_fen: int
    credit_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """明细账一行: one entry with the balance after it, on the account's own side."""

    dated_on: date
    number: str
    summary: str
    note: str
    debit_fen: int
    credit_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """收支表一行: a subject of income or expense, this month and this year so far (会社保02表)."""

    code: str
    name: str
    account_class: AccountClass
    month_fen: int
    year_fen: int


@dataclass(frozen=True, slots=True)
class VoucherEntry:
    """分录 as shown: code and full name of the account, debit, credit."""

    line_no: int
    account: str
    account_name: str
    debit_fen: int | None
    credit_fen: int | None
    note: str


@dataclass(frozen=True, slots=True)
class VoucherView:
    """记账凭证 as shown."""

    number: str
    kind: VoucherKind
    dated_on: date
    summary: str
    source_document: str
    total_fen: int
    made_by: str
    made_at: datetime
    reversal_of: str
    reversed_by: str
    reversal_reason: str
    entries: tuple[VoucherEntry, ...]
    pooling_area: str


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A line of the list of vouchers."""

    number: str
    kind: VoucherKind
    dated_on: date
    summary: str
    source_document: str
    made_by: str
    total_fen: int
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class DueLine:
    """应付一行: what one fund owes one institution in a span of days."""

    institution_code: str
    scheme: str
    fund_code: FundCode
    settlements: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day of what one fund owes, for the charts."""

    settled_on: date
    fund_code: FundCode
    amount_fen: int


@dataclass(frozen=True, slots=True)
class FundBoard:
    """基金看板: figures of the month with the moment they were rolled up (None: never)."""

    month: date
    owed_this_month: tuple[DueLine, ...]
    owed_by_day: tuple[DueDay, ...]
    figures: dict[str, tuple[MonthFigure, ...]]
    rolled_at: datetime | None


def account_balances(*, pooling_area: str, scheme: str, until: date) -> dict[str, int]:
    """余额: debit minus credit of the entries dated before `until`, of every account that has one or moved lately."""
    return {row.code: row.closing_fen for row in _trial(pooling_area, scheme, until, until)}


def trial_balance(*, pooling_area: str, scheme: str, month: date) -> tuple[TrialLine, ...]:
    """试算平衡表 of a month (GX2017 §101): debits equal credits, opening and closing balances sum to zero."""
    month = first_of_month(month)
    return tuple(_trial(pooling_area, scheme, month, rules.next_month(month)))


def general_ledger(
    *, pooling_area: str, scheme: str, account: str, start: date, until: date
) -> tuple[LedgerMonth, ...]:
    """总账 (GX2017 §101): an account with everything below it, month by month of `[start, until)`."""
    start = first_of_month(start)
    side = 1 if _debit_normal(account) else -1
    opening = account_balances(pooling_area=pooling_area, scheme=scheme, until=start)
    balance = sum(fen for code, fen in opening.items() if code.startswith(account))
    moved = _moved_by_month(pooling_area, scheme, account, start, until)
    months, month = [], start
    while month < until:
        debit, credit = moved.get(month, (0, 0))
        balance += debit - credit
        months.append(LedgerMonth(month=month, debit_fen=debit, credit_fen=credit, balance_fen=side * balance))
        month = rules.next_month(month)
    return tuple(months)


def subsidiary_ledger(
    *, pooling_area: str, scheme: str, account: str, start: date, until: date
) -> tuple[LedgerLine, ...]:
    """明细账 (GX2017 §101): every entry of an account and those below it, dated in `[start, until)`."""
    side = 1 if _debit_normal(account) else -1
    opening = account_balances(pooling_area=pooling_area, scheme=scheme, until=start)
    balance = side * sum(fen for code, fen in opening.items() if code.startswith(account))
    entries = (
        Entry.objects.filter(
            account__pooling_area_id=pooling_area,
            account__scheme=scheme,
            account__code__startswith=account,
            voucher__dated_on__gte=start,
            voucher__dated_on__lt=until,
        )
        .select_related("voucher")
        .order_by("voucher__dated_on", "voucher_id", "line_no")
    )
    lines = []
    for entry in entries:
        debit, credit = entry.debit_fen or 0, entry.credit_fen or 0
        balance += side * (debit - credit)
        lines.append(
            LedgerLine(
                dated_on=entry.voucher.dated_on,
                number=entry.voucher.number,
                summary=entry.voucher.summary,
                note=entry.note,
                debit_fen=debit,
                credit_fen=credit,
                balance_fen=balance,
            )
        )
    return tuple(lines)


def month_figures(*, pooling_area: str, scheme: str, month: date) -> tuple[MonthFigure, ...]:
    """收支表 figures of a month and of the year so far, by four-digit subject (会社保02表).

    Movements, not balances, and without the vouchers that carry forward. 4001, 4301, 5001 and 5201 are net, other
    income shows what was credited and other expense what was debited (domain rule of the printed statement).
    """
    month = first_of_month(month)
    this_month = _movements(pooling_area, scheme, month, rules.next_month(month))
    this_year = _movements(pooling_area, scheme, month.replace(month=1), rules.next_month(month))
    return tuple(
        MonthFigure(
            code=subject.code,
            name=subject.name,
            account_class=subject.account_class,
            month_fen=_statement_figure(subject, *this_month.get(subject.code, (0, 0))),
            year_fen=_statement_figure(subject, *this_year.get(subject.code, (0, 0))),
        )
        for subject in chart.subjects(scheme)
        if len(subject.code) == 4 and subject.code[0] in "45"
    )


def drafts_of(voucher: Voucher) -> list[EntryDraft]:
    """The entries of a posted voucher in the form they were given in."""
    return [
        EntryDraft(
            entry.account.code, debit=Money(entry.debit_fen or 0), credit=Money(entry.credit_fen or 0), note=entry.note
        )
        for entry in voucher.entries.select_related("account").order_by("line_no")
    ]


def voucher(number: str) -> VoucherView | None:
    """One voucher with its entries, and the vouchers that reverse it or that it reverses (凭证)."""
    found = Voucher.objects.select_related("reversal_of", "reversal").filter(number=number).first()
    if found is None:
        return None
    names = dict(
        LedgerAccount.objects.filter(pooling_area_id=found.pooling_area_id, scheme=found.scheme).values_list(
            "code", "name"
        )
    )
    entries = tuple(
        VoucherEntry(
            line_no=entry.line_no,
            account=entry.account.code,
            account_name=chart.full_name(entry.account.code, names),
            debit_fen=entry.debit_fen,
            credit_fen=entry.credit_fen,
            note=entry.note,
        )
        for entry in found.entries.select_related("account").order_by("line_no")
    )
    reversal = getattr(found, "reversal", None)
    return VoucherView(
        number=found.number,
        kind=VoucherKind(found.kind),
        dated_on=found.dated_on,
        summary=found.summary,
        source_document=found.source_document,
        total_fen=sum(entry.debit_fen or 0 for entry in entries),
        made_by=found.made_by,
        made_at=found.made_at,
        reversal_of=found.reversal_of.number if found.reversal_of else "",
        reversed_by=reversal.number if reversal else "",
        reversal_reason=found.reversal_reason,
        entries=entries,
        pooling_area=found.pooling_area_id,
    )


def vouchers(*, scope: Scope, scheme: str, start: date, until: date, at: str = "") -> Slice:
    """凭证列表 of the areas in scope, newest first: a page of `VoucherRow`s beginning at the mark `at`."""
    found = Voucher.objects.filter(
        scope.q(unit="", area="pooling_area"), scheme=scheme, dated_on__gte=start, dated_on__lt=until
    )
    page = read_slice(found, order=("-dated_on", "-id"), at=at)
    totals = dict(
        Entry.objects.filter(voucher__in=[row.id for row in page.rows])
        .values_list("voucher_id")
        .annotate(total=Sum("debit_fen"))
    )
    rows = [
        VoucherRow(
            number=row.number,
            kind=VoucherKind(row.kind),
            dated_on=row.dated_on,
            summary=row.summary,
            source_document=row.source_document,
            made_by=row.made_by,
            total_fen=totals.get(row.id, 0),
            is_reversal=row.reversal_of_id is not None,
        )
        for row in page.rows
    ]
    return Slice(rows, page.previous, page.next)


def voucher_of(*, pooling_area: str, scheme: str, source_document: str) -> str:
    """The number of the voucher that books a source document; empty when none does."""
    number = (
        Voucher.objects.filter(pooling_area_id=pooling_area, scheme=scheme, source_document=source_document)
        .values_list("number", flat=True)
        .first()
    )
    return number or ""


def credited(numbers: Collection[str], account: str) -> dict[str, int]:
    """What each of the vouchers credits to an account, in fen (贷方发生额); nothing of those that do not."""
    found = Entry.objects.filter(voucher__number__in=numbers, account__code=account, credit_fen__isnull=False)
    return dict(found.values_list("voucher__number").annotate(total=Sum("credit_fen")).order_by())


def voucher_number_gaps(*, period_id: int) -> list[str]:
    """Series of a month whose serials do not run from 1 without a gap (FIN-13); empty when all do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*), max(serial) FROM fund_voucher WHERE period_id = %s"
            " GROUP BY kind HAVING count(*) <> max(serial) ORDER BY kind",
            [period_id],
        )
        return [f"{VoucherKind(kind).label}有{count}张,末号为{last}" for kind, count, last in cursor.fetchall()]


def periods(*, pooling_area: str, scheme: str) -> list[tuple[date, PeriodState]]:
    """会计期间 and their states, newest first."""
    found = AccountingPeriod.objects.filter(pooling_area_id=pooling_area, scheme=scheme).order_by("-month")
    return [(month, PeriodState(state)) for month, state in found.values_list("month", "state")]


def dues(
    *, pooling_area: str, start: date, until: date, institution_code: str = "", scheme: str = ""
) -> tuple[DueLine, ...]:
    """应付定点机构 per institution, scheme and fund over `[start, until)`, from the daily roll-up (SET-01, SET-07)."""
    days = DailyBalance.objects.filter(pooling_area=pooling_area, settled_on__gte=start, settled_on__lt=until)
    if institution_code:
        days = days.filter(institution_code=institution_code)
    if scheme:
        days = days.filter(scheme=scheme)
    grouped = (
        days.values("institution_code", "scheme", "fund_code")
        .annotate(amount=Sum("amount_fen"), count=Sum("settlements"))
        .order_by("institution_code", "scheme", "fund_code")
    )
    return tuple(
        DueLine(
            institution_code=row["institution_code"],
            scheme=row["scheme"],
            fund_code=FundCode(row["fund_code"]),
            settlements=row["count"],
            amount_fen=row["amount"],
        )
        for row in grouped
    )


def settlement_dues(*, pooling_area: str, settlement_id: int) -> dict[FundCode, int]:
    """What each fund owes for one settlement, from the sub-ledger (SET-07)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fund_code, amount_fen FROM fund_institutiondue WHERE pooling_area = %s AND settlement_id = %s"
            " ORDER BY fund_code",
            [pooling_area, settlement_id],
        )
        return {FundCode(code): amount for code, amount in cursor.fetchall()}


def first_due_day(*, pooling_area: str) -> date | None:
    """The first day on which any fund came to owe anything; None where none ever did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(settled_on) FROM fund_institutiondue WHERE pooling_area = %s", [pooling_area])
        day: date | None = cursor.fetchone()[0]
        return day


def board(*, pooling_area: str, schemes: Sequence[str], on: date) -> FundBoard:
    """基金看板 of the month of that day: what is owed, by fund and by day, and income and expense of the books."""
    month = first_of_month(on)
    until = rules.next_month(month)
    owed = (
        DailyBalance.objects.filter(pooling_area=pooling_area, settled_on__gte=month, settled_on__lt=until)
        .values("scheme", "fund_code")
        .annotate(amount=Sum("amount_fen"), count=Sum("settlements"))
        .order_by("scheme", "fund_code")
    )
    by_day = (
        DailyBalance.objects.filter(pooling_area=pooling_area, settled_on__gte=month, settled_on__lt=until)
        .values("settled_on", "fund_code")
        .annotate(amount=Sum("amount_fen"))
        .order_by("settled_on", "fund_code")
    )
    rolled = RollUp.objects.filter(pooling_area=pooling_area).first()
    return FundBoard(
        month=month,
        owed_this_month=tuple(
            DueLine("", row["scheme"], FundCode(row["fund_code"]), row["count"], row["amount"]) for row in owed
        ),
        owed_by_day=tuple(DueDay(row["settled_on"], FundCode(row["fund_code"]), row["amount"]) for row in by_day),
        figures={s: month_figures(pooling_area=pooling_area, scheme=s, month=month) for s in schemes},
        rolled_at=rolled.rolled_at if rolled else None,
    )


_NET_SUBJECTS = ("4001", "4301", "5001", "5201")

_TRIAL = """
WITH closed AS (
    SELECT max(month) AS month FROM fund_accountingperiod
    WHERE pooling_area_id = %(area)s AND scheme = %(scheme)s AND state = 'closed' AND month < %(start)s
), moved AS (
    SELECT e.account_id,
           sum(coalesce(debit_fen, 0) - coalesce(credit_fen, 0)) FILTER (WHERE v.dated_on < %(start)s) AS opening,
           sum(debit_fen) FILTER (WHERE v.dated_on >= %(start)s) AS debit,
           sum(credit_fen) FILTER (WHERE v.dated_on >= %(start)s) AS credit
    FROM fund_voucher v JOIN fund_entry e ON e.voucher_id = v.id, closed
    WHERE v.pooling_area_id = %(area)s AND v.scheme = %(scheme)s AND v.dated_on < %(until)s
      AND (closed.month IS NULL OR v.dated_on >= closed.month + interval '1 month')
    GROUP BY e.account_id
), kept AS (
    SELECT b.account_id, b.balance_fen
    FROM fund_periodbalance b JOIN fund_accountingperiod p ON p.id = b.period_id, closed
    WHERE p.pooling_area_id = %(area)s AND p.scheme = %(scheme)s AND p.month = closed.month
)
SELECT a.code, a.name, a.account_class,
       (coalesce(kept.balance_fen, 0) + coalesce(moved.opening, 0))::bigint,
       coalesce(moved.debit, 0)::bigint, coalesce(moved.credit, 0)::bigint
FROM fund_ledgeraccount a
LEFT JOIN kept ON kept.account_id = a.id LEFT JOIN moved ON moved.account_id = a.id
WHERE a.pooling_area_id = %(area)s AND a.scheme = %(scheme)s
  AND (kept.account_id IS NOT NULL OR moved.account_id IS NOT NULL)
ORDER BY a.code
"""

_MOVEMENTS = """
SELECT left(a.code, 4), sum(coalesce(e.debit_fen, 0))::bigint, sum(coalesce(e.credit_fen, 0))::bigint
FROM fund_voucher v JOIN fund_entry e ON e.voucher_id = v.id JOIN fund_ledgeraccount a ON a.id = e.account_id
WHERE v.pooling_area_id = %s AND v.scheme = %s AND v.dated_on >= %s AND v.dated_on < %s AND NOT v.carries_forward
GROUP BY 1
"""


_MOVED_BY_MONTH = """
SELECT date_trunc('month', v.dated_on)::date,
       sum(coalesce(e.debit_fen, 0))::bigint, sum(coalesce(e.credit_fen, 0))::bigint
FROM fund_voucher v JOIN fund_entry e ON e.voucher_id = v.id JOIN fund_ledgeraccount a ON a.id = e.account_id
WHERE v.pooling_area_id = %s AND v.scheme = %s AND v.dated_on >= %s AND v.dated_on < %s AND starts_with(a.code, %s)
GROUP BY 1
"""


def _trial(pooling_area: str, scheme: str, start: date, until: date) -> list[TrialLine]:
    """One line per account: balance before `start`, movements of `[start, until)`."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL, {"area": pooling_area, "scheme": scheme, "start": start, "until": until})
        return [
            TrialLine(code, name, AccountClass(account_class), opening, debit, credit)
            for code, name, account_class, opening, debit, credit in cursor.fetchall()
        ]


def _movements(pooling_area: str, scheme: str, start: date, until: date) -> dict[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, [pooling_area, scheme, start, until])
        return {code: (debit, credit) for code, debit, credit in cursor.fetchall()}


def _moved_by_month(
    pooling_area: str, scheme: str, account: str, start: date, until: date
) -> dict[date, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVED_BY_MONTH, [pooling_area, scheme, start, until, account])
        return {month: (debit, credit) for month, debit, credit in cursor.fetchall()}


def _statement_figure(subject: chart.Subject, debit: int, credit: int) -> int:
    if subject.code in _NET_SUBJECTS:
        return debit - credit if subject.debit_normal else credit - debit
    return debit if subject.debit_normal else credit


def _debit_normal(account: str) -> bool:
    return chart.Subject(account, "", postable=False).debit_normal


def is_open(*, pooling_area: str, scheme: str, on: date) -> bool:
    """Whether the month of that day is open in the fund's books."""
    return AccountingPeriod.objects.filter(
        pooling_area_id=pooling_area, scheme=scheme, month=first_of_month(on), state=PeriodState.OPEN
    ).exists()

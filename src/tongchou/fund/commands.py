"""Every change of the books (记账). `post_voucher` and `reverse_voucher` are steps of a caller's transaction.

A number is taken under the lock of its series, so vouchers of one fund, kind and month wait for each other until the
caller commits; nothing on the settlement path posts a voucher (decision 0071).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from tongchou.fund import chart, queries, rules
from tongchou.fund.models import AccountingPeriod, Entry, LedgerAccount, RollUp, Voucher
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import FUND_MARKS, FUND_NAMES, VOUCHER_MARKS, PeriodState, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import first_of_month
from tongchou.platform import trail
from tongchou.platform.numbering import Series, next_number


class VoucherOutsideTransaction(RuntimeError):
    """A fault of ours: the voucher and what it books would not stand or fall together."""


class AccountUnknown(DomainError):
    code = "FU-0101"
    message = "{fund}的账套中没有科目{account}"
    citation = "JL2019 §45"


class AccountNotPostable(DomainError):
    code = "FU-0102"
    message = "科目{account}下设明细科目,不能直接记账"
    citation = "JL2019 §45"


class CashForbidden(DomainError):
    code = "FU-0103"
    message = "基金不得收付现金,没有“库存现金”科目"
    citation = "GX2017 §94"


class AccountAlreadyUsed(DomainError):
    code = "FU-0104"
    message = "科目{account}已有记账,不能再设明细科目"
    citation = "JL2019 §45"


class AccountCodeUnfit(DomainError):
    code = "FU-0105"
    message = "明细科目编码须为上级科目{parent}加两位数字且未被使用,不能是{account}"
    citation = "JL2019 §45"


class PeriodNotOpen(DomainError):
    code = "FU-0301"
    message = "{fund}{month:%Y年%m月}{problem},不能记账"
    citation = "GX2017 §101"


class PeriodNotNext(DomainError):
    code = "FU-0302"
    message = "会计期间须逐月开账,下一个月份是{expected:%Y年%m月},不能是{month:%Y年%m月}"
    citation = "GX2017 §101"


class SourceDocumentReused(DomainError):
    code = "FU-0204"
    message = "原始凭证“{document}”已记入凭证{number},内容不同,不能再次记账"
    citation = "GX2017 §100"


class VoucherAlreadyReversed(DomainError):
    code = "FU-0205"
    message = "凭证{number}已由{by}冲销"
    citation = "GX2017 §100"


class ReversalNotReversible(DomainError):
    code = "FU-0206"
    message = "凭证{number}是{what},不能冲销"
    citation = "GX2017 §100"


class ReasonMissing(DomainError):
    code = "FU-0207"
    message = "须写明原因"
    citation = "GX2017 §100"


@transaction.atomic
def ensure_chart(*, pooling_area: str, scheme: str) -> int:
    """建账套: the national subjects of a fund (decision 0070), where they do not stand yet. Returns how many came."""
    known = {a.code: a for a in LedgerAccount.objects.filter(pooling_area_id=pooling_area, scheme=scheme)}
    before = len(known)
    for subject in chart.subjects(scheme):
        if subject.code not in known:
            known[subject.code] = LedgerAccount.objects.create(
                pooling_area_id=pooling_area,
                scheme=scheme,
                code=subject.code,
                name=subject.name,
                account_class=subject.account_class,
                debit_normal=subject.debit_normal,
                parent=known.get(subject.parent_code),
                postable=subject.postable,
                closes_to=subject.closes_to,
            )
    return len(known) - before


@transaction.atomic(durable=True)
def add_sub_account(
    *, pooling_area: str, scheme: str, parent: str, code: str, name: str, operator: str, now: datetime
) -> LedgerAccount:
    """增设明细科目 (e.g. one fiscal account per bank); the parent takes no entries from then on.

    Raises: AccountUnknown, AccountCodeUnfit, AccountAlreadyUsed.
    """
    above = _account(pooling_area, scheme, parent, lock=True)
    taken = LedgerAccount.objects.filter(pooling_area_id=pooling_area, scheme=scheme, code=code).exists()
    if taken or not (code.isdigit() and code.startswith(parent) and len(code) == len(parent) + 2):
        raise AccountCodeUnfit(parent=parent, account=code)
    if above.entries.exists():
        raise AccountAlreadyUsed(account=above)
    sub_account = LedgerAccount.objects.create(
        pooling_area_id=pooling_area,
        scheme=scheme,
        code=code,
        name=name,
        account_class=above.account_class,
        debit_normal=above.debit_normal,
        parent=above,
        closes_to=above.closes_to,
    )
    LedgerAccount.objects.filter(pk=above.pk).update(postable=False, closes_to="")
    _note("fund.add_sub_account", pooling_area, f"{scheme} {code}", operator, now, name=name)
    return sub_account


@transaction.atomic
def open_period(*, pooling_area: str, scheme: str, month: date) -> AccountingPeriod:
    """开账: open a month of a fund's books; the first ever freely, then month after month (GX2017 §101).

    Opening an open month again changes nothing. Raises: PeriodNotNext, PeriodNotOpen for a closed one.
    """
    month = first_of_month(month)
    periods = AccountingPeriod.objects.filter(pooling_area_id=pooling_area, scheme=scheme)
    if known := periods.filter(month=month).first():
        if known.state == PeriodState.CLOSED:
            raise PeriodNotOpen(fund=FUND_NAMES[scheme], month=month, problem="已结账")
        return known
    if latest := periods.order_by("-month").first():
        expected = rules.next_month(latest.month)
        if month != expected:
            raise PeriodNotNext(expected=expected, month=month)
    return AccountingPeriod.objects.create(pooling_area_id=pooling_area, scheme=scheme, month=month)


def open_periods(*, pooling_area: str, scheme: str, first: date, last: date) -> int:
    """开账 of every month from `first` to `last`, for books that begin with a past. Returns how many are new.

    Raises: PeriodNotNext where the fund has books already that do not end just before.
    """
    month, last = first_of_month(first), first_of_month(last)
    latest = AccountingPeriod.objects.filter(pooling_area_id=pooling_area, scheme=scheme).order_by("-month").first()
    if latest is not None and month != rules.next_month(latest.month):
        raise PeriodNotNext(expected=rules.next_month(latest.month), month=month)
    months = []
    while month <= last:
        months.append(AccountingPeriod(pooling_area_id=pooling_area, scheme=scheme, month=month))
        month = rules.next_month(month)
    return len(AccountingPeriod.objects.bulk_create(months))


@transaction.atomic
def open_begun_months(*, today: date) -> int:
    """开账 of the months that have begun, in all books whose months were opened until now (decision 0404).

    Returns how many are new.
    """
    begun = first_of_month(today)
    books = AccountingPeriod.objects.values("pooling_area_id", "scheme").annotate(latest=Max("month"))
    return sum(
        open_periods(
            pooling_area=one["pooling_area_id"], scheme=one["scheme"], first=rules.next_month(one["latest"]), last=begun
        )
        for one in books.filter(latest__lt=begun).order_by("pooling_area_id", "scheme")
    )


def post_voucher(
    *,
    pooling_area: str,
    scheme: str,
    kind: VoucherKind,
    dated_on: date,
    summary: str,
    source_document: str,
    entries: Sequence[EntryDraft],
    operator: str,
    now: datetime,
) -> Voucher:
    """记账 (GX2017 §95, 100): one voucher on one source document; a step of the caller's transaction.

    The same source document with the same entries gives the voucher of the first time. Amounts in fen.
    Raises: VoucherUnbalanced, VoucherTooShort, EntryNotOneSided, CashForbidden, AccountUnknown, AccountNotPostable,
    PeriodNotOpen, SourceDocumentReused.
    """
    _demand_transaction()
    rules.check_entries(entries)
    if earlier := _booked_already(pooling_area, scheme, source_document, entries):
        return earlier
    return write(
        Voucher(
            pooling_area_id=pooling_area,
            scheme=scheme,
            kind=kind,
            dated_on=dated_on,
            summary=summary,
            source_document=source_document,
            made_by=operator,
            made_at=now,
        ),
        entries,
    )


def reverse_voucher(*, number: str, dated_on: date, reason: str, operator: str, now: datetime) -> Voucher:
    """冲销凭证 (GX2017 §100): a new voucher with the sides swapped, once; a step of the caller's transaction.

    Its date may lie in a later month than the original's, whose month may be closed.
    Raises: ReasonMissing, VoucherAlreadyReversed, ReversalNotReversible, PeriodNotOpen.
    """
    _demand_transaction()
    if not reason.strip():
        raise ReasonMissing
    original = Voucher.objects.select_for_update(of=("self",)).get(number=number)
    if original.reversal_of_id or original.carries_forward:
        raise ReversalNotReversible(number=number, what="冲销凭证" if original.reversal_of_id else "期末结转凭证")
    if reversal := Voucher.objects.filter(reversal_of=original).first():
        raise VoucherAlreadyReversed(number=number, by=reversal.number)
    return write(
        Voucher(
            pooling_area_id=original.pooling_area_id,
            scheme=original.scheme,
            kind=original.kind,
            dated_on=dated_on,
            summary=f"冲销{number}:{original.summary}"[:200],
            source_document=f"冲销 {number}",
            reversal_of=original,
            reversal_reason=reason.strip(),
            made_by=operator,
            made_at=now,
        ),
        rules.swapped(queries.drafts_of(original)),
    )


def _note(action: str, pooling_area: str, what: str, operator: str, now: datetime, **detail: str) -> None:
    """Into the trail (操作日志)."""
    trail.record(
        action,
        at=now,
        staff_code=operator,
        pooling_area=pooling_area,
        object_kind="fund",
        object_key=what,
        detail=detail,
    )


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise VoucherOutsideTransaction


def _booked_already(
    pooling_area: str, scheme: str, source_document: str, entries: Sequence[EntryDraft]
) -> Voucher | None:
    """The voucher that booked this source document before, when it booked the same."""
    earlier = Voucher.objects.filter(
        pooling_area_id=pooling_area, scheme=scheme, source_document=source_document
    ).first()
    if earlier is not None and queries.drafts_of(earlier) != list(entries):
        raise SourceDocumentReused(document=source_document, number=earlier.number)
    return earlier


def write(voucher: Voucher, entries: Sequence[EntryDraft]) -> Voucher:
    """Number the voucher and put it down with its entries; the database balances it when the caller commits.

    A step of what makes vouchers in its own way; business books by `post_voucher`.
    """
    known = _known_accounts(voucher.pooling_area_id, voucher.scheme, {entry.account for entry in entries})
    accounts = [_postable(voucher.scheme, entry.account, known) for entry in entries]
    voucher.period = _open_period_of(voucher.pooling_area_id, voucher.scheme, voucher.dated_on)
    series = _series(voucher.scheme, VoucherKind(voucher.kind), voucher.dated_on)
    year = voucher.dated_on.year
    voucher.serial = next_number(series, area=voucher.pooling_area_id, year=year)
    voucher.number = series.written(area=voucher.pooling_area_id, year=year, number=voucher.serial)
    voucher.save(force_insert=True)
    Entry.objects.bulk_create(
        Entry(
            voucher=voucher,
            line_no=line,
            account=account,
            debit_fen=int(entry.debit) or None,
            credit_fen=int(entry.credit) or None,
            note=entry.note,
        )
        for line, (entry, account) in enumerate(zip(entries, accounts, strict=True), 1)
    )
    return voucher


def _series(scheme: str, kind: VoucherKind, on: date) -> Series:
    """One series per fund, kind and month: `450100-2018-居收03-00031`."""
    return Series(
        kind=f"voucher.{scheme}.{kind}.{on.month:02d}",
        name=kind.label,
        mark=f"{FUND_MARKS[scheme]}{VOUCHER_MARKS[kind]}{on.month:02d}",
        width=5,
    )


def _known_accounts(pooling_area: str, scheme: str, codes: Collection[str]) -> Mapping[str, LedgerAccount]:
    found = LedgerAccount.objects.filter(pooling_area_id=pooling_area, scheme=scheme, code__in=codes)
    return {account.code: account for account in found}


def _postable(scheme: str, code: str, known: Mapping[str, LedgerAccount]) -> LedgerAccount:
    if code.startswith(chart.CASH):
        raise CashForbidden
    if (account := known.get(code)) is None:
        raise AccountUnknown(fund=FUND_NAMES.get(scheme, scheme), account=code)
    if not account.postable:
        raise AccountNotPostable(account=account)
    return account


def _account(pooling_area: str, scheme: str, code: str, *, lock: bool = False) -> LedgerAccount:
    accounts = LedgerAccount.objects.select_for_update(of=("self",)) if lock else LedgerAccount.objects.all()
    account = accounts.filter(pooling_area_id=pooling_area, scheme=scheme, code=code).first()
    if account is None:
        raise AccountUnknown(fund=FUND_NAMES.get(scheme, scheme), account=code)
    return account


def _open_period_of(pooling_area: str, scheme: str, on: date) -> AccountingPeriod:
    month = first_of_month(on)
    period = AccountingPeriod.objects.filter(pooling_area_id=pooling_area, scheme=scheme, month=month).first()
    if period is None or period.state != PeriodState.OPEN:
        problem = "尚未开账" if period is None else "已结账"
        raise PeriodNotOpen(fund=FUND_NAMES.get(scheme, scheme), month=month, problem=problem)
    return period


@transaction.atomic
def roll_up_dues(*, pooling_area: str, now: datetime, since: date | None = None) -> int:
    """应付汇总: write the daily roll-up anew from `since`, by default from the first day not yet complete.

    Repeating it changes nothing. Returns how many days were written.
    """
    today = timezone.localdate(now)
    progress = RollUp.objects.select_for_update().filter(pooling_area=pooling_area).first()
    start = since or (progress.complete_until if progress else queries.first_due_day(pooling_area=pooling_area))
    days = rules.days_from(start or today, today)
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute("SELECT fund_roll_up_day(%s, %s)", [pooling_area, day])
    done = rules.complete_until(now=timezone.localtime(now))
    RollUp.objects.update_or_create(pooling_area=pooling_area, defaults={"complete_until": done, "rolled_at": now})
    return len(days)

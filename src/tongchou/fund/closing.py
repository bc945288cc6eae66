"""月结 (GX2017 §101; FIN-15): what a month needs before it is closed, its closing, and its opening again.

Closing is the accountant's. Credits of the bank that nobody has placed yet are no hindrance: they are 未达账项 of the
reconciliation (§99) and are booked in the month in which they are placed (decision 0403).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from tongchou.fund import chart, commands, queries, rules
from tongchou.fund.models import (
    AccountingPeriod,
    BankEntry,
    BusinessDocument,
    LedgerAccount,
    PeriodBalance,
    PeriodReopening,
    Voucher,
)
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import FUND_NAMES, CloseCheck, DocumentState, PeriodState, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import first_of_month
from tongchou.platform import checks, trail
from tongchou.platform.queries import Operator

CLOSE: Final = "fund.close_period"


class PeriodCannotClose(DomainError):
    code = "FU-0303"
    message = "{month:%Y年%m月}不能结账:{problem}"
    citation = "GX2017 §101"


class PeriodCannotReopen(DomainError):
    code = "FU-0304"
    message = "{month:%Y年%m月}不能反结账:{problem}"
    citation = "GX2017 §101"


@dataclass(frozen=True, slots=True)
class Checked:
    """结账检查一项: what must hold, and in words why it does not; no words when it does."""

    check: CloseCheck
    words: str = ""
    figures: Mapping[str, Any] | None = None

    @property
    def holds(self) -> bool:
        return not self.words

    @property
    def problem(self) -> str:
        return self.words.format(**self.figures or {})


@dataclass(frozen=True, slots=True)
class Unplaced:
    """未达账项: credits of a month that have no document yet (待查)."""

    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a fund's books as the page shows it."""

    month: date
    state: PeriodState
    vouchers: int
    closed_at: datetime | None
    closed_by: str


@transaction.atomic(durable=True)
def close_period(*, pooling_area: str, scheme: str, month: date, operator: Operator, now: datetime) -> AccountingPeriod:
    """结账 (GX2017 §101): everything checked, income and expense carried forward, the balances kept, the month closed.

    Raises: PeriodCannotClose naming what stands in the way, PeriodNotOpen, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, CLOSE, pooling_area, now)
    period = _locked_period(pooling_area, scheme, month)
    if period.state != PeriodState.OPEN:
        raise PeriodCannotClose(month=period.month, problem="已经结账")
    balances = _balances(period)
    for one in checklist(period, balances, today=timezone.localdate(now)):
        if not one.holds:
            raise PeriodCannotClose(month=period.month, problem=one.problem)
    accounts = {one.code: one for one in LedgerAccount.objects.filter(pooling_area_id=pooling_area, scheme=scheme)}
    carried = rules.carry_forward_entries(balances, {code: one.closes_to for code, one in accounts.items()})
    if carried:
        _carry_forward(period, carried, operator=operator.staff_code, now=now)
    PeriodBalance.objects.bulk_create(
        PeriodBalance(period=period, account=accounts[code], balance_fen=balance)
        for code, balance in _after(balances, carried).items()
        if balance
    )
    period.state, period.closed_at, period.closed_by = PeriodState.CLOSED, now, operator.staff_code
    period.save(update_fields=["state", "closed_at", "closed_by"])
    _note("fund.close_period", period, now, operator=operator)
    return period


@transaction.atomic(durable=True)
def reopen_period(
    *, pooling_area: str, scheme: str, month: date, requested_by: str, approved_by: str, reason: str, now: datetime
) -> AccountingPeriod:
    """反结账 (GX2017 §101): the last closed month opens again, when a second person agrees and the reason is written.

    Raises: PeriodCannotReopen, ReasonMissing.
    """
    if not reason.strip():
        raise commands.ReasonMissing
    period = _locked_period(pooling_area, scheme, month)
    later_closed = AccountingPeriod.objects.filter(
        pooling_area_id=pooling_area, scheme=scheme, month__gt=period.month, state=PeriodState.CLOSED
    )
    if requested_by == approved_by:
        raise PeriodCannotReopen(month=period.month, problem="申请人与批准人不能是同一人")
    if period.state != PeriodState.CLOSED:
        raise PeriodCannotReopen(month=period.month, problem="尚未结账")
    if later_closed.exists():
        raise PeriodCannotReopen(month=period.month, problem="之后的月份已结账")
    PeriodReopening.objects.create(
        period=period, requested_by=requested_by, approved_by=approved_by, reason=reason.strip(), reopened_at=now
    )
    period.balances.all().delete()
    period.state, period.closed_at, period.closed_by = PeriodState.OPEN, None, ""
    period.save(update_fields=["state", "closed_at", "closed_by"])
    detail = {"approved_by": approved_by, "reason": reason.strip()}
    _note("fund.reopen_period", period, now, staff_code=requested_by, detail=detail)
    return period


def checklist(period: AccountingPeriod, balances: Mapping[str, int], *, today: date) -> list[Checked]:
    """结账检查 (FIN-13, FIN-15): each thing that must hold before the month is closed, whether it does or not."""
    return [
        _ended(period, today),
        _in_turn(period),
        _numbered(period),
        _reviewed(period),
        _balanced(balances),
        *([_divided(balances)] if period.month.month == 12 and period.scheme == "employee" else []),
    ]


def first_open(*, pooling_area: str, scheme: str) -> AccountingPeriod | None:
    """The month to be closed next; None where every month is closed."""
    found = AccountingPeriod.objects.filter(pooling_area_id=pooling_area, scheme=scheme, state=PeriodState.OPEN)
    return found.order_by("month").first()


def checked(period: AccountingPeriod, *, today: date) -> list[Checked]:
    """结账检查 of a month as it stands now."""
    return checklist(period, _balances(period), today=today)


def unplaced(period: AccountingPeriod) -> Unplaced:
    """未达账项 of a month: what the bank has credited and nobody has placed (GX2017 §99)."""
    waiting = BankEntry.objects.filter(
        pooling_area_id=period.pooling_area_id,
        scheme=period.scheme,
        document=None,
        booked_on__gte=period.month,
        booked_on__lt=rules.next_month(period.month),
    ).aggregate(count=Count("id"), fen=Sum("amount_fen"))
    return Unplaced(waiting["count"], waiting["fen"] or 0)


def months(*, pooling_area: str, scheme: str, newest: int) -> list[Month]:
    """会计期间, the newest first, with the vouchers of each."""
    found = AccountingPeriod.objects.filter(pooling_area_id=pooling_area, scheme=scheme)
    told = found.annotate(count=Count("vouchers")).order_by("-month")[:newest]
    return [Month(one.month, PeriodState(one.state), one.count, one.closed_at, one.closed_by) for one in told]


def unclosed(*, pooling_area: str, before: date) -> dict[str, int]:
    """未结账月份数 of each fund, of the months before that one."""
    found = AccountingPeriod.objects.filter(
        pooling_area_id=pooling_area, state=PeriodState.OPEN, month__lt=first_of_month(before)
    )
    return dict(found.values_list("scheme").annotate(count=Count("id")))


def _ended(period: AccountingPeriod, today: date) -> Checked:
    if first_of_month(today) > period.month:
        return Checked(CloseCheck.ENDED)
    return Checked(CloseCheck.ENDED, _("当月尚未过完"))


def _in_turn(period: AccountingPeriod) -> Checked:
    earlier = (
        AccountingPeriod.objects.filter(
            pooling_area_id=period.pooling_area_id, scheme=period.scheme, month__lt=period.month, state=PeriodState.OPEN
        )
        .order_by("month")
        .first()
    )
    if earlier is None:
        return Checked(CloseCheck.IN_TURN)
    return Checked(CloseCheck.IN_TURN, _("{earlier:%Y年%m月}尚未结账"), {"earlier": earlier.month})


def _numbered(period: AccountingPeriod) -> Checked:
    if gaps := queries.voucher_number_gaps(period_id=period.pk):
        return Checked(CloseCheck.NUMBERED, _("凭证号不连续:{gap}"), {"gap": gaps[0]})
    return Checked(CloseCheck.NUMBERED)


def _reviewed(period: AccountingPeriod) -> Checked:
    """A document that waits for its review becomes a voucher of this month, which must still be open then."""
    waiting = BusinessDocument.objects.filter(
        pooling_area_id=period.pooling_area_id,
        scheme=period.scheme,
        state=DocumentState.PREPARED,
        dated_on__gte=period.month,
        dated_on__lt=rules.next_month(period.month),
    ).aggregate(count=Count("id"), fen=Sum("amount_fen"))
    if not waiting["count"]:
        return Checked(CloseCheck.REVIEWED)
    told = {"count": waiting["count"], "amount": yuan_text(waiting["fen"], grouped=True)}
    return Checked(CloseCheck.REVIEWED, _("业务单据待复核{count}张,{amount}元"), told)


def _balanced(balances: Mapping[str, int]) -> Checked:
    return Checked(CloseCheck.BALANCED, "" if sum(balances.values()) == 0 else _("试算不平衡"))


def _divided(balances: Mapping[str, int]) -> Checked:
    """Domain rule: 4601 and 4602 reach zero at the year's end."""
    for code in chart.UNDIVIDED:
        if balances.get(code):
            return Checked(CloseCheck.DIVIDED, _("年末待转科目{account}仍有余额"), {"account": code})
    return Checked(CloseCheck.DIVIDED)


def _balances(period: AccountingPeriod) -> dict[str, int]:
    """The balances at the end of the month."""
    until = rules.next_month(period.month)
    return queries.account_balances(pooling_area=period.pooling_area_id, scheme=period.scheme, until=until)


def _locked_period(pooling_area: str, scheme: str, month: date) -> AccountingPeriod:
    month = first_of_month(month)
    period = (
        AccountingPeriod.objects.select_for_update(of=("self",))
        .filter(pooling_area_id=pooling_area, scheme=scheme, month=month)
        .first()
    )
    if period is None:
        raise commands.PeriodNotOpen(fund=FUND_NAMES.get(scheme, scheme), month=month, problem="尚未开账")
    return period


def _after(balances: Mapping[str, int], carried: Sequence[EntryDraft]) -> Counter[str]:
    """The balances once income and expense have been carried forward."""
    after = Counter(balances)
    for entry in carried:
        after[entry.account] += entry.balance
    return after


def _carry_forward(period: AccountingPeriod, entries: Sequence[EntryDraft], *, operator: str, now: datetime) -> None:
    """期末结转: a transfer voucher on the last day of the month."""
    times = period.vouchers.filter(carries_forward=True).count() + 1
    commands.write(
        Voucher(
            pooling_area_id=period.pooling_area_id,
            scheme=period.scheme,
            kind=VoucherKind.TRANSFER,
            dated_on=date.fromordinal(rules.next_month(period.month).toordinal() - 1),
            summary=f"{period.month:%Y年%m月}期末结转",
            source_document=f"期末结转 {period.month:%Y-%m} 第{times}次",
            carries_forward=True,
            made_by=operator,
            made_at=now,
        ),
        entries,
    )


def _note(action: str, period: AccountingPeriod, now: datetime, **by: Any) -> None:
    """Into the trail (操作日志)."""
    trail.record(
        action,
        at=now,
        pooling_area=period.pooling_area_id,
        object_kind="fund",
        object_key=f"{period.scheme} {period.month:%Y-%m}",
        **by,
    )

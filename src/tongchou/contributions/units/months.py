"""单位应缴与到账 (BJ-ACCT §5, 22; NC-ACCT §4, 7; CON-31; FIN-34): built from the wages, paid whole, then split.

A payment of part is kept in 4601 and allocated to nobody. When the month is paid whole it is told upwards; the run
that credits the accounts asks for the one voucher that splits the income (`split`).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from tongchou.contributions import events
from tongchou.contributions.units import rules
from tongchou.contributions.units.models import EmployeeRule, UnitPayment, UnitRate, UnitReceivable, UnitReceivableLine
from tongchou.contributions.units.states import RestoresFrom, StopsFrom, UnitMonthState
from tongchou.enrolment.employers import queries as employers
from tongchou.fund import commands as fund
from tongchou.fund import documents
from tongchou.fund.events import DocumentPosted
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.kernel.months import first_of_month
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.events import publish

SET: Final = "contributions.set_rates"
ORIGIN: Final = "unit_month"
EMPLOYEE: Final = "employee"
UNDIVIDED: Final = "4601"
POOL_INCOME: Final = "400101"
ACCOUNT_INCOME: Final = "400102"


class RateUnfit(DomainError):
    code = "CO-5101"
    message = "费率须在0与1之间,截止日在1至28日之间,并写明文件依据"
    citation = "NC-ACCT §4"


class RateStands(DomainError):
    code = "CO-5102"
    message = "自{month:%Y-%m}起的费率已维护,或该月以后已生成应缴,不能更改"
    citation = "NC-ACCT §4"


class RateMissing(DomainError):
    code = "CO-5103"
    message = "{area}没有{month:%Y-%m}的职工缴费费率"
    citation = "NC-ACCT §4"


class MonthUnknown(DomainError):
    code = "CO-5104"
    message = "没有编号为{receivable}的单位应缴"
    citation = "BJ-ACCT §5"


class PaidTooMuch(DomainError):
    code = "CO-5105"
    message = "{month:%Y-%m}尚欠{outstanding}元,已登记在途{coming}元,不能再登记{amount}元"
    citation = "BJ-ACCT §5"


class MonthAhead(DomainError):
    code = "CO-5106"
    message = "{month:%Y-%m}还没有到,不能生成应缴"
    citation = "BJ-ACCT §5"


class NotPaidWhole(DomainError):
    code = "CO-5107"
    message = "{month:%Y-%m}未足额缴费,不划入个人账户"
    citation = "NC-ACCT §7"


class SplitUnfit(DomainError):
    code = "CO-5108"
    message = "划入个人账户{accounts}元须在0与缴费{amount}元之间,且与已记账的划分一致"
    citation = "BJ-ACCT §22"


@transaction.atomic
def set_rate(
    *,
    pooling_area: str,
    month_from: date,
    unit_ratio: Decimal,
    personal_ratio: Decimal,
    due_day: int,
    source: str,
    operator: platform.Operator,
    now: datetime,
) -> UnitRate:
    """维护职工缴费费率 (emp.rate.*; NC-ACCT §4) from a month on; months already built keep theirs.

    Raises: RateUnfit, RateStands, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, SET, pooling_area, now)
    month = first_of_month(month_from)
    if not (0 <= unit_ratio < 1 and 0 <= personal_ratio < 1 and 1 <= due_day <= 28 and source.strip()):
        raise RateUnfit
    if UnitReceivable.objects.filter(pooling_area_id=pooling_area, month__gte=month).exists():
        raise RateStands(month=month)
    try:
        with transaction.atomic():
            rate = UnitRate.objects.create(
                pooling_area_id=pooling_area,
                month_from=month,
                unit_ratio=unit_ratio,
                personal_ratio=personal_ratio,
                due_day=due_day,
                source=source.strip(),
                staff_code=operator.staff_code,
                set_at=now,
            )
    except IntegrityError:
        raise RateStands(month=month) from None
    _note("contributions.set_unit_rate", pooling_area, month.isoformat(), operator, now, unit=str(unit_ratio))
    return rate


_KNOWN: Final = """
INSERT INTO contributions_unitreceivable (pooling_area_id, employer_id, unit_code, month, members, base_fen, unit_fen,
    personal_fen, amount_fen, received_fen, due_on, state, split_voucher_no)
SELECT DISTINCT e.pooling_area_id, e.id, e.unit_code, %(month)s::date, 0, 0, 0, 0, 0, 0, %(due_on)s::date, 'due', ''
  FROM enrolment_employer e JOIN enrolment_employermember m ON m.employer_id = e.id
 WHERE e.pooling_area_id = %(area)s AND m.category = 'working' AND m.month_from <= %(month)s
   AND (m.month_until IS NULL OR m.month_until > %(month)s)
ON CONFLICT DO NOTHING
"""
_OPEN: Final = """
SELECT id FROM contributions_unitreceivable
 WHERE pooling_area_id = %(area)s AND month = %(month)s AND received_fen = 0 AND state = 'due'
   AND NOT EXISTS (SELECT FROM fund_businessdocument d WHERE d.origin = 'unit_month' AND d.state <> 'voided'
                      AND d.origin_key = contributions_unitreceivable.id::text)
 ORDER BY id FOR UPDATE
"""
_LINES: Final = """
INSERT INTO contributions_unitreceivableline (receivable_id, person_id, wage_base_fen, unit_fen, personal_fen)
SELECT r.id, m.person_id, m.wage_base_fen, round(m.wage_base_fen * %(unit)s::numeric),
       round(m.wage_base_fen * %(personal)s::numeric)
  FROM contributions_unitreceivable r
  JOIN enrolment_employermember m ON m.employer_id = r.employer_id AND m.category = 'working'
   AND m.month_from <= r.month AND (m.month_until IS NULL OR m.month_until > r.month)
 WHERE r.id = ANY(%(ids)s)
"""
_SUMS: Final = """
UPDATE contributions_unitreceivable r
   SET members = s.members, base_fen = s.base, unit_fen = s.unit, personal_fen = s.personal,
       amount_fen = s.unit + s.personal
  FROM (SELECT k.id, count(l.id) AS members, coalesce(sum(l.wage_base_fen), 0) AS base,
               coalesce(sum(l.unit_fen), 0) AS unit, coalesce(sum(l.personal_fen), 0) AS personal
          FROM contributions_unitreceivable k
          LEFT JOIN contributions_unitreceivableline l ON l.receivable_id = k.id
         WHERE k.id = ANY(%(ids)s) GROUP BY k.id) s
 WHERE r.id = s.id
"""
_STOPS: Final = """
UPDATE contributions_unitreceivable SET stops_from = %(stops_from)s
 WHERE id = ANY(%(ids)s) AND stops_from IS NULL AND %(stops_from)s::date IS NOT NULL
"""


@transaction.atomic
def build_month(*, pooling_area: str, month: date, operator: platform.Operator, now: datetime) -> int:
    """生成单位应缴 (CON-31): every employer with members at work; what nothing was paid for follows the register.

    Each part is rounded half up per member (decision 0304). Returns how many employers stand newly counted.
    Raises: MonthAhead, RateMissing, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, SET, pooling_area, now)
    first = first_of_month(month)
    if first > first_of_month(timezone.localdate(now)):
        raise MonthAhead(month=first)
    rate = rate_of(pooling_area, first)
    due_on = first.replace(day=rate.due_day)
    asked: dict[str, Any] = {
        "area": pooling_area,
        "month": first,
        "due_on": due_on,
        "unit": rate.unit_ratio,
        "personal": rate.personal_ratio,
        "stops_from": _stops_from(pooling_area, first, due_on, timezone.localdate(now)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, asked)
        cursor.execute(_OPEN, asked)
        asked["ids"] = [key for (key,) in cursor.fetchall()]
        cursor.execute("DELETE FROM contributions_unitreceivableline WHERE receivable_id = ANY(%(ids)s)", asked)
        cursor.execute(_LINES, asked)
        cursor.execute(_SUMS, asked)
        cursor.execute(_STOPS, asked)
        cursor.execute("DELETE FROM contributions_unitreceivable WHERE id = ANY(%(ids)s) AND members = 0", asked)
    _note("contributions.build_unit_month", pooling_area, first.isoformat(), operator, now, employers=len(asked["ids"]))
    return len(asked["ids"])


def _stops_from(pooling_area: str, month: date, due_on: date, today: date) -> date | None:
    """停止待遇起始日 of a month determined today, by the rule of that month; without one nobody is stopped."""
    rule = rule_of(pooling_area, month)
    if rule is None:
        return None
    return rules.stops_from(
        due_on=due_on, grace_months=rule.grace_months, stops=StopsFrom(rule.stops), determined_on=today
    )


def rule_of(pooling_area: str, month: date) -> EmployeeRule | None:
    """The rule for employees in force in a month (职工缴费待遇规则), or nothing."""
    found = EmployeeRule.objects.filter(pooling_area_id=pooling_area, month_from__lte=first_of_month(month))
    return found.order_by("-month_from").first()


def rules_of(pooling_area: str, wanted: Sequence[date]) -> list[EmployeeRule | None]:
    """The rules in force in several months, in one query (职工缴费待遇规则)."""
    known = list(EmployeeRule.objects.filter(pooling_area_id=pooling_area).order_by("-month_from"))
    return [next((rule for rule in known if rule.month_from <= month), None) for month in wanted]


def rate_of(pooling_area: str, month: date) -> UnitRate:
    """The rate in force in a month. Raises: RateMissing."""
    found = UnitRate.objects.filter(pooling_area_id=pooling_area, month_from__lte=first_of_month(month))
    rate = found.order_by("-month_from").first()
    if rate is None:
        raise RateMissing(area=pooling_area, month=month)
    return rate


@transaction.atomic
def note_payment(*, receivable_id: int, amount_fen: int, paper: str, operator: platform.Operator, now: datetime) -> str:
    """登记单位缴费: a business document that waits for the bank's entry (GX2017 §95). Returns its number. Fen.

    Raises: MonthUnknown, PaidTooMuch, NoPermission, AreaOutOfScope, what the books refuse.
    """
    found = _locked(receivable_id)
    checks.check_area_in_scope(operator, documents.PREPARE, found.pooling_area_id, now)
    employer = employers.employer_by_id(found.employer_id)
    assert employer is not None
    payer = f"{employer.code} {employer.name}"[:100]
    earlier = documents.find(
        pooling_area=found.pooling_area_id, scheme=EMPLOYEE, kind=DocumentKind.UNIT_PREMIUM, payer=payer, paper=paper
    )
    coming = documents.waiting_fen(origin=ORIGIN, origin_key=str(found.pk))
    if earlier is None and amount_fen > found.outstanding_fen - coming:
        raise PaidTooMuch(
            month=found.month,
            outstanding=yuan_text(found.outstanding_fen),
            coming=yuan_text(coming),
            amount=yuan_text(amount_fen),
        )
    made = documents.issue(
        pooling_area=found.pooling_area_id,
        scheme=EMPLOYEE,
        kind=DocumentKind.UNIT_PREMIUM,
        amount_fen=amount_fen,
        payer=payer,
        paper=paper,
        summary=f"{found.month:%Y年%m月}职工基本医疗保险费",
        origin=ORIGIN,
        origin_key=str(found.pk),
        operator=operator,
        now=now,
    )
    return str(made.number)


def note_arrival(event: DocumentPosted) -> None:
    """到账: part stays allocated to nobody; whole, the month is told upwards (NC-ACCT §7); a step of the posting."""
    if event.origin != ORIGIN:
        return
    found = _locked(int(event.origin_key))
    UnitPayment.objects.create(
        receivable=found,
        amount_fen=event.amount_fen,
        received_on=event.dated_on,
        document_no=event.number,
        voucher_no=event.voucher_no,
    )
    found.received_fen += event.amount_fen
    found.state = UnitMonthState.PART
    if found.received_fen == found.amount_fen:
        found.state, found.paid_on = UnitMonthState.PAID, event.dated_on
        found.stops_until = _restored_on(found, event.dated_on)
    found.save(update_fields=["received_fen", "state", "paid_on", "stops_until"])
    if found.paid_on is not None:
        _tell_restored(found)
        publish(
            events.UnitMonthPaid(
                receivable_id=found.pk,
                pooling_area=found.pooling_area_id,
                employer_id=found.employer_id,
                month=found.month,
                paid_on=found.paid_on,
                amount_fen=found.amount_fen,
            )
        )


def _restored_on(found: UnitReceivable, paid_on: date) -> date | None:
    """恢复待遇日 by the rule of the month that was late; None where nothing ever stops."""
    if found.stops_from is None:
        return None
    rule = rule_of(found.pooling_area_id, found.month)
    assert rule is not None
    return rules.stops_until(stopped_from=found.stops_from, paid_on=paid_on, restores=RestoresFrom(rule.restores))


def _tell_restored(found: UnitReceivable) -> None:
    """Days on which benefits stood still count again: years settled in meanwhile are to be looked at."""
    if found.stops_from is None or found.paid_on is None or not found.stops_from <= found.paid_on:
        return
    assert found.stops_until is not None
    persons = UnitReceivableLine.objects.filter(receivable=found).values_list("person_id", flat=True)
    publish(
        events.UnitBenefitsRestored(
            receivable_id=found.pk,
            pooling_area=found.pooling_area_id,
            since=found.stops_until,
            person_ids=tuple(persons),
        )
    )


def split(*, receivable_id: int, account_fen: int, dated_on: date, operator: platform.Operator, now: datetime) -> str:
    """划账凭证 (FIN-34; BJ-ACCT §22): the month's income split to pool and accounts, once; a step of the credit run.

    Returns the voucher's number. Raises: MonthUnknown, NotPaidWhole, SplitUnfit, what the books refuse.
    """
    found = _locked(receivable_id)
    if found.state != UnitMonthState.PAID:
        raise NotPaidWhole(month=found.month)
    if not 0 <= account_fen <= found.amount_fen:
        raise SplitUnfit(accounts=yuan_text(account_fen), amount=yuan_text(found.amount_fen))
    parts = {POOL_INCOME: found.amount_fen - account_fen, ACCOUNT_INCOME: account_fen}
    try:
        voucher = fund.post_voucher(
            pooling_area=found.pooling_area_id,
            scheme=EMPLOYEE,
            kind=VoucherKind.TRANSFER,
            dated_on=dated_on,
            summary=f"{found.month:%Y年%m月}保险费划分统筹与个人账户",
            source_document=f"单位应缴{found.pk}划账",
            entries=[
                EntryDraft(UNDIVIDED, debit=Money(found.amount_fen)),
                *(EntryDraft(code, credit=Money(fen)) for code, fen in parts.items() if fen),
            ],
            operator=operator.staff_code,
            now=now,
        )
    except fund.SourceDocumentReused:
        raise SplitUnfit(accounts=yuan_text(account_fen), amount=yuan_text(found.amount_fen)) from None
    found.split_voucher_no = voucher.number
    found.save(update_fields=["split_voucher_no"])
    return str(voucher.number)


def month_is_paid(person_id: int, month: date) -> bool:
    """Whether the employer's month of a person is paid whole (NC-ACCT §7): unpaid, no credit and no benefit."""
    return UnitReceivable.objects.filter(
        lines__person_id=person_id, month=first_of_month(month), state=UnitMonthState.PAID
    ).exists()


def late(pooling_area: str, today: date) -> int:
    """欠费合计 of months past their last day, in fen."""
    found = UnitReceivable.objects.filter(pooling_area_id=pooling_area, due_on__lt=today).exclude(
        state=UnitMonthState.PAID
    )
    sums = found.aggregate(owed=Sum("amount_fen"), came=Sum("received_fen"))
    return int((sums["owed"] or 0) - (sums["came"] or 0))


def _locked(receivable_id: int) -> UnitReceivable:
    """Raises: MonthUnknown."""
    found = UnitReceivable.objects.select_for_update(of=("self",)).filter(pk=receivable_id).first()
    if found is None:
        raise MonthUnknown(receivable=receivable_id)
    return found


def _note(
    action: str, pooling_area: str, key: str, operator: platform.Operator, now: datetime, **detail: object
) -> None:
    trail.record(
        action,
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="unit_month",
        object_key=f"{pooling_area} {key}",
        detail=detail,
    )

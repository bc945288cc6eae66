"""The months of the invented city's books (模拟月结): closed as an agency closes them, the last one left to be done.

The accountant closes on the day on which the month's report is due. Of the last month that is over, one document still
waits for its review and one credit for its place, so that there is something to do before it can be closed.
"""

from datetime import date, datetime, time
from typing import Final

from django.apps import apps
from django.utils import timezone

from tongchou.fund import closing, documents
from tongchou.fund.states import BankAccountKind, DocumentKind, DocumentState
from tongchou.kernel.months import add_months, first_of_month
from tongchou.kernel.working_days import WorkingCalendar
from tongchou.platform import queries as platform
from tongchou.platform import second_factor
from tongchou.simulator.books import ACCOUNTANT, EMPLOYEE, RESIDENT
from tongchou.simulator.plan import AREA

REVIEWER, BANK_KEEPER = "caiwufuhe", "caiwufuhe2"
REPORT_DAY: Final = 4
"""Of the month after (FIN-18; GX2017 §102)."""

AFTERNOON: Final = time(16, 30)
INTEREST_DAY, CREDIT_DAY = 21, 27
INTEREST_FEN, CREDIT_FEN = 318_427, 1_520_000
SAVINGS_BANK: Final = "桂宁市农村信用社"


def play(now: datetime) -> int:
    """The months before the last one are closed, each in its time. Returns how many, of both funds."""
    _leave_work(now)
    return close_before_last(now, calendar=platform.working_calendar())


def keep_up(now: datetime) -> int:
    """As time goes on the city's finance does what is older than the last month (逐月结账). Returns what it closed."""
    _review_one(now)
    return close_before_last(now)


def close_before_last(now: datetime, *, calendar: WorkingCalendar | None = None) -> int:
    """结账 of every month before the last one that is over, as far as nothing stands in the way.

    With a calendar each closing is put where it belongs in a city's past; without one it is made now.
    """
    accountant = platform.operator_by_staff_code(ACCOUNTANT)
    if accountant is None:
        return 0
    last, closed = _last_month(now), 0
    for scheme in (RESIDENT, EMPLOYEE):
        while (period := closing.first_open(pooling_area=AREA, scheme=scheme)) and period.month < last:
            at = now if calendar is None else _closing_time(period.month, calendar, now)
            try:
                closing.close_period(pooling_area=AREA, scheme=scheme, month=period.month, operator=accountant, now=at)
            except closing.PeriodCannotClose:  # somebody has to see to it
                break
            closed += 1
    return closed


def _closing_time(month: date, calendar: WorkingCalendar, now: datetime) -> datetime:
    """The afternoon of the day on which the report is due, or of the next working day, where the calendar knows."""
    due = add_months(month, 1).replace(day=REPORT_DAY)
    due = calendar.on_or_after(due) if due.year in calendar.years else due
    return datetime.combine(due, AFTERNOON, now.tzinfo)


def _last_month(now: datetime) -> date:
    return add_months(first_of_month(timezone.localdate(now)), -1)


def _leave_work(now: datetime) -> None:
    """利息 that waits for review, and a credit that nobody has placed (待复核、待查)."""
    accountant, keeper = (platform.operator_by_staff_code(code) for code in (ACCOUNTANT, BANK_KEEPER))
    if accountant is None or keeper is None:
        return
    month = _last_month(now)
    at = datetime.combine(month.replace(day=CREDIT_DAY), AFTERNOON, now.tzinfo)
    made = documents.issue(
        pooling_area=AREA,
        scheme=RESIDENT,
        kind=DocumentKind.INTEREST,
        amount_fen=INTEREST_FEN,
        payer=SAVINGS_BANK,
        paper=f"利息清单 {month:%Y%m}",
        summary="财政专户存款利息",
        operator=accountant,
        now=at,
    )
    told = {"pooling_area": AREA, "scheme": RESIDENT, "operator": keeper, "now": at}
    interest = documents.record_entry(
        account=BankAccountKind.SPECIAL,
        reference=f"LX{month:%Y%m}",
        amount_fen=INTEREST_FEN,
        booked_on=month.replace(day=INTEREST_DAY),
        payer=SAVINGS_BANK,
        **told,
    )
    documents.match(number=made.number, entry_id=interest.pk, operator=accountant, now=at)
    documents.record_entry(
        account=BankAccountKind.INCOME,
        reference=f"DK{month:%Y%m}0007",
        amount_fen=CREDIT_FEN,
        booked_on=month.replace(day=CREDIT_DAY),
        payer="桂宁市某建材经营部",
        remark="转账",
        **told,
    )


def _review_one(now: datetime) -> None:
    """财务复核 of the oldest document of a month that should be closed by now: one at a time, as codes open once."""
    reviewer = platform.operator_by_staff_code(REVIEWER)
    left = apps.get_model("fund.BusinessDocument").objects.filter(
        pooling_area_id=AREA, state=DocumentState.PREPARED, dated_on__lt=_last_month(now)
    )
    one = left.exclude(made_by=REVIEWER).exclude(prepared_by=REVIEWER).order_by("dated_on", "id").first()
    if reviewer is not None and one is not None:
        code = second_factor.demo_code(reviewer, now)
        documents.review(number=one.number, second_factor_code=code, operator=reviewer, now=now)

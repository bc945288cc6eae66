"""Employers' months in the invented city (模拟单位缴费): one paid whole, one in part, the others still owed.

Where the city has no employers there is nothing to do.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.apps import apps
from django.utils import timezone

from tongchou.contributions.units import months
from tongchou.fund import documents
from tongchou.fund.states import BankAccountKind
from tongchou.kernel.months import first_of_month
from tongchou.platform import second_factor
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.simulator import employee_dues
from tongchou.simulator.plan import AREA

UNIT_RATIO, PERSONAL_RATIO = Decimal("0.06"), Decimal("0.02")
"""国发〔1998〕44号: about 6 % of the wages by the employer, 2 % by the member."""

DUE_DAY: Final = 25
LACKING_FEN: Final = 10_000


def play(now: datetime) -> int:
    """费率、应缴、到账. Returns how many employers owe this month."""
    people = [operator_by_staff_code(code) for code in ("zhengjiao", "kuaiji", "caiwufuhe")]
    clerk, accountant, finance = people
    if clerk is None or accountant is None or finance is None:
        return 0
    if not apps.get_model("enrolment.EmployerMember").objects.filter(category="working").exists():
        return 0
    month = first_of_month(timezone.localdate(now))
    months.set_rate(
        pooling_area=AREA,
        month_from=month.replace(month=1),
        unit_ratio=UNIT_RATIO,
        personal_ratio=PERSONAL_RATIO,
        due_day=DUE_DAY,
        source="国发〔1998〕44号(示例)",
        operator=clerk,
        now=now,
    )
    employee_dues.lay_out_rules(clerk, month.replace(month=1), now)
    built = months.build_month(pooling_area=AREA, month=month, operator=clerk, now=now)
    owed = apps.get_model("contributions.UnitReceivable").objects.filter(month=month).order_by("id")[:2]
    for place, one in enumerate(owed):
        amount = one.amount_fen - place * LACKING_FEN
        if amount > 0:
            _pay(one.pk, amount, accountant, finance, now - timedelta(minutes=8 - 2 * place))
    employee_dues.lay_out(clerk, month, now)
    return built


def _pay(receivable_id: int, fen: int, accountant: Operator, finance: Operator, now: datetime) -> None:
    paper = f"缴费回单{receivable_id:06d}"
    number = months.note_payment(receivable_id=receivable_id, amount_fen=fen, paper=paper, operator=accountant, now=now)
    entry = documents.record_entry(
        pooling_area=AREA,
        scheme=months.EMPLOYEE,
        account=BankAccountKind.INCOME,
        reference=f"D{receivable_id:08d}",
        amount_fen=fen,
        booked_on=timezone.localdate(now),
        payer=f"用人单位{receivable_id}",
        operator=finance,
        now=now,
    )
    documents.match(number=number, entry_id=entry.pk, operator=accountant, now=now)
    documents.review(
        number=number,
        second_factor_code=second_factor.demo_code(finance, now),
        operator=finance,
        now=now,
    )

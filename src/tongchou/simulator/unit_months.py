"""Employers' months in the invented city (模拟单位缴费): the last month paid by all but one, this one by some of them.

Where the city has no employers there is nothing to do.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.apps import apps
from django.utils import timezone

from tongchou.contributions.units import months
from tongchou.kernel.months import add_months, first_of_month
from tongchou.platform.queries import operator_by_staff_code
from tongchou.simulator import arriving, employee_dues
from tongchou.simulator.plan import AREA

UNIT_RATIO, PERSONAL_RATIO = Decimal("0.06"), Decimal("0.02")
"""国发〔1998〕44号: about 6 % of the wages by the employer, 2 % by the member."""

DUE_DAY: Final = 25
LACKING_FEN: Final = 10_000
PAYING_EARLY: Final = 2
"""One in so many employers has paid this month before it is due; the last of them lacks something."""


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
    employers = apps.get_model("enrolment.Employer").objects.filter(pooling_area_id=AREA).count()
    last, till = add_months(month, -1), arriving.Till(accountant, finance, sums=2 * employers, now=now)
    if last.year == month.year:  # the rates begin with the year
        months.build_month(pooling_area=AREA, month=last, operator=clerk, now=now)
        for place, one in enumerate(_owed(last)[:-1]):
            _pay(one, one.amount_fen, till, last.replace(day=DUE_DAY - 1 - place % 9))
    built = months.build_month(pooling_area=AREA, month=month, operator=clerk, now=now)
    early = _owed(month)[::PAYING_EARLY]
    for place, one in enumerate(early):
        amount = one.amount_fen - (LACKING_FEN if place == len(early) - 1 else 0)
        if amount > 0:
            _pay(one, amount, till, timezone.localdate(now))
    employee_dues.lay_out(clerk, till, month, now)
    return built


def _owed(month: date) -> list[Any]:
    owed = apps.get_model("contributions.UnitReceivable").objects.filter(month=month)
    return list(owed.select_related("employer").order_by("employer_id"))


def _pay(owed: Any, fen: int, till: arriving.Till, booked_on: date) -> None:
    number = months.note_payment(
        receivable_id=owed.pk,
        amount_fen=fen,
        paper=f"缴费回单{owed.pk:06d}",
        operator=till.accountant,
        now=till.at,
    )
    till.receive(
        number,
        reference=f"D{owed.pk:08d}",
        fen=fen,
        payer=owed.employer.name,
        booked_on=booked_on,
    )

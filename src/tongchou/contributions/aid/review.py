"""资助核对 (CON-17; GX2017 §27): aid that has come, and whose person owes the year no more or had paid it alone.

Between the department's money and the use of it people die, leave, or pay. Enrolment cannot post vouchers, so that
whoever keeps the bank's books looks again: what cannot be used leaves income and waits to go back (decision 0390).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions.aid import arrivals, commands
from tongchou.contributions.aid.models import AidItem, AidList
from tongchou.contributions.aid.states import AidDifference, AidItemState, AidMode
from tongchou.contributions.reconciling import OTHER_RECEIPTS, RECONCILE
from tongchou.contributions.refunds.commands import EARLIER_YEARS
from tongchou.contributions.rules import RESIDENT
from tongchou.fund import commands as fund
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform


class NothingAstray(DomainError):
    code = "CO-6603"
    message = "资助名册{number}没有需要退回的资助款"
    citation = "GX2017 §27"


ASTRAY: Final = """
SELECT i.id, l.number, i.list_id, c.id AS contribution_id,
       CASE WHEN r.id IS NULL THEN 'gone'
            WHEN c.channel = 'aid' AND e.died_on < make_date(p.benefit_year, 1, 1) THEN 'died'
            WHEN p.mode = 'fund' AND c.fund_aided_fen < i.amount_fen THEN 'paid_before' END AS why
  FROM contributions_aiditem i
  JOIN contributions_aidlist l ON l.id = i.list_id
  JOIN contributions_aidplan p ON p.id = i.plan_id
  LEFT JOIN contributions_receivable r
    ON r.person_id = i.person_id AND r.scheme = 'resident' AND r.benefit_year = p.benefit_year AND r.state <> 'void'
  LEFT JOIN contributions_contribution c ON c.id = r.contribution_id
  LEFT JOIN enrolment_registered e ON e.person_id = i.person_id
 WHERE i.state IN ('arrived', 'used')
"""
"""Aid that has come and cannot be used. Who paid for a year, and left or died in it, has used it: §28."""


def astray(found: AidList) -> dict[int, str]:
    """Which lines of the list have aid that cannot be used, and why (资助差异)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, why FROM ({ASTRAY} AND i.list_id = %s) a WHERE why IS NOT NULL", [found.pk])
        return dict(cursor.fetchall())


@transaction.atomic
def review_list(*, number: str, operator: platform.Operator, now: datetime) -> int:
    """核对应退回资助款 (CON-17; FIN-35): what cannot be used any more waits to go back. Returns how many lines.

    Raises: ListUnknown, NothingAstray, BenefitsUsed, NoPermission, AreaOutOfScope, and what the books refuse.
    """
    found = commands.lock(number)
    platform_checks.check_area_in_scope(operator, RECONCILE, found.pooling_area_id, now)
    arrivals.forget_the_dead(found, now)
    why = astray(found)
    if not why:
        raise NothingAstray(number=number)
    items = list(found.items.select_for_update(of=("self",)).filter(pk__in=list(why)).order_by("line_no"))
    today, held = timezone.localdate(now), []
    for item in items:
        item.state = AidItemState.RETURN
        item.difference = AidDifference.PAID_BEFORE if why[item.pk] == "paid_before" else AidDifference.NOT_INSURED
        item.save(update_fields=["state", "difference"])
        if found.plan.mode == AidMode.FUND:
            reason = f"资助款应退回:{item.get_difference_display()}"
            held.append(arrivals.hold(found, item, item.amount_fen, today, reason, now))
    voucher_no = _leave_income(found, items, operator, now) if found.plan.mode == AidMode.FUND else ""
    arrivals.came_by(held, voucher_no)
    commands.note("review_aid_list", found, operator, now, returned=len(items), voucher=voucher_no)
    return len(items)


def _leave_income(found: AidList, items: Iterable[AidItem], operator: platform.Operator, now: datetime) -> str:
    """冲减收入: aid that came this year lessens its income, aid of an earlier year is an expense."""
    today = timezone.localdate(now)
    sums: dict[str, int] = {}
    for item in items:
        this_year = item.arrived_on is not None and item.arrived_on.year == today.year
        account = found.plan.income_account if this_year else EARLIER_YEARS
        sums[account] = sums.get(account, 0) + item.amount_fen
    return fund.post_voucher(
        pooling_area=found.pooling_area_id,
        scheme=RESIDENT,
        kind=VoucherKind.TRANSFER,
        dated_on=today,
        summary=f"冲减{found.plan.benefit_year}年度资助参保款",
        source_document=f"资助名册{found.number}核对{now.isoformat()}",
        entries=[
            *(EntryDraft(account, debit=Money(fen)) for account, fen in sorted(sums.items())),
            EntryDraft(OTHER_RECEIPTS, credit=Money(sum(sums.values())), note="应退回资助款"),
        ],
        operator=operator.staff_code,
        now=now,
    ).number


_ARRIVALS: Final = """
SELECT l.number, l.arrived_fen, coalesce(sum(a.amount_fen), 0) FROM contributions_aidlist l
  LEFT JOIN contributions_aidarrival a ON a.list_id = l.id AND a.withdrawn_at IS NULL
 WHERE l.pooling_area_id = %s GROUP BY l.id HAVING l.arrived_fen <> coalesce(sum(a.amount_fen), 0)
 ORDER BY l.id LIMIT 20
"""


def broken(area: str, today: date) -> list[str]:
    """资助核对 of the night (ORG-27): aid that must go back, and lists whose sum is not that of their arrivals."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number, count(*) FROM ({ASTRAY} AND l.pooling_area_id = %s AND p.benefit_year >= %s) a"
            " WHERE why IS NOT NULL GROUP BY list_id, number ORDER BY list_id LIMIT 20",
            [area, today.year - 1],
        )
        waiting = cursor.fetchall()
        cursor.execute(_ARRIVALS, [area])
        wrong = cursor.fetchall()
    return [
        *(f"资助名册{number}有{lines}人的资助款不能使用,应核对退回" for number, lines in waiting),
        *(f"资助名册{number}到账合计与到账登记不一致" for number, _said, _made in wrong),
    ]

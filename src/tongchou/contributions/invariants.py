"""What must always be true of what is owed and paid (征缴核对; ORG-27): each check names what breaks it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from tongchou.contributions import cross_checks, mandates, receivables, waiting_money
from tongchou.contributions.aid import review as aid
from tongchou.contributions.dues import invariants as dues
from tongchou.contributions.models import ImportBatch, RefundOrder
from tongchou.contributions.procedure import procedure
from tongchou.contributions.subsidies import invariants as subsidies
from tongchou.contributions.units import invariants as units
from tongchou.fund import queries as fund
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel

CHECKED_DAYS: Final = 400
MOST_NAMED: Final = 20
PREMIUMS: Final = "4001"
HELD: Final = "200199"

_UNSETTLED: Final = """
SELECT c.id FROM contributions_receivableyear y
  JOIN contributions_contribution c ON c.pooling_area_id = y.pooling_area_id AND c.scheme = y.scheme
   AND c.benefit_year = y.benefit_year AND c.voided_at IS NULL
  LEFT JOIN contributions_receivable r ON r.contribution_id = c.id
 WHERE y.pooling_area_id = %s AND y.benefit_year >= %s
   AND (r.id IS NULL OR r.person_id <> c.person_id OR r.benefit_year <> c.benefit_year)
 ORDER BY c.id LIMIT %s
"""
_UNPAID: Final = """
SELECT r.id FROM contributions_receivable r JOIN contributions_contribution c ON c.id = r.contribution_id
 WHERE r.pooling_area_id = %s AND r.benefit_year >= %s
   AND (c.voided_at IS NOT NULL OR c.amount_fen <> r.amount_fen OR c.fund_aided_fen <> r.aided_fen
        OR c.person_id <> r.person_id OR c.benefit_year <> r.benefit_year)
 ORDER BY r.id LIMIT %s
"""
_RESULTS: Final = """
SELECT b.number, s.paid_fen, coalesce(sum(i.paid_fen), 0)
  FROM contributions_collectionresult s
  JOIN contributions_collectionbatch b ON b.id = s.batch_id
  LEFT JOIN contributions_collectionitem i ON i.result_id = s.id
 WHERE b.pooling_area_id = %s AND s.booked_at >= %s
 GROUP BY s.id, b.number HAVING s.paid_fen <> coalesce(sum(i.paid_fen), 0) ORDER BY s.id LIMIT %s
"""
_PENDING: Final = """
SELECT b.number, s.pending_fen, coalesce(sum(p.amount_fen), 0)
  FROM contributions_collectionresult s
  JOIN contributions_collectionbatch b ON b.id = s.batch_id
  LEFT JOIN contributions_pendingamount p ON p.result_id = s.id
 WHERE b.pooling_area_id = %s AND s.booked_at >= %s
 GROUP BY s.id, b.number HAVING s.pending_fen <> coalesce(sum(p.amount_fen), 0) ORDER BY s.id LIMIT %s
"""
_FILES: Final = """
SELECT f.id, f.amount_fen, coalesce(sum(c.amount_fen - c.fund_aided_fen), 0)
  FROM contributions_importbatch f
  LEFT JOIN contributions_contribution c ON c.batch_id = f.id AND c.corrects_id IS NULL
 WHERE f.pooling_area_id = %s AND f.created_at >= %s
 GROUP BY f.id HAVING f.amount_fen <> coalesce(sum(c.amount_fen - c.fund_aided_fen), 0) ORDER BY f.id LIMIT %s
"""


def contributions_without_receivable(area: str, today: date) -> list[str]:
    """已缴 of opened years: each payment settles its own person's year."""
    return [f"缴费记录{key}没有对应的应缴" for (key,) in _rows(_UNSETTLED, area, today.year, MOST_NAMED)]


def receivables_without_contribution(area: str, today: date) -> list[str]:
    """已缴 says that a valid payment of the same sum stands behind it."""
    return [f"应缴{key}与其缴费记录不一致" for (key,) in _rows(_UNPAID, area, today.year, MOST_NAMED)]


def results_astray(area: str, today: date) -> list[str]:
    """回盘: the lines of a result, what could not be booked, and its sums."""
    since = today - timedelta(days=CHECKED_DAYS)
    found = [*_rows(_RESULTS, area, since, MOST_NAMED), *_rows(_PENDING, area, since, MOST_NAMED)]
    return [f"托收批次{number}合计{yuan_text(said)}元,明细{yuan_text(int(made))}元" for number, said, made in found]


def files_astray(area: str, today: date) -> list[str]:
    """缴费结果文件: the payments of a file are its sum."""
    since = today - timedelta(days=CHECKED_DAYS)
    return [
        f"缴费文件{key}合计{yuan_text(said)}元,缴费记录{yuan_text(int(made))}元"
        for key, said, made in _rows(_FILES, area, since, MOST_NAMED)
    ]


def vouchers_astray(area: str, today: date) -> list[str]:
    """账: what the files of payments of a voucher brought is its premium income."""
    since = today - timedelta(days=CHECKED_DAYS)
    posted = ImportBatch.objects.filter(pooling_area_id=area, created_at__date__gte=since).exclude(voucher_no="")
    wrong = []
    for number, amount in posted.values_list("voucher_no").annotate(amount=Sum("amount_fen")).order_by("voucher_no"):
        voucher = fund.voucher(number)
        income = sum(e.credit_fen or 0 for e in voucher.entries if e.account.startswith(PREMIUMS)) if voucher else 0
        if income != amount:
            wrong.append(f"凭证{number}保费收入{yuan_text(income)}元,缴费{yuan_text(amount)}元")
    return wrong


_REFUNDS: Final = """
SELECT o.number,
       CASE WHEN o.contribution_id IS NOT NULL AND (c.voided_at IS NULL OR o.reversal_no = '')
            THEN '原缴费未作废或未冲减'
            WHEN p.id IS NOT NULL AND p.resolved_at IS NULL THEN '待处理款未办结'
            WHEN o.amount_fen > coalesce(c.amount_fen, p.amount_fen) THEN '多于原款项'
            WHEN o.state = 'paid' AND NOT EXISTS (
                 SELECT FROM contributions_refundline l
                  WHERE l.order_id = o.id AND l.run_id = o.run_id AND l.state = 'paid' AND l.amount_fen = o.amount_fen)
            THEN '没有银行转账明细' END AS wrong
  FROM contributions_refundorder o
  LEFT JOIN contributions_contribution c ON c.id = o.contribution_id
  LEFT JOIN contributions_pendingamount p ON p.id = o.pending_id
 WHERE o.pooling_area_id = %s AND o.approved_at >= %s
"""


def refunds_astray(area: str, today: date) -> list[str]:
    """退费: what went back was taken off a payment or a 待处理款 of at least that sum; the bank says so (CON-22)."""
    since = today - timedelta(days=CHECKED_DAYS)
    found = _rows(f"SELECT * FROM ({_REFUNDS}) o WHERE wrong IS NOT NULL ORDER BY 1 LIMIT %s", area, since, MOST_NAMED)
    return [f"退费单{number}:{wrong}" for number, wrong in found]


def refund_vouchers_astray(area: str, today: date) -> list[str]:
    """退费的账: what a voucher took out of the bank, or out of income, is the sum of its refunds (CON-22; FIN-35)."""
    since = today - timedelta(days=CHECKED_DAYS)
    posted = RefundOrder.objects.filter(pooling_area_id=area, approved_at__date__gte=since)
    wrong = []
    for column, account in (("reversal_no", HELD), ("voucher_no", procedure(area).paid_from)):
        sums = posted.exclude(**{column: ""}).values_list(column).annotate(amount=Sum("amount_fen"))
        for number, amount in sums.order_by(column):
            voucher = fund.voucher(number)
            moved = sum(e.credit_fen or 0 for e in voucher.entries if e.account.startswith(account)) if voucher else 0
            if moved != amount:
                wrong.append(f"凭证{number}退费{yuan_text(moved)}元,退费单{yuan_text(amount)}元")
    return wrong


_UNCOVERED: Final = """
SELECT c.id FROM contributions_contribution c JOIN contributions_coveragespan s ON s.contribution_id = c.id
 WHERE c.pooling_area_id = %s AND c.benefit_year >= %s
   AND ((c.voided_at IS NOT NULL AND s.withdrawn_at IS NULL) OR s.person_id <> c.person_id)
 ORDER BY c.id LIMIT %s
"""


def coverage_astray(area: str, today: date) -> list[str]:
    """待遇享受期: a voided payment covers nobody, and a payment covers its own person (CON-22, CON-23)."""
    return [f"缴费记录{key}与其待遇享受期不一致" for (key,) in _rows(_UNCOVERED, area, today.year, MOST_NAMED)]


_COUNTER_DAYS: Final = """
SELECT d.number,
       CASE WHEN d.state = 'open' AND d.collected_on < %s THEN '未日结'
            WHEN d.amount_fen <> b.amount_fen OR d.amount_fen <> coalesce(p.amount_fen, 0) THEN '合计与收据不一致'
            WHEN d.state = 'closed' AND d.amount_fen > 0 AND b.voucher_no = '' THEN '未记账' END AS wrong
  FROM contributions_counterday d
  JOIN contributions_importbatch b ON b.id = d.batch_id
  LEFT JOIN (SELECT day_id, sum(amount_fen) AS amount_fen FROM contributions_counterpayment
              WHERE state <> 'cancelled' GROUP BY day_id) p ON p.day_id = d.id
 WHERE d.pooling_area_id = %s AND d.collected_on >= %s
"""


def counter_days_astray(area: str, today: date) -> list[str]:
    """现场缴费: a day is closed on its day, is the sum of its receipts, and stands in the books (FIN-07)."""
    since = today - timedelta(days=CHECKED_DAYS)
    found = _rows(
        f"SELECT * FROM ({_COUNTER_DAYS}) d WHERE wrong IS NOT NULL ORDER BY 1 LIMIT %s",
        today,
        area,
        since,
        MOST_NAMED,
    )
    return [f"现场缴费日结单{number}:{wrong}" for number, wrong in found]


CHECKS: Final[tuple[Callable[[str, date], list[str]], ...]] = (
    contributions_without_receivable,
    receivables_without_contribution,
    results_astray,
    files_astray,
    vouchers_astray,
    subsidies.broken,
    units.broken,
    dues.broken,
    refunds_astray,
    refund_vouchers_astray,
    coverage_astray,
    counter_days_astray,
    aid.broken,
    cross_checks.broken,
    waiting_money.broken,
)


def broken(area: str, today: date) -> list[str]:
    """Everything that is not as it must be, in words; empty when all is well."""
    return [line for check in CHECKS for line in check(area, today)]


def every_night(now: datetime) -> list[str]:
    """征缴日终 (定时任务): mandates expire, newcomers owe and the suspended do not, and what is astray goes to those
    who close the books.
    """
    today = timezone.localdate(now)
    mandates.expire(now)
    receivables.build_missing(now)
    receivables.owe_nothing_while_suspended(today)
    found = [line for area in platform.pooling_areas(today) for line in broken(area.code, today)]
    if found:
        send_notice(
            recipients=platform.holders_of_permission("fund.close_period", today),
            title=f"征缴核对发现{len(found)}处不一致",
            body="\n".join(found[:50]),
            level=NoticeLevel.URGENT,
            topic=f"contributions.check {today}",
            now=now,
        )
    return found


def _rows(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())

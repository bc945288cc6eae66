"""What must always be true of the books (账务核对): each check names what breaks it; a nightly job runs them all."""

from collections.abc import Callable
from datetime import date

from django.db import connection

_UNBALANCED = """
SELECT v.number FROM fund_voucher v LEFT JOIN fund_entry e ON e.voucher_id = v.id
WHERE v.pooling_area_id = %s AND v.dated_on >= %s AND v.dated_on < %s
GROUP BY v.id
HAVING count(e.id) < 2 OR sum(coalesce(e.debit_fen, 0)) <> sum(coalesce(e.credit_fen, 0))
ORDER BY v.id
"""

_NUMBER_GAPS = """
SELECT v.scheme, v.kind, to_char(p.month, 'YYYY-MM')
FROM fund_voucher v JOIN fund_accountingperiod p ON p.id = v.period_id
WHERE v.pooling_area_id = %s AND p.month >= date_trunc('month', %s::date) AND p.month < %s
GROUP BY 1, 2, 3 HAVING count(*) <> max(v.serial)
ORDER BY 1, 2, 3
"""

_TRIAL_OFF = """
SELECT v.scheme FROM fund_voucher v JOIN fund_entry e ON e.voucher_id = v.id
WHERE v.pooling_area_id = %s AND v.dated_on >= %s AND v.dated_on < %s
GROUP BY 1 HAVING sum(coalesce(e.debit_fen, 0)) <> sum(coalesce(e.credit_fen, 0))
"""

_ROLL_UP_OFF = """
SELECT to_char(coalesce(d.settled_on, b.settled_on), 'YYYY-MM-DD'), coalesce(d.amount, 0), coalesce(b.amount, 0)
FROM (
    SELECT settled_on, sum(amount_fen) AS amount FROM fund_institutiondue
    WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s GROUP BY 1
) d FULL JOIN (
    SELECT settled_on, sum(amount_fen) AS amount FROM fund_dailybalance
    WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s GROUP BY 1
) b ON b.settled_on = d.settled_on
WHERE coalesce(d.amount, 0) <> coalesce(b.amount, 0)
ORDER BY 1
"""


_DOCUMENTS_OFF = """
SELECT d.number FROM fund_businessdocument d
  LEFT JOIN fund_bankentry b ON b.id = d.entry_id
  LEFT JOIN fund_voucher v ON v.number = d.voucher_no AND v.pooling_area_id = d.pooling_area_id
  LEFT JOIN LATERAL (SELECT sum(e.debit_fen) AS fen FROM fund_entry e WHERE e.voucher_id = v.id) booked ON TRUE
 WHERE d.pooling_area_id = %s AND d.dated_on >= %s AND d.dated_on < %s
   AND ((d.entry_id IS NOT NULL AND (b.amount_fen <> d.amount_fen OR b.account <> d.account))
     OR (d.state = 'posted' AND booked.fen IS DISTINCT FROM d.amount_fen::numeric))
 ORDER BY d.id
"""


def unbalanced_vouchers(*, pooling_area: str, since: date, until: date) -> list[str]:
    """凭证借贷平衡: vouchers of `[since, until)` that do not balance (GX2017 §100)."""
    return [f"凭证{number}借贷不平" for (number,) in _rows(_UNBALANCED, pooling_area, since, until)]


def gaps_in_numbers(*, pooling_area: str, since: date, until: date) -> list[str]:
    """凭证号连续: series of those months with a gap (FIN-13)."""
    return [
        f"{scheme} {month} {kind}凭证号不连续"
        for scheme, kind, month in _rows(_NUMBER_GAPS, pooling_area, since, until)
    ]


def trial_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """试算平衡: funds whose debits and credits of those days differ (GX2017 §101)."""
    return [f"{scheme}试算不平衡" for (scheme,) in _rows(_TRIAL_OFF, pooling_area, since, until)]


def roll_up_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """应付汇总: days whose roll-up differs from the sub-ledger."""
    span = (pooling_area, since, until)
    return [f"{day}应付明细{detail}分,日汇总{rolled}分" for day, detail, rolled in _rows(_ROLL_UP_OFF, *span, *span)]


def documents_astray(*, pooling_area: str, since: date, until: date) -> list[str]:
    """业务单据: the bank's entry, the document and its voucher are one sum (GX2017 §95; FIN-07)."""
    return [
        f"业务单据{number}与银行入账或记账凭证金额不一致"
        for (number,) in _rows(_DOCUMENTS_OFF, pooling_area, since, until)
    ]


CHECKS: tuple[Callable[..., list[str]], ...] = (
    unbalanced_vouchers,
    gaps_in_numbers,
    trial_differences,
    roll_up_differences,
    documents_astray,
)
"""All checks; each takes `pooling_area`, `since`, `until`."""


def broken(*, pooling_area: str, since: date, until: date) -> list[str]:
    """Everything that is not as it must be, in words; empty when all is well."""
    return [line for check in CHECKS for line in check(pooling_area=pooling_area, since=since, until=until)]


def _rows(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())

"""一次性应收核对 (ORG-27): what came is what the books hold, and what a finding owes is what was raised."""

from datetime import date
from typing import Final

from django.db import connection

MOST_NAMED: Final = 20

_BOOKED: Final = """
SELECT d.number FROM contributions_oneoffdue d
  LEFT JOIN LATERAL (SELECT coalesce(sum(p.amount_fen), 0) AS came, coalesce(sum(e.fen), 0) AS booked
                       FROM contributions_oneoffpayment p
                       LEFT JOIN LATERAL (SELECT sum(e.credit_fen) AS fen FROM fund_voucher v
                                            JOIN fund_entry e ON e.voucher_id = v.id AND e.credit_fen IS NOT NULL
                                           WHERE v.number = p.voucher_no AND v.pooling_area_id = d.pooling_area_id) e
                         ON TRUE
                      WHERE p.due_id = d.id) s ON TRUE
 WHERE d.pooling_area_id = %s AND d.raised_at >= %s AND (s.came <> d.received_fen OR s.booked <> d.received_fen)
 ORDER BY d.id LIMIT %s
"""
_FOUND: Final = """
SELECT a.number FROM contributions_baseaudit a
  JOIN contributions_oneoffdue d ON d.id = a.due_id
  LEFT JOIN LATERAL (SELECT coalesce(sum(f.unit_fen), 0) AS unit, coalesce(sum(f.personal_fen), 0) AS personal,
                            coalesce(sum(f.late_fee_fen), 0) AS late
                       FROM contributions_basefinding f WHERE f.audit_id = a.id) s ON TRUE
 WHERE d.pooling_area_id = %s AND d.raised_at >= %s
   AND (s.unit, s.personal, s.late) <> (d.unit_fen, d.personal_fen, d.late_fee_fen)
 ORDER BY a.id LIMIT %s
"""


def broken(area: str, today: date) -> list[str]:
    """Everything of the last two years that is not as it must be, in words."""
    since = date(today.year - 1, 1, 1)
    return [
        *(f"一次性应收{key}到账与记账凭证不一致" for key in _keys(_BOOKED, area, since)),
        *(f"基数稽核{key}的明细与补缴应收不一致" for key in _keys(_FOUND, area, since)),
    ]


def _keys(statement: str, area: str, since: date) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [area, since, MOST_NAMED])
        return [str(key) for (key,) in cursor.fetchall()]

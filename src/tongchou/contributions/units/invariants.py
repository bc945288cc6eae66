"""单位缴费核对 (ORG-27): a month is the sum of its members, what came is what the books hold."""

from datetime import date
from typing import Final

from django.db import connection

MOST_NAMED: Final = 20

_LINES: Final = """
SELECT r.id FROM contributions_unitreceivable r
  LEFT JOIN LATERAL (SELECT count(*) AS members, coalesce(sum(l.unit_fen), 0) AS unit,
                            coalesce(sum(l.personal_fen), 0) AS personal
                       FROM contributions_unitreceivableline l WHERE l.receivable_id = r.id) s ON TRUE
 WHERE r.pooling_area_id = %s AND r.month >= %s
   AND (s.members <> r.members OR s.unit <> r.unit_fen OR s.personal <> r.personal_fen)
 ORDER BY r.id LIMIT %s
"""
_BOOKED: Final = """
SELECT r.id FROM contributions_unitreceivable r
  LEFT JOIN LATERAL (SELECT coalesce(sum(p.amount_fen), 0) AS came, coalesce(sum(e.credit_fen), 0) AS booked
                       FROM contributions_unitpayment p
                       LEFT JOIN fund_voucher v ON v.number = p.voucher_no AND v.pooling_area_id = r.pooling_area_id
                       LEFT JOIN fund_entry e ON e.voucher_id = v.id AND e.credit_fen IS NOT NULL
                      WHERE p.receivable_id = r.id) s ON TRUE
 WHERE r.pooling_area_id = %s AND r.month >= %s AND (s.came <> r.received_fen OR s.booked <> r.received_fen)
 ORDER BY r.id LIMIT %s
"""


def broken(area: str, today: date) -> list[str]:
    """Everything of the last two years that is not as it must be, in words."""
    since = date(today.year - 1, 1, 1)
    return [
        *(f"单位应缴{key}与其明细不一致" for key in _keys(_LINES, area, since)),
        *(f"单位应缴{key}到账与记账凭证不一致" for key in _keys(_BOOKED, area, since)),
    ]


def _keys(statement: str, area: str, since: date) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [area, since, MOST_NAMED])
        return [int(key) for (key,) in cursor.fetchall()]

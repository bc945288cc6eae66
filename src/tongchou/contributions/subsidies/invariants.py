"""补助核对 (ORG-27): counts as frozen, arrivals as booked, settlements as paid; each check names what breaks it."""

from collections.abc import Callable
from datetime import date
from typing import Final

from django.db import connection

MOST_NAMED: Final = 20

_RECEIVED: Final = """
SELECT a.number, l.level, l.received_fen, coalesce(sum(r.amount_fen), 0)
  FROM contributions_subsidylevel l JOIN contributions_subsidyapplication a ON a.id = l.application_id
  LEFT JOIN contributions_subsidyarrival r ON r.level_id = l.id
 WHERE a.pooling_area_id = %s AND a.benefit_year >= %s
 GROUP BY a.number, l.id HAVING l.received_fen <> coalesce(sum(r.amount_fen), 0) ORDER BY l.id LIMIT %s
"""
_BOOKED: Final = """
SELECT r.document_no FROM contributions_subsidyarrival r
  JOIN contributions_subsidylevel l ON l.id = r.level_id
  JOIN contributions_subsidyapplication a ON a.id = l.application_id
  LEFT JOIN fund_voucher v ON v.number = r.voucher_no AND v.pooling_area_id = a.pooling_area_id
  LEFT JOIN LATERAL (SELECT sum(e.credit_fen) AS fen FROM fund_entry e
                       JOIN fund_ledgeraccount k ON k.id = e.account_id
                      WHERE e.voucher_id = v.id AND k.code LIKE '4101%%') booked ON TRUE
 WHERE a.pooling_area_id = %s AND a.benefit_year >= %s AND booked.fen IS DISTINCT FROM r.amount_fen::numeric
 ORDER BY r.id LIMIT %s
"""
_DUE: Final = """
SELECT a.number, l.level FROM contributions_subsidylevel l
  JOIN contributions_subsidyapplication a ON a.id = l.application_id
  LEFT JOIN LATERAL (SELECT sum(n.central_fen) AS central, sum(n.province_fen) AS province, sum(n.city_fen) AS city,
                            sum(n.county_fen) AS county
                       FROM contributions_subsidyline n WHERE n.snapshot_id = a.snapshot_id) sums ON TRUE
 WHERE a.pooling_area_id = %s AND a.benefit_year >= %s
   AND l.due_fen::numeric <> CASE l.level WHEN 'central' THEN sums.central WHEN 'province' THEN sums.province
                                 WHEN 'city' THEN sums.city ELSE sums.county END
 ORDER BY l.id LIMIT %s
"""


def received_astray(area: str, since: int) -> list[str]:
    """已到金额 is the sum of the arrivals."""
    return [f"补助申请{number}的{level}已到金额与到账明细不一致" for number, level, *_ in _rows(_RECEIVED, area, since)]


def arrivals_not_booked(area: str, since: int) -> list[str]:
    """Every arrival stands in the books as subsidy income of the same sum (GX2017 §95)."""
    return [f"补助到账{document}与记账凭证不一致" for (document,) in _rows(_BOOKED, area, since)]


def due_astray(area: str, since: int) -> list[str]:
    """What a budget owes is the sum of the lines of the frozen count (CON-27)."""
    return [f"补助申请{number}的{level}应补金额与测算不一致" for number, level in _rows(_DUE, area, since)]


CHECKS: Final[tuple[Callable[[str, int], list[str]], ...]] = (received_astray, arrivals_not_booked, due_astray)


def broken(area: str, today: date) -> list[str]:
    """Everything that is not as it must be since last year, in words."""
    return [line for check in CHECKS for line in check(area, today.year - 1)]


def _rows(statement: str, area: str, since: int) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [area, since, MOST_NAMED])
        return list(cursor.fetchall())

"""交叉核对 of the night (ORG-27; GX2017 §95, 119): what the bank said against what is booked, and what is booked
against the days it covers. Each finds what was changed behind the program.
"""

from datetime import date, timedelta
from typing import Final

from django.db import connection

MOST_NAMED: Final = 20
CHECKED_DAYS: Final = 400

_CREDITS: Final = """
SELECT b.number,
       CASE WHEN s.advised_fen <> coalesce(h.came_fen, 0) OR h.torn THEN '到账合计与到账通知不一致'
            WHEN (s.reconciled_at IS NULL) <> (p.voucher_no = '') THEN '对账状态与记账凭证不一致'
            WHEN b.state = 'reconciled' AND s.reconciled_at IS NULL AND s.paid_fen > 0 THEN '已对账而回盘未记账'
       END AS wrong
  FROM contributions_collectionresult s
  JOIN contributions_collectionbatch b ON b.id = s.batch_id
  JOIN contributions_importbatch p ON p.id = s.payments_id
  LEFT JOIN (SELECT result_id, sum(amount_fen) AS came_fen, bool_or(torn) AS torn
               FROM (SELECT x.result_id, x.amount_fen,
                            a.amount_fen <> sum(x.amount_fen) OVER (PARTITION BY x.advice_id) AS torn
                       FROM contributions_creditshare x JOIN contributions_creditadvice a ON a.id = x.advice_id) x
              GROUP BY result_id) h
    ON h.result_id = s.id
 WHERE b.pooling_area_id = %s AND s.booked_at >= %s
"""
"""What a result was told is its shares of credits, and the shares of a credit are the credit (decision 0395)."""
_LINES: Final = """
SELECT b.number FROM contributions_collectionbatch b
  JOIN LATERAL (SELECT count(*) AS households, coalesce(sum(i.amount_fen), 0) AS amount_fen
                  FROM contributions_collectionitem i WHERE i.batch_id = b.id) i ON true
 WHERE b.pooling_area_id = %s AND b.made_at >= %s AND b.state <> 'cancelled'
   AND (i.households <> b.households OR i.amount_fen <> b.amount_fen)
 ORDER BY b.id LIMIT %s
"""
_DRAWN: Final = """
SELECT c.id FROM contributions_collectionresult s
  JOIN contributions_contribution c
    ON c.batch_id = s.payments_id AND c.corrects_id IS NULL AND c.voided_at IS NULL AND c.channel = 'bank'
  LEFT JOIN contributions_receivable r ON r.contribution_id = c.id
  LEFT JOIN contributions_collectionitem i ON i.id = r.item_id AND i.result_id = s.id
 WHERE c.pooling_area_id = %s AND c.benefit_year >= %s AND (i.paid_on IS DISTINCT FROM c.paid_in_full_on)
 ORDER BY c.id LIMIT %s
"""
_VANISHED: Final = """
SELECT c.id FROM contributions_contribution c
 WHERE c.pooling_area_id = %s AND c.benefit_year >= %s AND c.voided_at IS NOT NULL AND c.channel IN ('bank', 'village',
       'school') AND c.batch_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM contributions_contribution n WHERE n.corrects_id = c.id)
   AND NOT EXISTS (SELECT FROM contributions_refundorder o WHERE o.contribution_id = c.id)
   AND NOT EXISTS (SELECT FROM contributions_schooltransfer t WHERE t.batch_id = c.batch_id AND t.reversal_no <> '')
 ORDER BY c.id LIMIT %s
"""
_OUTLIVES: Final = """
SELECT c.id FROM contributions_schooltransfer t
  JOIN contributions_contribution c ON c.batch_id = t.batch_id AND c.voided_at IS NULL
 WHERE c.pooling_area_id = %s AND c.benefit_year >= %s AND t.reversal_no <> ''
 ORDER BY c.id LIMIT %s
"""
"""A school's transfer that was taken back has paid for nobody (decision 0418)."""
_PRICES: Final = """
SELECT r.id FROM contributions_receivable r
 WHERE r.pooling_area_id = %s AND r.benefit_year >= %s AND r.state IN ('due', 'failed', 'sent')
   AND EXISTS (SELECT FROM contributions_contributionstandard s WHERE s.pooling_area_id = r.pooling_area_id
                  AND s.scheme = r.scheme AND s.benefit_year = r.benefit_year)
   AND NOT EXISTS (SELECT FROM contributions_contributionstandard s
                    WHERE s.pooling_area_id = r.pooling_area_id AND s.scheme = r.scheme
                      AND s.benefit_year = r.benefit_year AND s.personal_fen = r.amount_fen)
 ORDER BY r.id LIMIT %s
"""
_DAYS: Final = """
SELECT s.id FROM contributions_coveragespan s
  JOIN contributions_contribution c ON c.id = s.contribution_id
 WHERE s.pooling_area_id = %s AND s.benefit_year >= %s AND s.withdrawn_at IS NULL
   AND (s.benefit_year <> c.benefit_year OR s.paid_on <> c.paid_in_full_on
        OR s.covered_until > make_date(s.benefit_year + 1, 1, 1) + interval '6 months'
        OR (s.covered_from < make_date(s.benefit_year, 1, 1) AND c.kind NOT IN ('newborn', 'newborn_late')))
 ORDER BY s.id LIMIT %s
"""
_NO_WAY: Final = """
SELECT c.id FROM contributions_receivableyear y
  JOIN contributions_contribution c ON c.pooling_area_id = y.pooling_area_id AND c.scheme = y.scheme
   AND c.benefit_year = y.benefit_year AND c.voided_at IS NULL
 WHERE y.pooling_area_id = %s AND y.benefit_year >= %s AND c.batch_id IS NULL AND c.channel <> 'aid'
 ORDER BY c.id LIMIT %s
"""
"""Money of an opened year comes by a file, a day of the counter, a sheet or a roster; only whole aid does not."""
_UNPAID_DAYS: Final = """
SELECT s.id FROM contributions_coveragespan s
 WHERE s.pooling_area_id = %s AND s.benefit_year >= %s AND s.withdrawn_at IS NULL AND s.contribution_id IS NULL
   AND s.scheme = 'resident' AND s.rule NOT LIKE 'GX2017 §16%%'
 ORDER BY s.id LIMIT %s
"""
_WITHOUT_DAYS: Final = """
SELECT c.id FROM contributions_contribution c
  JOIN enrolment_active(%s) a ON a.person_id = c.person_id AND a.pooling_area_id = c.pooling_area_id
   AND a.scheme = c.scheme
 WHERE c.pooling_area_id = %s AND c.benefit_year >= %s AND c.voided_at IS NULL
   AND NOT EXISTS (SELECT FROM contributions_coveragespan s
                    WHERE s.person_id = c.person_id AND s.withdrawn_at IS NULL
                      AND s.covered_from < make_date(c.benefit_year + 1, 1, 1)
                      AND s.covered_until > make_date(c.benefit_year, 1, 1))
 ORDER BY c.id LIMIT %s
"""


def broken(area: str, today: date) -> list[str]:
    """Everything that was changed behind the program, in words."""
    since, year = today - timedelta(days=CHECKED_DAYS), today.year
    credits = _rows(
        f"SELECT * FROM ({_CREDITS}) s WHERE wrong IS NOT NULL ORDER BY 1 LIMIT %s", area, since, MOST_NAMED
    )
    return [
        *(f"托收批次{number}:{wrong}" for number, wrong in credits),
        *(f"托收批次{number}与其明细不一致" for (number,) in _rows(_LINES, area, since, MOST_NAMED)),
        *(f"缴费记录{key}与银行回盘明细不一致" for (key,) in _rows(_DRAWN, area, year, MOST_NAMED)),
        *(f"缴费记录{key}已作废而没有退费或更正" for (key,) in _rows(_VANISHED, area, year, MOST_NAMED)),
        *(f"缴费记录{key}的到账已撤销而仍有效" for (key,) in _rows(_OUTLIVES, area, year, MOST_NAMED)),
        *(f"缴费记录{key}不属于任何缴费批次" for (key,) in _rows(_NO_WAY, area, year, MOST_NAMED)),
        *(f"应缴{key}不是该年度的缴费标准" for (key,) in _rows(_PRICES, area, year, MOST_NAMED)),
        *(f"待遇享受期{key}与其缴费记录不一致" for (key,) in _rows(_DAYS, area, year, MOST_NAMED)),
        *(f"待遇享受期{key}没有缴费记录" for (key,) in _rows(_UNPAID_DAYS, area, year, MOST_NAMED)),
        *(f"缴费记录{key}没有待遇享受期" for (key,) in _rows(_WITHOUT_DAYS, today, area, year, MOST_NAMED)),
    ]


def _rows(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())

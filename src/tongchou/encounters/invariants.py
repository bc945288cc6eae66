"""What must always be true of visits and their charges (就医核对): told in words, empty when all is well."""

from datetime import date
from typing import Final

from django.db import connection

from tongchou.kernel.money import yuan_text
from tongchou.wire.numbers import wire_id

UNEQUAL: Final = """
SELECT b.pooling_area, b.encounter_id, b.batch_no, b.total_fen, coalesce(s.total_fen, 0)
FROM encounters_chargebatch b
LEFT JOIN LATERAL (
    SELECT count(*) AS lines, sum(l.amount_fen)::bigint AS total_fen, sum(l.own_expense_fen)::bigint AS own,
           sum(l.over_price_fen)::bigint AS over, sum(l.pre_self_pay_fen)::bigint AS pre,
           sum(l.in_scope_fen)::bigint AS scope
    FROM encounters_chargeline l
    WHERE l.pooling_area = b.pooling_area AND l.encounter_id = b.encounter_id AND l.batch_no = b.batch_no) s ON true
WHERE b.encounter_id >= %s AND b.encounter_id < %s AND b.uploaded_at >= %s AND b.uploaded_at < %s
  AND ((b.lines, b.total_fen, b.own_expense_fen, b.over_price_fen, b.pre_self_pay_fen, b.in_scope_fen)
      IS DISTINCT FROM (s.lines, s.total_fen, s.own, s.over, s.pre, s.scope)
       OR b.marked_fen IS DISTINCT FROM (
           SELECT jsonb_object_agg(m.disease_code, m.sums)
           FROM (SELECT l.disease_code, jsonb_build_array(sum(l.own_expense_fen), sum(l.over_price_fen),
                                                          sum(l.pre_self_pay_fen), sum(l.in_scope_fen)) AS sums
                 FROM encounters_chargeline l
                 WHERE l.pooling_area = b.pooling_area AND l.encounter_id = b.encounter_id AND l.batch_no = b.batch_no
                   AND l.disease_code <> '' GROUP BY l.disease_code) AS m))
ORDER BY b.encounter_id, b.batch_no
"""
MONTH: Final = 10**11


def broken(*, since: date, until: date) -> list[str]:
    """收费批次 uploaded in [since, until) that are not the sums of their lines, whole or by the disease named (C1)."""
    first, last = (since.year - 1) % 100 * 100 + since.month, until.year % 100 * 100 + until.month
    with connection.cursor() as cursor:
        cursor.execute(UNEQUAL, [first * MONTH, (last + 1) * MONTH, since, until])
        rows = cursor.fetchall()
    return [
        f"就诊{wire_id(area, encounter)}的收费批次{batch}合计{yuan_text(kept)}元，明细合计{yuan_text(summed)}元"
        for area, encounter, batch, kept, summed in rows
    ]

"""What of settlements follows a person into another record (归并时的结算; ENR-17).

Settlements and account credits keep all they say but whose they are. The sums of the years and the balance are taken
anew from them, and their version moves, so that a bill computed before the merge is computed again; the merged record
keeps sums of nothing, at which such a bill is met. What the merged years would be settled by differs: they are marked.
"""

from typing import Final

from django.db import connection
from django.utils import timezone

from tongchou.enrolment.merging import following
from tongchou.enrolment.merging.following import Followed, Pair
from tongchou.enrolment.merging.own import told_by
from tongchou.kernel.money import yuan_in_sql
from tongchou.settlement.states import ReplayCause

_OF_ENCOUNTER: Final = ("encounters_encounter", {"pooling_area": "pooling_area", "id": "encounter_id"})
_OF_SETTLEMENT: Final = ("settlement_settlement", {"pooling_area": "pooling_area", "id": "settlement_id"})

FOLLOWED: Final = (
    Followed(
        table="settlement_settlement",
        title="结算",
        told=f"concat_ws(' ', r.pooling_area || '-' || r.id, r.settled_on, {yuan_in_sql('r.total_fen')} || '元')",
        key=("pooling_area", "id"),
        with_row=_OF_ENCOUNTER,
    ),
    Followed(
        table="settlement_accountcredit",
        title="划入个人账户",
        told=f"concat_ws(' ', r.document, {yuan_in_sql('r.amount_fen')} || '元')",
        recorded_at="credited_at",
    ),
    Followed(
        table="settlement_carriedover",
        title="累计转入",
        told="concat_ws(' ', r.benefit_year || '年度', r.from_area)",
    ),
    Followed(
        table="settlement_settledafterending",
        title="终止后结算疑点",
        told=f"concat_ws(' ', r.served_on, {yuan_in_sql('r.fund_paid_fen')} || '元')",
        with_row=_OF_SETTLEMENT,
    ),
    Followed(
        table="settlement_yeartoreplay",
        title="待重算年度",
        told="r.benefit_year || '年度'",
        stays="r.state = 'open' AND EXISTS (SELECT FROM settlement_yeartoreplay o WHERE o.person_id = %(survivor)s"
        " AND o.state = 'open' AND o.pooling_area = r.pooling_area AND o.scheme = r.scheme"
        " AND o.benefit_year = r.benefit_year)",
    ),
)
SAME_CREDIT: Final = told_by(
    "SELECT r.document FROM settlement_accountcredit r JOIN settlement_accountcredit o"
    " ON o.person_id = %(survivor)s AND o.pooling_area = r.pooling_area AND o.document = r.document"
    " WHERE r.person_id = %(merged)s ORDER BY 1",
    "同一依据({0})已分别划入两份登记的个人账户,先更正其中一笔",
)

_HOLD: Final = """
SELECT FROM settlement_accumulator WHERE person_id IN (%(survivor)s, %(merged)s)
 ORDER BY person_id, pooling_area, scheme, benefit_year FOR NO KEY UPDATE
"""
_MEET: Final = """
INSERT INTO settlement_accumulator (pooling_area, person_id, scheme, benefit_year, version, amounts)
SELECT p.pooling_area_id, p.id, s.scheme, y.year, 1, '{}'
  FROM enrolment_person p, unnest(ARRAY['employee', 'resident']) AS s (scheme),
       generate_series(%(year)s - 1, %(year)s + 1) AS y (year)
 WHERE p.id = %(merged)s ON CONFLICT DO NOTHING
"""
"""What a bill that found no sums meets; it waits here for one that is being written."""
_YEARS: Final = """
WITH added AS (
    SELECT s.pooling_area, s.person_id, s.scheme, y.key::smallint AS benefit_year, d.key, d.value::bigint AS amount
      FROM settlement_settlement s, jsonb_each(s.receipt -> 'deltas') AS y, jsonb_each_text(y.value) AS d
     WHERE s.person_id IN (%(survivor)s, %(merged)s)
    UNION ALL
    SELECT c.pooling_area, c.person_id, c.scheme, c.benefit_year, d.key, d.value::bigint
      FROM settlement_carriedover c, jsonb_each_text(c.amounts) AS d
     WHERE c.person_id IN (%(survivor)s, %(merged)s)
), keys AS (
    SELECT DISTINCT s.pooling_area, s.person_id, s.scheme, y.key::smallint AS benefit_year
      FROM settlement_settlement s, jsonb_each(s.receipt -> 'deltas') AS y
     WHERE s.person_id IN (%(survivor)s, %(merged)s)
    UNION
    SELECT pooling_area, person_id, scheme, benefit_year FROM settlement_carriedover
     WHERE person_id IN (%(survivor)s, %(merged)s)
), summed AS (
    SELECT pooling_area, person_id, scheme, benefit_year, jsonb_object_agg(key, total) AS amounts
      FROM (SELECT pooling_area, person_id, scheme, benefit_year, key, sum(amount) AS total FROM added
             GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0) AS nonzero
     GROUP BY 1, 2, 3, 4
)
INSERT INTO settlement_accumulator AS a (pooling_area, person_id, scheme, benefit_year, version, amounts)
SELECT pooling_area, person_id, scheme, benefit_year, 1, coalesce(summed.amounts, '{}')
  FROM keys LEFT JOIN summed USING (pooling_area, person_id, scheme, benefit_year)
ON CONFLICT (pooling_area, person_id, scheme, benefit_year) DO UPDATE
   SET amounts = EXCLUDED.amounts, version = a.version + 1
"""
_NOTHING: Final = """
    NOT EXISTS (SELECT FROM settlement_settlement s
                 WHERE s.pooling_area = a.pooling_area AND s.person_id = a.person_id AND s.scheme = a.scheme
                   AND s.receipt -> 'deltas' ? a.benefit_year::text)
    AND NOT EXISTS (SELECT FROM settlement_carriedover c
                     WHERE c.pooling_area = a.pooling_area AND c.person_id = a.person_id AND c.scheme = a.scheme
                       AND c.benefit_year = a.benefit_year)
"""
_EMPTY: Final = f"""
UPDATE settlement_accumulator a SET amounts = '{{}}', version = version + 1
 WHERE a.person_id IN (%(survivor)s, %(merged)s) AND {_NOTHING}
"""
_CLEAR: Final = f"""
DELETE FROM settlement_accumulator a WHERE a.person_id IN (%(survivor)s, %(merged)s) AND {_NOTHING}
"""
_BALANCES: Final = """
WITH moved AS (
    SELECT pooling_area, person_id, amount_fen FROM settlement_accountcredit
     WHERE person_id IN (%(survivor)s, %(merged)s)
    UNION ALL
    SELECT pooling_area, person_id, -account_paid_fen FROM settlement_settlement
     WHERE person_id IN (%(survivor)s, %(merged)s) AND account_paid_fen <> 0
    UNION ALL
    SELECT pooling_area, person_id, 0 FROM settlement_personalaccount
     WHERE person_id IN (%(survivor)s, %(merged)s)
)
INSERT INTO settlement_personalaccount AS a (pooling_area, person_id, balance_fen)
SELECT pooling_area, person_id, sum(amount_fen) FROM moved GROUP BY 1, 2
ON CONFLICT (pooling_area, person_id) DO UPDATE SET balance_fen = EXCLUDED.balance_fen
"""
_NO_ACCOUNT: Final = """
DELETE FROM settlement_personalaccount a
 WHERE a.person_id IN (%(survivor)s, %(merged)s) AND a.balance_fen = 0
   AND NOT EXISTS (SELECT FROM settlement_accountcredit c
                    WHERE c.pooling_area = a.pooling_area AND c.person_id = a.person_id)
   AND NOT EXISTS (SELECT FROM settlement_settlement s
                    WHERE s.pooling_area = a.pooling_area AND s.person_id = a.person_id AND s.account_paid_fen <> 0)
   AND EXISTS (SELECT FROM settlement_accountcredit c
                WHERE c.pooling_area = a.pooling_area AND c.person_id IN (%(survivor)s, %(merged)s))
"""
_MARK: Final = """
SELECT settlement_mark_year(a.pooling_area, a.person_id, a.scheme, a.benefit_year, %(cause)s, %(now)s)
  FROM settlement_accumulator a
 WHERE a.person_id IN (%(survivor)s, %(merged)s)
   AND EXISTS (SELECT FROM enrolment_followedrow f
                 JOIN settlement_settlement s
                   ON s.pooling_area = f.row_key ->> 'pooling_area' AND s.id = (f.row_key ->> 'id')::bigint
                WHERE f.transaction = txid_current() AND f.table_name = 'settlement_settlement'
                  AND f.act IN ('moved', 'returned') AND s.scheme = a.scheme AND s.pooling_area = a.pooling_area
                  AND s.receipt -> 'deltas' ? a.benefit_year::text)
   AND EXISTS (SELECT FROM settlement_settlement s
                WHERE s.person_id = a.person_id AND s.pooling_area = a.pooling_area AND s.scheme = a.scheme
                  AND s.receipt -> 'deltas' ? a.benefit_year::text)
"""


def hold(pair: Pair) -> None:
    """等待在办结算: a bill being written is waited for, one already computed will be computed again."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, pair.values)
        cursor.execute(_MEET, {**pair.values, "year": timezone.localdate(pair.now).year})


def settle(pair: Pair, *, apart: bool) -> None:
    """重新汇总: the sums of the years and the balances of both, from what each has now."""
    values = {**pair.values, "cause": ReplayCause.MERGE.value}
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, values)
        cursor.execute(_CLEAR if apart else _EMPTY, values)
        cursor.execute(_BALANCES, values)
        if apart:
            cursor.execute(_NO_ACCOUNT, values)
        cursor.execute(_MARK, values)


def follow() -> None:
    """Let enrolment know (登记)."""
    following.register(*FOLLOWED)
    following.forbid(SAME_CREDIT)
    following.hold_before(hold)
    following.settle_after(settle)
    following.explain("personal_account_never_overdrawn", "拆分后个人账户余额将不足")

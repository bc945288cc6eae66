"""What must always be true of settlements (结算核对): each check names what breaks it; a nightly job runs them all."""

from collections.abc import Callable
from datetime import date
from typing import Any

from tongchou.wire import database

_DUES_OFF = """
SELECT coalesce(s.id, o.settlement_id), coalesce(s.borne, 0), coalesce(o.amount_fen, 0)
FROM (SELECT id, fund_paid_fen + account_paid_fen AS borne FROM settlement_settlement
      WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s) s
FULL JOIN fund_owed(%s, %s, %s) o ON o.settlement_id = s.id
WHERE coalesce(s.borne, 0) <> coalesce(o.amount_fen, 0)
ORDER BY 1
"""

_BATCHES_OFF = """
SELECT s.id, s.total_fen, coalesce(sum(b.total_fen), 0)::bigint
FROM settlement_settlement s
LEFT JOIN encounters_chargebatch b ON b.pooling_area = s.pooling_area AND b.settlement_id = s.id
WHERE s.pooling_area = %s AND s.settled_on >= %s AND s.settled_on < %s AND s.reversal_of IS NULL
GROUP BY s.pooling_area, s.id
HAVING coalesce(sum(b.total_fen), 0) <> CASE WHEN settlement_stands(s.pooling_area, s.id) THEN s.total_fen ELSE 0 END
ORDER BY 1
"""

_ACCUMULATORS_OFF = """
WITH touched AS (
    SELECT DISTINCT s.pooling_area, s.person_id, s.scheme, y.year
    FROM settlement_settlement s, jsonb_object_keys(s.receipt -> 'deltas') AS y (year)
    WHERE s.pooling_area = %s AND s.settled_on >= %s AND s.settled_on < %s
), added AS (
    SELECT t.person_id, t.scheme, t.year, d.key, d.value::bigint AS amount
    FROM touched t
    JOIN settlement_settlement s
        ON s.person_id = t.person_id AND s.pooling_area = t.pooling_area AND s.scheme = t.scheme,
         jsonb_each_text(coalesce(s.receipt -> 'deltas' -> t.year, '{}')) AS d
    UNION ALL
    SELECT t.person_id, t.scheme, t.year, d.key, d.value::bigint
    FROM touched t
    JOIN settlement_carriedover c
        ON c.person_id = t.person_id AND c.pooling_area = t.pooling_area AND c.scheme = t.scheme
        AND c.benefit_year::text = t.year,
         jsonb_each_text(c.amounts) AS d
), summed AS (
    SELECT person_id, scheme, year, key, sum(amount) AS amount FROM added GROUP BY 1, 2, 3, 4
), kept AS (
    SELECT t.person_id, t.scheme, t.year, k.key, k.value::bigint AS amount
    FROM touched t
    JOIN settlement_accumulator a ON a.pooling_area = t.pooling_area AND a.person_id = t.person_id
         AND a.scheme = t.scheme AND a.benefit_year = t.year::integer,
         jsonb_each_text(a.amounts) AS k
)
SELECT coalesce(k.person_id, s.person_id), coalesce(k.year, s.year), coalesce(k.key, s.key),
       coalesce(k.amount, 0)::bigint, coalesce(s.amount, 0)::bigint
FROM kept k FULL JOIN summed s USING (person_id, scheme, year, key)
WHERE coalesce(k.amount, 0) <> coalesce(s.amount, 0)
ORDER BY 1, 2, 3
"""

_FUNDS_OFF = """
SELECT s.settled_on::text, s.borne, coalesce(o.owed, 0)
FROM (SELECT settled_on, sum(fund_paid_fen + account_paid_fen)::bigint AS borne FROM settlement_settlement
      WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s GROUP BY 1) s
LEFT JOIN (SELECT settled_on, sum(amount_fen)::bigint AS owed FROM fund_institutiondue
           WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s GROUP BY 1) o USING (settled_on)
WHERE s.borne <> coalesce(o.owed, 0)
ORDER BY 1
"""

_ROLL_UP_OFF = """
SELECT coalesce(s.settled_on, d.settled_on)::text, coalesce(s.total, 0)::bigint, coalesce(d.total, 0)::bigint
FROM (SELECT settled_on, sum(total_fen) AS total FROM settlement_settlement
      WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s GROUP BY 1) s
FULL JOIN (SELECT settled_on, sum(total_fen) AS total FROM settlement_dailytotal
           WHERE pooling_area = %s AND settled_on >= %s AND settled_on < %s GROUP BY 1) d USING (settled_on)
WHERE coalesce(s.total, 0) <> coalesce(d.total, 0)
ORDER BY 1
"""

_ACCOUNTS_OFF = """
SELECT a.person_id, a.balance_fen, coalesce(c.put_in, 0)::bigint - coalesce(s.paid, 0)::bigint
FROM settlement_personalaccount a
LEFT JOIN (SELECT pooling_area, person_id, sum(amount_fen) AS put_in FROM settlement_accountcredit GROUP BY 1, 2) c
       USING (pooling_area, person_id)
LEFT JOIN LATERAL (SELECT sum(account_paid_fen) AS paid FROM settlement_settlement s
                   WHERE s.person_id = a.person_id AND s.pooling_area = a.pooling_area) s ON true
WHERE a.pooling_area = %s AND a.balance_fen <> coalesce(c.put_in, 0) - coalesce(s.paid, 0)
ORDER BY 1
"""


def dues_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """应付 = 结算: what all funds owe for each settlement is what they and the account pay (SET-01, SET-07)."""
    span = (pooling_area, since, until)
    return [f"结算{one}基金与账户支付{borne}分,应付明细{owed}分" for one, borne, owed in _rows(_DUES_OFF, *span, *span)]


def fund_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """各基金合计 = 各支付层合计, day by day."""
    span = (pooling_area, since, until)
    return [f"{day}支付层合计{borne}分,应付合计{owed}分" for day, borne, owed in _rows(_FUNDS_OFF, *span, *span)]


def charge_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """结算 = 费用: a settlement that stands holds charges of its own total, any other holds none."""
    found = _rows(_BATCHES_OFF, pooling_area, since, until)
    return [f"结算{one}总额{total}分,所结费用批次合计{held}分" for one, total, held in found]


def accumulator_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """年度累计 = 重新汇总, for everybody with a settlement in those days."""
    found = _rows(_ACCUMULATORS_OFF, pooling_area, since, until)
    return [f"参保人{who} {year}年度{name}累计{kept},按结算汇总{summed}" for who, year, name, kept, summed in found]


def roll_up_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """结算日汇总: days whose roll-up differs from the settlements."""
    span = (pooling_area, since, until)
    return [f"{day}结算{total}分,日汇总{rolled}分" for day, total, rolled in _rows(_ROLL_UP_OFF, *span, *span)]


def account_differences(*, pooling_area: str, since: date, until: date) -> list[str]:
    """个人账户余额 = 划入 − 支付; the days do not matter, an account has no year."""
    found = _rows(_ACCOUNTS_OFF, pooling_area)
    return [f"参保人{who}账户余额{kept}分,按划入与支付计{computed}分" for who, kept, computed in found]


CHECKS: tuple[Callable[..., list[str]], ...] = (
    dues_differences,
    fund_differences,
    charge_differences,
    accumulator_differences,
    account_differences,
)
"""Checks that hold at every instant; each takes `pooling_area`, `since`, `until`."""


def broken(*, pooling_area: str, since: date, until: date) -> list[str]:
    """Everything that is not as it must be, in words; empty when all is well."""
    return [line for check in CHECKS for line in check(pooling_area=pooling_area, since=since, until=until)]


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return database.rows(statement, *values)

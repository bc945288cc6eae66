"""扣款通知 (CON-08; GX2017 §7): who is told what before a run of the bank, and after it, by one statement for each.

Nobody is urged to pay what is not owed any more. Contributions only say whom to tell what; storing and sending is the
work of the chapter of rights. One person is told for each line: who signed alone, else the head of the household.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import TextChoices

from tongchou.contributions.models import CollectionBatch
from tongchou.kernel.money import yuan_in_sql


class Stage(TextChoices):
    """通知时点 (CON-08)."""

    BEFORE = "before", "扣款前"
    PAID = "paid", "扣款成功"
    FAILED = "failed", "扣款失败"


_LINES: Final = """
SELECT i.id, coalesce(m.person_id, head.id, anybody.person_id) AS person_id, i.line_no, i.unit_code,
       right(i.account_no, 4) AS tail, i.holder_name, i.amount_fen, i.paid_fen, i.state, i.code, i.paid_on,
       b.number, b.benefit_year, b.draw_on, anybody.person_id IS NULL AS nobody
  FROM contributions_collectionitem i
  JOIN contributions_collectionbatch b ON b.id = i.batch_id
  JOIN contributions_debitmandate m ON m.id = i.mandate_id
  LEFT JOIN enrolment_person head
    ON head.household_id = m.household_id AND head.household_relation = 'head' AND head.died_on IS NULL
  LEFT JOIN LATERAL (SELECT min(r.person_id) AS person_id FROM contributions_receivable r WHERE r.item_id = i.id)
       anybody ON true
 WHERE i.batch_id = %(batch)s
"""
_FAILURES: Final = {
    "balance": "余额不足",
    "no_account": "账号不存在",
    "wrong_name": "户名不符",
    "frozen": "账户冻结",
    "no_mandate": "无代扣授权",
    "part": "余额不足",
    "other": "其他原因",
}
_TO_DO: Final = {
    "balance": "请存足余额等待再次扣款,或通过其他渠道缴费",
    "part": "请存足余额等待再次扣款,或通过其他渠道缴费",
}
_OTHERWISE: Final = "请到村(社区)或经办窗口核对并更正代扣账户"


def _cases(words: dict[str, str], otherwise: str) -> str:
    told = " ".join(f"WHEN '{code}' THEN '{text}'" for code, text in words.items())
    return f"CASE l.code {told} ELSE '{otherwise}' END"


_ASKED, _DRAWN = yuan_in_sql("l.amount_fen"), yuan_in_sql("l.paid_fen")
_TELLS: Final = {
    Stage.BEFORE: (
        "l.benefit_year || '年度医保费即将扣款'",
        f"'将于' || l.draw_on || '从尾号' || l.tail || '的账户扣缴' || {_ASKED} || '元,请保证余额充足。'",
        "true",
    ),
    Stage.PAID: (
        "l.benefit_year || '年度医保费扣款成功'",
        f"'已于' || l.paid_on || '从尾号' || l.tail || '的账户扣缴' || {_DRAWN} || '元。'",
        "l.state IN ('paid', 'part')",
    ),
    Stage.FAILED: (
        "l.benefit_year || '年度医保费扣款失败'",
        f"'尾号' || l.tail || '的账户应扣' || {_ASKED} || '元,未扣成功:'"
        f" || {_cases(_FAILURES, '其他原因')} || '。' || {_cases(_TO_DO, _OTHERWISE)} || '。'",
        "l.state IN ('failed', 'part') AND (EXISTS (SELECT FROM contributions_receivable r"
        " WHERE r.item_id = l.id AND r.state <> 'void') OR l.nobody)",
    ),
}


def whom(stage: Stage, batch_id: int) -> tuple[str, dict[str, Any]]:
    """A statement that gives person_id, topic, title, body of everybody told at that stage, with its values."""
    title, body, chosen = _TELLS[stage]
    statement = (
        f"SELECT l.person_id, 'collection ' || l.id || ' {stage.value}' AS topic, {title} AS title, {body} AS body"
        f" FROM ({_LINES}) l WHERE l.person_id IS NOT NULL AND {chosen}"
    )
    return statement, {"batch": batch_id}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to somebody without a phone (信函通知). Fen."""

    line_no: int
    unit_code: str
    person_id: int
    name: str
    address: str
    title: str
    body: str


def counts(stage: Stage, batch_id: int) -> tuple[int, int]:
    """How many are told at that stage, and how many of them have no phone."""
    statement, values = whom(stage, batch_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE p.phone = '') FROM ({statement}) t"
            " JOIN enrolment_person p ON p.id = t.person_id",
            values,
        )
        told, without = cursor.fetchone()
    return told, without


def letters(stage: Stage, batch: CollectionBatch, *, limit: int) -> list[Letter]:
    """信函名单 (CON-08): whoever has no phone, by place, the first `limit`."""
    statement, values = whom(stage, batch.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 0, p.unit_code, t.person_id, p.name, p.address, t.title, t.body FROM ({statement}) t"
            " JOIN enrolment_person p ON p.id = t.person_id WHERE p.phone = ''"
            " ORDER BY p.unit_code, t.person_id LIMIT %(limit)s",
            values | {"limit": limit},
        )
        return [Letter(at, *row[1:]) for at, row in enumerate(cursor.fetchall(), 1)]

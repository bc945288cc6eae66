"""代扣回盘 (GX2017 §23; CON-02, CON-05…CON-07): what the bank has drawn, line by line, booked for every member at once.

A line is paid whole, in part where the area allows it, or not at all; never half a person. Money that settles nobody —
part of a household's sum, a year paid meanwhile through another channel, somebody who may not pay on that day — is kept
as 待处理款. Payments are decided by the rule of the counter, once for each distinct case.
"""

from collections.abc import Mapping
from typing import Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from tongchou.contributions import bulk, collection, events, receivables, reconciling
from tongchou.contributions.models import CollectionBatch, CollectionResult, ImportBatch
from tongchou.contributions.rules import RESIDENT, Case
from tongchou.contributions.states import BatchState, Channel, DrawResult
from tongchou.exchange import commands as exchange
from tongchou.exchange import incoming
from tongchou.exchange import queries as exchange_queries
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_in_sql, yuan_text
from tongchou.platform.events import publish
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake, Moved

ANALYZED_FROM: Final = 10_000
PART: Final = 25_000
"""Lines that one transaction books: a killed process loses some seconds of work."""
HANDS: Final = 2
"""Parts that are booked side by side: the database works for each with a processor of its own."""


class LineUnknown(DomainError):
    code = "CO-2131"
    message = "托收批次中没有第{line}行"
    citation = "GX2017 §23"


class LineAnswered(DomainError):
    code = "CO-2132"
    message = "第{line}行已回盘({state})"
    citation = "GX2017 §23"


class AccountDiffers(DomainError):
    code = "CO-2133"
    message = "账号与发盘不符:应为尾号{known}"
    citation = "GX2017 §23"


class ResultContradicts(DomainError):
    code = "CO-2134"
    message = "结果“{result}”与实扣金额{paid}元矛盾"
    citation = "GX2017 §23"


class DrawnTooMuch(DomainError):
    code = "CO-2135"
    message = "实扣{paid}元,大于应扣{asked}元"
    citation = "GX2017 §23"


class DrawnOutsideRun(DomainError):
    code = "CO-2136"
    message = "扣款日期{day}不合适,约定扣款日为{draw_on}"
    citation = "GX2017 §23"


LAYOUT: Final = Layout(
    "代扣结果",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True, example="1"),
        Column("account_no", "银行账号", Holds.CODE, longest=32, example="6217000012345678"),
        Column("paid_fen", "实扣金额", Holds.MONEY, required=True, example="540.00"),
        Column(
            "code",
            "扣款结果",
            Holds.CHOICE,
            choices={label: value for value, label in DrawResult.choices},
            required=True,
            example="扣款成功",
        ),
        Column("paid_on", "扣款日期", Holds.DATE, required=True, example="2017-10-15"),
        Column("reference", "银行流水号", Holds.CODE, longest=40, example="P0001"),
    ),
)
NUMBERED: Final = {
    "item_id": "bigint",
    "asked_fen": "bigint",
    "unit_code": "text",
    "answered": "text",
    "known_account": "text",
}


def row_rule(intake: Intake) -> RowRule:
    """A success takes money, a failure takes none (一行之内的核对)."""
    labels = dict(DrawResult.choices)

    def apply(chunk: Chunk) -> None:
        codes, amounts = chunk.values["code"], chunk.values["paid_fen"]
        chunk.values["reference"] = [value or "" for value in chunk.values["reference"]]
        for at, (code, amount) in enumerate(zip(codes, amounts, strict=True)):
            if at in chunk.bad_rows:
                continue
            drawn = amount != "0"
            if drawn != (code in (DrawResult.OK, DrawResult.PART)):
                fault = ResultContradicts(result=labels[str(code)], paid=yuan_text(int(amount or 0)))
                chunk.refuse_for(at, "code", fault.code, str(fault))

    return apply


def check(intake: Intake) -> None:
    """Each line once, of this batch, not answered before, of the same account, and not more than was asked for.

    A success of less than was asked for is a part, whatever the bank calls it. Asked once more before the booking, what
    has not moved since is not written again.
    """
    batch = _batch(intake)
    intake.run(
        """UPDATE {rows} r SET item_id = i.id, asked_fen = i.amount_fen, unit_code = i.unit_code, answered = i.state,
                  known_account = i.account_no,
                  code = CASE WHEN r.code = 'ok' AND r.paid_fen < i.amount_fen THEN 'part' ELSE r.code END
             FROM contributions_collectionitem i
            WHERE i.batch_id = %s AND i.line_no = r.line_no AND r.good
              AND ((r.item_id, r.asked_fen, r.unit_code, r.answered, r.known_account)
                       IS DISTINCT FROM (i.id, i.amount_fen, i.unit_code, i.state, i.account_no)
                   OR r.code = 'ok' AND r.paid_fen < i.amount_fen)""",
        batch.pk,
        step="正在核对托收明细",
    )
    intake.refuse("line_no", LineUnknown, found="{rows} r WHERE r.good AND r.item_id IS NULL", line="r.line_no")
    intake.refuse_out_of_reach("line_no")
    intake.refuse_repeats("line_no")
    intake.refuse(
        "line_no",
        LineAnswered,
        found="{rows} r WHERE r.good AND r.answered <> 'waiting'",
        line="r.line_no",
        state="CASE r.answered WHEN 'failed' THEN '扣款失败' ELSE '扣款成功' END",
    )
    intake.refuse(
        "account_no",
        AccountDiffers,
        found="{rows} r WHERE r.good AND coalesce(r.account_no, '') NOT IN ('', upper(r.known_account))",
        known="right(r.known_account, 4)",
    )
    intake.refuse(
        "paid_fen",
        DrawnTooMuch,
        found="{rows} r WHERE r.good AND r.paid_fen > r.asked_fen",
        paid=yuan_in_sql("r.paid_fen"),
        asked=yuan_in_sql("r.asked_fen"),
    )
    intake.refuse(
        "paid_on",
        DrawnOutsideRun,
        found="{rows} r WHERE r.good AND r.paid_fen > 0 AND (r.paid_on < %s OR r.paid_on > %s)",
        values=(timezone.localdate(batch.made_at), max(intake.today, batch.draw_on)),
        day="r.paid_on",
        draw_on=f"'{batch.draw_on}'",
    )


def _batch(intake: Intake) -> CollectionBatch:
    file = exchange_queries.outgoing_by_id(int(intake.notes["outgoing"]))
    return CollectionBatch.objects.get(pk=file.object_key)


# --- booking --------------------------------------------------------------------------------------------------------

_DRAWN: Final = """
CREATE TEMP TABLE drawn ON COMMIT DROP AS
WITH enrolled AS MATERIALIZED (
    SELECT person_id, household_relation FROM enrolment_active_between({day}, {first_person}, {last_person})
     WHERE scheme = 'resident')
SELECT m.*, m.paid_fen >= m.running AND (m.paid_fen = m.asked_fen OR %s) AS within,
       CASE WHEN h.last_paid_year IS NULL AND m.born_on >= make_date(m.benefit_year - 1, 1, 1) THEN m.born_on END
           AS newborn_on,
       h.last_paid_year
  FROM (SELECT l.item_id, l.paid_fen, l.asked_fen, l.paid_on, l.reference, r.id AS receivable_id, r.person_id,
               r.unit_code, r.benefit_year, r.amount_fen - r.aided_fen AS amount_fen, r.aided_fen, r.state, p.born_on,
               a.person_id IS NOT NULL AS enrolled,
               sum(r.amount_fen - r.aided_fen) OVER (PARTITION BY r.item_id ORDER BY
                   CASE a.household_relation WHEN 'head' THEN 0 WHEN 'spouse' THEN 1 WHEN 'child' THEN 2 ELSE 3 END,
                   r.person_id) AS running
          FROM {rows} l
          JOIN contributions_receivable r ON r.item_id = l.item_id AND r.item_id BETWEEN {first_item} AND {last_item}
          JOIN enrolment_registered p
            ON p.person_id = r.person_id AND p.person_id BETWEEN {first_person} AND {last_person}
          LEFT JOIN enrolled a ON a.person_id = r.person_id
         WHERE l.good AND l.paid_fen > 0) m
  LEFT JOIN LATERAL (SELECT max(c.benefit_year) AS last_paid_year FROM contributions_contribution c
                      WHERE c.person_id = m.person_id AND c.scheme = 'resident' AND c.voided_at IS NULL
                        AND c.benefit_year < m.benefit_year) h ON true
"""
_MEMBERS: Final = """
CREATE TEMP TABLE member ON COMMIT DROP AS
SELECT m.*, d.kind, d.covered_from, d.covered_until, d.rule, d.words,
       m.within AND m.enrolled AND m.state IN ('sent', 'due') AND d.kind IS NOT NULL AS takes,
       nextval('contributions_contribution_id_seq') AS contribution_id
  FROM drawn m
  LEFT JOIN unnest(%s::int[], %s::date[], %s::int[], %s::date[], %s::text[], %s::date[], %s::date[], %s::text[],
                   %s::text[])
       AS d (benefit_year, paid_on, last_paid_year, born_on, kind, covered_from, covered_until, rule, words)
    ON d.benefit_year = m.benefit_year AND d.paid_on = m.paid_on
   AND d.last_paid_year IS NOT DISTINCT FROM m.last_paid_year AND d.born_on IS NOT DISTINCT FROM m.newborn_on
"""
_PAY: Final = """
INSERT INTO contributions_contribution (id, person_id, pooling_area_id, scheme, benefit_year, amount_fen, aided_fen,
                                        fund_aided_fen, paid_in_full_on, kind, channel, receipt_no, batch_id,
                                        void_reason, created_at)
SELECT contribution_id, person_id, %s, 'resident', benefit_year, amount_fen + aided_fen, aided_fen, aided_fen, paid_on,
       kind, 'bank', reference, %s,
       '', %s
  FROM member WHERE takes ORDER BY person_id
"""
_COVER: Final = """
INSERT INTO contributions_coveragespan (person_id, pooling_area_id, scheme, benefit_year, covered_from, covered_until,
                                        rule, contribution_id, paid_on, created_at)
SELECT m.person_id, %s, 'resident', m.benefit_year, lower(part), upper(part), m.rule, m.contribution_id, m.paid_on, %s
  FROM member m
  LEFT JOIN (SELECT t.contribution_id, range_agg(daterange(s.covered_from, s.covered_until)) AS days
               FROM member t
               JOIN contributions_coveragespan s
                 ON s.person_id = t.person_id AND s.withdrawn_at IS NULL
                AND s.person_id BETWEEN {first_person} AND {last_person}
                AND s.covered_from < t.covered_until AND s.covered_until > t.covered_from
              WHERE t.takes GROUP BY 1) held ON held.contribution_id = m.contribution_id
 CROSS JOIN LATERAL unnest(datemultirange(daterange(m.covered_from, m.covered_until))
                           - coalesce(held.days, '{}')) AS part
 WHERE m.takes ORDER BY m.person_id
"""
_PENDING: Final = """
INSERT INTO contributions_pendingamount (pooling_area_id, unit_code, kind, benefit_year, amount_fen, received_on,
                                         person_id, item_id, result_id, voucher_no, reason, resolution, resolved_by,
                                         created_at)
SELECT %(area)s, unit_code, CASE WHEN state = 'paid' THEN 'duplicate' ELSE 'not_payable' END, %(year)s, amount_fen,
       paid_on,
       person_id, item_id, %(result)s, '',
       left(CASE WHEN state = 'paid' THEN '已通过其他渠道缴费' WHEN NOT enrolled THEN '扣款日已不在参保状态'
                 ELSE coalesce(words, '不符合缴费条件') END, 200), '', '', %(now)s
  FROM member WHERE within AND NOT takes
UNION ALL
SELECT %(area)s, l.unit_code, 'part', %(year)s, l.paid_fen - coalesce(t.whole, 0), l.paid_on, NULL, l.item_id,
       %(result)s, '', '扣款金额不足整人应缴额', '', '', %(now)s
  FROM {rows} l
  LEFT JOIN (SELECT item_id, sum(amount_fen) AS whole FROM member WHERE within GROUP BY item_id) t
    ON t.item_id = l.item_id
 WHERE l.good AND l.paid_fen > coalesce(t.whole, 0)
"""
_ANSWERED: Final = """
UPDATE contributions_collectionitem i
   SET state = CASE WHEN l.paid_fen = 0 THEN 'failed' WHEN l.paid_fen = i.amount_fen THEN 'paid' ELSE 'part' END,
       paid_fen = l.paid_fen, code = l.code, paid_on = CASE WHEN l.paid_fen > 0 THEN l.paid_on END,
       reference = l.reference, result_id = %s
  FROM {rows} l WHERE l.good AND i.id = l.item_id AND i.state = 'waiting' AND i.id BETWEEN {first_item} AND {last_item}
"""
_FAILED: Final = """
UPDATE contributions_receivable r
   SET state = CASE WHEN {left} OR {suspended} THEN 'void' ELSE 'failed' END,
       reason = CASE WHEN {left} THEN 'terminated' WHEN {suspended} THEN 'suspended'
                     WHEN l.code = 'ok' THEN 'not_payable' ELSE l.code END
  FROM {rows} l
 WHERE l.good AND r.item_id = l.item_id AND r.state = 'sent' AND r.item_id BETWEEN {first_item} AND {last_item}
"""
_REJECTED: Final = """
SELECT l.unit_code, l.line_no AS row_no, 'mandate' AS object_kind, i.mandate_id AS object_key,
       concat(left(i.holder_name, 1), '** · 尾号', right(i.account_no, 4)) AS subject,
       l.asked_fen - l.paid_fen AS amount_fen, l.code,
       CASE l.code {labels} END AS reason
  FROM {rows} l JOIN contributions_collectionitem i ON i.id = l.item_id AND i.id BETWEEN {first_item} AND {last_item}
 WHERE l.good AND l.paid_fen < l.asked_fen
"""


def take_in(intake: Intake) -> int:
    """Payments with their coverage, money that settles nobody, work for what failed. Returns how many lines.

    A large file comes part by part: each books its lines and adds to the result of the file, so that the sums hold
    after each (decision 0345). What came waits for the bank's advice before it goes to the ledger (CON-24; decision
    0227). Raises: BatchNotInState, FileNotInState, Moved.
    """
    batch = _batch(intake)
    _check_with_the_bank(batch)
    ((rows, paid_rows, paid),) = intake.ask(
        "SELECT count(*), count(*) FILTER (WHERE paid_fen > 0), coalesce(sum(paid_fen), 0) FROM {rows} WHERE good"
    )
    reach = _reach(intake)
    _gather(intake, batch, reach)
    ((persons, booked, first),) = intake.ask(
        "SELECT count(*), coalesce(sum(amount_fen), 0), coalesce(min(contribution_id), 0) FROM member WHERE takes"
    )
    result = _result(intake, batch)
    _write(intake, batch, result, rows, reach)
    intake.in_turn()
    batch = collection.lock_batch(batch.pk)
    _check_with_the_bank(batch)
    told = _add(result.pk, rows=rows, paid_rows=paid_rows, paid_fen=int(paid), persons=persons, booked_fen=int(booked))
    if intake.is_last and told >= ANALYZED_FROM:
        intake.run("ANALYZE contributions_contribution, contributions_coveragespan")
    outgoing = exchange.note_answered(
        outgoing_id=int(intake.notes["outgoing"]), rows=rows, operator=intake.operator, now=intake.now
    )
    if outgoing.rows_answered == outgoing.rows:
        batch.state = BatchState.ANSWERED
        batch.save(update_fields=["state"])
        reconciling.close_if_settled(batch, intake.operator, intake.now)
    publish(events.ContributionsReceived(result.payments_id, intake.pooling_area, persons, int(booked), first))
    if intake.is_last:
        publish(events.WithholdingTold(batch.pk, intake.pooling_area, ("paid", "failed")))
    return int(rows)


def _check_with_the_bank(batch: CollectionBatch) -> None:
    """Raises: BatchNotInState."""
    if batch.state != BatchState.SENT:
        raise collection.BatchNotInState(number=batch.number, state=BatchState(batch.state).label, what="回盘")


def _add(result_id: int, *, rows: int, paid_rows: int, paid_fen: int, persons: int, booked_fen: int) -> int:
    """The sums of a part to those of the file. Returns how many lines are in it now."""
    result = CollectionResult.objects.select_for_update(of=("self",), no_key=True).get(pk=result_id)
    payments = result.payments
    result.rows += rows
    result.paid_rows += paid_rows
    result.paid_fen += paid_fen
    result.booked_fen += booked_fen
    result.pending_fen = result.paid_fen - result.booked_fen
    result.save(update_fields=["rows", "paid_rows", "paid_fen", "booked_fen", "pending_fen"])
    payments.rows_accepted += persons
    payments.rows_refused += rows - paid_rows
    payments.amount_fen += booked_fen
    payments.save(update_fields=["rows_accepted", "rows_refused", "amount_fen"])
    return int(result.rows)


def _result(intake: Intake, batch: CollectionBatch) -> CollectionResult:
    """The result of this file; its first part makes it, and each adds its own sums to it."""
    if found := CollectionResult.objects.filter(batch=batch, file_id=intake.file_id).first():
        return found
    payments = ImportBatch.objects.create(
        pooling_area_id=intake.pooling_area,
        scheme=RESIDENT,
        channel=Channel.BANK,
        file_name=intake.file_name,
        digest=intake.digest,
        rows_accepted=0,
        rows_refused=0,
        amount_fen=0,
        operator_code=intake.operator.staff_code,
        created_at=intake.now,
    )
    return CollectionResult.objects.create(
        batch=batch,
        payments=payments,
        file_id=intake.file_id,
        rows=0,
        paid_rows=0,
        paid_fen=0,
        booked_fen=0,
        pending_fen=0,
        booked_at=intake.now,
    )


def _reach(intake: Intake) -> dict[str, int]:
    """The first and last line and person that these rows can meet.

    A part stands close together in the books: with these bounds a statement reads what is there and not a whole city,
    whose size would count once for every part.
    """
    ((first, last),) = intake.ask("SELECT coalesce(min(item_id), 0), coalesce(max(item_id), 0) FROM {rows} WHERE good")
    ((person, last_person),) = intake.ask(
        "SELECT coalesce(min(person_id), 0), coalesce(max(person_id), 0) FROM contributions_receivable"
        " WHERE item_id BETWEEN %s AND %s",
        first,
        last,
    )
    return {"first_item": first, "last_item": last, "first_person": person, "last_person": last_person}


def _bounded(statement: str, reach: Mapping[str, int]) -> str:
    """The numbers stand in the statement itself, so that its plan knows how little it is."""
    for name, number in reach.items():
        statement = statement.replace(f"{{{name}}}", str(int(number)))
    return statement


def _gather(intake: Intake, batch: CollectionBatch, reach: Mapping[str, int]) -> None:
    """The members behind the money, in their fixed order, each decided: `takes` says whose year is settled.

    Where the area allows no part (CON-07), less than the whole sum of a household settles nobody.
    """
    intake.run(collection.ROOM)
    intake.run("DROP TABLE IF EXISTS drawn, member")
    drawn = _bounded(_DRAWN, reach).replace("{day}", f"'{batch.draw_on}'::date")
    intake.run(drawn, batch.partial, step="正在核对缴费人员")
    facts = "benefit_year, paid_on, last_paid_year, newborn_on"
    cases = [Case(*row) for row in intake.ask(f"SELECT DISTINCT {facts} FROM drawn WHERE within")]
    decided, refused = bulk.decisions(intake.pooling_area, cases)
    told = [(*case[:4], None, None, None, None, case[4]) for cases in refused.values() for case in cases]
    columns = zip(*((*one, None) for one in decided), *told, strict=True) if decided or told else ([],) * 9
    intake.run(_MEMBERS, *map(list, columns), step="正在认定待遇享受期")
    intake.run("ANALYZE member (receivable_id, person_id, item_id, within, takes)")


def _write(
    intake: Intake, batch: CollectionBatch, result: CollectionResult, lines: int, reach: Mapping[str, int]
) -> None:
    """Raises: Moved, when a line has been answered meanwhile."""
    area, now = intake.pooling_area, intake.now
    if intake.run(_bounded(_ANSWERED, reach), result.pk, step="正在写入回盘结果") != lines:
        raise Moved
    intake.run(_PAY, area, result.payments_id, now, step="正在写入缴费记录")
    intake.run(_bounded(_COVER, reach), area, now, step="正在写入待遇享受期")
    intake.before_step("正在写入应缴状态")
    receivables.settle_known("(SELECT * FROM member WHERE takes)")
    failed = _bounded(_FAILED, reach).replace("{left}", receivables.LEFT_THE_YEAR)
    intake.run(failed.replace("{suspended}", receivables.suspended(intake.today)))
    with connection.cursor() as cursor:
        cursor.execute(
            _PENDING.replace("{rows}", intake.rows),
            {"area": area, "year": batch.benefit_year, "result": result.pk, "now": now},
        )
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in DrawResult.choices)
    exchange.reject_rows(
        _bounded(_REJECTED, reach).replace("{labels}", labels).replace("{rows}", intake.rows),
        flow=collection.FLOW_NAME,
        pooling_area=area,
        outgoing_id=int(intake.notes["outgoing"]),
        incoming_id=intake.file_id,
        now=now,
    )


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((drawn, failed, amount),) = intake.ask(
        "SELECT count(*) FILTER (WHERE paid_fen > 0), count(*) FILTER (WHERE paid_fen = 0),"
        " coalesce(sum(paid_fen), 0) FROM {rows} WHERE good"
    )
    return {
        _("扣款成功"): str(drawn),
        _("扣款失败"): str(failed),
        _("实扣金额"): yuan_text(int(amount), grouped=True),
    }


RESULTS: Final = ImportKind(
    name="withholding",
    title="代扣结果",
    permission=collection.WITHHOLD,
    counter=collection.WITHHOLD,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    part=PART,
    hands=HANDS,
    totals=totals,
    numbered=NUMBERED,
    options=(incoming.ANSWERS,),
    opener=incoming.opener(collection.FLOW_NAME, LAYOUT, "paid_fen"),
)

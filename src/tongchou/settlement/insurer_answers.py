"""理赔答复 (SYS-08): the insurer confirms, refuses or pays a claim; confirmations may come before the payments."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.exchange import commands as exchange
from tongchou.exchange import incoming
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Incoming, answered
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_in_sql, yuan_text
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.settlement import insurer
from tongchou.settlement.states import ClaimState


class ClaimNotAwaited(DomainError):
    code = "EX-2614"
    message = "理赔文件中没有待“{said}”的第{line}行"
    citation = "GX2017 §129"


class AmountDiffers(DomainError):
    code = "EX-2615"
    message = "金额{said}元不符:核定不得超过申请的{asked}元,支付应等于核定,不予支付应为零"
    citation = "GX2017 §129"


class AnswerIncomplete(DomainError):
    code = "EX-2616"
    message = "结果为“{said}”的须填写{what}"
    citation = "GX2017 §129"


LAYOUT: Final = Layout(
    "理赔答复",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True, example="1"),
        Column(
            "code",
            "结果",
            Holds.CHOICE,
            choices={str(label): value for value, label in ClaimState.choices if value != ClaimState.ASKED},
            required=True,
            example="已核定",
        ),
        Column("amount_fen", "金额", Holds.MONEY, ("核定金额", "支付金额"), required=True, example="3200.00"),
        Column("day", "日期", Holds.DATE, ("核定日期", "支付日期"), required=True, example="2018-04-10"),
        Column("reference", "支付流水号", Holds.CODE, longest=60, example="BX20180410001"),
        Column("reason", "不予支付原因", Holds.TEXT, longest=200, example="重复申请"),
    ),
)
NUMBERED: Final = {"claim_id": "bigint", "asked_fen": "bigint", "confirmed_fen": "bigint"}
_NEEDED: Final = {ClaimState.REFUSED: ("reason", "原因"), ClaimState.PAID: ("reference", "支付流水号")}


def row_rule(intake: Intake) -> RowRule:
    """A refusal says why, a payment names its reference."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        for name in ("reference", "reason"):
            values[name] = [text or "" for text in values[name]]
        for at, code in enumerate(values["code"]):
            if at in chunk.bad_rows or code is None or ClaimState(code) not in _NEEDED:
                continue
            name, what = _NEEDED[ClaimState(code)]
            if not values[name][at]:
                refusal = AnswerIncomplete(said=ClaimState(code).label, what=what)
                chunk.refuse_for(at, name, refusal.code, str(refusal))

    return apply


def _file_id(intake: Intake) -> int:
    return exchange_queries.outgoing_by_id(int(intake.notes["outgoing"])).object_key


def check(intake: Intake) -> None:
    """Each line once, awaited in that state, with an amount that fits what was asked and confirmed."""
    intake.run("UPDATE {rows} SET claim_id = NULL WHERE claim_id IS NOT NULL")
    intake.run(
        """UPDATE {rows} r SET claim_id = c.id, asked_fen = c.amount_fen, confirmed_fen = c.confirmed_fen
             FROM settlement_insurerclaim c
            WHERE c.file_id = %s AND c.line_no = r.line_no
              AND (c.state = 'asked' OR (c.state = 'confirmed' AND r.code = 'paid'))""",
        _file_id(intake),
    )
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in ClaimState.choices)
    intake.refuse(
        "line_no",
        ClaimNotAwaited,
        found="{rows} r WHERE r.good AND r.claim_id IS NULL",
        said=f"CASE r.code {labels} END",
        line="r.line_no",
    )
    intake.refuse_repeats("line_no")
    intake.refuse(
        "amount_fen",
        AmountDiffers,
        found="""{rows} r WHERE r.good AND NOT CASE r.code
            WHEN 'refused' THEN r.amount_fen = 0
            WHEN 'confirmed' THEN r.amount_fen > 0 AND r.amount_fen <= r.asked_fen
            ELSE r.amount_fen > 0 AND r.amount_fen <= r.asked_fen
                 AND r.amount_fen = coalesce(r.confirmed_fen, r.amount_fen) END""",
        said=yuan_in_sql("r.amount_fen"),
        asked=yuan_in_sql("r.asked_fen"),
    )


_ANSWER: Final = """
UPDATE settlement_insurerclaim c
   SET state = r.code, confirmed_fen = r.amount_fen, reason = r.reason,
       confirmed_on = coalesce(c.confirmed_on, r.day),
       paid_fen = CASE WHEN r.code = 'paid' THEN r.amount_fen END,
       paid_on = CASE WHEN r.code = 'paid' THEN r.day END,
       reference = CASE WHEN r.code = 'paid' THEN r.reference ELSE '' END
  FROM {rows} r WHERE r.good AND c.id = r.claim_id
"""
_LESS: Final = """
SELECT s.unit_code, r.row_no, 'insurer_claim' AS object_kind, c.id AS object_key,
       concat(left(c.holder_name, 1), '** · 第', c.line_no, '行') AS subject, r.asked_fen - r.amount_fen AS amount_fen,
       r.code, CASE WHEN r.code = 'refused' THEN concat('不予支付:', r.reason) ELSE '核定金额少于申请金额' END AS reason
  FROM {rows} r JOIN settlement_insurerclaim c ON c.id = r.claim_id
  JOIN settlement_settlement s ON s.pooling_area = c.pooling_area AND s.id = c.settlement_id
 WHERE r.good AND r.amount_fen < r.asked_fen AND r.confirmed_fen IS NULL
"""


def take_in(intake: Intake) -> int:
    """核定、不予支付、支付; what is paid less than claimed becomes work. A file is answered when no line waits.

    Returns how many lines.
    """
    outgoing_id = int(intake.notes["outgoing"])
    answered = intake.run(_ANSWER, step="正在写入理赔答复")
    exchange.reject_rows(
        _LESS.replace("{rows}", intake.rows),
        flow=insurer.FLOW_NAME,
        pooling_area=intake.pooling_area,
        outgoing_id=outgoing_id,
        incoming_id=intake.file_id,
        now=intake.now,
    )
    ((final,),) = intake.ask("SELECT count(*) FROM {rows} WHERE good AND code <> 'confirmed'")
    file = exchange.note_answered(outgoing_id=outgoing_id, rows=final, operator=intake.operator, now=intake.now)
    claimed = insurer.file(file.object_key)
    if claimed is not None and file.rows_answered == file.rows and insurer.reconciliation(claimed).agrees:
        exchange.note_reconciled(outgoing_id=outgoing_id, operator=intake.operator, now=intake.now)
    return answered


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    counted = {
        code: (count, total)
        for code, count, total in intake.ask(
            "SELECT code, count(*), sum(amount_fen) FROM {rows} WHERE good GROUP BY code"
        )
    }
    paid = counted.get(ClaimState.PAID.value, (0, 0))
    return {
        _("已核定"): str(counted.get(ClaimState.CONFIRMED.value, (0, 0))[0]),
        _("不予支付"): str(counted.get(ClaimState.REFUSED.value, (0, 0))[0]),
        _("已支付"): str(paid[0]),
        _("支付金额"): yuan_text(int(paid[1]), grouped=True),
    }


ANSWERS: Final = ImportKind(
    name="insurer_answers",
    title="理赔答复",
    permission=insurer.PERMISSION,
    counter=insurer.PERMISSION,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
    options=(incoming.ANSWERS,),
    opener=incoming.opener(insurer.FLOW_NAME, LAYOUT, "amount_fen"),
)


ARRIVING: Final = Incoming(
    insurer.FLOW_NAME, "大病保险理赔", ANSWERS.name, answered, partners=(PartnerKind.INSURER,)
)  # fmt: skip

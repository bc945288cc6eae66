"""退费回盘 (CON-22): what the bank says of each transfer: paid, or come back as work for whoever can correct it."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.contributions.refunds import commands
from tongchou.contributions.refunds.models import RefundLine, RefundRun
from tongchou.contributions.refunds.states import LineState, RunState
from tongchou.contributions.states import DrawResult
from tongchou.exchange import commands as exchange
from tongchou.exchange import incoming
from tongchou.exchange import queries as exchange_queries
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_in_sql, yuan_text
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake


class TransferUnknown(DomainError):
    code = "CO-4016"
    message = "退费盘中没有待回盘的第{line}行"
    citation = "GX2017 §97"


class TransferDiffers(DomainError):
    code = "CO-4017"
    message = "转账金额{paid}元与退费金额{asked}元不符:成功须全额,失败须为零"
    citation = "GX2017 §97"


class TransferElsewhere(DomainError):
    code = "CO-4018"
    message = "账号与退费盘不符:应为尾号{known}"
    citation = "GX2017 §97"


LAYOUT: Final = Layout(
    "退费结果",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True, example="1"),
        Column("account_no", "收款账号", Holds.CODE, longest=32, example="6217000012345678"),
        Column("paid_fen", "转账金额", Holds.MONEY, required=True, example="180.00"),
        Column(
            "code",
            "转账结果",
            Holds.CHOICE,
            choices={"转账成功": "ok"} | {label: value for value, label in DrawResult.choices},
            required=True,
            example="转账成功",
        ),
        Column("paid_on", "转账日期", Holds.DATE, required=True, example="2018-01-15"),
        Column("reference", "银行流水号", Holds.CODE, longest=40, example="T0001"),
    ),
)
NUMBERED: Final = {"line_id": "bigint", "asked_fen": "bigint", "known_account": "text"}


def row_rule(intake: Intake) -> RowRule:
    """A row without a reference has an empty one."""

    def apply(chunk: Chunk) -> None:
        chunk.values["reference"] = [value or "" for value in chunk.values["reference"]]

    return apply


def check(intake: Intake) -> None:
    """Each line once, waiting, to the account it was for, whole or not at all."""
    intake.run(
        """UPDATE {rows} r SET line_id = l.id, asked_fen = l.amount_fen, known_account = l.account_no
             FROM contributions_refundline l
            WHERE l.run_id = %s AND l.line_no = r.line_no AND l.state = 'waiting' AND r.good""",
        _run(intake).pk,
    )
    intake.refuse("line_no", TransferUnknown, found="{rows} r WHERE r.good AND r.line_id IS NULL", line="r.line_no")
    intake.refuse_repeats("line_no")
    intake.refuse(
        "account_no",
        TransferElsewhere,
        found="{rows} r WHERE r.good AND coalesce(r.account_no, '') NOT IN ('', upper(r.known_account))",
        known="right(r.known_account, 4)",
    )
    intake.refuse(
        "paid_fen",
        TransferDiffers,
        found="{rows} r WHERE r.good AND r.paid_fen <> CASE r.code WHEN 'ok' THEN r.asked_fen ELSE 0 END",
        paid=yuan_in_sql("r.paid_fen"),
        asked=yuan_in_sql("r.asked_fen"),
    )


def _run(intake: Intake) -> RefundRun:
    file = exchange_queries.outgoing_by_id(int(intake.notes["outgoing"]))
    return RefundRun.objects.get(pk=file.object_key)


_RETURNED: Final = """
SELECT o.unit_code, l.line_no AS row_no, 'refund' AS object_kind, o.number AS object_key,
       concat(left(l.holder_name, 1), '** · 尾号', right(l.account_no, 4)) AS subject, l.amount_fen, l.code,
       CASE l.code {labels} END AS reason
  FROM contributions_refundline l JOIN contributions_refundorder o ON o.id = l.order_id
 WHERE l.id = ANY(%s)
"""


def take_in(intake: Intake) -> int:
    """The transfers booked in one voucher, work for those that came back. Returns how many lines.

    Raises: RunNotInState, FileNotInState, and what the books refuse.
    """
    run = commands.lock_run(_run(intake).pk)
    if run.state != RunState.SENT:
        raise commands.RunNotInState(number=run.number, state=RunState(run.state).label, what="回盘")
    told = intake.ask("SELECT line_id, code, paid_on, coalesce(reference, '') FROM {rows} WHERE good ORDER BY line_id")
    lines = {line.pk: line for line in RefundLine.objects.filter(run=run, pk__in=[row[0] for row in told])}
    for line_id, code, paid_on, reference in told:
        line = lines[line_id]
        line.state = LineState.PAID if code == DrawResult.OK else LineState.FAILED
        line.code, line.reference = code, reference
        line.paid_on = paid_on if code == DrawResult.OK else None
    commands.book_answer(
        run,
        list(lines.values()),
        document=f"退费回盘{run.number}-{intake.digest[:12]}",
        operator=intake.operator,
        now=intake.now,
    )
    failed = [line.pk for line in lines.values() if line.state == LineState.FAILED]
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in DrawResult.choices)
    exchange.reject_rows(
        _RETURNED.replace("{labels}", labels),
        failed,
        flow=commands.FLOW_NAME,
        pooling_area=intake.pooling_area,
        outgoing_id=int(intake.notes["outgoing"]),
        incoming_id=intake.file_id,
        now=intake.now,
    )
    outgoing = exchange.note_answered(
        outgoing_id=int(intake.notes["outgoing"]), rows=len(lines), operator=intake.operator, now=intake.now
    )
    if outgoing.rows_answered == outgoing.rows:
        exchange.note_reconciled(outgoing_id=outgoing.pk, operator=intake.operator, now=intake.now)
    return len(lines)


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((paid, failed, amount),) = intake.ask(
        "SELECT count(*) FILTER (WHERE code = 'ok'), count(*) FILTER (WHERE code <> 'ok'),"
        " coalesce(sum(paid_fen), 0) FROM {rows} WHERE good"
    )
    return {
        _("转账成功"): str(paid),
        _("转账失败"): str(failed),
        _("转账金额"): yuan_text(int(amount), grouped=True),
    }


RESULTS: Final = ImportKind(
    name="refunds",
    title="退费结果",
    permission=commands.PAY,
    counter=commands.PAY,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
    options=(incoming.ANSWERS,),
    opener=incoming.opener(commands.FLOW_NAME, LAYOUT, "paid_fen"),
)

"""代扣协议 in files (ENR-07, ENR-09): mandates as villages and banks send them, and the bank's answer to a roll."""

from typing import Final

from tongchou.contributions import mandates
from tongchou.contributions.imports import PersonNotFound
from tongchou.contributions.mandates import MandateNumberTaken, MandateStands, NoHousehold
from tongchou.contributions.states import DrawResult, MandateState
from tongchou.exchange import commands as exchange
from tongchou.exchange import incoming
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake

BY_HOUSEHOLD, BY_PERSON = "household", "person"


class BankNotKnown(DomainError):
    code = "CO-2151"
    message = "没有代码为{bank}的银行"
    citation = "GX2017 §7"


class SignedAhead(DomainError):
    code = "CO-2152"
    message = "签订日期{day}在将来"
    citation = "GX2017 §7"


class EndsBeforeItBegins(DomainError):
    code = "CO-2153"
    message = "有效期至{until}早于签订日期{day}"
    citation = "GX2017 §7"


class LineNotInRoll(DomainError):
    code = "CO-2154"
    message = "花名册中没有第{line}行,或已回复"
    citation = "GX2017 §7"


LAYOUT: Final = Layout(
    "代扣协议",
    (
        Column("number", "协议编号", Holds.CODE, ("三方协议编号",), required=True, longest=40, example="XY0001"),
        Column("bank_code", "银行代码", Holds.CODE, ("开户银行",), required=True, longest=12, example="NXS"),
        Column(
            "certificate_no",
            "证件号码",
            Holds.CODE,
            ("户主证件号码", "公民身份号码", "身份证号"),
            required=True,
            longest=50,
            example="450102199003071230",
        ),
        Column(
            "account_no",
            "银行账号",
            Holds.CODE,
            ("账号", "卡号"),
            required=True,
            longest=32,
            example="6217000012345678",
        ),
        Column("holder_name", "户名", Holds.TEXT, ("账户名",), required=True, longest=60, example="韦大山"),
        Column("signed_on", "签订日期", Holds.DATE, required=True, example="2017-08-01"),
        Column("valid_to", "有效期至", Holds.DATE, example="2022-07-31"),
    ),
)
NUMBERED: Final = {"person_id": "bigint", "household_id": "bigint", "unit_code": "text", "bank_id": "bigint"}


def row_rule(intake: Intake) -> RowRule:
    """Days within a row."""
    today = intake.today.isoformat()

    def apply(chunk: Chunk) -> None:
        for at, (signed, until) in enumerate(zip(chunk.values["signed_on"], chunk.values["valid_to"], strict=True)):
            if at in chunk.bad_rows:
                continue
            if signed is not None and signed > today:
                _refuse(chunk, at, "signed_on", SignedAhead(day=signed))
            elif signed is not None and until is not None and until < signed:
                _refuse(chunk, at, "valid_to", EndsBeforeItBegins(until=until, day=signed))

    return apply


def _refuse(chunk: Chunk, at: int, name: str, refusal: DomainError) -> None:
    chunk.refuse_for(at, name, refusal.code, str(refusal))


def check(intake: Intake) -> None:
    """Whose mandate, with which bank, and whether one stands already."""
    by_household = intake.options["covers"] == BY_HOUSEHOLD
    intake.run(
        """UPDATE {rows} r SET person_id = a.person_id, household_id = a.household_id, unit_code = a.unit_code
             FROM (SELECT DISTINCT ON (certificate_no) * FROM enrolment_active(%s)
                    WHERE certificate_no IN (SELECT certificate_no FROM {rows}) ORDER BY certificate_no, person_id) a
            WHERE r.good AND a.certificate_no = r.certificate_no""",
        intake.today,
        step="正在核对参保人",
    )
    banks = exchange_queries.partners(intake.pooling_area, PartnerKind.BANK)
    intake.run(
        "UPDATE {rows} r SET bank_id = b.id FROM unnest(%s::text[], %s::bigint[]) AS b (code, id)"
        " WHERE upper(b.code) = r.bank_code",
        [bank.code for bank in banks if bank.in_use],
        [bank.pk for bank in banks if bank.in_use],
    )
    intake.refuse(
        "certificate_no",
        PersonNotFound,
        found="{rows} r WHERE r.good AND r.person_id IS NULL",
        what="'证件号码'",
        number="r.certificate_no",
    )
    intake.refuse_out_of_reach("certificate_no")
    intake.refuse("bank_code", BankNotKnown, found="{rows} r WHERE r.good AND r.bank_id IS NULL", bank="r.bank_code")
    key = "household_id" if by_household else "person_id"
    if by_household:
        intake.refuse("certificate_no", NoHousehold, found="{rows} r WHERE r.good AND r.household_id IS NULL")
    for column, told in (("number", "number"), (key, "certificate_no")):
        intake.refuse_repeats(told, column)
    intake.refuse(
        "number",
        MandateNumberTaken,
        found="{rows} r JOIN contributions_debitmandate m ON m.pooling_area_id = %s AND m.number = r.number"
        " WHERE r.good",
        values=(intake.pooling_area,),
        number="r.number",
    )
    intake.refuse(
        "certificate_no",
        MandateStands,
        found=f"{{rows}} r JOIN contributions_debitmandate m ON m.{key} = r.{key} AND m.state <> 'ended' WHERE r.good",
        number="m.number",
        account="'****' || right(m.account_no, 4)",
    )


def take_in(intake: Intake) -> int:
    """The mandates, waiting for the bank unless its stamp is on the list already."""
    by_household = intake.options["covers"] == BY_HOUSEHOLD
    state = MandateState.ACTIVE if intake.options["confirmed"] == "yes" else MandateState.SIGNED
    return intake.run(
        f"""INSERT INTO contributions_debitmandate (
                   pooling_area_id, number, bank_id, household_id, person_id, unit_code, account_no, holder_name,
                   signed_on, valid_until, state, correction, end_reason, staff_code, created_at)
            SELECT %s, number, bank_id, {"household_id, NULL" if by_household else "NULL, person_id"}, unit_code,
                   account_no, holder_name, signed_on, valid_to + 1, %s, '', '', %s, %s
              FROM {{rows}} WHERE good""",
        intake.pooling_area,
        state.value,
        intake.operator.staff_code,
        intake.now,
        step="正在写入代扣协议",
    )


MANDATES: Final = ImportKind(
    name="mandates",
    title="代扣协议",
    permission=mandates.SIGN,
    counter=mandates.SIGN,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    numbered=NUMBERED,
    options=(
        Option("covers", "代扣范围", {BY_HOUSEHOLD: "全户", BY_PERSON: "本人"}, BY_HOUSEHOLD),
        Option("confirmed", "银行已盖章确认", {"no": "否", "yes": "是"}, "no"),
    ),
)


# --- the bank's answer to a roll --------------------------------------------------------------------------------------

ROLL_LAYOUT: Final = Layout(
    "花名册回复",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True, example="1"),
        Column(
            "code",
            "结果",
            Holds.CHOICE,
            choices={label: value for value, label in DrawResult.choices} | {"正常": "ok"},
            required=True,
            example="正常",
        ),
    ),
)
_ANSWERED: Final = """
UPDATE contributions_debitmandate m
   SET state = CASE WHEN l.code = 'ok' THEN 'active' ELSE 'correction' END,
       correction = CASE l.code WHEN 'ok' THEN '' {labels} END
  FROM {rows} l WHERE l.good AND m.roll_id = %s AND m.roll_line = l.line_no AND m.state = 'signed'
"""
_TO_CORRECT: Final = """
SELECT m.unit_code, l.line_no AS row_no, 'mandate' AS object_kind, m.id AS object_key,
       concat(left(m.holder_name, 1), '** · 尾号', right(m.account_no, 4)) AS subject, NULL::bigint AS amount_fen,
       l.code, m.correction AS reason
  FROM {rows} l JOIN contributions_debitmandate m ON m.roll_id = %s AND m.roll_line = l.line_no
 WHERE l.good AND l.code <> 'ok' AND m.state = 'correction'
"""


def check_roll(intake: Intake) -> None:
    """Lines of this roll that nobody has answered yet."""
    intake.refuse(
        "line_no",
        LineNotInRoll,
        found="{rows} r LEFT JOIN contributions_debitmandate m ON m.roll_id = %s AND m.roll_line = r.line_no"
        " AND m.state = 'signed' WHERE r.good AND m.id IS NULL",
        values=(_roll_id(intake),),
        line="r.line_no",
    )
    intake.refuse_repeats("line_no")


def _roll_id(intake: Intake) -> int:
    return exchange_queries.outgoing_by_id(int(intake.notes["outgoing"])).object_key


def take_in_roll(intake: Intake) -> int:
    """已生效 or 待更正, and a piece of work for each of the latter (ENR-09)."""
    roll_id = _roll_id(intake)
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in DrawResult.choices if value != "ok")
    intake.run(_ANSWERED.replace("{labels}", labels), roll_id, step="正在写入银行确认结果")
    exchange.reject_rows(
        _TO_CORRECT.replace("{rows}", intake.rows),
        roll_id,
        flow=mandates.ROLL,
        pooling_area=intake.pooling_area,
        outgoing_id=int(intake.notes["outgoing"]),
        incoming_id=intake.file_id,
        now=intake.now,
    )
    ((rows,),) = intake.ask("SELECT count(*) FROM {rows} WHERE good")
    exchange.note_answered(
        outgoing_id=int(intake.notes["outgoing"]), rows=rows, operator=intake.operator, now=intake.now
    )
    return int(rows)


ROLL_ANSWERS: Final = ImportKind(
    name="debit_roll",
    title="花名册回复",
    permission=mandates.SIGN,
    counter=mandates.SIGN,
    layout=ROLL_LAYOUT,
    row_rule=lambda intake: lambda chunk: None,
    check=check_roll,
    take_in=take_in_roll,
    options=(incoming.ANSWERS,),
    opener=incoming.opener(mandates.ROLL, ROLL_LAYOUT),
)

"""2204 门诊费用明细上传, 2205 its cancellation, 2301 住院费用明细上传, 2302 its cancellation."""

from collections.abc import Sequence
from typing import Any, Final

from tongchou.encounters import commands, parameters
from tongchou.encounters.facts import Line, Rated
from tongchou.kernel.errors import DomainError
from tongchou.policy.lines import reason_words
from tongchou.wire import moments
from tongchou.wire.numbers import NO_LIMIT, parse_wire_id, yuan
from tongchou.wire.registry import Call, transaction

NO: Final = "0"


class LinesOfSeveralVisits(DomainError):
    code = "EC-3201"
    message = "第{line}条费用明细的{title}与第1条不同，一次只能上传同一次就诊的明细"
    citation = "GX2017 §84"


class TooManyLines(DomainError):
    code = "EC-3202"
    message = "一次上传{count}条费用明细，最多{limit}条，请分批上传"
    citation = "GX2017 §67"


class NoEncounter(DomainError):
    code = "EC-3203"
    message = "费用明细的就诊ID(mdtrt_id)不能为空"
    citation = "GX2017 §84"


@transaction("2204", booking=True)
def upload_visit_lines(call: Call) -> bytes:
    """门诊费用明细信息上传 (2204)."""
    rows = call.input.feedetail
    mdtrt_id, person_no = _one_encounter(rows)
    area, encounter = parse_wire_id(mdtrt_id)
    lines = [
        Line(
            row.feedetl_sn,
            row.chrg_bchno,
            row.med_list_codg,
            row.medins_list_codg,
            moments.aware(row.fee_ocur_time),
            row.cnt,
            row.pric,
            row.det_item_fee_sumamt,
            row.hosp_appr_flag.lstrip("0") or NO,
            row.bilg_dr_codg,
            row.bilg_dept_codg,
            row.rxno or "",
            "",
            row.dise_codg or "",
        )
        for row in rows
    ]
    return commands.upload_visit_lines(
        key=call.key, area=area, encounter=encounter, person_no=person_no, lines=lines, render=_renderer(call)
    )


@transaction("2301", booking=True)
def upload_stay_lines(call: Call) -> bytes:
    """住院费用明细上传 (2301); a refund has negative quantity and amount, and names its line."""
    rows = call.input.feedetail
    mdtrt_id, person_no = _one_encounter(rows)
    area, encounter = parse_wire_id(mdtrt_id)
    limit = parameters.procedure(area).lines_a_call
    if len(rows) > limit:
        raise TooManyLines(count=len(rows), limit=limit)
    batch_no = call.key.reply_no
    lines = [
        Line(
            row.feedetl_sn,
            batch_no,
            row.med_list_codg,
            row.medins_list_codg,
            moments.aware(row.fee_ocur_time),
            row.cnt,
            row.pric,
            row.det_item_fee_sumamt,
            (row.hosp_appr_flag or NO).lstrip("0") or NO,
            row.bilg_dr_codg,
            row.bilg_dept_codg,
            row.drord_no or "",
            row.init_feedetl_sn or "",
        )
        for row in rows
    ]
    return commands.upload_stay_lines(
        key=call.key, area=area, encounter=encounter, person_no=person_no, lines=lines, render=_renderer(call)
    )


def _one_encounter(rows: Sequence[Any]) -> tuple[str, str]:
    """就诊ID and 人员编号 of the lines, all the same; a line without 就诊ID goes with the others.

    Raises: LinesOfSeveralVisits, NoEncounter.
    """
    mdtrt_id = next((row.mdtrt_id for row in rows if row.mdtrt_id), None)
    if mdtrt_id is None:
        raise NoEncounter
    person_no = rows[0].psn_no
    for number, row in enumerate(rows, start=1):
        if row.mdtrt_id and row.mdtrt_id != mdtrt_id:
            raise LinesOfSeveralVisits(line=number, title="就诊ID(mdtrt_id)")
        if row.psn_no != person_no:
            raise LinesOfSeveralVisits(line=number, title="人员编号(psn_no)")
    return mdtrt_id, person_no


def _renderer(call: Call) -> Any:
    out = call.out

    def render(rated: Sequence[Rated], note: str | None) -> bytes:
        row = out.result
        return call.answer(out.output(result=[row(**split_row(one)) for one in rated]), warning=note)

    return render


def split_row(rated: Rated) -> dict[str, Any]:
    """明细分割信息 of one line, as 2204, 2301 and the purchases of pharmacies answer it."""
    line = rated.line
    return {
        "feedetl_sn": line.serial,
        "det_item_fee_sumamt": yuan(line.amount_fen),
        "cnt": line.quantity,
        "pric": line.unit_price,
        "pric_uplmt_amt": NO_LIMIT if rated.ceiling is None else rated.ceiling,
        "selfpay_prop": rated.ratio,
        "fulamt_ownpay_amt": yuan(rated.own_expense_fen),
        "overlmt_amt": yuan(rated.over_price_fen),
        "preselfpay_amt": yuan(rated.pre_self_pay_fen),
        "inscp_scp_amt": yuan(rated.in_scope_fen),
        "chrgitm_lv": rated.pay_class,
        "med_chrgitm_type": rated.charge_category,
        "lmt_used_flag": "1" if rated.restricted else NO,
        "memo": reason_words(rated.reason) if rated.reason else "",
    }


@transaction("2205", booking=True)
def cancel_visit_lines(call: Call) -> bytes:
    """门诊费用明细信息撤销 (2205)."""
    data = call.input.data
    area, encounter = parse_wire_id(data.mdtrt_id)
    return commands.cancel_visit_lines(
        key=call.key,
        area=area,
        encounter=encounter,
        person_no=data.psn_no,
        batch_no=data.chrg_bchno,
        answer=call.answer(),
    )


@transaction("2302", booking=True)
def cancel_stay_lines(call: Call) -> bytes:
    """住院费用明细撤销 (2302)."""
    data = call.input.data
    area, encounter = parse_wire_id(data.mdtrt_id)
    return commands.cancel_stay_lines(
        key=call.key,
        area=area,
        encounter=encounter,
        person_no=data.psn_no,
        serial=data.feedetl_sn,
        answer=call.answer(),
    )

"""5203 结算信息查询, 5206 人员累计信息查询."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from tongchou.encounters import queries as encounters
from tongchou.encounters.care_types import INSUTYPES, STAYS
from tongchou.encounters.checks import local_day
from tongchou.enrolment import queries as enrolment
from tongchou.fund.states import FundCode
from tongchou.kernel.errors import DomainError
from tongchou.settlement import queries, replaying, rules, statements, terms
from tongchou.settlement.api import answers
from tongchou.settlement.checks import SettlementOfAnother, SettlementUnknown
from tongchou.settlement.facts import TakenBackReading
from tongchou.wire import moments
from tongchou.wire.numbers import parse_wire_id, wire_id, yuan
from tongchou.wire.registry import Call, transaction

BY_THE_INSTITUTION: Final = "2"
HOSPITAL_LEVELS: Final = {4: "12", 3: "12", 2: "13", 1: "14", 0: "11", None: "11"}
"""Level → hosp_lv without grade."""


class NotAMonth(DomainError):
    code = "ST-1201"
    message = "累计年月(cum_ym)“{text}”应为yyyyMM"


@transaction("5203")
def settlement(call: Call) -> bytes:
    """结算信息查询 (5203): the settlement as it was booked, with the whole computation; also of cancellations."""
    wanted, out = call.input.data, call.out
    area, number = parse_wire_id(wanted.setl_id)
    found = statements.read_taken_back(area, number)
    if found is None or found.settlement["institution_code"] != call.institution_code:
        raise SettlementUnknown(settlement=wanted.setl_id)
    if not enrolment.is_number_of(wanted.psn_no, found.person.person_no):
        raise SettlementOfAnother(settlement=wanted.setl_id, what=f"参保人(psn_no){wanted.psn_no}")
    if wanted.mdtrt_id and wanted.mdtrt_id != wire_id(area, found.settlement["encounter_id"]):
        raise SettlementOfAnother(settlement=wanted.setl_id, what=f"就诊(mdtrt_id){wanted.mdtrt_id}")
    known = _values(found)
    info = out.setlinfo(**{name: known[name] for name in out.setlinfo.__struct_fields__ if name in known})
    return call.answer(out.output(setlinfo=info, setldetail=_detail(out, found)))


def _values(found: TakenBackReading) -> dict[str, Any]:
    """结算信息 as stored."""
    row = found.settlement
    at = datetime.fromisoformat(row["settled_at"])
    level = HOSPITAL_LEVELS.get(rules.level_of(row["receipt"]), HOSPITAL_LEVELS[0])
    return {
        **answers.person_values(found.person, at),
        **answers.amount_values(row, row["receipt"]["funds"], rules.ratio_ppm(row["ratio"])),
        **_visit(row, at),
        "setl_id": wire_id(row["pooling_area"], row["id"]),
        "mdtrt_id": wire_id(row["pooling_area"], row["encounter_id"]),
        "insutype": INSUTYPES[row["scheme"]],
        "insu_optins": row["pooling_area"],
        "pay_loc": BY_THE_INSTITUTION,
        "fixmedins_code": row["institution_code"],
        "fixmedins_name": terms.institution_name(row["institution_code"]),
        "hosp_lv": level,
        "dedc_hosp_lv": level,
        "setl_time": moments.written(at),
        "mdtrt_cert_type": row["credential_type"],
        "med_type": row["care_type"],
        "clr_type": answers.CLEARING_TYPES[row["kind"]],
        "clr_way": answers.BY_ITEM,
        "clr_optins": row["pooling_area"],
        "balc": yuan(found.balance_fen),
        "medins_setl_id": row["msgid"],
        "refd_setl_flag": "1" if row["reversal_of"] else "0",
        "year": str(row["benefit_year"]),
        "invono": row["invoice_no"],
        "opter_id": row["operator_no"],
        "opter_name": row["operator"],
        "opt_time": moments.written(at),
    }


def _visit(row: Mapping[str, Any], settled_at: datetime) -> dict[str, Any]:
    """From when to when, and the disease; a visit ends the day it began."""
    visit = encounters.encounter(row["pooling_area"], row["encounter_id"])
    assert visit is not None
    began_on = local_day(visit.began_at)
    ended_on = local_day(visit.ended_at) if visit.ended_at else local_day(settled_at)
    is_stay = row["kind"] in STAYS
    return {"begndate": began_on, "enddate": ended_on if is_stay else began_on, "dise_codg": visit.disease_code}


def _detail(out: Any, found: TakenBackReading) -> list[Any]:
    """基金分项信息; the pool's row tells the whole computation."""
    receipt = found.settlement["receipt"]
    told = replaying.process_info(receipt) if "parts" in receipt else ""
    in_scope = yuan(found.settlement["in_scope_fen"])
    return [
        out.setldetail(
            fund_pay_type=code,
            inscp_scp_amt=in_scope,
            crt_payb_lmt_amt=yuan(paid),
            fund_payamt=yuan(paid),
            fund_pay_type_name=FundCode(code).label,
            setl_proc_info=told if answers.FUND_FIELDS[code] == "hifp_pay" else "",
        )
        for code, paid in sorted(receipt["funds"].items())
    ]


@transaction("5206")
def sums(call: Call) -> bytes:
    """人员累计信息查询 (5206): the sums of each benefit year; a month names its year, which is what counts."""
    wanted, out = call.input.data, call.out
    rows = [
        out.cuminfo(
            insutype=INSUTYPES[year.scheme],
            year=str(year.benefit_year),
            cum_ym=wanted.cum_ym or "",
            cum_type_code=code,
            cum=amount,
        )
        for year in queries.years_of_person(wanted.psn_no, _year(wanted.cum_ym))
        for code, amount in _coded(year)
    ]
    return call.answer(out.output(cuminfo=rows))


def _year(text: str | None) -> int | None:
    """Raises: NotAMonth."""
    if not text:
        return None
    if not re.fullmatch(r"\d{4}(\d{2})?", text, re.ASCII):
        raise NotAMonth(text=text[:10])
    return int(text[:4])


def _coded(year: queries.YearOfPerson) -> Iterator[tuple[str, Any]]:
    """累计类别代码 and value: visits, total fee, deductible, and what each fund paid (interface notes §9)."""
    yield "C0000", year.settlements
    yield "F0000", yuan(year.total_fen)
    yield "Q0000", yuan(year.deductible_fen)
    for code, paid in sorted(year.funds.items()):
        yield f"D{code}", yuan(paid)

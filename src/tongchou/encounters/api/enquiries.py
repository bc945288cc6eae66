"""5201 就诊信息查询, 5202 诊断信息查询, 5204 费用明细查询, 5205 人员慢特病用药记录查询.

An institution sees its own visits; of the drugs for chronic diseases it sees what others dispensed as well.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from tongchou.catalogue import queries as catalogue
from tongchou.encounters import queries
from tongchou.encounters.care_types import STAYS
from tongchou.encounters.checks import AnotherPerson, EncounterUnknown, PersonUnknown, local_day
from tongchou.encounters.facts import Diagnosis
from tongchou.encounters.models import ChargeLine, Encounter
from tongchou.encounters.states import EncounterState
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.api import codes
from tongchou.institutions import queries as institutions
from tongchou.kernel.months import age_on
from tongchou.wire import moments
from tongchou.wire.numbers import NO_LIMIT, parse_wire_id, wire_id, yuan
from tongchou.wire.registry import Call, transaction

NONE: Final = "无"
YES: Final = "1"
NO: Final = "0"
AT_ADMISSION: Final = "1"
AT_DISCHARGE: Final = "2"
LIST_TYPES: Final[Mapping[str, str]] = {"drug": "101", "service": "201", "facility": "201", "material": "301"}
HERBAL_SLICE: Final = "10"
HERBAL_LIST: Final = "102"


@transaction("5201")
def visits(call: Call) -> bytes:
    """就诊信息查询 (5201): the person's visits and stays at the asking institution. Raises: PersonUnknown."""
    asked, out = call.input.data, call.out
    today = local_day(call.received_at)
    person = enrolment.facts_by_person_no(asked.psn_no, today)
    if person is None:
        raise PersonUnknown(person_no=asked.psn_no)
    found = queries.encounters_between(
        person.person_no,
        start=moments.aware(asked.begntime),
        end=moments.aware(moments.after_the_last(asked.endtime)),
        institution_code=call.institution_code,
        care_type=asked.med_type,
    )
    rows = [
        _visit_row(out.mdtrtinfo, one, person, call.received_at)
        for one in found
        if not asked.mdtrt_id or wire_id(one.pooling_area, one.id) == asked.mdtrt_id
    ]
    return call.answer(out.output(mdtrtinfo=rows))


def _visit_row(row: Any, one: Encounter, person: enrolment.Facts, now: datetime) -> Any:
    said: Mapping[str, Any] = one.particulars
    is_stay = one.kind in STAYS
    ended_at = one.ended_at or (None if is_stay else one.began_at)
    return row(
        mdtrt_id=wire_id(one.pooling_area, one.id),
        psn_no=person.person_no,
        psn_cert_type=person.certificate_type,
        certno=person.certificate_no,
        psn_name=person.name,
        gend=codes.SEXES.get(person.sex, codes.UNKNOWN_SEX),
        naty=person.ethnicity,
        brdy=moments.day(person.born_on),
        age=age_on(person.born_on, local_day(now)),
        coner_name=said.get("contact", ""),
        tel=said.get("contact_phone", ""),
        insutype=codes.INSUTYPES[one.scheme],
        psn_type=codes.PERSON_TYPES.get(person.category or "", codes.PERSON_TYPES["adult"]),
        cvlserv_flag=NO,
        insu_optins=one.pooling_area,
        begntime=moments.written(one.began_at),
        endtime=None if ended_at is None else moments.written(ended_at),
        mdtrt_cert_type=one.credential_type,
        med_type=one.care_type,
        ars_year_ipt_flag=_flag(is_stay and local_day(one.began_at).year != local_day(ended_at or now).year),
        ipt_otp_no=one.chart_no,
        medrcdno=said.get("record_no", ""),
        atddr_no=one.physician_code,
        chfpdr_name=one.physician,
        adm_dept_codg=one.department_code,
        adm_dept_name=one.department,
        adm_bed=one.bed,
        dscg_maindiag_code=one.diagnosis_code,
        dscg_maindiag_name=one.diagnosis,
        dscg_dept_codg=said.get("discharge_department_code", ""),
        dscg_dept_name=said.get("discharge_department", ""),
        dscg_bed=said.get("discharge_bed", ""),
        dscg_way=one.disposition,
        main_cond_dscr=said.get("condition", ""),
        dise_codg=one.disease_code,
        dise_name=said.get("disease_name", ""),
        inhosp_stas=_flag(is_stay and one.state == EncounterState.OPEN),
        die_date=said.get("died_on"),
        ipt_days=(local_day(ended_at or now) - local_day(one.began_at)).days if is_stay else None,
        matn_type=said.get("maternity_type", ""),
        opt_time=moments.written(one.registered_at),
    )


def _flag(yes: bool) -> str:
    return YES if yes else NO


@transaction("5202")
def diagnoses(call: Call) -> bytes:
    """诊断信息查询 (5202). Raises: EncounterUnknown, AnotherPerson."""
    asked, out = call.input.data, call.out
    one = _own_encounter(call, asked.mdtrt_id, asked.psn_no)
    known = msgspec.convert(one.diagnoses, tuple[Diagnosis, ...])
    return call.answer(out.output(diseinfo=[_diagnosis_row(out.diseinfo, one, asked.mdtrt_id, d) for d in known]))


def _own_encounter(call: Call, mdtrt_id: str, person_no: str) -> Encounter:
    """Raises: NotOurId, EncounterUnknown, AnotherPerson."""
    found = queries.encounter(*parse_wire_id(mdtrt_id))
    if found is None or found.institution_code != call.institution_code:
        raise EncounterUnknown(encounter=mdtrt_id)
    if not enrolment.is_number_of(person_no, found.person_no):
        raise AnotherPerson(encounter=mdtrt_id, person_no=person_no)
    return found


def _diagnosis_row(row: Any, one: Encounter, mdtrt_id: str, diagnosis: Diagnosis) -> Any:
    stage = AT_DISCHARGE if diagnosis.at_discharge else AT_ADMISSION
    at = moments.written(diagnosis.recorded_at or one.registered_at)
    return row(
        diag_info_id=f"{mdtrt_id}{stage}{diagnosis.place:03d}",
        mdtrt_id=mdtrt_id,
        psn_no=one.person_no,
        inout_diag_type=stage,
        diag_type=diagnosis.kind,
        maindiag_flag=_flag(diagnosis.main),
        diag_srt_no=diagnosis.place,
        diag_code=diagnosis.code,
        diag_name=diagnosis.name or diagnosis.code,
        adm_cond=diagnosis.condition,
        diag_dept=diagnosis.department or one.department or NONE,
        dise_dor_no=diagnosis.physician_code or one.physician_code or NONE,
        dise_dor_name=diagnosis.physician or one.physician or NONE,
        diag_time=moments.written(diagnosis.made_at) if diagnosis.made_at else at,
        opter_id=diagnosis.operator_no,
        opter_name=diagnosis.operator,
        opt_time=at,
    )


@transaction("5204")
def charge_lines(call: Call) -> bytes:
    """费用明细查询 (5204): all lines of an encounter, or those of one settlement.

    Raises: EncounterUnknown, AnotherPerson.
    """
    asked, row = call.input.data, call.out.row
    one = _own_encounter(call, asked.mdtrt_id, asked.psn_no)
    settled = {batch.batch_no: batch.settlement_id for batch in queries.batches_of(one.pooling_area, one.id)}
    lines = queries.lines_of(one.pooling_area, one.id)
    items = _items(line.item_code for line in lines)
    rows = []
    for line in lines:
        settlement = settled[line.batch_no]
        setl_id = "" if settlement is None else wire_id(one.pooling_area, settlement)
        if not asked.setl_id or asked.setl_id == setl_id:
            rows.append(row(mdtrt_id=asked.mdtrt_id, setl_id=setl_id, **_line_values(line, one, items)))
    return call.answer(rows)


@transaction("5205")
def chronic_drugs(call: Call) -> bytes:
    """人员慢特病用药记录查询 (5205): drugs of the special outpatient visits, whoever dispensed them."""
    asked, row = call.input.data, call.out.feedetail
    end = moments.after_the_last(asked.endtime) if asked.endtime else None
    found = queries.chronic_lines(
        enrolment.surviving_no(asked.psn_no),
        start=moments.aware(asked.begntime),
        end=call.received_at if end is None else moments.aware(end),
    )
    items = _items(line.item_code for _, line in found)
    rows = [
        row(
            fixmedins_code=one.institution_code,
            fixmedins_name=_institution_name(one.institution_code),
            psn_no=one.person_no,
            **{name: value for name, value in _line_values(line, one, items).items() if name in row.__struct_fields__},
        )
        for one, line in found
        if items[line.item_code].kind == "drug"
    ]
    return call.answer(call.out.output(feedetail=rows))


def _institution_name(code: str) -> str:
    known = institutions.known(code)
    return code if known is None else known.name


def _items(used: Iterable[str]) -> dict[str, Any]:
    """The catalogue's items of these codes."""
    return {item.code: item for item in catalogue.items().filter(code__in=set(used))}


def _line_values(line: ChargeLine, one: Encounter, items: Mapping[str, Any]) -> dict[str, Any]:
    """A stored line in the words of the wire."""
    item = items[line.item_code]
    herbal = line.charge_category == HERBAL_SLICE
    return {
        "feedetl_sn": line.serial,
        "rx_drord_no": line.prescription_no,
        "med_type": one.care_type,
        "fee_ocur_time": moments.written(line.served_at),
        "cnt": line.quantity,
        "pric": line.unit_price,
        "det_item_fee_sumamt": yuan(line.amount_fen),
        "pric_uplmt_amt": NO_LIMIT if line.price_ceiling is None else line.price_ceiling,
        "selfpay_prop": line.pre_self_pay_ratio,
        "fulamt_ownpay_amt": yuan(line.own_expense_fen),
        "overlmt_amt": yuan(line.over_price_fen),
        "preselfpay_amt": yuan(line.pre_self_pay_fen),
        "inscp_scp_amt": yuan(line.in_scope_fen),
        "chrgitm_lv": line.pay_class,
        "hilist_code": line.item_code,
        "hilist_name": item.name,
        "list_type": HERBAL_LIST if herbal else LIST_TYPES[item.kind],
        "med_list_codg": line.item_code,
        "medins_list_codg": line.institution_item_code or line.item_code,
        "medins_list_name": item.name[:100],
        "med_chrgitm_type": line.charge_category,
        "spec": item.specification or NONE,
        "dosform_name": item.dosage_form or NONE,
        "bilg_dept_codg": line.department_code,
        "bilg_dr_codg": line.physician_code,
        "memo": line.reason_code,
    }

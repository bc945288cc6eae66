"""2401 入院办理, 2402 出院办理, 2403 住院信息变更, 2404 入院撤销, 2405 出院撤销; how a 2401 is reversed (2601)."""

from typing import Any

from tongchou.encounters import commands, queries
from tongchou.encounters.api import reading
from tongchou.encounters.commands import Changes
from tongchou.encounters.facts import Diagnosis, Registered, Registration
from tongchou.wire import moments
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import parse_wire_id, wire_id
from tongchou.wire.registry import Call, transaction
from tongchou.wire.reversal import Booked, reverser


@transaction("2401", booking=True)
def admit(call: Call) -> bytes:
    """入院办理 (2401)."""
    stay, out = call.input.mdtrtinfo, call.out
    care = reading.care_of(stay.med_type, stay=True)
    said = reading.circumstances(care, stay.exp_content, stay.er_flag, third_party=stay.ttp_resp)
    diagnoses, _ = reading.diagnoses_of(call.input.diseinfo, call.key)
    wanted = Registration(
        institution_code=call.institution_code,
        person_no=stay.psn_no,
        scheme=reading.scheme_of(stay.insutype),
        care_type=stay.med_type,
        kind=care.kind,
        began_at=moments.aware(stay.begntime),
        chart_no=stay.ipt_no,
        department_code=stay.adm_dept_codg,
        department=stay.adm_dept_name,
        bed=stay.adm_bed,
        physician_code=stay.atddr_no,
        physician=stay.chfpdr_name,
        disease_code=stay.dise_codg or "",
        diagnoses=diagnoses or _named_diagnosis(stay, call.key),
        emergency=said.emergency,
        referral=said.referral,
        third_party=said.third_party,
        credential_type=stay.mdtrt_cert_type,
        credential_no=stay.mdtrt_cert_no or "",
        particulars=reading.given(contact=stay.coner_name, contact_phone=stay.tel, record_no=stay.medrcdno)
        | _particulars(stay)
        | reading.given(condition=stay.main_cond_dscr, diagnosis_words=stay.adm_diag_dscr),
    )

    def render(registered: Registered) -> bytes:
        mdtrt_id = wire_id(registered.pooling_area, registered.id)
        return call.answer(
            out.output(result=out.result(mdtrt_id=mdtrt_id)), warning="；".join(registered.notes) or None
        )

    return commands.register(key=call.key, wanted=wanted, render=render)


def _named_diagnosis(stay: Any, key: BookingKey) -> tuple[Diagnosis, ...]:
    """The main diagnosis that the stay itself names, where no list of diagnoses came."""
    if not stay.dscg_maindiag_code:
        return ()
    return (
        Diagnosis(
            code=stay.dscg_maindiag_code,
            name=stay.dscg_maindiag_name or "",
            place=1,
            main=True,
            operator_no=key.operator_no,
            operator=key.operator,
            recorded_at=key.received_at,
        ),
    )


def _particulars(stay: Any) -> dict[str, Any]:
    """What 2401, 2402 and 2403 say alike: disease, operation, maternity."""
    return reading.given(
        disease_name=stay.dise_name,
        operation_code=stay.oprn_oprt_code,
        operation=stay.oprn_oprt_name,
        family_planning_no=stay.fpsc_no,
        maternity_type=stay.matn_type,
        birth_control_type=stay.birctrl_type,
        late_childbirth=stay.latechb_flag,
        gestation_weeks=stay.geso_val,
        pregnancies=stay.fetts,
        children=stay.fetus_cnt,
        premature=stay.pret_flag,
        birth_control_on=stay.birctrl_matn_date,
    )


@reverser("2401")
def reverse_admission(booked: Booked, key: BookingKey, answer: bytes) -> bytes | None:
    """冲正 of an admission whose answer the hospital never saw (2601): it has no line yet."""
    assert booked.encounter_id is not None
    answered = commands.cancel_admission(
        key=key,
        area=queries.area_of(booked.encounter_id, booked.person_no),
        encounter=booked.encounter_id,
        person_no=booked.person_no,
        answer=answer,
    )
    return None if answered is answer else answered


@transaction("2402", booking=True)
def discharge(call: Call) -> bytes:
    """出院办理 (2402)."""
    end = call.input.dscginfo
    area, encounter = parse_wire_id(end.mdtrt_id)
    diagnoses, voided = reading.diagnoses_of(call.input.diseinfo, call.key, at_discharge=True)
    columns = {"disease_code": end.dise_codg} if end.dise_codg else {}
    changes = Changes(
        columns=columns,
        diagnoses=diagnoses,
        voided=voided,
        particulars=_particulars(end)
        | reading.given(
            discharge_department_code=end.dscg_dept_codg,
            discharge_department=end.dscg_dept_name,
            discharge_bed=end.dscg_bed,
            complication=end.cop_flag,
            died_on=end.die_date,
        ),
    )
    return commands.discharge(
        key=call.key,
        area=area,
        encounter=encounter,
        person_no=end.psn_no,
        ended_at=moments.aware(end.endtime),
        disposition=end.dscg_way,
        changes=changes,
        answer=call.answer(),
    )


@transaction("2403", booking=True)
def change_stay(call: Call) -> bytes:
    """住院信息变更 (2403)."""
    stay, out = call.input.adminfo, call.out
    area, encounter = parse_wire_id(stay.mdtrt_id)
    care = reading.care_of(stay.med_type, stay=True)
    said = reading.circumstances(care, stay.exp_content, third_party=None)
    diagnoses, voided = reading.diagnoses_of(call.input.diseinfo, call.key)
    columns: dict[str, Any] = {
        "care_type": stay.med_type,
        "kind": care.kind,
        "chart_no": stay.ipt_otp_no,
        "department_code": stay.adm_dept_codg,
        "department": stay.adm_dept_name,
        "bed": stay.adm_bed,
        "physician_code": stay.atddr_no,
        "physician": stay.chfpdr_name,
        "credential_type": stay.mdtrt_cert_type,
        "disease_code": stay.dise_codg or "",
        "emergency": said.emergency,
        "referral": said.referral,
    }
    if stay.begntime is not None:
        columns["began_at"] = moments.aware(stay.begntime)
    changes = Changes(
        columns=columns,
        diagnoses=diagnoses or _named_diagnosis(stay, call.key),
        voided=voided,
        particulars=_particulars(stay)
        | reading.given(
            contact=stay.coner_name,
            contact_phone=stay.tel,
            record_no=stay.medrcdno,
            condition=stay.main_cond_dscr,
            diagnosis_words=stay.adm_diag_dscr,
        ),
    )
    return commands.change_stay(
        key=call.key,
        area=area,
        encounter=encounter,
        person_no=stay.psn_no,
        changes=changes,
        answer=call.answer(out.output(result=out.result())),
    )


@transaction("2404", booking=True)
def cancel_admission(call: Call) -> bytes:
    """入院撤销 (2404)."""
    data = call.input.data
    area, encounter = parse_wire_id(data.mdtrt_id)
    return commands.cancel_admission(
        key=call.key, area=area, encounter=encounter, person_no=data.psn_no, answer=call.answer()
    )


@transaction("2405", booking=True)
def undo_discharge(call: Call) -> bytes:
    """出院撤销 (2405)."""
    data = call.input.data
    area, encounter = parse_wire_id(data.mdtrt_id)
    return commands.undo_discharge(
        key=call.key, area=area, encounter=encounter, person_no=data.psn_no, answer=call.answer()
    )

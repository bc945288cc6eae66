"""2201 门诊挂号, 2202 门诊挂号撤销, 2203 and 2203A 门诊就诊信息上传."""

from tongchou.encounters import commands
from tongchou.encounters.api import reading
from tongchou.encounters.care_types import CARE_TYPES, OUTPATIENT
from tongchou.encounters.commands import Changes
from tongchou.encounters.facts import Registered, Registration
from tongchou.wire import moments
from tongchou.wire.numbers import parse_wire_id, wire_id
from tongchou.wire.registry import Call, transaction


@transaction("2201", booking=True)
def register_visit(call: Call) -> bytes:
    """门诊挂号 (2201)."""
    data, out = call.input.data, call.out
    wanted = Registration(
        institution_code=call.institution_code,
        person_no=data.psn_no,
        scheme=reading.scheme_of(data.insutype),
        care_type=OUTPATIENT,
        kind=CARE_TYPES[OUTPATIENT].kind,
        began_at=moments.aware(data.begntime),
        chart_no=data.ipt_otp_no,
        department_code=data.dept_code,
        department=data.dept_name,
        physician_code=data.atddr_no,
        physician=data.dr_name,
        credential_type=data.mdtrt_cert_type,
        credential_no=data.mdtrt_cert_no,
        particulars=reading.given(speciality=data.caty),
    )

    def render(registered: Registered) -> bytes:
        mdtrt_id = wire_id(registered.pooling_area, registered.id)
        return call.answer(
            out.output(data=out.data(mdtrt_id=mdtrt_id, psn_no=data.psn_no, ipt_otp_no=data.ipt_otp_no)),
            warning="；".join(registered.notes) or None,
        )

    return commands.register(key=call.key, wanted=wanted, render=render)


@transaction("2202", booking=True)
def cancel_visit(call: Call) -> bytes:
    """门诊挂号撤销 (2202)."""
    data = call.input.data
    area, encounter = parse_wire_id(data.mdtrt_id)
    return commands.cancel_visit(
        key=call.key, area=area, encounter=encounter, person_no=data.psn_no, answer=call.answer()
    )


@transaction("2203", "2203A", booking=True)
def change_visit(call: Call) -> bytes:
    """门诊就诊信息上传 (2203, 2203A): the kind of care, the disease and the diagnoses."""
    visit = call.input.mdtrtinfo
    area, encounter = parse_wire_id(visit.mdtrt_id)
    care = reading.care_of(visit.med_type, stay=False)
    said = reading.circumstances(care, visit.exp_content, third_party=visit.ttp_resp)
    diagnoses, voided = reading.diagnoses_of(call.input.diseinfo, call.key)
    changes = Changes(
        columns={
            "care_type": visit.med_type,
            "kind": care.kind,
            "disease_code": visit.dise_codg or "",
            "emergency": said.emergency,
            "referral": said.referral,
            "third_party": said.third_party,
        },
        diagnoses=diagnoses,
        voided=voided,
        particulars=reading.given(
            condition=visit.main_cond_dscr,
            disease_name=visit.dise_name,
            maternity_type=visit.matn_type,
            birth_control_type=visit.birctrl_type,
            birth_control_on=visit.birctrl_matn_date,
            gestation_weeks=visit.geso_val,
        ),
    )
    return commands.change_visit(
        key=call.key, area=area, encounter=encounter, person_no=visit.psn_no, changes=changes, answer=call.answer()
    )

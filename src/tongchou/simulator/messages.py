"""The messages of a visit as a hospital's system writes them (报文): envelope and input of each transaction.

Names are those of the national interface; amounts are yuan with two decimals. Answers give `psn_no`, `mdtrt_id` and
`setl_id`, which later messages repeat.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tongchou.simulator.places import Place
from tongchou.simulator.plan import AREA
from tongchou.simulator.visits import CHRONIC, BillLine, Visit

Input = dict[str, Any]
ID_CARD: Final = "02"
WESTERN: Final = "1"
YES, NO = "1", "0"
BY_ITEM: Final = "01"
HOME_BY_ORDER: Final = "1"
ALL_LINES: Final = "0000"
CLASS_SUMS: Final = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
LINES_PER_UPLOAD: Final = 100
OPERATOR: Final = ("HIS001", "收费员一")
CARRIER: Final = "00-00-5E-00-53-01"
"""A hardware address kept free for examples."""


def moment(at: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss`."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def number(value: Decimal) -> float | int:
    """A JSON number, as most clients send amounts; exact, for it has few digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def envelope(
    place: Place, infno: str, content: Input, *, at: datetime, serial: int, sign_no: str | None = None
) -> dict[str, Any]:
    """The message: who sends what, when, under which msgid (institution 12, time 14, serial 4)."""
    return {
        "infno": infno,
        "msgid": f"{place.code}{at:%Y%m%d%H%M%S}{serial % 10_000:04d}",
        "mdtrtarea_admvs": AREA,
        "insuplc_admdvs": AREA,
        "recer_sys_code": "MBS_LOCAL",
        "dev_no": None,
        "dev_safe_info": None,
        "cainfo": "",
        "signtype": None,
        "infver": "V1.0",
        "opter_type": "1",
        "opter": OPERATOR[0],
        "opter_name": OPERATOR[1],
        "inf_time": moment(at),
        "fixmedins_code": place.code,
        "fixmedins_name": place.name,
        "sign_no": sign_no,
        "input": content,
    }


def sign_in() -> Input:
    """9001."""
    return {"signIn": {"opter_no": OPERATOR[0], "mac": CARRIER, "ip": "127.0.0.1"}}


def person(citizen_id: str, name: str, at: datetime) -> Input:
    """1101 by the ID card."""
    return {
        "data": {
            "mdtrt_cert_type": ID_CARD,
            "mdtrt_cert_no": citizen_id,
            "card_sn": "",
            "begntime": moment(at),
            "psn_cert_type": "01",
            "certno": citizen_id,
            "psn_name": name,
        }
    }


def registration(visit: Visit, psn_no: str, chart_no: str) -> Input:
    """2201."""
    return {
        "data": {
            "psn_no": psn_no,
            "insutype": visit.insurance_type,
            "begntime": moment(visit.began_at),
            **_credential(visit),
            "ipt_otp_no": chart_no,
            "atddr_no": visit.doctor.code,
            "dr_name": visit.doctor.name,
            "dept_code": visit.doctor.department_code,
            "dept_name": visit.doctor.department,
            "caty": visit.doctor.department_code,
        }
    }


def cancelled_registration(psn_no: str, mdtrt_id: str, chart_no: str) -> Input:
    """2202."""
    return {"data": {"psn_no": psn_no, "mdtrt_id": mdtrt_id, "ipt_otp_no": chart_no}}


def diagnoses(visit: Visit, psn_no: str, mdtrt_id: str) -> Input:
    """2203."""
    info: Input = {
        "mdtrt_id": mdtrt_id,
        "psn_no": psn_no,
        "med_type": visit.care_type,
        "begntime": moment(visit.began_at),
        "main_cond_dscr": visit.diagnosis.name,
        "dise_codg": visit.disease.code if visit.disease else "",
        "dise_name": visit.disease.name if visit.disease else "",
        "birctrl_type": "",
        "birctrl_matn_date": "",
    }
    return {"mdtrtinfo": info, "diseinfo": [_diagnosis(visit, at=visit.began_at)]}


def charges(
    visit: Visit, psn_no: str, mdtrt_id: str, batch_no: str, *, lines: Sequence[BillLine] | None = None
) -> Input:
    """2204: all lines of one batch."""
    chosen = visit.lines if lines is None else lines
    disease = visit.disease.code if visit.disease else ""
    return {
        "feedetail": [
            {
                "feedetl_sn": f"{batch_no}{position:04d}",
                "mdtrt_id": mdtrt_id,
                "psn_no": psn_no,
                "chrg_bchno": batch_no,
                "dise_codg": disease,
                "rxno": f"{batch_no}R",
                "rx_circ_flag": NO,
                **_line(line),
                **_ordered_by(line),
                "hosp_appr_flag": YES if line.item.restricted else NO,
            }
            for position, line in enumerate(chosen, 1)
        ]
    }


def cancelled_charges(psn_no: str, mdtrt_id: str, batch_no: str = ALL_LINES) -> Input:
    """2205."""
    return {"data": {"mdtrt_id": mdtrt_id, "chrg_bchno": batch_no, "psn_no": psn_no}}


def outpatient_bill(
    visit: Visit,
    psn_no: str,
    mdtrt_id: str,
    batch_no: str,
    *,
    total: Decimal | None = None,
    parts: Input | None = None,
    invoice: str = "",
) -> Input:
    """2206 and 2207; `parts` are the class sums that the trial answered."""
    return {
        "data": {
            **{name: (parts or {}).get(name, 0) for name in CLASS_SUMS},
            "psn_no": psn_no,
            **_credential(visit),
            "med_type": visit.care_type,
            "medfee_sumamt": number(visit.total if total is None else total),
            "psn_setlway": BY_ITEM,
            "mdtrt_id": mdtrt_id,
            "chrg_bchno": batch_no,
            "acct_used_flag": _uses_account(visit),
            "insutype": visit.insurance_type,
            "invono": invoice,
        }
    }


def cancelled_settlement(psn_no: str, mdtrt_id: str, setl_id: str) -> Input:
    """2208, 2305, 2103."""
    return {"data": {"setl_id": setl_id, "mdtrt_id": mdtrt_id, "psn_no": psn_no}}


def purchase(visit: Visit, psn_no: str, receipt_no: str, *, total: Decimal | None = None) -> Input:
    """2101 and 2102, lines included."""
    return {
        "druginfo": {
            "psn_no": psn_no,
            **_credential(visit),
            "psn_cert_type": "01",
            "certno": visit.patient.citizen_id,
            "psn_type": "11" if visit.patient.scheme == "employee" else "15",
            "psn_name": visit.patient.name,
            "begntime": moment(visit.began_at),
            "medfee_sumamt": number(visit.total if total is None else total),
            "invono": receipt_no,
            "insutype": visit.insurance_type,
            "dise_codg": "",
            "dise_name": "",
            "acct_used_flag": _uses_account(visit),
            "med_type": visit.care_type,
        },
        "drugdetail": [
            {
                "feedetl_sn": f"{receipt_no}{position:04d}",
                "rxno": "",
                "rx_circ_flag": NO,
                **_line(line),
                "bilg_dr_codg": line.doctor.code,
                "bilg_dr_name": line.doctor.name,
            }
            for position, line in enumerate(visit.lines, 1)
        ],
    }


def admission(visit: Visit, psn_no: str, chart_no: str) -> Input:
    """2401."""
    doctor = visit.doctor
    return {
        "mdtrtinfo": {
            "psn_no": psn_no,
            "insutype": visit.insurance_type,
            "coner_name": visit.patient.name,
            "tel": "",
            "begntime": moment(visit.began_at),
            **_credential(visit),
            "med_type": visit.care_type,
            "ipt_no": chart_no,
            "medrcdno": chart_no,
            "atddr_no": doctor.code,
            "chfpdr_name": doctor.name,
            "adm_diag_dscr": visit.diagnosis.name,
            "adm_dept_codg": doctor.department_code,
            "adm_dept_name": doctor.department,
            "adm_bed": f"{int(chart_no[-3:]) % 60 + 1:02d}",
            "dscg_maindiag_code": visit.diagnosis.code,
            "dscg_maindiag_name": visit.diagnosis.name,
        },
        "diseinfo": [{"psn_no": psn_no, **_diagnosis(visit, at=visit.began_at), "adm_cond": "1"}],
    }


def ward_charges(visit: Visit, psn_no: str, mdtrt_id: str, *, first: int, lines: Sequence[BillLine]) -> Input:
    """2301: up to a hundred lines."""
    return {
        "feedetail": [
            {
                "feedetl_sn": f"{first + position:06d}",
                "mdtrt_id": mdtrt_id,
                "drord_no": f"{first + position:06d}",
                "psn_no": psn_no,
                "med_type": visit.care_type,
                **_line(line),
                **_ordered_by(line),
                "hosp_appr_flag": YES if line.item.restricted else NO,
            }
            for position, line in enumerate(lines)
        ]
    }


def refunded_line(
    visit: Visit, psn_no: str, mdtrt_id: str, *, serial: int, refund_serial: int, line: BillLine
) -> Input:
    """2301 with one negative line that takes another back."""
    back = ward_charges(visit, psn_no, mdtrt_id, first=refund_serial, lines=[line])
    detail = back["feedetail"][0]
    detail["init_feedetl_sn"] = f"{serial:06d}"
    detail["cnt"], detail["det_item_fee_sumamt"] = -detail["cnt"], -detail["det_item_fee_sumamt"]
    return back


def stay_bill(
    visit: Visit,
    psn_no: str,
    mdtrt_id: str,
    *,
    total: Decimal,
    parts: Input | None = None,
    interim: bool = False,
    invoice: str = "",
) -> Input:
    """2303 and 2304; `parts` are the class sums that the trial answered."""
    return {
        "data": {
            **{name: (parts or {}).get(name, 0) for name in CLASS_SUMS},
            "psn_no": psn_no,
            **_credential(visit),
            "medfee_sumamt": number(total),
            "psn_setlway": BY_ITEM,
            "mdtrt_id": mdtrt_id,
            "insutype": visit.insurance_type,
            "acct_used_flag": _uses_account(visit),
            "mid_setl_flag": YES if interim else NO,
            "invono": invoice,
            "dscgTime": f"{visit.ended_at:%Y-%m-%d}",
        }
    }


def discharge(visit: Visit, psn_no: str, mdtrt_id: str) -> Input:
    """2402."""
    return {
        "dscginfo": {
            "mdtrt_id": mdtrt_id,
            "psn_no": psn_no,
            "insutype": visit.insurance_type,
            "endtime": moment(visit.ended_at),
            "dise_codg": "",
            "dise_name": "",
            "dscg_dept_codg": visit.doctor.department_code,
            "dscg_dept_name": visit.doctor.department,
            "dscg_bed": "",
            "dscg_way": HOME_BY_ORDER,
        },
        "diseinfo": [{"mdtrt_id": mdtrt_id, "psn_no": psn_no, **_diagnosis(visit, at=visit.ended_at)}],
    }


def cancelled_stay(psn_no: str, mdtrt_id: str) -> Input:
    """2404 and 2405."""
    return {"data": {"mdtrt_id": mdtrt_id, "psn_no": psn_no}}


def reversal(psn_no: str, msgid: str, infno: str) -> Input:
    """2601: for a message whose answer never came."""
    return {"data": {"psn_no": psn_no, "omsgid": msgid, "oinfno": infno}}


def _credential(visit: Visit) -> Input:
    return {"mdtrt_cert_type": ID_CARD, "mdtrt_cert_no": visit.patient.citizen_id}


def _uses_account(visit: Visit) -> str:
    return YES if visit.patient.scheme == "employee" and visit.kind != CHRONIC else NO


def _diagnosis(visit: Visit, *, at: datetime) -> Input:
    return {
        "diag_type": WESTERN,
        "maindiag_flag": YES,
        "diag_srt_no": 1,
        "diag_code": visit.diagnosis.code,
        "diag_name": visit.diagnosis.name,
        "diag_dept": visit.doctor.department,
        "dise_dor_no": visit.doctor.code,
        "dise_dor_name": visit.doctor.name,
        "diag_time": moment(at),
        "vali_flag": YES,
    }


def _line(line: BillLine) -> Input:
    return {
        "fee_ocur_time": moment(line.served_at),
        "med_list_codg": line.item.code,
        "medins_list_codg": f"N{line.item.code[-8:]}",
        "det_item_fee_sumamt": number(line.amount),
        "cnt": number(line.quantity),
        "pric": number(line.price),
    }


def _ordered_by(line: BillLine) -> Input:
    return {
        "bilg_dept_codg": line.doctor.department_code,
        "bilg_dept_name": line.doctor.department,
        "bilg_dr_codg": line.doctor.code,
        "bilg_dr_name": line.doctor.name,
    }

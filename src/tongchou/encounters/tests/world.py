"""A small invented place for tests of visits: two hospitals, a pharmacy, a few people, a few items, and their messages.

Other chapters' rows are written through Django's registry of models, since their tables are their own.
"""

import itertools
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.apps import apps
from django.db import connection

from tongchou.encounters.states import CareKind
from tongchou.platform import versions
from tongchou.wire import commands as wire_commands
from tongchou.wire import conformance, moments, registry

AREA = "450100"
UNIT = "450102"
H1, H2, PHARMACY = "H45010000001", "H45010000002", "P45010000001"
NOW = datetime(2018, 3, 15, 10, 30, 0, 123_000, tzinfo=moments.SHANGHAI)
LONG_AGO = date(2010, 1, 1)

DRUG_A, DRUG_B, DRUG_C = "XA01", "XB01", "XC01"
CEILED, LIMITED, DAILY, RESTRICTED, WOMENS, TERMLESS = "XD01", "XE01", "XF01", "XG01", "XH01", "XI01"
DOCTOR, SUSPENDED_DOCTOR, STRANGER = "D450100000001", "D450100000002", "D459999999999"

_numbers: Iterator[int] = itertools.count(1)


def model(label: str) -> Any:
    return apps.get_model(label)


class Person(msgspec.Struct, frozen=True):
    id: int
    number: str
    certificate_no: str


def place() -> None:
    """The area, the institutions with agreement and physicians, the catalogue, and their access to the wire."""
    model("platform.PoolingArea").objects.get_or_create(
        code=AREA, defaults={"name": "桂宁市", "level": "city", "valid_from": LONG_AGO}
    )
    hospitals = {H1: ("桂宁市人民医院", "3"), H2: ("桂宁市第二人民医院", "2"), PHARMACY: ("桂宁大药房", "0")}
    model("institutions.Institution").objects.bulk_create(
        model("institutions.Institution")(
            code=code,
            name=name,
            kind="2" if code == PHARMACY else "1",
            type="pharmacy" if code == PHARMACY else "hospital",
            pooling_area_id=AREA,
            unit_code=UNIT,
            uscc="91450100MA5K000000",
            created_at=NOW,
        )
        for code, (name, _) in hospitals.items()
    )
    model("institutions.InstitutionLevel").objects.bulk_create(
        model("institutions.InstitutionLevel")(institution_id=code, level=level, valid_from=LONG_AGO)
        for code, (_, level) in hospitals.items()
    )
    model("institutions.Agreement").objects.bulk_create(
        model("institutions.Agreement")(
            institution_id=code,
            number=f"XY-{code}",
            schemes=["resident", "employee"],
            care_kinds=[kind.value for kind in CareKind],
            signed_on=LONG_AGO,
            valid_from=LONG_AGO,
            valid_until=date(2030, 1, 1),
        )
        for code in hospitals
    )
    for code in hospitals:
        wire_commands.grant_access(institution_code=code)
    _physicians()
    _items()
    versions.forget_all()


def _physicians() -> None:
    model("institutions.Physician").objects.bulk_create(
        model("institutions.Physician")(code=code, name="张医生", institution_id=institution, filed_from=LONG_AGO)
        for code in (DOCTOR, SUSPENDED_DOCTOR)
        for institution in (H1, H2)
    )
    model("institutions.PhysicianSuspension").objects.create(
        physician_code=SUSPENDED_DOCTOR,
        suspended_from=date(2018, 3, 1),
        suspended_until=date(2018, 4, 1),
        reason="违规",
    )


TERMS: dict[str, dict[str, Any]] = {
    DRUG_A: {"pay_class": "01"},
    DRUG_B: {"pay_class": "02", "pre_self_pay_ratio": "0.1000"},
    DRUG_C: {"pay_class": "03", "pre_self_pay_ratio": "1.0000"},
    CEILED: {"pay_class": "02", "pre_self_pay_ratio": "0.1000", "price_ceiling": "100.000000"},
    LIMITED: {"pay_class": "01", "max_quantity": "14.0000"},
    DAILY: {"pay_class": "01", "max_days": 2},
    RESTRICTED: {"pay_class": "01", "restricted": True},
    WOMENS: {"pay_class": "01", "sex": "F"},
}


def _items() -> None:
    model("catalogue.Item").objects.bulk_create(
        model("catalogue.Item")(
            code=code, name=f"项目{code}", kind="service" if code == TERMLESS else "drug", charge_category="09"
        )
        for code in (*TERMS, TERMLESS)
    )
    model("catalogue.ItemTerm").objects.bulk_create(
        model("catalogue.ItemTerm")(
            item_id=code,
            pooling_area_id=AREA,
            **{"valid_from": LONG_AGO, "pre_self_pay_ratio": "0.0000", **terms},
        )
        for code, terms in TERMS.items()
    )


def person(
    *, sex: str = "M", born_on: str = "1948-05-20", scheme: str = "resident", enrolled: bool = True, **facts: Any
) -> Person:
    """Somebody enrolled in 2016."""
    number = next(_numbers)
    certificate = f"{AREA}19480520{number:04d}"
    made = model("enrolment.Person").objects.create(
        person_no=f"{AREA}9{number:013d}",
        certificate_type="01",
        certificate_no=certificate,
        name=f"张{number}",
        sex=sex,
        born_on=born_on,
        pooling_area_id=AREA,
        unit_code=UNIT,
        created_at=NOW,
        **facts,
    )
    if enrolled:
        model("enrolment.Enrolment").objects.create(
            person=made,
            pooling_area_id=AREA,
            scheme=scheme,
            unit_code=UNIT,
            category="adult" if scheme == "resident" else "working",
            enrolled_from="2016-01-01",
            created_at=NOW,
        )
    return Person(made.id, made.person_no, certificate)


def card(who: Person, number: str, status: str = "active") -> None:
    """The person's social security card."""
    model("enrolment.SocialSecurityCard").objects.create(
        person_id=who.id, number=number, status=status, issued_on=LONG_AGO
    )


def message(infno: str, body: Any, *, institution: str = H1, **members: Any) -> bytes:
    """A message as it goes over the wire; a fresh msgid unless given."""
    envelope = {
        "infno": infno,
        "msgid": f"{institution}20180315103000{next(_numbers):04d}",
        "mdtrtarea_admvs": AREA,
        "insuplc_admdvs": AREA,
        "opter": "001",
        "opter_name": "收费员",
        "fixmedins_code": institution,
        "sign_no": "",
        "input": body,
        **members,
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


def post(body: bytes, *, at: datetime = NOW) -> bytes:
    """Send the bytes; the clock stands still."""
    return registry.respond(body, headers={}, clock=lambda: at)


class Answer(msgspec.Struct, frozen=True):
    """What came back: the bytes, and what a client reads of them."""

    raw: bytes
    infcode: int
    output: Any
    error: str
    warning: str | None


def send(infno: str, body: Any, *, at: datetime = NOW, institution: str = H1, **members: Any) -> Answer:
    """Send a message and read the answer, which conforms to the specification or refuses in Chinese."""
    raw = post(message(infno, body, institution=institution, **members), at=at)
    read = json.loads(raw)
    faults = conformance.faults(infno, raw) if read["infcode"] == 0 else conformance.refusal_faults(raw)
    assert faults == []
    return Answer(raw, read["infcode"], read["output"], read["err_msg"], read["warn_msg"])


def refused(infno: str, body: Any, code: str, **how: Any) -> str:
    """Send a message that must be refused with that code; the text."""
    answer = send(infno, body, **how)
    assert answer.error.startswith(code), answer
    return answer.error


def done(infno: str, body: Any, **how: Any) -> Any:
    """Send a message that must be done; its output."""
    answer = send(infno, body, **how)
    assert answer.infcode == 0, answer.error
    return answer.output


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def on(day: str, moment: str = "10:30:00") -> datetime:
    """A moment in Beijing."""
    return datetime.fromisoformat(f"{day}T{moment}+08:00").astimezone(moments.SHANGHAI)


# --- the messages -------------------------------------------------------------------------------------------


def visit_body(who: Person, **changes: Any) -> dict[str, Any]:
    """2201."""
    return {
        "data": {
            "psn_no": who.number,
            "insutype": "390",
            "begntime": "2018-03-15 10:00:00",
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": who.certificate_no,
            "ipt_otp_no": "MZ0001",
            "atddr_no": DOCTOR,
            "dr_name": "张医生",
            "dept_code": "A03",
            "dept_name": "内科",
            "caty": "A03",
            **changes,
        }
    }


def visit(who: Person, *, institution: str = H1, at: datetime = NOW, **changes: Any) -> str:
    """A registered visit; its id."""
    output = done("2201", visit_body(who, **changes), institution=institution, at=at)
    return str(output["data"]["mdtrt_id"])


def diagnosis(place: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "diag_type": "1",
        "diag_srt_no": place,
        "diag_code": "I10.x00",
        "diag_name": "高血压",
        "diag_dept": "内科",
        "dise_dor_no": DOCTOR,
        "dise_dor_name": "张医生",
        "diag_time": "2018-03-15 10:05:00",
        "vali_flag": "1",
        "maindiag_flag": "0",
        **changes,
    }


def visit_change_body(who: Person, mdtrt_id: str, *diagnoses: Any, **changes: Any) -> dict[str, Any]:
    """2203."""
    return {
        "mdtrtinfo": {
            "mdtrt_id": mdtrt_id,
            "psn_no": who.number,
            "med_type": "11",
            "begntime": "2018-03-15 10:00:00",
            **changes,
        },
        "diseinfo": list(diagnoses),
    }


def stay_body(who: Person, *diagnoses: Any, **changes: Any) -> dict[str, Any]:
    """2401."""
    return {
        "mdtrtinfo": {
            "psn_no": who.number,
            "insutype": "390",
            "begntime": "2018-03-15 09:00:00",
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": who.certificate_no,
            "med_type": "21",
            "ipt_no": "ZY0001",
            "atddr_no": DOCTOR,
            "chfpdr_name": "张医生",
            "adm_diag_dscr": "肺炎",
            "adm_dept_codg": "A03",
            "adm_dept_name": "呼吸内科",
            "adm_bed": "12",
            "dscg_maindiag_code": "J18.900",
            "dscg_maindiag_name": "肺炎",
            **changes,
        },
        "diseinfo": [{**one, "psn_no": who.number} for one in diagnoses],
    }


def stay(who: Person, *, institution: str = H1, at: datetime = NOW, **changes: Any) -> str:
    """An admission; its id."""
    return str(done("2401", stay_body(who, **changes), institution=institution, at=at)["result"]["mdtrt_id"])


def discharge_body(who: Person, mdtrt_id: str, *diagnoses: Any, **changes: Any) -> dict[str, Any]:
    """2402."""
    return {
        "dscginfo": {
            "mdtrt_id": mdtrt_id,
            "psn_no": who.number,
            "insutype": "390",
            "endtime": "2018-03-15 10:20:00",
            "dscg_dept_codg": "A03",
            "dscg_dept_name": "呼吸内科",
            "dscg_way": "1",
            **changes,
        },
        "diseinfo": list(diagnoses),
    }


def line(who: Person, mdtrt_id: str, **changes: Any) -> dict[str, Any]:
    """One line of 2204 or 2301: a drug of class 甲, 10.00."""
    return {
        "feedetl_sn": f"F{next(_numbers):08d}",
        "mdtrt_id": mdtrt_id,
        "psn_no": who.number,
        "chrg_bchno": "B1",
        "med_type": "21",
        "rx_circ_flag": "0",
        "fee_ocur_time": "2018-03-15 10:10:00",
        "med_list_codg": DRUG_A,
        "medins_list_codg": "Y0001",
        "det_item_fee_sumamt": 10.00,
        "cnt": 1,
        "pric": 10.00,
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": DOCTOR,
        "bilg_dr_name": "张医生",
        "hosp_appr_flag": "0",
        **changes,
    }


def upload(who: Person, mdtrt_id: str, *lines: dict[str, Any], infno: str = "2204", **how: Any) -> Any:
    """Upload lines that must be accepted; the answered rows."""
    rows = lines or (line(who, mdtrt_id),)
    return done(infno, {"feedetail": list(rows)}, **how)["result"]


def row_of(mdtrt_id: str) -> Any:
    """The encounter as stored."""
    return model("encounters.Encounter").objects.get(pooling_area=mdtrt_id[:6], id=int(mdtrt_id[6:]))


def lines_of(mdtrt_id: str) -> list[Any]:
    return list(model("encounters.ChargeLine").objects.filter(encounter_id=int(mdtrt_id[6:])).order_by("serial"))


def batches_of(mdtrt_id: str) -> list[Any]:
    return list(model("encounters.ChargeBatch").objects.filter(encounter_id=int(mdtrt_id[6:])).order_by("batch_no"))


def snapshot() -> dict[str, int]:
    """How much is stored: for "nothing has changed"."""
    labels = ("encounters.Encounter", "encounters.ChargeBatch", "encounters.ChargeLine", "wire.Booking")
    return {label: model(label).objects.count() for label in labels}


def mark_settled(mdtrt_id: str, settlement: int = 180300000000001, *, closing: bool = True) -> None:
    """As settling leaves an encounter: its batches belong to a settlement. Keys to other chapters are left aside."""
    from tongchou.wire import database

    area, encounter = mdtrt_id[:6], int(mdtrt_id[6:])
    database.run("ALTER TABLE encounters_chargebatch DROP CONSTRAINT IF EXISTS charge_batch_settled")
    database.run(
        "UPDATE encounters_chargebatch SET settlement_id = %s WHERE pooling_area = %s AND encounter_id = %s "
        "AND settlement_id IS NULL",
        settlement,
        area,
        encounter,
    )
    if closing:
        database.run(
            "UPDATE encounters_encounter SET state = 'settled' WHERE pooling_area = %s AND id = %s", area, encounter
        )


def query(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Any question to the database."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())

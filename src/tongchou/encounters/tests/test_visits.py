"""Outpatient visits: registering, changing, cancelling (2201, 2202, 2203)."""

from datetime import date
from typing import Any

import pytest

from tongchou.encounters.tests import world
from tongchou.platform import versions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]


def test_a_visit_is_registered(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    row = world.row_of(mdtrt_id)
    assert len(mdtrt_id) == 21
    assert (row.person_id, row.state, row.kind, row.care_type, row.place) == (
        who.id,
        "open",
        "outpatient",
        "11",
        "home",
    )
    assert (row.sex, row.born_on, row.began_at) == ("M", date(1948, 5, 20), world.on("2018-03-15", "10:00:00"))
    assert str(row.id).startswith("1803")


def test_the_guangzhou_client_registers_with_node_mdtrtinfo(who: world.Person) -> None:
    body = world.visit_body(who)
    assert world.done("2201", {"mdtrtinfo": body["data"], "agnterinfo": {}})["data"]["psn_no"] == who.number


@pytest.mark.requirement("SET-04")
def test_the_same_message_again_gets_the_first_answer_byte_for_byte(who: world.Person) -> None:
    message = world.message("2201", world.visit_body(who))
    first = world.post(message)
    assert world.post(message, at=world.later(minutes=5)) == first
    assert world.snapshot()["encounters.Encounter"] == 1


def test_the_same_msgid_with_another_body_is_another_message(who: world.Person) -> None:
    """Some clients send a constant suffix: two messages in a second share their id."""
    one = world.done("2201", world.visit_body(who), msgid="X9999")
    other = world.done("2201", world.visit_body(who, ipt_otp_no="MZ0002"), msgid="X9999")
    assert one["data"]["mdtrt_id"] != other["data"]["mdtrt_id"]


@pytest.mark.parametrize("same_body", [True, False])
def test_the_same_msgid_of_another_institution_is_another_message(who: world.Person, same_body: bool) -> None:
    world.done("2201", world.visit_body(who), msgid="X1", institution=world.H1)
    world.done("2201", world.visit_body(who), msgid="X1", institution=world.H2)
    assert world.snapshot()["encounters.Encounter"] == 2


@pytest.mark.article("GX2017 §63")
@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"psn_no": "45010099999999999999"}, "EC-1001", "psn_no"),
        ({"insutype": "310"}, "EC-1002", "insutype"),
        ({"insutype": "510"}, "EC-1103", "insutype"),
        ({"mdtrt_cert_no": "450100190001010001"}, "EC-1003", "mdtrt_cert_no"),
        ({"begntime": "2018-03-16 10:00:00"}, "EC-1005", "begntime"),
        ({"begntime": "1948-05-19"}, "EC-1006", "begntime"),
        ({"begntime": "2010-01-01", "psn_no": ""}, "WI-1101", "psn_no"),
        ({"begntime": "never"}, "WI-1105", "begntime"),
        ({"dept_name": "内" * 101}, "WI-1102", "dept_name"),
    ],
)
def test_a_registration_with_a_defect_names_it_and_changes_nothing(
    who: world.Person, changes: dict[str, Any], code: str, words: str
) -> None:
    before = world.snapshot()
    assert words in world.refused("2201", world.visit_body(who, **changes), code)
    assert world.snapshot() == before


def test_a_clock_that_runs_ahead_around_midnight_does_not_matter(who: world.Person) -> None:
    almost_midnight = world.on("2018-03-15", "23:55:00")
    assert world.visit(who, at=almost_midnight, begntime="2018-03-16 00:03:00")


def test_a_dead_person_has_no_visit() -> None:
    dead = world.person(died_on=date(2018, 3, 14))
    world.refused("2201", world.visit_body(dead), "EC-1006")


def test_somebody_never_enrolled_has_no_visit() -> None:
    world.refused("2201", world.visit_body(world.person(enrolled=False)), "EC-1002")


@pytest.mark.article("GX2017 §22")
def test_who_has_no_benefit_may_be_registered_all_the_same(who: world.Person) -> None:
    """No coverage span exists for this person: the visit is registered, settling will refuse."""
    assert world.visit(who)


@pytest.mark.article("GX2017 §63")
@pytest.mark.requirement("ENC-01")
@pytest.mark.parametrize(
    ("status", "number", "code"),
    [("active", "A12345678", ""), ("active", "A99999999", "EC-1003"), ("lost", "A12345678", "EC-1004")],
)
def test_a_card_must_be_the_persons_own_and_in_use(who: world.Person, status: str, number: str, code: str) -> None:
    world.card(who, "A12345678", status)
    body = world.visit_body(who, mdtrt_cert_type="03", mdtrt_cert_no=number)
    if code:
        world.refused("2201", body, code)
    else:
        world.done("2201", body)


def test_an_electronic_credential_is_a_token_that_nothing_is_compared_with(who: world.Person) -> None:
    world.done("2201", world.visit_body(who, mdtrt_cert_type="01", mdtrt_cert_no="ABCDEF0123456789"))


@pytest.mark.article("GX2017 §57")
@pytest.mark.requirement("SET-34")
@pytest.mark.parametrize("how", ["suspended", "ended", "other scheme", "other care"])
def test_an_institution_whose_agreement_is_not_in_force_registers_nobody(who: world.Person, how: str) -> None:
    agreement = world.model("institutions.Agreement").objects.get(institution_id=world.H1)
    if how == "suspended":
        world.model("institutions.AgreementSuspension").objects.create(
            agreement=agreement, suspended_from=date(2018, 3, 1), reason="整改"
        )
    elif how == "ended":
        agreement.valid_until, agreement.ended_reason = date(2018, 3, 1), "违约"
        agreement.save()
    elif how == "other scheme":
        agreement.schemes = ["employee"]
        agreement.save()
    else:
        agreement.care_kinds = ["inpatient"]
        agreement.save()
    versions.forget_all()
    world.refused("2201", world.visit_body(who), "EC-1009")


@pytest.mark.requirement("ENC-11")
def test_a_visit_during_a_stay_is_registered_and_told(who: world.Person) -> None:
    world.stay(who, institution=world.H2)
    answer = world.send("2201", world.visit_body(who))
    assert answer.infcode == 0
    assert world.H2 in (answer.warning or "")


# --- 2203 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("infno", ["2203", "2203A"])
def test_a_visit_gets_its_care_type_and_diagnoses(who: world.Person, infno: str) -> None:
    mdtrt_id = world.visit(who)
    diagnoses = world.diagnosis(1), world.diagnosis(2, diag_code="E11.900", diag_name="糖尿病", maindiag_flag="1")
    body = world.visit_change_body(who, mdtrt_id, *diagnoses, med_type="14", dise_codg="M03900")
    assert world.done(infno, body) is None
    row = world.row_of(mdtrt_id)
    assert (row.care_type, row.kind, row.disease_code, row.diagnosis_code) == ("14", "chronic", "M03900", "E11.900")
    assert [d["code"] for d in row.diagnoses] == ["I10.x00", "E11.900"]


def test_a_diagnosis_sent_again_replaces_and_one_voided_goes(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.done("2203", world.visit_change_body(who, mdtrt_id, world.diagnosis(1), world.diagnosis(2)))
    again = world.diagnosis(1, diag_code="J00.x00", diag_name="急性鼻咽炎"), world.diagnosis(2, vali_flag="0")
    world.done("2203", world.visit_change_body(who, mdtrt_id, *again))
    assert [d["code"] for d in world.row_of(mdtrt_id).diagnoses] == ["J00.x00"]
    assert world.row_of(mdtrt_id).diagnosis_code == "J00.x00"


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"med_type": "13"}, {"kind": "emergency", "emergency": True}),
        ({"exp_content": '{"OTP_ER_REFL_FLAG": "3"}'}, {"emergency": True, "referral": "up"}),
        ({"exp_content": {"OTP_ER_REFL_FLAG": 2}}, {"emergency": False, "referral": "up"}),
        ({"expContent": '{"REL_TTP_FLAG": "1"}'}, {"third_party": True}),
        ({"ttp_resp": 1}, {"third_party": True}),
        ({"exp_content": "not json"}, {"third_party": False}),
        ({"med_type": 11}, {"kind": "outpatient"}),
    ],
)
def test_what_a_visit_says_of_its_circumstances(
    who: world.Person, changes: dict[str, Any], facts: dict[str, object]
) -> None:
    mdtrt_id = world.visit(who)
    world.done("2203", world.visit_change_body(who, mdtrt_id, **changes))
    row = world.row_of(mdtrt_id)
    assert {name: getattr(row, name) for name in facts} == facts


@pytest.mark.article("GX2017 §76")
@pytest.mark.parametrize(("care_type", "code"), [("21", "EC-1102"), ("41", "EC-1102"), ("9901", "EC-1101")])
def test_a_care_type_that_is_no_visit_is_refused(who: world.Person, care_type: str, code: str) -> None:
    mdtrt_id = world.visit(who)
    assert "med_type" in world.refused("2203", world.visit_change_body(who, mdtrt_id, med_type=care_type), code)


@pytest.mark.requirement("CAT-04")
def test_a_diagnosis_that_is_not_in_the_code_set_is_refused_once_there_is_one(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.model("catalogue.Diagnosis").objects.create(code="I10.x00", name="高血压", valid_from=world.LONG_AGO)
    versions.forget_all()
    world.done("2203", world.visit_change_body(who, mdtrt_id, world.diagnosis(1)))
    wrong = world.diagnosis(1, diag_code="Z99.x99")
    assert "diag_code" in world.refused("2203", world.visit_change_body(who, mdtrt_id, wrong), "EC-1010")
    world.done("2203", world.visit_change_body(who, mdtrt_id, world.diagnosis(2, diag_code="BNP050", diag_type="2")))


# --- whose visit --------------------------------------------------------------------------------------------


def messages(who: world.Person, mdtrt_id: str) -> list[tuple[str, Any]]:
    """Every message about a visit that exists."""
    named = {"mdtrt_id": mdtrt_id, "psn_no": who.number}
    return [
        ("2202", {"data": {**named, "ipt_otp_no": "MZ0001"}}),
        ("2203", world.visit_change_body(who, mdtrt_id)),
        ("2204", {"feedetail": [world.line(who, mdtrt_id)]}),
        ("2205", {"data": {**named, "chrg_bchno": "0000"}}),
    ]


@pytest.mark.parametrize("nth", range(4))
def test_a_visit_is_only_the_institutions_own_and_only_the_persons_own(who: world.Person, nth: int) -> None:
    mdtrt_id, other = world.visit(who), world.person()
    infno, body = messages(who, mdtrt_id)[nth]
    assert "mdtrt_id" in world.refused(infno, body, "EC-2001", institution=world.H2)
    infno, body = messages(other, mdtrt_id)[nth]
    assert "psn_no" in world.refused(infno, body, "EC-2002")
    infno, body = messages(who, mdtrt_id[:-6] + "999999")[nth]
    world.refused(infno, body, "EC-2001")
    infno, body = messages(who, "12345")[nth]
    world.refused(infno, body, "WI-1201")


@pytest.mark.parametrize("nth", range(4))
def test_a_stay_is_no_visit(who: world.Person, nth: int) -> None:
    infno, body = messages(who, world.stay(who))[nth]
    world.refused(infno, body, "EC-2005")


@pytest.mark.parametrize("nth", range(4))
def test_a_cancelled_visit_takes_no_further_message(who: world.Person, nth: int) -> None:
    mdtrt_id = world.visit(who)
    infno, body = messages(who, mdtrt_id)[0]
    world.done(infno, body)
    assert world.row_of(mdtrt_id).state == "cancelled"
    infno, body = messages(who, mdtrt_id)[nth]
    world.refused(infno, body, "EC-2003")


# --- 2202 ---------------------------------------------------------------------------------------------------


@pytest.mark.article("GX2017 §71")
def test_cancelling_a_visit_takes_its_lines_with_it(who: world.Person) -> None:
    """Cashiers call 2202 at the first error, without 2205 before."""
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    assert world.done(*messages(who, mdtrt_id)[0]) is None
    assert (world.lines_of(mdtrt_id), world.batches_of(mdtrt_id)) == ([], [])


@pytest.mark.requirement("SET-04")
def test_a_cancellation_sent_again_gets_the_first_answer(who: world.Person) -> None:
    """The visit is gone by then: what would be refused is known as a repeat."""
    message = world.message(*messages(who, world.visit(who))[0])
    assert world.post(message) == world.post(message, at=world.later(seconds=9))


def test_a_settled_visit_is_not_cancelled(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    world.mark_settled(mdtrt_id)
    world.refused(*messages(who, mdtrt_id)[0], "EC-2007")

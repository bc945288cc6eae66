"""Stays: admission, change, discharge, their undoing, lines and refunds (2301, 2302, 2401–2405, 2601)."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tongchou.encounters.tests import world
from tongchou.encounters.tests.world import CEILED, DRUG_A, DRUG_B

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]


def named(who: world.Person, mdtrt_id: str, **more: Any) -> dict[str, Any]:
    return {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number, **more}}


# --- 2401 ---------------------------------------------------------------------------------------------------


@pytest.mark.article("GX2017 §67")
@pytest.mark.requirement("ENC-10")
def test_an_admission_is_registered_with_what_it_says(who: world.Person) -> None:
    diagnoses = world.diagnosis(1, diag_code="J18.900", maindiag_flag="1", adm_cond="自由文本"), world.diagnosis(2)
    body = world.stay_body(who, *diagnoses, med_type="24", coner_name="李四", tel="1380000", main_cond_desc="发热")
    mdtrt_id = world.done("2401", body)["result"]["mdtrt_id"]
    row = world.row_of(mdtrt_id)
    assert (row.kind, row.care_type, row.emergency, row.bed, row.chart_no) == ("inpatient", "24", True, "12", "ZY0001")
    assert (row.diagnosis_code, len(row.diagnoses), row.department) == ("J18.900", 2, "呼吸内科")
    assert row.particulars["contact"] == "李四"
    assert row.particulars["condition"] == "发热"


def test_an_admission_without_a_list_of_diagnoses_keeps_the_one_it_names(who: world.Person) -> None:
    assert world.row_of(world.stay(who)).diagnosis_code == "J18.900"


def test_the_zhejiang_client_sends_one_diagnosis_without_list_and_the_foshan_client_a_compact_date(
    who: world.Person,
) -> None:
    body = world.stay_body(who, begntime="20180315")
    body["diseinfo"] = world.diagnosis(1) | {"psn_no": who.number}
    assert world.done("2401", body)["result"]["mdtrt_id"]


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"med_type": "28"}, {"kind": "day_surgery"}),
        ({"med_type": "52"}, {"kind": "maternity"}),
        ({"med_type": "71"}, {"kind": "home_bed"}),
        ({"med_type": "23"}, {"referral": "up"}),
        ({"er_flag": "1"}, {"emergency": True}),
        ({"exp_content": '{"IPT_TYPE": "2"}'}, {"emergency": True}),
        ({"exp_content": '{"ipt_type": 3, "REL_TTP_FLAG": 1}'}, {"referral": "up", "third_party": True}),
        ({"ttp_resp": "1"}, {"third_party": True}),
    ],
)
def test_what_an_admission_says_of_its_circumstances(
    who: world.Person, changes: dict[str, Any], facts: dict[str, object]
) -> None:
    row = world.row_of(world.stay(who, **changes))
    assert {name: getattr(row, name) for name in facts} == facts


@pytest.mark.requirement("ENC-11")
@pytest.mark.parametrize("care_type", ["21", "52", "28", "71"])
def test_nobody_lies_in_two_hospitals(who: world.Person, care_type: str) -> None:
    first = world.stay(who, institution=world.H1)
    before = world.snapshot()
    text = world.refused("2401", world.stay_body(who, med_type=care_type), "EC-1007", institution=world.H2)
    assert "该人员是在院状态不能办理入院" in text
    assert world.H1 in text
    assert first in text
    assert world.snapshot() == before


@pytest.mark.parametrize(("care_type", "code"), [("11", "EC-1102"), ("9902", "EC-1101")])
def test_a_care_type_that_is_no_stay_is_refused(who: world.Person, care_type: str, code: str) -> None:
    world.refused("2401", world.stay_body(who, med_type=care_type), code)


@pytest.mark.article("GX2017 §67")
@pytest.mark.requirement("ENC-09")
@pytest.mark.parametrize(
    ("registered_on", "late"), [("2018-09-21", False), ("2018-09-26", False), ("2018-09-27", True)]
)
def test_an_admission_is_registered_the_same_day_or_two_working_days_after(
    who: world.Person, registered_on: str, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Admitted on Friday 2018-09-21; 22 to 24 September are the Mid-Autumn holiday."""
    from tongchou.encounters import outside
    from tongchou.kernel.working_days import WorkingCalendar

    calendar = WorkingCalendar({2018: {date(2018, 9, 22): False, date(2018, 9, 23): False, date(2018, 9, 24): False}})
    monkeypatch.setattr(outside, "working_calendar", lambda: calendar)
    body = world.stay_body(who, begntime="2018-09-21 20:00:00")
    answer = world.send("2401", body, at=world.on(registered_on, "23:00:00"))
    assert ("逾期" in (answer.warning or "")) is late
    assert world.row_of(answer.output["result"]["mdtrt_id"]).registered_late is late


@pytest.mark.article("GX2017 §68")
@pytest.mark.requirement("ENC-12")
@pytest.mark.parametrize(("admitted_on", "readmission"), [("2018-03-15", True), ("2018-03-16", False)])
def test_a_stay_within_fourteen_days_of_the_last_needs_a_filing(
    who: world.Person, admitted_on: str, readmission: bool
) -> None:
    """Discharged on 2018-03-01 (day 0): day 14 needs it, day 15 does not."""
    first = world.stay(who, at=world.on("2018-02-20"), begntime="2018-02-20")
    world.done("2402", world.discharge_body(who, first, endtime="2018-03-01"), at=world.on("2018-03-01"))
    answer = world.send("2401", world.stay_body(who, begntime=admitted_on), at=world.on(admitted_on))
    row = world.row_of(answer.output["result"]["mdtrt_id"])
    assert (row.readmission_of == int(first[6:])) is readmission
    assert ("再次住院" in (answer.warning or "")) is readmission


@pytest.mark.requirement("BEN-19")
def test_a_referred_stay_continues_the_last_and_is_no_readmission(who: world.Person) -> None:
    first = world.stay(who, at=world.on("2018-03-10"), begntime="2018-03-10")
    world.done("2402", world.discharge_body(who, first, endtime="2018-03-14"), at=world.on("2018-03-14"))
    row = world.row_of(world.stay(who, institution=world.H2, med_type="23"))
    assert (row.linked_to, row.readmission_of) == (int(first[6:]), None)


# --- 2403 ---------------------------------------------------------------------------------------------------


def change_body(who: world.Person, mdtrt_id: str, *diagnoses: Any, **changes: Any) -> dict[str, Any]:
    stay = world.stay_body(who)["mdtrtinfo"] | {"mdtrt_id": mdtrt_id, "ipt_otp_no": "ZY0002", **changes}
    return {"adminfo": stay, "diseinfo": list(diagnoses)}


@pytest.mark.requirement("ENC-16")
def test_a_stay_is_changed_before_it_is_settled(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    body = change_body(who, mdtrt_id, world.diagnosis(1), adm_bed="15", med_type="22", begntime="2018-03-14 08:00:00")
    assert world.done("2403", body)["result"] == {"vola_type": "", "vola_dscr": "", "memo": ""}
    row = world.row_of(mdtrt_id)
    assert (row.bed, row.care_type, row.chart_no, row.diagnosis_code) == ("15", "22", "ZY0002", "I10.x00")
    assert row.began_at == world.on("2018-03-14", "08:00:00")


def test_the_kind_of_a_stay_with_an_interim_settlement_stays(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    world.upload(who, mdtrt_id, infno="2301")
    world.mark_settled(mdtrt_id, closing=False)
    world.refused("2403", change_body(who, mdtrt_id, med_type="52"), "EC-2008")
    world.done("2403", change_body(who, mdtrt_id, med_type="22"))


# --- 2402, 2405, 2404 ---------------------------------------------------------------------------------------


@pytest.mark.article("GX2017 §70")
@pytest.mark.requirement("ENC-15")
def test_a_discharge_ends_the_stay_with_its_diagnoses(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    diagnoses = world.diagnosis(1, diag_code="J15.900", diag_name="细菌性肺炎", maindiag_flag="1", vali_flag=None)
    body = world.discharge_body(who, mdtrt_id, diagnoses, dscg_bed="12")
    assert world.done("2402", body) is None
    row = world.row_of(mdtrt_id)
    assert (row.state, row.disposition, row.ended_at) == ("discharged", "1", world.on("2018-03-15", "10:20:00"))
    assert row.diagnosis_code == "J15.900"
    assert [(d["code"], d["at_discharge"]) for d in row.diagnoses] == [("J18.900", False), ("J15.900", True)]


def test_a_discharge_on_the_day_of_admission_without_time_is_no_defect(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    world.done("2402", world.discharge_body(who, mdtrt_id, endtime="2018-03-15"))
    assert world.row_of(mdtrt_id).ended_at == world.row_of(mdtrt_id).began_at


@pytest.mark.parametrize(("ended", "code"), [("2018-03-14 08:00:00", "EC-2010"), ("2018-03-17", "EC-1005")])
def test_a_discharge_lies_between_admission_and_today(who: world.Person, ended: str, code: str) -> None:
    mdtrt_id = world.stay(who)
    assert "endtime" in world.refused("2402", world.discharge_body(who, mdtrt_id, endtime=ended), code)
    assert world.row_of(mdtrt_id).state == "open"


@pytest.mark.requirement("ENC-16")
def test_a_discharge_is_undone_unless_the_person_lies_elsewhere(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    world.done("2402", world.discharge_body(who, mdtrt_id))
    elsewhere = world.stay(who, institution=world.H2, begntime="2018-03-15 10:25:00")
    world.refused("2405", named(who, mdtrt_id), "EC-1007")
    world.done("2404", named(who, elsewhere), institution=world.H2)
    assert world.done("2405", named(who, mdtrt_id)) is None
    row = world.row_of(mdtrt_id)
    assert (row.state, row.ended_at, row.disposition) == ("open", None, "")


@pytest.mark.requirement("ENC-16")
def test_an_admission_is_cancelled_when_no_line_is_left(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    for _ in range(3):
        world.upload(who, mdtrt_id, infno="2301")
    world.refused("2404", named(who, mdtrt_id), "EC-2006")
    world.done("2302", named(who, mdtrt_id, feedetl_sn="0000"))
    assert world.done("2404", named(who, mdtrt_id)) is None
    assert world.row_of(mdtrt_id).state == "cancelled"


STATES = ("open", "discharged", "settled", "cancelled")
ALLOWED = {
    "2301": {"open"},
    "2302": {"open"},
    "2402": {"open"},
    "2403": {"open"},
    "2404": {"open"},
    "2405": {"discharged"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("infno", ALLOWED)
def test_each_message_about_a_stay_has_its_states(who: world.Person, infno: str, state: str) -> None:
    mdtrt_id = world.stay(who)
    if state in ("discharged", "settled"):
        world.done("2402", world.discharge_body(who, mdtrt_id))
    if state == "settled":
        world.mark_settled(mdtrt_id)
    if state == "cancelled":
        world.done("2404", named(who, mdtrt_id))
    body = {
        "2301": {"feedetail": [world.line(who, mdtrt_id)]},
        "2302": named(who, mdtrt_id, feedetl_sn="0000"),
        "2402": world.discharge_body(who, mdtrt_id),
        "2403": change_body(who, mdtrt_id),
    }.get(infno, named(who, mdtrt_id))
    if state in ALLOWED[infno]:
        world.done(infno, body)
    else:
        world.refused(infno, body, "EC-2003")
        assert world.row_of(mdtrt_id).state == state


# --- 2301, 2302 ---------------------------------------------------------------------------------------------


def test_lines_of_a_stay_come_in_many_calls_and_are_summed_by_call(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    for count in (1, 3):
        world.upload(who, mdtrt_id, *(world.line(who, mdtrt_id) for _ in range(count)), infno="2301")
    assert sorted(batch.lines for batch in world.batches_of(mdtrt_id)) == [1, 3]


def test_a_hundred_lines_a_call_and_not_one_more(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    lines = [world.line(who, mdtrt_id) for _ in range(101)]
    assert "101" in world.refused("2301", {"feedetail": lines}, "EC-3202")
    assert len(world.upload(who, mdtrt_id, *lines[:100], infno="2301")) == 100


def test_the_zhejiang_client_leaves_the_id_out_of_further_lines(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id), world.line(who, ""), infno="2301")
    world.refused("2301", {"feedetail": [world.line(who, "")]}, "EC-3203")


def refund(who: world.Person, mdtrt_id: str, original: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """All of a line taken back."""
    back = {
        "init_feedetl_sn": original["feedetl_sn"],
        "med_list_codg": original["med_list_codg"],
        "pric": original["pric"],
        "cnt": -original["cnt"],
        "det_item_fee_sumamt": -original["det_item_fee_sumamt"],
    }
    return world.line(who, mdtrt_id) | back | changes


@pytest.mark.requirement("ENC-06")
def test_a_correction_of_minus_one_for_a_line_of_two_leaves_one(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    line = world.line(who, mdtrt_id, cnt=2, det_item_fee_sumamt=20)
    world.upload(who, mdtrt_id, line, infno="2301")
    (row,) = world.upload(who, mdtrt_id, refund(who, mdtrt_id, line, cnt=-1, det_item_fee_sumamt=-10), infno="2301")
    assert (row["det_item_fee_sumamt"], row["inscp_scp_amt"]) == (-10, -10)
    assert sum(batch.total_fen for batch in world.batches_of(mdtrt_id)) == 1000


def test_refunds_take_back_exactly_what_the_line_was(who: world.Person) -> None:
    """Three refunds of a line whose parts do not divide by three: every fen of every part comes back."""
    mdtrt_id = world.stay(who)
    line = world.line(who, mdtrt_id, med_list_codg=CEILED, cnt=3, pric="133.37", det_item_fee_sumamt=Decimal("400.11"))
    line["det_item_fee_sumamt"] = 400.11
    world.upload(who, mdtrt_id, line, infno="2301")
    for _ in range(3):
        back = refund(who, mdtrt_id, line, cnt=-1, det_item_fee_sumamt=-133.37)
        (row,) = world.upload(who, mdtrt_id, back, infno="2301")
        assert row["overlmt_amt"] < 0
    for column in ("total_fen", "own_expense_fen", "over_price_fen", "pre_self_pay_fen", "in_scope_fen"):
        assert sum(getattr(batch, column) for batch in world.batches_of(mdtrt_id)) == 0
    more = refund(who, mdtrt_id, line, cnt=-1, det_item_fee_sumamt=-133.37)
    assert "余" in world.refused("2301", {"feedetail": [more]}, "EC-3006")


def test_two_refunds_of_a_line_in_one_message_do_not_exceed_it(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    line = world.line(who, mdtrt_id)
    world.upload(who, mdtrt_id, line, infno="2301")
    both = [refund(who, mdtrt_id, line), refund(who, mdtrt_id, line)]
    assert "第2条" in world.refused("2301", {"feedetail": both}, "EC-3006")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"init_feedetl_sn": "F99999999"}, "EC-3004"),
        ({"med_list_codg": DRUG_B}, "EC-3005"),
        ({"pric": 5, "cnt": -2}, "EC-3005"),
        ({"cnt": -2, "det_item_fee_sumamt": -20}, "EC-3006"),
        ({"cnt": 1, "det_item_fee_sumamt": 10}, "EC-3003"),
        ({"init_feedetl_sn": ""}, "EC-3003"),
    ],
)
def test_a_refund_with_a_defect_is_refused(who: world.Person, changes: dict[str, Any], code: str) -> None:
    mdtrt_id = world.stay(who)
    line = world.line(who, mdtrt_id)
    world.upload(who, mdtrt_id, line, infno="2301")
    world.refused("2301", {"feedetail": [refund(who, mdtrt_id, line, **changes)]}, code)
    assert len(world.lines_of(mdtrt_id)) == 1


def test_a_refund_of_another_visits_line_is_refused(who: world.Person) -> None:
    visit = world.visit(who)
    line = world.line(who, visit)
    world.upload(who, visit, line)
    mdtrt_id = world.stay(who)
    world.refused("2301", {"feedetail": [refund(who, mdtrt_id, line)]}, "EC-3004")


def test_one_line_is_taken_back_and_the_sums_follow(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    keep, gone = world.line(who, mdtrt_id), world.line(who, mdtrt_id, med_list_codg=DRUG_B)
    world.upload(who, mdtrt_id, keep, gone, infno="2301")
    world.done("2302", named(who, mdtrt_id, feedetl_sn=gone["feedetl_sn"]))
    assert [line.serial for line in world.lines_of(mdtrt_id)] == [keep["feedetl_sn"]]
    (batch,) = world.batches_of(mdtrt_id)
    assert (batch.lines, batch.total_fen, batch.in_scope_fen, batch.category_fen) == (1, 1000, 1000, {"09": 1000})


def test_a_line_with_refunds_is_taken_back_after_them(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    line = world.line(who, mdtrt_id)
    world.upload(who, mdtrt_id, line, infno="2301")
    back = refund(who, mdtrt_id, line)
    world.upload(who, mdtrt_id, back, infno="2301")
    assert line["feedetl_sn"] in world.refused("2302", named(who, mdtrt_id, feedetl_sn=line["feedetl_sn"]), "EC-3105")
    world.done("2302", named(who, mdtrt_id, feedetl_sn=back["feedetl_sn"]))
    world.done("2302", named(who, mdtrt_id, feedetl_sn=line["feedetl_sn"]))
    assert world.batches_of(mdtrt_id) == []


def test_an_unknown_line_cannot_be_taken_back(who: world.Person) -> None:
    assert "F7" in world.refused("2302", named(who, world.stay(who), feedetl_sn="F7"), "EC-3103")


# --- 2601 ---------------------------------------------------------------------------------------------------


def reversal(who: world.Person, original: str, infno: str = "2401") -> tuple[str, Any]:
    return "2601", {"data": {"psn_no": who.number, "omsgid": original, "oinfno": infno}}


@pytest.mark.requirement("SET-04")
def test_an_admission_whose_answer_was_lost_is_reversed_as_if_it_had_not_been(who: world.Person) -> None:
    body = world.stay_body(who)
    lost = world.done("2401", body, msgid="LOST1")["result"]["mdtrt_id"]
    message = world.message(*reversal(who, "LOST1"))
    first = world.post(message)
    assert b'"infcode":0' in first
    assert world.row_of(lost).state == "cancelled"
    assert world.post(message) == first
    world.refused("2401", body, "WI-3001", msgid="LOST1")
    assert world.stay(who) != lost


def test_the_receivers_number_names_the_original_as_well(who: world.Person) -> None:
    answer = world.send("2401", world.stay_body(who))
    number = json.loads(answer.raw)["inf_refmsgid"]
    assert world.done(*reversal(who, number)) is None


@pytest.mark.parametrize(
    ("original", "infno", "code"), [("NEVER", "2401", "WI-3002"), ("M1", "2304", "WI-3002"), ("M1", "2301", "WI-3004")]
)
def test_reversing_what_was_never_booked_says_so(who: world.Person, original: str, infno: str, code: str) -> None:
    world.done("2401", world.stay_body(who), msgid="M1")
    world.refused(*reversal(who, original, infno), code)


def test_a_reversal_names_the_person_and_the_institution_of_the_original(who: world.Person) -> None:
    world.done("2401", world.stay_body(who), msgid="M1")
    world.refused(*reversal(world.person(), "M1"), "WI-3002")
    world.refused(*reversal(who, "M1"), "WI-3002", institution=world.H2)


def test_what_was_reversed_is_not_reversed_again(who: world.Person) -> None:
    world.done("2401", world.stay_body(who), msgid="M1")
    world.done(*reversal(who, "M1"))
    world.refused(*reversal(who, "M1"), "WI-3003")


def test_an_admission_with_lines_was_answered_and_is_not_reversed(who: world.Person) -> None:
    mdtrt_id = world.done("2401", world.stay_body(who), msgid="M1")["result"]["mdtrt_id"]
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, med_list_codg=DRUG_A), infno="2301")
    world.refused(*reversal(who, "M1"), "EC-2006")
    assert world.row_of(mdtrt_id).state == "open"
    assert world.model("wire.Booking").objects.filter(reversed_at__isnull=False).count() == 0

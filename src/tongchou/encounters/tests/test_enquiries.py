"""What a hospital may ask about visits (5201, 5202, 5204, 5205)."""

from typing import Any

import pytest

from tongchou.encounters.tests import world
from tongchou.encounters.tests.world import DRUG_A, DRUG_B, TERMLESS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]


def visits(who: world.Person, **changes: Any) -> tuple[str, Any]:
    period = {"begntime": "2018-03-15", "endtime": "2018-03-15"}
    return "5201", {"data": {"psn_no": who.number, "med_type": "21", **period, **changes}}


def test_a_hospital_sees_the_stays_of_a_person_in_its_own_house(who: world.Person) -> None:
    mdtrt_id = world.stay(who, coner_name="李四")
    (row,) = world.done(*visits(who))["mdtrtinfo"]
    assert (row["mdtrt_id"], row["psn_name"], row["inhosp_stas"]) == (mdtrt_id, f"张{int(who.number[7:])}", "1")
    assert (row["begntime"], row["endtime"], row["coner_name"]) == ("2018-03-15 09:00:00", None, "李四")
    assert world.done(*visits(who), institution=world.H2)["mdtrtinfo"] == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, 1),
        ({"med_type": "52"}, 0),
        ({"begntime": "2018-03-16", "endtime": "2018-03-17"}, 0),
        ({"begntime": "2018-03-14", "endtime": "2018-03-15 09:00:00"}, 1),
        ({"begntime": "2018-03-14", "endtime": "2018-03-14"}, 0),
        ({"mdtrt_id": "450100180300000999999"}, 0),
    ],
)
def test_visits_are_found_by_period_kind_and_id(who: world.Person, changes: dict[str, str], found: int) -> None:
    world.stay(who)
    assert len(world.done(*visits(who, **changes))["mdtrtinfo"]) == found


def test_a_discharged_stay_shows_its_end_and_a_cancelled_one_is_gone(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    world.done("2402", world.discharge_body(who, mdtrt_id, dscg_bed="12"))
    (row,) = world.done(*visits(who))["mdtrtinfo"]
    assert (row["endtime"], row["inhosp_stas"], row["dscg_way"], row["ipt_days"]) == (
        "2018-03-15 10:20:00",
        "0",
        "1",
        0,
    )
    again = world.stay(who, begntime="2018-03-15 10:25:00")
    world.done("2404", {"data": {"mdtrt_id": again, "psn_no": who.number}})
    assert len(world.done(*visits(who))["mdtrtinfo"]) == 1


def test_nobody_knows_the_visits_of_nobody() -> None:
    world.refused(*visits(world.Person(0, "45010099999999999999", "")), "EC-1001")


def test_diagnoses_come_back_with_stage_and_order(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    discharge = world.diagnosis(1, diag_code="J15.900", diag_name="细菌性肺炎", maindiag_flag="1")
    world.done("2402", world.discharge_body(who, mdtrt_id, discharge))
    rows = world.done("5202", {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number}})["diseinfo"]
    assert [(row["inout_diag_type"], row["diag_code"]) for row in rows] == [("1", "J18.900"), ("2", "J15.900")]
    assert len({row["diag_info_id"] for row in rows}) == 2


def lines(who: world.Person, mdtrt_id: str, **changes: Any) -> tuple[str, Any]:
    return "5204", {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number, **changes}}


def test_lines_come_back_as_they_were_rated_with_their_settlement(who: world.Person) -> None:
    """The Henan client leaves the settlement out."""
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, med_list_codg=DRUG_B))
    world.mark_settled(mdtrt_id, settlement=180300000000007)
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, chrg_bchno="B2", med_list_codg=TERMLESS))
    first, second = world.done(*lines(who, mdtrt_id))
    settlement = f"{world.AREA}180300000000007"
    assert (first["setl_id"], second["setl_id"]) == (settlement, "")
    assert (first["preselfpay_amt"], first["list_type"], first["hilist_name"]) == (1, "101", "项目XB01")
    assert (second["fulamt_ownpay_amt"], second["memo"], second["list_type"]) == (10, "CAT-15", "201")
    assert len(world.done(*lines(who, mdtrt_id, setl_id=settlement))) == 1


@pytest.mark.parametrize("infno", ["5202", "5204"])
def test_a_visit_of_another_house_or_person_is_not_shown(who: world.Person, infno: str) -> None:
    mdtrt_id = world.visit(who)
    body = {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number}}
    world.refused(infno, body, "EC-2001", institution=world.H2)
    world.refused(infno, {"data": {"mdtrt_id": mdtrt_id, "psn_no": world.person().number}}, "EC-2002")


@pytest.mark.article("GX2017 §65")
def test_drugs_for_chronic_diseases_are_shown_whoever_dispensed_them(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.done("2203", world.visit_change_body(who, mdtrt_id, med_type="14", dise_codg="M03900"))
    world.upload(
        who,
        mdtrt_id,
        world.line(who, mdtrt_id, med_list_codg=DRUG_A, rxno="R1"),
        world.line(who, mdtrt_id, med_list_codg=TERMLESS),
    )
    body = {"data": {"psn_no": who.number, "begntime": "2018-01-01"}}
    (row,) = world.done("5205", body, institution=world.H2)["feedetail"]
    assert (row["fixmedins_name"], row["med_list_codg"], row["rx_drord_no"]) == ("桂宁市人民医院", DRUG_A, "R1")
    assert world.done("5205", {"data": {**body["data"], "endtime": "2018-03-14"}})["feedetail"] == []

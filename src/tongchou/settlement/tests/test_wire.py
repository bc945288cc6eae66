"""The hospitals' transactions of settling, as messages: shapes, identities, refusals, repeats."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tongchou.encounters.tests import world as hospital
from tongchou.encounters.tests.world import H1, H2, PHARMACY, done, refused
from tongchou.settlement import invariants, terms
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import yuan
from tongchou.wire import database

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the institutions are those of the registers."""
    monkeypatch.setattr(terms, "standing", REAL_STANDING)


REAL_STANDING = terms.standing


@pytest.fixture(autouse=True)
def place() -> Iterator[None]:
    hospital.place()
    yield
    broken = invariants.broken(
        pooling_area=world.AREA, since=world.at("2018-01-01").date(), until=world.at("2019-01-01").date()
    )
    assert broken == []


@pytest.fixture
def who(place: None) -> hospital.Person:
    made = hospital.person()
    world.cover(made.id, "2018-01-01", "2019-01-01")
    return made


def settle_body(who: hospital.Person, encounter: str, total: float | str, **changes: Any) -> dict[str, Any]:
    """2206, 2207, 2303, 2304."""
    return {
        "data": {
            "psn_no": who.number,
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": who.certificate_no,
            "med_type": "11",
            "medfee_sumamt": total,
            "psn_setlway": "01",
            "mdtrt_id": encounter,
            "chrg_bchno": "B1",
            "insutype": "390",
            "acct_used_flag": "0",
            "mid_setl_flag": "0",
            "invono": "00012345",
            "fulamt_ownpay_amt": 0,
            "overlmt_selfpay": 0,
            "preselfpay_amt": 0,
            "inscp_scp_amt": 0,
            **changes,
        }
    }


def cancel_body(who: hospital.Person, info: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """2208, 2305, 2103."""
    given = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": who.number}
    return {"data": {**given, **changes}}


def priced(who: hospital.Person, mdtrt_id: str, amount: str, **changes: Any) -> dict[str, Any]:
    return hospital.line(who, mdtrt_id, det_item_fee_sumamt=amount, pric=amount, **changes)


def visit(who: hospital.Person, amount: str = "100.00", **how: Any) -> str:
    """A visit with one line of class 甲."""
    mdtrt_id = hospital.visit(who, **how)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, amount), **how)
    return mdtrt_id


def fen(info: dict[str, Any], name: str) -> int:
    return int(Decimal(str(info[name])) * 100)


def check_identities(info: dict[str, Any], detail: list[dict[str, Any]]) -> None:
    """The money identities of the interface (notes §9)."""
    funds = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")
    total, fund = fen(info, "medfee_sumamt"), fen(info, "fund_pay_sumamt")
    assert total == fund + fen(info, "psn_part_amt") + fen(info, "hosp_part_amt")
    assert total == sum(
        fen(info, name) for name in ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    )
    assert fen(info, "psn_part_amt") == fen(info, "acct_pay") + fen(info, "psn_cash_pay")
    assert fund == sum(fen(info, name) for name in funds)
    assert sum(fen(row, "fund_payamt") for row in detail) == fund + fen(info, "acct_pay")


@pytest.mark.requirement("SET-01")
def test_a_visit_from_registration_to_settlement(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    trial = done("2206", settle_body(who, mdtrt_id, 100))
    settled = done("2207", settle_body(who, mdtrt_id, 100), msgid="MSG2207")
    info, detail = settled["setlinfo"], settled["setldetail"]
    check_identities(info, detail)
    assert (info["hifp_pay"], info["psn_cash_pay"], info["pool_prop_selfpay"]) == (50.0, 50.0, 0.5)
    assert info["medins_setl_id"] == "MSG2207"
    assert info["mdtrt_id"] == mdtrt_id
    assert info["setl_id"].startswith(world.AREA)
    assert len(info["setl_id"]) == 21
    assert [(row["fund_pay_type"], row["fund_payamt"]) for row in detail] == [("390102", 50.0)]
    changed = {"setl_id", "medins_setl_id", "setl_time"}
    assert {k: v for k, v in trial["setlinfo"].items() if k not in changed} == {
        k: v for k, v in info.items() if k not in changed
    }
    assert trial["setldetail"] == detail


def test_amounts_are_numbers_and_the_age_is_whole(who: hospital.Person) -> None:
    info = done("2207", settle_body(who, visit(who), "100.00"))["setlinfo"]
    assert type(info["fund_pay_sumamt"]) is float
    assert (info["age"], info["brdy"]) == (69, "1948-05-20")


@pytest.mark.requirement("SET-04")
def test_the_same_message_again_gets_the_first_answer_byte_for_byte(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    message = hospital.message("2207", settle_body(who, mdtrt_id, 100))
    first = hospital.post(message)
    assert json.loads(first)["infcode"] == 0
    assert hospital.post(message, at=hospital.later(hours=5)) == first
    assert world.count("settlement_settlement") == 1


@pytest.mark.article("GX2017 §71")
@pytest.mark.requirement("SET-05")
def test_a_refund_answers_negative_amounts_under_a_new_id(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    settled = done("2207", settle_body(who, mdtrt_id, 100))["setlinfo"]
    back = done("2208", cancel_body(who, settled))
    info = back["setlinfo"]
    check_identities(info, back["setldetail"])
    assert info["setl_id"] != settled["setl_id"]
    assert (info["medfee_sumamt"], info["hifp_pay"], info["psn_cash_pay"], info["pdn_cash_pay"]) == (
        -100.0, -50.0, -50.0, -50.0)  # fmt: skip
    refused("2208", cancel_body(who, settled), "ST-3003")
    refused("2208", cancel_body(who, info), "ST-3004")
    hospital.done("2205", {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number, "chrg_bchno": "0000"}})
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "60.00"))
    again = done("2207", settle_body(who, mdtrt_id, 60))["setlinfo"]
    assert again["hifp_pay"] == 30.0


@pytest.mark.requirement("SET-01", "BEN-15")
def test_a_stay_from_admission_to_settlement_and_back(who: hospital.Person) -> None:
    mdtrt_id = hospital.stay(who, institution=H2)
    lines = [
        priced(who, mdtrt_id, "6000.00"),
        priced(who, mdtrt_id, "3000.00", med_list_codg=hospital.DRUG_B),
        priced(who, mdtrt_id, "1000.00", med_list_codg=hospital.DRUG_C),
    ]
    hospital.upload(who, mdtrt_id, *lines, infno="2301", institution=H2)
    before = done("2303", settle_body(who, mdtrt_id, 10000, med_type="21"), institution=H2)["setlinfo"]
    refused("2304", settle_body(who, mdtrt_id, 10000), "ST-1009", institution=H2)
    done("2402", hospital.discharge_body(who, mdtrt_id), institution=H2)
    settled = done("2304", settle_body(who, mdtrt_id, 10000), institution=H2)
    info = settled["setlinfo"]
    check_identities(info, settled["setldetail"])
    assert (info["hifp_pay"], info["psn_part_amt"], info["act_pay_dedc"]) == (6225.0, 3775.0, 400.0)
    assert before["hifp_pay"] == info["hifp_pay"]
    refused("2208", cancel_body(who, info), "ST-3006", institution=H2)
    back = done("2305", cancel_body(who, info), institution=H2)
    check_identities(back["setlinfo"], back["setldetail"])
    assert back["setlinfo"]["hifp_pay"] == -6225.0
    done("2405", {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number}}, institution=H2)


def test_an_interim_settlement_needs_no_discharge(who: hospital.Person) -> None:
    mdtrt_id = hospital.stay(who, institution=H2)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "1000.00"), infno="2301", institution=H2)
    info = done("2304", settle_body(who, mdtrt_id, 1000, mid_setl_flag="1"), institution=H2)["setlinfo"]
    assert info["hifp_pay"] == 450.0
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "500.00"), infno="2301", institution=H2)
    done("2402", hospital.discharge_body(who, mdtrt_id), institution=H2)
    rest = done("2304", settle_body(who, mdtrt_id, 500), institution=H2)["setlinfo"]
    assert (rest["hifp_pay"], rest["act_pay_dedc"]) == (375.0, 0.0)


def purchase_body(who: hospital.Person, total: str, *amounts: str, **changes: Any) -> dict[str, Any]:
    """2101, 2102."""
    return {
        "druginfo": {
            "psn_no": who.number,
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": who.certificate_no,
            "begntime": "2018-03-15 10:00:00",
            "medfee_sumamt": total,
            "insutype": "390",
            "acct_used_flag": "1",
            "med_type": "41",
            **changes,
        },
        "drugdetail": [
            {
                "feedetl_sn": str(number),
                "rx_circ_flag": "0",
                "fee_ocur_time": "2018-03-15 10:01:00",
                "med_list_codg": hospital.DRUG_A,
                "medins_list_codg": "D1",
                "det_item_fee_sumamt": amount,
                "cnt": 1,
                "pric": amount,
            }
            for number, amount in enumerate(amounts, start=1)
        ],
    }


@pytest.fixture
def pharmacies_covered() -> Iterator[None]:
    with world.using(world.book(world.tset(texts=world.PHARMACIES))):
        yield


@pytest.mark.article("NC-ACCT §9", "NM-ACCT §11")
@pytest.mark.requirement("SET-09")
@pytest.mark.usefixtures("pharmacies_covered")
def test_an_account_of_30_pays_30_of_50_and_the_rest_is_cash(who: hospital.Person) -> None:
    world.credit(who.id, "30.00")
    trial = done("2101", purchase_body(who, "50.00", "20.00", "30.00"), institution=PHARMACY)["setlinfo"]
    settled = done("2102", purchase_body(who, "50.00", "20.00", "30.00"), institution=PHARMACY)
    info = settled["setlinfo"]
    check_identities(info, settled["setldetail"])
    assert (info["acct_pay"], info["psn_cash_pay"], info["balc"]) == (30.0, 20.0, 0.0)
    assert (trial["acct_pay"], trial["psn_cash_pay"], trial["balc"]) == (30.0, 20.0, 0.0)
    assert [row["feedetl_sn"] for row in settled["detlcutinfo"]] == ["1", "2"]
    assert [(row["fund_pay_type"], row["fund_payamt"]) for row in settled["setldetail"]] == [("310200", 30.0)]
    back = done("2103", cancel_body(who, info), institution=PHARMACY)["setlinfo"]
    assert (back["acct_pay"], back["psn_cash_pay"], back["balc"]) == (-30.0, -20.0, 30.0)
    assert hospital.row_of(info["mdtrt_id"]).state == "cancelled"


@pytest.mark.requirement("SET-09")
@pytest.mark.usefixtures("pharmacies_covered")
def test_who_does_not_want_the_account_used_pays_cash(who: hospital.Person) -> None:
    world.credit(who.id, "30.00")
    info = done("2102", purchase_body(who, "50.00", "50.00", acct_used_flag="0"), institution=PHARMACY)["setlinfo"]
    assert (info["acct_pay"], info["psn_cash_pay"], info["balc"]) == (0.0, 50.0, 30.0)


@pytest.mark.requirement("BEN-11")
def test_an_unlisted_kind_is_settled_and_paid_by_the_patient(who: hospital.Person) -> None:
    answer = hospital.send("2102", purchase_body(who, "50.00", "50.00"), institution=PHARMACY)
    assert answer.warning is not None
    assert "不在报销范围" in answer.warning
    info = answer.output["setlinfo"]
    assert (info["fund_pay_sumamt"], info["fulamt_ownpay_amt"], info["psn_cash_pay"]) == (0.0, 50.0, 50.0)


def test_a_purchase_is_repeated_and_checked_like_any_settlement(who: hospital.Person) -> None:
    message = hospital.message("2102", purchase_body(who, "50.00", "50.00"), institution=PHARMACY)
    assert hospital.post(message) == hospital.post(message)
    assert world.count("settlement_settlement") == world.count("encounters_encounter") == 1
    refused("2102", purchase_body(who, "51.00", "50.00"), "ST-1007", institution=PHARMACY)
    refused("2102", purchase_body(who, "50.00", "50.00", med_type="21"), "ST-1101", institution=PHARMACY)
    refused("2102", purchase_body(who, "50.00", "50.00", insutype="310"), "ST-2004", institution=PHARMACY)
    refused(
        "2102", purchase_body(who, "50.00", "50.00", psn_no="45010099999999999999"), "EC-1001", institution=PHARMACY
    )


def undo(who: hospital.Person, infno: str, msgid: str, **how: Any) -> None:
    done("2601", {"data": {"psn_no": who.number, "omsgid": msgid, "oinfno": infno}}, **how)


@pytest.mark.requirement("SET-04")
def test_a_settlement_nobody_heard_of_is_annulled_and_the_visit_settled_again(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    before = world.accumulators(world.Person(who.id, who.number))
    done("2207", settle_body(who, mdtrt_id, 100), msgid="LOST")
    undo(who, "2207", "LOST")
    assert world.accumulators(world.Person(who.id, who.number)) == before
    refused("2601", {"data": {"psn_no": who.number, "omsgid": "LOST", "oinfno": "2207"}}, "WI-3003")
    refused("2207", settle_body(who, mdtrt_id, 100), "WI-3001", msgid="LOST")
    done("2207", settle_body(who, mdtrt_id, 100), msgid="HEARD")
    assert told(who) == ["settled"]


def told(who: hospital.Person) -> list[str]:
    """The states of the settlements that a list shows."""
    from tongchou.settlement import queries

    return [row.state.value for row in queries.settlements_of_person(who.id).rows]


@pytest.mark.requirement("SET-04")
def test_a_cancellation_nobody_heard_of_is_annulled_and_the_settlement_stands_again(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    settled = done("2207", settle_body(who, mdtrt_id, 100))["setlinfo"]
    after = world.accumulators(world.Person(who.id, who.number))
    done("2208", cancel_body(who, settled), msgid="LOST")
    undo(who, "2208", "LOST")
    assert world.accumulators(world.Person(who.id, who.number)) == after
    assert hospital.row_of(mdtrt_id).state == "settled"
    assert told(who) == ["settled"]
    done("2208", cancel_body(who, settled), msgid="HEARD")
    assert told(who) == ["reversal", "reversed"]


def test_a_cancellation_is_not_annulled_once_the_charges_have_changed(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    settled = done("2207", settle_body(who, mdtrt_id, 100))["setlinfo"]
    done("2208", cancel_body(who, settled), msgid="LOST")
    hospital.done("2205", {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number, "chrg_bchno": "0000"}})
    body = {"data": {"psn_no": who.number, "omsgid": "LOST", "oinfno": "2208"}}
    refused("2601", body, "ST-3007")
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "60.00"))
    done("2207", settle_body(who, mdtrt_id, 60))
    refused("2601", body, "ST-3007")


@pytest.mark.usefixtures("pharmacies_covered")
@pytest.mark.parametrize("lost", ["2102", "2103"])
def test_a_purchase_and_its_return_are_annulled_too(who: hospital.Person, lost: str) -> None:
    world.credit(who.id, "30.00")
    sale = done("2102", purchase_body(who, "50.00", "50.00"), institution=PHARMACY, msgid="SALE")["setlinfo"]
    if lost == "2103":
        done("2103", cancel_body(who, sale), institution=PHARMACY, msgid="RETURN")
    undo(who, lost, "SALE" if lost == "2102" else "RETURN", institution=PHARMACY)
    assert hospital.row_of(sale["mdtrt_id"]).state == ("cancelled" if lost == "2102" else "settled")
    assert world.balance(who.id) == (yuan("30.00") if lost == "2102" else 0)


def test_a_settled_stay_is_annulled(who: hospital.Person) -> None:
    mdtrt_id = hospital.stay(who, institution=H2)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "1000.00"), infno="2301", institution=H2)
    done("2402", hospital.discharge_body(who, mdtrt_id), institution=H2)
    info = done("2304", settle_body(who, mdtrt_id, 1000), institution=H2, msgid="LOST")["setlinfo"]
    undo(who, "2304", "LOST", institution=H2)
    assert hospital.row_of(mdtrt_id).state == "discharged"
    refused("2305", cancel_body(who, info), "ST-3003", institution=H2)


@pytest.mark.requirement("BEN-40")
def test_a_stored_settlement_is_told_with_its_whole_computation(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    settled = done("2207", settle_body(who, mdtrt_id, 100), msgid="M5203")["setlinfo"]
    body = {"data": {"psn_no": who.number, "setl_id": settled["setl_id"], "mdtrt_id": mdtrt_id}}
    found = done("5203", body)
    info, (row,) = found["setlinfo"], found["setldetail"]
    shared = set(info) & set(settled)
    assert {name: info[name] for name in shared} == {name: settled[name] for name in shared}
    assert (info["begndate"], info["enddate"], info["refd_setl_flag"]) == ("2018-03-15", "2018-03-15", "0")
    assert (info["fixmedins_name"], info["hosp_lv"]) == ("桂宁市人民医院", "12")
    assert len(row["setl_proc_info"]) <= 4000
    assert {"统筹支付比例" not in one["名称"] for one in json.loads(row["setl_proc_info"])} == {True}
    back = done("2208", cancel_body(who, settled))["setlinfo"]
    info = done("5203", {"data": {**body["data"], "setl_id": back["setl_id"]}})["setlinfo"]
    assert (info["refd_setl_flag"], info["medfee_sumamt"]) == ("1", -100.0)
    refused("5203", body, "ST-3001", institution=H2)
    other = hospital.person()
    refused("5203", {"data": {**body["data"], "psn_no": other.number}}, "ST-3002")
    refused("5203", {"data": {**body["data"], "mdtrt_id": f"{world.AREA}180399999999999"}}, "ST-3002")


def test_the_sums_of_a_person_net_out_cancellations(who: hospital.Person) -> None:
    first = done("2207", settle_body(who, visit(who), 100))["setlinfo"]
    done("2207", settle_body(who, visit(who, "40.00"), 40))
    done("2208", cancel_body(who, first))
    rows = done("5206", {"data": {"psn_no": who.number, "cum_ym": "201803"}})["cuminfo"]
    assert {row["cum_type_code"]: row["cum"] for row in rows} == {
        "C0000": 1, "F0000": 40.0, "Q0000": 0.0, "D390102": 20.0}  # fmt: skip
    assert done("5206", {"data": {"psn_no": who.number, "cum_ym": "2017"}})["cuminfo"] == []
    refused("5206", {"data": {"psn_no": who.number, "cum_ym": "今年"}}, "ST-1201")


@pytest.mark.requirement("BEN-02", "ENC-02")
def test_the_benefit_check_says_whether_and_why_not(who: hospital.Person) -> None:
    def check(person: hospital.Person, **changes: Any) -> dict[str, Any]:
        data = {
            "psn_no": person.number,
            "insutype": "390",
            "fixmedins_code": H1,
            "med_type": "11",
            "begntime": "2018-03-15",
            **changes,
        }
        (row,) = done("2001", {"data": data})["trtinfo"]
        return row

    good = check(who)
    assert (good["trt_enjymnt_flag"], good["fund_pay_type"], good["begndate"], good["enddate"]) == (
        "1", "390100", "2018-01-01", "2018-12-31")  # fmt: skip
    waiting = hospital.person()
    world.cover(waiting.id, "2018-04-01", "2019-01-01")
    row = check(waiting)
    assert row["trt_enjymnt_flag"] == "0"
    assert "2018-04-01" in row["trt_chk_rslt"]
    assert check(who, med_type="9901")["trt_enjymnt_flag"] == "0"
    assert check(who, fixmedins_code="H45010099999")["trt_enjymnt_flag"] == "0"
    refused("2001", {"data": {"psn_no": "0", "insutype": "390", "fixmedins_code": H1, "med_type": "11",
                              "begntime": "2018-03-15"}}, "EC-1001")  # fmt: skip


@pytest.mark.requirement("SET-34")
def test_what_changed_since_registration_is_seen_when_settling(who: hospital.Person) -> None:
    """Agreement, coverage, card: good at registration, not any more at settlement; nothing is written."""
    hospital.card(who, "C1")
    mdtrt_id = visit(who)
    database.run("UPDATE enrolment_socialsecuritycard SET status = 'lost'")
    text = refused("2207", settle_body(who, mdtrt_id, 100, mdtrt_cert_type="03"), "ST-2001")
    assert "已挂失" in text
    database.run(
        "INSERT INTO institutions_agreementsuspension (agreement_id, suspended_from, suspended_until, reason)"
        " SELECT id, '2018-03-15', NULL, '违规' FROM institutions_agreement WHERE institution_id = %s", H1
    )  # fmt: skip
    from tongchou.platform import versions

    versions.forget_all()
    assert "暂停" in refused("2207", settle_body(who, mdtrt_id, 100), "ST-2005")
    database.run("DELETE FROM institutions_agreementsuspension")
    versions.forget_all()
    database.run("UPDATE contributions_coveragespan SET covered_from = '2018-04-01'")
    text = refused("2207", settle_body(who, mdtrt_id, 100), "ST-2001")
    assert "2018-04-01" in text
    assert "可先按自费就医" in text
    assert world.count("settlement_settlement") == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"medfee_sumamt": "100.01"}, "ST-1007"),
        ({"medfee_sumamt": -100}, "ST-1007"),
        ({"insutype": "310"}, "ST-1008"),
        ({"insutype": "510"}, "EC-1103"),
        ({"chrg_bchno": "B2"}, "ST-1006"),
        ({"psn_no": "45010099999999999999"}, "EC-1001"),
        ({"mdtrt_id": "450100180399999999999"}, "EC-2001"),
        ({"mdtrt_id": "X"}, "WI-1201"),
    ],
)
def test_a_settlement_that_does_not_fit_is_refused_and_changes_nothing(
    who: hospital.Person, changes: dict[str, Any], code: str
) -> None:
    body = settle_body(who, visit(who), 100, **changes)
    for infno in ("2206", "2207"):
        refused(infno, body, code)
    assert world.count("settlement_settlement") == 0
    assert world.count("fund_institutiondue") == 0


def test_the_refusal_of_a_wrong_total_names_both(who: hospital.Person) -> None:
    text = refused("2207", settle_body(who, visit(who), "99.50"), "ST-1007")
    assert "99.50元" in text
    assert "100.00元" in text
    assert "-0.50元" in text


def test_whose_bill_and_where_are_checked(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    other = hospital.person()
    refused("2207", settle_body(other, mdtrt_id, 100), "EC-2002")
    refused("2207", settle_body(who, mdtrt_id, 100), "EC-2001", institution=H2)
    refused("2304", settle_body(who, mdtrt_id, 100), "EC-2004")
    stay = hospital.stay(who)
    refused("2207", settle_body(who, stay, 100), "EC-2005")
    refused("2304", settle_body(who, stay, 100), "ST-1006")
    info = done("2207", settle_body(who, mdtrt_id, 100))["setlinfo"]
    text = refused("2207", settle_body(who, mdtrt_id, 100), "ST-1005")
    assert info["setl_id"] in text
    refused("2208", cancel_body(other, info), "ST-3002")
    refused("2208", cancel_body(who, info, mdtrt_id=stay), "ST-3002")
    refused("2208", cancel_body(who, info), "ST-3001", institution=H2)
    refused("2208", cancel_body(who, {**info, "setl_id": f"{world.AREA}180399999999999"}), "ST-3001")


def test_a_cancelled_visit_is_not_settled(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    done("2202", {"data": {"psn_no": who.number, "mdtrt_id": mdtrt_id, "ipt_otp_no": "MZ0001"}})
    refused("2207", settle_body(who, mdtrt_id, 100), "ST-1004")


@pytest.mark.requirement("BEN-36", "BEN-38")
def test_blocks_third_parties_and_unfiled_readmissions_stop_the_settlement(who: hospital.Person) -> None:
    mdtrt_id = visit(who)
    database.run("UPDATE encounters_encounter SET third_party = true")
    refused("2207", settle_body(who, mdtrt_id, 100), "ST-1012")
    database.run("UPDATE encounters_encounter SET third_party = false, readmission_of = 1")
    refused("2207", settle_body(who, mdtrt_id, 100), "ST-1014")
    database.run("UPDATE encounters_encounter SET readmission_filed = true")
    hospital.model("enrolment.BenefitBlock").objects.create(
        person_id=who.id, kind="audit", blocked_from="2018-03-01", reason="稽核立案"
    )
    assert "稽核立案" in refused("2207", settle_body(who, mdtrt_id, 100), "ST-2003")


def test_two_batches_of_a_visit_are_settled_one_by_one(who: hospital.Person) -> None:
    mdtrt_id = hospital.visit(who)
    for batch, amount in (("B1", "30.00"), ("B2", "70.00")):
        hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, amount, chrg_bchno=batch))
    first = done("2207", settle_body(who, mdtrt_id, 30))["setlinfo"]
    assert hospital.row_of(mdtrt_id).state == "open"
    done("2207", settle_body(who, mdtrt_id, 70, chrg_bchno="B2"))
    assert hospital.row_of(mdtrt_id).state == "settled"
    done("2208", cancel_body(who, first))
    assert hospital.row_of(mdtrt_id).state == "open"


@pytest.mark.requirement("BEN-14")
@pytest.mark.article("GX2017 §54")
def test_what_a_rule_refused_stands_on_the_slip_with_its_code(who: hospital.Person) -> None:
    from tongchou.settlement import reports

    mdtrt_id = hospital.stay(who, institution=H2)
    lines = [
        priced(who, mdtrt_id, "1000.00"),
        priced(who, mdtrt_id, "200.00", bilg_dr_codg=hospital.SUSPENDED_DOCTOR),
        priced(who, mdtrt_id, "1200.00", med_list_codg=hospital.RESTRICTED),
    ]
    hospital.upload(who, mdtrt_id, *lines, infno="2301", institution=H2)
    done("2402", hospital.discharge_body(who, mdtrt_id), institution=H2)
    info = done("2304", settle_body(who, mdtrt_id, 2400), institution=H2)["setlinfo"]
    assert info["fulamt_ownpay_amt"] == 1400.0
    slip = reports.slip(world.AREA, int(info["setl_id"][6:]))
    assert slip is not None
    assert dict(slip.refused) == {
        "医师未备案或已暂停,非急诊(DOC-06)": yuan("200"),
        "超出限定范围(BEN-13)": yuan("1200"),
    }
    assert "DOC-06" in slip.explanations[0].text()

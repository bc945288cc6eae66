"""What a hospital asks before a visit: the person (1101) and the institution (1201)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tongchou.encounters.tests import world
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.api import persons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]


def asked(who: world.Person, **changes: Any) -> dict[str, Any]:
    return {
        "data": {
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": who.certificate_no,
            "begntime": "2018-03-15",
            "psn_cert_type": "1",
            "certno": "",
            "psn_name": "",
            **changes,
        }
    }


@pytest.mark.article("GX2017 §80")
@pytest.mark.requirement("ENC-02")
def test_a_person_is_found_by_the_identity_card(who: world.Person) -> None:
    output = world.done("1101", asked(who))
    base, (insurance,) = output["baseinfo"], output["insuinfo"]
    assert (base["psn_no"], base["certno"], base["gend"]) == (who.number, who.certificate_no, "1")
    assert (base["age"], base["brdy"]) == (69, "1948-05-20")
    assert (insurance["insutype"], insurance["psn_insu_stas"]) == ("390", "1")
    assert (insurance["insuplc_admdvs"], insurance["psn_type"], insurance["balc"]) == (world.AREA, "15", 0)
    assert output["idetinfo"] == []


def test_the_zhejiang_client_sends_three_members_only(who: world.Person) -> None:
    body = {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": who.certificate_no, "begntime": "2018-03-15"}}
    assert world.done("1101", body)["baseinfo"]["psn_no"] == who.number


@pytest.mark.article("GX2017 §63")
@pytest.mark.requirement("ENR-31")
def test_a_person_is_found_by_the_card_in_use(who: world.Person) -> None:
    world.card(who, "A12345678")
    body = asked(who, mdtrt_cert_type="03", mdtrt_cert_no="a12345678")
    assert world.done("1101", body)["baseinfo"]["psn_no"] == who.number


def test_a_lost_card_is_named_as_the_reason(who: world.Person) -> None:
    world.card(who, "A12345678", "lost")
    body = asked(who, mdtrt_cert_type="03", mdtrt_cert_no="A12345678")
    assert "挂失" in world.refused("1101", body, "EN-9103")


def test_an_electronic_credential_is_a_token_beside_which_the_certificate_counts(who: world.Person) -> None:
    body = asked(who, mdtrt_cert_type="01", mdtrt_cert_no="TOKEN", certno=who.certificate_no)
    assert world.done("1101", body)["baseinfo"]["psn_no"] == who.number


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"mdtrt_cert_no": "450100190001010001"}, "EN-9101", "mdtrt_cert_no"),
        ({"psn_name": "李四"}, "EN-9102", "psn_name"),
        ({"certno": "450100190001010001"}, "EN-9102", "certno"),
        ({"mdtrt_cert_no": ""}, "WI-1101", "mdtrt_cert_no"),
    ],
)
def test_a_question_with_a_defect_names_it(who: world.Person, changes: dict[str, str], code: str, words: str) -> None:
    assert words in world.refused("1101", asked(who, **changes), code)


def test_special_identities_come_with_their_days(who: world.Person) -> None:
    world.model("enrolment.SpecialGroupSpan").objects.create(
        person_id=who.id,
        category="dibao",
        valid_from=date(2018, 1, 1),
        valid_until=date(2019, 1, 1),
        created_at=world.NOW,
    )
    (identity,) = world.done("1101", asked(who))["idetinfo"]
    assert identity["psn_idet_type"] == "2303"
    assert (identity["begntime"], identity["endtime"]) == ("2018-01-01 00:00:00", "2019-01-01 00:00:00")


def test_the_balance_comes_from_the_chapter_that_keeps_accounts(
    who: world.Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons, "_balance", lambda area, person: 12_345)
    assert world.done("1101", asked(who))["insuinfo"][0]["balc"] == 123.45


@pytest.mark.parametrize("node", ["medinsinfo", "medinsInfo", "data"])
def test_an_institution_is_found_by_its_code(node: str) -> None:
    body = {node: {"fixmedins_type": "1", "fixmedins_name": "", "fixmedins_code": world.H1}}
    (row,) = world.done("1201", body)["medinsinfo"]
    assert (row["fixmedins_name"], row["fixmedins_type"], row["hosp_lv"]) == ("桂宁市人民医院", "1", "12")


def test_institutions_are_found_by_the_beginning_of_the_name() -> None:
    rows = world.done("1201", {"medinsinfo": {"fixmedins_type": "1", "fixmedins_name": "桂宁市"}})["medinsinfo"]
    assert {row["fixmedins_code"] for row in rows} == {world.H1, world.H2}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"fixmedins_type": "1"}, "IN-9102"),
        ({"fixmedins_type": "2", "fixmedins_code": world.H1}, "IN-9101"),
        ({"fixmedins_type": "1", "fixmedins_code": "H99999999999"}, "IN-9101"),
        ({"fixmedins_code": world.H1}, "WI-1101"),
    ],
)
def test_an_institution_nobody_knows_is_not_found(asked: dict[str, str], code: str) -> None:
    world.refused("1201", {"medinsinfo": asked}, code)


@pytest.mark.article("GX2017 §13")
@pytest.mark.requirement("ENR-29")
def test_a_pharmacy_is_refused_a_minute_after_the_loss_was_reported(who: world.Person) -> None:
    world.card(who, "A12345678")
    body = asked(who, mdtrt_cert_type="03", mdtrt_cert_no="A12345678")
    world.done("1101", body)
    lost_at = datetime(2018, 3, 5, 2, tzinfo=UTC)
    enrolment.report_own_card_lost(person_id=who.id, said_by="本人", note="", now=lost_at)
    assert "卡已挂失" in world.refused("1101", body, "EN-9103")
    world.refused("2201", world.visit_body(who, mdtrt_cert_type="03", mdtrt_cert_no="A12345678"), "EC-1004")


@pytest.mark.article("QA2018 五(五)")
@pytest.mark.requirement("ENR-30")
@pytest.mark.parametrize(("last_day", "good"), [(date(2018, 12, 31), True), (date(2018, 3, 14), False)])
def test_another_medium_is_good_until_its_last_day_and_refused_with_the_hint_afterwards(
    who: world.Person, last_day: date, good: bool
) -> None:
    """The visits of these tests are of 15 March 2018."""
    world.model("enrolment.LinkedMedium").objects.create(
        person_id=who.id,
        kind="jinsui",
        number="B1234567",
        valid_from=date(2018, 1, 1),
        valid_until=last_day + timedelta(days=1),
        linked_at=datetime(2018, 1, 1, tzinfo=UTC),
    )
    world.card(who, "A12345678", "making")
    body = asked(who, mdtrt_cert_type="03", mdtrt_cert_no="B1234567")
    visit = world.visit_body(who, mdtrt_cert_type="03", mdtrt_cert_no="B1234567")
    if good:
        assert world.done("1101", body)["baseinfo"]["psn_no"] == who.number
        world.done("2201", visit)
    else:
        said = world.refused("1101", body, "EN-4033")
        assert "金穗惠农卡已于2018-03-14停止使用" in said
        assert "请使用社会保障卡" in said
        world.refused("2201", visit, "EN-4033")

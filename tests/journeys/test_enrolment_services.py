"""Cards, accounts, transfers and employers on their pages, and what a resident does without the counter (ENR-19…34)."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.credentials import tally
from tongchou.platform import versions
from tongchou.platform.commands import ensure_calendar


@pytest.fixture
def sit_down(client: Client, city: Any, sample: Any) -> Any:
    ensure_calendar(now=sample.NOW)

    def at(staff_code: str, *, english: bool = False) -> Client:
        operator = apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        if english:
            client.cookies["django_language"] = "en"
        return client

    return at


def _employer() -> Any:
    return apps.get_model("enrolment", "Employer").objects.create(
        pooling_area_id="450100",
        unit_code="450102",
        code="U001",
        name="青山机械厂",
        legal_person="覃厂长",
        contact="韦会计",
        phone="0771-1234567",
        registered_on="2018-01-01",
        created_at="2018-01-01T00:00:00Z",
    )


@pytest.fixture
def pages(city: Any) -> list[str]:
    return [
        f"/persons/{city.person_no}/cards/",
        f"/persons/{city.person_no}/account/",
        f"/persons/{city.person_no}/transfers/",
        "/persons/cards/",
        "/persons/cards/?status=making",
        "/persons/cards/issuing/",
        "/persons/accounts/",
        "/persons/accounts/?since=2018-01-01",
        "/persons/transfers/",
        "/persons/transfers/?state=awaiting&words=张",
        "/employers/",
        "/employers/?words=U0",
        "/employers/new/",
        f"/employers/{_employer().pk}/?month=2018-03",
        f"/cases/counter/replace_card/?key={city.person_no}",
        f"/cases/counter/change_account/?key={city.person_no}",
        f"/cases/counter/transfer_out/?key={city.person_no}",
        f"/cases/counter/change_scheme/?key={city.person_no}",
    ]


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_every_page_opens_with_few_questions(
    sit_down: Any, pages: list[str], django_assert_max_num_queries: Any, english: bool, sample: Any
) -> None:
    tally.count_cards(sample.NOW)
    browser = sit_down("daiyu", english=english)
    for address in pages:
        browser.get(address)
        versions.look_again_all()
        with django_assert_max_num_queries(12, info=address):
            assert browser.get(address).status_code == 200, address


def test_they_are_closed_to_who_has_no_business_with_them(sit_down: Any, pages: list[str]) -> None:
    browser = sit_down("anquan")
    for address in pages:
        assert browser.get(address).status_code in (403, 422), address


@pytest.mark.requirement("ENR-29")
def test_a_clerk_reports_a_loss_and_takes_it_back_on_the_persons_page(sit_down: Any, city: Any, sample: Any) -> None:
    browser = sit_down("daiyu")
    page = f"/persons/{city.person_no}/cards/"
    browser.post(f"{page}lost/", {"said_by": "张妻"})
    shown = browser.get(page).content.decode()
    assert "挂失" in shown
    assert "张妻" in shown
    assert enrolment.facts_by_card(sample.CARD, sample.NOW.date()).card_status == "lost"
    again = browser.post(f"{page}lost/", {"said_by": "张妻"}, follow=True).content.decode()
    assert "EN-1303" in again
    browser.post(f"{page}found/", {})
    assert enrolment.facts_by_card(sample.CARD, sample.NOW.date()).card_status == "active"


@pytest.mark.requirement("ENR-31")
def test_the_page_shows_which_credentials_are_good_today(sit_down: Any, city: Any) -> None:
    shown = sit_down("daiyu").get(f"/persons/{city.person_no}/cards/").content.decode()
    good = shown[shown.index("今日可用的就诊凭证") :].split("</section>")[0]
    assert "社会保障卡" in good
    assert "居民身份证" in good
    assert "人脸识别" not in good


@pytest.mark.requirement("ENR-33")
def test_an_employer_is_registered_and_a_member_joins_on_the_page(sit_down: Any, city: Any) -> None:
    browser = sit_down("daiyu")
    form = {"code": "U009", "name": "河口糖厂", "legal_person": "覃", "contact": "韦", "phone": "1"}
    answer = browser.post("/employers/new/", form)
    assert answer.status_code == 302
    refused = browser.post("/employers/new/", form)
    assert "EN-4101" in refused.content.decode()
    change = {"change": "joins", "person": city.person_no, "month": "2018-05", "category": "working", "wage": "5000"}
    shown = browser.post(answer["Location"], change)
    assert "EN-4114" in shown.content.decode(), "a resident changes the scheme first"
    nobody = browser.post(answer["Location"], change | {"person": "450100000000"})
    assert "EN-4118" in nobody.content.decode()


# --- at /my/ --------------------------------------------------------------------------------------------------------


@pytest.fixture
def resident(client: Client, city: Any, sample: Any) -> Client:
    ensure_calendar(now=sample.NOW)
    given = {"name": "张三丰", "certificate_no": city.certificate_no, "card_no": sample.CARD}
    assert client.post("/my/login/", given).status_code == 302
    return client


@pytest.mark.requirement("ENR-34")
@pytest.mark.article("JL2019 §4")
def test_a_phone_number_changes_at_once(resident: Client, city: Any) -> None:
    assert resident.post("/my/services/contact/", {"phone": "13900139000", "address": ""}).status_code == 302
    person = apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)
    assert person.phone == "13900139000"
    change = person.changes.get()
    assert (change.staff_code, change.particular) == ("本人", "phone")
    again = resident.post("/my/services/contact/", {"phone": "13900139000", "address": ""})
    assert again.status_code == 422, "nothing changes twice"


@pytest.mark.requirement("ENR-34")
@pytest.mark.article("JL2019 §12")
def test_a_change_of_name_becomes_a_case_to_be_reviewed(resident: Client, city: Any) -> None:
    asked = {"request_id": "r1", "name": "张大丰", "reason": "户口簿更正"}
    resident.post("/my/services/name/", asked)
    resident.post("/my/services/name/", asked)
    case = apps.get_model("cases", "Case").objects.get()
    assert (case.kind, case.channel, case.accepted_by) == ("change_particulars", "web", None)
    assert case.state == "supplementing"
    assert case.notices.get().materials == ["form", "certificate"]
    assert apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no).name == "张三丰"
    shown = resident.get("/my/services/").content.decode()
    assert case.number in shown
    assert "请交验材料" in shown
    other = resident.post("/my/services/name/", asked | {"request_id": "r2"})
    assert "CS-1004" in other.content.decode()


@pytest.mark.requirement("ENR-34")
def test_the_counter_goes_on_with_what_was_asked_at_home(resident: Client, city: Any, sample: Any) -> None:
    from tongchou.cases import commands as cases
    from tongchou.cases.states import Decision

    resident.post("/my/services/name/", {"request_id": "r1", "name": "张大丰", "reason": "户口簿更正"})
    case = apps.get_model("cases", "Case").objects.get()
    staff = {
        one.staff_code: one
        for one in apps.get_model("platform", "Operator").objects.filter(staff_code__in=("shouli", "fuhe"))
    }
    case = cases.receive_materials(
        number=case.number,
        version=case.version,
        codes=["form", "certificate"],
        operator=staff["shouli"],
        now=sample.NOW,
    )
    case = cases.decide(
        number=case.number, version=case.version, decision=Decision.AGREE, operator=staff["fuhe"], now=sample.NOW
    )
    assert case.state == "done"
    assert apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no).name == "张大丰"


@pytest.mark.requirement("ENR-34")
@pytest.mark.requirement("ENR-29")
def test_a_loss_told_at_home_stops_the_card_at_once(resident: Client, sample: Any) -> None:
    resident.post("/my/services/lose/")
    assert enrolment.facts_by_card(sample.CARD, sample.NOW.date()).card_status == "lost"
    assert "已挂失" in resident.get("/my/services/").content.decode()
    event = apps.get_model("enrolment", "CardEvent").objects.get()
    assert (event.said_by, event.staff_code) == ("本人", "")


@pytest.mark.requirement("ENR-34")
def test_an_agent_acts_by_a_stored_mandate_and_is_named(resident: Client, city: Any, sample: Any) -> None:
    from tongchou.rights import commands as rights

    people = apps.get_model("enrolment", "Person").objects
    agent, principal = people.get(person_no=city.person_no), people.get(person_no=city.neighbour_no)
    refused = resident.post(f"/my/family/{principal.pk}/")
    assert refused.status_code == 404, "without a mandate"
    rights.give_mandate(
        person_id=principal.pk, agent_name=agent.name, agent_certificate_no=agent.certificate_no, now=sample.NOW
    )
    resident.post(f"/my/family/{principal.pk}/")
    resident.post("/my/services/contact/", {"phone": "13700137000", "address": ""})
    principal.refresh_from_db()
    assert principal.phone == "13700137000"
    assert principal.changes.get().staff_code == "代办:张三丰"


@pytest.mark.requirement("ENR-34")
def test_what_is_not_offered_is_not_there(resident: Client) -> None:
    assert resident.post("/my/services/sex/", {"sex": "F"}).status_code == 404
    assert resident.get("/my/services/name/").status_code == 405

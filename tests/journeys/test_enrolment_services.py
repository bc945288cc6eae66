"""Cards, accounts, transfers and employers on their pages, and what a resident does without the counter (ENR-19…34)."""

import io
from datetime import date
from typing import Any, Final

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.credentials import tally
from tongchou.enrolment.tests.conftest import citizen_number
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
    assert "挂失" not in resident.get("/my/").content.decode()
    resident.post("/my/services/lose/")
    assert enrolment.facts_by_card(sample.CARD, sample.NOW.date()).card_status == "lost"
    page = resident.get("/my/services/").content.decode()
    assert ("已挂失" in page, "补卡请持身份证件到窗口办理" in page) == (True, True)
    assert "已挂失" in resident.get("/my/").content.decode(), "the card is refused, whatever is covered today"
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


# --- registration at /my/ -------------------------------------------------------------------------------------------


def _picture(colour: str = "white") -> Any:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return SimpleUploadedFile(f"{colour}.jpg", file.getvalue(), content_type="image/jpeg")


@pytest.fixture
def household(city: Any, sample: Any) -> Any:
    """Zhang is head of a household of one."""
    made = apps.get_model("enrolment", "Household").objects.create(
        pooling_area_id="450100", unit_code=sample.VILLAGE, number="H0001", address="东村12号", hukou_address="东村12号"
    )
    people = apps.get_model("enrolment", "Person").objects
    people.filter(person_no=city.person_no).update(household=made, household_relation="head", hukou_area="450102")
    return made


SON: Final = {
    "name": "张小宝",
    "relation": "child",
    "ethnicity": "01",
    "certificate_no": "",
    "phone": "13900139000",
    "hukou_area": "450102",
    "request_id": "son",
}


def _son(**changes: Any) -> dict[str, Any]:
    return SON | {"certificate_no": citizen_number(date(2010, 3, 4), 15)} | changes


@pytest.mark.requirement("ENR-34")
@pytest.mark.article("JL2019 §4")
def test_a_member_of_the_household_is_registered_from_home_with_photographed_papers(
    resident: Client, household: Any, city: Any
) -> None:
    files = {"book": _picture("white"), "paper": _picture("red")}
    answer = resident.post("/my/services/register/member/", _son() | files)
    assert answer.status_code == 302, answer.content.decode()
    again = resident.post("/my/services/register/member/", _son() | {"book": _picture(), "paper": _picture("red")})
    assert again.headers["Location"] == answer.headers["Location"]
    case = apps.get_model("cases", "Case").objects.get()
    assert (case.kind, case.channel, case.accepted_by, case.subject_key) == (
        "register_household", "web", None, "H0001",
    )  # fmt: skip
    assert case.rows[0]["name"] == "张小宝"
    attached = case.attachments.order_by("id").values_list("material_code", "attached_by")
    assert list(attached) == [("household_book", None), ("id_card.1", None)]
    assert case.state == "supplementing", "the originals are shown at the counter later"
    assert case.number in resident.get("/my/services/").content.decode()
    assert "张小宝" not in resident.get("/my/cases/").content.decode()
    shown = resident.get(answer.headers["Location"]).content.decode()
    assert "网上已提交,请到窗口交验" in shown
    assert "居民户口簿" in shown


@pytest.mark.requirement("ENR-34")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"certificate_no": "450102201003040012"}, "校验", id="check digit"),
        pytest.param({"relation": "head"}, "户主", id="second head"),
        pytest.param({"hukou_area": "12"}, "PL-1042", id="area"),
        pytest.param({"name": ""}, "必填", id="nameless"),
        pytest.param({"book": SimpleUploadedFile("x.jpg", b"no picture")}, "CS-1502", id="file"),
    ],
)
def test_what_the_counter_would_refuse_is_refused_at_home_and_leaves_nothing(
    resident: Client, household: Any, changes: dict[str, Any], said: str
) -> None:
    answer = resident.post("/my/services/register/member/", _son(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert apps.get_model("cases", "Case").objects.count() == 0


@pytest.mark.requirement("ENR-34")
def test_who_is_insured_already_or_in_no_household_is_told_so(resident: Client, city: Any, request: Any) -> None:
    told = {"phone": "13900139000", "hukou_area": "450102", "request_id": "me"}
    assert "EN-5113" in resident.post("/my/services/register/self/", told).content.decode()
    request.getfixturevalue("household")
    refused = resident.post("/my/services/register/self/", told)
    assert refused.status_code == 422
    assert "EN-1" in refused.content.decode()
    assert resident.get("/my/services/register/cousin/").status_code == 404


@pytest.mark.requirement("ENR-34")
@pytest.mark.requirement("ENR-14")
@pytest.mark.article("JL2019 §7")
def test_an_agent_with_a_mandate_registers_a_newborn_for_the_household_and_the_counter_finishes_it(
    resident: Client, household: Any, city: Any, sample: Any
) -> None:
    from tongchou.cases import commands as cases
    from tongchou.cases.states import Decision
    from tongchou.rights import commands as rights

    people = apps.get_model("enrolment", "Person").objects
    agent, parent = people.get(person_no=city.person_no), people.get(person_no=city.neighbour_no)
    people.filter(pk=parent.pk).update(household=household, household_relation="child")
    rights.give_mandate(
        person_id=parent.pk, agent_name=agent.name, agent_certificate_no=agent.certificate_no, now=sample.NOW
    )
    resident.post(f"/my/family/{parent.pk}/")
    baby = {
        "name": "李小小", "relation": "grandchild", "certificate_no": "O450012345", "sex": "F", "ethnicity": "01",
        "born_on": "2018-03-01", "mother_name": "王妈妈", "phone": "13900139000", "hukou_area": "450102",
        "request_id": "baby", "paper": _picture(),
    }  # fmt: skip
    assert resident.post("/my/services/register/newborn/", baby).status_code == 302
    case = apps.get_model("cases", "Case").objects.get()
    assert (case.receipt.applicant_name, case.receipt.agent_name) == ("李小龙", "张三丰")
    assert case.attachments.get().material_code == "birth_certificate.1"
    staff = {
        one.staff_code: one
        for one in apps.get_model("platform", "Operator").objects.filter(staff_code__in=("shouli", "daiyu", "fuhe"))
    }
    waiting = case.notices.get().materials
    case = cases.receive_materials(
        number=case.number, version=case.version, codes=waiting, operator=staff["shouli"], now=sample.NOW
    )
    for desk in ("daiyu", "fuhe"):
        if case.state == "in_hand":
            case = cases.decide(
                number=case.number,
                version=case.version,
                decision=Decision.AGREE,
                operator=staff[desk],
                now=sample.NOW,
            )
    assert case.state == "done", case.step
    found = people.get(certificate_no="O450012345")
    assert (found.household_id, found.birth_record.mother_name) == (household.pk, "王妈妈")


# --- transfers, as the resident and anybody else may see them ---------------------------------------------------------


@pytest.fixture
def certified(city: Any, sample: Any) -> Any:
    """Zhang changes to the employees' scheme of another house: certified, and the letter has come."""
    person = apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)
    transfer = apps.get_model("enrolment", "Transfer").objects.create(
        number="450100-2018-ZY-000001", kind="scheme", side="out", state="awaiting", person=person, name=person.name,
        certificate_no=person.certificate_no, from_area="450100", from_agency="桂宁市医保中心", to_area="450100",
        to_agency="桂宁市职工医保中心", from_scheme="resident", to_scheme="employee", starts_on="2018-06-01",
        reason="就业", made_at=sample.NOW,
    )  # fmt: skip
    documents = apps.get_model("enrolment", "TransferDocument").objects
    paid = [
        {"scheme": "resident", "year": 2018, "amount_fen": 18_000, "paid_on": "2017-10-20", "from": "", "until": ""}
    ]
    documents.create(
        transfer=transfer, kind="proof", content={"paid": paid}, digest="d" * 64, code="ABCD-EFGH-IJKL",
        issued_by="桂宁市医保中心", issued_at=sample.NOW, acknowledged_at=sample.NOW,
    )  # fmt: skip
    documents.create(
        transfer=transfer, kind="letter", content={}, digest="e" * 64, code="MNOP-QRST-UVWX",
        issued_by="桂宁市职工医保中心", issued_at=sample.NOW,
    )  # fmt: skip
    return transfer


@pytest.mark.requirement("ENR-27")
@pytest.mark.article("GX2017 §17")
def test_the_resident_sees_how_far_the_transfer_is_and_the_periods_apart(resident: Client, certified: Any) -> None:
    shown = resident.get("/my/transfers/").content.decode()
    for said in (
        "参保缴费凭证对方已签收",
        "转移接续联系函已出具",
        "待出具关系转移接续信息表",
        "待桂宁市职工医保中心办理转入",
    ):
        assert said in shown
    assert shown.index("居民医保缴费年度") < shown.index("职工医保参保月份")


@pytest.mark.requirement("ENR-27")
def test_anybody_may_check_the_code_of_a_transfer_certificate(client: Client, certified: Any) -> None:
    shown = client.post("/public/verify/", {"code": "abcd efgh ijkl"}).content.decode()
    assert "验证通过:本系统出具的转移文书" in shown
    assert "张*丰" in shown
    assert "张三丰" not in shown
    assert "2018" in shown
    type(certified).objects.filter(pk=certified.pk).update(
        state="returned", end_reason="资料不符", ended_at="2018-05-16T00:00Z"
    )
    assert "文书不能使用" in client.post("/public/verify/", {"code": "ABCD-EFGH-IJKL"}).content.decode()
    assert client.post("/public/verify/", {"code": "ABCD-EFGH-IJKM"}).status_code == 404

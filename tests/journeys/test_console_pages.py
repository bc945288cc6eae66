"""Every page of the console, asked for by those who may and by those who may not."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from tongchou.platform import versions

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def sit_down(client: Client, city: Any) -> Any:
    """Logs an operator of the demo city in and gives the browser back."""

    def at(staff_code: str, *, english: bool = False) -> Client:
        operator = apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        if english:
            client.cookies["django_language"] = "en"
        return client

    return at


def _text(response: Any) -> str:
    return response.content.decode()


def _pages(city: Any) -> list[str]:
    return [
        "/",
        "/search/?q=张",
        "/search/?q=zsf",
        "/persons/",
        f"/persons/{city.person_no}/",
        f"/persons/{city.person_no}/coverage/",
        f"/persons/{city.person_no}/encounters/",
        f"/persons/{city.person_no}/settlements/",
        f"/persons/{city.person_no}/year/",
        f"/persons/{city.person_no}/seen/",
        f"/persons/{city.person_no}/cases/",
        "/cases/",
        "/cases/?view=open",
        "/cases/counter/",
        f"/cases/counter/change_particulars/?key={city.person_no}",
        "/cases/delegations/",
        "/cases/figures/",
        "/system/my-security/",
        f"/persons/{city.person_no}/record/",
        f"/persons/{city.person_no}/record/?on=2018-03-15",
        f"/persons/{city.person_no}/certificates/",
        f"/persons/{city.person_no}/objection/",
        f"/persons/{city.person_no}/extract/",
        f"/persons/{city.person_no}/guardian/",
        "/rights/objections/",
        "/rights/applications/",
        "/rights/certificates/",
        "/rights/units/",
        "/rights/units/450102101201/",
        "/contributions/",
        f"/persons/{city.person_no}/owed/",
        "/contributions/owed/",
        "/contributions/owed/?only=no_mandate",
        "/contributions/owed/?only=remind",
        "/contributions/progress/",
        "/contributions/batches/",
        "/contributions/batches/add/",
        "/contributions/pending/",
        "/contributions/subsidies/",
        "/contributions/subsidies/shares/",
        "/contributions/units/",
        "/contributions/units/rates/",
        "/exchange/rejected/",
        "/institutions/",
        "/institutions/H45010000002/",
        "/institutions/H45010000002/physicians/",
        "/physicians/",
        "/catalogue/",
        "/catalogue/diagnoses/",
        "/encounters/",
        f"/encounters/{city.encounter}/",
        f"/encounters/{city.encounter}/third-party/",
        f"/encounters/{city.encounter}/counter/",
        "/third-parties/",
        "/filings/",
        "/filings/new/",
        "/filings/renew/",
        "/year-change/",
        "/settlements/",
        "/settlements/replays/",
        f"/settlements/replays/{city.person_no}/resident/2018/",
        f"/settlements/{city.stay}/",
        f"/settlements/{city.stay}/dependents/",
        "/policy/",
        "/policy/drafts/",
        "/policy/differences/",
        "/imports/",
        "/persons/listed/",
        "/persons/residence/",
        "/notices/",
    ]


@pytest.fixture
def opens(django_assert_max_num_queries: Any) -> Any:
    """Opens a page with at most twelve questions to the database.

    What a process keeps in memory has been read; whether it still holds is asked anew, as a second later.
    """

    def address_opens(browser: Client, address: str) -> None:
        browser.get(address)
        versions.look_again_all()
        with django_assert_max_num_queries(12, info=address):
            assert browser.get(address).status_code == 200, address

    return address_opens


def _message(city: Any) -> str:
    """The address of the message that settled the stay."""
    booking = apps.get_model("wire", "Booking").objects.filter(settlement_id=int(city.stay[6:])).first()
    digest = bytes(booking.digest).hex()
    return reverse("messages:message", args=[booking.institution_code, booking.infno, booking.msgid, digest])


def test_a_clerk_opens_every_page_with_few_questions_to_the_database(city: Any, sit_down: Any, opens: Any) -> None:
    clerk = sit_down("shouli")
    for address in _pages(city):
        opens(clerk, address)


@pytest.mark.parametrize(
    ("staff_code", "addresses"),
    [
        (
            "kuaiji",
            [
                "/",
                "/fund/",
                "/fund/vouchers/",
                "/fund/trial-balance/?month=2018-04",
                "/fund/ledger/1003/?month=2018-04",
                "/fund/entries/",
                "/fund/documents/",
                "/fund/documents/income/",
                "/fund/documents/movement/",
            ],
        ),
        ("chuna", ["/"]),
        ("caiwufuhe", ["/"]),
        ("lingdao", ["/", "/fund/", "/settlements/", "/system/operators/", "/policy/"]),
        (
            "xinxi",
            [
                "/messages/",
                "/messages/refusals/",
                "/messages/refused/",
                "/exchange/",
                "/exchange/partners/",
                "/exchange/partners/add/",
                "/institutions/H45010000002/wire/",
                "/health/",
                "/system/calendar/",
            ],
        ),
        ("shenji", ["/system/trail/", "/system/operators/", "/system/units/"]),
        ("zhengjiao", ["/contributions/standards/add/"]),
        ("mulu", ["/catalogue/", "/catalogue/diagnoses/"]),
        ("anquan", ["/system/posts/", "/system/operators/chuna/", "/system/second-factors/"]),
    ],
)
def test_each_post_opens_its_own_pages(staff_code: str, addresses: list[str], sit_down: Any, opens: Any) -> None:
    browser = sit_down(staff_code)
    for address in addresses:
        opens(browser, address)


@pytest.mark.requirement("SET-04")
def test_an_auditor_follows_a_bill_from_its_message_to_the_ledger(city: Any, sit_down: Any, opens: Any) -> None:
    auditor = sit_down("jihe")
    steps = ["/messages/", _message(city), f"/encounters/{city.encounter}/", f"/settlements/{city.stay}/"]
    onward = [*steps[1:], "/institutions/H45010000002/dues/"]
    for address, leads_to in zip(steps, onward, strict=True):
        opens(auditor, address)
        listed = f"{address}?since=2018-04-01" if address == "/messages/" else address
        assert leads_to in _text(auditor.get(listed)), address
    for address in ("/institutions/H45010000002/dues/", "/fund/", "/fund/vouchers/"):
        opens(auditor, address)


@pytest.mark.requirement("RIG-04")
def test_opening_a_message_leaves_a_trail_of_the_message_and_of_the_person(city: Any, sit_down: Any) -> None:
    sit_down("jihe").get(_message(city))
    seen = apps.get_model("platform", "TrailEntry").objects.filter(action="wire.message_seen")
    assert {entry.object_kind for entry in seen} == {"message", "person"}
    assert {entry.object_key for entry in seen if entry.object_kind == "person"} == {city.person_no}
    assert {entry.outcome for entry in seen} == {"seen"}


@pytest.mark.requirement("ORG-10")
def test_a_message_needs_a_permission_of_its_own_and_pages_say_so_instead_of_leading_there(
    city: Any, sit_down: Any
) -> None:
    clerk = sit_down("shouli")
    assert clerk.get(_message(city)).status_code == 403
    for address in (f"/settlements/{city.stay}/", f"/encounters/{city.encounter}/"):
        page = _text(clerk.get(address))
        assert "/messages/" not in page, address
        assert "打开它需要“查看接口报文”权限" in page, address
    assert not apps.get_model("platform", "TrailEntry").objects.filter(action="wire.message_seen").exists()


@pytest.fixture
def refused(city: Any) -> None:
    """Refusals of a month: of two hospitals and of a stranger."""
    count, keep = apps.get_model("wire", "RefusalDay").objects.create, apps.get_model("wire", "Refusal").objects.create
    for number, (day, institution, infno, code, refusals) in enumerate(
        (
            ("2018-05-16", "H45010000002", "2201", "EC-1001", 7),
            ("2018-05-15", "H45010000003", "2204", "EC-2001", 3),
            ("2018-05-15", "", "", "WI-1002", 2),
            ("2018-03-01", "H45010000002", "2201", "EC-1001", 90),
        )
    ):
        count(day=day, institution_code=institution, infno=infno, code=code, refusals=refusals)
        keep(
            reply_no=f"R{number}",
            received_at=f"{day}T02:00:00Z",
            institution_code=institution,
            infno=infno,
            msgid=f"M{number}",
            operator_no="001",
            code=code,
            reason="不能登记",
        )


@pytest.mark.requirement("SET-04")
def test_refusals_are_told_by_day_code_transaction_and_institution_and_lead_to_the_messages(
    refused: None, sit_down: Any, opens: Any
) -> None:
    browser = sit_down("xinxi")
    opens(browser, "/messages/refusals/")
    page = _text(browser.get("/messages/refusals/"))
    for told in ("2018-04-17", ">12<", "EC-1001", "2204", "未接入的发送方", "报文不是合法的JSON"):
        assert told in page, told
    assert "code=EC-1001" in page
    opens(browser, "/messages/refused/")
    messages = _text(browser.get("/messages/refused/?code=EC-1001&since=2018-05-16&until=2018-05-16"))
    listed = set(re.findall(r"\bM\d\b", messages))  # as whole words: the page also bears random tokens
    assert "M0" in listed
    assert "M1" not in listed
    narrowed = _text(browser.get("/messages/refusals/?infno=2204"))
    assert "EC-2001" in narrowed
    assert "EC-1001" not in narrowed


def test_a_span_of_refusals_has_its_limit(refused: None, sit_down: Any) -> None:
    page = _text(sit_down("xinxi").get("/messages/refusals/?since=2017-01-01&until=2018-05-16"))
    assert "2018-02-14" in page
    assert ">102<" in page


def test_refusals_are_exported(refused: None, sit_down: Any) -> None:
    browser = sit_down("jihe")
    for address, expected in (("/messages/refusals/", "EC-2001"), ("/messages/refused/", "M1")):
        text = b"".join(browser.get(f"{address}?export=csv").streaming_content).decode("utf-8-sig")
        assert expected in text, address
    assert apps.get_model("platform", "TrailEntry").objects.filter(action="platform.list_exported").count() == 2


@pytest.mark.requirement("ORG-02")
def test_a_person_and_a_bill_of_another_county_are_refused_and_the_attempt_is_in_the_trail(
    city: Any, sit_down: Any
) -> None:
    clerk = sit_down("shouli")
    trail = apps.get_model("platform", "TrailEntry").objects
    for address in (f"/persons/{city.neighbour_no}/", f"/persons/{city.neighbour_no}/settlements/"):
        before = trail.filter(action="platform.access_refused").count()
        response = clerk.get(address)
        assert response.status_code == 403
        assert "不在您" in _text(response)
        assert trail.filter(action="platform.access_refused").count() == before + 1


@pytest.mark.requirement("RIG-04")
def test_looking_at_a_person_and_at_the_full_number_leaves_a_trail(city: Any, sit_down: Any) -> None:
    clerk = sit_down("shouli")
    page = _text(clerk.get(f"/persons/{city.person_no}/"))
    assert city.certificate_no not in page
    assert f"{city.certificate_no[:6]}********{city.certificate_no[-4:]}" in page
    assert city.certificate_no in _text(clerk.post(f"/persons/{city.person_no}/certificate/"))
    seen = apps.get_model("platform", "TrailEntry").objects.filter(object_kind="person", object_key=city.person_no)
    assert set(seen.values_list("action", flat=True)) == {"enrolment.person_seen", "enrolment.certificate_seen"}
    assert "查看完整证件号码" in _text(clerk.get(f"/persons/{city.person_no}/seen/"))


def test_names_are_masked_in_lists(city: Any, sit_down: Any) -> None:
    page = _text(sit_down("shouli").get("/persons/"))
    assert "张*丰" in page
    assert "张三丰" not in page


@pytest.mark.requirement("SET-32")
def test_a_settlement_number_leads_straight_to_its_page(city: Any, sit_down: Any) -> None:
    response = sit_down("shouli").get(f"/search/?q={city.stay}")
    assert response["Location"] == f"/settlements/{city.stay}/"


@pytest.mark.requirement("BEN-40")
@pytest.mark.requirement("SET-01")
def test_a_bill_says_who_paid_what_and_why(city: Any, sit_down: Any) -> None:
    page = _text(sit_down("shouli").get(f"/settlements/{city.stay}/"))
    for told in (
        "10,000.00",
        "6,225.00",
        "3,775.00",
        "起付线以上费用 8,300.00 × 住院报销比例 75%",
        "GX2017 §87",
        "高于医保限价的部分,由个人承担",
    ):
        assert told in page, told


@pytest.mark.requirement("SET-06")
def test_the_slip_says_what_is_stored_and_a_second_copy_says_so(city: Any, sit_down: Any) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    clerk = sit_down("shouli")
    texts = []
    for _ in range(2):
        response = clerk.post(f"/settlements/{city.stay}/slip/")
        assert response["Content-Type"] == "application/pdf"
        texts.append("\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages))
    stored = apps.get_model("settlement", "Settlement").objects.get(id=int(city.stay[6:]))
    for column in (
        "total_fen",
        "own_expense_fen",
        "over_price_fen",
        "pre_self_pay_fen",
        "in_scope_fen",
        "deductible_fen",
        "pool_paid_fen",
        "fund_paid_fen",
        "person_share_fen",
        "cash_fen",
    ):
        assert f"{getattr(stored, column) / 100:,.2f}" in texts[0], column
    for told in (
        "桂宁市医疗保障事业管理中心",
        city.stay,
        "安河县人民医院",
        "高血压3级",
        "叁仟柒佰柒拾伍元整",
        "验证码",
        "第 1 页",
    ):
        assert told in texts[0], told
    assert "补打" not in texts[0]
    assert "补打1" in texts[1]


@pytest.mark.requirement("RIG-02")
def test_a_paper_is_verified_by_its_number_and_code(city: Any, sit_down: Any, client: Client) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    content = sit_down("shouli").post(f"/settlements/{city.stay}/slip/").content
    code = re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", PdfReader(BytesIO(content)).pages[0].extract_text())
    assert code is not None
    right = _text(client.post("/my/verify/", {"number": city.stay, "code": code[0]}))
    assert "编号与验证码相符" in right
    assert "6,225.00" in right
    wrong = _text(client.post("/my/verify/", {"number": city.visit, "code": code[0]}))
    assert "编号与验证码不符" in wrong


@pytest.mark.requirement("ORG-21")
def test_an_export_masks_certificates_unless_the_post_may_see_them(city: Any, sit_down: Any) -> None:
    clerk = b"".join(sit_down("shouli").get("/persons/?export=csv").streaming_content).decode("utf-8-sig")
    assert "张*丰" in clerk
    noted = apps.get_model("platform", "TrailEntry").objects.get(action="platform.list_exported")
    assert (noted.detail["rows"], noted.detail["masked"]) == (1, True)


def test_the_english_pages_hold_no_chinese_but_data(city: Any, sit_down: Any) -> None:
    """What stands between the tags of the frame and the headings is translated; names and papers are data."""
    clerk = sit_down("shouli", english=True)
    for address in _pages(city):
        page = _text(clerk.get(address, follow=True))
        frame = page.split("<main")[0].rpartition("bar-tools")[2]  # a part of a page has none
        heads = re.findall(r"<(?:th|label|h2|dt|button)[^>]*>(.*?)</(?:th|label|h2|dt|button)>", page, re.S)
        for piece in (*re.findall(r">([^<]+)<", frame), *(re.sub(r"<[^>]+>", "", head) for head in heads)):
            left = re.sub(r"中文|韦小燕", "", piece)
            assert not CHINESE.search(left), f"{address}: {piece.strip()}"

"""The record and its papers from every seat: counter, approver, the resident at a phone, anybody with a paper."""

import base64
import hmac
import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from pypdf import PdfReader

from tongchou.platform import versions
from tongchou.platform.commands import ensure_calendar
from tongchou.rights import commands
from tongchou.rights.states import CertificateKind, Way
from tongchou.wire import access as wire

CODE = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture
def calendar(city: Any, sample: Any) -> None:
    ensure_calendar(now=sample.NOW)


@pytest.fixture
def person(city: Any) -> Any:
    return apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)


@pytest.fixture
def paid(person: Any, sample: Any) -> None:
    """180.00 for 2018."""
    apps.get_model("contributions", "Contribution").objects.create(
        person_id=person.pk,
        pooling_area_id=sample.AREA,
        scheme="resident",
        benefit_year=2018,
        amount_fen=18_000,
        paid_in_full_on="2017-10-20",
        kind="continuous",
        channel="bank",
        receipt_no="桂财票00012341",
        created_at=sample.NOW,
    )


@pytest.fixture
def seat(city: Any) -> Callable[[str], Client]:
    """A browser of its own for each operator."""

    def at(staff_code: str) -> Client:
        browser = Client()
        operator = apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return browser

    return at


@pytest.fixture
def resident(city: Any, sample: Any) -> Client:
    """The insured person, logged in at `/my/`."""
    browser = Client()
    proof = {"name": "张三丰", "certificate_no": city.certificate_no, "card_no": sample.CARD}
    assert browser.post("/my/login/", proof)["Location"] == "/my/"
    return browser


def _text(response: Any) -> str:
    return response.content.decode()


def _printed(response: Any) -> str:
    assert response["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)


# --- the counter ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-01")
@pytest.mark.requirement("ENR-25")
def test_a_clerk_reads_the_record_and_asks_for_a_day(city: Any, paid: None, seat: Any) -> None:
    clerk = seat("shouli")
    page = _text(clerk.get(f"/persons/{city.person_no}/record/"))
    for told in ("待遇支付 · 住院", "6,225.00", "缴费", "180.00", f"/settlements/{city.stay}/"):
        assert told in page, told
    as_of = _text(clerk.get(f"/persons/{city.person_no}/record/?on=2018-03-15"))
    assert "2018-03-15 的状态" in as_of
    assert "6,225.00" not in as_of
    only = _text(clerk.get(f"/persons/{city.person_no}/record/?record=contribution"))
    assert "待遇支付 · 住院" not in only


@pytest.mark.requirement("RIG-02")
def test_a_paper_of_the_counter_is_checked_by_anybody_and_shows_the_same(city: Any, paid: None, seat: Any) -> None:
    clerk, anybody = seat("shouli"), Client()
    issued = clerk.post(f"/persons/{city.person_no}/certificates/issue/", {"kind": "contribution", "year": "2018"})
    first, second = (_printed(clerk.post(f"{issued['Location']}print/")) for _ in range(2))
    assert "补打" not in first
    assert "补打1" in second
    assert city.certificate_no in first
    code = CODE.search(first)
    assert code is not None
    shown = _text(anybody.get(f"/public/verify/?c={code[0].replace('-', '')}"))
    for told in ("验证通过", "180.00", "2017-10-20", "桂财票00012341", "张*丰", "安河县医疗保障服务中心"):
        assert told in shown, told
    assert city.certificate_no not in shown
    assert "张三丰" not in shown
    clerk.post(f"{issued['Location']}withdraw/", {"reason": "信息有误"})
    withdrawn = _text(anybody.post("/public/verify/", {"code": code[0].lower()}))
    assert "已被撤回" in withdrawn
    assert "180.00" not in withdrawn
    assert "信息有误" not in withdrawn


@pytest.mark.requirement("ORG-21")
def test_certificates_are_listed_and_exported(city: Any, paid: None, seat: Any) -> None:
    clerk = seat("shouli")
    clerk.post(f"/persons/{city.person_no}/certificates/issue/", {"kind": "enrolment"})
    assert "参保证明" in _text(clerk.get("/rights/certificates/"))
    text = b"".join(clerk.get("/rights/certificates/?export=csv").streaming_content).decode("utf-8-sig")
    assert "450100-2018-QY-00000001" in text


@pytest.mark.requirement("ENR-35")
def test_a_roster_of_a_village_is_printed(city: Any, seat: Any, sample: Any) -> None:
    clerk = seat("shouli")
    issued = clerk.post(f"/rights/units/{sample.VILLAGE}/roster/")
    printed = _printed(clerk.post(f"{issued['Location']}print/"))
    assert "张三丰" in printed
    assert city.certificate_no not in printed
    assert "1人" in printed
    assert seat("shouli").post(f"/rights/units/{sample.OTHER_VILLAGE}/roster/").status_code in (403, 422)


def test_what_cannot_be_proven_is_said_on_the_page(city: Any, seat: Any) -> None:
    answer = seat("shouli").post(
        f"/persons/{city.person_no}/certificates/issue/", {"kind": "contribution", "year": "2016"}
    )
    assert answer.status_code == 422
    assert "RI-0102" in _text(answer)


@pytest.mark.requirement("RIG-05")
def test_an_objection_goes_from_the_phone_over_the_counter_to_its_answer(
    city: Any, calendar: None, resident: Client, seat: Any
) -> None:
    filled = {"record": "registration", "said": "住址有误", "evidence": "户口簿", "year": ""}
    assert resident.post("/my/objections/", filled).status_code == 302
    clerk, approver = seat("shouli"), seat("shenpi")
    listed = _text(clerk.get("/rights/objections/"))
    number = re.search(r"450100-2018-YY-\d{6}", listed)
    assert number is not None
    address = f"/rights/objections/{number[0]}/"
    assert clerk.post(f"{address}check/", {"finding": "", "version": 1}).status_code == 422
    assert clerk.post(f"{address}check/", {"finding": "与户口簿不符", "version": 1}).status_code == 302
    assert clerk.post(f"{address}answer/", {"answer": "x", "version": 2}).status_code == 403
    assert approver.post(f"{address}answer/", {"answer": "", "version": 2}).status_code == 422
    stale = approver.post(f"{address}answer/", {"answer": "已更正", "version": 1, "decision": "corrected"})
    assert "RI-0304" in _text(stale)
    answered = approver.post(f"{address}answer/", {"answer": "已更正住址", "version": 2, "decision": "corrected"})
    assert answered.status_code == 302
    late = approver.post(f"{address}answer/", {"answer": "无误", "version": 2, "decision": "refused"})
    assert "RI-0303" in _text(late), "answered meanwhile"
    mine = _text(resident.get("/my/objections/"))
    assert "已更正住址" in mine
    assert "您提出的异议已更正" in _text(resident.get("/my/notices/"))


@pytest.mark.requirement("RIG-04")
def test_the_person_sees_to_whom_an_extract_was_given_and_why(
    city: Any, calendar: None, resident: Client, seat: Any
) -> None:
    clerk, approver = seat("shouli"), seat("shenpi")
    filled = {
        "applicant_kind": "police",
        "applicant": "安河县公安局",
        "bearer": "李警官、张警官",
        "document_no": "安公调证〔2018〕45号",
        "basis": "刑事诉讼法第五十四条",
        "purpose": "侦查案件",
        "records": ["benefit"],
        "period_from": "2018-01-01",
        "period_last": "2018-05-16",
    }
    incomplete = clerk.post(f"/persons/{city.person_no}/extract/", {**filled, "document_no": ""})
    assert incomplete.status_code == 422
    filed = clerk.post(f"/persons/{city.person_no}/extract/", filled)
    address = filed["Location"]
    assert clerk.post(f"{address}decide/", {"decision": "approved"}).status_code == 403
    assert approver.post(f"{address}decide/", {"decision": "approved", "opinion": ""}).status_code == 302
    late = approver.post(f"{address}decide/", {"decision": "refused", "opinion": "材料不全"})
    assert "RI-0406" in _text(late), "decided meanwhile"
    assert "6,225.00" in _printed(clerk.post(f"{address}give/"))
    assert clerk.post(f"{address}give/").status_code == 422
    seen = _text(resident.get("/my/seen/"))
    for told in ("向第三方提供权益摘录", "安河县公安局", "安公调证〔2018〕45号", "侦查案件"):
        assert told in seen, told


# --- the resident ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-02")
@pytest.mark.requirement("RIG-11")
def test_a_resident_has_a_statement_made_and_nobody_elses(city: Any, paid: None, resident: Client) -> None:
    offered = resident.get("/my/certificates/").content.decode()
    assert "<option>2019</option>" in offered, "the next year may be paid already"
    assert "<option selected>2018</option>" in offered
    issued = resident.post("/my/certificates/", {"kind": "statement", "year": "2018"})
    printed = _printed(resident.post(issued["Location"]))
    assert "180.00" in printed
    assert "6,225.00" in printed
    neighbour = apps.get_model("enrolment", "Person").objects.get(person_no=city.neighbour_no)
    other = commands.issue_certificate(
        CertificateKind.ENROLMENT,
        person_id=neighbour.pk,
        operator=None,
        way=Way.WEB,
        now=apps.get_model("rights", "Certificate").objects.get().issued_at,
    )
    assert resident.get(f"/my/certificates/{other.number}/").status_code == 404
    assert resident.post("/my/certificates/", {"kind": "household"}).status_code == 422
    assert resident.post("/my/certificates/", {"kind": "nonsense"}).status_code == 404


@pytest.mark.requirement("RIG-03")
def test_a_family_member_sees_the_record_by_mandate_and_no_longer_once_it_ends(
    city: Any, resident: Client, person: Any
) -> None:
    neighbour = apps.get_model("enrolment", "Person").objects.get(person_no=city.neighbour_no)
    assert resident.post(f"/my/family/{neighbour.pk}/").status_code == 404
    wrong = resident.post("/my/family/", {"name": "李小虎", "certificate_no": neighbour.certificate_no})
    assert "RI-0501" in _text(wrong)
    resident.post("/my/family/", {"name": "李小龙", "certificate_no": neighbour.certificate_no})
    agent = Client()
    proof = {"name": "李小龙", "certificate_no": neighbour.certificate_no, "card_no": "A00000002"}
    agent.post("/my/login/", proof)
    assert agent.post(f"/my/family/{person.pk}/")["Location"] == "/my/"
    assert "正在代 张三丰 查看" in _text(agent.get("/my/"))
    assert "6,225.00" in _text(agent.get("/my/record/"))
    assert "受托人查阅" in _text(resident.get("/my/seen/"))
    mandate = apps.get_model("rights", "Mandate").objects.get()
    resident.post(f"/my/family/{mandate.pk}/end/")
    assert "正在代" not in _text(agent.get("/my/"))
    assert "6,225.00" not in _text(agent.get("/my/record/"))


@pytest.mark.requirement("RIG-06")
def test_a_resident_sees_the_interest_of_the_account(city: Any, resident: Client, person: Any, sample: Any) -> None:
    from tongchou.kernel.money import Money
    from tongchou.settlement import commands as settlement

    assert "没有个人账户" in _text(resident.get("/my/account/"))
    settlement.credit_account(
        pooling_area=sample.AREA,
        person_id=person.pk,
        amount=Money.yuan("3.50"),
        document="2017年度计息",
        operator="007",
        now=sample.NOW,
    )
    page = _text(resident.get("/my/account/"))
    assert "2017年度计息" in page
    assert "3.50" in page


def test_pages_of_a_resident_cost_few_questions(
    city: Any, paid: None, resident: Client, django_assert_max_num_queries: Any
) -> None:
    addresses = ["/my/", "/my/record/", "/my/record/?on=2018-03-15", "/my/certificates/", "/my/objections/"]
    addresses += ["/my/notices/", "/my/family/", "/my/account/", "/my/seen/"]
    for address in addresses:
        resident.get(address)
        versions.look_again_all()
        with django_assert_max_num_queries(12, info=address):
            assert resident.get(address).status_code == 200, address


def test_without_proof_nothing_of_a_resident_opens(city: Any) -> None:
    for address in ("record/", "certificates/", "objections/", "notices/", "family/", "account/"):
        assert Client().get(f"/my/{address}")["Location"] == "/my/login/"


# --- everybody ------------------------------------------------------------------------------------------------------


@pytest.fixture
def drug(city: Any, sample: Any) -> None:
    item = apps.get_model("catalogue", "Item").objects.create(
        code="XJ01CAA040A001010100001",
        name="阿莫西林胶囊",
        name_initials="amxljn",
        kind="drug",
        charge_category="09",
        specification="0.25g*24",
    )
    apps.get_model("catalogue", "ItemTerm").objects.create(
        item=item,
        pooling_area_id=sample.AREA,
        valid_from="2017-01-01",
        pay_class="02",
        pre_self_pay_ratio="0.1",
        price_ceiling="12.5",
        max_days=7,
        limit_note="限敏感菌感染",
    )


@pytest.mark.requirement("RIG-09")
def test_anybody_finds_a_drug_by_pinyin_with_class_first_share_and_limits(drug: None) -> None:
    page = _text(Client().get("/public/catalogue/?q=amxl"))
    for told in ("阿莫西林胶囊", "乙类", "10%", "12.50", "限敏感菌感染", "限用7天"):
        assert told in page, told
    assert "没有找到" in _text(Client().get("/public/catalogue/?q=zzzz"))


@pytest.mark.requirement("RIG-09")
def test_anybody_finds_hospitals_and_procedures(city: Any, django_assert_max_num_queries: Any) -> None:
    browser = Client()
    for address, told in (
        ("/public/", "核对一张证明"),
        ("/public/institutions/?q=安河", "安河县人民医院"),
        ("/public/procedures/", "零星报销"),
        ("/public/verify/", "验证码"),
    ):
        browser.get(address)
        versions.look_again_all()
        with django_assert_max_num_queries(12, info=address):
            assert told in _text(browser.get(address)), address


@pytest.mark.requirement("RIG-02")
def test_what_was_never_issued_is_not_there_and_guessing_ends(city: Any) -> None:
    browser = Client()
    for code in ("0" * 16, "ABCD-EFGH-JKMN-PQRS", "<script>alert(1)</script>", "x"):
        answer = browser.post("/public/verify/", {"code": code})
        assert answer.status_code == 404
        assert "查无此件" in _text(answer)
        assert "<script>alert" not in _text(answer)
    for _ in range(16):
        browser.post("/public/verify/", {"code": "0" * 16})
    assert browser.post("/public/verify/", {"code": "0" * 16}).status_code == 429


# --- terminals and the message gateway ------------------------------------------------------------------------------


@pytest.fixture
def terminal(city: Any, sample: Any) -> Callable[..., Any]:
    """A registered terminal that signs what it sends."""
    keep = apps.get_model("wire", "WireAccess").objects.create
    keep(institution_code="Z45010200001", gateway="ca", access_key="terminal-1", secret="a-secret")
    keep(institution_code="Z45010200002", gateway="none")

    def ask(what: str, *, client: str = "Z45010200001", secret: str = "a-secret", **question: Any) -> Any:
        wire.forget(client)
        body = json.dumps({"client": client, **question}).encode()
        seconds = str(int(sample.NOW.timestamp()))
        digest = hmac.new(secret.encode(), seconds.encode() + b"\n" + body, "sm3").hexdigest().upper()
        headers = {"x-ca-key": "terminal-1", "x-ca-signature": f"{seconds}:{digest}"}
        return Client().post(f"/api/rights/{what}/", body, content_type="application/json", headers=headers)

    return ask


@pytest.mark.requirement("RIG-03")
def test_a_terminal_tells_the_same_as_the_web_and_prints(
    city: Any, paid: None, terminal: Any, sample: Any, resident: Client
) -> None:
    proof = {"name": "张三丰", "certificate_no": city.certificate_no, "card_no": sample.CARD}
    standing = terminal("standing", **proof).json()
    assert (standing["ok"], standing["data"]["status"], standing["data"]["eligible"]) == (True, "参保", True)
    assert standing["data"]["certificate_no"].count("*") == 8
    assert terminal("payments", **proof).json()["data"][0]["amount_fen"] == 18_000
    assert 622_500 in [one["fund_fen"] for one in terminal("benefits", **proof).json()["data"]]
    assert {"benefit", "care", "contribution"} <= {one["record"] for one in terminal("record", **proof).json()["data"]}
    made = terminal("certificate", kind="contribution", year=2018, **proof).json()["data"]
    pages = PdfReader(BytesIO(base64.b64decode(made["pdf"]))).pages
    assert made["code"] in pages[0].extract_text()
    assert "自助终端查询" in _text(resident.get("/my/seen/"))


@pytest.mark.requirement("RIG-03")
def test_a_terminal_that_is_not_who_it_says_or_asks_nonsense_is_refused(city: Any, terminal: Any, sample: Any) -> None:
    proof = {"name": "张三丰", "certificate_no": city.certificate_no, "card_no": sample.CARD}
    assert terminal("standing", secret="another", **proof).json()["ok"] is False
    assert terminal("standing", client="Z45010200002", **proof).json()["code"] == "SI-0213"
    assert terminal("standing", client="Z99999999999", **proof).json()["ok"] is False
    assert terminal("nonsense", **proof).status_code == 404
    assert terminal("certificate", kind="household", **proof).status_code == 400
    assert terminal("standing", **proof | {"name": "张三"}).json()["code"] == "SI-0201"
    for body in (b"", b"[]", b"{", b"\xff", b'{"client": 5}', b"x" * 70_000):
        answer = Client().post("/api/rights/standing/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "SI-0211")
    assert Client().get("/api/rights/standing/").status_code == 405


@pytest.mark.requirement("RIG-03")
def test_the_message_gateway_is_told_what_to_send(city: Any, terminal: Any, person: Any) -> None:
    person.phone = "13800004521"
    person.save()
    sent = terminal("sms", phone="13800004521", text=f"CX {city.certificate_no}").json()["data"]["send"]
    assert sent[0]["phone"] == "13800004521"
    assert city.certificate_no not in sent[0]["text"]
    assert terminal("sms", phone="13900000000", text=f"CX {city.certificate_no}").json()["data"]["send"] == []

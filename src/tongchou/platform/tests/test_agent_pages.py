"""The pages of agents (代办机构): registered, changed, ended, printed, and what their operators are told (ORG-04)."""

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from tongchou.platform import commands
from tongchou.platform.models import AgentOffice, Commission, CommissionItem, TrailEntry
from tongchou.platform.tests.conftest import NOW
from tongchou.platform.tests.test_agents import SCHOOL, VILLAGE, open_school
from tongchou.platform.web import access

BACKEND = "tongchou.platform.authentication.OperatorBackend"
FILLED = {
    "request_id": "one",
    "unit": SCHOOL,
    "name": "",
    "role": "agent",
    "type": "school",
    "items": ["registration", "publicity"],
    "begins": "2018-06-01",
    "until": "2018-12-31",
    "responsible": "王校长",
    "phone": "0770-5550001",
    "agreement_no": "委协〔2018〕1号",
}


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def sit_down(hire):
    """Logs an operator with these posts in, in a browser of its own."""
    commands.ensure_commission_items()
    open_school()

    def at(*posts: str, at: str = "450102") -> Client:
        browser = Client()
        browser.force_login(hire(*posts, at=at), backend=BACKEND)
        return browser

    return at


def _text(response) -> str:
    return response.content.decode()


@pytest.mark.requirement("ORG-04")
@pytest.mark.article("GX2017 §4")
@pytest.mark.article("JL2019 §4")
def test_a_county_registers_a_school_with_its_agreement_and_prints_the_commission(sit_down):
    county = sit_down("eligibility")
    paper = SimpleUploadedFile("协议.pdf", b"%PDF-1.4 signed")
    done = county.post("/system/agents/new/", FILLED | {"document": paper}, follow=True)
    assert "已登记代办机构。" in _text(done)
    assert "委协〔2018〕1号" in _text(done)
    given = Commission.objects.get()
    assert (given.valid_from, given.valid_until) == (date(2018, 6, 1), date(2019, 1, 1))
    county.post("/system/agents/new/", FILLED)  # the same form sent again
    assert AgentOffice.objects.count() == 1
    address = f"/system/agents/{SCHOOL}/{given.pk}"
    assert county.get(f"{address}/document/").content == b"%PDF-1.4 signed"
    first, second = county.get(f"{address}/commission.pdf"), county.get(f"{address}/commission.pdf")
    said = PdfReader(io.BytesIO(first.content)).pages[0].extract_text()
    for words in ("城乡居民医保业务委托书", "某小学", "参保登记", "王校长", "2018-12-31", "甲市A县社会保险事业管理所"):
        assert words in said
    assert "补打1" in PdfReader(io.BytesIO(second.content)).pages[0].extract_text()


@pytest.mark.requirement("ORG-04")
def test_a_faulty_form_keeps_what_was_typed_and_says_what_is_wrong(sit_down):
    county = sit_down("eligibility")
    wrong = county.post("/system/agents/new/", FILLED | {"until": "2018-01-01"})
    assert wrong.status_code == 422
    assert "PL-0906" in _text(wrong)
    assert "委协〔2018〕1号" in _text(wrong)
    empty = county.post("/system/agents/new/", FILLED | {"items": [], "begins": ""})
    assert empty.status_code == 422
    assert _text(empty).count("field-error") >= 2
    stranger = county.post("/system/agents/new/", FILLED | {"unit": "450103"})
    assert "PL-0202" in _text(stranger)
    assert not AgentOffice.objects.exists()


@pytest.mark.requirement("ORG-04")
def test_the_list_is_filtered_exported_and_costs_the_same_for_many(sit_down, django_assert_max_num_queries):
    county = sit_down("eligibility")
    county.post("/system/agents/new/", FILLED)
    county.post(
        "/system/agents/new/",
        FILLED | {"request_id": "two", "unit": VILLAGE, "type": "village_committee", "until": "2018-06-20"},
    )
    with django_assert_max_num_queries(12):
        listed = _text(county.get("/system/agents/"))
    assert "某小学" in listed
    assert "东村" in listed
    assert "有 1 家代办机构的委托将在 30 日内到期" in listed
    ending = _text(county.get("/system/agents/?state=ending"))
    assert "东村" in ending
    assert "某小学" not in ending
    assert "某小学" in _text(county.get("/system/agents/?type=school&item=registration&state=in_force"))
    assert "没有登记代办机构" in _text(county.get("/system/agents/?item=reimbursement"))
    rows = b"".join(county.get("/system/agents/?export=csv").streaming_content).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(rows))] == ["名称", "城关镇东村服务窗口", "某小学"]
    assert TrailEntry.objects.filter(action="platform.list_exported", object_key="agents").exists()


@pytest.mark.requirement("ORG-04")
def test_a_commission_is_changed_renewed_and_ended_on_pages(sit_down):
    county = sit_down("eligibility")
    county.post("/system/agents/new/", FILLED)
    given = Commission.objects.get()
    form = county.get(f"/system/agents/{SCHOOL}/{given.pk}/change/")
    assert "王校长" in _text(form)
    changed = FILLED | {"request_id": "c", "items": ["collection"], "begins": "2018-07-01", "responsible": "李校长"}
    county.post(f"/system/agents/{SCHOOL}/{given.pk}/change/", changed)
    renewed = FILLED | {"request_id": "r", "begins": "2019-01-01", "until": "2019-12-31"}
    assert "已续签委托。" in _text(county.post(f"/system/agents/{SCHOOL}/renew/", renewed, follow=True))
    last = Commission.objects.get(valid_from=date(2018, 7, 1))
    end = f"/system/agents/{SCHOOL}/{last.pk}/end/"
    assert "PL-0911" in _text(county.post(end, {"last_day": "2018-07-31", "reason": ""}))
    county.post(end, {"last_day": "2018-07-31", "reason": "学校撤并"})
    spans = Commission.objects.order_by("valid_from").values_list("valid_from", "valid_until")
    assert list(spans) == [
        (date(2018, 6, 1), date(2018, 7, 1)),
        (date(2018, 7, 1), date(2018, 8, 1)),
        (date(2019, 1, 1), date(2020, 1, 1)),
    ]
    assert "学校撤并" in _text(county.get(f"/system/agents/{SCHOOL}/"))


@pytest.mark.requirement("ORG-04")
def test_a_schools_operator_is_refused_with_the_code_of_the_scope_and_does_not_see_what_is_not_theirs(sit_down):
    county, school = sit_down("eligibility"), sit_down("clerk", at=SCHOOL)
    county.post("/system/agents/new/", FILLED)
    refused = school.get("/settlements/")
    assert refused.status_code == 403
    for words in ("AGENT_SCOPE", "某小学", "政策宣传、参保登记", "2018-06-01至2018-12-31"):
        assert words in _text(refused)
    assert "参保登记信息变更" not in _text(school.get("/cases/counter/"))
    again = school.post("/cases/counter/change_particulars/", {"subject": "X"})
    assert again.status_code == 403
    assert "AGENT_SCOPE" in _text(again)
    assert school.get("/system/agents/new/").status_code == 403


@pytest.mark.requirement("ORG-04")
def test_the_meaning_of_an_item_is_kept_as_data_by_a_leader(sit_down):
    leader, clerk = sit_down("leader", at="450100"), sit_down("clerk")
    assert "零星报销受理" in _text(clerk.get("/system/agents/items/"))
    assert clerk.get("/system/agents/items/new/").status_code == 403
    added = {"version": "0", "code": "card", "name": "社保卡代领", "citation": "", "permissions": ["cases.view"]}
    leader.post("/system/agents/items/new/", added | {"works": ["case:change_particulars"]})
    assert CommissionItem.objects.get(pk="card").works == ["case:change_particulars"]
    stale = leader.post("/system/agents/items/card/", added | {"permissions": []})
    assert stale.status_code == 422
    assert "PL-0914" in _text(stale)

"""The pages of policy: browsing, writing a draft, deciding on it, and what leaves as a file."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse

from tongchou.parameters import commands, queries
from tongchou.parameters.models import PolicyDraft, PolicyVersion
from tongchou.parameters.states import DraftState
from tongchou.parameters.tests.conftest import CITY, COUNTY, NOW, PROVINCE, code_of, local_text
from tongchou.platform import versions

RATIO = "parameters/ratio.inpatient/values/home/L2"


@pytest.fixture(autouse=True)
def that_day(monkeypatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def at_desk(client: Client):
    """Logs an operator in and gives the browser back."""

    def sit(operator) -> Client:
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return client

    return sit


@pytest.fixture
def draft(base, maker) -> PolicyDraft:
    return commands.start_draft(
        base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason="按文件调整", by=maker, now=NOW
    )


def address(draft: PolicyDraft, view: str = "draft") -> str:
    return reverse(f"policy:{view}", args=[draft.pk])


def text(response) -> str:
    return response.content.decode()


@pytest.mark.requirement("ORG-22")
def test_every_page_of_a_version_opens_and_says_its_source(base, put_in_force, at_desk, maker):
    put_in_force("2019-01-01", {RATIO: "80"})
    put_in_force("2018-01-01", {RATIO: "70"}, now=datetime.fromisoformat("2018-06-03T10:00:00+08:00"))
    versions.look_again_all()
    browser = at_desk(maker)
    first, corrected, later = queries.versions(PROVINCE, "employee")
    listed = text(browser.get(reverse("policy:packages")))
    for told in (first.content_hash[:12], "已更正", "未生效", "数值沿革"):
        assert told in listed
    page = text(browser.get(reverse("policy:by_hash", args=[first.content_hash])))
    assert "后来被更正" in page
    page = text(browser.get(reverse("policy:package", args=[PROVINCE, "employee", date(2018, 1, 1)])))
    assert corrected.content_hash[:16] in page
    for part in ("?tab=layers", "?tab=documents", "?by=article", "?words=封顶", "?words=没有这种参数"):
        assert browser.get(reverse("policy:by_hash", args=[later.content_hash]) + part).status_code == 200
    over_time = reverse("policy:over_time", args=[PROVINCE, "employee"])
    for told in ("75%", "70%", "80%"):
        assert told in text(browser.get(over_time + "?changed=yes"))
    history = text(browser.get(reverse("policy:history", args=[PROVINCE, "employee", "ratio.inpatient.home.L2"])))
    for told in ("75%", "70%", "80%", "T-SET 住院", "赵立新"):
        assert told in history
    compared = text(browser.get(reverse("policy:compare") + f"?one={first.content_hash}&other={later.content_hash}"))
    assert "出处未变" in compared
    assert browser.get(reverse("policy:compare") + "?one=x").status_code == 404
    assert browser.get(reverse("policy:by_hash", args=["0" * 64])).status_code == 404
    assert browser.get(reverse("policy:over_time", args=["999999", "employee"])).status_code == 404


def test_the_values_of_a_version_leave_as_a_sheet(base, at_desk, hire):
    versions.look_again_all()
    reader = hire("statistician", at=PROVINCE)
    response = at_desk(reader).get(reverse("policy:values", args=[base.content_hash]) + "?export=csv")
    sheet = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "ratio.inpatient.home.L2" in sheet
    assert "75%" in sheet


@pytest.mark.requirement("ORG-23")
def test_a_draft_goes_from_the_desk_of_its_maker_to_that_of_the_approver(base, at_desk, maker, approver):
    browser = at_desk(maker)
    start = reverse("policy:start") + f"?base={base.content_hash}"
    assert browser.get(start).status_code == 200
    assert browser.post(start, {"title": "改革", "valid_from": "", "reason": ""}).status_code == 422
    begun = browser.post(start, {"title": "改革", "valid_from": "2019-01-01", "reason": "按文件"})
    draft = PolicyDraft.objects.get()
    assert begun["Location"] == address(draft)
    page = text(browser.get(address(draft)))
    assert "T-SET 住院" in page
    assert f'name="{RATIO}"' in page
    saved = browser.post(address(draft, "save_values"), {"edition": 1, RATIO: "80"})
    assert saved.status_code == 302
    assert "L2: 80" in PolicyDraft.objects.get().text
    assert browser.post(address(draft, "submit"), {"edition": 2}).status_code == 422  # golden tables not run
    assert browser.post(address(draft, "golden")).status_code == 302
    for part in ("values", "text", "changes", "golden"):
        assert browser.get(address(draft) + f"?part={part}").status_code == 200
    assert browser.post(address(draft, "submit"), {"edition": 2}).status_code == 302

    browser = at_desk(approver)
    assert "动态口令" in text(browser.get(address(draft)))
    wrong = browser.post(address(draft, "approve"), {"edition": 2, "second_factor": "000000"})
    assert wrong.status_code == 422
    assert "PL-0522" in text(wrong)
    right = browser.post(address(draft, "approve"), {"edition": 2, "second_factor": code_of(approver, NOW)})
    assert right.status_code == 302
    assert PolicyVersion.objects.get(draft=draft).checker == approver


def test_what_was_typed_is_not_lost_when_somebody_else_was_faster(draft, at_desk, maker, second):
    commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=second, now=NOW)
    browser = at_desk(maker)
    refused = browser.post(address(draft, "save_values"), {"edition": 1, RATIO: "77"})
    page = text(refused)
    assert refused.status_code == 422
    assert "PA-1302" in page
    assert 'value="77"' in page
    assert "库中现为 80" in page
    typed = draft.text.replace("L2: 75", "L2: 66", 1)
    page = text(browser.post(address(draft, "save_text"), {"edition": 1, "text": typed}))
    assert "L2: 66" in page
    assert "+      home: {L1: 90, L2: 66, L3: 60}" in page
    again = browser.post(address(draft, "save_text"), {"edition": 2, "text": typed})
    assert again.status_code == 302


def test_a_change_is_checked_at_once_and_kept_nowhere(draft, at_desk, maker):
    browser = at_desk(maker)
    told = text(browser.post(address(draft, "check"), {"edition": 1, RATIO: "180"}))
    assert "应在0%至100%之间" in told
    assert "PK-0301" in told
    assert "校验通过" in text(browser.post(address(draft, "check"), {"edition": 1, RATIO: "80"}))
    assert "YAML" in text(browser.post(address(draft, "check"), {"text": "package: ["}))
    draft.refresh_from_db()
    assert draft.edition == 1


def test_a_value_that_was_cleared_is_told_and_not_forgotten(draft, at_desk, maker):
    browser = at_desk(maker)
    note = "parameters/unreferred.mode/note"
    assert browser.post(address(draft, "save_values"), {"edition": 1, note: ""}).status_code == 302
    assert "未说明是百分点还是按比例" not in PolicyDraft.objects.get().text


def test_a_county_rule_is_written_as_text_and_refused_where_it_may_not_differ(base, at_desk, maker):
    browser = at_desk(maker)
    start = reverse("policy:start_local")
    assert browser.get(start).status_code == 200
    given = {"area": COUNTY, "scheme": "employee", "title": "", "valid_from": "2018-07-01", "reason": "县级补贴"}
    assert browser.post(start, {**given, "area": PROVINCE, "title": "x"}).status_code == 422
    assert browser.post(start, {**given, "title": "A县细则"}).status_code == 302
    draft = PolicyDraft.objects.get()
    assert browser.get(address(draft)).status_code == 200
    bad = local_text(parameters="  cap.pool: {value: 1, source: AX2018 第二条, confidence: S}\n")
    refused = browser.post(address(draft, "save_text"), {"edition": 1, "text": bad})
    assert refused.status_code == 422
    assert "cap.pool" in text(refused)
    assert "PA-1201" in text(refused)
    for part in ("changes", "golden", "text"):
        assert browser.get(address(draft) + f"?part={part}").status_code == 200


@pytest.mark.requirement("ORG-24")
def test_the_report_of_differences_is_a_page_and_a_file(local_rule, at_desk, hire):
    local_rule()
    versions.look_again_all()
    reader = hire("statistician", at=CITY)
    listing = reverse("policy:differences") + "?scheme=employee&on=2018-07-01"
    page = text(at_desk(reader).get(listing))
    for told in ("甲市A县", "100.00元", "50.00元", "赵立新", "AX2018 第六条"):
        assert told in page
    sheet = b"".join(at_desk(reader).get(listing + "&export=csv").streaming_content).decode("utf-8-sig")
    assert "50.00元" in sheet
    assert "没有差异" in text(at_desk(reader).get(reverse("policy:differences") + "?scheme=employee&on=2018-06-01"))


def test_a_returned_and_a_withdrawn_draft_say_why(draft, at_desk, maker, approver):
    draft = commands.run_golden(draft_id=draft.pk, by=maker, now=NOW)
    commands.submit(draft_id=draft.pk, edition=1, by=maker, now=NOW)
    browser = at_desk(approver)
    assert browser.post(address(draft, "return"), {"reason": ""}).status_code == 422
    assert browser.post(address(draft, "return"), {"reason": "请注明出处"}).status_code == 302
    assert "请注明出处" in text(browser.get(address(draft)))
    browser = at_desk(maker)
    assert browser.post(address(draft, "withdraw"), {"reason": ""}).status_code == 422
    assert browser.post(address(draft, "withdraw"), {"reason": "不办了"}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == DraftState.WITHDRAWN
    assert "不办了" in text(browser.get(address(draft)))


def test_the_approval_sheet_says_what_changes_from_when_and_by_whom(draft, at_desk, maker):
    from pypdf import PdfReader

    commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=maker, now=NOW)
    response = at_desk(maker).get(address(draft, "sheet"))
    assert response["Content-Type"] == "application/pdf"
    said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)
    for told in ("政策参数核准单", "2019-01-01", "75%", "80%", "林慧敏", "按文件调整", "验证码", "第 1 页"):
        assert told in said, told


def test_drafts_are_the_business_of_their_area(draft, at_desk, hire):
    of_city = hire("policy_maker", at=CITY)
    browser = at_desk(of_city)
    assert draft.title not in text(browser.get(reverse("policy:drafts")))
    assert browser.get(address(draft)).status_code == 403
    clerk = at_desk(hire("clerk", at=PROVINCE))
    assert clerk.get(address(draft)).status_code == 200
    assert clerk.post(address(draft, "save_values"), {"edition": 1, RATIO: "80"}).status_code == 403


def test_pages_ask_few_questions_of_the_database(
    base, put_in_force, draft, at_desk, maker, django_assert_max_num_queries
):
    put_in_force("2020-01-01", {RATIO: "80"})
    browser = at_desk(maker)
    pages = [
        reverse("policy:packages"),
        reverse("policy:drafts"),
        reverse("policy:differences"),
        reverse("policy:over_time", args=[PROVINCE, "employee"]),
        reverse("policy:by_hash", args=[base.content_hash]),
        *(address(draft) + f"?part={part}" for part in ("values", "text", "changes", "golden")),
    ]
    for one in pages:
        browser.get(one)
        versions.look_again_all()
        with django_assert_max_num_queries(12, info=one):
            assert browser.get(one).status_code == 200

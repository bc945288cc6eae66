"""Pages of cases: counter, queue, case, papers, files, delegations."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pypdf import PdfReader

from tongchou.cases import queries
from tongchou.cases.models import Case
from tongchou.cases.states import CaseState, Decision
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform import queries as platform_queries
from tongchou.platform.tests.factors import bind
from tongchou.platform.web import access


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)


@pytest.fixture
def sit_down():
    """A browser of its own for each operator."""

    def at(operator) -> Client:
        browser = Client()
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return browser

    return at


@pytest.fixture
def case(office):
    return accept(office.clerk)


def _text(response: Any) -> str:
    return response.content.decode()


def _sheet(response: Any) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)


def _filled(page: str, **changes: Any) -> dict[str, Any]:
    hidden = dict(re.findall(r'<input type="hidden" name="(request_id|subject|receipt)"(?: value="([^"]*)")?', page))
    return hidden | {"applicant_name": "张三丰", "reason": "多缴", "way": "cash", "received": ["invoice"]} | changes


@pytest.mark.requirement("ORG-15")
def test_a_clerk_accepts_at_the_counter_and_a_double_click_makes_one_case(office, sit_down):
    browser = sit_down(office.clerk)
    assert "退费" in _text(browser.get("/cases/counter/"))
    form = _text(browser.get("/cases/counter/test_refund/?key=P1"))
    sent = _filled(form)
    first = browser.post("/cases/counter/test_refund/", sent)
    again = browser.post("/cases/counter/test_refund/", sent)
    assert first["Location"] == again["Location"] == "/cases/450102-2018-SL-000001/"
    assert Case.objects.count() == 1
    page = _text(browser.get(first["Location"]))
    assert "待初审" in page
    assert "余 20 个工作日" in page


def test_faults_keep_what_was_typed_and_stand_at_the_field(office, sit_down):
    browser = sit_down(office.clerk)
    form = _text(browser.get("/cases/counter/test_refund/?key=P1"))
    response = browser.post("/cases/counter/test_refund/", _filled(form, reason="", paid_on="2018-99-99"))
    assert response.status_code == 422
    assert "张三丰" in _text(response)
    assert 'id="id_reason_error"' in _text(response)
    assert not Case.objects.exists()


def test_an_unknown_person_is_said_at_the_counter_and_another_countys_refused(office, sit_down):
    browser = sit_down(office.clerk)
    response = browser.get("/cases/counter/test_refund/?key=P9", follow=True)
    assert "没有找到人员编号“P9”" in _text(response)
    assert browser.get("/cases/counter/test_refund/?key=Q1").status_code == 403


def test_the_counter_says_whose_number_it_is_before_an_item_is_chosen(office, sit_down):
    browser = sit_down(office.clerk)
    page = _text(browser.get("/cases/counter/?key=P1"))
    assert "人P1" in page
    assert apps.get_model("platform", "TrailEntry").objects.filter(action="cases.counter_opened").count() == 1
    elsewhere = _text(browser.get("/cases/counter/?key=Q1"))
    assert "PL-0202" in elsewhere
    assert "机构甲市B县社会保险事业管理所(450103)不在您" in elsewhere
    assert "人Q1" not in elsewhere


def test_not_accepting_asks_for_the_reason_and_prints_it(office, sit_down):
    browser = sit_down(office.clerk)
    form = _text(browser.get("/cases/counter/test_refund/?key=P1"))
    assert "CS-1106" in _text(browser.post("/cases/counter/test_refund/", _filled(form, act="decline")))
    response = browser.post(
        "/cases/counter/test_refund/", _filled(form, act="decline", decline_reason="不属本统筹区", reason="")
    )
    case = Case.objects.get()
    assert case.state == CaseState.NOT_ACCEPTED
    assert "不属本统筹区" in _sheet(browser.get(f"{response['Location']}result.pdf"))


@pytest.mark.requirement("ORG-17")
def test_the_queue_shows_what_waits_for_the_own_post_and_no_other_county(case, office, hire, sit_down):
    mine = _text(sit_down(office.reviewer).get("/cases/"))
    assert case.number in mine
    assert f'value="{case.number}:2"' in mine
    assert case.number not in _text(sit_down(office.second).get("/cases/"))
    assert case.number in _text(sit_down(office.second).get("/cases/?view=open"))
    assert case.number not in _text(sit_down(hire("reviewer", at="450103")).get("/cases/?view=open"))


def test_the_chosen_are_agreed_together_and_refusals_are_said(case, office, sit_down):
    other = accept(office.clerk, subject_key="P2")
    browser = sit_down(office.reviewer)
    chosen = [f"{case.number}:2", f"{other.number}:9", "nonsense", f"{other.number}:x"]
    page = _text(browser.post("/cases/bulk/", {"pick": chosen}, follow=True))
    assert "已办理 1 件" in page
    assert f"{other.number}:韦小燕已于2018-03-01 10:00办理:受理" in page
    assert "没有选择业务件" in _text(browser.post("/cases/bulk/", {}, follow=True))


@pytest.mark.requirement("ORG-17")
def test_what_is_due_first_stands_first_and_the_next_one_is_a_click_away(case, office, hire, sit_down):
    older = accept(office.clerk, subject_key="P2", now=NOW - timedelta(days=5))
    hired = hire("reviewer")
    browser = sit_down(hired)
    page = _text(browser.get("/cases/"))
    assert page.index(older.number) < page.index(case.number)
    turned = _text(browser.get("/cases/?sort=-due"))
    assert turned.index(case.number) < turned.index(older.number)
    assert browser.get(f"/cases/{older.number}/next/")["Location"] == f"/cases/{case.number}/"
    assert browser.get(f"/cases/{case.number}/next/")["Location"] == f"/cases/{older.number}/"
    assert "下一件" in _text(browser.get(f"/cases/{older.number}/"))
    agree(older, hired)
    assert browser.get(f"/cases/{older.number}/next/")["Location"] == f"/cases/{case.number}/"
    agree(case, hired)
    assert "没有其他待办的业务件" in _text(browser.get(f"/cases/{case.number}/next/", follow=True))


def test_cases_without_a_limit_keep_the_order_of_their_numbers(case, office, sit_down):
    later = accept(office.clerk, subject_key="P2", received=frozenset())
    page = _text(sit_down(office.reviewer).get("/cases/?view=open&sort=due"))
    assert page.index(later.number) < page.index(case.number)


def test_after_a_bulk_step_the_queue_keeps_its_filter(case, office, sit_down):
    browser = sit_down(office.reviewer)
    sent = {"pick": [f"{case.number}:2"]}
    seen = "http://testserver/cases/?view=mine&kind=test_refund"
    assert browser.post("/cases/bulk/", sent, headers={"referer": seen})["Location"] == seen.removeprefix(
        "http://testserver"
    )
    other = browser.post("/cases/bulk/", sent, headers={"referer": "http://elsewhere/other/?view=mine"})
    assert other["Location"] == "/cases/"


@pytest.mark.requirement("ORG-21")
def test_the_list_downloads_without_its_boxes(case, office, sit_down):
    response = sit_down(office.clerk).get("/cases/?view=open&export=csv")
    rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("受理号,事项,办理对象")
    assert rows[1].startswith(f"{case.number},退费,人P1")


@pytest.mark.requirement("ORG-16")
def test_a_decision_on_a_stale_page_shows_what_a_colleague_decided(case, office, hire, sit_down):
    agree(case, office.reviewer)
    address = f"/cases/{case.number}/decide/"
    response = sit_down(hire("reviewer")).post(address, {"version": "2", "decision": "refuse", "opinion": "证明不符"})
    assert response.status_code == 422
    assert "黄志强已于2018-03-01 10:00办理:同意" in _text(response)
    assert "CS-1102" in _text(response)


def test_a_case_goes_through_its_pages_to_the_signed_result(office, refunds, sit_down):
    case = accept(office.clerk, amount_fen=6_200_000)
    address = f"/cases/{case.number}/"
    for version, operator in ((2, office.reviewer), (3, office.second), (4, office.approver)):
        browser = sit_down(operator)
        assert "同意" in _text(browser.get(address))
        assert browser.post(f"{address}decide/", {"version": version, "decision": "agree"}).status_code == 302
    device = bind(office.leader, NOW)
    leader = sit_down(office.leader)
    assert 'name="second_factor"' in _text(leader.get(address))
    wrong = leader.post(f"{address}decide/", {"version": "5", "decision": "agree", "second_factor": "000000"})
    assert "PL-0522" in _text(wrong)
    right = {"version": "5", "decision": "agree", "second_factor": device.code(NOW)}
    assert leader.post(f"{address}decide/", right).status_code == 302
    assert refunds.paid == [case.number]
    clerk = sit_down(office.clerk)
    assert clerk.post(f"{address}hand-out/", {"version": "6", "receiver": "张三丰"}).status_code == 302
    page = _text(clerk.get(address))
    assert "已退费,凭据:缴费凭证" in page
    assert "发放结果" in page


@pytest.mark.requirement("ORG-21")
def test_receipt_and_result_are_printed_and_reprints_marked(case, office, sit_down):
    browser = sit_down(office.clerk)
    first = _sheet(browser.get(f"/cases/receipts/{case.receipt.number}.pdf"))
    assert "甲市A县社会保险事业管理所" in first
    assert "预计 2018-03-29 前办结" in first
    assert "补打" not in first
    assert "补打1" in _sheet(browser.get(f"/cases/receipts/{case.receipt.number}.pdf"))
    assert browser.get(f"/cases/{case.number}/result.pdf").status_code == 404
    agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符合退费条件")
    paper = _sheet(browser.get(f"/cases/{case.number}/result.pdf"))
    assert "不予办理:不符合退费条件" in paper
    assert "行政复议" in paper


def test_papers_are_asked_for_and_received_on_the_page(case, office, sit_down):
    address = f"/cases/{case.number}/"
    reviewer, clerk = sit_down(office.reviewer), sit_down(office.clerk)
    asked = {"version": "2", "material": ["invoice"], "reason": "字迹不清"}
    assert reviewer.post(f"{address}ask/", asked).status_code == 302
    page = _text(clerk.get(address))
    assert "补正中" in page
    assert "暂停计时" in page
    assert "CS-1301" in _text(clerk.post(f"{address}receive/", {"version": "3"}))
    assert clerk.post(f"{address}receive/", {"version": "3", "material": ["invoice"]}).status_code == 302
    assert "待初审" in _text(clerk.get(address))


@pytest.mark.requirement("ORG-15")
@pytest.mark.article("JL2019 §18")
def test_papers_handed_in_one_by_one_are_ticked_and_a_slip_says_what_is_missing(case, office, sit_down):
    address = f"/cases/{case.number}/"
    reviewer, clerk = sit_down(office.reviewer), sit_down(office.clerk)
    asked = {"version": "2", "material": ["invoice", "letter"], "reason": "字迹不清"}
    assert reviewer.post(f"{address}ask/", asked).status_code == 302
    assert clerk.post(f"{address}receive/", {"version": "3", "material": ["invoice"]}).status_code == 302
    page = _text(clerk.get(address))
    assert "补正中" in page
    assert "收到部分补正材料" in page
    assert f"{address}supplied/3.pdf" in page
    assert "CS-8250" in _text(clerk.post(f"{address}receive/", {"version": "4", "material": ["invoice"]}))
    slip = _sheet(clerk.get(f"{address}supplied/3.pdf"))
    for words in ("补正材料收件回执", "本次收到", "待补正", "其余材料请于", "韦小燕"):
        assert words in slip
    assert clerk.post(f"{address}receive/", {"version": "4", "material": ["letter"]}).status_code == 302
    last = _sheet(clerk.get(f"{address}supplied/4.pdf"))
    assert "此前已收" in last
    assert "本次收到" in last
    assert "材料已齐" in last
    assert "待补正" in _sheet(clerk.get(f"{address}supplied/3.pdf"))
    for nothing in (1, 2, 9):
        assert clerk.get(f"{address}supplied/{nothing}.pdf").status_code == 404


def test_the_applicant_withdraws_at_the_counter(case, office, sit_down):
    address = f"/cases/{case.number}/withdraw/"
    assert sit_down(office.reviewer).post(address, {"version": "2", "reason": "放弃"}).status_code == 403
    assert sit_down(office.clerk).post(address, {"version": "2", "reason": "放弃"}).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN


def test_a_scan_is_uploaded_shown_small_and_opened_with_a_trace(case, office, hire, sit_down):
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(file, "PNG")
    browser = sit_down(office.clerk)
    address = f"/cases/{case.number}/"
    sent = {"version": "2", "material": "invoice", "file": SimpleUploadedFile("凭证.png", file.getvalue())}
    assert browser.post(f"{address}attach/", sent).status_code == 302
    attached = case.attachments.get()
    at = f"{address}files/{attached.pk}/"
    assert f'src="{at}small/"' in _text(browser.get(address))
    assert browser.get(f"{at}small/")["Content-Type"] == "image/jpeg"
    opened = browser.get(at)
    assert opened.content == file.getvalue()
    assert "sandbox" in opened["Content-Security-Policy"]
    seen = apps.get_model("platform", "TrailEntry").objects.get(action="cases.attachment_seen")
    assert seen.staff_code == office.clerk.staff_code
    assert sit_down(hire("reviewer", at="450103")).get(at).status_code == 403
    other = accept(office.clerk, subject_key="P2")
    assert browser.get(f"/cases/{other.number}/files/{attached.pk}/").status_code == 404


def test_a_file_that_is_no_picture_is_refused_on_the_page(case, office, sit_down):
    browser = sit_down(office.clerk)
    sent = {"version": "2", "file": SimpleUploadedFile("x.jpg", b"<script>")}
    assert "CS-1502" in _text(browser.post(f"/cases/{case.number}/attach/", sent))
    assert "CS-1501" in _text(browser.post(f"/cases/{case.number}/attach/", {"version": "2"}))


@pytest.mark.requirement("ORG-13")
def test_a_post_is_delegated_and_taken_back_on_the_page(case, office, hire, sit_down):
    delegate = hire("clerk", name="代理人")
    browser = sit_down(office.reviewer)
    sent = {
        "post": "reviewer",
        "staff_code": delegate.staff_code,
        "valid_from": "2018-03-01",
        "valid_until": "2018-03-10",
        "reason": "休假",
    }
    assert browser.post("/cases/delegations/", sent | {"reason": ""}).status_code == 422
    form = _text(browser.get("/cases/delegations/"))
    assert 'name="valid_from" value="2018-03-01"' in form
    everybody = _text(browser.get("/cases/delegations/colleagues/?staff_code="))
    assert delegate.staff_code in everybody
    assert office.reviewer.staff_code not in everybody
    offered = _text(browser.get("/cases/delegations/colleagues/?staff_code=代理"))
    assert f'<option value="代理人(甲市A县社会保险事业管理所) {delegate.staff_code}">' in offered
    unknown = _text(browser.post("/cases/delegations/", sent | {"staff_code": "没有的人"}))
    assert "没有名称或代码为“没有的人”的受托人" in unknown
    assert "PL-1042" in unknown
    assert browser.post("/cases/delegations/", sent | {"staff_code": "代理人"}).status_code == 302
    assert "代理人" in _text(browser.get("/cases/delegations/"))
    taken = sit_down(delegate)
    assert case.number in _text(taken.get("/cases/"))
    taken.post(f"/cases/{case.number}/decide/", {"version": "2", "decision": "agree"})
    assert "代 黄志强 办理" in _text(taken.get(f"/cases/{case.number}/"))
    made = apps.get_model("cases", "Delegation").objects.get()
    assert browser.post(f"/cases/delegations/{made.pk}/end/").status_code == 302


def test_an_unknown_case_is_not_found_and_nonsense_is_no_version(case, office, sit_down):
    browser = sit_down(office.reviewer)
    assert browser.get("/cases/X/").status_code == 404
    assert browser.post(f"/cases/{case.number}/decide/", {"version": "x", "decision": "agree"}).status_code == 404
    assert browser.post(f"/cases/{case.number}/decide/", {"version": "2", "decision": "x"}).status_code == 404


def test_pages_ask_few_questions_of_the_database(case, office, sit_down, django_assert_max_num_queries):
    for n in range(3):
        agree(accept(office.clerk, subject_key="P2"), office.reviewer, decision=Decision.REFUSE, opinion=f"不符{n}")
    reviewer, clerk = sit_down(office.reviewer), sit_down(office.clerk)
    pages = [
        (reviewer, "/cases/"),
        (clerk, "/cases/?view=to_hand_out"),
        (reviewer, f"/cases/{case.number}/"),
        (clerk, f"/cases/{case.number}/"),
        (clerk, "/cases/counter/"),
        (clerk, "/cases/counter/test_refund/?key=P1"),
        (clerk, "/cases/delegations/"),
        (clerk, "/cases/figures/"),
    ]
    for browser, address in pages:
        with django_assert_max_num_queries(12, info=address):
            assert browser.get(address).status_code == 200, address


@pytest.mark.requirement("ORG-17")
def test_navigation_counts_what_waits_for_the_own_and_for_delegated_posts(case, office, hire, sit_down):
    accept(office.clerk, subject_key="P2")
    shown = '<b class="count">2</b>'
    assert shown in _text(sit_down(office.reviewer).get("/cases/"))
    assert shown not in _text(sit_down(office.second).get("/cases/"))
    delegate = hire("clerk", name="代理人")
    assert shown not in _text(sit_down(delegate).get("/cases/"))
    sent = {"post": "reviewer", "staff_code": delegate.staff_code, "reason": "休假"}
    days = {"valid_from": "2018-03-01", "valid_until": "2018-03-10"}
    assert sit_down(office.reviewer).post("/cases/delegations/", sent | days).status_code == 302
    assert shown in _text(sit_down(delegate).get("/cases/"))
    assert shown not in _text(sit_down(hire("reviewer", at="450103")).get("/cases/"))


@pytest.mark.requirement("ORG-17")
@pytest.mark.parametrize(
    ("on", "overdue", "soon"),
    [("2018-03-01", 0, 0), ("2018-03-26", 0, 2), ("2018-03-29", 0, 2), ("2018-03-30", 2, 0)],
)
def test_what_is_due_soon_and_overdue_is_counted_in_two_statements(
    case, office, on, overdue, soon, django_assert_num_queries
):
    accept(office.clerk, subject_key="P2")
    day = date.fromisoformat(on)
    calendar = platform_queries.working_calendar()
    reviewer = platform_queries.operator_by_staff_code(office.reviewer.staff_code)
    with django_assert_num_queries(1):
        load = queries.workload(reviewer, day)
        assert queries.own_posts(reviewer, day) == {"reviewer"}
    assert (load.waiting, load.overdue) == (2, overdue)
    with django_assert_num_queries(1):
        assert queries.due_soon_count(reviewer, calendar, day) == soon

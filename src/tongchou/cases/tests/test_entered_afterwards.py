"""事后补录 (SYS-02; GX2017 §130): taken on paper while the system was down, entered later, marked everywhere."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from pypdf import PdfReader

from tongchou.cases.commands import Paper
from tongchou.cases.commands.acceptance import PaperEntered, PaperFaulty
from tongchou.cases.models import Case
from tongchou.cases.performance import By, Period, performance
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform import queries as platform
from tongchou.platform.web import access

ON = date(2018, 2, 26)
PAPER = Paper(on=ON, number="ZZ-7", reason="机房断电")


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)

    def browser(operator):
        made = Client()
        made.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return made

    return browser


def sheet(response):
    return "".join(one.extract_text() for one in PdfReader(io.BytesIO(response.content)).pages).replace("\n", "")


@pytest.mark.article("GX2017 §130")
@pytest.mark.requirement("SYS-02")
def test_what_was_taken_on_paper_counts_from_that_day_and_is_marked_in_queue_slip_and_figures(office, page):
    plain, case = accept(office.clerk), accept(office.clerk, subject_key="P2", paper=PAPER)
    assert (case.accepted_on, plain.accepted_on) == (ON, date(2018, 3, 1))
    assert case.due_on < plain.due_on
    browser = page(office.reviewer)
    listed = browser.get("/cases/?view=open&entered=afterwards").content.decode()
    assert case.number in listed
    assert plain.number not in listed
    assert "2018-02-26 纸质受理,编号 ZZ-7" in browser.get(f"/cases/{case.number}/").content.decode()
    assert "事后补录:2018-02-26纸质受理,编号ZZ-7,原因:机房断电" in sheet(
        browser.get(f"/cases/receipts/{case.receipt.number}.pdf")
    )
    since = datetime(2018, 3, 1, tzinfo=UTC) - timedelta(days=1)
    scope = platform.scope_of(office.reviewer, "cases.view", NOW.date())
    period = Period(since, since + timedelta(days=10))
    for by in (By.KIND, By.MONTH):
        (found,) = performance(scope, by, period, platform.working_calendar())
        assert (found.accepted, found.afterwards) == (2, 1)
    by_clerk = {one.key: one for one in performance(scope, By.OPERATOR, period, platform.working_calendar())}
    assert by_clerk[str(office.clerk.pk)].afterwards == 1


@pytest.mark.requirement("SYS-02")
@pytest.mark.parametrize(
    ("paper", "words"),
    [
        pytest.param(Paper(on=date(2018, 3, 2), number="1", reason="断电"), "晚于今天", id="tomorrow"),
        pytest.param(Paper(on=ON, number=" ", reason="断电"), "纸质编号未填写", id="no number"),
        pytest.param(Paper(on=ON, number="1", reason=""), "补录原因未填写", id="no reason"),
        pytest.param(Paper(on=ON, number="9" * 41, reason="断电"), "超过40个字", id="too long"),
    ],
)
def test_a_paper_without_day_number_or_reason_is_refused(office, paper, words):
    with pytest.raises(PaperFaulty, match=words):
        accept(office.clerk, paper=paper)
    assert not Case.objects.exists()


@pytest.mark.requirement("SYS-02")
def test_a_paper_is_entered_once_and_the_database_knows_it_too(office):
    first = accept(office.clerk, paper=PAPER)
    with pytest.raises(PaperEntered, match=first.number):
        accept(office.clerk, subject_key="P2", paper=PAPER)
    other = accept(office.clerk, subject_key="P2")
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET paper_on = '2018-02-26' WHERE id = %s", [other.pk])


@pytest.mark.requirement("SYS-02")
def test_the_counter_asks_for_all_three_or_none(office, page):
    browser = page(office.clerk)
    told = {
        "request_id": "p1",
        "subject": "P1",
        "applicant_name": "张三丰",
        "reason": "多缴",
        "way": "cash",
        "received": ["invoice"],
        "act": "accept",
    }
    half = browser.post("/cases/counter/test_refund/", told | {"paper_on": "2018-02-26"})
    assert half.status_code == 422
    assert half.content.decode().count("事后补录须填写纸质受理日期、编号和原因。") >= 2
    whole = browser.post(
        "/cases/counter/test_refund/",
        told | {"paper_on": "2018-02-26", "paper_number": "ZZ-7", "paper_reason": "机房断电"},
    )
    assert whole.status_code == 302
    assert Case.objects.get().paper_number == "ZZ-7"


@pytest.mark.requirement("SYS-02")
def test_the_result_slip_says_it_too(office, page):
    case = accept(office.clerk, paper=PAPER)
    for one in (office.reviewer, office.second, office.approver):
        case = agree(case, one)
    assert "事后补录" in sheet(page(office.clerk).get(f"/cases/{case.number}/result.pdf"))

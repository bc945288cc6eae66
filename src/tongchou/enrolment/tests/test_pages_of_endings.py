"""The pages of endings, reports and duplicates, as a clerk and a reviewer meet them (ENR-16, ENR-22, ENR-24)."""

import io
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from tongchou.enrolment import commands, duplicates
from tongchou.enrolment.models import Duplicate, RefusedVisit, RelationEnding, StatusReport
from tongchou.enrolment.states import ReportState
from tongchou.enrolment.tests.conftest import AREA, JUNE, NOW, citizen_number

MOST_QUERIES = 12
"""The house's twelve, and the four that name the operator, the posts and the session."""


@pytest.fixture(autouse=True)
def june(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: JUNE)
    assert timezone.now() == JUNE


@pytest.fixture
def reviewer(hire):
    return hire("second_reviewer", at=AREA)


def make_report(known, **changes):
    facts = {
        "person": known,
        "pooling_area_id": AREA,
        "unit_code": known.unit_code,
        "file_id": 1,
        "informant": "police",
        "certificate_type": "01",
        "certificate_no": known.certificate_no,
        "name": known.name,
        "reason": "death",
        "event_on": date(2018, 5, 3),
        "state": ReportState.HELD,
        "held_until": date(2018, 5, 20),
        "reported_at": datetime(2018, 5, 10, 2, tzinfo=UTC),
        "reported_by": "G0",
    }
    return StatusReport.objects.create(**facts | changes)


def printed(response):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)


def text(response):
    return response.content.decode()


@pytest.mark.requirement("ENR-22")
def test_the_list_counts_down_and_the_second_person_approves_those_that_are_due(
    person, enrol, client, reviewer, django_assert_max_num_queries
):
    due = make_report(person)
    other = enrol(name="韦等", certificate_no=citizen_number(order=811)).person
    make_report(other, held_until=date(2018, 6, 15))
    client.force_login(reviewer)
    with django_assert_max_num_queries(MOST_QUERIES):
        page = text(client.get(reverse("enrolment:reports")))
    assert "已满" in page
    assert "异议期 2" in page
    assert "其中已满 1" in page
    assert "还有5天" in page
    assert page.count('name="pick"') == 1
    answer = text(client.post(reverse("enrolment:approve_reports"), {"pick": [due.pk]}, follow=True))
    assert "已核准 1 人" in answer
    assert RelationEnding.objects.get().person == person
    again = text(client.post(reverse("enrolment:approve_reports"), {"pick": [due.pk]}, follow=True))
    assert "EN-3033" in again
    assert "EN-3036" in text(client.post(reverse("enrolment:approve_reports"), {}, follow=True))


@pytest.mark.requirement("ENR-22")
def test_one_report_is_objected_to_and_dismissed_and_a_stale_page_is_told(person, client, clerk):
    report = make_report(person)
    client.force_login(clerk)
    address = reverse("enrolment:report", args=[report.pk])
    page = text(client.get(address))
    assert "登记异议" in page
    assert person.certificate_no not in page
    objection = {"act": "object", "version": 1, "objector": "韦小妹", "reason": "本人健在"}
    assert client.post(address, objection).status_code == 302
    stale = client.post(address, objection)
    assert (stale.status_code, "EN-3032" in text(stale)) == (422, True)
    assert "本人健在" in text(client.get(address))
    assert client.post(address, {"act": "dismiss", "version": 2, "reason": "健在"}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.closing_reason) == (ReportState.DISMISSED, "健在")
    assert "EN-3032" in text(client.post(address, {"act": "dismiss", "version": 2, "reason": "健在"})), (
        "closed meanwhile"
    )
    assert client.post(address, {"act": "nonsense", "version": 3}).status_code == 404
    assert client.get(reverse("enrolment:report", args=[0])).status_code == 404


def test_an_unknown_number_is_dismissed_and_a_differing_name_confirmed(person, client, clerk):
    unknown = make_report(
        person, person=None, unit_code="", state=ReportState.UNKNOWN, held_until=None,
        certificate_no=citizen_number(order=813),
    )  # fmt: skip
    differs = make_report(person, name="韦太", state=ReportState.MISMATCH, held_until=None)
    client.force_login(clerk)
    for report, act, state in ((unknown, "dismiss", "dismissed"), (differs, "confirm", "held")):
        address = reverse("enrolment:report", args=[report.pk])
        assert client.post(address, {"act": act, "version": 1, "reason": ""}).status_code == 422
        assert client.post(address, {"act": act, "version": 1, "reason": "已核"}).status_code == 302
        report.refresh_from_db()
        assert report.state == state
    assert differs.held_until == date(2018, 6, 20)


@pytest.mark.requirement("ENR-24")
def test_refused_care_is_listed_until_it_is_reimbursed(person, client, clerk, django_assert_max_num_queries):
    commands.terminate(person_id=person.pk, terminated_on=date(2018, 4, 1), reason="出国", operator=clerk, now=JUNE)
    visit = RefusedVisit.objects.create(
        ending=RelationEnding.objects.get(), happened_on=date(2018, 4, 5), what="接口拒绝2001", reference="R1"
    )
    client.force_login(clerk)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert "接口拒绝2001" in text(client.get(reverse("enrolment:refused_visits")))
    address = reverse("enrolment:refused_visit", args=[visit.pk])
    assert client.post(address, {"note": ""}).status_code == 422
    assert client.post(address, {"note": "已手工报销120元"}).status_code == 302
    assert "EN-3015" in text(client.post(address, {"note": "已手工报销130元"})), "closed meanwhile"
    assert "接口拒绝2001" not in text(client.get(reverse("enrolment:refused_visits")))
    assert "已手工报销120元" in text(client.get(address))
    assert client.get(reverse("enrolment:refused_visit", args=[0])).status_code == 404


@pytest.mark.requirement("ENR-16")
def test_two_records_stand_side_by_side_and_are_told_apart(enrol, client, clerk, django_assert_max_num_queries):
    for order in (301, 303):
        enrol(name="韦大", certificate_no=citizen_number(order=order), address="东村1号")
    duplicates.find(NOW)
    pair = Duplicate.objects.get()
    client.force_login(clerk)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert "姓名、出生日期、住址相同" in text(client.get(reverse("enrolment:duplicates")))
    address = reverse("enrolment:duplicate", args=[pair.pk])
    page = text(client.get(address))
    assert "东村1号" in page
    assert pair.other.certificate_no not in page
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "双胞胎"}).status_code == 302
    assert "EN-3052" in text(client.post(address, {"reason": "同名"})), "told apart meanwhile"
    assert client.get(reverse("enrolment:duplicate", args=[0])).status_code == 404


@pytest.mark.requirement("ENR-21")
def test_annex_5_prints_blank_and_filled(person, client, accept, clerk):
    client.force_login(clerk)
    blank = printed(client.get(reverse("cases:blank_form", args=["terminate_relation"])))
    assert "城乡居民基本医疗保险关系注销登记表" in blank
    assert "□死亡" in blank
    case = accept(
        "terminate_relation",
        reason="death",
        event_on="2018-05-03",
        evidence_no="死亡证明2018-77",
        card_returned="yes",
        applicant="heir",
        applicant_certificate=citizen_number(order=701),
        applicant_relation="子女",
    )
    filled = printed(client.get(reverse("cases:form", args=[case.number])))
    for said in ("附件5", "韦大", "■死亡", "■继承人", "死亡证明2018-77", "2018-05-03", "子女"):
        assert said in filled

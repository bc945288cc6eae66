"""Drafts (草稿; ORG-16): an interrupted clerk loses nothing that was saved."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.cases import commands, queries
from tongchou.cases.commands.drafts import LONGEST, MOST, DraftChanged, DraftServed, DraftTooLarge, TooManyDrafts
from tongchou.cases.models import Case, Draft
from tongchou.cases.parameters import EXPECTED
from tongchou.cases.tests.conftest import NOW, accept
from tongchou.platform import jobs
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.web import access

ADDRESS = "/cases/counter/test_refund/"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    def at(instant: datetime) -> None:
        monkeypatch.setattr(access, "now", lambda: instant)

    at(NOW)
    return at


@pytest.fixture
def browser(office, clock):
    return _sit_down(office.clerk)


def _sit_down(operator: Any) -> Client:
    browser = Client()
    browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
    return browser


def _page(browser: Client, key: str = "P1") -> str:
    return browser.get(f"{ADDRESS}?key={key}").content.decode()


def _hidden(page: str) -> dict[str, str]:
    names = "request_id|subject|receipt|draft_version"
    return dict(re.findall(rf'<input type="hidden" name="({names})"(?: value="([^"]*)")?', page))


def _keep(operator, *, subject_key="P1", version=0, now=NOW, **fields):
    return commands.keep_draft(
        kind_code="test_refund",
        subject_key=subject_key,
        fields={"reason": ["多"]} | fields,
        version=version,
        operator=operator,
        now=now,
    )


@pytest.mark.requirement("ORG-16")
def test_an_interrupted_clerk_goes_on_where_the_form_was_left(browser):
    left = _hidden(_page(browser)) | {"reason": "多缴", "way": "bank", "received": ["invoice", "bank_book"]}
    kept = browser.post(f"{ADDRESS}draft/", left, follow=True).content.decode()
    assert "草稿已存" in kept
    assert "人P1" in kept
    assert not Case.objects.exists()
    resumed = _page(browser)
    assert "接着填写" in resumed
    assert 'value="多缴"' in resumed
    assert '<option value="bank" selected>' in resumed
    assert len(re.findall(r'name="received" value="(?:invoice|bank_book)"[^>]*checked', resumed)) == 2
    assert "有内容需要改正" not in resumed
    sent = left | _hidden(resumed) | {"applicant_name": "张三丰"}
    assert _hidden(resumed)["request_id"] == left["request_id"]
    assert browser.post(ADDRESS, sent).status_code == 302
    assert Case.objects.get().form == {"reason": "多缴", "way": "bank"}
    assert not Draft.objects.exists()


@pytest.mark.requirement("ORG-16")
def test_the_page_saves_by_itself_and_is_told_when(browser):
    left = _hidden(_page(browser)) | {"reason": "多"}
    first = browser.post(f"{ADDRESS}draft/", left, headers={"accept": "application/json"})
    assert first.json() == {"version": 1, "said": "草稿已存 10:00:00"}
    again = left | {"draft_version": "1", "reason": "多缴"}
    assert browser.post(f"{ADDRESS}draft/", again, headers={"accept": "application/json"}).json()["version"] == 2
    assert Draft.objects.get().fields["reason"] == ["多缴"]
    kept = apps.get_model("platform", "TrailEntry").objects.filter(action="cases.draft_kept")
    assert kept.count() == 1


def test_a_form_of_any_shape_survives_as_it_was_posted(office):
    rows = {"rows-0-name": ["甲"], "rows-1-name": ["乙"], "rows-1-marks": ["a", "b"], "received": []}
    _keep(office.clerk, **rows)
    draft = queries.draft_of(office.clerk, "test_refund", "P1", NOW.date())
    assert draft.fields == {"reason": ["多"]} | rows


@pytest.mark.requirement("ORG-16")
def test_a_page_left_open_elsewhere_overwrites_nothing_and_keeps_what_was_typed(browser, office):
    old_page = _hidden(_page(browser))
    _keep(office.clerk, reason=["新填的"])
    stale = old_page | {"reason": "旧页面的"}
    told = browser.post(f"{ADDRESS}draft/", stale, headers={"accept": "application/json"})
    assert (told.status_code, "CS-1702" in told.json()["said"]) == (422, True)
    shown = browser.post(f"{ADDRESS}draft/", stale)
    assert shown.status_code == 422
    assert "旧页面的" in shown.content.decode()
    assert Draft.objects.get().fields["reason"] == ["新填的"]
    with pytest.raises(DraftChanged):
        _keep(office.clerk)


def test_the_same_form_saved_twice_is_saved_once(office):
    first = _keep(office.clerk)
    again = _keep(office.clerk, version=1)
    assert (again.pk, again.version) == (first.pk, 1)
    assert Draft.objects.count() == 1


def test_a_saving_that_arrives_after_the_form_was_sent_leaves_no_draft(office):
    case = accept(office.clerk, request_id="r-sent")
    with pytest.raises(DraftServed, match=case.number):
        _keep(office.clerk, request_id=["r-sent"])
    assert not Draft.objects.exists()


def test_drafts_are_their_writers_alone(browser, office, hire):
    colleague = hire("clerk", name="同事")
    draft = _keep(colleague)
    assert "人P1" not in browser.get("/cases/drafts/").content.decode()
    assert "接着填写" not in _page(browser)
    assert "没有选择草稿" in browser.post("/cases/drafts/discard/", {"pick": draft.pk}, follow=True).content.decode()
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_a_draft_is_thrown_away_with_a_trace(browser, office):
    draft = _keep(office.clerk)
    page = browser.post("/cases/drafts/discard/", {"pick": [draft.pk, "x"]}, follow=True).content.decode()
    assert "已弃置 1 份草稿" in page
    assert not Draft.objects.exists()
    entry = apps.get_model("platform", "TrailEntry").objects.get(action="cases.draft_discarded")
    assert (entry.staff_code, entry.detail["subject"]) == (office.clerk.staff_code, "P1")


@pytest.mark.requirement("ORG-16")
def test_a_draft_nobody_went_on_with_is_deleted_after_its_days(office):
    _keep(office.clerk)
    _keep(office.clerk, subject_key="P2", now=LATER)
    job = next(one for one in jobs.registered() if one.name == "cases.drafts")
    job.work(NOW + timedelta(days=EXPECTED.draft_days - 1))
    assert Draft.objects.count() == 2
    job.work(NOW + timedelta(days=EXPECTED.draft_days))
    assert Draft.objects.get().subject_key == "P2"


def test_an_expired_draft_is_offered_no_more_even_before_the_clock_deletes_it(office):
    _keep(office.clerk)
    last = NOW.date() + timedelta(days=EXPECTED.draft_days)
    assert queries.draft_of(office.clerk, "test_refund", "P1", last) is None


def test_a_receipt_of_yesterday_is_not_reopened_by_a_draft(browser, office, clock):
    receipt = accept(office.clerk, subject_key="P2").receipt.number
    _keep(office.clerk, receipt=[receipt])
    assert _hidden(_page(browser))["receipt"] == receipt
    clock(LATER)
    assert _hidden(_page(browser)).get("receipt", "") == ""


def test_what_is_too_much_or_not_ones_own_is_refused(office, hire):
    with pytest.raises(DraftTooLarge):
        _keep(office.clerk, reason=["多" * LONGEST])
    with pytest.raises(NoPermission):
        _keep(office.reviewer)
    with pytest.raises(OutOfScope):
        _keep(office.clerk, subject_key="Q1")
    Draft.objects.bulk_create(
        Draft(
            operator_id=office.clerk.pk,
            kind="test_refund",
            subject_key=f"S{n}",
            subject_name="甲",
            unit_code="450102",
            fields={},
            saved_at=NOW,
            expires_on=LATER.date(),
        )
        for n in range(MOST)
    )
    with pytest.raises(TooManyDrafts):
        _keep(office.clerk)


def test_nonsense_is_no_version_and_an_unknown_subject_is_said(browser):
    assert browser.post(f"{ADDRESS}draft/", {"subject": "P1", "draft_version": "x"}).status_code == 404
    told = browser.post(f"{ADDRESS}draft/", {"subject": "P9"}, follow=True).content.decode()
    assert "CS-1002" in told


def test_opening_the_form_is_a_look_at_a_record_and_noted(browser, office):
    _page(browser)
    seen = apps.get_model("platform", "TrailEntry").objects.get(action="cases.counter_opened")
    assert (seen.staff_code, seen.object_key) == (office.clerk.staff_code, "P1")


def test_the_list_of_drafts_filters_and_asks_few_questions(browser, office, django_assert_max_num_queries):
    _keep(office.clerk)
    _keep(office.clerk, subject_key="P2")
    with django_assert_max_num_queries(12):
        page = browser.get("/cases/drafts/?words=P2").content.decode()
    assert "人P2" in page
    assert "人P1" not in page
    assert "没有草稿" in browser.get("/cases/drafts/?kind=change_particulars").content.decode()
    with django_assert_max_num_queries(12):
        _page(browser)

"""The pages of training (业务培训): results, courses, and a post confirmed by a leader (ORG-14)."""

import csv
import io

import pytest
from django.test import Client

from tongchou.platform.models import PostHolding, TrainingRecord
from tongchou.platform.tests.conftest import NOW
from tongchou.platform.web import access

BACKEND = "tongchou.platform.authentication.OperatorBackend"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def sit_down(hire):
    """Logs an operator of the city with these posts in, in a browser of its own."""

    def at(*posts: str) -> Client:
        browser = Client()
        browser.force_login(hire(*posts, at="450100"), backend=BACKEND)
        return browser

    return at


def _text(response) -> str:
    return response.content.decode()


@pytest.mark.requirement("ORG-14")
@pytest.mark.article("QA2018 三.4")
def test_a_post_without_its_training_goes_by_way_of_a_leader(sit_down, hire):
    keeper, security, leader = sit_down("system_admin"), sit_down("security_admin"), sit_down("leader")
    wang = hire(name="王芳", at="450102")
    keeper.post("/system/training/courses/", {"code": "C1", "name": "费用复核", "valid_months": "24"})
    keeper.post("/system/training/courses/require/", {"post": "second_reviewer", "course": "C1"})
    assert "费用复核" in _text(keeper.get("/system/training/courses/"))
    address = f"/system/operators/{wang.staff_code}/"
    form = {"post": "second_reviewer", "valid_from": "2018-06-01", "valid_until": ""}
    warned = security.post(f"{address}grant/", form)
    assert warned.status_code == 422
    for words in ("PL-1040", "C1 费用复核", "提请领导确认"):
        assert words in _text(warned)
    assert "已提请领导确认。" in _text(security.post(f"{address}ask-confirmation/", form, follow=True))
    assert "PL-1028" in _text(security.post(f"{address}ask-confirmation/", form))
    assert "任职确认 (1)" in _text(leader.get("/system/training/"))
    page = leader.get("/system/training/confirmations/")
    assert "C1 费用复核" in _text(page)
    decide = "/system/training/confirmations/1/".replace("1", str(page.context["found"][0][0].pk))
    assert "PL-1030" in _text(leader.post(decide, {"act": "agree", "reason": ""}, follow=True))
    assert "已确认任职。" in _text(leader.post(decide, {"act": "agree", "reason": "六月内补训"}, follow=True))
    assert PostHolding.objects.get(operator=wang).post_id == "second_reviewer"
    assert "王芳" in _text(keeper.get("/system/training/courses/"))  # in post without the training
    assert security.post(decide, {"act": "agree", "reason": "x"}).status_code == 403


@pytest.mark.requirement("ORG-14")
def test_results_are_recorded_listed_by_what_expires_and_exported(sit_down, hire, django_assert_max_num_queries):
    keeper, clerk = sit_down("system_admin"), sit_down("clerk")
    leader = sit_down("leader")
    wang = hire(name="王芳", at="450102")
    keeper.post("/system/training/courses/", {"code": "C1", "name": "费用复核", "valid_months": "24"})
    filled = {"staff_code": wang.staff_code, "course": "C1", "level": "city", "result": "passed", "last_day": ""}
    keeper.post("/system/training/new/", filled | {"held_on": "2016-07-01"})
    wrong = keeper.post("/system/training/new/", filled | {"held_on": "2019-01-01"})
    assert wrong.status_code == 422
    assert "PL-1022" in _text(wrong)
    nobody = keeper.post("/system/training/new/", filled | {"staff_code": "X", "held_on": "2018-01-01"})
    assert "PL-0404" in _text(nobody)
    with django_assert_max_num_queries(12):
        assert "王芳" in _text(keeper.get("/system/training/?state=ending"))
    assert "王芳" not in _text(keeper.get("/system/training/?state=ended"))
    rows = b"".join(leader.get("/system/training/?export=csv").streaming_content).decode("utf-8-sig")
    assert next(row for row in csv.reader(io.StringIO(rows)) if row[0] == "王芳")[6] == "2018-06-30"
    assert clerk.get("/system/training/").status_code == 403
    record = TrainingRecord.objects.get()
    refused = keeper.post(f"/system/training/{record.pk}/void/", {"reason": ""})
    assert "PL-1026" in _text(refused)
    keeper.post(f"/system/training/{record.pk}/void/", {"reason": "登记有误"})
    shown = _text(keeper.get(f"/system/operators/{wang.staff_code}/"))
    assert "登记有误" in shown
    assert "作废" in shown

"""A resident looks how far an application is: at `/my/`, and in public with number and phone (RIG-10)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.platform.commands import ensure_calendar

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = "13900001111"


def _accept(city: Any, sample: Any, *, person_no: str = "", received: tuple[str, ...] = ("form",)) -> Any:
    clerk = apps.get_model("platform", "Operator").objects.get(staff_code="shouli")
    application = Application(
        kind="change_particulars",
        subject_key=person_no or city.person_no,
        values={"hukou_area": "450102", "effective_on": "2018-05-16", "reason": "迁移"},
        received=frozenset(received),
        applicant_name="张三丰",
        applicant_phone=PHONE,
    )
    return cases.accept_application(application, request_id=person_no or "own", operator=clerk, now=sample.NOW)


@pytest.mark.requirement("RIG-10")
@pytest.mark.article("JL2019 §3")
@pytest.mark.django_db(transaction=True)
def test_a_resident_sees_own_applications_with_what_is_missing_and_nobody_elses(
    live_city: Any, sample: Any, django_assert_max_num_queries: Any
) -> None:
    ensure_calendar(now=sample.NOW)
    case = _accept(live_city, sample)
    resident = Client()
    proof = {"name": "张三丰", "certificate_no": live_city.certificate_no, "card_no": sample.CARD}
    assert resident.get("/my/cases/")["Location"] == "/my/login/"
    resident.post("/my/login/", proof)
    with django_assert_max_num_queries(12):
        listed = resident.get("/my/cases/").content.decode()
    assert "参保登记信息变更" in listed
    assert "等待补正材料" in listed
    page = resident.get(f"/my/cases/{case.number}/").content.decode()
    assert "还缺的材料" in page
    assert "户口簿" in page
    assert "韦小燕" not in page
    notices = resident.get("/my/notices/").content.decode()
    assert "“参保登记信息变更”申请须补正材料" in notices
    other = Client()
    person = apps.get_model("enrolment", "Person").objects.exclude(person_no=live_city.person_no)
    neighbour = person.get(person_no=live_city.neighbour_no)
    card = {"name": neighbour.name, "certificate_no": neighbour.certificate_no, "card_no": "A00000002"}
    assert other.post("/my/login/", card)["Location"] == "/my/"
    assert other.get(f"/my/cases/{case.number}/").status_code == 404
    assert "没有办理中或办过的业务" in other.get("/my/cases/").content.decode()


@pytest.mark.browser
@pytest.mark.requirement("RIG-10")
def test_a_resident_looks_at_the_progress_on_a_phone(
    live_city: Any, sample: Any, open_page: Callable[..., "Page"]
) -> None:
    ensure_calendar(now=sample.NOW)
    case = _accept(live_city, sample, received=("form", "household_book"))
    page = open_page("/public/", phone=True)
    page.click("text=办理进度")
    page.fill("input[name=number]", case.number)
    page.fill("input[name=phone]", "13900002222")
    page.press("input[name=phone]", "Enter")
    page.wait_for_selector("text=CS-1711")
    assert page.input_value("input[name=number]") == case.number
    page.fill("input[name=phone]", PHONE)
    page.click("button:has-text('查询')")
    page.wait_for_selector("text=复核中,应于2018-06-06办结")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0

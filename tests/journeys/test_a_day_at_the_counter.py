"""A visit interrupted and gone on with, a paper missing, two clerks at once, the result printed, in a real browser."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def _start(page: "Page", person_no: str) -> None:
    page.goto("/cases/counter/")
    page.fill("#id_key_1", person_no)
    page.click("[formaction$='change_particulars/']")
    page.wait_for_selector("textarea[name=reason]")


@pytest.mark.requirement("ORG-15")
@pytest.mark.requirement("ORG-16")
def test_an_interrupted_visit_goes_on_lacks_a_paper_and_ends_with_a_printed_result(
    sit_down: Any, live_city: Any
) -> None:
    clerk, colleague = sit_down("shouli"), sit_down("fuhe")

    # interrupted in the middle: the page saved what was typed by itself, and another computer goes on with it
    _start(clerk, live_city.person_no)
    clerk.fill("input[name=hukou_area]", "450103")
    clerk.fill("textarea[name=reason]", "迁移")
    clerk.check("input[name=received][value=form]")
    clerk.wait_for_selector("text=草稿已存")
    clerk.context.clear_cookies()
    again = sit_down("shouli")
    again.goto("/cases/drafts/")
    again.click("table.rows a:has-text('张三丰')")
    again.wait_for_selector("text=接着填写")
    assert again.input_value("input[name=hukou_area]").endswith("450103")
    assert again.is_checked("input[name=received][value=form]")

    # clicked twice; one paper is missing and told at once
    again.fill("input[name=applicant_phone]", "13900001111")
    again.dblclick("button[value=accept]:visible")
    again.wait_for_selector("text=补正中")
    assert apps.get_model("cases", "Case").objects.count() == 1
    assert not apps.get_model("cases", "Draft").objects.exists()
    case = apps.get_model("cases", "Case").objects.get()
    again.goto(f"/cases/{case.number}/")
    again.click("a:has-text('再办一项')")
    receipt = case.receipt.number
    again.wait_for_selector(f"text=本次申请并入回执 {receipt}")

    # the paper comes; a page opened before shows the conflict instead of a second answer
    stale = sit_down("fuhe")
    stale.goto(f"/cases/{case.number}/")
    again.goto(f"/cases/{case.number}/")
    again.check("input[name=material][value=household_book]")
    again.click("button:has-text('收到补正材料')")
    again.wait_for_selector("text=待复核")
    colleague.goto(f"/cases/{case.number}/")
    stale.goto(f"/cases/{case.number}/")
    colleague.click("button[value=agree]")
    colleague.wait_for_selector("text=已变更:户籍地")
    stale.click("button[value=agree]")
    stale.wait_for_selector("text=已变更:户籍地")
    assert case.acts.filter(act="agreed").count() == 1

    # form and result on paper, the second print marked
    for paper in ("form", "result"):
        for _copy in range(2):
            answer = again.request.get(f"/cases/{case.number}/{paper}.pdf")
            assert answer.status == 200
            assert answer.headers["content-type"] == "application/pdf"
    prints = apps.get_model("platform", "TrailEntry").objects.filter(action="cases.result_printed")
    assert [entry.detail["copy"] for entry in prints.order_by("pk")] == [1, 2]


@pytest.mark.requirement("ORG-16")
def test_a_decision_on_a_page_opened_earlier_is_told_who_decided_meanwhile(sit_down: Any, live_city: Any) -> None:
    clerk, reviewer, second = sit_down("shouli"), sit_down("fuhe"), sit_down("daiyu")
    _start(clerk, live_city.person_no)
    clerk.fill("input[name=phone]", "13800138000")
    clerk.fill("textarea[name=reason]", "更换号码")
    clerk.check("input[name=received][value=form]")
    clerk.click("button[value=accept]:visible")
    clerk.wait_for_selector("text=待复核")
    case = apps.get_model("cases", "Case").objects.get()
    second.goto(f"/cases/{case.number}/")
    reviewer.goto(f"/cases/{case.number}/")
    reviewer.fill("textarea[name=opinion]", "号码在他人名下")
    reviewer.click("button[value=refuse]")
    reviewer.wait_for_selector("text=不予办理:号码在他人名下")
    second.fill("textarea[name=opinion]", "属实")
    second.click("button[value=agree]")
    second.wait_for_selector("text=CS-1102")
    assert "李秀梅已于" in second.inner_text("p:has-text('CS-1102')")


@pytest.mark.requirement("ORG-16")
def test_a_lost_connection_loses_nothing_that_was_typed(sit_down: Any, live_city: Any) -> None:
    clerk = sit_down("shouli")
    _start(clerk, live_city.person_no)
    clerk.context.set_offline(True)
    clerk.fill("textarea[name=reason]", "断网时填写")
    clerk.wait_for_selector("[data-draft-said]:has-text('连接中断')")
    kept = clerk.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('draft:'))")
    assert "断网时填写" in json.dumps(kept, ensure_ascii=False)
    assert not apps.get_model("cases", "Draft").objects.exists()
    clerk.context.set_offline(False)
    clerk.wait_for_selector("text=草稿已存", timeout=20_000)
    assert apps.get_model("cases", "Draft").objects.get().fields["reason"] == ["断网时填写"]

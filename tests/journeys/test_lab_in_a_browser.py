"""The policy lab in a real browser: a replay asked for and followed to its end; the calculator on a phone."""

from collections.abc import Callable
from typing import Any

import pytest

from tongchou.lab import worker
from tongchou.lab.web import calculator
from tongchou.platform.demo_operators import DEMO_PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests do the work themselves: a process of its own would know another database."""
    monkeypatch.setattr(worker, "ensure_running", lambda: False)
    monkeypatch.setattr(calculator, "_usual", {})


def test_a_replay_is_asked_for_followed_and_read(live_city: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("/login/?next=/lab/")
    page.fill("#id_username", "zhengce")
    page.fill("#id_password", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('政策测算')")
    page.keyboard.press("n")
    page.wait_for_url("**/lab/new/")
    page.fill("#id_since", "2018-01-01")
    page.fill("#id_until", "2018-05-16")
    page.fill("input[name='v:parameters/ratio.inpatient/values/home/L2']", "80")
    page.keyboard.press("Control+s")
    page.get_by_text("正在排队").wait_for()
    worker.run_all(name="W", go_on=lambda: True)
    page.get_by_text("再算一次").wait_for()  # the page follows the work by itself
    assert page.locator(".figure-card", has_text="基金支付变化").inner_text().count("+415.00") == 1
    assert page.locator("[data-chart] svg").count() == 8
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator(".lab-more tr[data-href] a").first.click()
    page.get_by_text("逐层对照").wait_for()
    assert "6,640.00" in page.inner_text("#page")


@pytest.mark.requirement("BEN-43")
def test_a_phone_says_what_the_fund_would_pay(live_city: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("/public/calculator/", phone=True)
    page.select_option("#id_kind", "inpatient")
    page.wait_for_selector("#id_kind option[value=inpatient][selected]", state="attached")  # the form came anew
    page.select_option("#id_level", "2")
    page.get_by_text("我知道费用分类").click()
    for name, yuan in (("scope", "8700"), ("pre", "300"), ("over", "100"), ("own", "900")):
        page.fill(f"#id_{name}", yuan)
    page.get_by_role("button", name="算一算").click()
    page.locator("#answer").wait_for()
    told = page.inner_text("#answer")
    assert "6,225.00" in told
    assert "3,775.00" in told
    assert page.input_value("#id_scope") == "8700"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

"""A clerk at work in a real browser, by keyboard: a person, the bill, a day of the record, the counter, English."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def _fits(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.requirement("ENR-25")
@pytest.mark.requirement("ORG-15")
def test_a_clerk_finds_a_person_follows_the_bill_and_goes_to_the_counter_by_keyboard(
    open_page: Callable[..., "Page"], live_city: Any, sample: Any
) -> None:
    desk = open_page("/login/")
    desk.fill("input[name=username]", "shouli")
    desk.fill("input[name=password]", sample.PASSWORD)
    desk.press("input[name=password]", "Enter")
    desk.wait_for_selector("h1:has-text('工作台')")
    _find_with_the_keys(desk, live_city)
    _follow_the_bill(desk, live_city)
    _ask_for_a_day(desk, live_city)
    _choose_an_item(desk, live_city)
    desk.click("text=English")
    desk.wait_for_selector("html[lang=en]")
    assert desk.locator("h1").inner_text().startswith("Change of registered particulars")


def _find_with_the_keys(desk: "Page", city: Any) -> None:
    desk.keyboard.press("/")
    desk.keyboard.type(city.certificate_no)
    desk.keyboard.press("Enter")
    desk.wait_for_selector("tbody tr")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("h1:has-text('张三丰')")
    desk.goto("/persons/")
    desk.wait_for_selector("tbody tr")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/persons/*/")
    assert desk.locator("h1").inner_text().endswith("张三丰")


def _follow_the_bill(desk: "Page", city: Any) -> None:
    desk.goto(f"/settlements/{city.stay}/")
    desk.wait_for_selector("text=为什么这样算")
    desk.wait_for_selector("text=6,225.00")
    assert _fits(desk)


def _ask_for_a_day(desk: "Page", city: Any) -> None:
    """The record as it stood on a day, without leaving the page, and a certificate."""
    desk.goto(f"/persons/{city.person_no}/record/")
    desk.fill("#id_on", "2018-03-15")
    desk.wait_for_selector("text=2018-03-15 的状态")
    desk.wait_for_selector("#as-of >> text=参保")
    desk.click("nav.tabs >> text=证明")
    desk.check("input[value=enrolment]")
    desk.click("main button:has-text('出具')")
    desk.wait_for_selector("h1:has-text('参保证明')")
    assert _fits(desk)


def _choose_an_item(desk: "Page", city: Any) -> None:
    """One number, Enter, and the item is chosen with the keys: nothing is accepted before its form is sent."""
    desk.goto("/cases/counter/")
    desk.wait_for_selector("input[name=key]:focus")
    desk.keyboard.type(city.certificate_no)
    desk.keyboard.press("Enter")
    desk.wait_for_selector("tr[aria-selected=true]")
    assert _fits(desk)
    desk.keyboard.press("Enter")
    desk.wait_for_selector("h1:has-text('参保登记信息变更 · 张三丰')")

"""A clerk at work in a real browser: signs in, finds a person by keyboard, follows the bill, changes the language."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(live_city: Any, open_page: Callable[..., "Page"], sample: Any) -> "Page":
    """The clerk's first page."""
    page = open_page("/login/")
    page.fill("input[name=username]", "shouli")
    page.fill("input[name=password]", sample.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("h1:has-text('工作台')")
    return page


def test_a_person_is_found_and_the_bill_followed_by_keyboard(desk: "Page", live_city: Any) -> None:
    desk.keyboard.press("/")
    desk.keyboard.type(live_city.certificate_no)
    desk.keyboard.press("Enter")
    desk.wait_for_selector("tbody tr")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("h1:has-text('张三丰')")
    desk.goto(f"/settlements/{live_city.stay}/")
    desk.wait_for_selector("text=为什么这样算")
    assert desk.locator("text=6,225.00").first.is_visible()
    wide = desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_a_row_of_a_list_opens_with_arrow_and_enter(desk: "Page") -> None:
    desk.goto("/persons/")
    desk.wait_for_selector("tbody tr")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/persons/*/")
    assert desk.locator("h1").inner_text().endswith("张三丰")


def test_the_page_speaks_english_when_asked(desk: "Page") -> None:
    desk.click("text=English")
    desk.wait_for_selector("html[lang=en]")
    assert desk.locator("text=Settlements").first.is_visible()

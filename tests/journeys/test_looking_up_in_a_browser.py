"""Fields that suggest by name, and the way back to a list as it was left, in a real browser (ORG-15)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.requirement("ENR-26")
def test_an_area_is_found_by_its_name_with_the_keyboard_and_stands_by_name_and_code(
    live_city: Any, sit_down: Callable[[str], "Page"]
) -> None:
    desk = sit_down("shouli")
    desk.goto(f"/cases/counter/transfer_out/?key={live_city.person_no}")
    field = desk.locator("#id_to_area")
    desk.wait_for_selector("#id_to_area:focus")
    desk.keyboard.type("东莞市")
    desk.wait_for_selector("#id_to_area_offered option[value^='东莞市']", state="attached")
    desk.keyboard.press("Tab")
    assert field.input_value() == "东莞市(广东省) 441900"


@pytest.mark.requirement("ORG-15")
def test_the_breadcrumb_leads_back_to_the_list_as_it_was(live_city: Any, sit_down: Callable[[str], "Page"]) -> None:
    desk = sit_down("shouli")
    desk.goto("/persons/")
    desk.fill("#id_words", live_city.certificate_no)
    desk.press("#id_words", "Enter")
    desk.wait_for_url("**words=4**")
    desk.wait_for_selector("#rows tbody tr")
    left = desk.url
    desk.locator("#rows tbody tr a").first.click()
    desk.wait_for_selector("h1:has-text('张三丰')")
    desk.locator(".crumbs a").first.click()
    desk.wait_for_selector("#rows")
    assert desk.url == left
    desk.goto("/persons/")
    desk.locator("#rows tbody tr a").first.click()
    desk.wait_for_selector(".crumbs a")
    assert desk.locator(".crumbs a").first.get_attribute("href") == "/persons/"

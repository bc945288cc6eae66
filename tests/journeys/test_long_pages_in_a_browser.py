"""A page longer than its window: the bar stays in sight, and a page of a list that is turned begins below it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from tongchou.platform import trail

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
TOP = "name => document.querySelector(name).getBoundingClientRect().top"


@pytest.mark.requirement("ORG-21")
def test_the_bar_stays_at_the_top_and_the_rows_of_the_page_turned_begin_below_it(
    sit_down: Callable[[str], "Page"], sample: Any
) -> None:
    with transaction.atomic():
        for number in range(120):
            trail.record("platform.list_exported", at=sample.NOW, pooling_area=sample.AREA, object_key=str(number))
    page = sit_down("shenji")
    page.goto("/system/trail/")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.evaluate("scrollY") > page.viewport_size["height"]
    assert page.evaluate(TOP, ".bar") == 0
    bar = page.evaluate("document.querySelector('.bar').getBoundingClientRect().height")
    page.click("a[rel=next]")
    page.wait_for_url("**/system/trail/?at=*")
    page.wait_for_function(f"({TOP})('#rows') >= {bar}")
    assert page.evaluate(TOP, "#rows tbody tr") >= bar

"""The sample city behind a browser."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tongchou.platform.commands import ensure_calendar
from tongchou.site.testing import MadeOnce

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def live_city(
    transactional_db: None, that_day: None, quick_hashing: None, sample: ModuleType, made_once: MadeOnce
) -> Any:
    """The sample city, committed, for tests with a browser."""
    return made_once("sample city", sample.make)


@pytest.fixture
def sit_down(live_city: Any, open_page: Callable[..., "Page"], sample: Any) -> Callable[[str], "Page"]:
    """Logs a demo operator in, in a browser of its own; files without a browser have a fixture of their own."""
    ensure_calendar(now=sample.NOW)

    def at(staff_code: str) -> "Page":
        page = open_page("/login/")
        page.fill("input[name=username]", staff_code)
        page.fill("input[name=password]", sample.PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    return at

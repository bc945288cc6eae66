"""The sample city behind a browser."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from tongchou.platform.commands import ensure_calendar
from tongchou.site.testing import MadeOnce

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def live_city(
    transactional_db: None, that_day: None, quick_hashing: None, sample: ModuleType, made_once: MadeOnce
) -> Any:
    """The sample city, committed, for tests with a browser."""
    return made_once("sample city", sample.make)


@pytest.fixture
def sit_down(
    live_city: Any, live_site: "LiveServer", open_page: Callable[..., "Page"], sample: Any
) -> Callable[[str], "Page"]:
    """Gives a demo operator a browser in which they have logged in; files without one have a fixture of their own.

    The log-in page is walked through once, in `test_in_a_browser.py`: it costs seconds.
    """
    ensure_calendar(now=sample.NOW)

    def at(staff_code: str) -> "Page":
        client = Client()
        operator = apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        page = open_page("about:blank")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_site.url}])
        return page

    return at

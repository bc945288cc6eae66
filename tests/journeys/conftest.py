"""The sample city behind the pages, at a fixed moment."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from tongchou.platform.commands import ensure_calendar
from tongchou.settlement.tests import world

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _sample() -> ModuleType:
    specification = importlib.util.spec_from_file_location("sample_city", Path(__file__).with_name("sample_city.py"))
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that makes the city."""
    return _sample()


@pytest.fixture
def that_day(sample: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock stands on 16 May 2018, under the rules of the test set."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: sample.NOW)
    with world.using(world.book()):
        yield


@pytest.fixture
def quick_hashing(settings: Any) -> None:
    """Hash passwords quickly: these tests are not about how slowly one can."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def city(db: None, that_day: None, quick_hashing: None, sample: ModuleType) -> Any:
    """The sample city, for tests that ask the pages themselves."""
    return sample.make()


@pytest.fixture
def live_city(transactional_db: None, that_day: None, quick_hashing: None, sample: ModuleType) -> Any:
    """The sample city, committed, for tests with a browser."""
    with transaction.atomic():
        return sample.make()


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

"""The sample city (示例城市) at a fixed moment, for journeys and for what every seat of the city must hold to."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tongchou.settlement.tests import world
from tongchou.site.testing import MadeOnce


def _sample() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "sample_city", Path(__file__).with_name("journeys") / "sample_city.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # so that what it makes can be pickled
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
def city(db: None, that_day: None, quick_hashing: None, sample: ModuleType, made_once: MadeOnce) -> Any:
    """The sample city, for tests that ask the pages themselves."""
    return made_once("sample city", sample.make)

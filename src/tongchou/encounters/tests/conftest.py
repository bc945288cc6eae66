"""The invented place of `world`, under the test set T-SET put in force in its area."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tongchou.encounters.tests import world
from tongchou.parameters import queries as parameters
from tongchou.policy.packages import Package, PolicyBook


def tset() -> PolicyBook:
    """The package of T-SET, put in force in the tests' area."""
    text = (Path(settings.POLICIES) / "test/resident/2018-01-01.yaml").read_text()
    return PolicyBook.of([Package.parse(text.replace("area: test", f"area: {world.AREA}", 1).encode(), "T-SET")])


@pytest.fixture(scope="session")
def book() -> PolicyBook:
    return tset()


@pytest.fixture(autouse=True)
def tset_rules(book: PolicyBook) -> Iterator[None]:
    with parameters.using(book):
        yield


@pytest.fixture
def place(request: pytest.FixtureRequest) -> None:
    """The institutions, physicians and items, in this test's database."""
    name = "transactional_db" if "transactional_db" in request.fixturenames else "db"
    request.getfixturevalue(name)
    world.place()


@pytest.fixture
def who(place: None) -> world.Person:
    return world.person()

"""T-SET rules, three hospitals of three levels take part, every test in its own transaction."""

from collections.abc import Iterator

import pytest

from tongchou.settlement import terms
from tongchou.settlement.facts import Standing
from tongchou.settlement.tests import world


@pytest.fixture(autouse=True)
def tset_rules() -> Iterator[None]:
    with world.using(world.book()):
        yield


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> dict[str, Standing]:
    """What is known of the institutions; a test may change it."""
    known = {code: Standing(level=level, name=code) for code, level in world.LEVELS.items()}
    known[world.PHARMACY] = Standing(level=None, name=world.PHARMACY)
    monkeypatch.setattr(terms, "standing", lambda code, **_: known[code])
    return known

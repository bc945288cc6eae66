"""The example day of the documentation, sent to a default city founded on another day."""

import runpy
from collections.abc import Iterator
from datetime import date, datetime

import orjson
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tongchou.settlement import invariants
from tongchou.simulator import founding, replay
from tongchou.simulator.plan import AREA, PERSONS_OF_DEFAULT, SEED_OF_DEFAULT, CityPlan
from tongchou.simulator.tests.support import ZONE
from tongchou.simulator.tests.test_founding import quiet, rolled_back
from tongchou.site.postgres_place import checkout
from tongchou.wire import registry

FOLDER = checkout() / "docs" / "examples"
FILE = FOLDER / "hospital-day.jsonl"
DAY = date(2027, 3, 9)
EVENING = datetime(2027, 3, 9, 20, 0, tzinfo=ZONE)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def default_city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), rolled_back():
        founding.found(CityPlan(PERSONS_OF_DEFAULT, SEED_OF_DEFAULT, DAY), now=EVENING, progress=quiet)
        yield
    connection.close()


@pytest.mark.usefixtures("default_city")
def test_every_message_of_the_example_day_gets_the_answer_it_should() -> None:
    answers: dict[str, object] = {}
    filled_by_any_client = runpy.run_path(str(FOLDER / "any_client.py"))["filled"]
    settled = 0
    for line in replay.read(FILE):
        message = replay.filled(line.message, answers, DAY, where=line.where)
        assert filled_by_any_client(line.message, answers, DAY) == message
        body = orjson.dumps(message)
        answer = orjson.loads(registry.respond(body, headers={}, clock=lambda: EVENING))
        assert (answer["infcode"] != 0) == line.refused, f"{line.where}: {answer['err_msg']}"
        answers[line.id] = answer["output"]
        settled += line.message["infno"] in ("2207", "2304", "2102") and not line.refused
    assert settled > 25
    assert invariants.broken(pooling_area=AREA, since=DAY, until=date(2027, 3, 10)) == []


def test_the_example_day_shows_the_whole_of_a_days_business() -> None:
    told = {line.message["infno"] for line in replay.read(FILE)}
    assert told >= {"9001", "1101", "2201", "2203", "2204", "2205", "2206", "2207"}
    assert told >= {"2101", "2102", "2301", "2303", "2304", "2305", "2401", "2402", "2405", "2601"}
    assert any(line.refused for line in replay.read(FILE))

"""The played past: a month through the wire in process, its books right, its clock its own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tongchou.settlement import invariants
from tongchou.simulator import counter_queue, founding, paperwork, past
from tongchou.simulator.his import Tally
from tongchou.simulator.models import City
from tongchou.simulator.plan import AREA
from tongchou.simulator.stage import Script, Stage
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_founding import PERSONS, ask, quiet, rolled_back

VISITS = 60

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def month(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Tally]:
    """A small city with a month behind it."""
    with django_db_blocker.unblock(), rolled_back():
        plan = support.plan(PERSONS)
        founding.found(plan, now=support.NOON, progress=quiet)
        yield past.play(plan, settlements=VISITS, now=support.NOON, progress=quiet)
    connection.close()


def test_visits_end_in_settlements_and_refusals_have_their_reason(month: Tally) -> None:
    assert month.settled > VISITS * 0.8
    assert month.overlooked == {}
    unexpected = [text for text in month.refusals if "ST-2001" not in text]  # 未缴费 is what hospitals meet
    assert unexpected == []


def test_settlements_lie_in_the_month_before_now(month: Tally) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(settled_at), max(settled_at), count(*) FROM settlement_settlement")
        first, last, count = cursor.fetchone()
    assert support.NOON - timedelta(days=past.DAYS + 1) <= first <= last <= support.NOON
    assert count >= month.visits["outpatient"] + month.visits["pharmacy"]


def test_every_identity_of_the_books_holds(month: Tally) -> None:
    since, until = support.DAY - timedelta(days=past.DAYS + 1), support.DAY + timedelta(days=1)
    assert invariants.broken(pooling_area=AREA, since=since, until=until) == []
    assert invariants.roll_up_differences(pooling_area=AREA, since=since, until=until) == []


def test_the_city_remembers_its_month(month: Tally) -> None:
    city = City.objects.get()
    assert (city.history_from, city.history_until) == (support.DAY - timedelta(days=past.DAYS), support.DAY)


def test_lines_lie_in_the_partitions_of_their_months(month: Tally) -> None:
    assert ask("SELECT count(*) FROM encounters_chargeline") > VISITS
    assert ask("SELECT count(*) FROM encounters_chargeline_rest") == 0


def test_the_stage_wakes_whoever_waits_for_the_earliest_moment() -> None:
    stage, seen = Stage(support.NOON), list[tuple[str, int]]()

    async def script(name: str, *hours: int) -> None:
        for hour in hours:
            await stage.until(support.NOON + timedelta(hours=hour))
            seen.append((name, hour))

    scripts: list[tuple[Script, int]] = [(script("a", 1, 4, 9), 0), (script("b", 2, 3), 0), (script("c", 0), 2)]
    for one, hour in scripts:
        stage.enter(one, support.NOON + timedelta(hours=hour))
    stage.run(support.NOON + timedelta(hours=5))
    assert seen == [("a", 1), ("c", 0), ("b", 2), ("b", 3), ("a", 4)]
    assert stage.now() == support.NOON + timedelta(hours=4)
    assert stage.close() == 1


def test_the_counter_has_given_out_papers_and_has_objections_in_hand(month: Tally) -> None:
    assert paperwork.lay_out(support.NOON) > 0
    assert counter_queue.lay_out(support.NOON) > 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rights_certificateprint")
        (prints,) = cursor.fetchone()
        cursor.execute("SELECT array_agg(state ORDER BY id) FROM rights_objection")
        (objections,) = cursor.fetchone()
        cursor.execute("SELECT array_agg(state ORDER BY id) FROM rights_accessapplication")
        (applications,) = cursor.fetchone()
    assert prints > 0
    assert objections == ["filed", "checked", "filed"]
    assert applications == ["approved", "filed"]


def test_the_month_that_is_over_has_something_for_the_serious_illness_insurer(month: Tally) -> None:
    first = support.DAY.replace(day=1)
    paid = "SELECT count(*) FROM settlement_settlement WHERE catastrophic_paid_fen > 0 AND settled_on < %s"
    with connection.cursor() as cursor:
        cursor.execute(paid, [first])
        assert cursor.fetchone()[0] >= 1

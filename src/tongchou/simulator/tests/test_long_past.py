"""The past put down in bulk: what the wire would have made, every identity of the books, all of it or nothing."""

import itertools
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from django.apps import apps
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tongchou.encounters import invariants as encounters
from tongchou.encounters import parameters
from tongchou.fund import invariants as fund
from tongchou.policy.facts import Facts
from tongchou.settlement import invariants, queries, replaying
from tongchou.settlement.rules import COLUMNS
from tongchou.simulator import bulk, founding, geography, his, long_past, past, places
from tongchou.simulator.models import City
from tongchou.simulator.plan import AREA
from tongchou.simulator.settled_visits import Settled
from tongchou.simulator.stage import InProcessLine, Stage
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_founding import ask, quiet, rolled_back

PERSONS = 400
WANTED = 300
SINCE, UNTIL = support.DAY - timedelta(days=long_past.DAYS), support.DAY
EVER = {"since": SINCE - timedelta(days=90), "until": UNTIL + timedelta(days=1)}
PLAYED = 40


@pytest.fixture(scope="module")
def founded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), rolled_back():
        founding.found(support.plan(PERSONS), now=support.NOON, progress=quiet)
        yield
    connection.close()


@pytest.fixture(scope="class")
def filled(founded: None) -> Iterator[int]:
    """A small city with a year behind it; how many settlements that was."""
    with rolled_back():
        yield fill()


@pytest.fixture
def city(founded: None) -> Iterator[None]:
    """The city without a past, whatever the test does to it."""
    with rolled_back():
        yield


def fill() -> int:
    return long_past.fill(support.plan(PERSONS), settlements=WANTED, now=support.NOON, progress=quiet)


def rows_of(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


class TestTheBooks:
    """What the nightly checks ask of every settlement holds for those put down in bulk."""

    def test_nearly_every_wanted_visit_is_settled_and_counted(self, filled: int) -> None:
        assert WANTED * 0.9 < filled <= WANTED
        assert ask("SELECT count(*) FROM settlement_settlement") == filled
        assert ask("SELECT count(*) FROM encounters_encounter WHERE state = 'settled'") == filled

    def test_every_identity_holds(self, filled: int) -> None:
        assert invariants.broken(pooling_area=AREA, **EVER) == []
        assert encounters.broken(**EVER) == []
        assert fund.broken(pooling_area=AREA, **EVER) == []

    def test_the_days_are_rolled_up(self, filled: int) -> None:
        assert invariants.roll_up_differences(pooling_area=AREA, **EVER) == []
        assert ask("SELECT sum(settlements) FROM settlement_dailytotal") == filled

    def test_batches_are_the_sums_of_their_lines_and_add_up_to_the_bills(self, filled: int) -> None:
        total = ask("SELECT sum(total_fen) FROM settlement_settlement")
        assert ask("SELECT sum(total_fen) FROM encounters_chargebatch") == total
        assert ask("SELECT sum(amount_fen) FROM encounters_chargeline") == total
        assert ask("SELECT count(*) FROM encounters_chargebatch WHERE settlement_id IS NULL") == 0

    def test_accumulators_are_the_sums_of_the_receipts_and_count_the_settlements(self, filled: int) -> None:
        off = rows_of(
            "SELECT a.person_id FROM settlement_accumulator a JOIN settlement_settlement s USING (person_id, scheme)"
            " WHERE s.receipt -> 'versions' ? a.benefit_year::text GROUP BY a.person_id, a.benefit_year, a.version"
            " HAVING a.version <> count(*)"
            " OR a.version <> max((s.receipt -> 'versions' ->> a.benefit_year::text)::integer)"
        )
        assert off == []
        assert ask("SELECT count(*) FROM settlement_accumulator") > 100

    def test_a_receipt_computes_every_settlement_again_to_the_fen(self, filled: int) -> None:
        for found in apps.get_model("settlement.Settlement").objects.order_by("id")[::5]:
            again = replaying.replay(found.receipt)
            assert again.columns == {column: getattr(found, column) for column in COLUMNS}

    def test_a_settlement_is_explained_and_knows_what_depended_on_it(self, filled: int) -> None:
        ((person,),) = rows_of(
            "SELECT person_id FROM settlement_settlement GROUP BY 1 HAVING count(*) > 2 ORDER BY count(*) DESC LIMIT 1"
        )
        first = apps.get_model("settlement.Settlement").objects.filter(person_id=person).earliest("settled_at")
        view = queries.one(AREA, first.id)
        assert view is not None
        assert queries.explanation(view)
        later = {one.settlement_id for one in queries.dependent_settlements(AREA, first.id)}
        assert first.id not in later


class TestTheYear:
    def test_all_lie_in_the_year_before_today_and_the_city_remembers_it(self, filled: int) -> None:
        ((first, last),) = rows_of("SELECT min(settled_on), max(settled_on) FROM settlement_settlement")
        assert SINCE <= first < last < UNTIL
        assert last - first > timedelta(days=300)
        remembered = City.objects.get()
        assert (remembered.history_from, remembered.history_until) == (SINCE, UNTIL)

    def test_nobody_is_in_two_places_and_no_stay_would_need_a_filing(self, filled: int) -> None:
        seen: dict[int, tuple[date, bool]] = {}
        for person, kind, began_on, ended_on in rows_of(
            "SELECT person_id, kind, (began_at AT TIME ZONE 'Asia/Shanghai')::date,"
            " (coalesce(ended_at, began_at) AT TIME ZONE 'Asia/Shanghai')::date"
            " FROM encounters_encounter ORDER BY person_id, began_at"
        ):
            stay = kind in ("inpatient", "maternity")
            if person in seen:
                assert began_on > seen[person][0]
            if stay:
                days = parameters.procedure(AREA).readmission_days
                last = ask(
                    "SELECT count(*) FROM encounters_encounter WHERE person_id = %s AND ended_at < %s"
                    " AND ended_at >= %s - make_interval(days => %s)",
                    person, began_on, began_on, days,
                )  # fmt: skip
                assert last == 0
            seen[person] = (ended_on, stay)

    def test_everybody_was_covered_on_the_day(self, filled: int) -> None:
        uncovered = (
            "SELECT count(*) FROM settlement_settlement s WHERE NOT EXISTS (SELECT FROM contributions_coveragespan c"
            " WHERE c.person_id = s.person_id AND c.scheme = s.scheme AND c.covered_from <= s.benefit_on"
            " AND c.covered_until > s.benefit_on)"
        )
        assert ask(uncovered) == 0

    def test_persons_are_those_of_the_register(self, filled: int) -> None:
        strangers = (
            "SELECT count(*) FROM encounters_encounter e LEFT JOIN enrolment_person p"
            " ON p.id = e.person_id AND p.person_no = e.person_no AND p.sex = e.sex AND p.born_on = e.born_on"
            " WHERE p.id IS NULL"
        )
        assert ask(strangers) == 0
        elsewhere = (
            "SELECT count(*) FROM settlement_settlement s LEFT JOIN enrolment_enrolment e ON e.person_id = s.person_id"
            " AND e.scheme = s.scheme AND e.unit_code = s.unit_code WHERE e.id IS NULL"
        )
        assert ask(elsewhere) == 0

    def test_ids_rise_with_the_days(self, filled: int) -> None:
        days = [day for (day,) in rows_of("SELECT settled_on FROM settlement_settlement ORDER BY id")]
        late = sum(day < before for before, day in itertools.pairwise(days))
        assert late <= filled * 0.1

    def test_lines_lie_in_the_partitions_of_their_months(self, filled: int) -> None:
        assert ask("SELECT count(*) FROM encounters_chargeline_rest") == 0

    def test_the_next_settlement_of_a_hospital_goes_on_behind_them(self, filled: int) -> None:
        """What is loaded stands where the wire reads and writes: the live hospitals settle the same people."""
        with rolled_back():
            tally = past.play(support.plan(PERSONS), settlements=20, now=support.NOON, progress=quiet)
            assert tally.settled > 10
            assert invariants.broken(pooling_area=AREA, **EVER) == []
            assert invariants.roll_up_differences(pooling_area=AREA, **EVER) == []
            assert fund.broken(pooling_area=AREA, **EVER) == []
            assert City.objects.get().history_from == SINCE


def test_a_second_past_is_refused(city: None) -> None:
    fill()
    before = ask("SELECT count(*) FROM settlement_settlement")
    with pytest.raises(long_past.PastStands, match="已有2025-11-21至2026-11-21的过往业务"):
        fill()
    assert ask("SELECT count(*) FROM settlement_settlement") == before


@pytest.mark.django_db
def test_there_is_no_past_without_a_city() -> None:
    with pytest.raises(long_past.NobodyThere):
        fill()


def test_a_past_that_is_interrupted_leaves_nothing(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_past, "ROWS_PER_COPY", 100)

    def interrupted(*_: object) -> None:
        assert ask("SELECT count(*) FROM settlement_settlement") > 0
        raise KeyboardInterrupt

    monkeypatch.setattr(long_past._Tables, "add_accumulators", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fill()
    for table in long_past.TABLES:
        assert ask(f"SELECT count(*) FROM {table}") == 0
    assert City.objects.get().history_from is None


def test_rows_are_the_same_with_and_without_the_guards_and_the_guards_stand_again(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver: psycopg.Connection[Any] = connection.connection
    guards = [(guard.table, guard.name) for table in long_past.UNGUARDED for guard in bulk.guards_of(driver, table)]
    with rolled_back():
        fill()
        slow = everything()
    monkeypatch.setattr(long_past, "GUARDS_AWAY_FROM", 1)
    monkeypatch.setattr(long_past, "_refresh_statistics", lambda settlements: None)  # no VACUUM inside a test
    fill()
    assert everything() == slow
    built = [guard for table in long_past.UNGUARDED for guard in bulk.guards_of(driver, table)]
    assert [(guard.table, guard.name) for guard in built] == guards


def everything() -> list[tuple[Any, ...]]:
    """All settlements but their numbers, which are never given twice."""
    amounts = ", ".join(f"s.{column}" for column in COLUMNS)
    return rows_of(
        f"SELECT s.person_id, s.settled_at, s.institution_code, {amounts}, s.receipt::text, e.diagnoses::text"
        " FROM settlement_settlement s JOIN encounters_encounter e ON e.id = s.encounter_id ORDER BY 1, 2"
    )


def test_the_wire_makes_the_same_of_the_same_visits(city: None) -> None:
    """Visits settled in bulk, played once more message by message in a city without them: the same rows."""
    plan = support.plan(PERSONS)
    ground = geography.lay_out(plan)
    all_places = places.establish(plan, ground)
    long_past._ensure_partitions(support.DAY)
    town = long_past._Town(plan, ground, all_places, WANTED, support.NOON)
    in_bulk = list(town.settle(support.chunks(PERSONS)[0], WANTED))
    played = [settled for settled in in_bulk if settled.reading.bill.is_stay]
    played += in_bulk[:PLAYED]
    persons = {settled.life.person_id for settled in played}
    expected = [settled for settled in in_bulk if settled.life.person_id in persons]
    play(expected, all_places)
    found = apps.get_model("settlement.Settlement").objects.filter(person_id__in=persons)
    by_visit = {(row.person_id, row.benefit_on): row for row in found}
    assert len(by_visit) == len(expected)
    for settled in expected:
        assert as_stored(by_visit[settled.life.person_id, settled.computed.main.facts.on]) == as_made(settled)
    kept = rows_of("SELECT person_id, scheme, benefit_year, version, amounts::text FROM settlement_accumulator")
    assert {(who, scheme, year): (version, json.loads(amounts)) for who, scheme, year, version, amounts in kept} == {
        key: (year.version, year.amounts) for key, year in town.years.items() if key[0] in persons
    }


def play(visits: list[Settled], all_places: tuple[places.Place, ...]) -> None:
    stage, tally = Stage(support.NOON - timedelta(days=500)), his.Tally()
    desks = {
        place.code: his.Desk(place, InProcessLine(stage), stage, tally, pause=past.CASHIER) for place in all_places
    }
    for serial, settled in enumerate(visits, 1):
        stage.enter(his.play(desks[settled.visit.place.code], settled.visit, serial=serial), settled.visit.began_at)
    stage.run(support.NOON)
    assert dict(tally.refusals) == {}
    assert stage.close() == 0


def as_stored(row: Any) -> dict[str, Any]:
    """What of a settlement does not depend on when the messages came."""
    (part,) = row.receipt["parts"]
    return {
        **{column: getattr(row, column) for column in COLUMNS},
        "unit": row.unit_code, "care": row.care_type, "kind": row.kind, "ratio": float(row.ratio),
        "categories": row.category_fen, "package": row.package_hash, "sums": part["sums"], "state": part["state"],
        "facts": msgspec.convert(part["facts"], Facts), "funds": row.receipt["funds"],
        "deltas": row.receipt["deltas"], "versions": row.receipt["versions"],
        "held": sorted(row.receipt["batches"].values()),
    }  # fmt: skip


def as_made(settled: Settled) -> dict[str, Any]:
    """The same of a row that has not been written."""
    made = apps.get_model("settlement.Settlement")(**settled.row.columns)
    made.receipt = msgspec.json.decode(msgspec.json.encode(made.receipt))
    return as_stored(made)

"""Founding the invented city (建城): one transaction, people by COPY; it stands whole or not at all.

Small registers (agency tree, institutions, catalogue, standards) go through the models; operators, books and vouchers
through the commands of their chapters; people, contributions and coverage in binary columns.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import psycopg
from django.db import connection, transaction

from tongchou.platform.commands import (
    ensure_calendar,
    ensure_commission_items,
    ensure_demo_operators,
    ensure_standard_matrix,
    ensure_standard_posts,
)
from tongchou.platform.states import UnitLevel
from tongchou.simulator import (
    binary_copy,
    books,
    bulk,
    covering,
    geography,
    groups,
    people,
    places,
    premiums,
    rows,
    small_registers,
)
from tongchou.simulator.geography import Geography
from tongchou.simulator.groups import GroupSpans
from tongchou.simulator.models import City
from tongchou.simulator.people import People
from tongchou.simulator.places import Place
from tongchou.simulator.plan import AREA, MERGED_ON, PROVINCE, CityPlan
from tongchou.simulator.policy_work import make_policy_work
from tongchou.simulator.premiums import History

PEOPLE_TABLES: Final = (
    "enrolment_household",
    "enrolment_person",
    "enrolment_enrolment",
    "enrolment_socialsecuritycard",
    "enrolment_specialgroupspan",
    "contributions_contribution",
    "contributions_coveragespan",
)
GUARDS_AWAY_FROM: Final = 50_000
"""A city of so many persons is loaded without its indexes, which are built afterwards."""

COVERAGE_NO_OVERLAP: Final = "coverage_no_overlap"
"""Stays while the spans come in order of person: built and checked behind them it takes twice as long."""

IN_ORDER: Final = {"contributions_coveragespan": 8_192}
"""Tables whose rows keep the order of persons, and how many of them may be mixed."""

CHUNKS_AHEAD: Final = 2
MONTHS_BEFORE, MONTHS_AFTER = 6, 13
"""Months for which charge lines get partitions: those of a played past, and the year that follows."""

_FILLED: Final = "SELECT relid::regclass::text FROM pg_stat_user_tables WHERE pg_relation_size(relid) > 0"

Progress = Callable[[str, int, int], None]
"""What is being done, how far, of how much."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the population, ready to be written."""

    people: People
    special: GroupSpans
    history: History


def found(plan: CityPlan, *, now: datetime, progress: Progress) -> None:
    """Make the whole city in one transaction; nothing of it stays when it is stopped (建城)."""
    with transaction.atomic(durable=True):
        ground = geography.lay_out(plan)
        all_places = places.establish(plan, ground)
        progress("机构与目录", 0, 1)
        _enter_small_registers(plan, ground, all_places, now)
        progress("机构与目录", 1, 1)
        driver = cast("psycopg.Connection[tuple[object, ...]]", connection.connection)
        ledger = books.PremiumBooks(plan)
        with _guards_away(plan, driver, progress):
            _enter_people(plan, ground, driver, ledger, progress)
            progress("保费入账", 0, 1)
            ledger.post(now=now)
            ledger.enter_batches(driver, now=now)
            progress("保费入账", 1, 1)
        bulk.advance_sequences(driver, PEOPLE_TABLES)
        bulk.advance(driver, "enrolment_person_no", "enrolment_person")
        City.objects.create(
            pooling_area=AREA, seed=plan.seed, persons=plan.persons, made_for=plan.today, founded_at=now
        )
    _refresh_statistics(plan)


@contextlib.contextmanager
def _guards_away(
    plan: CityPlan, driver: "psycopg.Connection[tuple[object, ...]]", progress: Progress
) -> Iterator[None]:
    """Indexes and constraints of the people's tables are built afterwards, when there are many people."""
    if plan.persons < GUARDS_AWAY_FROM:
        yield
        return
    bulk.check_deferred(driver)
    with bulk.guards_rebuilt(
        driver, PEOPLE_TABLES, step=lambda done, of: progress("索引与约束", done, of), keep={COVERAGE_NO_OVERLAP}
    ):
        yield
        bulk.check_deferred(driver)


def _enter_small_registers(plan: CityPlan, ground: Geography, all_places: tuple[Place, ...], now: datetime) -> None:
    ensure_calendar(now=now)
    ensure_standard_posts()
    small_registers.enter_agencies(ground, all_places)
    ensure_commission_items()
    ensure_standard_matrix(unit_code=PROVINCE, now=now)
    small_registers.enter_agents(ground, plan, now=now)
    small_registers.enter_institutions(all_places, now=now)
    small_registers.enter_catalogue(plan, now=now)
    small_registers.enter_standards(plan)
    with connection.cursor() as cursor:
        first_month = plan.today - timedelta(days=MONTHS_BEFORE * 31)
        cursor.execute("SELECT encounters_ensure_partitions(%s, %s)", [first_month, MONTHS_BEFORE + MONTHS_AFTER])
    ensure_demo_operators(units=desks(ground, all_places), active_from=MERGED_ON, now=now)
    small_registers.enter_training(plan, now=now)
    make_policy_work(ground, now=now)


def desks(ground: Geography, all_places: tuple[Place, ...]) -> dict[UnitLevel, str]:
    """Where the demo operators sit: the first unit of each level, the office of the first hospital."""
    first = {UnitLevel(unit.level): unit.code for unit in reversed(ground.units)}
    return {**first, UnitLevel.INSTITUTION_OFFICE: all_places[0].code}


def chunks(plan: CityPlan, ground: Geography) -> Iterator[Chunk]:
    """The population part by part, in order."""
    for number, part in enumerate(people.populate(plan, ground)):
        special = groups.recognise(plan, number, part)
        yield Chunk(part, special, premiums.pay(plan, number, part, special))


def _ahead(made: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, made in a thread of their own while the database takes in the one before."""
    ready: queue.Queue[Chunk | BaseException | None] = queue.Queue(CHUNKS_AHEAD)
    stopped = threading.Event()

    def produce() -> None:
        try:
            for chunk in made:
                while not stopped.is_set():
                    try:
                        ready.put(chunk, timeout=0.1)
                        break
                    except queue.Full:
                        continue
                if stopped.is_set():
                    return
            last: BaseException | None = None
        except BaseException as fault:  # handed to the reader, who raises it
            last = fault
        while not stopped.is_set():
            try:
                ready.put(last, timeout=0.1)
                return
            except queue.Full:
                continue

    worker = threading.Thread(target=produce, name="city-chunks", daemon=True)
    worker.start()
    try:
        while (chunk := ready.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk
    finally:
        stopped.set()
        worker.join()


class _Writer:
    """Writes columns into tables, counting the ids of each through the whole city."""

    def __init__(self, driver: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._driver = driver
        self._next = dict.fromkeys(PEOPLE_TABLES, 1)

    def write(self, table: str, columns_from: Callable[[int], rows.Columns]) -> int:
        """Rows into a table, made for the first id that is free; that id."""
        first = self._next[table]
        columns = columns_from(first)
        binary_copy.write_rows(self._driver, table, columns, at_once=IN_ORDER.get(table))
        self._next[table] += rows.count(columns)
        return first


def _enter_people(
    plan: CityPlan,
    ground: Geography,
    driver: "psycopg.Connection[tuple[object, ...]]",
    ledger: books.PremiumBooks,
    progress: Progress,
) -> None:
    writer, cover, done = _Writer(driver), covering.Coverage(), 0
    progress("居民与参保", 0, plan.persons)
    for chunk in _ahead(chunks(plan, ground)):
        _enter_chunk(plan, ground, writer, cover, ledger, chunk)
        done += len(chunk.people)
        progress("居民与参保", done, plan.persons)


def _enter_chunk(
    plan: CityPlan,
    ground: Geography,
    writer: _Writer,
    cover: covering.Coverage,
    ledger: books.PremiumBooks,
    chunk: Chunk,
) -> None:
    crowd, history = chunk.people, chunk.history
    paid, spans = cover.decide(crowd, history.payments)
    batches = ledger.book(paid, history)
    writer.write("enrolment_household", lambda _: rows.households(crowd, ground))
    writer.write("enrolment_person", lambda _: rows.persons(crowd, ground, history))
    writer.write("enrolment_enrolment", lambda first: rows.enrolments(plan, crowd, ground, history, first_id=first))
    writer.write("enrolment_socialsecuritycard", lambda first: rows.cards(plan, crowd, first_id=first))
    writer.write("enrolment_specialgroupspan", lambda first: rows.special_groups(crowd, chunk.special, first_id=first))
    paying = writer.write(
        "contributions_contribution", lambda first: rows.contributions(crowd, paid, spans, batches, first_id=first)
    )
    writer.write(
        "contributions_coveragespan",
        lambda first: rows.coverage(crowd, paid, spans, first_id=first, first_contribution=paying),
    )
    writer.write("contributions_coveragespan", lambda first: rows.employees_coverage(crowd, history, first_id=first))


def _refresh_statistics(plan: CityPlan) -> None:
    """Fresh planner statistics; on large tables also the visibility map that index-only scans need.

    Empty tables are left out: told that they are empty, the planner would read them whole for as long as a connection
    keeps its plans.
    """
    with connection.cursor() as cursor:
        if plan.persons >= GUARDS_AWAY_FROM:
            cursor.execute(f"VACUUM {', '.join(PEOPLE_TABLES)}")
        cursor.execute(_FILLED)
        cursor.execute(f"ANALYZE {', '.join(name for (name,) in cursor.fetchall())}")

"""A year of settlements for a large city (过往业务批量): settled by the chapters' own rules, put down by COPY.

People are settled one after the other, each in order of time, so that every accumulator, due and receipt is what the
wire would have made; only messages and bookings are left out. One transaction: all of it or nothing.
"""

import contextlib
import itertools
import operator
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast

import msgspec
import psycopg
from django.db import connection, transaction
from psycopg import sql

from tongchou.encounters import parameters
from tongchou.kernel.errors import DomainError
from tongchou.platform.ids import BLOCK, take_dated
from tongchou.settlement import facts
from tongchou.simulator import bulk, founding, geography, past, places, settled_visits
from tongchou.simulator.covering import Coverage
from tongchou.simulator.founding import Chunk, Progress
from tongchou.simulator.geography import Geography
from tongchou.simulator.lives import Life, lives, residents
from tongchou.simulator.models import City
from tongchou.simulator.places import Place
from tongchou.simulator.plan import AREA, CityPlan
from tongchou.simulator.settled_visits import Columns, Settled, YearKey
from tongchou.simulator.visits import INPATIENT, LONGEST_STAY, OUTPATIENT, Visit, VisitMaker

DAYS: Final = 365
SUNDAY: Final = 6
TRIES: Final = 12
DAYS_TO_TRY: Final = 20
"""Who was not covered on the drawn day, or is just being treated, comes within so many days before it."""

SPARE_IDS: Final = 1.4
"""Visits of a day vary; where its ids do not suffice, the next free ones serve."""

BATCHES: Final = "encounters_chargebatch"
ENCOUNTERS: Final = "encounters_encounter"
LINES: Final = "encounters_chargeline"
SETTLEMENTS: Final = "settlement_settlement"
ACCUMULATORS: Final = "settlement_accumulator"
DUES: Final = "fund_institutiondue"
TABLES: Final = (ENCOUNTERS, BATCHES, LINES, SETTLEMENTS, ACCUMULATORS, DUES)
"""Parents before children."""

UNGUARDED: Final = tuple(table for table in TABLES if table != LINES)
"""Their guards can be built again behind the rows; the lines are partitioned and have none but their key."""

ROWS_PER_COPY: Final = 20_000
GUARDS_AWAY_FROM: Final = 50_000
TOLD_EVERY: Final = 500


class PastStands(DomainError):
    code = "SM-0107"
    message = "演示城市已有{since}至{until}的过往业务,不能再补"


class NobodyThere(DomainError):
    code = "SM-0108"
    message = "还没有演示城市,不能补过往业务;请先运行 tongchou demo"


def fill(plan: CityPlan, *, settlements: int, now: datetime, progress: Progress) -> int:
    """Settle about so many visits of the last year (过往业务批量); returns how many it were.

    Raises: PastStands, NobodyThere.
    """
    first_day = now.date() - timedelta(days=DAYS)
    with transaction.atomic(durable=True):
        _check_no_past()
        settled = _fill(plan, settlements, now, progress)
        past.remember(first_day, now)
    progress("过往结算", settlements, settlements)
    _refresh_statistics(settlements)
    past.roll_up(first_day, now)
    return settled


def _check_no_past() -> None:
    city = City.objects.select_for_update().filter(pk=AREA).first()
    if city is None:
        raise NobodyThere
    if city.history_from is not None:
        raise PastStands(since=city.history_from, until=city.history_until)


def _fill(plan: CityPlan, settlements: int, now: datetime, progress: Progress) -> int:
    ground = geography.lay_out(plan)
    driver = cast("psycopg.Connection[tuple[object, ...]]", connection.connection)
    _ensure_partitions(now.date())
    tables = _Tables(driver)
    town = _Town(plan, ground, places.establish(plan, ground), settlements, now)
    done = 0
    with _guards_away(driver, settlements, progress):
        for chunk, wanted in _shares(plan, founding.chunks(plan, ground), settlements):
            for settled in town.settle(chunk, wanted):
                tables.add(settled)
                done += 1
                if done % TOLD_EVERY == 0:
                    progress("过往结算", done, settlements)
            tables.add_accumulators(town.years)
            town.years.clear()
        tables.flush()
    return done


def _shares(plan: CityPlan, chunks: Iterator[Chunk], settlements: int) -> Iterator[tuple[Chunk, int]]:
    """Each chunk's part of the settlements, adding up to all."""
    people = given = 0
    for chunk in chunks:
        people += len(chunk.people)
        upto = settlements * people // plan.persons
        yield chunk, upto - given
        given = upto


@dataclass(slots=True)
class _Calendar:
    """When the person may come again: one thing at a time, and no stay that would need a filing (GX2017 §68)."""

    free_after: date = date.min
    admitted_after: date = date.min

    def admits(self, visit: Visit) -> bool:
        """Whether the visit begins late enough."""
        began_on = visit.began_at.date()
        return began_on > self.free_after and (visit.kind != INPATIENT or began_on > self.admitted_after)

    def note(self, visit: Visit) -> None:
        """The visit took place."""
        self.free_after = visit.ended_at.date()
        if visit.kind == INPATIENT:
            self.admitted_after = self.free_after + timedelta(days=parameters.procedure(AREA).readmission_days)


class _Town:
    """Draws who comes when, and settles it, each person's visits in order of time."""

    def __init__(
        self, plan: CityPlan, ground: Geography, all_places: Sequence[Place], settlements: int, now: datetime
    ) -> None:
        self._ground = ground
        self._until = now.date()
        self._since = self._until - timedelta(days=DAYS)
        self._random = random.Random(plan.seed)
        self._maker = VisitMaker(all_places, (), seed=plan.seed, zone=now.tzinfo)
        self._cover = Coverage()
        self._numbers = _Numbers(self._since, self._until, per_day=settlements / DAYS)
        self.years: dict[YearKey, facts.Year] = {}

    def settle(self, chunk: Chunk, wanted: int) -> Iterator[Settled]:
        """So many settlements of a chunk's people, fewer where somebody is not covered."""
        days_of = self._drawn(residents(chunk).tolist(), wanted)
        for at, life in lives(chunk, self._ground, self._cover, days_of).items():
            calendar = _Calendar()
            for day in sorted(days_of[at]):
                settled = self._settled_about(day, life, calendar)
                if settled is not None:
                    calendar.note(settled.visit)
                    yield settled

    def _drawn(self, people: Sequence[int], wanted: int) -> dict[int, list[date]]:
        """Who comes on which days."""
        days_of: dict[int, list[date]] = {}
        for _ in range(wanted if people else 0):
            who = people[self._random.randrange(len(people))]
            day = self._until - timedelta(days=self._random.randint(1, DAYS))
            days_of.setdefault(who, []).append(day)
        return days_of

    def _settled_about(self, day: date, life: Life, calendar: _Calendar) -> Settled | None:
        """A settlement of that day, or of one shortly before it."""
        for attempt in range(TRIES):
            on = day - timedelta(days=self._random.randrange(DAYS_TO_TRY)) if attempt else day
            if on < self._since or (on.weekday() == SUNDAY and not attempt) or not life.covers(on, on):
                continue
            if on > calendar.free_after:
                visit = self._visit(on, life, calendar)
                settled = settled_visits.settle(visit, life, self.years, self._numbers.take)
                if settled is not None:
                    return settled
        return None

    def _visit(self, on: date, life: Life, calendar: _Calendar) -> Visit:
        """What brings the person that day; who cannot have stayed so long comes for an hour."""
        visit = self._maker.visit(on, patient=life.patient)
        if calendar.admits(visit) and life.covers(visit.began_at.date(), on):
            return visit
        return self._maker.visit(on, patient=life.patient, kind=OUTPATIENT)


class _Numbers:
    """Ids that rise with the days, as lists want them, though people are settled one after the other."""

    def __init__(self, since: date, until: date, *, per_day: float) -> None:
        count = int(per_day * SPARE_IDS) + 1
        first_admission = since - timedelta(days=LONGEST_STAY)
        self._left = {
            (name, day): self._reserved(name, day, count)
            for name, start in (("encounter", first_admission), ("settlement", since))
            for day in (start + timedelta(days=n) for n in range((until - start).days))
        }

    @staticmethod
    def _reserved(name: str, day: date, count: int) -> Iterator[int]:
        ranges = []
        for taken in range(0, count, BLOCK):
            some = min(BLOCK, count - taken)
            first = take_dated(name, day, some)
            ranges.append(range(first, first + some))
        return itertools.chain(*ranges)

    def take(self, name: str, day: date) -> int:
        """The next of that day, or where they are used up the next at all."""
        number = next(self._left[name, day], None)
        return take_dated(name, day) if number is None else number


class _Tables:
    """Collects rows and copies them, parents before children."""

    def __init__(self, driver: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._driver = driver
        self._waiting: dict[str, list[Columns]] = {table: [] for table in TABLES}

    def add(self, settled: Settled) -> None:
        """Everything of one settlement."""
        row = settled.row
        self._waiting[ENCOUNTERS].append(settled.encounter)
        self._waiting[BATCHES].extend(settled.charge_batches)
        self._waiting[LINES].extend(settled.charge_lines)
        self._waiting[SETTLEMENTS].append(dict(row.columns))
        self._waiting[DUES].extend(settled.dues(row.funds))
        if len(self._waiting[LINES]) >= ROWS_PER_COPY:
            self.flush()

    def add_accumulators(self, years: Mapping[YearKey, facts.Year]) -> None:
        """What people have used of their years."""
        self._waiting[ACCUMULATORS].extend(
            {
                "pooling_area": AREA,
                "person_id": person,
                "scheme": scheme,
                "benefit_year": year,
                "version": after.version,
                "amounts": after.amounts,
            }
            for (person, scheme, year), after in years.items()
        )

    def flush(self) -> None:
        """Write what waits, and let every deferred check look at it now."""
        for table, waiting in self._waiting.items():
            if waiting:
                _copy(self._driver, table, waiting)
                waiting.clear()
        bulk.check_deferred(self._driver)


def _copy(driver: "psycopg.Connection[tuple[object, ...]]", table: str, waiting: Sequence[Columns]) -> None:
    """Rows of one table as text; a list or a mapping is written as JSON."""
    columns = list(waiting[0])
    structured = [column for column in columns if isinstance(waiting[0][column], dict | list | tuple)]
    values_of = operator.itemgetter(*columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in waiting:
            for column in structured:
                row[column] = _json(row[column]).decode()
            copy.write_row(values_of(row))


_json: Final = msgspec.json.Encoder().encode


def _guards_away(
    driver: "psycopg.Connection[tuple[object, ...]]", settlements: int, progress: Progress
) -> contextlib.AbstractContextManager[None]:
    """As in founding: built again behind many rows."""
    if settlements < GUARDS_AWAY_FROM:
        return contextlib.nullcontext()
    bulk.check_deferred(driver)
    return bulk.guards_rebuilt(driver, UNGUARDED, step=lambda done, of: progress("结算索引", done, of))


def _ensure_partitions(today: date) -> None:
    """Months for the lines; a stay may have begun before the year."""
    first_day = today - timedelta(days=DAYS + LONGEST_STAY)
    months = (today.year - first_day.year) * 12 + today.month - first_day.month + founding.MONTHS_AFTER
    with connection.cursor() as cursor:
        cursor.execute("SELECT encounters_ensure_partitions(%s, %s)", [first_day, months])


def _refresh_statistics(settlements: int) -> None:
    """Fresh planner statistics; behind many rows also the visibility map that index-only scans need."""
    what = "VACUUM (ANALYZE)" if settlements >= GUARDS_AWAY_FROM else "ANALYZE"
    with connection.cursor() as cursor:
        cursor.execute(f"{what} {', '.join(TABLES)}")

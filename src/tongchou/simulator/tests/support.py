"""A small invented city for the simulator's tests, on a fixed day."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from tongchou.simulator import founding, geography, places
from tongchou.simulator.geography import Geography
from tongchou.simulator.places import Place
from tongchou.simulator.plan import CityPlan
from tongchou.simulator.visits import Patient

DAY = date(2026, 11, 21)
ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=ZONE)
MIDNIGHT_UTC = datetime(2026, 11, 21, tzinfo=UTC)


def plan(persons: int = 600, *, seed: int = 7, today: date = DAY) -> CityPlan:
    return CityPlan(persons, seed, today)


@cache
def ground(persons: int = 600) -> Geography:
    return geography.lay_out(plan(persons))


@cache
def institutions(persons: int = 600) -> tuple[Place, ...]:
    return places.establish(plan(persons), ground(persons))


@cache
def chunks(persons: int = 600, today: date = DAY) -> list[founding.Chunk]:
    return list(founding.chunks(plan(persons, today=today), geography.lay_out(plan(persons, today=today))))


@cache
def crowd(persons: int = 600) -> tuple[Patient, ...]:
    """Everybody living of the resident scheme, without asking which package rules."""
    people = chunks(persons)[0].people
    chosen = np.flatnonzero(np.isnat(people.died_on) & ~people.employee)
    return tuple(
        Patient(
            people.citizen_ids[at].decode(),
            people.names[at].decode(),
            bool(people.male[at]),
            people.born_on[at].item(),
            "resident",
        )
        for at in chosen
    )

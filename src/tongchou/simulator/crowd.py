"""Who comes to the hospitals (就诊人群): people of the city, as a hospital's window knows them."""

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from tongchou.encounters import outside
from tongchou.policy.errors import PolicyMissing
from tongchou.simulator import covering, founding
from tongchou.simulator.geography import Geography
from tongchou.simulator.people import People
from tongchou.simulator.plan import AREA, CityPlan
from tongchou.simulator.visits import Patient

SCHEMES: Final = ("resident", "employee")
YEARS_A_FILE_LASTS: Final = 3
MOST: Final = 20_000
"""Enough for any day; drawn from the first part of the population."""


def schemes_paid_for(day: date) -> tuple[str, ...]:
    """The schemes that a policy package rules on that day; people of the others are not sent to hospitals."""
    return tuple(scheme for scheme in SCHEMES if _is_ruled(scheme, day))


def _is_ruled(scheme: str, day: date) -> bool:
    try:
        outside.package(AREA, scheme, day)
    except PolicyMissing:
        return False
    return True


def patients(plan: CityPlan, ground: Geography, *, covered_on: date | None = None, most: int = MOST) -> list[Patient]:
    """The living of the first part of the population; with a day, only those whom a premium covers then."""
    chunk = next(founding.chunks(plan, ground))
    crowd = chunk.people
    employee = crowd.employee
    wanted = np.isnat(crowd.died_on)
    if covered_on is not None:
        wanted &= _covered(chunk, covered_on)
    schemes = schemes_paid_for(covered_on or plan.today)
    wanted &= np.where(employee, "employee" in schemes, "resident" in schemes)
    return [patient_at(crowd, int(at)) for at in np.flatnonzero(wanted)[:most]]


def patient_at(people: People, at: int) -> Patient:
    """One of a chunk's people, as a window sees them."""
    return Patient(
        citizen_id=people.citizen_ids[at].decode(),
        name=people.names[at].decode(),
        male=bool(people.male[at]),
        born_on=people.born_on[at].item(),
        scheme="employee" if people.working[at] or people.retired[at] else "resident",
    )


def lasting_patients(plan: CityPlan, ground: Geography) -> list[Patient]:
    """Those whom a city of this seed holds, alive and covered, whenever it is founded in the coming years.

    Messages kept in files are about them, and find them in every reader's city (decision 0151).
    """
    later = [date(plan.today.year + ahead, month, 1) for ahead in range(1, YEARS_A_FILE_LASTS + 1) for month in (1, 8)]
    known = patients(plan, ground, covered_on=plan.today)
    for day in later:
        then = replace(plan, today=day)
        still = {patient.citizen_id for patient in patients(then, ground, covered_on=day)}
        known = [patient for patient in known if patient.citizen_id in still]
    return known


def _covered(chunk: founding.Chunk, day: date) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    paid, spans = covering.Coverage().decide(chunk.people, chunk.history.payments)
    on = np.datetime64(day)
    covered = np.zeros(len(chunk.people), dtype=bool)
    covered[paid.person[(spans.covered_from <= on) & (on < spans.covered_until)]] = True
    covered[chunk.history.employed_person[chunk.history.employed_year == day.year]] = True
    return covered

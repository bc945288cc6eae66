"""Who paid which year's premium when, through which channel (缴费历史): from steady payers to those who never paid.

Amounts are the national standards of the years; the standard of one autumn buys cover for the year after, the subsidy
belongs to its own year. Kinds of payment and days of cover are not decided here: the rules of `contributions` say.
Employees pay by the month through their employers; of them only the years and the wages are drawn.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.simulator import groups
from tongchou.simulator.groups import GroupSpans
from tongchou.simulator.people import WORKING_AGES, People
from tongchou.simulator.plan import CityPlan

STANDARDS: Final = {
    2016: (420, 150),
    2017: (450, 180),
    2018: (490, 220),
    2019: (520, 250),
    2020: (550, 280),
    2021: (580, 320),
    2022: (610, 350),
    2023: (640, 380),
    2024: (670, 400),
    2025: (700, 400),
}
"""Subsidy and personal standard by year of notice, in yuan (national minimum)."""

ASSUMED_AFTER: Final = max(STANDARDS)
"""Later years repeat the last known standard: an assumption, marked as such in the city's table."""

CHANNELS: Final = ("bank", "tax", "school", "counter", "aid")
BANK, TAX, SCHOOL, COUNTER, AID = range(len(CHANNELS))
TAX_COLLECTS_FROM: Final = 2020
"""Since then the tax authority collects the premiums of residents; before, banks did by mandate."""

FEN: Final = 100
WAGES: Final = (42_000, 140_000)
"""Yearly wages of employees in yuan, invented."""

AID_PER_CENT: Final = {
    groups.TEKUN: 100,
    groups.SEVERE_DISABILITY: 100,
    groups.NINETY: 100,
    groups.DIBAO: 70,
    groups.POOR: 50,
    groups.LOW_INCOME: 50,
    groups.FAMILY_PLANNING: 30,
}

STEADY, JOINED, LATE, GRACE, LAPSED, UNPAID, NEVER = range(7)
PATHS: Final = {STEADY: 0.875, JOINED: 0.025, LATE: 0.02, GRACE: 0.015, LAPSED: 0.025, UNPAID: 0.03, NEVER: 0.01}
"""How households pay: always in the window; from some year on; once late; once in the grace; with a gap; not this
year; never."""

NEWBORN_IN_TIME: Final = 0.88
NEWBORN_LATE: Final = 0.08
WINDOW_OPENS: Final = 244
"""1 September, as a day of the year before; the window closes on 31 December (GX2017 §22)."""


@dataclass(frozen=True, slots=True)
class Payments:
    """One premium of one person for one year per row; amounts in fen."""

    person: NDArray[np.int64]
    benefit_year: NDArray[np.int64]
    paid_on: NDArray[np.datetime64]
    channel: NDArray[np.int64]
    amount_fen: NDArray[np.int64]
    aided_fen: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.person)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Payments":
        """The chosen rows, in that order."""
        return Payments(*(getattr(self, name)[chosen] for name in Payments.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class History:
    """What a chunk has paid.

    `joined_on` is the day of joining where it was not before the records began; `employed` are the pairs of person and
    year under the employee scheme, with the yearly wage in yuan (0 for the retired).
    """

    payments: Payments
    joined_on: NDArray[np.datetime64]
    employed_person: NDArray[np.int64]
    employed_year: NDArray[np.int64]
    employed_wage: NDArray[np.int64]


def standard_of(benefit_year: int) -> tuple[int, int, bool]:
    """Personal premium and subsidy of a year of cover, in yuan, and whether they are assumed."""
    personal_year = min(benefit_year - 1, ASSUMED_AFTER)
    subsidy_year = min(benefit_year, ASSUMED_AFTER)
    assumed = benefit_year - 1 > ASSUMED_AFTER or benefit_year > ASSUMED_AFTER
    return STANDARDS[personal_year][1], STANDARDS[subsidy_year][0], assumed


def years_of(plan: CityPlan) -> range:
    """The years of cover that may have been paid by today: next year's from September on."""
    years = plan.benefit_years
    window_is_open = (plan.today.month, plan.today.day) >= (9, 1)
    return range(years.start, years.stop + 1) if window_is_open else years


def pay(plan: CityPlan, chunk: int, people: People, special: GroupSpans) -> History:
    """Every premium the people of a chunk have paid until today, ordered by person and year."""
    random = plan.random("premiums", chunk)
    family = people.household_ids - people.household_ids[0]
    path = random.choice(list(PATHS), int(family.max()) + 1, p=list(PATHS.values()))[family]
    years = years_of(plan)
    turn = random.integers(years.start + 1, plan.today.year + 1, len(path))
    wages = np.where(people.retired, 0, random.integers(*WAGES, len(people)))
    made = [_residents_year(plan, random, people, special, path, turn, year) for year in years]
    joined = Payments(
        *(np.concatenate([getattr(part, name) for part in made]) for name in Payments.__dataclass_fields__)
    )
    payments = joined.only(np.lexsort((joined.benefit_year, joined.person)))
    employed = [np.flatnonzero(employed_in(plan, people, year)) for year in plan.benefit_years]
    person = np.concatenate(employed)
    return History(
        payments=payments,
        joined_on=_joining_days(plan, payments, path, people),
        employed_person=person,
        employed_year=np.repeat(list(plan.benefit_years), [len(part) for part in employed]),
        employed_wage=wages[person],
    )


def _joining_days(
    plan: CityPlan, payments: Payments, path: NDArray[np.int64], people: People
) -> NDArray[np.datetime64]:
    """Who joined lately enrolled a week before the first payment; who never paid, half a year ago."""
    joined_on = np.full(len(people), np.datetime64("NaT", "D"))
    payer, first = np.unique(payments.person, return_index=True)
    joined_on[payer] = payments.paid_on[first] - np.timedelta64(7, "D")
    joined_on = np.where(path == NEVER, np.datetime64(plan.today) - np.timedelta64(180, "D"), joined_on)
    joined_on = np.where((path == JOINED) | (path == NEVER), joined_on, np.datetime64("NaT", "D"))
    since_ever = np.isnat(joined_on) | people.employee | (joined_on >= people.died_on)
    return np.where(since_ever, np.datetime64("NaT", "D"), np.fmax(joined_on, people.born_on))


def _residents_year(
    plan: CityPlan,
    random: np.random.Generator,
    people: People,
    special: GroupSpans,
    path: NDArray[np.int64],
    turn: NDArray[np.int64],
    year: int,
) -> Payments:
    begins = np.datetime64(f"{year}-01-01")
    born_in = people.born_on.astype("datetime64[Y]").astype(np.int64) + 1970
    paid_on = _in_window(random, len(people), year)
    pays = (path != NEVER) & ~((path == JOINED) & (year < turn)) & ~((path == LAPSED) & (year == turn - 1))
    pays &= ~((path == UNPAID) & (year >= plan.today.year))
    after = begins + random.integers(59, 200, len(people)).astype("timedelta64[D]")
    mid_year = begins + random.integers(5, 175, len(people)).astype("timedelta64[D]")
    grace = begins + random.integers(0, 57, len(people)).astype("timedelta64[D]")
    paid_on = np.where((path == LATE) & (year == turn), after, paid_on)
    paid_on = np.where(((path == JOINED) | (path == LAPSED)) & (year == turn), mid_year, paid_on)
    paid_on = np.where((path == GRACE) & (year == turn), grace, paid_on)
    newborn = born_in == year
    draw = random.random(len(people))
    in_time = people.born_on + random.integers(3, 85, len(people)).astype("timedelta64[D]")
    late = people.born_on + random.integers(95, 260, len(people)).astype("timedelta64[D]")
    paid_on = np.where(newborn, np.where(draw < NEWBORN_IN_TIME, in_time, late), paid_on)
    pays = np.where(newborn, draw < NEWBORN_IN_TIME + NEWBORN_LATE, pays & (born_in < year))
    pays &= ~newborn | (paid_on < np.datetime64(f"{year + 1}-01-01"))
    # who was born in the months before the year pays for it only once there is a certificate
    paid_on = np.where(~newborn & (people.born_on > paid_on), people.born_on + np.timedelta64(20, "D"), paid_on)
    pays &= ~employed_in(plan, people, year) & (paid_on <= np.datetime64(plan.today))
    pays &= np.isnat(people.died_on) | (paid_on < people.died_on)
    payer = np.flatnonzero(pays)
    personal, _, _ = standard_of(year)
    aided = _aid(special, year, len(people))[payer] * personal
    channel = np.where(people.student[payer], SCHOOL, TAX if year > TAX_COLLECTS_FROM else BANK)
    channel = np.where(~people.student[payer] & (random.random(len(payer)) < 0.04), COUNTER, channel)
    return Payments(
        person=payer,
        benefit_year=np.full(len(payer), year),
        paid_on=paid_on[payer].astype("datetime64[D]"),
        channel=np.where(aided == personal * FEN, AID, channel),
        amount_fen=np.full(len(payer), personal * FEN),
        aided_fen=aided.astype(np.int64),
    )


def employed_in(plan: CityPlan, people: People, year: int) -> NDArray[np.bool_]:
    """Who is in the employee scheme in a year: from the year of the twenty-second birthday on, until death."""
    living = np.isnat(people.died_on) | (people.died_on >= np.datetime64(f"{year}-01-01"))
    return people.employee & living & (people.age - (plan.today.year - year) >= WORKING_AGES[0])


def _in_window(random: np.random.Generator, count: int, year: int) -> NDArray[np.datetime64]:
    """Days of 1 September to 31 December before the year; most pay in the first weeks or the last."""
    length = 122
    position = (random.beta(0.9, 0.8, count) * length).astype(np.int64)
    return np.datetime64(f"{year - 1}-09-01") + np.minimum(position, length - 1).astype("timedelta64[D]")


def _aid(special: GroupSpans, year: int, persons: int) -> NDArray[np.int64]:
    """Per cent of the premium that others pay, by the categories of 31 December before (CON-16); an invented table."""
    day = np.datetime64(f"{year - 1}-12-31")
    aid = np.zeros(persons, dtype=np.int64)
    for category, per_cent in AID_PER_CENT.items():
        aid = np.maximum(aid, special.of(category, day, persons) * per_cent)
    return aid

"""Households and the people in them (户、人), a chunk of villages at a time.

A household is drawn from a few kinds of family; ages follow from the head's. The weights of the kinds and the share of
students are set so that residents have the national shares: adults 73.7 %, pupils and children 24.4 %, students 2.0 %;
one insured person in six is an employee or a retired employee, as in a prefecture city.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.simulator import check_digits, names
from tongchou.simulator.geography import Geography
from tongchou.simulator.plan import CityPlan

PERSONS_PER_CHUNK: Final = 100_000

HEAD, SPOUSE, FATHER, MOTHER, CHILD, SECOND_CHILD, THIRD_CHILD, GROWN_CHILD, GRANDCHILD, SECOND_GRANDCHILD = range(10)


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of household: who lives in it, how old its head is, how common it is."""

    members: tuple[int, ...]
    head_age: tuple[int, int]
    weight: float


FAMILIES: Final = (
    Family((HEAD,), (62, 95), 8.0),
    Family((HEAD, SPOUSE), (60, 88), 15.0),
    Family((HEAD, SPOUSE), (46, 62), 12.0),
    Family((HEAD,), (21, 60), 8.0),
    Family((HEAD, SPOUSE, CHILD), (25, 44), 12.0),
    Family((HEAD, SPOUSE, CHILD, SECOND_CHILD), (27, 46), 11.0),
    Family((HEAD, SPOUSE, FATHER, MOTHER, CHILD), (26, 42), 8.0),
    Family((HEAD, SPOUSE, MOTHER, CHILD, SECOND_CHILD), (28, 46), 6.0),
    Family((HEAD, SPOUSE, CHILD, SECOND_CHILD, THIRD_CHILD), (30, 46), 1.5),
    Family((HEAD, SPOUSE, GRANDCHILD, SECOND_GRANDCHILD), (50, 70), 2.5),
    Family((HEAD, SPOUSE, GROWN_CHILD), (46, 64), 18.0),
)
LARGEST_FAMILY: Final = max(len(family.members) for family in FAMILIES)
MALE_HEADS: Final = 0.80
BOYS: Final = 0.53
OLDEST: Final = 102
YOUNGEST_PARENT: Final = 21

COLLEGE_AGES: Final = (18, 23)
STUDENT_SHARE_OF_AGE: Final = 0.56
EMPLOYEE_SHARE: Final = 1 / 6
RETIRED_SHARE_OF_EMPLOYEES: Final = 0.276
URBAN_WEIGHT: Final = 3.0
"""A town-dweller is three times as likely to be in the employee scheme as a villager."""

WORKING_AGES: Final = (22, 60)
RETIREMENT_AGE: Final = {True: 60, False: 55}
DEATHS: Final = 0.02
"""Share of people past 65 who died within the last two years: their records stay, closed."""


@dataclass(frozen=True, slots=True)
class People:
    """A chunk of the population, one array per fact; ids count from one through the whole city."""

    ids: NDArray[np.int64]
    household_ids: NDArray[np.int64]
    head_ids: NDArray[np.int64]
    village: NDArray[np.int64]
    role: NDArray[np.int64]
    male: NDArray[np.bool_]
    age: NDArray[np.int64]
    born_on: NDArray[np.datetime64]
    died_on: NDArray[np.datetime64]
    names: NDArray[np.bytes_]
    initials: NDArray[np.bytes_]
    ethnicity: NDArray[np.bytes_]
    citizen_ids: NDArray[np.bytes_]
    student: NDArray[np.bool_]
    working: NDArray[np.bool_]
    retired: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def employee(self) -> NDArray[np.bool_]:
        return self.working | self.retired

    @property
    def households(self) -> NDArray[np.int64]:
        """Positions of the heads: one per household."""
        return np.flatnonzero(self.ids == self.head_ids)


class Births:
    """How many of one sex were born on each day in each county: what the order in an ID number counts."""

    def __init__(self, plan: CityPlan, first_county: int) -> None:
        self._first_day = np.datetime64(plan.today) - np.timedelta64((OLDEST + 3) * 366, "D")
        self._first_county = first_county
        days = int((np.datetime64(plan.today) - self._first_day).astype(np.int64)) + 1
        self._counts = np.zeros((plan.counties, days, 2), dtype=np.int16)

    def order(
        self, county: NDArray[np.int64], born_on: NDArray[np.datetime64], male: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The order of each birth among those of its county, day and sex, counting on from earlier chunks."""
        counts = self._counts.reshape(-1)
        day = (born_on - self._first_day).astype(np.int64)
        cell = ((county - self._first_county) * self._counts.shape[1] + day) * 2 + male
        by_cell = np.argsort(cell, kind="stable")
        _, starts, sizes = np.unique(cell[by_cell], return_index=True, return_counts=True)
        within = np.empty(len(cell), dtype=np.int64)
        within[by_cell] = np.arange(len(cell)) - np.repeat(starts, sizes)
        order = within + counts[cell]
        np.add.at(counts, cell, 1)
        return order


def populate(plan: CityPlan, geography: Geography) -> Iterator[People]:
    """The whole city, `PERSONS_PER_CHUNK` at a time, until its number of persons is reached exactly."""
    births = Births(plan, int(geography.village_counties.min()))
    chances = employee_chances(geography)
    person, household = 1, 1
    chunk = 0
    while person <= plan.persons:
        wanted = min(PERSONS_PER_CHUNK, plan.persons - person + 1)
        made = _chunk(plan, geography, births, chances, chunk, wanted, person, household)
        person += len(made)
        household += len(made.households)
        chunk += 1
        yield made


def employee_chances(geography: Geography) -> dict[bool, float]:
    """The chance of being in the employee scheme, for villagers and town-dwellers, that gives the city's share."""
    weights = np.array([village.weight for village in geography.villages])
    urban = np.array([village.urban for village in geography.villages])
    share = float(weights[urban].sum() / weights.sum())
    rural = EMPLOYEE_SHARE / (share * URBAN_WEIGHT + 1 - share)
    return {False: rural, True: rural * URBAN_WEIGHT}


def _chunk(
    plan: CityPlan,
    geography: Geography,
    births: Births,
    chances: dict[bool, float],
    chunk: int,
    wanted: int,
    first_person: int,
    first_household: int,
) -> People:
    random = plan.random("people", chunk)
    kinds, family, role = _families(random, wanted)
    village_of_family = _villages(random, geography, len(kinds))
    village = village_of_family[family]
    is_head = role == HEAD
    male = _sexes(random, family, role, is_head)
    drawn_age = _ages(random, kinds, family, role, is_head)
    born_on = _birthdays(random, plan, drawn_age)
    age = completed_years(born_on, plan.today)
    surname = _surnames(random, family, role, is_head)
    full, initials = names.full_names(random, surname, male, drawn_age)
    county = geography.village_counties[village]
    student, working, retired = _occupations(random, geography, chances, village, role, male, age)
    ids = np.arange(first_person, first_person + len(family), dtype=np.int64)
    return People(
        ids=ids,
        household_ids=family + first_household,
        head_ids=ids[is_head][family],
        village=village,
        role=role,
        male=male,
        age=age,
        born_on=born_on,
        died_on=_deaths(random, plan, age, is_head),
        names=full,
        initials=initials,
        ethnicity=names.draw_ethnicities(random, len(kinds))[family],
        citizen_ids=check_digits.citizen_ids(county, born_on, births.order(county, born_on, male), male),
        student=student,
        working=working,
        retired=retired,
    )


def _families(
    random: np.random.Generator, wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Kinds of household, and for each person the household's number and the role in it; exactly `wanted` persons."""
    weights = np.array([family.weight for family in FAMILIES])
    sizes = np.array([len(family.members) for family in FAMILIES])
    table = np.full((len(FAMILIES), LARGEST_FAMILY), -1, dtype=np.int64)
    for kind, family in enumerate(FAMILIES):
        table[kind, : len(family.members)] = family.members
    kinds = random.choice(len(FAMILIES), wanted, p=weights / weights.sum())
    whole = int(np.searchsorted(np.cumsum(sizes[kinds]), wanted, side="right"))
    kinds = kinds[:whole]
    missing = wanted - int(sizes[kinds].sum())
    kinds = np.concatenate([kinds, np.full(missing, 3)])
    roles = table[kinds]
    lives_here = roles >= 0
    return kinds, np.repeat(np.arange(len(kinds)), sizes[kinds]), roles[lives_here]


def _villages(random: np.random.Generator, geography: Geography, families: int) -> NDArray[np.int64]:
    weights = np.array([village.weight for village in geography.villages])
    return np.sort(random.choice(len(weights), families, p=weights / weights.sum()))


def _sexes(
    random: np.random.Generator, family: NDArray[np.int64], role: NDArray[np.int64], is_head: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    male = random.random(len(role)) < BOYS
    male_head = random.random(int(is_head.sum())) < MALE_HEADS
    male[is_head] = male_head
    male[role == SPOUSE] = ~male_head[family[role == SPOUSE]]
    male[role == FATHER] = True
    male[role == MOTHER] = False
    return male


def _ages(
    random: np.random.Generator,
    kinds: NDArray[np.int64],
    family: NDArray[np.int64],
    role: NDArray[np.int64],
    is_head: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Completed years; parents are 20 to 34 years older than their children."""
    low = np.array([f.head_age[0] for f in FAMILIES])[kinds]
    high = np.array([f.head_age[1] for f in FAMILIES])[kinds]
    head_age = low + random.integers(0, 1 << 30, len(kinds)) % (high - low + 1)
    gap = random.integers(22, 33, len(kinds))
    spacing = random.integers(2, 6, len(kinds))
    away = random.integers(46, 60, len(kinds))
    of_role = {
        HEAD: head_age,
        SPOUSE: np.maximum(20, head_age - random.integers(-2, 5, len(kinds))),
        FATHER: head_age + random.integers(22, 34, len(kinds)),
        MOTHER: head_age + random.integers(20, 32, len(kinds)),
        CHILD: np.clip(head_age - gap, 0, 22),
        SECOND_CHILD: np.clip(head_age - gap - spacing, 0, 20),
        THIRD_CHILD: np.clip(head_age - gap - 2 * spacing, 0, 18),
        GROWN_CHILD: np.clip(head_age - gap, 18, 38),
        GRANDCHILD: np.clip(head_age - away, 0, 17),
        SECOND_GRANDCHILD: np.clip(head_age - away - spacing, 0, 15),
    }
    age = np.empty(len(role), dtype=np.int64)
    for one_role, ages in of_role.items():
        members = role == one_role
        age[members] = ages[family[members]]
    infants = np.flatnonzero((age == 0) & (role != HEAD))
    oldest = np.clip(head_age[family[infants]] - YOUNGEST_PARENT, 0, 9)
    age[infants] = random.integers(0, 1 << 30, len(infants)) % (oldest + 1)
    return np.minimum(age, OLDEST)


def _birthdays(random: np.random.Generator, plan: CityPlan, drawn_age: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """A day on which somebody of that age at the day of drawing may have been born; infants came in the last year."""
    back = random.integers(1, 365, len(drawn_age))
    drawn_on = np.datetime64(plan.people_drawn_on) - (drawn_age * 365.2425).astype("timedelta64[D]")
    born_on = np.where(drawn_age == 0, np.datetime64(plan.today), drawn_on) - back.astype("timedelta64[D]")
    return born_on.astype("datetime64[D]")


def completed_years(born_on: NDArray[np.datetime64], day: date) -> NDArray[np.int64]:
    """周岁 on that day, for all at once."""
    months = born_on.astype("datetime64[M]")
    day_of_month = (born_on - months).astype(np.int64) + 1
    since = (day.year - 1970) * 12 + day.month - 1 - months.astype(np.int64)
    return (since - (day_of_month > day.day)) // 12


def _surnames(
    random: np.random.Generator, family: NDArray[np.int64], role: NDArray[np.int64], is_head: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The head's family shares a name; who married in keeps another."""
    own = names.draw_surnames(random, len(role))
    of_head = own[is_head][family]
    married_in = (role == SPOUSE) | (role == MOTHER)
    return np.where(married_in, own, of_head)


def _occupations(
    random: np.random.Generator,
    geography: Geography,
    chances: dict[bool, float],
    village: NDArray[np.int64],
    role: NDArray[np.int64],
    male: NDArray[np.bool_],
    age: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Who studies at a college, who works under the employee scheme, who has retired from it."""
    draw = random.random(len(age))
    of_college_age = (age >= COLLEGE_AGES[0]) & (age < COLLEGE_AGES[1]) & (role != HEAD) & (role != SPOUSE)
    student = of_college_age & (draw < STUDENT_SHARE_OF_AGE)
    urban = np.array([v.urban for v in geography.villages])[village]
    chance = np.where(urban, chances[True], chances[False])
    retired_from = np.where(male, RETIREMENT_AGE[True], RETIREMENT_AGE[False])
    may_work = (age >= WORKING_AGES[0]) & (age < np.minimum(retired_from, WORKING_AGES[1])) & ~student
    may_be_retired = (age >= retired_from) & (age < 85)
    working = may_work & (draw < chance * (1 - RETIRED_SHARE_OF_EMPLOYEES) / max(float(may_work.mean()), 1e-9))
    retired = may_be_retired & (draw < chance * RETIRED_SHARE_OF_EMPLOYEES / max(float(may_be_retired.mean()), 1e-9))
    return student, working, retired


def _deaths(
    random: np.random.Generator, plan: CityPlan, age: NDArray[np.int64], is_head: NDArray[np.bool_]
) -> NDArray[np.datetime64]:
    died = (age > 65) & ~is_head & (random.random(len(age)) < DEATHS)
    days_ago = random.integers(10, 700, len(age))
    died_on = np.datetime64(plan.today) - days_ago.astype("timedelta64[D]")
    died_on[~died] = np.datetime64("NaT")
    return died_on

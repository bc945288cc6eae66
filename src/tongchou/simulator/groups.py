"""Special categories of people, with the days they were recognised and their proof (特殊人员标识, GX2017 §8)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.simulator.people import HEAD, SPOUSE, People
from tongchou.simulator.plan import CityPlan

CATEGORIES: Final = (
    "dibao", "tekun", "poor", "severe_disability", "low_income", "family_planning", "ninety",
)  # fmt: skip
DIBAO, TEKUN, POOR, SEVERE_DISABILITY, LOW_INCOME, FAMILY_PLANNING, NINETY = range(len(CATEGORIES))
SOURCES: Final = ("民政局", "民政局", "乡村振兴局", "残联", "民政局", "卫生健康局", "民政局")
PROOFS: Final = ("低保", "特困", "帮扶", "残证", "低收", "计生", "高龄")

DIBAO_HOUSEHOLDS: Final = 0.030
POOR_HOUSEHOLDS: Final = 0.055
LOW_INCOME_HOUSEHOLDS: Final = 0.020
FAMILY_PLANNING_HOUSEHOLDS: Final = 0.030
DISABLED_PERSONS: Final = 0.012
TEKUN_ELDERS: Final = 0.18
"""Of the residents past 65 who live alone."""

FIRST_RECOGNISED: Final = 2017
YEARS_OF_POVERTY_LIST: Final = 4
"""The list of poor persons is made anew each year: one span a year (ENR-10)."""

STILL_VALID: Final = 0.85


@dataclass(frozen=True, slots=True)
class GroupSpans:
    """Who belonged to which category from when until when (exclusive; NaT is open)."""

    person: NDArray[np.int64]
    category: NDArray[np.int64]
    valid_from: NDArray[np.datetime64]
    valid_until: NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.person)

    def of(self, category: int, day: np.datetime64, persons: int) -> NDArray[np.bool_]:
        """Which of the chunk's persons belong to a category on a day."""
        hit = (self.category == category) & (self.valid_from <= day)
        hit &= np.isnat(self.valid_until) | (self.valid_until > day)
        members = np.zeros(persons, dtype=bool)
        members[self.person[hit]] = True
        return members


def recognise(plan: CityPlan, chunk: int, people: People) -> GroupSpans:
    """The special categories of a chunk's residents; positions are those in the chunk."""
    random = plan.random("groups", chunk)
    resident = ~people.employee & ~people.student
    family = people.household_ids - people.household_ids[0]
    families = int(family.max()) + 1
    alone = np.bincount(family, minlength=families)[family] == 1

    def households(share: float) -> NDArray[np.bool_]:
        return resident & (random.random(families) < share)[family]

    def persons(share: float) -> NDArray[np.bool_]:
        return resident & (random.random(len(people)) < share)

    parents = ((people.role == HEAD) | (people.role == SPOUSE)) & (people.age < 60)
    members = {
        DIBAO: households(DIBAO_HOUSEHOLDS),
        TEKUN: persons(TEKUN_ELDERS) & alone & (people.age >= 65),
        SEVERE_DISABILITY: persons(DISABLED_PERSONS),
        LOW_INCOME: households(LOW_INCOME_HOUSEHOLDS) & ((people.age >= 60) | (people.age < 18)),
        FAMILY_PLANNING: households(FAMILY_PLANNING_HOUSEHOLDS) & parents,
    }
    spans = [_spans(random, plan, people, category, chosen) for category, chosen in members.items()]
    return _joined([*spans, _ninety(people, resident), *_poor_years(plan, people, households(POOR_HOUSEHOLDS))])


def _spans(
    random: np.random.Generator, plan: CityPlan, people: People, category: int, members: NDArray[np.bool_]
) -> GroupSpans:
    person = np.flatnonzero(members)
    first_day = np.maximum(np.datetime64(f"{FIRST_RECOGNISED}-01-01"), people.born_on[person])
    days = np.maximum(1, (np.datetime64(plan.today) - first_day).astype(np.int64))
    valid_from = first_day + (random.integers(0, 1 << 40, len(person)) % days).astype("timedelta64[D]")
    length = random.integers(200, 1500, len(person)).astype("timedelta64[D]")
    ended = (random.random(len(person)) > STILL_VALID) & (valid_from + length < np.datetime64(plan.today))
    valid_until = np.where(ended, valid_from + length, np.datetime64("NaT"))
    died_on = people.died_on[person]
    valid_until = np.where(np.isnat(died_on), valid_until, np.fmin(valid_until, died_on + np.timedelta64(1, "D")))
    real = np.isnat(valid_until) | (valid_until > valid_from)
    return GroupSpans(person[real], np.full(int(real.sum()), category), valid_from[real], valid_until[real])


def _ninety(people: People, resident: NDArray[np.bool_]) -> GroupSpans:
    """From the ninetieth birthday, for the living."""
    person = np.flatnonzero(resident & (people.age >= 90) & np.isnat(people.died_on))
    birthday = people.born_on[person]
    month = birthday.astype("datetime64[M]")
    day_of_month = birthday - month.astype("datetime64[D]")
    valid_from = (month + np.timedelta64(90 * 12, "M")).astype("datetime64[D]") + np.minimum(
        day_of_month, np.timedelta64(27, "D")
    )
    return GroupSpans(person, np.full(len(person), NINETY), valid_from, np.full(len(person), np.datetime64("NaT", "D")))


def _poor_years(plan: CityPlan, people: People, members: NDArray[np.bool_]) -> list[GroupSpans]:
    spans = []
    for year in range(plan.today.year - YEARS_OF_POVERTY_LIST + 1, plan.today.year + 1):
        begins, ends = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")
        living = np.isnat(people.died_on) | (people.died_on >= ends)
        person = np.flatnonzero(members & living & (people.born_on < begins))
        spans.append(
            GroupSpans(person, np.full(len(person), POOR), np.full(len(person), begins), np.full(len(person), ends))
        )
    return spans


def _joined(spans: list[GroupSpans]) -> GroupSpans:
    return GroupSpans(
        *(
            np.concatenate([getattr(span, name) for span in spans])
            for name in ("person", "category", "valid_from", "valid_until")
        )
    )

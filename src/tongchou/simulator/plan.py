"""How large the invented city is, and where each of its numbers comes from (城市规模)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from tongchou.kernel.errors import DomainError

AREA: Final = "450100"
PROVINCE: Final = "450000"
CITY_NAME: Final = "桂宁市"
PROVINCE_NAME: Final = "广西壮族自治区"
MERGED_ON: Final = date(2017, 1, 1)
"""The first day of the merged resident scheme (GX2017 §1): nobody is enrolled before."""

PEOPLE_DRAWN_ON: Final = date(2026, 1, 1)
PERSONS_OF_DEFAULT: Final = 3000
SEED_OF_DEFAULT: Final = 2017
LEAST_PERSONS: Final = 200
MOST_PERSONS: Final = 20_000_000
MOST_SEED: Final = 2**63 - 1

STREAMS: Final = ("geography", "people", "groups", "premiums", "institutions", "catalogue", "visits")


class ImpossibleCity(DomainError):
    """The wished size cannot be made."""

    code = "SM-0106"
    message = "演示城市的人数须在{least:,}与{most:,}之间,不能是{persons:,}"


class ImpossibleSeed(DomainError):
    code = "SM-0109"
    message = "随机种子须在0与{most}之间,不能是{seed}"


@dataclass(frozen=True, slots=True)
class CityPlan:
    """What a city is made from: the same plan gives the same city, row for row."""

    persons: int
    seed: int
    today: date

    def __post_init__(self) -> None:
        if not LEAST_PERSONS <= self.persons <= MOST_PERSONS:
            raise ImpossibleCity(least=LEAST_PERSONS, most=MOST_PERSONS, persons=self.persons)
        if not 0 <= self.seed <= MOST_SEED:
            raise ImpossibleSeed(most=MOST_SEED, seed=self.seed)

    def random(self, stream: str, *parts: int) -> np.random.Generator:
        """A generator of its own for each part of the city, so that the order of making does not matter."""
        return np.random.Generator(np.random.PCG64([self.seed, STREAMS.index(stream), *parts]))

    @property
    def people_drawn_on(self) -> date:
        """The day on which people have the ages drawn for them; later they are older, as people are.

        It does not move with the day of founding, so that a city founded tomorrow has the same grown-ups with the same
        numbers, and messages kept in files still find their patients (decision 0151).
        """
        return min(PEOPLE_DRAWN_ON, date(self.today.year, 1, 1))

    @property
    def counties(self) -> int:
        return min(12, 3 + self.persons // 500_000)

    @property
    def villages(self) -> int:
        return min(2_200, max(self.counties * 6, self.persons // 1_500))

    @property
    def colleges(self) -> int:
        return min(30, 1 + self.persons // 150_000)

    @property
    def benefit_years(self) -> range:
        """The years of contributions, this year the last; a large city keeps fewer of them."""
        years = 4 if self.persons <= 500_000 else 3 if self.persons <= 2_000_000 else 2
        return range(self.today.year - years + 1, self.today.year + 1)

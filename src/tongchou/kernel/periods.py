"""Periods (期间): half-open pairs of dates, `[start, end)`; an open end is None."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` up to, but without, `end`; `end` None means until further notice."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"an empty period: [{self.start}, {self.end})")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Do the two share a day?"""
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)

    @property
    def last_day(self) -> date | None:
        """The last day inside, as print shows it; None while open."""
        return None if self.end is None else date.fromordinal(self.end.toordinal() - 1)


def overlapping(periods: Iterable[Period]) -> tuple[Period, Period] | None:
    """The first two periods that share a day, or None."""
    ordered = sorted(periods, key=lambda p: p.start)
    for earlier, later in itertools.pairwise(ordered):
        if earlier.overlaps(later):
            return earlier, later
    return None

"""What a transfer certificate tells beyond the register (缴费、待遇、备案), asked of the chapters above."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PaidYear:
    """A year paid for, with the days it covers `[covered_from, covered_until)` (缴费年度). Fen."""

    scheme: str
    year: int
    amount_fen: int
    paid_on: date
    covered_from: date | None = None
    covered_until: date | None = None


PaidYears = Callable[[int], list[PaidYear]]
Use = Callable[[str, int, str, int], Mapping[str, int]]
"""Cumulative amounts of (area, person, scheme, year), by the accumulators' names, in fen."""
Said = tuple[str, int, bool]
"""What an amount is called, how much, and whether it counts times rather than fen."""
Words = Callable[[str, str, int, Mapping[str, int]], list[Said]]
Filings = Callable[[int, date], list[str]]

_paid: list[PaidYears] = []
_use: list[Use] = []
_words: list[Words] = []
_filings: list[Filings] = []


def register_paid_years(source: PaidYears) -> None:
    """Tell what a person paid, from `AppConfig.ready` of the chapter that books it (缴费来源)."""
    _paid.append(source)


def register_words(source: Words) -> None:
    """Tell what the amounts of a year are called in an area (年度累计的名称)."""
    _words.append(source)


def register_use(source: Use) -> None:
    """Tell what a person used in a year (待遇来源)."""
    _use.append(source)


def register_filings(source: Filings) -> None:
    """Tell what is filed for a person on a day, in words (备案来源)."""
    _filings.append(source)


def paid_years(person_id: int) -> list[PaidYear]:
    """Every year paid for, in order (缴费年度)."""
    found = [one for source in _paid for one in source(person_id)]
    return sorted(found, key=lambda one: (one.scheme, one.year))


def use(pooling_area: str, person_id: int, scheme: str, year: int) -> dict[str, int]:
    """年度累计 of a person there (已享受待遇), by name, in fen."""
    return {name: fen for source in _use for name, fen in source(pooling_area, person_id, scheme, year).items()}


def in_words(pooling_area: str, scheme: str, year: int, used: Mapping[str, int]) -> list[Said]:
    """The amounts of a year as paper says them (年度累计); names that the house does not know stand as they came."""
    said = [one for source in _words for one in source(pooling_area, scheme, year, used)]
    return said or [(name, fen, False) for name, fen in sorted(used.items())]


def filings(person_id: int, on: date) -> list[str]:
    """What is filed for the person that day (在办备案)."""
    return [one for source in _filings for one in source(person_id, on)]

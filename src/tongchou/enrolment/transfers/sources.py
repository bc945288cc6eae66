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
Filings = Callable[[int, date], list[str]]

_paid: list[PaidYears] = []
_use: list[Use] = []
_filings: list[Filings] = []


def register_paid_years(source: PaidYears) -> None:
    """Tell what a person paid, from `AppConfig.ready` of the chapter that books it (缴费来源)."""
    _paid.append(source)


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


def filings(person_id: int, on: date) -> list[str]:
    """What is filed for the person that day (在办备案)."""
    return [one for source in _filings for one in source(person_id, on)]

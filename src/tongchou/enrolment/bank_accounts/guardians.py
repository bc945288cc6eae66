"""Who is registered as a person's guardian (法定监护): told by the chapter that keeps mandates, above this one."""

from collections.abc import Callable
from datetime import date

Guardians = Callable[[int, date], frozenset[str]]
"""The names of a person's registered guardians on a day."""

_sources: list[Guardians] = []


def register(source: Guardians) -> None:
    """Ask this source too, from `AppConfig.ready` of its chapter (登记监护来源)."""
    if source not in _sources:
        _sources.append(source)


def names_of(person_id: int, on: date) -> frozenset[str]:
    """The registered guardians of a person on a day, by name (监护人)."""
    return frozenset().union(*(source(person_id, on) for source in _sources))

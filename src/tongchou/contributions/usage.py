"""Were benefits used? (待遇是否已使用; CON-23): asked here, answered by the chapters above that settle bills.

Contributions stand below settlement: a chapter that knows registers its answer when the applications are ready.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

Span = tuple[date, date]
"""Half-open."""
Answer = Callable[[int, Sequence[Span]], int]
"""Person and spans → how many uses stand in them."""

Among = Callable[[Collection[int], date, date], Collection[int]]
"""Persons, from, until → who of them may have used any: all others have not, and need not be asked for one by one."""

_answers: dict[Answer, Among | None] = {}


def answer_with(answer: Answer, among: Among | None = None) -> None:
    """Ask this chapter too (登记). The same function again changes nothing."""
    _answers.setdefault(answer, among)


def withdraw(answer: Answer) -> None:
    """Ask it no more (tests)."""
    del _answers[answer]


def uses(person_id: int, spans: Sequence[Span]) -> int:
    """How often benefits of these days were used, by every chapter that knows (已使用次数)."""
    return sum(answer(person_id, spans) for answer in _answers) if spans else 0


def who_used(spans: Mapping[int, Sequence[Span]]) -> set[int]:
    """Who of many has used benefits of days of theirs (已使用的人): no more questions for more who have not."""
    held = {person_id: days for person_id, days in spans.items() if days}
    if not held:
        return set()
    since = min(start for days in held.values() for start, _until in days)
    until = max(end for days in held.values() for _start, end in days)
    used: set[int] = set()
    for answer, among in _answers.items():
        asked = held if among is None else among(list(held), since, until)
        used.update(person_id for person_id in asked if answer(person_id, held[person_id]))
    return used

"""Were benefits used? (待遇是否已使用; CON-23): asked here, answered by the chapters above that settle bills.

Contributions stand below settlement: a chapter that knows registers its answer when the applications are ready.
"""

from collections.abc import Callable, Sequence
from datetime import date

Span = tuple[date, date]
"""Half-open."""
Answer = Callable[[int, Sequence[Span]], int]
"""Person and spans → how many uses stand in them."""

_answers: list[Answer] = []


def answer_with(answer: Answer) -> None:
    """Ask this chapter too (登记). The same function again changes nothing."""
    if answer not in _answers:
        _answers.append(answer)


def withdraw(answer: Answer) -> None:
    """Ask it no more (tests)."""
    _answers.remove(answer)


def uses(person_id: int, spans: Sequence[Span]) -> int:
    """How often benefits of these days were used, by every chapter that knows (已使用次数)."""
    return sum(answer(person_id, spans) for answer in _answers) if spans else 0

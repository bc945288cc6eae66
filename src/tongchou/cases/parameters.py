"""Procedural choices of the counter (业务件经办参数), each with its source. Not benefits: no package holds them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Procedure:
    """One set of choices."""

    draft_days: int
    """How many calendar days a form left unfinished is kept; it names a person who has applied for nothing yet."""


EXPECTED: Final = Procedure(draft_days=7)


def procedure(pooling_area: str) -> Procedure:
    """The choices that rule an area; one set until a second region brings its own (decision 0203)."""
    return EXPECTED

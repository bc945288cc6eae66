"""Procedural choices of rights (个人权益经办参数), each with its source. Not benefits: no package holds them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Procedure:
    """One set of choices."""

    answer_days: int
    """rights.days: within how many working days an objection is answered (RIG-05)."""
    extract_days: int
    """How many calendar days an approved extract may still be fetched (RIG-04)."""


EXPECTED: Final = Procedure(answer_days=15, extract_days=30)


def procedure(pooling_area: str) -> Procedure:
    """The choices that rule an area; one set until a second region brings its own (decision 0244)."""
    return EXPECTED

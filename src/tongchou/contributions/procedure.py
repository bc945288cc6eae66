"""Procedural choices of collection (征缴经办参数), each with its article. Not benefits: no package holds them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Procedure:
    """One set of choices, as a rule document gives them."""

    partial: bool
    """withhold.partial: whether some members of a household may be drawn when the balance is too small (CON-07)."""
    runs: int
    """withhold.retry: how often a failed household may be drawn in one year (CON-06)."""


GX2017: Final = Procedure(partial=False, runs=4)
"""Three repetitions after the first run."""

QA2018: Final = Procedure(partial=False, runs=4)

_OF_AREA: Final = {"620522": QA2018}


def procedure(pooling_area: str) -> Procedure:
    """The choices that rule an area: its own, else the Guangxi ones (decision 0224)."""
    return _OF_AREA.get(pooling_area, GX2017)

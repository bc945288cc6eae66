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
    deposited_in: str
    """The account in which premiums drawn by a bank arrive (FIN-35)."""
    paid_from: str = "1004"
    """The account from which money goes back: the income account pays nothing (GX2017 §93)."""
    error_reasons: tuple[str, ...] = ("double", "wrong_person", "excess", "died_before")
    """refund.error_reasons: the errors of handling that may be put right (CON-21, CON-22)."""


GX2017: Final = Procedure(partial=False, runs=4, deposited_in="1002")
"""Three repetitions after the first run; money arrives in the income account (GX2017 §93)."""
QA2018: Final = Procedure(partial=False, runs=4, deposited_in="1003")
"""Premiums go straight to the fiscal account (QA2018 二(二))."""

_OF_AREA: Final = {"620522": QA2018}


def procedure(pooling_area: str) -> Procedure:
    """The choices that rule an area: its own, else the Guangxi ones (decision 0224)."""
    return _OF_AREA.get(pooling_area, GX2017)

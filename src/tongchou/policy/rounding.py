"""Rounding (舍入): integer arithmetic only; every rounding names its rule (BEN-41, decision 0101)."""

import enum
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from math import gcd
from typing import Final

PPM: Final = 1_000_000
"""Ratios are whole millionths: 75 % is 750,000."""


class Mode(enum.StrEnum):
    """舍入方式 of a package, applied at each result line."""

    HALF_UP = "half_up"
    DOWN = "down"


DECIMAL_MODE: Final = {Mode.HALF_UP: ROUND_HALF_UP, Mode.DOWN: ROUND_DOWN}


def divide_half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded half away from zero, so that a refund mirrors its charge to the fen."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def divide_down(numerator: int, denominator: int) -> int:
    """The quotient cut towards zero."""
    quotient = abs(numerator) // denominator
    return quotient if numerator >= 0 else -quotient


def share(amount_fen: int, ratio_ppm: int, mode: Mode = Mode.HALF_UP, unit_fen: int = 1) -> int:
    """`amount × ratio` in fen, rounded to whole `unit_fen` (1 = 分, 10 = 角, 100 = 元)."""
    divide = divide_half_up if mode is Mode.HALF_UP else divide_down
    return unit_fen * divide(amount_fen * ratio_ppm, PPM * unit_fen)


def fraction(ratio_ppm: int, mode: Mode = Mode.HALF_UP, unit_fen: int = 1) -> tuple[int, int, int]:
    """A ratio as `(numerator, half, denominator)` in lowest terms: 75 % half up is (3, 2, 4).

    `share(amount, ratio) == unit_fen * ((amount * numerator + half) // denominator)` for amounts that are not negative;
    small numbers, because products beyond 2³⁰ cost three times as much.
    """
    whole = PPM * unit_fen
    if mode == Mode.DOWN:
        divisor = gcd(ratio_ppm, whole)
        return ratio_ppm // divisor, 0, whole // divisor
    divisor = gcd(2 * ratio_ppm, whole)
    return 2 * ratio_ppm // divisor, whole // divisor, 2 * whole // divisor


def fen(yuan: str | int | Decimal) -> int:
    """Yuan with any number of decimals to whole fen, half up: `33.335` → 3334 (quantity × price at the edge)."""
    if isinstance(yuan, float):
        raise TypeError("money refuses floats: write the yuan as text")
    try:
        amount = Decimal(yuan) * 100
    except InvalidOperation:
        raise ValueError(f"not an amount in yuan: {yuan!r}") from None
    if not amount.is_finite():
        raise ValueError(f"not an amount in yuan: {yuan!r}")
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def ppm(ratio: str | int | Decimal) -> int:
    """A ratio in [0, 1] as millionths. Raises: ValueError outside, or when finer than a millionth."""
    if isinstance(ratio, float):
        raise TypeError("a ratio refuses floats: write it as text")
    try:
        scaled = Decimal(ratio) * PPM
    except InvalidOperation:
        raise ValueError(f"not a ratio: {ratio!r}") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or not 0 <= scaled <= PPM:
        raise ValueError(f"not a ratio between 0 and 1: {ratio!r}")
    return int(scaled)


def percent_text(ratio_ppm: int) -> str:
    """750000 → `75%`, 675500 → `67.55%`."""
    whole, rest = divmod(ratio_ppm, PPM // 100)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"

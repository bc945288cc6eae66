"""Money in whole fen (分)."""

from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Final

FEN_PER_YUAN: Final = 100
_ONE: Final = Decimal(1)


class Money(int):
    """An amount in whole fen.

    It is an `int`, so it stores, compares and sums like one; it refuses floats and refuses to be multiplied by
    anything but a whole number: ratios go through `times`, which names its rounding.
    """

    __slots__ = ()

    def __new__(cls, fen: int = 0) -> "Money":
        if isinstance(fen, bool) or not isinstance(fen, int):
            raise TypeError(f"Money takes whole fen, not {type(fen).__name__}")
        return super().__new__(cls, fen)

    @classmethod
    def yuan(cls, text: str | Decimal | int) -> "Money":
        """The amount written in yuan with at most two decimals, e.g. `Money.yuan("500.00")`."""
        if isinstance(text, float):
            raise TypeError("Money refuses floats: write the yuan as text")
        try:
            fen = Decimal(text) * FEN_PER_YUAN
        except InvalidOperation:
            raise ValueError(f"not an amount in yuan: {text!r}") from None
        if not fen.is_finite() or fen != fen.to_integral_value(rounding=ROUND_DOWN):
            raise ValueError(f"finer than a fen: {text!r}")
        return cls(int(fen))

    def times(self, ratio: Decimal, *, rounding: str) -> "Money":
        """This amount times `ratio`, rounded to whole fen by the named `decimal` rounding."""
        if not isinstance(ratio, Decimal):
            raise TypeError("a ratio is a Decimal")
        return Money(int((Decimal(int(self)) * ratio).quantize(_ONE, rounding=rounding)))

    def __add__(self, other: int) -> "Money":
        return Money(int.__add__(self, _whole(other)))

    __radd__ = __add__

    def __sub__(self, other: int) -> "Money":
        return Money(int.__sub__(self, _whole(other)))

    def __rsub__(self, other: int) -> "Money":
        return Money(int.__sub__(_whole(other), int(self)))

    def __neg__(self) -> "Money":
        return Money(int.__neg__(self))

    def __mul__(self, other: int) -> "Money":
        if isinstance(other, Money):
            raise TypeError("money times money means nothing")
        return Money(int.__mul__(self, _whole(other)))

    __rmul__ = __mul__

    def __str__(self) -> str:
        return yuan_text(self)

    def __repr__(self) -> str:
        return f"Money({int(self)})"


def _whole(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"money and {type(value).__name__} do not mix")
    return int(value)


def yuan_text(fen: int, *, grouped: bool = False) -> str:
    """Whole fen as yuan with two decimals: `-1234567` → `-12345.67`, grouped `-12,345.67`."""
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole:{',' if grouped else ''}}.{rest:02d}"


def yuan_in_sql(fen: str) -> str:
    """The SQL expression that writes the whole fen of the expression `fen` as `yuan_text` does."""
    return f"round(({fen}) / 100.0, 2)::text"

"""Numbers at the edge (报文数字): whole fen ↔ yuan in JSON, ids ↔ their 21 digits. No float on either side."""

import functools
from decimal import Decimal
from typing import Final

import msgspec

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text

ID_DIGITS: Final = 15
AREA_DIGITS: Final = 6
NO_LIMIT: Final = msgspec.Raw(b"999999")
"""定价上限金额 of an item without a ceiling, as published answers write it."""


class NotOurId(DomainError):
    code = "WI-1201"
    message = "编号“{text}”不是本系统签发的编号"


def wire_id(area: str, number: int) -> str:
    """An encounter's or settlement's id as hospitals see it: pooling area and fifteen digits (就诊ID、结算ID)."""
    return f"{area}{number:0{ID_DIGITS}d}"


def parse_wire_id(text: str) -> tuple[str, int]:
    """The pooling area and the number behind an id of the wire. Raises: NotOurId."""
    if len(text) != AREA_DIGITS + ID_DIGITS or not (text.isascii() and text.isdigit()):
        raise NotOurId(text=text[:30])
    return text[:AREA_DIGITS], int(text[AREA_DIGITS:])


@functools.lru_cache(maxsize=1 << 14)
def yuan(fen: int) -> msgspec.Raw:
    """Whole fen as the JSON number of yuan, two decimals: 3460 → `34.60` (元)."""
    return msgspec.Raw(yuan_text(fen).encode())


def plain(value: Decimal) -> msgspec.Raw:
    """An exact decimal as a JSON number without exponent: `1E+2` → `100` (数量、单价、比例)."""
    return msgspec.Raw(format(value, "f").encode())


def flag(text: str | None) -> bool:
    """是否标志: `1`, 1 and `01` alike mean yes; anything else, or nothing, no."""
    return text is not None and text.lstrip("0") == "1"

"""What a certificate says (证明内容): plain texts with the mask each value gets where others look at it.

A content is kept as issued and printed from what is kept; nothing is computed again when a copy is made.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from tongchou.platform.web import masks

MOST_VERIFIED_ROWS: Final = 200
"""So many rows of a roster are shown to whoever verifies it; the total stands above them."""


class Value(msgspec.Struct, frozen=True):
    """A label and its value; `mask` is name, certificate, phone or empty."""

    label: str
    value: str
    mask: str = ""


class Column(msgspec.Struct, frozen=True):
    """The head of a column, its share of the width, its mask, and whether it holds amounts in yuan."""

    head: str
    width: float
    mask: str = ""
    amount: bool = False


class Table(msgspec.Struct, frozen=True):
    """Rows of texts under a heading, and the sums below them."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[Value, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """证明内容. `as_of` is the day on which it held; two contents that differ only in it say the same."""

    title: str
    about: tuple[Value, ...]
    words: str
    tables: tuple[Table, ...] = ()
    as_of: date
    basis: str = "GX2017 §19;JL2019 §54"


_MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "": str,
    "name": masks.name,
    "certificate": masks.certificate,
    "phone": masks.phone,
}


def as_kept(content: Content) -> dict[str, Any]:
    """The content as the database keeps it."""
    kept: dict[str, Any] = msgspec.to_builtins(content)
    return kept


def from_kept(kept: Mapping[str, Any]) -> Content:
    """The content that was kept."""
    return msgspec.convert(kept, Content)


def hash_of(content: Content) -> str:
    """内容摘要: SHA-256 of the content in one canonical spelling."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def says_the_same(one: Content, other: Content) -> bool:
    """Whether two contents differ in nothing but the day they were asked for."""
    return msgspec.structs.replace(one, as_of=other.as_of) == other


def masked(content: Content) -> Content:
    """The content as anybody may see it who holds the paper (脱敏): names and numbers masked, long lists cut."""
    return msgspec.structs.replace(
        content,
        about=tuple(_masked_value(one) for one in content.about),
        tables=tuple(
            msgspec.structs.replace(
                table,
                rows=tuple(
                    tuple(_MASKS[column.mask](cell) for column, cell in zip(table.columns, row, strict=True))
                    for row in table.rows[:MOST_VERIFIED_ROWS]
                ),
                sums=tuple(_masked_value(one) for one in table.sums),
            )
            for table in content.tables
        ),
    )


def _masked_value(one: Value) -> Value:
    return msgspec.structs.replace(one, value=_MASKS[one.mask](one.value)) if one.value else one

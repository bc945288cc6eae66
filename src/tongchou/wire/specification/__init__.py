"""What each transaction says (接口规范), once: name, order, type and need of every field, from the `.tsv` files here.

One file per transaction, opened by any spreadsheet. A row without a field declares a node; `-` is input or output
itself. `need` is `*` where the field must come: what the published tables require, less what known clients leave out,
send empty, or one province alone asks for (decision 0050). `also` lists other spellings that clients send.
`envelope.tsv` is the frame around them, `transactions.tsv` lists what is served (`like`: same fields as another),
`code-tables.tsv` holds the dictionaries.
"""

import csv
import enum
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ITSELF = "-"
"""The node that is input or output itself: its fields stand directly there."""


class FieldType(enum.StrEnum):
    """数据类型; text and extension are text, an extension may also come as an object."""

    TEXT = "text"
    EXTENSION = "extension"
    NUMBER = "number"
    INTEGER = "int"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """字段: `size` is the most characters of a text, or the digits of a number with `scale` of them after the point."""

    name: str
    required: bool
    type: FieldType
    size: int
    scale: int
    label: str
    table: str
    also: tuple[str, ...]

    @property
    def title(self) -> str:
        """How a refusal names it: `数量(cnt)`."""
        return f"{self.label}({self.name})"


@dataclass(frozen=True, slots=True)
class Node:
    """节点: an object or a list of objects under input or output."""

    name: str
    required: bool
    is_list: bool
    label: str
    also: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Transaction:
    """交易: its number, name, whether 2601 may undo it, and the nodes; no output node means `output` is null."""

    infno: str
    name: str
    reversible: bool
    input: tuple[Node, ...]
    output: tuple[Node, ...]


@functools.cache
def transactions() -> Mapping[str, Transaction]:
    """Every transaction served, by number."""
    served: dict[str, Transaction] = {}
    for row in _rows("transactions"):
        nodes = {side: tuple(_nodes(row["like"] or row["infno"], side)) for side in ("input", "output")}
        served[row["infno"]] = Transaction(
            row["infno"], row["name"], row["reversible"] == "*", nodes["input"], nodes["output"]
        )
    return served


@functools.cache
def envelope() -> Node:
    """The members of the envelope that anything depends on; all others are ignored, whatever they hold (报文头)."""
    (node,) = _nodes("envelope", "input")
    return node


@functools.cache
def code_tables() -> Mapping[str, Mapping[str, str]]:
    """Every dictionary (字典): table → code → label, in the published order."""
    tables: dict[str, dict[str, str]] = {}
    for row in _rows("code-tables"):
        tables.setdefault(row["table"], {})[row["code"]] = row["name"]
    return tables


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _nodes(infno: str, side: str) -> Iterator[Node]:
    rows = [row for row in _rows(infno) if row["side"] == side]
    for row in rows:
        if not row["field"]:
            yield Node(
                name=row["node"],
                required=row["need"] == "*",
                is_list=row["type"] == "list",
                label=row["name"],
                also=_spellings(row),
                fields=tuple(_field(of) for of in rows if of["node"] == row["node"] and of["field"]),
            )


def _field(row: dict[str, str]) -> Field:
    size, _, scale = row["size"].partition(",")
    return Field(
        name=row["field"],
        required=row["need"] == "*",
        type=FieldType(row["type"]),
        size=int(size or 0),
        scale=int(scale or 0),
        label=row["name"],
        table=row["table"],
        also=_spellings(row),
    )


def _spellings(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row["also"].split(",")) if row["also"] else ()

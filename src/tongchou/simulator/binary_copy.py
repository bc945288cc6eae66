"""COPY in PostgreSQL's binary format, straight from numpy columns (批量写入).

Rows whose texts have the same lengths and whose NULLs lie in the same columns have the same layout. Each such group is
filled as one structured array and sent as its bytes: no Python object per row, and the server parses no text.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

SIGNATURE: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
EPOCH: Final = np.datetime64("2000-01-01")
ROWS_PER_WRITE: Final = 65_536
"""Large enough that the calls cost nothing, small enough that a buffer stays within megabytes."""

Column = NDArray[Any] | str | int | bool | None
"""One value per row, or one value for all rows; NaT in a date column and masked values are NULL."""


class ColumnDoesNotFit(ValueError):
    """A fault of ours: a column's values cannot be written as its type in the database."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of one batch: its big-endian values and where they are NULL."""

    name: str
    values: NDArray[Any]
    lengths: NDArray[np.int64] | None
    null: NDArray[np.bool_] | None


def _integers(kind: str) -> Callable[[NDArray[Any]], NDArray[Any]]:
    return lambda values: values.astype(kind)


def _dates(values: NDArray[Any]) -> NDArray[Any]:
    return (values.astype("datetime64[D]") - EPOCH).astype(">i4")


def _instants(values: NDArray[Any]) -> NDArray[Any]:
    return (values.astype("datetime64[us]") - EPOCH.astype("datetime64[us]")).astype(">i8")


def _texts(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "U":
        return np.char.encode(values, "utf-8")
    if values.dtype.kind != "S":
        raise ColumnDoesNotFit(f"not texts: {values.dtype}")
    return values


WRITERS: Final[dict[str, Callable[[NDArray[Any]], NDArray[Any]]]] = {
    "int2": _integers(">i2"),
    "int4": _integers(">i4"),
    "int8": _integers(">i8"),
    "bool": _integers("u1"),
    "date": _dates,
    "timestamptz": _instants,
    "text": _texts,
    "varchar": _texts,
    "bpchar": _texts,
    "jsonb": lambda values: np.char.add(b"\x01", _texts(values)),
    "bytea": _texts,
}
"""By the database's name of the type; instants are UTC. A numeric column is not among them: it is sent as text."""

TEXTS: Final = frozenset({"text", "varchar", "bpchar", "jsonb", "bytea"})


def column_types(connection: psycopg.Connection[Any], table: str) -> dict[str, str]:
    """The columns of a table and their types, as the database knows them."""
    rows = connection.execute(
        "SELECT column_name, udt_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position",
        [table],
    )
    return dict(rows.fetchall())


def blocks(columns: Mapping[str, Column], types: Mapping[str, str]) -> Iterator[bytes]:
    """The rows in binary form, a block at a time; their order within the batch is not kept."""
    rows = next(len(values) for values in columns.values() if isinstance(values, np.ndarray))
    fields = [_field(name, values, types[name], rows) for name, values in columns.items()]
    for members in _same_layout(fields, rows):
        for start in range(0, len(members), ROWS_PER_WRITE):
            yield _block(fields, members[start : start + ROWS_PER_WRITE])


def _field(name: str, values: Column, kind: str, rows: int) -> Field:
    if values is None:
        return Field(name, np.zeros(rows, dtype="u1"), None, np.ones(rows, dtype=bool))
    if not isinstance(values, np.ndarray):
        values = np.full(rows, values.encode() if isinstance(values, str) else values)
    if len(values) != rows:
        raise ColumnDoesNotFit(f"{name} has {len(values)} rows, not {rows}")
    null = _nulls(values)
    written = WRITERS[kind](np.ma.getdata(values))
    lengths = np.char.str_len(written).astype(np.int64) if kind in TEXTS else None
    return Field(name, written, lengths, null)


def _nulls(values: NDArray[Any]) -> NDArray[np.bool_] | None:
    if values.dtype.kind == "M":
        null = np.isnat(values)
    elif isinstance(values, np.ma.MaskedArray):
        null = np.ma.getmaskarray(values)
    else:
        return None
    return null if null.any() else None


def _same_layout(fields: list[Field], rows: int) -> Iterator[NDArray[np.int64]]:
    """The rows, grouped by the lengths of their texts and by what is NULL."""
    layout = np.zeros(rows, dtype=np.int64)
    for field in fields:
        if field.lengths is None and field.null is None:
            continue
        size = np.zeros(rows, dtype=np.int64) if field.lengths is None else field.lengths + 1
        if field.null is not None:
            size = np.where(field.null, -1, size)
        _, shape = np.unique(size, return_inverse=True)
        _, layout = np.unique(layout * (int(shape.max()) + 1) + shape, return_inverse=True)
    order = np.argsort(layout, kind="stable")
    cuts = np.flatnonzero(np.diff(layout[order])) + 1
    yield from np.split(order, cuts)


def _block(fields: list[Field], members: NDArray[np.int64]) -> bytes:
    parts: list[tuple[str, str]] = [("count", ">i2")]
    lengths: dict[str, int] = {}
    first = members[0]
    for field in fields:
        parts.append((f"{field.name}:length", ">i4"))
        if field.null is not None and field.null[first]:
            lengths[field.name] = -1
            continue
        size = field.values.dtype.itemsize if field.lengths is None else int(field.lengths[first])
        lengths[field.name] = size
        if size:
            parts.append((field.name, f"S{size}" if field.lengths is not None else field.values.dtype.str))
    rows = np.empty(len(members), dtype=parts)
    rows["count"] = len(fields)
    for field in fields:
        rows[f"{field.name}:length"] = lengths[field.name]
        if lengths[field.name] > 0:
            rows[field.name] = field.values[members]
    return rows.tobytes()


class Target:
    """An open COPY into one table: `with Target(connection, table, columns) as target: target.write(batch)`."""

    def __init__(self, connection: psycopg.Connection[Any], table: str, columns: list[str]) -> None:
        self._types = column_types(connection, table)
        if unknown := [name for name in columns if name not in self._types]:
            raise ColumnDoesNotFit(f"{table} has no column {', '.join(unknown)}")
        names = ", ".join(f'"{name}"' for name in columns)
        self._columns = columns
        self._cursor = connection.cursor()
        self._copying = self._cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT binary)'.encode())
        self.rows = 0

    def __enter__(self) -> "Target":
        self._copy = self._copying.__enter__()
        self._copy.write(SIGNATURE)
        return self

    def __exit__(self, *failure: Any) -> None:
        if failure[0] is None:
            self._copy.write(TRAILER)
        self._copying.__exit__(*failure)
        self._cursor.close()

    def write(self, batch: Mapping[str, Column]) -> None:
        """Send a batch; its columns are those the target was opened with."""
        for block in blocks({name: batch[name] for name in self._columns}, self._types):
            self._copy.write(block)
        self.rows += next(len(values) for values in batch.values() if isinstance(values, np.ndarray))


def write_rows(
    connection: psycopg.Connection[Any], table: str, batch: Mapping[str, Column], *, at_once: int | None = None
) -> None:
    """One batch into one table; in slices of `at_once` rows where the order of the batch is to be kept, roughly."""
    rows = len(next(values for values in batch.values() if isinstance(values, np.ndarray)))
    if not rows:
        return
    with Target(connection, table, list(batch)) as target:
        for start in range(0, rows, at_once or rows):
            target.write({name: _slice(values, start, at_once, rows) for name, values in batch.items()})


def _slice(values: Column, start: int, count: int | None, rows: int) -> Column:
    """A part of a column; one of another length is left whole, and refused when it is written."""
    if count is None or not isinstance(values, np.ndarray) or len(values) != rows:
        return values
    return values[start : start + count]

"""Identifiers in blocks (编号块): a thousand at a time from a PostgreSQL sequence, handed out in process.

The sequences count in thousands (`INCREMENT 1000`), so one call reserves `[n, n + 1000)` for this process and a
settlement needs no round trip for its ids. Ids are unique and rise within a block; blocks of other processes lie
between, and a process that ends leaves its rest unused. Decision 0013.
"""

import os
import threading
from datetime import date
from typing import Final

from django.db import connection, migrations

BLOCK: Final = 1000
LARGEST_IN_MONTH: Final = 10**11


def create_sequence(name: str) -> migrations.RunSQL:
    """The migration operation that makes the sequence behind `take(name)`."""
    sequence = _sequence(name)
    return migrations.RunSQL(
        f"CREATE SEQUENCE {sequence} AS bigint START 1 INCREMENT {BLOCK} CACHE 1", f"DROP SEQUENCE {sequence}"
    )


def _sequence(name: str) -> str:
    if not name.isidentifier() or not name.isascii() or name != name.lower():
        raise ValueError(f"not a name of ids: {name!r}")
    return f"ids_{name}"


class IdBlocks:
    """The blocks that this process holds; safe for threads, empty again after a fork."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._next: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, count: int = 1) -> int:
        """The first of `count` consecutive ids (取号); 1 ≤ count ≤ 1000.

        What is left of a block too short for `count` stays unused.
        """
        if not 1 <= count <= BLOCK:
            raise ValueError(f"ids come 1 to {BLOCK} at a time, not {count}")
        with self._lock:
            first, end = self._next.get(name, (0, 0))
            if end - first < count:
                first = self._reserve(name)
                end = first + BLOCK
            self._next[name] = (first + count, end)
            return first

    def take_dated(self, name: str, on: date, count: int = 1) -> int:
        """As `take`, prefixed with the month: `YYMM × 10¹¹ + n`, so that ids of a month lie together (按月取号).

        Fits in 53 bits, so that it survives JSON readers that know only floating point.
        """
        first = self.take(name, count)
        if first + count > LARGEST_IN_MONTH:
            raise OverflowError(f"the sequence of {name} is exhausted")
        return (on.year % 100 * 100 + on.month) * LARGEST_IN_MONTH + first

    def _reserve(self, name: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(%s::regclass)", [_sequence(name)])
            return int(cursor.fetchone()[0])


_blocks = IdBlocks()
take = _blocks.take
take_dated = _blocks.take_dated

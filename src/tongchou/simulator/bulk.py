"""Loading millions of rows in one transaction (批量装载): guards away, rows in, guards back, all of it or nothing.

Indexes, foreign keys and exclusion constraints are built again over the finished tables, which checks every row just
as inserting does, and is several times faster. A load that is stopped, killed or refused leaves nothing behind.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index i
WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY 1
"""
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid)
FROM pg_constraint c
WHERE conrelid = %s::regclass AND contype IN ('f', 'u', 'x')
  AND NOT EXISTS (SELECT FROM pg_constraint r WHERE r.contype = 'f' AND r.conindid = c.conindid AND r.oid <> c.oid
                  AND c.contype = 'u')
ORDER BY contype = 'f', conname
"""
"""Unique constraints that a foreign key refers to stay, with their index."""


@dataclass(frozen=True, slots=True)
class Guard:
    """An index or a constraint of a table, and how to build it again."""

    table: str
    name: str
    drop: sql.Composable
    build: sql.Composable
    refers: bool


def guards_of(connection: Connection, table: str) -> list[Guard]:
    """What stands in the way of a fast load: everything but the primary key and plain checks."""
    name = sql.Identifier(table)
    guards = []
    for index, definition in connection.execute(INDEXES, [table]).fetchall():
        drop = sql.SQL("DROP INDEX {}").format(sql.SQL(index))
        guards.append(Guard(table, index, drop, sql.SQL(definition), refers=False))
    for constraint, definition in connection.execute(CONSTRAINTS, [table]).fetchall():
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint))
        build = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
            name, sql.Identifier(constraint), sql.SQL(definition)
        )
        guards.append(Guard(table, constraint, drop, build, refers=definition.startswith("FOREIGN KEY")))
    return guards


@contextlib.contextmanager
def guards_rebuilt(
    connection: Connection, tables: Sequence[str], *, step: Callable[[int, int], None], keep: Collection[str] = ()
) -> Iterator[None]:
    """Take the guards of the tables away for a block of the caller's transaction, and build them again after it.

    `step` is told how many of how many are built; those to `keep` stay.
    """
    guards = [guard for table in tables for guard in guards_of(connection, table) if guard.name not in keep]
    guards.sort(key=lambda guard: guard.refers)
    for guard in reversed(guards):
        connection.execute(guard.drop)
    yield
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for number, guard in enumerate(guards):
        step(number, len(guards))
        connection.execute(guard.build)
    step(len(guards), len(guards))


def check_deferred(connection: Connection) -> None:
    """Let deferred constraints be checked now, so that nothing pends on a table that is about to be altered."""
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.execute("SET CONSTRAINTS ALL DEFERRED")


def advance_sequences(connection: Connection, tables: Sequence[str]) -> None:
    """Let the identity columns go on behind the rows that came with their own numbers."""
    for table in tables:
        row = connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table]).fetchone()
        advance(connection, str(row and row[0]), table)


def advance(connection: Connection, sequence: str, table: str) -> None:
    """Let a sequence go on behind the highest `id` of a table, and never go back."""
    query = "SELECT setval({text}, greatest((SELECT last_value FROM {name}), (SELECT max(id) FROM {table})))"
    connection.execute(
        sql.SQL(query).format(
            text=sql.Literal(sequence),
            name=sql.Identifier(*sequence.split(".")),
            table=sql.Identifier(table),
        )
    )

"""The database on the hot path: the driver's connection beneath Django's, without cursor wrappers (design of settling).

Outside tests it is in autocommit, so one statement is one durable commit; a statement that writes calls one database
function. And the lock on a matter that has no row yet.
"""

from typing import Any, cast

import psycopg
from django.db import connection


def hot() -> psycopg.Connection[tuple[Any, ...]]:
    """This thread's connection, opened again when the server dropped it."""
    if connection.connection is None or connection.connection.closed:
        if connection.connection is not None:
            connection.close()
        connection.connect()
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection)


def one_after_another(*key: object) -> None:
    """Whoever asks for the same key waits until this transaction has ended (依次办理): where there is no row to lock.

    The next one sees in its following statement what this one wrote.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(map(str, key))])

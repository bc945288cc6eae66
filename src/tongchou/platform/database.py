"""The database on the hot path: the driver's connection beneath Django's, without cursor wrappers (design of settling).

Outside tests it is in autocommit, so one statement is one durable commit; a statement that writes calls one database
function.
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

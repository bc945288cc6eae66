"""Statements of the hot path (数据库调用): prepared, one round trip each, refusals of the database as ours.

`call` and `write` speak to the driver's protocol layer: parameters go as they are written and the one value comes back
as it is, at a seventh of a cursor's cost (decision 0054). `row`, `rows` and `run` are for what is not asked with every
message.
"""

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import msgspec
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

from tongchou.kernel.errors import DomainError
from tongchou.platform.database import hot

Result = TypeVar("Result")
Refusals = Mapping[str, type[DomainError]]
"""SQLSTATE → the refusal it means."""
PLACEHOLDER: Final = "%s"
DEALLOCATED: Final = b"26000"
"""SQLSTATE of a prepared statement that is not there any more."""

_serials = itertools.count()


class _Thread(threading.local):
    """This thread's connection: Django's wrapper around it, and the statements prepared on it."""

    wrapper: BaseDatabaseWrapper | None = None
    prepared_on: psycopg.Connection[Any] | None = None
    names: dict[str, bytes]


_thread = _Thread()


def _connection() -> psycopg.Connection[Any]:
    """As `hot`, without asking Django which connection is this thread's."""
    if _thread.wrapper is None:
        _thread.wrapper = connections[DEFAULT_DB_ALIAS]
    connection: psycopg.Connection[Any] | None = _thread.wrapper.connection
    return hot() if connection is None or connection.closed else connection


def forget() -> None:
    """Ask Django again which connection is this thread's (tests): a running event loop changes its answer."""
    _thread.wrapper = _thread.prepared_on = None


def row(statement: str, *parameters: Any) -> tuple[Any, ...] | None:
    """The first row, or None."""
    return hot().execute(statement, parameters, prepare=True).fetchone()


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """All rows."""
    return hot().execute(statement, parameters, prepare=True).fetchall()


def run(statement: str, *parameters: Any) -> None:
    """A statement whose result nobody needs."""
    hot().execute(statement, parameters, prepare=True)


def call(statement: str, *parameters: Any) -> bytes | None:
    """The value of `SELECT function(%s, …)`, which is text or bytea: its bytes, or None for null.

    Parameters are texts, bytes, whole numbers, yes/no, dates, moments, lists of texts or numbers, and None.
    """
    connection = _connection()
    protocol = connection.pgconn
    values = [_written(value) for value in parameters]
    formats = [Format.BINARY if isinstance(value, bytes) else Format.TEXT for value in parameters]
    if not connection.autocommit:
        return _in_transaction(connection, statement, values, formats)
    result = protocol.exec_prepared(_name(connection, statement), values, formats, Format.BINARY)
    if result.status != ExecStatus.TUPLES_OK and result.error_field(DiagnosticField.SQLSTATE) == DEALLOCATED:
        _thread.prepared_on = None  # the driver deallocates all after a rollback
        result = protocol.exec_prepared(_name(connection, statement), values, formats, Format.BINARY)
    return _checked(result).get_value(0, 0)


def _in_transaction(
    connection: psycopg.Connection[Any], statement: str, values: list[bytes | None], formats: list[Format]
) -> bytes | None:
    """The same within a caller's transaction: unprepared, so that nothing can be missing and spoil it."""
    if connection.pgconn.transaction_status == TransactionStatus.IDLE:
        connection.execute("SELECT")  # begins it, as the driver would
    result = connection.pgconn.exec_params(_numbered(statement), values, None, formats, Format.BINARY)
    return _checked(result).get_value(0, 0)


def _numbered(statement: str) -> bytes:
    first, *rest = statement.split(PLACEHOLDER)
    return (first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))).encode()


def _name(connection: psycopg.Connection[Any], statement: str) -> bytes:
    """The statement's name on this connection, prepared now if it is new."""
    if _thread.prepared_on is not connection:
        _thread.prepared_on, _thread.names = connection, {}
    name = _thread.names.get(statement)
    if name is None:
        name = f"hot_{next(_serials)}".encode()
        _checked(connection.pgconn.prepare(name, _numbered(statement)))
        _thread.names[statement] = name
    return name


def _checked(result: PGresult) -> PGresult:
    """Raises: psycopg.Error."""
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result, encoding="utf-8")
    return result


def _written(value: Any) -> bytes | None:
    """A parameter as the protocol carries it. Raises: psycopg.DataError for a text no database can hold."""
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("a text with the character zero")
        return value.encode()
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, date):  # and datetime
        return value.isoformat().encode()
    if isinstance(value, list):
        return b"{%b}" % b",".join(map(_element, value))
    raise TypeError(f"cannot send {type(value).__name__}")


def _element(value: Any) -> bytes:
    written = _written(value)
    if written is None:
        return b"NULL"
    return b'"%b"' % written.replace(b"\\", b"\\\\").replace(b'"', b'\\"') if isinstance(value, str) else written


def write(statement: str, parameters: Sequence[Any], refusals: Refusals) -> bytes | None:
    """Call one writing database function: None when it wrote, else the first answer of the same message.

    What the function refuses comes as the refusal named for its SQLSTATE, filled with the figures of its DETAIL.
    """
    try:
        return _alone(lambda: call(statement, *parameters))
    except psycopg.DatabaseError as fault:
        refused = refusals.get(fault.sqlstate or "")
        if refused is None:
            raise
        raise refused(**_figures(fault)) from None


def _alone(work: Callable[[], Result]) -> Result:
    """Run a statement so that its refusal spoils nothing of the caller's.

    In autocommit it stands alone anyway; inside a transaction it gets a savepoint.
    """
    connection = _connection()
    if connection.pgconn.transaction_status != TransactionStatus.INTRANS:
        return work()
    with connection.transaction():
        return work()


def _figures(fault: psycopg.DatabaseError) -> dict[str, Any]:
    detail = fault.diag.message_detail
    return msgspec.json.decode(detail, type=dict[str, Any]) if detail and detail.startswith("{") else {}

"""Statements of the hot path (数据库调用): prepared, one round trip each, refusals of the database as ours."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg.pq import TransactionStatus

from tongchou.kernel.errors import DomainError
from tongchou.platform.database import hot

Result = TypeVar("Result")
Refusals = Mapping[str, type[DomainError]]
"""SQLSTATE → the refusal it means."""


def row(statement: str, *parameters: Any) -> tuple[Any, ...] | None:
    """The first row, or None."""
    return hot().execute(statement, parameters, prepare=True).fetchone()


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """All rows."""
    return hot().execute(statement, parameters, prepare=True).fetchall()


def run(statement: str, *parameters: Any) -> None:
    """A statement whose result nobody needs."""
    hot().execute(statement, parameters, prepare=True)


def write(statement: str, parameters: Sequence[Any], refusals: Refusals) -> bytes | None:
    """Call one writing database function: None when it wrote, else the first answer of the same message.

    What the function refuses comes as the refusal named for its SQLSTATE, filled with the figures of its DETAIL.
    """
    try:
        found = _alone(lambda: row(statement, *parameters))
    except psycopg.DatabaseError as fault:
        refused = refusals.get(fault.sqlstate or "")
        if refused is None:
            raise
        raise refused(**_figures(fault)) from None
    return None if found is None else found[0]


def _alone(work: Callable[[], Result]) -> Result:
    """Run a statement so that its refusal spoils nothing of the caller's.

    In autocommit it stands alone anyway; inside a transaction it gets a savepoint.
    """
    connection = hot()
    if connection.info.transaction_status is not TransactionStatus.INTRANS:
        return work()
    with connection.transaction():
        return work()


def _figures(fault: psycopg.DatabaseError) -> dict[str, Any]:
    detail = fault.diag.message_detail
    return msgspec.json.decode(detail, type=dict[str, Any]) if detail and detail.startswith("{") else {}

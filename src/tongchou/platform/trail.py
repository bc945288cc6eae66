"""Writing the trail (操作日志; GX2017 §133): one insert, no other row touched, so nobody waits for anybody.

`record` writes within the caller's transaction and shares its fate. `record_aside` writes at once over a connection of
its own: for refusals, whose transaction is about to be rolled back.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, Protocol

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from tongchou.platform.models import Operator
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.states import TrailOutcome

INSERT: Final = """
INSERT INTO platform_trailentry
    (pooling_area, at, action, outcome, operator_id, staff_code, unit_code, object_kind, object_key, detail, address)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s) RETURNING id
"""
"""The statement behind `record`, for a path that writes with its own cursor; its values come from `row`."""

HASHED_FIELDS: Final = """
    id::text AS id_text, pooling_area, ((extract(epoch FROM at) * 1000000)::bigint)::text AS at_text, action, outcome,
    coalesce(operator_id::text, '') AS operator_text, staff_code, unit_code, object_kind, object_key,
    detail::text AS detail_text, address
"""
"""What of an entry the chain covers: all of it, as text, in this order."""

_address: ContextVar[str] = ContextVar("address", default="")
_labels: dict[str, str] = {}


def name_actions(labels: Mapping[str, str]) -> None:
    """Say in Chinese what the actions of a chapter are called, for the trail's page (操作名称)."""
    _labels.update(labels)


def label(action: str) -> str:
    """The Chinese name of an action; the action itself where a chapter gave none."""
    return _labels.get(action, action)


def labels() -> list[str]:
    """The Chinese names of all actions, for translation."""
    return list(_labels.values())


@contextlib.contextmanager
def from_address(address: str) -> Iterator[None]:
    """What is recorded inside came from this network address (来源地址)."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def row(
    action: str,
    *,
    at: datetime,
    operator: Operator | None = None,
    staff_code: str = "",
    outcome: TrailOutcome = TrailOutcome.DONE,
    pooling_area: str = NO_AREA,
    unit_code: str = "",
    object_kind: str = "",
    object_key: object = "",
    detail: Mapping[str, Any] | None = None,
) -> list[Any]:
    """The values of one entry, in the order of `INSERT`.

    `detail` holds what JSON holds: dates as ISO text, amounts as whole fen, never a password.
    """
    if operator is not None:
        staff_code = operator.staff_code
        unit_code = unit_code or operator.org_unit_id
    return [
        pooling_area,
        at,
        action,
        outcome.value,
        None if operator is None else operator.pk,
        staff_code,
        unit_code,
        object_kind,
        str(object_key),
        json.dumps(detail or {}, ensure_ascii=False, separators=(",", ":")),
        _address.get(),
    ]


def record(action: str, **what: Any) -> int:
    """Write one entry in the caller's transaction (记日志); arguments as for `row`. Returns its id."""
    return _insert(connection, row(action, **what))


class Note(Protocol):
    """Records one act on one thing of a kind (记一笔); `action` without its chapter."""

    def __call__(
        self, action: str, area: str, unit_code: str, key: object, operator: Operator, now: datetime, **detail: object
    ) -> None: ...


def noting(chapter: str, object_kind: str) -> Note:
    """How a module records what is done to its kind of thing, within the caller's transaction (记日志)."""

    def note(
        action: str, area: str, unit_code: str, key: object, operator: Operator, now: datetime, **detail: object
    ) -> None:
        record(
            f"{chapter}.{action}",
            at=now,
            operator=operator,
            pooling_area=area,
            unit_code=unit_code,
            object_kind=object_kind,
            object_key=key,
            detail=detail,
        )

    return note


def record_aside(action: str, **what: Any) -> int:
    """Write one entry over a connection of its own, durable whatever becomes of the caller (另记日志)."""
    values = row(action, **what)
    if not connection.in_atomic_block:
        return _insert(connection, values)
    own = connection.copy()
    try:
        return _insert(own, values)
    finally:
        own.close()


def _insert(through: BaseDatabaseWrapper, values: list[Any]) -> int:
    with through.cursor() as cursor:
        cursor.execute(INSERT, values)
        return int(cursor.fetchone()[0])

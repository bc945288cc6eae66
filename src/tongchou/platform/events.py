"""Events (业务事件): how a lower chapter tells a higher one, inside the same transaction.

A chapter declares its events as frozen dataclasses in its own `events.py`; a higher chapter subscribes in its
`AppConfig.ready`. What a handler raises undoes the command that published.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import transaction

EventType = TypeVar("EventType")
Handler = Callable[[EventType], object]

_handlers: dict[type[Any], list[Handler[Any]]] = {}


class PublishedOutsideTransaction(RuntimeError):
    """A fault of ours: the event and what it tells of would not stand or fall together."""


def subscribe(kind: type[EventType]) -> Callable[[Handler[EventType]], Handler[EventType]]:
    """Call the decorated function for every event of that type, in the order of subscription (订阅)."""

    def decorate(handler: Handler[EventType]) -> Handler[EventType]:
        handlers = _handlers.setdefault(kind, [])
        if handler not in handlers:
            handlers.append(handler)
        return handler

    return decorate


def unsubscribe(kind: type[EventType], handler: Handler[EventType]) -> None:
    """Take a handler off again (tests)."""
    _handlers[kind].remove(handler)


def publish(event: object) -> None:
    """Tell every subscriber now, within the transaction of the caller (发布).

    Raises: PublishedOutsideTransaction, and whatever a handler raises.
    """
    if not transaction.get_connection().in_atomic_block:
        raise PublishedOutsideTransaction(type(event).__name__)
    for handler in _handlers.get(type(event), ()):
        handler(event)


@dataclass(frozen=True, slots=True)
class OrgUnitClosed:
    """机构撤销: open business moves to the successor; history keeps the old code (ORG-01)."""

    unit_code: str
    successor_code: str | None
    valid_until: date


@dataclass(frozen=True, slots=True)
class OrgUnitRenamed:
    """机构更名 (ORG-07)."""

    unit_code: str
    name: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class OperatorLeft:
    """离职: open tasks of the operator go to the successor (ORG-08)."""

    operator_id: int
    successor_id: int
    leaves_on: date


@dataclass(frozen=True, slots=True)
class OperatorTransferred:
    """调动: open tasks at the old unit go to the successor (ORG-08)."""

    operator_id: int
    successor_id: int
    from_unit_code: str
    to_unit_code: str


@dataclass(frozen=True, slots=True)
class CalendarPutInForce:
    """工作日历生效: deadlines of the year may have moved (ORG-19)."""

    year: int

"""What must be ready before a year begins (年度切换清单; ORG-26): declared by the chapter whose business it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.queries import Operator


class FaultyItem(Exception):
    """A fault of ours: an item that nobody could make ready."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an item found (核查结果): whether its chapter is ready for the year, and the words for the list."""

    ready: bool
    said: str


Look = Callable[[str, int, date], Finding]
"""`look(pooling_area, year, today)`: reads, never writes."""


@dataclass(frozen=True, slots=True)
class Action:
    """A step that may be taken from the list itself (办理); it refuses with a `DomainError` and answers what it did."""

    label: Any
    run: Callable[[str, int, Operator, datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item (清单项).

    `permission` names whose business it is: whoever has it may take the `action` and confirm by hand. An item without
    `look` is only ever confirmed by hand; a `strict` one never is: the year is not released without it.
    """

    code: str
    order: int
    title: Any
    citation: str
    permission: str
    look: Look | None = None
    strict: bool = False
    action: Action | None = None
    address: Callable[[int], str] | None = None


_items: Final[dict[str, Item]] = {}


def register(item: Item) -> None:
    """Put the item on every list from now on (登记清单项). The same code again replaces. Raises: FaultyItem."""
    if item.permission not in PERMISSIONS:
        raise FaultyItem(f"{item.code} belongs to nobody: {item.permission}")
    if item.strict and item.look is None:
        raise FaultyItem(f"{item.code} could never be ready")
    _items[item.code] = item


def withdraw(code: str) -> None:
    """Take an item off again (tests)."""
    _items.pop(code, None)


def registered() -> list[Item]:
    """Every item in its order (清单)."""
    return sorted(_items.values(), key=lambda item: (item.order, item.code))


def item_of(code: str) -> Item | None:
    return _items.get(code)

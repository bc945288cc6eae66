"""Flows (交换项目): what a chapter sends, declared once; number, format, digest and replay come by themselves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Flow:
    """One item of exchange.

    `rows(object_key)` gives the rows of a file in their order, `columns` names their values; the same key gives the
    same rows for ever, for a file may be made again. `totalled` is the column whose sum stands in the file;
    `permission` is for making, sending and working on what comes back.
    """

    name: str
    title: str
    permission: str
    columns: tuple[str, ...]
    rows: Callable[[int], Iterator[Sequence[Any]]]
    totalled: str = "amount_fen"


_flows: dict[str, Flow] = {}


def register(flow: Flow) -> None:
    """Make a flow known, from `AppConfig.ready` of its chapter (登记交换项目). The same name again replaces."""
    _flows[flow.name] = flow


def registered() -> list[Flow]:
    """Every flow, in the order of registration (交换项目)."""
    return list(_flows.values())


def flow_named(name: str) -> Flow:
    """Raises: KeyError, a fault of ours, for a name that no chapter registered."""
    return _flows[name]


def title_of(name: str) -> str:
    """What the flow is called; its name where its chapter is gone (项目名称)."""
    return _flows[name].title if name in _flows else name

"""Flows (交换项目): what a chapter sends and what it awaits, each declared once.

Number, format, digest, signature, queue, receipt, check, list of changes and replay come by themselves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tongchou.platform.spreadsheets import kinds

MANAGE: Final = "exchange.manage"


@dataclass(frozen=True, slots=True)
class Flow:
    """One item that goes out.

    `rows(object_key)` gives the rows of a file in their order, `columns` names their values; the same key gives the
    same rows for ever, for a file may be made again. `totalled` is the column whose sum stands in the file,
    empty for none; `permission` is for making, sending and working on what comes back.
    """

    name: str
    title: str
    permission: str
    columns: tuple[str, ...]
    rows: Callable[[int], Iterator[Sequence[Any]]]
    totalled: str = "amount_fen"
    partners: tuple[str, ...] = ()
    """The kinds of partner it is for (`PartnerKind`); empty for any."""
    place: Callable[[int], str] = lambda object_key: ""
    """The address where what was sent, and what came of it, is worked on; empty where it has no page (办理页面)."""


@dataclass(frozen=True, slots=True)
class Parcelled:
    """What is known of a partner's file outside its rows (来件情况)."""

    partner: str
    kind: str
    number: str
    answers: str
    day: str


def _nothing(parcelled: Parcelled) -> Mapping[str, str]:
    return {}


def answered(parcelled: Parcelled) -> Mapping[str, str]:
    """The options of an item that answers a file of ours: which one (对应的发出文件)."""
    return {"answers": parcelled.answers}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One item that comes in: by which kind of import it is read, held against the books, approved and taken in.

    `name` is that of the agreement and of the envelope. `options` answers the questions of the import kind from what
    is known of the file. Where the partner states totals by office and day, `office`, `day` and `amount` are SQL over
    a staged row `r`, by which ours are counted (日对账); empty: not counted. Decision 0232.
    """

    name: str
    title: str
    kind: str
    options: Callable[[Parcelled], Mapping[str, str]] = _nothing
    office: str = ""
    day: str = ""
    amount: str = "0"
    partners: tuple[str, ...] = ()
    """The kinds of partner it comes from (`PartnerKind`); empty for any."""


_flows: dict[str, Flow] = {}
_incoming: dict[str, Incoming] = {}


def register(flow: Flow) -> None:
    """Make a flow known, from `AppConfig.ready` of its chapter (登记交换项目). The same name again replaces."""
    _flows[flow.name] = flow


def register_incoming(incoming: Incoming) -> None:
    """Make known what a chapter awaits, from `AppConfig.ready` (登记来件项目). The same name again replaces."""
    _incoming[incoming.name] = incoming


def registered() -> list[Flow]:
    """Every flow that goes out, in the order of registration (交换项目)."""
    return list(_flows.values())


def awaited() -> list[Incoming]:
    """Every flow that comes in, in the order of registration (来件项目)."""
    return list(_incoming.values())


def titles() -> dict[str, str]:
    """Name → title of every flow, either way (全部交换项目)."""
    return {one.name: one.title for one in _incoming.values()} | {one.name: one.title for one in _flows.values()}


def flow_named(name: str) -> Flow:
    """Raises: KeyError, a fault of ours, for a name that no chapter registered."""
    return _flows[name]


def incoming_named(name: str) -> Incoming | None:
    """What comes in under that name."""
    return _incoming.get(name)


def title_of(name: str) -> str:
    """What the flow, or the kind of import, is called; its name where its chapter is gone (项目名称)."""
    known = titles()
    if name in known:
        return known[name]
    return next((kind.title for kind in kinds.registered() if kind.name == name), name)


def of_partner(kind: str) -> list[str]:
    """The flows declared for partners of that kind, either way, by title (可交换项目; SYS-04)."""
    both: tuple[Flow | Incoming, ...] = (*_incoming.values(), *_flows.values())
    return list(dict.fromkeys(one.title for one in both if kind in one.partners))


def place_of(name: str, object_key: int) -> str:
    """Where what was sent under that flow is worked on; empty where it has no page (办理页面)."""
    return _flows[name].place(object_key) if name in _flows else ""


def permission_of(name: str) -> str:
    """Who works on what the flow brings: as its chapter says, else whoever manages the exchange (办理权限)."""
    if name in _flows:
        return _flows[name].permission
    kind = _incoming[name].kind if name in _incoming else name
    return next((one.permission for one in kinds.registered() if one.name == kind), MANAGE)

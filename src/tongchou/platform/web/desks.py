"""待办事项: what waits for the posts of whoever opens the first page, beside the cases; each chapter says its own.

All of it is counted in one question, each matter up to `MOST`, so that the page stays the same however much there is.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet, Value

from tongchou.platform.web.access import PageRequest

MOST: Final = 100
LOOKED_BACK: Final = timedelta(days=92)
"""How far money that nobody has placed is looked for; the list behind it shows older money too."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of work: `rows` are the things that wait, to be found by an index; `link` shows them."""

    label: Any
    rows: QuerySet[Any]
    link: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A matter with how much of it waits."""

    label: Any
    count: int
    link: str

    @property
    def said(self) -> str:
        return f"{self.count}" if self.count < MOST else f"{MOST}+"


Reader = Callable[[PageRequest], Iterable[Matter]]

_readers: dict[str, tuple[int, Reader]] = {}


def add_desk(key: str, rank: int, read: Reader) -> None:
    """Add what waits in a chapter (登记待办)."""
    _readers[key] = (rank, read)


def waiting(request: PageRequest) -> list[Waiting] | None:
    """What waits for the operator's posts; None for whom no chapter keeps a desk (待办事项)."""
    readers = sorted(_readers.values(), key=lambda ranked: ranked[0])
    matters = [matter for _rank, read in readers for matter in read(request)]
    if not matters:
        return None
    parts = [one.rows.order_by().values_list(Value(at))[:MOST] for at, one in enumerate(matters)]
    counted = Counter(at for (at,) in parts[0].union(*parts[1:], all=True))
    return [Waiting(one.label, counted[at], one.link) for at, one in enumerate(matters) if counted[at]]

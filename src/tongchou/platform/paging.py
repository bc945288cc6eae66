"""Pages of long lists (分页): a page begins after the sort key of a row, so the thousandth costs what the first costs.

Totals are counted up to a limit; past it the database's own estimate is shown with 约.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

COUNTED_UP_TO: Final = 10_000
PAGE_SIZE: Final = 50
_BACK, _ON = "b", "a"


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of rows, and the marks of the pages beside it (empty where there is none)."""

    rows: list[Any]
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows there are; `exact` is false for an estimate of the database."""

    count: int
    exact: bool


def read_slice(queryset: QuerySet[Any], *, order: Sequence[str], at: str = "", size: int = PAGE_SIZE) -> Slice:
    """The page that begins at the mark `at` (本页), in the order of `order`, whose last field is unique.

    Rows may be model instances or named tuples that hold every field of `order`. A mark that cannot be read, or comes
    from another order, gives the first page.
    """

    def fetch(directed: Sequence[str], values: Sequence[Any], most: int) -> list[Any]:
        page = queryset.order_by(*directed)
        return list((page.filter(_beyond(directed, values)) if values else page)[:most])

    return read_slice_by(fetch, queryset.model, order=order, at=at, size=size)


Fetch = Callable[[Sequence[str], Sequence[Any], int], list[Any]]
"""Called with the order, the values of the row before (none: from the beginning), and how many rows at most."""


def read_slice_by(
    fetch: Fetch, model: type[Model], *, order: Sequence[str], at: str = "", size: int = PAGE_SIZE
) -> Slice:
    """The same where a statement of its own reads the rows; the fields of `order` are those of the model (本页)."""
    backwards, values = _read_mark(model, order, at)
    directed = [_turned(field) for field in order] if backwards else list(order)
    rows = fetch(directed, values, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_previous, has_next = (more, True) if backwards else (bool(values), more)
    return Slice(
        rows,
        previous=_mark(_BACK, order, rows[0]) if rows and has_previous else "",
        next=_mark(_ON, order, rows[-1]) if rows and has_next else "",
    )


def goes_back(at: str) -> bool:
    """Whether the mark leads to the page before, whose rows lie ahead of it in the order (往前翻)."""
    return at.startswith(_BACK)


def total_of(queryset: QuerySet[Any]) -> Total:
    """How many rows (总数): counted to ten thousand, estimated by the planner beyond."""
    return total_by(queryset, queryset.order_by()[: COUNTED_UP_TO + 1].count())


def total_by(queryset: QuerySet[Any], counted: int) -> Total:
    """The same where a statement of its own has counted, to one more than ten thousand (总数)."""
    if counted <= COUNTED_UP_TO:
        return Total(counted, exact=True)
    plan = json.loads(queryset.order_by().explain(format="json"))
    return Total(max(int(plan[0]["Plan"]["Plan Rows"]), counted), exact=False)


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after `values` in `order`; the first condition is for the index, the rest for ties."""
    ahead = Q()
    for depth, field in enumerate(order):
        ties = Q(**{order[n].lstrip("-"): values[n] for n in range(depth)})
        step = Q(**{f"{field.lstrip('-')}__{'lt' if field.startswith('-') else 'gt'}": values[depth]})
        ahead |= ties & step
    if len(order) == 1:
        return ahead
    first = order[0]
    return Q(**{f"{first.lstrip('-')}__{'lte' if first.startswith('-') else 'gte'}": values[0]}) & ahead


def _mark(direction: str, order: Sequence[str], row: Any) -> str:
    values = [getattr(row, field.lstrip("-")) for field in order]
    text = json.dumps([",".join(order), values], default=_plain, ensure_ascii=False, separators=(",", ":"))
    return direction + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot sort pages by {type(value).__name__}")


def _read_mark(model: type[Model], order: Sequence[str], at: str) -> tuple[bool, list[Any]]:
    """Direction and sort values of a mark; what a browser sends back is not trusted."""
    fields = model._meta
    try:
        text = base64.urlsafe_b64decode(at[1:] + "=" * (-len(at[1:]) % 4))
        said_order, said = json.loads(text)
        if at[:1] not in (_BACK, _ON) or said_order != ",".join(order) or len(said) != len(order):
            return False, []
        values = [
            fields.get_field(field.lstrip("-")).to_python(value) for field, value in zip(order, said, strict=True)
        ]
    except (binascii.Error, ValueError, TypeError, ValidationError):
        return False, []
    if any(value is None for value in values):
        return False, []
    return at[0] == _BACK, values

"""Lists given out (导出清单): what a chapter declares once, so that page and command line can write it to a file.

Rows stream from the database to the file. Full ID numbers are for whoever may take sensitive data out; every export
leaves a line in the trail with what it covered and how many rows it had.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, queries, trail
from tongchou.platform.models import Operator
from tongchou.platform.scope import Scope
from tongchou.platform.spreadsheets import reports

LISTS: Final = "exports.lists"
SENSITIVE: Final = "exports.sensitive"


class ExportUnknown(DomainError):
    code = "PL-0831"
    message = "没有“{kind}”这类导出"


class TooLongForWorkbook(DomainError):
    code = "PL-0832"
    message = "超过{rows}行,工作表放不下,请导出为csv"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is asked for: an area, or one unit of it, as of a day; a benefit year where the list has one."""

    pooling_area: str
    on: date
    scope: Scope
    unit_code: str = ""
    year: int | None = None
    full_numbers: bool = False
    """Whether ID numbers are shown in full."""


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One kind of list."""

    name: str
    title: str
    permission: str
    headers: tuple[str, ...]
    rows: Callable[[ExportRequest], Iterator[Sequence[Any]]]


_kinds: dict[str, ExportKind] = {}


def register(kind: ExportKind) -> None:
    """Make a kind known, from `AppConfig.ready` of its chapter (登记导出类别)."""
    _kinds[kind.name] = kind


def registered() -> list[ExportKind]:
    """Every kind, in the order of registration (导出类别)."""
    return list(_kinds.values())


def export(
    *,
    kind: str,
    to: Path,
    pooling_area: str,
    unit_code: str = "",
    year: int | None = None,
    operator: Operator,
    now: datetime,
    tell: Callable[[int], object] = lambda rows: None,
) -> int:
    """导出 to a file, .xlsx or .csv by its ending. Returns how many rows.

    Raises: ExportUnknown, TooLongForWorkbook, NoPermission, OutOfScope.
    """
    wanted = _kinds.get(kind)
    if wanted is None:
        raise ExportUnknown(kind=kind)
    checks.check_permission(operator, LISTS, now)
    checks.check_in_scope(operator, wanted.permission, unit_code or operator.org_unit_id, now)
    on = timezone.localdate(now)
    asked = ExportRequest(
        pooling_area=pooling_area,
        on=on,
        scope=queries.scope_of(operator, wanted.permission, on),
        unit_code=unit_code,
        year=year,
        full_numbers=checks.can_in_scope(operator, SENSITIVE, unit_code or operator.org_unit_id, now),
    )
    try:
        count = reports.write_table(to, wanted.headers, _counted(wanted.rows(asked), tell), title=wanted.title)
    except reports.TableTooLong as problem:
        to.unlink(missing_ok=True)
        raise TooLongForWorkbook(rows=problem.args[0]) from None
    trail.record(
        "platform.export",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        unit_code=unit_code,
        object_kind="export",
        object_key=kind,
        detail={"rows": count, "year": year, "full_numbers": asked.full_numbers, "file": to.name},
    )
    return count


def _counted(rows: Iterator[Sequence[Any]], tell: Callable[[int], object]) -> Iterator[Sequence[Any]]:
    for count, row in enumerate(rows, 1):
        if count % 1000 == 0:
            tell(count)
        yield row

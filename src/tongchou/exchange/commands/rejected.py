"""退回明细经办 (ENR-09, CON-08, CON-11): a row that somebody could not take is a piece of work until it is done."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.exchange.flows import permission_of
from tongchou.exchange.models import RejectedRow
from tongchou.exchange.states import RejectState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

DAYS_TO_RESOLVE: Final = timedelta(days=7)
"""How long a row that came back may wait; no text names a term (decision 0223)."""


class RejectedRowUnknown(DomainError):
    code = "EX-2208"
    message = "没有编号为{row}的退回明细"
    citation = "GX2017 §7"


class ResolvedAlready(DomainError):
    code = "EX-2209"
    message = "该明细已由{staff}处理:{resolution}"
    citation = "GX2017 §7"


class OfficeUnknown(DomainError):
    code = "EX-2331"
    message = "没有代码为“{unit}”的经办机构,或不在本统筹地区"
    citation = "GX2017 §3"


class DuePassed(DomainError):
    code = "EX-2332"
    message = "应办结日期{on}已过"
    citation = "GX2017 §7"


class ResolutionMissing(DomainError):
    code = "EX-2210"
    message = "须写明处理结果"
    citation = "GX2017 §7"


_REJECT: Final = """
INSERT INTO exchange_rejectedrow (pooling_area_id, flow, outgoing_id, incoming_id, state, assigned_to, resolution,
                                  resolved_by, due_on, created_at,
                                  unit_code, row_no, object_kind, object_key, subject, amount_fen, code, reason)
SELECT %s, %s, %s, %s, 'open', '', '', '', %s, %s,
       unit_code, row_no, object_kind, object_key::text, left(subject, 100), amount_fen, code, left(reason, 300)
  FROM ({rows}) r
"""


def reject_rows(
    rows: str,
    *values: Any,
    flow: str,
    pooling_area: str,
    outgoing_id: int | None = None,
    incoming_id: int | None = None,
    now: datetime,
) -> int:
    """退回明细: make a piece of work of every row that a query gives; a step of the caller's transaction.

    The query gives unit_code, row_no, object_kind, object_key, subject, amount_fen, code, reason. Returns how many.
    """
    due_on = timezone.localdate(now) + DAYS_TO_RESOLVE
    with connection.cursor() as cursor:
        cursor.execute(
            _REJECT.replace("{rows}", rows),
            [pooling_area, flow, outgoing_id, incoming_id, due_on, now, *values],
        )
        return int(cursor.rowcount)


def settle_rejected(
    *, object_kind: str, object_keys: list[str], resolution: str, staff_code: str, now: datetime
) -> int:
    """Close the open rows about these objects, for what they asked is done; a step of the caller's transaction."""
    return RejectedRow.objects.filter(
        object_kind=object_kind, object_key__in=object_keys, state=RejectState.OPEN
    ).update(state=RejectState.RESOLVED, resolution=resolution, resolved_by=staff_code, resolved_at=now)


def _lock_rejected(row_id: int, operator: platform.Operator, now: datetime) -> RejectedRow:
    """Raises: RejectedRowUnknown, ResolvedAlready, NoPermission, OutOfScope."""
    row = RejectedRow.objects.select_for_update(of=("self",)).filter(pk=row_id).first()
    if row is None:
        raise RejectedRowUnknown(row=row_id)
    platform_checks.check_in_scope(
        operator, permission_of(row.flow), row.unit_code, now, object_kind="rejected_row", object_key=row_id
    )
    if row.state == RejectState.RESOLVED:
        raise ResolvedAlready(staff=row.resolved_by, resolution=row.resolution)
    return row


@transaction.atomic
def take_rejected(*, row_ids: list[int], operator: platform.Operator, now: datetime) -> int:
    """认领退回明细: the operator works on them. Returns how many. Raises: as `resolve_rejected`, for any of them."""
    for row_id in sorted(row_ids):
        row = _lock_rejected(row_id, operator, now)
        row.assigned_to = operator.staff_code
        row.save(update_fields=["assigned_to"])
        _note_row("take_rejected", row, operator, now)
    return len(row_ids)


@transaction.atomic
def resolve_rejected(*, row_ids: list[int], resolution: str, operator: platform.Operator, now: datetime) -> int:
    """处理退回明细 with what was done. Returns how many.

    Raises: ResolutionMissing, RejectedRowUnknown, ResolvedAlready, NoPermission, OutOfScope.
    """
    if not resolution.strip():
        raise ResolutionMissing
    for row_id in sorted(row_ids):
        row = _lock_rejected(row_id, operator, now)
        row.state, row.resolution = RejectState.RESOLVED, resolution.strip()
        row.resolved_by, row.resolved_at = operator.staff_code, now
        row.save(update_fields=["state", "resolution", "resolved_by", "resolved_at"])
        _note_row("resolve_rejected", row, operator, now, resolution=row.resolution)
    return len(row_ids)


@transaction.atomic
def assign_rejected(
    *, row_ids: list[int], unit_code: str, due_on: date | None, operator: platform.Operator, now: datetime
) -> int:
    """转办退回明细 to the office of the person, with a day by which it is done. Returns how many.

    The operator must reach the row where it lies now; the new office takes it up anew. Raises: OfficeUnknown,
    DuePassed, RejectedRowUnknown, ResolvedAlready, NoPermission, OutOfScope.
    """
    if due_on is not None and due_on < timezone.localdate(now):
        raise DuePassed(on=due_on)
    area = platform.area_of_unit(unit_code) if platform.unit(unit_code) else None
    for row_id in sorted(row_ids):
        row = _lock_rejected(row_id, operator, now)
        if area != row.pooling_area_id:
            raise OfficeUnknown(unit=unit_code)
        before = row.unit_code
        row.unit_code, row.assigned_to, row.due_on = unit_code, "", due_on or row.due_on
        row.save(update_fields=["unit_code", "assigned_to", "due_on"])
        _note_row("assign_rejected", row, operator, now, before=before, unit=unit_code)
    return len(row_ids)


def _note_row(action: str, row: RejectedRow, operator: platform.Operator, now: datetime, **detail: Any) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=row.pooling_area_id,
        unit_code=row.unit_code,
        object_kind="rejected_row",
        object_key=row.pk,
        detail=detail,
    )

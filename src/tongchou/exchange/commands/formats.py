"""文件格式经办 (SYS-07): entered by one, approved by another, in force from a day."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tongchou.exchange import formats
from tongchou.exchange.commands.filled import check_filled
from tongchou.exchange.models import FileFormat
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

MANAGE: Final = "exchange.manage"
APPROVE: Final = "exchange.approve"


class FormatGone(DomainError):
    code = "EX-2301"
    message = "没有编号为{format}的文件格式"
    citation = "JL2019 §50"


class FormatDecided(DomainError):
    code = "EX-2302"
    message = "格式{name}{state},不再核准或退回"
    citation = "JL2019 §50"


class SamePerson(DomainError):
    code = "EX-2303"
    message = "格式须由登记人以外的另一人核准"
    citation = "GX2017 §129"


@transaction.atomic
def add_format(
    *,
    code: str,
    name: str,
    definition: Mapping[str, Any],
    valid_from: date | None = None,
    operator: platform.Operator,
    now: datetime,
) -> FileFormat:
    """登记文件格式 (SYS-07): a new one, or the next edition of one; the same definition again gives the one there is.

    It counts from `valid_from` (today unless told), once somebody else has approved it. Raises: FormatFaulty,
    NotFilled, NoPermission.
    """
    platform_checks.check_permission(operator, MANAGE, now)
    check_filled(代码=code, 名称=name)
    formats.read_definition(definition)
    latest = FileFormat.objects.select_for_update().filter(code=code).order_by("-edition").first()
    if latest is not None and latest.definition == dict(definition) and not latest.returned_reason:
        return latest
    made = FileFormat.objects.create(
        code=code,
        edition=latest.edition + 1 if latest else 1,
        name=name.strip(),
        definition=dict(definition),
        valid_from=valid_from or timezone.localdate(now),
        staff_code=operator.staff_code,
        created_at=now,
    )
    _note_format("add_format", made, operator, now)
    return made


@transaction.atomic
def approve_format(*, format_id: int, operator: platform.Operator, now: datetime) -> FileFormat:
    """核准文件格式: by somebody other than who entered it, by person and not by account (GX2017 §129).

    Raises: FormatGone, FormatDecided, SamePerson, NoPermission.
    """
    found = _undecided_format(format_id, operator, now)
    found.approved_by, found.approved_at = operator.staff_code, now
    found.save(update_fields=["approved_by", "approved_at"])
    _note_format("approve_format", found, operator, now)
    return found


@transaction.atomic
def return_format(*, format_id: int, reason: str, operator: platform.Operator, now: datetime) -> FileFormat:
    """退回文件格式: it never counts; the next edition may. Raises: NotFilled, and as `approve_format`."""
    found = _undecided_format(format_id, operator, now)
    check_filled(退回理由=reason)
    found.returned_reason = reason.strip()
    found.save(update_fields=["returned_reason"])
    _note_format("return_format", found, operator, now, reason=found.returned_reason)
    return found


def _undecided_format(format_id: int, operator: platform.Operator, now: datetime) -> FileFormat:
    """Raises: FormatGone, FormatDecided, SamePerson, NoPermission."""
    platform_checks.check_permission(operator, APPROVE, now)
    found = FileFormat.objects.select_for_update().filter(pk=format_id).first()
    if found is None:
        raise FormatGone(format=format_id)
    if found.approved_at or found.returned_reason:
        raise FormatDecided(name=str(found), state="已核准" if found.approved_at else "已退回")
    author = platform.operator_by_staff_code(found.staff_code)
    if author is not None and author.citizen_id == operator.citizen_id:
        raise SamePerson
    return found


def _note_format(action: str, made: FileFormat, operator: platform.Operator, now: datetime, **detail: Any) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        object_kind="file_format",
        object_key=made.pk,
        detail={"code": made.code, "edition": made.edition, **detail},
    )

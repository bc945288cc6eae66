"""发出文件经办 (GX2017 §23): sent, receipted, answered, reconciled; each step once."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from tongchou.exchange import duties, queueing
from tongchou.exchange.commands.filled import check_filled
from tongchou.exchange.flows import permission_of
from tongchou.exchange.models import OutgoingFile, PartnerReceipt
from tongchou.exchange.states import OUTGOING_TRANSITIONS, OutgoingState
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail


class FileUnknown(DomainError):
    code = "EX-2211"
    message = "没有编号为{number}的发出文件"
    citation = "GX2017 §23"


class FileNotInState(DomainError):
    code = "EX-2206"
    message = "文件{number}{state},不能{what}"
    citation = "GX2017 §23"


class ReceiptDiffers(DomainError):
    code = "EX-2207"
    message = "回执为{rows}笔{amount}元,文件{number}为{made_rows}笔{made_amount}元,不相符"
    citation = "GX2017 §7"


def lock_file(number: str) -> OutgoingFile:
    """The file, for a change; a step of the caller's transaction. Raises: FileUnknown."""
    found = OutgoingFile.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise FileUnknown(number=number)
    return found


@transaction.atomic
def mark_sent(*, number: str, operator: platform.Operator, now: datetime) -> OutgoingFile:
    """标记已发送: the file has gone to the partner. Again, it changes nothing.

    Raises: FileUnknown, FileNotInState, NoPermission, OutOfScope.
    """
    file = lock_file(number)
    check_works_on(file, operator, now)
    if file.state == OutgoingState.SENT:
        return file
    _move(file, OutgoingState.SENT, "发送")
    file.sent_at = now
    file.save(update_fields=["state", "sent_at"])
    queueing.queue_if_linked(file, staff_code=operator.staff_code, now=now)
    duties.note_sent(file, now)
    _note_file("send_file", file, operator, now)
    return file


def check_works_on(file: OutgoingFile, operator: platform.Operator, now: datetime) -> None:
    """The operator may work on the flow where the file is from. Raises: NoPermission, OutOfScope."""
    platform_checks.check_in_scope(
        operator, permission_of(file.flow), file.unit_code, now, object_kind="outgoing", object_key=file.number
    )


@transaction.atomic
def record_receipt(
    *,
    number: str,
    reference: str,
    received_on: date,
    rows: int,
    total_fen: int,
    operator: platform.Operator,
    now: datetime,
) -> PartnerReceipt:
    """登记签收回执 (GX2017 §7): what the partner says it has must be what was sent; the same again is the same.

    Raises: FileUnknown, NotFilled, ReceiptDiffers, FileNotInState, NoPermission, OutOfScope.
    """
    file = lock_file(number)
    check_works_on(file, operator, now)
    return note_receipt(
        file, reference=reference, received_on=received_on, rows=rows, total_fen=total_fen, operator=operator, now=now
    )


def note_receipt(
    file: OutgoingFile,
    *,
    reference: str,
    received_on: date,
    rows: int,
    total_fen: int,
    operator: platform.Operator | None,
    now: datetime,
) -> PartnerReceipt:
    """签收回执 of a locked file; a step of the caller's transaction. Without an operator, a link brought it.

    Raises: NotFilled, ReceiptDiffers, FileNotInState.
    """
    if (rows, total_fen) != (file.rows, file.total_fen):
        raise ReceiptDiffers(
            rows=rows,
            amount=yuan_text(total_fen),
            number=file.number,
            made_rows=file.rows,
            made_amount=yuan_text(file.total_fen),
        )
    earlier = PartnerReceipt.objects.filter(file=file).first()
    if earlier is not None and earlier.reference == reference.strip():
        return earlier
    check_filled(回执号=reference)
    _move(file, OutgoingState.RECEIPTED, "登记签收")
    file.save(update_fields=["state"])
    receipt = PartnerReceipt.objects.create(
        file=file,
        reference=reference.strip(),
        received_on=received_on,
        rows=rows,
        total_fen=total_fen,
        staff_code=operator.staff_code if operator else "",
        recorded_at=now,
    )
    _note_file("receipt_file", file, operator, now, reference=receipt.reference)
    return receipt


def cancel_file(*, number: str, operator: platform.Operator, now: datetime) -> OutgoingFile:
    """撤销文件 that never left; a step of the caller's transaction. Raises: FileUnknown, FileNotInState."""
    file = lock_file(number)
    _move(file, OutgoingState.CANCELLED, "撤销")
    file.save(update_fields=["state"])
    _note_file("cancel_file", file, operator, now)
    return file


def note_answered(*, outgoing_id: int, rows: int, operator: platform.Operator, now: datetime) -> OutgoingFile:
    """登记回盘: so many more rows are answered; the last makes the file answered. A step of the caller's transaction.

    Raises: FileNotInState.
    """
    file = OutgoingFile.objects.select_for_update(of=("self",), no_key=True).get(pk=outgoing_id)
    if file.state not in (OutgoingState.SENT, OutgoingState.RECEIPTED):
        raise FileNotInState(number=file.number, state=OutgoingState(file.state).label, what="回盘")
    file.rows_answered += rows
    if file.rows_answered == file.rows:
        _move(file, OutgoingState.ANSWERED, "回盘")
        file.answered_at = now
    file.save(update_fields=["rows_answered", "state", "answered_at"])
    _note_file("answer_file", file, operator, now, rows=rows)
    return file


def note_reconciled(*, outgoing_id: int, operator: platform.Operator, now: datetime) -> OutgoingFile:
    """登记对账相符; a step of the caller's transaction. Raises: FileNotInState."""
    file = OutgoingFile.objects.select_for_update(of=("self",)).get(pk=outgoing_id)
    _move(file, OutgoingState.RECONCILED, "对账")
    file.reconciled_at = now
    file.save(update_fields=["state", "reconciled_at"])
    _note_file("reconcile_file", file, operator, now)
    return file


def _move(file: OutgoingFile, state: OutgoingState, what: str) -> None:
    """Raises: FileNotInState."""
    if (file.state, state) not in OUTGOING_TRANSITIONS:
        raise FileNotInState(number=file.number, state=OutgoingState(file.state).label, what=what)
    file.state = state


def _note_file(
    action: str, file: OutgoingFile, operator: platform.Operator | None, now: datetime, **detail: Any
) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=file.pooling_area_id,
        object_kind="outgoing",
        object_key=file.number,
        detail=detail,
    )

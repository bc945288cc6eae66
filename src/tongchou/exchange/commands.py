"""Every change of what is exchanged with whom (数据交换经办; JL2019 §50): partners, formats, files, rejected rows."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tongchou.exchange import formats
from tongchou.exchange.flows import flow_named, title_of
from tongchou.exchange.models import (
    ExchangeAgreement,
    FileFormat,
    OutgoingFile,
    Partner,
    PartnerReceipt,
    RejectedRow,
)
from tongchou.exchange.states import (
    OUTGOING_TRANSITIONS,
    Direction,
    Frequency,
    OutgoingState,
    PartnerKind,
    RejectState,
)
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

MANAGE: Final = "exchange.manage"
DAYS_TO_RESOLVE: Final = timedelta(days=7)
"""How long a row that came back may wait; no text names a term (decision 0223)."""


class PartnerTwice(DomainError):
    code = "EX-2201"
    message = "统筹地区{area}已有代码为{partner}的交换对象"
    citation = "JL2019 §50"


class PartnerUnknown(DomainError):
    code = "EX-2202"
    message = "没有编号为{partner}的交换对象"
    citation = "JL2019 §50"


class NotFilled(DomainError):
    code = "EX-2203"
    message = "须填写{what}"
    citation = "JL2019 §50"


class AgreedAlready(DomainError):
    code = "EX-2204"
    message = "与{partner}自{on}起已有“{flow}”的交换约定"
    citation = "JL2019 §50"


class FormatsMissing(DomainError):
    code = "EX-2205"
    message = "“{direction}”的约定须指定{what}格式"
    citation = "JL2019 §50"


class FileNotInState(DomainError):
    code = "EX-2206"
    message = "文件{number}{state},不能{what}"
    citation = "GX2017 §23"


class ReceiptDiffers(DomainError):
    code = "EX-2207"
    message = "回执为{rows}笔{amount}元,文件{number}为{made_rows}笔{made_amount}元,不相符"
    citation = "GX2017 §7"


class RejectedRowUnknown(DomainError):
    code = "EX-2208"
    message = "没有编号为{row}的退回明细"
    citation = "GX2017 §7"


class ResolvedAlready(DomainError):
    code = "EX-2209"
    message = "该明细已由{staff}处理:{resolution}"
    citation = "GX2017 §7"


class ResolutionMissing(DomainError):
    code = "EX-2210"
    message = "须写明处理结果"
    citation = "GX2017 §7"


class FileUnknown(DomainError):
    code = "EX-2211"
    message = "没有编号为{number}的发出文件"
    citation = "GX2017 §23"


# --- partners, formats, agreements ----------------------------------------------------------------------------------


@transaction.atomic
def register_partner(
    *,
    pooling_area: str,
    code: str,
    name: str,
    kind: PartnerKind,
    contact: str = "",
    phone: str = "",
    operator: platform.Operator,
    now: datetime,
) -> Partner:
    """登记交换对象 (JL2019 §50; SYS-04). Raises: NotFilled, PartnerTwice, NoPermission, AreaOutOfScope."""
    platform_checks.check_area_in_scope(operator, MANAGE, pooling_area, now)
    _check_filled(代码=code, 名称=name)
    try:
        with transaction.atomic():
            partner = Partner.objects.create(
                pooling_area_id=pooling_area,
                code=code.strip(),
                name=name.strip(),
                kind=kind,
                contact=contact.strip(),
                phone=phone.strip(),
                created_at=now,
            )
    except IntegrityError:
        raise PartnerTwice(area=pooling_area, partner=code) from None
    _note("register_partner", operator, now, partner, code=partner.code, kind=str(kind))
    return partner


@transaction.atomic
def change_partner(
    *, partner_id: int, name: str, contact: str, phone: str, in_use: bool, operator: platform.Operator, now: datetime
) -> Partner:
    """变更交换对象. Raises: PartnerUnknown, NotFilled, NoPermission, AreaOutOfScope."""
    partner = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if partner is None:
        raise PartnerUnknown(partner=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    _check_filled(名称=name)
    before = {"name": partner.name, "in_use": partner.in_use}
    partner.name, partner.contact, partner.phone, partner.in_use = name.strip(), contact.strip(), phone.strip(), in_use
    partner.save()
    _note("change_partner", operator, now, partner, before=before, name=partner.name, in_use=in_use)
    return partner


@transaction.atomic
def add_format(
    *, code: str, name: str, definition: Mapping[str, Any], operator: platform.Operator, now: datetime
) -> FileFormat:
    """登记文件格式 (SYS-07): a new one, or the next edition of one; the same definition again gives the one there is.

    Raises: FormatFaulty, NotFilled, NoPermission.
    """
    platform_checks.check_permission(operator, MANAGE, now)
    _check_filled(代码=code, 名称=name)
    formats.read_definition(definition)
    latest = FileFormat.objects.select_for_update().filter(code=code).order_by("-edition").first()
    if latest is not None and latest.definition == dict(definition):
        return latest
    made = FileFormat.objects.create(
        code=code,
        edition=latest.edition + 1 if latest else 1,
        name=name.strip(),
        definition=dict(definition),
        staff_code=operator.staff_code,
        created_at=now,
    )
    trail.record(
        "exchange.add_format",
        at=now,
        operator=operator,
        object_kind="file_format",
        object_key=made.pk,
        detail={"code": code, "edition": made.edition},
    )
    return made


@transaction.atomic
def agree(
    *,
    partner_id: int,
    flow: str,
    direction: Direction,
    frequency: Frequency,
    sent_as_id: int | None,
    answered_as_id: int | None,
    responsible: str,
    legal_basis: str,
    valid_from: date,
    valid_until: date | None = None,
    operator: platform.Operator,
    now: datetime,
) -> ExchangeAgreement:
    """登记交换约定 (JL2019 §50; SYS-04).

    Raises: PartnerUnknown, NotFilled, FormatsMissing, AgreedAlready, NoPermission, AreaOutOfScope.
    """
    partner = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if partner is None:
        raise PartnerUnknown(partner=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    _check_filled(责任人=responsible, 依据=legal_basis)
    for wanted, what, given in ((Direction.IN, "发出", sent_as_id), (Direction.OUT, "接收", answered_as_id)):
        if direction != wanted and given is None:
            raise FormatsMissing(direction=direction.label, what=what)
    try:
        with transaction.atomic():
            made = ExchangeAgreement.objects.create(
                partner=partner,
                flow=flow_named(flow).name,
                direction=direction,
                frequency=frequency,
                sent_as_id=sent_as_id,
                answered_as_id=answered_as_id,
                responsible=responsible.strip(),
                legal_basis=legal_basis.strip(),
                valid_from=valid_from,
                valid_until=valid_until,
            )
    except IntegrityError:
        raise AgreedAlready(partner=partner.name, on=valid_from, flow=title_of(flow)) from None
    _note("agree", operator, now, partner, flow=flow, valid_from=valid_from.isoformat())
    return made


@transaction.atomic
def end_agreement(*, agreement_id: int, ends_on: date, operator: platform.Operator, now: datetime) -> ExchangeAgreement:
    """终止交换约定 on a day, itself no longer included. Raises: NotFilled, PartnerUnknown, NoPermission."""
    agreement = ExchangeAgreement.objects.select_for_update(of=("self",)).filter(pk=agreement_id).first()
    if agreement is None:
        raise PartnerUnknown(partner=agreement_id)
    platform_checks.check_area_in_scope(operator, MANAGE, agreement.partner.pooling_area_id, now)
    if ends_on <= agreement.valid_from:
        raise NotFilled(what="晚于起始日的终止日期")
    agreement.valid_until = ends_on
    agreement.save(update_fields=["valid_until"])
    _note("end_agreement", operator, now, agreement.partner, flow=agreement.flow, ends_on=ends_on.isoformat())
    return agreement


def _check_filled(**texts: str) -> None:
    for what, text in texts.items():
        if not text.strip():
            raise NotFilled(what=what)


def _note(action: str, operator: platform.Operator, now: datetime, partner: Partner, **detail: Any) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=partner.pooling_area_id,
        object_kind="partner",
        object_key=partner.pk,
        detail=detail,
    )


# --- files that go out ----------------------------------------------------------------------------------------------


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
    platform_checks.check_in_scope(
        operator, flow_named(file.flow).permission, file.unit_code, now, object_kind="outgoing", object_key=number
    )
    if file.state == OutgoingState.SENT:
        return file
    _move(file, OutgoingState.SENT, "发送")
    file.sent_at = now
    file.save(update_fields=["state", "sent_at"])
    _note_file("send_file", file, operator, now)
    return file


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
    platform_checks.check_in_scope(
        operator, flow_named(file.flow).permission, file.unit_code, now, object_kind="outgoing", object_key=number
    )
    if (rows, total_fen) != (file.rows, file.total_fen):
        raise ReceiptDiffers(
            rows=rows,
            amount=yuan_text(total_fen),
            number=number,
            made_rows=file.rows,
            made_amount=yuan_text(file.total_fen),
        )
    earlier = PartnerReceipt.objects.filter(file=file).first()
    if earlier is not None and earlier.reference == reference.strip():
        return earlier
    _check_filled(回执号=reference)
    _move(file, OutgoingState.RECEIPTED, "登记签收")
    file.save(update_fields=["state"])
    receipt = PartnerReceipt.objects.create(
        file=file,
        reference=reference.strip(),
        received_on=received_on,
        rows=rows,
        total_fen=total_fen,
        staff_code=operator.staff_code,
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
    file = OutgoingFile.objects.select_for_update(of=("self",)).get(pk=outgoing_id)
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


def _note_file(action: str, file: OutgoingFile, operator: platform.Operator, now: datetime, **detail: Any) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=file.pooling_area_id,
        object_kind="outgoing",
        object_key=file.number,
        detail=detail,
    )


# --- rows that come back --------------------------------------------------------------------------------------------

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
        operator, flow_named(row.flow).permission, row.unit_code, now, object_kind="rejected_row", object_key=row_id
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

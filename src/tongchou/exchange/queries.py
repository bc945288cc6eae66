"""What others may ask of the exchange (数据交换查询)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from tongchou.exchange.models import (
    ExchangeAgreement,
    FileFormat,
    ImportFile,
    OutgoingFile,
    Partner,
    PartnerReceipt,
    RejectedRow,
)
from tongchou.exchange.states import RejectState
from tongchou.platform.scope import Scope


def partner(partner_id: int) -> Partner | None:
    """The partner of that number (交换对象)."""
    return Partner.objects.filter(pk=partner_id).first()


def partner_of(pooling_area: str, code: str) -> Partner | None:
    """The partner of that code in the area."""
    return Partner.objects.filter(pooling_area_id=pooling_area, code=code).first()


def partners(pooling_area: str, *kinds: str) -> list[Partner]:
    """交换对象 of an area, of some kinds only where any are named, in the order of their codes."""
    found = Partner.objects.filter(pooling_area_id=pooling_area)
    return list((found.filter(kind__in=kinds) if kinds else found).order_by("kind", "code"))


def partners_with(pooling_area: str, flow: str, on: date) -> list[Partner]:
    """The partners with whom a flow is agreed on the day (可发对象)."""
    return list(
        Partner.objects.filter(
            Q(agreements__valid_until=None) | Q(agreements__valid_until__gt=on),
            pooling_area_id=pooling_area,
            in_use=True,
            agreements__flow=flow,
            agreements__valid_from__lte=on,
        )
        .distinct()
        .order_by("code")
    )


def partner_rows(scope: Scope) -> QuerySet[Any]:
    """交换对象 inside the scope, with how much is agreed and outstanding."""
    return Partner.objects.filter(scope.q("", "pooling_area")).annotate(
        agreed=Count("agreements", distinct=True), files=Count("outgoing", distinct=True)
    )


def agreements_of(partner_id: int) -> list[ExchangeAgreement]:
    """交换约定 of a partner, those in force first."""
    found = ExchangeAgreement.objects.filter(partner_id=partner_id).select_related("sent_as", "answered_as")
    return list(found.order_by("flow", "-valid_from"))


def file_formats() -> list[FileFormat]:
    """文件格式, every edition, the newest first."""
    return list(FileFormat.objects.order_by("code", "-edition"))


def outgoing_files(scope: Scope) -> QuerySet[OutgoingFile]:
    """发出文件 inside the scope."""
    return OutgoingFile.objects.filter(scope.q("unit_code", "pooling_area")).select_related("partner")


def outgoing(number: str) -> OutgoingFile | None:
    """发出文件 by its number."""
    return OutgoingFile.objects.select_related("partner", "agreement").filter(number=number).first()


def outgoing_by_id(outgoing_id: int) -> OutgoingFile:
    """发出文件 by its key. Raises: OutgoingFile.DoesNotExist, a fault of ours."""
    return OutgoingFile.objects.get(pk=outgoing_id)


def outgoing_of(flow: str, object_key: int) -> OutgoingFile | None:
    """The file that was made for an object of a chapter, if one stands."""
    found = OutgoingFile.objects.select_related("partner").filter(flow=flow, object_key=object_key)
    return found.exclude(state="cancelled").first()


def receipt_of(outgoing_id: int) -> PartnerReceipt | None:
    """签收回执 of a file."""
    return PartnerReceipt.objects.filter(file_id=outgoing_id).first()


def answers_of(outgoing_id: int) -> list[ImportFile]:
    """回盘文件 of a file, the newest first."""
    return list(ImportFile.objects.filter(answers_id=outgoing_id).order_by("-uploaded_at"))


def rejected_rows(scope: Scope) -> QuerySet[RejectedRow]:
    """退回明细 inside the scope."""
    return RejectedRow.objects.filter(scope.q("unit_code", "pooling_area"))


def rejected_row(row_id: int) -> RejectedRow | None:
    """One 退回明细."""
    return RejectedRow.objects.select_related("outgoing__partner", "incoming").filter(pk=row_id).first()


def rejected_of(outgoing_id: int) -> tuple[int, int]:
    """How many rows of a file came back, and how many of them are open still."""
    counted = RejectedRow.objects.filter(outgoing_id=outgoing_id).aggregate(
        came=Count("id"), open=Count("id", filter=Q(state=RejectState.OPEN))
    )
    return counted["came"], counted["open"]


def rejected_about(object_kind: str, keys: Sequence[str]) -> list[RejectedRow]:
    """The open rows about these objects."""
    return list(
        RejectedRow.objects.filter(object_kind=object_kind, object_key__in=keys, state=RejectState.OPEN).order_by("id")
    )

"""What others may ask of the exchange (数据交换查询)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from tongchou.exchange.models import (
    Arrival,
    DayTotal,
    Delivery,
    ExchangeAgreement,
    FileFormat,
    HandOff,
    ImportFile,
    ImportProblem,
    LinkOutage,
    OutgoingFile,
    Partner,
    PartnerDuty,
    PartnerKey,
    PartnerLink,
    PartnerReceipt,
    RejectedRow,
)
from tongchou.exchange.states import DeliveryState, HandOffState, ImportState, RejectState
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


def import_left_open(file_id: int) -> ImportFile | None:
    """The file while rows of it may still come into the books, part by part; None when it is taken in (SYS-03)."""
    return ImportFile.objects.filter(pk=file_id).exclude(state=ImportState.DONE).first()


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


# --- duties, links, arrivals ----------------------------------------------------------------------------------------


def duties_of(partner_id: int) -> list[PartnerDuty]:
    """责任事项 of a partner, those in force first."""
    return list(PartnerDuty.objects.filter(partner_id=partner_id).order_by("subject", "-valid_from"))


def hand_offs(scope: Scope) -> QuerySet[HandOff]:
    """交接 inside the scope, with duty and partner."""
    return HandOff.objects.filter(scope.q("", "duty__partner__pooling_area")).select_related("duty__partner")


def awaited_until(pooling_area: str, until: date) -> list[HandOff]:
    """待交接 of an area whose day lies before `until`."""
    found = HandOff.objects.filter(duty__partner__pooling_area_id=pooling_area, state=HandOffState.AWAITED)
    return list(found.filter(due_on__lt=until).order_by("due_on", "id"))


def hand_off(hand_off_id: int) -> HandOff | None:
    """One 交接."""
    found = HandOff.objects.select_related("duty__partner", "incoming", "outgoing")
    return found.filter(pk=hand_off_id).first()


def link_rows(scope: Scope) -> QuerySet[PartnerLink]:
    """交换链路 inside the scope, with how many files wait and since when."""
    waiting = Q(partner__deliveries__state=DeliveryState.WAITING)
    return (
        PartnerLink.objects.filter(scope.q("", "partner__pooling_area"))
        .select_related("partner")
        .annotate(
            waiting=Count("partner__deliveries", filter=waiting),
            waiting_since=Min("partner__deliveries__queued_at", filter=waiting),
        )
    )


def link_of(partner_id: int) -> PartnerLink | None:
    """链路 of a partner."""
    return PartnerLink.objects.filter(partner_id=partner_id).first()


def keys_of(partner_id: int) -> list[PartnerKey]:
    """签名密钥 of a partner, the newest first."""
    return list(PartnerKey.objects.filter(partner_id=partner_id).order_by("side", "-valid_from"))


def outages_of(partner_id: int, limit: int = 10) -> list[LinkOutage]:
    """链路中断 of a partner, the newest first."""
    return list(LinkOutage.objects.filter(partner_id=partner_id).order_by("-since")[:limit])


def deliveries_of(partner_id: int, limit: int = 20) -> list[Delivery]:
    """投递 of a partner: the newest first."""
    return list(Delivery.objects.filter(partner_id=partner_id).select_related("file").order_by("-id")[:limit])


def deliveries_of_file(outgoing_id: int) -> list[Delivery]:
    """投递 of a file: the newest first."""
    return list(Delivery.objects.filter(file_id=outgoing_id).order_by("-id")[:10])


def arrivals(scope: Scope) -> QuerySet[Arrival]:
    """到件 inside the scope."""
    return Arrival.objects.filter(scope.q("", "partner__pooling_area")).select_related("partner", "incoming")


def arrival(arrival_id: int) -> Arrival | None:
    """One 到件."""
    return Arrival.objects.select_related("partner", "incoming").filter(pk=arrival_id).first()


def day_totals(scope: Scope) -> QuerySet[DayTotal]:
    """日对账 inside the scope."""
    return DayTotal.objects.filter(scope.q("", "partner__pooling_area")).select_related("partner", "arrival")


def totals_that_agree(found: QuerySet[DayTotal], *, agree: bool) -> QuerySet[DayTotal]:
    """日对账 where both sides say the same, or where they do not."""
    same = Q(said_rows=F("booked_rows"), said_fen=F("booked_fen"))
    return found.filter(same) if agree else found.exclude(same)


def totals_of(arrival_id: int) -> list[DayTotal]:
    """日对账 of one file."""
    return list(DayTotal.objects.filter(arrival_id=arrival_id).order_by("day", "office"))


def file_format(format_id: int) -> FileFormat | None:
    """One 文件格式."""
    return FileFormat.objects.filter(pk=format_id).first()


def format_rows(*, code: str = "", state: str = "") -> QuerySet[FileFormat]:
    """文件格式, by the beginning of the code and by state."""
    found = FileFormat.objects.filter(code__startswith=code)
    if state == "waiting":
        return found.filter(approved_at=None, returned_reason="")
    if state == "approved":
        return found.filter(approved_at__isnull=False)
    return found.exclude(returned_reason="") if state == "returned" else found


# --- the quality of an import -----------------------------------------------------------------------------------------


def faults_by_field(file_id: int) -> list[tuple[str, str, str, int]]:
    """数据质量: field, code, one of its reasons, and in how many rows (SYS-09)."""
    found = (
        ImportProblem.objects.filter(file_id=file_id)
        .values("column", "code")
        .annotate(rows=Count("row_no", distinct=True), reason=Min("reason"))
        .order_by("-rows", "column", "code")
    )
    return [(one["column"], one["code"], one["reason"], one["rows"]) for one in found]


def returned_by_office(file_id: int) -> list[tuple[str, int, int]]:
    """退回 of an import: office, how many rows, how many of them open still (SYS-09)."""
    found = (
        RejectedRow.objects.filter(incoming_id=file_id)
        .values("unit_code")
        .annotate(rows=Count("id"), open=Count("id", filter=Q(state=RejectState.OPEN)))
        .order_by("unit_code")
    )
    return [(one["unit_code"], one["rows"], one["open"]) for one in found]

"""What others may ask of the hospital interface (接口查询): bookings by what they changed, and by day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Max, QuerySet, Sum

from tongchou.platform import paging
from tongchou.wire.models import Booking, Refusal, RefusalDay, SignOn, WireAccess

NEWEST_FIRST: Final = ("-received_at", "-reply_no")
NEWEST_SIGN_ON_FIRST: Final = ("-signed_on_at", "-sign_no")


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A message that changed something, as listed (报文)."""

    institution_code: str
    infno: str
    msgid: str
    digest: str
    reply_no: str
    person_no: str
    encounter_id: int | None
    settlement_id: int | None
    operator_no: str
    received_at: datetime
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BookingView:
    """A message with the answer it got."""

    row: BookingRow
    answer: bytes


def _row(found: Booking) -> BookingRow:
    return BookingRow(
        institution_code=found.institution_code,
        infno=found.infno,
        msgid=found.msgid,
        digest=bytes(found.digest).hex(),
        reply_no=found.reply_no,
        person_no=found.person_no,
        encounter_id=found.encounter_id,
        settlement_id=found.settlement_id,
        operator_no=found.operator_no,
        received_at=found.received_at,
        reversed_at=found.reversed_at,
    )


def bookings_of_encounter(encounter_id: int) -> list[BookingRow]:
    """Every message that changed a visit, in their order (就诊报文)."""
    found = Booking.objects.filter(encounter_id=encounter_id).defer("answer").order_by("received_at")
    return [_row(one) for one in found[:500]]


def bookings_of_settlement(*, encounter_id: int, settlement_id: int) -> list[BookingRow]:
    """The messages that made or took back one settlement (结算报文)."""
    return [row for row in bookings_of_encounter(encounter_id) if row.settlement_id == settlement_id]


def bookings(
    *,
    institutions: Collection[str] | None,
    since: datetime,
    until: datetime,
    institution_code: str = "",
    infno: str = "",
    msgid: str = "",
    at: str = "",
) -> paging.Slice:
    """Messages received in `[since, until)`, the newest first: a page of `BookingRow`s (报文列表).

    `institutions` are the codes the reader may see; None means all of them.
    """
    found = Booking.objects.filter(received_at__gte=since, received_at__lt=until).defer("answer")
    if institutions is not None:
        found = found.filter(institution_code__in=list(institutions))
    wanted = {"institution_code": institution_code, "infno": infno, "msgid": msgid}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    page = paging.read_slice(found, order=NEWEST_FIRST, at=at)
    return paging.Slice([_row(one) for one in page.rows], page.previous, page.next)


LOOKED_BACK: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=31))
"""How far the list without days looks back, step by step, until a page is full: a busy day is never sorted whole."""


def latest_bookings(
    *, institutions: Collection[str] | None, before: datetime, at: str = "", **wanted: str
) -> paging.Slice:
    """The last messages before an instant, of a month at the most: a page of `BookingRow`s (最近报文).

    `wanted` are the other conditions of `bookings`.
    """
    spans = LOOKED_BACK[-1:] if paging.goes_back(at) else LOOKED_BACK
    for span in spans:
        found = bookings(institutions=institutions, since=before - span, until=before, at=at, **wanted)
        if found.next:
            break
    return found


def booking(*, institution_code: str, infno: str, msgid: str, digest: str) -> BookingView | None:
    """One message with its answer (报文)."""
    try:
        wanted = bytes.fromhex(digest)
    except ValueError:
        return None
    found = Booking.objects.filter(institution_code=institution_code, infno=infno, msgid=msgid, digest=wanted).first()
    return None if found is None else BookingView(_row(found), bytes(found.answer))


def bookings_by_kind(*, since: datetime, until: datetime) -> dict[str, int]:
    """How many messages of each transaction were booked in `[since, until)` (报文数量)."""
    found = Booking.objects.filter(received_at__gte=since, received_at__lt=until)
    return dict(found.values_list("infno").annotate(count=Count("*")).order_by("infno"))


def access_of(institution_code: str) -> WireAccess | None:
    """How an institution's calls are checked (接入授权)."""
    return WireAccess.objects.filter(institution_code=institution_code).first()


@dataclass(frozen=True, slots=True)
class SignOnRow:
    """A session of an institution's operator, as listed (签到)."""

    sign_no: str
    operator_no: str
    mac: str
    ip: str
    signed_on_at: datetime
    signed_off_at: datetime | None


def sign_ons_of(*, institution_code: str, operator_no: str = "") -> QuerySet[SignOn]:
    """签到记录 of an institution, of one of its operators or of all."""
    found = SignOn.objects.filter(institution_code=institution_code)
    return found.filter(operator_no=operator_no) if operator_no else found


def sign_ons(*, institution_code: str, operator_no: str = "", at: str = "") -> paging.Slice:
    """A page of `SignOnRow`s of an institution, the newest first (签到记录)."""
    found = sign_ons_of(institution_code=institution_code, operator_no=operator_no)
    page = paging.read_slice(found, order=NEWEST_SIGN_ON_FIRST, at=at)
    rows = [
        SignOnRow(one.sign_no, one.operator_no, one.mac, one.ip, one.signed_on_at, one.signed_off_at)
        for one in page.rows
    ]
    return paging.Slice(rows, page.previous, page.next)


@dataclass(frozen=True, slots=True)
class RefusalGroup:
    """How often an institution's messages of one transaction were refused with one code (拒绝情况)."""

    code: str
    infno: str
    institution_code: str
    refusals: int
    last_on: date


@dataclass(frozen=True, slots=True)
class RefusalFigures:
    """拒绝情况 of a span of days: the sum, and the same messages by day, code, transaction and institution."""

    refusals: int
    by_day: Mapping[date, int]
    by_code: Mapping[str, int]
    by_infno: Mapping[str, int]
    by_institution: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A refused message, as listed (被拒报文)."""

    reply_no: str
    received_at: datetime
    institution_code: str
    infno: str
    msgid: str
    operator_no: str
    code: str
    reason: str


_BY_EACH: Final = """
SELECT day, code, infno, institution_code, sum(refusals)::bigint FROM ({found}) AS found
GROUP BY GROUPING SETS ((), (day), (code), (infno), (institution_code))
"""


def refusal_figures(*, institutions: Collection[str] | None, since: date, until: date, **wanted: str) -> RefusalFigures:
    """拒绝情况 of `[since, until)` from the roll-up by days, in one statement; the largest first, days in their order.

    `institutions` are the codes the reader may see, None for all; `wanted` may name one institution, transaction, code.
    """
    if institutions is not None and not institutions:
        return RefusalFigures(0, {}, {}, {}, {})
    found = _refusal_days(institutions, since, until, wanted)
    statement, parameters = found.values("day", "code", "infno", "institution_code", "refusals").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_BY_EACH.format(found=statement), parameters)
        rows = cursor.fetchall()
    figures: list[dict[Any, int]] = [{}, {}, {}, {}]
    total = 0
    for *keys, refusals in rows:
        kind = next((at for at, key in enumerate(keys) if key is not None), None)
        if kind is None:
            total = refusals or 0
        else:
            figures[kind][keys[kind]] = refusals
    by_day, *others = figures
    ranked = [dict(sorted(one.items(), key=lambda pair: (-pair[1], pair[0]))) for one in others]
    return RefusalFigures(total, dict(sorted(by_day.items())), *ranked)


def refusal_groups(
    *, institutions: Collection[str] | None, since: date, until: date, limit: int, **wanted: str
) -> list[RefusalGroup]:
    """拒绝情况 of `[since, until)` by code, transaction and institution, the most frequent first (拒绝清单)."""
    found = _refusal_days(institutions, since, until, wanted).values("code", "infno", "institution_code")
    counted = found.annotate(sum=Sum("refusals"), last_on=Max("day"))
    return [
        RefusalGroup(row["code"], row["infno"], row["institution_code"], row["sum"], row["last_on"])
        for row in counted.order_by("-sum", "code", "infno", "institution_code")[:limit]
    ]


def _refusal_days(
    institutions: Collection[str] | None, since: date, until: date, wanted: Mapping[str, str]
) -> QuerySet[RefusalDay]:
    found = RefusalDay.objects.filter(day__gte=since, day__lt=until)
    if institutions is not None:
        found = found.filter(institution_code__in=list(institutions))
    return found.filter(**{name: value for name, value in wanted.items() if value})


def refusals(
    *,
    institutions: Collection[str] | None,
    since: datetime,
    until: datetime,
    at: str = "",
    **wanted: str,
) -> paging.Slice:
    """Messages refused in `[since, until)`, the newest first: a page of `RefusalRow`s (被拒报文)."""
    found = Refusal.objects.filter(received_at__gte=since, received_at__lt=until)
    if institutions is not None:
        found = found.filter(institution_code__in=list(institutions))
    page = paging.read_slice(
        found.filter(**{name: value for name, value in wanted.items() if value}), order=NEWEST_FIRST, at=at
    )
    rows = [
        RefusalRow(
            one.reply_no,
            one.received_at,
            one.institution_code,
            one.infno,
            one.msgid,
            one.operator_no,
            one.code,
            one.reason,
        )
        for one in page.rows
    ]
    return paging.Slice(rows, page.previous, page.next)


def refusals_of_person(person_no: str, since: datetime, until: datetime) -> list[Refusal]:
    """Messages about a person that were refused, and eligibility checks that were denied, in `[since, until)`."""
    found = Refusal.objects.filter(person_no=person_no, received_at__gte=since, received_at__lt=until)
    return list(found.order_by("received_at", "reply_no"))

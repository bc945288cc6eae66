"""Files that a link brings (到件; SYS-03, SYS-05): verified, kept, acknowledged, and booked once in a step of its own.

The partner's number with the digest of the bytes names a file: the same again gets the same receipt and books nothing,
the same number with other bytes is refused. Booking goes the way of every import, in the name of whom the agreement
names; a process killed anywhere leaves a file that is received, and the next round goes on with it. Decision 0231.
"""

import contextlib
import hashlib
import logging
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.exchange import envelopes, flows, imports, keys
from tongchou.exchange.carriers import Parcel
from tongchou.exchange.envelopes import Envelope, OfficeTotal, Receipt
from tongchou.exchange.flows import Incoming, Parcelled
from tongchou.exchange.imports import AlreadyTakenIn, ImportHasProblems, Mode, files
from tongchou.exchange.models import Arrival, ArrivalChunk, DayTotal, ExchangeAgreement, ImportFile, Partner
from tongchou.exchange.states import ARRIVAL_TRANSITIONS, ArrivalState, Direction, ImportState, KeySide, OnArrival
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.spreadsheets.faults import FileUnreadable
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.states import TrailOutcome

PIECE: Final = 1 << 20
LOCK_CLASS: Final = 0x4152_5249
"""First key of the advisory lock of an arrival that is booked; the second is its id."""
log = logging.getLogger(__name__)


class AddressedToAnother(DomainError):
    code = "EX-2411"
    message = "信封写明由{sender}发给{receiver},不是由{partner}发给{area}"
    citation = "GX2017 §129"


class NothingAgreedToCome(DomainError):
    code = "EX-2412"
    message = "与{partner}在{on}没有接收“{flow}”的交换约定"
    citation = "JL2019 §50"


class NumberReused(DomainError):
    code = "EX-2413"
    message = "编号{number}的文件已于{at}收到,内容不同;请用新的编号"
    citation = "JL2019 §12"


class NobodyTakes(DomainError):
    code = "EX-2414"
    message = "与{partner}的“{flow}”约定没有写明受理人,请到件后手工受理"
    citation = "JL2019 §50"


class ArrivalUnknown(DomainError):
    code = "EX-2415"
    message = "没有编号为{arrival}的到件"
    citation = "GX2017 §129"


class NotToBook(DomainError):
    code = "EX-2416"
    message = "文件{number}{state},不能受理"
    citation = "GX2017 §129"


class PartnerStopped(DomainError):
    code = "EX-2417"
    message = "交换对象{partner}已停用"
    citation = "JL2019 §50"


# --- receiving ------------------------------------------------------------------------------------------------------


def receive(*, partner: Partner, parcel: Parcel, now: datetime) -> Receipt:
    """接收文件: the receipt, unsigned, for a parcel; never raises what the partner did wrong, but says it there."""
    envelope: Envelope | None = None
    try:
        envelope = envelopes.read_envelope(parcel.envelope)
        _check(partner, envelope, parcel.content, now)
        with transaction.atomic():
            arrival, repeated = _keep(partner, envelope, parcel.content, now)
    except DomainError as refusal:
        return _refused(partner, parcel, envelope, refusal, now)
    except IntegrityError:  # the same file through another door at this moment
        arrival, repeated = Arrival.objects.filter(partner=partner, number=parcel_number(parcel)).latest("id"), True
    return _receipt(arrival, now, repeated=repeated)


def parcel_number(parcel: Parcel) -> str:
    """The number that a readable envelope names."""
    return envelopes.read_envelope(parcel.envelope).number


def _check(partner: Partner, envelope: Envelope, content: bytes, now: datetime) -> None:
    """Whose it is, for whom, signed by whom, whole, and agreed.

    Raises: AddressedToAnother, PartnerStopped, SignatureMissing, KeyUnknown, SignatureWrong, ContentAltered,
    NothingAgreedToCome.
    """
    if (envelope.sender, envelope.receiver) != (partner.code, partner.pooling_area_id):
        raise AddressedToAnother(
            sender=envelope.sender, receiver=envelope.receiver, partner=partner.code, area=partner.pooling_area_id
        )
    envelopes.verify(envelope, keys.good_keys(partner.pk, KeySide.THEIRS, now), f"文件{envelope.number}")
    envelopes.check_content(envelope, content)
    if not partner.in_use:
        raise PartnerStopped(partner=partner.name)
    agreed(partner, envelope.flow, timezone.localdate(now))


def agreed(partner: Partner, flow: str, on: date) -> ExchangeAgreement:
    """交换约定 in force under which a flow comes in. Raises: NothingAgreedToCome."""
    found = (
        ExchangeAgreement.objects.select_related("answered_as")
        .filter(Q(valid_until=None) | Q(valid_until__gt=on), partner=partner, flow=flow, valid_from__lte=on)
        .exclude(direction=Direction.OUT)
        .first()
    )
    if found is None or flows.incoming_named(flow) is None:
        raise NothingAgreedToCome(partner=partner.name, on=on, flow=flows.title_of(flow))
    return found


def _keep(partner: Partner, envelope: Envelope, content: bytes, now: datetime) -> tuple[Arrival, bool]:
    """The arrival with its bytes, and whether it had come before; a step. Raises: NumberReused."""
    earlier = (
        Arrival.objects.select_for_update()
        .filter(partner=partner, number=envelope.number)
        .exclude(state=ArrivalState.REFUSED, incoming=None)
        .first()
    )
    if earlier is not None:
        if earlier.digest != envelope.digest:
            at = timezone.localtime(earlier.received_at)
            raise NumberReused(number=envelope.number, at=f"{at:%Y-%m-%d %H:%M}")
        earlier.repeats += 1
        earlier.repeated_at = now
        earlier.save(update_fields=["repeats", "repeated_at"])
        _note("repeat_arrival", earlier, now)
        return earlier, True
    arrival = Arrival.objects.create(
        partner=partner,
        flow=envelope.flow,
        number=envelope.number,
        digest=envelope.digest,
        file_name=envelope.file_name,
        size=envelope.size,
        answers=envelope.answers,
        day=date.fromisoformat(envelope.day) if envelope.day else None,
        said={
            "rows": envelope.rows,
            "total_fen": envelope.total_fen,
            "offices": [[one.office, one.rows, one.total_fen] for one in envelope.offices],
        },
        key_no=envelope.key_no,
        received_at=now,
    )
    for number, at in enumerate(range(0, len(content), PIECE)):
        ArrivalChunk.objects.create(arrival=arrival, number=number, content=content[at : at + PIECE])
    _note("receive_file", arrival, now, flow=arrival.flow, digest=arrival.digest)
    return arrival, False


def _receipt(arrival: Arrival, now: datetime, *, repeated: bool) -> Receipt:
    """回执 for a file that we hold."""
    return Receipt(
        number=arrival.number,
        digest=arrival.digest,
        taken=True,
        reference=f"DJ{arrival.pk:010d}",
        repeated=repeated,
        rows=arrival.said.get("rows", 0),
        total_fen=arrival.said.get("total_fen", 0),
        at=timezone.localtime(now).isoformat(),
    )


@transaction.atomic
def _refused(
    partner: Partner, parcel: Parcel, envelope: Envelope | None, refusal: DomainError, now: datetime
) -> Receipt:
    """拒收: kept as a line of the list without its bytes, so that the right file may still come under the number."""
    digest = hashlib.sha256(parcel.content).hexdigest()
    number = envelope.number if envelope else parcel.name[:60]
    facts = {"partner": partner, "number": number, "digest": digest, "state": ArrivalState.REFUSED, "incoming": None}
    known = Arrival.objects.select_for_update().filter(**facts, code=refusal.code).first()
    if known is not None:
        known.repeats += 1
        known.repeated_at = now
        known.save(update_fields=["repeats", "repeated_at"])
    else:
        known = Arrival.objects.create(
            **facts,
            flow=envelope.flow[:30] if envelope else "",
            file_name=envelope.file_name if envelope else "",
            size=len(parcel.content),
            code=refusal.code,
            problem=refusal.sentence[:400],
            received_at=now,
            closed_at=now,
        )
    _note("refuse_arrival", known, now, outcome=TrailOutcome.REFUSED, code=refusal.code)
    return Receipt(
        number=number,
        digest=envelope.digest if envelope else digest,
        taken=False,
        code=refusal.code,
        message=refusal.sentence,
        at=timezone.localtime(now).isoformat(),
    )


# --- booking --------------------------------------------------------------------------------------------------------


def book_waiting(now: datetime) -> int:
    """Book what has been received, in the order in which it came (定时任务). Returns how many were looked at."""
    imports.recover_abandoned(now)
    waiting = list(
        Arrival.objects.filter(state=ArrivalState.RECEIVED).order_by("id").values_list("pk", flat=True)[:200]
    )
    for arrival_id in waiting:
        try:
            book(arrival_id, now)
        except Exception:  # a fault of ours with one file must not stop the others; it stays received
            log.exception("arrival %s", arrival_id)
    return len(waiting)


def book(arrival_id: int, now: datetime) -> Arrival:
    """受理到件: check it and, where the agreement says so, take it in; what stands in the way is written down.

    Raises: ArrivalUnknown.
    """
    arrival = Arrival.objects.select_related("partner").filter(pk=arrival_id).first()
    if arrival is None:
        raise ArrivalUnknown(arrival=arrival_id)
    with _held(arrival.pk) as mine:
        arrival.refresh_from_db()
        if not mine or arrival.state != ArrivalState.RECEIVED:
            return arrival
        try:
            _book(arrival, now)
        except FileUnreadable as fault:
            _close(arrival, ArrivalState.REFUSED, now, refusal=fault)
        except imports.ImportBusy:
            return arrival  # somebody is at it, or at another of its kind, at this moment; the next round goes on
        except AlreadyTakenIn as twice:
            arrival.incoming = _taken_in_as(arrival)
            _close(arrival, ArrivalState.REFUSED, now, refusal=twice)
        except DomainError as refusal:
            _close(arrival, ArrivalState.WAITING, now, refusal=refusal)
    return arrival


def _book(arrival: Arrival, now: datetime) -> None:
    """Raises: what the check and the taking in refuse, NobodyTakes, NothingAgreedToCome."""
    if arrival.incoming is not None and arrival.incoming.state == ImportState.DONE:  # killed before it was written down
        _close(arrival, ArrivalState.BOOKED, now)
        return
    agreement = agreed(arrival.partner, arrival.flow, timezone.localdate(arrival.received_at))
    operator = platform.operator_by_staff_code(agreement.taken_by) if agreement.taken_by else None
    if operator is None:
        raise NobodyTakes(partner=arrival.partner.name, flow=flows.title_of(arrival.flow))
    file = _handed_over(arrival, flows.incoming_named(arrival.flow), operator, now)
    if file.state != ImportState.CHECKED:
        imports.check_file(file_id=file.pk, operator=operator, now=now)
    if files.kind_of(file.kind).approval or agreement.on_arrival == OnArrival.CONFIRM:
        _close(arrival, ArrivalState.CHECKED, now)
        return
    mode = Mode.ALL if agreement.on_arrival == OnArrival.ALL_ROWS else Mode.ONLY_GOOD
    try:
        bad_go_back = mode is Mode.ONLY_GOOD
        imports.take_in(preview_id=file.pk, mode=mode, operator=operator, now=now, return_bad=bad_go_back, wait=False)
    except (ImportHasProblems, imports.ImportHasNoGoodRow) as refusal:
        _close(arrival, ArrivalState.CHECKED, now, refusal=refusal)


def _handed_over(arrival: Arrival, incoming: Incoming | None, operator: platform.Operator, now: datetime) -> ImportFile:
    """The arrival as an import file, tied to it in one transaction. Raises: as `files.receive`."""
    assert incoming is not None  # `agreed` has looked
    if arrival.incoming is not None:
        return arrival.incoming
    with on_disk(arrival) as content, transaction.atomic():
        file = files.receive(
            kind=incoming.kind,
            pooling_area=arrival.partner.pooling_area_id,
            file_name=arrival.file_name,
            content=content,
            options=dict(incoming.options(parcelled(arrival))),
            operator=operator,
            now=now,
        )
        file.partner_id = arrival.partner_id
        file.save(update_fields=["partner"])
        arrival.incoming = file
        arrival.save(update_fields=["incoming"])
        arrival.chunks.all().delete()
    return file


def _taken_in_as(arrival: Arrival) -> ImportFile | None:
    """The import that holds the same bytes, sent under another number or uploaded by hand."""
    incoming = flows.incoming_named(arrival.flow)
    found = ImportFile.objects.filter(
        pooling_area_id=arrival.partner.pooling_area_id, digest=arrival.digest, state=ImportState.DONE
    )
    return found.filter(kind=incoming.kind).first() if incoming else None


def parcelled(arrival: Arrival) -> Parcelled:
    """What the chapter may ask of it (来件情况)."""
    return Parcelled(
        partner=arrival.partner.code,
        kind=arrival.partner.kind,
        number=arrival.number,
        answers=arrival.answers,
        day=arrival.day.isoformat() if arrival.day else "",
    )


@transaction.atomic
def try_again(*, arrival_id: int, operator: platform.Operator, now: datetime) -> Arrival:
    """再次受理, once what stood in the way is mended.

    Raises: ArrivalUnknown, NotToBook, NoPermission, AreaOutOfScope.
    """
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("partner").filter(pk=arrival_id).first()
    if arrival is None:
        raise ArrivalUnknown(arrival=arrival_id)
    platform_checks.check_area_in_scope(operator, keys.MANAGE, arrival.partner.pooling_area_id, now)
    if (arrival.state, ArrivalState.RECEIVED) not in ARRIVAL_TRANSITIONS:
        raise NotToBook(number=arrival.number, state=ArrivalState(arrival.state).label)
    arrival.state, arrival.code, arrival.problem, arrival.closed_at = ArrivalState.RECEIVED, "", "", None
    arrival.save()
    _note("retry_arrival", arrival, now, operator=operator)
    return arrival


@contextlib.contextmanager
def on_disk(arrival: Arrival) -> Iterator[Path]:
    """The bytes as a file of the machine, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="tongchou-arrival-") as folder:
        path = Path(folder) / f"file{Path(arrival.file_name).suffix.lower()}"
        with path.open("wb") as handle:
            for content in arrival.chunks.order_by("number").values_list("content", flat=True).iterator(4):
                handle.write(content)
        yield path


# --- what follows an import, whoever took it in ---------------------------------------------------------------------


def note_taken_in(file: ImportFile, kind: ImportKind, intake: Intake) -> None:
    """The arrival of an import that was taken in is booked, with the totals of both sides; a step of the import."""
    arrival = Arrival.objects.select_for_update().filter(incoming=file).first()
    if arrival is None:
        return
    incoming = flows.incoming_named(arrival.flow)
    if incoming is not None and incoming.office:
        _compare_totals(arrival, incoming, intake)
    if arrival.state != ArrivalState.BOOKED:
        _close(arrival, ArrivalState.BOOKED, intake.now)


def note_given_up(file: ImportFile, now: datetime) -> None:
    """The arrival of an import that a person gave up is refused; a step of the import."""
    for arrival in Arrival.objects.select_for_update().filter(incoming=file, state=ArrivalState.CHECKED):
        arrival.problem = file.message or "经办人已取消"
        _close(arrival, ArrivalState.REFUSED, now)


def _compare_totals(arrival: Arrival, incoming: Incoming, intake: Intake) -> None:
    """日对账: what the partner said of each office beside what of it was booked (CON-11)."""
    day = incoming.day or "NULL::date"
    booked = {
        (office, on): (rows, int(fen))
        for office, on, rows, fen in intake.ask(
            f"SELECT coalesce({incoming.office}, ''), coalesce({day}, %s::date), count(*),"
            f" coalesce(sum({incoming.amount}), 0) FROM {{rows}} r WHERE r.good GROUP BY 1, 2",
            arrival.day or intake.today,
        )
    }
    on = arrival.day or intake.today
    said = [OfficeTotal(office=office, rows=rows, total_fen=fen) for office, rows, fen in arrival.said["offices"]]
    if not said and len({office for office, _ in booked}) <= 1:
        office = next((office for office, _ in booked), "")
        said = [OfficeTotal(office=office, rows=arrival.said["rows"], total_fen=arrival.said["total_fen"])]
    told = {(one.office, on): one for one in said}
    for office, day_of in sorted({*booked, *told}):
        claimed, (rows, fen) = told.get((office, day_of)), booked.get((office, day_of), (0, 0))
        DayTotal.objects.create(
            partner_id=arrival.partner_id,
            arrival=arrival,
            flow=arrival.flow,
            day=day_of,
            office=office[:60],
            said_rows=claimed.rows if claimed else 0,
            said_fen=claimed.total_fen if claimed else 0,
            booked_rows=rows,
            booked_fen=fen,
        )


def _close(arrival: Arrival, state: ArrivalState, now: datetime, *, refusal: DomainError | None = None) -> None:
    """Raises: NotToBook."""
    if (arrival.state, state) not in ARRIVAL_TRANSITIONS:
        raise NotToBook(number=arrival.number, state=ArrivalState(arrival.state).label)
    arrival.state, arrival.closed_at = state, now
    if refusal is not None:
        arrival.code, arrival.problem = refusal.code, refusal.sentence[:400]
    elif state == ArrivalState.BOOKED:
        arrival.code = arrival.problem = ""
    arrival.save()
    _note("book_arrival" if state == ArrivalState.BOOKED else "hold_arrival", arrival, now, state=state.value)


@contextlib.contextmanager
def _held(arrival_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, arrival_id])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, arrival_id])


def _note(
    action: str,
    arrival: Arrival,
    now: datetime,
    *,
    operator: platform.Operator | None = None,
    outcome: TrailOutcome = TrailOutcome.DONE,
    **detail: Any,
) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        outcome=outcome,
        pooling_area=arrival.partner.pooling_area_id,
        object_kind="arrival",
        object_key=arrival.number,
        detail={"partner": arrival.partner.code, **detail},
    )

"""Links to partners (交换链路; SYS-03, GX2017 §129): what waits is delivered in its order, what has come is fetched.

No transaction is open while a partner is asked. A process that is killed after sending and before writing it down sends
the same envelope once more, which the partner knows by number and digest; the other way round it is the same. A link
that fails is tried again after a growing pause, and nothing leaves the queue meanwhile.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from tongchou.exchange import arrivals, commands, envelopes, keys, outgoing, queueing, rules
from tongchou.exchange.carriers import Folder, Http, LinkDown, Route
from tongchou.exchange.envelopes import Envelope, Receipt
from tongchou.exchange.models import Delivery, LinkOutage, OutgoingFile, Partner, PartnerLink
from tongchou.exchange.states import DELIVERY_TRANSITIONS, Carrier, DeliveryState, KeySide, OutgoingState
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail

LOCK_CLASS: Final = 0x4C49_4E4B
"""First key of the advisory lock of a link in work; the second is the partner's id."""
log = logging.getLogger(__name__)


class AddressUnfit(DomainError):
    code = "EX-2431"
    message = "地址“{address}”不合适:共享目录写目录名,HTTP 接口以 http:// 或 https:// 开头"
    citation = "GX2017 §129"


class LinkUnknown(DomainError):
    code = "EX-2432"
    message = "{partner}没有登记链路"
    citation = "GX2017 §129"


class NotSentYet(DomainError):
    code = "EX-2433"
    message = "文件{number}{state},不能重新投递"
    citation = "GX2017 §129"


class NotWaiting(DomainError):
    code = "EX-2434"
    message = "该投递{state},不能撤回"
    citation = "GX2017 §129"


# --- what is set up -------------------------------------------------------------------------------------------------


@transaction.atomic
def set_link(
    *, partner_id: int, carrier: Carrier, address: str, in_use: bool, operator: platform.Operator, now: datetime
) -> PartnerLink:
    """设置链路. A link in use needs a key of each side; a folder below ours is made.

    Raises: PartnerGone, AddressUnfit, KeyMissing, NoPermission, AreaOutOfScope.
    """
    partner = keys.locked_partner(partner_id, operator, now)
    place = address.strip()
    if not place or (carrier == Carrier.HTTP) != place.startswith(("http://", "https://")) or ".." in place:
        raise AddressUnfit(address=address)
    if in_use:
        for side in KeySide:
            if not keys.good_keys(partner.pk, side, now):
                raise keys.KeyMissing(partner=partner.name, side=side.label)
    link, _ = PartnerLink.objects.update_or_create(
        partner=partner, defaults={"carrier": carrier, "address": place, "in_use": in_use, "next_try_at": None}
    )
    if carrier == Carrier.FOLDER and not Path(place).is_absolute():
        folder_of(place).mkdir(parents=True, exist_ok=True)
    trail.record(
        "exchange.set_link",
        at=now,
        operator=operator,
        pooling_area=partner.pooling_area_id,
        object_kind="partner",
        object_key=partner.pk,
        detail={"carrier": carrier.value, "address": place, "in_use": in_use},
    )
    return link


def folder_of(address: str) -> Path:
    """Where a shared folder lies: as given, or below the folder of the installation (共享目录)."""
    return Path(settings.EXCHANGE_FOLDER) / address


def route_of(link: PartnerLink) -> Route:
    """The way to a partner (传输方式)."""
    return Http(link.address) if link.carrier == Carrier.HTTP else Folder(folder_of(link.address))


@transaction.atomic
def try_now(*, partner_id: int, operator: platform.Operator, now: datetime) -> PartnerLink:
    """立即重试: the next round does not wait for the pause to end. Raises: PartnerGone, LinkUnknown, NoPermission."""
    partner = keys.locked_partner(partner_id, operator, now)
    link = PartnerLink.objects.select_for_update().filter(partner=partner).first()
    if link is None:
        raise LinkUnknown(partner=partner.name)
    link.next_try_at = None
    link.save(update_fields=["next_try_at"])
    return link


@transaction.atomic
def resend(*, number: str, operator: platform.Operator, now: datetime) -> Delivery:
    """重新投递: the same bytes under the same number once more; the partner knows them. A waiting file waits once.

    Raises: FileUnknown, NotSentYet, LinkUnknown, NoPermission, OutOfScope.
    """
    file = commands.lock_file(number)
    commands.check_works_on(file, operator, now)
    if file.state in (OutgoingState.MADE, OutgoingState.CANCELLED):
        raise NotSentYet(number=number, state=OutgoingState(file.state).label)
    made = queueing.queue_if_linked(file, staff_code=operator.staff_code, now=now)
    if made is None:
        raise LinkUnknown(partner=file.partner.name)
    _note("resend_file", made, now, operator=operator)
    return made


@transaction.atomic
def withdraw(*, delivery_id: int, operator: platform.Operator, now: datetime) -> Delivery:
    """撤回投递: the file goes another way, such as by hand. Raises: NotWaiting, NoPermission, OutOfScope."""
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("file").filter(pk=delivery_id).first()
    if delivery is None:
        raise NotWaiting(state="不存在")
    commands.check_works_on(delivery.file, operator, now)
    _move(delivery, DeliveryState.WITHDRAWN)
    delivery.save(update_fields=["state"])
    _note("withdraw_delivery", delivery, now, operator=operator)
    return delivery


# --- a round --------------------------------------------------------------------------------------------------------

Routes = Callable[[PartnerLink], Route]


def work(now: datetime, routes: Routes = route_of) -> int:
    """Serve every link whose time has come (定时任务), then book what has come. Returns how many files moved."""
    due = PartnerLink.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now), in_use=True, partner__in_use=True
    ).select_related("partner")
    moved = sum(serve(link, now, routes) for link in due.order_by("partner_id"))
    arrivals.book_waiting(now)
    return moved


def serve(link: PartnerLink, now: datetime, routes: Routes = route_of) -> int:
    """One link: deliver, collect receipts, fetch (链路收发). Returns how many files moved; a failure is noted."""
    moved = 0
    with _held(link.partner_id) as mine:
        if not mine:
            return 0
        try:
            route = routes(link)
            for delivered in _deliver(link.partner, route, now):
                moved += delivered
            _collect_receipts(link.partner, route, now)
            for fetched in _fetch(link.partner, route, now):
                moved += fetched
        except (LinkDown, keys.KeyMissing, envelopes.EnvelopeUnreadable) as fault:
            _note_failure(link, str(fault), now)
        else:
            _note_contact(link, now)
    return moved


def _deliver(partner: Partner, route: Route, now: datetime) -> Iterator[int]:
    """The queue from its head; what the partner will not have is a person's work, and the next one goes."""
    while delivery := (
        Delivery.objects.select_related("file").filter(partner=partner, state=DeliveryState.WAITING).order_by("id")
    ).first():
        envelope = envelope_of(delivery.file, partner, now)
        Delivery.objects.filter(pk=delivery.pk).update(attempts=F("attempts") + 1, key_no=envelope.key_no)
        try:
            receipt = route.deliver(envelope, b"".join(outgoing.content_of(delivery.file)))
            if receipt is not None:
                _check_receipt(receipt, delivery.file, partner, now)
        except (LinkDown, envelopes.EnvelopeUnreadable):
            raise
        except DomainError as refusal:
            _close_refused(delivery.pk, refusal.code, refusal.sentence, now)
            continue
        if receipt is not None and not receipt.taken:
            _close_refused(delivery.pk, receipt.code, receipt.message or "对方未说明原因", now)
            continue
        _close_delivered(delivery.pk, receipt, now)
        yield 1


def envelope_of(file: OutgoingFile, partner: Partner, now: datetime) -> Envelope:
    """信封 of a file of ours, signed. Raises: KeyMissing."""
    return Envelope(
        number=file.number,
        sender=file.pooling_area_id,
        receiver=partner.code,
        flow=file.flow,
        file_name=file.file_name,
        digest=file.digest,
        size=file.size,
        made_at=timezone.localtime(file.made_at).isoformat(),
        rows=file.rows,
        total_fen=file.total_fen,
        day=timezone.localdate(file.made_at).isoformat(),
    ).signed(keys.signing_key(partner, now))


def _check_receipt(receipt: Receipt, file: OutgoingFile, partner: Partner, now: datetime) -> None:
    """A receipt counts when the partner signed it and it is of this file. Raises: LinkDown."""
    try:
        envelopes.verify(receipt, keys.good_keys(partner.pk, KeySide.THEIRS, now), "回执")
    except DomainError as refusal:
        raise LinkDown(refusal.sentence) from None
    if (receipt.number, receipt.digest) != (file.number, file.digest):
        raise LinkDown(f"回执是对{receipt.number}的,不是对{file.number}的")


@transaction.atomic
def _close_delivered(delivery_id: int, receipt: Receipt | None, now: datetime) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("file").get(pk=delivery_id)
    if delivery.state != DeliveryState.WAITING:  # withdrawn while it was under way
        return
    _move(delivery, DeliveryState.DELIVERED)
    delivery.delivered_at = now
    _note_receipt(delivery, receipt, now)
    delivery.save()
    _note("deliver_file", delivery, now, receipt=delivery.receipt)


@transaction.atomic
def _close_refused(delivery_id: int, code: str, problem: str, now: datetime) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("file").get(pk=delivery_id)
    if delivery.state != DeliveryState.WAITING:
        return
    _move(delivery, DeliveryState.REFUSED)
    delivery.code, delivery.problem = code[:10], problem[:300]
    delivery.save()
    _note("delivery_refused", delivery, now, code=delivery.code)


def _note_receipt(delivery: Delivery, receipt: Receipt | None, now: datetime) -> None:
    """What the partner says it has becomes the file's receipt, where it is what was sent."""
    if receipt is None or not receipt.taken:
        return
    delivery.receipt = receipt.reference[:60]
    try:
        with transaction.atomic():
            commands.note_receipt(
                commands.lock_file(delivery.file.number),
                reference=receipt.reference,
                received_on=timezone.localdate(now),
                rows=receipt.rows,
                total_fen=receipt.total_fen,
                operator=None,
                now=now,
            )
    except DomainError as refusal:  # answered before the receipt came, or other totals: it stands beside the delivery
        delivery.code, delivery.problem = refusal.code, refusal.sentence[:300]


def _collect_receipts(partner: Partner, route: Route, now: datetime) -> None:
    """Receipts that a folder holds; one that nobody signed, or of no file of ours, stops the link for a person."""
    for receipt in route.receipts():
        with transaction.atomic():
            delivery = (
                Delivery.objects.select_for_update(of=("self",))
                .select_related("file")
                .filter(partner=partner, file__number=receipt.number, state=DeliveryState.DELIVERED)
                .order_by("-id")
                .first()
            )
            if delivery is None:
                log.warning("receipt of %s for %s, which was not delivered", partner.code, receipt.number)
                continue
            _check_receipt(receipt, delivery.file, partner, now)
            if receipt.taken:
                _note_receipt(delivery, receipt, now)
            else:
                delivery.code, delivery.problem = receipt.code[:10], f"对方拒收:{receipt.message}"[:300]
            delivery.save()


def _fetch(partner: Partner, route: Route, now: datetime) -> Iterator[int]:
    """What the partner left for us: kept first, then acknowledged."""
    signing = keys.signing_key(partner, now)
    for parcel in route.fetch():
        receipt = arrivals.receive(partner=partner, parcel=parcel, now=now)
        route.settle(parcel, receipt.signed(signing))
        yield int(receipt.taken and not receipt.repeated)


# --- availability ---------------------------------------------------------------------------------------------------


@transaction.atomic
def _note_failure(link: PartnerLink, problem: str, now: datetime) -> None:
    """链路中断: since when, how often, why; the next try after a growing pause."""
    current = PartnerLink.objects.select_for_update().get(pk=link.pk)
    current.failing_since = current.failing_since or now
    current.failures += 1
    current.problem = (problem or "原因不明")[:300]
    current.next_try_at = now + rules.pause_after(current.failures)
    current.save()
    LinkOutage.objects.update_or_create(
        partner_id=link.partner_id,
        until=None,
        defaults={"failures": current.failures, "problem": current.problem},
        create_defaults={"since": current.failing_since, "failures": current.failures, "problem": current.problem},
    )


@transaction.atomic
def _note_contact(link: PartnerLink, now: datetime) -> None:
    """链路恢复."""
    current = PartnerLink.objects.select_for_update().get(pk=link.pk)
    if current.failing_since is not None:
        LinkOutage.objects.filter(partner_id=link.partner_id, until=None).update(until=now)
    current.last_contact_at, current.failing_since, current.failures = now, None, 0
    current.problem, current.next_try_at = "", None
    current.save()


@contextlib.contextmanager
def _held(partner_id: int) -> Iterator[bool]:
    """Whether this process alone serves the link now; two would send out of order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, partner_id])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, partner_id])


def _move(delivery: Delivery, state: DeliveryState) -> None:
    """Raises: NotWaiting."""
    if (delivery.state, state) not in DELIVERY_TRANSITIONS:
        raise NotWaiting(state=DeliveryState(delivery.state).label)
    delivery.state = state


def _note(
    action: str, delivery: Delivery, now: datetime, *, operator: platform.Operator | None = None, **detail: Any
) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=delivery.file.pooling_area_id,
        object_kind="outgoing",
        object_key=delivery.file.number,
        detail=detail,
    )

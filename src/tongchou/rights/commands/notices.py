"""Notices to insured persons (给参保人的通知; RIG-08; GX2017 §20): kept for `/my/`, as short messages if wanted."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from tongchou.enrolment import history as registration
from tongchou.rights import queries
from tongchou.rights.models import NoticeSetting, PersonNotice, ShortMessage
from tongchou.rights.phones import digits, takes_messages
from tongchou.rights.states import Direction, NoticeKind


def tell(
    *,
    person_id: int,
    kind: NoticeKind,
    topic: str,
    title: str,
    body: str = "",
    sms_to: str = "",
    sms: str = "",
    now: datetime,
) -> bool:
    """通知: once per topic; a step of the caller's transaction, for every chapter above or beside. True when new.

    `sms_to` is a phone given for this very matter, such as an applicant's: it gets the short message `sms` whatever
    the person chose, and once though it may be the registered one.
    """
    _notice, made = PersonNotice.objects.get_or_create(
        person_id=person_id, topic=topic, defaults={"kind": kind, "title": title, "body": body, "sent_at": now}
    )
    if not made:
        return False
    wanted = registration.phone_of(person_id) if kind in queries.wants_sms(person_id) else ""
    if wanted and digits(wanted) != digits(sms_to):
        send_message(phone=wanted, text=sms or title, person_id=person_id, now=now)
    if sms_to:
        send_message(phone=sms_to, text=sms or title, person_id=person_id, now=now)
    return True


def tell_each(*, topics: Mapping[int, str], kind: NoticeKind, title: str, body: str, now: datetime) -> None:
    """The same notice to many persons, each with a topic of their own, once (批量通知); a step of the caller's
    transaction. No more questions for more persons.
    """
    told = PersonNotice.objects.filter(person_id__in=topics, topic__in=topics.values())
    before = set(told.values_list("person_id", "topic"))
    new = {person_id: topic for person_id, topic in topics.items() if (person_id, topic) not in before}
    PersonNotice.objects.bulk_create(
        [
            PersonNotice(person_id=person_id, topic=topic, kind=kind, title=title, body=body, sent_at=now)
            for person_id, topic in new.items()
        ],
        ignore_conflicts=True,
    )
    phones = registration.phones_of(queries.wanting_sms(new, kind))
    ShortMessage.objects.bulk_create(
        _message(phone, title, person_id, now) for person_id, phone in phones.items() if takes_messages(phone)
    )


def send_message(*, phone: str, text: str, person_id: int | None, now: datetime) -> bool:
    """发短信: kept for the gateway; a step. False where the number takes no messages."""
    if not takes_messages(phone):
        return False
    _message(phone, text, person_id, now).save()
    return True


def _message(phone: str, text: str, person_id: int | None, now: datetime) -> ShortMessage:
    return ShortMessage(
        direction=Direction.SENT, phone=digits(phone), text=f"【医保】{text}"[:500], person_id=person_id, at=now
    )


@transaction.atomic(durable=True)
def choose_sms(*, person_id: int, kinds: Collection[NoticeKind]) -> None:
    """通知设置: which kinds also come as short messages."""
    NoticeSetting.objects.update_or_create(person_id=person_id, defaults={"by_sms": sorted(str(one) for one in kinds)})


def mark_all_read(*, person_id: int, now: datetime) -> int:
    """标为已读. Returns how many were unread."""
    return PersonNotice.objects.filter(person_id=person_id, read_at=None).update(read_at=now)


def forget(person_id: int) -> None:
    """Notices and settings of a record that is taken back with its registration; a step of the caller's transaction."""
    PersonNotice.objects.filter(person_id=person_id).delete()
    NoticeSetting.objects.filter(person_id=person_id).delete()

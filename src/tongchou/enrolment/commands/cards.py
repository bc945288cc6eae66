"""The social security card (社会保障卡; GX2017 §13; ENR-29): every move leaves an entry of its own (卡务记录)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment import parameters
from tongchou.enrolment.commands import steps
from tongchou.enrolment.credentials.models import CardEvent
from tongchou.enrolment.credentials.states import CardAct
from tongchou.enrolment.models import Person, SocialSecurityCard
from tongchou.enrolment.states import CARD_TRANSITIONS, CardStatus
from tongchou.kernel.errors import DomainError
from tongchou.platform import numbering
from tongchou.platform import queries as platform

ENDED = (CardStatus.REPLACED, CardStatus.CANCELLED)
NUMBERS: Final = numbering.Series("social_card", name="社会保障卡号", mark="S", width=6)
"""卡号: a letter, two digits of the area, six of the series."""

_ACTS: Final = {
    CardStatus.AWAITING_PICKUP: CardAct.READY,
    CardStatus.ACTIVE: CardAct.HANDED_OUT,
    CardStatus.LOST: CardAct.LOST,
    CardStatus.REPLACED: CardAct.REPLACED,
    CardStatus.CANCELLED: CardAct.CANCELLED,
}


class CardNumberTaken(DomainError):
    code = "EN-1301"
    message = "社会保障卡号{number}已登记,不能再次使用"
    citation = "GX2017 §13"


class CardMoveNotAllowed(DomainError):
    code = "EN-1302"
    message = "社会保障卡{number}为“{now}”,不能改为“{then}”"
    citation = "GX2017 §13"


class NoCard(DomainError):
    code = "EN-1303"
    message = "该参保人没有{status}的社会保障卡"
    citation = "GX2017 §13"


class CardBeingMade(DomainError):
    code = "EN-4001"
    message = "{name}的新卡{number}正在制作或待领取(预计{ready_on}可领),不能再次申请"
    citation = "GX2017 §13"


class HolderDead(DomainError):
    code = "EN-6505"
    message = "{name}已于{died_on}死亡,不能办理社会保障卡"
    citation = "GX2017 §15"


class CollectorMissing(DomainError):
    code = "EN-4002"
    message = "发放社会保障卡须登记领取人"
    citation = "GX2017 §13"


def _move(
    card: SocialSecurityCard,
    status: CardStatus,
    on: date,
    *,
    operator: platform.Operator | None = None,
    now: datetime | None = None,
    said_by: str = "",
    note: str = "",
) -> None:
    """Raises: CardMoveNotAllowed."""
    before = CardStatus(card.status)
    if (before, status) not in CARD_TRANSITIONS:
        raise CardMoveNotAllowed(number=card.number, now=before.label, then=status.label)
    card.status = status
    card.ended_on = on if status in ENDED else None
    card.save(update_fields=["status", "ended_on"])
    found_again = before is CardStatus.LOST and status is CardStatus.ACTIVE
    act = CardAct.FOUND if found_again else _ACTS[status]
    _enter(card, act, operator, now, said_by or (card.person.name if act is CardAct.HANDED_OUT else ""), note)


def _enter(
    card: SocialSecurityCard,
    act: CardAct,
    operator: platform.Operator | None,
    now: datetime | None,
    said_by: str = "",
    note: str = "",
) -> None:
    CardEvent.objects.create(
        card=card,
        act=act,
        at=now or timezone.make_aware(datetime.combine(card.ended_on or card.issued_on, datetime.min.time())),
        staff_code=operator.staff_code if operator else "",
        said_by=said_by.strip()[:50],
        note=note[:200],
    )


def _in_use(person: Person) -> list[SocialSecurityCard]:
    return list(person.cards.select_for_update().exclude(status__in=ENDED).order_by("id"))


@transaction.atomic(durable=True)
def apply_for_card(
    *, person_id: int, number: str, applied_on: date, operator: platform.Operator, now: datetime
) -> SocialSecurityCard:
    """申领社会保障卡 (GX2017 §13): a card in the making; the old one stays until the new one is issued.

    Raises: HolderDead, CardNumberTaken, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    card = _new_card(person, number, CardStatus.MAKING, applied_on)
    _enter(card, CardAct.APPLIED, operator, now)
    steps.note("apply_for_card", person, operator, now, card=card.number)
    return card


def check_alive(person: Person) -> None:
    """No new card for the dead (GX2017 §15). Raises: HolderDead."""
    if person.died_on is not None:
        raise HolderDead(name=person.name, died_on=person.died_on)


def check_none_in_making(person: Person) -> None:
    """One new card at a time (GX2017 §13). Raises: CardBeingMade."""
    waiting = person.cards.filter(status__in=(CardStatus.MAKING, CardStatus.AWAITING_PICKUP)).first()
    if waiting is not None:
        raise CardBeingMade(name=person.name, number=waiting.number, ready_on=waiting.ready_on or "")


def order(
    person: Person, *, reason: str, comes_first: bool = False, operator: platform.Operator, now: datetime
) -> SocialSecurityCard:
    """补(换)证制卡 (附件3), a step of the caller's transaction: a new card in the making, with its number.

    `comes_first`: made before others', for care outside the area (JS2017 七(一)). Raises: HolderDead, CardBeingMade.
    """
    check_none_in_making(person)
    number = _next_number(person.pooling_area_id)
    card = _new_card(person, number, CardStatus.MAKING, timezone.localdate(now), comes_first=comes_first)
    _enter(card, CardAct.APPLIED, operator, now, note=reason)
    steps.note("apply_for_card", person, operator, now, card=card.number, reason=reason)
    return card


def _next_number(pooling_area: str) -> str:
    """A card number that nobody has (卡号)."""
    while True:
        serial = numbering.next_number(NUMBERS, area=pooling_area, year=0)
        number = f"{NUMBERS.mark}{pooling_area[2:4]}{serial:0{NUMBERS.width}d}"
        if not SocialSecurityCard.objects.filter(number=number).exists():
            return number


@transaction.atomic(durable=True)
def mark_ready(*, number: str, operator: platform.Operator, now: datetime) -> SocialSecurityCard:
    """制卡完成 (GX2017 §13; ENR-29): the card waits to be fetched. Raises: NoCard, CardMoveNotAllowed, …."""
    card = SocialSecurityCard.objects.filter(number=number.strip().upper()).first()
    if card is None:
        raise NoCard(status=f"号码为{number}")
    person = steps.lock_person(card.person_id, permission="enrolment.change", operator=operator, now=now)
    card.refresh_from_db()
    _move(card, CardStatus.AWAITING_PICKUP, timezone.localdate(now), operator=operator, now=now)
    steps.note("card_ready", person, operator, now, card=card.number)
    return card


@transaction.atomic(durable=True)
def issue_card(
    *,
    person_id: int,
    number: str,
    issued_on: date,
    collected_by: str | None = None,
    operator: platform.Operator,
    now: datetime,
) -> SocialSecurityCard:
    """发卡、换卡 (GX2017 §13; ENR-29): the new card is good at once and ends the old one; who fetched it is kept.

    Without a collector it is the person.
    Raises: HolderDead, CardNumberTaken, CollectorMissing, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    number = number.upper()
    collector = person.name if collected_by is None else collected_by.strip()
    if not collector:
        raise CollectorMissing
    in_use = _in_use(person)
    for old in in_use:
        if old.number != number and old.status in (CardStatus.ACTIVE, CardStatus.LOST):
            _move(old, CardStatus.REPLACED, issued_on, operator=operator, now=now, note=f"新卡{number}")
    card = next((card for card in in_use if card.number == number), None)
    if card is None:
        card = _new_card(person, number, CardStatus.ACTIVE, issued_on)
        _enter(card, CardAct.HANDED_OUT, operator, now, collector)
    else:
        _move(card, CardStatus.ACTIVE, issued_on, operator=operator, now=now, said_by=collector)
    steps.note("issue_card", person, operator, now, card=card.number, collector=collector)
    return card


@transaction.atomic(durable=True)
def report_card_lost(
    *, person_id: int, on: date, said_by: str = "", operator: platform.Operator, now: datetime
) -> SocialSecurityCard:
    """挂失 (GX2017 §13; ENR-29): every check refuses the card from this moment. Raises: NoCard."""
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    return lose(person, said_by=said_by or person.name, operator=operator, now=now)


@transaction.atomic(durable=True)
def report_own_card_lost(*, person_id: int, said_by: str, note: str, now: datetime) -> SocialSecurityCard:
    """本人挂失 by self-service: who asks was verified by the caller (ENR-34; JL2019 §12). Raises: NoCard."""
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    return lose(person, said_by=said_by, note=note, operator=None, now=now)


def lose(
    person: Person, *, said_by: str, note: str = "", operator: platform.Operator | None, now: datetime
) -> SocialSecurityCard:
    """挂失, a step of the caller's transaction; the person is locked. Raises: NoCard."""
    card = _current(person, CardStatus.ACTIVE)
    _move(card, CardStatus.LOST, timezone.localdate(now), operator=operator, now=now, said_by=said_by, note=note)
    steps.note("report_card_lost", person, operator, now, card=card.number, said_by=said_by)
    return card


@transaction.atomic(durable=True)
def report_card_found(
    *, person_id: int, on: date, said_by: str = "", operator: platform.Operator, now: datetime
) -> SocialSecurityCard:
    """解挂 (GX2017 §13): the lost card is good again. Raises: NoCard."""
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    card = _current(person, CardStatus.LOST)
    _move(card, CardStatus.ACTIVE, on, operator=operator, now=now, said_by=said_by or person.name)
    steps.note("report_card_found", person, operator, now, card=card.number)
    return card


@transaction.atomic(durable=True)
def cancel_card(*, person_id: int, number: str, on: date, operator: platform.Operator, now: datetime) -> None:
    """注销社会保障卡 (GX2017 §15). Raises: NoCard, CardMoveNotAllowed."""
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    card = next((card for card in _in_use(person) if card.number == number.upper()), None)
    if card is None:
        raise NoCard(status=f"号码为{number}")
    _move(card, CardStatus.CANCELLED, on, operator=operator, now=now)
    steps.note("cancel_card", person, operator, now, card=card.number)


def void_cards(person: Person, on: date) -> list[list[Any]]:
    """All cards of a person end, as at death; a step of the caller's transaction. Returns them as they stood."""
    held = sorted(_in_use(person), key=lambda card: card.pk)
    before: list[list[Any]] = [[card.pk, str(card.status)] for card in held]
    for card in held:
        _move(card, CardStatus.CANCELLED, on)
    return before


def give_back_cards(person: Person, held: Sequence[Sequence[Any]]) -> None:
    """Cards made void are good again as they stood, unless another one was issued since; a step."""
    another = person.cards.filter(status=CardStatus.ACTIVE).exists()
    for card_id, status in held:
        if status == CardStatus.ACTIVE and another:
            continue
        SocialSecurityCard.objects.filter(pk=card_id, status=CardStatus.CANCELLED).update(status=status, ended_on=None)


def _current(person: Person, status: CardStatus) -> SocialSecurityCard:
    """Raises: NoCard."""
    card = next((card for card in _in_use(person) if card.status == status), None)
    if card is None:
        raise NoCard(status=status.label)
    return card


def _new_card(
    person: Person, number: str, status: CardStatus, on: date, *, comes_first: bool = False
) -> SocialSecurityCard:
    """Raises: HolderDead, CardNumberTaken."""
    check_alive(person)
    number = number.upper()
    if SocialSecurityCard.objects.filter(number=number).exists():
        raise CardNumberTaken(number=number)
    making = status is CardStatus.MAKING
    return SocialSecurityCard.objects.create(
        person=person,
        number=number,
        status=status,
        issued_on=on,
        ready_on=parameters.pick_up_day(person.pooling_area_id, on) if making else None,
        comes_first=comes_first,
    )

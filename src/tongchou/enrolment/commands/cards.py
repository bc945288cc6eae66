"""The social security card (社会保障卡; GX2017 §13; ENR-29)."""

from datetime import date, datetime

from django.db import transaction

from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import Person, SocialSecurityCard
from tongchou.enrolment.states import CARD_TRANSITIONS, CardStatus
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform

ENDED = (CardStatus.REPLACED, CardStatus.CANCELLED)


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


def _move(card: SocialSecurityCard, status: CardStatus, on: date) -> None:
    """Raises: CardMoveNotAllowed."""
    if (CardStatus(card.status), status) not in CARD_TRANSITIONS:
        raise CardMoveNotAllowed(number=card.number, now=CardStatus(card.status).label, then=status.label)
    card.status = status
    card.ended_on = on if status in ENDED else None
    card.save(update_fields=["status", "ended_on"])


def _in_use(person: Person) -> list[SocialSecurityCard]:
    return list(person.cards.select_for_update().exclude(status__in=ENDED).order_by("id"))


@transaction.atomic(durable=True)
def apply_for_card(
    *, person_id: int, number: str, applied_on: date, operator: platform.Operator, now: datetime
) -> SocialSecurityCard:
    """申领社会保障卡 (GX2017 §13): a card in the making; the old one stays until the new one is issued.

    Raises: CardNumberTaken, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    card = _new_card(person, number, CardStatus.MAKING, applied_on)
    steps.note("apply_for_card", person, operator, now, card=card.number)
    return card


@transaction.atomic(durable=True)
def issue_card(
    *, person_id: int, number: str, issued_on: date, operator: platform.Operator, now: datetime
) -> SocialSecurityCard:
    """发卡、换卡 (GX2017 §13; ENR-29): the new card is good at once and ends the old one.

    Raises: CardNumberTaken, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    number = number.upper()
    in_use = _in_use(person)
    for old in in_use:
        if old.number != number and old.status in (CardStatus.ACTIVE, CardStatus.LOST):
            _move(old, CardStatus.REPLACED, issued_on)
    card = next((card for card in in_use if card.number == number), None)
    if card is None:
        card = _new_card(person, number, CardStatus.ACTIVE, issued_on)
    else:
        _move(card, CardStatus.ACTIVE, issued_on)
    steps.note("issue_card", person, operator, now, card=card.number)
    return card


@transaction.atomic(durable=True)
def report_card_lost(*, person_id: int, on: date, operator: platform.Operator, now: datetime) -> SocialSecurityCard:
    """挂失 (GX2017 §13; ENR-29): every check refuses the card from this moment. Raises: NoCard."""
    return _move_current(person_id, CardStatus.ACTIVE, CardStatus.LOST, "report_card_lost", on, operator, now)


@transaction.atomic(durable=True)
def report_card_found(*, person_id: int, on: date, operator: platform.Operator, now: datetime) -> SocialSecurityCard:
    """解挂 (GX2017 §13): the lost card is good again. Raises: NoCard."""
    return _move_current(person_id, CardStatus.LOST, CardStatus.ACTIVE, "report_card_found", on, operator, now)


@transaction.atomic(durable=True)
def cancel_card(*, person_id: int, number: str, on: date, operator: platform.Operator, now: datetime) -> None:
    """注销社会保障卡 (GX2017 §15). Raises: NoCard, CardMoveNotAllowed."""
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    card = next((card for card in _in_use(person) if card.number == number.upper()), None)
    if card is None:
        raise NoCard(status=f"号码为{number}")
    _move(card, CardStatus.CANCELLED, on)
    steps.note("cancel_card", person, operator, now, card=card.number)


def void_cards(person: Person, on: date) -> None:
    """All cards of a person end, as at death; a step of the caller's transaction."""
    for card in _in_use(person):
        _move(card, CardStatus.CANCELLED, on)


def _move_current(
    person_id: int,
    before: CardStatus,
    after: CardStatus,
    action: str,
    on: date,
    operator: platform.Operator,
    now: datetime,
) -> SocialSecurityCard:
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    card = next((card for card in _in_use(person) if card.status == before), None)
    if card is None:
        raise NoCard(status=before.label)
    _move(card, after, on)
    steps.note(action, person, operator, now, card=card.number)
    return card


def _new_card(person: Person, number: str, status: CardStatus, on: date) -> SocialSecurityCard:
    """Raises: CardNumberTaken."""
    number = number.upper()
    if SocialSecurityCard.objects.filter(number=number).exists():
        raise CardNumberTaken(number=number)
    return SocialSecurityCard.objects.create(person=person, number=number, status=status, issued_on=on)

"""Queries by short message (短信查询; RIG-03; GX2017 §20): answered masked, and only to the registered number.

`CX` and the certificate number. To any other number nothing is sent, not even that the person exists.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from tongchou.contributions import history as contributions
from tongchou.enrolment import history as registration
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import trail
from tongchou.platform.database import one_after_another
from tongchou.platform.states import TrailOutcome
from tongchou.platform.web import masks
from tongchou.rights import drafting
from tongchou.rights.models import ShortMessage
from tongchou.rights.phones import digits
from tongchou.rights.states import Direction

ASKED: Final = re.compile(r"\s*(?:CX|查询)\s*([0-9A-Za-z]{6,20})\s*", re.IGNORECASE)
MOST_A_DAY: Final = 10


@transaction.atomic(durable=True)
def answer_sms(*, phone: str, text: str, now: datetime) -> ShortMessage | None:
    """短信查询: the answer that goes out, to the registered number only; None where nothing is sent.

    `MOST_A_DAY` answers in 24 hours to a number and about a person, whatever comes in at the same instant.
    """
    today = localdate(now)
    asked = ASKED.fullmatch(text[:500])
    facts = enrolment.facts_by_certificate(asked[1], today) if asked else None
    received = ShortMessage.objects.create(
        direction=Direction.RECEIVED, phone=phone[:30], text=text[:500], person_id=facts.id if facts else None, at=now
    )
    if facts is None or digits(registration.phone_of(facts.id)) != digits(phone) or not digits(phone):
        _note("rights.sms_refused", facts, TrailOutcome.REFUSED, now)
        return None
    one_after_another("answer_sms", digits(phone))  # else messages of one instant all see the same count
    lately = ShortMessage.objects.filter(direction=Direction.SENT, at__gt=now - timedelta(days=1))
    of_number = Q(phone=received.phone) | Q(person_id=facts.id)  # a number may be written in several ways
    if lately.filter(of_number).count() >= MOST_A_DAY:
        return None
    _note("rights.sms_answered", facts, TrailOutcome.SEEN, now)
    return ShortMessage.objects.create(
        direction=Direction.SENT, phone=received.phone, text=_told(facts, now), person_id=facts.id, at=now
    )


def _told(facts: enrolment.Facts, now: datetime) -> str:
    """Masked name and number, standing of today, this year's payment; no diagnosis, no amount of a bill."""
    today = localdate(now)
    try:
        standing = drafting.standing_words(facts, today)
    except DomainError:  # an area without a package has no waiting rules
        standing = "待遇资格请到窗口查询"
    paid = contributions.paid([facts.id], first_year=today.year, last_year=today.year)
    payment = f"{today.year}年度已缴费" if paid else f"{today.year}年度未查到缴费"
    return (
        f"【医保】{masks.name(facts.name)}({masks.certificate(facts.certificate_no)}),"
        f"{drafting.status_on(facts.id, today)},{today.isoformat()}{standing},{payment}。"
    )


def _note(action: str, facts: enrolment.Facts | None, outcome: TrailOutcome, now: datetime) -> None:
    if facts is None:
        return
    trail.record(
        action,
        at=now,
        outcome=outcome,
        pooling_area=facts.pooling_area,
        unit_code=facts.unit_code,
        object_kind="person",
        object_key=facts.person_no,
    )

"""What is still open of somebody whose relation ends, and what was refused meanwhile (未结事项; ENR-21, ENR-24).

Chapters above register who knows; enrolment asks and imports none of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from tongchou.enrolment.models import Person
from tongchou.wire import queries as wire


@dataclass(frozen=True, slots=True)
class Matter:
    """One stay, filing, debt or refusal, in words (事项)."""

    what: str
    reference: str
    on: date
    words: str = ""
    institution_code: str = ""


OpenOf = Callable[[int, date], Iterable[Matter]]
"""Of a person on a day: what is open (未结事项)."""
RefusedOf = Callable[[int, date, date], Iterable[Matter]]
"""Of a person on the days `[since, until)`: care refused, or settled without the funds (被拒就医)."""

_open: Final[list[OpenOf]] = []
_refused: Final[list[RefusedOf]] = []


def tell_open(source: OpenOf) -> OpenOf:
    """Let a chapter tell what is open of a person (登记)."""
    if source not in _open:
        _open.append(source)
    return source


def tell_refused(source: RefusedOf) -> RefusedOf:
    """Let a chapter tell what was refused to a person (登记)."""
    if source not in _refused:
        _refused.append(source)
    return source


def open_of(person_id: int, on: date) -> list[Matter]:
    """Everything open of a person, the oldest first (未结事项)."""
    return sorted((one for source in _open for one in source(person_id, on)), key=lambda one: (one.on, one.reference))


def refused_messages(person_id: int, since: date, until: date) -> Iterator[Matter]:
    """What the wire refused to a person: registrations, settlements, eligibility checks denied (接口拒绝)."""
    person_no = Person.objects.values_list("person_no", flat=True).get(pk=person_id)
    start, end = (timezone.make_aware(datetime.combine(day, time())) for day in (since, until + timedelta(days=1)))
    for one in wire.refusals_of_person(person_no, start, end):
        day = timezone.localdate(one.received_at)
        yield Matter("接口拒绝" + one.infno, one.reply_no, day, one.reason, one.institution_code)


def refused_of(person_id: int, since: date, until: date) -> list[Matter]:
    """Everything refused to a person on these days, the oldest first (被拒就医)."""
    sources: list[RefusedOf] = [refused_messages, *_refused]
    found = (one for source in sources for one in source(person_id, since, until))
    return sorted(found, key=lambda one: (one.on, one.reference))

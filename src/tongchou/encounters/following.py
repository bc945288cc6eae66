"""What the end of a relation means for care filed and care under way (关系终止与备案; JL2019 §10; ENR-23, ENR-24)."""

from collections.abc import Iterator
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.encounters import events
from tongchou.encounters.models import Encounter, Filing
from tongchou.encounters.states import STAYS, EncounterState, FilingKind
from tongchou.enrolment import events as enrolment
from tongchou.enrolment.endings import matters
from tongchou.enrolment.endings.matters import Matter
from tongchou.enrolment.transfers import hindrances
from tongchou.institutions import queries as institutions
from tongchou.platform import trail
from tongchou.platform.events import publish, subscribe
from tongchou.wire.numbers import wire_id


@subscribe(enrolment.EnrolmentTerminated)
def terminated(event: enrolment.EnrolmentTerminated) -> None:
    """备案自动结束 (ENR-23): from the day the relation ends no filing holds; one not begun yet counts as never made."""
    if event.ending_id is None or event.at is None:
        return
    live = Filing.objects.select_for_update(of=("self",)).filter(
        person_id=event.person_id, cancelled_at=None, valid_until__gt=event.terminated_on
    )
    for filing in live.order_by("id"):
        filing.ended_by, filing.was_until = event.ending_id, filing.valid_until
        filing.closing_reason = f"参保关系终止:{event.reason}"[:200]
        if filing.valid_from < event.terminated_on:
            filing.valid_until = event.terminated_on
        else:
            filing.cancelled_at = event.at
        filing.version += 1
        filing.save()
        _note("end_filing_with_relation", filing, event)


@subscribe(enrolment.EndingUndone)
def undone(event: enrolment.EndingUndone) -> None:
    """备案恢复 (ENR-24): what the ending closed holds again, unless another filing has taken its place."""
    closed = Filing.objects.select_for_update(of=("self",)).filter(person_id=event.person_id, ended_by=event.ending_id)
    for filing in closed.order_by("id"):
        filing.valid_until = filing.was_until or filing.valid_until
        filing.cancelled_at, filing.closing_reason = None, ""
        filing.ended_by = filing.was_until = None
        filing.version += 1
        try:
            with transaction.atomic():
                filing.save()
        except IntegrityError:  # the other one stands; this one stays closed, and its page says why
            continue
        _note("reopen_filing", filing, event)


def _note(action: str, filing: Filing, event: enrolment.EnrolmentTerminated | enrolment.EndingUndone) -> None:
    assert event.at is not None
    trail.record(
        f"encounters.{action}",
        at=event.at,
        pooling_area=filing.pooling_area,
        object_kind="filing",
        object_key=filing.pk,
        detail={"ending": event.ending_id, "until": filing.valid_until.isoformat()},
    )
    publish(events.FilingChanged(filing.person_id, filing.pooling_area, min(filing.valid_until, filing.valid_from)))


@matters.tell_open
def open_care(person_id: int, on: date) -> Iterator[Matter]:
    """Stays and visits not settled, and filings that hold (在院、未结算就诊、有效备案)."""
    unsettled = (EncounterState.OPEN, EncounterState.DISCHARGED)
    for one in Encounter.objects.filter(person_id=person_id, state__in=unsettled).order_by("-id")[:20]:
        what = "在院" if one.state == EncounterState.OPEN else "未结算就诊"
        day = timezone.localdate(one.began_at)
        yield Matter(what, wire_id(one.pooling_area, one.id), day, institution_code=one.institution_code)
    for filing in Filing.objects.filter(person_id=person_id, cancelled_at=None, valid_until__gt=on).order_by("id"):
        yield Matter(f"{FilingKind(filing.kind).label}备案", str(filing.pk), filing.valid_from)


def in_hospital(person_id: int, on: date) -> str:
    """在院 (GX2017 §70): where the person is admitted and since when; empty for nobody in hospital."""
    stays = Encounter.objects.filter(person_id=person_id, kind__in=sorted(STAYS), state=EncounterState.OPEN)
    one = stays.first()
    if one is None:
        return ""
    known = institutions.known(one.institution_code)
    where = known.name if known else one.institution_code
    return f"正在{where}住院({timezone.localdate(one.began_at)}起)"


hindrances.register(hindrances.IN_HOSPITAL, in_hospital)


@matters.tell_refused
def unpaid_care(person_id: int, since: date, until: date) -> Iterator[Matter]:
    """Visits and stays of those days that stand unsettled: the funds have paid nothing for them (未结算就诊)."""
    found = Encounter.objects.filter(
        person_id=person_id,
        state__in=(EncounterState.OPEN, EncounterState.DISCHARGED),
        began_at__date__gte=since,
        began_at__date__lte=until,
    )
    for one in found.order_by("id"):
        day = timezone.localdate(one.began_at)
        yield Matter("未结算就诊", wire_id(one.pooling_area, one.id), day, "", one.institution_code)

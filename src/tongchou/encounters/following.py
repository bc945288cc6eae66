"""What the end of a relation means for care filed and care under way (关系终止与备案; JL2019 §10; ENR-23, ENR-24)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.catalogue import queries as catalogue
from tongchou.encounters import events
from tongchou.encounters.models import Encounter, Filing
from tongchou.encounters.states import STAYS, EncounterState, FilingKind
from tongchou.enrolment import events as enrolment
from tongchou.enrolment.endings import matters
from tongchou.enrolment.endings.matters import Matter
from tongchou.enrolment.transfers import hindrances, sources
from tongchou.institutions import queries as institutions
from tongchou.platform import trail
from tongchou.platform.events import publish, subscribe
from tongchou.wire.numbers import wire_id


@subscribe(enrolment.EnrolmentTerminated)
def terminated(event: enrolment.EnrolmentTerminated) -> None:
    """备案自动结束 (ENR-23, ENR-26): from the day the relation ends, or is left by a transfer, no filing holds; one not
    begun yet counts as never made.
    """
    if event.at is None or (event.ending_id is None and event.transfer_id is None):
        return
    live = Filing.objects.select_for_update(of=("self",)).filter(
        person_id=event.person_id, cancelled_at=None, valid_until__gt=event.terminated_on
    )
    for filing in live.order_by("id"):
        filing.ended_by, filing.left_by, filing.was_until = event.ending_id, event.transfer_id, filing.valid_until
        _end(filing, event.terminated_on, f"参保关系终止:{event.reason}", event.at)
        filing.save()
        _note("end_filing_with_relation", filing, event.at, ending=event.ending_id, transfer=event.transfer_id)


def _end(filing: Filing, on: date, reason: str, at: datetime) -> None:
    filing.closing_reason = reason[:200]
    if filing.valid_from < on:
        filing.valid_until = on
    else:
        filing.cancelled_at = at
    filing.version += 1


@subscribe(enrolment.EndingUndone)
def undone(event: enrolment.EndingUndone) -> None:
    """备案恢复 (ENR-24): what the ending closed holds again, unless another filing has taken its place."""
    closed = Filing.objects.select_for_update(of=("self",)).filter(person_id=event.person_id, ended_by=event.ending_id)
    for filing in closed.order_by("id"):
        _hold_again(filing)
        _keep(filing, event.at, ending=event.ending_id)


@subscribe(enrolment.TransferUndone)
def given_back(event: enrolment.TransferUndone) -> None:
    """备案恢复 (ENR-28): what the transfer closed holds again, as long as the relation goes on; cut by a death, it is
    that ending's, so that its correction brings back the rest.
    """
    closed = Filing.objects.select_for_update(of=("self",)).filter(person_id=event.person_id, left_by=event.transfer_id)
    for filing in closed.order_by("id"):
        _hold_again(filing)
        if event.until is not None and event.until < filing.valid_until:
            if event.ending_id is not None:
                filing.ended_by, filing.was_until = event.ending_id, filing.valid_until
            _end(filing, event.until, "参保关系终止", event.at)
        _keep(filing, event.at, transfer=event.transfer_id)


def _hold_again(filing: Filing) -> None:
    filing.valid_until = filing.was_until or filing.valid_until
    filing.cancelled_at, filing.closing_reason = None, ""
    filing.ended_by = filing.left_by = filing.was_until = None
    filing.version += 1


def _keep(filing: Filing, at: datetime, **because: int) -> None:
    try:
        with transaction.atomic():
            filing.save()
    except IntegrityError:  # the other one stands; this one stays closed, and its page says why
        return
    _note("reopen_filing", filing, at, **because)


def _note(action: str, filing: Filing, at: datetime, **because: int | None) -> None:
    trail.record(
        f"encounters.{action}",
        at=at,
        pooling_area=filing.pooling_area,
        object_kind="filing",
        object_key=filing.pk,
        detail={**{what: key for what, key in because.items() if key}, "until": filing.valid_until.isoformat()},
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


def filed(person_id: int, on: date) -> list[str]:
    """在办备案 of the day, for the certificate of a transfer (转移凭证; ENR-26)."""
    holding = Filing.objects.filter(person_id=person_id, cancelled_at=None, valid_from__lte=on, valid_until__gt=on)
    found = list(holding.order_by("id"))
    names = {
        area: catalogue.disease_names(area, {one.disease_code for one in found if one.disease_code})
        for area in {one.pooling_area for one in found}
    }
    return [_in_words(one, names[one.pooling_area]) for one in found]


def _in_words(filing: Filing, names: Mapping[str, str]) -> str:
    kind, code = FilingKind(filing.kind).label, filing.disease_code
    return f"{kind}:{names.get(code, code)}" if code else str(kind)


sources.register_filings(filed)


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

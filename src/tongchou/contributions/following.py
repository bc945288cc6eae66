"""What enrolment tells, and what it changes in what is owed (参保变动与应缴)."""

from datetime import date

from django.db.models import Max, Min, Q
from django.utils import timezone

from tongchou.contributions import receivables, rules, transferred
from tongchou.contributions.models import Contribution, Receivable
from tongchou.contributions.states import OPEN_RECEIVABLES, ReceivableState
from tongchou.enrolment import events
from tongchou.enrolment.transfers import hindrances, sources
from tongchou.enrolment.transfers.sources import PaidYear
from tongchou.kernel.money import yuan_text
from tongchou.platform.events import subscribe


def follow() -> None:
    """Subscribe, once, when the applications are ready."""
    subscribe(events.PersonEnrolled)(_enrolled)
    subscribe(events.EnrolmentSuspended)(_suspended)
    subscribe(events.EnrolmentResumed)(_resumed)
    subscribe(events.EnrolmentTerminated)(_terminated)
    subscribe(events.EndingUndone)(_undone)
    subscribe(events.RosterTakenIn)(_roster)
    subscribe(events.CategoryChanged)(_recategorised)
    subscribe(events.ParticularsChanged)(_changed)
    subscribe(events.TransferredIn)(_transferred)
    sources.register_paid_years(paid_years)
    hindrances.register(hindrances.OWING, owing)


def _enrolled(event: events.PersonEnrolled) -> None:
    receivables.owe_from(event.person_id, event.enrolled_from)


def _suspended(event: events.EnrolmentSuspended) -> None:
    receivables.owe_nothing_while_suspended(timezone.localdate(event.at), [event.person_id])


def _resumed(event: events.EnrolmentResumed) -> None:
    receivables.owe_from(event.person_id, event.resumed_on)


def _terminated(event: events.EnrolmentTerminated) -> None:
    receivables.owe_no_more(event.person_id, event.terminated_on)


def _undone(event: events.EndingUndone) -> None:
    receivables.owe_from(event.person_id, event.since)


def _roster(event: events.RosterTakenIn) -> None:
    receivables.owe_after_roster(event.pooling_area)


def _recategorised(event: events.CategoryChanged) -> None:
    receivables.reprice_person(event.person_id, event.since)


def _changed(event: events.ParticularsChanged) -> None:
    if "unit_code" in event.particulars:
        receivables.follow_unit(event.person_id)


def paid_years(person_id: int) -> list[PaidYear]:
    """缴费年度 of a person, for the certificate of a transfer (GX2017 §16, 17)."""
    holds = Q(spans__withdrawn_at=None)
    found = Contribution.objects.filter(person_id=person_id, voided_at=None).annotate(
        covered_from=Min("spans__covered_from", filter=holds), covered_until=Max("spans__covered_until", filter=holds)
    )
    columns = ("benefit_year", "amount_fen", "paid_in_full_on", "covered_from", "covered_until")
    return [PaidYear(rules.RESIDENT, *row) for row in found.order_by("-benefit_year", "-id").values_list(*columns)]


def owing(person_id: int, on: date) -> str:
    """本年度未缴费 (GX2017 §22): the year of the day stands open; empty when it is paid or nobody owes it."""
    still = Receivable.objects.filter(person_id=person_id, scheme=rules.RESIDENT, benefit_year=on.year)
    one = still.filter(state__in=(*OPEN_RECEIVABLES, ReceivableState.SENT)).first()
    if one is None:
        return ""
    return f"{one.benefit_year}年度居民医保费{yuan_text(one.amount_fen - one.aided_fen)}元还没有缴"


def _transferred(event: events.TransferredIn) -> None:
    """转入办结 (`transfer.year_recognition`; ENR-26): the paid year counts on, or ends with the old relation."""
    if event.scheme != event.from_scheme:
        return
    if not event.recognises_paid_year:
        transferred.end_coverage(event.person_id, event.since)
        return
    transferred.recognise(event)

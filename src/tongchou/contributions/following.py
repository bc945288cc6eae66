"""What enrolment tells, and what it changes in what is owed (参保变动与应缴)."""

from tongchou.contributions import receivables
from tongchou.enrolment import events
from tongchou.platform.events import subscribe


def follow() -> None:
    """Subscribe, once, when the applications are ready."""
    subscribe(events.PersonEnrolled)(_enrolled)
    subscribe(events.EnrolmentResumed)(_resumed)
    subscribe(events.EnrolmentTerminated)(_terminated)
    subscribe(events.EndingUndone)(_undone)
    subscribe(events.RosterTakenIn)(_roster)


def _enrolled(event: events.PersonEnrolled) -> None:
    receivables.owe_from(event.person_id, event.enrolled_from)


def _resumed(event: events.EnrolmentResumed) -> None:
    receivables.owe_from(event.person_id, event.resumed_on)


def _terminated(event: events.EnrolmentTerminated) -> None:
    receivables.owe_no_more(event.person_id, event.terminated_on)


def _undone(event: events.EndingUndone) -> None:
    receivables.owe_from(event.person_id, event.since)


def _roster(event: events.RosterTakenIn) -> None:
    receivables.owe_after_roster(event.pooling_area)

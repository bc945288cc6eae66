"""What a payment does to aid that has arrived (资助已使用), and the end of a payment (decision 0419)."""

from tongchou.contributions import events
from tongchou.contributions.aid import arrivals
from tongchou.platform.events import subscribe


def follow() -> None:
    """Subscribe, once, when the applications are ready."""
    subscribe(events.ContributionRecorded)(_one)
    subscribe(events.ContributionsReceived)(_many)
    subscribe(events.ContributionCorrected)(_gone)
    subscribe(events.ContributionMoved)(_gone)
    subscribe(events.ContributionsWithdrawn)(_many_gone)


def _one(event: events.ContributionRecorded) -> None:
    arrivals.year_paid(event.person_id, event.benefit_year)


def _many(event: events.ContributionsReceived) -> None:
    arrivals.years_paid(event.batch_id, event.first_id)


def _gone(event: events.ContributionCorrected | events.ContributionMoved) -> None:
    arrivals.years_unpaid([event.voided_id])


def _many_gone(event: events.ContributionsWithdrawn) -> None:
    arrivals.years_unpaid(event.voided_ids)

"""Years paid for elsewhere, after a transfer (`transfer.year_recognition`; GX2017 §16; ENR-26)."""

from datetime import date
from typing import Final

from django.db.models import Q
from django.utils import timezone

from tongchou.contributions import rules
from tongchou.contributions.models import CoverageSpan, Receivable
from tongchou.contributions.states import OPEN_RECEIVABLES, ReceivableState
from tongchou.enrolment import events

RECOGNISED: Final = "GX2017 §16(承认转出地缴费年度)"
ENDED: Final = "GX2017 §16(转入地不承认转出地缴费年度)"
PAID_ELSEWHERE: Final = "paid_elsewhere"


def recognise(event: events.TransferredIn) -> None:
    """承认已缴年度: days paid for in another house are covered from the transfer on; nothing is owed twice."""
    now = timezone.now()
    for scheme, year, _fen, paid_on, _first, until in event.paid:
        if scheme != rules.RESIDENT or until is None or until <= event.since:
            continue
        first = max(event.since, date(year, 1, 1))
        if _held(event.person_id, first, until):
            continue
        CoverageSpan.objects.create(
            person_id=event.person_id,
            pooling_area_id=event.to_area,
            scheme=rules.RESIDENT,
            benefit_year=year,
            covered_from=first,
            covered_until=until,
            rule=RECOGNISED,
            paid_on=paid_on,
            created_at=now,
        )
        Receivable.objects.filter(person_id=event.person_id, benefit_year=year, state__in=OPEN_RECEIVABLES).update(
            state=ReceivableState.VOID, reason=PAID_ELSEWHERE
        )


def _held(person_id: int, first: date, until: date) -> bool:
    return CoverageSpan.objects.filter(
        person_id=person_id, withdrawn_at=None, covered_from__lt=until, covered_until__gt=first
    ).exists()


def end_coverage(person_id: int, since: date) -> None:
    """不承认: what was paid elsewhere covers the days until the transfer, and none after."""
    now = timezone.now()
    beyond = CoverageSpan.objects.filter(
        Q(scheme=rules.RESIDENT), person_id=person_id, withdrawn_at=None, covered_until__gt=since
    )
    for span in list(beyond.order_by("covered_from")):
        span.withdrawn_at = now
        span.save(update_fields=["withdrawn_at"])
        if span.covered_from < since:
            CoverageSpan.objects.create(
                person_id=person_id,
                pooling_area_id=span.pooling_area_id,
                scheme=span.scheme,
                benefit_year=span.benefit_year,
                covered_from=span.covered_from,
                covered_until=since,
                rule=ENDED,
                contribution_id=span.contribution_id,
                paid_on=span.paid_on,
                created_at=now,
            )

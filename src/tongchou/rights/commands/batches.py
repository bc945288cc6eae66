"""Yearly statements of a whole village (批量出具年度权益单; RIG-11): in the background, a part at a time.

Each part is one transaction and leaves how far it came, so a batch goes on where it stopped.
"""

import logging
import threading
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.utils import timezone

from tongchou.enrolment import history as registration
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.rights import drafting
from tongchou.rights.commands import certificates
from tongchou.rights.drafting import FIRST_YEAR, NothingToProve, YearUnfit
from tongchou.rights.models import Certificate, CertificateBatch, CertificatePrint
from tongchou.rights.states import CertificateKind, Way

PART: Final = 50
LEFT_BEHIND: Final = timedelta(minutes=1)
"""A batch without progress for so long lost its process."""

log = logging.getLogger(__name__)


class BatchUnknown(DomainError):
    code = "RI-0601"
    message = "没有编号为{number}的批量出具"
    citation = "GX2017 §19"


class NobodyInUnit(DomainError):
    code = "RI-0602"
    message = "{unit}没有参保人"
    citation = "GX2017 §19"


@transaction.atomic(durable=True)
def start_batch(*, unit_code: str, year: int, operator: platform.Operator, now: datetime) -> CertificateBatch:
    """批量出具年度权益单 of a unit (RIG-11). One that runs already is answered itself.

    Raises: YearUnfit, NobodyInUnit, NoPermission, OutOfScope.
    """
    checks.check_in_scope(operator, "rights.issue", unit_code, now, object_kind="org_unit", object_key=unit_code)
    this_year = timezone.localdate(now).year
    if not FIRST_YEAR <= year <= this_year:
        raise YearUnfit(year=year, first=FIRST_YEAR, last=this_year)
    total = registration.count_of_unit(unit_code)
    if not total:
        raise NobodyInUnit(unit=platform.unit_name(unit_code, timezone.localdate(now)))
    wanted = {"unit_code": unit_code, "kind": CertificateKind.STATEMENT, "year": year}
    running = CertificateBatch.objects.filter(**wanted, finished_at=None, cancelled_at=None)
    if (known := running.first()) is not None:
        return known
    try:
        with transaction.atomic():
            made = CertificateBatch.objects.create(
                **wanted,
                pooling_area=platform.area_of_unit(unit_code) or unit_code[:6],
                total=total,
                started_at=now,
                worked_at=now,
                staff_code=operator.staff_code,
            )
    except IntegrityError:  # started by somebody else a moment ago
        return running.get()
    trail.record(
        "rights.start_batch",
        at=now,
        operator=operator,
        pooling_area=made.pooling_area,
        unit_code=unit_code,
        object_kind="org_unit",
        object_key=unit_code,
        detail={"year": year, "persons": total},
    )
    return made


@transaction.atomic(durable=True)
def work_on_batch(batch_id: int, *, now: datetime) -> bool:
    """The next part of a batch (续办). False when there is nothing left to do, or another process is at it."""
    found = CertificateBatch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, finished_at=None)
    batch = found.filter(cancelled_at=None).first()
    if batch is None:
        return False
    operator = platform.operator_by_staff_code(batch.staff_code)
    today = timezone.localdate(now)
    persons = registration.persons_of_unit(batch.unit_code, after=batch.last_person, limit=PART)
    agency = platform.agency_name(batch.unit_code, today)
    for person_id in persons:
        facts = enrolment.facts(person_id, today)
        assert facts is not None
        try:
            drafted = drafting.statement(facts, batch.year, today)
        except NothingToProve:
            continue
        made = certificates.keep(drafted, operator=operator, way=Way.COUNTER, now=now, agency=agency)
        batch.certificates.append(made.pk)
    batch.done = min(batch.total, batch.done + len(persons))
    batch.worked_at = now
    if persons:
        batch.last_person = persons[-1]
    if len(persons) < PART:
        batch.finished_at, batch.done = now, batch.total
    batch.save()
    return batch.finished_at is None


@transaction.atomic(durable=True)
def cancel_batch(batch_id: int, *, operator: platform.Operator, now: datetime) -> CertificateBatch:
    """取消批量出具: what was issued stays. Raises: BatchUnknown, NoPermission, OutOfScope."""
    batch = CertificateBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise BatchUnknown(number=batch_id)
    checks.check_in_scope(operator, "rights.issue", batch.unit_code, now, object_kind="org_unit")
    if batch.finished_at is None and batch.cancelled_at is None:
        batch.cancelled_at = now
        batch.save(update_fields=["cancelled_at"])
    return batch


@transaction.atomic(durable=True)
def print_batch(
    batch_id: int, *, start: int, size: int, operator: platform.Operator, now: datetime
) -> list[tuple[Certificate, int]]:
    """打印一部分: the certificates from `start` on, each with which copy this is. Withdrawn ones are left out.

    Raises: BatchUnknown, NoPermission, OutOfScope.
    """
    batch = CertificateBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise BatchUnknown(number=batch_id)
    checks.check_in_scope(operator, "rights.issue", batch.unit_code, now, object_kind="org_unit")
    wanted = batch.certificates[start : start + size]
    rows = Certificate.objects.select_for_update(of=("self",)).filter(pk__in=wanted, withdrawn_at=None).order_by("id")
    listed = list(rows)
    copies = dict(Certificate.objects.filter(pk__in=wanted).annotate(n=Count("prints")).values_list("pk", "n"))
    CertificatePrint.objects.bulk_create(
        CertificatePrint(
            certificate=one,
            print_no=copies[one.pk] + 1,
            printed_at=now,
            printed_by=operator.staff_code,
            way=Way.COUNTER,
        )
        for one in listed
    )
    trail.record(
        "rights.print_batch",
        at=now,
        operator=operator,
        pooling_area=batch.pooling_area,
        unit_code=batch.unit_code,
        object_kind="org_unit",
        object_key=batch.unit_code,
        detail={"batch": batch_id, "from": start, "papers": len(listed)},
    )
    return [(one, copies[one.pk] + 1) for one in listed]


def start_working(batch_id: int) -> threading.Thread:
    """Work on a batch in a thread of this process, with its own database connection (后台办理)."""

    def run() -> None:
        try:
            while work_on_batch(batch_id, now=timezone.now()):
                pass
        except Exception:
            log.exception("batch %s stopped; the clock's work goes on with it", batch_id)
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=f"certificates-{batch_id}", daemon=True)
    thread.start()
    return thread


def go_on(now: datetime) -> int:
    """续办: batches whose process is gone; the clock's work. Returns how many."""
    left = CertificateBatch.objects.filter(finished_at=None, cancelled_at=None, worked_at__lt=now - LEFT_BEHIND)
    ids = list(left.values_list("pk", flat=True))
    for batch_id in ids:
        while work_on_batch(batch_id, now=now):
            pass
    return len(ids)

"""转交清单 (GX2017 §7(二)2; ENR-06): a village hands its signed forms to the town in one numbered batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongchou.cases import commands as cases
from tongchou.cases import queries as case_queries
from tongchou.cases.states import Decision
from tongchou.enrolment.models import ForwardedForm, ForwardingBatch
from tongchou.enrolment.registration.kind import CODE
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import numbering, trail
from tongchou.platform import queries as platform
from tongchou.platform.queries import Operator
from tongchou.platform.scope import Scope

COLLECT: Final = "enrolment.collect"
BATCHES: Final = numbering.Series("forwarding", name="转交清单", mark="ZJ", width=5)
MOST_AT_ONCE: Final = 200


class NothingChosen(DomainError):
    code = "EN-2011"
    message = "须选择要转交的登记表,每批最多{most}件"
    citation = "GX2017 §7(二)"


class NotForThisBatch(DomainError):
    code = "EN-2012"
    message = "受理号{number}不是{unit}已签署、待转交的登记表,整批未转交"
    citation = "GX2017 §7(二)"


class NoTown(DomainError):
    code = "EN-2013"
    message = "{unit}没有上级乡镇(街道)服务机构,不能转交"
    citation = "GX2017 §6"


@transaction.atomic(durable=True)
def forward_forms(
    *, unit_code: str, chosen: Sequence[tuple[str, int]], request_id: str, operator: Operator, now: datetime
) -> ForwardingBatch:
    """转交 (ENR-06): the chosen forms, by number and version, go to the town as one batch, or none of them does.

    Repeating a request_id returns the first batch. Raises: NothingChosen, NotForThisBatch, NoTown, what a decision
    raises, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, COLLECT, unit_code, now, object_kind="org_unit", object_key=unit_code)
    if earlier := _answered(operator, request_id):
        return earlier
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise NothingChosen(most=MOST_AT_ONCE)
    unit = platform.unit(unit_code)
    if unit is None or unit.parent_id is None:
        raise NoTown(unit=unit.name if unit else unit_code)
    ready = {case.number: case for case in case_queries.waiting_at(CODE, "forward", unit_code)}
    for number, _version in chosen:
        if number not in ready:
            raise NotForThisBatch(number=number[:40], unit=unit.name)
    try:
        with transaction.atomic():
            batch = ForwardingBatch.objects.create(
                number=numbering.next_written(BATCHES, area=unit_code, year=timezone.localdate(now).year),
                unit_code=unit_code,
                to_unit_code=unit.parent_id,
                pooling_area=unit.pooling_area_id or "",
                forms=len(chosen),
                persons=sum(len(ready[number].rows) for number, _version in chosen),
                forwarded_by_id=operator.pk,
                forwarded_at=now,
                request_id=request_id,
            )
    except IntegrityError:
        earlier = _answered(operator, request_id)
        assert earlier is not None
        return earlier
    for position, (number, version) in enumerate(sorted(chosen), start=1):
        case = cases.decided(
            number=number,
            version=version,
            decision=Decision.AGREE,
            opinion=f"转交清单{batch.number}第{position}件",
            operator=operator,
            now=now,
        )
        ForwardedForm.objects.create(
            batch=batch,
            position=position,
            case_number=number,
            subject_name=case.subject_name,
            household_no=case.subject_key,
            persons=len(case.rows),
        )
    trail.record(
        "enrolment.forward_forms",
        at=now,
        operator=operator,
        pooling_area=batch.pooling_area,
        unit_code=unit_code,
        object_kind="forwarding",
        object_key=batch.number,
        detail={"forms": batch.forms, "persons": batch.persons, "to": batch.to_unit_code},
    )
    return batch


def _answered(operator: Operator, request_id: str) -> ForwardingBatch | None:
    return ForwardingBatch.objects.filter(forwarded_by_id=operator.pk, request_id=request_id).first()


@dataclass(frozen=True, slots=True)
class Line:
    """One form of a batch, with what became of it since."""

    form: ForwardedForm
    standing: "case_queries.Glance | None"


def batches(scope: Scope, *, unit_code: str = "") -> QuerySet[ForwardingBatch]:
    """Batches of the villages inside the scope, or of one of them (转交清单)."""
    found = ForwardingBatch.objects.filter(scope.q("unit_code", "pooling_area"))
    return found.filter(unit_code=unit_code) if unit_code else found


def batch_of(number: str) -> ForwardingBatch | None:
    """The batch of that number."""
    return ForwardingBatch.objects.select_related("forwarded_by").filter(number=number).first()


def lines_of(batch: ForwardingBatch) -> list[Line]:
    """The forms on the list, in its order, as they stand now."""
    items = list(batch.items.order_by("position"))
    standing = case_queries.glances([item.case_number for item in items])
    return [Line(item, standing.get(item.case_number)) for item in items]

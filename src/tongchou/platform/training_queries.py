"""What may be asked about training (业务培训查询; QA2018 三.4; ORG-14)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tongchou.platform.models import (
    Operator,
    PostConfirmation,
    PostHolding,
    PostTraining,
    TrainingCourse,
    TrainingRecord,
)
from tongchou.platform.scope import Scope
from tongchou.platform.states import ConfirmationState, TrainingResult

ENDING_DAYS: Final = 60
"""How many days before its end a result is listed as expiring (decision 0211)."""
VALID, ENDING, ENDED, FAILED = "valid", "ending", "ended", "failed"


def courses() -> list[TrainingCourse]:
    """Every course (培训课程)."""
    return list(TrainingCourse.objects.all())


def requirements(on: date) -> list[PostTraining]:
    """Which posts ask for which courses that day (岗位培训要求)."""
    found = PostTraining.objects.in_force(on).select_related("post", "course", "set_by")
    return list(found.order_by("post__rank", "course_id"))


def missing_courses(operator: Operator, post_code: str, on: date) -> list[TrainingCourse]:
    """The courses a post asks for that day and of which the person has no valid result (未达要求的课程).

    By person, whatever account the result was recorded for.
    """
    asked = PostTraining.objects.in_force(on).filter(post=post_code).values_list("course", flat=True)
    had = _valid(on).filter(operator__citizen_id=operator.citizen_id, course__in=asked)
    return list(TrainingCourse.objects.filter(pk__in=asked).exclude(pk__in=had.values("course")))


def records_of(operator: Operator) -> list[TrainingRecord]:
    """Everything recorded of the operator, the newest first (培训记录)."""
    found = TrainingRecord.objects.filter(operator=operator).select_related("course", "recorded_by", "voided_by")
    return list(found.order_by("-held_on", "-id")[:100])


def listed(scope: Scope, criteria: Mapping[str, Any], on: date) -> QuerySet[TrainingRecord]:
    """The records of operators inside the scope that fit the filter (培训记录清单), the voided left out."""
    found = TrainingRecord.objects.filter(scope.q("operator__org_unit_id"), voided_at=None)
    found = found.select_related("operator__org_unit", "course")
    if words := criteria.get("words"):
        found = found.filter(Q(operator__name__startswith=words) | Q(operator__staff_code__startswith=words))
    if course := criteria.get("course"):
        found = found.filter(course=course)
    soon = on + timedelta(days=ENDING_DAYS)
    passed = found.filter(result=TrainingResult.PASSED)
    state = criteria.get("state")
    if state == VALID:
        return passed.filter(Q(valid_until=None) | Q(valid_until__gt=on))
    if state == ENDING:
        return passed.filter(~Exists(_newer()), valid_until__gt=on, valid_until__lte=soon)
    if state == ENDED:
        return passed.filter(~Exists(_newer()), valid_until__lte=on)
    return found.filter(result=TrainingResult.FAILED) if state == FAILED else found


def ending(on: date, days: int = ENDING_DAYS) -> list[TrainingRecord]:
    """Results in service that end within so many days and were not renewed (即将到期的培训结果)."""
    found = TrainingRecord.objects.filter(
        ~Exists(_newer()),
        voided_at=None,
        result=TrainingResult.PASSED,
        valid_until__gt=on,
        valid_until__lte=on + timedelta(days=days),
        operator__left_at=None,
    )
    return list(found.select_related("operator__org_unit", "course").order_by("valid_until", "id"))


def holders_without(on: date) -> list[PostHolding]:
    """Who holds a post that day without the training it asks for (未达培训要求的在岗人员)."""
    has = _valid(on).filter(operator__citizen_id=OuterRef(OuterRef("operator__citizen_id")), course=OuterRef("course"))
    lacking = PostTraining.objects.in_force(on).filter(~Exists(has), post=OuterRef("post"))
    found = PostHolding.objects.in_force(on).filter(Exists(lacking), operator__left_at=None)
    return list(found.select_related("operator__org_unit", "post", "org_unit").order_by("org_unit_id", "id")[:500])


def confirmations(scope: Scope, *, open_only: bool = False) -> list[PostConfirmation]:
    """What waits for a leader, and what was decided, inside the scope (任职确认)."""
    found = PostConfirmation.objects.filter(scope.q("org_unit_id")).select_related(
        "operator", "post", "org_unit", "asked_by", "decided_by"
    )
    if open_only:
        found = found.filter(state=ConfirmationState.ASKED)
    return list(found.order_by(F("decided_at").desc(nulls_first=True), "-id")[:200])


def course_names(codes: Collection[str]) -> dict[str, str]:
    """The names of courses by code (课程名称)."""
    return dict(TrainingCourse.objects.filter(pk__in=codes).values_list("code", "name"))


def _valid(on: date) -> QuerySet[TrainingRecord]:
    """Results that count that day."""
    found = TrainingRecord.objects.filter(voided_at=None, result=TrainingResult.PASSED, held_on__lte=on)
    return found.filter(Q(valid_until=None) | Q(valid_until__gt=on))


def _newer() -> QuerySet[TrainingRecord]:
    """Of the record of an outer query, a passed result of the same course that counts longer."""
    same = TrainingRecord.objects.filter(
        operator=OuterRef("operator"), course=OuterRef("course"), voided_at=None, result=TrainingResult.PASSED
    )
    return same.filter(Q(valid_until=None) | Q(valid_until__gt=OuterRef("valid_until")))

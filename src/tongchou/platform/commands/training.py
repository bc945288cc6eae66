"""Training of operators and posts that ask for it (业务培训; QA2018 三.4; ORG-14). Decision 0211."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import add_months
from tongchou.platform import checks, duties, trail, training_queries
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.commands.operators import OperatorUnknown, record_operator
from tongchou.platform.commands.posts import grant_post, prepare_grant
from tongchou.platform.models import (
    Operator,
    OrgUnit,
    Post,
    PostConfirmation,
    PostHolding,
    PostTraining,
    TrainingCourse,
    TrainingRecord,
)
from tongchou.platform.states import (
    CONFIRMATION_TRANSITIONS,
    ConfirmationState,
    NoticeLevel,
    TrainingLevel,
    TrainingResult,
)


class CourseUnknown(DomainError):
    code = "PL-1020"
    message = "没有培训课程“{course}”"


class CourseFaulty(DomainError):
    code = "PL-1021"
    message = "课程须有代码(字母、数字)和名称,有效月数为1至120"


class HeldInFuture(DomainError):
    code = "PL-1022"
    message = "考核日期{held_on}晚于今日{today}"


class ValidityFaulty(DomainError):
    code = "PL-1023"
    message = "有效期止{until}须不早于考核日期{held_on};不合格的结果没有有效期"


class RecordedAlready(DomainError):
    code = "PL-1024"
    message = "{name}在{held_on}的“{course}”结果已登记"


class RecordVoided(DomainError):
    code = "PL-1025"
    message = "该培训记录已作废"


class VoidReasonMissing(DomainError):
    code = "PL-1026"
    message = "作废培训记录须写明原因"


class NothingMissing(DomainError):
    code = "PL-1027"
    message = "{name}已达到“{post}”的培训要求,可以直接授予"


class AskedAlready(DomainError):
    code = "PL-1028"
    message = "{name}任“{post}”已提请领导确认,请等待"


class ConfirmationDecided(DomainError):
    code = "PL-1029"
    message = "该任职已由{name}决定({state})"


class ReasonMissing(DomainError):
    code = "PL-1030"
    message = "确认或不同意任职须写明理由"
    citation = "QA2018 三.4"


class ConfirmsOwn(DomainError):
    code = "PL-1031"
    message = "提请人和拟任职人员本人不能确认任职"
    citation = "QA2018 三.4"


class OwnTraining(DomainError):
    code = "PL-1032"
    message = "不能登记本人的培训结果"


class RequirementUnknown(DomainError):
    code = "PL-1033"
    message = "没有该岗位培训要求"


@transaction.atomic
def set_training_course(
    *, code: str, name: str, valid_months: int | None, by: Operator, now: datetime
) -> TrainingCourse:
    """维护培训课程. Raises: CourseFaulty, NoPermission."""
    checks.check_permission(by, "training.manage", now)
    code, name = code.strip().upper(), name.strip()
    if not (code.isascii() and code.isalnum() and len(code) <= 20 and name) or not (
        valid_months is None or 0 < valid_months <= 120
    ):
        raise CourseFaulty()
    course, _ = TrainingCourse.objects.update_or_create(
        code=code, defaults={"name": name[:60], "valid_months": valid_months}
    )
    _record("platform.set_training_course", "training_course", code, by, now, name=name, valid_months=valid_months)
    return course


@transaction.atomic
def require_training(*, post_code: str, course_code: str, by: Operator, now: datetime) -> PostTraining:
    """设定岗位培训要求 (`post.requires_training`): from today on; the same again changes nothing.

    Who holds the post already keeps it and is listed. Raises: CourseUnknown, NoPermission.
    """
    checks.check_permission(by, "training.manage", now)
    today = timezone.localdate(now)
    post = Post.objects.select_for_update().get(pk=post_code)
    course = TrainingCourse.objects.filter(pk=course_code).first()
    if course is None:
        raise CourseUnknown(course=course_code)
    standing = PostTraining.objects.in_force(today).filter(post=post, course=course).first()
    if standing is not None:
        return standing
    asked = PostTraining.objects.create(post=post, course=course, valid_from=today, set_by=by, set_at=now)
    _record("platform.require_training", "post", post_code, by, now, course=course_code)
    return asked


@transaction.atomic
def drop_training_requirement(*, requirement_id: int, by: Operator, now: datetime) -> PostTraining:
    """取消岗位培训要求, from today on. Raises: RequirementUnknown, NoPermission."""
    checks.check_permission(by, "training.manage", now)
    asked = PostTraining.objects.select_for_update().filter(pk=requirement_id).first()
    if asked is None:
        raise RequirementUnknown()
    if asked.valid_until is None:
        asked.valid_until = max(asked.valid_from, timezone.localdate(now))
        asked.save(update_fields=["valid_until"])
        _record("platform.drop_training_requirement", "post", asked.post_id, by, now, course=asked.course_id)
    return asked


@transaction.atomic
def record_training(
    *,
    operator_id: int,
    course_code: str,
    level: TrainingLevel,
    held_on: date,
    result: TrainingResult,
    last_day: date | None = None,
    by: Operator,
    now: datetime,
) -> TrainingRecord:
    """登记培训结果 (QA2018 三.4). Without a last day, a passed result counts as long as its course says.

    Raises: OperatorUnknown, CourseUnknown, HeldInFuture, ValidityFaulty, RecordedAlready, OwnTraining, NoPermission,
    OutOfScope.
    """
    operator = Operator.objects.select_for_update(of=("self",)).filter(pk=operator_id).first()
    if operator is None:
        raise OperatorUnknown()
    checks.check_in_scope(by, "training.manage", operator.org_unit_id, now)
    if operator.citizen_id == by.citizen_id:
        raise OwnTraining()
    course = TrainingCourse.objects.filter(pk=course_code).first()
    if course is None:
        raise CourseUnknown(course=course_code)
    today = timezone.localdate(now)
    if held_on > today:
        raise HeldInFuture(held_on=held_on, today=today)
    if last_day is not None and (last_day < held_on or result is TrainingResult.FAILED):
        raise ValidityFaulty(until=last_day, held_on=held_on)
    if TrainingRecord.objects.filter(operator=operator, course=course, held_on=held_on, voided_at=None).exists():
        raise RecordedAlready(name=operator.name, held_on=held_on, course=course.name)
    recorded = TrainingRecord.objects.create(
        operator=operator,
        course=course,
        level=level,
        held_on=held_on,
        result=result,
        valid_until=valid_until(course.valid_months, held_on, result, last_day),
        recorded_by=by,
        recorded_at=now,
    )
    detail = {"course": course_code, "held_on": str(held_on), "result": result.value}
    record_operator("platform.record_training", operator, by=by, now=now, detail=detail)
    return recorded


def valid_until(valid_months: int | None, held_on: date, result: TrainingResult, last_day: date | None) -> date | None:
    """The first day on which a result no longer counts; None for one that counts for good, or never (有效期)."""
    if result is TrainingResult.FAILED:
        return None
    if last_day is not None:
        return last_day + timedelta(days=1)
    return None if valid_months is None else add_months(held_on, valid_months)


@transaction.atomic
def void_training(*, record_id: int, reason: str, by: Operator, now: datetime) -> TrainingRecord:
    """作废培训记录, with a reason; it stays visible.

    Raises: RecordVoided, VoidReasonMissing, NoPermission, OutOfScope.
    """
    found = TrainingRecord.objects.select_for_update(of=("self",)).select_related("operator").get(pk=record_id)
    checks.check_in_scope(by, "training.manage", found.operator.org_unit_id, now)
    if found.voided_at is not None:
        raise RecordVoided()
    if not reason.strip():
        raise VoidReasonMissing()
    found.voided_by, found.voided_at, found.void_reason = by, now, reason.strip()[:200]
    found.save(update_fields=["voided_by", "voided_at", "void_reason"])
    detail = {"course": found.course_id, "held_on": str(found.held_on), "reason": found.void_reason}
    record_operator("platform.void_training", found.operator, by=by, now=now, detail=detail)
    return found


@transaction.atomic
def ask_for_confirmation(
    *,
    operator_id: int,
    post_code: str,
    unit_code: str,
    valid_from: date,
    valid_until: date | None = None,
    by: Operator,
    now: datetime,
) -> PostConfirmation:
    """提请领导确认任职 (ORG-14): a post for somebody without its training; everything else is checked already.

    Raises: NothingMissing, AskedAlready, and what granting the post raises.
    """
    operator, post = prepare_grant(
        operator_id=operator_id,
        post_code=post_code,
        unit_code=unit_code,
        valid_from=valid_from,
        valid_until=valid_until,
        by=by,
        now=now,
    )
    missing = training_queries.missing_courses(operator, post_code, valid_from)
    if not missing:
        raise NothingMissing(name=operator.name, post=post.name)
    waiting = PostConfirmation.objects.filter(
        operator=operator, post=post, org_unit=unit_code, state=ConfirmationState.ASKED
    )
    if waiting.exists():
        raise AskedAlready(name=operator.name, post=post.name)
    asked = PostConfirmation.objects.create(
        operator=operator,
        post=post,
        org_unit_id=unit_code,
        valid_from=valid_from,
        valid_until=valid_until,
        missing=[course.code for course in missing],
        asked_by=by,
        asked_at=now,
    )
    names = "、".join(course.name for course in missing)
    send_notice(
        recipients=_confirmers(asked.org_unit, timezone.localdate(now)),
        level=NoticeLevel.WARNING,
        title=f"{operator.name}拟任“{post.name}”,未达培训要求",
        body=f"由{by.name}提请,缺少有效结果:{names}。请确认或不同意,并写明理由。",
        link="/system/training/confirmations/",
        topic=f"confirmation:{asked.pk}",
        now=now,
    )
    detail = {"post": post_code, "unit": unit_code, "missing": asked.missing}
    record_operator("platform.ask_confirmation", operator, by=by, now=now, detail=detail)
    return asked


@transaction.atomic
def decide_confirmation(
    *, confirmation_id: int, agree: bool, reason: str, by: Operator, now: datetime
) -> PostHolding | None:
    """领导确认任职 (ORG-14): with a reason; agreed, the post is granted as asked. Clicking twice changes nothing.

    Raises: ConfirmationDecided, ReasonMissing, ConfirmsOwn, NoPermission, OutOfScope, and what granting raises.
    """
    asked = (
        PostConfirmation.objects.select_for_update(of=("self",))
        .select_related("operator", "asked_by", "decided_by")
        .get(pk=confirmation_id)
    )
    checks.check_in_scope(by, "posts.confirm", asked.org_unit_id, now)
    state = ConfirmationState.CONFIRMED if agree else ConfirmationState.REFUSED
    if asked.state != ConfirmationState.ASKED:
        if asked.state == state and asked.decided_by_id == by.pk:
            return None
        assert asked.decided_by is not None
        raise ConfirmationDecided(name=asked.decided_by.name, state=ConfirmationState(asked.state).label)
    if by.citizen_id in (asked.operator.citizen_id, asked.asked_by.citizen_id):
        raise ConfirmsOwn()
    if not reason.strip():
        raise ReasonMissing()
    assert (ConfirmationState(asked.state), state) in CONFIRMATION_TRANSITIONS
    asked.state, asked.decided_by, asked.decided_at, asked.reason = state, by, now, reason.strip()[:200]
    asked.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    detail = {"post": asked.post_id, "unit": asked.org_unit_id, "missing": asked.missing, "reason": asked.reason}
    record_operator(f"platform.post_{state.value}", asked.operator, by=by, now=now, detail=detail)
    if not agree:
        return None
    return grant_post(
        operator_id=asked.operator_id,
        post_code=asked.post_id,
        unit_code=asked.org_unit_id,
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
        by=asked.asked_by,
        now=now,
        confirmed_by=by,
    )


def warn_of_ending_training(*, now: datetime) -> int:
    """培训到期提醒: the operator and whoever keeps the records are told once of each result. Returns how many."""
    today, told = timezone.localdate(now), 0
    keepers = duties.giving("training.manage", today)
    for record in training_queries.ending(today):
        path = record.operator.org_unit.path
        ids = [one.operator_id for one in keepers if path.startswith(one.path)]
        told += send_notice(
            recipients=[record.operator, *Operator.objects.filter(pk__in=ids, is_active=True, left_at=None)],
            level=NoticeLevel.WARNING,
            title=f"{record.operator.name}的“{record.course.name}”培训结果将到期",
            body=f"有效期至{record.valid_until - timedelta(days=1)},请及时安排复训。",
            link="/system/training/?state=ending",
            topic=f"training:{record.pk}:{record.valid_until}",
            now=now,
        )
    return told


def _confirmers(unit: OrgUnit, on: date) -> list[Operator]:
    """The leaders nearest above the unit."""
    reach = [one for one in duties.giving("posts.confirm", on) if unit.path.startswith(one.path)]
    nearest = max((len(one.path) for one in reach), default=0)
    ids = [one.operator_id for one in reach if len(one.path) == nearest]
    return list(Operator.objects.filter(pk__in=ids, is_active=True, left_at=None))


def _record(action: str, kind: str, key: str, by: Operator, now: datetime, **detail: Any) -> None:
    trail.record(action, at=now, operator=by, object_kind=kind, object_key=key, detail=detail)

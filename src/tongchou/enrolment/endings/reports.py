"""What becomes of a department's report (人员身份状态信息的办理; JL2019 §10; ENR-22).

Held for objection, then approved by somebody else than who brought it in; the relation ends as of the event. Nothing
ends by the mere passing of days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.commands import steps
from tongchou.enrolment.endings import commands, reasons
from tongchou.enrolment.endings.commands import Ending
from tongchou.enrolment.models import Person, RelationEnding, StatusReport
from tongchou.enrolment.states import (
    REPORT_TRANSITIONS,
    EndingReason,
    EndingSource,
    Informant,
    ReportState,
)
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish

MOST_AT_ONCE = 500


class ReportUnknown(DomainError):
    code = "EN-3031"
    message = "没有编号为{report}的人员状态信息"
    citation = "JL2019 §10"


class ReportMoved(DomainError):
    code = "EN-3032"
    message = "该条信息已被他人办理,请刷新后再办"
    citation = "JL2019 §10"


class NotInThatState(DomainError):
    code = "EN-3033"
    message = "该条信息{state},不能{act}"
    citation = "JL2019 §10"


class StillHeld(DomainError):
    code = "EN-3034"
    message = "异议期至{last_day},还有{days}天,期满后方可核准"
    citation = "JL2019 §10"


class SamePerson(DomainError):
    code = "EN-3035"
    message = "导入或核对名单的人不得核准,请由他人核准"
    citation = "QA2018 三.1"


class NothingChosen(DomainError):
    code = "EN-3036"
    message = "请先选择要核准的人员"


class TooManyChosen(DomainError):
    code = "EN-3037"
    message = "一次最多核准{most}人,现选{count}人"


@dataclass(slots=True)
class Approved:
    """What a bulk approval did: how many ended, and who did not, with the reason in words (批量核准结果)."""

    done: list[int] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def _lock(report_id: int, *, permission: str, operator: platform.Operator, now: datetime) -> StatusReport:
    """Raises: ReportUnknown, NoPermission, OutOfScope."""
    report = StatusReport.objects.select_for_update(of=("self",)).filter(pk=report_id).first()
    if report is None:
        raise ReportUnknown(report=report_id)
    if report.unit_code:
        platform_checks.check_in_scope(
            operator, permission, report.unit_code, now, object_kind="status_report", object_key=report_id
        )
    else:
        platform_checks.check_area_in_scope(operator, permission, report.pooling_area_id, now)
    return report


def _move(report: StatusReport, state: ReportState, act: str) -> None:
    """Raises: NotInThatState."""
    if (ReportState(report.state), state) not in REPORT_TRANSITIONS:
        raise NotInThatState(state=ReportState(report.state).label, act=act)
    report.state = state


def _check_version(report: StatusReport, version: int) -> None:
    """Raises: ReportMoved."""
    if report.version != version:
        raise ReportMoved


def _save(report: StatusReport, action: str, operator: platform.Operator, now: datetime, **detail: object) -> None:
    report.version += 1
    report.save()
    trail.record(
        f"enrolment.{action}",
        at=now,
        operator=operator,
        pooling_area=report.pooling_area_id,
        unit_code=report.unit_code,
        object_kind="status_report",
        object_key=report.pk,
        detail={"person": report.person_id, **detail},
    )


def hold(
    person: Person,
    *,
    informant: Informant,
    reason: EndingReason,
    event_on: date,
    document: str,
    file_id: int,
    reported_by: str,
    now: datetime,
) -> StatusReport:
    """人员身份状态信息 of a known person, held for objection from today; a step of the caller's transaction.

    What waits already is not reported twice.
    """
    waiting = StatusReport.objects.exclude(state__in=(ReportState.DONE, ReportState.DISMISSED)).filter(
        certificate_type=person.certificate_type, certificate_no=person.certificate_no, reason=reason
    )
    if known := waiting.first():
        return known
    held_until = timezone.localdate(now) + timedelta(days=reasons.rules_of(person.pooling_area_id).hold_days)
    report = StatusReport.objects.create(
        pooling_area_id=person.pooling_area_id,
        unit_code=person.unit_code,
        file_id=file_id,
        informant=informant,
        certificate_type=person.certificate_type,
        certificate_no=person.certificate_no,
        name=person.name,
        reason=reason,
        event_on=event_on,
        document=document,
        person=person,
        state=ReportState.HELD,
        held_until=held_until,
        reported_at=now,
        reported_by=reported_by,
    )
    publish(events.StatusReported(person.pk, report.pk, reason, event_on, held_until, now))
    return report


@transaction.atomic(durable=True)
def confirm_match(
    *, report_id: int, version: int, reason: str, operator: platform.Operator, now: datetime
) -> StatusReport:
    """核对为同一人: the names differ and yet it is the person; held for objection from today.

    Raises: ReportUnknown, ReportMoved, NotInThatState, ReasonMissing, NoPermission, OutOfScope.
    """
    report = _lock(report_id, permission="enrolment.change", operator=operator, now=now)
    _check_version(report, version)
    if not reason.strip():
        raise steps.ReasonMissing
    _move(report, ReportState.HELD, "确认为同一人")
    report.held_until = timezone.localdate(now) + timedelta(days=reasons.rules_of(report.pooling_area_id).hold_days)
    report.checked_by, report.problem = operator.staff_code, f"{report.problem};{reason.strip()}"[:200]
    _save(report, "confirm_report", operator, now, reason=reason.strip())
    publish(events.StatusReported(report.person_id, report.pk, report.reason, report.event_on, report.held_until, now))
    return report


@transaction.atomic(durable=True)
def object_to(
    *, report_id: int, version: int, objector: str, objection: str, operator: platform.Operator, now: datetime
) -> StatusReport:
    """提出异议: the person or the family says that it is not so; nothing ends until it is decided.

    Raises: ReportUnknown, ReportMoved, NotInThatState, ReasonMissing, NoPermission, OutOfScope.
    """
    report = _lock(report_id, permission="enrolment.change", operator=operator, now=now)
    _check_version(report, version)
    if not objector.strip() or not objection.strip():
        raise steps.ReasonMissing
    _move(report, ReportState.OBJECTED, "登记异议")
    report.objector, report.objection = objector.strip()[:50], objection.strip()[:300]
    report.objected_at = now
    _save(report, "object_to_report", operator, now, objector=report.objector)
    return report


@transaction.atomic(durable=True)
def overrule(*, report_id: int, version: int, reason: str, operator: platform.Operator, now: datetime) -> StatusReport:
    """异议不成立: the county has looked into it; the report is held anew and may then be approved.

    Raises: ReportUnknown, ReportMoved, NotInThatState, ReasonMissing, NoPermission, OutOfScope.
    """
    report = _lock(report_id, permission="enrolment.review", operator=operator, now=now)
    _check_version(report, version)
    if not reason.strip():
        raise steps.ReasonMissing
    _move(report, ReportState.HELD, "驳回异议")
    report.problem = f"{report.problem};异议不成立:{reason.strip()}".strip(";")[:200]
    _save(report, "overrule_objection", operator, now, reason=reason.strip())
    return report


@transaction.atomic(durable=True)
def dismiss(*, report_id: int, version: int, reason: str, operator: platform.Operator, now: datetime) -> StatusReport:
    """不予办理: a namesake, nobody of ours, or an objection upheld; the relation stays.

    Raises: ReportUnknown, ReportMoved, NotInThatState, ReasonMissing, NoPermission, OutOfScope.
    """
    report = _lock(report_id, permission="enrolment.change", operator=operator, now=now)
    _check_version(report, version)
    if not reason.strip():
        raise steps.ReasonMissing
    _move(report, ReportState.DISMISSED, "不予办理")
    report.closed_at, report.closed_by, report.closing_reason = now, operator.staff_code, reason.strip()[:200]
    _save(report, "dismiss_report", operator, now, reason=reason.strip())
    return report


def approve(*, report_ids: Sequence[int], operator: platform.Operator, now: datetime) -> Approved:
    """批量核准 (JL2019 §10): each in a transaction of its own; who cannot be ended is named with the reason.

    Again, it finds nothing left to do. Raises: NothingChosen, TooManyChosen.
    """
    wanted = sorted(set(report_ids))
    if not wanted:
        raise NothingChosen
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyChosen(most=MOST_AT_ONCE, count=len(wanted))
    result = Approved()
    names = dict(StatusReport.objects.filter(pk__in=wanted).values_list("pk", "name"))
    for report_id in wanted:
        try:
            approve_one(report_id=report_id, operator=operator, now=now)
        except DomainError as refusal:
            result.refused.append((names.get(report_id, str(report_id)), f"{refusal.sentence} {refusal.code}"))
        else:
            result.done.append(report_id)
    return result


@transaction.atomic(durable=True)
def approve_one(*, report_id: int, operator: platform.Operator, now: datetime) -> RelationEnding:
    """核准: the relation ends, or is suspended, as of the event (JL2019 §10; ENR-22).

    Raises: ReportUnknown, NotInThatState, StillHeld, SamePerson, NoPermission, OutOfScope, and what an ending refuses.
    """
    report = _lock(report_id, permission="enrolment.review", operator=operator, now=now)
    today = timezone.localdate(now)
    if report.state != ReportState.HELD or report.held_until is None:
        raise NotInThatState(state=ReportState(report.state).label, act="核准")
    if today < report.held_until:
        raise StillHeld(last_day=report.held_until - timedelta(days=1), days=(report.held_until - today).days)
    _check_second_person(report, operator)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=report.person_id)
    reason = EndingReason(report.reason)
    informant = Informant(report.informant)
    ending = Ending(
        kind=reasons.rules_of(person.pooling_area_id).kind_of(reason),
        reason=reason,
        effective_on=report.event_on,
        source=EndingSource.EMPLOYEE if informant is Informant.EMPLOYEE_AGENCY else EndingSource.DATA,
        evidence=f"{informant.label} {report.document}".strip(),
    )
    report.ending = commands.end_relation(person, ending, operator=operator, now=now, today=today)
    _move(report, ReportState.DONE, "核准")
    report.closed_at, report.closed_by = now, operator.staff_code
    _save(report, "approve_report", operator, now, ending=report.ending.pk)
    return report.ending


def _check_second_person(report: StatusReport, operator: platform.Operator) -> None:
    """By person, not by account (QA2018 三.1). Raises: SamePerson."""
    for staff_code in filter(None, {report.reported_by, report.checked_by}):
        known = platform.operator_by_staff_code(staff_code)
        if known is not None and known.citizen_id == operator.citizen_id:
            raise SamePerson

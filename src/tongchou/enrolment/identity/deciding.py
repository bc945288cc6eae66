"""What becomes of a difference (核查差异的办理; GX2017 §14): one clerk, or two where it says who somebody is."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment.commands import steps
from tongchou.enrolment.commands.changes import ChangeRequest, apply_change
from tongchou.enrolment.identity.models import IdentityFinding
from tongchou.enrolment.identity.states import FINDING_TRANSITIONS, FindingState, Found
from tongchou.enrolment.models import Household, ParticularChange
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

CHANGE, REVIEW = "enrolment.change", "enrolment.review"


class FindingUnknown(DomainError):
    code = "EN-2065"
    message = "没有编号为{finding}的核查明细"
    citation = "JL2019 §7"


class FindingMoved(DomainError):
    code = "EN-2066"
    message = "该条明细已由他人办理,请刷新后再办"
    citation = "GX2017 §5"


class FindingNotReady(DomainError):
    code = "EN-2067"
    message = "该条明细{state},结果为“{found}”,不能{act}"
    citation = "GX2017 §14"


class SamePersonProposed(DomainError):
    code = "EN-2068"
    message = "提出更正的人不得复核,请由他人复核"
    citation = "QA2018 三.1"


class NoHouseholdHere(DomainError):
    code = "EN-2069"
    message = "该参保人没有登记所在户,请先登记所在户,或维持登记并写明原因"
    citation = "GX2017 §14"


@transaction.atomic(durable=True)
def propose(
    *, finding_id: int, version: int, opinion: str, operator: platform.Operator, now: datetime
) -> IdentityFinding:
    """提出更正: name and number as the police say; a second person confirms (GX2017 §14).

    Raises: FindingUnknown, FindingMoved, FindingNotReady, ReasonMissing, NoPermission, OutOfScope.
    """
    finding = _lock(finding_id, version, CHANGE, operator, now)
    if finding.found != Found.CHANGED:
        raise _not_ready(finding, "提出更正")
    _move(finding, FindingState.PROPOSED, "提出更正")
    finding.opinion = _given(opinion)
    finding.proposed_by, finding.proposed_at = operator.staff_code, now
    _save(finding, "propose_correction", operator, now)
    return finding


@transaction.atomic(durable=True)
def confirm(*, finding_id: int, version: int, operator: platform.Operator, now: datetime) -> IdentityFinding:
    """复核更正: the register says what the police say, with old value, new value, reason and evidence.

    Raises: FindingUnknown, FindingMoved, FindingNotReady, SamePersonProposed, NoPermission, OutOfScope, and what a
    change of particulars refuses.
    """
    finding = _lock(finding_id, version, REVIEW, operator, now)
    if finding.state != FindingState.PROPOSED:
        raise _not_ready(finding, "复核更正")
    proposer = platform.operator_by_staff_code(finding.proposed_by)
    if proposer is None or proposer.citizen_id == operator.citizen_id:
        raise SamePersonProposed
    said = {"name": finding.said_name, "certificate_no": finding.said_certificate_no}
    apply_change(
        ChangeRequest(
            person_id=finding.person_id,
            values={name: value for name, value in said.items() if value},
            reason="公安身份核查",
            evidence=f"公安身份核查{finding.check_of_id}-{finding.line_no}",
            effective_on=timezone.localdate(now),
        ),
        permission=REVIEW,
        operator=operator,
        now=now,
    )
    _close(finding, FindingState.DONE, "复核更正", operator, now)
    _save(finding, "confirm_correction", operator, now)
    return finding


@transaction.atomic(durable=True)
def send_back(
    *, finding_id: int, version: int, opinion: str, operator: platform.Operator, now: datetime
) -> IdentityFinding:
    """退回: the second person does not agree; the clerk looks again.

    Raises: FindingUnknown, FindingMoved, FindingNotReady, ReasonMissing, NoPermission, OutOfScope.
    """
    finding = _lock(finding_id, version, REVIEW, operator, now)
    if finding.state != FindingState.PROPOSED:
        raise _not_ready(finding, "退回")
    _move(finding, FindingState.OPEN, "退回")
    finding.opinion, finding.proposed_by, finding.proposed_at = _given(opinion), "", None
    _save(finding, "return_correction", operator, now)
    return finding


@transaction.atomic(durable=True)
def record_move(
    *, finding_id: int, version: int, opinion: str, operator: platform.Operator, now: datetime
) -> IdentityFinding:
    """登记新户籍地址 of the household; one clerk does it, for it changes neither who nor where one is insured.

    Raises: FindingUnknown, FindingMoved, FindingNotReady, ReasonMissing, NoHouseholdHere, NoPermission, OutOfScope.
    """
    finding = _lock(finding_id, version, CHANGE, operator, now)
    if finding.found != Found.MOVED or finding.state != FindingState.OPEN:
        raise _not_ready(finding, "登记新户籍地址")
    person = finding.person
    if person.household_id is None:
        raise NoHouseholdHere
    finding.opinion = _given(opinion)
    household = Household.objects.select_for_update().get(pk=person.household_id)
    ParticularChange.objects.create(
        person=person,
        particular="hukou_address",
        old_value=household.hukou_address,
        new_value=finding.said_address,
        effective_on=finding.event_on or timezone.localdate(now),
        reason=f"公安身份核查:{finding.opinion}"[:200],
        evidence=f"公安身份核查{finding.check_of_id}-{finding.line_no}",
        staff_code=operator.staff_code,
        changed_at=now,
    )
    household.hukou_address = finding.said_address
    household.save(update_fields=["hukou_address"])
    _close(finding, FindingState.DONE, "登记新户籍地址", operator, now)
    _save(finding, "record_household_move", operator, now)
    return finding


@transaction.atomic(durable=True)
def keep(*, finding_id: int, version: int, opinion: str, operator: platform.Operator, now: datetime) -> IdentityFinding:
    """维持登记: the clerk has looked at the original papers; nothing changes, and why is said.

    Raises: FindingUnknown, FindingMoved, FindingNotReady, ReasonMissing, NoPermission, OutOfScope.
    """
    finding = _lock(finding_id, version, CHANGE, operator, now)
    _close(finding, FindingState.DISMISSED, "维持登记", operator, now)
    finding.opinion = _given(opinion)
    _save(finding, "keep_registration", operator, now)
    return finding


def _lock(
    finding_id: int, version: int, permission: str, operator: platform.Operator, now: datetime
) -> IdentityFinding:
    """Raises: FindingUnknown, FindingMoved, NoPermission, OutOfScope."""
    found = IdentityFinding.objects.select_for_update(of=("self",)).select_related("person").filter(pk=finding_id)
    finding = found.first()
    if finding is None:
        raise FindingUnknown(finding=finding_id)
    platform_checks.check_in_scope(
        operator, permission, finding.unit_code, now, object_kind="identity_finding", object_key=finding_id
    )
    if finding.version != version:
        raise FindingMoved
    return finding


def _given(opinion: str) -> str:
    """Raises: ReasonMissing."""
    if not opinion.strip():
        raise steps.ReasonMissing
    return opinion.strip()[:200]


def _not_ready(finding: IdentityFinding, act: str) -> FindingNotReady:
    found = Found(finding.found).label if finding.found else "待反馈"
    return FindingNotReady(state=FindingState(finding.state).label, found=found, act=act)


def _move(finding: IdentityFinding, state: FindingState, act: str) -> None:
    """Raises: FindingNotReady."""
    if (FindingState(finding.state), state) not in FINDING_TRANSITIONS:
        raise _not_ready(finding, act)
    finding.state = state


def _close(finding: IdentityFinding, state: FindingState, act: str, operator: platform.Operator, now: datetime) -> None:
    _move(finding, state, act)
    finding.closed_by, finding.closed_at = operator.staff_code, now


def _save(finding: IdentityFinding, action: str, operator: platform.Operator, now: datetime) -> None:
    finding.version += 1
    finding.save()
    trail.record(
        f"enrolment.{action}",
        at=now,
        operator=operator,
        pooling_area=finding.pooling_area_id,
        unit_code=finding.unit_code,
        object_kind="identity_finding",
        object_key=finding.pk,
        detail={"person": finding.person_id, "found": finding.found},
    )

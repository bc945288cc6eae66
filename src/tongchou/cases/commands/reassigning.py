"""转交 (ORG-08, ORG-13): a leader gives the step at hand to somebody by name, so that nothing stays lying about."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongchou.cases import kinds, queries
from tongchou.cases.commands import steps
from tongchou.cases.commands.deciding import Answer
from tongchou.cases.models import Case
from tongchou.cases.states import Act, CaseState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform.commands import send_notice
from tongchou.platform.events import OperatorLeft, OperatorTransferred, subscribe
from tongchou.platform.queries import Operator
from tongchou.platform.rules import separation_conflicts
from tongchou.platform.states import NoticeLevel


class CannotTake(DomainError):
    code = "CS-1721"
    message = "不能转交给{name}:{reason}"
    citation = "QA2018 三.1"


@transaction.atomic(durable=True)
def reassign_case(
    *, number: str, version: int, to_staff_code: str, reason: str, operator: Operator, now: datetime
) -> Case:
    """转交: the step at hand to a member of staff who sees the case, holds no incompatible post and did no part of it.

    Clicking twice gives the first answer. Raises: CaseUnknown, ChangedMeanwhile, WrongState, CannotTake,
    ReasonMissing, NoPermission, OutOfScope.
    """
    if repeated := steps.clicked_twice(number, version, Act.REASSIGNED, operator):
        return repeated
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    platform_checks.check_in_scope(operator, "cases.reassign", case.unit_code, now)
    steps.check_state(case, CaseState.IN_HAND, act=Act.REASSIGNED.label)
    reason = steps.reason_given(reason, Act.REASSIGNED.label)
    taker = platform.operator_by_staff_code(to_staff_code.strip())
    if taker is None:
        raise CannotTake(name=to_staff_code[:30], reason="没有该工作人员代码")
    _check_may_take(case, taker, now)
    _give(case, taker, reason, acting=steps.Acting(operator), now=now)
    return case


def reassign_each(
    *, chosen: Sequence[tuple[str, int]], to_staff_code: str, reason: str, operator: Operator, now: datetime
) -> list[Answer]:
    """批量转交: each case in its own transaction; what is refused does not hold up the rest."""
    answers = []
    for number, version in chosen:
        try:
            reassign_case(
                number=number, version=version, to_staff_code=to_staff_code, reason=reason, operator=operator, now=now
            )
        except DomainError as refusal:
            answers.append(Answer(number, refusal))
        else:
            answers.append(Answer(number, None))
    return answers


@subscribe(OperatorLeft)
def hand_to_successor(event: OperatorLeft) -> None:
    """离职: what was given to the leaver by name goes on to the successor, or back to the post (ORG-08)."""
    _move_on(event.operator_id, event.successor_id, unit_code="")


@subscribe(OperatorTransferred)
def hand_to_successor_at(event: OperatorTransferred) -> None:
    """调动: as with leaving, for cases of the old unit."""
    _move_on(event.operator_id, event.successor_id, unit_code=event.from_unit_code)


def _move_on(leaver_id: int, successor_id: int, *, unit_code: str) -> None:
    """Each open case with its line in the record; whoever may not take it leaves it to the post."""
    now = timezone.now()
    found = Case.objects.select_for_update(of=("self",)).filter(handler_id=leaver_id).order_by("id")
    successor = Operator.objects.get(pk=successor_id)
    for case in found:
        chain = {unit.code for unit in platform.units_above(case.unit_code)}
        if unit_code and unit_code not in chain:
            continue
        try:
            _check_may_take(case, successor, now)
        except CannotTake:
            case.handler = None
            steps.record(case, Act.REASSIGNED, acting=None, now=now, step=case.step, opinion="原经办人离岗,回到岗位")
        else:
            _give(case, successor, "原经办人离岗", acting=None, now=now)


def _check_may_take(case: Case, taker: Operator, now: datetime) -> None:
    """Raises: CannotTake."""
    today = timezone.localdate(now)
    step = kinds.kind_of(case.kind).step(case.step)
    unit = platform.unit(case.unit_code)
    if not taker.is_active or taker.left_at:
        raise CannotTake(name=taker.name, reason="已停用或离职")
    if unit is None or not platform.scope_of(taker, "cases.view", today).covers(unit.path):
        raise CannotTake(name=taker.name, reason="看不到该业务件所属机构")
    held = {one.post_id for one in platform.holdings_of(taker, today)}
    conflicts = [separation_conflicts(held | {post}, platform.sod_pairs()) for post in step.posts]
    if not held & set(step.posts) and all(conflicts):
        raise CannotTake(name=taker.name, reason=conflicts[0][0].reason)
    if met := steps.step_met(case, step, taker):
        raise CannotTake(name=taker.name, reason=f"已办理本件的“{met}”")


def _give(case: Case, taker: Operator, reason: str, *, acting: steps.Acting | None, now: datetime) -> None:
    case.handler_id = taker.pk
    step = kinds.kind_of(case.kind).step(case.step)
    detail = {"to": taker.staff_code, "reason": reason}
    opinion = f"转交{taker.name}:{reason}"
    steps.record(case, Act.REASSIGNED, acting=acting, now=now, step=case.step, opinion=opinion, detail=detail)
    send_notice(
        recipients=[taker],
        level=NoticeLevel.WARNING,
        title=f"{case.number} 已转交您办理",
        body=f"{kinds.kind_of(case.kind).title} · {case.subject_name},待{step.label}",
        link=f"/cases/{case.number}/",
        topic=f"case-given:{case.pk}:{case.version}",
        now=now,
    )


@transaction.atomic
def tell_leaders_of_unattended(*, now: datetime) -> int:
    """无人办理: nobody holds the post of a step any more; the leaders hear of it, weekly. Returns how many notices."""
    today = timezone.localdate(now)
    week = today.strftime("%G-%V")
    sent = 0
    for kind_code, step_code, unit_code, count in queries.unattended_groups(today):
        kind = kinds.kind_of(kind_code)
        sent += send_notice(
            recipients=platform.holders_of("leader", unit_code, today),
            level=NoticeLevel.URGENT,
            title=f"{count}件业务无人办理:{kind.title}",
            body=f"“{kind.step(step_code).label}”环节没有在岗人员,请授予岗位、委托或转交",
            link="/cases/?view=unattended",
            topic=f"case-unattended:{kind_code}:{step_code}:{unit_code}:{week}",
            now=now,
        )
    return sent

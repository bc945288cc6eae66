"""Decisions on a case (审核、复核、审批、退回、办结、撤回; GX2017 §74; ORG-11, 12, 16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongchou.cases import kinds, rules
from tongchou.cases.commands import evidence, steps
from tongchou.cases.commands.acceptance import check_somebody_at
from tongchou.cases.models import Case
from tongchou.cases.states import OPEN, Act, CaseState, Decision
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import second_factor
from tongchou.platform.queries import Operator


class NoEarlierStep(DomainError):
    code = "CS-1201"
    message = "“{step}”是第一个环节,不能退回;材料不全请告知补正"


class NotFinished(DomainError):
    code = "CS-1202"
    message = "该业务件{state},没有可发放的结果"


class AlreadyHandedOut(DomainError):
    code = "CS-1203"
    message = "结果已由{name}领取"


class ReceiverMissing(DomainError):
    code = "CS-1204"
    message = "须填写领取人姓名"


_ACTS = {Decision.AGREE: Act.AGREED, Decision.RETURN: Act.RETURNED, Decision.REFUSE: Act.REFUSED}


@transaction.atomic(durable=True)
def decide(
    *,
    number: str,
    version: int,
    decision: Decision,
    opinion: str = "",
    second_factor_code: str = "",
    operator: Operator,
    now: datetime,
) -> Case:
    """办理 (GX2017 §74; ORG-16): agree, return to the step before, or refuse, at the step at hand.

    The last agreement brings the effect, once, in the same transaction. Clicking twice gives the first answer.
    Raises: CaseUnknown, ChangedMeanwhile, WrongState, NotYourStep, SamePersonActed, ReasonMissing, NoEarlierStep,
    EvidenceOpen, NobodyAtStep, those of the second factor, NoPermission, OutOfScope, and what the effect refuses.
    """
    return decided(
        number=number,
        version=version,
        decision=decision,
        opinion=opinion,
        second_factor_code=second_factor_code,
        operator=operator,
        now=now,
    )


def decided(
    *,
    number: str,
    version: int,
    decision: Decision,
    opinion: str = "",
    second_factor_code: str = "",
    operator: Operator,
    now: datetime,
) -> Case:
    """办理 as a step of the caller's transaction, such as a batch that goes on as one. Raises: as `decide`."""
    if repeated := steps.clicked_twice(number, version, _ACTS[decision], operator):
        return repeated
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    steps.check_state(case, CaseState.IN_HAND, act=decision.label)
    kind = kinds.kind_of(case.kind)
    step = kind.step(case.step)
    acting = steps.acting_at(case, step, operator=operator, now=now)
    if decision is not Decision.AGREE:
        opinion = steps.reason_given(opinion, decision.label)
    if step.needs_evidence and decision is Decision.AGREE:
        evidence.check_verified(case, kind)
    if step.needs_code and decision is Decision.AGREE:
        second_factor.check(operator, second_factor_code, now=now)
    if decision is Decision.AGREE:
        _agree(case, kind, step, operator, now)
    elif decision is Decision.RETURN:
        _return(case, step)
    else:
        steps.finish(case, CaseState.REFUSED, result=f"不予办理:{opinion}", now=now)
    steps.record(
        case, _ACTS[decision], acting=acting, now=now, step=step.code, to_step=case.step, opinion=opinion.strip()
    )
    return case


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one case of several (批量结果)."""

    number: str
    refusal: DomainError | None


def decide_each(
    *,
    chosen: Sequence[tuple[str, int]],
    decision: Decision,
    opinion: str = "",
    operator: Operator,
    now: datetime,
) -> list[Answer]:
    """批量办理: one decision per case, each in its own transaction; what is refused does not hold up the rest."""
    answers = []
    for number, version in chosen:
        try:
            decide(number=number, version=version, decision=decision, opinion=opinion, operator=operator, now=now)
        except DomainError as refusal:
            answers.append(Answer(number, refusal))
        else:
            answers.append(Answer(number, None))
    return answers


@transaction.atomic(durable=True)
def withdraw_case(*, number: str, version: int, reason: str, operator: Operator, now: datetime) -> Case:
    """撤回 (ORG-16): at the applicant's wish, before the last decision, by the counter.

    Raises: CaseUnknown, ChangedMeanwhile, WrongState, ReasonMissing, NoPermission, OutOfScope.
    """
    if repeated := steps.clicked_twice(number, version, Act.WITHDRAWN, operator):
        return repeated
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    platform_checks.check_in_scope(operator, "cases.accept", case.unit_code, now)
    steps.check_state(case, *OPEN, act=Act.WITHDRAWN.label)
    reason = steps.reason_given(reason, Act.WITHDRAWN.label)
    step = case.step
    case.notices.filter(closed_at=None).update(closed_at=now)
    steps.finish(case, CaseState.WITHDRAWN, result=f"申请人撤回:{reason}", now=now)
    steps.record(case, Act.WITHDRAWN, acting=steps.Acting(operator), now=now, step=step, opinion=reason)
    return case


@transaction.atomic(durable=True)
def hand_out(*, number: str, version: int, receiver: str, operator: Operator, now: datetime) -> Case:
    """发放结果 (JL2019 §3): at the exit window, signed for by name.

    Raises: CaseUnknown, ChangedMeanwhile, NotFinished, AlreadyHandedOut, ReceiverMissing, NoPermission, OutOfScope.
    """
    if repeated := steps.clicked_twice(number, version, Act.HANDED_OUT, operator):
        return repeated
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    platform_checks.check_in_scope(operator, "cases.accept", case.unit_code, now)
    if case.finished_at is None:
        raise NotFinished(state=CaseState(case.state).label)
    if case.handed_out_at is not None:
        raise AlreadyHandedOut(name=case.handed_to)
    if not receiver.strip():
        raise ReceiverMissing()
    case.handed_to, case.handed_out_at = receiver.strip()[:50], now
    steps.record(case, Act.HANDED_OUT, acting=steps.Acting(operator), now=now, opinion=case.handed_to)
    return case


def _agree(case: Case, kind: kinds.Kind, step: kinds.Step, operator: Operator, now: datetime) -> None:
    following = rules.following_step(case.path, step.code)
    if following is not None:
        check_somebody_at(kind, following, case.unit_code, timezone.localdate(now))
        steps.move(case, CaseState.IN_HAND)
        case.step, case.handler = following, None
        return
    received = case.materials.exclude(received_at=None).order_by("id").values_list("name", flat=True)
    done = kinds.Decided(
        number=case.number,
        subject_key=case.subject_key,
        values=case.form,
        materials="、".join(received),
        rows=tuple(case.rows),
        accepted_on=case.accepted_on,
        pooling_area=case.pooling_area,
        amount_fen=case.amount_fen,
    )
    result = kind.effect(done, operator=operator, now=now)
    steps.finish(case, CaseState.DONE, result=result, now=now)


def _return(case: Case, step: kinds.Step) -> None:
    earlier = rules.earlier_step(case.path, step.code)
    if earlier is None:
        raise NoEarlierStep(step=step.label)
    steps.move(case, CaseState.IN_HAND)
    case.step, case.handler = earlier, None

"""Steps that the commands of cases share: locking a case, who acts, the line of its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tongchou.cases import events, kinds, queries, rules
from tongchou.cases.models import Case, CaseAct
from tongchou.cases.states import DECIDING, FINISHED, TRANSITIONS, Act, CaseState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.duties import duties_of
from tongchou.platform.events import publish
from tongchou.platform.queries import Operator
from tongchou.platform.states import TrailOutcome

ENDING = (Act.AGREED, Act.REFUSED, Act.NOT_ACCEPTED, Act.WITHDRAWN, Act.LAPSED)
"""Acts that may end a case."""


class SubjectUnknown(DomainError):
    code = "CS-1002"
    message = "没有找到{label}“{key}”,请核对编号"


class CaseUnknown(DomainError):
    code = "CS-1101"
    message = "没有受理号为{number}的业务件"


class ChangedMeanwhile(DomainError):
    code = "CS-1102"
    message = "{name}已于{at}办理:{act}。请核对后再办"
    citation = "GX2017 §5"


class WrongState(DomainError):
    code = "CS-1103"
    message = "该业务件{state},不能{act}"


class NotYourStep(DomainError):
    code = "CS-1104"
    message = "“{step}”环节由{posts}岗位办理,您没有该岗位"
    citation = "QA2018 三.1"


class SamePersonActed(DomainError):
    code = "CS-1105"
    message = "您已办理本件的“{done}”,不得再办理“{step}”,请由他人办理"
    citation = "QA2018 三.1"


class MustStandAside(DomainError):
    code = "CS-2101"
    message = "本件涉及您本人或同户人员,应当回避,请由他人办理“{step}”"
    citation = "QA2018 三.1"


class ReasonMissing(DomainError):
    code = "CS-1106"
    message = "{act}须写明理由"


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and for whom when a post was delegated (代办理)."""

    operator: Operator
    on_behalf_of: Operator | None = None


def lock_case(number: str, *, version: int, operator: Operator, now: datetime) -> Case:
    """The case, locked, in the operator's reach, and as the operator saw it.

    Raises: CaseUnknown, ChangedMeanwhile, NoPermission, OutOfScope.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(number=number).first()
    if case is None:
        raise CaseUnknown(number=number)
    platform_checks.check_in_scope(
        operator,
        "cases.view",
        case.unit_code,
        now,
        object_kind="case",
        object_key=case.number,
        work=kinds.work_of(case.kind),
    )
    if case.version != version:
        last = case.acts.select_related("operator").order_by("-version")[0]
        raise ChangedMeanwhile(
            name=last.operator.name if last.operator else "系统",
            at=timezone.localtime(last.at).strftime("%Y-%m-%d %H:%M"),
            act=Act(last.act).label,
        )
    return case


def clicked_twice(number: str, version: int, act: Act, operator: Operator) -> Case | None:
    """The case when exactly this act of this operator on this version is its last (重复点击).

    Whoever waits here for the first click's lock sees its answer.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(number=number).first()
    if case is None or case.version != version + 1:
        return None
    done = CaseAct.objects.filter(case=case, version=version, act=act, operator_id=operator.pk)
    return case if done.exists() else None


def check_state(case: Case, *states: CaseState, act: str) -> None:
    """Raises: WrongState."""
    if case.state not in states:
        raise WrongState(state=CaseState(case.state).label, act=act)


def acting_at(case: Case, step: kinds.Step, *, operator: Operator, now: datetime) -> Acting:
    """By which right the operator acts at this step: the own post, then a delegated one (ORG-13), then by name (转交).

    A post at an agent counts while the agent is commissioned for this kind, a post at a unit while its level has the
    step's duty (ORG-03). Raises: NotYourStep, AgentScope, NotThisLevel, SamePersonActed, MustStandAside.
    """
    acting, refusal = _right(case, step, operator, timezone.localdate(now))
    refusal = refusal or _kept_apart(case, step, operator)
    if refusal is not None:
        _refused(case, operator, now, refusal.code)
        raise refusal
    assert acting is not None
    return acting


def why_not(case: Case, step: kinds.Step, *, operator: Operator, today: date) -> DomainError | None:
    """Why whoever has the step's post may not decide it all the same (不能办理的原因); None for anybody else.

    For the page of a case as `queries.by_number` gives it, which says why a form is missing; writes nothing.
    """
    mine = [act.step for act in case.acts.all() if act.person == operator.citizen_id and act.act in DECIDING]
    case.done_steps = mine  # type: ignore[attr-defined]  as `queries.for_hands` has it
    found = why_not_each([case], operator=operator, today=today).get(case.number)
    if isinstance(found, platform_checks.NotThisLevel):  # a delegated post may give what the own one does not
        return found if _right(case, step, operator, today)[1] else None
    if found is None and concerns(kinds.kind_of(case.kind), subject_of(case), operator):
        return MustStandAside(step=step.label)
    return found


def why_not_each(cases: Sequence[Case], *, operator: Operator, today: date) -> dict[str, DomainError]:
    """The same for cases as `queries.for_hands` gives them, by number, without a statement more (不能办理的原因)."""
    waiting = [case for case in cases if case.state == CaseState.IN_HAND and case.handler_id != operator.pk]
    held = duties_of(operator, today).held if waiting else ()
    found: dict[str, DomainError] = {}
    for case in waiting:
        kind = kinds.kind_of(case.kind)
        step, path, done = kind.step(case.step), case.unit_path or "", case.done_steps  # type: ignore[attr-defined]
        own = [one for one in held if one.post_code in step.posts and path.startswith(one.path)]
        if not own:
            continue
        met = rules.meets(step.code, done_by_person=done, apart=kind.apart())
        if met is not None:
            found[case.number] = SamePersonActed(done=_label(kind, met), step=step.label)
        elif not any(one.takes(kind.item, step.duty) for one in own):
            wanted = f"{kind.title} · {step.label}"
            found[case.number] = platform_checks.not_this_level(operator, own[0], kind.item, step.duty, wanted, today)
    return found


def _label(kind: kinds.Kind, step: str) -> str:
    return "受理" if step == kinds.ACCEPTING else kind.step(step).label


def _right(case: Case, step: kinds.Step, operator: Operator, today: date) -> tuple[Acting | None, DomainError | None]:
    """By which right, or the refusal: NotYourStep, AgentScope, NotThisLevel."""
    kind = kinds.kind_of(case.kind)
    chain = {unit.code for unit in platform.units_above(case.unit_code)}
    own = platform.own_holdings(operator, step.posts, chain, today)
    takes = (kind.item, step.duty)
    if any(held.allows(kind.work) and held.takes(*takes) for held in own):
        return Acting(operator), None
    delegator = queries.delegator_for(operator, posts=step.posts, units=chain, on=today, work=kind.work, takes=takes)
    if delegator is not None:
        return Acting(operator, delegator), None
    if case.handler_id == operator.pk:
        return Acting(operator), None
    if commissioned := [held for held in own if held.allows(kind.work)]:
        wanted = f"{kind.title} · {step.label}"
        return None, platform_checks.not_this_level(operator, commissioned[0], kind.item, step.duty, wanted, today)
    if own:
        return None, platform_checks.agent_scope(own[0], kind.title)
    names = {post.code: post.name for post in platform.posts()}
    return None, NotYourStep(step=step.label, posts="、".join(names.get(post, post) for post in step.posts))


def _kept_apart(case: Case, step: kinds.Step, operator: Operator) -> DomainError | None:
    """不相容环节、回避 (QA2018 三.1; ORG-11): by person, whatever account or delegation."""
    if met := step_met(case, step, operator):
        return SamePersonActed(done=met, step=step.label)
    if concerns(kinds.kind_of(case.kind), subject_of(case), operator):
        return MustStandAside(step=step.label)
    return None


def subject_of(case: Case) -> kinds.Subject:
    """Whom the case is about, as it was accepted (办理对象)."""
    return kinds.Subject(case.subject_key, case.subject_name, case.unit_code, case.pooling_area)


def concerns(kind: kinds.Kind, subject: kinds.Subject, operator: Operator) -> bool:
    """Whether it is the operator's own matter, or one of the own household (回避)."""
    return bool(operator.citizen_id) and operator.citizen_id.upper() in kind.parties(subject)


def step_met(case: Case, step: kinds.Step, operator: Operator) -> str | None:
    """What this person did on the case already that must not meet the step, in words; None where nothing."""
    kind = kinds.kind_of(case.kind)
    done = case.acts.filter(person=operator.citizen_id, act__in=DECIDING).values_list("step", flat=True)
    met = rules.meets(step.code, done_by_person=done, apart=kind.apart())
    return None if met is None else _label(kind, met)


def reason_given(reason: str, act: str) -> str:
    """The reason without blanks around it. Raises: ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(act=act)
    return reason.strip()[:500]


def record(
    case: Case,
    act: Act,
    *,
    acting: Acting | None,
    now: datetime,
    step: str = "",
    to_step: str = "",
    opinion: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write the line of the case's record and of the trail, raise the version and save the case."""
    operator = acting.operator if acting else None
    CaseAct.objects.create(
        case=case,
        version=case.version,
        at=now,
        act=act,
        step=step,
        to_step=to_step,
        operator_id=operator.pk if operator else None,
        person=operator.citizen_id if operator else "",
        on_behalf_of=acting.on_behalf_of if acting else None,
        opinion=opinion[:500],
    )
    case.version += 1
    case.save()
    behalf = {"on_behalf_of": acting.on_behalf_of.staff_code} if acting and acting.on_behalf_of else {}
    trail.record(
        f"cases.{act.value}",
        at=now,
        operator=operator,
        pooling_area=case.pooling_area,
        unit_code=case.unit_code,
        object_kind="case",
        object_key=case.number,
        detail={"kind": case.kind, "step": step, "to_step": to_step, **behalf, **(detail or {})},
    )
    if act in ENDING and case.state in FINISHED:
        _announce_end(case, now)


def about(case: Case, now: datetime) -> events.About:
    """Which case an event tells of."""
    return events.About(
        number=case.number,
        kind=case.kind,
        title=kinds.kind_of(case.kind).title,
        subject_key=case.subject_key,
        pooling_area=case.pooling_area,
        unit_code=case.unit_code,
        phone=case.receipt.applicant_phone,
        at=now,
    )


def _announce_end(case: Case, now: datetime) -> None:
    """Tell who answers applicants and who keeps archives (ARC-01): the result, and the list of papers."""
    papers = case.materials.exclude(received_at=None).order_by("id").values_list("name", flat=True)
    publish(
        events.CaseFinished(
            about(case, now),
            state=case.state,
            result=case.result,
            archive_class=kinds.kind_of(case.kind).archive_class,
            materials=tuple(papers),
            attachments=tuple(case.attachments.order_by("id").values_list("id", flat=True)),
        )
    )


def move(case: Case, state: CaseState) -> None:
    """To another state, along a declared transition."""
    assert (CaseState(case.state), state) in TRANSITIONS, (case.state, state)
    case.state = state


def finish(case: Case, state: CaseState, *, result: str, now: datetime) -> None:
    """To a last state, with what the result slip says (办结)."""
    move(case, state)
    if state in (CaseState.DONE, CaseState.REFUSED):
        case.in_time = case.due_on is not None and timezone.localdate(now) <= case.due_on
    case.step, case.handler = "", None
    case.due_on = case.paused_on = case.paused_due_on = None
    case.finished_at, case.result = now, result
    case.claims.all().delete()


def _refused(case: Case, operator: Operator, now: datetime, code: str) -> None:
    trail.record_aside(
        "cases.step_refused",
        at=now,
        operator=operator,
        outcome=TrailOutcome.REFUSED,
        unit_code=case.unit_code,
        object_kind="case",
        object_key=case.number,
        detail={"code": code, "step": case.step},
    )

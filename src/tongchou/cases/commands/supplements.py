"""Missing papers (补正; JL2019 §18; GX2017 §35): told once and in full; the clock rests until they are in."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongchou.cases import events, kinds, rules
from tongchou.cases.commands import steps
from tongchou.cases.commands.acceptance import begin, tell, tell_accepted
from tongchou.cases.models import Case, CaseMaterial
from tongchou.cases.states import Act, CaseState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform.events import publish
from tongchou.platform.queries import Operator


class NothingAskedFor(DomainError):
    code = "CS-1301"
    message = "须选择要补正的材料"


class MaterialUnknown(DomainError):
    code = "CS-1302"
    message = "该事项没有材料“{code}”"


class ToldOnce(DomainError):
    code = "CS-1303"
    message = "已于{told_on}一次性告知须补正的材料,不得再要求:{materials}"
    citation = "JL2019 §18"


class NothingNew(DomainError):
    code = "CS-8250"
    message = "所选材料都已收到,没有新的材料"
    citation = "JL2019 §18"


@transaction.atomic(durable=True)
def ask_for_materials(
    *, number: str, version: int, codes: Collection[str], reason: str, operator: Operator, now: datetime
) -> Case:
    """告知补正 (JL2019 §18): by whoever has the step at hand; the time limit rests from today.

    A second list may only repeat what the first one named. Raises: CaseUnknown, ChangedMeanwhile, WrongState,
    NotYourStep, SamePersonActed, NothingAskedFor, MaterialUnknown, ToldOnce, ReasonMissing, NoPermission, OutOfScope.
    """
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    steps.check_state(case, CaseState.IN_HAND, act=Act.ASKED.label)
    kind = kinds.kind_of(case.kind)
    step = kind.step(case.step)
    acting = steps.acting_at(case, step, operator=operator, now=now)
    asked = _known(kind, case, codes)
    reason = steps.reason_given(reason, Act.ASKED.label)
    _check_told_once(case, asked)
    for one in asked:
        CaseMaterial.objects.update_or_create(
            case=case, code=one.code, defaults={"name": one.name, "received_at": None, "received_by": None}
        )
    tell(case, kind, [one.code for one in asked], now)
    steps.move(case, CaseState.SUPPLEMENTING)
    case.paused_on, case.paused_due_on, case.due_on = timezone.localdate(now), case.due_on, None
    names = "、".join(one.name for one in asked)
    steps.record(case, Act.ASKED, acting=acting, now=now, step=step.code, opinion=f"{names}。{reason}")
    return case


@transaction.atomic(durable=True)
def receive_materials(*, number: str, version: int, codes: Collection[str], operator: Operator, now: datetime) -> Case:
    """收到补正材料 (decision 0407): each is noted when it comes; when all is there the case goes on where it stood,
    with the working days it had left. Until then the one list and its day stay as they were told.

    Raises: CaseUnknown, ChangedMeanwhile, WrongState, NothingAskedFor, MaterialUnknown, NothingNew, NoPermission,
    OutOfScope.
    """
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    platform_checks.check_in_scope(operator, "cases.accept", case.unit_code, now)
    steps.check_state(case, CaseState.SUPPLEMENTING, act=Act.SUPPLEMENTED.label)
    kind = kinds.kind_of(case.kind)
    wanted = [one.code for one in _known(kind, case, codes)]
    awaited = list(case.materials.filter(received_at=None).order_by("id"))
    came = [one for one in awaited if one.code in wanted]
    if not came:
        raise NothingNew
    CaseMaterial.objects.filter(pk__in=[one.pk for one in came]).update(received_at=now, received_by=operator)
    missing = [one.name for one in awaited if one.code not in wanted]
    names = [one.name for one in came]
    if missing:
        steps.move(case, CaseState.SUPPLEMENTING)
        steps.record(case, Act.PART_SUPPLIED, acting=steps.Acting(operator), now=now, opinion="、".join(names))
        supply_by = case.notices.get(closed_at=None).supply_by
        told = events.MaterialsPartlyReceived(steps.about(case, now), tuple(names), tuple(missing), supply_by)
        publish(told)
        return case
    case.notices.filter(closed_at=None).update(closed_at=now)
    _resume(case, kind, now)
    said = "、".join(names)
    steps.record(case, Act.SUPPLEMENTED, acting=steps.Acting(operator), now=now, to_step=case.step, opinion=said)
    tell_accepted(case, now)
    return case


def _resume(case: Case, kind: kinds.Kind, now: datetime) -> None:
    today = timezone.localdate(now)
    steps.move(case, CaseState.IN_HAND)
    if case.paused_due_on is None:
        begin(case, kind, today)
    else:
        assert case.paused_on is not None
        case.due_on = rules.due_after_pause(
            platform.working_calendar(), due=case.paused_due_on, paused_on=case.paused_on, resumed_on=today
        )
    case.paused_on = case.paused_due_on = None


def _known(kind: kinds.Kind, case: Case, codes: Collection[str]) -> list[kinds.Material]:
    if not codes:
        raise NothingAskedFor()
    papers = kind.papers(tuple(case.rows))
    for code in codes:
        if code not in {one.code for one in papers}:
            raise MaterialUnknown(code=code[:30])
    return [one for one in papers if one.code in codes]


def _check_told_once(case: Case, asked: list[kinds.Material]) -> None:
    notices = list(case.notices.order_by("id"))
    told = {code for notice in notices for code in notice.materials}
    if notices and (fresh := rules.not_told_before([one.code for one in asked], told)):
        names = "、".join(one.name for one in asked if one.code in fresh)
        raise ToldOnce(told_on=timezone.localdate(notices[0].told_at), materials=names)

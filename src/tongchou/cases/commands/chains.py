"""Limits of approval chains (审批限额; `approval.chain.*`; ORG-12): data of an area, dated, with a second factor."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.cases import kinds
from tongchou.cases.commands.steps import reason_given
from tongchou.cases.models import StepLimit
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import second_factor, trail
from tongchou.platform.queries import Operator


class StepAlwaysTaken(DomainError):
    code = "CS-1601"
    message = "“{step}”不能设限额:第一个环节每件都要经过"


class StepUnknown(DomainError):
    code = "CS-1602"
    message = "事项“{title}”没有环节“{step}”"


class NotOfMoney(DomainError):
    code = "CS-8300"
    message = "事项“{title}”不按金额办理,不能设限额:设了限额,“{step}”环节就无人经过"
    citation = "GX2017 §74"


class LimitInThePast(DomainError):
    code = "CS-1603"
    message = "限额须自今日或以后启用"


class LimitNegative(DomainError):
    code = "CS-1604"
    message = "限额不能为负数"


class LaterLimitStands(DomainError):
    code = "CS-1605"
    message = "该环节已设定自{valid_from}起的限额,不能再设更早的"


@transaction.atomic(durable=True)
def set_step_limit(
    *,
    pooling_area: str,
    kind_code: str,
    step_code: str,
    above_fen: int,
    valid_from: date,
    reason: str,
    second_factor_code: str,
    operator: Operator,
    now: datetime,
) -> StepLimit:
    """设定审批限额 (ORG-12): the step is taken when the amount exceeds `above_fen`; cases in hand keep their path.

    The limit in force ends the day the new one begins. Raises: KindUnknown, StepUnknown, StepAlwaysTaken,
    NotOfMoney, LimitNegative, LimitInThePast, LaterLimitStands, ReasonMissing, those of the second factor,
    NoPermission, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, "cases.set_limits", pooling_area, now)
    kind = kinds.kind_of(kind_code)
    _check_step(kind, step_code)
    if above_fen < 0:
        raise LimitNegative()
    if valid_from < timezone.localdate(now):
        raise LimitInThePast()
    reason = reason_given(reason, "设定审批限额")
    second_factor.check(operator, second_factor_code, now=now)
    standing = StepLimit.objects.select_for_update().filter(pooling_area=pooling_area, kind=kind_code, step=step_code)
    if later := standing.filter(valid_from__gte=valid_from).exclude(valid_until=valid_from).first():
        raise LaterLimitStands(valid_from=later.valid_from)
    standing.filter(Q(valid_until=None) | Q(valid_until__gt=valid_from)).update(valid_until=valid_from)
    made = StepLimit.objects.create(
        pooling_area=pooling_area,
        kind=kind_code,
        step=step_code,
        above_fen=above_fen,
        valid_from=valid_from,
        reason=reason[:200],
        set_by_id=operator.pk,
        set_at=now,
    )
    trail.record(
        "cases.step_limit_set",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="case_kind",
        object_key=kind_code,
        detail={
            "step": step_code,
            "above_fen": above_fen,
            "valid_from": valid_from.isoformat(),
            "reason": reason,
        },
    )
    return made


def _check_step(kind: kinds.Kind, step_code: str) -> None:
    at = next((at for at, step in enumerate(kind.steps) if step.code == step_code), None)
    if at is None:
        raise StepUnknown(title=kind.title, step=step_code[:30])
    if at == 0:
        raise StepAlwaysTaken(step=kind.steps[0].label)
    if not kind.is_of_money:
        raise NotOfMoney(title=kind.title, step=kind.steps[at].label)

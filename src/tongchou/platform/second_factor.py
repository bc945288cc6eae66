"""The second factor of an approval (动态口令; SYS-11; GX2017 §133): what other chapters ask. Decision 0200.

A command that approves money or policy takes the code as an argument and calls `check` before it decides:

    second_factor.check(operator, code, now=now)

Wrong codes are counted in the trail, which is written aside: undoing the caller's transaction does not undo the count.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import one_time_codes, trail
from tongchou.platform.demo_operators import DEMO_SECRET
from tongchou.platform.duties import duties_of
from tongchou.platform.models import Operator, RecoveryCode, SecondFactor, TrailEntry
from tongchou.platform.permissions import NEED_SECOND_FACTOR
from tongchou.platform.states import TrailOutcome

WRONG: Final = "platform.second_factor_wrong"
FEW_RECOVERY_CODES: Final = 3


class SecondFactorMissing(DomainError):
    code = "PL-0521"
    message = "此项操作须输入动态口令,您尚未绑定。请先在“我的安全设置”绑定"
    citation = "GX2017 §133"


class SecondFactorWrong(DomainError):
    code = "PL-0522"
    message = "动态口令或恢复码不正确,再错{left}次将被锁定"
    citation = "GX2017 §133"


class SecondFactorUsed(DomainError):
    code = "PL-0523"
    message = "这个动态口令已使用过,请等待下一个"
    citation = "GX2017 §133"


class SecondFactorLocked(DomainError):
    code = "PL-0524"
    message = "连续输错{limit}次,动态口令已锁定,请{minutes}分钟后再试或联系安全管理员"
    citation = "GX2017 §133"


REFUSALS: Final = (SecondFactorMissing, SecondFactorWrong, SecondFactorUsed, SecondFactorLocked)
"""Everything that `check` raises, for a view that shows it at the field."""


def has(operator: Operator) -> bool:
    """Whether the operator has bound a device (已绑定动态口令)."""
    return bool(operator.is_demo) or in_use(operator) is not None


def is_asked_of(operator: Operator, now: datetime) -> bool:
    """Whether the operator's posts approve money or policy (须绑定动态口令的岗位)."""
    return bool(duties_of(operator, timezone.localdate(now)).permissions & NEED_SECOND_FACTOR)


def in_use(operator: Operator) -> SecondFactor | None:
    """The device in use (在用的动态口令)."""
    return SecondFactor.objects.filter(operator_id=operator.pk, ended_at=None, confirmed_at__isnull=False).first()


def check(operator: Operator, code: str, *, now: datetime) -> None:
    """核验动态口令 (SYS-11): the code of the moment, give or take one step, never twice; or an unused recovery code.

    A step of the caller's transaction, or a transaction of its own: what was used stays used with it.
    Raises: SecondFactorMissing, SecondFactorWrong, SecondFactorUsed, SecondFactorLocked. Each goes into the trail.
    """
    with transaction.atomic():
        factor = _locked(operator, now)
        if factor is None:
            _note("platform.second_factor_missing", operator, now, TrailOutcome.REFUSED)
            raise SecondFactorMissing()
        check_not_locked(operator, now, factor=factor)
        _accept(factor, operator, one_time_codes.as_typed(code), now)


def check_not_locked(operator: Operator, now: datetime, *, factor: SecondFactor | None) -> None:
    """Were there too many wrong codes within the time of a lock-out? Raises: SecondFactorLocked."""
    failures = recent_failures(operator, now, factor=factor)
    if len(failures) >= settings.AXES_FAILURE_LIMIT:
        left = failures[settings.AXES_FAILURE_LIMIT - 1] + _lock_time() - now
        _note("platform.second_factor_locked", operator, now, TrailOutcome.REFUSED)
        raise SecondFactorLocked(limit=settings.AXES_FAILURE_LIMIT, minutes=-(-int(left.total_seconds()) // 60))


def recent_failures(operator: Operator, now: datetime, *, factor: SecondFactor | None) -> list[datetime]:
    """When wrong codes were given since the last right one, within the time of a lock-out, the newest first."""
    begin = now - _lock_time()
    if factor is not None:
        begin = max(moment for moment in (begin, factor.last_used_at, factor.forgiven_at) if moment is not None)
    noted = TrailEntry.objects.exclude(object_key="").filter(
        object_kind="operator", object_key=operator.staff_code, action=WRONG, at__gt=begin
    )
    return list(noted.order_by("-id").values_list("at", flat=True)[: settings.AXES_FAILURE_LIMIT])


def refuse_wrong(operator: Operator, now: datetime, *, factor: SecondFactor | None) -> None:
    """Count a wrong code and say so. Raises: SecondFactorWrong, SecondFactorLocked."""
    _note(WRONG, operator, now, TrailOutcome.REFUSED)
    left = settings.AXES_FAILURE_LIMIT - len(recent_failures(operator, now, factor=factor))
    if left <= 0:
        raise SecondFactorLocked(limit=settings.AXES_FAILURE_LIMIT, minutes=int(_lock_time().total_seconds()) // 60)
    raise SecondFactorWrong(left=left)


def secret(factor: SecondFactor, operator: Operator, installation_key: str = "") -> bytes:
    """The secret of a device (密钥); that of the demo operators is known to everybody."""
    if operator.is_demo:
        return DEMO_SECRET
    return one_time_codes.secret_of(bytes(factor.seed), operator.pk, installation_key or settings.SECRET_KEY)


def demo_code(operator: Operator, now: datetime) -> str:
    """A code that a demo operator may give now (演示口令); empty until the next when all were used, and for others."""
    if not operator.is_demo:
        return ""
    factor = in_use(operator)
    last = -1 if factor is None or factor.last_step is None else factor.last_step
    step = one_time_codes.step_of(now)
    fresh = [one for one in range(step, step + one_time_codes.TOLERANCE + 1) if one > last]
    return one_time_codes.code_at(DEMO_SECRET, fresh[0]) if fresh else ""


def _locked(operator: Operator, now: datetime) -> SecondFactor | None:
    """The device in use, its row locked; a demo operator's is made when first needed."""
    if operator.is_demo and in_use(operator) is None:
        seed = one_time_codes.new_seed()
        SecondFactor.objects.bulk_create(
            [SecondFactor(operator_id=operator.pk, seed=seed, begun_at=now, confirmed_at=now)], ignore_conflicts=True
        )
    found = SecondFactor.objects.select_for_update(of=("self",))
    return found.filter(operator_id=operator.pk, ended_at=None, confirmed_at__isnull=False).first()


def _accept(factor: SecondFactor, operator: Operator, code: str, now: datetime) -> None:
    step = _step(factor, operator, code, now)
    if step is not None and factor.last_step is not None and step <= factor.last_step:
        _note("platform.second_factor_used_again", operator, now, TrailOutcome.REFUSED)
        raise SecondFactorUsed()
    if step is not None:
        factor.last_step = step
        kind = "code"
    elif _used_up(factor, operator, code, now):
        kind = "recovery_code"
    else:
        refuse_wrong(operator, now, factor=factor)
    factor.last_used_at = now
    factor.save(update_fields=["last_step", "last_used_at"])
    left = factor.recovery_codes.filter(used_at=None).count()
    trail.record(
        "platform.second_factor_accepted",
        at=now,
        operator=operator,
        object_kind="operator",
        object_key=operator.staff_code,
        detail={"kind": kind, "recovery_codes_left": left},
    )


def _step(factor: SecondFactor, operator: Operator, code: str, now: datetime) -> int | None:
    if len(code) != one_time_codes.DIGITS or not code.isascii() or not code.isdigit():
        return None
    for key in installation_keys():
        step = one_time_codes.matching_step(secret(factor, operator, key), code, now)
        if step is not None:
            return step
    return None


def _used_up(factor: SecondFactor, operator: Operator, code: str, now: datetime) -> bool:
    """Whether this is one of the recovery codes, which is now used up."""
    if len(code) != one_time_codes.RECOVERY_CHARACTERS:
        return False
    digests = [one_time_codes.recovery_digest(code, operator.pk, key) for key in installation_keys()]
    fitting = RecoveryCode.objects.filter(factor=factor, digest__in=digests, used_at=None)
    return fitting.update(used_at=now) > 0


def installation_keys() -> tuple[str, ...]:
    """The installation's key, then those it had before and still honours (安装密钥)."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _lock_time() -> timedelta:
    return timedelta(hours=float(settings.AXES_COOLOFF_TIME))


def _note(action: str, operator: Operator, now: datetime, outcome: TrailOutcome) -> None:
    trail.record_aside(
        action, at=now, operator=operator, outcome=outcome, object_kind="operator", object_key=operator.staff_code
    )

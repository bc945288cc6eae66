"""Binding, renewing and resetting the second factor (动态口令; SYS-11; GX2017 §133). Decision 0200."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, one_time_codes, second_factor
from tongchou.platform.commands.factors_apart import check_other_factor
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.commands.operators import check_in_service, end_sessions, locked_person, record_operator
from tongchou.platform.models import Operator, RecoveryCode, SecondFactor
from tongchou.platform.states import FactorEnd, NoticeLevel

BINDING_LASTS: Final = timedelta(minutes=15)


class DemoFactorFixed(DomainError):
    code = "PL-0525"
    message = "演示账号使用公开的动态口令,不能绑定或更换"


class NoBindingBegun(DomainError):
    code = "PL-0526"
    message = "没有正在进行的绑定,或已超过{minutes}分钟,请重新开始"


class FirstCodeWrong(DomainError):
    code = "PL-0527"
    message = "动态口令不正确:请核对手机时间,输入刚显示的六位数字"


class OwnFactorReset(DomainError):
    code = "PL-0528"
    message = "不能重置本人的动态口令,请由另一名安全管理员办理"
    citation = "GX2017 §133"


class ResetWithoutReason(DomainError):
    code = "PL-0529"
    message = "重置动态口令须填写理由"


class NoFactorToReset(DomainError):
    code = "PL-0531"
    message = "{name}没有绑定动态口令"


@dataclass(frozen=True, slots=True)
class Binding:
    """What an authenticator app is shown; never stored, never logged."""

    key: str = field(repr=False)
    picture: str = field(repr=False)


@transaction.atomic
def begin_binding(*, operator: Operator, proof: str, now: datetime) -> Binding:
    """开始绑定动态口令 (SYS-11): after the password, or, where a device is in use, a code or a recovery code of it.

    The device in use stays until the new one is confirmed. Raises: DemoFactorFixed, SecondFactorWrong,
    SecondFactorUsed, SecondFactorLocked.
    """
    _refuse_demo(operator)
    if second_factor.in_use(operator) is not None:
        second_factor.check(operator, proof, now=now)
    else:
        second_factor.check_not_locked(operator, now, factor=None)
        if not operator.check_password(proof):
            second_factor.refuse_wrong(operator, now, factor=None)
    SecondFactor.objects.filter(operator_id=operator.pk, confirmed_at=None).delete()
    factor = SecondFactor.objects.create(operator_id=operator.pk, seed=one_time_codes.new_seed(), begun_at=now)
    record_operator("platform.begin_second_factor", operator, by=operator, now=now)
    return _shown(factor, operator)


def binding_begun(operator: Operator, now: datetime) -> Binding | None:
    """The binding that waits for its first code (待确认的绑定); None when none was begun or its time is over."""
    factor = SecondFactor.objects.filter(
        operator_id=operator.pk, confirmed_at=None, begun_at__gt=now - BINDING_LASTS
    ).first()
    return None if factor is None else _shown(factor, operator)


@transaction.atomic
def confirm_binding(*, operator: Operator, code: str, now: datetime) -> list[str]:
    """确认绑定 (SYS-11): by a first code. A device in use until now ends. Returns the recovery codes, shown once.

    Raises: NoBindingBegun, FirstCodeWrong.
    """
    waiting = SecondFactor.objects.select_for_update(of=("self",)).filter(operator_id=operator.pk, confirmed_at=None)
    factor = waiting.filter(begun_at__gt=now - BINDING_LASTS).first()
    if factor is None:
        raise NoBindingBegun(minutes=int(BINDING_LASTS.total_seconds()) // 60)
    key = second_factor.secret(factor, operator)
    step = one_time_codes.matching_step(key, one_time_codes.as_typed(code), now)
    if step is None:
        raise FirstCodeWrong()
    _end(operator, FactorEnd.RENEWED, by=operator, reason="", now=now)
    factor.confirmed_at, factor.last_step, factor.last_used_at = now, step, now
    factor.save(update_fields=["confirmed_at", "last_step", "last_used_at"])
    record_operator("platform.bind_second_factor", operator, by=operator, now=now)
    _tell(operator, "已绑定动态口令", now)
    return _recovery_codes(factor)


@transaction.atomic
def renew_recovery_codes(*, operator: Operator, code: str, now: datetime) -> list[str]:
    """更换恢复码 (SYS-11): after a code of the device; the earlier ones no longer open. Shown once.

    Raises: DemoFactorFixed, SecondFactorMissing, SecondFactorWrong, SecondFactorUsed, SecondFactorLocked.
    """
    _refuse_demo(operator)
    second_factor.check(operator, code, now=now)
    factor = second_factor.in_use(operator)
    assert factor is not None
    factor.recovery_codes.all().delete()
    record_operator("platform.renew_recovery_codes", operator, by=operator, now=now)
    return _recovery_codes(factor)


@transaction.atomic
def reset_second_factor(*, operator_id: int, reason: str, by: Operator, now: datetime) -> None:
    """重置动态口令 (SYS-11; GX2017 §133): the device ends, so do the sessions; the operator binds a new one.

    By another person, who did not also reset the password within seven days: nobody takes over a colleague's account
    alone. Raises: OperatorUnknown, OperatorHasLeft, OwnFactorReset, ResetWithoutReason, BothFactorsByOnePerson,
    NoFactorToReset, DemoFactorFixed, NoPermission, OutOfScope.
    """
    operator = locked_person(operator_id)
    checks.check_in_scope(by, "security.reset_password", operator.org_unit_id, now)
    check_in_service(operator)
    _refuse_demo(operator)
    if operator.citizen_id == by.citizen_id:
        raise OwnFactorReset()
    if not reason.strip():
        raise ResetWithoutReason()
    check_other_factor(operator, "platform.reset_second_factor", by=by, now=now)
    if not _end(operator, FactorEnd.RESET, by=by, reason=reason.strip(), now=now):
        raise NoFactorToReset(name=operator.name)
    end_sessions(operator)
    record_operator("platform.reset_second_factor", operator, by=by, now=now, detail={"reason": reason.strip()})
    _tell(operator, f"动态口令已由{by.name}重置,理由:{reason.strip()}", now)


def forgive_wrong_codes(operator: Operator, now: datetime) -> None:
    """Count wrong codes anew; a step of `unlock_operator` (解除锁定)."""
    SecondFactor.objects.filter(operator_id=operator.pk, ended_at=None).update(forgiven_at=now)


def _refuse_demo(operator: Operator) -> None:
    if operator.is_demo:
        raise DemoFactorFixed()


def _shown(factor: SecondFactor, operator: Operator) -> Binding:
    key = second_factor.secret(factor, operator)
    return Binding(one_time_codes.key_for_typing(key), one_time_codes.picture(key, operator.staff_code))


def _end(operator: Operator, end: FactorEnd, *, by: Operator, reason: str, now: datetime) -> bool:
    """End the device in use, if any; a binding merely begun goes too when it is reset."""
    if end is FactorEnd.RESET:
        SecondFactor.objects.filter(operator_id=operator.pk, confirmed_at=None).delete()
    standing = SecondFactor.objects.filter(operator_id=operator.pk, ended_at=None, confirmed_at__isnull=False)
    return standing.update(end=end, ended_at=now, ended_by_id=by.pk, end_reason=reason) > 0


def _tell(operator: Operator, what: str, now: datetime) -> None:
    """Whose account it is learns of it, so that a change by somebody else is noticed."""
    send_notice(
        recipients=[operator],
        level=NoticeLevel.WARNING,
        title=what,
        body="不是本人所为或事先不知情时,请立即联系安全管理员。",
        link="/system/my-security/",
        now=now,
    )


def _recovery_codes(factor: SecondFactor) -> list[str]:
    codes = one_time_codes.new_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(
            factor=factor,
            digest=one_time_codes.recovery_digest(
                one_time_codes.as_typed(code), factor.operator_id, settings.SECRET_KEY
            ),
        )
        for code in codes
    )
    return codes

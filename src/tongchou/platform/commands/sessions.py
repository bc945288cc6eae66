"""Signing in and out (登录、退出、解锁; ORG-08; GX2017 §133)."""

from datetime import datetime

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, second_factor, trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.commands.operators import OperatorUnknown, end_sessions
from tongchou.platform.commands.second_factor import forgive_wrong_codes
from tongchou.platform.models import Operator
from tongchou.platform.states import NoticeLevel, TrailOutcome

LONGEST_STAFF_CODE = 30
SEEN_AT = "seen_at"
"""Where a session keeps when it was last used, in seconds; see `middleware`."""


class WrongStaffCodeOrPassword(DomainError):
    code = "PL-0501"
    message = "工作人员代码或密码不正确"


class FewAttemptsLeft(DomainError):
    code = "PL-0502"
    message = "工作人员代码或密码不正确,再错{left}次账号将被锁定"


class AccountLocked(DomainError):
    code = "PL-0503"
    message = "连续输错{limit}次,账号已锁定,请{minutes}分钟后再试或联系安全管理员"
    citation = "GX2017 §133"


class OperatorLeft(DomainError):
    code = "PL-0504"
    message = "该账号已于{leaves_on}离职,不能登录"
    citation = "JL2019 §21"


class OperatorDisabled(DomainError):
    code = "PL-0505"
    message = "该账号已停用,请联系系统管理员"


class OperatorNotYetActive(DomainError):
    code = "PL-0506"
    message = "该账号自{active_from}起启用"


class DemoFromElsewhere(DomainError):
    code = "PL-0507"
    message = "演示账号只能在本机登录"


def sign_in(request: HttpRequest, *, staff_code: str, password: str, now: datetime) -> Operator:
    """登录 (ORG-08; GX2017 §133): opens a session; with `SINGLE_SESSION` earlier ones of the operator end.

    Raises: WrongStaffCodeOrPassword, FewAttemptsLeft, AccountLocked, OperatorLeft, OperatorDisabled,
    OperatorNotYetActive, DemoFromElsewhere. Each goes into the trail.
    """
    staff_code = staff_code.strip()
    if not staff_code or len(staff_code) > LONGEST_STAFF_CODE or "\0" in staff_code + password:
        raise WrongStaffCodeOrPassword()
    operator = authenticate(request, staff_code=staff_code, password=password, now=now)
    if operator is None:
        refused = _refusal(request, staff_code)
        trail.record_aside(
            "platform.sign_in_refused",
            at=now,
            staff_code=staff_code,
            outcome=TrailOutcome.REFUSED,
            object_kind="operator",
            object_key=staff_code,
            detail={"code": refused.code},
        )
        raise refused
    assert isinstance(operator, Operator)
    if getattr(settings, "SINGLE_SESSION", False):
        end_sessions(operator)
    login(request, operator)
    request.session[SEEN_AT] = int(now.timestamp())
    trail.record("platform.sign_in", at=now, operator=operator, object_kind="operator", object_key=staff_code)
    _remind_of_second_factor(operator, now)
    return operator


def sign_out(request: HttpRequest, *, now: datetime) -> None:
    """退出: ends this session."""
    operator = request.user if isinstance(request.user, Operator) else None
    logout(request)
    if operator is not None:
        key = operator.staff_code
        trail.record("platform.sign_out", at=now, operator=operator, object_kind="operator", object_key=key)


def unlock_operator(*, staff_code: str, by: Operator, now: datetime) -> int:
    """解除账号锁定 (GX2017 §133), that of the second factor too. Returns how many failures were forgotten.

    Raises: OperatorUnknown, NoPermission.
    """
    operator = Operator.objects.filter(staff_code=staff_code).first()
    if operator is None:
        raise OperatorUnknown()
    checks.check_in_scope(by, "security.unlock", operator.org_unit_id, now)
    forgotten = AxesProxyHandler.reset_attempts(username=staff_code)
    forgive_wrong_codes(operator, now)
    trail.record("platform.unlock", at=now, operator=by, object_kind="operator", object_key=staff_code)
    return forgotten


def _remind_of_second_factor(operator: Operator, now: datetime) -> None:
    """Ask whoever approves money or policy to bind a device, once a month (绑定提醒; SYS-11)."""
    if second_factor.is_asked_of(operator, now) and not second_factor.has(operator):
        send_notice(
            recipients=[operator],
            level=NoticeLevel.WARNING,
            title="请绑定动态口令",
            body="您的岗位审批资金或政策,每次审批都须输入动态口令;未绑定时不能审批。",
            link="/system/my-security/",
            topic=f"second-factor:{now:%Y-%m}",
            now=now,
        )


def _refusal(request: HttpRequest, staff_code: str) -> DomainError:
    """What to say; only who gave the right password hears more than that something was wrong."""
    if not AxesProxyHandler.is_allowed(request, {"staff_code": staff_code}):
        minutes = round(float(settings.AXES_COOLOFF_TIME) * 60)
        return AccountLocked(limit=settings.AXES_FAILURE_LIMIT, minutes=minutes)
    operator = Operator.objects.filter(staff_code=staff_code).first()
    reason = getattr(request, "refusal", "unknown")
    if operator is not None and reason == "left":
        return OperatorLeft(leaves_on=operator.leaves_on)
    if operator is not None and reason == "not_yet":
        return OperatorNotYetActive(active_from=operator.active_from)
    if reason == "disabled":
        return OperatorDisabled()
    if reason == "demo":
        return DemoFromElsewhere()
    left = settings.AXES_FAILURE_LIMIT - AxesProxyHandler.get_failures(request, {"staff_code": staff_code})
    return FewAttemptsLeft(left=left) if 0 < left <= 2 else WrongStaffCodeOrPassword()

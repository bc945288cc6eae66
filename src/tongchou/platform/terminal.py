"""Who works at the command line, and where (命令行经办人): commands that change the books name an operator.

A real operator gives the password. A demo operator's is public, and such a house serves on loopback only, so it is not
asked for (decision 0049).
"""

import os
import sys
from datetime import date, datetime
from typing import Final

import typer
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import queries
from tongchou.platform.authentication import barred
from tongchou.platform.models import Operator

PASSWORD_VARIABLE: Final = "TONGCHOU_PASSWORD"


class NotRecognised(DomainError):
    code = "PL-0508"
    message = "工作人员代码或密码不正确,或该账号不能办理业务"


class OperatorMissing(DomainError):
    code = "PL-0509"
    message = "没有说明由谁办理,请用 --operator 写明工作人员代码"


class PasswordMissing(DomainError):
    code = "PL-0510"
    message = "没有输入{staff_code}的密码;无人值守时请用环境变量{variable}给出"


class AreaMissing(DomainError):
    code = "PL-0511"
    message = "机构{unit}不属于单一的统筹地区,请用 --area 指明"


class AreaUnknown(DomainError):
    code = "PL-0512"
    message = "没有代码为“{area}”的统筹地区"


def operator_at_terminal(staff_code: str, now: datetime) -> Operator:
    """The operator named, or asked for, with the password of `TONGCHOU_PASSWORD` or typed in (经办人).

    Raises: OperatorMissing, PasswordMissing, NotRecognised.
    """
    staff_code = staff_code or _asked("工作人员代码 / Staff code", hidden=False)
    if not staff_code:
        raise OperatorMissing
    operator = queries.operator_by_staff_code(staff_code)
    if operator is not None and operator.is_demo and not barred(operator, timezone.localdate(now)):
        return operator
    password = os.environ.get(PASSWORD_VARIABLE) or _asked(f"{staff_code} 的密码 / Password", hidden=True)
    if not password:
        raise PasswordMissing(staff_code=staff_code, variable=PASSWORD_VARIABLE)
    return recognised(staff_code, password, now)


def recognised(staff_code: str, password: str, now: datetime) -> Operator:
    """The operator, by password (核对密码). Raises: NotRecognised."""
    operator = queries.operator_by_staff_code(staff_code)
    known = operator is not None and check_password(password, operator.password)
    if operator is None or not known or barred(operator, timezone.localdate(now)):
        raise NotRecognised
    return operator


def _asked(words: str, *, hidden: bool) -> str:
    """What is typed in; nothing where nobody sits at a keyboard."""
    try:
        return str(typer.prompt(words, hide_input=hidden and sys.stdin.isatty(), err=True))
    except typer.Abort:
        return ""


def area_at_terminal(operator: Operator, area: str, on: date) -> str:
    """统筹地区: the one named, else the operator's own. Raises: AreaMissing, AreaUnknown."""
    chosen = area or queries.area_of_unit(operator.org_unit_id)
    if not chosen:
        raise AreaMissing(unit=operator.org_unit_id)
    if chosen not in {known.code for known in queries.pooling_areas(on)}:
        raise AreaUnknown(area=chosen)
    return chosen

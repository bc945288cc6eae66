"""Nobody replaces both the password and the device of a colleague (两项不由一人重置; GX2017 §133). Decision 0200."""

from datetime import datetime, timedelta
from typing import Final

from tongchou.kernel.errors import DomainError
from tongchou.platform.models import Operator, TrailEntry

APART: Final = timedelta(days=7)
"""For how long whoever replaced one factor of an operator may not replace the other."""

_RESETS: Final = {
    "platform.reset_password": "platform.reset_second_factor",
    "platform.reset_second_factor": "platform.reset_password",
}


class BothFactorsByOnePerson(DomainError):
    code = "PL-0530"
    message = "您在{days}日内已为{name}重置过密码或动态口令,另一项须由另一名安全管理员办理"
    citation = "GX2017 §133"


def check_other_factor(operator: Operator, action: str, *, by: Operator, now: datetime) -> None:
    """Did the same person replace the other factor of the operator lately? Raises: BothFactorsByOnePerson."""
    same_person = Operator.objects.filter(citizen_id=by.citizen_id).values("pk")
    lately = TrailEntry.objects.exclude(object_key="").filter(
        object_kind="operator",
        object_key=operator.staff_code,
        action=_RESETS[action],
        operator_id__in=same_person,
        at__gt=now - APART,
    )
    if lately.exists():
        raise BothFactorsByOnePerson(days=APART.days, name=operator.name)

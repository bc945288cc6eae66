"""A device for one-time codes, for tests of whatever asks for a second factor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tongchou.platform import commands, one_time_codes, second_factor
from tongchou.platform.models import Operator, SecondFactor

DEVICE_PASSWORD = "another-long-enough-secret"


@dataclass(frozen=True)
class Device:
    """What an operator holds in the hand."""

    operator: Operator
    secret: bytes
    recovery_codes: list[str]

    def code(self, at: datetime) -> str:
        """What it shows at that moment."""
        return one_time_codes.code_at(self.secret, one_time_codes.step_of(at))


def bind(operator: Operator, now: datetime) -> Device:
    """Bind a device a minute before `now`, so that the code of `now` is still unused."""
    operator.set_password(DEVICE_PASSWORD)
    operator.save(update_fields=["password"])
    earlier = now - timedelta(minutes=1)
    commands.begin_binding(operator=operator, proof=DEVICE_PASSWORD, now=earlier)
    begun = SecondFactor.objects.get(operator=operator, confirmed_at=None)
    secret = second_factor.secret(begun, operator)
    first = one_time_codes.code_at(secret, one_time_codes.step_of(earlier))
    codes = commands.confirm_binding(operator=operator, code=first, now=earlier)
    return Device(operator, secret, codes)

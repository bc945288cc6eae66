"""Who may come in (登录): the authentication back end beneath django-axes, which locks an account after five failures.

The back end leaves on the request why it refused; `commands.sign_in` says it to whoever knew the password, and to
everybody else only that code or password is wrong.
"""

import ipaddress
from datetime import date, datetime
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from tongchou.platform import trail
from tongchou.platform.models import Operator
from tongchou.platform.states import TrailOutcome

FORWARDING_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")


class OperatorBackend:
    """Staff code and password, within the days of service; demo operators from the same machine only (ORG-08)."""

    def authenticate(
        self,
        request: HttpRequest | None,
        staff_code: str | None = None,
        password: str | None = None,
        now: datetime | None = None,
    ) -> Operator | None:
        """The operator, or None with the reason in `request.refusal`: `unknown`, `demo`, or one of `barred`."""
        operator = Operator.objects.select_related("org_unit").filter(staff_code=staff_code).first()
        if operator is None:
            make_password(password)  # takes as long as checking one, so that the time does not tell who exists
            refusal = "unknown"
        elif not operator.check_password(password):
            refusal = "unknown"
        elif operator.is_demo and not (request and from_this_machine(request)):
            refusal = "demo"
        else:
            refusal = barred(operator, timezone.localdate(now))
        if request is not None:
            request.refusal = refusal
        return None if refusal else operator

    def get_user(self, user_id: int) -> Operator | None:
        """The operator of a session; nobody once disabled or gone, so that the session ends with the next request."""
        operator = Operator.objects.select_related("org_unit").filter(pk=user_id).first()
        return None if operator is None or barred(operator, timezone.localdate()) else operator


def barred(operator: Operator, on: date) -> str:
    """Why the operator may not work that day: `disabled`, `left`, `not_yet`; empty when nothing stands against it."""
    if not operator.is_active:
        return "disabled"
    if operator.left_at is not None or (operator.leaves_on is not None and on > operator.leaves_on):
        return "left"
    return "not_yet" if on < operator.active_from else ""


def from_this_machine(request: HttpRequest) -> bool:
    """Whether the request comes from loopback and through no proxy, whose clients may sit anywhere (本机访问)."""
    if any(header in request.META for header in FORWARDING_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _record_lock_out(*, username: str | None = None, ip_address: str | None = None, **others: Any) -> None:
    trail.record_aside(
        "platform.locked_out",
        at=timezone.now(),
        staff_code=username or "",
        outcome=TrailOutcome.REFUSED,
        object_kind="operator",
        object_key=username or "",
        detail={"address": ip_address},
    )


def connect_signals() -> None:
    """A lock-out goes into the trail (SYS-11)."""
    user_locked_out.connect(_record_lock_out, dispatch_uid="platform.locked_out")

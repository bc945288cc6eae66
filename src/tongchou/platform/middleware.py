"""Limits of a session (会话限制; GX2017 §133): an idle one ends, a demo one works from the same machine only."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongchou.platform import trail
from tongchou.platform.authentication import from_this_machine
from tongchou.platform.commands.sessions import SEEN_AT
from tongchou.platform.models import Operator
from tongchou.platform.states import TrailOutcome

IDLE_SECONDS = 1800
NOTED_EVERY_SECONDS = 60
"""How often a session in use is written, rather than with every request."""


class SessionLimits:
    """Goes after AuthenticationMiddleware; also tells the trail where what follows comes from.

    `SESSION_IDLE_SECONDS` in the settings says how long a session may rest. A request whose session ended here has
    `session_expired` set, so that the login page can say why.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with trail.from_address(request.META.get("REMOTE_ADDR", "")):
            operator = request.user
            if isinstance(operator, Operator):
                self._limit(request, operator)
            return self.get_response(request)

    def _limit(self, request: HttpRequest, operator: Operator) -> None:
        now = timezone.now()
        idle = int(now.timestamp()) - request.session.setdefault(SEEN_AT, int(now.timestamp()))
        away = operator.is_demo and not from_this_machine(request)
        if away or idle > getattr(settings, "SESSION_IDLE_SECONDS", IDLE_SECONDS):
            trail.record_aside(
                "platform.session_ended",
                at=now,
                operator=operator,
                outcome=TrailOutcome.REFUSED if away else TrailOutcome.DONE,
                object_kind="operator",
                object_key=operator.staff_code,
                detail={"idle_seconds": idle},
            )
            logout(request)
            request.session_expired = True
        elif idle >= NOTED_EVERY_SECONDS:
            request.session[SEEN_AT] = int(now.timestamp())

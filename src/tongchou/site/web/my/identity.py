"""Who a resident is (居民身份核验): name, certificate number and card number together; few attempts; a short session.

The session is a signed cookie of its own that only `/my/` gets. Decision 0092.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.states import TrailOutcome
from tongchou.platform.web import access
from tongchou.rights import queries as rights
from tongchou.rights.commands.mandates import MandateUnknown

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[Any, Arguments], HttpResponse]

COOKIE: Final = "my"
SALT: Final = "tongchou.my"
IDLE: Final = timedelta(minutes=20)
ATTEMPTS: Final = 5
ATTEMPTS_OF_ADDRESS: Final = 30
LOCKED_FOR: Final = timedelta(minutes=30)
REFUSED: Final = "site.resident_refused"


class IdentityNotProven(DomainError):
    code = "SI-0201"
    message = "信息不符,不能登录。请核对姓名、证件号码和社会保障卡号;仍不能登录的,请到经办窗口核对登记信息"


class TooManyAttempts(DomainError):
    code = "SI-0202"
    message = "尝试次数过多,请{minutes}分钟后再试,或到经办窗口办理"


@dataclass(frozen=True, slots=True)
class Resident:
    """Whoever is logged in at `/my/`."""

    person_id: int
    person_no: str
    agent_id: int = 0
    """Who is at the keyboard, where it is a family member with a mandate (RIG-03)."""

    @property
    def own_id(self) -> int:
        """The person whose identity was proven."""
        return self.agent_id or self.person_id


def prove(*, name: str, certificate_no: str, card_no: str, address: str, now: datetime) -> Resident:
    """核验身份: all three must fit one person whose card is usable. Each failure is noted and counted.

    Raises: IdentityNotProven, TooManyAttempts.
    """
    certificate_no, card_no, name = certificate_no.strip().upper(), card_no.strip().upper(), name.strip()
    about = hashlib.sha256(certificate_no.encode()).hexdigest()[:24]
    since = now - LOCKED_FOR
    if (
        platform.count_in_trail("resident", about, REFUSED, since) >= ATTEMPTS
        or platform.count_in_trail("resident_address", address, REFUSED, since) >= ATTEMPTS_OF_ADDRESS
    ):
        raise TooManyAttempts(minutes=int(LOCKED_FOR.total_seconds() // 60))
    found = enrolment.person_by_identity(name=name, certificate_no=certificate_no, card_no=card_no)
    if found is None:
        for kind, key in (("resident", about), ("resident_address", address)):
            trail.record(REFUSED, at=now, outcome=TrailOutcome.REFUSED, object_kind=kind, object_key=key)
        raise IdentityNotProven()
    trail.record(
        "site.resident_signed_in",
        at=now,
        outcome=TrailOutcome.SEEN,
        pooling_area=found.pooling_area,
        unit_code=found.unit_code,
        object_kind="person",
        object_key=found.person_no,
    )
    return Resident(found.id, found.person_no)


def remember(response: HttpResponse, resident: Resident) -> None:
    """Open or prolong the session: twenty minutes from now (会话)."""
    value = signing.dumps([resident.person_id, resident.person_no, resident.agent_id], salt=SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(IDLE.total_seconds()),
        path="/my/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponse) -> None:
    """End the session on this device (退出)."""
    response.delete_cookie(COOKIE, path="/my/", samesite="Strict")


def resident_of(request: HttpRequest) -> Resident | None:
    """Whose session the request belongs to (当前居民)."""
    try:
        person_id, person_no, agent_id = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=IDLE)
    except (signing.BadSignature, ValueError):
        return None
    return Resident(person_id, person_no, agent_id)


def act_for(resident: Resident, person_id: int, *, now: datetime) -> Resident:
    """Go over to a family member's record by mandate, or back to one's own (代办; RIG-03). Noted in the trail.

    Raises: MandateUnknown.
    """
    if person_id == resident.own_id:
        return Resident(person_id, enrolment.person_no_of(person_id) or "")
    today = access.today(now)
    facts = enrolment.facts(person_id, today)
    if facts is None or not rights.may_act(agent_id=resident.own_id, person_id=person_id, on=today):
        raise MandateUnknown
    trail.record(
        "rights.record_seen_by_agent",
        at=now,
        outcome=TrailOutcome.SEEN,
        pooling_area=facts.pooling_area,
        unit_code=facts.unit_code,
        object_kind="person",
        object_key=facts.person_no,
        detail={"agent": resident.own_id},
    )
    return Resident(person_id, facts.person_no, resident.own_id)


def still_may(resident: Resident, on: date) -> bool:
    """Whether a mandate acted on still holds; one's own record always."""
    return not resident.agent_id or rights.may_act(agent_id=resident.agent_id, person_id=resident.person_id, on=on)


def residents_only(view: View[Arguments]) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """A page of the resident's own data (本人页面); each use prolongs the session."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        resident = resident_of(request)
        if resident is None:
            return redirect("my:login")
        entered: Any = request
        entered.resident = resident
        entered.now = access.now()
        entered.today = access.today(entered.now)
        if not still_may(resident, entered.today):
            resident = entered.resident = act_for(resident, resident.own_id, now=entered.now)
        response = view(entered, *args, **kwargs)
        if COOKIE not in response.cookies:
            remember(response, resident)
        return response

    return guarded

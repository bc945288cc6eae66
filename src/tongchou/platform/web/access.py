"""Who may open a page (页面权限): log-in, permission, scope; refusals are shown in words and kept in the trail."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from inspect import unwrap
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, queries, trail
from tongchou.platform.duties import duties_of
from tongchou.platform.models import Operator
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.scope import Scope
from tongchou.platform.states import TrailOutcome

Arguments = ParamSpec("Arguments")


class PageRequest(HttpRequest):
    """What a view of a page gets: the operator, the instant, and where the page's permission reaches."""

    operator: Operator
    permission: str
    now: datetime

    @property
    def today(self) -> date: ...

    @property
    def scope(self) -> Scope: ...


View = Callable[Concatenate[PageRequest, Arguments], HttpResponse]
Entry = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def now() -> datetime:
    """The clock of the pages (时钟); tests put another in its place."""
    return timezone.now()


def today(instant: datetime) -> date:
    """The day of an instant in the time zone of the agency (当日)."""
    return timezone.localdate(instant)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks of who opens it (页面所需权限), so that links to it show only to those it lets in."""

    permission: str = ""
    whole_area: bool = False
    work: Callable[..., str] | None = None


def page(
    permission: str,
    *,
    methods: tuple[str, ...] = ("GET",),
    whole_area: bool = False,
    work: Callable[..., str] | None = None,
) -> Callable[[View[Arguments]], Entry[Arguments]]:
    """A page for operators whose posts give `permission` (岗位权限); an empty one asks only for a log-in.

    `whole_area` says that what it shows belongs to a whole pooling area, as a fund's books do; `work` gives the kind of
    case or import it is for, from what stands in its address.
    """
    asked = Asked(permission, whole_area, work)

    def decorate(view: View[Arguments]) -> Entry[Arguments]:
        @wraps(view)
        @never_cache
        @login_required
        @require_http_methods(["HEAD", *methods])
        def guarded(request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            entered = _enter(request)
            with trail.from_address(request.META.get("REMOTE_ADDR") or ""):
                try:
                    _seek(entered, permission)
                    return view(entered, *args, **kwargs)
                except DomainError as refusal:
                    return refused(entered, refusal)

        cast("Any", guarded).asks = asked
        return guarded

    return decorate


def opened(view: Any, request: HttpRequest) -> HttpResponse:
    """What a page answers without a browser, as at the command line (无浏览器打开). Raises: what the page refuses."""
    entered = _enter(request)
    _seek(entered, view.asks.permission)
    return cast("HttpResponse", unwrap(view)(entered))


def may(request: HttpRequest, permission: str, *, work: str = "") -> bool:
    """Whether to show what needs that permission (是否显示); the page behind it checks again.

    `work` is the kind of case or import it is for, which an agent may not be commissioned for (ORG-04).
    """
    if not request.user.has_perm(permission):
        return False
    return not work or not queries.scope_of(cast("Operator", request.user), permission, today(now()), work).is_empty


def opens(request: HttpRequest, address: str, unit_code: str = "", *, work: str = "") -> bool:
    """Whether the page at an address of this house asks for nothing that the operator lacks (是否可打开).

    `unit_code` is the unit to which what it shows belongs, where that may lie outside the scope of the page that links
    to it; `work` its kind of case or import, where the address does not say it.
    """
    asked, told = _asked_at(urlsplit(address).path)
    if not asked.permission:
        return True
    if not request.user.has_perm(asked.permission):
        return False
    if asked.work is not None:
        work = asked.work(**told)
    if not (asked.whole_area or unit_code or work):
        return True
    scope = queries.scope_of(cast("Operator", request.user), asked.permission, today(now()), work)
    if scope.is_empty or (asked.whole_area and not scope.areas):
        return False
    return (
        not unit_code
        or (asked.permission, work, unit_code) in _entered_by(request)
        or _covers(request, scope, unit_code)
    )


@lru_cache(maxsize=4096)
def _asked_at(path: str) -> tuple[Asked, Mapping[str, Any]]:
    try:
        found = resolve(path)
    except Resolver404:
        return Asked(), {}
    return getattr(found.func, "asks", Asked()), found.kwargs


def reached(request: HttpRequest, permission: str, unit_codes: Collection[str]) -> frozenset[str]:
    """Those of the units that the operator's permission reaches (是否显示): the page behind it checks again."""
    if not unit_codes or not may(request, permission):
        return frozenset()
    know_units(request, unit_codes)
    scope = queries.scope_of(cast("Operator", request.user), permission, today(now()))
    return frozenset(code for code in unit_codes if _covers(request, scope, code))


def know_units(request: HttpRequest, unit_codes: Iterable[str]) -> None:
    """Find out in one question where the units stand to which the links of a page lead (所在机构)."""
    known = _known_units(request)
    if missing := set(unit_codes) - {""} - known.keys():
        known |= dict.fromkeys(missing, "") | queries.paths_by_unit(missing)


def _covers(request: HttpRequest, scope: Scope, unit_code: str) -> bool:
    """Whether the unit lies inside; where the scope begins at just that unit, without a question."""
    if scope.begins_at(unit_code):
        return True
    know_units(request, [unit_code])
    path = _known_units(request)[unit_code]
    return bool(path) and scope.covers(path)


def _entered_by(request: HttpRequest) -> set[tuple[str, str, str]]:
    """Permission, work and unit by which the page was entered: of these its links need not ask again."""
    return cast("set[tuple[str, str, str]]", request.__dict__.setdefault("_entered_by", set()))


def _known_units(request: HttpRequest) -> dict[str, str]:
    """The paths of units that the page asked for already, by code; empty for what is no unit."""
    return cast("dict[str, str]", request.__dict__.setdefault("_paths_of_units", {}))


def why_not(request: HttpRequest, permission: str) -> str:
    """Why a button that the operator's posts would show is missing (不能办理的原因); empty for any other reason."""
    refusal = checks.why_not(cast("Operator", request.user), permission, now())
    return sentence(refusal) if refusal else ""


def check_unit(request: PageRequest, *unit_codes: str, kind: str = "", key: object = "", work: str = "") -> None:
    """属地管理: does the page's permission reach a unit of what was asked for? Raises: OutOfScope, AgentScope."""
    checks.check_any_in_scope(
        request.operator, request.permission, unit_codes, request.now, object_kind=kind, object_key=key, work=work
    )
    if len(unit_codes) == 1:
        _entered_by(request).add((request.permission, work, unit_codes[0]))


def check_area(request: PageRequest, pooling_area: str) -> None:
    """Does the page's permission reach the whole pooling area? Raises: AreaOutOfScope."""
    checks.check_area_in_scope(request.operator, request.permission, pooling_area, request.now)


def note_look(
    request: PageRequest,
    action: str,
    kind: str,
    key: object,
    /,
    *,
    area: str = NO_AREA,
    unit_code: str = "",
    **detail: object,
) -> None:
    """查阅留痕: who looked at which record stands in its trail (ORG-19, RIG-04)."""
    trail.record(
        action,
        at=request.now,
        operator=request.operator,
        outcome=TrailOutcome.SEEN,
        pooling_area=area,
        unit_code=unit_code,
        object_kind=kind,
        object_key=key,
        detail=detail,
    )


def sentence(refusal: DomainError) -> str:
    """The refusal in the reader's language (拒绝原因): what happened and why, then the article."""
    words = gettext(type(refusal).message).format(**refusal.figures)
    return f"{words}({refusal.citation})" if refusal.citation else words


def sentence_with_code(refusal: DomainError) -> str:
    """The sentence, then its code, as a form or a page shows the refusal (拒绝原因)."""
    return f"{sentence(refusal)} {refusal.code}"


@contextmanager
def refusals_at(form: forms.Form, field: str | None = None) -> Iterator[None]:
    """A refusal inside stands at the field of the form that asked for it, or above the form (不予办理).

    What follows a success, its message and where the page leads, stands inside too: a refusal leaves it out, and the
    page goes on to show the form again.
    """
    try:
        yield
    except DomainError as refusal:
        form.add_error(field, sentence_with_code(refusal))


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The page of a refusal (不予办理): 403 for what is not the operator's to see, 422 otherwise."""
    status = 403 if isinstance(refusal, checks.FORBIDDEN) else 422
    told = {"refusal": sentence(refusal), "code": refusal.code, "status": status}
    response = render(request, "site/refused.html", told, status=status)
    response["HX-Retarget"] = "#page"
    response["HX-Reselect"] = "#page > *"
    response["HX-Reswap"] = "innerHTML"
    return response


def _enter(request: HttpRequest) -> PageRequest:
    entered = cast("Any", request)
    entered.operator = request.user
    entered.now = now()
    entered.today = today(entered.now)
    entered.operator.asked_on = entered.today
    duties_of(entered.operator, entered.today)  # every page needs them, and they answer all questions of permission
    return cast("PageRequest", entered)


def _seek(request: PageRequest, permission: str) -> None:
    """Note what the page is opened with and how far it reaches. Raises: NoPermission."""
    request.permission = permission
    if permission:
        checks.check_permission(request.operator, permission, request.now)
        cast("Any", request).scope = queries.scope_of(request.operator, permission, request.today)

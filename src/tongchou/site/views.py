"""Pages of the frame itself (框架页面): log-in, language, notices, and what a browser sees when something is wrong."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.kernel.errors import DomainError
from tongchou.platform import commands, queries, trail
from tongchou.platform.authentication import from_this_machine
from tongchou.platform.demo_operators import DEMO_PASSWORD
from tongchou.platform.web import access
from tongchou.platform.web.access import PageRequest, page

SERVER_FAULT: Final = 500
LANGUAGE_COOKIE_AGE: Final = 365 * 24 * 3600


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """经办人员登录 (ORG-08). To callers on this machine the logins of the invented city are listed."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if not _is_ours(request, onward):
        onward = reverse("dashboard")
    if request.user.is_authenticated:
        return redirect(onward)
    context: dict[str, Any] = {"next": onward, "staff_code": request.POST.get("username", "")[:30]}
    status = 200
    if request.method == "POST":
        now = access.now()
        try:
            with trail.from_address(request.META.get("REMOTE_ADDR") or ""):
                commands.sign_in(
                    request, staff_code=context["staff_code"], password=request.POST.get("password", ""), now=now
                )
        except DomainError as refusal:
            context |= {"refusal": access.sentence(refusal), "code": refusal.code}
            status = 403
        else:
            return redirect(onward)
    context |= {"demo_logins": demo_logins(request), "demo_password": DEMO_PASSWORD}
    return render(request, "site/login.html", context, status=status)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """退出登录."""
    commands.sign_out(request, now=access.now())
    return redirect("login")


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login of the invented city, as the log-in page lists it."""

    staff_code: str
    name: str
    posts: str
    unit: str


def demo_logins(request: HttpRequest) -> list[DemoLogin]:
    """The logins of the invented city, for callers on this machine only (演示账号)."""
    if not from_this_machine(request):
        return []
    today = access.today(access.now())
    return [
        DemoLogin(one.staff_code, one.name, one.posts_held, one.org_unit.name) for one in queries.demo_operators(today)
    ]


def _is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address to go on to lies on this site."""
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """界面语言: kept in a cookie, for log-in and residents' pages have it too."""
    wanted = request.POST.get("language", "")
    back = request.POST.get("next", "")
    if not _is_ours(request, back):
        back = reverse("dashboard")
    response = redirect(back)
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@page("", methods=("GET", "POST"))
def notices(request: PageRequest) -> HttpResponse:
    """通知: the operator's own; opening the page of one marks it as read."""
    if request.method == "POST":
        ids = [int(one) for one in request.POST.getlist("notice") if one.isdecimal()]
        commands.mark_read(recipient=request.operator, notice_ids=ids, now=request.now)
        return redirect("notices")
    listed = queries.notices_of(request.operator)
    shown = [(one, one.link if one.link and access.opens(request, one.link) else "") for one in listed]
    return render(request, "site/notices.html", {"notices": shown})


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: the database answers too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _trouble(
        request,
        403,
        heading=_("无权限"),
        said=_("您没有打开这个页面的权限。"),
        to_do=_("确因工作需要时,请向本机构安全管理员申请。"),
        code="SI-0104",
    )


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _trouble(
        request,
        404,
        heading=_("没有找到"),
        said=_("这个地址没有对应的页面,或者要找的记录不存在。"),
        to_do=_("请核对编号或地址,也可以用搜索查找。"),
        code="SI-0105",
    )


@requires_csrf_token
def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours; the log has it."""
    return _trouble(
        request,
        500,
        heading=_("系统出错"),
        said=_("系统出现了意外错误,刚才的操作没有完成。错误已记录。"),
        to_do=_("请稍后重试;反复出现时请联系信息管理员,并告知时间和所做的操作。"),
        code="SI-0106",
    )


def _trouble(request: HttpRequest, status: int, **words: str) -> HttpResponse:
    of_resident = request.path.startswith("/my/")
    home = "/my/" if of_resident else reverse("dashboard")
    framed = status < SERVER_FAULT and not of_resident and getattr(request, "user", AnonymousUser()).is_authenticated
    told = {"home": home, "trouble": "site/page.html" if framed else "site/alone.html", **words}
    response = render(request, "site/trouble.html", told, status=status)
    response["HX-Retarget"] = "body"
    response["HX-Reswap"] = "innerHTML"
    return response

"""我的安全设置: the operator's own device for one-time codes, and the codes for the day it is lost (SYS-11)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from tongchou.kernel.errors import DomainError
from tongchou.platform import commands, second_factor
from tongchou.platform.authentication import from_this_machine
from tongchou.platform.web.access import PageRequest, page, sentence_with_code
from tongchou.platform.web.crumbs import crumbs


@page("")
def my_security(request: PageRequest) -> HttpResponse:
    """What is bound, and a binding that waits for its first code."""
    return _page(request)


@sensitive_post_parameters("proof")
@page("", methods=("POST",))
def bind(request: PageRequest) -> HttpResponse:
    """开始绑定: after the password, or a code of the device in use."""
    try:
        commands.begin_binding(operator=request.operator, proof=request.POST.get("proof", ""), now=request.now)
    except DomainError as refusal:
        return _page(request, bind_error=refusal)
    return redirect("platform:my_security")


@page("", methods=("POST",))
def confirm(request: PageRequest) -> HttpResponse:
    """确认绑定: the recovery codes are shown here and nowhere else."""
    try:
        codes = commands.confirm_binding(
            operator=request.operator, code=request.POST.get("second_factor", ""), now=request.now
        )
    except DomainError as refusal:
        return _page(request, confirm_error=refusal)
    return _shown_once(request, codes)


@page("", methods=("POST",))
def recovery_codes(request: PageRequest) -> HttpResponse:
    """更换恢复码: the earlier ones no longer open."""
    try:
        codes = commands.renew_recovery_codes(
            operator=request.operator, code=request.POST.get("second_factor", ""), now=request.now
        )
    except DomainError as refusal:
        return _page(request, codes_error=refusal)
    return _shown_once(request, codes)


def _page(request: PageRequest, **errors: DomainError) -> HttpResponse:
    factor = second_factor.in_use(request.operator)
    context: dict[str, Any] = {
        "factor": factor,
        "codes_left": factor.recovery_codes.filter(used_at=None).count() if factor else 0,
        "few": second_factor.FEW_RECOVERY_CODES,
        "is_asked": second_factor.is_asked_of(request.operator, request.now),
        "binding": commands.binding_begun(request.operator, request.now),
        "demo_code": second_factor.demo_code(request.operator, request.now) if from_this_machine(request) else "",
        "crumbs": crumbs(_("系统"), _("我的安全设置")),
    }
    told = {name: sentence_with_code(refusal) for name, refusal in errors.items()}
    return render(request, "platform/my_security.html", context | told, status=422 if errors else 200)


def _shown_once(request: PageRequest, codes: list[str]) -> HttpResponse:
    steps = crumbs(_("系统"), (_("我的安全设置"), "platform:my_security"), _("恢复码"))
    return render(request, "platform/recovery_codes.html", {"codes": codes, "crumbs": steps})

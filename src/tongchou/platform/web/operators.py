"""人员与岗位: who works where, with which posts; granting says no where two posts must not meet (ORG-08…10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.kernel.errors import DomainError
from tongchou.platform import commands, queries, second_factor, training_queries
from tongchou.platform.commands import posts as post_commands
from tongchou.platform.models import Operator, SecondFactor
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.trails import timeline
from tongchou.platform.web.training_badges import training_badge


class OperatorFilter(lists.FilterForm):
    words = lists.words(_("姓名或工作人员代码"))


@dataclass(frozen=True, slots=True)
class Line:
    """An operator as listed."""

    staff_code: str
    name: str
    unit: str
    posts: str
    state: Badge


def operator_badge(operator: Operator, on: date) -> Badge:
    """在岗, 停用 or 离职 (人员状态)."""
    if operator.left_at is not None or (operator.leaves_on is not None and operator.leaves_on < on):
        return Badge(str(_("已离职")), Tone.RESTING)
    if not operator.is_active:
        return Badge(str(_("停用")), Tone.BAD)
    return Badge(str(_("在岗")), Tone.DONE)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.operators_in(request.scope, on=request.today, **criteria)
    return lists.Held(
        [
            Line(one.staff_code, one.name, one.org_unit.name, one.posts_held, operator_badge(one, request.today))
            for one in found
        ]
    )


OPERATORS: Final = lists.List(
    name="operators",
    title=_("人员"),
    columns=(
        lists.Column(_("姓名"), "name"),
        lists.Column(_("工作人员代码"), "staff_code", "code"),
        lists.Column(_("所属机构"), "unit"),
        lists.Column(_("岗位"), "posts"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read,
    orders={"code": ("staff_code",)},
    form=OperatorFilter,
    link=lambda line: reverse("platform:operator", args=[line.staff_code]),
    template="platform/operators.html",
)


class GrantForm(forms.Form):
    """授予岗位."""

    post = forms.ChoiceField(label=_("岗位"), widget=forms.Select(attrs={"class": "form-select"}))
    valid_from = lists.day(_("任职日期"))
    valid_until = lists.day(_("免职日期(可不填)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["post"].choices = [("", _("请选择")), *((one.code, gettext(one.name)) for one in queries.posts())]
        self.fields["valid_from"].required = True


@page("operators.view")
def operators(request: PageRequest) -> HttpResponse:
    """The operators inside the scope."""
    return OPERATORS.respond(request, crumbs=crumbs(_("系统"), _("人员岗位")))


@page("operators.view")
def operator(request: PageRequest, staff_code: str) -> HttpResponse:
    """One operator: posts held and once held, what may be done, and the trail."""
    return _operator_page(request, _find(request, staff_code), GrantForm(initial={"valid_from": request.today}))


@page("posts.grant", methods=("POST",))
def grant(request: PageRequest, staff_code: str) -> HttpResponse:
    """授予岗位: refused where two posts must not meet in one person (QA2018 三.1)."""
    found = _find(request, staff_code)
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            post_commands.grant_post(
                operator_id=found.pk,
                post_code=form.cleaned_data["post"],
                unit_code=found.org_unit_id,
                valid_from=form.cleaned_data["valid_from"],
                valid_until=form.cleaned_data["valid_until"],
                by=request.operator,
                now=request.now,
            )
        except post_commands.TrainingMissing as refusal:
            form.add_error("post", sentence_with_code(refusal))
            return _operator_page(request, found, form, status=422, untrained=True)
        except DomainError as refusal:
            form.add_error("post", sentence_with_code(refusal))
        else:
            messages.success(request, gettext("已授予岗位。"))
            return redirect("platform:operator", staff_code)
    return _operator_page(request, found, form, status=422)


@page("posts.grant", methods=("POST",))
def ask_confirmation(request: PageRequest, staff_code: str) -> HttpResponse:
    """提请领导确认: a post for somebody without the training it asks for (ORG-14)."""
    found = _find(request, staff_code)
    form = GrantForm(request.POST)
    if form.is_valid():
        with refusals_at(form, "post"):
            commands.ask_for_confirmation(
                operator_id=found.pk,
                post_code=form.cleaned_data["post"],
                unit_code=found.org_unit_id,
                valid_from=form.cleaned_data["valid_from"],
                valid_until=form.cleaned_data["valid_until"],
                by=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已提请领导确认。"))
            return redirect("platform:operator", staff_code)
    return _operator_page(request, found, form, status=422)


@page("posts.grant", methods=("POST",))
def revoke(request: PageRequest, staff_code: str, holding_id: int) -> HttpResponse:
    """收回岗位: from today on."""
    post_commands.revoke_post(holding_id=holding_id, valid_until=request.today, by=request.operator, now=request.now)
    messages.success(request, gettext("岗位已收回,自今日起生效。"))
    return redirect("platform:operator", staff_code)


@page("security.reset_password", methods=("POST",))
def reset_factor(request: PageRequest, staff_code: str) -> HttpResponse:
    """重置动态口令: with a reason, by another person (SYS-11)."""
    found = _find(request, staff_code)
    try:
        commands.reset_second_factor(
            operator_id=found.pk, reason=request.POST.get("reason", "")[:200], by=request.operator, now=request.now
        )
    except DomainError as refusal:
        shown = GrantForm(initial={"valid_from": request.today})
        return _operator_page(request, found, shown, status=422, reset_error=sentence_with_code(refusal))
    messages.success(request, gettext("动态口令已重置,请通知本人重新绑定。"))
    return redirect("platform:operator", staff_code)


class FactorFilter(lists.FilterForm):
    words = lists.words(_("姓名或工作人员代码"))
    bound = lists.choice(_("动态口令"), [("no", _("未绑定")), ("yes", _("已绑定"))])


@dataclass(frozen=True, slots=True)
class FactorLine:
    """An operator whose posts approve money or policy, as listed."""

    staff_code: str
    name: str
    unit: str
    posts: str
    bound_at: datetime | None
    used_at: datetime | None
    state: Badge


def factor_badge(operator: Operator, factor: SecondFactor | None) -> Badge:
    """已绑定, 未绑定 or the public one of a demo operator (动态口令状态)."""
    if operator.is_demo:
        return Badge(str(_("演示口令")), Tone.RESTING)
    return Badge(str(_("已绑定")), Tone.DONE) if factor else Badge(str(_("未绑定")), Tone.BAD)


def _read_factors(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.approvers_in(request.scope, words=criteria.get("words", ""), on=request.today)
    bound = queries.second_factors_of([one.pk for one in found])
    wanted = criteria.get("bound")
    return lists.Held(
        [
            FactorLine(
                one.staff_code,
                one.name,
                one.org_unit.name,
                one.posts_held,
                factor.confirmed_at if factor else None,
                factor.last_used_at if factor else None,
                factor_badge(one, factor),
            )
            for one in found
            for factor in (bound.get(one.pk),)
            if not wanted or (wanted == "yes") == (one.is_demo or factor is not None)
        ]
    )


SECOND_FACTORS: Final = lists.List(
    name="second-factors",
    title=_("动态口令"),
    columns=(
        lists.Column(_("姓名"), "name"),
        lists.Column(_("工作人员代码"), "staff_code", "code"),
        lists.Column(_("所属机构"), "unit"),
        lists.Column(_("岗位"), "posts"),
        lists.Column(_("绑定时间"), "bound_at", "moment"),
        lists.Column(_("最近使用"), "used_at", "moment"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read_factors,
    orders={"code": ("staff_code",)},
    form=FactorFilter,
    link=lambda line: reverse("platform:operator", args=[line.staff_code]),
    empty=_("没有审批资金或政策的人员。"),
)


@page("security.view")
def second_factors(request: PageRequest) -> HttpResponse:
    """Who approves money or policy, and who of them has not bound a device (SYS-11)."""
    return SECOND_FACTORS.respond(
        request, crumbs=crumbs(_("系统"), (_("人员岗位"), "platform:operators"), _("动态口令"))
    )


@page("posts.view")
def posts(request: PageRequest) -> HttpResponse:
    """岗位职责: each post, what it may do, and with which others it never meets."""
    apart: dict[str, list[tuple[str, str, str]]] = {}
    names = {one.code: one.name for one in queries.posts()}
    for one, other, reason, citation in queries.sod_pairs():
        apart.setdefault(one, []).append((names[other], reason, citation))
        apart.setdefault(other, []).append((names[one], reason, citation))
    shown = [
        {
            "post": one,
            "permissions": [PERMISSIONS[name].label for name in one.permissions if name in PERMISSIONS],
            "apart": apart.get(one.code, []),
        }
        for one in queries.posts()
    ]
    context = {"posts": shown, "crumbs": crumbs(_("系统"), (_("人员岗位"), "platform:operators"), _("岗位"))}
    return render(request, "platform/posts.html", context)


def _find(request: PageRequest, staff_code: str) -> Operator:
    found = queries.operator_by_staff_code(staff_code)
    if found is None:
        raise Http404
    check_unit(request, found.org_unit_id, kind="operator", key=staff_code)
    return found


def _operator_page(
    request: PageRequest,
    found: Operator,
    form: GrantForm,
    status: int = 200,
    reset_error: str = "",
    *,
    untrained: bool = False,
) -> HttpResponse:
    history = queries.holdings_history(found)
    may_reset = may(request, "security.reset_password") and not found.is_demo
    factor = second_factor.in_use(found) if may_reset else None
    context = {
        "found": found,
        "state": operator_badge(found, request.today),
        "holdings": [
            (one, one.valid_from <= request.today and (one.valid_until is None or one.valid_until > request.today))
            for one in history
        ],
        "form": form if may(request, "posts.grant") else None,
        "untrained": untrained,
        "trainings": [(one, training_badge(one, request.today)) for one in training_queries.records_of(found)]
        if may(request, "training.view")
        else None,
        "may_void": may(request, "training.manage"),
        "may_reset": may_reset,
        "factor": factor,
        "factor_state": factor_badge(found, factor),
        "reset_error": reset_error,
        "trail": timeline(request, "operator", found.staff_code),
        "crumbs": crumbs(_("系统"), (_("人员岗位"), "platform:operators"), found.name),
    }
    return render(request, "platform/operator.html", context, status=status)

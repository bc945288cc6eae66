"""岗位委托: what the operator handed over for some days, or took (ORG-13)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import commands, queries
from tongchou.platform import queries as platform
from tongchou.platform.colleagues import COLLEAGUES
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page, refusals_at
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.look_ups import LookUpField, offers


class DelegationForm(forms.Form):
    """委托."""

    post = forms.ChoiceField(label=_("岗位"), widget=forms.Select(attrs={"class": "form-select"}))
    staff_code = forms.CharField()
    valid_from = lists.day(_("开始日期"))
    valid_until = lists.day(_("终止日期(不含当日)"))
    reason = lists.words(_("理由"), longest=200)

    def __init__(self, held: list[tuple[str, str]], unit_code: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["post"].choices = held
        self.fields["post"].widget.attrs["autofocus"] = True
        self.fields["staff_code"] = LookUpField(
            COLLEAGUES,
            unit_code,
            reverse_lazy("cases:colleagues"),
            label=_("受托人"),
            help_text=_("本机构或上级机构在岗的同事,按姓名或工作人员代码查找"),
        )
        for name in ("valid_from", "valid_until", "reason"):
            self.fields[name].required = True


@page("cases.view", methods=("GET", "POST"))
def delegations(request: PageRequest) -> HttpResponse:
    """The operator's own delegations, and a form for another."""
    held = platform.holdings_of(request.operator, request.today)
    choices = list({one.post_id: (one.post_id, gettext(one.post.name)) for one in held}.values())
    sent = request.POST if request.method == "POST" else None
    form = DelegationForm(choices, request.operator.org_unit_id, sent, initial={"valid_from": request.today})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_at(form):
            commands.delegate_post(
                post=data["post"],
                to_staff_code=data["staff_code"],
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
                reason=data["reason"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("岗位已委托。"))
            return redirect("cases:delegations")
    names = {one.code: one.name for one in platform.posts()}
    context = {
        "form": form,
        "delegations": [
            (one, names.get(one.post, one.post), one.delegator_id == request.operator.pk)
            for one in queries.delegations_of(request.operator, request.today)
        ],
        "crumbs": crumbs((_("业务件"), "cases:cases"), _("岗位委托")),
    }
    return render(request, "cases/delegations.html", context, status=422 if form.errors else 200)


@page("cases.view")
def colleagues(request: PageRequest) -> HttpResponse:
    """同事查找: who may take over, as choices of the field."""
    own = request.operator
    return offers(request, "staff_code", COLLEAGUES, own.org_unit_id, without=own.staff_code)


@page("cases.view", methods=("POST",))
def end(request: PageRequest, delegation_id: int) -> HttpResponse:
    """收回委托."""
    commands.end_delegation(delegation_id=delegation_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("委托已收回。"))
    return redirect("cases:delegations")

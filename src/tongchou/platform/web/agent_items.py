"""委托事项: what an agent may be commissioned for, in permissions and kinds of work: an open list (ORG-04)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.platform import agent_queries, checks, commands
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.web.access import PageRequest, may, page, refusals_at
from tongchou.platform.web.crumbs import crumbs

BUSINESS = (
    "enrolment",
    "contributions",
    "encounters",
    "settlement",
    "cases",
    "imports",
    "exports",
    "rights",
    "accounts",
)
"""Chapters whose permissions an agent may be given."""


class ItemForm(forms.Form):
    """委托事项."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    code = forms.CharField(label=_("事项代码"), max_length=30)
    name = forms.CharField(label=_("事项名称"), max_length=30)
    citation = forms.CharField(label=_("依据"), max_length=60, required=False)
    permissions = forms.MultipleChoiceField(label=_("权限"), required=False, widget=forms.CheckboxSelectMultiple)
    works = forms.MultipleChoiceField(label=_("业务"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for name in ("code", "name", "citation"):
            self.fields[name].widget.attrs |= {"class": "form-control", "autocomplete": "off"}
        self.fields["permissions"].choices = [
            (name, gettext(one.label)) for name, one in PERMISSIONS.items() if name.partition(".")[0] in BUSINESS
        ]
        self.fields["works"].choices = [(code, gettext(title)) for code, title in checks.works().items()]


@page("agents.view")
def items(request: PageRequest) -> HttpResponse:
    """Every item with what it means."""
    works = checks.works()
    shown = [
        {
            "item": one,
            "permissions": [PERMISSIONS[name].label for name in one.permissions if name in PERMISSIONS],
            "works": [works[name] for name in one.works if name in works],
        }
        for one in agent_queries.items()
    ]
    context = {
        "items": shown,
        "may_set": may(request, "agents.set_items"),
        "crumbs": crumbs(_("系统"), (_("代办机构"), "platform:agents"), _("委托事项")),
    }
    return render(request, "platform/commission_items.html", context)


@page("agents.set_items", methods=("GET", "POST"))
def item(request: PageRequest, code: str = "") -> HttpResponse:
    """维护委托事项: one that stands, or a new one."""
    known = agent_queries.item(code) if code else None
    if code and known is None:
        raise Http404
    if request.method == "POST":
        form = ItemForm({**request.POST.dict(), **_lists(request), **({"code": code} if code else {})})
        if form.is_valid():
            with refusals_at(form):
                saved = commands.set_commission_item(**form.cleaned_data, by=request.operator, now=request.now)
                messages.success(request, gettext("已保存委托事项“%(name)s”。") % {"name": saved.name})
                return redirect("platform:commission_items")
        return _page(request, form, code, status=422)
    initial: dict[str, Any] = {"version": 0}
    if known is not None:
        names = ("version", "code", "name", "citation", "permissions", "works")
        initial = {name: getattr(known, name) for name in names}
    return _page(request, ItemForm(initial=initial), code)


def _lists(request: PageRequest) -> dict[str, list[str]]:
    return {name: request.POST.getlist(name) for name in ("permissions", "works")}


def _page(request: PageRequest, form: ItemForm, code: str, status: int = 200) -> HttpResponse:
    if code:
        form.fields["code"].widget.attrs["readonly"] = True
    title = gettext("委托事项") if code else gettext("新增委托事项")
    trace = crumbs(_("系统"), (_("代办机构"), "platform:agents"), (_("委托事项"), "platform:commission_items"), title)
    return render(
        request, "platform/commission_item.html", {"form": form, "title": title, "crumbs": trace}, status=status
    )

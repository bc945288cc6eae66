"""缴费: the rates of each year, and the files of payments taken in (GX2017 §21, 23; CON-01, CON-11)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import commands, queries
from tongchou.contributions.web.places import CHAPTER
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page, refusals_at, why_not
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import


@page("contributions.view")
def payments(request: PageRequest) -> HttpResponse:
    """缴费标准 of the operator's pooling area."""
    area = own_area(request)
    found = queries.standards(area) if area else []
    context = {
        "area": platform.unit_name(area, request.today) if area else "",
        "standards": [
            (one, Scheme(one.scheme).label, PersonCategory(one.category).label if one.category else _("全部人员"))
            for one in found
        ],
        "may_import": may_import(request, "contributions"),
        "may_open": may(request, "contributions.set_rates"),
        "why_not": why_not(request, "contributions.set_rates"),
        "next_year": request.today.year + 1,
        "crumbs": crumbs(_("缴费")),
    }
    return render(request, "contributions/payments.html", context)


def _select(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)


class StandardForm(forms.Form):
    """缴费标准 of a year: for everybody, or for one category."""

    scheme = _select(_("险种"), list(Scheme.choices))
    year = forms.IntegerField(
        label=_("保险年度"), min_value=2000, max_value=2100, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    category = _select(_("人员类别"), [("", _("全部人员")), *PersonCategory.choices])
    personal = lists.YuanField(label=_("个人缴费(元)"))
    subsidy = lists.YuanField(label=_("财政补助(元)"))
    source = lists.words(_("文件依据"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["source"].required = True


@page("contributions.set_rates", methods=("GET", "POST"))
def add_standard(request: PageRequest) -> HttpResponse:
    """维护缴费标准: add one, or mend one by which nobody has paid yet."""
    first = {"scheme": Scheme.RESIDENT, "year": request.today.year + 1}
    form = StandardForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form):
            commands.set_standard(
                pooling_area=own_area(request),
                scheme=Scheme(told["scheme"] or Scheme.RESIDENT),
                benefit_year=told["year"],
                category=told["category"],
                personal_fen=told["personal"],
                subsidy_fen=told["subsidy"],
                source=told["source"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("缴费标准已保存。"))
            return redirect("contributions:payments")
    context = {
        "form": form,
        "form_name": "standard",
        "crumbs": crumbs(CHAPTER, _("新增标准")),
    }
    return render(request, "contributions/standard_form.html", context, status=422 if form.errors else 200)

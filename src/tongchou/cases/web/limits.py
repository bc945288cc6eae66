"""审批限额: above which amount a further level decides, by item and pooling area (ORG-12)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import commands, kinds, queries
from tongchou.kernel.errors import DomainError
from tongchou.platform import second_factor
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page, sentence_with_code
from tongchou.platform.web.crumbs import crumbs


class LimitForm(forms.Form):
    """设定限额."""

    pooling_area = forms.ChoiceField(label=_("统筹区"), widget=forms.Select(attrs={"class": "form-select"}))
    step = forms.ChoiceField(label=_("事项与环节"), widget=forms.Select(attrs={"class": "form-select"}))
    above = lists.YuanField(label=_("金额超过(元)"))
    valid_from = lists.day(_("启用日期"))
    reason = lists.words(_("依据"), longest=200)

    def __init__(self, areas: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["pooling_area"].choices = areas
        self.fields["step"].choices = [
            (f"{kind.code}:{step.code}", f"{gettext(kind.title)} · {gettext(step.label)}")
            for kind in kinds.registered()
            if kind.is_of_money
            for step in kind.steps[1:]
        ]
        self.fields["valid_from"].required = self.fields["reason"].required = True


@page("cases.set_limits", methods=("GET", "POST"))
def limits(request: PageRequest) -> HttpResponse:
    """The limits and how they were before; another one takes a second factor."""
    areas = [(code, code) for code in request.scope.areas]
    posted = request.POST if request.method == "POST" else None
    form = LimitForm(areas, posted, initial={"valid_from": request.today})
    factor_error = ""
    if posted is not None and form.is_valid():
        try:
            _set(request, form.cleaned_data)
        except second_factor.REFUSALS as refusal:
            factor_error = sentence_with_code(refusal)
        except DomainError as refusal:
            form.add_error(None, sentence_with_code(refusal))
        else:
            messages.success(request, gettext("限额已设定。"))
            return redirect("cases:limits")
    context = {
        "form": form,
        "factor_error": factor_error,
        "limits": [(one, *_names(one.kind, one.step)) for one in queries.limits_of(request.scope.areas)],
        "crumbs": crumbs((_("业务件"), "cases:cases"), _("审批限额")),
    }
    return render(request, "cases/limits.html", context, status=422 if posted is not None else 200)


def _set(request: PageRequest, data: dict[str, Any]) -> None:
    kind_code, _colon, step_code = data["step"].partition(":")
    commands.set_step_limit(
        pooling_area=data["pooling_area"],
        kind_code=kind_code,
        step_code=step_code,
        above_fen=data["above"],
        valid_from=data["valid_from"],
        reason=data["reason"],
        second_factor_code=request.POST.get("second_factor", ""),
        operator=request.operator,
        now=request.now,
    )


def _names(kind_code: str, step_code: str) -> tuple[str, str]:
    """What item and step are called; one no longer declared stands for itself."""
    kind = next((one for one in kinds.registered() if one.code == kind_code), None)
    step = next((one for one in kind.steps if one.code == step_code), None) if kind else None
    return (kind.title if kind else kind_code, step.label if step else step_code)

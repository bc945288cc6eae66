"""窗口结算: a bill that cannot be settled directly, settled by the agency's clerk (BEN-33, BEN-36)."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries as encounters
from tongchou.encounters.states import CareKind, EncounterState
from tongchou.encounters.web.encounter import STEPS
from tongchou.encounters.web.encounter import found as encounter_found
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, page, refusals_at
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.settlement import commands
from tongchou.settlement.facts import Counter
from tongchou.settlement.terms import institution_name
from tongchou.wire.numbers import parse_wire_id, wire_id

SETTLES = "settlement.settle"
STEPS.append(
    (
        _("窗口结算"),
        "settlement:counter",
        SETTLES,
        lambda visit: visit.state in (EncounterState.OPEN, EncounterState.DISCHARGED),
    )
)


class CounterForm(forms.Form):
    """窗口结算."""

    request_id = forms.CharField(widget=forms.HiddenInput, max_length=36)
    reason = lists.words(_("不能直接结算的原因"), longest=200)
    emergency_proof = lists.words(_("急诊证明(非定点机构急诊)"), longest=200)
    decision = lists.words(_("决定文书(暂停待遇期间)"), longest=200)
    use_account = forms.BooleanField(label=_("使用个人账户"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reason"].required = True


@page(SETTLES, methods=("GET", "POST"))
def counter(request: PageRequest, number: str) -> HttpResponse:
    """The uploaded charges, and why they are settled by hand."""
    visit, name = encounter_found(request, number)
    batches = encounters.batches_of(visit.pooling_area, visit.id)
    total_fen = sum(one.total_fen for one in batches if one.settlement_id is None)
    form = CounterForm(request.POST or None, initial={"request_id": str(uuid.uuid4())})
    if request.method == "POST" and form.is_valid():
        filled = form.cleaned_data
        area, encounter = parse_wire_id(number)
        with refusals_at(form):
            settled = commands.settle_at_counter(
                pooling_area=area,
                encounter_id=encounter,
                total_fen=total_fen,
                use_account=filled["use_account"],
                counter=Counter(
                    reason=filled["reason"],
                    emergency_proof=filled["emergency_proof"].strip(),
                    decision=filled["decision"].strip(),
                ),
                request_id=filled["request_id"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已结算。"))
            return redirect("settlement:settlement", wire_id(*settled))
    context = {
        "form": form,
        "form_name": "counter",
        "visit": visit,
        "person_shown": masks.name(name) if name else "—",
        "institution": institution_name(visit.institution_code),
        "kind": CareKind(visit.kind).label,
        "total_fen": total_fen,
        "crumbs": [*crumbs((_("就医"), "encounters:encounters")), Crumb(number), Crumb(_("窗口结算"))],
    }
    return render(request, "settlement/counter.html", context, status=422 if form.errors else 200)

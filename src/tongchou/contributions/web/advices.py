"""银行到账: one credit of the bank, what it may belong to, and where it was held against (FIN-07; CON-24)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import reconciling
from tongchou.contributions.models import CreditAdvice
from tongchou.contributions.web.places import CHAPTER
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


def advice_badge(found: CreditAdvice) -> Badge:
    """到账通知状态 as shown."""
    return Badge(gettext("已对应"), Tone.DONE) if found.result_id else Badge(gettext("待查"), Tone.WAITING)


class CorrectionForm(forms.Form):
    """更正到账通知."""

    amount = lists.YuanField(label=_("到账金额(元)"))
    credited_on = lists.day(_("到账日期"))
    quoted = lists.words(_("附言(托收批次号)"), longest=60)
    reason = lists.words(_("更正原因"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reason"].required = self.fields["credited_on"].required = True


@page("contributions.view")
def advice(request: PageRequest, advice_id: int) -> HttpResponse:
    """One credit: what it is held against, or what it may belong to."""
    return _shown(request, _find(request, advice_id))


def _shown(request: PageRequest, found: CreditAdvice, form: CorrectionForm | None = None) -> HttpResponse:
    shares = list(found.shares.select_related("result__batch", "result__payments").order_by("result_id"))
    may_reconcile = may(request, reconciling.RECONCILE)
    may_mend = may_reconcile and not any(one.result.reconciled_at for one in shares)
    start = {"amount": found.amount_fen, "credited_on": found.credited_on, "quoted": found.quoted}
    context = {
        "advice": found,
        "state": advice_badge(found),
        "shares": [(one, one.result.paid_fen - one.result.advised_fen) for one in shares],
        "choices": reconciling.fitting(found) if may_reconcile and not shares else [],
        "may_reconcile": may_reconcile,
        "may_take_back": may_mend and shares,
        "form": (form or CorrectionForm(initial=start)) if may_mend else None,
        "withheld": None if may_mend else form,
        "crumbs": crumbs(CHAPTER, (_("银行到账"), "contributions:advices"), found.reference),
    }
    return render(request, "contributions/advice.html", context, status=422 if form else 200)


@page(reconciling.RECONCILE, methods=("POST",))
def place(request: PageRequest, advice_id: int) -> HttpResponse:
    """对应: the credit belongs to these answers."""
    found = _find(request, advice_id)
    first, *beside = [int(one) for one in request.POST.getlist("result") if one.isdecimal()] or [0]
    result = reconciling.place_advice(
        advice_id=found.pk, result_id=first, beside=beside, operator=request.operator, now=request.now
    )
    messages.success(request, gettext("已对应批次%(number)s。") % {"number": result.batch.number})
    return redirect("contributions:advice", advice_id)


@page(reconciling.RECONCILE, methods=("POST",))
def take_back(request: PageRequest, advice_id: int) -> HttpResponse:
    """撤销对应: it was held against the wrong answer."""
    reconciling.take_back(advice_id=_find(request, advice_id).pk, operator=request.operator, now=request.now)
    messages.success(request, gettext("已撤销对应,待查。"))
    return redirect("contributions:advice", advice_id)


@page(reconciling.RECONCILE, methods=("POST",))
def correct(request: PageRequest, advice_id: int) -> HttpResponse:
    """更正到账通知: what was written wrongly, before it is in the books."""
    found, form = _find(request, advice_id), CorrectionForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reason"):
            mended = reconciling.correct_advice(
                advice_id=found.pk,
                amount_fen=told["amount"],
                credited_on=told["credited_on"],
                quoted=told["quoted"],
                reason=told["reason"],
                operator=request.operator,
                now=request.now,
            )
            placed = mended.result is not None
            messages.success(request, gettext("已更正并对应批次。") if placed else gettext("已更正,待查。"))
            return redirect("contributions:advice", found.pk)
    return _shown(request, found, form)


def _find(request: PageRequest, advice_id: int) -> CreditAdvice:
    """Raises: Http404."""
    inside = CreditAdvice.objects.filter(request.scope.q("", "pooling_area"))
    found = inside.select_related("bank", "result__batch").filter(pk=advice_id).first()
    if found is None:
        raise Http404
    return found

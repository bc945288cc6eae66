"""银行到账: one credit of the bank, what it may belong to, and where it was held against (FIN-07; CON-24)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import reconciling
from tongchou.contributions.models import CreditAdvice
from tongchou.contributions.web.places import CHAPTER
from tongchou.platform.web.access import PageRequest, may, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


def advice_badge(found: CreditAdvice) -> Badge:
    """到账通知状态 as shown."""
    return Badge(gettext("已对应"), Tone.DONE) if found.result_id else Badge(gettext("待查"), Tone.WAITING)


@page("contributions.view")
def advice(request: PageRequest, advice_id: int) -> HttpResponse:
    """One credit: what it is held against, or what it may belong to."""
    found = _find(request, advice_id)
    shares = list(found.shares.select_related("result__batch", "result__payments").order_by("result_id"))
    may_reconcile = may(request, reconciling.RECONCILE)
    context = {
        "advice": found,
        "state": advice_badge(found),
        "shares": shares,
        "choices": reconciling.fitting(found) if may_reconcile and not shares else [],
        "may_reconcile": may_reconcile,
        "may_take_back": may_reconcile and shares and not any(one.result.reconciled_at for one in shares),
        "crumbs": crumbs(CHAPTER, (_("银行到账"), "contributions:advices"), found.reference),
    }
    return render(request, "contributions/advice.html", context)


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


def _find(request: PageRequest, advice_id: int) -> CreditAdvice:
    """Raises: Http404."""
    inside = CreditAdvice.objects.filter(request.scope.q("", "pooling_area"))
    found = inside.select_related("bank", "result__batch").filter(pk=advice_id).first()
    if found is None:
        raise Http404
    return found

"""资助款到账: one arrival of a department's money, and how another person withdraws it or puts it right (CON-17)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import reversing
from tongchou.contributions.aid import correcting
from tongchou.contributions.aid.models import AidArrival
from tongchou.contributions.reconciling import RECONCILE
from tongchou.contributions.web.places import CHAPTER
from tongchou.enrolment.states import Department
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


def arrival_badge(found: AidArrival) -> Badge:
    """到账登记状态 as shown."""
    return Badge(gettext("已撤销"), Tone.BAD) if found.withdrawn_at else Badge(gettext("已记账"), Tone.DONE)


class WithdrawalForm(forms.Form):
    """撤销到账."""

    reason = lists.words(_("原因"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reason"].required = True


class CorrectionForm(WithdrawalForm):
    """更正到账."""

    reference = lists.words(_("银行流水号"), longest=40)
    amount = lists.YuanField(label=_("到账金额(元)"))
    arrived_on = lists.day(_("到账日期"))
    field_order = ("reference", "amount", "arrived_on", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference"].required = self.fields["arrived_on"].required = True


@page("contributions.view", whole_area=True)
def arrival(request: PageRequest, arrival_id: int) -> HttpResponse:
    """One arrival: what it brought, its vouchers, what was put right."""
    return _shown(request, _find(request, arrival_id))


def _shown(
    request: PageRequest,
    found: AidArrival,
    *,
    correction: CorrectionForm | None = None,
    withdrawal: WithdrawalForm | None = None,
) -> HttpResponse:
    may_mend = may(request, RECONCILE) and found.withdrawn_at is None
    written_by_oneself = reversing.written_by(found, request.operator)
    start = {"reference": found.reference, "amount": found.amount_fen, "arrived_on": found.arrived_on}
    mends = may_mend and not written_by_oneself
    context = {
        "arrival": found,
        "state": arrival_badge(found),
        "department": Department(found.list.department).label,
        "corrected_by": AidArrival.objects.filter(corrects=found).first(),
        "undone": correcting.unwinding(found) if may_mend else None,
        "oneself": may_mend and written_by_oneself,
        "may_mend": mends,
        "correction": correction or CorrectionForm(initial=start),
        "withdrawal": withdrawal or WithdrawalForm(auto_id="withdraw_%s"),
        "withheld": None if mends else correction or withdrawal,
        "crumbs": crumbs(CHAPTER, (_("资助参保"), "contributions:aid"), found.list.number, found.reference),
    }
    return render(request, "contributions/aid_arrival.html", context, status=422 if correction or withdrawal else 200)


@page(RECONCILE, methods=("POST",))
def withdraw(request: PageRequest, arrival_id: int) -> HttpResponse:
    """撤销资助款到账: the money had not come."""
    found, form = _find(request, arrival_id), WithdrawalForm(request.POST, auto_id="withdraw_%s")
    if form.is_valid():
        with refusals_at(form, "reason"):
            gone = correcting.withdraw_arrival(
                arrival_id=arrival_id,
                reason=form.cleaned_data["reason"],
                operator=request.operator,
                now=request.now,
            )
            told = gettext("资助款到账已撤销,冲销凭证%(voucher)s。")
            messages.success(request, told % {"voucher": gone.reversal_no})
            return redirect("contributions:aid_list", found.list.number)
    return _shown(request, found, withdrawal=form)


@page(RECONCILE, methods=("POST",))
def correct(request: PageRequest, arrival_id: int) -> HttpResponse:
    """更正资助款到账: as the bank's advice says."""
    found, form = _find(request, arrival_id), CorrectionForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reason"):
            mended = correcting.correct_arrival(
                arrival_id=arrival_id,
                reference=told["reference"],
                amount_fen=told["amount"],
                arrived_on=told["arrived_on"],
                reason=told["reason"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("资助款到账已更正。"))
            return redirect("contributions:aid_arrival", mended.pk)
    return _shown(request, found, correction=form)


def _find(request: PageRequest, arrival_id: int) -> AidArrival:
    """Raises: Http404, AreaOutOfScope."""
    found = AidArrival.objects.select_related("list", "corrects").filter(pk=arrival_id).first()
    if found is None:
        raise Http404
    check_area(request, found.list.pooling_area_id)
    return found

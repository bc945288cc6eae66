"""学校转账: one transfer for a school's roster, and how another person takes it back (CON-09, FIN-07)."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import reversing
from tongchou.contributions.schools import taking_back
from tongchou.contributions.schools.commands import RECONCILE
from tongchou.contributions.schools.models import SchoolTransfer
from tongchou.contributions.web.aid_arrivals import WithdrawalForm
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


class TakingBackForm(WithdrawalForm):
    """撤销到账, of the roster as it was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def transfer_badge(found: SchoolTransfer) -> Badge:
    """到账登记状态 as shown."""
    if found.taken_back_at is not None:
        return Badge(gettext("已撤销"), Tone.BAD)
    if found.withdrawn_reason:
        return Badge(gettext("已更正"), Tone.RESTING)
    return Badge(gettext("已入账"), Tone.DONE) if found.batch_id else Badge(gettext("待入账"), Tone.WAITING)


@page("contributions.view")
def transfer(request: PageRequest, transfer_id: int) -> HttpResponse:
    """One transfer: what it brought, what was booked with it, why it was taken back."""
    return _shown(request, _find(request, transfer_id))


def _shown(request: PageRequest, found: SchoolTransfer, *, form: TakingBackForm | None = None) -> HttpResponse:
    payment = found.payment
    may_take_back = may(request, RECONCILE) and not found.withdrawn_reason
    oneself = may_take_back and reversing.written_by(found, request.operator)
    asked = form or TakingBackForm(initial={"version": payment.version})
    undone = taking_back.undoing(found) if may_take_back else None
    beside = [f"{one.reference} {yuan_text(one.amount_fen, grouped=True)}" for one in undone.beside] if undone else []
    takes_back = may_take_back and not oneself
    context = {
        "transfer": found,
        "payment": payment,
        "school": platform.unit_names_of({payment.school_code}).get(payment.school_code, payment.school_code),
        "state": transfer_badge(found),
        "undone": undone,
        "beside": "、".join(beside),
        "oneself": oneself,
        "form": asked if takes_back else None,
        "withheld": None if takes_back else form,
        "crumbs": crumbs((_("学校代缴"), "contributions:schools"), payment.number, found.reference),
    }
    return render(request, "contributions/school_transfer.html", context, status=422 if form else 200)


@page(RECONCILE, methods=("POST",))
def take_back(request: PageRequest, transfer_id: int) -> HttpResponse:
    """撤销到账: the money had not come, or not for this roster."""
    found, form = _find(request, transfer_id), TakingBackForm(request.POST)
    if form.is_valid():
        with refusals_at(form, "reason"):
            gone = taking_back.take_back(
                transfer_id=transfer_id,
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
                operator=request.operator,
                now=request.now,
            )
            told = gettext("到账已撤销,冲销凭证%(voucher)s。") if gone.reversal_no else gettext("到账已撤销。")
            messages.success(request, told % {"voucher": gone.reversal_no})
            return redirect("contributions:school_payment", found.payment.number)
    return _shown(request, found, form=form)


def _find(request: PageRequest, transfer_id: int) -> SchoolTransfer:
    """Raises: Http404, OutOfScope."""
    found = SchoolTransfer.objects.select_related("payment", "batch").filter(pk=transfer_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.payment.school_code, kind="school_payment", key=found.payment.number)
    return found

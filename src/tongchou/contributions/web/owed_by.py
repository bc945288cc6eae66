"""应缴与代扣 of one person: a tab of the person's page: what is owed, and the mandate that pays it (CON-02; ENR-07)."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import mandates, queries
from tongchou.contributions.states import MandateState
from tongchou.contributions.web.receivables import receivable_badge
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.web.person import person_page
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.exchange import queries as exchange
from tongchou.exchange.states import PartnerKind
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone

tabs.add_tab("person", tabs.Tab("owed", _("应缴与代扣"), "contributions:owed_by", "contributions.view", 21))

_TONES = {
    MandateState.SIGNED: Tone.WAITING,
    MandateState.ACTIVE: Tone.DONE,
    MandateState.CORRECTION: Tone.BAD,
    MandateState.ENDED: Tone.RESTING,
}


def mandate_badge(state: str) -> Badge:
    """代扣协议状态 as shown."""
    known = MandateState(state)
    return Badge(str(known.label), _TONES[known])


class MandateForm(forms.Form):
    """签订或变更代扣协议 (F-42)."""

    covers = forms.ChoiceField(
        label=_("代扣范围"),
        choices=[("household", _("全户")), ("person", _("本人"))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    number = lists.words(_("协议编号"), longest=40)
    bank = forms.ChoiceField(label=_("开户银行"), widget=forms.Select(attrs={"class": "form-select"}))
    account_no = lists.words(_("银行账号"), longest=32)
    holder_name = lists.words(_("户名"), longest=60)
    signed_on = lists.day(_("签订日期"))
    last_day = lists.day(_("有效期至(可不填)"))

    def __init__(self, area: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        banks = exchange.partners(area, PartnerKind.BANK)
        self.fields["bank"].choices = [(str(bank.pk), bank.name) for bank in banks if bank.in_use]
        for name in ("number", "account_no", "holder_name", "signed_on"):
            self.fields[name].required = True


@page("contributions.view")
def owed_by(request: PageRequest, person_no: str) -> HttpResponse:
    """应缴 by year, 代扣协议 with its history, and the form for the next."""
    return _shown(request, person_no)


def _shown(request: PageRequest, person_no: str, form: MandateForm | None = None, status: int = 200) -> HttpResponse:
    context = person_page(request, person_no, "owed")
    facts: Facts = context["facts"]
    card = enrolment.person_card(facts.id, request.today)
    found = queries.mandates_of(facts.id, card.household_id if card else None)
    standing = next((one for one in found if one.state != MandateState.ENDED), None)
    withholds = may(request, mandates.SIGN)
    start = {"signed_on": request.today, "holder_name": facts.name}
    context |= {
        "owed": [
            (one, receivable_badge(one.state), queries.reason_of(one)) for one in queries.receivables_of(facts.id)
        ],
        "mandates": [(one, mandate_badge(one.state), mandates.masked(one.account_no)) for one in found],
        "standing": standing,
        "form": (form or MandateForm(facts.pooling_area, initial=start)) if withholds else None,
        "today": request.today,
    }
    return render(request, "contributions/owed_by.html", context, status=status)


@page(mandates.SIGN, methods=("POST",))
def sign(request: PageRequest, person_no: str) -> HttpResponse:
    """签订, or 变更 where one stands."""
    facts = person_in_reach(request, person_no)
    form = MandateForm(facts.pooling_area, request.POST)
    if form.is_valid():
        told = form.cleaned_data
        terms = {
            "number": told["number"],
            "bank_id": int(told["bank"]),
            "account_no": told["account_no"],
            "holder_name": told["holder_name"],
            "signed_on": told["signed_on"],
            "valid_until": told["last_day"] and told["last_day"] + timedelta(days=1),
            "operator": request.operator,
            "now": request.now,
        }
        with refusals_at(form, "number"):
            if replaced := request.POST.get("replaces", ""):
                mandates.replace_mandate(mandate_id=_number(replaced), **terms)
            else:
                mandates.sign_mandate(person_id=facts.id, for_household=told["covers"] == "household", **terms)
            messages.success(request, gettext("代扣协议已登记,等待银行确认。"))
            return redirect("contributions:owed_by", person_no)
    return _shown(request, person_no, form, status=422)


@page(mandates.SIGN, methods=("POST",))
def end(request: PageRequest, person_no: str, mandate_id: int) -> HttpResponse:
    """终止代扣协议 from today on."""
    person_in_reach(request, person_no)
    mandates.end_mandate(
        mandate_id=mandate_id,
        ends_on=request.today,
        reason=request.POST.get("reason", ""),
        operator=request.operator,
        now=request.now,
    )
    messages.success(request, gettext("代扣协议已终止。"))
    return redirect("contributions:owed_by", person_no)


def _number(text: str) -> int:
    """A key out of a form; what is none finds nothing."""
    return int(text) if text.isdecimal() else 0

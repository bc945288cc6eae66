"""撤销当日误登记: from the person's page, by whoever registers (ENR-35)."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.registration.cancelling import cancel_registration
from tongchou.enrolment.web.person import person_page
from tongchou.platform.web.access import PageRequest, page, refusals_at


class CancelForm(forms.Form):
    """撤销的原因."""

    reason = forms.CharField(
        label=_("撤销原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autofocus": True, "autocomplete": "off"}),
    )


@page("enrolment.register", methods=("GET", "POST"))
def cancel(request: PageRequest, person_no: str) -> HttpResponse:
    """The form, and the cancellation."""
    context = person_page(request, person_no, "registration")
    form = CancelForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            kept = cancel_registration(
                person_no=person_no, reason=form.cleaned_data["reason"], operator=request.operator, now=request.now
            )
            messages.success(request, gettext("已撤销%(name)s的参保登记。") % {"name": kept.name})
            return redirect("enrolment:persons")
    return render(request, "enrolment/cancel.html", context | {"form": form}, status=422 if form.errors else 200)

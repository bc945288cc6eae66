"""自助办理 (ENR-34; JL2019 §4, 12): phone and address at once, loss of the card at once, what needs a review as a case.

Who asks was verified at the log-in; a family member acts by a stored mandate, and is named in the record.
"""

import uuid
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from tongchou.cases import commands as cases
from tongchou.cases import queries as case_queries
from tongchou.cases.commands import Application
from tongchou.cases.kinds import kind_of
from tongchou.cases.web.badges import case_badge
from tongchou.enrolment import commands, queries
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.states import CardStatus
from tongchou.enrolment.web.badges import card_badge
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import access
from tongchou.site.web.my.identity import residents_only

BY_SELF: Final = "本人"
SHOWN_CASES: Final = 20


def _text(label: Any, longest: int, **more: Any) -> forms.CharField:
    attrs = {"class": "form-control", "autocomplete": "off"}
    return forms.CharField(label=label, max_length=longest, widget=forms.TextInput(attrs=attrs), **more)


class OwnForm(forms.Form):
    """联系方式."""

    phone = _text(_("联系电话"), 30, required=False)
    address = _text(_("住址"), 200, required=False)


class NameForm(forms.Form):
    """姓名变更申请."""

    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput(attrs={"id": False}))
    name = _text(_("新姓名"), 50)
    reason = _text(_("变更原因"), 200)


FORMS: Final[dict[str, type[forms.Form]]] = {"contact": OwnForm, "name": NameForm}


@residents_only
def services(request: Any) -> HttpResponse:
    """What can be done here, and how far applications are."""
    return _shown(request)


def _shown(request: Any, refused: tuple[str, forms.Form] | None = None, status: int = 200) -> HttpResponse:
    facts = queries.facts(request.resident.person_id, request.today)
    card = queries.person_card(request.resident.person_id, request.today)
    if facts is None or card is None:
        raise Http404
    held = next((one for one in credentials.cards_of(facts.id) if one.ended_on is None), None)
    fresh = {"request_id": uuid.uuid4().hex}
    made: dict[str, forms.Form] = {
        "contact": OwnForm(initial={"phone": card.phone, "address": card.address}, label_suffix=""),
        "name": NameForm(initial=fresh, label_suffix=""),
    }
    if refused:
        made[refused[0]] = refused[1]
    context = {
        "facts": facts,
        "forms": made,
        "open_form": refused[0] if refused else "",
        "card": held,
        "card_state": card_badge(held.status) if held else None,
        "loss": credentials.loss_of(facts.id) if held and held.status != CardStatus.ACTIVE else None,
        "lost": held is not None and held.status == CardStatus.LOST,
        "may_lose": held is not None and held.status == CardStatus.ACTIVE,
        "cases": [
            (one, kind_of(one.kind).title, case_badge(one), case_queries.notice_of(one)) for one in _own_cases(facts)
        ],
    }
    return render(request, "site/my/services.html", context, status=status)


def _own_cases(facts: queries.Facts) -> list[Any]:
    """My applications and those I made for the household, the newest first."""
    mine = case_queries.cases_of(facts.person_no, limit=SHOWN_CASES)
    if key := queries.household_key_of(facts.id):
        mine += case_queries.asked_at_home(*key, limit=SHOWN_CASES)
    return sorted(mine, key=lambda one: -one.pk)[:SHOWN_CASES]


@require_POST
@residents_only
def change(request: Any, what: str) -> HttpResponse:
    """联系方式 at once; a name becomes a case to be reviewed."""
    if what not in FORMS:
        raise Http404
    form = FORMS[what](request.POST, label_suffix="")
    if form.is_valid():
        with access.refusals_at(form):
            messages.success(request, _done(request, what, form.cleaned_data))
            return redirect("my:services")
    return _shown(request, (what, form), status=422)


def _done(request: Any, what: str, data: dict[str, Any]) -> str:
    """Raises: what the commands refuse."""
    resident = request.resident
    if what == "contact":
        values = {name: data[name].strip() for name in ("phone", "address") if data[name].strip()}
        wanted = commands.ChangeRequest(
            person_id=resident.person_id, values=values, reason=gettext("自助变更"), effective_on=request.today
        )
        commands.change_own_particulars(wanted, said_by=_who(request), now=request.now)
        return gettext("已变更,立即生效。")
    values = {"name": data["name"].strip(), "reason": data["reason"], "effective_on": request.today.isoformat()}
    facts = queries.facts(resident.person_id, request.today)
    if facts is None:
        raise Http404
    case = cases.accept_application(
        Application(
            kind="change_particulars",
            subject_key=resident.person_no,
            values={name: value for name, value in values.items() if value},
            applicant_name=facts.name,
            agent_name=agent_of(request),
        ),
        request_id=data["request_id"],
        operator=None,
        now=request.now,
    )
    return gettext("已提交,受理号 %(number)s。") % {"number": case.number}


def agent_of(request: Any) -> str:
    """代办人: the family member who acts by mandate; empty for the resident in person."""
    agent = request.resident.agent_id
    return queries.names_of({agent}).get(agent, "") if agent else ""


def _who(request: Any) -> str:
    """本人, or the family member who acts (代办)."""
    return f"代办:{agent_of(request)}" if request.resident.agent_id else BY_SELF


@require_http_methods(["POST"])
@residents_only
def lose(request: Any) -> HttpResponse:
    """挂失 at once: every check refuses the card from now on (ENR-29)."""
    try:
        card = commands.report_own_card_lost(
            person_id=request.resident.person_id, said_by=_who(request), note=gettext("网上挂失"), now=request.now
        )
    except DomainError as refusal:
        messages.error(request, access.sentence_with_code(refusal))
    else:
        messages.success(request, gettext("卡尾号%(tail)s已挂失,立即生效。") % {"tail": card.number[-4:]})
    return redirect("my:services")

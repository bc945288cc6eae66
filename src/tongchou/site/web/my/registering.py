"""自助参保登记 (ENR-34; JL2019 §4, 7): oneself, a member of the household, a newborn; with photographed papers."""

import uuid
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from tongchou.cases.kinds import RowsFaulty
from tongchou.enrolment import queries
from tongchou.enrolment.registration import own
from tongchou.enrolment.roster import ETHNICITIES
from tongchou.enrolment.states import CertificateType, HouseholdRelation, Sex
from tongchou.kernel.errors import DomainError
from tongchou.platform.places import PLACES
from tongchou.platform.web import access
from tongchou.platform.web.look_ups import LookUpField, offers
from tongchou.site.web.my.identity import residents_only

SELF, MEMBER, NEWBORN = "self", "member", "newborn"
WHOM: Final = ((MEMBER, _("家庭成员")), (NEWBORN, _("新生儿")), (SELF, _("本人")))
ACCEPTED_FILES: Final = "image/jpeg,image/png,application/pdf"


def text_field(label: Any, longest: int, **more: Any) -> forms.CharField:
    attrs = {"class": "form-control", "autocomplete": "off"}
    return forms.CharField(label=label, max_length=longest, widget=forms.TextInput(attrs=attrs), **more)


def choice_field(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}), **more)


def scan_field(label: Any) -> forms.FileField:
    attrs = {"class": "form-control", "accept": ACCEPTED_FILES}
    return forms.FileField(
        label=label, required=False, allow_empty_file=True, widget=forms.ClearableFileInput(attrs=attrs)
    )


class RegisterForm(forms.Form):
    """参保登记表 as far as a household fills it from home (附件1)."""

    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = text_field(_("姓名"), 50)
    relation = choice_field(_("与户主关系"), HouseholdRelation.choices)
    certificate_no = text_field(_("身份证号码"), 50)
    sex = choice_field(_("性别"), Sex.choices)
    ethnicity = choice_field(_("民族"), [(code, name) for name, code in ETHNICITIES.items()])
    born_on = forms.DateField(
        label=_("出生日期"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )
    mother_name = text_field(_("母亲姓名"), 50)
    mother_certificate_no = text_field(_("母亲身份证号码"), 50, required=False)
    phone = text_field(_("联系电话"), 30)
    hukou_area = LookUpField(
        PLACES,
        "",
        reverse_lazy("my:places"),
        keys=False,
        label=_("户籍地"),
        help_text=_("填地名,或户口簿所在地的区划代码"),
    )
    book = scan_field(_("户口簿照片"))
    paper = scan_field(_("身份证照片"))

    def __init__(self, whom: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        if whom == NEWBORN:
            self.fields["certificate_no"].label = _("出生医学证明编号")
            self.fields["paper"].label = _("出生医学证明照片")
            del self.fields["book"]
        else:
            del self.fields["mother_name"], self.fields["mother_certificate_no"]
        if whom == MEMBER:
            for name in ("sex", "born_on"):
                del self.fields[name]
        if whom == SELF:
            for name in ("name", "relation", "certificate_no", "sex", "ethnicity", "born_on"):
                del self.fields[name]

    def row(self, whom: str) -> dict[str, str]:
        """The row of 附件1; empty for the resident in person."""
        if whom == SELF:
            return {}
        told = self.cleaned_data
        kind = CertificateType.BIRTH_CERTIFICATE if whom == NEWBORN else CertificateType.CITIZEN_ID
        texts = (
            "name",
            "relation",
            "certificate_no",
            "sex",
            "ethnicity",
            "mother_name",
            "mother_certificate_no",
            "phone",
        )
        row = {name: told[name].strip() for name in texts if told.get(name)}
        if told.get("born_on"):
            row["born_on"] = told["born_on"].isoformat()
        return row | {"certificate_type": kind.value}

    def scans(self, whom: str) -> list[own.Scan]:
        """The photographed papers, each under the paper it is."""
        of_person = "birth_certificate.1" if whom == NEWBORN else "id_card.1"
        found = (("book", "household_book"), ("paper", of_person))
        return [
            own.Scan(material, given.name or "", given.read())
            for name, material in found
            if (given := self.cleaned_data.get(name))
        ]


@require_http_methods(["GET", "POST"])
@residents_only
def register(request: Any, whom: str) -> HttpResponse:
    """The form for one of the three, and its sending."""
    if whom not in dict(WHOM):
        raise Http404
    card = queries.person_card(request.resident.person_id, request.today)
    if card is None:
        raise Http404
    first = {
        "request_id": uuid.uuid4().hex,
        "phone": card.phone,
        "hukou_area": card.hukou_area,
        "relation": HouseholdRelation.CHILD.value,
        "ethnicity": "01",
    }
    form = RegisterForm(whom, request.POST or None, request.FILES or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            case = _asked(request, whom, form)
        except DomainError as refusal:
            _told(form, refusal)
        else:
            said = gettext("已提交,受理号 %(number)s。") % {"number": case.number}
            messages.success(request, said)
            return redirect("my:case", case.number)
    context = {
        "form": form,
        "whom": whom,
        "choices": [(code, label, code == whom) for code, label in WHOM],
        "no_household": card.household_id is None,
        "household_no": card.household_no,
        "members": card.members,
    }
    return render(request, "site/my/register.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET"])
@residents_only
def places(request: Any) -> HttpResponse:
    """地名查找: what fits the place typed so far."""
    return offers(request, "hukou_area", PLACES, "")


def _asked(request: Any, whom: str, form: RegisterForm) -> Any:
    """Raises: what `ask_registration` refuses."""
    resident = request.resident
    agent = "" if not resident.agent_id else queries.names_of({resident.agent_id}).get(resident.agent_id, "")
    told = form.cleaned_data
    return own.ask_registration(
        person_id=resident.person_id,
        asked=own.Asked(hukou_area=told["hukou_area"], row=form.row(whom), phone=told["phone"]),
        scans=form.scans(whom),
        agent_name=agent,
        request_id=told["request_id"],
        now=request.now,
    )


def _told(form: RegisterForm, refusal: DomainError) -> None:
    """What is wrong, at the field where there is one."""
    if not isinstance(refusal, RowsFaulty):
        form.add_error(None, access.sentence_with_code(refusal))
        return
    for flaw in refusal.flaws:
        form.add_error(flaw.field if flaw.field in form.fields else None, flaw.said)

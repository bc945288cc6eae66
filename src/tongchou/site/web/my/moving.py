"""自助申请参保关系转移 (ENR-26, ENR-34; GX2017 §16): to another area of this house or of another, as at the counter."""

import uuid
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from tongchou.enrolment import queries
from tongchou.enrolment.registration.own import Scan
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers import own
from tongchou.enrolment.transfers import queries as transfers
from tongchou.enrolment.transfers.case import REASONS
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.places import AREAS
from tongchou.platform.web import access
from tongchou.platform.web.look_ups import LookUpField, offers
from tongchou.site.web.my import services
from tongchou.site.web.my.identity import residents_only
from tongchou.site.web.my.registering import choice_field, scan_field, text_field

ELSEWHERE: Final = "elsewhere"
PROVES_RESIDENCE: Final = ("moved", "family")
_FIELD_OF: Final = {
    "EN-4044": "where",
    "EN-4045": "starts_on",
    "EN-4053": "to_agency",
}


class MoveForm(forms.Form):
    """转移申请 (附件6) as a resident fills it."""

    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput(attrs={"id": False}))
    where = choice_field(_("转入地"), ())
    to_area = LookUpField(
        AREAS, "", reverse_lazy("my:areas"), keys=False, label=_("其他转入地"), required=False,
        help_text=_("上面没有的,填市、县名称或六位行政区划代码"),
    )  # fmt: skip
    to_agency = text_field(_("转入地经办机构"), 60, required=False, help_text=_("上面没有的须填写"))
    reason = choice_field(_("转移原因"), REASONS)
    starts_on = forms.DateField(
        label=_("接续日期"),
        help_text=_("自该日起由转入地接续,最晚为下月1日"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )
    phone = text_field(_("新联系电话"), 30, required=False)
    new_address = text_field(_("新住址"), 200, required=False)
    card = scan_field(_("社会保障卡或身份证照片"))
    residence = scan_field(_("迁入地户口簿或居住证明照片"))

    def __init__(self, areas: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["where"].choices = [*areas, (ELSEWHERE, _("其他地区"))]
        self.fields["residence"].help_text = _("因迁移、投靠亲属转移的提供")

    def asked(self) -> own.Asked:
        """The application; the code of an area of this house is known."""
        told = self.cleaned_data
        inside = told["where"] != ELSEWHERE
        return own.Asked(
            to_area=told["where"] if inside else told["to_area"],
            to_agency="" if inside else told["to_agency"],
            reason=told["reason"],
            starts_on=told["starts_on"],
            phone=told["phone"],
            new_address=told["new_address"],
        )

    def scans(self) -> list[Scan]:
        """The photographed papers that this reason calls for."""
        wanted = ("card", "residence") if self.cleaned_data["reason"] in PROVES_RESIDENCE else ("card",)
        given = [(name, self.cleaned_data.get(name)) for name in wanted]
        return [Scan(name, file.name or "", file.read()) for name, file in given if file]


@require_http_methods(["GET"])
@residents_only
def areas(request: Any) -> HttpResponse:
    """转入地查找: what fits the place typed so far."""
    return offers(request, "to_area", AREAS, "")


@require_http_methods(["GET", "POST"])
@residents_only
def move(request: Any) -> HttpResponse:
    """What I have now, the form, and what I have asked for already."""
    facts = queries.facts(request.resident.person_id, request.today)
    if facts is None:
        raise Http404
    form = MoveForm(
        _areas(facts, request),
        request.POST or None,
        request.FILES or None,
        initial={"request_id": uuid.uuid4().hex, "starts_on": request.today + timedelta(days=1)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            case = _asked(request, form)
        except DomainError as refusal:
            field = _FIELD_OF.get(refusal.code)
            form.add_error(field, access.sentence_with_code(refusal))
        else:
            messages.success(request, gettext("已提交,受理号 %(number)s。") % {"number": case.number})
            return redirect("my:case", case.number)
    context = {
        "form": form,
        "facts": facts,
        "scheme": Scheme(facts.scheme).label if facts.scheme else "",
        "unit_name": platform.unit_name(facts.unit_code, request.today),
        "years": [one.year for one in transfers.periods_of(facts.id).resident],
    }
    return render(request, "site/my/move.html", context, status=422 if form.errors else 200)


def _areas(facts: queries.Facts, request: Any) -> list[tuple[str, str]]:
    """The other areas of this house, by the names of their agencies."""
    areas = [one.code for one in platform.pooling_areas(request.today) if one.code != facts.pooling_area]
    names = platform.unit_names_of(set(areas))
    return [(code, names.get(code, code)) for code in areas]


def _asked(request: Any, form: MoveForm) -> Any:
    """Raises: what `ask_transfer` refuses."""
    return own.ask_transfer(
        person_id=request.resident.person_id,
        asked=form.asked(),
        scans=form.scans(),
        agent_name=services.agent_of(request),
        request_id=form.cleaned_data["request_id"],
        now=request.now,
        today=request.today,
    )

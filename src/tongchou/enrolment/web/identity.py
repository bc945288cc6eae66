"""公安身份核查: the file to the police, and what differs in their answer (SYS-06)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.identity import asking, deciding, queries
from tongchou.enrolment.identity.models import IdentityFinding
from tongchou.enrolment.identity.states import FindingState, Found
from tongchou.exchange import queries as exchange
from tongchou.platform import queries as platform
from tongchou.platform.states import UnitLevel
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.areas import chosen_area, may_in_whole_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import

CHANGE, REVIEW = deciding.CHANGE, deciding.REVIEW
_LEVELS: Final = (UnitLevel.CITY, UnitLevel.COUNTY, UnitLevel.TOWN)
_TONES: Final = {
    FindingState.ASKED: Tone.HAND,
    FindingState.AGREED: Tone.DONE,
    FindingState.OPEN: Tone.WAITING,
    FindingState.PROPOSED: Tone.WAITING,
    FindingState.REFERRED: Tone.HAND,
    FindingState.DONE: Tone.DONE,
    FindingState.DISMISSED: Tone.RESTING,
}


def finding_badge(state: str) -> Badge:
    """办理状态 as shown."""
    known = FindingState(state)
    return Badge(known.label, _TONES[known])


class FindingFilter(lists.FilterForm):
    words = lists.words(_("姓名或证件号码"))
    state = lists.choice(_("状态"), FindingState.choices)
    found = lists.choice(_("核查结果"), Found.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as listed, with the name of the unit."""

    row: IdentityFinding
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.findings(
        criteria.get("words", ""),
        state=criteria.get("state", ""),
        found=criteria.get("found", ""),
        scope=request.scope,
    )
    return lists.Table(found)


def _complete(request: PageRequest, rows: Sequence[IdentityFinding]) -> Sequence[Line]:
    names = platform.unit_names_of({row.unit_code for row in rows})
    return [Line(row, names.get(row.unit_code, row.unit_code)) for row in rows]


def _found(row: Any) -> str:
    return str(Found(row.found).label) if row.found else "—"


FINDINGS: Final = lists.List(
    name="identity_findings",
    title=_("公安身份核查"),
    columns=(
        lists.Column(_("姓名"), "name", "name"),
        lists.Column(_("证件号码"), "certificate_no", "certificate"),
        lists.Column(_("参保单位"), "unit_name"),
        lists.Column(_("核查结果"), _found, "choice"),
        lists.Column(_("反馈时间"), "answered_at", "moment"),
        lists.Column(_("经办人"), "proposed_by", "staff"),
        lists.Column(_("状态"), lambda row: finding_badge(row.state), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"-id": ("-id",)},
    form=FindingFilter,
    defaults=lambda request: {"state": FindingState.OPEN.value},
    link=lambda row: reverse("enrolment:identity_finding", args=[row.id]),
    template="enrolment/identity_findings.html",
    empty=_("没有待办理的核查差异。"),
    next_step=_("制作核查文件送公安机关,反馈文件入库后,不一致的在此办理。"),
)


@page("enrolment.view_person")
def listed(request: PageRequest) -> HttpResponse:
    """What differs, those to be decided first; the files that were sent above it."""
    return FINDINGS.respond(
        request,
        waiting=queries.waiting(request.scope),
        checks=queries.latest_checks(request.scope),
        may_ask=may_in_whole_area(request, CHANGE),
        may_import=may_import(request, asking.RESULTS.name),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("公安身份核查")),
    )


class AskForm(forms.Form):
    """制作核查文件: of which place, for which police."""

    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput)
    unit = forms.ChoiceField(label=_("核查范围"), widget=forms.Select(attrs={"class": "form-select"}))
    partner = forms.ChoiceField(label=_("公安机关"), widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        scope = platform.scope_of(request.operator, CHANGE, request.today)
        known = sorted(platform.units_by_code().values(), key=lambda unit: unit.path)
        self.fields["unit"].choices = [
            (unit.code, unit.name) for unit in known if unit.level in _LEVELS and scope.covers(unit.path)
        ]
        self.fields["partner"].choices = [
            (str(one.pk), one.name)
            for one in exchange.partners_with(chosen_area(request).code, asking.FLOW_NAME, request.today)
        ]


@page(CHANGE, methods=("GET", "POST"))
def ask(request: PageRequest) -> HttpResponse:
    """制作核查文件."""
    form = AskForm(request, request.POST or None, initial={"request_id": uuid4().hex})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form):
            made = asking.make_check(
                unit_code=told["unit"],
                partner_id=int(told["partner"]),
                request_id=told["request_id"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("核查文件已生成,共 %(rows)s 人。") % {"rows": made.rows})
            return redirect("enrolment:identity")
    context = {
        "form": form,
        "form_name": "identity-check",
        "heading": _("制作核查文件"),
        "crumbs": crumbs(
            (_("参保登记"), "enrolment:persons"), (_("公安身份核查"), "enrolment:identity"), _("制作核查文件")
        ),
    }
    return render(request, "enrolment/identity_ask.html", context, status=422 if form.errors else 200)


class DecideForm(forms.Form):
    """What is done with a difference, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    opinion = forms.CharField(
        label=_("办理意见"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )


def _confirm(*, opinion: str, **told: Any) -> None:
    deciding.confirm(**told)


_ACTS: Final[Mapping[str, tuple[Callable[..., object], str]]] = {
    "propose": (deciding.propose, CHANGE),
    "record_move": (deciding.record_move, CHANGE),
    "keep": (deciding.keep, CHANGE),
    "confirm": (_confirm, REVIEW),
    "send_back": (deciding.send_back, REVIEW),
}
_LABELS: Final = {
    "propose": _("按公安信息更正"),
    "record_move": _("登记新户籍地址"),
    "keep": _("维持登记"),
    "confirm": _("复核更正"),
    "send_back": _("退回"),
}


def _offered(request: PageRequest, finding: IdentityFinding) -> list[tuple[str, Any]]:
    if finding.state == FindingState.PROPOSED:
        codes: tuple[str, ...] = ("confirm", "send_back")
    elif finding.state == FindingState.OPEN:
        first = {Found.CHANGED: ("propose",), Found.MOVED: ("record_move",)}
        codes = (*first.get(Found(finding.found), ()), "keep")
    else:
        codes = ()
    return [(code, _LABELS[code]) for code in codes if may(request, _ACTS[code][1])]


@page("enrolment.view_person", methods=("GET", "POST"))
def finding(request: PageRequest, finding_id: int) -> HttpResponse:
    """One difference: what is registered, what the police say, and what is done about it."""
    found = queries.finding(finding_id)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="identity_finding", key=finding_id)
    form = DecideForm(request.POST or None, initial={"version": found.version}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        if (known := _ACTS.get(request.POST.get("act", ""))) is None:
            raise Http404
        told = form.cleaned_data
        with refusals_at(form):
            known[0](
                finding_id=finding_id,
                version=told["version"],
                opinion=told["opinion"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已办理。"))
            return redirect("enrolment:identity_finding", finding_id)
    offered = _offered(request, found)
    context = {
        "finding": found,
        "person": found.person,
        "form": form,
        "offered": offered,
        "withheld": None if offered else form,
        "state": finding_badge(found.state),
        "found": _found(found),
        "file": exchange.outgoing_of(asking.FLOW_NAME, found.check_of_id),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("公安身份核查"), "enrolment:identity")),
            Crumb(found.name),
        ],
    }
    return render(request, "enrolment/identity_finding.html", context, status=422 if form.errors else 200)

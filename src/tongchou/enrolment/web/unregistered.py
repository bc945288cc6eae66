"""未登记人员: names that other lists know and the register lacks, with their source, for somebody to visit (ENR-32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.enrolment.models import UnregisteredLead
from tongchou.enrolment.unregistered import commands, queries
from tongchou.enrolment.unregistered.states import LeadSource, LeadState
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import
from tongchou.platform.web.paper import SMALL, WIDTH, grid, paragraph, verification_code
from tongchou.platform.web.printing import Print, printed

_TONES: Final = {
    LeadState.OPEN: Tone.WAITING,
    LeadState.REGISTERED: Tone.DONE,
    LeadState.DISMISSED: Tone.RESTING,
}
MOST_PRINTED: Final = 500


def lead_badge(state: str) -> Badge:
    """办理状态 as shown."""
    known = LeadState(state)
    return Badge(str(known.label), _TONES[known])


class LeadFilter(lists.FilterForm):
    words = lists.words(_("姓名或证件号码"))
    source = lists.choice(_("来源"), LeadSource.choices)
    state = lists.choice(_("状态"), LeadState.choices)
    unit = lists.words(_("机构代码"), longest=12)


@dataclass(frozen=True, slots=True)
class Line:
    """A name as listed, with the place where somebody may be visited."""

    row: UnregisteredLead
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    wanted = {name: str(criteria.get(name) or "") for name in ("words", "source", "state", "unit")}
    return lists.Table(queries.leads(request.scope, **wanted))


def _complete(request: PageRequest, rows: Sequence[UnregisteredLead]) -> Sequence[Line]:
    names = platform.unit_names_of({row.unit_code for row in rows})
    return [Line(row, names.get(row.unit_code, row.unit_code)) for row in rows]


MOTHER: Final = "母亲"


def _note(row: Line) -> str:
    """说明: the name of a newborn's mother is masked like every name of a list."""
    if row.source != LeadSource.BIRTH or not row.note.startswith(MOTHER):
        return str(row.note)
    return MOTHER + masks.name(row.note.removeprefix(MOTHER))


LEADS: Final = lists.List(
    name="unregistered",
    title=_("未登记人员"),
    columns=(
        lists.Column(_("姓名"), "name", "name", link=lambda row: reverse("enrolment:unregistered_lead", args=[row.id])),
        lists.Column(_("证件号码"), "certificate_no", "certificate"),
        lists.Column(_("出生日期"), "born_on", "day"),
        lists.Column(_("走访单位"), "unit_name"),
        lists.Column(_("说明"), _note),
        lists.Column(_("来源"), lambda row: LeadSource(row.source).label, "choice"),
        lists.Column(_("列入时间"), "listed_at", "moment"),
        lists.Column(_("状态"), lambda row: lead_badge(row.state), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"place": ("unit_code", "id")},
    form=LeadFilter,
    link=lambda row: reverse("enrolment:unregistered_lead", args=[row.id]),
    template="enrolment/unregistered.html",
    empty=_("没有未登记人员。"),
    next_step=_("导入出生名单、新就业人员名单、学校名册和特殊人员名单后,没有登记的人列在这里。"),
)


@page("enrolment.view_person")
def listed(request: PageRequest) -> HttpResponse:
    """The list by place; from here somebody visits."""
    return LEADS.respond(
        request,
        may_import=may_import(request, "births"),
        query=request.GET.urlencode(),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("未登记人员")),
    )


class DismissForm(forms.Form):
    """不需登记."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "list": "reasons", "autocomplete": "off"}),
    )


REASONS: Final = (_("已在外地参保"), _("已用身份证号码登记"), _("已迁出"), _("死亡"), _("本人不愿参保"), _("名单有误"))


@page("enrolment.view_person", methods=("GET", "POST"))
def lead(request: PageRequest, lead_id: int) -> HttpResponse:
    """One name with its source, and what the visit found."""
    found = queries.lead(lead_id)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="unregistered_lead", key=lead_id)
    form = DismissForm(request.POST or None, initial={"version": found.version}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "reason"):
            commands.dismiss(lead_id=lead_id, operator=request.operator, now=request.now, **form.cleaned_data)
            messages.success(request, gettext("已注明不需登记。"))
            return redirect("enrolment:unregistered")
    if request.method == "GET":
        _seen(request, found)
    works = found.state == LeadState.OPEN and may(request, commands.HANDLE)
    context = {
        "found": found,
        "source": LeadSource(found.source).label,
        "state": lead_badge(found.state),
        "unit_name": platform.unit_names_of({found.unit_code}).get(found.unit_code, found.unit_code),
        "form": form if works else None,
        "withheld": None if works else form,
        "reasons": REASONS,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("未登记人员"), "enrolment:unregistered")),
            Crumb(masks.name(found.name)),
        ],
    }
    return render(request, "enrolment/unregistered_lead.html", context, status=422 if form.errors else 200)


def _seen(request: PageRequest, found: UnregisteredLead) -> None:
    area, unit = found.pooling_area_id, found.unit_code
    note_look(request, "enrolment.lead_seen", "unregistered_lead", found.pk, area=area, unit_code=unit)


@page("enrolment.view_person")
def paper(request: PageRequest) -> HttpResponse:
    """走访名单 of the filter on paper, with room for what the visit found."""
    asked = {name: request.GET.get(name, "") for name in ("words", "source", "state", "unit")}
    rows = list(queries.leads(request.scope, **asked).order_by("unit_code", "id")[:MOST_PRINTED])
    names = platform.unit_names_of({row.unit_code for row in rows})
    heads = ("序号", "姓名", "证件号码", "出生日期", "走访单位", "说明", "来源", "走访结果", "签名")
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [
            paragraph(cell, SMALL)
            for cell in (
                at,
                row.name,
                masks.certificate(row.certificate_no),
                row.born_on or "",
                names.get(row.unit_code, row.unit_code),
                row.note,
                LeadSource(row.source).label,
                "",
                "",
            )
        ]
        for at, row in enumerate(rows, 1)
    ]
    unit = asked["unit"] or request.operator.org_unit_id
    what = Print(
        agency=platform.unit_name(request.operator.org_unit_id, request.today),
        title="未登记人员走访名单",
        number=f"{unit}-{request.today:%Y%m%d}",
        code=verification_code("unregistered", unit, request.today, *(row.pk for row in rows)),
        action="enrolment.leads_printed",
        object_kind="unregistered_leads",
        object_key=f"{unit}-{request.today:%Y%m%d}",
        unit_code=request.operator.org_unit_id,
        file_name=f"unregistered-{unit}",
    )
    body: list[Flowable] = [
        paragraph(f"共{len(rows)}人"),
        Spacer(WIDTH, 4),
        grid(lines, (0.06, 0.1, 0.17, 0.1, 0.14, 0.16, 0.1, 0.1, 0.07), heads=1),
    ]
    return printed(request, what, body)

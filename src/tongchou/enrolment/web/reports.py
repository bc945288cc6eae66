"""人员状态信息: what police, courts and other agencies say became of somebody, held, objected to, approved (ENR-22)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.endings import matters, queries, reasons, reports
from tongchou.enrolment.models import StatusReport
from tongchou.enrolment.states import EndingReason, Informant, ReportState
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, check_unit, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import

_TONES: Final = {
    ReportState.UNKNOWN: Tone.WAITING,
    ReportState.MISMATCH: Tone.WAITING,
    ReportState.HELD: Tone.HAND,
    ReportState.OBJECTED: Tone.BAD,
    ReportState.DONE: Tone.DONE,
    ReportState.DISMISSED: Tone.RESTING,
}


def report_badge(state: str) -> Badge:
    """办理状态 as shown."""
    known = ReportState(state)
    return Badge(known.label, _TONES[known])


class ReportFilter(lists.FilterForm):
    words = lists.words(_("姓名或证件号码"))
    state = lists.choice(_("状态"), ReportState.choices)
    reason = lists.choice(_("人员状态"), EndingReason.choices)
    informant = lists.choice(_("来源部门"), Informant.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """A report as listed: the name of the unit, what is left of the time for objection, whether it may be approved."""

    row: StatusReport
    unit_name: str
    left: str
    pick: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.reports(
        criteria.get("words", ""),
        state=criteria.get("state", ""),
        reason=criteria.get("reason", ""),
        informant=criteria.get("informant", ""),
        scope=request.scope,
    )
    return lists.Table(found)


def _complete(request: PageRequest, rows: Sequence[StatusReport]) -> Sequence[Line]:
    names = platform.unit_names_of({row.unit_code for row in rows})
    may_approve = may(request, "enrolment.review")
    return [
        Line(
            row,
            names.get(row.unit_code, row.unit_code),
            days_left(row, request.today),
            str(row.pk) if may_approve and is_due(row, request.today) else "",
        )
        for row in rows
    ]


def is_due(row: StatusReport, today: date) -> bool:
    """Held, and the time for objection is over (可核准)."""
    return row.state == ReportState.HELD and row.held_until is not None and row.held_until <= today


def days_left(row: StatusReport, today: date) -> str:
    """异议期倒计时 in words."""
    if row.held_until is None or row.state not in (ReportState.HELD, ReportState.OBJECTED):
        return ""
    if row.held_until <= today:
        return gettext("已满")
    days = (row.held_until - today).days
    return ngettext("还有%(days)s天", "还有%(days)s天", days) % {"days": days}


REPORTS: Final = lists.List(
    name="status_reports",
    title=_("人员状态信息"),
    columns=(
        lists.Column("", "pick", "pick"),
        lists.Column(_("姓名"), "name", "name", link=lambda row: reverse("enrolment:report", args=[row.id])),
        lists.Column(_("证件号码"), "certificate_no", "certificate"),
        lists.Column(_("人员状态"), lambda row: EndingReason(row.reason).label, "choice"),
        lists.Column(_("事件日期"), "event_on", "day", sort="event"),
        lists.Column(_("来源部门"), lambda row: Informant(row.informant).label, "choice"),
        lists.Column(_("参保单位"), "unit_name"),
        lists.Column(_("异议期"), "left"),
        lists.Column(_("状态"), lambda row: report_badge(row.state), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"-id": ("-id",), "event": ("event_on", "id")},
    form=ReportFilter,
    link=lambda row: reverse("enrolment:report", args=[row.id]),
    template="enrolment/reports.html",
    empty=_("没有符合条件的人员状态信息。"),
    next_step=_("导入公安、法院等部门的名单后,相符的进入异议期,不符的列为待核对。"),
)


@page("enrolment.view_person")
def listed(request: PageRequest) -> HttpResponse:
    """The list, with bulk approval for whoever may."""
    return REPORTS.respond(
        request,
        waiting=queries.waiting(request.scope, request.today),
        may_import=may_import(request, "endings"),
        may_approve=may(request, "enrolment.review"),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("人员状态信息")),
    )


@page("enrolment.review", methods=("POST",))
def approve(request: PageRequest) -> HttpResponse:
    """批量核准: each on its own; who was not ended is said with the reason."""
    chosen = [int(one) for one in request.POST.getlist("pick") if one.isdecimal()]
    try:
        result = reports.approve(report_ids=chosen, operator=request.operator, now=request.now)
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
        return redirect("enrolment:reports")
    if result.done:
        count = len(result.done)
        messages.success(request, ngettext("已核准 %(count)s 人。", "已核准 %(count)s 人。", count) % {"count": count})
    for name, why in result.refused:
        messages.error(request, f"{name}:{why}")
    return redirect("enrolment:reports")


class DecideForm(forms.Form):
    """What is done with a report, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    objector = forms.CharField(
        label=_("异议人"), max_length=50, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )


Act = Callable[[PageRequest, int, dict[str, Any]], object]


def _object(request: PageRequest, report_id: int, data: dict[str, Any]) -> None:
    reports.object_to(
        report_id=report_id,
        version=data["version"],
        objector=data["objector"],
        objection=data["reason"],
        operator=request.operator,
        now=request.now,
    )


def _with_reason(command: Callable[..., object]) -> Act:
    def act(request: PageRequest, report_id: int, data: dict[str, Any]) -> None:
        command(
            report_id=report_id,
            version=data["version"],
            reason=data["reason"],
            operator=request.operator,
            now=request.now,
        )

    return act


def _approve(request: PageRequest, report_id: int, data: dict[str, Any]) -> None:
    reports.approve_one(report_id=report_id, operator=request.operator, now=request.now)


_ACTS: Final[Mapping[str, Act]] = {
    "confirm": _with_reason(reports.confirm_match),
    "object": _object,
    "overrule": _with_reason(reports.overrule),
    "dismiss": _with_reason(reports.dismiss),
    "approve": _approve,
}
_LABELS: Final = {
    "approve": _("核准"),
    "confirm": _("确认为同一人"),
    "object": _("登记异议"),
    "overrule": _("异议不成立"),
    "dismiss": _("不予办理"),
}
_OFFERED: Final = {
    ReportState.UNKNOWN: ("dismiss",),
    ReportState.MISMATCH: ("confirm", "dismiss"),
    ReportState.HELD: ("approve", "object", "dismiss"),
    ReportState.OBJECTED: ("overrule", "dismiss"),
    ReportState.DONE: (),
    ReportState.DISMISSED: (),
}
_NEEDS: Final = {"approve": "enrolment.review", "overrule": "enrolment.review"}


@page("enrolment.view_person", methods=("GET", "POST"))
def report(request: PageRequest, report_id: int) -> HttpResponse:
    """One report: what was said, against the register; objection, decision."""
    found = _found(request, report_id)
    form = DecideForm(request.POST or None, initial={"version": found.version}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            act = _ACTS[request.POST.get("act", "")]
        except KeyError:
            raise Http404 from None
        with refusals_at(form):
            act(request, report_id, form.cleaned_data)
            messages.success(request, gettext("已办理。"))
            return redirect("enrolment:report", report_id)
    return render(request, "enrolment/report.html", _context(request, found, form), status=422 if form.errors else 200)


def _found(request: PageRequest, report_id: int) -> StatusReport:
    """Raises: Http404, OutOfScope."""
    found = queries.report(report_id)
    if found is None:
        raise Http404
    if found.unit_code:
        check_unit(request, found.unit_code, kind="status_report", key=report_id)
    else:
        check_area(request, found.pooling_area_id)
    return found


def _context(request: PageRequest, found: StatusReport, form: DecideForm) -> dict[str, Any]:
    reason = EndingReason(found.reason)
    offered = [
        (code, _LABELS[code])
        for code in _OFFERED[ReportState(found.state)]
        if may(request, _NEEDS.get(code, "enrolment.change")) and (code != "approve" or is_due(found, request.today))
    ]
    person = found.person
    return {
        "report": found,
        "person": person,
        "form": form,
        "offered": offered,
        "withheld": None if offered else form,
        "may_object": any(code == "object" for code, _label in offered),
        "state": report_badge(found.state),
        "reason": reason.label,
        "informant": Informant(found.informant).label,
        "leads_to": reasons.rules_of(found.pooling_area_id).kind_of(reason).label,
        "ends_from": reasons.ends_from(reason, found.event_on),
        "last_day": found.held_until - timedelta(days=1) if found.held_until else None,
        "left": days_left(found, request.today),
        "matters": matters.open_of(person.pk, request.today) if person and offered else [],
        "unit_name": platform.unit_names_of({found.unit_code}).get(found.unit_code, ""),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("人员状态信息"), "enrolment:reports")),
            Crumb(found.name),
        ],
    }

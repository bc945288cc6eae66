"""发出文件: the list, and one file with its totals, its answers and what may be done with it (SYS-04, SYS-07)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import commands, flows, outgoing, queries
from tongchou.exchange.models import OutgoingFile
from tongchou.exchange.states import OutgoingState
from tongchou.exchange.web.imports import import_badge
from tongchou.exchange.web.links import delivery_badge
from tongchou.exchange.web.places import CHAPTER
from tongchou.platform import checks, trail
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

_TONES: Final = {
    OutgoingState.MADE: Tone.WAITING,
    OutgoingState.SENT: Tone.HAND,
    OutgoingState.RECEIPTED: Tone.HAND,
    OutgoingState.ANSWERED: Tone.WAITING,
    OutgoingState.RECONCILED: Tone.DONE,
    OutgoingState.CANCELLED: Tone.RESTING,
}


def outgoing_badge(state: str) -> Badge:
    """发出文件状态 as shown."""
    known = OutgoingState(state)
    return Badge(str(known.label), _TONES[known])


class OutgoingFilter(lists.FilterForm):
    state = lists.choice(_("状态"), OutgoingState.choices)
    number = lists.words(_("文件编号"), longest=40)
    since = lists.day(_("制盘日期从"))
    until = lists.day(_("到"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.outgoing_files(request.scope)
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    if since := criteria.get("since"):
        found = found.filter(made_at__date__gte=since)
    if until := criteria.get("until"):
        found = found.filter(made_at__date__lt=until + timedelta(days=1))
    return lists.Table(found)


OUTGOING: Final = lists.List(
    name="outgoing",
    title=_("发出文件"),
    columns=(
        lists.Column(_("文件编号"), "number", "code"),
        lists.Column(_("交换项目"), lambda row: flows.title_of(row.flow), "choice"),
        lists.Column(_("交换对象"), lambda row: row.partner.name),
        lists.Column(_("制盘时间"), "made_at", "moment"),
        lists.Column(_("总笔数"), "rows", "number"),
        lists.Column(_("总金额(元)"), "total_fen", "money"),
        lists.Column(_("已回盘"), "rows_answered", "number"),
        lists.Column(_("制盘人"), "made_by", "staff"),
        lists.Column(_("状态"), lambda row: outgoing_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-made_at", "-id")},
    form=OutgoingFilter,
    link=lambda row: reverse("exchange:file", args=[row.number]),
    template="exchange/files.html",
    empty=_("还没有发出过文件。"),
)


class ReceiptForm(forms.Form):
    """签收回执: what the partner says it has."""

    reference = lists.words(_("回执号"))
    received_on = lists.day(_("签收日期"))
    rows = forms.IntegerField(label=_("笔数"), min_value=0, widget=forms.NumberInput(attrs={"class": "form-control"}))
    total = lists.YuanField(label=_("金额(元)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reference"].required = self.fields["received_on"].required = True


@page("exchange.view")
def files(request: PageRequest) -> HttpResponse:
    """The files of the areas in scope, the newest first."""
    return OUTGOING.respond(request, crumbs=crumbs(CHAPTER, _("发出文件")))


@page("exchange.view")
def file(request: PageRequest, number: str) -> HttpResponse:
    """One file: totals, digest, receipt, answers, rows that came back."""
    return _shown(request, _find(request, number))


def _shown(
    request: PageRequest, found: OutgoingFile, form: ReceiptForm | None = None, status: int = 200
) -> HttpResponse:
    came, still_open = queries.rejected_of(found.pk)
    receipt, may_work = queries.receipt_of(found.pk), may(request, flows.permission_of(found.flow))
    awaits_receipt = may_work and receipt is None and found.state == OutgoingState.SENT
    context = {
        "file": found,
        "flow": flows.title_of(found.flow),
        "state": outgoing_badge(found.state),
        "receipt": receipt,
        "awaits_receipt": awaits_receipt,
        "answers": [(one, import_badge(one.state)) for one in queries.answers_of(found.pk)],
        "deliveries": [(one, delivery_badge(one.state)) for one in queries.deliveries_of_file(found.pk)],
        "rejected": came,
        "rejected_open": still_open,
        "may_work": may_work,
        "may_see_partner": request.scope.covers_area(found.pooling_area_id),
        "form": form or ReceiptForm(initial={"received_on": request.today}),
        "withheld": None if awaits_receipt else form,
        "crumbs": crumbs(CHAPTER, (_("发出文件"), "exchange:files"), found.number),
    }
    return render(request, "exchange/outgoing.html", context, status=status)


@page("exchange.view", methods=("POST",))
def download(request: PageRequest, number: str) -> HttpResponse:
    """下载: the bytes as they were made; who took them out stands in the trail."""
    found = _find(request, number)
    check_work(request, found)
    trail.record(
        "exchange.take_file_out",
        at=request.now,
        operator=request.operator,
        pooling_area=found.pooling_area_id,
        object_kind="outgoing",
        object_key=number,
        detail={"digest": found.digest},
    )
    response = StreamingHttpResponse(outgoing.content_of(found), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    return response  # type: ignore[return-value]  a streamed answer is an answer


@page("exchange.view", methods=("POST",))
def send(request: PageRequest, number: str) -> HttpResponse:
    """标记已发送."""
    commands.mark_sent(number=_find(request, number).number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已标记为发送,等待回盘。"))
    return redirect("exchange:file", number)


@page("exchange.view", methods=("POST",))
def receipt(request: PageRequest, number: str) -> HttpResponse:
    """登记签收回执."""
    found, form = _find(request, number), ReceiptForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reference"):
            commands.record_receipt(
                number=number,
                reference=told["reference"],
                received_on=told["received_on"],
                rows=told["rows"],
                total_fen=told["total"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记签收回执。"))
            return redirect("exchange:file", number)
    return _shown(request, found, form, status=422)


@page("exchange.view", methods=("POST",))
def compare(request: PageRequest, number: str) -> HttpResponse:
    """重新生成核对: made again, the file has the same bytes, or somebody has touched what it was made of."""
    found = _find(request, number)
    if outgoing.same_bytes(found):
        messages.success(request, gettext("重新生成的文件与原文件逐字节相同。"))
    else:
        messages.error(request, gettext("重新生成的文件与原文件不同,请查明原因。"))
    return redirect("exchange:file", number)


def check_work(request: PageRequest, found: OutgoingFile) -> None:
    """Raises: NoPermission, OutOfScope."""
    checks.check_in_scope(request.operator, flows.permission_of(found.flow), found.unit_code, request.now)


def _find(request: PageRequest, number: str) -> OutgoingFile:
    """Raises: Http404, OutOfScope."""
    found = queries.outgoing(number)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="outgoing", key=number)
    return found

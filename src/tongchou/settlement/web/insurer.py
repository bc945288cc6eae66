"""大病保险理赔: files to the commercial insurer, and how its confirmations and payments stand (SYS-08)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import queries as exchange
from tongchou.exchange.states import OutgoingState
from tongchou.exchange.web.outgoing import outgoing_badge
from tongchou.exchange.web.uploads import AnswerForm, take_answer
from tongchou.kernel.errors import DomainError
from tongchou.platform.paging import PAGE_SIZE
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, sentence_with_code
from tongchou.platform.web.areas import chosen_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.settlement import insurer, insurer_answers
from tongchou.settlement.models import InsurerFile
from tongchou.settlement.states import ClaimState
from tongchou.wire.numbers import wire_id

_TONES: Final = {
    ClaimState.ASKED: Tone.WAITING,
    ClaimState.CONFIRMED: Tone.HAND,
    ClaimState.REFUSED: Tone.BAD,
    ClaimState.PAID: Tone.DONE,
}


class NoFilter(lists.FilterForm):
    """All files, the newest first."""


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(insurer.files(request.scope))


FILES: Final = lists.List(
    name="insurer_files",
    title=_("大病保险理赔"),
    columns=(
        lists.Column(_("所属月份"), lambda row: f"{row.month:%Y-%m}", "code"),
        lists.Column(_("商业保险机构"), lambda row: row.partner.name),
        lists.Column(_("版次"), "edition", "number"),
        lists.Column(_("笔数"), "rows", "number"),
        lists.Column(_("申请支付(元)"), "total_fen", "money"),
        lists.Column(_("制作时间"), "made_at", "moment"),
        lists.Column(_("制作人"), "made_by", "staff"),
    ),
    read=_read,
    orders={"newest": ("-month", "-id")},
    form=NoFilter,
    link=lambda row: reverse("settlement:insurer_file", args=[row.pk]),
    template="settlement/insurer_files.html",
    empty=_("还没有理赔文件。"),
    next_step=_("一个月结束后,按月制作送商业保险机构的理赔文件。"),
)


class MakeForm(forms.Form):
    """制作理赔文件: for which insurer, of which month."""

    partner = forms.ChoiceField(label=_("商业保险机构"), widget=forms.Select(attrs={"class": "form-select"}))
    month = forms.CharField(
        label=_("所属月份"), max_length=7, widget=forms.TextInput(attrs={"class": "form-control", "type": "month"})
    )

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["partner"].choices = [
            (str(one.pk), one.name)
            for one in exchange.partners_with(chosen_area(request).code, insurer.FLOW_NAME, request.today)
        ]


@page("payment.view", whole_area=True)
def files(request: PageRequest) -> HttpResponse:
    """The files, with the form for the next."""
    form = MakeForm(request, initial={"month": insurer.last_month(request.today)})
    return FILES.respond(
        request,
        make_form=form if may(request, insurer.PERMISSION) else None,
        crumbs=crumbs((_("结算"), "settlement:settlements"), _("大病保险理赔")),
    )


@page(insurer.PERMISSION, methods=("POST",))
def make(request: PageRequest) -> HttpResponse:
    """制作理赔文件."""
    form = MakeForm(request, request.POST)
    if not form.is_valid():
        messages.error(request, gettext("请选择商业保险机构和月份。"))
        return redirect("settlement:insurer")
    try:
        made = insurer.make_claims(
            partner_id=int(form.cleaned_data["partner"]),
            month=form.cleaned_data["month"],
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
        return redirect("settlement:insurer")
    messages.success(request, gettext("理赔文件已生成,共 %(rows)s 笔。") % {"rows": made.rows})
    return redirect("settlement:insurer_file", made.pk)


@page("payment.view", whole_area=True)
def file(request: PageRequest, file_id: int) -> HttpResponse:
    """One file: what was claimed, confirmed, paid, refused, and each claim."""
    return _shown(request, _found(request, file_id))


@page(insurer.PERMISSION, methods=("POST",))
def upload(request: PageRequest, file_id: int) -> HttpResponse:
    """上传理赔答复."""
    found = _found(request, file_id)
    form = AnswerForm(request.POST, request.FILES)
    sent = exchange.outgoing_of(insurer.FLOW_NAME, found.pk)
    answered = take_answer(request, form, kind=insurer_answers.ANSWERS.name, answers=sent)
    return answered or _shown(request, found, form, status=422)


def _found(request: PageRequest, file_id: int) -> InsurerFile:
    """Raises: Http404, AreaOutOfScope."""
    found = insurer.file(file_id)
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    return found


def _shown(request: PageRequest, found: InsurerFile, form: AnswerForm | None = None, status: int = 200) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = insurer.claims(found.pk, state if state in ClaimState.values else "").order_by("line_no")
    first = max(0, int(after)) if (after := request.GET.get("after", "")).isdecimal() else 0
    shown = list(rows.filter(line_no__gt=first)[: PAGE_SIZE + 1])
    sent = exchange.outgoing_of(insurer.FLOW_NAME, found.pk)
    context = {
        "file": found,
        "sent": sent,
        "sent_state": outgoing_badge(sent.state) if sent else None,
        "sums": insurer.reconciliation(found),
        "states": ClaimState.choices,
        "state": state,
        "claims": [
            (one, wire_id(one.pooling_area, one.settlement_id), Badge(ClaimState(one.state).label, _TONES[one.state]))
            for one in shown[:PAGE_SIZE]
        ],
        "more_after": shown[PAGE_SIZE - 1].line_no if len(shown) > PAGE_SIZE else None,
        "form": (form or AnswerForm())
        if sent and sent.state in (OutgoingState.SENT, OutgoingState.RECEIPTED) and may(request, insurer.PERMISSION)
        else None,
        "crumbs": crumbs(
            (_("结算"), "settlement:settlements"), (_("大病保险理赔"), "settlement:insurer"), f"{found.month:%Y-%m}"
        ),
    }
    return render(request, "settlement/insurer_file.html", context, status=status)

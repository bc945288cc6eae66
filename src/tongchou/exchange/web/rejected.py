"""退回明细: rows that somebody could not take, as pieces of work: whose, since when, what was done (ENR-09, CON-08)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.db.models import DateField, Value
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import commands, flows, queries
from tongchou.exchange.models import RejectedRow
from tongchou.exchange.states import RejectState
from tongchou.exchange.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


def rejected_badge(row: RejectedRow, overdue: bool) -> Badge:
    """退回明细状态 as shown."""
    if row.state == RejectState.RESOLVED:
        return Badge(str(RejectState.RESOLVED.label), Tone.DONE)
    return Badge(str(_("已逾期")), Tone.BAD) if overdue else Badge(str(RejectState.OPEN.label), Tone.WAITING)


class RejectedFilter(lists.FilterForm):
    state = lists.choice(_("状态"), RejectState.choices)
    assigned_to = lists.words(_("经办人"), longest=30)
    unit = lists.words(_("参保单位"), longest=12)
    code = lists.words(_("代码"), longest=20)
    number = lists.words(_("文件编号"), longest=40)
    flow = lists.words(_("交换项目代码"), longest=30)
    incoming = lists.words(_("导入编号"), longest=12)
    due = lists.day(_("应办结不晚于"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.rejected_rows(request.scope)
    for name, field in (("state", "state"), ("assigned_to", "assigned_to"), ("code", "code"), ("flow", "flow")):
        if value := criteria.get(name):
            found = found.filter(**{field: value})
    if unit := criteria.get("unit"):
        found = found.filter(unit_code__startswith=unit)
    if number := criteria.get("number"):
        found = found.filter(outgoing__number=number)
    if (incoming := criteria.get("incoming", "")).isdecimal():
        found = found.filter(incoming_id=int(incoming))
    if due := criteria.get("due"):
        found = found.filter(due_on__lte=due)
    return lists.Table(found.annotate(today=Value(request.today, output_field=DateField())))


MOST_AT_ONCE: Final = 200


def _address(row: RejectedRow) -> str:
    return reverse("exchange:rejected_row", args=[row.pk])


def _complete(request: PageRequest, rows: Sequence[RejectedRow]) -> Sequence[RejectedRow]:
    """A box for each row that the operator may work on and that is open."""
    for one in rows:
        works = one.state == RejectState.OPEN and may(request, flows.permission_of(one.flow))
        cast("Any", one).pick = str(one.pk) if works else ""
    return rows


REJECTED: Final = lists.List(
    name="rejected",
    title=_("退回明细"),
    columns=(
        lists.Column("", "pick", "pick"),
        lists.Column(_("对象"), "subject", link=_address),
        lists.Column(_("交换项目"), lambda row: flows.title_of(row.flow), "choice"),
        lists.Column(_("原因"), lambda row: masks.numbers_in(row.reason)),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("参保单位"), "unit_code", "unit"),
        lists.Column(_("应办结"), "due_on", "day", sort="due"),
        lists.Column(_("经办人"), "assigned_to", "staff"),
        lists.Column(_("状态"), lambda row: rejected_badge(row, row.due_on < row.today), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": ("-id",), "due": ("due_on", "id")},
    form=RejectedFilter,
    link=_address,
    defaults=lambda request: {"state": RejectState.OPEN.value},
    template="exchange/rejected.html",
    empty=_("没有退回的明细。"),
)


class ResolutionForm(forms.Form):
    """处理结果."""

    resolution = forms.CharField(
        label=_("处理结果"),
        max_length=300,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        help_text=_("写明做了什么,如“已联系户主,账户已存足”"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


@page("exchange.view")
def rejected(request: PageRequest) -> HttpResponse:
    """The rows inside the scope, open ones first asked for."""
    return REJECTED.respond(request, crumbs=crumbs(CHAPTER, _("退回明细")))


@page("exchange.view", methods=("POST",))
def bulk(request: PageRequest) -> HttpResponse:
    """批量认领、处理、转办: each row on its own, so that one that somebody else has done stops no other."""
    chosen = [int(one) for one in request.POST.getlist("pick")[:MOST_AT_ONCE] if one.isdecimal()]
    done = 0
    for row_id in chosen:
        try:
            done += _step(request, row_id)
        except DomainError as refusal:
            messages.error(request, f"{row_id}:{sentence_with_code(refusal)}")
    if done:
        messages.success(request, gettext("已办理 %(count)s 行。") % {"count": done})
    if not chosen:
        messages.warning(request, gettext("没有选择明细。"))
    return redirect(f"{reverse('exchange:rejected')}?{request.GET.urlencode()}")


def _step(request: PageRequest, row_id: int) -> int:
    """Raises: what the command refuses."""
    told: dict[str, Any] = {"row_ids": [row_id], "operator": request.operator, "now": request.now}
    what = request.POST.get("what", "")
    if what == "take":
        return commands.take_rejected(**told)
    if what == "assign":
        due = parse_date(request.POST.get("due_on", ""))
        return commands.assign_rejected(unit_code=request.POST.get("unit_code", "").strip(), due_on=due, **told)
    return commands.resolve_rejected(resolution=request.POST.get("resolution", "")[:300], **told)


@page("exchange.view")
def row(request: PageRequest, row_id: int) -> HttpResponse:
    """One row: what it is about, why it came back, what was done."""
    return _shown(request, _find(request, row_id), ResolutionForm())


def _shown(request: PageRequest, found: RejectedRow, form: ResolutionForm, status: int = 200) -> HttpResponse:
    may_work = may(request, flows.permission_of(found.flow)) and found.state == RejectState.OPEN
    context = {
        "row": found,
        "flow": flows.title_of(found.flow),
        "unit": platform.unit_name(found.unit_code, request.today),
        "state": rejected_badge(found, found.due_on < request.today),
        "may_work": may_work,
        "form": form,
        "withheld": None if may_work else form,
        "crumbs": crumbs(CHAPTER, (_("退回明细"), "exchange:rejected"), found.subject),
    }
    return render(request, "exchange/rejected_row.html", context, status=status)


@page("exchange.view", methods=("POST",))
def take(request: PageRequest, row_id: int) -> HttpResponse:
    """认领."""
    _find(request, row_id)
    commands.take_rejected(row_ids=[row_id], operator=request.operator, now=request.now)
    messages.success(request, gettext("已认领。"))
    return redirect("exchange:rejected_row", row_id)


@page("exchange.view", methods=("POST",))
def resolve(request: PageRequest, row_id: int) -> HttpResponse:
    """处理完毕."""
    found, form = _find(request, row_id), ResolutionForm(request.POST)
    if form.is_valid():
        with refusals_at(form, "resolution"):
            commands.resolve_rejected(
                row_ids=[row_id],
                resolution=form.cleaned_data["resolution"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已处理。"))
            return redirect("exchange:rejected")
    return _shown(request, found, form, status=422)


def _find(request: PageRequest, row_id: int) -> RejectedRow:
    """Raises: Http404, OutOfScope."""
    found = queries.rejected_row(row_id)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="rejected_row", key=row_id)
    return found

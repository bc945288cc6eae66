"""交接事项: what is owed by which day, with whom to ask; recorded by hand where no file does it (ORG-05)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import duties, flows, queries
from tongchou.exchange.models import HandOff
from tongchou.exchange.rules import Rhythm
from tongchou.exchange.states import DutyForm, Frequency, Giver, HandOffState
from tongchou.exchange.web.places import CHAPTER
from tongchou.platform.spreadsheets import kinds
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

OVERDUE: Final = "overdue"


def hand_off_badge(row: HandOff, today: Any) -> Badge:
    """交接状态 as shown: what is awaited past its day is overdue."""
    if row.state == HandOffState.DONE:
        return Badge(str(HandOffState.DONE.label), Tone.DONE)
    if row.state == HandOffState.WAIVED:
        return Badge(str(HandOffState.WAIVED.label), Tone.RESTING)
    return (
        Badge(str(_("已逾期")), Tone.BAD)
        if row.due_on < today
        else Badge(str(HandOffState.AWAITED.label), Tone.WAITING)
    )


class HandOffFilter(lists.FilterForm):
    state = lists.choice(_("状态"), [(OVERDUE, _("已逾期")), *HandOffState.choices])
    partner = lists.words(_("交换对象"))
    period = lists.words(_("所属期"), longest=10)
    giver = lists.choice(_("交出方"), Giver.choices)
    until = lists.day(_("约定日期到"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.hand_offs(request.scope)
    if (state := criteria.get("state")) == OVERDUE:
        found = found.filter(state=HandOffState.AWAITED, due_on__lt=request.today)
    elif state:
        found = found.filter(state=state)
    if partner := criteria.get("partner"):
        found = found.filter(duty__partner__name__contains=partner)
    if period := criteria.get("period"):
        found = found.filter(period=period)
    if giver := criteria.get("giver"):
        found = found.filter(duty__giver=giver)
    if until := criteria.get("until"):
        found = found.filter(due_on__lte=until)
    return lists.Table(found)


def _complete(request: PageRequest, rows: Any) -> Any:
    for one in rows:
        one.shown_state = hand_off_badge(one, request.today)
    return rows


HAND_OFFS: Final = lists.List(
    name="hand_offs",
    title=_("交接事项"),
    columns=(
        lists.Column(_("事项"), lambda row: row.duty.subject),
        lists.Column(_("所属期"), "period", "code"),
        lists.Column(_("交换对象"), lambda row: row.duty.partner.name),
        lists.Column(_("联系人"), lambda row: row.duty.partner.contact),
        lists.Column(_("联系电话"), lambda row: row.duty.partner.phone, "code"),
        lists.Column(_("交出方"), lambda row: Giver(row.duty.giver).label, "choice"),
        lists.Column(_("我方责任人"), lambda row: row.duty.responsible),
        lists.Column(_("约定日期"), "due_on", "day", sort="due"),
        lists.Column(_("回执"), "reference", "code"),
        lists.Column(_("状态"), "shown_state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"due": ("due_on", "id"), "-due": ("-due_on", "-id")},
    form=HandOffFilter,
    link=lambda row: reverse("exchange:hand_off", args=[row.pk]),
    template="exchange/duties.html",
    empty=_("没有符合条件的交接事项。"),
    next_step=_("在交换对象页面登记责任事项,到期的交接会自动列出。"),
)


def _text(label: Any, *, longest: int, required: bool = True, help_text: Any = "") -> forms.CharField:
    attrs = {"class": "form-control", "autocomplete": "off"}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget, help_text=help_text)


def _select(label: Any, choices: Any = (), *, required: bool = True, help_text: Any = "") -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget, help_text=help_text)


def _number(label: Any, low: int, high: int, initial: int, help_text: Any = "") -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "form-control"})
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, initial=initial, widget=widget, help_text=help_text
    )


class NewDutyForm(forms.Form):
    """登记责任事项."""

    subject = _text(_("事项"), longest=60, help_text=_("如“低保对象名单”"))
    form = _select(_("形式"), DutyForm.choices)
    giver = _select(_("交出方"), Giver.choices)
    frequency = _select(_("频率"), Frequency.choices)
    due_day = _number(_("约定日"), 1, 31, 25, _("当月没有这一天的,为当月最后一天"))
    due_month = _number(_("约定月"), 1, 12, 12, _("只用于每年一次的事项"))
    months_later = _number(_("迟后月数"), 0, 12, 0, _("如次月5日交上月名单,填 1"))
    import_kind = _select(_("以哪类导入为交接"), required=False)
    options = _text(
        _("导入选项"), longest=100, required=False, help_text=_("如 department=civil_affairs;多项用空格分开")
    )
    flow = _select(_("以哪项发出文件为交接"), required=False)
    responsible = _text(_("我方责任人"), longest=30)
    legal_basis = _text(_("依据"), longest=200)
    valid_from = lists.day(_("起"))
    valid_until = lists.day(_("止(可不填)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        none = ("", _("无,手工登记"))
        self.fields["import_kind"].choices = [none, *((one.name, gettext(one.title)) for one in kinds.registered())]
        self.fields["flow"].choices = [none, *((one.name, gettext(one.title)) for one in flows.registered())]
        self.fields["valid_from"].required = True

    def facts(self) -> dict[str, Any]:
        """What the command takes (登记内容)."""
        told = dict(self.cleaned_data)
        rhythm = Rhythm(
            Frequency(told.pop("frequency")), told.pop("due_day"), told.pop("due_month"), told.pop("months_later")
        )
        options = dict(part.split("=", 1) for part in told.pop("options").split() if "=" in part)
        return {
            **told,
            "form": DutyForm(told["form"]),
            "giver": Giver(told["giver"]),
            "rhythm": rhythm,
            "options": options,
        }


class HandOffForm(forms.Form):
    """登记交接."""

    done_on = lists.day(_("交接日期"))
    reference = lists.words(_("回执号或文号"), longest=60)
    rows = forms.IntegerField(
        label=_("笔数"), min_value=0, required=False, widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    remark = lists.words(_("说明"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


@page("exchange.view")
def hand_offs(request: PageRequest) -> HttpResponse:
    """交接 of the areas in scope, the earliest agreed day first."""
    return HAND_OFFS.respond(request, crumbs=crumbs(CHAPTER, _("交接事项")))


@page("exchange.view", whole_area=True)
def hand_off(request: PageRequest, hand_off_id: int) -> HttpResponse:
    """One 交接: whose it is, whom to ask, what came."""
    return _shown(request, _find(request, hand_off_id))


def _shown(request: PageRequest, found: HandOff, form: HandOffForm | None = None, status: int = 200) -> HttpResponse:
    may_work = may(request, "exchange.manage") and found.state == HandOffState.AWAITED
    context = {
        "hand_off": found,
        "duty": found.duty,
        "partner": found.duty.partner,
        "state": hand_off_badge(found, request.today),
        "giver": Giver(found.duty.giver).label,
        "form_of": DutyForm(found.duty.form).label,
        "frequency": Frequency(found.duty.frequency).label,
        "may_work": may_work,
        "withheld": None if may_work else form,
        "form": form or HandOffForm(initial={"done_on": request.today}),
        "crumbs": crumbs(CHAPTER, (_("交接事项"), "exchange:duties"), found.duty.subject),
    }
    return render(request, "exchange/hand_off.html", context, status=status)


@page("exchange.manage", methods=("POST",))
def record(request: PageRequest, hand_off_id: int) -> HttpResponse:
    """登记交接, or that this period needs none."""
    found, form = _find(request, hand_off_id), HandOffForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reference"):
            if "waive" in request.POST:
                duties.waive_hand_off(
                    hand_off_id=hand_off_id, remark=told["remark"], operator=request.operator, now=request.now
                )
            else:
                duties.record_hand_off(
                    hand_off_id=hand_off_id,
                    done_on=told["done_on"] or request.today,
                    reference=told["reference"],
                    rows=told["rows"],
                    remark=told["remark"],
                    operator=request.operator,
                    now=request.now,
                )
            messages.success(request, gettext("已登记。"))
            return redirect("exchange:hand_off", hand_off_id)
    return _shown(request, found, form, status=422)


@page("exchange.manage", methods=("GET", "POST"), whole_area=True)
def add(request: PageRequest, partner_id: int) -> HttpResponse:
    """登记责任事项."""
    found = queries.partner(partner_id)
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    form = NewDutyForm(request.POST or None, initial={"valid_from": request.today})
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "subject"):
            duties.add_duty(partner_id=partner_id, operator=request.operator, now=request.now, **form.facts())
            messages.success(request, gettext("已登记。"))
            return redirect("exchange:partner", partner_id)
    context = {
        "form": form,
        "form_name": "duty",
        "heading": _("登记责任事项"),
        "crumbs": crumbs(CHAPTER, (_("交换对象"), "exchange:partners"), found.name),
    }
    return render(request, "exchange/partner_form.html", context, status=422 if form.errors else 200)


def _find(request: PageRequest, hand_off_id: int) -> HandOff:
    """Raises: Http404, AreaOutOfScope."""
    found = queries.hand_off(hand_off_id)
    if found is None:
        raise Http404
    check_area(request, found.duty.partner.pooling_area_id)
    return found

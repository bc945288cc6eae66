"""交换对象: with whom the area exchanges what, how often, in which format, on what basis (SYS-04, SYS-07)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import commands, figures, flows, queries
from tongchou.exchange.models import Partner, PartnerDuty
from tongchou.exchange.states import Carrier, Direction, DutyForm, Frequency, Giver, OnArrival, PartnerKind
from tongchou.exchange.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.areas import chosen_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


class PartnerFilter(lists.FilterForm):
    kind = lists.choice(_("类别"), PartnerKind.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.partner_rows(request.scope)
    return lists.Table(found.filter(kind=criteria["kind"]) if "kind" in criteria else found)


def _badge(row: Partner) -> Badge:
    return Badge(str(_("启用")), Tone.DONE) if row.in_use else Badge(str(_("停用")), Tone.RESTING)


PARTNERS: Final = lists.List(
    name="partners",
    title=_("交换对象"),
    columns=(
        lists.Column(_("代码"), "code", "code"),
        lists.Column(_("名称"), "name"),
        lists.Column(_("类别"), lambda row: PartnerKind(row.kind).label, "choice"),
        lists.Column(_("联系人"), "contact"),
        lists.Column(_("联系电话"), "phone"),
        lists.Column(_("交换约定"), "agreed", "number"),
        lists.Column(_("发出文件"), "files", "number"),
        lists.Column(_("状态"), _badge, "state"),
    ),
    read=_read,
    orders={"code": ("pooling_area_id", "code", "id")},
    form=PartnerFilter,
    link=lambda row: reverse("exchange:partner", args=[row.pk]),
    template="exchange/partners.html",
    empty=_("还没有交换对象。"),
    next_step=_("先登记银行、税务等交换对象,再登记与它们的交换约定。"),
)


def _text(label: Any, *, longest: int, required: bool = True) -> forms.CharField:
    attrs = {"class": "form-control", "autocomplete": "off"}
    return forms.CharField(label=label, max_length=longest, required=required, widget=forms.TextInput(attrs=attrs))


def _select(label: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}))


class PartnerForm(forms.Form):
    """登记交换对象."""

    code = _text(_("代码"), longest=12)
    name = _text(_("名称"), longest=60)
    kind = _select(_("类别"), PartnerKind.choices)
    contact = _text(_("联系人"), longest=50, required=False)
    phone = _text(_("联系电话"), longest=30, required=False)
    role = _text(_("职责"), longest=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class PartnerEditForm(PartnerForm):
    """变更交换对象; code and kind stay."""

    code = kind = None  # type: ignore[assignment]
    in_use = forms.BooleanField(label=_("启用"), required=False)


class AgreementForm(forms.Form):
    """登记交换约定."""

    flow = _select(_("交换项目"))
    direction = _select(_("方向"), Direction.choices)
    frequency = _select(_("频率"), Frequency.choices)
    sent_as = forms.ChoiceField(
        label=_("发出格式"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    answered_as = forms.ChoiceField(
        label=_("接收格式"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    on_arrival = _select(_("到件处理"), OnArrival.choices)
    taken_by = _text(_("受理人工号"), longest=30, required=False)
    responsible = _text(_("责任人"), longest=30)
    legal_basis = _text(_("依据"), longest=200)
    valid_from = lists.day(_("起"))
    valid_until = lists.day(_("止(可不填)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        approved = [one for one in queries.file_formats() if one.approved_at]
        known = [("", _("请选择")), *((str(one.pk), str(one)) for one in approved)]
        self.fields["flow"].choices = [(name, gettext(title)) for name, title in flows.titles().items()]
        self.fields["sent_as"].choices = self.fields["answered_as"].choices = known
        self.fields["valid_from"].required = True


@page("exchange.view")
def partners(request: PageRequest) -> HttpResponse:
    """交换对象 of the areas in scope."""
    return PARTNERS.respond(
        request,
        may_manage=may(request, "exchange.manage"),
        crumbs=crumbs(CHAPTER, _("交换对象")),
    )


@page("exchange.manage", methods=("GET", "POST"), whole_area=True)
def add(request: PageRequest) -> HttpResponse:
    """登记交换对象."""
    form = PartnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "code"):
            made = commands.register_partner(
                pooling_area=chosen_area(request).code,
                code=told["code"],
                name=told["name"],
                kind=PartnerKind(told["kind"]),
                contact=told["contact"],
                phone=told["phone"],
                role=told["role"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记。"))
            return redirect("exchange:partner", made.pk)
    context = {
        "form": form,
        "form_name": "partner",
        "heading": _("登记交换对象"),
        "crumbs": crumbs(CHAPTER, (_("交换对象"), "exchange:partners"), _("登记交换对象")),
    }
    return render(request, "exchange/partner_form.html", context, status=422 if form.errors else 200)


@page("exchange.manage", methods=("GET", "POST"), whole_area=True)
def edit(request: PageRequest, partner_id: int) -> HttpResponse:
    """变更交换对象: name, contact, role, in use or not."""
    found = _find(request, partner_id)
    known = {name: getattr(found, name) for name in ("name", "contact", "phone", "role", "in_use")}
    form = PartnerEditForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "name"):
            commands.change_partner(
                partner_id=partner_id, operator=request.operator, now=request.now, **form.cleaned_data
            )
            messages.success(request, gettext("已保存。"))
            return redirect("exchange:partner", partner_id)
    context = {
        "form": form,
        "form_name": "partner-edit",
        "heading": _("变更交换对象"),
        "crumbs": crumbs(CHAPTER, (_("交换对象"), "exchange:partners"), found.name),
    }
    return render(request, "exchange/partner_form.html", context, status=422 if form.errors else 200)


@page("exchange.view", whole_area=True)
def partner(request: PageRequest, partner_id: int) -> HttpResponse:
    """One partner: what is agreed, in which formats, and its last files."""
    return _shown(request, _find(request, partner_id))


def _shown(request: PageRequest, found: Partner, form: AgreementForm | None = None, status: int = 200) -> HttpResponse:
    manages = may(request, "exchange.manage")
    context = {
        "partner": found,
        "kind": PartnerKind(found.kind).label,
        "carrier": _carrier(found),
        "duties": [
            (
                one,
                DutyForm(one.form).label,
                Giver(one.giver).label,
                Frequency(one.frequency).label,
                _agreed_day(one),
                one.valid_until is None or one.valid_until > request.today,
            )
            for one in queries.duties_of(found.pk)
        ],
        "state": _badge(found),
        "agreements": [
            (
                one,
                flows.title_of(one.flow),
                Direction(one.direction).label,
                Frequency(one.frequency).label,
                "" if one.direction == Direction.OUT else OnArrival(one.on_arrival).label,
                one.valid_until is None or one.valid_until > request.today,
            )
            for one in queries.agreements_of(found.pk)
        ],
        "offered": flows.of_partner(found.kind),
        "figures_month": _last_month(request)
        if manages and _agreed_now(found, figures.FLOW_NAME, request.today)
        else "",
        "form": (form or AgreementForm(initial={"valid_from": request.today})) if manages else None,
        "crumbs": crumbs(CHAPTER, (_("交换对象"), "exchange:partners"), found.name),
    }
    return render(request, "exchange/partner.html", context, status=status)


def _agreed_now(found: Partner, flow: str, today: date) -> bool:
    """Whether the flow goes out to the partner today."""
    return any(one.pk == found.pk for one in queries.partners_with(found.pooling_area_id, flow, today))


def _last_month(request: PageRequest) -> str:
    """The month before this one, as a month field has it."""
    return f"{request.today.replace(day=1) - timedelta(days=1):%Y-%m}"


def _carrier(found: Partner) -> Any:
    link = queries.link_of(found.pk)
    return Carrier(link.carrier).label if link is not None and link.in_use else _("手工传递")


def _agreed_day(duty: PartnerDuty) -> str:
    """约定日 in words."""
    if duty.frequency in (Frequency.DAILY, Frequency.AS_NEEDED):
        return "—"
    month = f"{duty.due_month}月" if duty.frequency == Frequency.YEARLY else ""
    later = gettext("迟后%(months)s个月 ") % {"months": duty.months_later} if duty.months_later else ""
    return f"{later}{month}{duty.due_day}日"


@page("exchange.manage", methods=("POST",))
def figures_file(request: PageRequest, partner_id: int) -> HttpResponse:
    """制作定期数据文件 of a month."""
    _find(request, partner_id)
    try:
        made = figures.make_report(
            partner_id=partner_id,
            month=request.POST.get("month", ""),
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
        return redirect("exchange:partner", partner_id)
    messages.success(request, gettext("定期数据文件已生成。"))
    return redirect("exchange:file", made.number)


@page("exchange.manage", methods=("POST",))
def agree(request: PageRequest, partner_id: int) -> HttpResponse:
    """登记交换约定."""
    found, form = _find(request, partner_id), AgreementForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "flow"):
            commands.agree(
                partner_id=found.pk,
                flow=told["flow"],
                direction=Direction(told["direction"]),
                frequency=Frequency(told["frequency"]),
                sent_as_id=int(told["sent_as"]) if told["sent_as"] else None,
                answered_as_id=int(told["answered_as"]) if told["answered_as"] else None,
                responsible=told["responsible"],
                taken_by=told["taken_by"].strip(),
                on_arrival=OnArrival(told["on_arrival"]),
                legal_basis=told["legal_basis"],
                valid_from=told["valid_from"],
                valid_until=told["valid_until"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记。"))
            return redirect("exchange:partner", partner_id)
    return _shown(request, found, form, status=422)


def _find(request: PageRequest, partner_id: int) -> Partner:
    """Raises: Http404, AreaOutOfScope."""
    found = queries.partner(partner_id)
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    return found

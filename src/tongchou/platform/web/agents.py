"""代办机构: who acts for the agency, for what, until when (GX2017 §4, 83, 126; JL2019 §4, 6; ORG-04)."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.platform import agent_queries, commands
from tongchou.platform.commands.agents import Terms
from tongchou.platform.models import AgentOffice, Commission
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.states import AgentRole, AgentType
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page, refusals_at, why_not
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.trails import timeline

STATES: Final = [
    (agent_queries.IN_FORCE, _("委托中")),
    (agent_queries.ENDING, _("即将到期")),
    (agent_queries.ENDED, _("无有效委托")),
]


class AgentFilter(lists.FilterForm):
    words = lists.words(_("名称或机构代码"))
    type = lists.choice(_("类型"), AgentType.choices)
    role = lists.choice(_("性质"), AgentRole.choices)
    item = lists.choice(_("委托事项"), [])
    state = lists.choice(_("状态"), STATES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.code, gettext(one.name)) for one in agent_queries.items()]
        self.fields["item"].choices = [("", _("全部")), *offered]


@dataclass(frozen=True, slots=True)
class Line:
    """An agent as listed."""

    office: AgentOffice
    given: Commission | None
    items: str
    state: Badge

    @property
    def until(self) -> date | None:
        return self.given.valid_until if self.given else None

    @property
    def responsible(self) -> str:
        return self.given.responsible if self.given else ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.office, name)


def commission_badge(given: Commission | None, on: date, *, renewed: bool = False) -> Badge:
    """委托中, 即将到期, 未生效, 已到期 or 已终止 (委托状态)."""
    if given is None:
        return Badge(gettext("无委托"), Tone.RESTING)
    if given.valid_from > on:
        return Badge(gettext("未生效"), Tone.HAND)
    if given.valid_until <= on:
        return Badge(gettext("已终止") if given.ended_at else gettext("已到期"), Tone.BAD)
    if not renewed and given.valid_until <= on + timedelta(days=agent_queries.NOTICE_DAYS):
        return Badge(gettext("%(days)s 日后到期") % {"days": (given.valid_until - on).days}, Tone.WAITING)
    return Badge(gettext("委托中"), Tone.DONE)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(agent_queries.listed(request.scope, criteria, request.today))


def _complete(request: PageRequest, rows: Sequence[AgentOffice]) -> Sequence[Line]:
    current, names = agent_queries.current_of(rows, request.today), agent_queries.item_names()
    return [
        Line(
            row,
            given,
            "、".join(gettext(names.get(code, code)) for code in given.items) if given else "",
            commission_badge(given, request.today),
        )
        for row in rows
        for given in (current.get(row.pk),)
    ]


AGENTS: Final = lists.List(
    name="agents",
    title=_("代办机构"),
    columns=(
        lists.Column(_("名称"), "name"),
        lists.Column(_("机构代码"), "unit_id", "code"),
        lists.Column(_("性质"), lambda row: AgentRole(row.role).label, "choice"),
        lists.Column(_("类型"), lambda row: AgentType(row.type).label, "choice"),
        lists.Column(_("委托事项"), "items"),
        lists.Column(_("负责人"), "responsible"),
        lists.Column(_("有效期至"), "until", "last_day"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"unit": ("unit_id",)},
    form=AgentFilter,
    link=lambda row: reverse("platform:agent", args=[row.unit_id]),
    template="platform/agents.html",
    empty=_("没有登记代办机构。"),
    next_step=_("村(居)委会、学校等受托办理业务的,先在此登记委托。"),
)


@page("agents.view")
def agents(request: PageRequest) -> HttpResponse:
    """The agents inside the scope, with what they are commissioned for."""
    return AGENTS.respond(
        request,
        ending=agent_queries.ending_count(request.scope, request.today),
        may_manage=may(request, "agents.manage"),
        why_not=why_not(request, "agents.manage"),
        crumbs=crumbs(_("系统"), (_("机构"), "platform:units"), _("代办机构")),
    )


@page("agents.view")
def agent(request: PageRequest, code: str) -> HttpResponse:
    """One agent: what it is commissioned for, by whom, who acts for it, and what was before."""
    return _agent_page(request, _found(request, code))


class CommissionForm(forms.Form):
    """委托的内容, as the agreement has it."""

    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput)
    items = forms.MultipleChoiceField(label=_("委托事项"), widget=forms.CheckboxSelectMultiple)
    begins = lists.day(_("生效日期"))
    until = lists.day(_("有效期至(含当日)"))
    responsible = forms.CharField(label=_("负责人"), max_length=50)
    phone = forms.CharField(label=_("联系电话"), max_length=30, required=False)
    agreement_no = forms.CharField(label=_("协议编号"), max_length=60, required=False)
    document = forms.FileField(label=_("委托协议(PDF、JPG或PNG)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.use_required_attribute = False
        self.fields["items"].choices = [(one.code, gettext(one.name)) for one in agent_queries.items()]
        self.fields["begins"].required = self.fields["until"].required = True
        for name in ("responsible", "phone", "agreement_no", "document"):
            self.fields[name].widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    def terms(self) -> Terms:
        """What was filled in (委托内容)."""
        data = self.cleaned_data
        uploaded = data["document"]
        return Terms(
            items=data["items"],
            begins=data["begins"],
            until=data["until"],
            responsible=data["responsible"],
            phone=data["phone"],
            agreement_no=data["agreement_no"],
            document=(uploaded.name, uploaded.read()) if uploaded else None,
        )

    def rows(self) -> list[forms.BoundField]:
        """The fields of the paper, the items apart."""
        return [one for one in self.visible_fields() if one.name != "items"]


class AgentForm(CommissionForm):
    """登记代办机构: which unit it is, and its first commission."""

    unit = forms.CharField(label=_("机构代码"), max_length=12)
    name = forms.CharField(label=_("名称(不填则同机构名称)"), max_length=100, required=False)
    role = forms.ChoiceField(label=_("性质"), choices=AgentRole.choices)
    type = forms.ChoiceField(label=_("类型"), choices=AgentType.choices)
    field_order = ("unit", "name", "role", "type")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("unit", "name"):
            self.fields[name].widget.attrs |= {"class": "form-control", "autocomplete": "off"}
        for name in ("role", "type"):
            self.fields[name].widget.attrs["class"] = "form-select"


@page("agents.manage", methods=("GET", "POST"))
def register(request: PageRequest) -> HttpResponse:
    """登记代办机构."""
    if request.method != "POST":
        begins = request.today
        form = AgentForm(
            initial={
                "request_id": uuid.uuid4().hex,
                "unit": request.GET.get("unit", "")[:12],
                "role": AgentRole.AGENT,
                "type": AgentType.VILLAGE_COMMITTEE,
                "begins": begins,
                "until": date(begins.year, 12, 31),
            }
        )
        return _form_page(request, form, _("登记代办机构"), None)
    form = AgentForm(request.POST, request.FILES)

    def give() -> str:
        data = form.cleaned_data
        return commands.register_agent(
            unit_code=data["unit"].strip(),
            name=data["name"],
            role=AgentRole(data["role"]),
            type=AgentType(data["type"]),
            terms=form.terms(),
            request_id=data["request_id"],
            by=request.operator,
            now=request.now,
        ).unit_id

    return _submitted(request, form, give, _("登记代办机构"), None, gettext("已登记代办机构。"))


@page("agents.manage", methods=("GET", "POST"))
def renew(request: PageRequest, code: str) -> HttpResponse:
    """续签委托: from the day after the last one ends."""
    office = _found(request, code)
    if request.method != "POST":
        last = agent_queries.current_of([office], request.today).get(office.pk)
        begins = max(last.valid_until, request.today) if last else request.today
        return _form_page(request, _filled(last, begins, date(begins.year, 12, 31)), _("续签委托"), office)
    form = CommissionForm(request.POST, request.FILES)

    def give() -> str:
        commands.renew_commission(
            unit_code=code,
            terms=form.terms(),
            request_id=form.cleaned_data["request_id"],
            by=request.operator,
            now=request.now,
        )
        return code

    return _submitted(request, form, give, _("续签委托"), office, gettext("已续签委托。"))


@page("agents.manage", methods=("GET", "POST"))
def change(request: PageRequest, code: str, commission_id: int) -> HttpResponse:
    """变更委托: from a day on; what it said before stays."""
    office, standing = _found(request, code), _commission_of(code, commission_id)
    if request.method != "POST":
        begins = max(standing.valid_from, request.today)
        form = _filled(standing, begins, standing.valid_until - timedelta(days=1))
        return _form_page(request, form, _("变更委托"), office)
    form = CommissionForm(request.POST, request.FILES)

    def give() -> str:
        commands.change_commission(
            commission_id=commission_id,
            terms=form.terms(),
            request_id=form.cleaned_data["request_id"],
            by=request.operator,
            now=request.now,
        )
        return code

    return _submitted(request, form, give, _("变更委托"), office, gettext("已变更委托。"))


class EndForm(forms.Form):
    """终止委托."""

    last_day = lists.day(_("最后一日(含)"))
    reason = forms.CharField(
        label=_("终止原因"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["last_day"].required = True


@page("agents.manage", methods=("POST",))
def end(request: PageRequest, code: str, commission_id: int) -> HttpResponse:
    """终止委托, with a reason."""
    office, form = _found(request, code), EndForm(request.POST)
    _commission_of(code, commission_id)
    if form.is_valid():
        with refusals_at(form, "reason"):
            commands.end_commission(
                commission_id=commission_id, **form.cleaned_data, by=request.operator, now=request.now
            )
            messages.success(request, gettext("已终止委托。"))
            return redirect("platform:agent", code)
    return _agent_page(request, office, form, status=422)


@page("agents.view")
def document(request: PageRequest, code: str, commission_id: int) -> HttpResponse:
    """委托协议: the signed paper as it came; the look at it is noted."""
    office, given = _found(request, code), _commission_of(code, commission_id)
    found = agent_queries.document_of(given)
    if found is None:
        raise Http404
    note_look(
        request,
        "platform.commission_document_seen",
        "agent",
        code,
        area=office.unit.pooling_area_id or NO_AREA,
        unit_code=code,
        commission=commission_id,
    )
    response = HttpResponse(bytes(found.data), content_type=found.media_type)
    response["Content-Disposition"] = f'inline; filename="commission-{commission_id}"'
    return response


def _found(request: PageRequest, code: str) -> AgentOffice:
    """The agent inside the scope. Raises: Http404, OutOfScope."""
    office = agent_queries.office_at(code)
    if office is None:
        raise Http404
    check_unit(request, code, kind="agent", key=code)
    return office


def _commission_of(code: str, commission_id: int) -> Commission:
    given = agent_queries.commission(commission_id)
    if given is None or given.office.unit_id != code:
        raise Http404
    return given


def _filled(last: Commission | None, begins: date, until: date) -> CommissionForm:
    known = {"items": last.items, "responsible": last.responsible, "phone": last.phone} if last else {}
    known |= {"agreement_no": last.agreement_no} if last else {}
    return CommissionForm(initial={"request_id": uuid.uuid4().hex, "begins": begins, "until": until, **known})


def _submitted(
    request: PageRequest,
    form: CommissionForm,
    give: Callable[[], str],
    title: Any,
    office: AgentOffice | None,
    done: str,
) -> HttpResponse:
    """What was sent in: carried out, or shown again with what is wrong."""
    if form.is_valid():
        with refusals_at(form):
            code = give()
            messages.success(request, done)
            return redirect("platform:agent", code)
    return _form_page(request, form, title, office, status=422)


def _form_page(
    request: PageRequest, form: CommissionForm, title: Any, office: AgentOffice | None, status: int = 200
) -> HttpResponse:
    trace = [Crumb(office.name, reverse("platform:agent", args=[office.unit_id]))] if office else []
    context = {
        "form": form,
        "title": title,
        "office": office,
        "form_name": f"commission:{office.unit_id if office else 'new'}",
        "crumbs": [*crumbs(_("系统"), (_("代办机构"), "platform:agents")), *trace, Crumb(title)],
    }
    return render(request, "platform/commission_form.html", context, status=status)


def _agent_page(
    request: PageRequest, office: AgentOffice, form: EndForm | None = None, status: int = 200
) -> HttpResponse:
    given = agent_queries.current_of([office], request.today).get(office.pk)
    names = {code: gettext(name) for code, name in agent_queries.item_names().items()}
    history = agent_queries.commissions_of(office)
    renewed = given is not None and any(one.valid_from >= given.valid_until for one in history)
    running = given is not None and given.valid_until > request.today
    manages = may(request, "agents.manage") and request.operator is not None
    context = {
        "office": office,
        "role": AgentRole(office.role).label,
        "type": AgentType(office.type).label,
        "given": given,
        "state": commission_badge(given, request.today, renewed=renewed),
        "items": [names.get(code, code) for code in given.items] if given else [],
        "history": [
            (one, "、".join(names.get(code, code) for code in one.items), commission_badge(one, request.today))
            for one in history
            if one.valid_until > one.valid_from
        ],
        "operators": agent_queries.operators_at(office.unit_id, request.today),
        "may_manage": manages,
        "running": running,
        "form": form or EndForm(initial={"last_day": request.today}),
        "why_not": why_not(request, "agents.manage"),
        "trail": timeline(request, "agent", office.unit_id),
        "crumbs": crumbs(_("系统"), (_("代办机构"), "platform:agents"), office.name),
    }
    return render(request, "platform/agent.html", context, status=status)

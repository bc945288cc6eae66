"""卡与凭证 of a person, 制卡清单 and 发卡进度 (ENR-29…31)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import commands, queries
from tongchou.enrolment.credentials import commands as media
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.credentials.case import KIND
from tongchou.enrolment.credentials.states import CardAct, MediumKind
from tongchou.enrolment.models import SocialSecurityCard
from tongchou.enrolment.states import CardStatus
from tongchou.enrolment.web.badges import card_badge
from tongchou.enrolment.web.person import person_page
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks, tabs
from tongchou.platform.web.access import PageRequest, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import

tabs.add_tab("person", tabs.Tab("cards", _("卡与凭证"), "enrolment:person_cards", "enrolment.view_person", 12))

HERE: Final = "enrolment:person_cards"
TOWN_LEVEL: Final = "town"


class MediumForm(forms.Form):
    """登记其他介质."""

    kind = forms.ChoiceField(
        label=_("介质种类"), choices=MediumKind.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    number = forms.CharField(
        label=_("介质号码"),
        max_length=32,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    valid_from = forms.DateField(
        label=_("启用日期"), widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("最后使用日"),
        help_text=_("此后只认社会保障卡"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )


@page("enrolment.view_person")
def of_person(request: PageRequest, person_no: str) -> HttpResponse:
    """卡与凭证: what is accepted today, the cards and their life, other media."""
    return _shown(request, person_no, MediumForm(initial={"valid_from": request.today}, label_suffix=""))


def _shown(request: PageRequest, person_no: str, form: MediumForm, status: int = 200) -> HttpResponse:
    context = person_page(request, person_no, "cards")
    facts = context["facts"]
    held = credentials.cards_of(facts.id)
    context |= {
        "credentials": queries.credentials_of(facts, request.today),
        "held": [(one, card_badge(one.status)) for one in held],
        "in_use": next((one for one in held if one.status == CardStatus.ACTIVE), None),
        "lost": next((one for one in held if one.status == CardStatus.LOST), None),
        "coming": next((one for one in held if one.status in (CardStatus.MAKING, CardStatus.AWAITING_PICKUP)), None),
        "media": [(one, one.get_kind_display(), _medium_badge(one, request)) for one in credentials.media_of(facts.id)],
        "entries": [(one, CardAct(one.act).label) for one in credentials.events_of(facts.id)],
        "form": form,
        "may_change": may(request, "enrolment.change") and not facts.died_on,
        "may_accept": may(request, "cases.accept", work=KIND.work) and not facts.died_on,
    }
    return render(request, "enrolment/person_cards.html", context, status=status)


def _medium_badge(one: Any, request: PageRequest) -> Badge:
    if request.today >= one.valid_until:
        return Badge(_("已停用"), Tone.RESTING)
    return Badge(_("可用"), Tone.DONE) if request.today >= one.valid_from else Badge(_("未启用"), Tone.WAITING)


@page("enrolment.change", methods=("POST",))
def act(request: PageRequest, person_no: str, what: str) -> HttpResponse:
    """挂失、解挂、制卡完成、发放: done at once, from the person's page or the list of cards."""
    facts = person_in_reach(request, person_no)
    try:
        messages.success(request, _done(request, facts.id, what))
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
    back = request.POST.get("back") == "list"
    return redirect("enrolment:cards") if back else redirect(HERE, person_no)


def _done(request: PageRequest, person_id: int, what: str) -> str:
    said_by, number = request.POST.get("said_by", "")[:50], request.POST.get("number", "")[:32]
    common: dict[str, Any] = {"operator": request.operator, "now": request.now}
    if what == "lost":
        card = commands.report_card_lost(person_id=person_id, on=request.today, said_by=said_by, **common)
        return gettext("卡%(number)s已挂失,自%(at)s起不能使用。") % {
            "number": masks.card(card.number),
            "at": timezone.localtime(request.now).strftime("%Y-%m-%d %H:%M"),
        }
    if what == "found":
        card = commands.report_card_found(person_id=person_id, on=request.today, said_by=said_by, **common)
        return gettext("卡%(number)s已解挂,恢复使用。") % {"number": card.number}
    if what == "ready":
        card = commands.mark_ready(number=number, **common)
        return gettext("卡%(number)s待领取。") % {"number": card.number}
    card = commands.issue_card(
        person_id=person_id, number=number, issued_on=request.today, collected_by=said_by, **common
    )
    return gettext("卡%(number)s已发放,旧卡停用。") % {"number": card.number}


@page("enrolment.change", methods=("POST",))
def link(request: PageRequest, person_no: str) -> HttpResponse:
    """登记其他介质."""
    facts = person_in_reach(request, person_no)
    form = MediumForm(request.POST, label_suffix="")
    if form.is_valid():
        data = form.cleaned_data
        with refusals_at(form):
            media.link_medium(
                person_id=facts.id,
                kind=MediumKind(data["kind"]),
                number=data["number"],
                valid_from=data["valid_from"],
                last_day=data["last_day"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记。"))
            return redirect(HERE, person_no)
    return _shown(request, person_no, form, status=422)


# --- cards being made -----------------------------------------------------------------------------------------------


class CardFilter(lists.FilterForm):
    status = lists.choice(
        _("状态"), [(one.value, one.label) for one in (CardStatus.MAKING, CardStatus.AWAITING_PICKUP)]
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A card as listed, with the name of the unit."""

    row: SocialSecurityCard
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(credentials.in_making(scope=request.scope, status=criteria.get("status", "")))


def _complete(request: PageRequest, rows: Sequence[SocialSecurityCard]) -> Sequence[Line]:
    names = platform.unit_names_of({row.person.unit_code for row in rows})
    return [Line(row, names.get(row.person.unit_code, row.person.unit_code)) for row in rows]


CARDS: Final = lists.List(
    name="cards",
    title=_("制卡与领卡"),
    columns=(
        lists.Column(_("卡号"), "number", "code"),
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("证件号码"), lambda row: row.person.certificate_no, "certificate"),
        lists.Column(_("参保单位"), "unit_name"),
        lists.Column(_("申领日期"), "issued_on", "day"),
        lists.Column(_("预计可领日期"), "ready_on", "day"),
        lists.Column(_("优先"), lambda row: _("异地就医") if row.comes_first else "", "choice"),
        lists.Column(_("状态"), lambda row: card_badge(row.status), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"first": ("-comes_first", "id")},
    form=CardFilter,
    link=lambda row: reverse(HERE, args=[row.person.person_no]),
    template="enrolment/cards.html",
    empty=_("没有在制或待领的社会保障卡。"),
)


@page("enrolment.view_person")
def cards(request: PageRequest) -> HttpResponse:
    """制卡清单: those for care elsewhere first (ENR-30)."""
    return CARDS.respond(
        request,
        may_import=may_import(request, "media"),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("制卡与领卡")),
    )


# --- how far issuing is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TownLine:
    """发卡进度 of a town."""

    code: str
    name: str
    found: credentials.Issuing

    @property
    def insured(self) -> int:
        return self.found.insured

    @property
    def in_use(self) -> int:
        return self.found.in_use

    @property
    def in_hand(self) -> int:
        return self.found.making + self.found.awaiting

    @property
    def lost(self) -> int:
        return self.found.lost

    @property
    def media_only(self) -> int:
        return self.found.media_only

    @property
    def without(self) -> int:
        return self.found.without

    @property
    def rate(self) -> str:
        return percentage(self.in_use, self.insured)


def percentage(part: int, whole: int) -> str:
    """With one decimal; `—` of nobody (比例)."""
    if not whole:
        return "—"
    tenths = (part * 1000 + whole // 2) // whole
    return f"{tenths // 10}.{tenths % 10}%"


def _by_town(request: PageRequest) -> tuple[list[TownLine], str]:
    found, counted_at = credentials.issuing(request.scope)
    units = platform.units_by_code()
    towns: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for code, one in found.items():
        town = _town_of(code, units)
        for name in credentials.FIGURES:
            towns[town][name] += getattr(one, name)
    lines = [
        TownLine(code, units[code].name if code in units else code, credentials.Issuing(code, **figures))
        for code, figures in sorted(towns.items())
    ]
    if counted_at is None:
        return lines, gettext("来源:参保登记与卡管,尚未汇总")
    at = timezone.localtime(counted_at).strftime("%Y-%m-%d %H:%M")
    return lines, gettext("来源:参保登记与卡管,汇总至 %(at)s") % {"at": at}


def _town_of(code: str, units: Mapping[str, Any]) -> str:
    """The town above a village; a unit without one stands for itself."""
    path = units[code].path.strip("/").split("/") if code in units else []
    return next((part for part in path if part in units and units[part].level == TOWN_LEVEL), code)


PROGRESS: Final = lists.List(
    name="issuing",
    title=_("发卡进度"),
    columns=(
        lists.Column(_("乡镇(街道)、单位"), "name"),
        lists.Column(_("参保人数"), "insured", "number", sort="insured"),
        lists.Column(_("持卡人数"), "in_use", "number"),
        lists.Column(_("持卡率"), "rate", "figure"),
        lists.Column(_("制卡中、待领取"), "in_hand", "number"),
        lists.Column(_("挂失"), "lost", "number"),
        lists.Column(_("仅有其他介质"), "media_only", "number"),
        lists.Column(_("无卡"), "without", "number", sort="without"),
    ),
    read=lambda request, criteria: lists.Held(_by_town(request)[0]),
    orders={"code": ("code",), "insured": ("-insured",), "without": ("-without",)},
    template="enrolment/issuing.html",
    empty=_("还没有汇总。"),
)


@page("enrolment.view_person")
def progress(request: PageRequest) -> HttpResponse:
    """发卡进度 by town, with the chart and the export (ENR-30; QA2018 五(五))."""
    lines, source = _by_town(request)
    total = {one.name: sum(getattr(line.found, one.name) for line in lines) for one in fields(credentials.Issuing)[1:]}
    rate = percentage(total.get("in_use", 0), total.get("insured", 0))
    figures = [
        {"label": _("参保人数"), "value": f"{total['insured']:,}", "note": "", "link": ""},
        {"label": _("持卡人数"), "value": f"{total['in_use']:,}", "note": rate, "link": ""},
        {
            "label": _("制卡中、待领取"),
            "value": f"{total['making'] + total['awaiting']:,}",
            "note": "",
            "link": reverse("enrolment:cards"),
        },
        {"label": _("仅有其他介质"), "value": f"{total['media_only']:,}", "note": "", "link": ""},
    ]
    worst = sorted(lines, key=lambda one: one.in_use - one.insured)[:12]
    chart = Chart(
        key="issuing",
        title=_("尚未持卡人数最多的乡镇"),
        kind="bars-lying",
        labels=[one.name for one in worst],
        series=[
            Series(_("制卡中、待领取"), [one.in_hand for one in worst], "layer-pool"),
            Series(_("其余"), [one.insured - one.in_use - one.in_hand for one in worst], "layer-cash"),
        ],
        unit=_("人"),
        source=source,
    )
    return PROGRESS.respond(
        request,
        figures=figures,
        chart=chart if lines else None,
        source=source,
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("发卡进度")),
    )

"""链路: how each link stands, what waits on it, what came over it; keys, resending, trying again (SYS-03)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import arrivals, flows, keys, links, queries
from tongchou.exchange.envelopes import ALGORITHMS
from tongchou.exchange.models import Arrival, Delivery, Partner, PartnerLink
from tongchou.exchange.states import ArrivalState, Carrier, DeliveryState, KeySide
from tongchou.exchange.web.places import CHAPTER
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_open

_DELIVERY: Final = {
    DeliveryState.WAITING: Tone.WAITING,
    DeliveryState.DELIVERED: Tone.DONE,
    DeliveryState.REFUSED: Tone.BAD,
    DeliveryState.WITHDRAWN: Tone.RESTING,
}
_ARRIVAL: Final = {
    ArrivalState.RECEIVED: Tone.HAND,
    ArrivalState.CHECKED: Tone.WAITING,
    ArrivalState.WAITING: Tone.WAITING,
    ArrivalState.BOOKED: Tone.DONE,
    ArrivalState.REFUSED: Tone.BAD,
}


def delivery_badge(state: str) -> Badge:
    """投递状态 as shown."""
    return Badge(str(DeliveryState(state).label), _DELIVERY[DeliveryState(state)])


def arrival_badge(state: str) -> Badge:
    """到件状态 as shown."""
    return Badge(str(ArrivalState(state).label), _ARRIVAL[ArrivalState(state)])


def link_badge(link: PartnerLink | None) -> Badge:
    """链路状态 as shown."""
    if link is None or not link.in_use:
        return Badge(str(_("未启用")), Tone.RESTING)
    if link.failing_since is not None:
        return Badge(str(_("中断")), Tone.BAD)
    return Badge(str(_("畅通")), Tone.DONE) if link.last_contact_at else Badge(str(_("待联通")), Tone.WAITING)


LINKS: Final = lists.List(
    name="links",
    title=_("链路"),
    columns=(
        lists.Column(_("交换对象"), lambda row: row.partner.name),
        lists.Column(_("方式"), lambda row: Carrier(row.carrier).label, "choice"),
        lists.Column(_("最近联通"), "last_contact_at", "moment"),
        lists.Column(_("中断自"), "failing_since", "moment"),
        lists.Column(_("连续失败"), "failures", "number"),
        lists.Column(_("排队文件"), "waiting", "number"),
        lists.Column(_("最早排队"), "waiting_since", "moment"),
        lists.Column(_("下次尝试"), "next_try_at", "moment"),
        lists.Column(_("状态"), link_badge, "state"),
    ),
    read=lambda request, criteria: lists.Table(queries.link_rows(request.scope)),
    orders={"partner": ("partner_id",)},
    link=lambda row: reverse("exchange:link", args=[row.partner_id]),
    template="exchange/links.html",
    empty=_("还没有设置链路。"),
    next_step=_("在交换对象页面设置共享目录或 HTTP 接口;没有链路的,文件手工传递。"),
)


class ArrivalFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ArrivalState.choices)
    partner = lists.words(_("交换对象"))
    number = lists.words(_("对方文件编号"), longest=60)
    since = lists.day(_("接收日期从"))
    until = lists.day(_("到"))


def _read_arrivals(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.arrivals(request.scope)
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if partner := criteria.get("partner"):
        found = found.filter(partner__name__contains=partner)
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    if since := criteria.get("since"):
        found = found.filter(received_at__date__gte=since)
    if until := criteria.get("until"):
        found = found.filter(received_at__date__lt=until + timedelta(days=1))
    return lists.Table(found)


ARRIVALS: Final = lists.List(
    name="arrivals",
    title=_("到件"),
    columns=(
        lists.Column(_("对方文件编号"), "number", "code"),
        lists.Column(_("交换项目"), lambda row: flows.title_of(row.flow), "choice"),
        lists.Column(_("交换对象"), lambda row: row.partner.name),
        lists.Column(_("接收时间"), "received_at", "moment"),
        lists.Column(_("所列笔数"), lambda row: row.said.get("rows", 0), "number"),
        lists.Column(_("所列金额(元)"), lambda row: row.said.get("total_fen", 0), "money"),
        lists.Column(_("重复到达"), "repeats", "number"),
        lists.Column(_("说明"), "problem"),
        lists.Column(_("状态"), lambda row: arrival_badge(row.state), "state"),
    ),
    read=_read_arrivals,
    orders={"newest": ("-id",)},
    form=ArrivalFilter,
    link=lambda row: reverse("exchange:arrival", args=[row.pk]),
    template="exchange/arrivals.html",
    empty=_("还没有经链路到达的文件。"),
)


class TotalFilter(lists.FilterForm):
    day = lists.day(_("日期"))
    partner = lists.words(_("交换对象"))
    office = lists.words(_("经收机构"))
    same = lists.choice(_("核对"), [("yes", _("相符")), ("no", _("不符"))])


def _read_totals(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.day_totals(request.scope)
    if day := criteria.get("day"):
        found = found.filter(day=day)
    if partner := criteria.get("partner"):
        found = found.filter(partner__name__contains=partner)
    if office := criteria.get("office"):
        found = found.filter(office__contains=office)
    if same := criteria.get("same"):
        found = queries.totals_that_agree(found, agree=same == "yes")
    return lists.Table(found)


def _same_badge(row: Any) -> Badge:
    same = (row.said_rows, row.said_fen) == (row.booked_rows, row.booked_fen)
    return Badge(str(_("相符")), Tone.DONE) if same else Badge(str(_("不符")), Tone.BAD)


TOTALS: Final = lists.List(
    name="day_totals",
    title=_("日对账"),
    columns=(
        lists.Column(_("日期"), "day", "day"),
        lists.Column(_("交换对象"), lambda row: row.partner.name),
        lists.Column(_("经收机构"), "office"),
        lists.Column(_("对方笔数"), "said_rows", "number"),
        lists.Column(_("对方金额(元)"), "said_fen", "money"),
        lists.Column(_("入账笔数"), "booked_rows", "number"),
        lists.Column(_("入账金额(元)"), "booked_fen", "money"),
        lists.Column(_("相差(元)"), lambda row: row.said_fen - row.booked_fen, "money"),
        lists.Column(_("核对"), _same_badge, "state"),
    ),
    read=_read_totals,
    orders={"newest": ("-day", "-id")},
    form=TotalFilter,
    link=lambda row: reverse("exchange:arrival", args=[row.arrival_id]),
    template="exchange/totals.html",
    empty=_("还没有对账的文件。"),
)


class LinkForm(forms.Form):
    """设置链路."""

    carrier = forms.ChoiceField(
        label=_("方式"), choices=Carrier.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    address = forms.CharField(
        label=_("地址"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text=_("共享目录写目录名,HTTP 接口写 http:// 或 https:// 地址"),
    )
    in_use = forms.BooleanField(label=_("启用"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class KeyForm(forms.Form):
    """登记或更换密钥."""

    side = forms.ChoiceField(
        label=_("用途"), choices=KeySide.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    key_no = lists.words(_("密钥编号"), longest=20)
    secret = forms.CharField(
        label=_("密钥"),
        required=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text=_("我方签名的密钥可不填,由系统生成,只显示一次"),
    )
    algorithm = forms.ChoiceField(
        label=_("算法"),
        choices=[(one, f"HMAC-{one.upper()}") for one in ALGORITHMS],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    overlap = forms.IntegerField(
        label=_("旧密钥继续有效(天)"),
        min_value=0,
        max_value=90,
        initial=keys.OVERLAP.days,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["key_no"].required = True


@page("exchange.view")
def links_list(request: PageRequest) -> HttpResponse:
    """链路 of the areas in scope."""
    return LINKS.respond(request, crumbs=crumbs(CHAPTER, _("链路")))


@page("exchange.view")
def arrivals_list(request: PageRequest) -> HttpResponse:
    """到件 of the areas in scope, the newest first."""
    return ARRIVALS.respond(request, crumbs=crumbs(CHAPTER, _("到件")))


@page("exchange.view")
def totals(request: PageRequest) -> HttpResponse:
    """日对账: what partners say of each day and office beside what we booked."""
    return TOTALS.respond(request, crumbs=crumbs(CHAPTER, _("日对账")))


@page("exchange.view", whole_area=True)
def arrival(request: PageRequest, arrival_id: int) -> HttpResponse:
    """One 到件: what came, what became of it, both sides' totals."""
    found = _find_arrival(request, arrival_id)
    context = {
        "arrival": found,
        "flow": flows.title_of(found.flow),
        "state": arrival_badge(found.state),
        "totals": [(one, _same_badge(one)) for one in queries.totals_of(found.pk)],
        "may_open": found.incoming is not None and may_open(request, found.incoming.kind),
        "may_retry": may(request, "exchange.manage") and found.state == ArrivalState.WAITING,
        "crumbs": crumbs(CHAPTER, (_("到件"), "exchange:arrivals"), found.number),
    }
    return render(request, "exchange/arrival.html", context)


@page("exchange.manage", methods=("POST",))
def retry(request: PageRequest, arrival_id: int) -> HttpResponse:
    """再次受理: at once, what stood in the way being mended."""
    _find_arrival(request, arrival_id)
    arrivals.try_again(arrival_id=arrival_id, operator=request.operator, now=request.now)
    after = arrivals.book(arrival_id, request.now)
    if after.state == ArrivalState.WAITING:
        messages.error(request, f"{after.problem} {after.code}")
    else:
        messages.success(request, gettext("已受理。"))
    return redirect("exchange:arrival", arrival_id)


@page("exchange.view", whole_area=True)
def link(request: PageRequest, partner_id: int) -> HttpResponse:
    """One link: its state, its queue, its keys, when it was down."""
    return _shown(request, _find(request, partner_id))


def _shown(request: PageRequest, found: Partner, status: int = 200, **forms_given: Any) -> HttpResponse:
    known = queries.link_of(found.pk)
    manages = may(request, "exchange.manage")
    initial = (
        {"carrier": known.carrier, "address": known.address, "in_use": known.in_use} if known else {"in_use": True}
    )
    context = {
        "partner": found,
        "link": known,
        "carrier": Carrier(known.carrier).label if known else "",
        "state": link_badge(known),
        "deliveries": [(one, delivery_badge(one.state)) for one in queries.deliveries_of(found.pk)],
        "keys": [
            (one, KeySide(one.side).label, one.valid_until is None or one.valid_until > request.now)
            for one in queries.keys_of(found.pk)
        ],
        "outages": queries.outages_of(found.pk),
        "manages": manages,
        "link_form": forms_given.get("link_form") or LinkForm(initial=initial),
        "key_form": forms_given.get("key_form") or KeyForm(),
        "crumbs": crumbs(CHAPTER, (_("链路"), "exchange:links"), found.name),
    }
    return render(request, "exchange/link.html", context, status=status)


@page("exchange.manage", methods=("POST",))
def set_link(request: PageRequest, partner_id: int) -> HttpResponse:
    """设置链路."""
    found, form = _find(request, partner_id), LinkForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "address"):
            links.set_link(
                partner_id=partner_id,
                carrier=Carrier(told["carrier"]),
                address=told["address"],
                in_use=told["in_use"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已保存。"))
            return redirect("exchange:link", partner_id)
    return _shown(request, found, 422, link_form=form)


@page("exchange.manage", methods=("POST",))
def add_key(request: PageRequest, partner_id: int) -> HttpResponse:
    """登记或更换密钥; one that we make is shown this once."""
    found, form = _find(request, partner_id), KeyForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        made = keys.new_secret() if told["side"] == KeySide.OURS and not told["secret"] else ""
        with refusals_at(form, "key_no"):
            keys.add_key(
                partner_id=partner_id,
                side=KeySide(told["side"]),
                key_no=told["key_no"],
                secret=told["secret"] or made,
                algorithm=told["algorithm"],
                overlap=timedelta(days=told["overlap"]),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记密钥。"))
            if made:
                messages.warning(request, gettext("请交给对方,以后不再显示:%(secret)s") % {"secret": made})
            return redirect("exchange:link", partner_id)
    return _shown(request, found, 422, key_form=form)


@page("exchange.manage", methods=("POST",))
def try_now(request: PageRequest, partner_id: int) -> HttpResponse:
    """立即重试: one round now."""
    _find(request, partner_id)
    known = links.try_now(partner_id=partner_id, operator=request.operator, now=request.now)
    moved = links.serve(known, request.now)
    known.refresh_from_db()
    if known.failing_since is not None:
        messages.error(request, gettext("仍不能联通:%(problem)s") % {"problem": known.problem})
    else:
        arrivals.book_waiting(request.now)
        messages.success(request, gettext("已联通,收发 %(count)s 个文件。") % {"count": moved})
    return redirect("exchange:link", partner_id)


@page("exchange.view", methods=("POST",))
def resend(request: PageRequest, number: str) -> HttpResponse:
    """重新投递."""
    links.resend(number=number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已排队,按原编号、原内容重新投递。"))
    return redirect("exchange:file", number)


@page("exchange.view", methods=("POST",))
def withdraw(request: PageRequest, delivery_id: int) -> HttpResponse:
    """撤回投递."""
    done: Delivery = links.withdraw(delivery_id=delivery_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("已撤回,请改用其他方式送达。"))
    return redirect("exchange:link", done.partner_id)


def _find(request: PageRequest, partner_id: int) -> Partner:
    """Raises: Http404, AreaOutOfScope."""
    found = queries.partner(partner_id)
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    return found


def _find_arrival(request: PageRequest, arrival_id: int) -> Arrival:
    """Raises: Http404, AreaOutOfScope."""
    found = queries.arrival(arrival_id)
    if found is None:
        raise Http404
    check_area(request, found.partner.pooling_area_id)
    return found

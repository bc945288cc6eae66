"""税务征收: records that wait, both sides' days, and rosters that went out (JL2019 §12, 13; CON-11, SYS-05)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, DateField, Value
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.progress import opened_years
from tongchou.contributions.tax import items, rosters, totals
from tongchou.contributions.tax.models import TaxItem, TaxRoster
from tongchou.contributions.tax.states import RosterChange, TaxItemKind, TaxItemState
from tongchou.contributions.tax.totals import DayOfOffice
from tongchou.contributions.web.papers import printed
from tongchou.exchange import queries as exchange
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import SMALL, SMALL_AMOUNT, WIDTH, grid, paragraph

_TONES: Final = {
    TaxItemState.OPEN: Tone.WAITING,
    TaxItemState.MATCHED: Tone.DONE,
    TaxItemState.AMENDED: Tone.DONE,
    TaxItemState.HELD: Tone.HAND,
    TaxItemState.REFUSED: Tone.RESTING,
}
DAYS_SHOWN: Final = 31
MOST_DAYS: Final = 92


def item_badge(row: TaxItem, overdue: bool) -> Badge:
    """税务待办状态 as shown."""
    known = TaxItemState(row.state)
    if known == TaxItemState.OPEN and overdue:
        return Badge(str(_("已逾期")), Tone.BAD)
    return Badge(str(known.label), _TONES[known])


class ItemFilter(lists.FilterForm):
    state = lists.choice(_("状态"), TaxItemState.choices)
    kind = lists.choice(_("来源"), TaxItemKind.choices)
    office = lists.words(_("征收机构"))
    day = lists.day(_("缴费日期"))
    receipt = lists.words(_("电子税票号"), longest=40)
    assigned_to = lists.words(_("经办人"), longest=30)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = TaxItem.objects.filter(request.scope.q("unit_code", "pooling_area"))
    for name in ("state", "kind", "assigned_to"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    if office := criteria.get("office"):
        found = found.filter(office__contains=office)
    if day := criteria.get("day"):
        found = found.filter(paid_on=day)
    if receipt := criteria.get("receipt"):
        found = found.filter(receipt_no__startswith=receipt)
    return lists.Table(found.annotate(today=Value(request.today, output_field=DateField())))


ITEMS: Final = lists.List(
    name="tax_items",
    title=_("税务待办"),
    columns=(
        lists.Column(_("电子税票号"), "receipt_no", "code"),
        lists.Column(_("姓名"), "name", "name"),
        lists.Column(_("证件号码"), "certificate_no", "certificate"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("缴费日期"), "paid_on", "day"),
        lists.Column(_("征收机构"), "office"),
        lists.Column(_("来源"), lambda row: TaxItemKind(row.kind).label, "choice"),
        lists.Column(_("应办结"), "due_on", "day", sort="due"),
        lists.Column(_("经办人"), "assigned_to", "code"),
        lists.Column(_("状态"), lambda row: item_badge(row, row.due_on < row.today), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",), "due": ("due_on", "id")},
    form=ItemFilter,
    link=lambda row: reverse("contributions:tax_item", args=[row.pk]),
    defaults=lambda request: {"state": TaxItemState.OPEN.value},
    template="contributions/tax_items.html",
    empty=_("没有税务待办。"),
    next_step=_("税务机关的征收结果入库后,对应不上、重复和更正的记录列在这里。"),
)


@page("contributions.view")
def listed(request: PageRequest) -> HttpResponse:
    """税务待办 inside the scope, the open ones first asked for."""
    return ITEMS.respond(request, crumbs=crumbs((_("缴费"), "contributions:payments"), _("税务征收")))


class ResolveForm(forms.Form):
    """处理税务待办: what, for whom, on what ground."""

    what = forms.ChoiceField(label=_("处理方式"), widget=forms.Select(attrs={"class": "form-select"}))
    key = lists.words(_("参保人(人员编号或证件号码)"), longest=50)
    reason = lists.words(_("处理依据"), longest=200)

    def __init__(self, item: TaxItem, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        amends = item.kind == TaxItemKind.AMENDED
        choices = [("amend", _("办理更正"))] if amends else [("match", _("对应参保人入账")), ("hold", _("转待处理款"))]
        self.fields["what"].choices = [*choices, ("refuse", _("退税务机关"))]
        self.fields["reason"].required = True
        if amends:
            del self.fields["key"]


@page("contributions.view", methods=("GET", "POST"))
def item(request: PageRequest, item_id: int) -> HttpResponse:
    """One record of the tax office: what it says, why it waits, what it corrects, and its resolution."""
    found = TaxItem.objects.select_related("contribution__person", "pending").filter(pk=item_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="tax_item", key=item_id)
    first = "refuse" if found.kind == TaxItemKind.DUPLICATE else None
    form = ResolveForm(found, request.POST or None, initial={"what": first, "key": found.person_no})
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "key" if "key" in form.fields else "reason"):
            _resolve(request, found, form.cleaned_data)
            messages.success(request, gettext("已处理。"))
            return redirect("contributions:tax_item", item_id)
    works = found.state == TaxItemState.OPEN and may(request, items.COLLECT)
    context = {
        "item": found,
        "kind": TaxItemKind(found.kind).label,
        "state": item_badge(found, found.due_on < request.today),
        "form": form if works else None,
        "withheld": None if works else form,
        "may_take": works and found.assigned_to != request.operator.staff_code,
        "crumbs": crumbs((_("税务待办"), "contributions:tax"), found.receipt_no or str(found.pk)),
    }
    return render(request, "contributions/tax_item.html", context, status=422 if form.errors else 200)


def _resolve(request: PageRequest, found: TaxItem, told: Mapping[str, Any]) -> None:
    """Raises: what the commands refuse."""
    by: dict[str, Any] = {"reason": told["reason"], "operator": request.operator, "now": request.now}
    if told["what"] == "match":
        items.match(item_id=found.pk, key=told["key"], **by)
    elif told["what"] == "hold":
        items.hold(item_id=found.pk, **by)
    elif told["what"] == "amend":
        items.accept_amendment(item_id=found.pk, **by)
    else:
        items.refuse(item_ids=[found.pk], **by)


@page(items.COLLECT, methods=("POST",))
def take(request: PageRequest, item_id: int) -> HttpResponse:
    """认领."""
    items.take(item_id=item_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("已认领。"))
    return redirect("contributions:tax_item", item_id)


# --- both sides' days -------------------------------------------------------------------------------------------------


def _days(request: PageRequest) -> tuple[date, date]:
    """First day and last day asked for; not more than a quarter."""
    last = parse_date(request.GET.get("until", "")) or request.today
    first = parse_date(request.GET.get("since", "")) or last - timedelta(days=DAYS_SHOWN)
    return max(first, last - timedelta(days=MOST_DAYS)), last


def _badge(row: DayOfOffice) -> Badge:
    if row.agrees:
        return Badge(str(_("相符")), Tone.DONE)
    return Badge(str(_("有待办")), Tone.WAITING) if row.waits else Badge(str(_("不符")), Tone.BAD)


@page("contributions.view")
def days(request: PageRequest) -> HttpResponse:
    """税务日对账: what each office says of each day, beside what became of it."""
    first, last = _days(request)
    found = totals.day_totals(request.scope, since=first, until=last + timedelta(days=1))
    only = request.GET.get("only", "")
    shown = [one for one in found if not one.agrees] if only else found
    context = {
        "rows": [(one, _badge(one)) for one in shown],
        "agree": sum(one.agrees for one in found),
        "differ": sum(not one.agrees for one in found),
        "said_fen": sum(one.said_fen for one in found),
        "booked_fen": sum(one.booked_fen + one.later_fen for one in found),
        "since": first,
        "until": last,
        "only": only,
        "query": request.GET.urlencode(),
        "crumbs": crumbs((_("税务待办"), "contributions:tax"), _("税务日对账")),
    }
    return render(request, "contributions/tax_days.html", context)


@page("contributions.view")
def days_paper(request: PageRequest) -> HttpResponse:
    """税务日对账表, to be signed by both sides."""
    first, last = _days(request)
    found = totals.day_totals(request.scope, since=first, until=last + timedelta(days=1))
    heads = ("日期", "征收机构", "税务笔数", "税务金额", "入账笔数", "入账金额", "补入账", "退回或更正", "待办", "相差")
    lines = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [paragraph(text, SMALL if at < 2 else SMALL_AMOUNT) for at, text in enumerate(_row(one))] for one in found
    ]
    if not found:
        lines.append([paragraph("无", SMALL), *[""] * (len(heads) - 1)])
    area = own_area(request)
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        paragraph(f"{first.isoformat()}至{last.isoformat()},金额单位:元。", SMALL),
        grid(lines, (0.105, 0.17, 0.085, 0.11, 0.085, 0.11, 0.075, 0.105, 0.065, 0.09), heads=1),
        Spacer(WIDTH, 8),
        grid([["医保经办机构(盖章):", "税务机关(盖章):"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="税务征收日对账表",
        number=f"{first:%Y%m%d}-{last:%Y%m%d}",
        unit_code=request.operator.org_unit_id,
        says=[area, *(one.difference_fen for one in found)],
        body=body,
        object_kind="tax_days",
    )


def _row(one: DayOfOffice) -> tuple[Any, ...]:
    return (
        one.day.isoformat(),
        one.office,
        one.said_rows,
        yuan_text(one.said_fen, grouped=True),
        one.booked_rows,
        yuan_text(one.booked_fen, grouped=True),
        yuan_text(one.later_fen, grouped=True),
        yuan_text(one.refused_fen, grouped=True),
        one.open_rows,
        yuan_text(one.difference_fen, grouped=True),
    )


# --- rosters ----------------------------------------------------------------------------------------------------------


def _read_rosters(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = TaxRoster.objects.filter(request.scope.q("", "pooling_area")).select_related("office")
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    return lists.Table(found)


class RosterFilter(lists.FilterForm):
    year = lists.words(_("保险年度"), longest=4)


ROSTERS: Final = lists.List(
    name="tax_rosters",
    title=_("征收名册"),
    columns=(
        lists.Column(_("名册编号"), "number", "code"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("税务机关"), lambda row: row.office.name),
        lists.Column(_("内容"), lambda row: str(_("全部")) if row.is_first else str(_("变动")), "choice"),
        lists.Column(_("人数"), "rows", "number"),
        lists.Column(_("应缴合计(元)"), "amount_fen", "money"),
        lists.Column(_("制作人"), "made_by", "staff"),
        lists.Column(_("制作时间"), "made_at", "moment"),
    ),
    read=_read_rosters,
    orders={"newest": ("-made_at", "-id")},
    form=RosterFilter,
    link=lambda row: reverse("contributions:tax_roster", args=[row.number]),
    template="contributions/tax_rosters.html",
    empty=_("还没有征收名册。"),
    next_step=_("生成应缴之后制作名册,首次发送全部人员,以后只发送变动。"),
)


class MakeForm(forms.Form):
    """制作征收名册."""

    office = forms.ChoiceField(label=_("税务机关"), widget=forms.Select(attrs={"class": "form-select"}))
    year = forms.ChoiceField(label=_("保险年度"), widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        offices = exchange.partners(own_area(request), PartnerKind.TAX)
        self.fields["office"].choices = [(str(one.pk), one.name) for one in offices if one.in_use]
        self.fields["year"].choices = [(str(year), str(year)) for year in opened_years(request.scope)]


@page("contributions.view")
def roster_list(request: PageRequest) -> HttpResponse:
    """征收名册 of the area."""
    return ROSTERS.respond(
        request,
        may_make=may(request, rosters.SEND),
        crumbs=crumbs((_("税务待办"), "contributions:tax"), _("征收名册")),
    )


@page(rosters.SEND, methods=("GET", "POST"))
def make_roster(request: PageRequest) -> HttpResponse:
    """制作征收名册."""
    form = MakeForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "year"):
            made = rosters.make_roster(
                pooling_area=own_area(request),
                benefit_year=int(form.cleaned_data["year"]),
                office_id=int(form.cleaned_data["office"]),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("征收名册已生成。"))
            return redirect("contributions:tax_roster", made.number)
    context = {
        "form": form,
        "form_name": "tax_roster",
        "crumbs": crumbs((_("征收名册"), "contributions:tax_rosters"), _("制作征收名册")),
    }
    return render(request, "contributions/tax_roster_form.html", context, status=422 if form.errors else 200)


@page("contributions.view")
def roster(request: PageRequest, number: str) -> HttpResponse:
    """One roster: how many of each change, its file, its first lines."""
    found = _find_roster(request, number)
    file = exchange.outgoing_of(rosters.FLOW_NAME, found.pk)
    lines = list(found.lines.order_by("line_no")[:100])
    units = platform.unit_names_of({line.unit_code for line in lines})
    counted = dict(found.lines.values_list("change").annotate(lines=Count("id")).order_by("change"))
    context = {
        "roster": found,
        "file": file,
        "receipt": exchange.receipt_of(file.pk) if file else None,
        "counts": [(one.label, counted.get(one.value, 0)) for one in RosterChange],
        "lines": [(line, RosterChange(line.change).label, units.get(line.unit_code, "")) for line in lines],
        "may_send": may(request, rosters.SEND) and file is not None and file.sent_at is None,
        "crumbs": crumbs((_("征收名册"), "contributions:tax_rosters"), number),
    }
    return render(request, "contributions/tax_roster.html", context)


@page(rosters.SEND, methods=("POST",))
def send_roster(request: PageRequest, number: str) -> HttpResponse:
    """发送."""
    _find_roster(request, number)
    rosters.send_roster(number=number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已发送,等待税务机关签收。"))
    return redirect("contributions:tax_roster", number)


def _find_roster(request: PageRequest, number: str) -> TaxRoster:
    """Raises: Http404, OutOfScope."""
    found = TaxRoster.objects.select_related("office").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.pooling_area_id, kind="tax_roster", key=number)
    return found

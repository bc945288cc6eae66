"""退费: the orders, and how much was given back for which error (CON-22)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.mandates import masked
from tongchou.contributions.models import RefundOrder
from tongchou.contributions.refunds import commands
from tongchou.contributions.refunds.case import KIND
from tongchou.contributions.refunds.states import Ground, RefundState
from tongchou.contributions.web.places import CHAPTER
from tongchou.contributions.web.refund_runs import line_badge
from tongchou.enrolment.banks import BANKS_BY_NAME, LONGEST_NAME
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.look_ups import LookUpField, offers

_TONES: Final = {
    RefundState.APPROVED: Tone.WAITING,
    RefundState.IN_RUN: Tone.HAND,
    RefundState.PAID: Tone.DONE,
    RefundState.RETURNED: Tone.BAD,
}
YEARS_SHOWN: Final = 5


def refund_badge(state: str) -> Badge:
    """退费状态 as shown."""
    known = RefundState(state)
    return Badge(str(known.label), _TONES[known])


class RefundFilter(lists.FilterForm):
    state = lists.choice(_("状态"), RefundState.choices)
    ground = lists.choice(_("退费理由"), Ground.choices)
    year = lists.words(_("保险年度"), longest=4)
    number = lists.words(_("退费单号"), longest=40)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = _inside(request).select_related("person", "run")
    for name in ("state", "ground"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    return lists.Table(found)


def _inside(request: PageRequest) -> QuerySet[RefundOrder]:
    return RefundOrder.objects.filter(request.scope.q("unit_code", "pooling_area"))


REFUNDS: Final = lists.List(
    name="refunds",
    title=_("退费"),
    columns=(
        lists.Column(_("退费单号"), "number", "code"),
        lists.Column(_("姓名"), lambda row: row.person.name if row.person else row.holder_name, "name"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("退费理由"), lambda row: Ground(row.ground).label, "choice"),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("收款账号"), lambda row: masked(row.account_no), "code"),
        lists.Column(_("审批时间"), "approved_at", "moment"),
        lists.Column(_("退费盘"), lambda row: row.run.number if row.run else "", "code"),
        lists.Column(_("退回日期"), "paid_on", "day"),
        lists.Column(_("状态"), lambda row: refund_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=RefundFilter,
    link=lambda row: reverse("contributions:refund", args=[row.number]),
    template="contributions/refunds.html",
    empty=_("没有退费。"),
    next_step=_("经办差错的退费在窗口受理“缴费差错退费”,复核、审批之后列在这里。"),
)


@page("contributions.view")
def banks(request: PageRequest) -> HttpResponse:
    """银行查找: the agreed banks that fit, as choices of the field."""
    return offers(request, "bank_name", BANKS_BY_NAME, own_area(request))


@page("contributions.view")
def refunds(request: PageRequest) -> HttpResponse:
    """退费 inside the scope."""
    return REFUNDS.respond(
        request,
        may_accept=may(request, "cases.accept", work=KIND.work),
        crumbs=crumbs(CHAPTER, _("退费")),
    )


class AccountForm(forms.Form):
    """更正收款账户."""

    account_no = lists.words(_("收款账号"), longest=32)
    holder_name = lists.words(_("收款户名"), longest=60)
    bank_name = forms.CharField()

    def __init__(self, area: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        address = reverse_lazy("contributions:banks")
        self.fields["bank_name"] = LookUpField(BANKS_BY_NAME, area, address, longest=LONGEST_NAME, label=_("开户银行"))
        for field in self.fields.values():
            field.required = True


@page("contributions.view", methods=("GET", "POST"))
def refund(request: PageRequest, number: str) -> HttpResponse:
    """One refund: whose money, why, decided by whom, where it is; a corrected account when it came back."""
    found = (
        RefundOrder.objects.select_related("person", "run", "contribution__batch", "pending__item__batch")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="refund", key=number)
    form = AccountForm(
        found.pooling_area_id,
        request.POST or None,
        initial={"holder_name": found.holder_name, "bank_name": found.bank_name},
    )
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "account_no"):
            commands.correct_account(number=number, operator=request.operator, now=request.now, **form.cleaned_data)
            messages.success(request, gettext("账户已更正,列入下一退费盘。"))
            return redirect("contributions:refund", number)
    lines = found.lines.select_related("run").order_by("-id")
    corrects = found.state == RefundState.RETURNED and may(request, commands.CORRECT)
    context = {
        "refund": found,
        "work": KIND.work,
        "state": refund_badge(found.state),
        "ground": Ground(found.ground).label,
        "account": masked(found.account_no),
        "lines": [(line, masked(line.account_no), line_badge(line, line.run)) for line in lines],
        "form": form if corrects else None,
        "withheld": None if corrects else form,
        "crumbs": crumbs(CHAPTER, (_("退费"), "contributions:refunds"), number),
    }
    return render(request, "contributions/refund.html", context, status=422 if form.errors else 200)


# --- statistics ---------------------------------------------------------------------------------------------------


@page("contributions.view")
def board(request: PageRequest) -> HttpResponse:
    """退费统计 (CON-22): how many, how much, for which error, year by year."""
    years = list(range(request.today.year + 1, request.today.year + 1 - YEARS_SHOWN, -1))
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else request.today.year
    found = list(
        _inside(request)
        .filter(approved_at__year=year)
        .values("ground", "state")
        .annotate(rows=Count("id"), fen=Sum("amount_fen"))
    )
    grounds = [one for one in Ground if any(row["ground"] == one for row in found)]
    rows = [
        {
            "ground": one.label,
            "value": one.value,
            "rows": _sum(found, "rows", ground=one),
            "fen": _sum(found, "fen", ground=one),
            "paid": _sum(found, "rows", ground=one, state=RefundState.PAID),
            "paid_fen": _sum(found, "fen", ground=one, state=RefundState.PAID),
            "returned": _sum(found, "rows", ground=one, state=RefundState.RETURNED),
        }
        for one in grounds
    ]
    source = gettext("来源:退费单,%(year)s年审批") % {"year": year}
    listed = reverse("contributions:refunds")
    told = (
        (_("准予退费"), f"{_sum(found, 'rows'):,}", _yuan(_sum(found, "fen")), listed),
        (_("已退回"), f"{_sum(found, 'rows', state='paid'):,}", _yuan(_sum(found, "fen", state="paid")), "paid"),
        (_("待付款"), f"{_sum(found, 'rows', state='approved'):,}", "", "approved"),
        (_("退票待更正"), f"{_sum(found, 'rows', state='returned'):,}", "", "returned"),
    )
    context = {
        "year": year,
        "years": years,
        "figures": [
            {"label": label, "value": value, "note": note, "link": link if "/" in link else f"{listed}?state={link}"}
            for label, value, note, link in told
        ],
        "charts": [
            Chart(
                key="refunds-by-ground",
                title=_("按退费理由"),
                kind="bars-lying",
                labels=[gettext(str(one["ground"])) for one in rows],
                series=[Series(_("金额"), [one["fen"] for one in rows], "layer-pool")],
                unit=_("元"),
                source=source,
            )
        ]
        if rows
        else [],
        "rows": rows,
        "source": source,
        "crumbs": crumbs(CHAPTER, (_("退费"), "contributions:refunds"), _("退费统计")),
    }
    return render(request, "contributions/refund_board.html", context)


def _sum(found: list[dict[str, Any]], what: str, **wanted: str) -> int:
    return sum(row[what] for row in found if all(row[name] == value for name, value in wanted.items()))


def _yuan(fen: int) -> str:
    return gettext("%(amount)s 元") % {"amount": f"{fen // 100:,}.{fen % 100:02d}"}

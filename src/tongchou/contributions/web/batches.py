"""银行托收: batches for the banks, their lines, the bank's answers and its credits (CON-06, CON-24)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import collection, mandates, reconciling
from tongchou.contributions.models import (
    CollectionBatch,
    CollectionItem,
    CollectionResult,
    CreditAdvice,
    PendingAmount,
)
from tongchou.contributions.progress import opened_years
from tongchou.contributions.refunds.case import KIND as REFUND
from tongchou.contributions.states import BatchState, DrawResult, ItemState, PendingKind
from tongchou.contributions.web.advices import advice_badge
from tongchou.contributions.web.places import CHAPTER
from tongchou.exchange import queries as exchange
from tongchou.exchange.states import PartnerKind
from tongchou.exchange.web.uploads import AnswerForm, take_answer
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs

_TONES: Final = {
    BatchState.MADE: Tone.WAITING,
    BatchState.SENT: Tone.HAND,
    BatchState.ANSWERED: Tone.WAITING,
    BatchState.RECONCILED: Tone.DONE,
    BatchState.CANCELLED: Tone.RESTING,
}
_ITEM_TONES: Final = {
    ItemState.WAITING: Tone.HAND,
    ItemState.PAID: Tone.DONE,
    ItemState.PART: Tone.WAITING,
    ItemState.FAILED: Tone.BAD,
}


def batch_badge(state: str) -> Badge:
    """托收批次状态 as shown."""
    known = BatchState(state)
    return Badge(str(known.label), _TONES[known])


def _select(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=forms.Select(attrs={"class": "form-select"}))


def _banks(area: str) -> list[tuple[str, str]]:
    return [(str(bank.pk), bank.name) for bank in exchange.partners(area, PartnerKind.BANK) if bank.in_use]


class BatchFilter(lists.FilterForm):
    state = lists.choice(_("状态"), BatchState.choices)
    year = lists.words(_("保险年度"), longest=4)
    number = lists.words(_("批次号"), longest=40)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = CollectionBatch.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("bank")
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    return lists.Table(found)


BATCHES: Final = lists.List(
    name="batches",
    title=_("银行托收"),
    columns=(
        lists.Column(_("批次号"), "number", "code"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("银行"), lambda row: row.bank.name),
        lists.Column(_("机构"), "unit_code", "unit"),
        lists.Column(_("第几次"), "run_no", "number"),
        lists.Column(_("扣款日期"), "draw_on", "day"),
        lists.Column(_("户数"), "households", "number"),
        lists.Column(_("人数"), "persons", "number"),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("状态"), lambda row: batch_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-made_at", "-id")},
    form=BatchFilter,
    link=lambda row: reverse("contributions:batch", args=[row.pk]),
    template="contributions/batches.html",
    empty=_("还没有托收批次。"),
    next_step=_("生成应缴、登记代扣协议之后,可以制作代扣盘。"),
)


class BatchForm(forms.Form):
    """制作代扣盘."""

    bank = _select(_("银行"))
    unit = _select(_("机构范围"))
    year = _select(_("保险年度"))
    draw_on = lists.day(_("扣款日期"))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        area = own_area(request)
        tops = [prefix.rstrip("/").rsplit("/", 1)[-1] for prefix in request.scope.prefixes]
        units = [one for top in tops for one in platform.units_below(top, request.today, ("city", "county", "town"))]
        self.fields["bank"].choices = _banks(area)
        self.fields["unit"].choices = [(one.code, f"{one.code} {one.name}") for one in units]
        self.fields["year"].choices = [(str(year), str(year)) for year in opened_years(request.scope)]
        self.fields["draw_on"].required = True


@page("contributions.view")
def batches(request: PageRequest) -> HttpResponse:
    """托收批次 inside the scope."""
    return BATCHES.respond(
        request,
        may_withhold=may(request, collection.WITHHOLD),
        crumbs=crumbs(CHAPTER, _("银行托收")),
    )


@page(collection.WITHHOLD, methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """制盘: choose place, year, bank and day."""
    form = BatchForm(request, request.POST or None, initial={"draw_on": request.today})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "bank"):
            made = collection.make_batch(
                pooling_area=own_area(request),
                unit_code=told["unit"],
                benefit_year=int(told["year"]),
                bank_id=int(told["bank"]),
                draw_on=told["draw_on"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("代扣盘已生成。"))
            return redirect("contributions:batch", made.pk)
    context = {
        "form": form,
        "form_name": "batch",
        "crumbs": crumbs(CHAPTER, (_("银行托收"), "contributions:batches"), _("制作代扣盘")),
    }
    return render(request, "contributions/batch_form.html", context, status=422 if form.errors else 200)


@page("contributions.view")
def batch(request: PageRequest, batch_id: int) -> HttpResponse:
    """One batch: its sums, who was left out, the answers, the credits, what may be done."""
    return _shown(request, find_batch(request, batch_id))


def _shown(
    request: PageRequest, found: CollectionBatch, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    results = list(found.results.select_related("payments").order_by("id"))
    paid, pending = sum(one.paid_fen for one in results), sum(one.pending_fen for one in results)
    later = CollectionBatch.objects.filter(follows=found).first()
    may_withhold = may(request, collection.WITHHOLD)
    context = {
        "batch": found,
        "state": batch_badge(found.state),
        "file": exchange.outgoing_of(collection.FLOW_NAME, found.pk),
        "unit_name": platform.unit_names_of({found.unit_code}).get(found.unit_code, found.unit_code),
        "results": [(one, one.paid_fen - one.advised_fen, _candidates(one)) for one in results],
        "waiting_advices": CreditAdvice.objects.filter(bank=found.bank, quoted=found.number, result=None),
        "paid_fen": paid,
        "pending_fen": pending,
        "failed": found.items.filter(state__in=("failed", "part")).count() if results else 0,
        "left_out": [(collection.LEFT_OUT[why], count) for why, count in found.left_out.items()],
        "later": later,
        "may_withhold": may_withhold,
        "may_draw_again": may_withhold
        and later is None
        and found.state in (BatchState.ANSWERED, BatchState.RECONCILED),
        "may_reconcile": may(request, reconciling.RECONCILE),
        "today": request.today,
        "form": form or AnswerForm(),
        "crumbs": crumbs(CHAPTER, (_("银行托收"), "contributions:batches"), found.number),
    }
    return render(request, "contributions/batch.html", context, status=status)


def _candidates(result: CollectionResult) -> list[CollectionItem]:
    return reconciling.candidates(result, 5)


@page(collection.WITHHOLD, methods=("POST",))
def send(request: PageRequest, batch_id: int) -> HttpResponse:
    """发盘."""
    find_batch(request, batch_id)
    collection.send_batch(batch_id=batch_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("已发盘,等待银行回盘。"))
    return redirect("contributions:batch", batch_id)


@page(collection.WITHHOLD, methods=("POST",))
def cancel(request: PageRequest, batch_id: int) -> HttpResponse:
    """撤销."""
    find_batch(request, batch_id)
    collection.cancel_batch(batch_id=batch_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("批次已撤销,应缴恢复为未发盘。"))
    return redirect("contributions:batch", batch_id)


@page(collection.WITHHOLD, methods=("POST",))
def again(request: PageRequest, batch_id: int) -> HttpResponse:
    """重扣: only those who failed."""
    found = find_batch(request, batch_id)
    made = collection.draw_again(batch_id=found.pk, draw_on=request.today, operator=request.operator, now=request.now)
    messages.success(request, gettext("重扣盘已生成。"))
    return redirect("contributions:batch", made.pk)


@page(collection.WITHHOLD, methods=("POST",))
def answer(request: PageRequest, batch_id: int) -> HttpResponse:
    """上传回盘: checked like every import, and taken in there."""
    found, form = find_batch(request, batch_id), AnswerForm(request.POST, request.FILES)
    sent = exchange.outgoing_of(collection.FLOW_NAME, found.pk)
    return take_answer(request, form, kind=collection.FLOW_NAME, answers=sent) or _shown(
        request, found, form, status=422
    )


def find_batch(request: PageRequest, batch_id: int) -> CollectionBatch:
    """Raises: Http404, OutOfScope."""
    found = CollectionBatch.objects.select_related("bank", "follows").filter(pk=batch_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="collection", key=found.number)
    return found


# --- lines ----------------------------------------------------------------------------------------------------------


class ItemFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ItemState.choices)
    code = lists.choice(_("扣款结果"), DrawResult.choices)
    unit = lists.words(_("参保单位"), longest=12)


def _items(batch_id: int) -> lists.List:
    def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
        found = CollectionItem.objects.filter(batch_id=batch_id)
        for name in ("state", "code"):
            if value := criteria.get(name):
                found = found.filter(**{name: value})
        if unit := criteria.get("unit"):
            found = found.filter(unit_code__startswith=unit)
        return lists.Table(found)

    return lists.List(
        name="collection_items",
        title=_("托收明细"),
        columns=(
            lists.Column(_("行号"), "line_no", "number"),
            lists.Column(_("户名"), "holder_name", "name"),
            lists.Column(_("银行账号"), lambda row: mandates.masked(row.account_no), "code"),
            lists.Column(_("参保单位"), "unit_code", "unit"),
            lists.Column(_("人数"), "persons", "number"),
            lists.Column(_("应扣金额(元)"), "amount_fen", "money"),
            lists.Column(_("实扣金额(元)"), "paid_fen", "money"),
            lists.Column(_("扣款结果"), lambda row: DrawResult(row.code).label if row.code else "", "choice"),
            lists.Column(
                _("状态"),
                lambda row: Badge(str(ItemState(row.state).label), _ITEM_TONES[ItemState(row.state)]),
                "state",
            ),
        ),
        read=read,
        orders={"line": ("line_no",)},
        form=ItemFilter,
    )


@page("contributions.view")
def items(request: PageRequest, batch_id: int) -> HttpResponse:
    """托收明细 of a batch."""
    found = find_batch(request, batch_id)
    return _items(batch_id).respond(
        request,
        crumbs=[
            *crumbs(CHAPTER, (_("银行托收"), "contributions:batches")),
            *_crumb(found),
            *crumbs(_("托收明细")),
        ],
    )


def _crumb(found: CollectionBatch) -> list[Any]:
    return [Crumb(found.number, reverse("contributions:batch", args=[found.pk]))]


# --- credits of the bank --------------------------------------------------------------------------------------------


class AdviceFilter(lists.FilterForm):
    state = lists.choice(_("状态"), [("open", _("待查")), ("placed", _("已对应"))])


def _read_advices(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = CreditAdvice.objects.filter(request.scope.q("", "pooling_area")).select_related("bank", "result__batch")
    if state := criteria.get("state"):
        found = found.filter(result__isnull=state == "open")
    return lists.Table(found)


ADVICES: Final = lists.List(
    name="advices",
    title=_("银行到账"),
    columns=(
        lists.Column(_("到账日期"), "credited_on", "day"),
        lists.Column(_("银行"), lambda row: row.bank.name),
        lists.Column(_("银行流水号"), "reference", "code"),
        lists.Column(_("附言"), "quoted"),
        lists.Column(_("到账金额(元)"), "amount_fen", "money"),
        lists.Column(_("托收批次"), lambda row: row.result.batch.number if row.result else "", "code"),
        lists.Column(_("业务处理单据"), lambda row: row.result.document_no if row.result else "", "code"),
        lists.Column(_("状态"), advice_badge, "state"),
    ),
    read=_read_advices,
    orders={"newest": ("-credited_on", "-id")},
    form=AdviceFilter,
    link=lambda row: reverse("contributions:advice", args=[row.pk]),
    template="contributions/advices.html",
    empty=_("没有银行到账通知。"),
)


class AdviceForm(forms.Form):
    """登记到账通知."""

    bank = _select(_("银行"))
    reference = lists.words(_("银行流水号"), longest=40)
    amount = lists.YuanField(label=_("到账金额(元)"))
    credited_on = lists.day(_("到账日期"))
    quoted = lists.words(_("附言(托收批次号)"), longest=60)

    def __init__(self, area: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["bank"].choices = _banks(area)
        self.fields["reference"].required = self.fields["credited_on"].required = True


@page("contributions.view")
def advices(request: PageRequest) -> HttpResponse:
    """银行到账 of the areas in scope."""
    return ADVICES.respond(
        request,
        may_reconcile=may(request, reconciling.RECONCILE),
        crumbs=crumbs(CHAPTER, _("银行到账")),
    )


@page(reconciling.RECONCILE, methods=("GET", "POST"))
def advise(request: PageRequest) -> HttpResponse:
    """登记到账通知: a quoted batch is held against it at once."""
    area = own_area(request)
    start = {"credited_on": request.today, "quoted": request.GET.get("batch", "")}
    form = AdviceForm(area, request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reference"):
            made = reconciling.record_advice(
                pooling_area=area,
                bank_id=int(told["bank"]),
                reference=told["reference"],
                amount_fen=told["amount"],
                credited_on=told["credited_on"],
                quoted=told["quoted"],
                operator=request.operator,
                now=request.now,
            )
            placed = made.result is not None
            messages.success(request, gettext("已登记并对应批次。") if placed else gettext("已登记,待查。"))
            return redirect("contributions:advice", made.pk)
    context = {
        "form": form,
        "form_name": "advice",
        "crumbs": crumbs(CHAPTER, (_("银行到账"), "contributions:advices"), _("登记到账通知")),
    }
    return render(request, "contributions/advice_form.html", context, status=422 if form.errors else 200)


# --- money that settles nobody --------------------------------------------------------------------------------------


class PendingFilter(lists.FilterForm):
    kind = lists.choice(_("来源"), PendingKind.choices)
    state = lists.choice(_("状态"), [("open", _("待处理")), ("done", _("已处理"))])


def _read_pending(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = PendingAmount.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related(
        "person", "item__batch"
    )
    if kind := criteria.get("kind"):
        found = found.filter(kind=kind)
    if state := criteria.get("state"):
        found = found.filter(resolved_at__isnull=state == "open")
    return lists.Table(found)


PENDING: Final = lists.List(
    name="pending",
    title=_("待处理款"),
    columns=(
        lists.Column(_("收款日期"), "received_on", "day"),
        lists.Column(_("来源"), lambda row: PendingKind(row.kind).label, "choice"),
        lists.Column(
            _("姓名"), lambda row: row.person.name if row.person else row.item.holder_name if row.item else "", "name"
        ),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("托收批次"), lambda row: row.item.batch.number if row.item else "", "code"),
        lists.Column(_("原因"), "reason"),
        lists.Column(_("处理结果"), "resolution"),
        lists.Column(
            _("状态"),
            lambda row: (
                Badge(str(_("已处理")), Tone.DONE) if row.resolved_at else Badge(str(_("待处理")), Tone.WAITING)
            ),
            "state",
        ),
    ),
    read=_read_pending,
    orders={"newest": ("-id",)},
    form=PendingFilter,
    link=lambda row: reverse("contributions:pending_one", args=[row.pk]),
    template="contributions/pending.html",
    empty=_("没有待处理款。"),
)


class PendingForm(forms.Form):
    """处理结果."""

    resolution = forms.CharField(
        label=_("处理结果"), max_length=200, widget=forms.Textarea(attrs={"class": "form-control", "rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


@page("contributions.view")
def pending(request: PageRequest) -> HttpResponse:
    """待处理款 inside the scope."""
    return PENDING.respond(request, crumbs=crumbs(CHAPTER, _("待处理款")))


@page("contributions.view", methods=("GET", "POST"))
def pending_one(request: PageRequest, pending_id: int) -> HttpResponse:
    """One 待处理款 and what became of it."""
    found = PendingAmount.objects.select_related("person", "item__batch", "refund").filter(pk=pending_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="pending", key=pending_id)
    form = PendingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "resolution"):
            reconciling.resolve_pending(
                pending_id=pending_id,
                resolution=form.cleaned_data["resolution"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已处理。"))
            return redirect("contributions:pending")
    may_resolve = may(request, "contributions.refund") and found.resolved_at is None
    context = {
        "pending": found,
        "kind": PendingKind(found.kind).label,
        "unit_name": platform.unit_names_of({found.unit_code}).get(found.unit_code, found.unit_code),
        "may_refund": may(request, "cases.accept", work=REFUND.work)
        and found.resolved_at is None
        and found.person is not None,
        "may_resolve": may_resolve,
        "form": form,
        "withheld": None if may_resolve else form,
        "crumbs": crumbs(CHAPTER, (_("待处理款"), "contributions:pending"), str(found.pk)),
    }
    return render(request, "contributions/pending_one.html", context, status=422 if form.errors else 200)

"""现场缴费: find the person, see what is owed and why, take the payment, print the receipt (CON-02, CON-05, CON-12)."""

import uuid
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
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.counter import commands, queries
from tongchou.contributions.counter.commands import Payer
from tongchou.contributions.counter.models import CounterMeans, CounterPayment
from tongchou.contributions.counter.queries import Owed
from tongchou.contributions.counter.states import PayerKind, PaymentState
from tongchou.contributions.web.papers import printed
from tongchou.contributions.web.receivables import receivable_badge
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.states import PersonCategory, SpecialCategory
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page, refusals_at, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import SMALL, WIDTH, capital_amount, grid, pairs, paragraph

FOUND: Final = 12
_TONES: Final = {
    PaymentState.RECEIVED: Tone.DONE,
    PaymentState.CANCEL_ASKED: Tone.WAITING,
    PaymentState.CANCELLED: Tone.RESTING,
}


def payment_badge(state: str) -> Badge:
    """现场缴费状态 as shown."""
    known = PaymentState(state)
    return Badge(str(known.label), _TONES[known])


@page(commands.COLLECT)
def search(request: PageRequest) -> HttpResponse:
    """查找参保人, and how the clerk's day stands."""
    words = request.GET.get("q", "").strip()
    found = enrolment.find_persons(words, scope=request.scope, on=request.today, size=FOUND).rows if words else []
    if len(found) == 1:
        return redirect("contributions:counter_person", found[0].person_no)
    units = platform.unit_names_of({one.unit_code for one in found})
    day = queries.open_day(request.operator.staff_code, own_area(request))
    context = {
        "words": words,
        "found": [(one, units.get(one.unit_code, one.unit_code)) for one in found],
        "day": day,
        "late": day is not None and day.collected_on != request.today,
        "totals": queries.totals_of(day) if day else [],
        "may_set": may(request, commands.SET_MEANS),
        "may_export": False,
        "crumbs": crumbs((_("缴费"), "contributions:payments"), _("现场缴费")),
    }
    return render(request, "contributions/counter.html", context)


def _select(label: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}))


class PaymentForm(forms.Form):
    """现场缴费: which year, how much, by what, and who brings it."""

    request_id = forms.CharField(max_length=60, widget=forms.HiddenInput)
    year = _select(_("保险年度"))
    amount = lists.YuanField(label=_("实收金额(元)"))
    means = _select(_("收款方式"))
    reference = lists.words(_("交易流水号"), longest=40)
    payer_kind = _select(_("缴费人"), PayerKind.choices)
    payer_name = lists.words(_("缴费人姓名或名称"), longest=60)
    payer_certificate_no = lists.words(_("缴费人证件号码"), longest=50)
    payer_relation = lists.words(_("与参保人关系"), longest=20)
    despite_file = forms.BooleanField(label=_("已告知银行可能同时扣款,仍在窗口缴纳"), required=False)

    def __init__(self, offers: list[Owed], means: list[CounterMeans], *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        payable = [one for one in offers if not one.problem]
        years = [str(one.benefit_year) for one in payable]
        about_now = {str(today.year + step) for step in (-1, 0, 1)}
        if (asked := self.data.get("year", "")) in about_now.difference(years):
            years.append(asked)  # owed when the page was read: the command says what has become of it
        self.fields["year"].choices = [(year, year) for year in years]
        self.fields["means"].choices = [(one.code, one.name) for one in means]
        self.fields["reference"].required = True
        for name in ("payer_name", "payer_certificate_no", "payer_relation"):
            self.fields[name].help_text = _("本人缴纳的不填") if name == "payer_name" else ""
        if not any(one.lies_with_bank for one in payable):
            del self.fields["despite_file"]


@page(commands.COLLECT, methods=("GET", "POST"))
def person(request: PageRequest, person_no: str) -> HttpResponse:
    """待缴 of one person, each year with what a payment of today brings, and the form."""
    facts = person_in_reach(request, person_no)
    note_look(
        request,
        "contributions.counter_person_seen",
        "person",
        person_no,
        area=facts.pooling_area,
        unit_code=facts.unit_code,
    )
    asked = request.POST.get("request_id", "")
    if asked and (earlier := queries.answered(request.operator.staff_code, asked)):
        return redirect("contributions:counter_receipt", earlier.number)
    offers = queries.owed(facts, request.today)
    means = queries.means_in_force(facts.pooling_area, request.today)
    payable = [one for one in offers if not one.problem and one.payable_fen > 0]
    initial = _initial(payable, request.GET.get("year", ""))
    form = PaymentForm(offers, means, request.POST or None, today=request.today, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = _take(request, facts, form.cleaned_data)
        except DomainError as refusal:
            form.add_error(_FIELD_OF.get(refusal.code, "amount"), sentence_with_code(refusal))
        else:
            messages.success(request, gettext("已收款,收据 %(number)s。") % {"number": made.number})
            return redirect("contributions:counter_receipt", made.number)
    context = {
        "facts": facts,
        "category": PersonCategory(facts.category).label if facts.category else "",
        "groups": [SpecialCategory(group).label for group in facts.groups],
        "unit_name": platform.unit_names_of({facts.unit_code}).get(facts.unit_code, facts.unit_code),
        "offers": [(one, receivable_badge(one.state) if one.state else None) for one in offers],
        "members": _members(facts, request),
        "form": form if payable and means else None,
        "withheld": None if payable and means else form,
        "no_means": not means,
        "crumbs": crumbs((_("现场缴费"), "contributions:counter"), masks.name(facts.name)),
    }
    return render(request, "contributions/counter_person.html", context, status=422 if form.errors else 200)


_FIELD_OF: Final = {
    commands.ReferenceMissing.code: "reference",
    commands.MeansUnknown.code: "means",
    commands.PayerIncomplete.code: "payer_name",
    commands.NewbornPaysNothing.code: "payer_kind",
    commands.WithBank.code: "despite_file",
}


def _initial(payable: list[Owed], asked: str) -> dict[str, Any]:
    chosen = next((one for one in payable if str(one.benefit_year) == asked), payable[0] if payable else None)
    initial: dict[str, Any] = {"request_id": uuid.uuid4().hex}
    if chosen is not None:
        newborn = chosen.kind in commands.BY_ANOTHER
        initial |= {
            "year": str(chosen.benefit_year),
            "amount": chosen.payable_fen,
            "payer_kind": (PayerKind.RELATIVE if newborn else PayerKind.SELF).value,
        }
    return initial


def _take(request: PageRequest, facts: Facts, told: Mapping[str, Any]) -> CounterPayment:
    """Raises: what the command refuses."""
    return commands.take_payment(
        person_id=facts.id,
        benefit_year=int(told["year"]),
        amount_fen=told["amount"],
        means=told["means"],
        reference=told["reference"],
        payer=Payer(
            PayerKind(told["payer_kind"]), told["payer_name"], told["payer_certificate_no"], told["payer_relation"]
        ),
        request_id=told["request_id"],
        despite_file=bool(told.get("despite_file")),
        operator=request.operator,
        now=request.now,
    )


def _members(facts: Facts, request: PageRequest) -> list[Any]:
    """同户成员, so that one payer can pay for the next one at once."""
    card = enrolment.person_card(facts.id, request.today)
    return [one for one in card.members if one.person_no != facts.person_no] if card else []


# --- receipts -------------------------------------------------------------------------------------------------------


class PaymentFilter(lists.FilterForm):
    state = lists.choice(_("状态"), PaymentState.choices)
    day = lists.day(_("收款日期"))
    clerk = lists.words(_("收款人"), longest=30)
    number = lists.words(_("收据号"), longest=40)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = CounterPayment.objects.filter(request.scope.q("unit_code", "day__pooling_area"))
    found = found.select_related("person", "day", "means")
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if day := criteria.get("day"):
        found = found.filter(day__collected_on=day)
    if clerk := criteria.get("clerk"):
        found = found.filter(received_by=clerk)
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    return lists.Table(found)


RECEIPTS: Final = lists.List(
    name="counter_payments",
    title=_("现场缴费收据"),
    columns=(
        lists.Column(_("收据号"), "number", "code"),
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("实收金额(元)"), "amount_fen", "money"),
        lists.Column(_("收款方式"), lambda row: row.means.name),
        lists.Column(_("缴费人"), "payer_name", "name"),
        lists.Column(_("与参保人关系"), lambda row: row.payer_relation or row.get_payer_kind_display()),
        lists.Column(_("收款人"), "received_by", "staff"),
        lists.Column(_("收款时间"), "received_at", "moment"),
        lists.Column(_("状态"), lambda row: payment_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-received_at", "-id")},
    form=PaymentFilter,
    link=lambda row: reverse("contributions:counter_receipt", args=[row.number]),
    template="contributions/counter_receipts.html",
    empty=_("没有现场缴费。"),
    next_step=_("在“现场缴费”查找参保人并收款。"),
)


@page("contributions.view")
def receipts(request: PageRequest) -> HttpResponse:
    """现场缴费收据 inside the scope; those whose undoing waits can be asked for."""
    return RECEIPTS.respond(request, crumbs=crumbs((_("现场缴费"), "contributions:counter"), _("现场缴费收据")))


@page("contributions.view")
def receipt(request: PageRequest, number: str) -> HttpResponse:
    """One receipt: who paid for whom, what it brought, what may be done."""
    return _shown(request, _find(request, number))


def _shown(request: PageRequest, found: CounterPayment, error: str = "", status: int = 200) -> HttpResponse:
    today = found.day.collected_on == request.today and found.day.state == "open"
    spans = found.contribution.spans.filter(withdrawn_at=None).order_by("covered_from")
    own = (
        found.received_by_person == request.operator.citizen_id or found.asked_by_person == request.operator.citizen_id
    )
    context = {
        "payment": found,
        "state": payment_badge(found.state),
        "kind": found.contribution.get_kind_display(),
        "payer_kind": found.get_payer_kind_display(),
        "spans": list(spans),
        "joint": queries.joint(found.joint_no) if found.joint_no else [],
        "voucher_no": found.day.batch.voucher_no if found.state != PaymentState.CANCELLED else "",
        "may_ask": today and found.state == PaymentState.RECEIVED and may(request, commands.COLLECT),
        "may_confirm": today
        and found.state == PaymentState.CANCEL_ASKED
        and not own
        and may(request, commands.CONFIRM),
        "error": error,
        "crumbs": crumbs((_("现场缴费收据"), "contributions:counter_receipts"), found.number),
    }
    return render(request, "contributions/counter_receipt.html", context, status=status)


@page(commands.COLLECT, methods=("POST",))
def ask_cancel(request: PageRequest, number: str) -> HttpResponse:
    """申请撤销."""
    found = _find(request, number)
    try:
        commands.ask_cancel(
            number=number, reason=request.POST.get("reason", ""), operator=request.operator, now=request.now
        )
    except DomainError as refusal:
        return _shown(request, found, sentence_with_code(refusal), 422)
    messages.success(request, gettext("已申请撤销,等待第二人核准。"))
    return redirect("contributions:counter_receipt", number)


@page(commands.CONFIRM, methods=("POST",))
def confirm_cancel(request: PageRequest, number: str) -> HttpResponse:
    """核准 or 不予 撤销."""
    found = _find(request, number)
    by: dict[str, Any] = {"number": number, "operator": request.operator, "now": request.now}
    try:
        if request.POST.get("decision") == "refuse":
            commands.refuse_cancel(**by)
            messages.success(request, gettext("不予撤销,收款有效。"))
        else:
            commands.confirm_cancel(void_reference=request.POST.get("void_reference", "")[:40], **by)
            messages.success(request, gettext("已撤销,该年度恢复为应缴。"))
    except DomainError as refusal:
        return _shown(request, found, sentence_with_code(refusal), 422)
    return redirect("contributions:counter_receipt", number)


def _find(request: PageRequest, number: str) -> CounterPayment:
    """Raises: Http404, OutOfScope."""
    found = queries.payment(number)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="counter_payment", key=number)
    return found


@page("contributions.view")
def receipt_paper(request: PageRequest, number: str) -> HttpResponse:
    """现场缴费收据 for the payer (CON-14): printed again, it is marked so."""
    found = _find(request, number)
    relation = found.payer_relation or found.get_payer_kind_display()
    said = [
        ("参保人", found.person.name),
        ("证件号码", found.person.certificate_no),
        ("险种", "城乡居民基本医疗保险"),
        ("保险年度", str(found.benefit_year)),
        ("缴费人", f"{found.payer_name}({relation})"),
        ("缴费人证件", found.payer_certificate_no),
        ("金额(大写)", capital_amount(found.amount_fen)),
        ("金额(元)", yuan_text(found.amount_fen, grouped=True)),
        ("收款方式", f"{found.means.name} {found.reference}"),
        ("缴费类型", found.contribution.get_kind_display()),
        ("收款日期", found.day.collected_on.isoformat()),
        ("收款人", platform.names_of_staff([found.received_by]).get(found.received_by, found.received_by)),
    ]
    spans = found.contribution.spans.filter(withdrawn_at=None).order_by("covered_from")
    covered = "、".join(f"{one.covered_from}至{one.covered_until - timedelta(days=1)}" for one in spans)
    until = f"待遇享受期:{covered}。" if covered else ""
    if found.state == PaymentState.CANCELLED:
        until = f"本收据已于当日撤销:{found.cancel_reason}。"
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(said),
        Spacer(WIDTH, 4),
        paragraph(f"{until}一次性缴纳的医保费不予退还(GX2017 第28条)。", SMALL),
        Spacer(WIDTH, 8),
        grid([["收款人签名:", "经办机构(盖章):"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="城乡居民医保费现场缴费收据",
        number=found.number,
        unit_code=found.day.unit_code,
        says=[found.person_id, found.benefit_year, found.amount_fen, found.state],
        body=body,
        object_kind="counter_receipt",
        told=[
            ("参保人", masks.name(found.person.name)),
            ("证件号码", masks.certificate(found.person.certificate_no)),
            ("保险年度", str(found.benefit_year)),
            ("缴费人", masks.name(found.payer_name)),
            ("金额(元)", yuan_text(found.amount_fen, grouped=True)),
            ("收款日期", found.day.collected_on.isoformat()),
        ],
    )


# --- means ----------------------------------------------------------------------------------------------------------


class MeansForm(forms.Form):
    """登记收款方式."""

    code = lists.words(_("代码"), longest=12)
    name = lists.words(_("名称"), longest=40)
    source = lists.words(_("依据"), longest=200)
    valid_from = lists.day(_("起"))
    valid_until = lists.day(_("止(不含,可不填)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for name in ("code", "name", "source", "valid_from"):
            self.fields[name].required = True


@page(commands.SET_MEANS, methods=("GET", "POST"))
def means(request: PageRequest) -> HttpResponse:
    """收款方式 of the area, and the form for another; cash is none (GX2017 §94)."""
    form = MeansForm(request.POST or None, initial={"valid_from": request.today})
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "name"):
            commands.set_means(
                pooling_area=own_area(request), operator=request.operator, now=request.now, **form.cleaned_data
            )
            messages.success(request, gettext("收款方式已登记。"))
            return redirect("contributions:counter_means")
    context = {
        "form": form,
        "means": CounterMeans.objects.filter(request.scope.q("", "pooling_area")).order_by("code", "-valid_from")[:200],
        "today": request.today,
        "crumbs": crumbs((_("现场缴费"), "contributions:counter"), _("收款方式")),
    }
    return render(request, "contributions/counter_means.html", context, status=422 if form.errors else 200)

"""收入确认与划转: bank entries that wait, business documents, their review, the voucher on paper (FIN-07, 35, 36)."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.fund import chart, documents, postings
from tongchou.fund.models import BankEntry, BusinessDocument
from tongchou.fund.states import BY_HAND, MOVEMENTS, BankAccountKind, DocumentKind, DocumentState
from tongchou.fund.web.books import SCHEMES
from tongchou.fund.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.platform import second_factor
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

_TONES: Final = {
    DocumentState.WAITING: Tone.WAITING,
    DocumentState.PREPARED: Tone.HAND,
    DocumentState.POSTED: Tone.DONE,
    DocumentState.VOIDED: Tone.RESTING,
}
CANDIDATES: Final = 20
SCHEME_CHOICES: Final = list(SCHEMES.items())


def document_badge(state: str) -> Badge:
    """业务单据状态 as shown."""
    known = DocumentState(state)
    return Badge(str(known.label), _TONES[known])


def _entry_badge(row: BankEntry) -> Badge:
    found = getattr(row, "document", None)
    return document_badge(found.state) if found else Badge(str(_("待查")), Tone.WAITING)


def _select(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}))


def _required_words(label: Any, *, longest: int) -> forms.CharField:
    field = lists.words(label, longest=longest)
    field.required = True
    return field


# --- bank entries ---------------------------------------------------------------------------------------------------


class EntryFilter(lists.FilterForm):
    state = lists.choice(_("状态"), [("open", _("待查")), ("placed", _("已对应"))])
    account = lists.choice(_("账户"), BankAccountKind.choices)
    payer = lists.words(_("付款人"))
    since = lists.day(_("到账日期从"))


def _read_entries(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = BankEntry.objects.filter(request.scope.q("", "pooling_area")).select_related("document")
    if state := criteria.get("state"):
        found = found.filter(document__isnull=state == "open")
    if account := criteria.get("account"):
        found = found.filter(account=account)
    if payer := criteria.get("payer"):
        found = found.filter(payer__startswith=payer)
    if since := criteria.get("since"):
        found = found.filter(booked_on__gte=since)
    return lists.Table(found)


def _entry_link(row: BankEntry) -> str:
    found = getattr(row, "document", None)
    return reverse("fund:document", args=[found.number]) if found else ""


ENTRIES: Final = lists.List(
    name="bank_entries",
    title=_("银行入账"),
    columns=(
        lists.Column(_("到账日期"), "booked_on", "day"),
        lists.Column(_("账户"), lambda row: BankAccountKind(row.account).label, "choice"),
        lists.Column(_("险种"), lambda row: SCHEMES[row.scheme], "choice"),
        lists.Column(_("付款人"), "payer"),
        lists.Column(_("银行流水号"), "reference", "code"),
        lists.Column(_("附言"), "remark"),
        lists.Column(_("到账金额(元)"), "amount_fen", "money"),
        lists.Column(_("业务单据"), lambda row: row.document.number if getattr(row, "document", None) else "", "code"),
        lists.Column(_("状态"), _entry_badge, "state"),
    ),
    read=_read_entries,
    orders={"newest": ("-booked_on", "-id")},
    form=EntryFilter,
    link=_entry_link,
    template="fund/entries.html",
    empty=_("没有银行入账。"),
    next_step=_("收到银行回单后在此登记;没有业务单据的款项列为待查。"),
)


class EntryForm(forms.Form):
    """登记银行入账."""

    scheme = _select(_("险种"), SCHEME_CHOICES)
    account = _select(_("账户"), list(BankAccountKind.choices))
    reference = _required_words(_("银行流水号"), longest=40)
    amount = lists.YuanField(label=_("到账金额(元)"))
    booked_on = lists.day(_("到账日期"))
    payer = _required_words(_("付款人"), longest=100)
    remark = lists.words(_("附言"), longest=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["booked_on"].required = True


@page("fund.view", whole_area=True)
def entries(request: PageRequest) -> HttpResponse:
    """银行入账 of the areas in scope; 待查 are those without a document."""
    return ENTRIES.respond(
        request,
        may_record=may(request, documents.RECORD),
        crumbs=crumbs(CHAPTER, _("银行入账")),
    )


@page(documents.RECORD, methods=("GET", "POST"))
def add_entry(request: PageRequest) -> HttpResponse:
    """登记银行入账."""
    form = EntryForm(request.POST or None, initial={"booked_on": request.today, "account": BankAccountKind.SPECIAL})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "reference"):
            documents.record_entry(
                pooling_area=own_area(request),
                scheme=told["scheme"],
                account=BankAccountKind(told["account"]),
                reference=told["reference"],
                amount_fen=told["amount"],
                booked_on=told["booked_on"],
                payer=told["payer"],
                remark=told["remark"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记,待查。"))
            return redirect("fund:entries")
    context = {
        "form": form,
        "form_name": "bank_entry",
        "heading": _("登记银行入账"),
        "crumbs": crumbs(CHAPTER, (_("银行入账"), "fund:entries"), _("登记银行入账")),
    }
    return render(request, "fund/document_form.html", context, status=422 if form.errors else 200)


# --- documents ------------------------------------------------------------------------------------------------------


class DocumentFilter(lists.FilterForm):
    state = lists.choice(_("状态"), DocumentState.choices)
    kind = lists.choice(_("种类"), DocumentKind.choices)
    payer = lists.words(_("付款单位"))
    number = lists.words(_("单据号"), longest=40)


def _read_documents(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = BusinessDocument.objects.filter(request.scope.q("", "pooling_area"))
    for name in ("state", "kind"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    for name in ("payer", "number"):
        if value := criteria.get(name):
            found = found.filter(**{f"{name}__startswith": value})
    return lists.Table(found)


DOCUMENTS: Final = lists.List(
    name="fund_documents",
    title=_("业务单据"),
    columns=(
        lists.Column(_("单据号"), "number", "code"),
        lists.Column(_("种类"), lambda row: DocumentKind(row.kind).label, "choice"),
        lists.Column(_("付款单位"), "payer"),
        lists.Column(_("来文(票据)号"), "paper"),
        lists.Column(_("金额(元)"), "amount_fen", "money"),
        lists.Column(_("记账日期"), "dated_on", "day"),
        lists.Column(_("记账凭证号"), "voucher_no", "code"),
        lists.Column(_("状态"), lambda row: document_badge(row.state), "state"),
    ),
    read=_read_documents,
    orders={"newest": ("-made_at", "-id")},
    form=DocumentFilter,
    link=lambda row: reverse("fund:document", args=[row.number]),
    template="fund/documents.html",
    empty=_("没有业务单据。"),
)


@page("fund.view", whole_area=True)
def listed(request: PageRequest) -> HttpResponse:
    """业务单据 of the areas in scope."""
    return DOCUMENTS.respond(
        request,
        may_prepare=may(request, documents.PREPARE),
        crumbs=crumbs(CHAPTER, _("业务单据")),
    )


class IncomeForm(forms.Form):
    """其他收入单据 (CON-29)."""

    scheme = _select(_("险种"), SCHEME_CHOICES)
    kind = _select(_("收入种类"), [(kind.value, kind.label) for kind in BY_HAND])
    payer = _required_words(_("付款单位"), longest=100)
    paper = _required_words(_("来文(票据)号"), longest=60)
    amount = lists.YuanField(label=_("金额(元)"))
    summary = _required_words(_("摘要"), longest=150)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


@page(documents.PREPARE, methods=("GET", "POST"))
def add_income(request: PageRequest) -> HttpResponse:
    """填制其他收入单据 (CON-29): payer and paper are named."""
    form = IncomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "paper"):
            made = documents.issue(
                pooling_area=own_area(request),
                scheme=told["scheme"],
                kind=DocumentKind(told["kind"]),
                amount_fen=told["amount"],
                payer=told["payer"],
                paper=told["paper"],
                summary=told["summary"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("业务单据已填制,待到账。"))
            return redirect("fund:document", made.number)
    return _form(request, form, _("登记其他收入"), "income")


class MoveForm(forms.Form):
    """资金划转单 (FIN-36)."""

    scheme = _select(_("险种"), SCHEME_CHOICES)
    kind = _select(_("划转种类"), [(kind.value, kind.label) for kind in MOVEMENTS])
    dated_on = lists.day(_("划转日期"))
    amount = lists.YuanField(label=_("金额(元)"))
    paper = _required_words(_("划转单(支票)号"), longest=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["dated_on"].required = True


@page(documents.PREPARE, methods=("GET", "POST"))
def add_movement(request: PageRequest) -> HttpResponse:
    """填制资金划转单: the income account's balance of last month is proposed (GX2017 §93)."""
    area = own_area(request)
    last_month = request.today.replace(day=1) - timedelta(days=1)
    form = MoveForm(request.POST or None, initial=_proposed(area, last_month, request.today))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "amount"):
            made = documents.move(
                pooling_area=area,
                scheme=told["scheme"],
                kind=DocumentKind(told["kind"]),
                amount_fen=told["amount"],
                paper=told["paper"],
                dated_on=told["dated_on"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("划转单已填制,待复核。"))
            return redirect("fund:document", made.number)
    return _form(request, form, _("填制资金划转单"), "movement")


def _proposed(area: str, last_month: date, today: date) -> dict[str, Any]:
    """上月末收入户余额全部划转."""
    balance = documents.balance_of(pooling_area=area, scheme="resident", account=BankAccountKind.INCOME, on=last_month)
    return {"kind": DocumentKind.TO_SPECIAL, "dated_on": today, "amount": max(balance, 0)}


def _form(request: PageRequest, form: forms.Form, heading: Any, name: str) -> HttpResponse:
    context = {
        "form": form,
        "form_name": name,
        "heading": heading,
        "crumbs": crumbs(CHAPTER, (_("业务单据"), "fund:documents"), heading),
    }
    return render(request, "fund/document_form.html", context, status=422 if form.errors else 200)


@page("fund.view", whole_area=True)
def document(request: PageRequest, number: str) -> HttpResponse:
    """One document: what it books, the bank's entries of its amount, who may do what next."""
    return _shown(request, _find(request, number))


def _shown(request: PageRequest, found: BusinessDocument, *, said: DomainError | None = None) -> HttpResponse:
    names = {subject.code: subject.name for subject in chart.subjects(found.scheme)}
    of_factor = isinstance(said, second_factor.REFUSALS)
    words = sentence_with_code(said) if said else ""
    own = request.operator.staff_code in (found.made_by, found.prepared_by)
    context = {
        "document": found,
        "state": document_badge(found.state),
        "kind": DocumentKind(found.kind).label,
        "scheme": SCHEMES[found.scheme],
        "is_movement": found.kind in MOVEMENTS,
        "debit": (found.account, names.get(found.account, "")),
        "credits": [(code, names.get(code, ""), fen) for code, fen in found.credits.items() if fen],
        "candidates": _candidates(found),
        "may_prepare": may(request, documents.PREPARE),
        "may_review": may(request, documents.REVIEW) and found.state == DocumentState.PREPARED and not own,
        "own": own and may(request, documents.REVIEW) and found.state == DocumentState.PREPARED,
        "factor_error": words if of_factor else "",
        "refusal": "" if of_factor else words,
        "crumbs": crumbs(CHAPTER, (_("业务单据"), "fund:documents"), found.number),
    }
    return render(request, "fund/document.html", context, status=422 if said else 200)


def _candidates(found: BusinessDocument) -> list[BankEntry]:
    """待查 entries of just this amount, in an account where it may arrive."""
    if found.state != DocumentState.WAITING:
        return []
    kind = DocumentKind(found.kind)
    into = postings.template(found.pooling_area_id, found.scheme, kind).into
    waiting = BankEntry.objects.filter(
        pooling_area_id=found.pooling_area_id,
        scheme=found.scheme,
        account__in=into,
        amount_fen=found.amount_fen,
        document=None,
    )
    return list(waiting.order_by("-booked_on", "-id")[:CANDIDATES])


@page(documents.PREPARE, methods=("POST",))
def match(request: PageRequest, number: str) -> HttpResponse:
    """对应到账."""
    entry = request.POST.get("entry", "")
    return _done(
        request,
        number,
        lambda: documents.match(
            number=number,
            entry_id=int(entry) if entry.isdecimal() else 0,
            operator=request.operator,
            now=request.now,
        ),
        _("已对应到账,待复核。"),
    )


@page(documents.REVIEW, methods=("POST",))
def review(request: PageRequest, number: str) -> HttpResponse:
    """复核记账."""
    return _done(
        request,
        number,
        lambda: documents.review(
            number=number,
            second_factor_code=request.POST.get("second_factor", ""),
            operator=request.operator,
            now=request.now,
        ),
        _("已复核记账。"),
    )


@page(documents.REVIEW, methods=("POST",))
def send_back(request: PageRequest, number: str) -> HttpResponse:
    """退回."""
    reason = request.POST.get("reason", "")
    return _done(
        request,
        number,
        lambda: documents.send_back(number=number, reason=reason, operator=request.operator, now=request.now),
        _("已退回。"),
    )


@page(documents.PREPARE, methods=("POST",))
def void(request: PageRequest, number: str) -> HttpResponse:
    """作废."""
    reason = request.POST.get("reason", "")
    return _done(
        request,
        number,
        lambda: documents.void(number=number, reason=reason, operator=request.operator, now=request.now),
        _("已作废。"),
    )


def _done(request: PageRequest, number: str, act: Callable[[], object], said: Any) -> HttpResponse:
    _find(request, number)
    try:
        act()
    except DomainError as refusal:
        return _shown(request, _find(request, number), said=refusal)
    messages.success(request, gettext(str(said)))
    return redirect("fund:document", number)


def _find(request: PageRequest, number: str) -> BusinessDocument:
    """Raises: Http404, AreaOutOfScope."""
    found = BusinessDocument.objects.select_related("entry").filter(number=number).first()
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    return found

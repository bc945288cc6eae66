"""村级代收: the village cashier's seat: receipts of the day, the slip, and the methods that were approved (CON-10)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.models import CollectionMethod, VillageReceipt, VillageSheet
from tongchou.contributions.progress import opened_years
from tongchou.contributions.reconciling import RECONCILE
from tongchou.contributions.village import commands
from tongchou.contributions.village.states import SheetState
from tongchou.contributions.web.papers import printed
from tongchou.contributions.web.places import CHAPTER
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import SMALL, SMALL_AMOUNT, WIDTH, capital_amount, grid, pairs, paragraph, yuan

_TONES: Final = {SheetState.OPEN: Tone.WAITING, SheetState.DEPOSITED: Tone.DONE}


def sheet_badge(state: str) -> Badge:
    """代收日报状态 as shown."""
    known = SheetState(state)
    return Badge(str(known.label), _TONES[known])


class SheetFilter(lists.FilterForm):
    state = lists.choice(_("状态"), SheetState.choices)
    unit = lists.words(_("村(社区)"), longest=12)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = VillageSheet.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("batch")
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if unit := criteria.get("unit"):
        found = found.filter(unit_code__startswith=unit)
    return lists.Table(found)


SHEETS: Final = lists.List(
    name="village_sheets",
    title=_("村级代收"),
    columns=(
        lists.Column(_("日报编号"), "number", "code"),
        lists.Column(_("村(社区)"), "unit_code", "unit"),
        lists.Column(_("代收日期"), "collected_on", "day"),
        lists.Column(_("代收人"), "opened_by", "staff"),
        lists.Column(_("缴款单号"), "slip_no", "code"),
        lists.Column(_("缴存金额(元)"), "slip_fen", "money"),
        lists.Column(_("记账凭证号"), lambda row: row.batch.voucher_no if row.batch else "", "code"),
        lists.Column(_("状态"), lambda row: sheet_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-collected_on", "-id")},
    form=SheetFilter,
    link=lambda row: reverse("contributions:village_sheet", args=[row.number]),
    template="contributions/village.html",
    empty=_("没有代收日报。"),
    next_step=_("不具备银行代扣条件的村(社区),登记批准的征缴方式之后可以开具收据。"),
)


class ReceiptForm(forms.Form):
    """开具收据."""

    unit = forms.ChoiceField(label=_("村(社区)"), widget=forms.Select(attrs={"class": "form-select"}))
    payer = lists.words(_("参保人(人员编号或证件号码)"), longest=50)
    year = forms.ChoiceField(label=_("保险年度"), widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["payer"].required = True
        here = request.operator.org_unit_id
        units = {here: platform.unit_names_of({here}).get(here, here)}
        units |= {one.code: one.name for one in platform.units_below(here, request.today, ("village",))[:500]}
        self.fields["unit"].choices = [(code, f"{code} {name}") for code, name in units.items()]
        self.fields["year"].choices = [(str(year), str(year)) for year in opened_years(request.scope)]


@page("contributions.view")
def sheets(request: PageRequest) -> HttpResponse:
    """代收日报 inside the scope, and the form for the next receipt."""
    return SHEETS.respond(
        request,
        receipt=ReceiptForm(request) if may(request, commands.COLLECT) else None,
        may_approve=may(request, commands.APPROVE),
        crumbs=crumbs(CHAPTER, _("村级代收")),
    )


@page(commands.COLLECT, methods=("GET", "POST"))
def issue(request: PageRequest) -> HttpResponse:
    """开具收据: back on the sheet of the day, ready for the next payer."""
    form = ReceiptForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "payer"):
            made = commands.issue_receipt(
                unit_code=told["unit"],
                payer=told["payer"],
                benefit_year=int(told["year"]),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("收据 %(number)s 已开具。") % {"number": made.number})
            return redirect("contributions:village_sheet", made.sheet.number)
    context = {
        "form": form,
        "crumbs": crumbs(CHAPTER, (_("村级代收"), "contributions:village"), _("开具收据")),
    }
    return render(request, "contributions/village_receipt.html", context, status=422 if form.errors else 200)


class DepositForm(forms.Form):
    """当日缴存."""

    slip_no = lists.words(_("缴款单号"), longest=40)
    amount = lists.YuanField(label=_("缴存金额(元)"))

    late_reason = lists.words(_("逾期缴存的原因"), longest=100)

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["slip_no"].required = True
        self.fields["late_reason"].required = late
        if not late:
            del self.fields["late_reason"]


@page("contributions.view", methods=("GET", "POST"))
def sheet(request: PageRequest, number: str) -> HttpResponse:
    """One day of one village: its receipts, their sum, the slip."""
    found = _find(request, number)
    late = found.state == SheetState.OPEN and found.collected_on != request.today
    form = DepositForm(request.POST or None, late=late)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "amount"):
            commands.deposit(
                number=number,
                slip_no=form.cleaned_data["slip_no"],
                slip_fen=form.cleaned_data["amount"],
                late_reason=form.cleaned_data.get("late_reason", ""),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已缴存,缴费已入账。"))
            return redirect("contributions:village_sheet", number)
    receipts = list(found.receipts.select_related("person").order_by("-id"))
    valid = [one for one in receipts if one.voided_at is None]
    collects = may(request, commands.COLLECT) and found.state == SheetState.OPEN
    today = found.collected_on == request.today
    mends = late and may(request, RECONCILE)
    pays_in = valid and (mends if late else collects)
    next_one = {"unit": found.unit_code, "year": str(receipts[0].benefit_year) if receipts else ""}
    context = {
        "sheet": found,
        "state": sheet_badge(found.state),
        "unit_name": platform.unit_names_of({found.unit_code}).get(found.unit_code, found.unit_code),
        "receipts": receipts,
        "valid": len(valid),
        "total_fen": sum(one.amount_fen for one in valid),
        "may_void": (collects and today) or mends,
        "late": late,
        "receipt": ReceiptForm(request, initial=next_one) if collects and today else None,
        "form": form if pays_in else None,
        "withheld": None if pays_in else form,
        "crumbs": crumbs(CHAPTER, (_("村级代收"), "contributions:village"), number),
    }
    return render(request, "contributions/village_sheet.html", context, status=422 if form.errors else 200)


@page("contributions.view", methods=("POST",))
def void(request: PageRequest, number: str) -> HttpResponse:
    """作废收据."""
    voided = commands.void_receipt(
        number=number, reason=request.POST.get("reason", ""), operator=request.operator, now=request.now
    )
    messages.success(request, gettext("收据已作废。"))
    return redirect("contributions:village_sheet", voided.sheet.number)


def _find(request: PageRequest, number: str) -> VillageSheet:
    """Raises: Http404, OutOfScope."""
    found = VillageSheet.objects.select_related("method", "batch").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="village_sheet", key=number)
    return found


@page("contributions.view")
def receipt_paper(request: PageRequest, number: str) -> HttpResponse:
    """代收收据 for the payer."""
    found = VillageReceipt.objects.select_related("person", "sheet__method").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.sheet.unit_code, kind="receipt", key=number)
    said = [
        ("缴费人", found.person.name),
        ("证件号码", found.person.certificate_no),
        ("保险年度", str(found.benefit_year)),
        ("险种", "城乡居民基本医疗保险"),
        ("金额(大写)", capital_amount(found.amount_fen)),
        ("金额(元)", yuan_text(found.amount_fen, grouped=True)),
        ("代收日期", found.sheet.collected_on.isoformat()),
        ("征缴方式", f"{found.sheet.method.method}({found.sheet.method.approval_no})"),
    ]
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(said),
        Spacer(WIDTH, 4),
        paragraph(
            "所收款项于当日缴存银行。" if found.voided_at is None else f"本收据已作废:{found.void_reason}", SMALL
        ),
        Spacer(WIDTH, 8),
        grid([["代收人签名:", "村(居)委会(盖章):"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="城乡居民医保费代收收据",
        number=found.number,
        unit_code=found.sheet.unit_code,
        says=[found.person_id, found.benefit_year, found.amount_fen],
        body=body,
        object_kind="village_receipt",
        told=[
            ("缴费人", masks.name(found.person.name)),
            ("证件号码", masks.certificate(found.person.certificate_no)),
            ("保险年度", str(found.benefit_year)),
            ("金额(元)", yuan_text(found.amount_fen, grouped=True)),
            ("代收日期", found.sheet.collected_on.isoformat()),
        ],
    )


@page("contributions.view")
def sheet_paper(request: PageRequest, number: str) -> HttpResponse:
    """代收日报 with its receipts, as it goes to the bank and the agency."""
    found = _find(request, number)
    rows = list(found.receipts.select_related("person").order_by("id"))
    lines: list[list[Any]] = [
        [paragraph(head, SMALL) for head in ("收据号", "姓名", "证件号码", "保险年度", "金额(元)", "备注")]
    ]
    lines += [
        [
            *(
                paragraph(text, SMALL)
                for text in (one.number, one.person.name, one.person.certificate_no, one.benefit_year)
            ),
            yuan(one.amount_fen, SMALL_AMOUNT),
            paragraph(f"作废:{one.void_reason}" if one.voided_at else "", SMALL),
        ]
        for one in rows
    ]
    valid = [one for one in rows if one.voided_at is None]
    total = sum(one.amount_fen for one in valid)
    said = f"有效收据{len(valid)}张,合计{yuan_text(total, grouped=True)}元({capital_amount(total)})。"
    slip = f"缴款单号{found.slip_no}。" if found.slip_no else "尚未缴存。"
    about = [("代收日期", found.collected_on.isoformat()), ("征缴方式", found.method.method)]
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(about),
        Spacer(WIDTH, 4),
        grid(lines, (0.24, 0.12, 0.24, 0.1, 0.12, 0.18), heads=1),
        Spacer(WIDTH, 4),
        paragraph(said + slip),
        Spacer(WIDTH, 8),
        grid([["代收人签名:", "经办机构签收:"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="村级代收日报",
        number=found.number,
        unit_code=found.unit_code,
        says=[found.slip_no, total],
        body=body,
        object_kind="village_sheet",
        told=[("金额(元)", yuan_text(total, grouped=True)), ("缴款单号", found.slip_no)],
    )


# --- methods ------------------------------------------------------------------------------------------------------


class MethodForm(forms.Form):
    """登记征缴方式."""

    unit = forms.ChoiceField(label=_("适用机构"), widget=forms.Select(attrs={"class": "form-select"}))
    method = lists.words(_("征缴方式"), longest=200)
    reason = lists.words(_("不具备代扣条件的原因"), longest=200)
    approval_no = lists.words(_("批准文号"), longest=60)
    approved_by = lists.words(_("批准机关"), longest=60)
    valid_from = lists.day(_("起"))
    valid_until = lists.day(_("止(不含,可不填)"))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        tops = [prefix.rstrip("/").rsplit("/", 1)[-1] for prefix in request.scope.prefixes]
        levels = ("city", "county", "town", "village")
        units = [one for top in tops for one in platform.units_below(top, request.today, levels)][:2_000]
        own = [(code, name) for code, name in platform.unit_names_of(set(tops)).items()]
        self.fields["unit"].choices = [*own, *((one.code, f"{one.code} {one.name}") for one in units)]
        for name in ("method", "reason", "approval_no", "approved_by", "valid_from"):
            self.fields[name].required = True


@page(commands.APPROVE, methods=("GET", "POST"))
def methods(request: PageRequest) -> HttpResponse:
    """征缴方式 with their approvals, and the form for another."""
    form = MethodForm(request, request.POST or None, initial={"valid_from": request.today})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "unit"):
            commands.set_method(
                unit_code=told["unit"],
                operator=request.operator,
                now=request.now,
                **{name: told[name] for name in told if name != "unit"},
            )
            messages.success(request, gettext("征缴方式已登记。"))
            return redirect("contributions:village_methods")
    standing = list(CollectionMethod.objects.filter(request.scope.q("unit_code", "pooling_area")).order_by("-id")[:200])
    units = platform.unit_names_of({one.unit_code for one in standing})
    context = {
        "form": form,
        "methods": [(one, units.get(one.unit_code, one.unit_code)) for one in standing],
        "crumbs": crumbs(CHAPTER, (_("村级代收"), "contributions:village"), _("征缴方式")),
    }
    return render(request, "contributions/village_methods.html", context, status=422 if form.errors else 200)

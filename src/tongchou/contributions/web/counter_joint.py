"""全户合并缴费: what each member of the household owes, one payer, one paper (CON-07, CON-12, CON-14)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.counter import commands, joint, queries
from tongchou.contributions.counter.commands import Payer
from tongchou.contributions.counter.models import CounterMeans, CounterPayment
from tongchou.contributions.counter.queries import Owed
from tongchou.contributions.counter.states import PayerKind, PaymentState
from tongchou.contributions.web.counter import payment_badge
from tongchou.contributions.web.papers import printed
from tongchou.contributions.web.receivables import receivable_badge
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.states import HouseholdRelation
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page, sentence_with_code
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import SMALL, SMALL_AMOUNT, WIDTH, capital_amount, grid, pairs, paragraph, yuan

ANOTHER: Final = ""
"""缴费人 who is no member of the household."""
OTHERS: Final = tuple(one for one in PayerKind.choices if one[0] != PayerKind.SELF)
IN_HOUSEHOLD: Final = "同户家人"


@dataclass(frozen=True, slots=True)
class Member:
    """One of the household with the years that can be paid today."""

    facts: Facts
    relation: str
    offers: tuple[Owed, ...]

    def choices(self) -> list[tuple[str, Owed]]:
        """Each year as the page's box bears it: whose, which, how much."""
        payable = [one for one in self.offers if not one.problem and one.payable_fen > 0]
        return [(f"{self.facts.id}:{one.benefit_year}:{one.payable_fen}", one) for one in payable]


class JointForm(forms.Form):
    """合并缴费: whose years, by what, and who brings the money."""

    request_id = forms.CharField(max_length=50, widget=forms.HiddenInput)
    dues = forms.MultipleChoiceField(
        label=_("缴费项目"),
        error_messages={"required": _("请选择为谁缴费")},
    )
    means = forms.ChoiceField(label=_("收款方式"), widget=forms.Select(attrs={"class": "form-select"}))
    reference = lists.words(_("交易流水号"), longest=40)
    payer = forms.ChoiceField(label=_("缴费人"), required=False, widget=forms.Select(attrs={"class": "form-select"}))
    payer_kind = forms.ChoiceField(
        label=_("缴费人类别"), choices=OTHERS, required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    payer_name = lists.words(_("缴费人姓名或名称"), longest=60)
    payer_certificate_no = lists.words(_("缴费人证件号码"), longest=50)
    payer_relation = lists.words(_("与参保人关系"), longest=20)
    despite_file = forms.BooleanField(label=_("已告知银行可能同时扣款,仍在窗口缴纳"), required=False)

    def __init__(self, members: Sequence[Member], means: Sequence[CounterMeans], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        offered = [pair for member in members for pair in member.choices()]
        self.fields["dues"].choices = [(value, value) for value, _owed in offered]
        self.fields["dues"].error_messages["invalid_choice"] = sentence_with_code(commands.DuesMoved())
        self.fields["means"].choices = [(one.code, one.name) for one in means]
        self.fields["reference"].required = True
        self.fields["payer"].choices = [
            *((str(one.facts.id), f"{masks.name(one.facts.name)} · {one.relation}") for one in members),
            (ANOTHER, _("不是同户成员")),
        ]
        self.fields["payer_kind"].help_text = _("以下四项,缴费人不是同户成员时填写")
        if not any(one.lies_with_bank for _value, one in offered):
            del self.fields["despite_file"]

    def shown(self) -> list[forms.BoundField]:
        """The fields under the table; the boxes stand in it."""
        return [field for field in self.visible_fields() if field.name != "dues"]


@page(commands.COLLECT, methods=("GET", "POST"))
def together(request: PageRequest, person_no: str) -> HttpResponse:
    """待缴 of a household, each member's years with a box, and one form for the payer."""
    facts = person_in_reach(request, person_no)
    asked = request.POST.get("request_id", "")
    if asked and (earlier := queries.answered_jointly(request.operator.staff_code, asked)):
        return _to(earlier)
    members = _members(facts, request)
    means = queries.means_in_force(facts.pooling_area, request.today)
    form = JointForm(members, means, request.POST or None, initial=_initial(members))
    if request.method == "POST" and form.is_valid():
        try:
            made = _take(request, members, form.cleaned_data)
        except DomainError as refusal:
            form.add_error(_FIELD_OF.get(refusal.code, "dues"), sentence_with_code(refusal))
        else:
            messages.success(request, gettext("已收款,共 %(count)s 笔。") % {"count": len(made)})
            return _to(made)
    chosen = set(request.POST.getlist("dues")) if request.method == "POST" else _first_of_each(members)
    takes = bool(means) and any(one.choices() for one in members)
    context = {
        "facts": facts,
        "unit_name": platform.unit_names_of({facts.unit_code}).get(facts.unit_code, facts.unit_code),
        "payable_fen": sum(owed.payable_fen for one in members for _value, owed in one.choices()),
        "members": [_row(one, chosen) for one in members],
        "form": form if takes else None,
        "withheld": None if takes else form,
        "no_means": not means,
        "crumbs": crumbs((_("现场缴费"), "contributions:counter"), _("全户合并缴费")),
    }
    return render(request, "contributions/counter_together.html", context, status=422 if form.errors else 200)


_FIELD_OF: Final = {
    commands.ReferenceMissing.code: "reference",
    commands.MeansUnknown.code: "means",
    commands.PayerIncomplete.code: "payer_name",
    commands.WithBank.code: "despite_file",
}


def _to(made: Sequence[CounterPayment]) -> HttpResponse:
    """To the paper of all, or the receipt of the only one."""
    if made[0].joint_no:
        return redirect("contributions:counter_joint", made[0].joint_no)
    return redirect("contributions:counter_receipt", made[0].number)


def _members(facts: Facts, request: PageRequest) -> list[Member]:
    """同户成员 inside the operator's reach, the person self among them; each look is in the trail."""
    people = enrolment.household_inside(facts.id, scope=request.scope, on=request.today)
    offers = queries.owed_together([one for one, _relation in people], request.today)
    note_look(
        request,
        "contributions.counter_household_seen",
        "person",
        facts.person_no,
        area=facts.pooling_area,
        unit_code=facts.unit_code,
        persons=[one.person_no for one, _relation in people],
    )
    return [Member(one, relation, tuple(offers[one.id])) for one, relation in people]


def _initial(members: Sequence[Member]) -> dict[str, Any]:
    head = next((one for one in members if one.relation == HouseholdRelation.HEAD.label), None)
    return {"request_id": uuid.uuid4().hex, "payer": str(head.facts.id) if head else ANOTHER}


def _first_of_each(members: Sequence[Member]) -> set[str]:
    """The newest year of each member is chosen beforehand: what people come for."""
    return {choices[0][0] for one in members if (choices := one.choices())}


def _row(member: Member, chosen: set[str]) -> dict[str, Any]:
    """One member as the table shows him: what may be paid with its box, and why the rest may not."""
    return {
        "facts": member.facts,
        "relation": member.relation,
        "years": [
            (value, one, value in chosen, receivable_badge(one.state) if one.state else None)
            for value, one in member.choices()
        ],
        "refused": [one for one in member.offers if one.problem],
        "lines": max(1, len(member.offers)),
    }


def _take(request: PageRequest, members: Sequence[Member], told: Mapping[str, Any]) -> list[CounterPayment]:
    """Raises: what the command refuses."""
    return joint.take_joint_payment(
        dues=[joint.Due(*map(int, value.split(":"))) for value in told["dues"]],
        means=told["means"],
        reference=told["reference"],
        payer=_payer(members, told),
        request_id=told["request_id"],
        despite_file=bool(told.get("despite_file")),
        operator=request.operator,
        now=request.now,
    )


def _payer(members: Sequence[Member], told: Mapping[str, Any]) -> Payer:
    """A member of the household by what is registered of him; anybody else as typed."""
    for one in members:
        if told["payer"] == str(one.facts.id):
            relation = one.relation if one.relation == HouseholdRelation.HEAD.label else IN_HOUSEHOLD
            return Payer(PayerKind.RELATIVE, one.facts.name, one.facts.certificate_no, relation)
    kind = PayerKind(told["payer_kind"] or PayerKind.OTHER)
    return Payer(kind, told["payer_name"], told["payer_certificate_no"], told["payer_relation"])


# --- the paper of all -------------------------------------------------------------------------------------------------


def _find(request: PageRequest, number: str) -> list[CounterPayment]:
    """Raises: Http404, OutOfScope."""
    found = queries.joint(number)
    if not found:
        raise Http404
    for unit in sorted({one.unit_code for one in found}):
        check_unit(request, unit, kind="counter_joint", key=number)
    return found


@page("contributions.view")
def joint_receipt(request: PageRequest, number: str) -> HttpResponse:
    """合并收据: who paid for whom, and what may be undone today."""
    return _shown(request, _find(request, number))


def _shown(request: PageRequest, found: Sequence[CounterPayment], error: str = "", status: int = 200) -> HttpResponse:
    first = found[0]
    today = first.day.collected_on == request.today and first.day.state == "open"
    states = {one.state for one in found}
    own = any(
        request.operator.citizen_id in (one.received_by_person, one.asked_by_person)
        for one in found
        if one.state == PaymentState.CANCEL_ASKED
    )
    context = {
        "first": first,
        "payments": [(one, payment_badge(one.state), one.contribution.get_kind_display()) for one in found],
        "total_fen": _total(found),
        "may_ask": today and PaymentState.RECEIVED in states and may(request, commands.COLLECT),
        "may_confirm": today and PaymentState.CANCEL_ASKED in states and not own and may(request, commands.CONFIRM),
        "error": error,
        "crumbs": crumbs((_("现场缴费收据"), "contributions:counter_receipts"), first.joint_no),
    }
    return render(request, "contributions/counter_joint.html", context, status=status)


def _total(found: Sequence[CounterPayment]) -> int:
    return sum(one.amount_fen for one in found if one.state != PaymentState.CANCELLED)


@page("contributions.view", methods=("POST",))
def cancel(request: PageRequest, number: str) -> HttpResponse:
    """全部撤销: asked for, agreed to or refused for every payment of the paper."""
    found = _find(request, number)
    by: dict[str, Any] = {"joint_no": number, "operator": request.operator, "now": request.now}
    decision = request.POST.get("decision", "")
    try:
        if decision == "confirm":
            done = joint.confirm_cancel(void_reference=request.POST.get("void_reference", "")[:40], **by)
            told = gettext("已撤销 %(count)s 笔,这些年度恢复为应缴。")
        elif decision == "refuse":
            done = joint.refuse_cancel(**by)
            told = gettext("不予撤销,%(count)s 笔收款有效。")
        else:
            done = joint.ask_cancel(reason=request.POST.get("reason", ""), **by)
            told = gettext("已申请撤销 %(count)s 笔,等待第二人核准。")
    except DomainError as refusal:
        return _shown(request, found, sentence_with_code(refusal), 422)
    messages.success(request, told % {"count": len(done)})
    return redirect("contributions:counter_joint", number)


@page("contributions.view")
def joint_paper(request: PageRequest, number: str) -> HttpResponse:
    """合并收据 for the payer: one line for each person's year with its own receipt number (CON-14)."""
    found = _find(request, number)
    first, total = found[0], _total(found)
    named = next((one for one in found if one.payer_kind != PayerKind.SELF), first)
    heads = ("收据号", "参保人", "证件号码", "年度", "缴费人与其关系", "缴费类型", "金额(元)")
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [
            *(
                paragraph(text, SMALL)
                for text in (
                    one.number,
                    one.person.name,
                    one.person.certificate_no,
                    one.benefit_year,
                    one.payer_relation or one.get_payer_kind_display(),
                    one.contribution.get_kind_display(),
                )
            ),
            paragraph("已撤销", SMALL_AMOUNT) if one.cancelled_at else yuan(one.amount_fen, SMALL_AMOUNT),
        ]
        for one in found
    ]
    said = [
        ("缴费人", named.payer_name),
        ("缴费人证件", named.payer_certificate_no),
        ("金额(大写)", capital_amount(total)),
        ("合计(元)", yuan_text(total, grouped=True)),
        ("收款方式", f"{first.means.name} {first.reference}"),
        ("收款日期", first.day.collected_on.isoformat()),
    ]
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(said),
        Spacer(WIDTH, 4),
        grid(lines, (0.22, 0.1, 0.21, 0.07, 0.14, 0.14, 0.12), heads=1),
        Spacer(WIDTH, 4),
        paragraph("每人每年度各有收据号,可分别查询、撤销和更正。一次性缴纳的医保费不予退还(GX2017 第28条)。", SMALL),
        Spacer(WIDTH, 8),
        grid([["收款人签名:", "经办机构(盖章):"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="城乡居民医保费合并缴费收据",
        number=number,
        unit_code=first.day.unit_code,
        says=[(one.person_id, one.benefit_year, one.amount_fen, one.state) for one in found],
        body=body,
        object_kind="counter_joint",
        told=[
            ("缴费人", masks.name(named.payer_name)),
            ("合计(元)", yuan_text(total, grouped=True)),
            ("收款日期", first.day.collected_on.isoformat()),
            *((one.number, f"{masks.name(one.person.name)} {one.benefit_year}") for one in found),
        ],
    )

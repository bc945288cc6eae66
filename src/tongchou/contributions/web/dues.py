"""一次性应收 (CON-32…34): what is owed once, by whom and for what; entering its payment; the notice on paper."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.dues import aid_case, commands
from tongchou.contributions.dues.models import OneOffDue
from tongchou.contributions.dues.states import DueKind, DuePart, DueState
from tongchou.contributions.web.employee_fields import ConsoleForm, select, words
from tongchou.fund import documents
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.paper import LABEL, WIDTH, capital_amount, grid, pairs, paragraph, verification_code, yuan
from tongchou.platform.web.printing import Print, printed

_TONES: Final = {DueState.OPEN: Tone.WAITING, DueState.PAID: Tone.DONE, DueState.VOID: Tone.RESTING}
PRINTED: Final = "contributions.due_printed"


def due_badge(state: str) -> Badge:
    """一次性应收状态 as shown."""
    known = DueState(state)
    return Badge(str(known.label), _TONES[known])


def payer_shown(due: OneOffDue) -> str:
    """缴款人 for a list: the employer, or the person masked."""
    if due.employer is not None:
        return str(due.employer.name)
    assert due.person is not None
    return masks.name(due.person.name)


class DueFilter(lists.FilterForm):
    kind = lists.choice(_("种类"), DueKind.choices)
    state = lists.choice(_("状态"), DueState.choices)
    number = lists.words(_("应收编号"), longest=40)
    employer = lists.words(_("单位编号"), longest=20)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = OneOffDue.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("employer", "person")
    for name in ("kind", "state"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    if number := criteria.get("number"):
        found = found.filter(number__startswith=number)
    if code := criteria.get("employer"):
        found = found.filter(employer__code__startswith=code.upper())
    return lists.Table(found)


DUES: Final = lists.List(
    name="one_off_dues",
    title=_("一次性应收"),
    columns=(
        lists.Column(_("应收编号"), "number", "code"),
        lists.Column(_("种类"), lambda row: DueKind(row.kind).label, "choice"),
        lists.Column(_("缴款人"), payer_shown),
        lists.Column(_("应收金额(元)"), "amount_fen", "money"),
        lists.Column(_("其中部门资助(元)"), "aided_fen", "money"),
        lists.Column(_("已到金额(元)"), "received_fen", "money"),
        lists.Column(_("缴费期限"), "due_on", "day"),
        lists.Column(_("缴清日期"), "paid_on", "day"),
        lists.Column(_("状态"), lambda row: due_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=DueFilter,
    link=lambda row: reverse("contributions:due", args=[row.number]),
    template="contributions/dues.html",
    empty=_("没有一次性应收。"),
    next_step=_("稽核补缴、政策性补缴和退休缴费核定之后列在这里。"),
)


@page("contributions.view")
def listed(request: PageRequest) -> HttpResponse:
    """一次性应收 inside the scope."""
    return DUES.respond(request, crumbs=crumbs((_("单位缴费"), "contributions:unit_months"), _("一次性应收")))


class DuePaymentForm(ConsoleForm):
    """登记一次性缴费: the amount is that of the part."""

    part = select(_("缴款方"), DuePart.choices)
    paper = words(_("缴费回单号"), 60)


@page("contributions.view", methods=("GET", "POST"))
def due(request: PageRequest, number: str) -> HttpResponse:
    """One due: what it is made of, who pays which part, what came; entering a payment."""
    found = _find(request, number)
    may_pay = may(request, documents.PREPARE) and found.state == DueState.OPEN
    form = DuePaymentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "paper"):
            paper_no = commands.note_payment(
                number=number,
                part=DuePart(told["part"]),
                paper=told["paper"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("缴费已登记,业务单据%(number)s待到账。") % {"number": paper_no})
            return redirect("contributions:due", number)
    keys = [f"{number}:{part.value}" for part in DuePart]
    context = {
        "due": found,
        "kind": DueKind(found.kind).label,
        "state": due_badge(found.state),
        "late": found.due_on < request.today and found.state == DueState.OPEN,
        "parts": _parts(found),
        "papers": documents.of_origin(commands.ORIGIN, keys),
        "form": form if may_pay else None,
        "withheld": None if may_pay else form,
        "aid_kind": aid_case.KIND.code
        if found.state == DueState.OPEN and found.personal_fen and not found.aided_fen and found.person_id
        else "",
        "may_accept": may(request, "cases.accept", work=aid_case.KIND.work),
        "ground": _ground(found),
        "crumbs": crumbs((_("一次性应收"), "contributions:dues"), number),
    }
    return render(request, "contributions/due.html", context, status=422 if form.errors else 200)


def _parts(found: OneOffDue) -> list[tuple[Any, int]]:
    told = (
        (_("单位部分"), found.unit_fen),
        (_("个人部分"), found.personal_fen),
        (_("风险储备金"), found.reserve_fen),
        (_("大额互助资金"), found.mutual_fen),
        (_("滞纳金"), found.late_fee_fen),
    )
    return [(label, fen) for label, fen in told if fen]


def _ground(found: OneOffDue) -> tuple[Any, str]:
    """What the due was raised for, and its page."""
    if found.kind == DueKind.BASE_AUDIT:
        return _("基数稽核"), reverse("contributions:base_audit", args=[found.audit.number])
    if found.kind == DueKind.PROGRAMME:
        return _("激励政策"), reverse("contributions:programme", args=[found.programme_member.programme_id])
    holder = found.retirement_reserve if found.kind == DueKind.RESERVE else found.retirement_makeup
    return _("退休审批"), reverse("contributions:retirement", args=[holder.pk])


@page("contributions.view")
def paper(request: PageRequest, number: str) -> HttpResponse:
    """一次性缴费通知单: what is owed, its parts, by when, in figures and in words."""
    found = _find(request, number)
    said = (
        ("缴款人", commands.payer_of(found)),
        ("种类", DueKind(found.kind).label),
        ("事由", found.summary),
        ("缴费期限", found.due_on.isoformat()),
        ("应缴金额(元)", yuan_text(found.own_fen, grouped=True)),
        ("大写", capital_amount(found.own_fen)),
        ("部门资助(元)", yuan_text(found.aided_fen, grouped=True) if found.aided_fen else "—"),
        ("资助部门", found.aided_by or "—"),
    )
    heads = [paragraph("项目", LABEL), paragraph("金额(元)", LABEL)]
    lines = [[paragraph(str(label)), yuan(fen)] for label, fen in _parts(found)]
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(said),
        Spacer(WIDTH, 8),
        grid([heads, *lines], (0.6, 0.4), heads=1),
        Spacer(WIDTH, 8),
        paragraph("请在缴费期限之前一次缴清;缴清之前,有关待遇待定。"),
        Spacer(WIDTH, 8),
        grid([["经办机构(盖章):", "缴款人签收、日期:"]], (0.5, 0.5), height=50),
    ]
    what = Print(
        agency=platform.unit_name(found.unit_code, request.today),
        title="一次性缴费通知单",
        number=found.number,
        code=verification_code("one_off_due", found.number, found.amount_fen),
        action=PRINTED,
        object_kind="one_off_due",
        object_key=found.number,
        pooling_area=found.pooling_area_id,
        unit_code=found.unit_code,
        file_name=found.number,
        told=[("金额(元)", yuan_text(found.amount_fen, grouped=True))],
    )
    return printed(request, what, body)


def _find(request: PageRequest, number: str) -> OneOffDue:
    """Raises: Http404, OutOfScope."""
    found = OneOffDue.objects.select_related("employer", "person").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="one_off_due", key=number)
    return found

"""学校代缴: the roster beside the transfers, and what lies between them (GX2017 §24; CON-09)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.progress import opened_years
from tongchou.contributions.schools import commands, roster
from tongchou.contributions.schools.models import SchoolLine, SchoolPayment
from tongchou.contributions.schools.states import LineState, SchoolState
from tongchou.contributions.web.papers import printed
from tongchou.exchange import imports
from tongchou.exchange.imports import files
from tongchou.exchange.web.uploads import on_disk
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import
from tongchou.platform.web.paper import SMALL, SMALL_AMOUNT, WIDTH, grid, pairs, paragraph, yuan

_TONES: Final = {
    SchoolState.OPEN: Tone.WAITING,
    SchoolState.PART: Tone.HAND,
    SchoolState.BOOKED: Tone.DONE,
    SchoolState.WITHDRAWN: Tone.RESTING,
}
_LINE_TONES: Final = {
    LineState.UNMATCHED: Tone.BAD,
    LineState.RETURNED: Tone.WAITING,
    LineState.LISTED: Tone.HAND,
    LineState.LEFT_OUT: Tone.WAITING,
    LineState.PAID: Tone.DONE,
    LineState.WITHDRAWN: Tone.RESTING,
}
SHOWN: Final = 200
"""Students on one page; each page is shared out by itself, or a whole class at once."""


def school_badge(state: str) -> Badge:
    """学校代缴状态 as shown."""
    known = SchoolState(state)
    return Badge(str(known.label), _TONES[known])


def line_badge(state: str) -> Badge:
    """名册明细状态 as shown."""
    known = LineState(state)
    return Badge(str(known.label), _LINE_TONES[known])


class SchoolFilter(lists.FilterForm):
    state = lists.choice(_("状态"), SchoolState.choices)
    school = lists.words(_("学校代码"), longest=12)
    year = lists.words(_("保险年度"), longest=4)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = SchoolPayment.objects.filter(request.scope.q("school_code", "pooling_area"))
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if school := criteria.get("school"):
        found = found.filter(school_code__startswith=school)
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    return lists.Table(found)


def _complete(request: PageRequest, rows: Any) -> Any:
    names = platform.unit_names_of({one.school_code for one in rows})
    for one in rows:
        one.school = names.get(one.school_code, one.school_code)
    return rows


SCHOOLS: Final = lists.List(
    name="school_payments",
    title=_("学校代缴"),
    columns=(
        lists.Column(_("代缴单号"), "number", "code"),
        lists.Column(_("学校"), "school"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("经办人"), "staff_code", "staff"),
        lists.Column(_("登记时间"), "created_at", "moment"),
        lists.Column(_("状态"), lambda row: school_badge(row.state), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": ("-id",)},
    form=SchoolFilter,
    link=lambda row: reverse("contributions:school_payment", args=[row.number]),
    template="contributions/school_payments.html",
    empty=_("没有学校代缴单。"),
    next_step=_("学校报送代缴名册,检查入库之后在这里核对到账。"),
)


@page("contributions.view")
def schools(request: PageRequest) -> HttpResponse:
    """学校代缴单 inside the scope; a school sees its own."""
    return SCHOOLS.respond(
        request,
        may_bring=may_import(request, roster.NAME),
        crumbs=crumbs((_("缴费"), "contributions:payments"), _("学校代缴")),
    )


def _select(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=forms.Select(attrs={"class": "form-select"}))


class RosterForm(forms.Form):
    """报送代缴名册."""

    school = _select(_("学校"))
    year = _select(_("保险年度"))
    file = forms.FileField(label=_("代缴名册"), widget=forms.ClearableFileInput(attrs={"class": "form-control"}))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        here = request.operator.org_unit_id
        own = platform.unit(here)
        units = [own] if own is not None and own.level == "school" else []
        units += [one for one in platform.units_below(here, request.today, ("school",))[:500] if one.code != here]
        self.fields["school"].choices = [(one.code, f"{one.code} {one.name}") for one in units]
        self.fields["year"].choices = [(str(year), str(year)) for year in opened_years(request.scope)]


@page("imports.roster", methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """报送代缴名册: checked like every import, and taken in by the agency."""
    form = RosterForm(request, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with on_disk(told["file"]) as content, refusals_at(form, "file"):
            received = files.receive(
                kind=roster.NAME,
                pooling_area=own_area(request),
                file_name=told["file"].name or "",
                content=content,
                options={"school": told["school"], "year": told["year"]},
                operator=request.operator,
                now=request.now,
            )
            imports.start_check(file_id=received.pk, operator=request.operator, now=request.now)
            return redirect("imports:import", received.pk)
    context = {
        "form": form,
        "form_name": "school_roster",
        "crumbs": crumbs((_("学校代缴"), "contributions:schools"), _("报送代缴名册")),
    }
    return render(request, "contributions/school_roster.html", context, status=422 if form.errors else 200)


class TransferForm(forms.Form):
    """登记到账."""

    reference = lists.words(_("银行流水号"), longest=40)
    amount = lists.YuanField(label=_("到账金额(元)"))
    credited_on = lists.day(_("到账日期"))
    reason = lists.words(_("更正原因"), longest=100)

    def __init__(self, corrects: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for name in ("reference", "credited_on", "reason"):
            self.fields[name].required = True
        if not corrects:
            del self.fields["reason"]


class WithdrawalForm(forms.Form):
    """撤销名册."""

    reason = lists.words(_("撤销原因"), longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", auto_id="withdraw_%s", **kwargs)
        self.fields["reason"].required = True


@page("contributions.view")
def one(request: PageRequest, number: str) -> HttpResponse:
    """One roster: sums, difference, students, transfers, and what may be done."""
    return _shown(request, _find(request, number))


def _shown(
    request: PageRequest,
    found: SchoolPayment,
    *,
    error: str = "",
    transfer_form: TransferForm | None = None,
    withdrawal: WithdrawalForm | None = None,
    status: int = 200,
) -> HttpResponse:
    counts = roster.lines_of(found.pk)
    stands = found.state != SchoolState.WITHDRAWN
    part = _part(request, found, counts)
    corrects = _number(request.POST.get("corrects") or request.GET.get("correct", ""))
    wrong = found.transfers.filter(pk=corrects, withdrawn_reason="", batch=None).first() if corrects else None
    sums = commands.sums_of(found, counts)
    collects, reconciles = (stands and may(request, one) for one in (commands.COLLECT, commands.RECONCILE))
    start = {"credited_on": request.today} | (
        {"reference": wrong.reference, "amount": wrong.amount_fen, "credited_on": wrong.credited_on} if wrong else {}
    )
    withdraws = stands and may(request, roster.ROSTER.permission)
    context = {
        "payment": found,
        "state": school_badge(found.state),
        "school": platform.unit_names_of({found.school_code}).get(found.school_code, found.school_code),
        "sums": sums,
        "over_fen": max(0, -sums.to_share_fen),
        "counts": [(LineState(state), students, fen) for state, (students, fen) in sorted(counts.items())],
        "part": part,
        "classes": list(found.lines.order_by("class_name").values_list("class_name", flat=True).distinct()),
        "lines": [(line, line_badge(line.state)) for line in part.lines],
        "transfers": list(found.transfers.select_related("batch").order_by("id")),
        "may_share": collects and bool(sums.listed_fen or sums.left_out_fen),
        "may_book": collects and sums.at_hand_fen > 0 and sums.to_share_fen == 0,
        "may_return": collects and LineState.UNMATCHED in counts,
        "may_match": collects,
        "wrong": wrong,
        "transfer_form": (transfer_form or TransferForm(wrong is not None, initial=start)) if reconciles else None,
        "may_correct": reconciles,
        "stands": stands,
        "withdrawal": (withdrawal or WithdrawalForm()) if withdraws else None,
        "withheld": (None if reconciles else transfer_form) or (None if withdraws else withdrawal),
        "error": error,
        "crumbs": crumbs((_("学校代缴"), "contributions:schools"), found.number),
    }
    return render(request, "contributions/school_payment.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a roster, by state and class (名册的一页): its lines, and the addresses of the pages beside it."""

    lines: list[SchoolLine]
    only: str
    class_name: str
    number: int
    pages: int
    students: int

    @property
    def numbers(self) -> str:
        """The lines of the page that can be shared out, as the form sends them back."""
        return ",".join(str(line.line_no) for line in self.lines if line.state in commands.WAITING)

    @property
    def query(self) -> str:
        """The filter as it stands in the address."""
        return urlencode({name: text for name, text in (("only", self.only), ("class", self.class_name)) if text})

    @property
    def of_class(self) -> str:
        """The filter by class alone, for the links by state."""
        return urlencode({"class": self.class_name}) if self.class_name else ""


def _part(request: PageRequest, found: SchoolPayment, counts: Mapping[str, tuple[int, int]]) -> Part:
    """The page asked for; one beyond the end is the last. `counts` by state are known already."""
    only, class_name = request.GET.get("only", ""), request.GET.get("class", "")[:40]
    lines = found.lines.select_related("person").order_by("line_no")
    if only in LineState.values:
        lines = lines.filter(state=only)
    if class_name:
        lines = lines.filter(class_name=class_name)
        students = lines.count()
    else:
        students = sum(many for state, (many, _fen) in counts.items() if only not in LineState.values or state == only)
    pages = max(1, -(-students // SHOWN))
    number = min(max(1, _number(request.GET.get("page", "1"))), pages)
    shown = list(lines[(number - 1) * SHOWN : number * SHOWN])
    return Part(shown, only if only in LineState.values else "", class_name, number, pages, students)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


@page(commands.RECONCILE, methods=("POST",))
def transfer(request: PageRequest, number: str) -> HttpResponse:
    """登记 or 更正到账."""
    found = _find(request, number)
    wrong = _number(request.POST.get("corrects", ""))
    form = TransferForm(bool(wrong), request.POST)
    if not form.is_valid():
        return _shown(request, found, transfer_form=form, status=422)
    told = form.cleaned_data
    facts = {
        "reference": told["reference"],
        "amount_fen": told["amount"],
        "credited_on": told["credited_on"],
        "operator": request.operator,
        "now": request.now,
    }
    with refusals_at(form, "reference"):
        if wrong:
            commands.correct_transfer(transfer_id=wrong, reason=told["reason"], **facts)
        else:
            commands.record_transfer(number=number, **facts)
        messages.success(request, gettext("到账已登记。"))
        return redirect("contributions:school_payment", number)
    return _shown(request, found, transfer_form=form, status=422)


@page(roster.ROSTER.permission, methods=("POST",))
def withdraw(request: PageRequest, number: str) -> HttpResponse:
    """撤销名册: taken in by mistake, by whoever may bring one for the school."""
    found, form = _find(request, number), WithdrawalForm(request.POST)
    if form.is_valid():
        with refusals_at(form, "reason"):
            commands.withdraw_roster(
                number=number,
                version=_number(request.POST.get("version", "")),
                reason=form.cleaned_data["reason"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("名册已撤销,可以报送新的名册。"))
            return redirect("contributions:school_payment", number)
    return _shown(request, found, withdrawal=form, status=422)


@page(commands.COLLECT, methods=("POST",))
def act(request: PageRequest, number: str) -> HttpResponse:
    """分款、退回、对应、入账, each by the version of the page it was read from."""
    found = _find(request, number)
    by: dict[str, Any] = {
        "number": number,
        "version": _number(request.POST.get("version", "")),
        "operator": request.operator,
        "now": request.now,
    }
    try:
        said = _done(request, by)
    except DomainError as refusal:
        return _shown(request, found, error=sentence_with_code(refusal), status=422)
    messages.success(request, said)
    where = reverse("contributions:school_payment", args=[number])
    return redirect(f"{where}?{request.GET.urlencode()}" if request.GET else where)


def _done(request: PageRequest, by: dict[str, Any]) -> str:
    """Raises: what the commands refuse."""
    what = request.POST.get("what", "")
    if what == "share":
        chosen = [_number(one) for one in request.POST.getlist("left_out")]
        told = request.POST.get("among")
        among = None if told is None else [_number(one) for one in told.split(",") if one]
        commands.share_out(left_out=chosen, among=among, **by)
        return gettext("已分款,可以核对差额。")
    if what in ("class_waits", "class_paid"):
        count = commands.share_class(
            class_name=request.POST.get("class", "")[:40], left_out=what == "class_waits", **by
        )
        return gettext("已按班级分款 %(count)s 人。") % {"count": count}
    if what == "return":
        count = commands.return_names(**by)
        return gettext("已退回学校 %(count)s 人。") % {"count": count}
    if what == "match":
        commands.match_name(line_no=_number(request.POST.get("line", "")), key=request.POST.get("key", ""), **by)
        return gettext("已对应。")
    batch = commands.book(**by)
    return gettext("已入账 %(count)s 人。") % {"count": batch.rows_accepted}


def _find(request: PageRequest, number: str) -> SchoolPayment:
    """Raises: Http404, OutOfScope."""
    found = SchoolPayment.objects.filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.school_code, kind="school_payment", key=number)
    return found


@page("contributions.view")
def difference_paper(request: PageRequest, number: str) -> HttpResponse:
    """学校代缴差额单: the sums, and every student who has not paid, with the reason, for the school."""
    found = _find(request, number)
    commands.check_stands(found)
    sums = commands.sums_of(found)
    told = (
        ("名册合计(元)", sums.roster_fen),
        ("到账合计(元)", sums.transferred_fen),
        ("相差(元)", sums.difference_fen),
        ("已入账(元)", sums.paid_fen),
        ("未到款(元)", sums.left_out_fen),
        ("对应不上(元)", sums.unmatched_fen),
    )
    heads = ("行号", "姓名", "证件号码", "班级", "金额(元)", "状态", "原因")
    left = list(found.lines.exclude(state=LineState.PAID).order_by("line_no"))
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [_row(line) for line in left]
    school = platform.unit_names_of({found.school_code}).get(found.school_code, found.school_code)
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs([("学校", school), ("保险年度", str(found.benefit_year)), *((label, yuan(fen)) for label, fen in told)]),
        Spacer(WIDTH, 4),
        paragraph(f"未入账学生{len(left)}名。转账与名册相符之前,不认定任何学生已缴费(GX2017 第24条)。", SMALL),
        Spacer(WIDTH, 4),
        grid(lines, (0.07, 0.12, 0.22, 0.13, 0.11, 0.12, 0.23), heads=1),
        Spacer(WIDTH, 8),
        grid([["经办人签名:", "学校签收(盖章):"]], (0.5, 0.5), height=50),
    ]
    return printed(
        request,
        title="学校代缴差额单",
        number=found.number,
        unit_code=found.school_code,
        says=[found.version, sums.roster_fen, sums.transferred_fen],
        body=body,
        object_kind="school_difference",
        agency=platform.agency_name(found.school_code, request.today),
    )


def _row(line: SchoolLine) -> list[Any]:
    """Row, class and name tell the school whom it means; no number stands in full on a paper (decision 0374)."""
    number, problem = masks.certificate(line.certificate_no), masks.numbers_in(line.problem)
    return [
        *(paragraph(text, SMALL) for text in (line.line_no, line.name, number, line.class_name)),
        yuan(line.amount_fen, SMALL_AMOUNT),
        *(paragraph(text, SMALL) for text in (line.get_state_display(), problem)),
    ]

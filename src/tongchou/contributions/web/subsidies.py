"""财政补助 (CON-26…30): the board of what is due and has come, applications from count to arrival, their papers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.models import (
    ContributionStandard,
    SubsidyApplication,
    SubsidyDifferenceRow,
    SubsidyHead,
)
from tongchou.contributions.subsidies import applications, arrivals, counting, queries, shares
from tongchou.contributions.subsidies.states import (
    ApplicationState,
    Level,
    Purpose,
    SnapshotState,
    Verdict,
)
from tongchou.contributions.web.badges import subsidy_badge
from tongchou.contributions.web.places import CHAPTER
from tongchou.enrolment.states import PersonCategory
from tongchou.fund import documents
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.staff import know

SHOWN_LEFT_OUT: Final = 10


def _select(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=forms.Select(attrs={"class": "form-select"}))


# --- board and list -------------------------------------------------------------------------------------------------


class ApplicationFilter(lists.FilterForm):
    year = lists.words(_("保险年度"), longest=4)
    state = lists.choice(_("状态"), ApplicationState.choices)
    purpose = lists.choice(_("申请类型"), Purpose.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = SubsidyApplication.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("snapshot")
    if (year := str(criteria.get("year", ""))).isdecimal():
        found = found.filter(benefit_year=int(year))
    for name in ("state", "purpose"):
        if value := criteria.get(name):
            found = found.filter(**{name: value})
    return lists.Table(found)


APPLICATIONS: Final = lists.List(
    name="subsidies",
    title=_("财政补助"),
    columns=(
        lists.Column(_("申请编号"), "number", "code"),
        lists.Column(_("保险年度"), "benefit_year"),
        lists.Column(_("申请类型"), lambda row: Purpose(row.purpose).label, "choice"),
        lists.Column(_("申报机构"), "unit_code", "unit"),
        lists.Column(_("统计时点"), "count_on", "day"),
        lists.Column(_("缴费人数"), lambda row: row.snapshot.found if row.snapshot else None, "number"),
        lists.Column(_("计入人数"), lambda row: row.snapshot.counted if row.snapshot else None, "number"),
        lists.Column(_("核准文号"), "approval_no"),
        lists.Column(_("状态"), lambda row: subsidy_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-benefit_year", "-id")},
    form=ApplicationFilter,
    link=lambda row: reverse("contributions:subsidy", args=[row.number]),
    template="contributions/subsidies.html",
    empty=_("还没有补助申请。"),
    next_step=_("维护分级补助标准之后,可以建立补助申请并测算。"),
)


@page("contributions.view")
def subsidies(request: PageRequest) -> HttpResponse:
    """应补、已到、未到 of the year by level, and the applications."""
    if request.GET.get("export"):
        return APPLICATIONS.respond(request)
    years = queries.years(request.scope)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() else (years[0] if years else request.today.year)
    totals = queries.by_level(request.scope, year, request.today)
    return APPLICATIONS.respond(
        request,
        board_year=year,
        totals=totals,
        charts=_charts(totals, year) if any(one.payable_fen for one in totals) else [],
        late=[one for one in totals if one.late_fen],
        may_prepare=may(request, applications.PREPARE),
        crumbs=crumbs(CHAPTER, _("财政补助")),
    )


def _charts(totals: list[queries.LevelTotal], year: int) -> list[Chart]:
    source = gettext("来源:补助申请与财政专户到账,%(year)s年度") % {"year": year}
    labels = [gettext(one.level.label) for one in totals]
    arrived = Chart(
        key="subsidy-levels",
        title=_("各级财政补助到位"),
        kind="bars",
        labels=labels,
        series=[
            Series(gettext("应到"), [one.payable_fen for one in totals], "layer-pool"),
            Series(gettext("已到"), [one.received_fen for one in totals], "layer-assistance"),
        ],
        unit=gettext("元"),
        source=source,
        width="wide",
    )
    missing = Chart(
        key="subsidy-outstanding",
        title=_("未到位,按级次"),
        kind="ring",
        labels=labels,
        series=[Series(gettext("未到"), [max(one.outstanding_fen, 0) for one in totals])],
        unit=gettext("元"),
        source=source,
        width="narrow",
    )
    return [arrived, missing]


class OpenForm(forms.Form):
    """建立补助申请."""

    unit = _select(_("申报机构"))
    year = _select(_("保险年度"))
    purpose = _select(_("申请类型"))
    count_on = lists.day(_("统计时点"))
    report_by = lists.day(_("上报期限"))
    central = lists.day(_("中央到位期限"))
    province = lists.day(_("省级到位期限"))
    city = lists.day(_("市级到位期限"))
    county = lists.day(_("县级到位期限"))

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        tops = [prefix.rstrip("/").rsplit("/", 1)[-1] for prefix in request.scope.prefixes]
        units = [one for top in tops for one in platform.units_below(top, request.today, ("city", "county"))]
        years = queries.priced_years(own_area(request))
        self.fields["unit"].choices = [(one.code, f"{one.code} {one.name}") for one in units]
        self.fields["year"].choices = [(str(year), str(year)) for year in years]
        self.fields["purpose"].choices = list(Purpose.choices)
        self.fields["count_on"].required = True


@page(applications.PREPARE, methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """建立补助申请: agency, year, day of the count, and the deadlines of the year's notice."""
    form = OpenForm(request, request.POST or None, initial={"count_on": request.today})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "unit"):
            made = applications.open_application(
                unit_code=told["unit"],
                benefit_year=int(told["year"]),
                purpose=Purpose(told["purpose"]),
                count_on=told["count_on"],
                report_by=told["report_by"],
                due_dates={level: told[level.value] for level in Level},
                operator=request.operator,
                now=request.now,
                today=request.today,
            )
            messages.success(request, gettext("补助申请已建立,请测算。"))
            return redirect("contributions:subsidy", made.number)
    context = {
        "form": form,
        "form_name": "subsidy",
        "heading": _("建立补助申请"),
        "crumbs": crumbs(CHAPTER, (_("财政补助"), "contributions:subsidies"), _("建立补助申请")),
    }
    return render(request, "contributions/subsidy_form.html", context, status=422 if form.errors else 200)


# --- one application ------------------------------------------------------------------------------------------------


class ApproveForm(forms.Form):
    """登记核准: amounts left empty are those applied for."""

    approval_no = lists.words(_("核准文号"), longest=60)
    approved_on = lists.day(_("核准日期"))
    central = lists.YuanField(label=_("中央核准(元)"), required=False)
    province = lists.YuanField(label=_("省级核准(元)"), required=False)
    city = lists.YuanField(label=_("市级核准(元)"), required=False)
    county = lists.YuanField(label=_("县级核准(元)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["approval_no"].required = self.fields["approved_on"].required = True


class GrantForm(forms.Form):
    """登记拨款通知."""

    level = _select(_("级次"))
    payer = lists.words(_("拨款单位"), longest=100)
    paper = lists.words(_("拨款文号"), longest=60)
    amount = lists.YuanField(label=_("拨款金额(元)"))

    def __init__(self, levels: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        open_levels = [one for one in levels if one.outstanding_fen > 0]
        self.fields["level"].choices = [(str(one.pk), Level(one.level).label) for one in open_levels]
        self.fields["payer"].required = self.fields["paper"].required = True


@page("contributions.view")
def subsidy(request: PageRequest, number: str) -> HttpResponse:
    """One application: the workbook by category and level, whom it leaves out, how far the money is."""
    return _shown(request, _find(request, number))


def _shown(
    request: PageRequest,
    found: SubsidyApplication,
    *,
    refusal: DomainError | None = None,
    approve_form: ApproveForm | None = None,
    grant_form: GrantForm | None = None,
) -> HttpResponse:
    running = found.snapshots.order_by("-run_no").first()
    counting_now = running if running and running.state == SnapshotState.COUNTING else None
    know(request, (found.made_by, found.reviewed_by, found.submitted_by))
    state = ApplicationState(found.state)
    lines = queries.workbook(found)
    sums = [sum(getattr(line, f"{level.value}_fen") for _, line in lines) for level in Level] if lines else []
    levels = list(found.levels.order_by("id"))
    prepares = may(request, applications.PREPARE)
    may_approve = prepares and state == ApplicationState.SUBMITTED
    may_grant = may(request, documents.PREPARE) and state in arrivals.PAYABLE and found.purpose == Purpose.ADVANCE
    context = {
        "application": found,
        "state": subsidy_badge(found.state),
        "purpose": Purpose(found.purpose).label,
        "unit_name": getattr(found, "unit_name", None) or found.unit_code,
        "snapshot": found.snapshot,
        "failed": running is not None and running.state == SnapshotState.FAILED,
        "counting": counting_now,
        "steps": counting.STEPS,
        "lines": lines,
        "sums": sums,
        "total_fen": sum(sums),
        "left_out": queries.left_out(found),
        "levels": [(one, Level(one.level).label, _is_late(one, request)) for one in levels],
        "letters": queries.letters(levels),
        "differences": list(found.differences.order_by("-id")) if found.submitted_at else [],
        "settlements": [(one, Level(one.level).label) for one in found.settlements.order_by("id")]
        if state == ApplicationState.SETTLED
        else [],
        "may_count": prepares and state == ApplicationState.DRAFT and counting_now is None,
        "may_review": may(request, applications.REVIEW)
        and state == ApplicationState.DRAFT
        and found.snapshot is not None
        and counting_now is None
        and request.operator.staff_code != found.made_by,
        "may_submit": may(request, applications.SUBMIT) and state == ApplicationState.REVIEWED,
        "may_state": prepares and found.submitted_at is not None,
        "may_settle": may(request, applications.SUBMIT)
        and found.purpose == Purpose.FINAL
        and state == ApplicationState.APPROVED,
        "approve_form": (approve_form or ApproveForm(initial={"approved_on": request.today})) if may_approve else None,
        "grant_form": (grant_form or GrantForm(levels)) if may_grant else None,
        "withheld": (None if may_approve else approve_form) or (None if may_grant else grant_form),
        "refusal": sentence_with_code(refusal) if refusal else "",
        "crumbs": crumbs(CHAPTER, (_("财政补助"), "contributions:subsidies"), found.number),
    }
    wrong = refusal or (approve_form and approve_form.errors) or (grant_form and grant_form.errors)
    return render(request, "contributions/subsidy.html", context, status=422 if wrong else 200)


def _is_late(level: Any, request: PageRequest) -> bool:
    return level.due_on is not None and level.due_on < request.today and level.outstanding_fen > 0


def _acted(request: PageRequest, number: str, act: Callable[[], object], said: Any) -> HttpResponse:
    _find(request, number)
    try:
        act()
    except DomainError as refusal:
        return _shown(request, _find(request, number), refusal=refusal)
    messages.success(request, gettext(str(said)))
    return redirect("contributions:subsidy", number)


@page(applications.PREPARE, methods=("POST",))
def count(request: PageRequest, number: str) -> HttpResponse:
    """测算 in the background; the page shows how far it is."""

    def begin() -> None:
        begun = applications.begin_count(number=number, operator=request.operator, now=request.now)
        counting.start(begun.pk)

    return _acted(request, number, begin, _("测算已开始。"))


@page(applications.REVIEW, methods=("POST",))
def review(request: PageRequest, number: str) -> HttpResponse:
    """复核."""
    return _acted(
        request,
        number,
        lambda: applications.review(number=number, operator=request.operator, now=request.now),
        _("已复核。"),
    )


@page(applications.SUBMIT, methods=("POST",))
def submit(request: PageRequest, number: str) -> HttpResponse:
    """上报."""
    return _acted(
        request,
        number,
        lambda: applications.submit(number=number, operator=request.operator, now=request.now),
        _("已上报,人数与金额已固定。"),
    )


@page(applications.SUBMIT, methods=("POST",))
def send_back(request: PageRequest, number: str) -> HttpResponse:
    """退回重新测算."""
    reason = request.POST.get("reason", "")
    return _acted(
        request,
        number,
        lambda: applications.send_back(number=number, reason=reason, operator=request.operator, now=request.now),
        _("已退回。"),
    )


@page("contributions.view", methods=("POST",))
def verify(request: PageRequest, number: str) -> HttpResponse:
    """核验: the frozen extract counted again."""
    found = _find(request, number)
    try:
        same = applications.verify(number=number, operator=request.operator, now=request.now)
    except DomainError as refusal:
        return _shown(request, found, refusal=refusal)
    if same:
        messages.success(request, gettext("核验一致:人员明细重新计数与摘要均与冻结时相同。"))
    else:
        messages.error(request, gettext("核验不一致:人员明细与冻结时的摘要不同,请立即报告。"))
    return redirect("contributions:subsidy", number)


@page(applications.PREPARE, methods=("POST",))
def differ(request: PageRequest, number: str) -> HttpResponse:
    """编制差异说明."""
    return _acted(
        request,
        number,
        lambda: applications.state_difference(number=number, operator=request.operator, now=request.now),
        _("差异说明已编制。"),
    )


@page(applications.SUBMIT, methods=("POST",))
def settle(request: PageRequest, number: str) -> HttpResponse:
    """年终清算."""
    return _acted(
        request,
        number,
        lambda: arrivals.settle(number=number, operator=request.operator, now=request.now),
        _("已清算,差额结转下年度。"),
    )


@page(applications.PREPARE, methods=("POST",))
def approve(request: PageRequest, number: str) -> HttpResponse:
    """登记核准."""
    found, form = _find(request, number), ApproveForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "approval_no"):
            applications.approve(
                number=number,
                approval_no=told["approval_no"],
                approved_on=told["approved_on"],
                approved_fen={level: told[level.value] for level in Level if told[level.value] is not None},
                operator=request.operator,
                now=request.now,
                today=request.today,
            )
            messages.success(request, gettext("核准已登记。"))
            return redirect("contributions:subsidy", number)
    return _shown(request, found, approve_form=form)


@page(documents.PREPARE, methods=("POST",))
def grant(request: PageRequest, number: str) -> HttpResponse:
    """登记拨款: the letter becomes a document of the books that waits for the fiscal account's entry."""
    found = _find(request, number)
    form = GrantForm(list(found.levels.order_by("id")), request.POST)
    if form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "amount"):
            made = arrivals.note_grant(
                level_id=int(told["level"]),
                amount_fen=told["amount"],
                payer=told["payer"],
                paper=told["paper"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("拨款已登记,业务单据%(number)s待到账。") % {"number": made})
            return redirect("contributions:subsidy", number)
    return _shown(request, found, grant_form=form)


def _find(request: PageRequest, number: str) -> SubsidyApplication:
    """Raises: Http404, OutOfScope."""
    named = SubsidyApplication.objects.annotate(unit_name=Subquery(platform.names_of_units(OuterRef("unit_code"))))
    found = named.select_related("snapshot").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, found.pooling_area_id, kind="subsidy", key=number)
    return found


# --- evidence -------------------------------------------------------------------------------------------------------


class HeadFilter(lists.FilterForm):
    verdict = lists.choice(_("结论"), [("counted", _("计入")), *((one.value, one.label) for one in Verdict if one)])
    unit = lists.words(_("参保单位"), longest=12)
    person_no = lists.words(_("人员编号"), longest=30)


def _category(code: str) -> Any:
    return PersonCategory(code).label if code else "—"


def _verdict_badge(verdict: str) -> Badge:
    known = Verdict(verdict)
    return Badge(str(known.label), Tone.DONE if known == Verdict.COUNTED else Tone.BAD)


def _heads(snapshot_id: int) -> lists.List:
    def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
        found = SubsidyHead.objects.filter(snapshot_id=snapshot_id)
        if verdict := criteria.get("verdict"):
            found = found.filter(verdict="" if verdict == "counted" else verdict)
        if unit := criteria.get("unit"):
            found = found.filter(unit_code__startswith=unit)
        if person_no := criteria.get("person_no"):
            found = found.filter(person_no=person_no)
        return lists.Table(found)

    return lists.List(
        name="subsidy_heads",
        title=_("补助人员明细"),
        columns=(
            lists.Column(_("序号"), "line_no", "number"),
            lists.Column(_("人员编号"), "person_no", "code"),
            lists.Column(_("姓名"), "name", "name"),
            lists.Column(_("证件号码"), "certificate_no", "certificate"),
            lists.Column(_("参保单位"), "unit_code", "unit"),
            lists.Column(_("人员类别"), lambda row: _category(row.category), "choice"),
            lists.Column(_("缴费金额(元)"), "paid_fen", "money"),
            lists.Column(_("缴费日期"), "paid_on", "day"),
            lists.Column(_("收款凭证"), "proof", "code"),
            lists.Column(_("结论"), lambda row: _verdict_badge(row.verdict), "state"),
            lists.Column(_("已计入的人员编号"), "kept", "code"),
        ),
        read=read,
        orders={"line": ("line_no",)},
        form=HeadFilter,
        empty=_("没有符合条件的人员。"),
    )


@page("contributions.view")
def heads(request: PageRequest, number: str) -> HttpResponse:
    """人员明细 behind the number: who counts, who does not and why; masked, and every export is logged."""
    found = _find(request, number)
    if found.snapshot is None:
        raise Http404
    trail_crumbs = [
        *crumbs(CHAPTER, (_("财政补助"), "contributions:subsidies")),
        Crumb(found.number, reverse("contributions:subsidy", args=[found.number])),
        *crumbs(_("补助人员明细")),
    ]
    return _heads(found.snapshot.pk).respond(request, crumbs=trail_crumbs)


def _before(verdict: str) -> Any:
    return _("不在名单") if verdict == "absent" else Verdict(verdict).label


def _difference_rows(difference_id: int) -> lists.List:
    return lists.List(
        name="subsidy_difference",
        title=_("补助差异明细"),
        columns=(
            lists.Column(_("人员编号"), "person_no", "code"),
            lists.Column(_("姓名"), "name", "name"),
            lists.Column(_("参保单位"), "unit_code", "unit"),
            lists.Column(_("原结论"), lambda row: _before(row.before), "choice"),
            lists.Column(_("现结论"), lambda row: _before(row.now), "choice"),
            lists.Column(_("金额差异(元)"), "amount_fen", "money"),
        ),
        read=lambda request, criteria: lists.Table(SubsidyDifferenceRow.objects.filter(difference_id=difference_id)),
        orders={"line": ("id",)},
        empty=_("没有差异。"),
    )


@page("contributions.view")
def difference(request: PageRequest, number: str, difference_id: int) -> HttpResponse:
    """差异明细 of one statement."""
    found = _find(request, number)
    if not found.differences.filter(pk=difference_id).exists():
        raise Http404
    trail_crumbs = [
        *crumbs(CHAPTER, (_("财政补助"), "contributions:subsidies")),
        Crumb(found.number, reverse("contributions:subsidy", args=[found.number])),
        *crumbs(_("补助差异明细")),
    ]
    return _difference_rows(difference_id).respond(request, crumbs=trail_crumbs)


# --- shares ---------------------------------------------------------------------------------------------------------


class ShareForm(forms.Form):
    """分级补助标准 of one contribution standard."""

    standard = _select(_("缴费标准"))
    central = lists.YuanField(label=_("中央每人(元)"))
    province = lists.YuanField(label=_("省级每人(元)"))
    city = lists.YuanField(label=_("市级每人(元)"))
    county = lists.YuanField(label=_("县级每人(元)"))
    source = lists.words(_("文件依据"), longest=200)

    def __init__(self, standards: list[ContributionStandard], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["source"].required = True
        self.fields["standard"].choices = [
            (
                str(one.pk),
                f"{one.benefit_year} {PersonCategory(one.category).label if one.category else gettext('全部人员')}"
                f" {yuan_text(one.subsidy_fen)}",
            )
            for one in standards
        ]


@page("contributions.view", methods=("GET", "POST"))
def share_table(request: PageRequest) -> HttpResponse:
    """分级补助标准: what each budget pays per head, and the form to set it."""
    standards = queries.standards(own_area(request))
    may_set = may(request, shares.SET)
    form = ShareForm(standards, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "standard"):
            shares.set_shares(
                standard_id=int(told["standard"]),
                each_fen={level: told[level.value] for level in Level},
                source=told["source"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("分级补助标准已维护。"))
            return redirect("contributions:shares")
    context = {
        "standards": [
            (
                one,
                PersonCategory(one.category).label if one.category else _("全部人员"),
                getattr(one, "subsidy_share", None),
            )
            for one in standards
        ],
        "form": form if may_set else None,
        "form_name": "shares",
        "crumbs": crumbs(CHAPTER, (_("财政补助"), "contributions:subsidies"), _("分级补助标准")),
    }
    return render(request, "contributions/shares.html", context, status=422 if form.errors else 200)

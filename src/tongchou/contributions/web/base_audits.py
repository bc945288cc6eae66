"""缴费基数稽核 (JS-EXT §2; CON-32): plans, the units worth looking at, one unit's findings, the notice, the results."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import F, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.base_audits import commands, queries
from tongchou.contributions.base_audits.models import BaseAudit, BaseAuditPlan, BaseFinding
from tongchou.contributions.base_audits.states import AuditState, Risk
from tongchou.contributions.web.employee_fields import ConsoleForm, MonthField, select, words
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.employers import queries as employers
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import add_months
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, know_units, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.paper import HEADING, LABEL, WIDTH, grid, paragraph, sign_boxes, verification_code, yuan
from tongchou.platform.web.printing import Print, printed

_TONES: Final = {
    AuditState.PLANNED: Tone.HAND,
    AuditState.NOTIFIED: Tone.WAITING,
    AuditState.OBJECTED: Tone.BAD,
    AuditState.CONFIRMED: Tone.WAITING,
    AuditState.PAID: Tone.DONE,
    AuditState.CLEAR: Tone.RESTING,
}
PRINTED: Final = "contributions.base_audit_printed"
MOST_PRINTED: Final = 2_000
MOST_SHOWN: Final = 100
YEARS_SHOWN: Final = 5


def audit_badge(state: str) -> Badge:
    """稽核状态 as shown."""
    known = AuditState(state)
    return Badge(str(known.label), _TONES[known])


def risk_words(risks: list[dict[str, Any]]) -> list[str]:
    """稽核线索 in words, with the figures compared."""
    told = []
    for one in risks:
        risk = Risk(one["risk"])
        words_of = gettext(str(risk.label))
        if risk is Risk.FLOOR:
            words_of += gettext(":%(n)s人,共少%(fen)s元") % {
                "n": one["persons"],
                "fen": yuan_text(one["fen"], grouped=True),
            }
        elif risk is Risk.WAGES:
            words_of += gettext(":申报%(declared)s元,上报%(reported)s元") % {
                "declared": yuan_text(one["declared_fen"], grouped=True),
                "reported": yuan_text(one["reported_fen"], grouped=True),
            }
        elif risk is Risk.HEADS:
            words_of += gettext(":参保%(declared)s人,上报%(reported)s人") % one
        told.append(words_of)
    return told


# --- plans ------------------------------------------------------------------------------------------------------------


def _read_plans(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(BaseAuditPlan.objects.filter(request.scope.q("unit_code", "pooling_area")))


PLANS: Final = lists.List(
    name="base_audit_plans",
    title=_("基数稽核计划"),
    columns=(
        lists.Column(_("计划编号"), "number", "code"),
        lists.Column(_("计划名称"), "title"),
        lists.Column(_("稽核期间"), lambda row: f"{row.month_from:%Y-%m} — {queries.last_month(row)}"),
        lists.Column(_("编制人"), "staff_code", "staff"),
        lists.Column(_("编制时间"), "made_at", "moment"),
    ),
    read=_read_plans,
    orders={"newest": ("-id",)},
    link=lambda row: reverse("contributions:base_plan", args=[row.pk]),
    template="contributions/base_plans.html",
    empty=_("还没有稽核计划。"),
    next_step=_("稽核岗编制计划之后,从线索中选出单位。"),
)


@page("contributions.view")
def plans(request: PageRequest) -> HttpResponse:
    """基数稽核计划 inside the scope."""
    return PLANS.respond(
        request,
        may_plan=may(request, commands.HANDLE),
        crumbs=crumbs((_("单位缴费"), "contributions:unit_months"), _("基数稽核")),
    )


class PlanForm(ConsoleForm):
    """编制稽核计划."""

    title = words(_("计划名称"), 100)
    month_from = MonthField(label=_("稽核期间起"))
    last_month = MonthField(label=_("稽核期间止"))
    purpose = forms.CharField(label=_("稽核目的及主要措施"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


@page(commands.HANDLE, methods=("GET", "POST"))
def add_plan(request: PageRequest) -> HttpResponse:
    """编制稽核计划 (GX2017 §117(一))."""
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told, area = form.cleaned_data, own_area(request)
        with refusals_at(form, "title"):
            made = commands.make_plan(
                pooling_area=area,
                unit_code=area,
                title=told["title"],
                purpose=told["purpose"],
                month_from=told["month_from"],
                month_until=add_months(told["last_month"], 1),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("稽核计划已编制。"))
            return redirect("contributions:base_plan", made.pk)
    context = {
        "form": form,
        "form_name": "base_plan",
        "heading": _("编制稽核计划"),
        "crumbs": crumbs((_("基数稽核"), "contributions:base_plans"), _("编制稽核计划")),
    }
    return render(request, "contributions/employee_form.html", context, status=422 if form.errors else 200)


@page("contributions.view")
def plan(request: PageRequest, plan_id: int) -> HttpResponse:
    """One plan: the units with a risk to choose from, those chosen with their state."""
    found = BaseAuditPlan.objects.filter(pk=plan_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="base_plan", key=found.number)
    risky = queries.risky(found) if may(request, commands.HANDLE) else []
    chosen = found.audits.select_related("employer").order_by("-id")[:MOST_SHOWN]
    context = {
        "plan": found,
        "last_month": queries.last_month(found),
        "risky": [(one, risk_words(one.risks)) for one in risky[: queries.MOST_SHOWN]],
        "more": max(0, len(risky) - queries.MOST_SHOWN),
        "chosen": [(one, risk_words(one.risks), audit_badge(one.state)) for one in chosen],
        "may_handle": may(request, commands.HANDLE),
        "crumbs": crumbs((_("基数稽核"), "contributions:base_plans"), found.number),
    }
    return render(request, "contributions/base_plan.html", context)


@page(commands.HANDLE, methods=("POST",))
def choose(request: PageRequest, plan_id: int) -> HttpResponse:
    """确定稽核对象: those ticked, and one by its number where a report names it."""
    found = BaseAuditPlan.objects.filter(pk=plan_id).first()
    if found is None:
        raise Http404
    ids = [int(key) for key in request.POST.getlist("employer") if key.isdecimal()]
    named = employers.employer(found.pooling_area_id, request.POST.get("code", ""))
    made = commands.choose(
        plan_id=plan_id,
        employer_ids=[*ids, *([named.pk] if named else [])],
        operator=request.operator,
        now=request.now,
    )
    messages.success(request, gettext("已列入%(n)s个单位。") % {"n": len(made)})
    return redirect("contributions:base_plan", plan_id)


# --- audits -----------------------------------------------------------------------------------------------------------


class AuditFilter(lists.FilterForm):
    state = lists.choice(_("状态"), AuditState.choices)
    employer = lists.words(_("单位编号"), longest=20)
    plan = lists.words(_("计划编号"), longest=40)


def _read_audits(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = BaseAudit.objects.filter(request.scope.q("unit_code", "plan__pooling_area")).select_related(
        "employer", "plan"
    )
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if code := criteria.get("employer"):
        found = found.filter(employer__code__startswith=code.upper())
    if number := criteria.get("plan"):
        found = found.filter(plan__number__startswith=number)
    return lists.Table(found)


AUDITS: Final = lists.List(
    name="base_audits",
    title=_("单位基数稽核"),
    columns=(
        lists.Column(_("稽核编号"), "number", "code"),
        lists.Column(_("单位编号"), lambda row: row.employer.code, "code"),
        lists.Column(_("单位名称"), lambda row: row.employer.name),
        lists.Column(_("涉及人数"), "persons", "number"),
        lists.Column(_("少报基数(元)"), "gap_fen", "money"),
        lists.Column(_("补缴金额(元)"), "owed_fen", "money"),
        lists.Column(_("告知日期"), "notified_on", "day"),
        lists.Column(_("状态"), lambda row: audit_badge(row.state), "state"),
    ),
    read=_read_audits,
    orders={"newest": ("-id",)},
    form=AuditFilter,
    link=lambda row: reverse("contributions:base_audit", args=[row.number]),
    template="contributions/base_audits.html",
    empty=_("还没有稽核单位。"),
    next_step=_("在稽核计划中选出单位。"),
)


@page("contributions.view")
def audits(request: PageRequest) -> HttpResponse:
    """单位基数稽核 inside the scope."""
    return AUDITS.respond(request, crumbs=crumbs((_("基数稽核"), "contributions:base_plans"), _("稽核单位")))


class FindingForm(ConsoleForm):
    """登记稽核明细."""

    person_no = words(_("人员编号"), 30)
    month = MonthField(label=_("月份"))
    audited = lists.YuanField(label=_("核定基数(元)"))


class ObjectionForm(ConsoleForm):
    """登记异议."""

    words = forms.CharField(label=_("异议内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(ConsoleForm):
    """答复异议."""

    upheld = select(_("异议处理"), (("no", _("异议不成立,维持明细")), ("yes", _("异议成立,重新核定"))))
    words = forms.CharField(label=_("答复内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ConfirmForm(ConsoleForm):
    """确认补缴."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    due_on = lists.day(_("补缴期限"))
    agreed = forms.BooleanField(label=_("单位已书面表示无异议"))


def _findings(number: str) -> lists.List:
    return lists.List(
        name="base_findings",
        title=_("稽核明细"),
        columns=(
            lists.Column(_("姓名"), lambda row: row.person.name, "name"),
            lists.Column(_("人员编号"), lambda row: row.person.person_no, "code"),
            lists.Column(_("月份"), lambda row: f"{row.month:%Y-%m}"),
            lists.Column(_("申报基数(元)"), "declared_fen", "money"),
            lists.Column(_("核定基数(元)"), "audited_fen", "money"),
            lists.Column(_("单位部分(元)"), "unit_fen", "money"),
            lists.Column(_("个人部分(元)"), "personal_fen", "money"),
            lists.Column(_("滞纳金(元)"), "late_fee_fen", "money"),
        ),
        read=lambda request, criteria: lists.Table(
            BaseFinding.objects.filter(audit__number=number).select_related("person")
        ),
        orders={"line": ("id",)},
        empty=_("还没有稽核明细。"),
    )


@page("contributions.view")
def findings(request: PageRequest, number: str) -> HttpResponse:
    """稽核明细 of one unit, masked, with its export."""
    _find(request, number)
    return _findings(number).respond(
        request,
        crumbs=[
            *crumbs((_("稽核单位"), "contributions:base_audits")),
            Crumb(number, reverse("contributions:base_audit", args=[number])),
            *crumbs(_("稽核明细")),
        ],
    )


@page("contributions.view", methods=("GET", "POST"))
def audit(request: PageRequest, number: str) -> HttpResponse:
    """One unit: why it was chosen, what was found, where it stands; the form of the step that is due."""
    found, sent = _find(request, number), None
    if request.method == "POST":
        sent = _sent(request)
        if sent.is_valid():
            with refusals_at(sent):
                _act(request, found, sent)
        if not sent.errors:
            return redirect("contributions:base_audit", number)
    due = _due(request, found)
    is_due = type(sent) is type(due)
    context = {
        "audit": found,
        "state": audit_badge(found.state),
        "risks": risk_words(found.risks),
        "last_month": queries.last_month(found.plan),
        "findings": found.findings.select_related("person").order_by("id")[:MOST_SHOWN],
        "form": sent if is_due else due,
        "withheld": None if is_due else sent,
        "may_handle": may(request, commands.HANDLE),
        "planned": found.state == AuditState.PLANNED,
        "crumbs": crumbs((_("稽核单位"), "contributions:base_audits"), number),
    }
    return render(request, "contributions/base_audit.html", context, status=422 if sent else 200)


def _sent(request: PageRequest) -> ConsoleForm:
    """The form that was sent, known by a field of its own: the step that is due may be another by now."""
    for field, kind in (("person_no", FindingForm), ("upheld", AnswerForm), ("due_on", ConfirmForm)):
        if field in request.POST:
            return kind(request.POST)
    return ObjectionForm(request.POST)


def _due(request: PageRequest, found: BaseAudit) -> ConsoleForm | None:
    """The form of the step that is due, for whoever may do it."""
    state = AuditState(found.state)
    if state is AuditState.PLANNED and may(request, commands.HANDLE):
        return FindingForm()
    if state is AuditState.OBJECTED and may(request, commands.HANDLE):
        return AnswerForm()
    if state is not AuditState.NOTIFIED:
        return None
    if may(request, commands.CONFIRM) and request.operator.staff_code != found.made_by:
        return ConfirmForm(initial={"version": found.version})
    return ObjectionForm() if may(request, commands.HANDLE) else None


def _act(request: PageRequest, found: BaseAudit, form: ConsoleForm) -> None:
    told: dict[str, Any] = form.cleaned_data
    common: dict[str, Any] = {"number": found.number, "operator": request.operator, "now": request.now}
    if isinstance(form, FindingForm):
        person = enrolment.facts_by_person_no(told["person_no"], request.today)
        if person is None:
            form.add_error("person_no", gettext("没有这个人员编号。"))
            return
        commands.note_finding(person_id=person.id, month=told["month"], audited_fen=told["audited"], **common)
        messages.success(request, gettext("稽核明细已登记。"))
    elif isinstance(form, AnswerForm):
        commands.answer(upheld=told["upheld"] == "yes", words=told["words"], **common)
        messages.success(request, gettext("异议已答复。"))
    elif isinstance(form, ConfirmForm):
        made = commands.confirm(version=told["version"], due_on=told["due_on"], agreed=told["agreed"], **common)
        if made.due is None:
            messages.info(request, gettext("所列月份都已由其他稽核核定补缴,本稽核按无问题办结。"))
        else:
            messages.success(request, gettext("已确认,一次性应收%(number)s已核定。") % {"number": made.due.number})
    else:
        commands.object_to(words=told["words"], **common)
        messages.success(request, gettext("异议已登记。"))


@page(commands.HANDLE, methods=("POST",))
def notify(request: PageRequest, number: str) -> HttpResponse:
    """告知单位."""
    commands.notify(number=number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已告知单位,请打印告知书送达。"))
    return redirect("contributions:base_audit", number)


@page(commands.HANDLE, methods=("POST",))
def clear(request: PageRequest, number: str) -> HttpResponse:
    """无问题办结."""
    commands.clear(number=number, operator=request.operator, now=request.now)
    messages.success(request, gettext("已按无问题办结。"))
    return redirect("contributions:base_audit", number)


@page(commands.HANDLE, methods=("POST",))
def drop(request: PageRequest, number: str, finding_id: int) -> HttpResponse:
    """删除稽核明细."""
    commands.drop_finding(number=number, finding_id=finding_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("稽核明细已删除。"))
    return redirect("contributions:base_audit", number)


@page("contributions.view")
def paper(request: PageRequest, number: str) -> HttpResponse:
    """稽核情况告知书 (GX2017 §117(四)): findings, grounds, the time to mend and to object; names masked."""
    found = _find(request, number)
    heads = ("姓名", "月份", "申报基数(元)", "核定基数(元)", "单位部分(元)", "个人部分(元)")
    lines = [
        [
            paragraph(masks.name(one.person.name)),
            paragraph(f"{one.month:%Y-%m}"),
            *map(yuan, _amounts(one)),
        ]
        for one in found.findings.select_related("person").order_by("id")[:MOST_PRINTED]
    ]
    until = found.object_until.isoformat() if found.object_until else "送达之日起按规定期限"
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        paragraph(f"{found.employer.code} {found.employer.name}:"),
        paragraph(
            f"经对你单位{found.plan.month_from:%Y-%m}至{queries.last_month(found.plan)}的缴费基数进行稽核,"
            f"发现{found.persons}人少报缴费基数{yuan_text(found.gap_fen, grouped=True)}元,"
            f"应补缴{yuan_text(found.unit_fen + found.personal_fen, grouped=True)}元"
            "(滞纳金按规定自欠缴之日起另计)。"
        ),
        paragraph(f"对稽核情况有异议的,可于{until}前书面提出。逾期不改正的,将提请有关行政部门依法处理。"),
        paragraph("稽核明细", HEADING),
        grid([[paragraph(head, LABEL) for head in heads], *lines], (0.14, 0.14, 0.18, 0.18, 0.18, 0.18), heads=1),
        Spacer(WIDTH, 10),
        sign_boxes(("稽核人", ""), ("稽核机构盖章", ""), ("单位签收人", ""), ("签收日期", "")),
    ]
    what = Print(
        agency=platform.unit_name(found.unit_code, request.today),
        title="社会保险稽核情况告知书",
        number=found.number,
        code=verification_code("base_audit", found.number, found.owed_fen),
        action=PRINTED,
        object_kind="base_audit",
        object_key=found.number,
        pooling_area=found.plan.pooling_area_id,
        unit_code=found.unit_code,
        file_name=found.number,
        told=[("金额(元)", yuan_text(found.owed_fen, grouped=True))],
    )
    return printed(request, what, body)


def _amounts(one: BaseFinding) -> tuple[int, int, int, int]:
    return one.declared_fen, one.audited_fen, one.unit_fen, one.personal_fen


@page("contributions.view")
def results(request: PageRequest) -> HttpResponse:
    """稽核结果 (JS-EXT §2): units looked at, what was paid back, year by year, with the rows behind each figure."""
    years = list(range(request.today.year, request.today.year - YEARS_SHOWN, -1))
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else request.today.year
    scope: Q = request.scope.q("unit_code", "plan__pooling_area")
    told = queries.results(year, scope)
    rows = list(
        BaseAudit.objects.filter(scope, plan__made_at__year=year)
        .values(plan_no=F("plan__number"), title=F("plan__title"), key=F("plan_id"), unit=F("plan__unit_code"))
        .annotate(fen=Sum("due__amount_fen", default=0), paid=Sum("due__received_fen", default=0))
        .order_by("-key")[:MOST_SHOWN]
    )
    know_units(request, [row["unit"] for row in rows])
    listed = reverse("contributions:base_audits")
    source = gettext("来源:%(year)s年编制的稽核计划") % {"year": year}
    figures = (
        (_("累计稽查单位"), f"{told.units:,}", "", listed),
        (_("查出少报单位"), f"{told.found:,}", gettext("涉及%(n)s人") % {"n": f"{told.persons:,}"}, listed),
        (_("应补缴"), _yuan(told.raised_fen), "", f"{listed}?state=confirmed"),
        (_("已补缴医保基金"), _yuan(told.paid_fen), "", f"{listed}?state=paid"),
    )
    context = {
        "year": year,
        "years": years,
        "figures": [
            {"label": label, "value": value, "note": note, "link": link} for label, value, note, link in figures
        ],
        "charts": [
            Chart(
                key="base-audits",
                title=_("按稽核计划"),
                kind="bars-lying",
                labels=[row["title"] for row in rows],
                series=[
                    Series(_("应补缴"), [row["fen"] for row in rows], "layer-pool"),
                    Series(_("已补缴"), [row["paid"] for row in rows], "layer-account"),
                ],
                unit=_("元"),
                source=source,
            )
        ]
        if any(row["fen"] for row in rows)
        else [],
        "rows": rows,
        "source": source,
        "crumbs": crumbs((_("基数稽核"), "contributions:base_plans"), _("稽核结果")),
    }
    return render(request, "contributions/base_results.html", context)


def _yuan(fen: int) -> str:
    return gettext("%(amount)s 元") % {"amount": yuan_text(fen, grouped=True)}


def _find(request: PageRequest, number: str) -> BaseAudit:
    """Raises: Http404, OutOfScope."""
    found = BaseAudit.objects.select_related("employer", "plan", "due").filter(number=number).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="base_audit", key=number)
    return found

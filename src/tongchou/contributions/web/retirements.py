"""退休一次性缴费 (NC-ACCT §12; BJ-ACCT §16(三); CON-34): approvals, what they owe, who is retired since when."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.models import Retirement
from tongchou.contributions.retiring import commands
from tongchou.contributions.retiring.states import RetirementState
from tongchou.contributions.web.dues import due_badge
from tongchou.contributions.web.employee_fields import ConsoleForm, whole, words
from tongchou.enrolment import queries as enrolment
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

_TONES: Final = {
    RetirementState.PENDING: Tone.WAITING,
    RetirementState.RETIRED: Tone.DONE,
    RetirementState.CANCELLED: Tone.RESTING,
}


def retirement_badge(state: str) -> Badge:
    """退休状态 as shown."""
    known = RetirementState(state)
    return Badge(str(known.label), _TONES[known])


class RetirementFilter(lists.FilterForm):
    state = lists.choice(_("状态"), RetirementState.choices)
    employer = lists.words(_("单位编号"), longest=20)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = Retirement.objects.filter(request.scope.q("unit_code", "pooling_area")).select_related("person", "employer")
    if state := criteria.get("state"):
        found = found.filter(state=state)
    if code := criteria.get("employer"):
        found = found.filter(employer__code__startswith=code.upper())
    return lists.Table(found)


RETIREMENTS: Final = lists.List(
    name="retirements",
    title=_("退休缴费"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("人员编号"), lambda row: row.person.person_no, "code"),
        lists.Column(_("单位名称"), lambda row: row.employer.name),
        lists.Column(_("退休批准日期"), "approved_on", "day"),
        lists.Column(_("批准文号"), "paper"),
        lists.Column(_("不足月数"), "missing_months", "number"),
        lists.Column(_("退休待遇起"), "retired_from", "day"),
        lists.Column(_("状态"), lambda row: retirement_badge(row.state), "state"),
    ),
    read=_read,
    orders={"newest": ("-id",)},
    form=RetirementFilter,
    link=lambda row: reverse("contributions:retirement", args=[row.pk]),
    template="contributions/retirements.html",
    empty=_("没有退休审批登记。"),
    next_step=_("退休批准之后,先登记退休审批;缴清一次性费用,自动转为退休人员。"),
)


@page("contributions.view")
def retirements(request: PageRequest) -> HttpResponse:
    """退休审批 inside the scope."""
    return RETIREMENTS.respond(
        request,
        may_approve=may(request, commands.APPROVE),
        crumbs=crumbs((_("单位缴费"), "contributions:unit_months"), _("退休缴费")),
    )


class ApprovalForm(ConsoleForm):
    """登记退休审批."""

    optional = ("base",)

    person_no = words(_("人员编号"), 30)
    approved_on = lists.day(_("退休批准日期"))
    paper = words(_("批准文号"), 60)
    counted_months = whole(_("视同缴费月数"), min_value=0, max_value=600)
    base = lists.YuanField(label=_("补足基数(元)"))


@page(commands.APPROVE, methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """登记退休审批."""
    form = ApprovalForm(request.POST or None, initial={"counted_months": 0, "person_no": request.GET.get("person", "")})
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = form.cleaned_data
        person = enrolment.facts_by_person_no(told["person_no"], request.today)
        if person is None:
            form.add_error("person_no", gettext("没有这个人员编号。"))
        else:
            with refusals_at(form, "person_no"):
                made = commands.approve(
                    person_id=person.id,
                    told=commands.Approval(
                        approved_on=told["approved_on"],
                        paper=told["paper"],
                        counted_months=told["counted_months"],
                        base_fen=told["base"] or 0,
                    ),
                    operator=request.operator,
                    now=request.now,
                )
                messages.success(request, gettext("退休审批已登记。"))
                return redirect("contributions:retirement", made.pk)
    context = {
        "form": form,
        "form_name": "retirement",
        "heading": _("登记退休审批"),
        "crumbs": crumbs((_("退休缴费"), "contributions:retirements"), _("登记退休审批")),
    }
    return render(request, "contributions/employee_form.html", context, status=422 if form.errors else 200)


class CancelForm(ConsoleForm):
    """撤销退休审批."""

    reason = forms.CharField(label=_("撤销原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


@page("contributions.view", methods=("GET", "POST"))
def retirement(request: PageRequest, retirement_id: int) -> HttpResponse:
    """One approval: the years that count, what is owed and what came of it, since when retired."""
    found = (
        Retirement.objects.select_related("person", "employer", "reserve_due", "makeup_due")
        .filter(pk=retirement_id)
        .first()
    )
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="retirement", key=found.pk)
    pending = found.state == RetirementState.PENDING
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "reason"):
            commands.cancel(
                retirement_id=found.pk,
                reason=form.cleaned_data["reason"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("退休审批已撤销。"))
            return redirect("contributions:retirement", found.pk)
    dues = [one for one in (found.reserve_due, found.makeup_due) if one is not None]
    revocable = pending and may(request, commands.APPROVE) and not any(one.paid_on for one in dues)
    context = {
        "retirement": found,
        "state": retirement_badge(found.state),
        "dues": [(one, one.get_kind_display(), due_badge(one.state)) for one in dues],
        "form": form if revocable else None,
        "withheld": None if revocable else form,
        "may_finish": pending and may(request, commands.APPROVE) and all(one.paid_on for one in dues),
        "crumbs": crumbs((_("退休缴费"), "contributions:retirements"), _("退休审批")),
    }
    return render(request, "contributions/retirement.html", context, status=422 if form.errors else 200)


@page(commands.APPROVE, methods=("POST",))
def finish(request: PageRequest, retirement_id: int) -> HttpResponse:
    """重新转退休."""
    made = commands.finish(retirement_id=retirement_id, operator=request.operator, now=request.now)
    if made.state == RetirementState.RETIRED:
        messages.success(request, gettext("已转为退休人员。"))
    else:
        messages.error(request, made.remark)
    return redirect("contributions:retirement", retirement_id)

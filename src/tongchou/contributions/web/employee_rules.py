"""职工缴费待遇规则、退休缴费规则: what an area decided, dated and never edited (NC-ACCT §7, 12; CON-31…34)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.models import EmployeeRule, RetirementRule
from tongchou.contributions.retiring import commands as retiring
from tongchou.contributions.retiring.states import Begins
from tongchou.contributions.units import months, ruling
from tongchou.contributions.units.states import RestoresFrom, StopsFrom
from tongchou.contributions.web.employee_fields import ConsoleForm, MonthField, select, whole, words
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import crumbs

PER_CENT = Decimal(100)


class EmployeeRuleForm(ConsoleForm):
    """职工缴费待遇规则; the late fee in per cent a day."""

    optional = ("break_months", "floor")

    month = MonthField(label=_("起始月份"))
    grace_months = whole(_("宽限月数"), min_value=0, max_value=12)
    stops = select(_("停止待遇起始日"), StopsFrom.choices)
    restores = select(_("补缴后恢复待遇"), RestoresFrom.choices)
    break_months = whole(_("中断满几个月须等待"), min_value=1, max_value=600)
    waiting_months = whole(_("中断后等待月数"), min_value=0, max_value=24)
    late_percent = forms.DecimalField(label=_("滞纳金(%/日)"), min_value=0, max_digits=6, decimal_places=4)
    floor = lists.YuanField(label=_("缴费基数下限(元)"))
    objection_days = whole(_("稽核异议期限(工作日)"), min_value=1, max_value=60)
    source = words(_("文件依据"))


class RetirementRuleForm(ConsoleForm):
    """退休缴费规则."""

    optional = ("reserve", "months_men", "months_women")

    valid_from = lists.day(_("起始日期"))
    reserve = lists.YuanField(label=_("风险储备金(元)"))
    months_men = whole(_("男性最低缴费月数"), min_value=1, max_value=480)
    months_women = whole(_("女性最低缴费月数"), min_value=1, max_value=480)
    mutual = lists.YuanField(label=_("每月大额互助资金(元)"))
    begins = select(_("退休待遇起始月"), Begins.choices)
    pay_days = whole(_("缴费期限(日)"), min_value=1, max_value=365)
    source = words(_("文件依据"))


@page("contributions.view", methods=("GET", "POST"))
def employee_rules(request: PageRequest) -> HttpResponse:
    """Both tables of an area, and a form for the next of each."""
    area, sets = own_area(request), may(request, months.SET)
    about_retiring = request.POST.get("about") == "retiring"
    first = {"grace_months": 0, "waiting_months": 0, "late_percent": "0", "objection_days": 10}
    form = EmployeeRuleForm(None if about_retiring else request.POST or None, initial=first)
    retire_form = RetirementRuleForm(
        request.POST if about_retiring else None, prefix="r", initial={"mutual": "0.00", "pay_days": 30}
    )
    if request.method == "POST" and (retire_form if about_retiring else form).is_valid():
        (_set_retiring if about_retiring else _set_rule)(request, area, retire_form if about_retiring else form)
        if not (form.errors if not about_retiring else retire_form.errors):
            messages.success(request, gettext("规则已维护。"))
            return redirect("contributions:employee_rules")
    context = {
        "rules": [
            (one, lists.percent(one.late_ratio))
            for one in EmployeeRule.objects.filter(pooling_area_id=area).order_by("-month_from")
        ],
        "retirement_rules": RetirementRule.objects.filter(pooling_area_id=area).order_by("-valid_from"),
        "form": form if sets else None,
        "retire_form": retire_form if sets else None,
        "crumbs": crumbs((_("单位缴费"), "contributions:unit_months"), _("职工缴费规则")),
    }
    status = 422 if (form.errors or retire_form.errors) else 200
    return render(request, "contributions/employee_rules.html", context, status=status)


def _set_rule(request: PageRequest, area: str, form: ConsoleForm) -> None:
    told: dict[str, Any] = form.cleaned_data
    with refusals_at(form, "month"):
        ruling.set_rule(
            pooling_area=area,
            month_from=told["month"],
            terms=ruling.RuleTerms(
                grace_months=told["grace_months"],
                stops=StopsFrom(told["stops"]),
                restores=RestoresFrom(told["restores"]),
                break_months=told["break_months"],
                waiting_months=told["waiting_months"],
                late_ratio=told["late_percent"] / PER_CENT,
                floor_fen=told["floor"],
                objection_days=told["objection_days"],
            ),
            source=told["source"],
            operator=request.operator,
            now=request.now,
        )


def _set_retiring(request: PageRequest, area: str, form: ConsoleForm) -> None:
    told: dict[str, Any] = form.cleaned_data
    with refusals_at(form, "valid_from"):
        retiring.set_rule(
            pooling_area=area,
            valid_from=told["valid_from"],
            terms=retiring.RetirementTerms(
                reserve_fen=told["reserve"],
                months_men=told["months_men"],
                months_women=told["months_women"],
                mutual_fen=told["mutual"],
                begins=Begins(told["begins"]),
                pay_days=told["pay_days"],
            ),
            source=told["source"],
            operator=request.operator,
            now=request.now,
        )

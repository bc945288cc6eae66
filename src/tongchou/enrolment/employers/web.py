"""用人单位 pages: the register, one employer with the members of a month, changes of staff (ENR-33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.employers import commands, queries
from tongchou.enrolment.employers.models import Employer
from tongchou.enrolment.employers.states import MemberCategory, StaffChange
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import add_months, first_of_month
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, know_units, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import

MONTHS_SHOWN: Final = 13


class EmployerFilter(lists.FilterForm):
    words = lists.words(_("单位名称或编号"))


@dataclass(frozen=True, slots=True)
class Line:
    """An employer as listed, with the figures of this month."""

    row: Employer
    count: queries.Headcount
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _badge(row: Any) -> Badge:
    return Badge(_("已注销"), Tone.RESTING) if row.closed_on else Badge(_("参保"), Tone.DONE)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.employers(criteria.get("words", ""), scope=request.scope))


def _complete(request: PageRequest, rows: Sequence[Employer]) -> Sequence[Line]:
    found = queries.headcounts([row.pk for row in rows], request.today)
    names = platform.unit_names_of({row.unit_code for row in rows})
    return [Line(row, found.get(row.pk, queries.Headcount()), names.get(row.unit_code, row.unit_code)) for row in rows]


EMPLOYERS: Final = lists.List(
    name="employers",
    title=_("用人单位"),
    columns=(
        lists.Column(_("单位编号"), "code", "code"),
        lists.Column(_("单位名称"), "name", "text"),
        lists.Column(_("经办机构"), "unit_name"),
        lists.Column(_("联系人"), "contact", "name"),
        lists.Column(_("在职人数"), lambda row: row.count.working, "number"),
        lists.Column(_("退休人数"), lambda row: row.count.retired, "number"),
        lists.Column(_("当月缴费基数(元)"), lambda row: row.count.base_fen, "money"),
        lists.Column(_("登记日期"), "registered_on", "day"),
        lists.Column(_("状态"), _badge, "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"code": ("code", "id")},
    form=EmployerFilter,
    link=lambda row: reverse("enrolment:employer", args=[row.id]),
    template="enrolment/employers.html",
    empty=_("没有登记的用人单位。"),
    next_step=_("职工医保由单位统一办理:先登记单位,再办理人员增减。"),
)


@page("enrolment.view_person")
def employers(request: PageRequest) -> HttpResponse:
    """The register, by number."""
    return EMPLOYERS.respond(
        request,
        may_import=may_import(request, "staff_changes"),
        may_register=may(request, "enrolment.register"),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("用人单位")),
    )


def _text(label: Any, longest: int, *, required: bool = True) -> forms.CharField:
    attrs = {"class": "form-control", "autocomplete": "off"}
    return forms.CharField(label=label, max_length=longest, required=required, widget=forms.TextInput(attrs=attrs))


class EmployerForm(forms.Form):
    """单位登记表."""

    code = _text(_("单位编号"), 20)
    name = _text(_("单位名称"), 100)
    legal_person = _text(_("法定代表人"), 50)
    contact = _text(_("联系人"), 50)
    phone = _text(_("联系电话"), 30)
    address = _text(_("地址"), 200, required=False)
    bank_name = _text(_("开户银行"), 60, required=False)
    account_no = _text(_("银行账号"), 40, required=False)

    def details(self) -> commands.EmployerDetails:
        data = self.cleaned_data
        return commands.EmployerDetails(**{one.name: data[one.name] for one in fields(commands.EmployerDetails)})


@page("enrolment.register", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    """单位参保登记 at the operator's own agency."""
    form = EmployerForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            made = commands.register_employer(
                unit_code=request.operator.org_unit_id,
                pooling_area=own_area(request),
                code=form.cleaned_data["code"],
                details=form.details(),
                operator=request.operator,
                now=request.now,
            )
            return redirect("enrolment:employer", made.pk)
    context = {
        "form": form,
        "crumbs": crumbs(
            (_("参保登记"), "enrolment:persons"), (_("用人单位"), "enrolment:employers"), _("单位参保登记")
        ),
    }
    return render(request, "enrolment/employer_form.html", context, status=422 if form.errors else 200)


class ChangeForm(forms.Form):
    """人员变动 of one person."""

    change = forms.ChoiceField(
        label=_("变动类型"), choices=StaffChange.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    person = _text(_("人员编号或证件号码"), 50)
    month = forms.CharField(
        label=_("起始月份"),
        widget=forms.TextInput(attrs={"class": "form-control", "type": "month"}),
        help_text=_("减员填不再参保的首月"),
    )
    category = forms.ChoiceField(
        label=_("职工类别"), choices=MemberCategory.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    wage = lists.YuanField(label=_("月缴费工资(元)"), required=False)
    reason = _text(_("原因"), 100, required=False)

    def clean_month(self) -> date:
        try:
            return date.fromisoformat(f"{self.cleaned_data['month'][:7]}-01")
        except ValueError:
            raise forms.ValidationError(_("月份应如2018-03")) from None


class PersonMissing(DomainError):
    code = "EN-4118"
    message = "没有找到“{person}”,请核对人员编号或证件号码"
    citation = "BJ-ACCT §4"


def _found(request: PageRequest, employer_id: int) -> Employer:
    found = queries.employer_by_id(employer_id)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="employer", key=employer_id)
    return found


@page("enrolment.view_person", methods=("GET", "POST"))
def employer(request: PageRequest, employer_id: int) -> HttpResponse:
    """One employer: who was there in a month with which wage, and changes of staff."""
    found = _found(request, employer_id)
    form = ChangeForm(request.POST or None, label_suffix="", initial={"month": request.today.strftime("%Y-%m")})
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            messages.success(request, _changed(request, found, form.cleaned_data))
            return redirect("enrolment:employer", employer_id)
    month = _month(request)
    base = queries.base_of(found.pk, month)
    people = {one.person_id: one for one in queries.members(found.pk, month)}
    know_units(request, [one.person.unit_code for one in people.values()])
    context = {
        "employer": found,
        "badge": _badge(found),
        "month": month,
        "months": [add_months(first_of_month(request.today), 1 - at) for at in range(MONTHS_SHOWN)],
        "base": base,
        "working": sum(one.category is MemberCategory.WORKING for one in base.members),
        "members": [(one, people[one.person_id].person) for one in base.members],
        "unit_name": platform.unit_name(found.unit_code, request.today),
        "form": form,
        "may_change": found.closed_on is None and may(request, "enrolment.change"),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("用人单位"), "enrolment:employers")),
            Crumb(found.name),
        ],
    }
    return render(request, "enrolment/employer.html", context, status=422 if form.errors else 200)


def _month(request: PageRequest) -> date:
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')[:7]}-01")
    except ValueError:
        return first_of_month(request.today)


def _changed(request: PageRequest, found: Employer, data: Mapping[str, Any]) -> str:
    """Do it; what is said afterwards. Raises: PersonMissing and as the commands."""
    person_id = enrolment.person_id_of(data["person"])
    if person_id is None:
        facts = enrolment.facts_by_certificate(data["person"], request.today)
        person_id = facts.id if facts else None
    if person_id is None:
        raise PersonMissing(person=data["person"])
    wage_fen = data["wage"]
    change = StaffChange(data["change"])
    common: dict[str, Any] = {
        "employer_id": found.pk,
        "person_id": person_id,
        "month": data["month"],
        "operator": request.operator,
        "now": request.now,
    }
    if change is StaffChange.JOINS:
        commands.add_member(category=MemberCategory(data["category"]), wage_base_fen=wage_fen or 0, **common)
    elif change is StaffChange.LEAVES:
        commands.remove_member(reason=data["reason"], **common)
    elif change is StaffChange.BASE:
        commands.set_wage_base(wage_base_fen=wage_fen or 0, **common)
    else:
        commands.retire_member(**common)
    return gettext("已办理%(change)s。") % {"change": gettext(change.label)}


@page("enrolment.change", methods=("GET", "POST"))
def details(request: PageRequest, employer_id: int) -> HttpResponse:
    """单位信息变更; what stood before is in the trail."""
    found = _found(request, employer_id)
    initial = {one.name: getattr(found, one.name) for one in fields(commands.EmployerDetails)} | {"code": found.code}
    form = EmployerForm(request.POST or None, label_suffix="", initial=initial)
    form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        asked = request.POST.get("version", "")
        with refusals_at(form):
            commands.change_employer(
                employer_id=found.pk,
                version=int(asked) if asked.isdecimal() else 0,
                details=form.details(),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已保存。"))
            return redirect("enrolment:employer", found.pk)
    context = {
        "form": form,
        "employer": found,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("用人单位"), "enrolment:employers")),
            Crumb(found.name),
        ],
    }
    return render(request, "enrolment/employer_form.html", context, status=422 if form.errors else 200)

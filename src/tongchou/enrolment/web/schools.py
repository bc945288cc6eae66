"""学校: a school's seat: its classes, the roster's upload, 附件2 to sign and seal, students who leave (ENR-12)."""

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Spacer

from tongchou.cases.kinds import Filled, Subject
from tongchou.enrolment.forms import annex2
from tongchou.enrolment.models import Person
from tongchou.enrolment.queries import accounts_of
from tongchou.enrolment.registration import schools
from tongchou.enrolment.registration.schools import EndReason, Student
from tongchou.enrolment.states import Sex, SpecialCategory
from tongchou.enrolment.web.badges import status_badge
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.states import UnitLevel
from tongchou.platform.web import masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, sentence
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import
from tongchou.platform.web.paper import SMALL, WIDTH, paragraph, verification_code
from tongchou.platform.web.printing import Print, printed

PRINTED: Final = "enrolment.school_form_printed"


class LeavingForm(forms.Form):
    """离校."""

    reason = forms.ChoiceField(
        label=_("离校原因"), choices=EndReason.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    ended_on = forms.DateField(
        label=_("离校日期"), widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    )


@page("enrolment.collect")
def school(request: PageRequest, code: str) -> HttpResponse:
    """One school with its classes."""
    unit = _unit(request, code)
    classes = schools.classes_of(code)
    context = {
        "unit": unit,
        "classes": classes,
        "students": sum(one.students for one in classes),
        "left": schools.left_count(code, date(request.today.year, 1, 1)),
        "elsewhere": schools.registered_elsewhere(code),
        "may_import": may_import(request, "roster"),
        "may_issue": may(request, "rights.view"),
        "crumbs": _crumbs(unit),
    }
    return render(request, "enrolment/school.html", context)


@page("enrolment.collect", methods=("GET", "POST"))
def school_class(request: PageRequest, code: str, year: int) -> HttpResponse:
    """One class; the chosen students leave."""
    unit = _unit(request, code)
    name = request.GET.get("class", "")[:40]
    form = LeavingForm(request.POST or None, initial={"ended_on": request.today}, label_suffix="")
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            ended = schools.end_links(
                school_code=code,
                person_nos=request.POST.getlist("pick"),
                reason=EndReason(form.cleaned_data["reason"]),
                ended_on=form.cleaned_data["ended_on"],
                operator=request.operator,
                now=request.now,
            )
        except DomainError as refused:
            refusal = refused
        else:
            messages.success(request, gettext("已登记离校 %(n)s 人,参保关系不变。") % {"n": ended})
            return redirect(f"{reverse('enrolment:school_class', args=[code, year])}?class={name}")
    students = schools.students_of(code, year, name, request.today)
    context = {
        "unit": unit,
        "year": year,
        "name": name,
        "students": [(one, Sex(one.row.sex).label, status_badge(one.row.status)) for one in students],
        "form": form,
        "refusal": sentence(refusal) if refusal else "",
        "refusal_code": refusal.code if refusal else "",
        "crumbs": [*_crumbs(unit, link=True), Crumb(name or gettext("未分班"))],
    }
    return render(request, "enrolment/school_class.html", context, status=422 if refusal or form.errors else 200)


@page("enrolment.collect")
def school_form(request: PageRequest, code: str) -> HttpResponse:
    """附件2 of a class, filled; without a class, blank."""
    unit = _unit(request, code)
    year, name = request.GET.get("year", ""), request.GET.get("class", "")[:40]
    filled = Filled()
    if year.isdecimal() and len(year) == 4:
        filled = _filled(request, unit, int(year), name)
    key = f"{code}-{year}-{name}"
    what = Print(
        agency=platform.unit_name(code, request.today),
        title=annex2.FORM.title,
        number=key if filled.subject else f"{annex2.FORM.annex}(空白表)",
        code=verification_code(key, len(filled.rows)) if filled.subject else "",
        action=PRINTED,
        object_kind="school_form",
        object_key=key,
        unit_code=code,
        file_name="annex2",
        counted=filled.subject is not None,
    )
    body = [paragraph(annex2.FORM.annex, SMALL), Spacer(WIDTH, 2), *annex2.FORM.body(filled)]
    return printed(request, what, body)


def _filled(request: PageRequest, unit: Any, year: int, name: str) -> Filled:
    students = schools.students_of(unit.code, year, name, request.today)
    ids = [one.row.id for one in students]
    more = {pk: {"hukou": hukou} for pk, hukou in Person.objects.filter(pk__in=ids).values_list("pk", "hukou_area")}
    for pk, held in accounts_of(ids, request.now).items():
        more[pk]["account_no"] = masks.card(held.account_no)
    return Filled(
        subject=Subject(unit.code, unit.name, unit.code, unit.pooling_area_id or ""),
        values={"school": unit.name, "school_year": f"{year}—{year + 1}", "class_name": name},
        rows=tuple(_row(at, one) | more[one.row.id] for at, one in enumerate(students, start=1)),
        on=request.today,
    )


def _row(place: int, one: Student) -> dict[str, str]:
    return {
        "place": str(place),
        "name": one.row.name,
        "certificate_no": one.row.certificate,
        "sex": str(Sex(one.row.sex).label),
        "born_on": one.row.born_on.isoformat(),
        "guardian": one.link.guardian,
        "guardian_phone": one.link.guardian_phone,
        "groups": "、".join(str(SpecialCategory(group).label) for group in one.row.groups),
    }


def _unit(request: PageRequest, code: str) -> Any:
    unit = platform.unit(code)
    if unit is None or unit.level != UnitLevel.SCHOOL:
        raise Http404
    check_unit(request, code, kind="org_unit", key=code)
    return unit


def _crumbs(unit: Any, *, link: bool = False) -> list[Crumb]:
    above = crumbs((_("参保登记"), "enrolment:persons"), (_("村(社区)、学校"), "enrolment:villages"))
    return [*above, Crumb(unit.name, reverse("enrolment:school", args=[unit.code]) if link else "")]

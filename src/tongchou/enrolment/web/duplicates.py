"""疑似重复参保: two records side by side, told apart or merged (ENR-16)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import duplicates, queries
from tongchou.enrolment.commands.changes import LABELS
from tongchou.enrolment.models import Duplicate, Person
from tongchou.enrolment.states import (
    CertificateType,
    DuplicateGround,
    DuplicateState,
    EnrolmentStatus,
    Scheme,
    Sex,
)
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs

_TONES: Final = {
    DuplicateState.OPEN: Tone.WAITING,
    DuplicateState.DIFFERENT: Tone.RESTING,
    DuplicateState.MERGED: Tone.DONE,
}


def duplicate_badge(state: str) -> Badge:
    """办理状态 as shown."""
    known = DuplicateState(state)
    return Badge(known.label, _TONES[known])


class DuplicateFilter(lists.FilterForm):
    words = lists.words(_("姓名或证件号码"))
    ground = lists.choice(_("依据"), DuplicateGround.choices)
    state = lists.choice(_("状态"), DuplicateState.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = duplicates.listed(
        criteria.get("words", ""),
        state=criteria.get("state", ""),
        ground=criteria.get("ground", ""),
        scope=request.scope,
    )
    return lists.Table(found)


DUPLICATES: Final = lists.List(
    name="duplicates",
    title=_("疑似重复参保"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.one.name, "name"),
        lists.Column(_("证件号码"), lambda row: row.one.certificate_no, "certificate"),
        lists.Column(_("另一登记姓名"), lambda row: row.other.name, "name"),
        lists.Column(_("另一登记证件号码"), lambda row: row.other.certificate_no, "certificate"),
        lists.Column(_("依据"), lambda row: DuplicateGround(row.ground).label, "choice"),
        lists.Column(_("发现时间"), "found_at", "moment"),
        lists.Column(_("状态"), lambda row: duplicate_badge(row.state), "state"),
    ),
    read=_read,
    orders={"-id": ("-id",)},
    form=DuplicateFilter,
    defaults=lambda request: {"state": DuplicateState.OPEN.value},
    link=lambda row: reverse("enrolment:duplicate", args=[row.id]),
    empty=_("没有疑似重复参保。"),
    next_step=_("系统每日查找证件号码相同,或姓名、出生日期、住址相同的登记。"),
    template="enrolment/section.html",
)


@page("enrolment.view_person")
def listed(request: PageRequest) -> HttpResponse:
    """The list, those to be looked into first."""
    return DUPLICATES.respond(request, crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("疑似重复参保")))


class ApartForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


@page("enrolment.view_person", methods=("GET", "POST"))
def duplicate(request: PageRequest, duplicate_id: int) -> HttpResponse:
    """Both records side by side, what differs marked."""
    found = duplicates.one(duplicate_id)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="duplicate", key=duplicate_id)
    form = ApartForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            duplicates.tell_apart(
                duplicate_id=duplicate_id,
                reason=form.cleaned_data["reason"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已办理。"))
            return redirect("enrolment:duplicates")
    may_close = found.state == DuplicateState.OPEN and may(request, "enrolment.change")
    context = {
        "duplicate": found,
        "form": form,
        "lines": _compared(request, found),
        "ground": DuplicateGround(found.ground).label,
        "state": duplicate_badge(found.state),
        "may_merge": found.state == DuplicateState.OPEN and may(request, "cases.accept"),
        "may_close": may_close,
        "withheld": None if may_close else form,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("疑似重复参保"), "enrolment:duplicates")),
            Crumb(found.one.name),
        ],
    }
    return render(request, "enrolment/duplicate.html", context, status=422 if form.errors else 200)


def _compared(request: PageRequest, found: Duplicate) -> list[tuple[str, str, str, bool]]:
    """Label, value of the one, value of the other, whether they differ."""
    one, other = told(request, found.one, found.other)
    return [(gettext(label), one[label], other[label], one[label] != other[label]) for label in one]


def told(request: PageRequest, *persons: Person) -> list[dict[str, str]]:
    """Records as a comparison shows them, by label; numbers masked (对照)."""
    units = platform.unit_names_of({person.unit_code for person in persons})
    return [_told(request, person, units) for person in persons]


def _told(request: PageRequest, person: Person, units: Mapping[str, str]) -> dict[str, str]:
    facts = queries.facts(person.pk, request.today)
    status = EnrolmentStatus(facts.status).label if facts else ""
    scheme = Scheme(facts.scheme).label if facts and facts.scheme else ""
    return {
        "人员编号": person.person_no,
        LABELS["name"]: person.name,
        LABELS["certificate_type"]: gettext(CertificateType(person.certificate_type).label),
        LABELS["certificate_no"]: masks.certificate(person.certificate_no),
        LABELS["sex"]: gettext(Sex(person.sex).label),
        LABELS["born_on"]: person.born_on.isoformat(),
        LABELS["address"]: person.address,
        LABELS["phone"]: masks.phone(person.phone),
        LABELS["unit_code"]: units.get(person.unit_code, person.unit_code),
        "险种": gettext(scheme),
        "参保状态": gettext(status),
        "参保日期": str(facts.enrolled_from or "") if facts else "",
    }

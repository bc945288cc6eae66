"""权益记录 of one person over time (RIG-01; ENR-25): a tab of the person's page, and how it stood on any day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import queries as contributions
from tongchou.contributions.web.badges import standing_badge
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import EnrolmentStatus, PersonCategory, Scheme, SpecialCategory
from tongchou.enrolment.web.person import person_page
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.kernel.errors import DomainError
from tongchou.platform import histories
from tongchou.platform.histories import RecordSet, Row, Told
from tongchou.platform.web import staff, tabs
from tongchou.platform.web.access import PageRequest, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.rights import commands
from tongchou.rights.drafting import STATUS_WORDS
from tongchou.rights.web.forms import GuardianForm

tabs.add_tab("person", tabs.Tab("record", _("权益记录"), "rights:record", "rights.view", 60))
tabs.add_tab("person", tabs.Tab("certificates", _("证明"), "rights:of_person", "rights.view", 70))

_STATUS_TONES = {
    EnrolmentStatus.NONE: Tone.RESTING,
    EnrolmentStatus.ACTIVE: Tone.DONE,
    EnrolmentStatus.SUSPENDED: Tone.WAITING,
    EnrolmentStatus.TERMINATED: Tone.RESTING,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the record in words."""

    row: Row
    told: Told
    may_open: bool
    starts_year: bool


@page("rights.view")
def record(request: PageRequest, person_no: str) -> HttpResponse:
    """The record, the newest first; `?on=` asks how everything stood on a day."""
    context = person_page(request, person_no, "record")
    facts: enrolment.Facts = context["facts"]
    on = _day(request.GET.get("on", ""))
    chosen = request.GET.get("record", "")
    part = histories.read(
        person_id=facts.id,
        person_no=person_no,
        records=(chosen,) if chosen in set(RecordSet) else (),
        until=on,
        at=request.GET.get("at", ""),
    )
    staff.know(request, (row.staff for row in part.rows))
    context |= {
        "on": on,
        "chosen": chosen if chosen in set(RecordSet) else "",
        "record_sets": RecordSet.choices,
        "lines": lines_of(part.rows, lambda permission: may(request, permission)),
        "next": part.next,
        "at": request.GET.get("at", ""),
        "then": None if on is None else stood(facts.id, on),
        "may_handle": may(request, "rights.handle"),
    }
    return render(request, "rights/record.html", context)


def lines_of(rows: list[Row], may_open: Any) -> list[Line]:
    """Rows in words; the first of each year says so."""
    told = [(row, histories.tell(row)) for row in rows]
    years = [None, *(row.day.year for row in rows)]
    return [
        Line(row, words, bool(words.view) and may_open(words.permission), row.day.year != year)
        for (row, words), year in zip(told, years, strict=False)
    ]


def stood(person_id: int, on: date) -> dict[str, Any] | None:
    """How a person stood on a day (某日状态; ENR-25): registration, groups, benefits."""
    facts = enrolment.facts(person_id, on)
    if facts is None:
        return None
    try:
        standing = standing_badge(contributions.standing_of(facts, on))
    except DomainError:  # an area without a package has no waiting rules
        standing = None
    status = EnrolmentStatus(facts.status)
    return {
        "status": Badge(STATUS_WORDS[status], _STATUS_TONES[status]),
        "standing": standing,
        "facts": facts,
        "scheme": Scheme(facts.scheme).label if facts.scheme else "",
        "category": PersonCategory(facts.category).label if facts.category else "",
        "groups": [SpecialCategory(group).label for group in facts.groups],
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@page("rights.handle", methods=("GET", "POST"))
def guardian(request: PageRequest, person_no: str) -> HttpResponse:
    """登记法定监护 (RIG-03)."""
    facts = person_in_reach(request, person_no)
    form = GuardianForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            commands.register_guardian(
                person_id=facts.id, **form.cleaned_data, operator=request.operator, now=request.now
            )
            messages.success(request, gettext("已登记监护关系。"))
            return redirect("rights:record", person_no)
    context = {"form": form, "facts": facts, "form_name": "guardian", "title": gettext("登记法定监护")}
    return render(request, "rights/form.html", context, status=422 if form.errors else 200)

"""户: members, who is being registered, what changed; joining, leaving, another head (ENR-01)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases.kinds import work_of
from tongchou.cases.web.badges import case_badge
from tongchou.enrolment.models import Household
from tongchou.enrolment.registration import households
from tongchou.enrolment.registration.book import household_book
from tongchou.enrolment.registration.kind import CODE
from tongchou.enrolment.states import HouseholdRelation
from tongchou.enrolment.web.badges import status_badge
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, check_unit, know_units, may, note_look, page, sentence
from tongchou.platform.web.crumbs import Crumb, crumbs


@page("enrolment.view_person")
def household(request: PageRequest, household_id: int) -> HttpResponse:
    """One household; the look at it is noted."""
    return _shown(request, household_id)


@page("enrolment.collect", methods=("POST",))
def join(request: PageRequest, household_id: int) -> HttpResponse:
    """入户."""
    return _done(
        request,
        household_id,
        lambda: households.join_household(
            household_id=household_id,
            person_no=request.POST.get("person_no", ""),
            relation=_relation(request),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("enrolment.collect", methods=("POST",))
def leave(request: PageRequest, household_id: int) -> HttpResponse:
    """离户."""
    return _done(
        request,
        household_id,
        lambda: households.leave_household(
            household_id=household_id,
            person_no=request.POST.get("person_no", ""),
            reason=request.POST.get("reason", ""),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("enrolment.collect", methods=("POST",))
def head(request: PageRequest, household_id: int) -> HttpResponse:
    """变更户主."""
    return _done(
        request,
        household_id,
        lambda: households.change_head(
            household_id=household_id,
            person_no=request.POST.get("person_no", ""),
            former_relation=_relation(request),
            operator=request.operator,
            now=request.now,
        ),
    )


def _relation(request: PageRequest) -> HouseholdRelation:
    wanted = request.POST.get("relation", "")
    if wanted not in HouseholdRelation.values:
        raise Http404
    return HouseholdRelation(wanted)


def _done(request: PageRequest, household_id: int, act: Callable[[], Any]) -> HttpResponse:
    _found(request, household_id)
    try:
        act()
    except DomainError as refusal:
        return _shown(request, household_id, refusal)
    messages.success(request, gettext("已办理。"))
    return redirect("enrolment:household", household_id)


def _found(request: PageRequest, household_id: int) -> Household:
    """The household inside the operator's reach. Raises: Http404, OutOfScope."""
    found = Household.objects.filter(pk=household_id).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="household", key=found.number)
    return found


def _shown(request: PageRequest, household_id: int, refusal: DomainError | None = None) -> HttpResponse:
    place = _found(request, household_id)
    book = household_book(place, request.today)
    know_units(request, [one.unit_code for one in (*book.members, *book.applications)])
    note_look(
        request,
        "enrolment.household_seen",
        "household",
        place.number,
        area=place.pooling_area_id,
        unit_code=place.unit_code,
    )
    unit = platform.unit_name(place.unit_code, request.today)
    context = {
        "book": book,
        "household": place,
        "unit_name": unit,
        "lines": [(line, status_badge(line.person.status)) for line in book.lines],
        "applications": [(case, case_badge(case)) for case in book.applications],
        "relations": HouseholdRelation.choices,
        "former_relations": [one for one in HouseholdRelation.choices if one[0] != HouseholdRelation.HEAD],
        "may_change": may(request, "enrolment.collect"),
        "may_accept": may(request, "cases.accept", work=work_of(CODE)),
        "kind": CODE,
        "work": work_of(CODE),
        "refusal": sentence(refusal) if refusal else "",
        "refusal_code": refusal.code if refusal else "",
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons")),
            Crumb(unit, _village(request, place.unit_code)),
            Crumb(place.number),
        ],
    }
    return render(request, "enrolment/household.html", context, status=422 if refusal else 200)


def _village(request: PageRequest, unit_code: str) -> str:
    """The village's seat, for whoever may open it."""
    return reverse("enrolment:village", args=[unit_code]) if may(request, "enrolment.collect") else ""

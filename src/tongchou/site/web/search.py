"""全局搜索: one box for persons, settlements, visits and institutions; a whole number leads straight to its page."""

import re
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries as encounters
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import Sex
from tongchou.enrolment.web.badges import status_badge
from tongchou.institutions import queries as institutions
from tongchou.institutions.web.badges import agreement_badge
from tongchou.platform import queries as platform
from tongchou.platform.web import access
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs
from tongchou.settlement import queries as settlement
from tongchou.settlement.web.lists import complete
from tongchou.wire.numbers import parse_wire_id

SHOWN: Final = 20
_WIRE_ID: Final = re.compile(r"\d{21}")


@page("")
def search(request: PageRequest) -> HttpResponse:
    """What fits the words, by kind, as far as the operator may see."""
    words = request.GET.get("q", "").strip()[:60]
    if _WIRE_ID.fullmatch(words) and (address := _by_number(request, words)):
        return address
    context: dict[str, Any] = {"search_words": words, "words": words, "crumbs": crumbs(_("搜索"))}
    if words:
        context |= {
            "persons": _persons(request, words),
            "institutions": _institutions(request, words),
            "settlements": _settlements(request, words),
        }
    return render(request, "site/search.html", context)


def _by_number(request: PageRequest, number: str) -> HttpResponse | None:
    """The page of a settlement or a visit; whether the operator may see it is checked there."""
    area, wanted = parse_wire_id(number)
    if settlement.one(area, wanted) is not None:
        return redirect("settlement:settlement", number)
    if encounters.encounter(area, wanted) is not None:
        return redirect("encounters:encounter", number)
    return None


def _persons(request: PageRequest, words: str) -> list[dict[str, Any]] | None:
    if not access.may(request, "enrolment.view_person"):
        return None
    scope = platform.scope_of(request.operator, "enrolment.view_person", request.today)
    found = enrolment.find_persons(words, scope=scope, on=request.today, size=SHOWN)
    units = platform.unit_names_of({row.unit_code for row in found.rows})
    return [
        {
            "row": row,
            "sex": Sex(row.sex).label,
            "status": status_badge(row.status),
            "unit": units.get(row.unit_code, row.unit_code),
        }
        for row in found.rows
    ]


def _institutions(request: PageRequest, words: str) -> list[dict[str, Any]] | None:
    if not access.may(request, "institutions.view"):
        return None
    scope = platform.scope_of(request.operator, "institutions.view", request.today)
    found = institutions.find_institutions(scope=scope, on=request.today, text=words, size=SHOWN)
    return [{"row": row, "state": agreement_badge(row.state)} for row in found.rows]


def _settlements(request: PageRequest, words: str) -> Any:
    """By invoice number, which is the hospital's own."""
    if not access.may(request, "settlement.view") or not re.fullmatch(r"[0-9A-Za-z-]{4,40}", words):
        return None
    scope = platform.scope_of(request.operator, "settlement.view", request.today)
    return complete(request, settlement.settlements(scope=scope, invoice_no=words).rows)

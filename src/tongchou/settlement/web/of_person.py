"""结算与年度累计 of one person: tabs of the person's page."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.states import Scheme
from tongchou.enrolment.web.person import person_page
from tongchou.kernel.money import yuan_text
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, page
from tongchou.policy.errors import PolicyMissing
from tongchou.settlement import queries
from tongchou.settlement.queries import YearToDate
from tongchou.settlement.web.lists import COLUMNS, address, complete

tabs.add_tab("person", tabs.Tab("settlements", _("结算"), "settlement:of_person", "settlement.view", 40))
tabs.add_tab("person", tabs.Tab("year", _("年度累计"), "settlement:year", "settlement.view", 50))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    person_id: int = request.person_id  # type: ignore[attr-defined]  set by the view below
    return lists.Pages(lambda at: queries.settlements_of_person(person_id, at=at))


OF_PERSON: Final = lists.List(
    name="settlements_of_person",
    title=_("结算"),
    columns=tuple(column for column in COLUMNS if column.value != "person_name"),
    read=_read,
    complete=complete,
    orders={"newest": ("-settled_at", "-id")},
    link=address,
    template="settlement/of_person.html",
    empty=_("该参保人还没有结算记录。"),
)


@page("settlement.view")
def settlements(request: PageRequest, person_no: str) -> HttpResponse:
    """结算 of the person, the newest first."""
    person = person_page(request, person_no, "settlements")
    request.person_id = person["person_id"]  # type: ignore[attr-defined]
    return OF_PERSON.respond(request, **person)


@page("settlement.view")
def year(request: PageRequest, person_no: str) -> HttpResponse:
    """年度累计: bars against deductible and caps, with what is left in words."""
    person = person_page(request, person_no, "year")
    context = {**person, **year_to_date(person["facts"], request)}
    return render(request, "settlement/year.html", context)


def year_to_date(facts: Any, request: Any) -> dict[str, Any]:
    """What the template of the bars needs (年度累计); empty without a scheme or a package."""
    if not facts.scheme:
        return {"gauges": [], "year": request.today.year}
    try:
        found = queries.year_to_date(
            pooling_area=facts.pooling_area, person_id=facts.id, scheme=facts.scheme, on=request.today
        )
    except PolicyMissing:
        found = []
    return {
        "gauges": [gauge(one) for one in found],
        "year": request.today.year,
        "scheme": Scheme(facts.scheme).label,
    }


def gauge(one: YearToDate) -> dict[str, Any]:
    """One bar: used, limit, and what is left in words."""
    reached = one.limit_fen is not None and not one.left_fen
    return {
        "label": one.label,
        "of": one.of_name,
        "used": one.used if one.is_count else yuan_text(one.used, grouped=True),
        "is_count": one.is_count,
        "limit_fen": one.limit_fen,
        "width": f"{min(100, one.used * 100 / one.limit_fen):.2f}%" if one.limit_fen else "",
        "is_full": reached and not one.is_deductible,
        "is_reached": reached and one.is_deductible,
        "said": _left_in_words(one),
    }


def _left_in_words(one: YearToDate) -> str:
    """还可用多少, or how far the deductible still is."""
    if one.limit_fen is None:
        return ""
    left = {"left": yuan_text(one.left_fen or 0, grouped=True)}
    if one.is_deductible:
        return gettext("还差 %(left)s 元达到起付标准") % left if one.left_fen else gettext("已达到起付标准")
    return gettext("还可用 %(left)s 元") % left if one.left_fen else gettext("已用完")

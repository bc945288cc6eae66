"""就医 of one person: a tab of the person's page."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries
from tongchou.encounters.web.lists import COLUMNS, complete
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.web.person import person_page
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, page

tabs.add_tab("person", tabs.Tab("encounters", _("就医"), "encounters:of_person", "encounters.view", 30))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    person_id: int = request.person_id  # type: ignore[attr-defined]  set by the view below
    units = enrolment.unit_of_person()
    return lists.Pages(
        lambda at: queries.find_encounters(scope=request.scope, person_units=units, at=at, person_id=person_id)
    )


OF_PERSON: Final = lists.List(
    name="encounters_of_person",
    title=_("就医"),
    columns=tuple(column for column in COLUMNS if column.value != "person_name"),
    read=_read,
    complete=complete,
    orders={"newest": ("-id",)},
    link=lambda row: reverse("encounters:encounter", args=[row.number]),
    template="encounters/of_person.html",
    empty=_("该参保人还没有就医记录。"),
)


@page("encounters.view")
def encounters(request: PageRequest, person_no: str) -> HttpResponse:
    """就医 of the person, the newest first."""
    person = person_page(request, person_no, "encounters")
    request.person_id = person["person_id"]  # type: ignore[attr-defined]
    return OF_PERSON.respond(request, **person)

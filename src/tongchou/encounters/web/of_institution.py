"""就医 at one institution: a tab of the institution's page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries
from tongchou.encounters.states import CareKind, EncounterState
from tongchou.encounters.web.lists import COLUMNS, complete
from tongchou.enrolment import queries as enrolment
from tongchou.institutions.web.institution import institution_page
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, page

tabs.add_tab("institution", tabs.Tab("encounters", _("就医"), "encounters:of_institution", "encounters.view", 30))


class VisitFilter(lists.FilterForm):
    since = lists.day(_("登记日期从"))
    until = lists.day(_("到"))
    kind = lists.choice(_("医疗类别"), CareKind.choices)
    state = lists.choice(_("状态"), EncounterState.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    code: str = request.institution_code  # type: ignore[attr-defined]  set by the view below
    wanted = {**criteria, "institution_code": code}
    if until := wanted.pop("until", None):
        wanted["until"] = until + timedelta(days=1)
    units = enrolment.unit_of_person()
    return lists.Pages(lambda at: queries.find_encounters(scope=request.scope, person_units=units, at=at, **wanted))


OF_INSTITUTION: Final = lists.List(
    name="encounters_of_institution",
    title=_("就医"),
    columns=tuple(column for column in COLUMNS if column.value != "institution_name"),
    read=_read,
    complete=complete,
    orders={"newest": ("-id",)},
    form=VisitFilter,
    link=lambda row: reverse("encounters:encounter", args=[row.number]),
    template="encounters/of_institution.html",
    empty=_("该机构没有符合条件的就诊。"),
)


@page("encounters.view")
def encounters(request: PageRequest, code: str) -> HttpResponse:
    """就医 there of persons inside the operator's scope, the newest first."""
    institution = institution_page(request, code, "encounters")
    request.institution_code = code  # type: ignore[attr-defined]
    return OF_INSTITUTION.respond(request, **institution)

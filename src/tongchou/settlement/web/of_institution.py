"""结算 at one institution: a tab of the institution's page."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.states import CareKind
from tongchou.institutions.web.institution import institution_page
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, page
from tongchou.settlement.web.lists import COLUMNS, address, complete, read

tabs.add_tab("institution", tabs.Tab("settlements", _("结算"), "settlement:of_institution", "settlement.view", 35))


class DayFilter(lists.FilterForm):
    since = lists.day(_("结算日期从"))
    until = lists.day(_("到"))
    kind = lists.choice(_("医疗类别"), CareKind.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    code: str = request.institution_code  # type: ignore[attr-defined]  set by the view below
    return read(request, {**criteria, "institution_code": code})


OF_INSTITUTION: Final = lists.List(
    name="settlements_of_institution",
    title=_("结算"),
    columns=tuple(column for column in COLUMNS if column.value != "institution_name"),
    read=_read,
    complete=complete,
    orders={"newest": ("-settled_at", "-id")},
    form=DayFilter,
    link=address,
    template="settlement/of_institution.html",
    empty=_("该机构没有符合条件的结算。"),
)


@page("settlement.view")
def settlements(request: PageRequest, code: str) -> HttpResponse:
    """结算 there, the newest first."""
    institution = institution_page(request, code, "settlements")
    request.institution_code = code  # type: ignore[attr-defined]
    return OF_INSTITUTION.respond(request, **institution)

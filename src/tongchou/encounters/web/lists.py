"""就诊清单: visits and stays inside the operator's scope, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries
from tongchou.encounters.models import Encounter
from tongchou.encounters.states import CareKind, EncounterState
from tongchou.encounters.web.badges import state_badge
from tongchou.encounters.web.criteria import known
from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs
from tongchou.wire.numbers import wire_id


class EncounterFilter(lists.FilterForm):
    since = lists.day(_("登记日期从"))
    until = lists.day(_("到"))
    institution_code = lists.institution(_("定点机构"))
    kind = lists.choice(_("医疗类别"), CareKind.choices)
    state = lists.choice(_("状态"), EncounterState.choices)
    person_no = lists.words(_("人员编号"), longest=30)


@dataclass(frozen=True, slots=True)
class Line:
    """An encounter as listed, with the names other chapters know."""

    row: Encounter
    person_name: str
    institution_name: str
    number: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def complete(request: PageRequest, rows: Sequence[Encounter]) -> Sequence[Line]:
    """Names beside the numbers: persons in one question, institutions from memory."""
    names = enrolment.names_of({row.person_id for row in rows})
    return [
        Line(
            row,
            names.get(row.person_id, ""),
            institution_name(row.institution_code),
            wire_id(row.pooling_area, row.id),
        )
        for row in rows
    ]


def institution_name(code: str) -> str:
    """The name, or the code of an institution nobody knows."""
    known = institutions.known(code)
    return known.name if known else code


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    keys = known(request, criteria)
    if keys is None:
        return lists.Held([])
    if until := keys.pop("until", None):
        keys["until"] = until + timedelta(days=1)
    units = enrolment.unit_of_person()
    return lists.Pages(lambda at: queries.find_encounters(scope=request.scope, person_units=units, at=at, **keys))


COLUMNS: Final = (
    lists.Column(_("开始时间"), "began_at", "moment"),
    lists.Column(_("参保人"), "person_name", "name"),
    lists.Column(_("定点机构"), "institution_name"),
    lists.Column(_("医疗类别"), lambda row: CareKind(row.kind).label, "choice"),
    lists.Column(_("主诊断"), "diagnosis"),
    lists.Column(_("科室"), "department"),
    lists.Column(_("住院/门诊号"), "chart_no", "code"),
    lists.Column(_("状态"), lambda row: state_badge(row.state), "state"),
    lists.Column(_("就诊号"), "number", "code"),
)

ENCOUNTERS: Final = lists.List(
    name="encounters",
    title=_("就医"),
    columns=COLUMNS,
    read=_read,
    complete=complete,
    orders={"newest": ("-id",)},
    form=EncounterFilter,
    link=lambda row: reverse("encounters:encounter", args=[row.number]),
    template="encounters/encounters.html",
    empty=_("没有符合条件的就诊。"),
)


@page("encounters.view")
def encounters(request: PageRequest) -> HttpResponse:
    """The list, the newest first."""
    return ENCOUNTERS.respond(request, crumbs=crumbs(_("就医")))

"""参保人清单: search by name, initials, ID number, person number or card inside the operator's scope (ENR-35)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import queries
from tongchou.enrolment.queries import PersonRow
from tongchou.enrolment.states import Sex
from tongchou.enrolment.web.badges import status_badge
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import


class PersonFilter(lists.FilterForm):
    words = lists.words(_("姓名、拼音首字母、证件号码、人员编号或卡号"))


@dataclass(frozen=True, slots=True)
class Line:
    """A person as listed, with the name of the unit."""

    row: PersonRow
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    words = criteria.get("words", "")
    return lists.Pages(
        lambda at: queries.find_persons(words, scope=request.scope, on=request.today, at=at),
        lambda: queries.count_persons(words, scope=request.scope, on=request.today),
    )


def _complete(request: PageRequest, rows: Sequence[PersonRow]) -> Sequence[Line]:
    names = platform.unit_names_of({row.unit_code for row in rows})
    return [Line(row, names.get(row.unit_code, row.unit_code)) for row in rows]


PERSONS: Final = lists.List(
    name="persons",
    title=_("参保人"),
    columns=(
        lists.Column(_("姓名"), "name", "name"),
        lists.Column(_("性别"), lambda row: Sex(row.sex).label, "choice"),
        lists.Column(_("出生日期"), "born_on", "day"),
        lists.Column(_("证件号码"), "certificate", "code"),
        lists.Column(_("人员编号"), "person_no", "code"),
        lists.Column(_("参保单位"), "unit_name"),
        lists.Column(_("险种"), "scheme", "choice"),
        lists.Column(_("人员类别"), "category", "choice"),
        lists.Column(_("状态"), lambda row: status_badge(row.status), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"name": ("name", "id")},
    form=PersonFilter,
    link=lambda row: reverse("enrolment:person", args=[row.person_no]),
    template="enrolment/persons.html",
    empty=_("没有找到参保人。"),
    next_step=_("可以导入参保花名册,或核对证件号码后再查。"),
)


@page("enrolment.view_person")
def persons(request: PageRequest) -> HttpResponse:
    """The list, by name."""
    return PERSONS.respond(request, may_import=may_import(request, "roster"), crumbs=crumbs(_("参保登记")))

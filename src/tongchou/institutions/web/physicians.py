"""医保医师: the filed physicians of one institution, and of all inside the scope by code or name (DOC-12)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.institutions import queries
from tongchou.institutions.web.badges import physician_badge
from tongchou.institutions.web.institution import institution_page
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs

tabs.add_tab("institution", tabs.Tab("physicians", _("医师"), "institutions:of_institution", "institutions.view", 20))

_PERSON_COLUMNS: Final = (
    lists.Column(_("医师编码"), "code", "code"),
    lists.Column(_("姓名"), "name"),
    lists.Column(_("科室"), "department"),
    lists.Column(_("职称"), "title"),
    lists.Column(_("备案日期"), "filed_from", "day"),
    lists.Column(_("备案至"), "filed_until", "last_day"),
    lists.Column(_("状态"), lambda row: physician_badge(row.state), "state"),
)


class PhysicianFilter(lists.FilterForm):
    text = lists.words(_("姓名或医师编码"))


def _read_one(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    code: str = request.institution_code  # type: ignore[attr-defined]  set by the view below
    return lists.Pages(
        lambda at: queries.physicians(institution_code=code, on=request.today, at=at, text=criteria.get("text", ""))
    )


OF_INSTITUTION: Final = lists.List(
    name="physicians_of_institution",
    title=_("医师"),
    columns=_PERSON_COLUMNS,
    read=_read_one,
    orders={"code": ("code", "id")},
    form=PhysicianFilter,
    template="institutions/physicians.html",
    empty=_("该机构没有备案的医师。"),
)


def _read_all(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Pages(
        lambda at: queries.find_physicians(scope=request.scope, on=request.today, at=at, text=criteria.get("text", ""))
    )


PHYSICIANS: Final = lists.List(
    name="physicians",
    title=_("医保医师"),
    columns=(
        *_PERSON_COLUMNS[:2],
        lists.Column(
            _("定点机构"),
            "institution_name",
            link=lambda row: reverse("institutions:of_institution", args=[row.institution_code]),
        ),
        *_PERSON_COLUMNS[2:],
    ),
    read=_read_all,
    orders={"code": ("code", "id")},
    form=PhysicianFilter,
    link=lambda row: reverse("institutions:of_institution", args=[row.institution_code]) + f"?text={row.code}",
    empty=_("没有符合条件的医师。"),
)


@page("institutions.view")
def of_institution(request: PageRequest, code: str) -> HttpResponse:
    """The physicians of one institution."""
    context = institution_page(request, code, "physicians")
    request.institution_code = code  # type: ignore[attr-defined]
    return OF_INSTITUTION.respond(request, **context)


@page("institutions.view")
def physicians(request: PageRequest) -> HttpResponse:
    """The physicians of every institution of the scope."""
    return PHYSICIANS.respond(request, crumbs=crumbs(_("医师")))

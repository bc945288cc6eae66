"""定点医药机构清单, and the look-up of an institution while typing (AGR-01)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.institutions import queries
from tongchou.institutions.states import HospitalLevel, InstitutionKind
from tongchou.institutions.web.badges import agreement_badge
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import

OFFERED: Final = 12


class InstitutionFilter(lists.FilterForm):
    text = lists.words(_("名称、拼音首字母或编号"))
    kind = lists.choice(_("类型"), InstitutionKind.choices)
    level = lists.choice(_("等级"), HospitalLevel.choices)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Pages(
        lambda at: queries.find_institutions(scope=request.scope, on=request.today, at=at, **criteria),
        lambda: queries.count_institutions(scope=request.scope, on=request.today, **criteria),
    )


INSTITUTIONS: Final = lists.List(
    name="institutions",
    title=_("定点医药机构"),
    columns=(
        lists.Column(_("机构名称"), "name"),
        lists.Column(_("机构编号"), "code", "code"),
        lists.Column(_("类型"), "kind", "choice"),
        lists.Column(_("机构类别"), "type", "choice"),
        lists.Column(_("等级"), "level", "choice"),
        lists.Column(_("协议至"), "agreement_until", "last_day"),
        lists.Column(_("协议状态"), lambda row: agreement_badge(row.state), "state"),
    ),
    read=_read,
    orders={"name": ("name", "code")},
    form=InstitutionFilter,
    link=lambda row: reverse("institutions:institution", args=[row.code]),
    template="institutions/institutions.html",
    empty=_("没有符合条件的定点机构。"),
)


@page("institutions.view")
def institutions(request: PageRequest) -> HttpResponse:
    """The list, by name."""
    offered = may_import(request, "institutions")
    return INSTITUTIONS.respond(request, may_import=offered, crumbs=crumbs(_("定点管理")))


@page("institutions.view")
def look_up(request: PageRequest) -> HttpResponse:
    """定点机构查找: what fits the text typed so far, as choices of the field."""
    text = next((value for name, value in request.GET.items() if name.endswith("institution_code")), "")
    found = queries.find_institutions(scope=request.scope, on=request.today, text=text[:60], size=OFFERED)
    return render(request, "institutions/look_up.html", {"rows": found.rows})

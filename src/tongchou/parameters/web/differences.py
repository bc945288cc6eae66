"""地方差异: what the counties of a pooling area have otherwise, and who allowed it (六统一核验; ORG-24)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.parameters import queries
from tongchou.parameters.web import shown
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs
from tongchou.policy.errors import PolicyMissing


class DifferenceFilter(lists.FilterForm):
    area = lists.words(_("统筹区"), _("代码"))
    scheme = lists.choice(_("险种"), list(shown.SCHEMES.items()))
    on = lists.day(_("日期"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    on = criteria.get("on") or request.today
    areas = [code for code, _name in queries.pooling_areas(on)]
    schemes = [criteria["scheme"]] if criteria.get("scheme") else list(shown.SCHEMES)
    found: list[queries.AreaDifference] = []
    for area in [criteria["area"]] if criteria.get("area") else areas:
        for scheme in schemes:
            try:
                found += queries.differences(area, scheme, on)
            except PolicyMissing:
                continue
    return lists.Held(found)


DIFFERENCES: Final = lists.List(
    name="policy_differences",
    title=_("地方差异"),
    columns=(
        lists.Column(_("地区"), "area_name"),
        lists.Column(_("险种"), lambda row: shown.scheme_name(row.scheme), "choice"),
        lists.Column(_("参数"), "label"),
        lists.Column(_("键"), "key", "code"),
        lists.Column(_("统筹区"), "here"),
        lists.Column(_("本地"), "there"),
        lists.Column(_("出处"), "source"),
        lists.Column(_("细则"), "rule"),
        lists.Column(_("核准人"), "allowed_by"),
        lists.Column(_("核准时间"), "allowed_at", "moment"),
        lists.Column(_("生效"), "valid_from", "day"),
    ),
    read=_read,
    orders={"area": ("area", "key")},
    form=DifferenceFilter,
    link=lambda row: reverse("policy:by_hash", args=[row.content_hash]),
    template="parameters/differences.html",
    empty=_("各县执行的参数与统筹区一致,没有差异。"),
)


@page("policy.view")
def differences(request: PageRequest) -> HttpResponse:
    """Every parameter that differs, today or on the day asked for."""
    place = crumbs((_("政策"), "policy:packages"), _("地方差异"))
    return DIFFERENCES.respond(request, crumbs=place, **shown.tabs("differences"))

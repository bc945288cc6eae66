"""缴费: the rates of each year, and the files of payments taken in (GX2017 §21, 23; CON-01, CON-11)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import queries
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, may, page, why_not
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import


@page("contributions.view")
def payments(request: PageRequest) -> HttpResponse:
    """缴费标准 of the operator's pooling area."""
    area = own_area(request)
    found = queries.standards(area) if area else []
    context = {
        "area": platform.unit_name(area, request.today) if area else "",
        "standards": [
            (one, Scheme(one.scheme).label, PersonCategory(one.category).label if one.category else _("全部人员"))
            for one in found
        ],
        "may_import": may_import(request, "contributions"),
        "may_open": may(request, "contributions.set_rates"),
        "why_not": why_not(request, "contributions.set_rates"),
        "next_year": request.today.year + 1,
        "crumbs": crumbs(_("缴费")),
    }
    return render(request, "contributions/payments.html", context)

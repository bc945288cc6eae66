"""病种: the diseases of the area's special outpatient and priced lists (GX2017 §65)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from tongchou.catalogue import queries
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import crumbs


class DiseaseFilter(lists.FilterForm):
    words = lists.words(_("编码或名称"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.diseases_in(own_area(request), request.today, words=criteria.get("words", "")))


DISEASES: Final = lists.List(
    name="diseases",
    title=_("病种"),
    columns=(
        lists.Column(_("病种编码"), "code", "code", sort="code"),
        lists.Column(_("病种名称"), "name", sort="name"),
        lists.Column(_("起"), "valid_from", "day"),
        lists.Column(_("止"), "valid_until", "last_day"),
    ),
    read=_read,
    orders={"code": ("code", "id"), "-code": ("-code", "-id"), "name": ("name", "id"), "-name": ("-name", "-id")},
    form=DiseaseFilter,
    empty=_("没有符合条件的病种。"),
)


@page("catalogue.view")
def diseases(request: PageRequest) -> HttpResponse:
    """The diseases in force today in the reader's own area."""
    return DISEASES.respond(request, crumbs=crumbs((_("目录"), "catalogue:items"), _("病种")))

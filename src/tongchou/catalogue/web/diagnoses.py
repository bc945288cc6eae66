"""疾病诊断编码: the insurance edition of ICD-10 (JL2019 §21; CAT-04)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from tongchou.catalogue import queries
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs


class DiagnosisFilter(lists.FilterForm):
    words = lists.words(_("编码、名称或拼音首字母"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.diagnoses(**criteria))


DIAGNOSES: Final = lists.List(
    name="diagnoses",
    title=_("诊断编码"),
    columns=(
        lists.Column(_("编码"), "code", "code", sort="code"),
        lists.Column(_("名称"), "name", sort="name"),
        lists.Column(_("起"), "valid_from", "day"),
        lists.Column(_("止"), "valid_until", "last_day"),
    ),
    read=_read,
    orders={"code": ("code",), "-code": ("-code",), "name": ("name", "code"), "-name": ("-name", "-code")},
    form=DiagnosisFilter,
    empty=_("没有符合条件的诊断。"),
)


@page("catalogue.view")
def diagnoses(request: PageRequest) -> HttpResponse:
    """The list, by code."""
    return DIAGNOSES.respond(request, crumbs=crumbs((_("目录"), "catalogue:items"), _("诊断编码")))

"""居留证件到期: whose residence document expires soon or has expired; what to do is to renew it (ENR-13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import parameters, queries
from tongchou.enrolment.models import ResidenceDocument
from tongchou.enrolment.states import CertificateType, ResidenceKind
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs


class ResidenceFilter(lists.FilterForm):
    until = lists.day(_("到期日不晚于"))


@dataclass(frozen=True, slots=True)
class Line:
    """A document as listed, with its holder."""

    row: ResidenceDocument
    unit_name: str
    state: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    ahead = request.today + parameters.procedure(own_area(request)).residence_warning
    return lists.Table(queries.expiring_documents(last_day=criteria.get("until", ahead), scope=request.scope))


def _complete(request: PageRequest, rows: Sequence[ResidenceDocument]) -> Sequence[Line]:
    names = platform.unit_names_of({row.person.unit_code for row in rows})
    return [
        Line(row, names.get(row.person.unit_code, row.person.unit_code), _badge(row.valid_until, request.today))
        for row in rows
    ]


def _badge(until: date | None, today: date) -> Badge:
    expired = until is not None and until <= today
    return Badge(_("已到期"), Tone.BAD) if expired else Badge(_("将到期"), Tone.WAITING)


EXPIRING: Final = lists.List(
    name="residence",
    title=_("居留证件到期"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("证件类型"), lambda row: CertificateType(row.person.certificate_type).label, "choice"),
        lists.Column(_("居留证件"), lambda row: ResidenceKind(row.kind).label, "choice"),
        lists.Column(_("居留证件号码"), "number", "certificate"),
        lists.Column(_("有效期至"), "valid_until", "last_day"),
        lists.Column(_("参保单位"), "unit_name"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"until": ("valid_until", "id")},
    form=ResidenceFilter,
    link=lambda row: reverse("enrolment:person", args=[row.person.person_no]),
    empty=_("没有即将到期的居留证件。"),
    template="enrolment/section.html",
)


@page("enrolment.view_person")
def expiring(request: PageRequest) -> HttpResponse:
    """The list, the first to expire on top."""
    return EXPIRING.respond(request, crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("居留证件到期")))

"""终止后结算疑点 (ENR-22): care after the relation had ended, for which the funds paid; monitoring looks into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import queries as enrolment
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.settlement import queries
from tongchou.settlement.models import SettledAfterEnding
from tongchou.settlement.terms import institution_name
from tongchou.wire.numbers import wire_id

STANDING, WITHDRAWN = "standing", "withdrawn"


class SuspectFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ((STANDING, _("待核查")), (WITHDRAWN, _("已撤销"))))


@dataclass(frozen=True, slots=True)
class Line:
    """A suspected settlement as listed."""

    row: SettledAfterEnding
    person_name: str
    institution: str
    badge: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(
        queries.settled_after_ending(
            state=criteria.get("state", ""), scope=request.scope, person_units=enrolment.unit_of_person()
        )
    )


def _complete(request: PageRequest, rows: Sequence[SettledAfterEnding]) -> Sequence[Line]:
    known = enrolment.names_and_numbers_of({row.person_id for row in rows})
    institutions = {code: institution_name(code) for code in {row.institution_code for row in rows}}
    return [
        Line(row, known.get(row.person_id, ("", ""))[0], institutions[row.institution_code], _badge(row))
        for row in rows
    ]


def _badge(row: SettledAfterEnding) -> Badge:
    return Badge(_("已撤销"), Tone.RESTING) if row.withdrawn_at else Badge(_("待核查"), Tone.WAITING)


SUSPECTS: Final = lists.List(
    name="settled_after_ending",
    title=_("终止后结算疑点"),
    columns=(
        lists.Column(_("参保人"), "person_name", "name"),
        lists.Column(_("终止日期"), "ended_from", "day"),
        lists.Column(_("终止原因"), "reason"),
        lists.Column(_("就医日期"), "served_on", "day"),
        lists.Column(_("医药机构"), "institution"),
        lists.Column(_("基金支付(元)"), "fund_paid_fen", "money"),
        lists.Column(_("发现时间"), "found_at", "moment"),
        lists.Column(_("状态"), "badge", "state"),
    ),
    read=_read,
    complete=_complete,
    defaults=lambda request: {} if "state" in request.GET else {"state": STANDING},
    orders={"newest": ("-id",)},
    form=SuspectFilter,
    link=lambda row: reverse("settlement:settlement", args=[wire_id(row.pooling_area, row.settlement_id)]),
    empty=_("没有终止后结算疑点。"),
    next_step=_("参保关系终止或转出后,终止日之后已由基金支付的就医列在这里。"),
)


@page("settlement.view")
def suspects(request: PageRequest) -> HttpResponse:
    """The list, the newest first."""
    return SUSPECTS.respond(request, crumbs=crumbs((_("结算"), "settlement:settlements"), _("终止后结算疑点")))

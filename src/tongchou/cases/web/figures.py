"""办理情况: how many cases came, ended, kept their limit, went back, by item or by agency, month by month (ORG-18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import kinds, queries
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs


class FigureFilter(lists.FilterForm):
    by = lists.choice(_("分组"), [("kind", _("事项")), ("unit_code", _("所属机构"))])
    since = lists.day(_("从"))
    until = lists.day(_("到"))


@dataclass(frozen=True, slots=True)
class Line:
    """One item or agency in the period, as listed."""

    name: str
    accepted: int
    finished: int
    in_time: int
    in_time_ratio: Decimal | None
    mean_days: Decimal | None
    returned: int


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    since = criteria.get("since", request.today.replace(day=1))
    until = criteria.get("until", request.today)
    by = "unit_code" if criteria.get("by") == "unit_code" else "kind"
    found = queries.performance(request.scope, by, since=_midnight(since), until=_midnight(until + timedelta(days=1)))
    if by == "kind":
        names = {kind.code: gettext(kind.title) for kind in kinds.registered()}
    else:
        names = platform.unit_names_of({one.key for one in found})
    return lists.Held(
        [
            Line(
                names.get(one.key, one.key),
                one.accepted,
                one.finished,
                one.in_time,
                one.in_time_ratio,
                one.mean_days,
                one.returned,
            )
            for one in found
        ]
    )


def _defaults(request: PageRequest) -> Mapping[str, str]:
    """The month up to today."""
    return {
        "by": "kind",
        "since": request.today.replace(day=1).isoformat(),
        "until": request.today.isoformat(),
    }


FIGURES: Final = lists.List(
    name="case-figures",
    title=_("业务办理情况"),
    columns=(
        lists.Column(_("名称"), "name"),
        lists.Column(_("收件"), "accepted", "number"),
        lists.Column(_("办结"), "finished", "number"),
        lists.Column(_("按期办结"), "in_time", "number"),
        lists.Column(_("按期办结率"), "in_time_ratio", "ratio"),
        lists.Column(_("平均办理天数"), "mean_days", "quantity"),
        lists.Column(_("退回次数"), "returned", "number"),
    ),
    read=_read,
    orders={"name": ("name",)},
    form=FigureFilter,
    defaults=_defaults,
    empty=_("这段时间没有业务件。"),
)


@page("cases.view")
def figures(request: PageRequest) -> HttpResponse:
    """The figures of a period inside the scope."""
    return FIGURES.respond(request, crumbs=crumbs((_("业务件"), "cases:cases"), _("办理情况")))

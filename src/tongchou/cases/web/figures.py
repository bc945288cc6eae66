"""办理情况: how many cases came, ended, kept their limit, went back, month by month and by whom (ORG-18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import kinds
from tongchou.cases.performance import By, Performance, Period, months, performance
from tongchou.platform import queries as platform
from tongchou.platform.standard_posts import STANDARD_POSTS
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs

CHOICES: Final = (
    (By.KIND, _("事项")),
    (By.UNIT, _("所属机构")),
    (By.RECEIVED_AT, _("收件机构(代办点)")),
    (By.POST, _("岗位")),
    (By.OPERATOR, _("经办人")),
    (By.MONTH, _("月份")),
)
MONTHS_DRAWN: Final = 12


class FigureFilter(lists.FilterForm):
    by = lists.choice(_("分组"), CHOICES)
    since = lists.day(_("从"))
    until = lists.day(_("到"))


@dataclass(frozen=True, slots=True)
class Line:
    """One item, office, post, person or month of the period, as listed."""

    name: str
    found: Performance
    people: int | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)

    @property
    def each(self) -> Decimal | None:
        """人均待办 of a post."""
        return (Decimal(self.found.waiting) / self.people).quantize(Decimal("0.1")) if self.people else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def _period(since: date, until: date) -> Period:
    """From the first day to the end of the last."""
    return Period(_midnight(since), _midnight(until + timedelta(days=1)))


def _by(request: PageRequest, criteria: Mapping[str, Any]) -> By:
    """The grouping asked for; figures of single persons only for whoever may see who works where."""
    wanted = By(criteria["by"]) if criteria.get("by") in set(By) else By.KIND
    return By.KIND if wanted is By.OPERATOR and not may(request, "operators.view") else wanted


def _lines(request: PageRequest, criteria: Mapping[str, Any]) -> list[Line]:
    """The figures, read once for a page."""
    known = request.__dict__.setdefault("case_figures", [])
    if not known:
        by = _by(request, criteria)
        since, until = criteria.get("since", request.today.replace(day=1)), criteria.get("until", request.today)
        found = performance(request.scope, by, _period(since, until), platform.working_calendar())
        held = platform.holder_counts(request.scope, request.today) if by is By.POST else {}
        names = _names(by, found) | {code: gettext(name) for code, (name, _people) in held.items()}
        for one in found:
            _name, people = held.get(one.key, ("", None))
            known.append(Line(names.get(one.key, one.key), one, people))
    return list(known)


def _names(by: By, found: Sequence[Performance]) -> dict[str, str]:
    keys = {one.key for one in found}
    if by is By.KIND:
        return {kind.code: gettext(kind.title) for kind in kinds.registered()}
    if by in (By.UNIT, By.RECEIVED_AT):
        return platform.unit_names_of(keys)
    if by is By.POST:
        return {post.code: gettext(post.name) for post in STANDARD_POSTS}
    if by is By.OPERATOR:
        names = platform.names_of_operators({int(key) for key in keys if key.isdecimal()})
        return {str(key): name for key, name in names.items()}
    return {}


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Held(_lines(request, criteria))


def _defaults(request: PageRequest) -> Mapping[str, str]:
    """The month up to today."""
    return {
        "by": By.KIND,
        "since": request.today.replace(day=1).isoformat(),
        "until": request.today.isoformat(),
    }


FIGURES: Final = lists.List(
    name="case-figures",
    title=_("业务办理情况"),
    columns=(
        lists.Column(_("名称"), "name"),
        lists.Column(_("收件"), "accepted", "number"),
        lists.Column(_("其中补录"), "afterwards", "number"),
        lists.Column(_("办结"), "finished", "number"),
        lists.Column(_("按期办结"), "in_time", "number"),
        lists.Column(_("按期办结率"), "in_time_ratio", "ratio"),
        lists.Column(_("平均办理(工作日)"), "mean_days", "quantity"),
        lists.Column(_("退回次数"), "returned", "number"),
        lists.Column(_("纠正差错"), "corrected", "number"),
        lists.Column(_("现待办"), "waiting", "number"),
        lists.Column(_("人均待办"), "each", "quantity"),
    ),
    read=_read,
    orders={"name": ("name",)},
    form=FigureFilter,
    defaults=_defaults,
    template="cases/figures.html",
    empty=_("这段时间没有业务件。"),
)


@page("cases.view")
def figures(request: PageRequest) -> HttpResponse:
    """The figures of a period inside the scope, and how the months before went."""
    charts = [] if request.GET.get("export") or getattr(request, "htmx", False) else [_by_month(request)]
    return FIGURES.respond(request, charts=charts, crumbs=crumbs((_("业务件"), "cases:cases"), _("办理情况")))


def _by_month(request: PageRequest) -> Chart:
    """The last twelve months: what came, what ended, what of it in time."""
    first = request.today.replace(day=1)
    days = [_month_before(first, back) for back in range(MONTHS_DRAWN - 1, -1, -1)]
    known = months(request.scope, _period(days[0], request.today))
    labels = [day.strftime("%Y-%m") for day in days]
    drawn = [known.get(label, Performance(label)) for label in labels]
    source = gettext("来源:业务件及其办理记录,截至 %(day)s") % {"day": request.today}
    return Chart(
        "cases-by-month",
        _("每月收件、办结与按期办结"),
        "bars",
        labels if known else [],
        [
            Series(gettext("收件"), [one.accepted for one in drawn], "layer-supplementary"),
            Series(gettext("办结"), [one.finished for one in drawn], "layer-pool"),
            Series(gettext("按期办结"), [one.in_time for one in drawn], "layer-account"),
        ],
        gettext("件"),
        source,
        links=[_address(day, request.today) for day in days],
        width="full",
    )


def _month_before(first: date, back: int) -> date:
    months = first.year * 12 + first.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _address(month: date, today: date) -> str:
    last = min(_month_before(month, -1) - timedelta(days=1), today)
    return "?" + urlencode({"by": By.KIND.value, "since": month, "until": last})

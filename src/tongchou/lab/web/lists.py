"""政策测算列表: what was asked, how far it is, what it would cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.states import Scheme
from tongchou.lab import queries
from tongchou.lab.models import Replay, ReplayCell
from tongchou.lab.states import UNFINISHED, Origin, ReplayState
from tongchou.lab.web.words import percent_done, state_badge
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge


class ReplayFilter(lists.FilterForm):
    state = lists.choice(_("状态"), ReplayState.choices)
    origin = lists.choice(_("方案来源"), Origin.choices)
    scheme = lists.choice(_("险种"), Scheme.choices)
    since = lists.day(_("提交日期从"))


@dataclass(frozen=True, slots=True)
class Line:
    """A replay as listed, with its result."""

    replay: Replay
    whole: ReplayCell | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.replay, name)

    @property
    def badge(self) -> Badge:
        return state_badge(self.replay)

    @property
    def period(self) -> str:
        last = self.replay.until.fromordinal(self.replay.until.toordinal() - 1)
        return f"{self.replay.since} — {last}"

    @property
    def origin_label(self) -> str:
        return Origin(self.replay.origin).label

    @property
    def progress(self) -> Decimal:
        return Decimal(percent_done(self.replay)) / 100

    @property
    def ended(self) -> ReplayCell | None:
        """The result, once it is known."""
        return None if self.replay.state in UNFINISHED else self.whole

    @property
    def settlements(self) -> int | None:
        return self.ended.settlements if self.ended else None

    @property
    def difference_fen(self) -> int | None:
        return self.ended.difference_fen if self.ended else None

    @property
    def persons_gained(self) -> int | None:
        return self.ended.persons_gained if self.ended else None

    @property
    def persons_lost(self) -> int | None:
        return self.ended.persons_lost if self.ended else None


def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    """The replays asked for."""
    return lists.Table(queries.replays(scope=request.scope, **criteria))


def complete(request: PageRequest, rows: Sequence[Replay]) -> Sequence[Line]:
    """Their results beside them."""
    known = queries.wholes([row.pk for row in rows])
    return [Line(row, known.get(row.pk)) for row in rows]


def _address(line: Line) -> str:
    return reverse("lab:replay", args=[line.replay.pk])


REPLAYS = lists.List(
    name="lab.replays",
    title=_("政策测算"),
    columns=(
        lists.Column(_("测算"), "title"),
        lists.Column(_("方案来源"), "origin_label", "choice"),
        lists.Column(_("结算时段"), "period", "choice"),
        lists.Column(_("状态"), "badge", "state"),
        lists.Column(_("进度"), "progress", "ratio"),
        lists.Column(_("结算笔数"), "settlements", "number"),
        lists.Column(_("基金支付变化(元)"), "difference_fen", "money"),
        lists.Column(_("少付(人)"), "persons_gained", "number"),
        lists.Column(_("多付(人)"), "persons_lost", "number"),
        lists.Column(_("提交时间"), "asked_at", "moment"),
        lists.Column(_("经办人"), "operator", "choice"),
    ),
    read=read,
    orders={"-asked_at": ("-asked_at", "-id"), "asked_at": ("asked_at", "id")},
    form=ReplayFilter,
    complete=complete,
    link=_address,
    template="lab/replays.html",
    empty=_("还没有测算。"),
    next_step=_("点“新测算”:选一段时间,改一个数值,看基金多付或少付多少。"),
)


@page("policy.replay")
def replays(request: PageRequest) -> HttpResponse:
    """The list."""
    return REPLAYS.respond(request)

"""一项测算: how far it is, then what it costs and whom it helps; single settlements told old beside new; the sheet."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.states import CareKind
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import Scheme
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.lab import commands, queries, running
from tongchou.lab.models import Replay, ReplayCell, ReplayChange
from tongchou.lab.queries import Result
from tongchou.lab.states import UNFINISHED, Dimension, Origin, ReplayState
from tongchou.lab.web import sheets
from tongchou.lab.web.asking import SAMPLES, follow, step_as_candidate
from tongchou.lab.web.words import (
    UNITS,
    percent_done,
    signed_percent,
    signed_yuan,
    state_badge,
    value_words,
)
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.web.access import PageRequest, check_area, check_unit, page
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.settlement import queries as settlements
from tongchou.settlement.stored import SHARES
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.bars import shares
from tongchou.settlement.web.explanation import explained
from tongchou.settlement.web.settlement import trees
from tongchou.wire.numbers import wire_id

SHOWN: Final = 10
"""Largest gains and losses on the page; the sheet has all that are kept."""
_COLOURS: Final = {"project": "layer-pool-light", "large_amount": "layer-supplementary-light"}


def found(request: PageRequest, replay_id: int) -> Replay:
    """The replay, when the operator may see it (属地管理). Raises: Http404, OutOfScope."""
    replay = queries.replay(replay_id)
    if replay is None:
        raise Http404
    if replay.unit_code:
        check_unit(request, replay.unit_code, kind="replay", key=replay_id)
    else:
        check_area(request, replay.pooling_area)
    return replay


@page("policy.replay")
def replay(request: PageRequest, replay_id: int) -> HttpResponse:
    """The replay's page: it follows the work by itself until that has ended."""
    asked = found(request, replay_id)
    result = queries.result(asked)
    words = Words.of(asked, result)
    context = {
        "replay": asked,
        "state": state_badge(asked),
        "in_hand": asked.state in UNFINISHED,
        "percent": percent_done(asked),
        "left": _left(asked),
        "scheme": Scheme(asked.scheme).label,
        "origin": Origin(asked.origin).label,
        "sample": dict(SAMPLES).get(asked.permille, f"{asked.permille / 10:g}%"),
        "place": words.place,
        "changes": [change | {"unit": UNITS.get(change["unit"], "")} for change in asked.changes[:40]],
        "more_changes": max(len(asked.changes) - 40, 0),
        "left_out_count": sum(one["count"] for one in asked.left_out),
        "crumbs": [*crumbs((_("政策测算"), "lab:replays")), Crumb(asked.title)],
    }
    if asked.state not in UNFINISHED:
        context |= _swept(asked, result) if asked.sweep else _told(asked, result, words)
    return render(request, "lab/replay.html", context)


class Words:
    """Names for the values of the cells of one replay."""

    def __init__(self, replay: Replay, units: dict[str, str]) -> None:
        self._package = queries.words_of_package(replay)
        self._units = units
        self.place = units.get(replay.unit_code or replay.pooling_area, replay.pooling_area)

    @classmethod
    def of(cls, replay: Replay, result: Result) -> "Words":
        codes = {cell.value for cell in result.of(Dimension.AREA)}
        return cls(replay, platform.unit_names_of({*codes, replay.pooling_area, replay.unit_code or "-"}))

    def value(self, cell: ReplayCell) -> str:
        return value_words(Dimension(cell.dimension), cell.value, self._package, self._units)


def _left(replay: Replay) -> str:
    """还需多久, once there is something to reckon from."""
    if replay.state != ReplayState.RUNNING or not replay.rows or not replay.rows_read or replay.started_at is None:
        return ""
    gone = (timezone.now() - replay.started_at).total_seconds()
    seconds = round(gone * (replay.rows - replay.rows_read) / replay.rows_read)
    if seconds < 60:
        return gettext("约剩 %(n)s 秒") % {"n": max(seconds, 1)}
    return gettext("约剩 %(n)s 分钟") % {"n": round(seconds / 60)}


def _told(replay: Replay, result: Result, words: Words) -> dict[str, Any]:
    """Figures, charts and the largest changes of a replay of one candidate."""
    whole = result.whole
    if whole is None:
        return {"is_empty": True}
    source = _source(replay, whole)
    gains, losses = queries.largest(replay)
    names = enrolment.names_of({one.person_id for one in (*gains[:SHOWN], *losses[:SHOWN])})
    return {
        "whole": whole,
        "figures": _figures(replay, whole),
        "charts": _charts(result, words, source),
        "tables": [
            (gettext("个人少付最多的结算"), [_line(replay, one, names) for one in gains[:SHOWN]]),
            (gettext("个人多付最多的结算"), [_line(replay, one, names) for one in losses[:SHOWN]]),
        ],
    }


def _figures(replay: Replay, whole: ReplayCell) -> list[dict[str, Any]]:
    same = whole.persons - whole.persons_gained - whole.persons_lost
    projected = ""
    if replay.permille < 1000:
        estimate = whole.difference_fen * 1000 // replay.permille
        projected = gettext("按抽样推算全体 %(yuan)s") % {"yuan": signed_yuan(estimate)}
    return [
        _figure(_("原基金支付(元)"), yuan_text(whole.old_fund_fen, grouped=True), gettext("按当时的结算")),
        _figure(_("新基金支付(元)"), yuan_text(whole.new_fund_fen, grouped=True), gettext("按本方案重算")),
        _figure(
            _("基金支付变化(元)"),
            signed_yuan(whole.difference_fen),
            projected or signed_percent(whole.difference_fen, whole.old_fund_fen),
        ),
        _figure(
            _("有变化的结算(笔)"),
            f"{whole.changed:,}",
            gettext("共 %(n)s 笔") % {"n": f"{whole.settlements:,}"},
        ),
        _figure(
            _("少付的人"),
            f"{whole.persons_gained:,}",
            gettext("人均少付 %(yuan)s 元") % {"yuan": _mean(whole.gained_fen, whole.persons_gained)},
        ),
        _figure(
            _("多付的人"),
            f"{whole.persons_lost:,}",
            gettext("不变 %(n)s 人") % {"n": f"{same:,}"},
        ),
    ]


def _figure(label: Any, value: str, note: str) -> dict[str, Any]:
    return {"label": label, "value": value, "note": note}


def _mean(fen: int, persons: int) -> str:
    return yuan_text(fen // persons, grouped=True) if persons else "0.00"


def _source(replay: Replay, whole: ReplayCell) -> str:
    told = {
        "n": f"{whole.settlements:,}",
        "at": timezone.localtime(replay.finished_at).strftime("%Y-%m-%d %H:%M") if replay.finished_at else "",
    }
    return gettext("来源:%(n)s 笔结算的计算依据,%(at)s 重算") % told


def _charts(result: Result, words: Words, source: str) -> list[Chart]:
    whole = result.whole
    assert whole is not None
    sizes = [cell for cell in result.of(Dimension.SIZE) if cell.value != "0"]
    return [
        _by_layer(whole, source),
        Chart(
            "by-size",
            _("每人变化幅度(元)"),
            "bars",
            [words.value(cell) for cell in sizes],
            [Series(gettext("人数"), [cell.persons for cell in sizes], "layer-catastrophic")],
            gettext("人"),
            source,
            width="wide",
        ),
        _by(Dimension.LEVEL, _("按机构等级"), "bars-lying", result, words, source),
        _by(Dimension.KIND, _("按医疗类别"), "bars-lying", result, words, source),
        _by(Dimension.GROUP, _("按人群"), "bars-lying", result, words, source),
        _by(Dimension.AGE, _("按年龄段"), "bars-lying", result, words, source),
        _by(Dimension.AREA, _("按参保地"), "bars-lying", result, words, source),
        _by(Dimension.MONTH, _("按月份"), "bars", result, words, source),
    ]


def _by(dimension: Dimension, title: Any, kind: Any, result: Result, words: Words, source: str) -> Chart:
    """基金支付变化 by the values of one dimension."""
    cells = result.of(dimension)
    return Chart(
        f"by-{dimension.value}",
        _("基金支付变化,%(by)s") % {"by": title},
        kind,
        [words.value(cell) for cell in cells],
        [Series(gettext("基金支付变化"), [cell.difference_fen for cell in cells], "layer-pool")],
        gettext("元"),
        source,
        width="narrow",
    )


def _by_layer(whole: ReplayCell, source: str) -> Chart:
    paid = [
        (layer, old, new)
        for (layer, _, _), old, new in zip(SHARES, whole.old_fen, whole.new_fen, strict=True)
        if old or new
    ]
    return Chart(
        "by-layer",
        _("谁付的变了"),
        "bars-lying",
        [gettext(layer.label) for layer, _, _ in paid],
        [
            Series(gettext("原"), [old for _, old, _ in paid], "layer-cash"),
            Series(gettext("新"), [new for _, _, new in paid], "layer-pool"),
        ],
        gettext("元"),
        source,
        width="narrow",
    )


def _line(replay: Replay, one: ReplayChange, names: dict[int, str]) -> dict[str, Any]:
    return {
        "url": reverse("lab:change", args=[replay.pk, one.settlement_id]),
        "settled_on": one.settled_on,
        "person": names.get(one.person_id, ""),
        "institution": institution_name(one.institution_code),
        "kind": CareKind(one.kind).label,
        "old_fund_fen": sum(one.old_fen[:-2]),
        "new_fund_fen": sum(one.new_fen[:-2]),
        "gain_fen": abs(one.gain_fen),
    }


def _swept(replay: Replay, result: Result) -> dict[str, Any]:
    """The curve of a sweep and its steps."""
    cells = result.of(Dimension.STEP)
    sweep = replay.sweep
    if not cells or not cells[0].settlements:
        return {"is_empty": True}
    unit = str(UNITS.get(sweep["unit"], ""))
    source = _source(replay, cells[0])
    return {
        "sweep": sweep | {"unit": unit},
        "steps": cells,
        "curve": Chart(
            "by-step",
            gettext("基金支付变化,随%(what)s") % {"what": sweep["words"]},
            "line",
            [f"{cell.value}{unit}" for cell in cells],
            [Series(gettext("基金支付变化"), [cell.difference_fen for cell in cells], "layer-pool")],
            gettext("元"),
            source,
            width="full",
        ),
    }


@page("policy.replay", methods=("POST",))
def cancel(request: PageRequest, replay_id: int) -> HttpResponse:
    """取消测算."""
    asked = found(request, replay_id)
    commands.cancel_replay(replay_id=asked.pk, operator=request.operator, now=request.now)
    return redirect("lab:replay", replay_id)


@page("policy.replay", methods=("POST",))
def again(request: PageRequest, replay_id: int) -> HttpResponse:
    """再算一次: a new replay of the same candidate over the same period."""
    asked = found(request, replay_id)
    fresh = commands.ask_again(replay=asked, operator=request.operator, now=request.now, today=request.today)
    return follow(fresh)


@page("policy.replay", methods=("POST",))
def of_step(request: PageRequest, replay_id: int) -> HttpResponse:
    """One step of a sweep as a replay of its own, with all groups. Raises: Http404 for a step that is none."""
    asked = found(request, replay_id)
    step = request.POST.get("step", "")
    if step not in asked.sweep.get("values", ()):
        raise Http404
    candidate, title = step_as_candidate(asked, step)
    fresh = commands.ask_replay(
        pooling_area=asked.pooling_area,
        unit_code=asked.unit_code,
        scheme=asked.scheme,
        since=asked.since,
        until=asked.until,
        permille=asked.permille,
        title=title,
        candidate=candidate,
        operator=request.operator,
        now=request.now,
        today=request.today,
    )
    return follow(fresh)


@page("policy.replay")
def change(request: PageRequest, replay_id: int, settlement_id: int) -> HttpResponse:
    """One settlement told twice: as it was settled, and under the candidate."""
    asked = found(request, replay_id)
    one = queries.change(asked, settlement_id)
    view = settlements.one(asked.pooling_area, settlement_id)
    if one is None or view is None:
        raise Http404
    number = wire_id(asked.pooling_area, settlement_id)
    try:
        outcomes = running.traced(asked, person_id=one.person_id, settlement_id=settlement_id)
        new_nodes: Sequence[Any] = [node for outcome in outcomes for node in explained(outcome, detailed=False)]
    except (DomainError, LookupError):
        new_nodes = []
    names = enrolment.names_of({one.person_id})
    context = {
        "replay": asked,
        "number": number,
        "line": _line(asked, one, names),
        "gain_fen": one.gain_fen,
        "sides": [
            (
                gettext("原结算"),
                _shares(one.old_fen),
                [node for _, nodes in trees(view, detailed=False) for node in nodes],
            ),
            (gettext("按本方案"), _shares(one.new_fen), new_nodes),
        ],
        "rows": _compared(one),
        "crumbs": [
            *crumbs((_("政策测算"), "lab:replays")),
            Crumb(asked.title, reverse("lab:replay", args=[asked.pk])),
            Crumb(f"{one.settled_on} · {institution_name(one.institution_code)}"),
        ],
    }
    return render(request, "lab/change.html", context)


def _shares(fen: Sequence[int]) -> Any:
    return shares({column: amount for (_, column, _), amount in zip(SHARES, fen, strict=True)})


def _compared(one: ReplayChange) -> list[dict[str, Any]]:
    """Layer by layer: old, new, difference."""
    return [
        {"layer": layer.value, "label": layer.label, "old": old, "new": new, "difference": new - old}
        for (layer, _, _), old, new in zip(SHARES, one.old_fen, one.new_fen, strict=True)
        if old or new
    ]


@page("policy.replay")
def sheet(request: PageRequest, replay_id: int) -> HttpResponse:
    """下载测算表 (xlsx): sums and numbers of settlements, no name; noted in the trail as every export is (ORG-21)."""
    asked = found(request, replay_id)
    result = queries.result(asked)
    file = sheets.written(asked, result, queries.largest(asked), Words.of(asked, result).value)
    trail.record(
        "platform.list_exported",
        at=request.now,
        operator=request.operator,
        object_kind="list",
        object_key="lab.replay",
        detail={"replay": replay_id, "format": "xlsx", "masked": True},
    )
    stamp = timezone.localtime(request.now).strftime("%Y%m%d-%H%M")
    return FileResponse(file, as_attachment=True, filename=f"{gettext('政策测算')}-{replay_id}-{stamp}.xlsx")

"""Reading replays (测算查询): lists inside a scope, results told by dimension."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from tongchou.lab.models import Replay, ReplayCell, ReplayChange
from tongchou.lab.states import Dimension
from tongchou.platform.scope import Scope
from tongchou.settlement import rereading


def replays(
    *, scope: Scope, state: str = "", origin: str = "", scheme: str = "", since: date | None = None
) -> QuerySet[Replay]:
    """测算列表 inside the scope."""
    found = Replay.objects.filter(scope.q(unit="unit_code", area="pooling_area")).defer("candidate_text", "left_out")
    for name, wanted in (("state", state), ("origin", origin), ("scheme", scheme)):
        if wanted:
            found = found.filter(**{name: wanted})
    return found.filter(asked_at__date__gte=since) if since else found


def replay(replay_id: int) -> Replay | None:
    """One replay."""
    return Replay.objects.filter(pk=replay_id).first()


def wholes(replay_ids: Collection[int]) -> dict[int, ReplayCell]:
    """全部 of several replays, for a list."""
    found = ReplayCell.objects.filter(replay_id__in=list(replay_ids), dimension=Dimension.ALL)
    return {cell.replay_id: cell for cell in found}


@dataclass(frozen=True, slots=True)
class Result:
    """测算结果: the whole, and the cells of each dimension; `whole` is None where nothing was counted."""

    whole: ReplayCell | None
    by: Mapping[str, Sequence[ReplayCell]]

    def of(self, dimension: Dimension) -> Sequence[ReplayCell]:
        return self.by.get(dimension.value, ())


def result(replay: Replay) -> Result:
    """The cells of a replay, those of each dimension in the order of their values."""
    by: dict[str, list[ReplayCell]] = {}
    for cell in ReplayCell.objects.filter(replay=replay):
        by.setdefault(cell.dimension, []).append(cell)
    for dimension, cells in by.items():
        cells.sort(key=lambda cell: _order(dimension, cell.value))
    whole = by.get(Dimension.ALL.value)
    return Result(whole[0] if whole else None, by)


def _order(dimension: str, value: str) -> tuple[float, str]:
    if dimension in (Dimension.AGE, Dimension.STEP, Dimension.SIZE):
        return (float(value) if value != "-" else float("inf"), value)
    return (value == "-", value)


def largest(replay: Replay) -> tuple[list[ReplayChange], list[ReplayChange]]:
    """The settlements whose person gains most, and those whose person loses most."""
    found = list(ReplayChange.objects.filter(replay=replay).order_by("settlement_id"))
    gains = sorted((one for one in found if one.gain_fen > 0), key=lambda one: -one.gain_fen)
    losses = sorted((one for one in found if one.gain_fen < 0), key=lambda one: one.gain_fen)
    return gains, losses


def change(replay: Replay, settlement_id: int) -> ReplayChange | None:
    """One of the largest changes."""
    return ReplayChange.objects.filter(replay=replay, settlement_id=settlement_id).first()


def words_of_package(replay: Replay) -> dict[str, dict[str, str]]:
    """What the candidate calls levels, groups and kinds (方案用语)."""
    plain: dict[str, Any] = json.loads(replay.candidate_text)
    return {name: plain.get(name) or {} for name in ("levels", "groups", "kinds")}


def usual_share_ppm(*, pooling_area: str, scheme: str, kind: str, since: date) -> int | None:
    """What of a bill of that kind is usually within the scope, in millionths (常见构成); None if not known."""
    found = rereading.usual_shares(pooling_area=pooling_area, scheme=scheme, since=since).get(kind)
    return None if found is None else min(found[0] * 1_000_000 // found[1], 1_000_000)

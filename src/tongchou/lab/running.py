"""Doing a replay (测算执行): chunk by chunk of whole persons, each put down with how far it is in one commit.

So a process that is killed loses at most a chunk: whoever takes the replay next goes on behind the last person. Two
processes never work on one replay: each holds a name of its own, and puts down nothing once another took over or
somebody called it off. Decision 0192.
"""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.lab import tally
from tongchou.lab.models import Replay, ReplayCell, ReplayChange
from tongchou.lab.rules import Course, Shares
from tongchou.lab.states import Dimension, ReplayState
from tongchou.lab.tally import COUNTS, LARGEST, Change, Tally
from tongchou.parameters import queries as parameters
from tongchou.parameters.ruling import Ruling
from tongchou.platform import queries as platform
from tongchou.platform.states import UnitLevel
from tongchou.policy.engine import Outcome
from tongchou.policy.packages import Package
from tongchou.settlement import rereading
from tongchou.settlement.rereading import Period
from tongchou.settlement.stored import SHARES, Reread

CHUNK: Final = 4_000
"""Settlements read and put down at once."""
LOST_AFTER: Final = timedelta(seconds=60)
"""A replay that did not move for so long has lost its process."""
MOST_REASONS: Final = 50


def take(worker: str, now: datetime) -> Replay | None:
    """领取: the oldest replay that waits, or whose process died; it is this worker's from now on."""
    with transaction.atomic():
        lost = Q(state=ReplayState.RUNNING, beat_at__lt=now - LOST_AFTER)
        waiting = Replay.objects.filter(Q(state=ReplayState.QUEUED) | lost).order_by("asked_at", "id")
        replay = waiting.select_for_update(skip_locked=True).first()
        if replay is None:
            return None
        replay.state, replay.worker, replay.beat_at = ReplayState.RUNNING, worker, now
        replay.started_at = replay.started_at or now
        replay.save(update_fields=["state", "worker", "beat_at", "started_at"])
    return replay


def is_waited_for(now: datetime) -> bool:
    """Whether there is something to take (有无待办)."""
    lost = Q(state=ReplayState.RUNNING, beat_at__lt=now - LOST_AFTER)
    return Replay.objects.filter(Q(state=ReplayState.QUEUED) | lost).exists()


def period_of(replay: Replay) -> Period:
    """The settlements a replay is about."""
    units = None
    if replay.unit_code:
        units = tuple(_units_of(replay.unit_code))
    return Period(
        replay.pooling_area, replay.scheme, _midnight(replay.since), _midnight(replay.until), units, replay.permille
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_default_timezone())


def work(replay: Replay, *, chunk: int = CHUNK) -> Iterator[int]:
    """执行: yields after every chunk how many settlements are read; stop asking, and it stays as it is.

    Ends by itself when all are read, when somebody called it off, or when it cannot go on (未完成).
    """
    try:
        running = Running.of(replay)
    except DomainError as refusal:
        fail(replay, refusal.sentence)
        return
    if replay.rows is None:
        replay.rows = rereading.count(running.period)
        Replay.objects.filter(pk=replay.pk, worker=replay.worker).update(rows=replay.rows)
    while True:
        began = time.process_time_ns()
        rows = rereading.of_persons_after(running.period, replay.after_person, limit=chunk)
        if not rows:
            _finish(replay, ReplayState.DONE)
            return
        done = running.replay(rows)
        replay.after_person = rows[-1].person_id
        replay.rows_read += len(rows)
        replay.cpu_us += (time.process_time_ns() - began) // 1000
        if not running.put_down(done):
            return
        yield replay.rows_read


@dataclass(slots=True)
class Done:
    """What a chunk came to: cells to add, large changes, reasons why something cannot be computed."""

    cells: tally.Cells
    largest: list[Change]
    left_out: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Running:
    """A replay in hand: its package or its steps, and what was added up before."""

    asked: Replay
    period: Period
    candidates: Sequence[Ruling]
    counties: Mapping[str, str]

    @classmethod
    def of(cls, replay: Replay) -> "Running":
        """Raises: PackageRefused."""
        package = Package.parse(replay.candidate_text.encode(), replay.candidate)
        steps = replay.sweep.get("values", ())
        packages = [package.draft({replay.sweep["path"]: value}) for value in steps] or [package]
        local = parameters.local_rules_below(package)
        candidates = [Ruling(one, local) for one in packages]
        return cls(replay, period_of(replay), candidates, _counties(replay.pooling_area))

    def replay(self, rows: Sequence[Reread]) -> Done:
        """Run whole persons under the candidate, or under every step of a sweep."""
        linked = [
            one.encounter_id
            for one in rows
            if one.receipt.parts and one.receipt.parts[0].facts.linked_deductible_fen is not None
        ]
        stays = rereading.continued_stays(self.period.pooling_area, linked)
        if self.asked.sweep:
            return self._replay_steps(rows, stays)
        candidate = self.candidates[0]
        groups = frozenset(candidate.package.definition.groups)
        counted, left_out = Tally(self.counties, groups), dict[tuple[str, str], int]()
        for _, of_person in itertools.groupby(rows, lambda one: one.person_id):
            for one, shares in course(candidate, stays, of_person, left_out):
                if one.stands:
                    counted.add(one, shares)
            counted.end_person()
        return Done(counted.cells(), list(counted.largest()), left_out)

    def _replay_steps(self, rows: Sequence[Reread], stays: dict[int, int]) -> Done:
        """Every step over the same settlements: read and decoded once."""
        tallies = [Tally() for _ in self.candidates]
        left_out: dict[tuple[str, str], int] = {}
        for _, grouped in itertools.groupby(rows, lambda one: one.person_id):
            of_person = list(grouped)
            for candidate, counted in zip(self.candidates, tallies, strict=True):
                for one, shares in course(candidate, stays, of_person, left_out):
                    if one.stands:
                        counted.add(one, shares)
                counted.end_person()
        steps = self.asked.sweep["values"]
        cells = {(Dimension.STEP.value, step): counted.whole() for step, counted in zip(steps, tallies, strict=True)}
        return Done(cells, [], left_out)

    def put_down(self, done: Done) -> bool:
        """Put a chunk down with how far it is, all or nothing; False when it is this worker's no longer."""
        replay = self.asked
        with transaction.atomic():
            mine = Replay.objects.filter(pk=replay.pk, state=ReplayState.RUNNING, worker=replay.worker)
            replay.left_out = _with_reasons(replay.left_out, done.left_out)
            updated = mine.update(
                after_person=replay.after_person,
                rows_read=replay.rows_read,
                cpu_us=replay.cpu_us,
                left_out=replay.left_out,
                beat_at=timezone.now(),
            )
            if not updated:
                return False
            _add_cells(replay, done.cells)
            _keep_largest(replay, done.largest)
        return True


def _units_of(top: str) -> dict[str, platform.OrgUnit]:
    """A unit and all below it, closed ones too, for settlements of their time."""
    units = platform.units_by_code()
    if top not in units:
        return {}
    path = units[top].path
    return {code: unit for code, unit in units.items() if unit.path.startswith(path)}


def _counties(pooling_area: str) -> dict[str, str]:
    """Unit → the county it belongs to; of what hangs straight under the area, the area itself."""
    units = _units_of(pooling_area)
    counties = {code for code, unit in units.items() if unit.level == UnitLevel.COUNTY}
    return {
        code: next((above for above in unit.path.split("/") if above in counties), pooling_area)
        for code, unit in units.items()
    }


def course(
    candidate: Ruling,
    stays: dict[int, int],
    of_person: Iterator[Reread] | Sequence[Reread],
    left_out: dict[tuple[str, str], int],
) -> Iterator[tuple[Reread, Shares]]:
    """A person's settlements under the candidate, in order; what cannot be computed is counted by its reason."""
    running = Course(candidate.package, stays)
    for one in of_person:
        if one.reversal_of is not None:
            running.take_back(one)
            continue
        running.package = candidate.of(one.unit_code, one.settled_on)
        try:
            shares, _ = running.settle(one)
        except DomainError as refusal:
            if one.stands:
                reason = (refusal.code, str(refusal))
                left_out[reason] = left_out.get(reason, 0) + 1
            continue
        yield one, shares


def traced(replay: Replay, *, person_id: int, settlement_id: int, step: str = "") -> list[Outcome]:
    """The runs of one settlement under the candidate, traced, after all of the person's before it (新算法说明).

    Raises: DomainError; LookupError when the settlement is not among the replay's.
    """
    running = Running.of(replay)
    candidate = running.candidates[list(replay.sweep["values"]).index(step)] if step else running.candidates[0]
    rows = rereading.of_person(running.period, person_id)
    stays = rereading.continued_stays(replay.pooling_area, [one.encounter_id for one in rows])
    going = Course(candidate.package, stays)
    for one in rows:
        going.package = candidate.of(one.unit_code, one.settled_on)
        if one.reversal_of is not None:
            going.take_back(one)
        elif one.id == settlement_id:
            return going.settle(one, trace=True)[1]
        else:
            try:
                going.settle(one)
            except DomainError:
                continue
    raise LookupError(settlement_id)


def _with_reasons(known: list[dict[str, object]], found: dict[tuple[str, str], int]) -> list[dict[str, object]]:
    """Reasons with how often, the most frequent first; past fifty they are one."""
    counts = {(str(one["code"]), str(one["reason"])): int(str(one["count"])) for one in known}
    for reason, count in found.items():
        counts[reason] = counts.get(reason, 0) + count
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    kept, rest = ordered[:MOST_REASONS], sum(count for _, count in ordered[MOST_REASONS:])
    told: list[dict[str, object]] = [{"code": code, "reason": reason, "count": count} for (code, reason), count in kept]
    return [*told, {"code": "", "reason": "其他", "count": rest}] if rest else told


def _add_cells(replay: Replay, cells: tally.Cells) -> None:
    known = {(cell.dimension, cell.value): cell for cell in ReplayCell.objects.filter(replay=replay)}
    touched = []
    for (dimension, value), row in cells.items():
        nothing = [0] * len(SHARES)
        cell = known.get((dimension, value)) or ReplayCell(
            replay=replay, dimension=dimension, value=value, old_fen=nothing, new_fen=nothing
        )
        for name, amount in zip(COUNTS, row, strict=False):
            setattr(cell, name, getattr(cell, name) + amount)
        old, new = row[len(COUNTS) : -len(SHARES)], row[-len(SHARES) :]
        cell.old_fen = [one + other for one, other in zip(cell.old_fen, old, strict=True)]
        cell.new_fen = [one + other for one, other in zip(cell.new_fen, new, strict=True)]
        cell.pk = None
        touched.append(cell)
    ReplayCell.objects.bulk_create(
        touched,
        update_conflicts=True,
        unique_fields=["replay", "dimension", "value"],
        update_fields=[*COUNTS, "old_fen", "new_fen"],
    )


def _keep_largest(replay: Replay, found: Sequence[Change]) -> None:
    """Some of the largest gains and losses: those of before and of this chunk, the largest of both."""
    if not found:
        return
    fresh = [
        ReplayChange(
            replay=replay,
            settlement_id=one.one.id,
            person_id=one.one.person_id,
            institution_code=one.one.institution_code,
            kind=one.one.receipt.parts[-1].facts.kind,
            settled_on=one.one.settled_on,
            gain_fen=one.gain_fen,
            old_fen=list(one.one.shares),
            new_fen=list(one.new),
        )
        for one in found
    ]
    known = list(ReplayChange.objects.filter(replay=replay))
    ordered = sorted([*known, *fresh], key=lambda one: (-abs(one.gain_fen), one.settlement_id))
    gains = [one for one in ordered if one.gain_fen > 0][:LARGEST]
    losses = [one for one in ordered if one.gain_fen < 0][:LARGEST]
    kept = {id(one) for one in (*gains, *losses)}
    gone = [one.pk for one in known if id(one) not in kept]
    if gone:
        ReplayChange.objects.filter(pk__in=gone).delete()
    ReplayChange.objects.bulk_create([one for one in fresh if id(one) in kept])


def _finish(replay: Replay, state: ReplayState) -> None:
    Replay.objects.filter(pk=replay.pk, state=ReplayState.RUNNING, worker=replay.worker).update(
        state=state, finished_at=timezone.now(), problem=replay.problem
    )
    replay.refresh_from_db(fields=["state", "finished_at"])


def fail(replay: Replay, problem: str) -> None:
    """未完成: it cannot go on, and will not be taken up again."""
    replay.problem = problem[:300]
    _finish(replay, ReplayState.FAILED)

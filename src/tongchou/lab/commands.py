"""Asking for a replay and calling it off (测算的提交与取消). The work itself is `running`'s."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from django.db import transaction

from tongchou.kernel.errors import DomainError
from tongchou.lab.candidates import Candidate, Sweep
from tongchou.lab.models import Replay
from tongchou.lab.states import UNFINISHED, Origin, ReplayState
from tongchou.platform import trail
from tongchou.platform.queries import Operator
from tongchou.policy.packages import Package

MOST_WAITING: Final = 10


class PeriodUnfit(DomainError):
    code = "LB-0104"
    message = "测算时段{since}至{until}不成立:起日须早于止日,止日不晚于今天"


class SchemeUnfit(DomainError):
    code = "LB-0105"
    message = "方案是{of_candidate}的,不能用于{scheme}的结算"


class TooManyWaiting(DomainError):
    code = "LB-0106"
    message = "本统筹区已有{waiting}项测算在排队或进行,请等其中一项完成,或先取消一项"


class AlreadyFinished(DomainError):
    code = "LB-0107"
    message = "这项测算{state},不能取消"


def ask_replay(
    *,
    pooling_area: str,
    unit_code: str,
    scheme: str,
    since: date,
    until: date,
    permille: int,
    title: str,
    candidate: Candidate,
    operator: Operator,
    now: datetime,
    today: date,
) -> Replay:
    """提交测算 (ORG-23, BEN-31): it waits until a process takes it. `until` is exclusive.

    Raises: PeriodUnfit, SchemeUnfit, TooManyWaiting.
    """
    package = candidate.package
    if not since < until <= date.fromordinal(today.toordinal() + 1):
        raise PeriodUnfit(since=since, until=date.fromordinal(until.toordinal() - 1))
    if package.scheme != scheme:
        raise SchemeUnfit(of_candidate=package.scheme, scheme=scheme)
    with transaction.atomic():
        waiting = Replay.objects.filter(pooling_area=pooling_area, state__in=UNFINISHED).count()
        if waiting >= MOST_WAITING:
            raise TooManyWaiting(waiting=waiting)
        replay = Replay.objects.create(
            pooling_area=pooling_area,
            unit_code=unit_code,
            scheme=scheme,
            since=since,
            until=until,
            permille=permille,
            title=title,
            origin=candidate.origin,
            draft_id=candidate.draft_id,
            candidate=package.label,
            candidate_hash=package.hash,
            candidate_text=package.text,
            changes=[dict(change) for change in candidate.changes],
            sweep=asdict(candidate.sweep) if candidate.sweep else {},
            asked_at=now,
            operator_id=operator.pk,
            operator=operator.name,
        )
        trail.record(
            "lab.replay_asked",
            at=now,
            operator=operator,
            pooling_area=pooling_area,
            object_kind="replay",
            object_key=replay.pk,
            detail={"title": title, "since": str(since), "until": str(until), "candidate": package.hash},
        )
    return replay


def ask_again(*, replay: Replay, operator: Operator, now: datetime, today: date) -> Replay:
    """再算一次: a new replay of the same candidate, as it was kept. Raises: PackageRefused, TooManyWaiting."""
    package = Package.parse(replay.candidate_text.encode(), replay.candidate)
    return ask_replay(
        pooling_area=replay.pooling_area,
        unit_code=replay.unit_code,
        scheme=replay.scheme,
        since=replay.since,
        until=replay.until,
        permille=replay.permille,
        title=replay.title,
        candidate=Candidate(
            package,
            Origin(replay.origin),
            tuple(replay.changes),
            Sweep(**{**replay.sweep, "values": tuple(replay.sweep["values"])}) if replay.sweep else None,
            replay.draft_id,
        ),
        operator=operator,
        now=now,
        today=today,
    )


def cancel_replay(*, replay_id: int, operator: Operator, now: datetime) -> None:
    """取消测算: what is computed so far stays to be read; the process stops at its next step.

    Raises: AlreadyFinished.
    """
    with transaction.atomic():
        replay = Replay.objects.select_for_update().get(pk=replay_id)
        if replay.state not in UNFINISHED:
            raise AlreadyFinished(state=ReplayState(replay.state).label)
        replay.state, replay.finished_at = ReplayState.CANCELLED, now
        replay.save(update_fields=["state", "finished_at"])
        trail.record(
            "lab.replay_cancelled",
            at=now,
            operator=operator,
            pooling_area=replay.pooling_area,
            object_kind="replay",
            object_key=replay.pk,
        )

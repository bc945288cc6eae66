"""Periodic jobs (定时任务): a thin module on PostgreSQL; one runner at a time in the whole house. Decision 0015.

A chapter registers its jobs in `AppConfig.ready`; `serve` runs a `Scheduler`. A job that fails is noted in its state
and tried again when its time comes round.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from tongchou.platform.models import JobState

LOCK: Final = 0x6A6F_6273  # any number that no other advisory lock uses
LONGEST_PAUSE: Final = timedelta(seconds=30)
"""How long the scheduler sleeps at most: whoever waits for the lock takes over within this time."""

Work = Callable[[datetime], object]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, and how often (任务)."""

    name: str
    label: str
    every: timedelta
    work: Work


_jobs: dict[str, Job] = {}


def register(name: str, *, label: str, every: timedelta, work: Work) -> None:
    """Run `work(now)` about every `every`, from one process of the house (登记任务). The same name again replaces."""
    _jobs[name] = Job(name, label, every, work)


def registered() -> list[Job]:
    """All jobs, for the page that shows them (任务清单)."""
    return list(_jobs.values())


def states() -> list[tuple[Job, JobState | None]]:
    """Every job with when it last ran (任务状态)."""
    known = {state.name: state for state in JobState.objects.all()}
    return [(job, known.get(job.name)) for job in registered()]


def run_due(now: datetime) -> list[str]:
    """Run every job whose time has come, one after another. Returns the names of those that ran."""
    started = dict(JobState.objects.values_list("name", "started_at"))
    due = [job for job in _jobs.values() if job.name not in started or now - started[job.name] >= job.every]
    for job in due:
        _run(job, now)
    return [job.name for job in due]


def next_due(now: datetime) -> datetime:
    """When the next job is due; at most `LONGEST_PAUSE` ahead."""
    started = dict(JobState.objects.values_list("name", "started_at"))
    times = [started[job.name] + job.every if job.name in started else now for job in _jobs.values()]
    return min([*times, now + LONGEST_PAUSE])


def _run(job: Job, now: datetime) -> None:
    JobState.objects.update_or_create(name=job.name, defaults={"started_at": now, "finished_at": None, "problem": ""})
    try:
        job.work(now)
    except Exception as problem:  # a job's fault must not stop the others
        log.exception("job %s failed", job.name)
        JobState.objects.filter(name=job.name).update(problem=f"{type(problem).__name__}: {problem}"[:2000])
    else:
        JobState.objects.filter(name=job.name).update(finished_at=timezone.now())


class Scheduler:
    """The thread that runs the jobs while it holds the lock; `stop` ends it after the job in hand (调度)."""

    def __init__(self, clock: Callable[[], datetime] = timezone.now) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self._round()
            except DatabaseError:  # the server may be restarting: begin anew on a new connection
                log.exception("jobs wait for the database")
                connection.close()
                pause = LONGEST_PAUSE
            self._stopping.wait(pause.total_seconds())
        connection.close()

    def _round(self) -> timedelta:
        close_old_connections()
        if not _hold_lock():
            return LONGEST_PAUSE
        run_due(self._clock())
        now = self._clock()
        return max(next_due(now) - now, timedelta(milliseconds=200))


def _hold_lock() -> bool:
    """Whether this connection has, or now gets, the session's lock; it goes when the connection does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = %s"
            " AND pid = pg_backend_pid() AND granted) OR pg_try_advisory_lock(%s)",
            [LOCK, LOCK],
        )
        return bool(cursor.fetchone()[0])

"""The clock's work on replays (测算定时任务): see that a process does those that wait."""

from datetime import datetime, timedelta

from tongchou.lab import running, worker
from tongchou.platform import jobs, trail

ACTIONS = {"lab.replay_asked": "提交政策测算", "lab.replay_cancelled": "取消政策测算"}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("lab.run", label="政策测算", every=timedelta(seconds=3), work=run)
    trail.name_actions(ACTIONS)


def run(now: datetime) -> None:
    """Start the process where something waits, or where the one that worked was lost."""
    if running.is_waited_for(now):
        worker.ensure_running()

"""The process that does replays (测算进程): beside the servers, with lower priority, on a connection of its own.

It ends when nothing waits, or when the server that started it is gone; what it was doing is taken up again later.
"""

import contextlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Final

NICE: Final = 10
"""Lower than the servers: a replay takes the processor that nobody else wants."""
SETTINGS: Final = (
    "SET statement_timeout = '60s'",
    "SET synchronous_commit = off",  # a chunk lost with the machine is computed again
)
log = logging.getLogger(__name__)
_running: subprocess.Popen[bytes] | None = None


def ensure_running() -> bool:
    """Start the process unless it lives (启动测算进程). True when it was started now."""
    global _running
    if _running is not None and _running.poll() is None:
        return False
    _running = subprocess.Popen([sys.executable, "-m", "tongchou.lab.worker"], stdin=subprocess.DEVNULL)
    return True


def run_all(*, name: str, go_on: Callable[[], bool]) -> int:
    """Do every replay that waits (全部执行); stops between two chunks when `go_on` says no. Returns how many ended."""
    from django.db import OperationalError
    from django.utils import timezone

    from tongchou.lab import running

    ended = 0
    while go_on() and (replay := running.take(name, timezone.now())) is not None:
        try:
            for _ in running.work(replay):
                if not go_on():
                    return ended
        except OperationalError:
            log.exception("replay %s waits for the database", replay.pk)
            return ended
        except Exception:  # a fault of ours must not be met again and again
            log.exception("replay %s failed", replay.pk)
            running.fail(replay, "程序出错,已记入运行日志,请联系信息管理员")
        ended += 1
    return ended


def main() -> None:
    """Work until nothing waits (主程序)."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.site.settings")
    django.setup()
    from django.db import connection

    with contextlib.suppress(OSError):
        os.nice(NICE)
    parent = os.getppid()
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(setting)
    run_all(name=f"{socket.gethostname()}-{os.getpid()}", go_on=lambda: os.getppid() == parent)
    connection.close()


if __name__ == "__main__":
    main()

"""A server process (服务进程): the WSGI callable, and beside it the clock's work, done by one process of the house."""

from collections.abc import Callable, Iterable
from typing import Any

from tongchou.platform import jobs
from tongchou.site.wsgi import application


def begin() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Called once in each process: start the clock, give the callable (启动)."""
    jobs.Scheduler().start()
    return application

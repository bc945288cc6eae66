"""A server process (服务进程): the WSGI callable, and the threads that stand beside it."""

from collections.abc import Callable, Iterable
from typing import Any

from tongchou.platform import jobs
from tongchou.site.wsgi import application
from tongchou.wire import refusals


def begin() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Called once in each process (启动): start the clock's work and the counting of refusals, give the callable."""
    jobs.Scheduler().start()
    refusals.Writer().start()
    return application

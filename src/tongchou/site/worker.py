"""A server process (服务进程): the WSGI callable, and beside it the clock's work, done by one process of the house."""

from tongchou.platform import jobs
from tongchou.site.wsgi import application

__all__ = ["application"]

jobs.Scheduler().start()

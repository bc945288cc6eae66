"""Deeds at the same instant, each with a connection of its own (同时办理): for tests whose rows are committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

from django.db import connection

from tongchou.kernel.errors import DomainError

PATIENCE: Final = 30
"""Seconds until every deed has a thread and a connection; a deed that cannot start fails all of them."""


def ended_at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Every deed in a thread of its own, started together; what each gave back or raised, in their order."""
    ready = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            ready.wait(PATIENCE)
            return deed()
        except Exception as fault:
            return fault
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def named_at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each gave back, or the name of the class that it raised, in their order."""
    return [type(end).__name__ if isinstance(end, Exception) else end for end in ended_at_once(*deeds)]


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """The code of a refusal, or nothing, sorted. Whatever else one of them raised is raised here."""
    ends = ended_at_once(*deeds)
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, DomainError):
            raise end
    return sorted(end.code if isinstance(end, DomainError) else "" for end in ends)

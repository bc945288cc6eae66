"""Deeds at the same instant, each with a connection of its own (同时办理): for tests whose rows are committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, get_ident
from typing import Any, Final

import pytest
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


def begun_within(
    first: Callable[[], Any], second: Callable[[], Any], *, call: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    """`second` begins when `first` comes to a call (owner and name), which goes on once the second has ended or waits.

    So the order is the same in every run. What each gave back or raised.
    """
    owner, name = call
    real, reached, over = getattr(owner, name), Event(), Event()
    firsts: list[int] = []

    def paused(*args: Any, **kwargs: Any) -> Any:
        if get_ident() in firsts and not reached.is_set():
            reached.set()
            while not over.wait(0.01) and not _somebody_waits_for_me():
                pass
        return real(*args, **kwargs)

    def leading() -> Any:
        firsts.append(get_ident())
        return first()

    def following() -> Any:
        assert reached.wait(PATIENCE), f"the first deed never came to {name}"
        try:
            return second()
        finally:
            over.set()

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, paused)
        return ended_at_once(leading, following)


def _somebody_waits_for_me() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])

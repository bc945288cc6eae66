"""Deeds at the same instant, each with a connection of its own (同时办理): for tests whose rows are committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from tongchou.kernel.errors import DomainError


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """Every deed in a thread of its own, started together; the code of a refusal, or nothing."""
    ready = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> str:
        try:
            ready.wait()
            deed()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))

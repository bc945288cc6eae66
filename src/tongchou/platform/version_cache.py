"""Knowing in memory what a version row guards (版本缓存): looked at most once a second, read again when it has moved.

One thread looks while the others go on with what they have; an answer is at most `every` seconds old.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Version = TypeVar("Version")
EVERY_SECONDS: Final = 1.0


class VersionWatch(Generic[Version]):
    """Calls `moved(version)` when `read()` answers another version than the last time."""

    def __init__(
        self,
        read: Callable[[], Version],
        moved: Callable[[Version], object],
        *,
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._moved = moved
        self._every = every
        self.clock = clock
        self._look_at = float("-inf")
        self._version: Version | None = None
        self._lock = threading.Lock()

    def look(self) -> None:
        """Look when the time has come (核对版本). The first caller waits for the answer; later ones never do."""
        now = self.clock()
        if now < self._look_at:
            return
        if not self._lock.acquire(blocking=self._version is None):
            return
        try:
            if now < self._look_at:
                return
            version = self._read()
            if version != self._version:
                self._moved(version)
                self._version = version
            self._look_at = now + self._every
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Look again at the next question, as if nothing were known (清空)."""
        with self._lock:
            self._version = None
            self._look_at = float("-inf")

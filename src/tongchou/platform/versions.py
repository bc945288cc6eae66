"""What rarely changes, kept in the process (缓存): read again when a version row of the database has moved.

A register raises its version row in the transaction that changes it; every process looks at the rows of all registers
in use at most once a second, with one question, so that a change is in force everywhere within that second and the path
of settling asks the database nothing.
"""

import threading
import time
import weakref
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Final, Generic, TypeVar

from django.db import connection

LOOKED_EVERY_SECONDS: Final = 1.0

Key = TypeVar("Key", bound=Hashable)
Held = TypeVar("Held")

_all: "weakref.WeakSet[VersionedCache]" = weakref.WeakSet()  # type: ignore[type-arg]


class VersionedCache(Generic[Key, Held]):
    """Things read by key, forgotten when any row of `table` (columns: area, version) is no longer what it was.

    `read` gives the things of several keys at once; a key it leaves out is remembered as having none.
    """

    def __init__(
        self,
        table: str,
        read: Callable[[Collection[Key]], Mapping[Key, Held]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._statement = f"(SELECT array_agg(t.* ORDER BY t.*)::text FROM {table} t)"
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self.forget()
        _all.add(self)

    def forget(self) -> None:
        """Read everything again at the next use."""
        self._held: dict[Key, Held | None] = {}
        self._versions: str | None = None
        self._in_use = False
        self._look_again_at = float("-inf")

    def look_again(self) -> None:
        """Look at the versions at the next use, as a second later."""
        self._look_again_at = float("-inf")

    def get(self, key: Key) -> Held | None:
        """The thing, as of at most a second ago."""
        held = self._current()
        if key not in held:
            self._fetch(held, (key,))
        return held[key]

    def get_all(self, keys: Collection[Key]) -> Mapping[Key, Held | None]:
        """The things of several keys, those not yet held read in one go."""
        held = self._current()
        if missing := [key for key in keys if key not in held]:
            self._fetch(held, missing)
        return {key: held[key] for key in keys}

    def _fetch(self, held: dict[Key, Held | None], keys: Collection[Key]) -> None:
        found = self._read(keys)
        for key in keys:
            held[key] = found.get(key)

    def _current(self) -> dict[Key, Held | None]:
        if self._clock() >= self._look_again_at:
            self._look()
        return self._held

    def _look(self) -> None:
        """Look at the versions, and at those of every other cache that would look soon: one question for all."""
        with self._lock:
            now = self._clock()
            self._look_again_at = now + LOOKED_EVERY_SECONDS
            due = [cache for cache in _all if cache._is_due(now, self._clock)]
            others = [cache for cache in due if cache._lock.acquire(blocking=False)]
            try:
                looking = [self, *others]
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {', '.join(cache._statement for cache in looking)}")
                    found = cursor.fetchone()
                for cache, versions in zip(looking, found, strict=True):
                    cache._take(versions, now)
            finally:
                for cache in others:
                    cache._lock.release()

    def _is_due(self, now: float, clock: Callable[[], float]) -> bool:
        """Whether it is in use and would look at its versions now."""
        return self._in_use and self._clock is clock and now >= self._look_again_at

    def _take(self, versions: str | None, now: float) -> None:
        self._look_again_at, self._in_use = now + LOOKED_EVERY_SECONDS, True
        if versions != self._versions:
            self._versions, self._held = versions, {}


def look_again_all() -> None:
    """Let every cache look at its versions at the next use: what a page costs at the most."""
    for cache in _all:
        cache.look_again()


def forget_all() -> None:
    """Forget what every cache holds: between tests, whose databases start anew."""
    for cache in _all:
        cache.forget()

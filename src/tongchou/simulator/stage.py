"""Many scripts on one played clock (模拟时钟): a month of hospital days in seconds, each event at its moment.

A script that waits hands its moment to the stage, which always wakes the earliest. Messages go straight to the wire's
registry in this process, with the played clock as the agency's.
"""

import heapq
import itertools
from collections.abc import Coroutine, Generator
from datetime import datetime
from typing import Any

from tongchou.wire import registry

Script = Coroutine[datetime, None, None]


class _Until:
    """Waiting for a moment: what a script hands to the stage."""

    __slots__ = ("_moment",)

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def __await__(self) -> Generator[datetime, None, None]:
        yield self._moment


class Stage:
    """Runs scripts in order of their moments; `now` never goes back."""

    def __init__(self, opens: datetime) -> None:
        self._now = opens
        self._order = itertools.count()
        self._waiting: list[tuple[datetime, int, Script]] = []

    def now(self) -> datetime:
        """The played moment."""
        return self._now

    async def until(self, moment: datetime) -> None:
        """Wait for a moment; one that has passed costs nothing."""
        if moment > self._now:
            await _Until(moment)

    def enter(self, script: Script, at: datetime) -> None:
        """Begin a script at a moment."""
        heapq.heappush(self._waiting, (at, next(self._order), script))

    def run(self, until: datetime) -> None:
        """Play everything before that moment; scripts that wait for a later one stay."""
        while self._waiting and self._waiting[0][0] < until:
            moment, _, script = heapq.heappop(self._waiting)
            self._now = max(self._now, moment)
            try:
                wakes_at = script.send(None)
            except StopIteration:
                continue
            heapq.heappush(self._waiting, (wakes_at, next(self._order), script))

    def close(self) -> int:
        """Leave the scripts that still wait as they stand; how many those are."""
        left = len(self._waiting)
        for _, _, script in self._waiting:
            script.close()
        self._waiting.clear()
        return left


class InProcessLine:
    """Messages to the registry of this process."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def exchange(self, body: bytes) -> bytes:
        """The answer, given at the played moment."""
        return registry.respond(body, headers=NO_HEADERS, clock=self._stage.now)


NO_HEADERS: dict[str, Any] = {}

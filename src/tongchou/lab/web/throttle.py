"""A brake for pages without log-in (限流): so many a minute from one address, in the memory of the process only."""

import threading
import time
from collections.abc import Callable
from typing import Final

MOST_ADDRESSES: Final = 10_000


class Throttle:
    """`burst` at once, then one every `seconds`; addresses that have been quiet are forgotten."""

    def __init__(self, *, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._seconds, self._clock = burst, seconds, clock
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}
        """When the address may ask in full again."""

    def allows(self, address: str) -> bool:
        """Whether the address may ask now; asking counts (放行)."""
        now = self._clock()
        with self._lock:
            if len(self._full_at) >= MOST_ADDRESSES:
                self._full_at = {known: at for known, at in self._full_at.items() if at > now}
            full_at = max(self._full_at.get(address, now), now) + self._seconds
            if full_at - now > self._burst * self._seconds:
                return False
            self._full_at[address] = full_at
        return True

"""The policy packages in force (政策包): read from `POLICIES`, and again when a file there has changed."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

from tongchou.policy.packages import PolicyBook

LOOKED_EVERY_SECONDS: Final = 1.0

Stamp = frozenset[tuple[str, int, int]]


class Shelf:
    """The book that this process uses, and the state of its files when it was read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._book: PolicyBook | None = None
        self._stamp: Stamp = frozenset()
        self._look_again_at = 0.0

    def book(self) -> PolicyBook:
        """The packages, as of at most a second ago. Raises: PackageRefused."""
        if self._book is None or time.monotonic() >= self._look_again_at:
            with self._lock:
                self._look()
        assert self._book is not None
        return self._book

    def _look(self) -> None:
        self._look_again_at = time.monotonic() + LOOKED_EVERY_SECONDS
        root = Path(settings.POLICIES)
        states = [(file, file.stat()) for file in root.glob("*/*/*.yaml")]
        stamp = frozenset((str(file), state.st_mtime_ns, state.st_size) for file, state in states)
        if self._book is None or stamp != self._stamp:
            self._book, self._stamp = PolicyBook.load(root), stamp

    @contextlib.contextmanager
    def using(self, book: PolicyBook) -> Iterator[None]:
        """Use this book for a block (tests)."""
        before = self._book, self._look_again_at
        self._book, self._look_again_at = book, float("inf")
        try:
            yield
        finally:
            self._book, self._look_again_at = before


_shelf: Final = Shelf()
using: Final = _shelf.using
book: Final = _shelf.book

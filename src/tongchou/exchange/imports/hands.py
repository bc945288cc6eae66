"""Parts of a file written side by side (并行入库), and ended one after the other.

What takes the time of a part touches nothing that another part touches; the few rows that all of them share, such as
the sums of the file, are written in the order of the parts. So the books look after each commit as if one part had
followed the other, and a process that is killed leaves the first parts whole and of the others nothing.
"""

import contextvars
import threading
from collections.abc import Callable
from functools import partial

from django.db import connection

Work = Callable[[int, Callable[[], None]], None]
"""Writes the part of a number; it calls the second argument, which waits until every earlier part has ended."""


class OtherHandFailed(Exception):
    """An earlier part has not come to its end: this one must not (前一部分未完成)."""


class _Turns:
    """Which part is begun next, which may end, and the first fault."""

    def __init__(self, first: int, count: int) -> None:
        self.fault: BaseException | None = None
        self._next, self._ends, self._count = first, first, count
        self._moved = threading.Condition()

    def begin(self) -> int | None:
        with self._moved:
            if self.fault is not None or self._next >= self._count:
                return None
            self._next += 1
            return self._next - 1

    def wait(self, number: int) -> None:
        """Raises: OtherHandFailed."""
        with self._moved:
            self._moved.wait_for(lambda: self._ends == number or self.fault is not None)
            if self.fault is not None:
                raise OtherHandFailed

    def end(self, number: int) -> None:
        with self._moved:
            self._ends = number + 1
            self._moved.notify_all()

    def fail(self, fault: BaseException) -> None:
        with self._moved:
            self.fault = self.fault or fault
            self._moved.notify_all()


def _checked_turn(turns: _Turns, number: int) -> None:
    """What the database checks at the end of a transaction it checks here, while the other hands still write."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    turns.wait(number)


def side_by_side(work: Work, *, first: int, count: int, hands: int) -> None:
    """Do the parts `first`…`count` with so many threads, of which this one is the first (并行办理).

    Each has a connection of its own; one hand alone waits for nobody. The first fault ends them all; it is raised here.
    """
    if hands == 1:
        for number in range(first, count):
            work(number, lambda: None)
        return
    turns = _Turns(first, count)

    def go() -> None:
        while (number := turns.begin()) is not None:
            try:
                work(number, partial(_checked_turn, turns, number))
            except BaseException as fault:
                turns.fail(fault)
            else:
                turns.end(number)

    def help_out() -> None:
        try:
            go()
        finally:
            connection.close()

    helpers = [
        threading.Thread(target=contextvars.copy_context().run, args=(help_out,), name=f"import-hand-{at}", daemon=True)
        for at in range(1, min(hands, count - first))
    ]
    for helper in helpers:
        helper.start()
    go()
    for helper in helpers:
        helper.join()
    if turns.fault is not None:
        raise turns.fault

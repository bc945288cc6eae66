"""Parts of a file written side by side, and ended one after the other."""

import threading
from collections.abc import Callable

import pytest

from tongchou.exchange.imports import hands


@pytest.fixture(autouse=True)
def without_books(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for whom, without a database."""
    monkeypatch.setattr(hands, "_checked_turn", lambda turns, number: turns.wait(number))


@pytest.mark.requirement("SYS-03")
def test_a_part_that_is_written_first_still_ends_in_its_turn() -> None:
    begun, ended = threading.Event(), list[int]()

    def work(number: int, in_turn: Callable[[], None]) -> None:
        if number == 1:
            assert begun.wait(10)
        else:
            begun.set()
        in_turn()
        ended.append(number)

    hands.side_by_side(work, first=1, count=6, hands=2)
    assert ended == [1, 2, 3, 4, 5]


@pytest.mark.requirement("SYS-03")
def test_no_later_part_ends_where_an_earlier_one_failed() -> None:
    begun, ended, stopped = threading.Event(), list[int](), list[int]()

    def work(number: int, in_turn: Callable[[], None]) -> None:
        if number == 1:
            assert begun.wait(10)
            raise ValueError("the first")
        begun.set()
        try:
            in_turn()
        except hands.OtherHandFailed:
            stopped.append(number)
            raise
        ended.append(number)

    with pytest.raises(ValueError, match="the first"):
        hands.side_by_side(work, first=1, count=6, hands=2)
    assert (ended, stopped) == ([], [2])


def test_one_hand_goes_through_them_alone() -> None:
    done: list[int] = []
    hands.side_by_side(lambda number, in_turn: done.append(number), first=1, count=4, hands=1)
    assert done == [1, 2, 3]

"""What a process keeps in memory: one question a second for every register in use, each forgotten by its own change."""

from collections.abc import Collection, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongchou.platform.versions import LOOKED_EVERY_SECONDS, VersionedCache

pytestmark = pytest.mark.django_db

PRICES, UNITS = "kept_prices", "kept_units"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Register:
    """A register with a version row, and how often it was read."""

    def __init__(self, table: str, clock: Clock) -> None:
        self.table, self.reads = table, 0
        self.cache = VersionedCache[str, str](table, self._read, clock=clock)

    def _read(self, keys: Collection[str]) -> dict[str, str]:
        self.reads += 1
        return {key: key.upper() for key in keys}

    def change(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {self.table} SET version = version + 1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registers(clock: Clock) -> Iterator[tuple[Register, Register]]:
    with connection.cursor() as cursor:
        for table in (PRICES, UNITS):
            cursor.execute(f"CREATE TEMPORARY TABLE {table} AS SELECT '450100' AS area, 1 AS version")
    both = Register(PRICES, clock), Register(UNITS, clock)
    yield both
    for one in both:
        one.cache.forget()  # no later look may ask a table that is gone


def test_registers_in_use_are_looked_at_together(registers: tuple[Register, Register], clock: Clock) -> None:
    for one in registers:
        assert one.cache.get("a") == "A"
    clock.now += LOOKED_EVERY_SECONDS
    with CaptureQueriesContext(connection) as asked:
        for one in (*registers, *registers):
            one.cache.get("a")
    assert len(asked) == 1
    assert [one.reads for one in registers] == [1, 1]


def test_a_change_is_seen_a_second_later_and_only_by_its_own_register(
    registers: tuple[Register, Register], clock: Clock
) -> None:
    prices, units = registers
    for one in registers:
        one.cache.get("a")
    units.change()
    prices.cache.get("a")
    units.cache.get("a")
    assert (prices.reads, units.reads) == (1, 1)
    clock.now += LOOKED_EVERY_SECONDS
    prices.cache.get("a")
    units.cache.get("a")
    assert (prices.reads, units.reads) == (1, 2)


def test_what_nobody_has_used_is_not_looked_at(registers: tuple[Register, Register], clock: Clock) -> None:
    prices, units = registers
    prices.cache.get("a")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {UNITS}")
    clock.now += LOOKED_EVERY_SECONDS
    assert prices.cache.get("a") == "A"
    assert units.reads == 0

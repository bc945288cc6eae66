"""Numbers that people read (编号规则; ORG-20): area + year + kind + sequence, without gaps.

The row of a series is locked until the caller's transaction ends, and rolled back with it: that is what makes the
series gap-free, and why nothing on the settlement path takes a number here (see `ids`).
"""

from dataclasses import dataclass

from django.db import connection, transaction

from tongchou.kernel.errors import DomainError

_NEXT = """
INSERT INTO platform_numberseries AS series (area, kind, year, last_number) VALUES (%s, %s, %s, 1)
ON CONFLICT (area, kind, year) DO UPDATE SET last_number = series.last_number + 1
RETURNING last_number
"""


class SeriesExhausted(DomainError):
    code = "PL-0601"
    message = "{name}{year}年的编号已用完({width}位)"


class NumberTakenOutsideTransaction(RuntimeError):
    """A fault of ours: the number would be lost when the record that bears it fails."""


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of number, declared by the chapter that uses it: `Series("case", name="受理号", mark="SL", width=6)`."""

    kind: str
    name: str
    mark: str
    width: int

    def written(self, *, area: str, year: int, number: int) -> str:
        """As printed: `450102-2018-SL-000001`."""
        return f"{area}-{year}-{self.mark}-{number:0{self.width}d}"


def next_number(series: Series, *, area: str, year: int) -> int:
    """The next number of the series in that area and year (取号); a step of the caller's transaction.

    Raises: SeriesExhausted.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NumberTakenOutsideTransaction(series.kind)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [area, series.kind, year])
        number = int(cursor.fetchone()[0])
    if number >= 10**series.width:
        raise SeriesExhausted(name=series.name, year=year, width=series.width)
    return number


def next_written(series: Series, *, area: str, year: int) -> str:
    """The next number as printed. Raises: SeriesExhausted."""
    return series.written(area=area, year=year, number=next_number(series, area=area, year=year))

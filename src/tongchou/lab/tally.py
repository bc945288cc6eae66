"""Adding the effect up (汇总): per settlement into cells, per person into winners and losers. Pure; whole fen.

What a chunk of whole persons comes to is gathered as rows and added up at once over columns of 64-bit whole numbers;
every dimension adds the same rows, so each adds up to the whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tongchou.lab.rules import ACCOUNT, CASH, Shares
from tongchou.lab.states import Dimension
from tongchou.policy.facts import Facts
from tongchou.settlement.stored import SHARES, Reread

AGES: Final = (0, 7, 18, 45, 60, 75)
"""First ages of the bands; the last is open."""
SIZES: Final = (1, 10_000, 50_000, 100_000, 500_000)
"""Bands of what a person gains or loses, from so many fen on."""
LARGEST: Final = 25
"""So many gains and so many losses are kept by settlement."""
DIMENSIONS: Final = (
    Dimension.LEVEL,
    Dimension.GROUP,
    Dimension.AGE,
    Dimension.AREA,
    Dimension.KIND,
    Dimension.MONTH,
)
NONE: Final = "-"
"""Value of what has none: no level, no special group, age not known."""

COUNTS: Final = (
    "settlements",
    "changed",
    "gained",
    "lost",
    "gained_fen",
    "lost_fen",
    "persons",
    "persons_gained",
    "persons_lost",
)
"""What stands in a row before the shares as they were and as they would be."""
_OF_PERSONS: Final = COUNTS.index("persons")
_OLD: Final = len(COUNTS)
_NEW: Final = _OLD + len(SHARES)
ROW: Final = _NEW + len(SHARES)

Row = list[int]
Cells = dict[tuple[str, str], Row]
Whole = NDArray[np.int64]

_AGE_BANDS: Final = [str(max(first for first in AGES if first <= age)) for age in range(150)]


@dataclass(frozen=True, slots=True)
class Change:
    """A settlement whose person gains or loses much."""

    one: Reread
    new: Shares
    gain_fen: int


@dataclass(slots=True)
class Tally:
    """What one chunk comes to (本批汇总).

    `counties` names the county of a unit; `groups` are the special groups that the candidate knows.
    """

    counties: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    _ones: list[Reread] = field(default_factory=list)
    _new: list[Shares] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)
    """How many settlements there are after each person."""
    _words: dict[frozenset[str], str] = field(default_factory=dict)
    _made: tuple[Whole, Whole] | None = None

    def add(self, one: Reread, new: Shares) -> None:
        """Count a settlement that stands (计入)."""
        self._ones.append(one)
        self._new.append(new)

    def end_person(self) -> None:
        """The next settlement is another person's; who has none is not counted."""
        if len(self._ones) > (self._ends[-1] if self._ends else 0):
            self._ends.append(len(self._ones))

    def whole(self) -> Row:
        """全部: the sum of the chunk, persons included."""
        if not self._ones:
            return [0] * ROW
        rows, gains = self._rows()
        total: Row = rows.sum(axis=0).tolist()
        persons = self._of_persons(gains)
        total[_OF_PERSONS:_OLD] = [len(persons), int((persons > 0).sum()), int((persons < 0).sum())]
        return total

    def cells(self) -> Cells:
        """The whole and every dimension (各分组)."""
        if not self._ones:
            return {}
        rows, gains = self._rows()
        found: Cells = {(Dimension.ALL.value, ""): self.whole()}
        for dimension, values in zip(DIMENSIONS, zip(*map(self._values, self._ones), strict=True), strict=True):
            known = {value: place for place, value in enumerate(dict.fromkeys(values))}
            sums = np.zeros((len(known), ROW), dtype=np.int64)
            np.add.at(sums, np.fromiter(map(known.__getitem__, values), dtype=np.intp, count=len(values)), rows)
            found |= {(dimension.value, value): sums[place].tolist() for value, place in known.items()}
        return found | self._sizes(self._of_persons(gains))

    def _values(self, one: Reread) -> tuple[str, ...]:
        """The values of `DIMENSIONS` of a settlement."""
        facts = one.receipt.parts[-1].facts
        group = self._words.get(facts.groups)
        if group is None:
            group = self._words[facts.groups] = "+".join(sorted(facts.groups & self.groups)) or NONE
        return (
            NONE if facts.level is None else f"L{facts.level}",
            group,
            NONE if facts.born_on is None else _band(facts.born_on, facts),
            self.counties.get(one.unit_code, one.unit_code),
            facts.kind,
            one.settled_on.isoformat()[:7],
        )

    def largest(self) -> Iterator[Change]:
        """The largest gains and losses of the chunk (变化最大的结算); of equal ones the earlier."""
        if not self._ones:
            return
        _, gains = self._rows()
        order = np.argsort(-gains, kind="stable")
        for place in order[:LARGEST]:
            if gains[place] > 0:
                yield self._change(place, gains)
        for place in np.argsort(gains, kind="stable")[:LARGEST]:
            if gains[place] < 0:
                yield self._change(place, gains)

    def _change(self, place: Any, gains: Whole) -> Change:
        return Change(self._ones[place], self._new[place], int(gains[place]))

    def _rows(self) -> tuple[Whole, Whole]:
        """Every settlement as a row, and what its person gains; made once, when all of the chunk is there."""
        if self._made is None:
            self._made = self._make_rows()
        return self._made

    def _make_rows(self) -> tuple[Whole, Whole]:
        old = np.array([one.shares for one in self._ones], dtype=np.int64)
        new = np.array(self._new, dtype=np.int64)
        gains: Whole = old[:, ACCOUNT] + old[:, CASH] - new[:, ACCOUNT] - new[:, CASH]
        rows = np.zeros((len(old), ROW), dtype=np.int64)
        rows[:, 0] = 1
        rows[:, 1] = (old != new).any(axis=1)
        rows[:, 2], rows[:, 3] = gains > 0, gains < 0
        rows[:, 4], rows[:, 5] = np.maximum(gains, 0), np.maximum(-gains, 0)
        rows[:, _OLD:_NEW], rows[:, _NEW:] = old, new
        return rows, gains

    def _of_persons(self, gains: Whole) -> Whole:
        """What each person gains over the chunk, which holds whole persons."""
        total: Whole = np.add.reduceat(gains, [0, *self._ends[:-1]])
        return total

    def _sizes(self, persons: Whole) -> Cells:
        """每人变化幅度: persons by how much they gain or lose."""
        found: Cells = {}
        for gain in persons.tolist():
            row = found.setdefault((Dimension.SIZE.value, size_of(gain)), [0] * ROW)
            row[4] += max(gain, 0)
            row[5] += max(-gain, 0)
            row[_OF_PERSONS] += 1
            row[_OF_PERSONS + 1] += gain > 0
            row[_OF_PERSONS + 2] += gain < 0
        return found


def _band(born_on: date, facts: Facts) -> str:
    on = facts.on
    age = on.year - born_on.year
    if on.month < born_on.month or (on.month == born_on.month and on.day < born_on.day):
        age -= 1
    return _AGE_BANDS[min(max(age, 0), len(_AGE_BANDS) - 1)]


def size_of(gain: int) -> str:
    """The band of what a person gains (positive) or loses, in fen: `10000`, `-1`, `0`."""
    if not gain:
        return "0"
    least = next(first for first in reversed(SIZES) if first <= abs(gain))
    return str(least if gain > 0 else -least)

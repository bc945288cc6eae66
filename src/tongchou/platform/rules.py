"""Decisions of the platform (平台): pure functions, no tables, no clock."""

import hashlib
import re
import struct
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from stdnum.cn import ric

from tongchou.platform.standard_commissions import ALWAYS_OPEN
from tongchou.platform.standard_duties import DUTY_OF
from tongchou.platform.states import Duty, UnitLevel

# --- separation of duties -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two posts of one person that must not meet (不相容岗位)."""

    post_a: str
    post_b: str
    reason: str
    citation: str


def separation_conflicts(posts: Iterable[str], pairs: Iterable[tuple[str, str, str, str]]) -> tuple[Conflict, ...]:
    """不相容岗位 (QA2018 三.1): the pairs (post, post, reason, citation) of which both are among `posts`."""
    held = set(posts)
    return tuple(Conflict(*pair) for pair in pairs if pair[0] in held and pair[1] in held)


def citizen_id_is_valid(number: str) -> bool:
    """公民身份号码 (GB 11643): 18 characters, a real birth date, the check digit.

    The area is not looked up: a number keeps the code of the day it was issued, which may since be abolished.
    """
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return number[-1] == ric.calc_check_digit(number)


# --- what a commission and the duty matrix leave of a post ----------------------------------------------------------


class Withheld(StrEnum):
    """Why a post's permission may not be used at its unit (不能办理的原因)."""

    AGENT = "agent"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Commissioned:
    """What an agent is commissioned for on a day (委托): of the commission in force, or of the last one."""

    agent: str
    items: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    in_force: bool
    permissions: frozenset[str]
    works: frozenset[str]

    def covers(self, work: str) -> bool:
        """Whether that kind of case or import lies inside; without one, nothing is asked."""
        return not work or (self.in_force and work in self.works)


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a post's permissions, and why the others are not."""

    kept: frozenset[str]
    withheld: Mapping[str, Withheld]


def cut_permissions(
    permissions: frozenset[str],
    *,
    commission: Commissioned | None,
    duties: Iterable[tuple[str, Collection[str]]],
) -> Cut:
    """What a post may do at its unit (ORG-03, ORG-04; JL2019 §2, §4; GX2017 §4).

    An agent does what it is commissioned for, while it is; reading what concerns no person stays. `duties` are the
    items and duties of the unit's level in every edition in force above it: a level does what all of them give it.
    Reading is never cut by level: where records may be read follows the tree (decision 0209).
    """
    withheld: dict[str, Withheld] = {}
    for item, has in duties:
        withheld |= {
            name: Withheld.LEVEL for name in permissions if name in DUTY_OF and lacks(DUTY_OF[name], item, has)
        }
    if commission is not None:
        allowed = ALWAYS_OPEN | (commission.permissions if commission.in_force else frozenset())
        withheld |= dict.fromkeys(permissions - allowed, Withheld.AGENT)
    return Cut(permissions - withheld.keys(), withheld)


def lacks(wanted: tuple[str, Duty], item: str, has: Collection[str]) -> bool:
    """Whether the level lacks the duty in that item (职责)."""
    return wanted[0] == item and wanted[1] not in has


Matrix = Mapping[tuple[str, UnitLevel], Collection[Duty]]
"""The duties of each item and level."""


def beyond(matrix: Matrix, superior: Matrix) -> tuple[tuple[str, UnitLevel], ...]:
    """The cells that give a level more than the superior matrix does (超出上级): a city divides what it was given."""
    return tuple(cell for cell, duties in matrix.items() if cell in superior and not set(duties) <= set(superior[cell]))


def changed_cells(matrix: Matrix, before: Matrix) -> tuple[tuple[str, UnitLevel], ...]:
    """The cells that differ (变动)."""
    return tuple(cell for cell, duties in matrix.items() if set(duties) != set(before.get(cell, ())))


# --- the calendar ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MovableFeasts:
    """The days of one year that the lunar calendar and the sun decide (农历节日与清明)."""

    spring_eve: date
    qingming: date
    dragon_boat: date
    mid_autumn: date


def statutory_holidays_from_2025(year: int, feasts: MovableFeasts) -> dict[date, str]:
    """法定节假日: the thirteen days off for everybody, by the rule in force since 2025-01-01.

    New Year 1, Spring Festival 4 from its eve, Qingming 1, Labour Day 2, Dragon Boat 1, Mid-Autumn 1, National Day 3.
    The days given in place of those that fall on a weekend, and the make-up days, are decided year by year and are not
    derived here (decision 0012).
    """
    spring = {feasts.spring_eve + timedelta(days=n): "春节" for n in range(1, 4)}
    return {
        date(year, 1, 1): "元旦",
        feasts.spring_eve: "除夕",
        **spring,
        feasts.qingming: "清明节",
        date(year, 5, 1): "劳动节",
        date(year, 5, 2): "劳动节",
        feasts.dragon_boat: "端午节",
        feasts.mid_autumn: "中秋节",
        **{date(year, 10, n): "国庆节" for n in range(1, 4)},
    }


# --- the chain of the trail -----------------------------------------------------------------------------------------

GENESIS: Final = bytes(32)
"""What stands for the previous hash before the first seal."""

DIGEST_BYTES: Final = 8
"""How much of an entry's digest a seal keeps: enough to name the entry; the seal's hash covers all of it."""

_LENGTH = struct.Struct(">I")


def entry_digest(fields: Sequence[str]) -> bytes:
    """SHA-256 over the fields of one entry, each preceded by its length, so that no text can pass for another."""
    encoded = [field.encode() for field in fields]
    return hashlib.sha256(b"".join(_LENGTH.pack(len(field)) + field for field in encoded)).digest()


def seal_hash(*, head: str, previous: bytes, digests: Iterable[bytes]) -> bytes:
    """SHA-256 over everything a seal says and, through `previous`, over every seal before it."""
    return hashlib.sha256(previous + head.encode() + b"\n" + b"".join(digests)).digest()


class IdRanges:
    """A set of ids as inclusive ranges in rising order; written `5-9,12-12` (编号范围)."""

    __slots__ = ("_highs", "_lows")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []
        for low, high in sorted(ranges):
            if high < low or (self._highs and low <= self._highs[-1]):
                raise ValueError(f"ranges overlap or run backwards at {low}-{high}")
            if self._highs and low == self._highs[-1] + 1:
                self._highs[-1] = high
            else:
                self._lows.append(low)
                self._highs.append(high)

    @classmethod
    def of(cls, ids: Iterable[int]) -> "IdRanges":
        """The ranges that hold exactly these ids, given in rising order."""
        return cls((one, one) for one in ids)

    @classmethod
    def parse(cls, text: str) -> "IdRanges":
        """Read what `str` wrote. Raises: ValueError."""
        return cls((int(low), int(high)) for low, _, high in (part.partition("-") for part in text.split(",")))

    def __str__(self) -> str:
        return ",".join(f"{low}-{high}" for low, high in self)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._lows, self._highs, strict=True)

    def __contains__(self, one: int) -> bool:
        at = bisect_right(self._lows, one) - 1
        return at >= 0 and one <= self._highs[at]

    def __len__(self) -> int:
        """How many ids."""
        return sum(high - low + 1 for low, high in self)

    def ids(self) -> Iterator[int]:
        for low, high in self:
            yield from range(low, high + 1)

    def union(self, other: "IdRanges") -> "IdRanges":
        """Both together. Raises: ValueError when they share an id."""
        return IdRanges([*self, *other])

    def above(self, floor: int) -> "IdRanges":
        """The ids above `floor`."""
        return IdRanges((max(low, floor + 1), high) for low, high in self if high > floor)

    def gaps(self, above: int) -> list[tuple[int, int]]:
        """What lies above `above` and below the highest id, and is not inside."""
        missing, expected = [], above + 1
        for low, high in self:
            if low > expected:
                missing.append((expected, low - 1))
            expected = max(expected, high + 1)
        return missing


# --- what a difference means ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A seal as stored (封印)."""

    number: int
    covered: IdRanges
    settled_id: int
    snapshot_xmax: int
    cluster: str
    sealed_at: str
    digests: bytes
    previous: bytes
    hash: bytes

    @property
    def head(self) -> str:
        """What the seal says besides its entries, as hashed."""
        return f"{self.number}|{self.sealed_at}|{self.settled_id}|{self.snapshot_xmax}|{self.cluster}|{self.covered}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the trail: what, where (an entry's id or a seal's number), in words (异常)."""

    kind: str
    where: int
    text: str


def block_findings(block: SealedBlock, present: Mapping[int, bytes]) -> list[Finding]:
    """What happened to the entries of one sealed block, given the digests of those present."""
    findings = []
    for at, entry_id in enumerate(block.covered.ids()):
        kept = block.digests[at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES]
        if entry_id not in present:
            findings.append(Finding("deleted", entry_id, f"日志第{entry_id}条已被删除(第{block.number}号封印)"))
        elif present[entry_id][:DIGEST_BYTES] != kept:
            findings.append(Finding("changed", entry_id, f"日志第{entry_id}条被改动(第{block.number}号封印)"))
    return findings


def seal_finding(
    block: SealedBlock, *, expected_number: int, previous: bytes, digests: Iterable[bytes] | None
) -> Finding | None:
    """Why a seal does not stand in the chain; None when it does. Without `digests` only its link is looked at."""
    if block.number != expected_number:
        missing = (
            f"第{expected_number}号"
            if block.number == expected_number + 1
            else f"第{expected_number}至{block.number - 1}号"
        )
        return Finding("seal_missing", expected_number, f"{missing}封印缺失")
    if block.previous != previous:
        return Finding("seal_changed", block.number, f"第{block.number}号封印与前一封印不衔接")
    if digests is not None and seal_hash(head=block.head, previous=previous, digests=digests) != block.hash:
        return Finding("seal_changed", block.number, f"第{block.number}号封印被改动")
    return None

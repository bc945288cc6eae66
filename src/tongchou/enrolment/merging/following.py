"""What follows a merged record, chapter by chapter (随人变动的内容; ENR-17): a declaration per table.

A declaration names the column of the person, what else changes with it, which rows stay with the record and which
rows return with another row. Conflicts are functions that say in words what must be settled first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from string import Formatter
from typing import Any, Final, Protocol

from django.db import connection, models

from tongchou.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Pair:
    """The two records of a merge (归并双方): `survivor` stays, `merged` becomes a pointer to it."""

    survivor: int
    merged: int
    survivor_no: str
    merged_no: str
    today: date
    now: datetime

    @property
    def values(self) -> dict[str, Any]:
        """What the conditions of the declarations may ask for."""
        return {
            "survivor": self.survivor,
            "merged": self.merged,
            "survivor_no": self.survivor_no,
            "today": self.today,
            "now": self.now,
        }


def said(column: str, choices: type[models.TextChoices]) -> str:
    """SQL for a coded column in the words of its choices."""
    whens = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in choices.choices)
    return f"CASE {column} {whens} ELSE {column} END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One table whose rows belong to a person (随人变动的表). Conditions are SQL on the row `r`.

    `sets` are further columns with their new values; `stays` the rows that remain with the merged record; `also` rows
    of the survivor that change beside them, without changing their person. `with_row` names the table and columns of
    the row that a row of after the merge returns with; `recorded_at` the column that says when a row was made, for
    tables whose later rows a clerk may give back by hand. `told` is SQL for the row in words.
    """

    table: str
    title: str
    told: str
    key: tuple[str, ...] = ("id",)
    person: str = "person_id"
    sets: Mapping[str, str] = field(default_factory=dict)
    stays: str = "false"
    also: str = "false"
    with_row: tuple[str, Mapping[str, str]] | None = None
    recorded_at: str = ""
    late: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a merge changes."""
        return (self.person, *self.sets)


Conflict = Callable[[Pair], Iterable[str]]
"""What forbids a merge, in words (归并冲突)."""


@dataclass(frozen=True, slots=True)
class ToldBy:
    """A conflict for every row that a statement finds; `words` takes its columns in order.

    Whatever is told so is asked in one question, however many chapters declare it.
    """

    statement: str
    words: str

    def __call__(self, pair: Pair) -> list[str]:
        return together([self], pair)[0]

    @property
    def columns(self) -> list[str]:
        """Names for the columns that the words take."""
        taken = [int(name) for _text, name, _form, _how in Formatter().parse(self.words) if name]
        return [f"told{at}" for at in range(max(taken, default=0) + 1)]


def together(asked: Sequence[ToldBy], pair: Pair) -> list[list[str]]:
    """What each of them finds, in words, by one statement."""
    found: list[list[str]] = [[] for _ in asked]
    if not asked:
        return found
    parts = [
        f"SELECT {at}, ARRAY[{', '.join(f'q.{name}::text' for name in one.columns)}], row_number() OVER ()"
        f" FROM ({one.statement}) q ({', '.join(one.columns)})"
        for at, one in enumerate(asked)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1, 3", pair.values)
        for at, values, _row in cursor.fetchall():
            found[at].append(asked[at].words.format(*values))
    return found


class Settle(Protocol):
    """What must be summed anew for the two after rows moved between them; `apart` at a split (重新汇总)."""

    def __call__(self, pair: Pair, *, apart: bool) -> None: ...


Hold = Callable[[Pair], None]
"""What work under way holds of the two, locked so that it is waited for (等待在办业务)."""

_followed: dict[tuple[str, str], Followed] = {}
_conflicts: list[Conflict] = []
_settles: list[Settle] = []
_holds: list[Hold] = []
_words: dict[str, str] = {}

MOST_TOLD: Final = 12
"""Conflicts listed at once; further ones show when these are settled."""


class PersonsConflict(DomainError):
    code = "EN-5001"
    message = "两份登记还不能归并,请先办理:{problems}"
    citation = "JL2019 §5"


def register(*followed: Followed) -> None:
    """Let these tables follow (登记随人变动的表). The same table and column again replaces."""
    for one in followed:
        _followed[one.table, one.person] = one


def forbid(conflict: Conflict) -> None:
    """Ask this before each merge (登记归并冲突)."""
    if conflict not in _conflicts:
        _conflicts.append(conflict)


def settle_after(again: Settle) -> None:
    """Do this after rows moved between two persons (登记重新汇总)."""
    if again not in _settles:
        _settles.append(again)


def hold_before(held: Hold) -> None:
    """Lock this before anything of the two is read for a merge or a split (登记等待)."""
    if held not in _holds:
        _holds.append(held)


def explain(constraint: str, words: str) -> None:
    """What it means when the database would not let that constraint be broken (约束说明)."""
    _words[constraint] = words


def tables() -> tuple[Followed, ...]:
    """Every declaration, in the order of registration: lower chapters first."""
    return tuple(_followed.values())


def titles() -> dict[str, str]:
    """What each table is called (随人变动的表)."""
    return {one.table: one.title for one in tables()}


def conflicts(pair: Pair) -> list[str]:
    """Everything that forbids the merge, in words (冲突清单)."""
    told = iter(together([one for one in _conflicts if isinstance(one, ToldBy)], pair))
    return [
        words for conflict in _conflicts for words in (next(told) if isinstance(conflict, ToldBy) else conflict(pair))
    ]


def check(pair: Pair) -> None:
    """Raises: PersonsConflict with the list."""
    if found := conflicts(pair):
        raise PersonsConflict(problems=";".join(found[:MOST_TOLD]))


def hold(pair: Pair) -> None:
    """Wait for what is under way, and let nothing new begin on what is held."""
    for held in _holds:
        held(pair)


def settle(pair: Pair, *, apart: bool) -> None:
    """Sum anew what hangs on both."""
    for again in _settles:
        again(pair, apart=apart)


def words_of(constraint: str) -> str:
    """What would be broken, in words (约束说明)."""
    return _words.get(constraint, "两份登记的记录相互冲突")

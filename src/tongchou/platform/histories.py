"""A person's history (个人经历; RIG-01; ENR-25): each chapter adds its own part, one statement reads them together.

A source is a SELECT on the tables of its own chapter, of one person, with the columns of `COLUMNS`, and words for its
rows. The rows of all sources come in one order, the newest first, page by page by key: what a page costs depends on
what one person has, never on how many persons there are.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, models

from tongchou.platform import paging
from tongchou.platform.states import TrailOutcome

COLUMNS: Final = ("day", "id", "kind", "what", "note", "fen", "until", "unit", "staff", "at")
"""day date, id bigint, kind, what and note text, fen bigint, until date, unit and staff text, at timestamptz.

`day` is since when the thing holds, `at` when it was recorded, `id` and `kind` together are unique in a source.
"""


class RecordSet(models.TextChoices):
    """个人权益记录的分类 (GX2017 §18; JL2019 §53)."""

    REGISTRATION = "registration", "参保登记"
    CONTRIBUTION = "contribution", "缴费"
    CARE = "care", "就医约定"
    BENEFIT = "benefit", "待遇支付"
    ACCOUNT = "account", "个人账户"


@dataclass(frozen=True, slots=True)
class Told:
    """A row in words: what happened, the rest of it, and where its source stands (查看来源)."""

    title: str
    detail: str = ""
    view: str = ""
    args: tuple[object, ...] = ()
    permission: str = ""
    """What a post needs to open the source."""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened (经历)."""

    source: str
    record: RecordSet
    day: date
    id: int
    kind: str
    what: str
    note: str
    fen: int | None
    until: date | None
    unit: str
    staff: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """A chapter's part; `statement` asks for `%(person_id)s`. Sources of one day stand in the order of `rank`."""

    name: str
    record: RecordSet
    rank: int
    statement: str
    tell: Callable[[Row], Told]


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a part of every person's history (登记来源). The same name again replaces."""
    _sources[source.name] = source


def tell(row: Row) -> Told:
    """The row in the words of its chapter."""
    return _sources[row.source].tell(row)


_STATEMENT: Final = """
WITH done AS MATERIALIZED (
    SELECT at, max(staff_code) AS staff_code FROM platform_trailentry
     WHERE object_kind = 'person' AND object_key IN (%(person_no)s, %(person_id)s::text) AND object_key <> ''
       AND outcome = %(done)s
     GROUP BY at)
SELECT found.rank, found.day, found.id, found.kind, found.what, found.note, found.fen, found.until, found.unit,
       coalesce(nullif(found.staff, ''), done.staff_code, ''), found.at
  FROM ({parts}) AS found LEFT JOIN done ON done.at = found.at
 WHERE (NOT %(marked)s OR (found.day, found.rank, found.id, found.kind)
        < (%(day)s::date, %(rank)s::integer, %(id)s::bigint, %(kind)s::text))
   AND (%(until)s::date IS NULL OR found.day <= %(until)s::date)
 ORDER BY found.day DESC, found.rank DESC, found.id DESC, found.kind DESC LIMIT %(limit)s
"""
_MARK: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,4})\.(\d{1,18})\.([a-z_]{1,20})")


def read(
    *,
    person_id: int,
    person_no: str,
    records: Collection[str] = (),
    until: date | None = None,
    at: str = "",
    size: int = paging.PAGE_SIZE,
) -> paging.Slice:
    """A page of `Row`s of one person, the newest first, beginning after the mark `at`; of some records, or of all.

    A mark that cannot be read gives the first page. `until` is the last day of interest.
    """
    ranked = {source.rank: source for source in _sources.values() if not records or source.record in records}
    if not ranked:
        return paging.Slice([], "", "")
    parts = " UNION ALL ".join(
        f"(SELECT {rank}::integer AS rank, part.* FROM ({source.statement}) AS part ({', '.join(COLUMNS)}))"
        for rank, source in sorted(ranked.items())
    )
    asked: dict[str, Any] = {
        "person_id": person_id,
        "person_no": person_no,
        "done": TrailOutcome.DONE.value,
        "until": until,
        "limit": size + 1,
        **_mark(at),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT.replace("{parts}", parts), asked)
        found = cursor.fetchall()
    rows = [Row(ranked[row[0]].name, ranked[row[0]].record, *row[1:]) for row in found[:size]]
    if len(found) <= size:
        return paging.Slice(rows, "", "")
    rank, day, number, kind = found[size - 1][:4]
    return paging.Slice(rows, "", f"{day}.{rank}.{number}.{kind}")


def _mark(at: str) -> dict[str, Any]:
    read_mark = _MARK.fullmatch(at)
    if read_mark is not None:
        try:
            day = date.fromisoformat(read_mark[1])
        except ValueError:
            read_mark = None
        else:
            return {"marked": True, "day": day, "rank": read_mark[2], "id": read_mark[3], "kind": read_mark[4]}
    return {"marked": False, "day": None, "rank": 0, "id": 0, "kind": ""}

"""Moving rows between two records, each with a line of what it said before and after (行的转入与退回; ENR-17).

One statement per table writes the lines, another changes the rows as their lines say: so that tables which are never
edited can check the change against its line.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.db import connection

from tongchou.enrolment.merging import chains
from tongchou.enrolment.merging.following import Followed, Pair
from tongchou.enrolment.merging.states import RowAct

MOST_LISTED: Final = 200
"""Later rows shown for a choice; who has more of them after a merge gives them back in a second split."""

_LINES: Final = """
INSERT INTO enrolment_followedrow (merge_id, act, table_name, row_key, before, after, caption, transaction)
SELECT %(merge)s, {act}, '{table}', {key}, {before}, {after}, left({told}, 200), txid_current()
  FROM {table} r {joined} WHERE {where}
ON CONFLICT DO NOTHING
"""
_WRITE: Final = """
UPDATE {table} AS r SET {sets}
  FROM enrolment_followedrow f, LATERAL jsonb_populate_record(NULL::{table}, f.row_key) k,
       LATERAL jsonb_populate_record(NULL::{table}, f.after) a
 WHERE f.merge_id = %(merge)s AND f.act = ANY(%(acts)s) AND f.table_name = '{table}' AND f.after ? '{person}'
   AND f.transaction = txid_current() AND (f.before -> '{person}' = f.after -> '{person}') = %(stay)s
   AND r.{person} = (f.before ->> '{person}')::bigint AND {same}
"""


@dataclass(frozen=True, slots=True)
class Picked:
    """One row by its table and key (选中的行), as a form carries it: `table|key`."""

    table: str
    key: str

    @property
    def text(self) -> str:
        return f"{self.table}|{self.key}"


def read_picked(text: str) -> list[Picked]:
    """The rows a form names, one a line (选中的行); what is none is left out."""
    parts = (line.strip().partition("|") for line in text.splitlines())
    return [Picked(table, key) for table, bar, key in parts if bar]


def follow(merge_id: int, one: Followed, pair: Pair) -> None:
    """转入: what the merged record has in this table goes to the survivor, or is noted to stay."""
    columns = {one.person: "%(survivor)s::bigint", **one.sets}
    own, others = f"r.{one.person} = %(merged)s", f"r.{one.person} = %(survivor)s"
    stays = f"({own} AND ({one.stays}))"
    before = _object({name: f"r.{name}" for name in columns})
    _lines(
        merge_id,
        one,
        pair,
        act=f"CASE WHEN {stays} THEN '{RowAct.STAYS}' ELSE '{RowAct.MOVED}' END",
        before=before,
        after=f"CASE WHEN {stays} THEN {before} ELSE {_object(columns)} END",
        where=f"{own} OR ({others} AND ({one.also}))",
    )
    _write(merge_id, one, RowAct.MOVED, survivors_first=True)


def give_back(merge_id: int, one: Followed, pair: Pair, picked: Collection[str] = ()) -> None:
    """退回: the rows of the merge say again what they said, as far as nobody changed them since.

    With them return the later rows that hang on one returned, and those that were picked.
    """
    restored = {
        name: f"CASE WHEN r.{name} IS NOT DISTINCT FROM a.{name} THEN f.before -> '{name}'"
        f" ELSE coalesce(to_jsonb(r.{name}), 'null') END"
        for name in one.columns
    }
    before = _object({name: f"r.{name}" for name in one.columns})
    _lines(
        merge_id,
        one,
        pair,
        act=f"'{RowAct.RETURNED}'",
        before=before,
        after=_object(restored),
        joined=(
            f"JOIN enrolment_followedrow f ON f.merge_id = %(merge)s AND f.act = '{RowAct.MOVED}'"
            f" AND f.table_name = '{one.table}' AND f.after ? '{one.person}'"
            f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{one.table}, f.row_key) k"
            f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{one.table}, f.after) a"
        ),
        where=_same(one),
    )
    _write(merge_id, one, RowAct.RETURNED, survivors_first=False)
    if later := _later(one, picked):
        away = {
            one.person: "%(merged)s::bigint",
            **{name: words.replace("%(survivor_no)s", "%(merged_no)s") for name, words in one.sets.items()},
        }
        _lines(
            merge_id,
            one,
            pair,
            act=f"'{RowAct.RETURNED}'",
            before=before,
            after=_object(away),
            where=f"r.{one.person} = %(survivor)s AND ({later})",
            picked=picked,
        )
        _write(merge_id, one, RowAct.RETURNED, survivors_first=False)


def later_rows(
    merge_id: int, tables: Sequence[Followed], pair: Pair, since: Any
) -> list[tuple[Followed, list[tuple[str, str]]]]:
    """后来的行: what the survivor got since the merge, table by table, by key and in words, to choose at the split."""
    asked = [one for one in tables if one.recorded_at]
    parts = [
        f"SELECT {{at}}, {_key(one)}::text, left({one.told}, 200),"
        f" row_number() OVER (ORDER BY r.{one.recorded_at} DESC) FROM {one.table} r"
        f" WHERE r.{one.person} = %(survivor)s AND r.{one.recorded_at} > %(since)s"
        f"   AND NOT EXISTS (SELECT FROM enrolment_followedrow f WHERE f.merge_id = %(merge)s"
        f"                    AND f.act = '{RowAct.MOVED}' AND f.table_name = '{one.table}'"
        f"                    AND f.row_key = {_key(one)})"
        for one in asked
    ]
    found = _read_together(parts, {**pair.values, "since": since, "merge": merge_id})
    return [(one, [(str(key), str(told)) for key, told in lines]) for one, lines in zip(asked, found, strict=True)]


def planned(tables: Sequence[Followed], pair: Pair) -> list[tuple[Followed, list[tuple[bool, str]]]]:
    """将转入的内容: of each row whether it would go to the survivor, and what it is, without touching anything.

    One question for all tables, though there are many (decision 0353).
    """
    parts = [
        f"SELECT {{at}}, NOT ({one.stays}), left({one.told}, 200),"
        f" row_number() OVER (ORDER BY {', '.join(f'r.{name}' for name in one.key)})"
        f" FROM {one.table} r WHERE r.{one.person} = %(merged)s"
        for one in tables
    ]
    found = _read_together(parts, pair.values)
    return [(one, [(bool(goes), str(told)) for goes, told in lines]) for one, lines in zip(tables, found, strict=True)]


def _read_together(parts: Sequence[str], values: Mapping[str, Any]) -> list[list[tuple[Any, Any]]]:
    """The rows of each part, two columns between its place and its order, by one statement."""
    found: list[list[tuple[Any, Any]]] = [[] for _ in parts]
    if parts:
        union = " UNION ALL ".join(
            f"({part.replace('{at}', str(at))} ORDER BY 4 LIMIT {MOST_LISTED})" for at, part in enumerate(parts)
        )
        for at, first, second, _order in _read(f"SELECT * FROM ({union}) told ORDER BY 1, 4", values):
            found[at].append((first, second))
    return found


def _later(one: Followed, picked: Collection[str]) -> str:
    """Which of the survivor's rows return though the merge did not move them."""
    conditions = []
    if one.with_row is not None:
        table, columns = one.with_row
        same = " AND ".join(f"p.{theirs} = r.{ours}" for theirs, ours in columns.items())
        conditions.append(f"EXISTS (SELECT FROM {table} p WHERE {same} AND p.person_id = %(merged)s)")
    if picked:
        conditions.append(f"{_key(one)} = ANY(%(picked)s::jsonb[])")
    return " OR ".join(conditions)


def _lines(
    merge_id: int,
    one: Followed,
    pair: Pair,
    *,
    act: str,
    before: str,
    after: str,
    where: str,
    joined: str = "",
    picked: Collection[str] = (),
) -> None:
    statement = _LINES.format(
        act=act,
        table=one.table,
        key=_key(one),
        before=before,
        after=after,
        told=f"coalesce({one.told}, '')",
        joined=joined,
        where=where,
    )
    values = {**pair.values, "merged_no": pair.merged_no, "merge": merge_id, "picked": list(picked)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _write(merge_id: int, one: Followed, act: RowAct, *, survivors_first: bool) -> None:
    """Change the rows as their lines of this transaction say; rows that only change beside them before or after."""
    if one.table == chains.TABLE:
        chains.move(merge_id, act)
        return
    statement = _WRITE.format(
        table=one.table,
        sets=", ".join(f"{name} = a.{name}" for name in one.columns),
        person=one.person,
        same=_same(one),
    )
    with connection.cursor() as cursor:
        for stay in (True, False) if survivors_first else (False, True):
            cursor.execute(statement, {"merge": merge_id, "acts": [act.value], "stay": stay})


def note(merge_id: int, act: RowAct, table: str, row: int, told: str) -> None:
    """A line for a row that was made or closed beside the others (一并办理的行)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO enrolment_followedrow"
            " (merge_id, act, table_name, row_key, before, after, caption, transaction)"
            " VALUES (%s, %s, %s, jsonb_build_object('id', %s::bigint), '{}', '{}', %s, txid_current())",
            [merge_id, act.value, table, row, told[:200]],
        )


def remove_made(merge_id: int) -> None:
    """The rows that the merge itself had made go again."""
    made = _read(
        "SELECT table_name, row_key::text FROM enrolment_followedrow WHERE merge_id = %(merge)s AND act = %(act)s",
        {"merge": merge_id, "act": RowAct.MADE.value},
    )
    with connection.cursor() as cursor:
        for table, key in made:
            number: Mapping[str, Any] = msgspec.json.decode(key)
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)} WHERE id = %s", [number["id"]])


def _same(one: Followed) -> str:
    return " AND ".join(f"r.{name} = k.{name}" for name in one.key)


def _key(one: Followed) -> str:
    return _object({name: f"r.{name}" for name in one.key})


def _object(columns: Mapping[str, str]) -> str:
    return "jsonb_build_object(" + ", ".join(f"'{name}', {words}" for name, words in columns.items()) + ")"


def _read(statement: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(values))
        return list(cursor.fetchall())

"""The chain of relations of two persons after rows moved between them (参保关系链; decision 0030).

Each row but the first names the end of the one before it. The rows first take days nobody uses, so that no moment has
two of one kind, then their place in the chain of whoever they belong to.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from django.db import connection

from tongchou.enrolment.merging.states import RowAct

TABLE: Final = "enrolment_enrolment"
_NOBODYS_DAY: Final = date(1, 1, 1)

_MOVES: Final = """
SELECT (row_key ->> 'id')::bigint, (after ->> 'person_id')::bigint FROM enrolment_followedrow
 WHERE merge_id = %s AND act = %s AND table_name = %s AND transaction = txid_current()
   AND before -> 'person_id' <> after -> 'person_id'
"""
_ROWS: Final = """
SELECT id, person_id, enrolled_from, enrolled_until, follows_until FROM enrolment_enrolment
 WHERE person_id IN (SELECT survivor_id FROM enrolment_personmerge WHERE id = %(merge)s
                     UNION ALL SELECT merged_id FROM enrolment_personmerge WHERE id = %(merge)s)
 ORDER BY enrolled_from FOR UPDATE
"""


def move(merge_id: int, act: RowAct) -> None:
    """Give the rows of the lines to their new person, and put both chains in order."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, [merge_id, act.value, TABLE])
        moves = dict(cursor.fetchall())
        if not moves:
            return
        cursor.execute(_ROWS, {"merge": merge_id})
        rows = cursor.fetchall()
        stood = {row: (person, follows) for row, person, _, _, follows in rows}
        stands = _chains([(row, moves.get(row, person), until) for row, person, _, until, _ in rows])
        changed = [row for row in stands if stands[row] != stood[row]]
        for at, row in enumerate(changed):
            cursor.execute(
                "UPDATE enrolment_enrolment SET follows_until = %s WHERE id = %s",
                [_NOBODYS_DAY + timedelta(days=at), row],
            )
        for row in changed:
            person, follows = stands[row]
            cursor.execute(
                "UPDATE enrolment_enrolment SET person_id = %s, follows_until = %s WHERE id = %s",
                [person, follows, row],
            )


def _chains(rows: Sequence[tuple[int, int, date | None]]) -> dict[int, tuple[int, date | None]]:
    """Row by row in the order of their days: whose it is, and the end that it follows."""
    found: dict[int, tuple[int, date | None]] = {}
    for person in {person for _, person, _ in rows}:
        own = [(row, until) for row, of, until in rows if of == person]
        if own:
            found[own[0][0]] = (person, None)
        found |= {row: (person, until) for (_, until), (row, _) in pairwise(own)}
    return found

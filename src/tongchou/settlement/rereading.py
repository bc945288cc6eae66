"""Settlements read again by the thousand (批量重读): for replaying a period under another package (BEN-31, ORG-23).

Read only: by person, each person's settlements in the order they were settled, cancellations among them. What was
taken back later is marked, for it moved the accumulators while it stood.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from tongchou.settlement.models import DailyTotal
from tongchou.settlement.stored import SHARES, Receipt, Reread
from tongchou.wire import database

_decode: Final = msgspec.json.Decoder(Receipt).decode


@dataclass(frozen=True, slots=True)
class Period:
    """Which settlements: of an area and scheme, settled in [since, until), of the units given, a share of the persons.

    `units` None means everybody of the area; `permille` of the persons are drawn by number, always the same ones.
    """

    pooling_area: str
    scheme: str
    since: datetime
    until: datetime
    units: tuple[str, ...] | None = None
    permille: int = 1000

    def where(self) -> tuple[str, list[Any]]:
        """The condition as SQL, with its values."""
        text = "s.pooling_area = %s AND s.scheme = %s AND s.settled_at >= %s AND s.settled_at < %s"
        values: list[Any] = [self.pooling_area, self.scheme, self.since, self.until]
        if self.units is not None:
            text += " AND s.unit_code = ANY(%s)"
            values.append(list(self.units))
        if self.permille < 1000:
            text += " AND (hashint8(s.person_id) & 1048575) %% 1000 < %s"
            values.append(self.permille)
        return text, values


_ROWS: Final = f"""
SELECT s.id, s.person_id, s.encounter_id, s.institution_code, s.unit_code, s.settled_on, s.reversal_of,
       s.deductible_fen, {", ".join(f"s.{column}" for _, column, _ in SHARES)}, s.receipt::text
FROM settlement_settlement s
WHERE s.person_id > %s AND {{where}}
ORDER BY s.person_id, s.settled_at, s.id LIMIT %s
"""
_MOST_OF_ONE_PERSON: Final = 100_000
_TAKEN_BACK_LATER: Final = """
SELECT s.reversal_of, s.id FROM settlement_settlement s
WHERE s.person_id BETWEEN %s AND %s AND s.settled_at >= %s AND s.pooling_area = %s AND s.reversal_of IS NOT NULL
"""


def count(period: Period) -> int:
    """How many rows there are to read, cancellations included (笔数)."""
    where, values = period.where()
    found = database.row(f"SELECT count(*) FROM settlement_settlement s WHERE {where}", *values)
    return int(found[0]) if found else 0


def of_persons_after(period: Period, person_id: int, *, limit: int) -> list[Reread]:
    """About `limit` settlements of the next whole persons, in order (批量读取); empty when nobody is left.

    A person's settlements are never parted: who does not fit comes with the next call.
    """
    where, values = period.where()
    while True:
        rows = database.rows(_ROWS.format(where=where), person_id, *values, limit)
        if len(rows) < limit:
            return _marked(period, rows)
        last = rows[-1][1]
        if whole := [row for row in rows if row[1] != last]:
            return _marked(period, whole)
        limit *= 4  # one person alone has more


def of_person(period: Period, person_id: int) -> list[Reread]:
    """The settlements of one person, in order."""
    where, values = period.where()
    statement = _ROWS.format(where=f"s.person_id <= %s AND {where}")
    return _marked(period, database.rows(statement, person_id - 1, person_id, *values, _MOST_OF_ONE_PERSON))


def _marked(period: Period, rows: Sequence[tuple[Any, ...]]) -> list[Reread]:
    """The rows with what became of them: a settlement stands unless something that stands took it back."""
    if not rows:
        return []
    takers: dict[int, list[int]] = {}
    for row in rows:
        if row[6] is not None:
            takers.setdefault(row[6], []).append(row[0])
    later = database.rows(_TAKEN_BACK_LATER, rows[0][1], rows[-1][1], period.until, period.pooling_area)
    for taken_back, by in later:
        takers.setdefault(taken_back, []).append(by)

    def stands(settlement: int) -> bool:
        return not any(stands(by) for by in takers.get(settlement, ()))

    return [
        Reread(*row[:7], row[0] not in takers or stands(row[0]), row[7], row[8:-1], _decode(row[-1])) for row in rows
    ]


def continued_stays(pooling_area: str, encounters: Collection[int]) -> dict[int, int]:
    """Encounter → the stay it continues by referral (BEN-19)."""
    if not encounters:
        return {}
    return dict(
        database.rows(
            "SELECT id, linked_to FROM encounters_encounter"
            " WHERE pooling_area = %s AND id = ANY(%s) AND linked_to IS NOT NULL",
            pooling_area,
            list(encounters),
        )
    )


def usual_shares(*, pooling_area: str, scheme: str, since: date) -> dict[str, tuple[int, int]]:
    """What of the bills lay within the scope since that day, by kind of care: in scope and total, in fen (常见构成)."""
    sums: dict[str, tuple[int, int]] = {}
    days = DailyTotal.objects.filter(pooling_area=pooling_area, scheme=scheme, settled_on__gte=since)
    for kind, scope, total in days.values_list("kind", "in_scope_fen", "total_fen"):
        before = sums.get(kind, (0, 0))
        sums[kind] = (before[0] + scope, before[1] + total)
    return {kind: pair for kind, pair in sums.items() if pair[1] > 0 and pair[0] >= 0}

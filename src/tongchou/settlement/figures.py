"""Sums of settlements by day, kind and institution (结算汇总), from the daily roll-up, for boards and charts.

Days that are rolled up for good are summed once per process and kept; only the open days are read again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection

from tongchou.platform.versions import VersionedCache

LAYER_COLUMNS: Final = (
    "project_paid_fen",
    "pool_paid_fen",
    "catastrophic_paid_fen",
    "supplementary_paid_fen",
    "large_amount_paid_fen",
    "assistance_paid_fen",
    "account_paid_fen",
    "cash_fen",
)
FUND_COLUMNS: Final = LAYER_COLUMNS[:6]
SUMMED: Final = ("settlements", "total_fen", "in_scope_fen", *LAYER_COLUMNS)

Sums = dict[str, int]


class Where(NamedTuple):
    """Whose settlements: of whole pooling areas, or of the institutions given (a county is no whole area)."""

    areas: tuple[str, ...]
    institutions: tuple[str, ...] | None = None

    @classmethod
    def of(cls, areas: Collection[str], institutions: Collection[str] | None) -> "Where":
        return cls(tuple(sorted(areas)), None if institutions is None else tuple(sorted(institutions)))

    def sql(self) -> tuple[str, list[str]]:
        """The condition on a table with both columns, and its parameter."""
        if self.institutions is None:
            return "pooling_area = ANY(%s)", list(self.areas)
        return "institution_code = ANY(%s)", list(self.institutions)


@dataclass(slots=True)
class Totals:
    """The sums of a span of days."""

    by_day: dict[date, Sums] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    by_institution: dict[str, int] = field(default_factory=dict)

    def joined(self, later: "Totals") -> "Totals":
        """Both spans together."""
        return Totals(
            {**self.by_day, **later.by_day},
            _added(self.by_kind, later.by_kind),
            _added(self.by_institution, later.by_institution),
        )


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


_SPAN: Final = """
SELECT settled_on, kind, institution_code, {sums} FROM settlement_dailytotal
 WHERE {inside} AND settled_on >= %s AND settled_on < %s
 GROUP BY GROUPING SETS ((settled_on), (kind), (institution_code))
"""


def totals(where: Where, since: date, until: date) -> Totals:
    """The sums of `[since, until)`, in one pass over the roll-up (汇总)."""
    inside, wanted = where.sql()
    sums = ", ".join(f"sum({column})::bigint" for column in SUMMED)
    found = Totals()
    if since >= until:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_SPAN.format(sums=sums, inside=inside), [wanted, since, until])
        for day, kind, institution, *amounts in cursor.fetchall():
            row = dict(zip(SUMMED, amounts, strict=True))
            if day is not None:
                found.by_day[day] = row
            elif kind is not None:
                found.by_kind[kind] = row["total_fen"]
            else:
                found.by_institution[institution] = row["total_fen"]
    return found


Span = tuple[Where, date, date]


def _read(spans: Collection[Span]) -> dict[Span, Totals]:
    return {span: totals(*span) for span in spans}


_complete: Final = VersionedCache[Span, Totals]("(SELECT pooling_area, complete_until FROM settlement_rollup)", _read)


def month_totals(where: Where, on: date, complete_until: date | None) -> Totals:
    """The sums of a month up to and with a day: what is complete from memory, the rest from the roll-up."""
    month, tomorrow = on.replace(day=1), date.fromordinal(on.toordinal() + 1)
    settled = min(max(complete_until or month, month), tomorrow)
    kept = _complete.get((where, month, settled)) or Totals()
    return kept.joined(totals(where, settled, tomorrow))


_TODAY: Final = """
SELECT extract(hour FROM settled_at AT TIME ZONE 'Asia/Shanghai')::integer,
       count(*) FILTER (WHERE reversal_of IS NULL), count(*) FILTER (WHERE {fresh}), {sums}
  FROM settlement_settlement
 WHERE {inside} AND settled_on = %s AND settled_at >= %s AND settled_at < %s
 GROUP BY 1 ORDER BY 1
"""


def today_by_hour(
    where: Where, on: date, midnight: datetime, next_midnight: datetime, rolled_at: datetime | None
) -> tuple[dict[int, int], Sums]:
    """Settlements of a day by hour, and the sums of those that came after the roll-up (今日分时)."""
    inside, wanted = where.sql()
    fresh = "settled_at > %s" if rolled_at else "TRUE"
    columns = SUMMED[1:]
    sums = ", ".join(f"coalesce(sum({column}) FILTER (WHERE {fresh}), 0)::bigint" for column in columns)
    values: list[Any] = [rolled_at] * (len(columns) + 1) if rolled_at else []
    hours: dict[int, int] = {}
    after = dict.fromkeys(SUMMED, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            _TODAY.format(fresh=fresh, sums=sums, inside=inside), [*values, wanted, on, midnight, next_midnight]
        )
        for hour, made, count, *amounts in cursor.fetchall():
            if made:
                hours[hour] = made
            for column, amount in zip(SUMMED, (count, *amounts), strict=True):
                after[column] += amount
    return hours, after

"""征缴进度 (CON-25; QA2018 二(一)): who has paid by day and village, rolled up every quarter of an hour."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from tongchou.contributions.models import ProgressRow, ReceivableYear
from tongchou.contributions.states import ReceivableState
from tongchou.platform.scope import Scope

_COUNT: Final = """
INSERT INTO contributions_progressrow (pooling_area_id, benefit_year, unit_code, state, paid_on, persons, aided,
                                       amount_fen, counted_at)
SELECT r.pooling_area_id, r.benefit_year, r.unit_code, r.state, c.paid_in_full_on, count(*),
       count(*) FILTER (WHERE c.aided_fen > 0), sum(r.amount_fen), %s
  FROM contributions_receivable r LEFT JOIN contributions_contribution c ON c.id = r.contribution_id
 WHERE r.pooling_area_id = %s AND r.benefit_year = %s AND r.state <> 'void'
 GROUP BY 1, 2, 3, 4, 5
"""


def roll_up(now: datetime) -> int:
    """汇总 of every opened year that is not over (定时任务). Returns how many years."""
    years = list(ReceivableYear.objects.filter(benefit_year__gte=timezone.localdate(now).year).order_by("id"))
    for year in years:
        with transaction.atomic(), connection.cursor() as cursor:
            ReceivableYear.objects.select_for_update().get(pk=year.pk)
            ProgressRow.objects.filter(pooling_area_id=year.pooling_area_id, benefit_year=year.benefit_year).delete()
            cursor.execute(_COUNT, [now, year.pooling_area_id, year.benefit_year])
    return len(years)


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One place: persons owing in all, paid, aided, with the bank, failed; fen paid."""

    unit_code: str
    owing: int = 0
    paid: int = 0
    aided: int = 0
    sent: int = 0
    failed: int = 0
    paid_fen: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole scope: by unit, by day, and when it was counted."""

    by_unit: dict[str, UnitProgress]
    by_day: list[tuple[date, int, int]]
    """Day, persons, fen."""
    counted_at: datetime | None


def opened_years(scope: Scope) -> list[int]:
    """The years whose receivables stand, the newest first (应缴年度)."""
    found = ReceivableYear.objects.values_list("benefit_year", flat=True)
    return sorted(set(found), reverse=True)


def progress(scope: Scope, benefit_year: int) -> Progress:
    """征缴进度 of a year inside the scope (CON-25)."""
    inside = ProgressRow.objects.filter(scope.q("unit_code", "pooling_area"), benefit_year=benefit_year)
    counted_at = inside.aggregate(at=Max("counted_at"))["at"]
    units: dict[str, dict[str, int]] = {}
    summed = inside.values_list("unit_code", "state").annotate(Sum("persons"), Sum("aided"), Sum("amount_fen"))
    for unit_code, state, persons, aided, amount in summed.order_by():
        held = units.setdefault(unit_code, {})
        held["owing"] = held.get("owing", 0) + persons
        if state == ReceivableState.PAID:
            held |= {"paid": persons, "aided": aided, "paid_fen": amount}
        elif state in (ReceivableState.SENT, ReceivableState.FAILED):
            held[str(state)] = persons
    days = (
        inside.filter(paid_on__isnull=False)
        .values_list("paid_on")
        .annotate(persons=Sum("persons"), amount=Sum("amount_fen"))
        .order_by("paid_on")
    )
    return Progress(
        {code: UnitProgress(code, **held) for code, held in units.items()},
        [(on, persons, amount) for on, persons, amount in days],
        counted_at,
    )

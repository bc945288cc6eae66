"""What is asked of the audit of contribution bases (稽核线索与结果; JS-EXT §2; CON-32)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Q, Sum

from tongchou.contributions.base_audits.models import BaseAudit, BaseAuditPlan
from tongchou.contributions.base_audits.states import AuditState, Risk
from tongchou.contributions.units import months
from tongchou.kernel.months import add_months

MOST_SHOWN: Final = 200
MONTHS_A_YEAR: Final = 12

_RISKY: Final = """
WITH line AS (
    SELECT r.employer_id, r.month, l.person_id, l.wage_base_fen
      FROM contributions_unitreceivable r JOIN contributions_unitreceivableline l ON l.receivable_id = r.id
     WHERE r.pooling_area_id = %(area)s AND r.month >= %(since)s AND r.month < %(until)s
       AND NOT EXISTS (SELECT FROM contributions_baseaudit a
                        WHERE a.plan_id = %(plan)s AND a.employer_id = r.employer_id)
), counted AS (
    SELECT line.employer_id, count(*) AS lines, sum(wage_base_fen) AS base,
           count(DISTINCT person_id) FILTER (WHERE wage_base_fen < f.floor) AS low,
           sum(f.floor - wage_base_fen) FILTER (WHERE wage_base_fen < f.floor) AS under,
           (SELECT max(m.heads) FROM (SELECT count(*) AS heads FROM line one WHERE one.employer_id = line.employer_id
                                       GROUP BY one.month) m) AS heads
      FROM line JOIN unnest(%(months)s::date[], %(floors)s::bigint[]) AS f (month, floor) ON f.month = line.month
     GROUP BY line.employer_id
)
SELECT e.id, e.code, e.name, e.unit_code, c.low, coalesce(c.under, 0), c.lines, c.base, c.heads, p.heads, p.wages_fen
  FROM counted c
  JOIN enrolment_employer e ON e.id = c.employer_id
  LEFT JOIN contributions_reportedpayroll p ON p.employer_id = c.employer_id AND p.year = %(year)s
 WHERE c.low > 0 OR p.heads > c.heads OR p.wages_fen * c.lines > c.base * p.heads * 12
"""


@dataclass(frozen=True, slots=True)
class Risky:
    """一个有线索的单位: its risks with the figures compared, and the base it may have left out, in fen."""

    employer_id: int
    code: str
    name: str
    unit_code: str
    risks: list[dict[str, Any]]
    missing_fen: int


def risky(plan: BaseAuditPlan) -> list[Risky]:
    """稽核线索 of a plan's months, not in it yet, the largest gap first (JS-EXT §2; CON-32).

    Floor: a member's base below the floor of its month. Wages: the base a head and month below what the employer
    reported for the year. Heads: fewer members than heads reported.
    """
    every = [add_months(plan.month_from, n) for n in range(_count(plan))]
    rules = months.rules_of(plan.pooling_area_id, every)
    asked = {
        "area": plan.pooling_area_id,
        "plan": plan.pk,
        "since": plan.month_from,
        "until": plan.month_until,
        "months": every,
        "floors": [rule.floor_fen if rule and rule.floor_fen else 0 for rule in rules],
        "year": (plan.month_until - timedelta(days=1)).year,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RISKY, asked)
        found = [_risky(row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: (-one.missing_fen, one.code))


def _risky(row: Sequence[Any]) -> Risky:
    employer_id, code, name, unit_code, low, under, lines, base, heads, reported_heads, wages = row
    risks: list[dict[str, Any]] = []
    missing = int(under)
    if low:
        risks.append({"risk": Risk.FLOOR.value, "persons": low, "fen": int(under)})
    if wages is not None:
        reported = int(wages) * lines // (reported_heads * MONTHS_A_YEAR)
        if reported > base:
            risks.append({"risk": Risk.WAGES.value, "declared_fen": int(base), "reported_fen": reported})
            missing = max(missing, reported - int(base))
        if reported_heads > heads:
            risks.append({"risk": Risk.HEADS.value, "declared": heads, "reported": reported_heads})
    return Risky(employer_id, code, name, unit_code, risks, missing)


def _count(plan: BaseAuditPlan) -> int:
    since, until = plan.month_from, plan.month_until
    return (until.year - since.year) * MONTHS_A_YEAR + until.month - since.month


def last_month(plan: BaseAuditPlan) -> str:
    """The last month of the plan, in words (稽核期间)."""
    return f"{plan.month_until - timedelta(days=1):%Y-%m}"


@dataclass(frozen=True, slots=True)
class Results:
    """稽核结果 of a year: units audited, with findings, done; what was found, raised and paid. Fen."""

    units: int = 0
    open: int = 0
    clear: int = 0
    found: int = 0
    persons: int = 0
    raised_fen: int = 0
    paid_fen: int = 0


def results(year: int, scope: Q) -> Results:
    """累计稽查单位、补缴 of the plans of a year (JS-EXT §2: how many units, how much was paid back)."""
    audits = BaseAudit.objects.filter(scope, plan__month_until__gt=date(year, 1, 1), plan__made_at__year=year)
    raised = Q(state__in=(AuditState.CONFIRMED, AuditState.PAID))
    sums = audits.aggregate(
        units=Count("id"),
        open=Count("id", filter=Q(state__in=(AuditState.PLANNED, AuditState.NOTIFIED, AuditState.OBJECTED))),
        clear=Count("id", filter=Q(state=AuditState.CLEAR)),
        found=Count("id", filter=raised),
        persons=Sum("persons", filter=raised),
        raised_fen=Sum("due__amount_fen", filter=raised),
        paid_fen=Sum("due__amount_fen", filter=Q(state=AuditState.PAID)),
    )
    return Results(**{key: value or 0 for key, value in sums.items()})

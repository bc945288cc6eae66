"""汇总参保覆盖 (ENR-32; decision 0325): every place's figures and the names behind them, in a few statements a night.

Insured for a year is who has a period of benefits of that year, or stands in the employees' scheme on the day. Who has
left the area for good, or is suspended (decision 0406), and has not paid is no resident any more. Newly insured are
told apart only where the house knows of a year before.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongchou.contributions import queries as contributions
from tongchou.contributions.outreach.models import CoverageDay, CoverageName
from tongchou.contributions.outreach.states import Gap, Outcome, TaskState
from tongchou.enrolment.states import EndingReason
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform

OUTSIDE: Final = ("跨统筹区转出", EndingReason.MOVED_OUT.label, EndingReason.ABROAD.label, EndingReason.MISSING.label)
"""Reasons in the books after which somebody no longer lives here (转出、出境、失踪)."""

_PEOPLE: Final = """
CREATE TEMPORARY TABLE coverage_people ON COMMIT DROP AS
SELECT p.id, p.unit_code, p.name, c.person_id IS NOT NULL AS paid, e.person_id IS NOT NULL AS employed,
       l.person_id IS NOT NULL AS before, false AS gone, false AS paused
  FROM enrolment_person p
  LEFT JOIN (SELECT DISTINCT person_id FROM contributions_coveragespan
              WHERE benefit_year = %(year)s AND scheme = 'resident' AND withdrawn_at IS NULL) c ON c.person_id = p.id
  LEFT JOIN (SELECT DISTINCT person_id FROM enrolment_enrolment
              WHERE scheme = 'employee' AND enrolled_from <= %(day)s
                AND (enrolled_until IS NULL OR enrolled_until > %(day)s)) e ON e.person_id = p.id
  LEFT JOIN (SELECT person_id FROM contributions_coveragespan
              WHERE benefit_year = %(year)s - 1 AND withdrawn_at IS NULL
              UNION
             SELECT person_id FROM enrolment_enrolment
              WHERE scheme = 'employee' AND enrolled_from < make_date(%(year)s, 1, 1)
                AND (enrolled_until IS NULL OR enrolled_until > make_date(%(year)s - 1, 1, 1))) l ON l.person_id = p.id
 WHERE p.pooling_area_id = %(area)s AND p.merged_into_id IS NULL AND p.died_on IS NULL
"""
_UNINSURED_HERE: Final = """
UPDATE coverage_people q
   SET gone = coalesce(last.ended AND last.end_reason = ANY(%(outside)s) OR last.paused <> %(works)s, false),
       employed = coalesce(last.ended AND last.end_reason = %(works)s OR last.paused = %(works)s, false),
       paused = last.paused IS NOT NULL
  FROM coverage_people w
  LEFT JOIN LATERAL (
       SELECT e.enrolled_until IS NOT NULL AS ended, e.end_reason,
              (SELECT s.reason FROM enrolment_suspension s
                WHERE s.enrolment_id = e.id AND e.scheme = 'resident' AND s.suspended_from <= %(day)s
                  AND (s.suspended_until IS NULL OR s.suspended_until > %(day)s)) AS paused
         FROM enrolment_enrolment e WHERE e.person_id = w.id ORDER BY e.enrolled_from DESC LIMIT 1) last ON true
 WHERE q.id = w.id AND NOT w.paid AND NOT w.employed
"""
_DAYS: Final = """
WITH told AS (
    SELECT unit_code, count(*) AS registered, count(*) FILTER (WHERE paid OR employed) AS insured,
           count(*) FILTER (WHERE employed AND NOT paid) AS employed,
           count(*) FILTER (WHERE before AND NOT paid AND NOT employed) AS dropped,
           count(*) FILTER (WHERE (paid OR employed) AND NOT before AND known.any_before) AS joined
      FROM coverage_people, (SELECT EXISTS (SELECT 1 FROM coverage_people WHERE before) AS any_before) AS known
     WHERE NOT gone GROUP BY unit_code
), placed AS (
    SELECT coalesce(t.unit_code, f.unit_code) AS unit_code, coalesce(f.residents, t.registered) AS residents,
           coalesce(t.registered, 0) AS registered, coalesce(t.insured, 0) AS insured,
           coalesce(t.employed, 0) AS employed, coalesce(t.dropped, 0) AS dropped, coalesce(t.joined, 0) AS joined
      FROM told t FULL JOIN (SELECT unit_code, residents FROM contributions_populationfigure
                              WHERE pooling_area_id = %(area)s AND year = %(year)s AND replaced_at IS NULL) f
        ON f.unit_code = t.unit_code
)
INSERT INTO contributions_coverageday (pooling_area_id, benefit_year, counted_on, unit_code, residents, registered,
                                       insured, employed, dropped, joined, counted_at)
SELECT %(area)s, %(year)s, %(day)s, above.code, sum(p.residents), sum(p.registered), sum(p.insured), sum(p.employed),
       sum(p.dropped), sum(p.joined), %(now)s
  FROM placed p JOIN platform_orgunit u ON u.code = p.unit_code
 CROSS JOIN LATERAL unnest(string_to_array(rtrim(u.path, '/'), '/')) AS above(code)
 GROUP BY above.code
"""
_NAMES: Final = """
INSERT INTO contributions_coveragename (pooling_area_id, benefit_year, unit_code, gap, person_id)
SELECT %(area)s, %(year)s, unit_code,
       CASE WHEN paid OR employed THEN %(joined)s WHEN before THEN %(dropped)s ELSE %(never)s END, id
  FROM coverage_people
 WHERE NOT gone AND (NOT (paid OR employed)
                     OR NOT before AND EXISTS (SELECT 1 FROM coverage_people WHERE before))
 ORDER BY unit_code, name, id
"""
_TASKS: Final = """
WITH over AS MATERIALIZED (
    SELECT t.id, CASE WHEN p.died_on IS NOT NULL THEN %(died)s WHEN q.paused AND NOT q.employed THEN %(suspended)s
                      ELSE %(joined_up)s END AS outcome
      FROM contributions_campaigntask t JOIN enrolment_person p ON p.id = t.person_id
      LEFT JOIN coverage_people q ON q.id = t.person_id
     WHERE p.pooling_area_id = %(area)s AND t.benefit_year = %(year)s AND t.state = %(open)s
       AND (p.died_on IS NOT NULL OR q.paid OR q.employed OR q.paused)
     ORDER BY t.id FOR NO KEY UPDATE OF t
)
UPDATE contributions_campaigntask t
   SET state = %(done)s, outcome = over.outcome, done_at = %(now)s, version = version + 1
  FROM over
 WHERE t.id = over.id
"""
"""Tasks are locked in the order of their ids, as everybody does who takes several of them."""


def count_every_night(now: datetime) -> int:
    """汇总参保覆盖 of every area and every year in collection (定时任务). Returns how many were counted."""
    today = timezone.localdate(now)
    counted = 0
    for area in platform.pooling_areas(today):
        for year in years_in_hand(area.code, today):
            counted += count(area.code, year, now=now)
    return counted


def years_in_hand(pooling_area: str, today: date) -> list[int]:
    """This year, and the next once its collection has begun (统计年度)."""
    try:
        begun = contributions.window_opens_on(pooling_area, today.year + 1, today) <= today
    except DomainError:  # an area without rules of payment collects nothing
        return [today.year]
    return [today.year, today.year + 1] if begun else [today.year]


def in_collection(pooling_area: str, year: int, day: date) -> bool:
    """Whether the day lies in the time to pay for the year, the days of grace included (集中缴费期; GX2017 §22)."""
    try:
        waiting = contributions.waiting(pooling_area, year, day)
    except DomainError:
        return False
    opens = date(year - 1, *waiting.rules.window_from)
    last = max(date(year - 1, *waiting.rules.window_until), waiting.arrears_begin(year) - timedelta(days=1))
    return opens <= day <= last


def count(pooling_area: str, year: int, *, now: datetime) -> bool:
    """One area and year as of now: figures of the day, names, tasks that have come to their end.

    Every day of the collection keeps its figures; outside it only the last day of each month does.
    """
    day = timezone.localdate(now)
    values: dict[str, Any] = {
        "area": pooling_area, "year": year, "day": day, "now": now,
        "outside": [str(reason) for reason in OUTSIDE], "works": str(EndingReason.EMPLOYEE.label),
        "joined": Gap.JOINED.value, "dropped": Gap.DROPPED.value, "never": Gap.NEVER.value,
        "open": TaskState.OPEN.value, "done": TaskState.DONE.value,
        "joined_up": Outcome.JOINED.value, "died": Outcome.DIED.value,
        "suspended": Outcome.SUSPENDED.value,
    }  # fmt: skip
    of_year = CoverageDay.objects.filter(pooling_area=pooling_area, benefit_year=year)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PEOPLE, values)
        cursor.execute(_UNINSURED_HERE, values)
        of_year.filter(counted_on=day).delete()
        if not in_collection(pooling_area, year, day):
            _keep_one_a_month(
                of_year.filter(counted_on__gte=day.replace(day=1), counted_on__lt=day), pooling_area, year
            )
        cursor.execute(_DAYS, values)
        CoverageName.objects.filter(pooling_area=pooling_area, benefit_year=year).delete()
        cursor.execute(_NAMES, values)
        cursor.execute(_TASKS, values)
        cursor.execute("DROP TABLE coverage_people")
    return True


def _keep_one_a_month(earlier: QuerySet[CoverageDay], pooling_area: str, year: int) -> None:
    """Earlier days of the month go, unless they belong to the collection."""
    days = list(earlier.values_list("counted_on", flat=True).distinct())
    earlier.filter(counted_on__in=[day for day in days if not in_collection(pooling_area, year, day)]).delete()

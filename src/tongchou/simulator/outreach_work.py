"""Who is insured in the invented city, day by day, and a town that visits whoever is not (应保尽保演示数据).

The days before today follow from the days of payment, in one statement; everything else goes through the commands.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from tongchou.contributions.outreach import commands, counting, queries
from tongchou.contributions.outreach.states import Outcome
from tongchou.platform import queries as platform
from tongchou.simulator.plan import AREA

TOWN_STAFF, VILLAGE_STAFF = "zhenshenhe", "cunxieban"
DAYS_SHOWN: Final = 45
UNREGISTERED: Final = 12
FIRST_VISITS: Final = ((Outcome.LOST, ""), (Outcome.REFUSED, "认为身体好,不需要"), (Outcome.ELSEWHERE, "务工地参保"))
_DAYS_BEFORE: Final = """
WITH paid AS (
    SELECT above.code, s.paid_on, count(DISTINCT s.person_id) AS persons
      FROM contributions_coveragespan s JOIN enrolment_person p ON p.id = s.person_id
      JOIN platform_orgunit u ON u.code = p.unit_code
     CROSS JOIN LATERAL unnest(string_to_array(rtrim(u.path, '/'), '/')) AS above(code)
     WHERE s.benefit_year = %(year)s AND s.withdrawn_at IS NULL AND s.scheme = 'resident' AND p.died_on IS NULL
       AND p.merged_into_id IS NULL AND s.paid_on > %(first)s
     GROUP BY 1, 2
), days AS (
    SELECT generate_series(%(first)s::date, %(today)s::date - 1, interval '1 day')::date AS day
), later AS (
    SELECT paid.code, days.day, sum(paid.persons)::int AS persons
      FROM paid JOIN days ON paid.paid_on > days.day GROUP BY 1, 2
)
INSERT INTO contributions_coverageday (pooling_area_id, benefit_year, counted_on, unit_code, residents, registered,
                                       insured, employed, dropped, joined, counted_at)
SELECT c.pooling_area_id, c.benefit_year, d.day, c.unit_code, c.residents, c.registered,
       greatest(c.insured - coalesce(later.persons, 0), c.employed), c.employed, c.dropped, 0, d.day + time '22:00'
  FROM contributions_coverageday c
 CROSS JOIN days d
  LEFT JOIN later ON later.code = c.unit_code AND later.day = d.day
 WHERE c.pooling_area_id = %(area)s AND c.benefit_year = %(year)s AND c.counted_on = %(today)s
ON CONFLICT DO NOTHING
"""


def lay_out(now: datetime) -> int:
    """Figures of the last weeks, a campaign with its first visits. Returns how many are to be visited."""
    today = timezone.localdate(now)
    years = counting.years_in_hand(AREA, today)
    for year in years:
        counting.count(AREA, year, now=now)
        values = {"area": AREA, "year": year, "today": today, "first": today - timedelta(days=DAYS_SHOWN)}
        with connection.cursor() as cursor:
            cursor.execute(_DAYS_BEFORE, values)
    town, village = platform.operator_by_staff_code(TOWN_STAFF), platform.operator_by_staff_code(VILLAGE_STAFF)
    if town is None or village is None:
        return 0
    days = queries.days_of(village.org_unit_id, years[0])
    found = days[-1][1] if days else queries.Figures()
    commands.record_population(
        unit_code=village.org_unit_id,
        year=years[0],
        residents=found.registered + UNREGISTERED,
        source="公安户籍人口年报(示例)",
        as_of=today.replace(month=1, day=1),
        operator=town,
        now=now,
    )
    counting.count(AREA, years[0], now=now)
    if not found.uninsured:
        return 0
    made = commands.make_campaign(
        unit_code=town.org_unit_id,
        year=years[0],
        gap="",
        title=f"{years[0]}年全民参保登记走访",
        due_on=today + timedelta(days=20),
        request_id="demo",
        operator=town,
        now=now,
    )
    open_tasks = list(made.tasks.order_by("id").values_list("pk", "version")[: len(FIRST_VISITS)])
    for pick, (outcome, note) in zip(open_tasks, FIRST_VISITS, strict=False):
        commands.record_outcomes(number=made.number, picks=[pick], outcome=outcome, note=note, operator=town, now=now)
    return made.persons

"""发卡进度汇总 (ENR-30; QA2018 五(五)): counted by the clock, for a page must not count millions."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.enrolment.credentials.models import CardTally

_COUNT: Final = """
INSERT INTO enrolment_cardtally (pooling_area, unit_code, insured, in_use, making, awaiting, lost, media_only,
                                 counted_at)
SELECT e.pooling_area_id, e.unit_code, count(*),
       count(*) FILTER (WHERE c.best = 1), count(*) FILTER (WHERE c.best = 3), count(*) FILTER (WHERE c.best = 2),
       count(*) FILTER (WHERE c.best = 4), count(*) FILTER (WHERE c.best IS NULL AND m.person_id IS NOT NULL), %s
  FROM enrolment_active(%s) e
  LEFT JOIN (SELECT person_id, min(CASE status WHEN 'active' THEN 1 WHEN 'awaiting_pickup' THEN 2
                                               WHEN 'making' THEN 3 ELSE 4 END) AS best
               FROM enrolment_socialsecuritycard WHERE status NOT IN ('replaced', 'cancelled')
              GROUP BY person_id) c ON c.person_id = e.person_id
  LEFT JOIN (SELECT DISTINCT person_id FROM enrolment_linkedmedium
              WHERE valid_from <= %s AND valid_until > %s) m ON m.person_id = e.person_id
 GROUP BY 1, 2
"""


def count_cards(now: datetime) -> int:
    """Count anew (定时任务). Returns how many units."""
    today = timezone.localdate(now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE enrolment_cardtally IN SHARE ROW EXCLUSIVE MODE")
        CardTally.objects.all().delete()
        cursor.execute(_COUNT, [now, today, today, today])
        return int(cursor.rowcount)

"""The days on which benefits are due around a day, as a settlement asks for them (待遇享受期).

Coverage spans from contributions, less the days on which the person did not stand in that scheme. A year on either side
of the day's own comes along for stays that cross a boundary.
"""

from django.db import migrations

COVERAGE = """
CREATE FUNCTION contributions_coverage(wanted bigint, on_day date) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object('from', lower(r.days), 'until', upper(r.days), 'scheme', c.scheme,
                                   'benefit_year', c.benefit_year, 'rule', c.rule, 'paid_on', c.paid_on)
                ORDER BY lower(r.days)),
            '[]')
          FROM contributions_coveragespan c
          JOIN enrolment_presence(wanted) present ON present.scheme = c.scheme
         CROSS JOIN LATERAL unnest(datemultirange(daterange(c.covered_from, c.covered_until)) * present.days) AS r (days)
         WHERE c.person_id = wanted AND c.withdrawn_at IS NULL
           AND c.covered_from < (date_trunc('year', on_day) + interval '2 years')::date
           AND c.covered_until > (date_trunc('year', on_day) - interval '1 year')::date);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("contributions", "0001_initial"), ("enrolment", "0002_person_facts")]
    operations = [migrations.RunSQL(COVERAGE, "DROP FUNCTION contributions_coverage(bigint, date);")]

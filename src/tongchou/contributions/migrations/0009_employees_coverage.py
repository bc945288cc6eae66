"""待遇享受期 of whoever is, or was, employed (BJ-ACCT §5; NC-ACCT §7): the months at employers, less what is unpaid.

The days of employment count as covered without a row of their own; off go the waiting after a break and the days stopped
by a month that the employer has not paid. Those come along with no scheme, naming the scheme they stop, so that nobody
takes them for covered days. Whoever never had an employer is read as before, for one look at an index more. The
plan is made once in a session: to make it costs several times what it runs.
"""

from django.db import migrations

RESIDENTS = """
CREATE OR REPLACE FUNCTION contributions_coverage(wanted bigint, on_day date) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    {employees}RETURN (
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
EMPLOYED = """IF EXISTS (SELECT FROM enrolment_employermember m WHERE m.person_id = wanted) THEN
        RETURN contributions_employee_coverage(wanted, on_day);
    END IF;
    """
EMPLOYEES = """
CREATE FUNCTION contributions_employee_coverage(wanted bigint, on_day date) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    looked daterange := daterange((date_trunc('year', on_day) - interval '1 year')::date,
                                  (date_trunc('year', on_day) + interval '2 years')::date);
BEGIN
    RETURN (
        WITH held AS (
            SELECT c.scheme, daterange(c.covered_from, c.covered_until) AS days, c.benefit_year, c.rule, c.paid_on
              FROM contributions_coveragespan c
             WHERE c.person_id = wanted AND c.withdrawn_at IS NULL AND c.covered_from < upper(looked)
               AND c.covered_until > lower(looked)
        ), employed AS (
            SELECT range_agg(daterange(m.month_from, m.month_until))
                   - coalesce((SELECT range_agg(h.days) FROM held h WHERE h.scheme = 'employee'), '{}') AS days
              FROM enrolment_employermember m WHERE m.person_id = wanted
        ), based AS (
            SELECT * FROM held
            UNION ALL
            SELECT 'employee', one.days, extract(year FROM lower(one.days))::integer, 'BJ-ACCT §5', NULL
              FROM employed
             CROSS JOIN generate_series(lower(looked)::timestamp, upper(looked) - 1, interval '1 year') AS first
             CROSS JOIN LATERAL unnest(
                 employed.days * datemultirange(daterange(first::date, (first + interval '1 year')::date))) AS one (days)
        ), unpaid AS (
            SELECT r.month, datemultirange(daterange(r.stops_from, r.stops_until)) * datemultirange(looked)
                   * coalesce((SELECT range_agg(daterange(m.month_from, m.month_until)) FROM enrolment_employermember m
                                WHERE m.person_id = wanted AND m.employer_id = r.employer_id
                                  AND m.category = 'working'), '{}') AS days
              FROM contributions_unitreceivableline l
              JOIN contributions_unitreceivable r ON r.id = l.receivable_id
             WHERE l.person_id = wanted AND r.stops_from <= on_day AND r.stops_until IS DISTINCT FROM r.stops_from
        ), stopped AS (
            SELECT u.month, one.days FROM unpaid u CROSS JOIN LATERAL unnest(u.days) AS one (days)
        ), off AS (
            SELECT coalesce((SELECT range_agg(s.days) FROM stopped s), '{}')
                   + coalesce((SELECT range_agg(daterange(w.waits_from, w.waits_until))
                                 FROM contributions_employeewaiting w WHERE w.person_id = wanted), '{}') AS days
        ), told AS (
            SELECT jsonb_build_object('from', lower(one.days), 'until', upper(one.days), 'scheme', b.scheme,
                                      'benefit_year', b.benefit_year, 'rule', b.rule, 'paid_on', b.paid_on) AS span,
                   lower(one.days) AS since
              FROM based b
              JOIN enrolment_presence(wanted) present ON present.scheme = b.scheme
             CROSS JOIN off
             CROSS JOIN LATERAL unnest(
                 datemultirange(b.days) * present.days
                 - CASE WHEN b.scheme = 'employee' THEN off.days ELSE '{}'::datemultirange END) AS one (days)
            UNION ALL
            SELECT jsonb_build_object('from', lower(s.days), 'until', upper(s.days), 'scheme', '', 'stops', 'employee',
                                      'benefit_year', extract(year FROM lower(s.days))::integer,
                                      'rule', to_char(s.month, 'YYYY-MM'), 'paid_on', NULL),
                   lower(s.days)
              FROM stopped s
        )
        SELECT coalesce(jsonb_agg(told.span ORDER BY told.since), '[]') FROM told);
END
$$;
"""
STAYS = (
    "contributions_employeerule",
    "contributions_oneoffpayment",
    "contributions_retirementrule",
)


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0008_employees_owe"),
        ("enrolment", "0002_person_facts"),
        ("platform", "0002_append_only"),
    ]
    operations = [
        migrations.RunSQL(EMPLOYEES, "DROP FUNCTION contributions_employee_coverage(bigint, date);"),
        migrations.RunSQL(RESIDENTS.format(employees=EMPLOYED), RESIDENTS.format(employees="")),
        *(guard(table) for table in STAYS),
    ]

"""Who is insured on a day, among persons of consecutive numbers: a part of a large file reads these and no others."""

from django.db import migrations

COLUMNS = """
    enrolment_id bigint, person_id bigint, person_no varchar, name varchar, certificate_no varchar, born_on date,
    pooling_area_id varchar, unit_code varchar, scheme varchar, category varchar, household_id bigint,
    household_relation varchar"""
# The bounds stand at both tables: the database carries an equality from one to the other, but no range.
BETWEEN = f"""
CREATE FUNCTION enrolment_active_between(on_day date, first_person bigint, last_person bigint) RETURNS TABLE ({COLUMNS})
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT e.id, p.id, p.person_no, p.name, p.certificate_no, p.born_on, e.pooling_area_id, e.unit_code, e.scheme,
           e.category, p.household_id, p.household_relation
      FROM enrolment_enrolment e
      JOIN enrolment_person p ON p.id = e.person_id
     WHERE (first_person IS NULL OR e.person_id >= first_person AND p.id >= first_person)
       AND (last_person IS NULL OR e.person_id <= last_person AND p.id <= last_person)
       AND e.enrolled_from <= on_day AND (e.enrolled_until IS NULL OR e.enrolled_until > on_day)
       AND (p.died_on IS NULL OR p.died_on >= on_day) AND p.merged_into_id IS NULL
       AND NOT EXISTS (SELECT FROM enrolment_suspension s
                        WHERE s.enrolment_id = e.id AND s.suspended_from <= on_day
                          AND (s.suspended_until IS NULL OR s.suspended_until > on_day))
$$;
"""
EVERYBODY = f"""
CREATE OR REPLACE FUNCTION enrolment_active(on_day date) RETURNS TABLE ({COLUMNS})
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM enrolment_active_between(on_day, NULL, NULL)
$$;
"""
BEFORE = f"""
CREATE OR REPLACE FUNCTION enrolment_active(on_day date) RETURNS TABLE ({COLUMNS})
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT e.id, p.id, p.person_no, p.name, p.certificate_no, p.born_on, e.pooling_area_id, e.unit_code, e.scheme,
           e.category, p.household_id, p.household_relation
      FROM enrolment_enrolment e
      JOIN enrolment_person p ON p.id = e.person_id
     WHERE e.enrolled_from <= on_day AND (e.enrolled_until IS NULL OR e.enrolled_until > on_day)
       AND (p.died_on IS NULL OR p.died_on >= on_day) AND p.merged_into_id IS NULL
       AND NOT EXISTS (SELECT FROM enrolment_suspension s
                        WHERE s.enrolment_id = e.id AND s.suspended_from <= on_day
                          AND (s.suspended_until IS NULL OR s.suspended_until > on_day))
$$;
DROP FUNCTION enrolment_active_between(date, bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0014_unregistered_names")]
    operations = [migrations.RunSQL(BETWEEN + EVERYBODY, BEFORE)]

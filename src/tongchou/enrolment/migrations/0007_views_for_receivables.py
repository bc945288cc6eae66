"""What the collection of premiums reads of the register (登记视图): who stands in which scheme on a day, and households."""

from django.db import migrations

CREATE = """
CREATE FUNCTION enrolment_active(on_day date) RETURNS TABLE (
    enrolment_id bigint, person_id bigint, person_no varchar, name varchar, certificate_no varchar, born_on date,
    pooling_area_id varchar, unit_code varchar, scheme varchar, category varchar, household_id bigint,
    household_relation varchar)
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
CREATE VIEW enrolment_households AS
    SELECT h.id AS household_id, h.number, h.pooling_area_id, h.unit_code, head.name AS head_name
      FROM enrolment_household h
      LEFT JOIN enrolment_person head ON head.household_id = h.id AND head.household_relation = 'head';
"""
DROP = "DROP VIEW enrolment_households; DROP FUNCTION enrolment_active(date);"


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0006_views_for_payments")]
    operations = [migrations.RunSQL(CREATE, DROP)]

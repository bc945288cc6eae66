"""What the chapters above may read of the register in statements of their own (登记视图): persons, and where they stand."""

from django.db import migrations

CREATE = """
CREATE VIEW enrolment_registered AS
    SELECT id AS person_id, person_no, certificate_type, certificate_no, name, born_on, died_on, pooling_area_id, unit_code
      FROM enrolment_person WHERE merged_into_id IS NULL;
CREATE FUNCTION enrolment_stands(wanted bigint, on_day date) RETURNS TABLE (scheme varchar, category varchar, status text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT e.scheme, e.category,
           CASE WHEN e.enrolled_until <= on_day OR p.died_on < on_day THEN 'terminated'
                WHEN EXISTS (SELECT FROM enrolment_suspension s
                              WHERE s.enrolment_id = e.id AND s.suspended_from <= on_day
                                AND (s.suspended_until IS NULL OR s.suspended_until > on_day)) THEN 'suspended'
                ELSE 'active' END
      FROM enrolment_person p
      JOIN LATERAL (SELECT * FROM enrolment_enrolment
                     WHERE person_id = p.id AND enrolled_from <= on_day ORDER BY enrolled_from DESC LIMIT 1) e ON true
     WHERE p.id = wanted
$$;
"""
DROP = "DROP FUNCTION enrolment_stands(bigint, date); DROP VIEW enrolment_registered;"


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0005_enrolment_chain")]
    operations = [migrations.RunSQL(CREATE, DROP)]

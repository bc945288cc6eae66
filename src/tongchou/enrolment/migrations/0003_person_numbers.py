"""人员编号: the area and fourteen digits from a sequence; unique, and not gap-free, so that nobody waits for anybody."""

from django.db import migrations

CREATE = """
CREATE SEQUENCE enrolment_person_no AS bigint MAXVALUE 99999999999999;
CREATE FUNCTION enrolment_next_person_no(pooling_area text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT pooling_area || lpad(nextval('enrolment_person_no')::text, 14, '0')
$$;
"""
DROP = "DROP FUNCTION enrolment_next_person_no(text); DROP SEQUENCE enrolment_person_no;"


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0002_person_facts")]
    operations = [migrations.RunSQL(CREATE, DROP)]

"""An enrolment follows one that ended (参保关系首尾相接): the last link that keeps two from sharing a day (decision 0030)."""

from django.db import migrations

ADD = """
ALTER TABLE enrolment_enrolment ADD CONSTRAINT enrolment_follows_one
    FOREIGN KEY (person_id, follows_until) REFERENCES enrolment_enrolment (person_id, enrolled_until)
    DEFERRABLE INITIALLY DEFERRED;
"""
DROP = "ALTER TABLE enrolment_enrolment DROP CONSTRAINT enrolment_follows_one;"


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0004_staging")]
    operations = [migrations.RunSQL(ADD, DROP)]

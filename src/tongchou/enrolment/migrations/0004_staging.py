"""The schema in which imported files wait for their decision (暂存区): one unlogged table per file, dropped with it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0003_person_numbers")]
    operations = [migrations.RunSQL("CREATE SCHEMA IF NOT EXISTS staging", "DROP SCHEMA IF EXISTS staging CASCADE")]

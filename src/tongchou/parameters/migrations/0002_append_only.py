"""Versions in force, local rules and what was done with drafts are only ever added to (GX2017 §134; ORG-22).

The database refuses the rest, whoever asks. The one row of the shelf stands there from the beginning.
"""

from django.db import migrations

TABLES = ("parameters_policyversion", "parameters_localrule", "parameters_draftevent")


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("parameters", "0001_initial"), ("platform", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "INSERT INTO parameters_policyshelf (id, version) VALUES (1, 0);", "DELETE FROM parameters_policyshelf;"
        ),
        *(guard(table) for table in TABLES),
    ]

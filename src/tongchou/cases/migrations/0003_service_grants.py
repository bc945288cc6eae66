"""The service may add to the record of a case and read it, nothing else (GX2017 §133). Decision 0072."""

from django.db import migrations

TABLES = "cases_caseact, cases_content"


def for_the_service(statements: str) -> str:
    """Run where the group role exists; the books' migration makes it."""
    return f"""
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tongchou_service') THEN
        {statements}
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_append_only"), ("fund", "0005_service_grants")]
    operations = [
        migrations.RunSQL(
            for_the_service(
                f"REVOKE ALL ON {TABLES} FROM tongchou_service; GRANT SELECT, INSERT ON {TABLES} TO tongchou_service;"
            ),
            for_the_service(f"REVOKE ALL ON {TABLES} FROM tongchou_service;"),
        )
    ]

"""The record of a case and the bytes of its files are only ever added to (办理记录、附件内容; GX2017 §133)."""

from django.db import migrations

TABLES = ("cases_caseact", "cases_content")


def guard(table: str) -> migrations.RunSQL:
    """A statement trigger, so that also a statement that meets no row is refused."""
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("platform", "0002_append_only")]
    operations = [*map(guard, TABLES)]

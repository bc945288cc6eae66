"""Rates and payments of employers are only ever added (CON-31)."""

from django.db import migrations

TABLES = ("contributions_unitrate", "contributions_unitpayment")


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("contributions", "0004_subsidies_stay"), ("platform", "0002_append_only")]
    operations = [guard(table) for table in TABLES]

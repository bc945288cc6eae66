"""Vouchers, entries and dues are only ever added to: the database refuses the rest, whoever asks (GX2017 §100).

The triggers stand on statements, so they cost an insert nothing. Decision 0072.
"""

from django.db import migrations

TABLES = ("fund_voucher", "fund_entry", "fund_periodreopening", "fund_institutiondue")


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("fund", "0002_voucher_balances"), ("platform", "0002_append_only")]
    operations = [guard(table) for table in TABLES]

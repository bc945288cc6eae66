"""The service may add settlements and read them, nothing else (GX2017 §71, 80). Decision 0072."""

from django.db import migrations

TABLES = "settlement_settlement, settlement_slipprint, settlement_accountcredit"


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
    dependencies = [("settlement", "0005_standing"), ("fund", "0005_service_grants")]
    operations = [
        migrations.RunSQL(
            for_the_service(
                f"REVOKE ALL ON {TABLES} FROM tongchou_service; GRANT SELECT, INSERT ON {TABLES} TO tongchou_service;"
            ),
            for_the_service(f"REVOKE ALL ON {TABLES} FROM tongchou_service;"),
        )
    ]

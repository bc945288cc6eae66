"""The service may add to the books and read them, nothing else (GX2017 §100). Decision 0072.

Roles are the cluster's: the group role is made where the migrating login may make roles, and found where another
database of the cluster made it.
"""

from django.db import migrations

TABLES = "fund_voucher, fund_entry, fund_periodreopening, fund_institutiondue"

GRANT = f"""
DO $$
BEGIN
    BEGIN
        CREATE ROLE tongchou_service NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN
        NULL;
    END;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tongchou_service') THEN
        REVOKE ALL ON {TABLES} FROM tongchou_service;
        GRANT SELECT, INSERT ON {TABLES} TO tongchou_service;
    END IF;
END
$$;
"""
REVOKE = f"""
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tongchou_service') THEN
        REVOKE ALL ON {TABLES} FROM tongchou_service;
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("fund", "0004_owed")]
    operations = [migrations.RunSQL(GRANT, REVOKE)]

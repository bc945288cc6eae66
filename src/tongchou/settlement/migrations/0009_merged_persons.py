"""Whose a settlement or an account credit is may change beside the line of a merge, nothing else of it (ENR-17).

Decision 0320. The service may write that one column; the trigger asks for the line.
"""

from django.db import migrations

TABLES = ("settlement_settlement", "settlement_accountcredit")


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
DROP TRIGGER append_only ON {table};
DO $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OF %s OR DELETE OR TRUNCATE ON {table}'
        ' FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()',
        (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'person_id'));
END
$$;
CREATE TRIGGER only_follows BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION enrolment_only_follows();
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tongchou_service') THEN
        GRANT UPDATE (person_id) ON {table} TO tongchou_service;
    END IF;
END
$$;""",
        f"""
DROP TRIGGER only_follows ON {table};
DROP TRIGGER append_only ON {table};
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tongchou_service') THEN
        REVOKE UPDATE (person_id) ON {table} FROM tongchou_service;
    END IF;
END
$$;""",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0008_cause_of_a_merge"),
        ("settlement", "0006_service_grants"),
        ("enrolment", "0010_merged_records_answer"),
    ]
    operations = [guard(table) for table in TABLES]

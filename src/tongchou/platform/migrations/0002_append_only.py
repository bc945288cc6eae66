"""The trail and its seals are only ever added to: the database refuses the rest, whoever asks (GX2017 §133)."""

from django.db import migrations

TABLES = ("platform_trailentry", "platform_trailseal")

CREATE_REFUSAL = """
CREATE FUNCTION platform_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
DROP_REFUSAL = "DROP FUNCTION platform_refuse_change();"


def guard(table: str) -> migrations.RunSQL:
    """Statement triggers, so that also a statement that meets no row is refused."""
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [migrations.RunSQL(CREATE_REFUSAL, DROP_REFUSAL), *map(guard, TABLES)]

"""Counts of subsidies are only ever added, and a line's heads are those of its extract (CON-27)."""

from django.db import migrations

APPEND_ONLY = (
    "contributions_subsidyhead",
    "contributions_subsidyline",
    "contributions_subsidyarrival",
    "contributions_subsidydifference",
    "contributions_subsidydifferencerow",
)

LINES_ARE_COUNTED = """
CREATE FUNCTION contributions_subsidy_lines_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added a
          FULL JOIN (SELECT h.snapshot_id, h.category, count(*) AS heads FROM contributions_subsidyhead h
                      WHERE h.verdict = '' AND h.snapshot_id IN (SELECT snapshot_id FROM added)
                      GROUP BY h.snapshot_id, h.category) counted
            ON counted.snapshot_id = a.snapshot_id AND counted.category = a.category
         WHERE a.heads IS DISTINCT FROM counted.heads
    ) THEN
        RAISE EXCEPTION 'heads of a subsidy line differ from its extract' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lines_are_counted AFTER INSERT ON contributions_subsidyline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION contributions_subsidy_lines_counted();
CREATE TRIGGER complete_stays BEFORE UPDATE ON contributions_subsidysnapshot
    FOR EACH ROW WHEN (OLD.state = 'complete') EXECUTE FUNCTION platform_refuse_change();
"""
LINES_ARE_FREE = """
DROP TRIGGER complete_stays ON contributions_subsidysnapshot;
DROP TRIGGER lines_are_counted ON contributions_subsidyline;
DROP FUNCTION contributions_subsidy_lines_counted();
"""


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("contributions", "0003_room_for_answers"), ("platform", "0002_append_only")]
    operations = [*(guard(table) for table in APPEND_ONLY), migrations.RunSQL(LINES_ARE_COUNTED, LINES_ARE_FREE)]

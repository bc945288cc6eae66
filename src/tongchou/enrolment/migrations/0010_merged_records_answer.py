"""A record merged away answers as the one it was merged into (归并; ENR-17). Decision 0320.

Who is not merged is found as before, by the same one question; only who is found nowhere is looked for among the
merged. Tables that are never edited let a row's person change beside a line of the same transaction that says so.
"""

from importlib import import_module

from django.db import migrations

facts = import_module("tongchou.enrolment.migrations.0002_person_facts")
cards = import_module("tongchou.enrolment.migrations.0008_cards_shown")

SURVIVING = """
CREATE FUNCTION enrolment_surviving(wanted bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id FROM enrolment_person WHERE id = wanted
        UNION ALL
        SELECT p.id, p.merged_into_id FROM chain c JOIN enrolment_person p ON p.id = c.merged_into_id
    )
    SELECT id FROM chain WHERE merged_into_id IS NULL
$$;
COMMENT ON FUNCTION enrolment_surviving IS 'the record that stands for this one: itself, or the last it was merged into';
"""
MERGED_AWAY = """
CREATE VIEW enrolment_merged_away AS
    SELECT q.person_no, q.certificate_type, q.certificate_no, p.id AS person_id, p.person_no AS surviving_no, p.born_on,
           p.unit_code
      FROM enrolment_person q JOIN enrolment_person p ON p.id = enrolment_surviving(q.id)
     WHERE q.merged_into_id IS NOT NULL;
"""
REDIRECTING = """
CREATE OR REPLACE FUNCTION {name}({argument}, on_day date) RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    found jsonb := (
{query}
    LIMIT 1);
    survivor bigint;
BEGIN
    IF found IS NULL THEN
        SELECT enrolment_surviving(q.id) INTO survivor FROM enrolment_person q
         WHERE q.{column} = wanted AND q.merged_into_id IS NOT NULL;
        IF survivor IS NOT NULL THEN
            RETURN enrolment_person_facts_by_id(survivor, on_day);
        END IF;
    END IF;
    RETURN found;
END
$$;
"""
FOLLOWS = """
CREATE FUNCTION enrolment_only_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'person_id' = to_jsonb(OLD) - 'person_id' AND EXISTS (
        SELECT FROM enrolment_followedrow f
         WHERE f.transaction = txid_current() AND f.table_name = TG_TABLE_NAME AND f.act IN ('moved', 'returned')
           AND to_jsonb(OLD) @> f.row_key
           AND (f.before ->> 'person_id')::bigint = OLD.person_id AND (f.after ->> 'person_id')::bigint = NEW.person_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION enrolment_only_follows IS
    'guards a table that is never edited: only the person of a row may change, beside its line of a merge or a split';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON enrolment_followedrow
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
"""
DROP_FOLLOWS = """
DROP TRIGGER append_only ON enrolment_followedrow;
DROP FUNCTION enrolment_only_follows();
"""


def redirecting(name: str, argument: str, column: str) -> migrations.RunSQL:
    """The function in its new form; backwards in the form it had."""
    query = facts.FACTS.format(found="enrolment_person p") + cards.CURRENT_CARD + f"     WHERE p.{column} = wanted"
    old = facts.FUNCTION.format(name=name, argument=argument, query=query)
    new = REDIRECTING.format(name=name, argument=argument, column=column, query=query + " AND p.merged_into_id IS NULL")
    return migrations.RunSQL(new, old.replace("CREATE F", "CREATE OR REPLACE F"))


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0009_person_merges"), ("platform", "0002_append_only")]
    operations = [
        migrations.RunSQL(SURVIVING, "DROP FUNCTION enrolment_surviving(bigint);"),
        migrations.RunSQL(MERGED_AWAY, "DROP VIEW enrolment_merged_away;"),
        redirecting("enrolment_person_facts_by_id", "wanted bigint", "id"),
        redirecting("enrolment_person_facts", "wanted text", "person_no"),
        migrations.RunSQL(FOLLOWS, DROP_FOLLOWS),
    ]

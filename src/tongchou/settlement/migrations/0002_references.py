"""What a settlement refers to is there, and what is settled stays (GX2017 §80). Decision 0074.

Keys lead with the pooling area, so that the tables can be spread by it; the triggers stand on statements and cost an
insert nothing. Charges and dues, which belong to chapters below, name their settlement without a key: the nightly
check compares them.
"""

from django.db import migrations

APPEND_ONLY = ("settlement_settlement", "settlement_slipprint", "settlement_accountcredit")

REFERENCES = (
    (
        "settlement_settlement",
        "settlement_of_encounter",
        "(pooling_area, encounter_id)",
        "encounters_encounter (pooling_area, id)",
    ),
    ("settlement_settlement", "settlement_of_person", "(person_id)", "enrolment_person (id)"),
    (
        "settlement_settlement",
        "settlement_reverses",
        "(pooling_area, reversal_of)",
        "settlement_settlement (pooling_area, id)",
    ),
    ("settlement_accumulator", "accumulator_of_person", "(person_id)", "enrolment_person (id)"),
    ("settlement_personalaccount", "personal_account_of_person", "(person_id)", "enrolment_person (id)"),
    ("settlement_accountcredit", "account_credit_of_person", "(person_id)", "enrolment_person (id)"),
)


def reference(table: str, name: str, columns: str, target: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY {columns} REFERENCES {target};",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0001_initial"),
        ("encounters", "0004_writes"),
        ("enrolment", "0002_person_facts"),
        ("fund", "0004_owed"),
        ("platform", "0002_append_only"),
    ]
    operations = [*(reference(*one) for one in REFERENCES), *(guard(table) for table in APPEND_ONLY)]

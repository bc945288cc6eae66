"""Several changes of tables as one step of a migration: what stands afterwards is what one by one would have made."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tongchou.platform.tables import Together

LABEL = "platform"
BED_NO_IS_POSITIVE = models.CheckConstraint(condition=models.Q(no__gt=0), name="tried_bed_no_positive")


def ward() -> migrations.CreateModel:
    return migrations.CreateModel("TriedWard", [("id", models.BigAutoField(primary_key=True))])


def bed() -> migrations.CreateModel:
    return migrations.CreateModel(
        "TriedBed",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("no", models.IntegerField()),
            ("ward", models.ForeignKey("platform.TriedWard", models.PROTECT)),
        ],
    )


def changes() -> list[Operation]:
    """A column of a table that stands, a table, and what one adds to both afterwards."""
    first_bed = models.ForeignKey("platform.TriedBed", models.PROTECT, null=True)
    return [
        bed(),
        migrations.AddField("TriedWard", "first_bed", first_bed),
        migrations.AddField("TriedBed", "free", models.BooleanField(default=True)),
        migrations.AddConstraint("TriedBed", BED_NO_IS_POSITIVE),
        migrations.AddIndex("TriedBed", models.Index(fields=["no"], name="tried_bed_no")),
    ]


def run(operation: Operation, before: ProjectState) -> ProjectState:
    after = before.clone()
    operation.state_forwards(LABEL, after)
    with connection.schema_editor() as editor:
        operation.database_forwards(LABEL, editor, before, after)
    return after


def schema() -> dict[str, tuple[list[str], list[str]]]:
    """Columns and names of constraints and indexes of the tried tables."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("platform_tried"):
                columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
                found[table] = (sorted(columns), sorted(connection.introspection.get_constraints(cursor, table)))
    return found


@pytest.mark.django_db
def test_one_step_leaves_the_tables_that_many_steps_leave() -> None:
    state = run(Together([ward()]), ProjectState())
    for change in changes():
        state = run(change, state)
    one_by_one, states = schema(), state.models
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE platform_triedward, platform_triedbed CASCADE")
    state = run(Together(changes()), run(Together([ward()]), ProjectState()))
    assert schema() == one_by_one
    assert set(one_by_one["platform_triedbed"][0]) == {"id", "no", "ward_id", "free"}
    assert state.models == states


@pytest.mark.django_db
def test_the_step_can_be_taken_back() -> None:
    before = run(Together([ward()]), ProjectState())
    stood, step = schema(), Together(changes())
    after = run(step, before)
    with connection.schema_editor() as editor:
        step.database_backwards(LABEL, editor, after, before)
    assert schema() == stood


def test_a_step_says_what_it_does() -> None:
    assert Together([ward(), bed()]).describe() == "Create model TriedWard, Create model TriedBed"
    assert Together(changes()[:2]).describe() == "Create model TriedBed, Add field first_bed to TriedWard"

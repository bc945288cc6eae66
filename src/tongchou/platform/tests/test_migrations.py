"""The migrations say what the models say, and the guards of the trail can be taken back."""

from importlib import import_module

from django.core.management import call_command
from django.db import connection
from django.db.migrations.state import ProjectState

GUARDS = "SELECT count(*) FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid::regclass::text LIKE 'platform_%'"


def test_no_change_of_a_model_is_without_its_migration(db):
    call_command("makemigrations", "platform", check=True, dry_run=True, verbosity=0)


def test_the_guards_of_the_trail_can_be_taken_back_and_put_up_again(db):
    def guards():
        with connection.cursor() as cursor:
            cursor.execute(GUARDS)
            return cursor.fetchone()[0]

    steps = import_module("tongchou.platform.migrations.0002_append_only").Migration.operations
    state = ProjectState()
    assert guards() == 2
    with connection.schema_editor() as editor:
        for step in reversed(steps[1:]):
            step.database_backwards("platform", editor, state, state)
        assert guards() == 0
        for step in steps[1:]:
            step.database_forwards("platform", editor, state, state)
    assert guards() == 2

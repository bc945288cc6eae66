"""The guards of the trail can be taken back and put up again."""

from importlib import import_module

from django.db import connection
from django.db.migrations.state import ProjectState

GUARDS = "SELECT count(*) FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid::regclass::text LIKE 'platform_%'"


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

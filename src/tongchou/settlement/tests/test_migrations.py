"""The migrations say what the models say, and every step can be taken back and taken again."""

from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.state import ProjectState

import tongchou.settlement.migrations

pytestmark = pytest.mark.django_db
STEPS = sorted(file.stem for file in Path(tongchou.settlement.migrations.__path__[0]).glob("0*.py"))[1:]


def test_no_change_of_a_model_is_without_its_migration() -> None:
    call_command("makemigrations", "settlement", check=True, dry_run=True, verbosity=0)


def test_every_step_after_the_tables_is_reversible() -> None:
    state = ProjectState()
    operations = [
        operation
        for step in STEPS
        for operation in import_module(f"tongchou.settlement.migrations.{step}").Migration.operations
    ]
    with connection.schema_editor() as editor:
        for operation in reversed(operations):
            operation.database_backwards("settlement", editor, state, state)
        for operation in operations:
            operation.database_forwards("settlement", editor, state, state)

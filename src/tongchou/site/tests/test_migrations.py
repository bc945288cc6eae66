"""The migrations say what the models say, and every step after the tables can be taken back and taken again."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.state import ProjectState

pytestmark = pytest.mark.django_db
CHAPTERS = sorted(app.label for app in apps.get_app_configs() if app.name.startswith("tongchou.") and app.models_module)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_change_of_a_model_is_without_its_migration(chapter: str) -> None:
    call_command("makemigrations", chapter, check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("chapter", ["fund", "settlement"])
def test_every_step_after_the_tables_is_reversible(chapter: str) -> None:
    package = f"tongchou.{chapter}.migrations"
    folder = Path(import_module(package).__path__[0])
    steps = sorted(file.stem for file in folder.glob("0*.py"))[1:]
    state = ProjectState()
    operations = [operation for step in steps for operation in import_module(f"{package}.{step}").Migration.operations]
    with connection.schema_editor() as editor:
        for operation in reversed(operations):
            operation.database_backwards(chapter, editor, state, state)
        for operation in operations:
            operation.database_forwards(chapter, editor, state, state)

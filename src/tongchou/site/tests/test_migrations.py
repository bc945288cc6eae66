"""The migrations say what the models say, and every step after the tables can be taken back and taken again."""

from itertools import pairwise

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.loader import MigrationLoader

pytestmark = pytest.mark.django_db
CHAPTERS = sorted(app.label for app in apps.get_app_configs() if app.name.startswith("tongchou.") and app.models_module)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_change_of_a_model_is_without_its_migration(chapter: str) -> None:
    call_command("makemigrations", chapter, check=True, dry_run=True, verbosity=0)


def test_what_a_migration_adds_it_adds_together() -> None:
    """One by one, every addition has all related models drawn anew."""
    additions = (AddConstraint, AddField, AddIndex, CreateModel)
    steps = MigrationLoader(connection).disk_migrations.items()
    ours = {(label, name): step.operations for (label, name), step in steps if label in CHAPTERS}
    assert [
        key
        for key, operations in ours.items()
        if any(isinstance(one, additions) and isinstance(after, additions) for one, after in pairwise(operations))
    ] == []


@pytest.mark.parametrize("chapter", ["fund", "settlement"])
def test_every_step_after_the_tables_is_reversible(chapter: str) -> None:
    loader = MigrationLoader(connection)
    steps = sorted(name for label, name in loader.disk_migrations if label == chapter)
    pairs = list(pairwise(steps))
    with connection.schema_editor() as editor:
        for before, step in reversed(pairs):
            loader.get_migration(chapter, step).unapply(loader.project_state((chapter, before)), editor)
        for before, step in pairs:
            loader.get_migration(chapter, step).apply(loader.project_state((chapter, before)), editor)

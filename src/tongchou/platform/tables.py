"""What a migration adds to the tables, in one step (建表)."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

Addition = CreateModel | AddField | AddConstraint | AddIndex


class Together(Operation):
    """Several additions as one step: tables, columns, constraints, indexes (一次建立).

    Django draws all related models anew for each addition, which makes an empty database cost minutes of processor
    time once there are two hundred tables. Here they are drawn once. A table is made as it stands after the whole
    step; additions to the tables that were there before follow in their order.
    """

    category = OperationCategory.ADDITION

    def __init__(self, additions: Sequence[Addition]) -> None:
        self.additions = additions

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        for addition in self.additions:
            addition.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for addition in self._made():
            addition.database_forwards(app_label, schema_editor, to_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for addition in reversed(self._made()):
            addition.database_backwards(app_label, schema_editor, from_state, from_state)

    def describe(self) -> str:
        return "; ".join(addition.describe() for addition in self.additions)

    def _made(self) -> list[Addition]:
        """The additions but those to a table of this very step, which has them from the beginning."""
        created = {addition.name_lower for addition in self.additions if isinstance(addition, CreateModel)}
        return [one for one in self.additions if isinstance(one, CreateModel) or one.model_name_lower not in created]

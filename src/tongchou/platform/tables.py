"""Steps over many tables that a migration takes at once (建表、改表)."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Tables, columns, indexes and constraints as one step (一次建立、修改多张表).

    Django draws all related models anew for each operation that comes in, which makes an empty database cost minutes of
    processor time once there are two hundred of them. Here they are drawn once (decision 0363).

    A table made here is made as the step leaves it: what the step adds to it afterwards is in it already.
    """

    category = OperationCategory.MIXED

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self._not_contained():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self._not_contained()):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def _not_contained(self) -> list[Operation]:
        """Without additions to the tables that are made here."""
        made = {operation.name_lower for operation in self.operations if isinstance(operation, CreateModel)}
        return [operation for operation in self.operations if getattr(operation, "model_name_lower", "") not in made]

    def describe(self) -> str:
        return ", ".join(operation.describe() for operation in self.operations)

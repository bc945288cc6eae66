"""The program under construction (程序的组装): steps, constants and words, added one at a time."""

from tongchou.policy.compiling.notes import Note, Notes
from tongchou.policy.compiling.program import ZERO, Op, Step
from tongchou.policy.compiling.resolve import Resolved
from tongchou.policy.definition import Definition
from tongchou.policy.rounding import Mode


class Builder:
    """Collects the steps of one program; every method gives the name under which its result is known."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.notes = Notes(definition)
        self.steps: list[Step] = []
        self.constants: dict[str, int] = {}
        self.guard: str | None = None

    def step(
        self,
        name: str,
        op: Op,
        *args: str,
        note: Note | None = None,
        guard: str | None = None,
        rounding: tuple[Mode, int] | None = None,
    ) -> str:
        """One more step; `guard`, or that of the builder, says where it is not needed."""
        self.steps.append(Step(name, op, args, guard or self.guard, rounding))
        if note is not None:
            self.notes.step(self.steps[-1], note)
        return name

    def constant(self, prefix: str, slot: str, value: int, resolved: Resolved, label: str, unit: str = "fen") -> str:
        """A number of the plan, with the parameters behind it."""
        name = f"{prefix}_{slot}"
        self.constants[name] = value
        self.notes.constant(name, label, unit, resolved.uses.get(slot, ()))
        return f"#{name}"

    def sum(self, name: str, refs: list[str], note: Note | None = None) -> str:
        """The sum of what is not nothing; a single part stands for itself unless it is to be told."""
        used = [ref for ref in refs if ref != ZERO]
        if len(used) == 1 and note is None:
            return used[0]
        return self.step(name, Op.SUM, *used, note=note) if used else ZERO

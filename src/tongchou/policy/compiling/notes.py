"""Words for the steps of a plan (步骤说明): label, article and parameters of each amount (BEN-40)."""

from dataclasses import dataclass
from typing import Final

from tongchou.policy.compiling.program import ONE, ZERO, Op, Step
from tongchou.policy.compiling.resolve import Resolved, ResolvedLayer
from tongchou.policy.definition import Definition
from tongchou.policy.facts import Operand, ParameterUse, TraceStep

_new = tuple.__new__

INPUT_LABELS: Final = {
    "own_expense": "全自费",
    "over_ceiling": "超限价自费",
    "pre_self_pay": "先行自付",
    "in_scope": "政策范围内费用",
    "total": "医疗费总额",
    "project": "核定专项经费",
    "balance": "个人账户余额",
    "linked": "前次住院已计起付线",
    "continued": "本次住院上年度已计起付线",
    "liability": "认定第三人负担费用",
    ZERO: "零",
    ONE: "一次",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader is told about a step. Slots in `also` are parameters of the rule that stand behind it."""

    label: str
    layer: str = ""
    rule: str = ""
    article: str = ""
    words: str = ""
    parameters: tuple[ParameterUse, ...] = ()
    unless_zero: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Noted:
    """A step with its note; when it belongs to one of several rules, also which, of which choice."""

    step: Step
    note: Note
    choice: str = ""
    number: int = 0


class Notes:
    """Collects the words while a program is built."""

    def __init__(self, definition: Definition) -> None:
        accumulators = definition.accumulators.values()
        self.labels = INPUT_LABELS | {f"@{item.name}": item.label for item in accumulators}
        self.units: dict[str, str] = {}
        self.uses: dict[str, tuple[ParameterUse, ...]] = {}
        self.noted: list[_Noted] = []
        self._choice, self._number = "", 0

    def bill(self) -> None:
        """The first line of every explanation: what the bill is made of."""
        step = Step("total", Op.SUM, ("own_expense", "over_ceiling", "pre_self_pay", "in_scope"))
        self.noted.append(_Noted(step, self.plain("医疗费总额")))

    def step(self, step: Step, note: Note) -> None:
        self.labels[step.name] = note.label
        self.noted.append(_Noted(step, note, self._choice, self._number))

    def choosing(self, winner: str, number: int) -> None:
        """The steps that follow belong to the `number`-th rule among which `winner` chooses; an empty name ends it."""
        self._choice, self._number = winner, number

    def constant(self, slot: str, label: str, unit: str, uses: tuple[ParameterUse, ...]) -> None:
        name = f"#{slot}"
        adjusted = "(调整后)" if unit == "ppm" and len(uses) > 1 else ""
        self.labels[name] = f"{uses[0].label}{adjusted}" if uses else label
        self.units[name] = unit
        self.uses[name] = uses

    def name(self, ref: str, label: str) -> None:
        self.labels.setdefault(ref, label)

    def of(
        self,
        resolved: Resolved,
        label: str,
        words: str = "",
        *,
        also: tuple[str, ...] = (),
        unless_zero: bool = False,
    ) -> Note:
        rule = resolved.rule
        parameters = tuple(use for slot in also for use in resolved.uses.get(slot, ()))
        return Note(label, rule.layer, rule.label, rule.article, words, parameters, unless_zero)

    def plain(self, label: str) -> Note:
        return Note(label)

    def most_favourable(self, layer: ResolvedLayer) -> Note:
        """多重身份取最优惠 (BEN-29)."""
        rules = [resolved.rule for resolved in layer.alternatives]
        others = [resolved.rule for resolved in layer.given_way]
        articles = dict.fromkeys(rule.article for rule in (*rules, *others))
        label, article = f"{layer.label}支付", "、".join(articles)
        words = "".join(["取最优惠的一项", *(f",{rule.label}各项标准均不更优惠" for rule in others)])
        return Note(label, layer.id, layer.label, article, words, choices=tuple(rule.label for rule in rules))


@dataclass(frozen=True, slots=True)
class _Line:
    """One step, ready to be told: the places of its value and of its operands' values among the recorded ones."""

    note: Note
    step: Step
    value: int
    operands: tuple[tuple[str, int | None, int, str], ...]
    parameters: tuple[ParameterUse, ...]
    winner: int | None
    number: int
    operation: str


class PlanScript:
    """The script of one plan: joins recorded values to the words (计算过程的讲解)."""

    __slots__ = ("_lines", "_package", "record")

    def __init__(self, notes: Notes, constants: dict[str, int], package_hash: str) -> None:
        record: dict[str, int] = {}
        self._lines = tuple(_line(noted, notes, constants, record) for noted in notes.noted)
        self._package = package_hash
        self.record = tuple(record)

    def told(self, values: tuple[int, ...]) -> list[TraceStep]:
        return [self._told(line, values) for line in self._lines if values[line.value] or not line.note.unless_zero]

    def _told(self, line: _Line, values: tuple[int, ...]) -> TraceStep:
        """Named tuples made by their base class: half the time, and a page tells dozens."""
        note = line.note
        operands = [
            _new(Operand, (label, constant if place is None else values[place], unit))
            for label, place, constant, unit in line.operands
        ]
        told = (
            line.step.name,
            note.layer,
            note.rule,
            note.label,
            values[line.value],
            line.operation,
            tuple(operands),
            note.words,
            note.article,
            line.parameters,
            self._package,
            line.winner is None or values[line.winner] == line.number,
        )
        return _new(TraceStep, told)


def _line(noted: _Noted, notes: Notes, constants: dict[str, int], record: dict[str, int]) -> _Line:
    step, note = noted.step, noted.note
    args = [ref for ref in (step.args[1:] if step.op is Op.PICK else step.args) if ref != ZERO]
    uses = dict.fromkeys([*note.parameters, *(use for ref in args for use in notes.uses.get(ref, ()))])
    place = record.setdefault(step.name, len(record))
    operands = tuple(_operand(ref, notes, constants, record) for ref in args)
    if note.choices:
        operands = tuple((label, *held[1:]) for label, held in zip(note.choices, operands, strict=True))
    winner = record.setdefault(noted.choice, len(record)) if noted.choice else None
    return _Line(note, step, place, operands, tuple(uses), winner, noted.number, str(step.op))


def _operand(
    ref: str, notes: Notes, constants: dict[str, int], record: dict[str, int]
) -> tuple[str, int | None, int, str]:
    """Label, place among the recorded values (None for a constant), constant, unit."""
    label, unit = notes.labels.get(ref, ref), notes.units.get(ref, "fen")
    if ref.startswith("#"):
        return label, None, constants[ref[1:]], unit
    if ref == ONE:
        return label, None, 1, "count"
    return label, record.setdefault(ref, len(record)), 0, unit

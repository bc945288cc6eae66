"""Program → NumPy (按列执行): the same steps over whole columns of int64, no row at a time.

Integers only, as in the scalar function: a product of fen and millionths stays below 2⁶³ because `batch` refuses bills
of 2⁴¹ fen and more. Three things make it fast: every step writes into one of a few buffers that stay in the processor's
cache; a number that is the same for all rows is folded before the first row; and the steps under a guard run only on
the rows where the guard holds (most bills stay below the threshold of serious illness).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from tongchou.policy.compiling.program import ONE, ZERO, Op, Program, Step
from tongchou.policy.rounding import PPM, Mode, fraction, share

Column: TypeAlias = npt.NDArray[np.int64]
Place: TypeAlias = "slice | npt.NDArray[np.intp]"
Numbers: TypeAlias = Mapping[str, int]
Output: TypeAlias = tuple[str, str]
Bound: TypeAlias = Callable[[int, Place, Sequence[Column], Sequence[Column], Sequence[Column]], None]
"""`run(rows, place, given, targets, work)`: rows in hand, where they stand in the columns, and buffers to work in."""

CODE: Final = "code"
"""The operand that says which of several plans a row follows."""


@dataclass(frozen=True)
class Kernel:
    """One program over columns. `operands` are the columns it is given, `outputs` those it fills where not 0.

    `dense` names the outputs that are written in every row.
    `bind(numbers, tables, chunk)` folds what is the same for all rows; `tables` hold a number for each code.
    """

    operands: tuple[str, ...]
    outputs: tuple[Output, ...]
    dense: frozenset[str]
    buffers: int
    bind: Callable[[Numbers, Mapping[str, Column], int], Bound]
    text: str


@lru_cache(maxsize=1024)
def kernel(program: Program, outputs: tuple[Output, ...], numbers: frozenset[str], absent: frozenset[str]) -> Kernel:
    """A kernel for the wanted outputs. `numbers` are operands alike for all rows, `absent` those that are 0."""
    writer = _Writer(_without(program, outputs, absent), numbers)
    text = writer.text()
    namespace: dict[str, Any] = {"np": np, "fraction": fraction, "divider": divider, "fold": fold}
    namespace |= {"gather": gather, "within": within, "steps": writer.program.steps, "program": writer.program}
    exec(compile(text, "<policy columns>", "exec"), namespace)  # noqa: S102 - our own generated text
    dense = frozenset(writer.dense)
    return Kernel(tuple(writer.operands), writer.outputs, dense, writer.buffers, namespace["bind"], text)


def divider(whole: int) -> tuple[Any, int]:
    """How to divide by a number, and by what: a power of two is a shift, three times as fast."""
    if whole & (whole - 1) == 0:
        return np.right_shift, whole.bit_length() - 1
    return np.floor_divide, whole


def gather(column: Column, place: Place, out: Column) -> Column:
    """The rows of a column at a place; `clip` spares the check of positions that are known to be right."""
    return column[place] if isinstance(place, slice) else np.take(column, place, out=out, mode="clip")


def within(place: Place, found: "npt.NDArray[np.intp]") -> Place:
    """Where some of the rows at a place stand in the whole columns."""
    return found + place.start if isinstance(place, slice) else place[found]


def fold(step: Step, args: Sequence[int], program: Program) -> int:
    """One step on plain numbers, for what is the same in every row."""
    match step.op:
        case Op.SUM:
            return sum(args)
        case Op.LESS:
            return args[0] - args[1]
        case Op.POSITIVE:
            return max(args[0] - args[1], 0)
        case Op.LEAST:
            return min(args)
        case Op.SHARE:
            return share(args[0], args[1], *program.rounding_of(step))
        case Op.SLICE:
            start, end, low, high = args
            return max((min(end, high) if high else end) - max(start, low), 0)
        case Op.RATIO:
            part, whole = args
            return (part * 2 * PPM + whole) // (2 * whole) if whole else 0
        case Op.WINNER:
            return args.index(max(args))
        case Op.PICK:
            return args[1 + args[0]]


def _without(program: Program, outputs: tuple[Output, ...], absent: frozenset[str]) -> Program:
    """The program for these outputs alone, what is absent being 0."""
    known = dict.fromkeys(absent, ZERO)

    def named(ref: str) -> str:
        return known.get(ref, ref)

    steps = []
    for step in program.steps:
        args = tuple(map(named, step.args))
        if step.op is Op.SUM:
            args = tuple(arg for arg in args if arg != ZERO) or (ZERO,)
        passes = (step.op is Op.SUM and len(args) == 1) or (step.op in (Op.LESS, Op.POSITIVE) and args[1] == ZERO)
        if passes and step.guard is None:
            known[step.name] = args[0]
        else:
            steps.append(replace(step, args=args, guard=named(step.guard) if step.guard else None))
    wanted = tuple((name, named(ref)) for name, ref in outputs)
    return replace(program, steps=tuple(steps), outputs=wanted, deltas=(), sub_funds=(), record=()).pruned()


@dataclass
class _Frame:
    """The rows a stretch of steps runs on: those of the chunk, or of the frame around it those where a guard holds."""

    number: int
    outer: "_Frame | None" = None
    known: dict[str, str] = field(default_factory=dict)
    buffers: set[int] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)


class _Writer:
    """Writes the text of one kernel: what is folded once (`bind`), and what runs on every chunk (`run`)."""

    def __init__(self, program: Program, numbers: frozenset[str]) -> None:
        self.program, self.outputs = program, program.outputs
        self.operands: list[str] = []
        self.dense: set[str] = set()
        self.buffers = 0
        self._given = sorted(ref for ref in program.operands if ref in numbers)
        self._numbers = {ZERO, ONE, *self._given}
        self._tables = [ref for ref in program.operands if ref[0] == "#" and ref not in numbers]
        self._made = {step.name for step in program.steps}
        self._limits = program.used_once_as_limit()
        self._last = _last_uses(program)
        self._folded: list[str] = []
        self._full: set[str] = set()
        self._free: list[int] = []
        self._held: dict[tuple[int, str], int] = {}
        self._frames = 0

    def text(self) -> str:
        root = self._frame(None)
        for ref in dict.fromkeys(ref for _, ref in self.outputs if ref not in self._made):
            self._write_outputs(ref, root)
        self._write(0, len(self.program.steps), root)
        head = ["def bind(numbers, tables, chunk):", "    zeros = np.zeros(chunk, np.int64)"]
        head += [f"    {_name(ref)} = numbers[{ref!r}]" for ref in self._given]
        head += [f"    {_table(ref)} = tables[{ref!r}]" for ref in self._tables]
        given = [f"{_column(ref)} = given[{place}]" for place, ref in enumerate(self.operands)]
        body = [f"        {line}" for line in [*given, *_views(root), *root.lines] or ["pass"]]
        run = ["    def run(n0, p0, given, targets, work):", *body, "    return run", ""]
        return "\n".join([*head, *self._folded, *run])

    # stretches of steps, each on its rows

    def _frame(self, outer: _Frame | None) -> _Frame:
        self._frames += 1
        return _Frame(self._frames - 1, outer)

    def _write(self, start: int, until: int, frame: _Frame, guard: str | None = None) -> None:
        """The steps [start, until) on the rows of a frame; stretches under a further guard in frames of their own."""
        at = start
        while at < until:
            step = self.program.steps[at]
            if step.guard in (None, guard) or step.guard in self._numbers:
                self._step(at, step, frame)
                at += 1
            else:
                end = self._reach(at, until)
                self._inside(at, end, frame)
                at = end

    def _reach(self, start: int, until: int) -> int:
        """Where the stretch under one guard ends; guards that are made within belong to it."""
        steps = self.program.steps
        made, end = {steps[start].guard}, start
        while end < until and steps[end].guard in made:
            made.add(steps[end].name)
            end += 1
        return end

    def _inside(self, start: int, until: int, frame: _Frame) -> None:
        """A stretch of steps on the rows where their guard holds; elsewhere what they make is 0."""
        guard = self.program.steps[start].guard
        assert guard is not None
        inner, around = self._frame(frame), frame.number
        here = inner.number
        frame.lines += [f"i{here} = np.flatnonzero({self._local(guard, frame)})", f"n{here} = len(i{here})"]
        made = [step.name for step in self.program.steps[start:until]]
        outside = {name: self._buffer(frame, name) for name in made if self._last.get(name, -1) >= until}
        frame.lines += [f"{view}.fill(0)" for view in outside.values()]
        inner.lines.append(f"p{here} = within(p{around}, i{here})")
        self._write(start, until, inner, guard)
        inner.lines += [f"{view}[i{here}] = {self._local(name, inner)}" for name, view in outside.items()]
        frame.lines += [f"if n{here}:", *(f"    {line}" for line in [*_views(inner), *inner.lines])]
        frame.known |= outside
        self._release(frame, until - 1, inner)

    # single steps

    def _step(self, at: int, step: Step, frame: _Frame) -> None:
        args = [self._local(arg, frame) for arg in step.args]
        if all(arg in self._numbers for arg in step.args):
            self._numbers.add(step.name)
            self._folded.append(f"    {_name(step.name)} = fold(steps[{at}], ({', '.join(args)},), program)")
            self._write_outputs(step.name, frame)
            return
        result = self._buffer(frame, step.name)
        frame.lines += self._statements(step, args, result, frame)
        frame.known[step.name] = result
        self._write_outputs(step.name, frame)
        self._release(frame, at)

    def _write_outputs(self, name: str, frame: _Frame) -> None:
        for place, (field_name, ref) in enumerate(self.outputs):
            if ref == name:
                self.dense |= {field_name} if frame.outer is None else set()
                frame.lines.append(f"targets[{place}][p{frame.number}] = {self._local(ref, frame)}")

    def _statements(self, step: Step, args: list[str], result: str, frame: _Frame) -> list[str]:
        match step.op:
            case Op.SUM:
                return _chain("add", args, result)
            case Op.LESS:
                return _chain("subtract", args, result)
            case Op.POSITIVE:
                lines = _chain("subtract", args, result)
                return lines if step.name in self._limits else [*lines, self._not_negative(result, frame)]
            case Op.LEAST:
                limited = any(ref in self._limits and ref not in self._numbers for ref in step.args)
                lines = _chain("minimum", [self._array(ref, frame) for ref in step.args], result)
                return [*lines, self._not_negative(result, frame)] if limited else lines
            case Op.SHARE:
                return self._share(step, args, result)
            case Op.SLICE:
                return self._slice(step, args, result, frame)
            case Op.RATIO:
                return self._ratio(args, result, frame)
            case Op.WINNER:
                return self._winner(args, result, frame)
            case Op.PICK:
                lines = [f"np.copyto({result}, {args[-1]})"]
                choices = list(enumerate(args[1:-1]))
                return lines + [f"np.putmask({result}, {args[0]} == {n}, {choice})" for n, choice in choices]

    def _share(self, step: Step, args: list[str], result: str) -> list[str]:
        """By the lowest terms of a ratio that all rows share; by millionths where every row has its own."""
        (mode, unit), ratio = self.program.rounding_of(step), step.args[1]
        half_up = mode is not Mode.DOWN
        whole = PPM * unit
        numerator, half, divide, by = args[1], str(whole // 2), "np.floor_divide", str(whole)
        if ratio in self._numbers:
            slot = ratio[1:]
            numerator, half, divide, by = f"n_{slot}", f"h_{slot}", f"q_{slot}", f"d_{slot}"
            terms = f"fraction({_name(ratio)}, {str(mode)!r}, {unit})"
            line = f"    {numerator}, {half}, w_{slot} = {terms}"
            if line not in self._folded:
                self._folded += [line, f"    {divide}, {by} = divider(w_{slot})"]
        lines = [f"np.multiply({args[0]}, {numerator}, out={result})"]
        lines += [f"np.add({result}, {half}, out={result})"] if half_up else []
        lines += [f"{divide}({result}, {by}, out={result})"]
        return lines if unit == 1 else [*lines, f"np.multiply({result}, {unit}, out={result})"]

    def _slice(self, step: Step, args: list[str], result: str, frame: _Frame) -> list[str]:
        start, end, low, _ = args
        lines = []
        if step.args[3] != ZERO:
            lines.append(f"np.minimum({end}, {self._array(step.args[3], frame)}, out={result})")
            end = result
        bottom = start if step.args[2] == ZERO else low
        if ZERO not in (step.args[0], step.args[2]):
            bottom = self._buffer(frame, "~")
            arrays = f"{self._array(step.args[0], frame)}, {self._array(step.args[2], frame)}"
            lines.append(f"np.maximum({arrays}, out={bottom})")
        return [*lines, f"np.subtract({end}, {bottom}, out={result})", self._not_negative(result, frame)]

    def _ratio(self, args: list[str], result: str, frame: _Frame) -> list[str]:
        part, whole = args
        twice = self._buffer(frame, "~")
        return [
            f"np.multiply({part}, {2 * PPM}, out={result})",
            f"np.add({result}, {whole}, out={result})",
            f"np.multiply({whole}, 2, out={twice})",
            f"np.maximum({twice}, 1, out={twice})",
            f"np.floor_divide({result}, {twice}, out={result})",
            f"np.multiply({result}, np.not_equal({whole}, 0), out={result})",
        ]

    def _winner(self, args: list[str], result: str, frame: _Frame) -> list[str]:
        best = self._buffer(frame, "~")
        lines = [f"{result}.fill(0)", f"np.copyto({best}, {args[0]})"]
        for number, other in enumerate(args[1:], 1):
            lines += [f"np.putmask({result}, {other} > {best}, {number})", f"np.maximum({best}, {other}, out={best})"]
        return lines

    def _not_negative(self, result: str, frame: _Frame) -> str:
        return f"np.maximum({result}, zeros[:n{frame.number}], out={result})"

    # operands and buffers

    def _local(self, ref: str, frame: _Frame) -> str:
        """An operand on the rows of a frame: a number, what was made there, or the rows of what stands around it."""
        if ref in self._numbers or ref in frame.known:
            return frame.known.get(ref) or _name(ref)
        outer = frame.outer
        while outer is not None and ref not in outer.known:
            outer = outer.outer
        view, name = self._buffer(frame, ref), f"{_column(ref)}_{frame.number}"
        if outer is not None and outer is frame.outer:
            line = f"{name} = np.take({outer.known[ref]}, i{frame.number}, out={view}, mode='clip')"
        elif outer is not None and frame.outer is not None:
            around = self._local(ref, frame.outer)
            line = f"{name} = np.take({around}, i{frame.number}, out={view}, mode='clip')"
        elif ref in self._tables:
            line = f"{name} = np.take({_table(ref)}, {self._local(CODE, frame)}, out={view}, mode='clip')"
        else:
            self.operands += [] if ref in self.operands else [ref]
            line = f"{name} = gather({_column(ref)}, p{frame.number}, {view})"
        frame.lines.append(line)
        frame.known[ref] = name
        return name

    def _array(self, ref: str, frame: _Frame) -> str:
        """An operand as a column even where it is one number: comparing two columns is twice as fast."""
        if ref not in self._numbers:
            return self._local(ref, frame)
        if ref == ZERO:
            return f"zeros[:n{frame.number}]"
        if ref not in self._full:
            self._full.add(ref)
            self._folded.append(f"    k_{_name(ref)} = np.full(chunk, {_name(ref)}, np.int64)")
        return f"k_{_name(ref)}[:n{frame.number}]"

    def _buffer(self, frame: _Frame, ref: str) -> str:
        if not self._free:
            self._free.append(self.buffers)
            self.buffers += 1
        number = self._free.pop()
        self._held[frame.number, ref] = number
        frame.buffers.add(number)
        return f"b{frame.number}_{number}"

    def _release(self, frame: _Frame, at: int, ended: _Frame | None = None) -> None:
        """Give back the buffers of a frame that ended, and of this frame those that no later step needs."""
        for owner, ref in list(self._held):
            spent = owner == frame.number and self._last.get(ref, -1) <= at and ref != CODE
            if spent or (ended is not None and owner == ended.number):
                self._free.append(self._held.pop((owner, ref)))
                if spent:
                    frame.known.pop(ref, None)


def _last_uses(program: Program) -> dict[str, int]:
    """The last step that needs a name, as an operand or as its guard."""
    last = {}
    for at, step in enumerate(program.steps):
        last.update(dict.fromkeys(step.args, at))
        if step.guard:
            last[step.guard] = at
    return last


def _chain(function: str, args: list[str], result: str) -> list[str]:
    lines, first = [], args[0]
    if len(args) == 1:
        return [f"np.copyto({result}, {first})"]
    for other in args[1:]:
        lines.append(f"np.{function}({first}, {other}, out={result})")
        first = result
    return lines


def _views(frame: _Frame) -> list[str]:
    return [f"b{frame.number}_{number} = work[{number}][:n{frame.number}]" for number in sorted(frame.buffers)]


def _name(ref: str) -> str:
    """A number in the generated text."""
    if ref in (ZERO, ONE):
        return ref
    return f"{ {'#': 'c', '@': 'a'}.get(ref[0], 'v') }_{ref.lstrip('#@')}"


def _table(ref: str) -> str:
    return f"t_{ref[1:]}"


def _column(ref: str) -> str:
    return f"{ {'#': 's', '@': 'h'}.get(ref[0], 'g') }_{ref.lstrip('#@')}"

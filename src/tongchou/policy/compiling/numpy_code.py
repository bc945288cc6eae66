"""Program → NumPy (按列执行): the same steps over whole columns of int64, no row at a time.

Integers only, as in the scalar function: a product of fen and millionths stays below 2⁶³ for bills under 40 billion
yuan. Guards are ignored here: where a guard is 0 the step's value is not used.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tongchou.policy.compiling.program import ONE, ZERO, Op, Program, Step
from tongchou.policy.rounding import PPM, Mode

Column: TypeAlias = npt.NDArray[np.int64]
Kernel: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
"""Inputs, accumulators and constants by name → outputs and `+name` deltas by name."""


@lru_cache(maxsize=512)
def kernel(program: Program) -> Kernel:
    namespace: dict[str, Any] = {"np": np}
    exec(compile(source(program), "<policy columns>", "exec"), namespace)  # noqa: S102 - our own generated text
    made: Kernel = namespace["run"]
    return made


def source(program: Program) -> str:
    """The Python text of a columnar program."""
    lines = ["def run(given, held, constant):"]
    lines += [f"    {_name(ref)} = given[{ref!r}]" for ref in program.inputs]
    lines += [f"    a_{name} = held[{name!r}]" for name in program.reads]
    lines += [f"    c_{slot} = constant[{slot!r}]" for slot in program.slots]
    lines += [f"    {line}" for step in program.steps for line in _statements(step, program)]
    results = [f"{field!r}: {_name(ref)}" for field, ref in program.outputs if ref != ZERO]
    results += [f"{'+' + name!r}: {_name(ref)}" for name, ref in program.deltas]
    return "\n".join([*lines, f"    return {{{', '.join(results)}}}", ""])


def _name(ref: str) -> str:
    if ref in (ZERO, ONE):
        return ref
    if ref[0] == "#":
        return f"c_{ref[1:]}"
    if ref[0] == "@":
        return f"a_{ref[1:]}"
    return f"v_{ref}"


def _statements(step: Step, program: Program) -> list[str]:
    result, args = _name(step.name), [_name(arg) for arg in step.args]
    match step.op:
        case Op.SUM:
            return [f"{result} = {' + '.join(args)}"]
        case Op.LESS:
            return [f"{result} = {args[0]} - {args[1]}"]
        case Op.POSITIVE:
            return [f"{result} = np.maximum({args[0]} - {args[1]}, 0)"]
        case Op.LEAST:
            text = args[0]
            for other in args[1:]:
                text = f"np.minimum({text}, {other})"
            return [f"{result} = {text}"]
        case Op.SHARE:
            return [f"{result} = {_share(args[0], args[1], program)}"]
        case Op.SLICE:
            start, end, low, high = args
            top = end if high == ZERO else f"np.minimum({end}, {high})"
            bottom = start if low == ZERO else f"np.maximum({start}, {low})"
            return [f"{result} = np.maximum({top} - {bottom}, 0)"]
        case Op.RATIO:
            part, whole = args
            return [
                f"{result} = np.where({whole} > 0, ({part} * {2 * PPM} + {whole}) // np.maximum(2 * {whole}, 1), 0)"
            ]
        case Op.WINNER:
            lines = [f"{result} = 0", f"best = {args[0]}"]
            for number, other in enumerate(args[1:], 1):
                lines += [
                    f"{result} = np.where({other} > best, {number}, {result})",
                    f"best = np.maximum(best, {other})",
                ]
            return lines
        case Op.PICK:
            winner, *choices = args
            text = choices[-1]
            for number in range(len(choices) - 2, -1, -1):
                text = f"np.where({winner} == {number}, {choices[number]}, {text})"
            return [f"{result} = {text}"]


def _share(amount: str, ratio: str, program: Program) -> str:
    unit = program.rounding_unit_fen
    whole = PPM * unit
    half = whole // 2 if program.rounding is Mode.HALF_UP else 0
    scaled = f"({amount} * {ratio} + {half}) // {whole}" if half else f"{amount} * {ratio} // {whole}"
    return scaled if unit == 1 else f"({scaled}) * {unit}"

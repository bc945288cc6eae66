"""Program → Python (标量与逐步执行): one specialised function per program, its source kept for reading.

The scalar and the traced function come from the same steps; the traced one also hands out the values it recorded.
Generated once per program and bound to the constants of each plan as a closure, so a settlement looks up nothing.
"""

import itertools
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeAlias

from tongchou.kernel.money import yuan_text
from tongchou.policy.compiling.program import ONE, ZERO, Op, Program, Step
from tongchou.policy.definition import Accumulator
from tongchou.policy.errors import NegativeAmount
from tongchou.policy.facts import ClassSums, Facts, Outcome, Trace
from tongchou.policy.rounding import PPM, Mode, fraction
from tongchou.policy.vocabulary import Scope

Settle: TypeAlias = Callable[[Facts, ClassSums, dict[str, int]], Outcome]
Factory: TypeAlias = Callable[..., Settle]

_FACT_SOURCE: Final = {
    "project": "facts.project_fen",
    "balance": "facts.account_balance_fen",
    "linked": "facts.linked_deductible_fen",
    "continued": "facts.continued_deductible_fen",
    "liability": "facts.third_party_fen",
}
MOST_KEYS: Final = 10_000
"""Names of accumulators kept by disease or day; only a guard against a caller that invents diseases."""

_OUTCOME: Final = (
    "total",
    "own_expense",
    "over_ceiling",
    "pre_self_pay",
    "in_scope",
    "deductible",
    "ratio",
    "over_cap",
    "project",
    "basic",
    "serious_illness",
    "supplementary",
    "mutual_aid",
    "medical_assistance",
    "account",
    "fund_total",
    "person_share",
    "cash",
    "third_party",
)
"""The amounts of an `Outcome`, in the order of its fields."""


@lru_cache(maxsize=512)
def factory(program: Program, accumulators: tuple[Accumulator, ...]) -> Factory:
    """The function that binds a plan's constants (in the order of `program.slots`) and gives its settle function."""
    keys = {f"keys_{item.name}": StateKeys(item.name) for item in accumulators if item.scope is not Scope.YEAR}
    known = {"Outcome": Outcome, "Trace": Trace, "refuse_negative": refuse_negative, "fraction": fraction}
    namespace: dict[str, Any] = known | keys
    exec(compile(source(program, accumulators), "<policy program>", "exec"), namespace)  # noqa: S102 - our own generated text
    made: Factory = namespace["bind"]
    return made


def refuse_negative(facts: Facts, sums: ClassSums) -> None:
    """Raises: NegativeAmount, naming the part (BEN-41)."""
    parts = {
        "全自费": sums.own_expense_fen,
        "超限价自费": sums.over_ceiling_fen,
        "先行自付": sums.pre_self_pay_fen,
        "政策范围内费用": sums.in_scope_fen,
        "专项经费": facts.project_fen,
        "个人账户余额": facts.account_balance_fen,
        "前次住院已计起付线": facts.linked_deductible_fen or 0,
        "本次住院上年度已计起付线": facts.continued_deductible_fen or 0,
        "第三人负担费用": facts.third_party_fen,
    }
    for name, amount_fen in parts.items():
        if amount_fen < 0:
            raise NegativeAmount(name=name, yuan=yuan_text(amount_fen))


def source(program: Program, accumulators: tuple[Accumulator, ...]) -> str:
    """The Python text of a program."""
    named = {item.name: item for item in accumulators}
    body = [*_prelude(program, named), *_steps(program, named), *_result(program, named)]
    lines = [f"def bind({', '.join([*map(_slot, program.slots), 'script'])}):"]
    lines += [f"    {line}" for line in _fractions(program)]
    lines += ["    def settle(facts, sums, state):", *(f"        {line}" for line in body)]
    return "\n".join([*lines, "    return settle", ""])


def _slot(name: str) -> str:
    return f"c_{name}"


def _name(ref: str) -> str:
    """An operand as a Python expression."""
    if ref in (ZERO, ONE):
        return ref
    if ref[0] == "#":
        return _slot(ref[1:])
    if ref[0] == "@":
        return f"a_{ref[1:]}"
    return f"v_{ref}"


def _prelude(program: Program, accumulators: dict[str, Accumulator]) -> list[str]:
    """Inputs and accumulators into locals; a negative part is refused by one test on the sign of them all."""
    lines = [f"v_{part} = sums.{part}_fen" for part in ("own_expense", "over_ceiling", "pre_self_pay", "in_scope")]
    lines += [f"v_{fact} = {_FACT_SOURCE[fact]}" for fact in program.facts]
    signed = " | ".join(["v_own_expense", "v_over_ceiling", "v_pre_self_pay", "v_in_scope", *map(_name, program.facts)])
    lines += [f"if ({signed}) < 0:", "    refuse_negative(facts, sums)"]
    lines.append("v_total = v_own_expense + v_over_ceiling + v_pre_self_pay + v_in_scope")
    for name in dict.fromkeys([*program.reads, *(delta for delta, _ in program.deltas)]):
        if accumulators[name].scope is not Scope.YEAR:
            lines.append(f"k_{name} = {_key(accumulators[name])}")
    if program.reads:
        lines.append("get = state.get")
    always = [name for name in program.reads if _only_guard(program, name) is None]
    if always:  # the first visit of a year finds nothing: two in three
        lines += ["if state:", *(f"    {_read(name, accumulators)}" for name in always)]
        lines += ["else:", f"    {' = '.join(f'a_{name}' for name in always)} = 0"]
    return lines


def _read(name: str, accumulators: dict[str, Accumulator]) -> str:
    return f"a_{name} = get({_state_key(name, accumulators)}, 0)"


def _state_key(name: str, accumulators: dict[str, Accumulator]) -> str:
    return repr(name) if accumulators[name].scope is Scope.YEAR else f"k_{name}"


def _key(accumulator: Accumulator) -> str:
    """Where the name under which a state holds it is found."""
    return f"keys_{accumulator.name}[{'facts.disease' if accumulator.scope is Scope.DISEASE else 'facts.on'}]"


class StateKeys(dict[str | date | None, str]):
    """`chronic_paid@高血压`, `outpatient_day@2018-05-03`: written out once a disease or day, not once a settlement."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __missing__(self, of: str | date | None) -> str:
        if len(self) >= MOST_KEYS:
            self.clear()
        key = self[of] = f"{self._name}@{of or ''}"
        return key


def _steps(program: Program, accumulators: dict[str, Accumulator]) -> list[str]:
    """The steps in order; those under one guard in one block, with the accumulators that only they need."""
    lines: list[str] = []
    limits = program.used_once_as_limit()
    wanted = {name: guard for name in program.reads if (guard := _only_guard(program, name)) is not None}
    for guard, block in itertools.groupby(program.steps, lambda step: step.guard):
        steps = list(block)
        used = {arg[1:] for step in steps for arg in step.args if arg[0] == "@"}
        inner = [_read(name, accumulators) for name in wanted if name in used]
        wanted = {name: only for name, only in wanted.items() if name not in used}
        inner += [line for step in steps for line in _statements(step, program, limits)]
        if guard is None:
            lines += inner
            continue
        lines += [f"if {_name(guard)}:", *(f"    {line}" for line in inner)]
        outside = [_name(step.name) for step in steps if program.needed_outside(guard, step.name)]
        lines += ["else:", f"    {' = '.join(outside)} = 0"] if outside else []
    return lines


def _only_guard(program: Program, accumulator: str) -> str | None:
    """The one guard under which alone an accumulator is used; None when it is needed in any case."""
    ref = f"@{accumulator}"
    guards = {step.guard for step in program.steps if ref in step.args}
    others = {*program.record, *(used for _, used in (*program.outputs, *program.deltas))}
    return guards.pop() if len(guards) == 1 and ref not in others else None


def _statements(step: Step, program: Program, limits: frozenset[str]) -> list[str]:
    """One step as a few statements. Amounts are never negative here, so floor division cuts towards zero.

    A step in `limits` leaves its "at least 0" to the `least` that alone uses it.
    """
    result, args = _name(step.name), [_name(arg) for arg in step.args]
    match step.op:
        case Op.SUM:
            return [f"{result} = {' + '.join(args)}"]
        case Op.LESS:
            return [f"{result} = {args[0]} - {args[1]}"]
        case Op.POSITIVE if step.name in limits:
            return [f"{result} = {args[0]} - {args[1]}"]
        case Op.POSITIVE:
            return [f"{result} = {args[0]} - {args[1]}", f"if {result} < 0:", f"    {result} = 0"]
        case Op.LEAST:
            lines = [f"{result} = {args[0]}"]
            for ref, other in zip(step.args[1:], args[1:], strict=True):
                taken = f"{other} if {other} > 0 else 0" if ref in limits else other
                lines += [f"if {other} < {result}:", f"    {result} = {taken}"]
            return lines
        case Op.SHARE:
            return [f"{result} = {_share(args[0], step, program)}"]
        case Op.SLICE:
            start, end, low, high = args
            top = end if high == ZERO else f"({end} if {end} < {high} else {high})"
            bottom = start if low == ZERO else f"({start} if {start} > {low} else {low})"
            return [f"{result} = {top} - {bottom}", f"if {result} < 0:", f"    {result} = 0"]
        case Op.RATIO:
            part, whole = args
            return [f"{result} = ({part} * {2 * PPM} + {whole}) // (2 * {whole}) if {whole} else 0"]
        case Op.WINNER:
            lines = [f"{result} = 0", f"best = {args[0]}"]
            for number, other in enumerate(args[1:], 1):
                lines += [f"if {other} > best:", f"    {result} = {number}", f"    best = {other}"]
            return lines
        case Op.PICK:
            winner, *choices = args
            text = choices[-1]
            for number in range(len(choices) - 2, -1, -1):
                text = f"{choices[number]} if {winner} == {number} else {text}"
            return [f"{result} = {text}"]


def _share(amount: str, step: Step, program: Program) -> str:
    """Amount × ratio by the lowest terms of the ratio (`fraction`), which are bound with it."""
    slot, (mode, unit) = step.args[1][1:], program.rounding_of(step)
    scaled = f"({amount} * n_{slot} + h_{slot}) // d_{slot}"
    if mode is Mode.DOWN:
        scaled = f"{amount} * n_{slot} // d_{slot}"
    return scaled if unit == 1 else f"({scaled}) * {unit}"


def _fractions(program: Program) -> list[str]:
    """The lowest terms of every ratio, taken once when a plan is bound."""
    slots = {step.args[1][1:]: program.rounding_of(step) for step in program.steps if step.op is Op.SHARE}
    return [
        f"n_{slot}, h_{slot}, d_{slot} = fraction({_slot(slot)}, {str(mode)!r}, {unit})"
        for slot, (mode, unit) in slots.items()
    ]


def _result(program: Program, accumulators: dict[str, Accumulator]) -> list[str]:
    """Sub-funds that pay something (BEN-24), what is added to the accumulators, and the outcome."""
    lines = _funds(
        [(_name(ref), f"({fund!r}, {str(layer)!r}, {_name(ref)})") for fund, layer, ref in program.sub_funds]
    )
    added = [f"{_state_key(name, accumulators)}: {_name(ref)}" for name, ref in program.deltas]
    given = dict(program.outputs)
    amounts = [_name(given.get(name, name)) for name in _OUTCOME]
    trace = ""
    if program.record:
        trace = f", '', Trace(script, ({', '.join(map(_name, program.record))},))"
    lines.append(f"return Outcome({', '.join(amounts)}, funds, {{{', '.join(added)}}}{trace})")
    return lines


def _funds(rows: list[tuple[str, str]]) -> list[str]:
    """The rows whose amount is not zero; all at once where none is."""
    if not rows:
        return ["funds = ()"]
    lines = [f"if {' and '.join(amount for amount, _ in rows)}:", f"    funds = ({', '.join(row for _, row in rows)},)"]
    lines += ["else:", "    funds = ()"]
    for amount, row in rows:
        lines += [f"    if {amount}:", f"        funds += ({row},)"]
    return lines

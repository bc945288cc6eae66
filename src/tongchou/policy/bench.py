"""Measuring the engine (性能测量): what `tongchou bench engine` runs. Each job also checks its money identities.

A job is timed settlement by settlement; the mix of visits, groups and year-to-date amounts comes from a seed.
"""

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np

from tongchou.policy import batch, engine
from tongchou.policy.facts import ClassSums, Facts, Outcome
from tongchou.policy.lines import LineFacts, RawLine
from tongchou.policy.loading.domains import domains
from tongchou.policy.packages import Package

Settle: TypeAlias = Callable[[Facts, ClassSums, dict[str, int]], Outcome]

LINES: Final = 120
_KINDS: Final = {"outpatient": 60, "inpatient": 25, "chronic": 10, "pharmacy": 5}
"""Shares of visit kinds, near those of the resident scheme (outpatient visits far ahead of stays)."""
_GROUPS: Final = (frozenset[str](), frozenset({"dibao"}), frozenset({"poor"}), frozenset({"tekun"}))
_GROUP_WEIGHTS: Final = (92, 3, 4, 1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One settlement to measure."""

    facts: Facts
    sums: ClassSums
    state: dict[str, int]


def samples(package: Package, count: int, seed: int = 20180501, on: date | None = None) -> list[Sample]:
    """Invented settlements that the package can settle: kinds, levels and groups by weight, amounts lognormal."""
    chance = random.Random(seed)
    kinds = {kind: weight for kind, weight in _KINDS.items() if kind in package.definition.kinds}
    day = on or package.valid_from
    made = []
    for kind in chance.choices(list(kinds), list(kinds.values()), k=count):
        primary = kind in ("outpatient", "pharmacy")
        level = 1 if primary else chance.choices((1, 2, 3), (24, 47, 29))[0]
        of_chronic = domains(package.definition).diseases_of.get("chronic", frozenset())
        diseases = [code for code in package.definition.diseases if code in of_chronic]
        facts = Facts(
            kind=kind,
            on=day,
            level=level,
            scheme=package.scheme,
            groups=chance.choices(_GROUPS, _GROUP_WEIGHTS)[0],
            disease=chance.choice(diseases) if kind == "chronic" else None,
        )
        bill = int(chance.lognormvariate(11.2 if primary else 13.2, 0.6))
        own, over, pre = bill // 12, bill // 200, bill // 25
        sums = ClassSums(own, over, pre, bill - own - over - pre)
        made.append(Sample(facts, sums, _state(chance)))
    return made


def _state(chance: random.Random) -> dict[str, int]:
    """Two in three persons come for the first time in the year."""
    if chance.random() < 0.66:
        return {}
    paid = chance.randrange(3_000_000)
    return {"stays": 1, "pool_paid": paid, "outpatient_paid": min(paid, 15_000), "serious_own": paid // 2}


def identities(outcome: Outcome) -> bool:
    """Every fen of the bill is somebody's, nothing is negative, sub-funds and layers agree (BEN-41)."""
    classes = outcome.own_expense_fen + outcome.over_ceiling_fen + outcome.pre_self_pay_fen + outcome.in_scope_fen
    layers = sum(outcome.layers) + outcome.project_fen
    return (
        outcome.total_fen == classes == outcome.fund_total_fen + outcome.person_share_fen == layers + outcome.cash_fen
        and outcome.person_share_fen == outcome.account_fen + outcome.cash_fen
        and layers == sum(amount for _, _, amount in outcome.sub_funds)
        and min(outcome.layers) >= 0 <= outcome.cash_fen
        and 0 <= outcome.third_party_fen <= outcome.person_share_fen
    )


def engine_jobs(package: Package, seconds: float = 3.0, seed: int = 20180501) -> list[dict[str, Any]]:
    """The jobs of `bench engine`: class sums in; the same traced; traced and told; 120 lines with trace; columns."""
    mix = samples(package, 2_000, seed)
    bill = _bill(seed)

    def lines_and_trace(facts: Facts, sums: ClassSums, state: dict[str, int]) -> Outcome:
        return told(facts, engine.rate_lines(package, bill).sums, state)

    def told(facts: Facts, sums: ClassSums, state: dict[str, int]) -> Outcome:
        outcome = engine.adjudicate(package, facts, sums, state, trace=True)
        _told(outcome)
        return outcome

    return [
        _timed("engine.scalar", mix, seconds, partial(engine.adjudicate, package)),
        _timed("engine.traced", mix, seconds, partial(engine.adjudicate, package, trace=True)),
        _timed("engine.traced_and_told", mix, seconds, told),
        _timed(f"engine.lines_{LINES}", mix, seconds, lines_and_trace),
        columns_job(package, mix, seconds),
    ]


def _told(outcome: Outcome) -> None:
    if outcome.trace is not None:
        len(outcome.trace)


def _bill(seed: int) -> list[RawLine]:
    """120 lines of all classes, some over a ceiling or a limit, one refused; plain tuples, as encounters gives them."""
    chance = random.Random(seed)
    lines: list[RawLine] = []
    for number in range(LINES):
        amount = chance.randrange(100, 30_000)
        line = LineFacts(
            amount_fen=amount,
            pay_class=chance.choices("ABC", (60, 30, 10))[0],
            ratio_ppm=chance.choice((None, 50_000, 100_000)),
            ceiling_fen=amount * 9 // 10 if number % 10 == 0 else None,
            quantity=200_000 if number % 15 == 0 else None,
            allowed=140_000 if number % 15 == 0 else None,
            denied="DOC-06" if number == 7 else "",
        )
        lines.append((*line,))
    return lines


def _timed(job: str, mix: Sequence[Sample], seconds: float, settle: Settle) -> dict[str, Any]:
    """Settle for the given time, one by one; the outcomes of one full round are checked."""
    right = all(identities(settle(sample.facts, sample.sums, sample.state)) for sample in mix)
    rounds = [(sample.facts, sample.sums, sample.state) for sample in mix]
    times: list[int] = []
    clock = time.perf_counter_ns
    started, cpu = clock(), time.process_time_ns()
    until = started + int(seconds * 1e9)
    for facts, sums, state in itertools.cycle(rounds):
        before = clock()
        settle(facts, sums, state)
        after = clock()
        times.append(after - before)
        if after > until:
            break
    return _report(job, times, clock() - started, time.process_time_ns() - cpu, right)


def _report(job: str, times: list[int], elapsed_ns: int, cpu_ns: int, right: bool) -> dict[str, Any]:
    ordered = sorted(times)
    items = len(ordered)
    return {
        "job": job,
        "rate_per_s": round(items / (elapsed_ns / 1e9)),
        "p50_ms": ordered[items // 2] / 1e6,
        "p99_ms": ordered[items * 99 // 100] / 1e6,
        "cpu_ms_per_item": cpu_ns / items / 1e6,
        "items": items,
        "seconds": elapsed_ns / 1e9,
        "identities_ok": right,
    }


def columns_job(package: Package, mix: Sequence[Sample], seconds: float, rows: int = 1_000_000) -> dict[str, Any]:
    """The same mix as columns; a run counts as one item per row. Compared with the scalar engine on the whole mix."""
    columns = columns_of(mix, rows)
    right = equal(package, mix, batch.adjudicate_columns(package, columns))
    clock, cpu = time.perf_counter_ns(), time.process_time_ns()
    runs = 0
    while not runs or time.perf_counter_ns() - clock < seconds * 1e9:
        for _ in batch.adjudicate_blocks(package, columns):
            pass
        runs += 1
    elapsed, used = time.perf_counter_ns() - clock, time.process_time_ns() - cpu
    each = elapsed / runs / rows / 1e6
    return {
        "job": "engine.columns",
        "rate_per_s": round(rows * runs / (elapsed / 1e9)),
        "p50_ms": each,
        "p99_ms": each,
        "cpu_ms_per_item": used / runs / rows / 1e6,
        "items": rows * runs,
        "seconds": elapsed / 1e9,
        "identities_ok": right,
    }


def columns_of(mix: Sequence[Sample], rows: int) -> batch.Columns:
    """The samples as columns, over and over until there are as many rows."""
    facts = [Facts(**(fields(sample.facts) | {"stay_number": sample.state.get("stays", 0) + 1})) for sample in mix]
    distinct = {key: place for place, key in enumerate(dict.fromkeys(facts))}
    places = np.resize(np.arange(len(mix)), rows)

    def column(values: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.asarray(values, np.int64)[places]

    names = dict.fromkeys(name for sample in mix for name in sample.state)
    return batch.Columns(
        facts=list(distinct),
        code=np.asarray([distinct[each] for each in facts], np.int32)[places],
        own_expense_fen=column([sample.sums.own_expense_fen for sample in mix]),
        over_ceiling_fen=column([sample.sums.over_ceiling_fen for sample in mix]),
        pre_self_pay_fen=column([sample.sums.pre_self_pay_fen for sample in mix]),
        in_scope_fen=column([sample.sums.in_scope_fen for sample in mix]),
        state={name: column([sample.state.get(name, 0) for sample in mix]) for name in names},
    )


def fields(facts: Facts) -> dict[str, Any]:
    """Facts by name, to make others of."""
    return {name: getattr(facts, name) for name in facts.__struct_fields__}


def equal(package: Package, mix: Sequence[Sample], made: batch.BatchOutcome) -> bool:
    """Scalar and columns agree to the fen on every amount and delta."""
    for place, sample in enumerate(mix):
        outcome = package.scalar(sample.facts, sample.sums, sample.state)
        amounts = {name: getattr(outcome, f"{name}_{'ppm' if name == 'ratio' else 'fen'}") for name in batch.AMOUNTS}
        if any(int(made.amounts[name][place]) != amount for name, amount in amounts.items()):
            return False
        if any(int(made.deltas[name.split("@")[0]][place]) != amount for name, amount in outcome.deltas.items()):
            return False
    return True

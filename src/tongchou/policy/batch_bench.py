"""Measuring settlements by the column (批量性能测量): what `tongchou bench batch` runs, and proves while it runs.

The mix is that of `bench`: kinds, levels, groups and year-to-date amounts as a resident scheme has them.
"""

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tongchou.policy import bench
from tongchou.policy.batch import LAYERS, Columns, adjudicate_blocks, adjudicate_columns
from tongchou.policy.claim_table import ClaimTable
from tongchou.policy.facts import Facts
from tongchou.policy.packages import Package
from tongchou.policy.random_claims import RandomClaims, differing_rows
from tongchou.policy.simulation import Scenario, simulate
from tongchou.policy.yearly import Rounds, settle_table

ROWS: Final = 10_000_000
RUNS: Final = 5
MIX: Final = 20_000
SEED: Final = 20180501
COMPARED_AT_A_TIME: Final = 65_000
CLAIMS_A_PERSON: Final = 4
SCENARIOS: Final = 100

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Timed:
    """Several runs of the same work."""

    seconds: list[float]
    cpu: list[float]
    right: bool

    def job(self, name: str, items: int) -> dict[str, Any]:
        """As `--json` prints it: the rate of the median run, p99 being the slowest."""
        each = sorted(self.seconds)
        return {
            "job": name,
            "rate_per_s": round(items / statistics.median(each)),
            "p50_ms": statistics.median(each) / items * 1e3,
            "p99_ms": each[-1] / items * 1e3,
            "cpu_ms_per_item": statistics.median(self.cpu) / items * 1e3,
            "items": items * len(each),
            "seconds": sum(each),
            "identities_ok": self.right,
        }


def jobs(
    package: Package,
    packages: Sequence[Package],
    rows: int = ROWS,
    say: Say = print,
    *,
    combinations: int = 400,
    scenarios: int = SCENARIOS,
) -> Iterator[dict[str, Any]]:
    """Settling a batch, with and without accumulators; comparing as many random claims; years in rounds; scenarios."""
    mix = bench.samples(package, MIX, SEED)
    yield from _batches(package, mix, rows, say)
    yield compared(packages, rows, combinations)
    table = table_of(mix, max(rows // 10, 1_000))
    yield timed(lambda: _carried(package, table), runs=1).job("batch.years_carried", len(table))
    sample = table_of(mix, max(rows // 100, 1_000))
    simulated = timed(lambda: _simulated(package, sample, scenarios), runs=1)
    yield simulated.job("batch.scenarios", len(sample) * scenarios)


def _batches(package: Package, mix: Sequence[bench.Sample], rows: int, say: Say) -> Iterator[dict[str, Any]]:
    columns = bench.columns_of(mix, rows)
    right = bench.equal(package, mix[:rows], adjudicate_columns(package, bench.columns_of(mix, len(mix))))
    for name, deltas in (("batch.settle", False), ("batch.settle_with_accumulators", True)):
        measured = timed(lambda deltas=deltas: _settled(package, columns, deltas=deltas))  # type: ignore[misc]
        yield measured.job(name, rows) | {"identities_ok": right and measured.right}
    most = _most_memory(lambda: _settled(package, columns, deltas=True))
    say(f"{rows:,} 笔:数据列之外最多用内存 {most >> 20} MiB / most memory beyond the columns")


def timed(work: Callable[[], bool], runs: int = RUNS) -> Timed:
    """Work done several times over; each run says whether it came out right."""
    seconds, cpu, right = [], [], True
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        right &= work()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    return Timed(seconds, cpu, right)


def compared(packages: Sequence[Package], rows: int, combinations: int) -> dict[str, Any]:
    """Random claims settled by the column and one by one, under every package in turn; not one may differ."""
    each, differing, done = -(-rows // len(packages)), 0, 0
    started, used = time.perf_counter(), time.process_time()
    for package in packages:
        claims = RandomClaims(package, SEED, combinations)
        for seed in range(-(-each // COMPARED_AT_A_TIME)):
            size = min(COMPARED_AT_A_TIME, each - seed * COMPARED_AT_A_TIME)
            differing += differing_rows(claims, size, seed)
            done += size
    seconds, cpu = [time.perf_counter() - started], [time.process_time() - used]
    return Timed(seconds, cpu, differing == 0).job("batch.identical_to_scalar", done)


def _settled(package: Package, columns: Columns, *, deltas: bool) -> bool:
    settled = 0
    for rows, _ in adjudicate_blocks(package, columns, deltas=deltas):
        settled += rows.stop - rows.start
    return settled == len(columns.code)


def table_of(mix: Sequence[bench.Sample], rows: int) -> ClaimTable:
    """The mix as claims over a year, a few of each person, in time order; no state is given, all is carried."""
    chance = np.random.default_rng(SEED)
    columns = bench.columns_of(mix, rows)
    nothing = np.zeros(rows, np.int64)
    facts = tuple(Facts(**(bench.fields(each) | {"stay_number": 0})) for each in columns.facts)
    first = facts[0].on.replace(month=1, day=1)
    day = np.sort(chance.integers(first.toordinal(), first.toordinal() + 365, rows)).astype(np.int32)
    bill = ("own_expense_fen", "over_ceiling_fen", "pre_self_pay_fen", "in_scope_fen")
    rest = ("project_fen", "account_balance_fen", "third_party_fen", "linked_deductible_fen")
    amounts = dict(zip(bill, columns.bill, strict=True)) | dict.fromkeys((*rest, "continued_deductible_fen"), nothing)
    return ClaimTable(
        facts=facts,
        code=np.asarray(columns.code, np.int32),
        person=chance.integers(0, max(rows // CLAIMS_A_PERSON, 1), rows),
        day=day,
        year=np.full(rows, first.year, np.int32),
        age=chance.integers(0, 90, rows).astype(np.int32),
        area=chance.integers(0, 12, rows).astype(np.int32),
        areas=tuple(f"4501{number:02}" for number in range(1, 13)),
        linked_row=nothing - 1,
        amounts=amounts,
    )


def _carried(package: Package, table: ClaimTable) -> bool:
    outcome = settle_table(package, Rounds(table))
    paid = sum(int(outcome.amounts[name].sum()) for name in (*LAYERS, "cash"))
    return bool(outcome.settled.all()) and paid == int(outcome.amounts["total"].sum())


def _simulated(package: Package, table: ClaimTable, scenarios: int) -> bool:
    drafts = [package.draft({"parameters/cap.pool/value": str(150_000 + 500 * n)}) for n in range(scenarios)]
    others = [Scenario(str(number), draft) for number, draft in enumerate(drafts)]
    result = simulate(Scenario("base", package), others, [table])
    effects = [each.effect_fen for each in result.others]
    return effects == sorted(effects) and all(each.totals.claims == len(table) for each in result.others)


def _most_memory(work: Callable[[], bool]) -> int:
    """The most memory in bytes that the work holds beyond what is there already; a run of its own, not timed."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

# /// script
# requires-python = ">=3.11"
# dependencies = ["openfisca-core[web-api]>=43", "msgspec>=0.19", "numpy>=2", "pyyaml>=6"]
# ///
"""The same policy in this engine and in openfisca-core, over the same random persons (对照测量).

    uv run benchmarks/engine_vs_openfisca.py [--persons 200000] [--seed 1]

The policy is the general part of the Guangxi package: inpatient deductible by level, ratio, yearly cap of the pool, and
serious illness in three bands. Amounts are whole fen on both sides: openfisca keeps its variables in int32 (its float32
cannot hold a yearly cap to the fen) and its formulas multiply in int64. Printed: seconds of processor of each, their
ratio, and how many persons differ.
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "src"))

from openfisca_core import periods, variables  # noqa: E402
from openfisca_core.entities import build_entity  # noqa: E402
from openfisca_core.simulations import SimulationBuilder  # noqa: E402
from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # noqa: E402

from tongchou.policy.batch import Columns, adjudicate_columns  # noqa: E402
from tongchou.policy.facts import Facts  # noqa: E402
from tongchou.policy.packages import Package  # noqa: E402

PACKAGE = CHECKOUT / "policies" / "450000" / "resident" / "2017-07-01.yaml"
ON = date(2018, 5, 1)
LEVELS = (1, 2, 3)
RUNS = 3


def rules(package: Package) -> dict[str, object]:
    """The numbers of the policy, from the package itself, so that both sides compute the same one."""
    fen = {f"deductible_{n}": package.parameter(f"deductible.inpatient.L{n}.N1").content for n in LEVELS}
    ratio = {f"ratio_{n}": package.parameter(f"ratio.inpatient.L{n}").content for n in LEVELS}
    single = ("cap.pool", "serious.threshold", "serious.cap")
    return (
        fen
        | ratio
        | {name: package.parameter(name).content for name in single}
        | {"bands": package.parameter("serious.ratio").content}
    )


def system(numbers: dict[str, object]) -> TaxBenefitSystem:
    """The policy as openfisca has it: one variable a quantity, each a formula over whole columns."""
    person = build_entity(key="person", plural="persons", label="参保人", is_person=True)

    def share(amount, ratio_ppm):
        return (amount.astype(np.int64) * ratio_ppm + 500_000) // 1_000_000

    def by_level(persons, period, name):
        level = persons("level", period)
        return np.select([level == n for n in LEVELS], [numbers[f"{name}_{n}"] for n in LEVELS])

    def deductible(persons, period):
        return np.minimum(persons("in_scope", period), by_level(persons, period, "deductible"))

    def basic(persons, period):
        payable = persons("in_scope", period) - persons("deductible", period)
        entitled = share(payable, by_level(persons, period, "ratio"))
        return np.minimum(entitled, np.maximum(numbers["cap.pool"] - persons("pool_paid", period), 0))

    def serious_illness(persons, period):
        threshold, before = numbers["serious.threshold"], persons("serious_own", period)
        rest = persons("in_scope", period) - persons("basic", period)
        payable = rest - np.minimum(rest, np.maximum(threshold - before, 0))
        start = np.maximum(before - threshold, 0)
        end, entitled = start + payable, 0
        for band in numbers["bands"]:
            top = end if band.high_fen is None else np.minimum(end, band.high_fen)
            entitled = entitled + share(np.maximum(top - np.maximum(start, band.low_fen), 0), band.ratio_ppm)
        return np.minimum(entitled, np.maximum(numbers["serious.cap"] - persons("serious_paid", period), 0))

    made = TaxBenefitSystem([person])
    formulas = {"deductible": deductible, "basic": basic, "serious_illness": serious_illness}
    for name in ("level", "in_scope", "pool_paid", "serious_own", "serious_paid", *formulas):
        body = {"value_type": int, "entity": person, "definition_period": periods.DateUnit.YEAR, "label": name}
        if name in formulas:
            body["formula"] = formulas[name]
        made.add_variable(type(name, (variables.Variable,), body))
    return made


def persons(count: int, seed: int) -> dict[str, np.ndarray]:
    """Random persons with one stay each, a third of them with a year before it."""
    chance = np.random.default_rng(seed)
    before = chance.random(count) < 0.34
    pool = np.where(before, chance.integers(0, 17_000_000, count), 0)
    return {
        "level": chance.choice(LEVELS, count),
        "in_scope": np.minimum(chance.lognormal(13.4, 0.9, count), 90_000_000).astype(np.int64),
        "pool_paid": pool,
        "serious_own": np.where(before, chance.integers(0, 20_000_000, count), 0),
        "serious_paid": np.where(before, chance.integers(0, 50_000_000, count), 0),
    }


def by_openfisca(made: TaxBenefitSystem, given: dict[str, np.ndarray]) -> tuple[float, dict[str, np.ndarray]]:
    """Seconds of processor time for computing, without reading the data in, and the results."""
    simulation = SimulationBuilder().build_default_simulation(made, count=len(given["level"]))
    for name, column in given.items():
        simulation.set_input(name, "2018", column.astype(np.int32))
    started = time.process_time()
    paid = {name: simulation.calculate(name, "2018") for name in ("deductible", "basic", "serious_illness")}
    return time.process_time() - started, paid


def by_tongchou(package: Package, given: dict[str, np.ndarray]) -> tuple[float, dict[str, np.ndarray]]:
    """The same, for this engine, with every layer of the package in force."""
    nothing = np.zeros(len(given["level"]), np.int64)
    facts = [Facts(kind="inpatient", level=n, on=ON, stay_number=1) for n in LEVELS]
    state = {name: given[name] for name in ("pool_paid", "serious_own", "serious_paid")}
    columns = Columns(facts, given["level"] - 1, nothing, nothing, nothing, given["in_scope"], state=state)
    started = time.process_time()
    made = adjudicate_columns(package, columns, ("deductible", "basic", "serious_illness"), deltas=False)
    return time.process_time() - started, made.amounts


def main() -> int:
    """Both engines in turn; exit code 1 when a person differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    package = Package.read(PACKAGE)
    made, given = system(rules(package)), persons(asked.persons, asked.seed)
    theirs = [by_openfisca(made, given) for _ in range(RUNS)]
    ours = [by_tongchou(package, given) for _ in range(RUNS)]
    their_seconds, our_seconds = min(run[0] for run in theirs), min(run[0] for run in ours)
    differing = np.zeros(asked.persons, np.bool_)
    for name, column in ours[0][1].items():
        differing |= theirs[0][1][name] != column
    print(f"openfisca-core {their_seconds:.3f} s, {asked.persons / their_seconds:,.0f} persons/s")
    print(f"tongchou       {our_seconds:.3f} s, {asked.persons / our_seconds:,.0f} persons/s")
    print(f"ratio {their_seconds / our_seconds:.2f}; differing rows {int(differing.sum())} of {asked.persons}")
    return 1 if differing.any() else 0


if __name__ == "__main__":
    sys.exit(main())

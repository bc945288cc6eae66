"""Golden tables: whole settlements with every intermediate amount, for a policy officer to read and correct.

`golden/<area>/<effective date>/<case>.yaml`: facts, bill, accumulators before, each step, result, what is added.
Amounts are yuan with two decimals; `stays` is a count.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongchou.policy import engine
from tongchou.policy.bench import identities
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.packages import PolicyBook
from tongchou.policy.tests.support import POLICIES, yuan

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*/*/*.yaml"))
BILL = ("own_expense", "over_ceiling", "pre_self_pay", "in_scope")
MONEY_FACTS = ("project", "account_balance", "linked_deductible", "continued_deductible", "third_party")


def read(file: Path) -> dict[str, Any]:
    """All values as text: a table is not to be guessed at."""
    loaded: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return loaded


def facts_of(row: dict[str, Any]) -> Facts:
    plain = {name: value for name, value in row.items() if name not in MONEY_FACTS}
    money = {f"{name}_fen": yuan(row[name]) for name in MONEY_FACTS if name in row}
    plain |= {"level": int(row["level"]), "on": date.fromisoformat(row["on"])}
    plain |= {name: row[name] == "yes" for name in ("emergency", "designated") if name in row}
    return Facts(**(plain | money | {"groups": frozenset(row.get("groups", ()))}))


def amounts(row: dict[str, str]) -> dict[str, int]:
    return {name: int(text) if name == "stays" else yuan(text) for name, text in row.items()}


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.parent.name}-{file.stem}" for file in FILES])
def test_a_golden_table_holds(file):
    table, area = read(file), file.parent.parent.name
    facts = facts_of(table["facts"])
    package = PolicyBook.load(POLICIES).package(area, "resident", on=facts.on)
    assert package.valid_from == date.fromisoformat(file.parent.name)
    sums = ClassSums(*(yuan(table["bill"].get(part, 0)) for part in BILL))
    outcome = engine.adjudicate(package, facts, sums, amounts(table["before"]), trace=True)

    told = [(step.label, step.amount_fen) for step in outcome.trace if step.counted]
    assert told == [(step["label"], yuan(step["amount"])) for step in table["steps"]]
    paid = {"project": outcome.project_fen, "cash": outcome.cash_fen, "over_cap": outcome.over_cap_fen}
    paid |= outcome.layers._asdict()
    assert paid == dict.fromkeys(paid, 0) | amounts(table["result"])
    assert outcome.deltas == amounts(table["adds"])
    assert outcome.reason == table.get("reason", "")
    assert identities(outcome)


def test_every_package_of_the_house_has_golden_tables():
    covered = {(file.parent.parent.name, file.parent.name) for file in FILES}
    for package in PolicyBook.load(POLICIES).packages:
        assert (package.area, package.valid_from.isoformat()) in covered

"""Golden tables: whole settlements with every intermediate amount, for a policy officer to read and correct.

`golden/<area>/<effective date>/<case>.yaml`: facts, bill, accumulators before, each step with article and parameters,
result, what is added.
Amounts are yuan with two decimals; `stays` is a count.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongchou.policy import engine
from tongchou.policy.bench import identities
from tongchou.policy.definition import Rule
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.loading.parameters import leaves
from tongchou.policy.packages import Package
from tongchou.policy.tests.support import book, yuan
from tongchou.policy.vocabulary import Dimension, Pays

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*/*/*.yaml"))
BILL = ("own_expense", "over_ceiling", "pre_self_pay", "in_scope")
YES_NO_FACTS = ("emergency", "designated", "contracted", "manual", "prescribed", "use_account")
MONEY_FACTS = ("project", "account_balance", "linked_deductible", "continued_deductible", "third_party")


@cache
def read(file: Path) -> dict[str, Any]:
    """All values as text: a table is not to be guessed at."""
    loaded: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
    return loaded


def facts_of(row: dict[str, Any]) -> Facts:
    plain = {name: value for name, value in row.items() if name not in MONEY_FACTS}
    money = {f"{name}_fen": yuan(row[name]) for name in MONEY_FACTS if name in row}
    plain |= {"level": int(row["level"]), "on": date.fromisoformat(row["on"])}
    plain |= {name: row[name] == "yes" for name in YES_NO_FACTS if name in row}
    plain |= {"born_on": date.fromisoformat(row["born_on"])} if "born_on" in row else {}
    return Facts(**(plain | money | {"groups": frozenset(row.get("groups", ()))}))


def amounts(row: dict[str, str]) -> dict[str, int]:
    return {name: int(text) if name == "stays" else yuan(text) for name, text in row.items()}


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.parent.name}-{file.stem}" for file in FILES])
def test_a_golden_table_holds(file):
    table, area = read(file), file.parent.parent.name
    facts = facts_of(table["facts"])
    package = book().package(area, facts.scheme, on=facts.on)
    assert package.valid_from == date.fromisoformat(file.parent.name)
    sums = ClassSums(*(yuan(table["bill"].get(part, 0)) for part in BILL))
    outcome = engine.adjudicate(package, facts, sums, amounts(table["before"]), trace=True)

    told = [
        (step.label, step.amount_fen, step.article, [use.key for use in step.parameters])
        for step in outcome.trace
        if step.counted
    ]
    assert told == [
        (step["label"], yuan(step["amount"]), step.get("article", ""), step.get("parameters", []))
        for step in table["steps"]
    ]
    paid = {"project": outcome.project_fen, "cash": outcome.cash_fen, "over_cap": outcome.over_cap_fen}
    paid |= outcome.layers._asdict()
    assert paid == dict.fromkeys(paid, 0) | amounts(table["result"])
    assert outcome.deltas == amounts(table["adds"])
    assert outcome.reason == table.get("reason", "")
    assert identities(outcome)


def test_every_package_of_the_house_has_golden_tables():
    covered = {(file.parent.parent.name, file.parent.name) for file in FILES}
    for package in book().packages:
        assert (package.area, package.valid_from.isoformat()) in covered


@pytest.mark.parametrize("package", book().packages, ids=lambda package: package.label)
def test_the_golden_tables_of_a_package_reach_all_it_can_do(package):
    """Every level, group, category, referral state in use, rule and exclusion, unless it is 待定 or switched off."""
    tables = [read(file) for file in FILES if file.parent.parent.name == package.area]
    assert len(tables) >= 15
    facts = [facts_of(table["facts"]) for table in tables]
    definition = package.definition
    assert {f"L{fact.level}" for fact in facts} == set(definition.levels)
    assert {group for fact in facts for group in fact.groups} == set(definition.groups)
    assert {fact.category for fact in facts if fact.category} == set(definition.categories)
    asked = {key for rule in definition.every_rule for key in rule.when.allowed.get(Dimension.REFERRAL, ())}
    assert {fact.referral for fact in facts} >= asked
    reached = {table.get("reason", "") for table in tables}
    for fact, table in zip(facts, tables, strict=True):
        sums = ClassSums(*(yuan(table["bill"].get(part, 0)) for part in BILL))
        outcome = engine.adjudicate(package, fact, sums, amounts(table["before"]), trace=True)
        reached |= {step.rule for step in outcome.trace}
    for rule in definition.every_rule:
        names = {rule.reason or rule.label, *(fixed.label for fixed in rule.instead)}
        assert names & reached or not _reachable(package, rule), rule.path


def _reachable(package: Package, rule: Rule) -> bool:
    """Does a rule do something, with the values and switches the package has?"""
    if rule.pays is Pays.NOTHING or (rule.enabled and package.parameter(rule.enabled).content is not True):
        return False
    if rule.base_switches and not any(package.parameter(s.key).content for s in rule.base_switches.values()):
        return False
    values = leaves(package.definition.parameters[rule.ratio].cells) if rule.ratio else ()
    return not values or any(value.content is not None for value in values)

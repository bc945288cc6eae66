"""The explanation as residents and clerks read it: whatever is shown as parts of an amount adds up to it (BEN-40)."""

from collections.abc import Iterator

import pytest

from tongchou.policy import engine
from tongchou.policy.facts import ClassSums, Outcome
from tongchou.policy.tests import support
from tongchou.policy.tests.support import yuan
from tongchou.policy.tests.test_golden import BILL, FILES, amounts, facts_of, read
from tongchou.settlement.web.explanation import Node, explained, flat

pytestmark = pytest.mark.requirement("BEN-40")


def golden(file) -> Outcome:
    """The traced settlement of a golden table."""
    table = read(file)
    facts = facts_of(table["facts"])
    package = support.book().package(file.parent.parent.name, facts.scheme, on=facts.on)
    sums = ClassSums(*(yuan(table["bill"].get(part, 0)) for part in BILL))
    return engine.adjudicate(package, facts, sums, amounts(table["before"]), trace=True)


def sums_of(nodes) -> Iterator[Node]:
    """Every amount whose children are shown as its parts."""
    return (node for _, node in flat(nodes) if node.children and not node.heading)


@pytest.fixture(params=sorted({file.parent.parent.name for file in FILES}))
def outcomes(request) -> list[Outcome]:
    """Every golden table of an area."""
    return [golden(file) for file in FILES if file.parent.parent.name == request.param]


@pytest.mark.parametrize("detailed", [True, False], ids=["clerk", "resident"])
def test_parts_add_up_to_the_amount_above_them(outcomes, detailed):
    for outcome in outcomes:
        for node in sums_of(explained(outcome, detailed=detailed)):
            assert sum(child.amount_fen for child in node.children) == node.amount_fen, node.label


@pytest.mark.parametrize("detailed", [True, False], ids=["clerk", "resident"])
def test_the_bill_is_what_the_funds_paid_and_what_the_person_bears(outcomes, detailed):
    for outcome in outcomes:
        bill, person, *funds = explained(outcome, detailed=detailed)
        assert bill.amount_fen == person.amount_fen + sum(fund.amount_fen for fund in funds)
        assert bill.amount_fen == outcome.total_fen


def test_what_the_person_bears_is_told_from_two_sides(outcomes):
    for outcome in outcomes:
        check_sides(outcome)


def check_sides(outcome: Outcome) -> None:
    person = explained(outcome)[1]
    sides = {group.label: group for group in person.children}
    assert {group.amount_fen for group in sides.values()} <= {outcome.person_share_fen}
    paid = {part.layer: part.amount_fen for part in sides["怎样支付"].children} if "怎样支付" in sides else {}
    assert paid.get("cash", 0) == outcome.cash_fen
    assert paid.get("account", 0) == outcome.account_fen
    made_of = sides["由什么组成"].children if "由什么组成" in sides else ()
    assert not {"个人账户支付", "个人现金支付"} & {part.label for part in made_of}


def test_nobody_bears_a_part_that_is_less_than_nothing_but_what_was_reimbursed_again(outcomes):
    for outcome in outcomes:
        sides = explained(outcome)[1].children
        assert all(part.amount_fen > 0 or part.label == "再次报销" for side in sides for part in side.children)


def test_a_bill_that_costs_the_person_nothing_has_no_empty_sides():
    outcome = engine.adjudicate(support.tset(), support.visit(), ClassSums(0, 0, 0, 0), {}, trace=True)
    assert explained(outcome)[1].children == ()


def test_a_fund_that_was_not_reached_paid_nothing():
    outcome = golden(next(file for file in FILES if file.stem == "inpatient-level-2"))
    (serious_illness,) = [node for node in explained(outcome) if node.layer == "catastrophic"]
    assert (serious_illness.label, serious_illness.amount_fen) == ("大病保险支付", 0)
    assert [step.label for step in serious_illness.children] == ["大病保险起付线"]
    assert serious_illness.heading
    assert "catastrophic" not in {node.layer for node in explained(outcome, detailed=False)}

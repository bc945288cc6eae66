"""A million random claims by the column are those of the scalar engine, to the fen; so are years carried in rounds."""

from pathlib import Path

import numpy as np
import pytest

from tongchou.policy import batch
from tongchou.policy.compiling.program import Op
from tongchou.policy.compiling.vectorised import COLUMNAR, Obstacle, obstacle, obstacle_in, told
from tongchou.policy.errors import NegativeAmount
from tongchou.policy.facts import Facts
from tongchou.policy.packages import Package
from tongchou.policy.random_claims import RandomClaims, differing_in_sequence, differing_rows, edges, sequence
from tongchou.policy.tests.support import ON, POLICIES, guangxi, tset

FILES = sorted(POLICIES.glob("*/*/*.yaml"))
MILLION = 1_000_000
EACH = -(-MILLION // len(FILES))


def name(file: Path) -> str:
    return f"{file.parent.parent.name}-{file.stem}"


@pytest.mark.requirement("BEN-41")
@pytest.mark.parametrize("file", FILES, ids=name)
def test_random_claims_on_every_edge_are_settled_alike(file):
    """All packages together: at least a million claims, with every accumulator, group, referral and fact."""
    claims = RandomClaims(Package.read(file), seed=20180501, combinations=200)
    rounds = -(-EACH // 65_000)
    assert sum(differing_rows(claims, -(-EACH // rounds), seed) for seed in range(rounds)) == 0


@pytest.mark.requirement("BEN-21")
@pytest.mark.parametrize("file", FILES, ids=name)
def test_years_carried_in_rounds_are_those_carried_one_by_one(file):
    package = Package.read(file)
    claims = RandomClaims(package, seed=7, combinations=120)
    assert differing_in_sequence(package, sequence(claims, persons=400, rows=2_500, seed=1)) == 0


def test_random_claims_know_where_a_package_turns():
    found = edges(guangxi())
    assert {10_000, 60_000, 1_200_000, 16_994_400} <= set(found)
    assert list(found) == sorted(set(found))


def test_blocks_are_the_batch_in_pieces(monkeypatch):
    monkeypatch.setattr(batch, "BLOCK", 1_000)
    monkeypatch.setattr(batch, "CHUNK", 128)
    claims = RandomClaims(guangxi(), seed=3, combinations=60)
    columns = claims.columns(2_500, 1)
    whole = batch.adjudicate_columns(guangxi(), columns, sub_funds=True)
    seen = 0
    for rows, piece in batch.adjudicate_blocks(guangxi(), columns, deltas=True, sub_funds=True):
        seen += rows.stop - rows.start
        for held, part in ((whole.amounts, piece.amounts), (whole.deltas, piece.deltas)):
            assert held.keys() == part.keys()
            assert all(np.array_equal(held[each][rows], part[each]) for each in held)
        assert all(np.array_equal(whole.sub_funds[each][rows], piece.sub_funds[each]) for each in whole.sub_funds)
    assert seen == 2_500
    assert differing_rows(claims, 2_500, 1) == 0


def test_only_what_is_asked_for_is_computed():
    claims = RandomClaims(guangxi(), seed=3, combinations=60)
    columns = claims.columns(500, 1)
    whole = batch.adjudicate_columns(guangxi(), columns)
    some = batch.adjudicate_columns(guangxi(), columns, ("basic", "cash"), deltas=False)
    assert list(some.amounts) == ["basic", "cash"]
    assert some.deltas == {} == some.sub_funds
    assert all(np.array_equal(some.amounts[each], whole.amounts[each]) for each in some.amounts)


@pytest.mark.requirement("BEN-41")
def test_a_negative_or_unbelievable_bill_stops_a_batch():
    nothing = np.zeros(3, np.int64)
    facts = [Facts(kind="inpatient", level=2, on=ON)]
    for amount, refusal in ((-1, NegativeAmount), (batch.MOST_FEN, batch.TooLarge)):
        scope = np.asarray([100, amount, 100], np.int64)
        with pytest.raises(refusal):
            batch.adjudicate_columns(tset(), batch.Columns(facts, nothing, nothing, nothing, nothing, scope))


def test_a_bill_that_is_not_covered_is_own_expense_in_columns_too():
    amounts = np.asarray([100, 200], np.int64)
    facts = [
        Facts(kind="inpatient", level=2, on=ON, covered=False),
        Facts(kind="inpatient", level=2, on=ON, reason="x"),
    ]
    made = batch.adjudicate_columns(tset(), batch.Columns(facts, np.arange(2), amounts, amounts, amounts, amounts))
    assert made.amounts["own_expense"].tolist() == made.amounts["cash"].tolist() == [400, 800]
    assert not made.amounts["fund_total"].any()


@pytest.mark.parametrize("file", FILES, ids=name)
def test_every_package_says_that_it_runs_by_the_column(file):
    package = Package.read(file)
    assert obstacle(package) is None
    assert told(package) == "可按列执行"


def test_the_step_that_prevents_columns_is_named(monkeypatch):
    assert set(COLUMNAR) <= set(Op)
    monkeypatch.setattr("tongchou.policy.compiling.vectorised.COLUMNAR", COLUMNAR - {Op.SHARE})
    found = obstacle(guangxi())
    assert isinstance(found, Obstacle)
    assert found.operation == "share"
    assert told(guangxi()) == f"不能按列执行:{found.kind}的步骤“{found.step}”用到运算“share”"
    plan = guangxi().code.plan(Facts(kind="pharmacy", level=1, on=ON), {})
    assert obstacle_in(plan.lowered.program, "pharmacy") is None

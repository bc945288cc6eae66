"""Settlements by the column are those of the scalar engine, to the fen."""

import random
from datetime import date

import numpy as np
import pytest

from tongchou.policy import batch
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.packages import Package
from tongchou.policy.tests.support import guangxi, has_values, jilin, qinan, tset

ON = date(2018, 5, 1)
ROWS = 20_000
ACCUMULATORS = {
    "pool_paid": 20_000_000,
    "outpatient_paid": 40_000,
    "outpatient_day": 12_000,
    "chronic_deductible": 25_000,
    "chronic_paid": 300_000,
    "serious_own": 30_000_000,
    "serious_paid": 60_000_000,
    "assistance_paid": 4_000_000,
    "supplementary_paid": 6_000_000,
}
KEYED = {"outpatient_day": "outpatient_day@2018-05-01"}


def combinations(package: Package) -> list[Facts]:
    places = ("home", "away_filed", "away_unfiled")
    kinds = [*package.definition.kinds, "体检"]
    groups = (frozenset(), frozenset({"poor"}), frozenset({"dibao", "tekun"}))
    disease = next(iter(package.definition.diseases), None)
    return [
        Facts(
            kind=kind,
            on=ON,
            level=level,
            place=place,
            referral=referral,
            groups=group,
            disease=disease if kind == "chronic" else "阑尾炎" if group else None,
            stay_number=1 + level % 2,
            designated=level != 3,
            project_fen=1,
            account_balance_fen=1,
            linked_deductible_fen=0 if referral == "up" else None,
            continued_deductible_fen=0 if referral in ("up", "down") else None,
            third_party_fen=int(group == frozenset({"poor"})),
        )
        for kind in kinds
        for level in (1, 2, 3)
        for place in places
        for referral in ("none", "up", "down", "unreferred")
        for group in groups
        if has_values(package, kind, place)
    ]


@pytest.mark.parametrize("package", [tset(), guangxi(), qinan(), jilin()], ids=["T-SET", "广西", "秦安", "吉林"])
def test_columns_equal_the_scalar_engine(package):
    facts, chance = combinations(package), np.random.default_rng(20180501)

    def column(most: int) -> batch.Column:
        amounts = chance.integers(0, most, ROWS)
        amounts[chance.random(ROWS) < 0.2] = 0
        return amounts

    columns = batch.Columns(
        facts=facts,
        code=chance.integers(0, len(facts), ROWS),
        own_expense_fen=column(1_000_000),
        over_ceiling_fen=column(100_000),
        pre_self_pay_fen=column(500_000),
        in_scope_fen=column(30_000_000),
        project_fen=column(200_000),
        account_balance_fen=column(100_000),
        linked_deductible_fen=column(80_000),
        continued_deductible_fen=column(80_000),
        third_party_fen=column(3_000_000),
        state={name: column(most) for name, most in ACCUMULATORS.items()},
    )
    made = batch.adjudicate_columns(package, columns)
    for row in range(ROWS):
        assert differences(package, columns, made, row) == {}, (row, facts[columns.code[row]])


def differences(package: Package, columns: batch.Columns, made: batch.BatchOutcome, row: int) -> dict[str, object]:
    held = facts_of(columns, row)
    disease = f"@{held.disease}"
    keyed = KEYED | {"chronic_deductible": "chronic_deductible" + disease, "chronic_paid": "chronic_paid" + disease}
    state = {keyed.get(name, name): int(column[row]) for name, column in columns.state.items()}
    sums = ClassSums(
        int(columns.own_expense_fen[row]),
        int(columns.over_ceiling_fen[row]),
        int(columns.pre_self_pay_fen[row]),
        int(columns.in_scope_fen[row]),
    )
    outcome = package.scalar(held, sums, state)
    expected = {name: getattr(outcome, f"{name}_{'ppm' if name == 'ratio' else 'fen'}") for name in made.amounts}
    found = {name: int(column[row]) for name, column in made.amounts.items()}
    deltas = {name: int(column[row]) for name, column in made.deltas.items() if column[row]}
    if not outcome.reason:
        expected |= {f"+{name.split('@')[0]}": amount for name, amount in outcome.deltas.items() if amount}
        found |= {f"+{name}": amount for name, amount in deltas.items()}
    return {
        name: (expected.get(name), found.get(name))
        for name in expected | found
        if expected.get(name) != found.get(name)
    }


def facts_of(columns: batch.Columns, row: int) -> Facts:
    """The row's own facts, with the amounts of its columns."""
    facts = columns.facts[columns.code[row]]
    amounts = {
        "project_fen": int(columns.project_fen[row]),
        "account_balance_fen": int(columns.account_balance_fen[row]),
        "linked_deductible_fen": None
        if facts.linked_deductible_fen is None
        else int(columns.linked_deductible_fen[row]),
        "continued_deductible_fen": None
        if facts.continued_deductible_fen is None
        else int(columns.continued_deductible_fen[row]),
        "third_party_fen": facts.third_party_fen and int(columns.third_party_fen[row]),
    }
    return Facts(**({name: getattr(facts, name) for name in facts.__struct_fields__} | amounts))


@pytest.mark.requirement("BEN-31")
@pytest.mark.article("JL2019 §49")
def test_a_change_of_ratio_costs_the_fund_its_points_of_last_years_base():
    """+5 points at level 1: the effect is 5 % of the cost above the deductible there, and nothing elsewhere."""
    changed = tset().draft({"parameters/ratio.inpatient/values/home/L1": "95"})
    facts = [Facts(kind="inpatient", level=level, on=ON, stay_number=1) for level in (1, 2, 3)]
    chance = np.random.default_rng(2018)
    in_scope = chance.integers(10_000, 100_000, 3_000) * 20  # 5 % of every base is whole fen
    zero = np.zeros(len(in_scope), np.int64)
    level = chance.integers(0, 3, len(in_scope))
    last_year = batch.Columns(facts, level, zero, zero, zero, in_scope)
    effect = (
        batch.adjudicate_columns(changed, last_year).amounts["basic"]
        - batch.adjudicate_columns(tset(), last_year).amounts["basic"]
    )
    base = in_scope - 10_000
    assert int(effect[level == 0].sum()) * 20 == int(base[level == 0].sum())
    assert not effect[level != 0].any()


def test_a_batch_of_one_kind_is_not_copied_and_still_equal():
    package, facts = tset(), Facts(kind="inpatient", level=2, on=ON)
    amounts = np.asarray([0, 1, 39_999, 40_000, 870_000, 90_000_000], np.int64)
    zero = np.zeros(len(amounts), np.int64)
    made = batch.adjudicate_columns(package, batch.Columns([facts], zero.astype(np.int32), zero, zero, zero, amounts))
    expected = [package.scalar(facts, ClassSums(0, 0, 0, int(fen)), {}).basic_fen for fen in amounts]
    assert made.amounts["basic"].tolist() == expected


def test_an_empty_batch_is_empty():
    nothing = np.zeros(0, np.int64)
    facts = [Facts(kind="inpatient", level=2, on=ON)]
    made = batch.adjudicate_columns(tset(), batch.Columns(facts, nothing, nothing, nothing, nothing, nothing))
    assert not len(made.amounts["basic"])


def test_segments_cut_the_same_way_in_columns():
    bands = [{"until": "1000", "ratio": "60.5"}, {"until": "5000", "ratio": "70"}, {"ratio": "33.3333"}]
    package = tset().draft(
        {
            "parameters/ratio.inpatient/unit": "bands",
            "parameters/ratio.inpatient/values": {"home": bands, "away_filed": bands, "away_unfiled": "undefined"},
            "layers/[2]/rules/[1]/bands_on": "from_zero",
            "rounding/mode": "down",
            "rounding/unit": "0.10",
        }
    )
    chance = random.Random(7)
    facts = Facts(kind="inpatient", level=3, on=ON)
    amounts = np.asarray([chance.randrange(1_500_000) for _ in range(500)], np.int64)
    zero = np.zeros(len(amounts), np.int64)
    made = batch.adjudicate_columns(package, batch.Columns([facts], zero, zero, zero, zero, amounts))
    for place, fen in enumerate(amounts):
        outcome = package.scalar(facts, ClassSums(0, 0, 0, int(fen)), {})
        assert (outcome.basic_fen, outcome.ratio_ppm) == (made.amounts["basic"][place], made.amounts["ratio"][place])
        assert outcome.basic_fen % 10 == 0

"""What a change of policy costs: fund effect, winners and losers, over many scenarios in one pass."""

import json

import pytest

from tongchou.policy.claim_table import TableBuilder
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.random_claims import RandomClaims, sequence
from tongchou.policy.simulation import Cancelled, Scenario, ScenarioResult, simulate, to_dict
from tongchou.policy.tests.support import ON, guangxi, tset
from tongchou.policy.yearly import Rounds, settle_table

LEVEL_1 = "parameters/ratio.inpatient/values/home/L1"
LEVEL_2 = "parameters/ratio.inpatient/values/home/L2"


def stays(levels, in_scope_fen, **facts):
    """One stay each of as many persons."""
    builder = TableBuilder()
    for person, level in enumerate(levels):
        given = Facts(kind="inpatient", level=level, on=ON, **facts)
        builder.add(person=person, facts=given, sums=ClassSums(0, 0, 0, in_scope_fen + person * 2_000), area="450103")
    return builder.table()


def compared(package, table, base=None) -> ScenarioResult:
    return simulate(Scenario("现行", base or tset()), [Scenario("草稿", package)], [table]).others[0]


@pytest.mark.requirement("BEN-31")
@pytest.mark.article("JL2019 §49")
def test_five_points_more_at_level_1_cost_five_percent_of_the_base_of_last_year():
    table = stays([1 + n % 3 for n in range(600)], 200_000)
    result = compared(tset().draft({LEVEL_1: "95"}), table)
    base_fen = sum(200_000 + n * 2_000 - 10_000 for n in range(0, 600, 3))
    assert result.effect_fen * 20 == base_fen
    assert result.changed == result.better == 200
    assert result.better_fen == result.effect_fen
    assert (result.worse, result.worse_fen) == (0, 0)
    levels = {part.label: part for part in result.slices["level"]}
    assert levels["一级"].effect_fen == result.effect_fen
    assert [part.effect_fen for label, part in levels.items() if label != "一级"] == [0, 0]


@pytest.mark.requirement("ORG-23")
def test_a_preview_on_a_thousand_stays_shows_totals_old_and_new_and_how_many_change():
    table = stays([2] * 1_000, 100_000)
    result = compared(tset().draft({LEVEL_2: "80"}), table)
    old = sum((60_000 + n * 2_000) * 3 // 4 for n in range(1_000))
    new = sum((60_000 + n * 2_000) * 4 // 5 for n in range(1_000))
    assert (result.before.fund_fen, result.totals.fund_fen) == (old, new)
    assert (result.before.cash_fen, result.totals.cash_fen) == (
        result.before.total_fen - old,
        result.totals.total_fen - new,
    )
    assert (result.changed, result.persons, result.better, result.worse) == (1_000, 1_000, 1_000, 0)
    assert {name: fen for name, fen in result.totals.sub_funds.items() if fen} == {"inpatient_pool": new}


@pytest.fixture(scope="module")
def history():
    """Two years of 300 persons, with groups, chronic visits, referrals and accounts."""
    builder = TableBuilder()
    for each in sequence(RandomClaims(guangxi(), seed=11, combinations=100), persons=300, rows=2_000, seed=5):
        area = f"45010{each.person % 3}"
        builder.add(person=each.person, facts=each.facts, sums=each.sums, linked_to=each.linked_to, area=area)
    return builder.table()


@pytest.mark.requirement("BEN-31")
def test_persons_whom_a_scenario_does_not_touch_need_no_second_settlement(history):
    """The figures are those of settling everybody again."""
    draft = guangxi().draft({"parameters/supplementary.ratio/value": "60"})
    result = compared(draft, history, guangxi())
    rounds = Rounds(history)
    before, after = (settle_table(package, rounds, sub_funds=True) for package in (guangxi(), draft))
    effect = int((after.amounts["fund_total"] - before.amounts["fund_total"]).sum())
    assert result.effect_fen == effect != 0
    both = before.settled & after.settled
    assert result.totals.claims == int(both.sum())
    for name, column in after.sub_funds.items():
        assert result.totals.sub_funds[name] == int(column[both].sum())


def test_every_slice_adds_up_to_the_whole(history):
    result = compared(guangxi().draft({"parameters/cap.pool/value": "100000"}), history, guangxi())
    assert result.effect_fen < 0 < result.worse
    for name, parts in result.slices.items():
        assert sum(part.claims for part in parts) == result.totals.claims, name
        assert sum(part.old_fund_fen for part in parts) == result.before.fund_fen, name
        assert sum(part.new_fund_fen for part in parts) == result.totals.fund_fen, name
        assert sum(part.changed for part in parts) == result.changed, name
    assert sum(part.new_person_fen for part in result.slices["age"]) == (
        result.totals.account_fen + result.totals.cash_fen
    )
    assert [part.key for part in result.slices["area"]] == ["450100", "450101", "450102"]


@pytest.mark.requirement("BEN-31")
def test_a_hundred_scenarios_go_through_the_data_once():
    packages = [tset().draft({LEVEL_2: f"{75 + n / 10:.1f}"}) for n in range(100)]
    passes = []

    def tables():
        passes.append(1)
        yield stays([2] * 50, 100_000)

    result = simulate(
        Scenario("现行", tset()), [Scenario(f"{n}", package) for n, package in enumerate(packages)], tables()
    )
    effects = [each.effect_fen for each in result.others]
    assert passes == [1]
    assert effects[0] == 0
    assert effects == sorted(effects)
    assert effects[-1] > 0


def test_a_claim_without_a_value_under_one_package_is_left_out_of_both_sides():
    undefined = tset().draft({"parameters/ratio.inpatient/values/home": {"L1": "undefined", "L2": "75", "L3": "60"}})
    result = compared(undefined, stays([1, 2, 2], 500_000))
    assert (result.totals.claims, result.totals.refused, result.effect_fen, result.changed) == (2, 1, 0, 0)
    assert result.before.total_fen == result.totals.total_fen == 502_000 + 504_000


def test_recorded_amounts_open_the_year_and_are_then_carried():
    builder = TableBuilder()
    facts = Facts(kind="outpatient", level=1, on=ON)
    for _ in range(2):
        builder.add(person=1, facts=facts, sums=ClassSums(0, 0, 0, 10_000), state={"outpatient_paid": 24_000})
    rounds = Rounds(builder.table())
    assert settle_table(tset(), rounds).amounts["basic"].tolist() == [5_000, 1_000]
    assert settle_table(tset(), rounds, carry=False).amounts["basic"].tolist() == [5_000, 5_000]


def test_it_stops_when_asked_and_tells_how_far_it_is(history):
    told = []
    scenarios = [Scenario("同", guangxi())]
    simulate(Scenario("现行", guangxi()), scenarios, [history], rows=2_000, progress=lambda *step: told.append(step))
    assert told[-1] == (4_000, 4_000)
    with pytest.raises(Cancelled):
        simulate(Scenario("现行", guangxi()), scenarios, [history], cancelled=lambda: True)


def test_the_result_is_plain_data_too(history):
    result = simulate(Scenario("现行", guangxi()), [Scenario("同", guangxi())], [history])
    plain = json.loads(json.dumps(to_dict(result), ensure_ascii=False))
    assert plain["others"][0]["effect_fen"] == 0
    assert plain["base"]["totals"]["claims"] == result.base.totals.claims
    assert plain["others"][0]["slices"]["group"][0]["label"]


def test_an_empty_table_gives_nothing():
    result = simulate(Scenario("现行", tset()), [Scenario("同", tset())], [TableBuilder().table()])
    assert result.others[0].totals.claims == 0
    assert result.others[0].slices["level"] == ()

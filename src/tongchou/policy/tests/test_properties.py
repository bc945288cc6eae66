"""Identities that hold for every bill, package and state (BEN-40, 41, 42; pitfalls C1–C11)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy import engine
from tongchou.policy.bench import identities
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.packages import Package
from tongchou.policy.tests.support import (
    beijing,
    guangxi,
    has_values,
    inner_mongolia,
    jiangsu,
    jilin,
    nanchang,
    qinan,
    tset,
)

fen = st.integers(min_value=0, max_value=30_000_000)
GROUPS = st.frozensets(st.sampled_from(("dibao", "tekun", "poor", "student")))
STATE = {
    "stays": st.integers(0, 5),
    "pool_paid": fen,
    "outpatient_paid": st.integers(0, 40_000),
    "outpatient_day@2018-05-01": st.integers(0, 12_000),
    "serious_own": fen,
    "serious_paid": fen,
    "assistance_paid": st.integers(0, 4_000_000),
    "supplementary_paid": st.integers(0, 6_000_000),
    "chronic_deductible@高血压": st.integers(0, 20_000),
    "chronic_paid@高血压": st.integers(0, 200_000),
    "chronic_deductible@M03900": st.integers(0, 20_000),
    "chronic_paid@M03900": st.integers(0, 200_000),
    "chronic_deductible": st.integers(0, 200_000),
    "chronic_paid": st.integers(0, 6_000_000),
    "outpatient_deductible": st.integers(0, 200_000),
    "mutual_paid": st.integers(0, 50_000_000),
    "pool_base": fen,
}
states = st.fixed_dictionaries({}, optional=STATE)
bills = st.builds(ClassSums, fen, fen, fen, fen)
packages = st.sampled_from((tset(), guangxi(), qinan(), jilin(), beijing(), nanchang(), inner_mongolia(), jiangsu()))


@st.composite
def visits(draw: st.DrawFn, package: Package) -> Facts:
    """Any visit that the package has values for."""
    kinds = [kind for kind in package.definition.kinds if has_values(package, kind, "home")]
    kind = draw(st.sampled_from([*kinds, "体检"]))
    levels = [int(key[1:]) for key in package.definition.levels]
    places = [place for place in ("home", "away_filed", "away_unfiled") if has_values(package, kind, place)]
    return Facts(
        kind=kind,
        scheme=package.scheme,
        category=draw(st.sampled_from(("working", "retired"))) if package.definition.categories else None,
        born_on=draw(st.sampled_from((None, date(1940, 1, 1), date(1990, 1, 1)))),
        on=date(2018, 5, 1),
        level=draw(st.sampled_from(levels)),
        place=draw(st.sampled_from(places)),
        referral=draw(st.sampled_from(("none", "up", "down", "unreferred"))),
        emergency=draw(st.booleans()),
        designated=draw(st.booleans()),
        groups=draw(GROUPS),
        disease=_disease(package, kind, draw),
        linked_deductible_fen=draw(st.none() | st.integers(0, 100_000)),
        continued_deductible_fen=draw(st.none() | st.integers(0, 100_000)),
        third_party_fen=draw(st.just(0) | fen),
        project_fen=draw(st.just(0) | fen),
        account_balance_fen=draw(st.just(0) | fen),
        covered=draw(st.sampled_from((True, True, True, False))),
        contracted=draw(st.sampled_from((True, True, True, False))),
        manual=draw(st.sampled_from((False, False, True))),
        prescribed=draw(st.booleans()),
    )


def _disease(package: Package, kind: str, draw: st.DrawFn) -> str | None:
    if kind == "chronic" and package.definition.diseases:
        return next(iter(package.definition.diseases))
    return draw(st.sampled_from((None, "阑尾炎", "流感")))


cases = packages.flatmap(lambda package: st.tuples(st.just(package), visits(package), bills, states))


@pytest.mark.requirement("BEN-41")
@settings(deadline=None, max_examples=300)
@given(case=cases)
def test_every_fen_of_the_bill_is_somebodys(case):
    package, facts, sums, state = case
    outcome = engine.adjudicate(package, facts, sums, state)
    assert identities(outcome)
    assert outcome.total_fen == sums.total_fen
    amounts = {name: amount for name, amount in outcome.receipt().items() if name.endswith("_fen")}
    assert not {name: amount for name, amount in amounts.items() if amount < 0}
    fixed_share = facts.disease == "阑尾炎" and package is tset()
    assert outcome.over_cap_fen + outcome.basic_fen <= (outcome.total_fen if fixed_share else outcome.in_scope_fen)
    assert outcome.deductible_fen <= outcome.in_scope_fen
    assert 0 <= outcome.ratio_ppm <= 1_000_000


@pytest.mark.requirement("BEN-40")
@settings(deadline=None, max_examples=300)
@given(case=cases)
def test_scalar_and_traced_are_one_computation(case):
    package, facts, sums, state = case
    plain = engine.adjudicate(package, facts, sums, state)
    traced = engine.adjudicate(package, facts, sums, state, trace=True)
    assert traced.receipt() == plain.receipt()
    steps = {step.label: step.amount_fen for step in traced.trace}
    assert steps["医疗费总额"] == plain.total_fen
    if not plain.reason:
        assert steps["个人现金支付"] == plain.cash_fen
    assert all(step.package == package.hash for step in traced.trace)


@pytest.mark.requirement("BEN-41")
@settings(deadline=None)
@given(case=cases)
def test_accumulators_only_rise_and_a_reversal_restores_them(case):
    package, facts, sums, state = case
    outcome = engine.adjudicate(package, facts, sums, state)
    assert all(amount >= 0 for amount in outcome.deltas.values())
    after = engine.added(state, outcome.deltas)
    restored = engine.subtracted(after, outcome.deltas)
    assert {name: amount for name, amount in restored.items() if amount} == {n: a for n, a in state.items() if a}


@settings(deadline=None)
@given(case=cases)
def test_a_cap_is_never_passed(case):
    package, facts, sums, state = case
    outcome = engine.adjudicate(package, facts, sums, state)
    cap = package.parameter("cap.pool").content
    used = state.get("pool_paid", 0)
    assert used + outcome.deltas.get("pool_paid", 0) <= max(used, cap)


@settings(deadline=None)
@given(case=cases, more=st.integers(1, 1_000_000))
def test_a_dearer_bill_never_costs_the_fund_less(case, more):
    package, facts, sums, state = case
    dearer = ClassSums(sums.own_expense_fen, sums.over_ceiling_fen, sums.pre_self_pay_fen, sums.in_scope_fen + more)
    less = engine.adjudicate(package, facts, sums, state)
    assert engine.adjudicate(package, facts, dearer, state).fund_total_fen >= less.fund_total_fen - 2


@settings(deadline=None)
@given(first=fen, second=fen, earlier=fen)
def test_serious_illness_of_two_stays_differs_from_one_by_rounding_alone(first, second, earlier):
    """Each settlement rounds for itself (decision 0101): per band half a fen at most."""
    package, facts = tset(), Facts(kind="inpatient", level=1, on=date(2018, 5, 1), referral="down")
    state = {"serious_own": earlier, "pool_paid": 15_000_000}
    whole = engine.adjudicate(package, facts, ClassSums(0, 0, 0, first + second), state)
    one = engine.adjudicate(package, facts, ClassSums(0, 0, 0, first), state)
    two = engine.adjudicate(package, facts, ClassSums(0, 0, 0, second), engine.added(state, one.deltas))
    apart = one.serious_illness_fen + two.serious_illness_fen
    assert abs(whole.serious_illness_fen - apart) <= 3
    assert one.deltas["serious_own"] + two.deltas["serious_own"] == whole.deltas["serious_own"]


@settings(deadline=None)
@given(bills=st.lists(st.integers(0, 2_000), max_size=12))
def test_the_outpatient_pool_pays_its_limit_and_no_more_however_it_is_split(bills):
    package, facts, state = tset(), Facts(kind="outpatient", on=date(2018, 5, 1)), dict[str, int]()
    paid = 0
    for yuan in bills:
        outcome = engine.adjudicate(package, facts, ClassSums(0, 0, 0, yuan * 100), state)
        state = engine.added(state, outcome.deltas)
        paid += outcome.basic_fen
    assert paid == min(30_000, sum(bills) * 50)
    assert state.get("outpatient_paid", 0) == paid


@settings(deadline=None)
@given(sums=bills)
def test_more_favourable_groups_never_make_it_dearer(sums):
    facts = {"kind": "inpatient", "level": 3, "on": date(2018, 5, 1)}
    nobody = engine.adjudicate(tset(), Facts(**facts), sums, {})
    poor = engine.adjudicate(tset(), Facts(**facts, groups=frozenset({"poor"})), sums, {})
    destitute = engine.adjudicate(tset(), Facts(**facts, groups=frozenset({"poor", "tekun"})), sums, {})
    assert nobody.cash_fen >= poor.cash_fen >= destitute.cash_fen


@pytest.mark.requirement("BEN-29")
@settings(deadline=None, max_examples=200)
@given(sums=bills, state=states, level=st.sampled_from((1, 2, 3)))
def test_a_rule_that_gives_way_would_not_have_paid_more(sums, state, level):
    """A plan leaves out rules that are no better in any number (decision 0104): apart from rounding they pay less."""
    facts = Facts(kind="inpatient", level=level, on=date(2018, 5, 1))
    for package in (tset(), guangxi(), qinan(), jilin()):
        general = engine.adjudicate(package, facts, sums, state)
        poor = engine.adjudicate(package, Facts(**_given(facts, groups=frozenset({"poor"}))), sums, state)
        assert poor.serious_illness_fen >= general.serious_illness_fen - 2


def _given(facts: Facts, **changes: object) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__} | changes

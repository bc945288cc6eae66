"""Whatever is settled and taken back in whatever order, the books agree (pitfalls C1, C3, C11)."""

import json
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.fund.states import FundCode
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.policy.errors import NegativeAmount
from tongchou.policy.facts import ClassSums
from tongchou.settlement import invariants, queries, replaying, rules
from tongchou.settlement.api import answers
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at

pytestmark = pytest.mark.django_db
FIRST_DAY = date(2018, 1, 1)
fen = st.integers(min_value=0, max_value=3_000_000)
lines = st.builds(Line, own=fen, over=fen, pre=fen, scope=fen, category=st.sampled_from(["01", "03", "09", "14"]))
bills = st.lists(lines, min_size=1, max_size=5)
kinds = st.sampled_from(["outpatient", "chronic", "inpatient", "inpatient", "maternity"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("settle"), kinds, bills, st.sampled_from([world.CLINIC, world.HOSPITAL, world.TEACHING])),
        st.tuples(st.just("cancel"), st.integers(min_value=0, max_value=30)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.sampled_from(["dibao", "tekun", "poor"]), unique=True, max_size=2), sequence=steps)
def test_any_order_of_settling_and_taking_back_keeps_the_books(groups: list[str], sequence: list[Any]) -> None:
    who = world.person(groups=groups)
    standing: list[tuple[world.Visit, int]] = []
    day = FIRST_DAY
    for step in sequence:
        day += timedelta(days=1)
        if step[0] == "settle":
            _, kind, bill, institution = step
            facts = {"disease_code": "高血压"} if kind == "chronic" else {}
            until = (day + timedelta(days=1)).isoformat() if kind in world.STAYS else None
            visit, settled = world.settled_visit(
                who, bill, on=day.isoformat(), kind=kind, institution=institution, until=until, **facts
            )
            assert settled.settlement_id is not None
            standing.append((visit, settled.settlement_id))
        elif standing:
            visit, number = standing.pop(step[1] % len(standing))
            world.cancel(visit, number, on=at(day))
    assert world.accumulators(who) == world.recomputed(who)
    assert invariants.broken(pooling_area=world.AREA, since=FIRST_DAY, until=date(2019, 1, 1)) == []
    for _, number in standing:
        view = queries.one(world.AREA, number)
        assert view is not None
        assert replaying.replay(view.receipt).columns == view.columns
    for visit, number in reversed(standing):
        world.cancel(visit, number, on=at(day))
    assert world.accumulators(who) == {}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bill=st.lists(lines, min_size=0, max_size=500), batches=st.integers(min_value=1, max_value=5))
def test_a_bill_of_up_to_500_lines_is_the_sum_of_its_lines(bill: list[Line], batches: int) -> None:
    """C1, C11: many lines of several kinds and classes in several batches."""
    who = world.person()
    visit = world.visit(who, kind="inpatient", until="2018-03-20")
    parts = [bill[n::batches] for n in range(batches)]
    for number, part in enumerate(parts):
        if part:
            world.charge(visit, part, batch=str(number))
    total = sum(line.amount for line in bill)
    if not bill:
        with pytest.raises(DomainError, match="没有待结算的费用明细"):
            world.settle(visit, total)
        return
    settled = world.settle(visit, total)
    assert settled.columns["total_fen"] == total
    assert settled.columns["own_expense_fen"] == sum(line.own for line in bill)
    assert settled.columns["pre_self_pay_fen"] == sum(line.pre for line in bill)
    view = queries.one(world.AREA, settled.settlement_id or 0)
    assert view is not None
    assert sum(view.category_fen.values()) == total


def test_a_bill_whose_refunds_exceed_its_charges_is_refused() -> None:
    who = world.person()
    visit = world.visit(who, kind="inpatient", until="2018-03-20")
    total = world.charge(visit, [Line(scope=-100), Line(own=50)])
    with pytest.raises(NegativeAmount):
        world.settle(visit, total)
    assert world.count("settlement_settlement") == 0


def test_a_bill_of_nothing_left_is_settled_at_zero() -> None:
    """Everything was refunded: lines there are, money there is none."""
    who = world.person()
    visit = world.visit(who)
    settled = world.settle(visit, world.charge(visit, [Line(scope=100), Line(scope=-100)]))
    assert set(settled.columns.values()) == {0}
    assert world.dues(settled.settlement_id or 0) == {}


amounts = st.dictionaries(st.sampled_from(["a", "b@x", "c"]), st.integers(min_value=-(10**9), max_value=10**9))


@given(state=amounts, deltas=amounts)
def test_adding_and_taking_off_leaves_the_accumulators_as_they_were(state: Any, deltas: Any) -> None:
    assert rules.moved(rules.moved(state, deltas), rules.taken_back(deltas)) == rules.nonzero(state)


@given(st.lists(st.builds(ClassSums, fen, fen, fen, fen), max_size=6))
def test_sums_are_taken_class_by_class(many: list[ClassSums]) -> None:
    assert rules.summed(many).total_fen == sum(one.total_fen for one in many)


@pytest.mark.requirement("BEN-24")
@pytest.mark.parametrize("scheme", ["resident", "employee"])
def test_every_layer_has_a_fund_of_the_national_table(scheme: str) -> None:
    assert set(rules.FUND_CODES[scheme].values()) <= set(FundCode.values)
    layers = {"project", "basic", "serious_illness", "supplementary", "mutual_aid", "medical_assistance", "account"}
    assert layers <= set(rules.FUND_CODES[scheme])


def test_figures_that_do_not_add_up_are_never_written() -> None:
    columns = dict.fromkeys(rules.COLUMNS, 0) | {"total_fen": 1, "own_expense_fen": 1, "cash_fen": 1}
    with pytest.raises(rules.IdentityBroken):
        rules.check_identities(columns, {}, bill_fen=1)


@pytest.mark.parametrize(
    ("ratio", "text"), [(940910, "94.09%"), (750000, "75%"), (675550, "67.56%"), (0, "0%"), (1_000_000, "100%")]
)
def test_a_ratio_in_words(ratio: int, text: str) -> None:
    assert rules.percent(ratio) == text


kinds_told = st.sampled_from(["outpatient", "chronic", "inpatient", "maternity"])


@pytest.mark.requirement("BEN-39", "BEN-40")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=kinds_told,
    bill=bills,
    other=bills,
    groups=st.sets(st.sampled_from(["dibao", "tekun", "poor"]), max_size=2),
    institution=st.sampled_from(sorted(world.LEVELS)),
)
def test_the_process_is_told_within_4000_characters_and_no_layer_is_left_out(
    kind: str, bill: list[Line], other: list[Line], groups: set[str], institution: str
) -> None:
    """5203 tells every part; 2207 tells the layers. A chronic visit has a second part."""
    who = world.person(groups=sorted(groups))
    facts: dict[str, Any] = {"disease_code": "高血压"} if kind == "chronic" else {}
    until = "2018-03-16" if kind in world.STAYS else None
    lines = [*bill, *(msgspec.structs.replace(line, disease="糖尿病") for line in other)] if kind == "chronic" else bill
    _, settled = world.settled_visit(who, lines, kind=kind, institution=institution, until=until, **facts)
    view = queries.one(world.AREA, settled.settlement_id or 0)
    assert view is not None
    told = replaying.process_info(view.receipt)
    assert len(told) <= 4000
    amounts = [one["金额"] for one in json.loads(told)]
    for outcome in settled.parts:
        for member in ("basic_fen", "serious_illness_fen", "medical_assistance_fen", "cash_fen"):
            if paid := getattr(outcome, member):
                assert yuan_text(paid) in amounts
    short = json.loads(answers.process_in_short(settled))
    named = {one["名称"]: one.get("金额") for one in short}
    paid = sum(int(Money.yuan(fen)) for name, fen in named.items() if name.endswith("支付") and fen)
    assert paid == settled.columns["total_fen"]


@pytest.mark.requirement("BEN-40")
def test_a_process_too_long_is_told_by_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    who = world.person(groups=["dibao"])
    _, settled = world.settled_visit(who, [Line(scope=3_000_000)], kind="inpatient", until="2018-03-16")
    view = queries.one(world.AREA, settled.settlement_id or 0)
    assert view is not None
    monkeypatch.setattr(replaying, "MOST_CHARACTERS", 100)
    told = {one["名称"]: one["金额"] for one in json.loads(replaying.process_info(view.receipt))}
    assert told["医疗费总额"] == "30000.00"
    assert told["基本统筹支付"] == yuan_text(settled.columns["pool_paid_fen"])
    assert told["医疗救助支付"] == yuan_text(settled.columns["assistance_paid_fen"])

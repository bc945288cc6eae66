"""Stays: across the year, across the cover, settled in between, linked by referral."""

import pytest

from tongchou.settlement import checks, invariants, rules
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, classes, yuan

pytestmark = pytest.mark.django_db


def stay(
    who: world.Person, since: str, until: str | None, lines: list[Line], **facts: object
) -> tuple[world.Visit, int]:
    made = world.visit(who, since, kind="inpatient", until=until, **facts)
    return made, world.charge(made, lines)


@pytest.mark.requirement("BEN-16")
@pytest.mark.parametrize(("referral", "paid"), [("down", "2700.00"), ("none", "2610.00")])
def test_a_patient_referred_down_bears_no_deductible(referral: str, paid: str) -> None:
    made, total = stay(
        world.person(),
        "2018-03-15",
        "2018-03-18",
        [Line(scope=yuan("3000"))],
        institution=world.CLINIC,
        referral=referral,
    )
    assert world.settle(made, total).columns["pool_paid_fen"] == yuan(paid)


@pytest.mark.requirement("BEN-20")
@pytest.mark.parametrize(
    ("facts", "changes", "paid"),
    [
        ({}, {}, "4740.00"),
        ({"referral": "unreferred"}, {}, "3950.00"),
        ({"referral": "unreferred", "emergency": True}, {}, "4740.00"),
        ({"referral": "unreferred"}, {"parameters/unreferred.mode/value": "relative"}, "4266.00"),
    ],
    ids=["referred", "cut in points", "emergency", "relative cut"],
)
def test_going_to_a_high_hospital_unreferred_costs_ten_percent(
    facts: dict[str, object], changes: dict[str, str], paid: str
) -> None:
    with world.using(world.book(world.tset(changes))):
        made, total = stay(
            world.person(), "2018-03-15", "2018-03-18", [Line(scope=yuan("8700"))], institution=world.TEACHING, **facts
        )
        assert world.settle(made, total).columns["pool_paid_fen"] == yuan(paid)


@pytest.mark.requirement("BEN-19")
def test_a_stay_continued_at_a_higher_hospital_bears_the_difference_only() -> None:
    who = world.person()
    first, total = stay(who, "2018-03-01", "2018-03-05", [Line(scope=yuan("3000"))])
    assert world.settle(first, total).columns["deductible_fen"] == yuan("400")
    second, total = stay(
        who, "2018-03-05", "2018-03-12", [Line(scope=yuan("9000"))], institution=world.TEACHING, linked_to=first.id
    )
    settled = world.settle(second, total)
    assert settled.columns["deductible_fen"] == yuan("400")
    third, total = stay(
        who, "2018-03-12", "2018-03-14", [Line(scope=yuan("2000"))], institution=world.TEACHING, linked_to=second.id
    )
    assert world.settle(third, total).columns["deductible_fen"] == 0


@pytest.mark.requirement("BEN-21")
@pytest.mark.parametrize(
    ("used", "paid", "over"),
    [
        pytest.param("148000.00", "2000.00", "4225.00", id="passed"),
        pytest.param("143775.00", "6225.00", "0.00", id="reached exactly"),
        pytest.param("143775.01", "6224.99", "0.01", id="passed by one fen"),
        pytest.param("150000.00", "0.00", "6225.00", id="already exhausted"),
    ],
)
def test_the_yearly_ceiling(used: str, paid: str, over: str) -> None:
    """C4: a cap limits, it does not crash."""
    who = world.person()
    world.preset(who, {"pool_paid": yuan(used)})
    made, total = stay(who, "2018-03-15", "2018-03-20", classes(a="6000", b="3000", c="1000"))
    settled = world.settle(made, total)
    assert (settled.columns["pool_paid_fen"], settled.columns["over_ceiling_fen"]) == (yuan(paid), yuan(over))


@pytest.mark.requirement("BEN-27")
def test_serious_illness_counts_what_was_borne_earlier_in_the_year() -> None:
    who = world.person()
    world.preset(who, {"serious_own": yuan("8000"), "pool_paid": yuan("150000")})
    made, total = stay(who, "2018-03-15", "2018-03-20", [Line(scope=yuan("6000"))])
    assert world.settle(made, total).columns["catastrophic_paid_fen"] == yuan("2400.00")


@pytest.mark.requirement("BEN-29")
def test_the_destitute_pay_nothing() -> None:
    made, total = stay(
        world.person(groups=["tekun"]),
        "2018-03-15",
        "2018-03-20",
        [Line(scope=yuan("60000"))],
        institution=world.TEACHING,
    )
    settled = world.settle(made, total)
    assert settled.columns["assistance_paid_fen"] == yuan("11818.00")
    assert settled.columns["cash_fen"] == 0


@pytest.mark.requirement("BEN-18")
def test_bands_run_through_the_stay() -> None:
    bands = [{"until": "5000", "ratio": "60"}, {"ratio": "70"}]
    changes = {
        "parameters/ratio.inpatient": {
            "label": "住院报销比例", "unit": "bands", "value": bands, "source": "T-SET 住院", "confidence": "R"},
    }  # fmt: skip
    with world.using(world.book(world.tset(changes))):
        made, total = stay(
            world.person(), "2018-03-15", "2018-03-20", [Line(scope=yuan("8700"))], institution=world.TEACHING
        )
        assert world.settle(made, total).columns["pool_paid_fen"] == yuan("5030.00")


@pytest.mark.article("GX2017 §82")
@pytest.mark.requirement("BEN-30")
def test_a_stay_across_new_year_belongs_to_the_year_of_discharge() -> None:
    who = world.person()
    made, total = stay(
        who,
        "2018-12-28",
        "2019-01-04",
        [Line(scope=yuan("5000"), on="2018-12-30"), Line(scope=yuan("3700"), on="2019-01-02")],
    )
    settled = world.settle(made, total, on=at("2019-01-04"))
    assert settled.columns["pool_paid_fen"] == yuan("6225.00")
    assert world.accumulators(who, 2018) == {}
    assert world.accumulators(who, 2019)["stays"] == 1


@pytest.mark.requirement("BEN-30")
@pytest.mark.parametrize("mode", ["discharge", "split"])
def test_an_unpaid_new_year_is_not_covered(mode: str) -> None:
    who = world.person(covered=[("2018-01-01", "2019-01-01")])
    lines = [Line(scope=yuan("5000"), on="2018-12-31"), Line(scope=yuan("3700"), on="2019-01-01")]
    made, total = stay(who, "2018-12-28", "2019-01-04", lines)
    with world.using(world.book(world.tset({"parameters/crossyear.mode/value": mode}))):
        settled = world.settle(made, total, on=at("2019-01-04"))
    assert settled.columns["own_expense_fen"] == yuan("3700")
    assert settled.columns["pool_paid_fen"] == yuan("3450.00")
    assert world.accumulators(who, 2018)["stays"] == 1
    assert world.accumulators(who, 2019) == {}


@pytest.mark.requirement("BEN-30")
def test_a_split_stay_counts_in_both_years_and_bears_one_deductible() -> None:
    who = world.person()
    lines = [Line(scope=yuan("5000"), on="2018-12-31"), Line(scope=yuan("3700"), on="2019-01-01")]
    made, total = stay(who, "2018-12-28", "2019-01-04", lines)
    with world.using(world.book(world.tset({"parameters/crossyear.mode/value": "split"}))):
        settled = world.settle(made, total, on=at("2019-01-04"))
        assert settled.columns["deductible_fen"] == yuan("400")
        assert world.accumulators(who, 2018)["pool_paid"] == yuan("3450.00")
        assert world.accumulators(who, 2019)["pool_paid"] == yuan("2775.00")
        world.cancel(made, settled.settlement_id, on=at("2019-01-05"))
    assert world.accumulators(who, 2018) == world.accumulators(who, 2019) == {}


@pytest.mark.article("GX2017 §22", "JL2019 §14")
@pytest.mark.requirement("BEN-09", "BEN-10")
def test_only_days_inside_the_cover_count() -> None:
    who = world.person(covered=[("2018-05-01", "2018-05-05")])
    lines = [Line(scope=yuan("1000"), on=f"2018-{day}") for day in ("04-30", "05-01", "05-04", "05-05")]
    made, total = stay(who, "2018-04-28", "2018-05-05", lines)
    settled = world.settle(made, total, on=at("2018-05-06"))
    assert settled.columns["own_expense_fen"] == settled.columns["in_scope_fen"] == yuan("2000")


@pytest.mark.article("GX2017 §22", "JL2019 §14")
@pytest.mark.requirement("BEN-09", "BEN-10", "BEN-30")
@pytest.mark.parametrize(
    ("covered", "changes", "own"),
    [
        pytest.param(("2018-05-01", "2019-01-01"), {}, "1000", id="start, by day of service"),
        pytest.param(("2018-05-01", "2019-01-01"), {"cross_start": "admission_date"}, None, id="start, by admission"),
        pytest.param(("2018-01-01", "2018-05-04"), {}, "2000", id="end, by day of service"),
        pytest.param(("2018-01-01", "2018-05-04"), {"cross_end": "admission_date"}, "0", id="end, by admission"),
        pytest.param(("2018-01-01", "2018-05-04"), {"asof": "admission"}, "2000", id="end, policy of the admission"),
    ],
)
def test_a_stay_across_the_edge_of_the_cover_under_every_rule(
    covered: tuple[str, str], changes: dict[str, str], own: str | None
) -> None:
    """Four days of 1,000 each: 30 April, 1, 4 and 5 May (BEN-09: start 1 May, stay of 28 April to 5 May)."""
    who = world.person(covered=[covered])
    lines = [Line(scope=yuan("1000"), on=f"2018-{day}") for day in ("04-30", "05-01", "05-04", "05-05")]
    made, total = stay(who, "2018-04-28", "2018-05-05", lines)
    rules_of = {f"parameters/benefit.{name}/value": value for name, value in changes.items()}
    with world.using(world.book(world.tset(rules_of))):
        if own is None:
            with pytest.raises(checks.NotCovered):
                world.settle(made, total, on=at("2018-05-06"))
            return
        settled = world.settle(made, total, on=at("2018-05-06"))
        assert settled.columns["own_expense_fen"] == yuan(own)
        assert settled.columns["in_scope_fen"] == yuan("4000") - yuan(own)


@pytest.mark.requirement("BEN-30")
@pytest.mark.parametrize("asof", ["discharge", "admission"])
def test_a_split_stay_of_an_unpaid_new_year_is_paid_to_31_december(asof: str) -> None:
    """28 December to 4 January, 2019 unpaid: only the lines of 2018 are covered, whichever day selects the policy."""
    who = world.person(covered=[("2018-01-01", "2019-01-01")])
    lines = [Line(scope=yuan("5000"), on="2018-12-31"), Line(scope=yuan("3700"), on="2019-01-01")]
    made, total = stay(who, "2018-12-28", "2019-01-04", lines)
    changes = {"parameters/crossyear.mode/value": "split", "parameters/benefit.asof/value": asof}
    with world.using(world.book(world.tset(changes))):
        settled = world.settle(made, total, on=at("2019-01-04"))
    assert settled.columns["own_expense_fen"] == yuan("3700")
    assert settled.columns["pool_paid_fen"] == yuan("3450.00")


def test_a_stay_with_no_covered_day_is_refused() -> None:
    who = world.person(covered=[("2018-06-01", "2019-01-01")])
    made, total = stay(who, "2018-04-28", "2018-05-05", [Line(scope=yuan("1000"))])
    with pytest.raises(checks.NotCovered, match="等待期至2018-05-31,自2018-06-01起享受"):
        world.settle(made, total, on=at("2018-05-06"))


def test_29_february_is_a_day_like_any_other() -> None:
    who = world.person(born_on="2000-02-29")
    made, total = stay(who, "2020-02-29", "2020-03-01", [Line(scope=yuan("1400"), on="2020-02-29")])
    assert world.settle(made, total).columns["pool_paid_fen"] == yuan("750.00")


@pytest.mark.article("GX2017 §70")
def test_a_stay_settled_in_between_costs_in_the_end_what_it_costs_at_once() -> None:
    whole = world.person()
    made, total = stay(whole, "2018-03-01", "2018-03-31", [Line(scope=yuan("300")), Line(scope=yuan("8400"))])
    at_once = world.settle(made, total).columns
    who = world.person()
    made = world.visit(who, "2018-03-01", kind="inpatient")
    first = world.settle(made, world.charge(made, [Line(scope=yuan("300"))]), interim=True)
    assert first.columns["deductible_fen"] == yuan("300")
    world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-03-10")
    second_total = world.charge(made, [Line(scope=yuan("8400"))], batch="2")
    with pytest.raises(checks.NotDischarged):
        world.settle(made, second_total, on=at("2018-03-31"))
    assert world.try_out(made, second_total, on=at("2018-03-31")).columns["deductible_fen"] == yuan("100")
    world.discharge(made, "2018-03-31")
    second = world.settle(made, second_total, on=at("2018-03-31"))
    both = {column: first.columns[column] + second.columns[column] for column in rules.COLUMNS}
    assert both == at_once
    assert world.accumulators(who)["stays"] == 1
    assert world.accumulators(who) == world.recomputed(who)
    with pytest.raises(checks.LaterInterimStands):
        world.cancel(made, first.settlement_id)
    world.cancel(made, second.settlement_id)
    world.cancel(made, first.settlement_id)
    assert world.accumulators(who) == world.recomputed(who)
    assert "stays" not in world.accumulators(who)
    assert (
        invariants.broken(pooling_area=world.AREA, since=at("2018-01-01").date(), until=at("2019-01-01").date()) == []
    )

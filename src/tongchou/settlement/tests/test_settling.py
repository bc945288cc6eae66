"""Settling a visit or a stay: the acceptance examples through the commands, on a real database."""

import pytest

from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, classes, yuan

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("SET-01", "BEN-15")
@pytest.mark.article("GX2017 §80", "GX2017 §87")
def test_a_stay_at_level_2_costs_the_patient_3775_and_the_institution_claims_6225() -> None:
    who = world.person()
    stay, settled = world.settled_visit(
        who, classes(a="6000", b="3000", c="1000"), kind="inpatient", until="2018-03-20"
    )
    assert settled.columns["pool_paid_fen"] == yuan("6225.00")
    assert settled.columns["person_share_fen"] == settled.columns["cash_fen"] == yuan("3775.00")
    assert settled.columns["deductible_fen"] == yuan("400")
    assert world.dues(settled.settlement_id) == {"390100": yuan("6225.00")}
    assert settled.ratio_ppm == 750000
    assert stay.is_stay


@pytest.mark.requirement("SET-07", "BEN-28")
@pytest.mark.article("GX2017 §128", "QA2018 五(二)")
def test_one_stop_settlement_makes_three_claims() -> None:
    who = world.person(groups=["dibao"])
    _, settled = world.settled_visit(
        who, [Line(scope=yuan("60000"))], kind="inpatient", institution=world.TEACHING, until="2018-03-20"
    )
    assert world.dues(settled.settlement_id) == {
        "390100": yuan("35520.00"),
        "390200": yuan("12662.00"),
        "610100": yuan("8272.60"),
    }
    assert settled.columns["cash_fen"] == yuan("3545.40")


@pytest.mark.requirement("BEN-24")
def test_each_amount_is_tagged_with_its_fund() -> None:
    who = world.person()
    _, visit = world.settled_visit(who, [Line(scope=yuan("100"))])
    assert world.dues(visit.settlement_id) == {"390102": yuan("50.00")}


def test_what_the_tables_hold_is_what_was_answered() -> None:
    who = world.person()
    visit, settled = world.settled_visit(who, [Line(scope=yuan("100"), own=yuan("20"))])
    row = world.database.row(
        "SELECT total_fen, pool_paid_fen, cash_fen, fund_paid_fen, ratio::text, package_hash, interim, benefit_year"
        " FROM settlement_settlement WHERE id = %s",
        settled.settlement_id,
    )
    assert row == (yuan("120"), yuan("50"), yuan("70"), yuan("50"), "0.500000", world.tset().hash, False, 2018)
    assert world.database.row("SELECT state FROM encounters_encounter WHERE id = %s", visit.id) == ("settled",)
    assert world.accumulators(who) == world.recomputed(who)


@pytest.mark.requirement("BEN-43")
def test_trying_twice_gives_the_same_figures_and_changes_nothing() -> None:
    who = world.person()
    visit = world.visit(who)
    total = world.charge(visit, classes(a="100", b="50", c="7"))
    first, second = world.try_out(visit, total), world.try_out(visit, total)
    assert first.columns == second.columns
    assert world.accumulators(who) == {}
    assert world.count("settlement_settlement") == world.count("wire_booking") == 0
    assert world.settle(visit, total).columns == first.columns


@pytest.mark.requirement("BEN-23", "BEN-21")
def test_the_yearly_outpatient_limit_cuts_the_payment() -> None:
    who = world.person()
    _, first = world.settled_visit(who, [Line(scope=yuan("560"))])
    assert first.columns["pool_paid_fen"] == yuan("280")
    _, second = world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-03-16")
    assert second.columns["pool_paid_fen"] == yuan("20")
    _, third = world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-03-17")
    assert third.columns["pool_paid_fen"] == 0
    assert third.columns["cash_fen"] == yuan("100")


@pytest.mark.requirement("SET-05", "BEN-42")
@pytest.mark.article("GX2017 §71")
def test_taking_back_restores_every_accumulator_and_opens_the_visit() -> None:
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("200"))])
    before = world.accumulators(who)
    stay, settled = world.settled_visit(
        who, classes(a="6000", b="3000", c="1000"), on="2018-04-01", kind="inpatient", until="2018-04-09"
    )
    assert world.accumulators(who) != before
    twin = world.cancel(stay, settled.settlement_id, on=at("2018-05-02"))
    assert twin.columns == {column: -amount for column, amount in settled.columns.items()}
    assert world.accumulators(who) == before == world.recomputed(who)
    assert world.dues(twin.settlement_id) == {"390100": -yuan("6225.00")}
    assert world.database.row("SELECT state FROM encounters_encounter WHERE id = %s", stay.id) == ("discharged",)
    again = world.settle(stay, settled.columns["total_fen"], on=at("2018-05-03"))
    assert again.columns == settled.columns

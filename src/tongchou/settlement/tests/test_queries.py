"""Lists, one settlement, its explanation, the year so far, the board; what depends on what; the slip."""

from datetime import date, timedelta

import pytest
from django.apps import apps

from tongchou.fund import commands as fund_commands
from tongchou.fund import queries as fund_queries
from tongchou.kernel.money import Money
from tongchou.platform.scope import Scope
from tongchou.settlement import commands, invariants, jobs, queries, replaying, reports
from tongchou.settlement.commands.keeping import CreditDiffers, CreditNotPositive
from tongchou.settlement.states import SettlementState
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, classes, yuan
from tongchou.wire import database

pytestmark = pytest.mark.django_db
WHOLE_AREA = Scope(areas=(world.AREA,))


@pytest.mark.requirement("SET-32")
def test_settlements_are_found_by_person_institution_day_and_invoice() -> None:
    who, other = world.person(), world.person()
    _, first = world.settled_visit(who, [Line(scope=yuan("100"))])
    visit = world.visit(who, "2018-03-16", institution=world.CLINIC)
    second = world.settle(visit, world.charge(visit, [Line(scope=yuan("50"))]), invoice_no="00012345")
    world.settled_visit(other, [Line(scope=yuan("10"))])
    mine = queries.settlements_of_person(who.id).rows
    assert [row.id for row in mine] == [second.settlement_id, first.settlement_id]
    by_invoice = queries.settlements(scope=WHOLE_AREA, invoice_no="00012345").rows
    assert [row.id for row in by_invoice] == [second.settlement_id]
    at_clinic = queries.settlements_at_institution(world.CLINIC, on=date(2018, 3, 16)).rows
    assert [row.id for row in at_clinic] == [second.settlement_id]
    days = {"since": date(2018, 3, 15), "until": date(2018, 3, 16)}
    assert len(queries.settlements(scope=WHOLE_AREA, **days).rows) == 2
    assert queries.settlements_of_person(0).rows == []


def test_a_list_is_cut_by_scope() -> None:
    world.settled_visit(world.person(), [Line(scope=yuan("100"))])
    unit = apps.get_model("platform", "OrgUnit")
    unit.objects.create(code="450000", name="省", level="province", path="450000/", valid_from="2010-01-01")
    for code, parent, path in (("450100", "450000", "450000/450100/"), (world.UNIT, "450100", "450000/450100/450102/")):
        level = "city" if code == "450100" else "county"
        unit.objects.create(
            code=code, name=code, level=level, parent_id=parent, pooling_area_id=world.AREA, path=path,
            valid_from="2010-01-01",
        )  # fmt: skip
    county = Scope(prefixes=(f"450000/450100/{world.UNIT}/",))
    neighbour = Scope(prefixes=("450000/450100/450103/",))
    assert len(queries.settlements(scope=county).rows) == 1
    unit.objects.create(
        code=world.HOSPITAL, name="医保科", level="institution_office", parent_id="450100", pooling_area_id=world.AREA,
        path=f"450000/450100/{world.HOSPITAL}/", valid_from="2010-01-01",
    )  # fmt: skip
    office = Scope(prefixes=(f"450000/450100/{world.HOSPITAL}/",))
    assert len(queries.settlements(scope=office).rows) == 1, "what was settled at the institution itself"
    assert queries.settlements(scope=neighbour).rows == []
    assert queries.settlements(scope=Scope()).rows == []


def test_long_lists_come_in_pages() -> None:
    who = world.person()
    for n in range(53):
        world.settled_visit(who, [Line(own=100 + n)], on=(date(2018, 1, 1) + timedelta(days=n)).isoformat())
    first = queries.settlements_of_person(who.id)
    second = queries.settlements_of_person(who.id, at=first.next)
    assert (len(first.rows), len(second.rows), second.next) == (50, 3, "")
    assert [row.total_fen for row in second.rows] == [102, 101, 100]


@pytest.mark.requirement("BEN-40")
@pytest.mark.article("GX2017 §84")
def test_a_settlement_explains_itself_and_computes_again_to_the_fen() -> None:
    who = world.person(groups=["dibao"])
    _, settled = world.settled_visit(
        who, [Line(scope=yuan("60000"))], kind="inpatient", institution=world.TEACHING, until="2018-03-20"
    )
    view = queries.one(world.AREA, settled.settlement_id or 0)
    assert view is not None
    assert replaying.replay(view.receipt).columns == view.columns == settled.columns
    (tree,) = queries.explanation(view)
    text = tree.text()
    for words in ("60,000.00", "35,520.00", "12,662.00", "8,272.60", "3,545.40", "GX2017 §87"):
        assert words in text
    reviewer = queries.explanation(view, "reviewer")[0].text()
    assert "ratio.inpatient" in str(queries.explanation(view, "reviewer")[0]) or "60%" in reviewer


def test_a_cancellation_explains_what_it_takes_back() -> None:
    who = world.person()
    visit, settled = world.settled_visit(who, [Line(scope=yuan("100"))])
    twin = world.cancel(visit, settled.settlement_id or 0)
    view = queries.one(world.AREA, twin.settlement_id or 0)
    assert view is not None
    assert view.row.state is SettlementState.REVERSAL
    assert view.reversal_reason == "退费"
    assert queries.explanation(view) == queries.explanation(queries.one(world.AREA, settled.settlement_id or 0))
    original = queries.one(world.AREA, settled.settlement_id or 0)
    assert original is not None
    assert (original.row.state, original.may_be_cancelled) == (SettlementState.REVERSED, False)
    assert original.reversed_by == (view.row.wire_id,)
    assert [row.state.value for row in queries.settlements_of_encounter(world.AREA, visit.id)] == [
        "reversed",
        "reversal",
    ]


@pytest.mark.requirement("BEN-42")
@pytest.mark.article("GX2017 §71")
def test_later_settlements_that_would_differ_are_named() -> None:
    who = world.person()
    first, settled = world.settled_visit(who, [Line(scope=yuan("500"))])
    _, capped = world.settled_visit(who, [Line(scope=yuan("200"))], on="2018-03-16")
    _, stay = world.settled_visit(who, [Line(scope=yuan("900"))], on="2018-03-17", kind="inpatient", until="2018-03-18")
    assert capped.columns["pool_paid_fen"] == yuan("50")
    named = queries.dependent_settlements(world.AREA, settled.settlement_id or 0)
    assert [one.settlement_id for one in named] == [capped.settlement_id]
    assert named[0].would_be["pool_paid_fen"] == yuan("100")
    world.cancel(first, settled.settlement_id or 0)
    assert queries.dependent_settlements(world.AREA, settled.settlement_id or 0) == named
    assert queries.dependent_settlements(world.AREA, stay.settlement_id or 0) == []
    assert queries.dependent_settlements(world.AREA, 0) == []


def test_the_year_so_far_shows_limits_and_what_is_left() -> None:
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("560"))])
    world.settled_visit(who, [Line(scope=yuan("300"))], kind="chronic", disease_code="高血压", on="2018-03-16")
    shown = queries.year_to_date(pooling_area=world.AREA, person_id=who.id, scheme="resident", on=date(2018, 5, 1))
    by_name = {one.name: one for one in shown}
    outpatient = by_name["outpatient_paid"]
    assert (outpatient.label, outpatient.used, outpatient.limit_fen, outpatient.left_fen) == (
        "门诊统筹年度累计支付", yuan("280"), yuan("300"), yuan("20"))  # fmt: skip
    deductible = by_name["chronic_deductible@高血压"]
    assert (deductible.of, deductible.used, deductible.limit_fen) == ("高血压", yuan("200"), yuan("200"))
    assert by_name["stays"].is_count
    assert by_name["serious_own"].limit_fen == yuan("10000")
    assert by_name["assistance_paid"].used == 0


def test_the_board_adds_what_came_after_the_roll_up() -> None:
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-03-14")
    morning = world.visit(who)
    world.settle(morning, world.charge(morning, [Line(scope=yuan("40"))]))
    commands.roll_up_totals(pooling_area=world.AREA, now=at("2018-03-15"))
    evening = world.visit(who)
    total = world.charge(evening, [Line(own=yuan("7"))])
    world.settle(evening, total, on=at("2018-03-15") + timedelta(hours=6))
    board = queries.dashboard(scope=WHOLE_AREA, on=date(2018, 3, 15))
    assert (board.today.settlements, board.today.total_fen, board.today.fund_paid_fen) == (2, yuan("47"), yuan("20"))
    assert (board.month.settlements, board.month.total_fen) == (3, yuan("147"))
    assert [day.total_fen for day in board.by_day] == [yuan("100"), yuan("47")]
    assert board.layers["pool_paid_fen"] == yuan("70")
    assert board.busiest == ((world.HOSPITAL, yuan("140")),)
    assert board.rolled_at == at("2018-03-15")
    assert queries.dashboard(scope=Scope(), on=date(2018, 3, 15)).month.total_fen == 0


def test_the_roll_up_counts_cancellations_against_what_they_take_back() -> None:
    who = world.person()
    visit, settled = world.settled_visit(who, [Line(scope=yuan("100"))])
    world.cancel(visit, settled.settlement_id or 0)
    for _ in range(2):
        jobs.roll_up(at("2018-03-16"))
    (day,) = queries.daily_figures(scope=WHOLE_AREA, since=date(2018, 3, 1), until=date(2018, 4, 1))
    assert (day.settlements, day.total_fen) == (0, 0)
    span = {"pooling_area": world.AREA, "since": date(2018, 3, 1), "until": date(2018, 4, 1)}
    assert invariants.roll_up_differences(**span) == []
    assert jobs.check(at("2018-03-16")) == []


def test_the_nightly_check_names_what_is_wrong() -> None:
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("100"))])
    database.run("UPDATE settlement_accumulator SET amounts = amounts || '{\"pool_paid\": 1}'")
    database.run("UPDATE encounters_chargebatch SET settlement_id = NULL")
    found = jobs.check(at("2018-03-17"))
    assert len(found) == 2
    assert "年度pool_paid累计1,按结算汇总5000" in found[1]


@pytest.mark.requirement("SET-06")
@pytest.mark.article("GX2017 §81", "JL2019 §33")
def test_the_slip_shows_the_stored_figures_and_says_when_it_is_a_reprint() -> None:
    who = world.person()
    _, settled = world.settled_visit(
        who, classes(a="6000", b="3000", c="1000"), kind="inpatient", until="2018-03-20", diagnosis="肺炎"
    )
    number = settled.settlement_id or 0
    prints = [
        commands.note_slip_print(pooling_area=world.AREA, settlement_id=number, operator="王柜员", now=at("2018-03-20"))
        for _ in range(2)
    ]
    assert prints == [1, 2]
    first = reports.slip(world.AREA, number, print_no=prints[0])
    again = reports.slip(world.AREA, number, print_no=prints[1])
    assert first is not None
    assert again is not None
    assert (first.reprint, again.reprint) == ("", "补打1")
    view = queries.one(world.AREA, number)
    assert view is not None
    assert all(getattr(first, column, fen) == fen for column, fen in view.columns.items())
    assert first.funds == (("城乡居民基本医疗保险基金", yuan("6225.00")),)
    assert (first.ratio, first.effective_ratio, first.diagnosis) == ("75%", "62.25%", "肺炎")
    assert first.categories == (("西药费", yuan("10000")),)
    assert {one.name: one.used for one in first.year_to_date}["pool_paid"] == yuan("6225.00")
    assert first.package_hash == world.tset().hash
    assert reports.slip(world.AREA, 0) is None


def test_a_slip_of_a_cancellation_is_negative() -> None:
    who = world.person()
    visit, settled = world.settled_visit(who, [Line(scope=yuan("100"))])
    twin = world.cancel(visit, settled.settlement_id or 0)
    shown = reports.slip(world.AREA, twin.settlement_id or 0)
    assert shown is not None
    assert (shown.total_fen, shown.year_to_date) == (-yuan("100"), ())


def test_money_is_put_into_an_account_once_per_document() -> None:
    who = world.person()
    given = {
        "pooling_area": world.AREA, "person_id": who.id, "document": "2018年1月划账", "operator": "x",
        "now": at("2018-01-20"),
    }  # fmt: skip
    for _ in range(2):
        assert commands.credit_account(amount=Money.yuan("140"), **given) == yuan("140")
    with pytest.raises(CreditDiffers):
        commands.credit_account(amount=Money.yuan("141"), **given)
    with pytest.raises(CreditNotPositive):
        commands.credit_account(amount=Money(0), **{**given, "document": "x"})


@pytest.mark.requirement("SET-05")
@pytest.mark.article("GX2017 §71")
def test_a_refund_after_the_month_was_claimed_lowers_the_next_month_not_the_paid_one() -> None:
    who = world.person()
    stay, settled = world.settled_visit(
        who, classes(a="6000", b="3000", c="1000"), kind="inpatient", until="2018-03-20"
    )
    commands.roll_up_totals(pooling_area=world.AREA, now=at("2018-04-02"))
    world.cancel(stay, settled.settlement_id or 0, on=at("2018-04-10"))
    fund_commands.roll_up_dues(pooling_area=world.AREA, now=at("2018-05-02"))
    owed = [
        fund_queries.dues(pooling_area=world.AREA, start=start, until=until, institution_code=world.HOSPITAL)
        for start, until in ((date(2018, 3, 1), date(2018, 4, 1)), (date(2018, 4, 1), date(2018, 5, 1)))
    ]
    assert [[line.amount_fen for line in month] for month in owed] == [[yuan("6225.00")], [-yuan("6225.00")]]


@pytest.mark.requirement("CON-23")
def test_contributions_learn_from_here_whether_benefits_of_some_days_were_used() -> None:
    from tongchou.contributions import usage

    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("3000"))])
    (row,) = queries.settlements_of_person(who.id).rows
    year = [(date(2018, 1, 1), date(2019, 1, 1))]
    assert usage.uses(who.id, year) == (1 if row.fund_paid_fen else 0) == 1
    assert usage.uses(who.id, [(date(2019, 1, 1), date(2020, 1, 1))]) == 0
    assert usage.uses(who.id, []) == queries.uses_between(who.id, []) == 0
    assert usage.uses(world.person().id, year) == 0

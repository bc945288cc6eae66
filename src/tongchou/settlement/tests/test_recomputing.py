"""Late claims, reversals and changes of status: the person-year is settled anew (BEN-42)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.platform import queries as platform
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.events import publish
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.settlement import chain, commands, invariants, queries, replaying
from tongchou.settlement.commands import recomputing
from tongchou.settlement.models import YearToReplay
from tongchou.settlement.states import REPLAY_TRANSITIONS, ReplayState, SettlementState
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, yuan
from tongchou.wire.numbers import wire_id

pytestmark = pytest.mark.django_db
NOW = at("2018-06-01")
SPAN = {"pooling_area": world.AREA, "since": date(2018, 1, 1), "until": date(2019, 1, 1)}


@pytest.fixture
def clerk() -> Any:
    plant_tree()
    return Hire()("reviewer", at=world.UNIT)


@pytest.fixture(autouse=True)
def books_agree() -> Iterator[None]:
    yield
    assert invariants.broken(**SPAN) == []


def read(who: world.Person, year: int = 2018) -> chain.Chain:
    return chain.read(pooling_area=world.AREA, person_id=who.id, scheme="resident", year=year)


def recompute(who: world.Person, clerk: Any, *, seen: str = "", request_id: str = "F1", **how: Any) -> int:
    return commands.recompute_year(
        pooling_area=world.AREA,
        person_id=who.id,
        scheme="resident",
        year=2018,
        seen=seen or read(who).seen,
        request_id=request_id,
        operator=clerk,
        now=NOW,
        **how,
    )


def group(who: world.Person, category: str, since: str) -> None:
    """The group is recorded, backdated."""
    apps.get_model("enrolment", "SpecialGroupSpan").objects.create(
        person_id=who.id, category=category, valid_from=since, created_at=NOW
    )


def stay(who: world.Person, on: str, scope: str, **facts: Any) -> Any:
    until = (date.fromisoformat(on) + timedelta(days=1)).isoformat()
    return world.settled_visit(who, [Line(scope=yuan(scope))], on=on, kind="inpatient", until=until, **facts)


def mark(who: world.Person) -> None:
    YearToReplay.objects.create(
        pooling_area=world.AREA, person_id=who.id, scheme="resident", benefit_year=2018, cause="group", marked_at=NOW
    )


def standing(who: world.Person) -> list[chain.Link]:
    return list(read(who).links)


@pytest.mark.requirement("BEN-42")
@pytest.mark.article("GX2017 §71")
def test_a_stay_is_reversed_and_the_later_one_listed_and_settled_anew(clerk: Any) -> None:
    """The check of the row: stay 1 reversed → stay 2, which began above the threshold of serious illness, is listed."""
    who = world.person()
    first, settled = stay(who, "2018-02-01", "40000", institution=world.TEACHING)
    _, second = stay(who, "2018-03-01", "10000", institution=world.TEACHING)
    assert second.columns["catastrophic_paid_fen"] > 0
    world.cancel(first, settled.settlement_id)
    (mark,) = YearToReplay.objects.all()
    assert (mark.cause, mark.state, mark.benefit_year) == ("reversal", "open", 2018)
    (link,) = read(who).differing
    assert link.standing.id == second.settlement_id
    assert link.columns["catastrophic_paid_fen"] == 0
    assert recompute(who, clerk) == 1
    old, new = queries.one(world.AREA, second.settlement_id), standing(who)[0]
    assert old is not None
    assert old.row.state is SettlementState.REVERSED
    assert new.standing.receipt["instead_of"] == second.settlement_id
    assert new.standing.columns == dict(link.columns)
    assert world.accumulators(who) == world.recomputed(who) == new.standing.receipt["deltas"]["2018"]
    mark.refresh_from_db()
    assert (mark.state, mark.closed_by) == ("recomputed", clerk.name)
    (entry,) = platform.trail_of("settlement", wire_id(world.AREA, second.settlement_id))
    assert entry.detail["fund_is_fen"] == link.columns["fund_paid_fen"]


@pytest.mark.requirement("BEN-42", "BEN-29")
def test_a_group_recorded_backdated_changes_every_settlement_since(clerk: Any) -> None:
    """低保 from 1 February: the stay of January stands, those after are paid by assistance as well."""
    who = world.person()
    stay(who, "2018-01-05", "5000")
    stay(who, "2018-02-05", "5000")
    stay(who, "2018-03-05", "5000")
    group(who, "dibao", "2018-02-01")
    found = read(who)
    assert [link.differs for link in found.links] == [False, True, True]
    assert found.difference_fen > 0
    told: list[tuple[int, int]] = []
    assert recompute(who, clerk, progress=lambda *step: told.append(step)) == 2
    assert told == [(1, 2), (2, 2)]
    assert read(who).differing == ()
    assert world.accumulators(who) == world.recomputed(who)
    assert [link.standing.columns["assistance_paid_fen"] > 0 for link in standing(who)] == [False, True, True]


@pytest.mark.requirement("BEN-42", "BEN-10")
def test_cover_withdrawn_makes_later_visits_own_expense(clerk: Any) -> None:
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-02-01")
    world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-05-01")
    apps.get_model("contributions", "CoverageSpan").objects.filter(person_id=who.id, benefit_year=2018).update(
        covered_until="2018-03-01"
    )
    assert recompute(who, clerk) == 1
    late = standing(who)[-1].standing
    assert (late.columns["pool_paid_fen"], late.columns["cash_fen"]) == (0, yuan("100"))
    assert "停" in late.receipt["parts"][0]["facts"]["reason"] or late.receipt["parts"][0]["facts"]["reason"]
    assert read(who).differing == ()


def test_what_was_settled_anew_keeps_its_place_in_the_year(clerk: Any) -> None:
    """The yearly limit of 300 was reached by the first two; with the second gone the third has room."""
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("400"))], on="2018-02-01")
    second, gone = world.settled_visit(who, [Line(scope=yuan("200"))], on="2018-02-02")
    world.settled_visit(who, [Line(scope=yuan("200"))], on="2018-02-03")
    world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-02-04")
    world.cancel(second, gone.settlement_id)
    assert recompute(who, clerk) == 1
    days = [link.standing.bill.began_on.day for link in standing(who)]
    assert days == [1, 3, 4]
    assert [link.standing.columns["pool_paid_fen"] for link in standing(who)] == [yuan("200"), yuan("100"), 0]
    assert read(who).differing == ()


def test_settlements_of_one_stay_are_settled_anew_together(clerk: Any) -> None:
    who = world.person()
    made = world.visit(who, "2018-03-01", kind="inpatient")
    world.settle(made, world.charge(made, [Line(scope=yuan("700"))]), on=at("2018-03-10"), interim=True)
    total = world.charge(made, [Line(scope=yuan("900"))], batch="2")
    world.discharge(made, "2018-03-20")
    world.settle(made, total, on=at("2018-03-20"))
    group(who, "dibao", "2018-01-01")
    assert recompute(who, clerk) == 2
    first, last = standing(who)
    assert last.standing.receipt["less"][0]["id"] == first.standing.id
    assert read(who).differing == ()
    assert world.accumulators(who) == world.recomputed(who)


@pytest.mark.requirement("SET-09")
def test_an_account_pays_what_it_paid_unless_the_bill_changes(clerk: Any) -> None:
    """Money put in later is not spent on bills of before; what the funds pay now goes back into the account."""
    who = world.person()
    world.credit(who.id, "1000")
    _, settled = world.settled_visit(
        who, [Line(scope=yuan("3000"))], on="2018-03-01", kind="inpatient", until="2018-03-02"
    )
    visit = world.visit(who, "2018-04-01", kind="inpatient", until="2018-04-02")
    world.settle(visit, world.charge(visit, [Line(scope=yuan("5000"))]), on=at("2018-04-02"), use_account=True)
    left = world.balance(who.id)
    world.credit(who.id, "700")
    assert read(who).differing == ()
    group(who, "tekun", "2018-04-01")
    recompute(who, clerk)
    link = standing(who)[-1]
    assert world.balance(who.id) == yuan("1700") - link.standing.columns["account_paid_fen"]
    assert world.balance(who.id) >= left
    assert settled.settlement_id == standing(who)[0].standing.id


def test_a_purchase_is_settled_anew_as_well(clerk: Any) -> None:
    package = world.tset(texts=world.PHARMACIES)
    with world.using(world.book(package)):
        who = world.person()
        visit = world.visit(who, "2018-03-01", kind="pharmacy", institution=world.PHARMACY, care_type="41")
        world.settle(visit, world.charge(visit, [Line(scope=yuan("80"))]))
        apps.get_model("contributions", "CoverageSpan").objects.filter(person_id=who.id, benefit_year=2018).delete()
        recompute(who, clerk)
        (link,) = standing(who)
        assert link.standing.receipt["parts"][0]["facts"]["covered"] is False
        assert world.count("settlement_settlement") == 3


def test_a_form_shown_before_something_changed_is_refused(clerk: Any) -> None:
    who = world.person()
    stay(who, "2018-01-05", "5000")
    group(who, "dibao", "2018-01-01")
    seen = read(who).seen
    stay(who, "2018-03-05", "5000")
    with pytest.raises(recomputing.YearMoved):
        recompute(who, clerk, seen=seen)
    recompute(who, clerk)
    with pytest.raises(recomputing.NothingDiffers):
        recompute(who, clerk)


def test_an_interrupted_recomputation_goes_on_where_it_stopped(clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    who = world.person()
    for month in (1, 2, 3):
        stay(who, f"2018-0{month}-05", "5000")
    group(who, "dibao", "2018-01-01")
    real, calls = recomputing._settle, []

    def failing(*given: Any) -> int:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("the power went")
        return real(*given)

    monkeypatch.setattr(recomputing, "_settle", failing)
    with pytest.raises(RuntimeError):
        recompute(who, clerk)
    assert [link.differs for link in standing(who)] == [False, True, True]
    assert world.accumulators(who) == world.recomputed(who)
    assert recompute(who, clerk, request_id="F2") == 2
    assert read(who).differing == ()


@pytest.mark.parametrize(
    ("posts", "unit", "refusal"),
    [([], world.UNIT, NoPermission), (["reviewer"], "450103", OutOfScope)],
    ids=["no post", "another county"],
)
def test_recomputing_needs_the_post_and_the_place(posts: list[str], unit: str, refusal: type[Exception]) -> None:
    plant_tree()
    somebody = Hire()(*posts, at=unit)
    who = world.person()
    stay(who, "2018-01-05", "5000")
    with pytest.raises(refusal):
        recompute(who, somebody)


# --- marks ----------------------------------------------------------------------------------------------------------


def test_a_cancellation_of_the_last_settlement_marks_nothing() -> None:
    who = world.person()
    visit, settled = world.settled_visit(who, [Line(scope=yuan("100"))])
    world.cancel(visit, settled.settlement_id)
    assert not YearToReplay.objects.exists()


@pytest.mark.requirement("BEN-42")
def test_events_mark_years_that_were_settled_in_and_no_others() -> None:
    from tongchou.contributions import events as contributions
    from tongchou.encounters import events as encounters
    from tongchou.enrolment import events as enrolment

    who = world.person()
    world.preset(who, {"stays": 1}, year=2017)
    world.settled_visit(who, [Line(scope=yuan("100"))], on="2018-05-01")
    for event, years in (
        (enrolment.SpecialGroupChanged(who.id, date(2018, 2, 1)), [2018]),
        (enrolment.GroupListTakenIn(1, world.AREA, date(2018, 2, 1), (who.id, 0)), [2018]),
        (enrolment.CategoryChanged(who.id, date(2017, 2, 1)), [2017, 2018]),
        (enrolment.EnrolmentSuspended(who.id, date(2019, 2, 1), "停保", NOW), []),
        (enrolment.EnrolmentResumed(who.id, date(2018, 2, 1)), [2018]),
        (enrolment.EnrolmentTerminated(who.id, date(2018, 2, 1), "死亡"), [2018]),
        (contributions.ContributionRecorded(1, who.id, 2018, date(2018, 2, 1)), [2018]),
        (contributions.ContributionRecorded(1, who.id, 2018, None), []),
        (contributions.ContributionCorrected(1, None, who.id), [2017, 2018]),
        (encounters.FilingChanged(who.id, world.AREA, date(2018, 2, 1)), [2018]),
    ):
        YearToReplay.objects.all().delete()
        publish(event)
        publish(event)
        assert sorted(YearToReplay.objects.values_list("benefit_year", flat=True)) == years, event


def test_the_clock_looks_at_marked_years_and_closes_those_where_nothing_differs() -> None:
    one, other = world.person(), world.person()
    for who in (one, other):
        stay(who, "2018-01-05", "5000")
    group(other, "dibao", "2018-01-01")
    for who in (one, other):
        mark(who)
    assert commands.look_at_years(now=NOW) == 2
    same, differs = YearToReplay.objects.order_by("id")
    assert (same.state, same.differing) == ("unchanged", 0)
    assert (differs.state, differs.differing) == ("open", 1)
    assert differs.difference_fen == read(other).difference_fen > 0
    assert commands.look_at_years(now=NOW) == 0


def test_a_year_is_left_as_it_is_with_a_reason_once(clerk: Any) -> None:
    who = world.person()
    stay(who, "2018-01-05", "5000")
    mark(who)
    asked = {"pooling_area": world.AREA, "person_id": who.id, "scheme": "resident", "year": 2018, "operator": clerk}
    with pytest.raises(recomputing.WhyLeft):
        commands.leave_year(**asked, reason=" ", now=NOW)
    commands.leave_year(**asked, reason="差额5元以下", now=NOW)
    assert YearToReplay.objects.get().state == ReplayState.LEFT
    with pytest.raises(recomputing.MarkClosed):
        commands.leave_year(**asked, reason="差额5元以下", now=NOW)


def test_every_state_of_a_marked_year_is_reached_from_open() -> None:
    assert {after for _, after in REPLAY_TRANSITIONS} == {*ReplayState} - {ReplayState.OPEN}
    assert {before for before, _ in REPLAY_TRANSITIONS} == {ReplayState.OPEN}


# --- whatever happens -----------------------------------------------------------------------------------------------

fen = st.integers(min_value=0, max_value=3_000_000)
kinds = st.sampled_from(["outpatient", "chronic", "inpatient", "inpatient", "maternity"])
bills = st.lists(st.builds(Line, own=fen, pre=fen, scope=fen), min_size=1, max_size=3)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sequence=st.lists(st.tuples(kinds, bills, st.sampled_from(sorted(world.LEVELS))), min_size=1, max_size=6),
    gone=st.sets(st.integers(min_value=0, max_value=5), max_size=2),
    groups=st.sets(st.sampled_from(["dibao", "tekun", "poor"]), max_size=2),
    since=st.integers(min_value=1, max_value=12),
)
def test_recomputed_accumulators_are_those_of_settling_from_zero(
    clerk: Any, sequence: list[Any], gone: set[int], groups: set[str], since: int
) -> None:
    """The same settlements, of somebody who had the groups all along and never had what was taken back."""
    who, twin = world.person(), world.person()
    start = date(2018, 1, 1) + timedelta(days=since)
    for group_name in groups:
        group(twin, group_name, start.isoformat())
    made = []
    for nth, (kind, bill, institution) in enumerate(sequence):
        on = date(2018, 1, 1) + timedelta(days=3 * nth)
        until = (on + timedelta(days=1)).isoformat() if kind in world.STAYS else None
        facts = {"kind": kind, "institution": institution, "until": until, "on": on.isoformat()}
        if kind == "chronic":
            facts["disease_code"] = "高血压"
        made.append(world.settled_visit(who, bill, **facts))
        if nth not in gone:
            world.settled_visit(twin, bill, **facts)
    for nth in gone:
        if nth < len(made):
            visit, settled = made[nth]
            world.cancel(visit, settled.settlement_id)
    for group_name in groups:
        group(who, group_name, start.isoformat())
    if read(who).differing:
        recompute(who, clerk, request_id=f"F{who.id}")
    assert read(who).differing == ()
    assert world.accumulators(who) == world.recomputed(who) == world.accumulators(twin)
    for link in standing(who):
        assert replaying.replay(link.standing.receipt).columns == link.standing.columns

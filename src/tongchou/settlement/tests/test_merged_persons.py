"""归并与拆分: claims, payments, accounts follow, bills know it at once, and a split puts everything back (ENR-17)."""

import json
import threading
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.contributions import queries as contributions
from tongchou.encounters.checks import AnotherPerson
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.commands.steps import MergedAway
from tongchou.enrolment.merging import commands, following
from tongchou.enrolment.merging import queries as merges
from tongchou.enrolment.merging.commands import Grounds
from tongchou.enrolment.merging.rows import Picked
from tongchou.platform.queries import Operator
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.settlement import chain, checks, invariants
from tongchou.settlement import queries as settlements
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import at, yuan

pytestmark = pytest.mark.django_db
JUNE = at("2018-06-10")
JULY = at("2018-07-10")
DAY = date(2018, 6, 10)
GROUNDS = Grounds("同一人重复登记", "派出所证明2018-3", "CS1")


@pytest.fixture
def approver() -> Operator:
    plant_tree()
    return Hire()("second_reviewer", at="450102", name="县审批")


def merge(survivor: world.Person, merged: world.Person, operator: Operator, now: datetime = JUNE) -> Any:
    with transaction.atomic():
        return commands.merge(survivor.number, merged.number, GROUNDS, operator=operator, now=now)


def split(
    survivor: world.Person,
    merged: world.Person,
    operator: Operator,
    picked: Sequence[Picked] = (),
    now: datetime = JULY,
) -> Any:
    with transaction.atomic():
        return commands.split(survivor.number, merged.number, GROUNDS, picked=picked, operator=operator, now=now)


def claims_of(who: world.Person) -> int:
    return sum(year.settlements for year in settlements.years_of_person(who.number))


def everything() -> dict[str, list[str]]:
    """Every row that hangs on somebody, and the sums, as they stand; versions only grow and are left out."""
    tables = sorted({one.table for one in following.tables()} - {"settlement_yeartoreplay"})
    tables += ["enrolment_person", "settlement_accumulator", "settlement_personalaccount"]
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT (to_jsonb(r) - 'version')::text FROM {table} r ORDER BY 1")
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def books_hold() -> None:
    assert invariants.broken(pooling_area=world.AREA, since=date(2018, 1, 1), until=date(2019, 1, 1)) == []


@pytest.mark.article("JL2019 §5")
@pytest.mark.requirement("ENR-17")
def test_a_with_one_claim_and_b_with_two_make_a_with_three_and_b_redirects_to_a(approver: Operator) -> None:
    a, b = world.person(), world.person()
    world.settled_visit(a, world.classes(a="300"), "2018-03-15")
    for day in ("2018-04-02", "2018-05-03"):
        world.settled_visit(b, world.classes(a="200"), day)
    assert (claims_of(a), claims_of(b)) == (1, 2)
    merge(a, b, approver)
    assert claims_of(a) == 3
    for number in (a.number, b.number):
        assert enrolment.facts_by_person_no(number, DAY).person_no == a.number
    assert enrolment.facts(b.id, DAY).id == a.id
    certificate = f"{world.AREA}19800520{int(b.number[-4:]):04d}"
    assert enrolment.person_for_wire(on=DAY, certificate_no=certificate).facts.person_no == a.number
    assert enrolment.numbers_of(a.number) == [a.number, b.number]
    assert world.accumulators(a) == world.recomputed(a)
    assert world.accumulators(b) == {}
    books_hold()


@pytest.mark.requirement("ENR-17")
def test_a_split_puts_exactly_everything_back(approver: Operator) -> None:
    a, b = world.person(), world.person(groups=["dibao"])
    world.credit(b.id, "80")
    world.settled_visit(a, world.classes(a="300"), "2018-03-15")
    world.settled_visit(b, world.classes(a="200"), "2018-04-02")
    _, taken_back = world.settled_visit(b, world.classes(a="150"), "2018-04-09")
    before = everything()
    merge(a, b, approver)
    assert (world.balance(a.id), world.balance(b.id)) == (yuan("80"), 0)
    assert everything() != before
    split(a, b, approver)
    assert everything() == before
    assert (claims_of(a), claims_of(b)) == (1, 2)
    assert enrolment.facts_by_person_no(b.number, DAY).person_no == b.number
    assert taken_back.settlement_id
    books_hold()


@pytest.mark.requirement("ENR-17")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    claims=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 28), st.integers(1, 900)), max_size=6),
    account=st.tuples(st.integers(0, 200), st.integers(0, 200)),
    groups=st.tuples(st.sets(st.sampled_from(["dibao", "tekun"])), st.sets(st.sampled_from(["dibao", "tekun"]))),
    covered=st.tuples(st.booleans(), st.booleans()),
    cards=st.tuples(st.booleans(), st.booleans()),
)
def test_whatever_hangs_on_two_records_a_merge_and_a_split_leave_every_table_as_it_was(
    approver: Operator, claims: Any, account: Any, groups: Any, covered: Any, cards: Any
) -> None:
    with transaction.atomic():
        two = [
            world.person(groups=sorted(groups[n]), covered=None if covered[n] else [("2018-01-01", "2019-01-01")])
            for n in (0, 1)
        ]
        for n, who in enumerate(two):
            if account[n]:
                world.credit(who.id, str(account[n]))
            if cards[n]:
                card_and_account(who)
        for n, day, amount in claims:
            world.settled_visit(two[n], world.classes(a=str(amount)), f"2018-03-{day:02d}")
        survivor, merged = two if not covered[1] else two[::-1]
        before = everything()
        merge(survivor, merged, approver)
        books_hold()
        assert claims_of(survivor) == len(claims)
        split(survivor, merged, approver)
        books_hold()
        assert everything() == before
        transaction.set_rollback(True)


def card_and_account(who: world.Person) -> None:
    apps.get_model("enrolment", "SocialSecurityCard").objects.create(
        person_id=who.id, number=f"C{who.number}", status="active", issued_on=date(2017, 1, 1)
    )
    apps.get_model("enrolment", "BankAccount").objects.create(
        person_id=who.id,
        bank_name="农信社",
        account_no=f"6217{who.number}",
        holder_kind="self",
        holder_name="张",
        source="counter",
        staff_code="x",
        recorded_at=at("2017-01-01"),
    )


@pytest.mark.requirement("ENR-17")
def test_one_card_and_one_bank_account_stay_in_use_and_both_cards_find_the_one_person(approver: Operator) -> None:
    a, b = world.person(), world.person()
    card_and_account(a)
    apps.get_model("enrolment", "BankAccount").objects.update(recorded_at=at("2016-05-01"))
    card_and_account(b)
    merge(a, b, approver)
    found = [enrolment.person_for_wire(on=DAY, card_no=f"C{who.number}") for who in (a, b)]
    assert [one.facts.person_no for one in found] == [a.number, a.number]
    assert [one.facts.card_status for one in found] == ["active", "cancelled"]
    in_use = apps.get_model("enrolment", "BankAccount").objects.filter(replaced_at=None)
    assert [one.person_id for one in in_use] == [a.id]


@pytest.mark.requirement("ENR-17")
def test_a_hospital_goes_on_with_the_old_number_and_a_cancellation_by_it_still_works(approver: Operator) -> None:
    a, b = world.person(), world.person()
    visit, settled = world.settled_visit(b, world.classes(a="200"), "2018-04-02")
    merge(a, b, approver)
    later = world.visit(a, "2018-06-11")
    total = world.charge(later, world.classes(a="100"))
    world.settle(world.Visit(later.id, b, later.institution, later.began_on, later.is_stay), total)
    world.cancel(visit, settled.settlement_id, on=at("2018-06-12"))
    assert claims_of(a) == 1
    stranger = world.person()
    with pytest.raises((checks.SettlementOfAnother, AnotherPerson)):
        world.cancel(
            world.Visit(later.id, stranger, later.institution, later.began_on, later.is_stay),
            apps.get_model("settlement", "Settlement").objects.get(encounter_id=later.id).id,
            on=at("2018-06-12"),
        )
    books_hold()


@pytest.mark.requirement("ENR-17")
def test_the_years_of_a_merge_are_to_be_settled_anew_and_what_was_settled_anew_goes_back_with_its_visit(
    approver: Operator,
) -> None:
    a, b = world.person(), world.person()
    for who, day in ((a, "2018-03-15"), (b, "2018-04-02")):
        world.settled_visit(who, world.classes(a="300"), day)
    merge(a, b, approver)
    marks = apps.get_model("settlement", "YearToReplay").objects.filter(state="open")
    assert [(one.person_id, one.benefit_year, one.cause) for one in marks] == [(a.id, 2018, "merge")]
    visit_of_b = apps.get_model("encounters", "Encounter").objects.get(began_at=at("2018-04-02"))
    settled = apps.get_model("settlement", "Settlement").objects.get(encounter_id=visit_of_b.id)
    world.cancel(world.Visit(visit_of_b.id, a, visit_of_b.institution_code, date(2018, 4, 2), False), settled.id)
    split(a, b, approver)
    rows = apps.get_model("settlement", "Settlement").objects.filter(encounter_id=visit_of_b.id)
    assert {row.person_id for row in rows} == {b.id}
    assert (claims_of(a), claims_of(b)) == (1, 0)
    books_hold()


@pytest.mark.requirement("ENR-17")
def test_what_came_after_the_merge_stays_unless_the_clerk_picks_it(approver: Operator) -> None:
    a, b = world.person(), world.person()
    made = merge(a, b, approver)
    for day in ("2018-06-20", "2018-06-21"):
        world.settled_visit(a, world.classes(a="100"), day)
    later = merges.later_of(made, at("2018-07-10"))
    assert [one.title for one in later] == ["就诊", "就诊"]
    with pytest.raises(commands.PickUnknown):
        split(a, b, approver, [Picked("encounters_encounter", "{}")])
    split(a, b, approver, [later[0].picked])
    assert (claims_of(a), claims_of(b)) == (1, 1)
    encounter = apps.get_model("encounters", "Encounter").objects.get(person_id=b.id)
    assert (encounter.person_no, encounter.began_at) == (b.number, at("2018-06-21"))
    books_hold()


@pytest.mark.requirement("ENR-17")
def test_a_chain_is_split_the_last_merge_first(approver: Operator) -> None:
    a, b, c = world.person(), world.person(), world.person()
    world.settled_visit(a, world.classes(a="300"), "2018-03-15")
    world.settled_visit(b, world.classes(a="200"), "2018-04-02")
    before = everything()
    merge(b, a, approver)
    merge(c, b, approver)
    assert claims_of(c) == 2
    assert {enrolment.facts_by_person_no(one.number, DAY).person_no for one in (a, b, c)} == {c.number}
    with pytest.raises(commands.LaterMergeStands):
        split(b, a, approver)
    split(c, b, approver)
    split(b, a, approver)
    assert everything() == before
    books_hold()


@pytest.mark.requirement("ENR-17")
def test_open_care_and_doubled_years_are_told_in_one_list(approver: Operator) -> None:
    a, b = world.person(), world.person()
    world.visit(b, "2018-06-01")
    for who in (a, b):
        apps.get_model("contributions", "Contribution").objects.create(
            person_id=who.id,
            pooling_area_id=world.AREA,
            scheme="resident",
            benefit_year=2018,
            amount_fen=18000,
            paid_in_full_on=date(2017, 12, 1),
            kind="continuous",
            channel="counter",
            created_at=at("2017-12-01"),
        )
    with pytest.raises(following.PersonsConflict) as refused:
        merge(a, b, approver)
    said = str(refused.value)
    assert "2018年度两份登记都已足额缴费" in said
    assert "未结算的就诊" in said


@pytest.mark.requirement("ENR-17")
def test_payment_and_cover_follow_and_what_is_only_owed_gives_way(approver: Operator) -> None:
    a, b = world.person(covered=[]), world.person(covered=[])
    paid = apps.get_model("contributions", "Contribution").objects.create(
        person_id=b.id,
        pooling_area_id=world.AREA,
        scheme="resident",
        benefit_year=2018,
        amount_fen=18000,
        paid_in_full_on=date(2017, 12, 1),
        kind="continuous",
        channel="counter",
        created_at=at("2017-12-01"),
    )
    world.cover(b.id, "2018-01-01", "2019-01-01")
    apps.get_model("contributions", "CoverageSpan").objects.update(contribution=paid)
    receivable = apps.get_model("contributions", "Receivable").objects
    for who, state in ((a, "due"), (b, "paid")):
        receivable.create(
            person_id=who.id,
            pooling_area_id=world.AREA,
            unit_code=world.UNIT,
            scheme="resident",
            benefit_year=2018,
            amount_fen=18000,
            state=state,
            due_from=date(2017, 9, 1),
            contribution=paid if state == "paid" else None,
        )
    before = everything()
    merge(a, b, approver)
    assert contributions.coverage(a.id, DAY)
    assert sorted(receivable.values_list("person_id", "state")) == [(a.id, "paid"), (a.id, "void")]
    split(a, b, approver)
    assert everything() == before


@pytest.mark.article("GX2017 §71")
@pytest.mark.requirement("ENR-17")
def test_a_settlement_changes_its_person_beside_the_line_of_a_merge_and_nothing_else(approver: Operator) -> None:
    a, b = world.person(), world.person()
    world.settled_visit(b, world.classes(a="200"), "2018-04-02")
    merge(a, b, approver)
    for statement in (
        f"UPDATE settlement_settlement SET person_id = {b.id}",
        f"UPDATE settlement_settlement SET person_id = {b.id}, cash_fen = cash_fen",
        "UPDATE settlement_settlement SET invoice_no = 'X'",
        "UPDATE enrolment_followedrow SET caption = ''",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.requirement("ENR-17")
def test_a_bill_computed_before_the_merge_is_computed_again(approver: Operator) -> None:
    a, b = world.person(), world.person()
    merge(a, b, approver)
    written = "SELECT settlement_accumulate(%s, %s, 'resident', '{2018}', '{0}', ARRAY['{}'])"
    with pytest.raises(DatabaseError, match="have moved"), transaction.atomic():
        connection.cursor().execute(written, [world.AREA, b.id])


def test_what_reaches_the_merged_record_late_follows_by_the_clock(approver: Operator) -> None:
    a, b = world.person(), world.person()
    merge(a, b, approver)
    world.visit(b, "2018-06-11")
    with transaction.atomic():
        assert commands._follow_late(apps.get_model("enrolment", "PersonMerge").objects.get(), pair(a, b))
        assert not commands._follow_late(apps.get_model("enrolment", "PersonMerge").objects.get(), pair(a, b))
    assert apps.get_model("encounters", "Encounter").objects.get().person_no == a.number


def pair(a: world.Person, b: world.Person) -> following.Pair:
    return following.Pair(a.id, b.id, a.number, b.number, DAY, JUNE)


def test_the_chain_of_a_person_year_holds_the_claims_of_both(approver: Operator) -> None:
    a, b = world.person(), world.person()
    world.settled_visit(b, world.classes(a="300"), "2018-03-15")
    world.settled_visit(a, world.classes(a="300"), "2018-04-02")
    merge(a, b, approver)
    found = chain.read(pooling_area=world.AREA, person_id=a.id, scheme="resident", year=2018)
    assert [link.standing.settled_on.isoformat()[:10] for link in found.links] == ["2018-03-15", "2018-04-02"]


class TestAtOnce:
    """Every thread commits for real."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_a_bill_being_written_is_waited_for(self) -> None:
        plant_tree()
        operator = Hire()("second_reviewer", at="450102", name="县审批")
        a, b = world.person(), world.person()
        world.settled_visit(b, world.classes(a="200"), "2018-03-01")
        in_hand, go_on = threading.Event(), threading.Event()

        def bill() -> None:
            with transaction.atomic():
                world.settled_visit(b, world.classes(a="100"), "2018-03-15")
                in_hand.set()
                go_on.wait(20)
            connection.close()

        def merging() -> None:
            merge(a, b, operator)
            connection.close()

        threads = [threading.Thread(target=bill), threading.Thread(target=merging)]
        threads[0].start()
        assert in_hand.wait(20)
        threads[1].start()
        threads[1].join(0.5)
        assert threads[1].is_alive()
        go_on.set()
        for thread in threads:
            thread.join(30)
        assert claims_of(a) == 2
        books_hold()
        assert json.dumps(world.accumulators(a)) == json.dumps(world.recomputed(a))

    def test_of_two_merges_of_one_pair_whichever_way_round_one_is_done(self) -> None:
        plant_tree()
        operator = Hire()("second_reviewer", at="450102", name="县审批")
        a, b = world.person(), world.person()
        ends = at_once(*[lambda: merge(a, b, operator), lambda: merge(b, a, operator)] * 2)
        assert ends == ["", *[MergedAway.code] * 3]
        assert apps.get_model("enrolment", "PersonMerge").objects.count() == 1

"""Founding the city: whole, consistent, refused twice, and the same whichever way the rows go in."""

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unicodedata import east_asian_width

import numpy as np
import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tongchou.contributions import invariants
from tongchou.contributions.aid import correcting
from tongchou.contributions.states import Channel
from tongchou.contributions.tests.paying import record_contribution
from tongchou.encounters import invariants as bills
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.commands.persons import Registration
from tongchou.enrolment.states import HouseholdRelation, PersonCategory, Scheme
from tongchou.fund import closing
from tongchou.fund import commands as fund
from tongchou.fund import invariants as books
from tongchou.fund.states import CloseCheck
from tongchou.institutions import queries as institutions
from tongchou.platform import queries as platform
from tongchou.platform.demo_operators import DEMO_OPERATORS
from tongchou.settlement import invariants as settlements
from tongchou.simulator import (
    bulk,
    cli,
    collecting,
    demo,
    employers,
    founding,
    money_back,
    month_ends,
    payers,
    premiums,
    rows,
    unit_months,
)
from tongchou.simulator.models import City
from tongchou.simulator.plan import AREA, MERGED_ON, ImpossibleCity
from tongchou.simulator.tests import support

PERSONS = 500


def quiet(what: str, done: int, of: int) -> None:
    """No bar in a test."""


@pytest.fixture(scope="module")
def founded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One city for the tests of this file, in a transaction that ends with them."""
    with django_db_blocker.unblock(), rolled_back():
        founding.found(support.plan(PERSONS), now=support.NOON, progress=quiet)
        yield
    connection.close()


@pytest.fixture
def city(founded: None) -> Iterator[None]:
    """The city as it was founded, whatever the test before did."""
    with rolled_back():
        yield


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """What is done inside is undone; commands may believe themselves outermost, as in Django's own test cases."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def ask(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def everything(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        return cursor.fetchall()


@pytest.mark.usefixtures("city")
class TestACity:
    def test_it_has_its_people_in_households_with_an_enrolment_each(self) -> None:
        assert ask("SELECT count(*) FROM enrolment_person") == PERSONS
        assert ask("SELECT count(DISTINCT person_id) FROM enrolment_enrolment") == PERSONS
        assert ask("SELECT count(*) FROM enrolment_person WHERE household_relation = 'head'") == ask(
            "SELECT count(*) FROM enrolment_household"
        )

    def test_people_live_in_villages_of_the_tree(self) -> None:
        unknown = "SELECT count(*) FROM enrolment_person p LEFT JOIN platform_orgunit u ON u.code = p.unit_code"
        assert ask(f"{unknown} WHERE u.code IS NULL") == 0

    def test_each_contribution_covers_something_and_lies_in_its_year(self) -> None:
        assert ask("SELECT count(*) FROM contributions_contribution") == ask(
            "SELECT count(*) FROM contributions_coveragespan WHERE contribution_id IS NOT NULL"
        )
        outside = "covered_until > make_date(benefit_year + 1, 1, 1) OR covered_until <= make_date(benefit_year, 1, 1)"
        assert ask(f"SELECT count(*) FROM contributions_coveragespan WHERE {outside}") == 0

    def test_batches_and_vouchers_add_up_to_the_contributions(self) -> None:
        paid = ask("SELECT sum(amount_fen) FROM contributions_contribution")
        assert ask("SELECT sum(amount_fen) FROM contributions_importbatch") == paid
        assert (
            ask(
                "SELECT sum(e.credit_fen) FROM fund_entry e JOIN fund_ledgeraccount a ON a.id = e.account_id"
                " WHERE a.code = '4001' AND a.scheme = 'resident'"
            )
            == paid
        )
        assert ask("SELECT sum(coalesce(debit_fen, 0) - coalesce(credit_fen, 0)) FROM fund_entry") == 0
        differing = (
            "SELECT count(*) FROM contributions_importbatch b JOIN"
            " (SELECT batch_id, count(*) AS n, sum(amount_fen) AS fen FROM contributions_contribution GROUP BY 1) c"
            " ON c.batch_id = b.id"
            " WHERE (n, fen) <> (b.rows_accepted, b.amount_fen) OR b.voucher_no = ''"
        )
        assert ask(differing) == 0

    def test_every_institution_may_talk_and_the_first_hospital_has_an_agreement_today(self) -> None:
        assert ask("SELECT count(*) FROM wire_wireaccess") == ask("SELECT count(*) FROM institutions_institution")
        first = support.institutions(PERSONS)[0]
        problem = institutions.agreement_problem(first.code, scheme="resident", kind="inpatient", on=support.DAY)
        assert not problem

    def test_the_logins_are_operators(self) -> None:
        assert {login.login for login in demo.LOGINS} == {one.staff_code for one in DEMO_OPERATORS}
        for login in demo.LOGINS:
            operator = platform.operator_by_staff_code(login.login)
            assert operator is not None
            assert operator.is_demo
            assert str(login).startswith(login.login)
        assert operator.check_password(login.password)
        assert apps.get_model("platform.Operator").objects.count() == len(DEMO_OPERATORS)

    def test_the_logins_stand_in_columns_on_a_terminal(self) -> None:
        before = {str(login).removesuffix(login.duties) for login in demo.LOGINS}
        assert {sum(2 if east_asian_width(one) in "WF" else 1 for one in told) for told in before} == {49}
        assert max(len(str(login)) for login in demo.LOGINS) < 80

    def test_identity_columns_go_on_behind_the_loaded_rows(self) -> None:
        assert ask("SELECT nextval(pg_get_serial_sequence('enrolment_person', 'id'))") > PERSONS
        assert ask("SELECT enrolment_next_person_no('450100')") > f"450100{PERSONS:014d}"

    def test_it_remembers_its_plan(self) -> None:
        remembered = City.objects.get()
        assert (remembered.persons, remembered.seed, remembered.made_for) == (PERSONS, 7, support.DAY)

    def test_it_is_not_made_twice(self) -> None:
        told: list[str] = []
        assert demo.ensure_demo(3000, now=support.NOON, say=told.append) is False
        assert ask("SELECT count(*) FROM enrolment_person") == PERSONS
        assert told[0] == f"沿用演示城市「桂宁市」,{PERSONS} 人 / The city of {PERSONS} people goes on"

    def test_a_city_whose_past_was_cut_off_says_so(self) -> None:
        told: list[str] = []
        demo.ensure_demo(3000, now=support.NOON, say=told.append)
        assert "没有过往业务,或没有建完" in told[1]
        assert "demo --replace" in told[1]

    @pytest.mark.parametrize("replace", [False, True])
    def test_an_impossible_size_is_refused_before_the_city_that_stands_is_touched(self, replace: bool) -> None:
        with pytest.raises(ImpossibleCity):
            cli.demo(60, replace=replace)
        with pytest.raises(demo.ImpossiblePast, match="过往结算须在0与12,000笔之间"):
            cli.demo(3000, settlements=20_000, replace=replace)
        assert ask("SELECT count(*) FROM enrolment_person") == PERSONS

    def test_another_city_needs_a_word(self) -> None:
        with pytest.raises(demo.CityStands, match=r"已有演示城市\(500人,种子7\).*--replace"):
            cli.demo(3000)


def test_rows_are_the_same_with_and_without_the_guards_and_the_guards_stand_again(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver: psycopg.Connection[Any] = connection.connection
    slow = {table: everything(table) for table in founding.PEOPLE_TABLES}
    guards = {table: {guard.name for guard in bulk.guards_of(driver, table)} for table in founding.PEOPLE_TABLES}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in ("simulator_city", *reversed(founding.PEOPLE_TABLES)):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET session_replication_role = origin")
    monkeypatch.setattr(founding, "_enter_small_registers", lambda *_: None)
    monkeypatch.setattr(founding.books.PremiumBooks, "post", lambda self, now: None)
    monkeypatch.setattr(founding.books.PremiumBooks, "enter_batches", lambda self, driver, now: None)
    monkeypatch.setattr(founding, "GUARDS_AWAY_FROM", 1)
    monkeypatch.setattr(founding, "_refresh_statistics", lambda plan: None)  # VACUUM cannot run inside a test
    founding.found(support.plan(PERSONS), now=support.NOON, progress=quiet)
    assert {table: everything(table) for table in founding.PEOPLE_TABLES} == slow
    assert {
        table: {guard.name for guard in bulk.guards_of(driver, table)} for table in founding.PEOPLE_TABLES
    } == guards


@pytest.mark.django_db
def test_numbers_go_on_behind_the_rows_that_brought_their_own_and_never_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE numbered (id bigint GENERATED BY DEFAULT AS IDENTITY)")
        for last, following in ((7, 8), (3, 9)):
            cursor.execute("DELETE FROM numbered")
            cursor.execute("INSERT INTO numbered VALUES (%s)", [last])
            bulk.advance_sequences(connection.connection, ["numbered"])
            cursor.execute("INSERT INTO numbered DEFAULT VALUES RETURNING id")
            assert cursor.fetchone() == (following,)


@pytest.mark.django_db
def test_a_city_that_cannot_be_finished_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, now: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(founding.books.PremiumBooks, "post", full)
    with pytest.raises(OSError, match="disk full"):
        founding.found(support.plan(PERSONS), now=support.NOON, progress=quiet)
    assert ask("SELECT count(*) FROM enrolment_person") == 0
    assert ask("SELECT count(*) FROM platform_orgunit") == 0


@pytest.mark.django_db
def test_a_fault_while_people_are_made_reaches_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(*_: object) -> None:
        raise ArithmeticError("drawn badly")

    monkeypatch.setattr(premiums, "pay", impossible)
    monkeypatch.setattr(founding, "_enter_small_registers", lambda *_: None)
    with pytest.raises(ArithmeticError, match="drawn badly"):
        founding.found(support.plan(PERSONS), now=support.NOON, progress=quiet)


@pytest.mark.parametrize(
    ("persons", "wanted", "in_bulk", "played"),
    [
        (3_000, None, 0, 600),
        (3_000, 0, 0, 0),
        (3_000, 900, 0, 900),
        (3_000, 9_000, 8_400, 600),
        (200_000, None, 11_400, 600),
        (5_000_000, None, 299_400, 600),
    ],
)
@pytest.mark.django_db
def test_a_large_city_has_its_past_in_bulk_and_the_last_of_it_message_by_message(
    persons: int, wanted: int | None, in_bulk: int, played: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: dict[str, int] = {"bulk": 0, "played": 0}
    monkeypatch.setattr(founding, "found", lambda *_, **__: None)
    monkeypatch.setattr(demo.long_past, "fill", lambda *_, settlements, **__: done.update(bulk=settlements))
    monkeypatch.setattr(demo.past, "play", lambda *_, settlements, **__: done.update(played=settlements))
    monkeypatch.setattr(demo.tried_policies, "try_out", lambda **_: None)
    demo.ensure_demo(persons, settlements=wanted, now=support.NOON, say=lambda line: None)
    assert done == {"bulk": in_bulk, "played": played}


@pytest.mark.django_db
def test_only_an_invented_city_is_cleared_away() -> None:
    with pytest.raises(demo.NotACity):
        demo.clear_away()


def test_copied_rows_are_those_the_commands_would_write(city: None) -> None:
    """A sample of the residents of the clerk's county is taken in once more, by the commands, into a second life."""
    chunk = support.chunks(PERSONS)[0]
    people, ground = chunk.people, support.ground(PERSONS)
    clerk = platform.operator_by_staff_code("shouli")
    assert clerk is not None
    county = np.array([village.code[:6] == clerk.org_unit_id for village in ground.villages])[people.village]
    plain = ~people.employee & ~people.student & np.isnat(people.died_on) & (people.age >= 1)
    long_born = (people.born_on < np.datetime64("2016-09-01")) | (people.born_on >= np.datetime64(MERGED_ON))
    since_ever = plain & long_born & np.isnat(chunk.history.joined_on)
    sample = np.flatnonzero(county & since_ever)[:12]
    assert len(sample) > 8
    copied = {int(people.ids[at]): _life(int(people.ids[at])) for at in sample}
    _forget([int(people.ids[at]) for at in sample])
    for at in sample:
        person = int(people.ids[at])
        entered = _enter_by_commands(chunk, at, copied[person], clerk)
        assert _life(entered) == copied[person]


def _life(person: int) -> dict[str, Any]:
    """What is recorded of a person, without numbers and instants."""

    def of(table: str, key: str, leave_out: set[str]) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", [person])
            names = [column.name for column in cursor.description]
            found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return sorted(({k: v for k, v in row.items() if k not in leave_out} for row in found), key=str)

    own = {"id", "person_id", "created_at"}
    return {
        "person": of("enrolment_person", "id", {"id", "person_no", "created_at", "household_id", "household_relation"}),
        "enrolments": of("enrolment_enrolment", "person_id", own),
        "contributions": of("contributions_contribution", "person_id", own | {"batch_id"}),
        "coverage": of("contributions_coveragespan", "person_id", own | {"contribution_id"}),
    }


def _forget(persons: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, key in (
            ("contributions_coveragespan", "person_id"),
            ("contributions_contribution", "person_id"),
            ("enrolment_enrolment", "person_id"),
            ("enrolment_specialgroupspan", "person_id"),
            ("enrolment_socialsecuritycard", "person_id"),
            ("enrolment_person", "id"),
        ):
            cursor.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s)", [persons])
        cursor.execute("SET session_replication_role = origin")


def _enter_by_commands(chunk: founding.Chunk, at: int, copied: dict[str, Any], clerk: platform.Operator) -> int:
    """Enrol the person on the first day and pay every year, as a clerk would."""
    people, (facts,), (enrolled,) = chunk.people, copied["person"], copied["enrolments"]
    on = enrolled["enrolled_from"]
    made = enrolment.enrol_person(
        Registration(
            pooling_area=AREA,
            unit_code=facts["unit_code"],
            name=people.names[at].decode(),
            certificate_no=people.citizen_ids[at].decode(),
            ethnicity=facts["ethnicity"],
            address=facts["address"],
            hukou_area=facts["hukou_area"],
            scheme=Scheme.RESIDENT,
            category=PersonCategory(enrolled["category"]),
            enrolled_on=on,
            household_no=f"{facts['unit_code']}{people.household_ids[at]:09d}",
            household_relation=HouseholdRelation(rows.RELATIONS[people.role[at]].decode()),
        ),
        operator=clerk,
        now=support.NOON - (support.DAY - on),
    )
    for paid in sorted(copied["contributions"], key=lambda row: row["benefit_year"]):
        record_contribution(
            person_id=made.person_id,
            benefit_year=paid["benefit_year"],
            amount_fen=paid["amount_fen"],
            aided_fen=paid["aided_fen"],
            paid_on=paid["paid_in_full_on"],
            channel=Channel(paid["channel"]),
            receipt_no=paid["receipt_no"],
            operator=clerk,
            now=support.NOON - timedelta(days=(support.DAY - paid["paid_in_full_on"]).days),
        )
    return int(made.person_id)


@pytest.mark.requirement("SYS-29")
@pytest.mark.usefixtures("city")
def test_the_city_shows_a_finished_batch_one_at_the_bank_and_one_with_a_difference() -> None:
    assert collecting.play(now=support.NOON) == 3
    states = [row[0] for row in queried("SELECT state FROM contributions_collectionbatch ORDER BY id")]
    assert states == ["reconciled", "sent", "answered"]
    held = queried("SELECT paid_fen, advised_fen, document_no FROM contributions_collectionresult ORDER BY id")
    assert [paid == advised for paid, advised, _ in held] == [True, False]
    assert [bool(document) for _, _, document in held] == [True, False]
    lists = queried("SELECT state, arrived_fen > 0 FROM contributions_aidlist ORDER BY id")
    assert lists[:2] == [("confirmed", True)] * 2
    assert invariants.broken(AREA, support.DAY) == []


@pytest.mark.requirement("ORG-27")
@pytest.mark.usefixtures("city")
def test_the_nightly_checks_have_nothing_to_say_about_a_city_that_pays_in_every_way() -> None:
    month_ends.play(support.NOON)
    collecting.play(now=support.NOON)
    employers.lay_out("daiyu", support.NOON)
    unit_months.play(support.NOON)
    payers.play(now=support.NOON)
    money_back.play(support.NOON)
    since = support.DAY - timedelta(days=35)
    span = {"since": since, "until": support.DAY + timedelta(days=1)}
    assert invariants.every_night(support.NOON) == []
    assert books.broken(pooling_area=AREA, **span) == []
    assert bills.broken(**span) == []
    assert settlements.broken(pooling_area=AREA, **span) == []
    last_month = "SELECT count(*) FROM contributions_unitreceivable WHERE month = '2026-10-01'"
    assert ask(f"{last_month} AND state <> 'paid'") == 1
    assert ask(f"SELECT count(DISTINCT unit_code) FROM ({last_month.replace('count(*)', 'unit_code')}) u") == 3
    kept = "SELECT count(*) FROM contributions_programmemember WHERE state = "
    assert ask(f"{kept}'counted'") >= 1
    assert ask(f"{kept}'waiting'") >= 1


BEFORE_LAST = date(2026, 10, 1)


@pytest.mark.requirement("FIN-15")
@pytest.mark.article("GX2017 §101")
@pytest.mark.usefixtures("city")
def test_the_books_are_closed_in_time_but_for_the_last_month_which_still_lacks_something() -> None:
    whole = ask("SELECT count(*) FROM fund_accountingperiod WHERE month < %s", BEFORE_LAST)
    assert month_ends.play(support.NOON) == whole > 40
    told = "SELECT count(*) FROM fund_accountingperiod WHERE state = 'closed' AND closed_by = 'kuaiji'"
    in_time = "extract(day FROM closed_at) BETWEEN 4 AND 12 AND closed_at < month + interval '2 months'"
    assert ask(f"{told} AND month < %s AND {in_time}", BEFORE_LAST) == whole
    on = "(closed_at AT TIME ZONE 'Asia/Shanghai')::date"
    assert ask(f"SELECT max({on}) FROM fund_accountingperiod") == date(2026, 10, 8)  # the holidays end on the 7th
    late = "FROM fund_voucher v JOIN fund_accountingperiod p ON p.id = v.period_id WHERE v.made_at > p.closed_at"
    assert ask(f"SELECT count(*) {late}") == 0
    missing = {}
    for scheme in ("resident", "employee"):
        period = closing.first_open(pooling_area=AREA, scheme=scheme)
        assert period is not None
        assert period.month == BEFORE_LAST
        checked = closing.checked(period, today=support.DAY)
        missing[scheme] = [one.check for one in checked if not one.holds]
    assert missing == {"resident": [CloseCheck.REVIEWED], "employee": []}
    assert books.broken(pooling_area=AREA, since=MERGED_ON, until=support.DAY) == []
    assert month_ends.play(support.NOON) == 0


@pytest.mark.requirement("FIN-15")
@pytest.mark.usefixtures("city")
def test_as_time_goes_on_months_are_closed_and_what_was_left_is_reviewed_first() -> None:
    month_ends.play(support.NOON)
    christmas = support.NOON + timedelta(days=34)
    fund.open_begun_months(today=christmas.date())
    assert month_ends.keep_up(christmas) == 2
    waited = queried("SELECT state, reviewed_by FROM fund_businessdocument WHERE dated_on = '2026-10-21'")
    assert waited == [("posted", "caiwufuhe")]
    open_ones = queried("SELECT DISTINCT month FROM fund_accountingperiod WHERE state = 'open' ORDER BY 1")
    assert [month for (month,) in open_ones] == [date(2026, 11, 1), date(2026, 12, 1)]
    assert month_ends.keep_up(christmas) == 0


@pytest.mark.requirement("CON-17")
@pytest.mark.usefixtures("city")
def test_a_second_person_of_finance_can_put_an_arrival_of_aid_right() -> None:
    collecting.play(now=support.NOON)
    (arrival_id, fen, wrote), *_ = queried(
        "SELECT id, amount_fen, staff_code FROM contributions_aidarrival ORDER BY id"
    )
    mended = {"arrived_on": support.DAY, "reference": "ZZ更正", "reason": "流水号写错", "now": support.NOON}
    others = [one.staff_code for one in DEMO_OPERATORS if one.posts == ("finance_reviewer",)]
    assert len(others) == 2
    assert wrote in others
    with pytest.raises(correcting.OneselfCorrects):
        _correct(arrival_id, fen, wrote, mended)
    others.remove(wrote)
    assert _correct(arrival_id, fen, others[0], mended).staff_code == others[0]
    assert invariants.broken(AREA, support.DAY) == []


def _correct(arrival_id: int, fen: int, staff_code: str, told: dict[str, Any]) -> Any:
    operator = platform.operator_by_staff_code(staff_code)
    assert operator is not None
    return correcting.correct_arrival(arrival_id=arrival_id, amount_fen=fen, operator=operator, **told)


def queried(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()

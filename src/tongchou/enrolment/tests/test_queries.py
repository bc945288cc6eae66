"""Asking the register (参保查询)."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongchou.enrolment import commands, queries
from tongchou.enrolment.states import SpecialCategory
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.platform import queries as platform

DAY = date(2018, 3, 10)


@pytest.fixture
def scope(clerk):
    return platform.scope_of(clerk, "enrolment.view_person", DAY)


@pytest.fixture
def people(enrol):
    names = ("覃小妹", "覃大山", "韦小妹", "欧阳娜娜")
    return [
        enrol(name=name, certificate_no=citizen_number(order=101 + 2 * n), card_no=f"A000000{n}").person
        for n, name in enumerate(names)
    ]


def found(text, scope, **page):
    return [row.name for row in queries.find_persons(text, scope=scope, on=DAY, **page).rows]


def test_a_name_finds_all_that_begin_so(people, scope):
    assert found("覃", scope) == ["覃大山", "覃小妹"]
    assert found("覃小", scope) == ["覃小妹"]
    assert found("小妹", scope) == []


@pytest.mark.parametrize("initials", ["qxm", "QXM", "q x m"])
def test_initials_find_as_names_do(people, scope, initials):
    assert found(initials, scope) == ["覃小妹"]


def test_a_whole_number_of_any_kind_finds_one_person(people, scope):
    person = people[2]
    for number in (person.person_no, person.certificate_no, person.certificate_no.lower(), "A0000002", "a0000002"):
        assert found(number, scope) == ["韦小妹"]


@pytest.mark.requirement("ENR-35")
def test_the_number_of_a_household_finds_its_members_page_by_page(enrol, scope, hire):
    """A collective household of a school or a home may have thousands."""
    numbers = [citizen_number(order=301 + 2 * n) for n in range(5)]
    for name, number in zip("甲乙丙丁戊", numbers, strict=True):
        enrol(name=f"韦{name}", certificate_no=number, household_no="JT000001", household_relation="other")
    assert set(found("jt000001", scope)) == {f"韦{name}" for name in "甲乙丙丁戊"}
    first = queries.find_persons("JT000001", scope=scope, on=DAY, size=3)
    rest = queries.find_persons("JT000001", scope=scope, on=DAY, size=3, at=first.next)
    assert (len(first.rows), len(rest.rows), rest.next) == (3, 2, "")
    assert queries.count_persons("JT000001", scope=scope, on=DAY).count == 5
    elsewhere = platform.scope_of(hire("clerk", at="450103"), "enrolment.view_person", DAY)
    assert found("JT000001", elsewhere) == []


def test_the_beginning_of_an_id_number_finds_its_neighbours(people, scope):
    assert set(found("45010219800506", scope)) == {person.name for person in people}


def test_pages_follow_each_other_without_a_gap(people, scope):
    first = queries.find_persons("", scope=scope, on=DAY, size=3)
    second = queries.find_persons("", scope=scope, on=DAY, size=3, at=first.next)
    names = [row.name for row in (*first.rows, *second.rows)]
    assert names == sorted(person.name for person in people)
    assert second.next == ""


def test_only_ones_own_area_is_found(people, hire):
    elsewhere = platform.scope_of(hire("clerk", at="450103"), "enrolment.view_person", DAY)
    village = platform.scope_of(hire("clerk", at="450102001"), "enrolment.view_person", DAY)
    assert found("覃", elsewhere) == []
    assert found(people[0].certificate_no, elsewhere) == []
    assert found("覃", village) == ["覃大山", "覃小妹"]


def test_a_line_shows_a_masked_number(people, scope):
    row = queries.find_persons("韦小妹", scope=scope, on=DAY).rows[0]
    assert row.certificate == citizen_number(order=105)[:6] + "********" + citizen_number(order=105)[-4:]
    assert (row.status.label, row.category, row.scheme) == ("正常参保", "成年居民", "城乡居民基本医疗保险")


@pytest.mark.parametrize("text", ["", "覃", "qxm", "450102", "A0000001", "' OR 1=1 --", "%", "_", "😀", "\x00"[:0]])
def test_a_search_asks_few_questions_whatever_the_text(people, scope, text):
    with CaptureQueriesContext(connection) as asked:
        queries.find_persons(text, scope=scope, on=DAY)
    assert len(asked) <= 6


BIG_TABLES = ("enrolment_person", "enrolment_household", "enrolment_socialsecuritycard", "enrolment_formercertificate")


def plans_of(asked: Any) -> str:
    """The plans of what was asked, as the database would carry them out if every row it passes were dear."""
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for question in asked.captured_queries:
            if question["sql"].lstrip().upper().startswith(("SELECT", "WITH")):
                cursor.execute("EXPLAIN " + question["sql"].replace("%", "%%"), [])
                plans += [line for (line,) in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on")
    return "\n".join(plans)


@pytest.mark.requirement("ENR-35")
@pytest.mark.parametrize("at", ["450100", "450102", "450102001"], ids=["city", "county", "town"])
@pytest.mark.parametrize("text", ["", "覃", "q", "qxm", "450102", "450102198005061017", "A0000001", "JT000001"])
def test_every_search_has_an_index_for_every_big_table(people, hire, at, text):
    """A search whose index does not fit reads the whole table, which nobody notices until there are millions."""
    scope = platform.scope_of(hire("clerk", at=at), "enrolment.view_person", DAY)
    with CaptureQueriesContext(connection) as asked:
        queries.find_persons(text, scope=scope, on=DAY)
        queries.count_persons(text, scope=scope, on=DAY)
    plans = plans_of(asked)
    assert "enrolment_person" in plans
    for table in BIG_TABLES:
        assert f"Seq Scan on {table}" not in plans, plans


@pytest.mark.requirement("ENR-35")
@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("", "person_unit_name"),
        ("覃", "person_unit_name"),
        ("qx", "person_unit_initials"),
        ("450102", "person_unit_certificate"),
        ("450199", "person_unit_certificate"),
    ],
)
@pytest.mark.parametrize("at", ["450102", "450102001"], ids=["county", "town"])
def test_a_desk_below_the_city_searches_unit_by_unit(people, hire, at, text, index):
    """What begins alike elsewhere is never passed: six digits of another county fit all of its people."""
    scope = platform.scope_of(hire("clerk", at=at), "enrolment.view_person", DAY)
    with CaptureQueriesContext(connection) as asked:
        queries.find_persons(text, scope=scope, on=DAY)
        queries.count_persons(text, scope=scope, on=DAY)
    page, count = [
        one["sql"] for one in asked.captured_queries if "LATERAL" in one["sql"] and "unit.path" in one["sql"]
    ]
    with connection.cursor() as cursor:  # for a handful of persons the city's own indexes, or a sort, would do as well
        cursor.execute("DROP INDEX person_name, person_initials, person_certificate_once")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = plans_of(SimpleNamespace(captured_queries=[{"sql": page}]))
    assert f"Index Only Scan using {index}" in plan, plan
    assert "(unit_code = (unit.code)::text)" in plan, plan
    assert "LIMIT" in count.split("LATERAL")[1].split("found")[0]


def test_a_search_inside_a_place_turns_pages_both_ways(people, hire):
    town = platform.scope_of(hire("clerk", at="450102001"), "enrolment.view_person", DAY)
    first = queries.find_persons("", scope=town, on=DAY, size=2)
    second = queries.find_persons("", scope=town, on=DAY, size=2, at=first.next)
    back = queries.find_persons("", scope=town, on=DAY, size=2, at=second.previous)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    names = [row.name for row in (*first.rows, *second.rows)]
    assert names == sorted(names)
    assert len(set(names)) == 4
    assert queries.count_persons("", scope=town, on=DAY).count == len(people)


def test_the_person_card_is_one_question(people, clerk, enrol):
    commands.record_special_group(
        person_id=people[0].pk,
        category=SpecialCategory.DIBAO,
        valid_from=date(2018, 1, 1),
        valid_until=None,
        source="民政局",
        evidence="民发1号",
        operator=clerk,
        now=NOW,
    )
    with CaptureQueriesContext(connection) as asked:
        card = queries.person_card(people[0].pk, DAY)
    assert len(asked) <= 1
    assert card.facts.name == "覃小妹"
    assert [span.what for span in card.groups] == ["dibao"]
    assert [enrolment.unit_code for enrolment in card.enrolments] == [VILLAGE]
    assert [found.number for found in card.cards] == ["A0000000"]
    assert queries.person_card(0, DAY) is None


@pytest.mark.article("GX2017 §63")
def test_hospitals_find_by_any_credential(people):
    person = people[0]
    by_number = queries.person_for_wire(person_no=person.person_no, on=DAY)
    by_card = queries.person_for_wire(card_no="A0000000", on=DAY)
    by_paper = queries.person_for_wire(certificate_no=person.certificate_no.lower(), on=DAY)
    assert by_number == by_card == by_paper
    assert [(e.scheme, e.status, e.enrolled_from) for e in by_number.enrolments] == [
        ("resident", "active", date(2017, 8, 1))
    ]
    assert queries.person_for_wire(card_no="X", on=DAY) is None
    assert queries.person_for_wire(on=DAY) is None


def test_a_resident_proves_who_they_are_by_three_things_together(people):
    person = people[0]
    proof = {"name": person.name, "certificate_no": person.certificate_no, "card_no": "a0000000"}
    assert queries.person_by_identity(**proof).person_no == person.person_no
    for wrong in ({"name": "覃大妹"}, {"card_no": "A0000001"}, {"certificate_no": people[1].certificate_no}):
        assert queries.person_by_identity(**(proof | wrong)) is None


def test_a_village_roster_and_its_households_come_in_pages(enrol, people):
    enrol(household_no="H1", household_relation="head", name="黄大")
    enrol(household_no="H1", household_relation="child", name="黄小")
    assert len(queries.roster_of_unit(VILLAGE, DAY).rows) == 6
    (household,) = queries.households_of_unit(VILLAGE).rows
    assert (household.number, household.head, household.members) == ("H1", "黄大", 2)
    assert queries.household(0, DAY) is None
    assert queries.person_no_of(people[0].pk) == people[0].person_no
    assert people[0].pooling_area_id == AREA

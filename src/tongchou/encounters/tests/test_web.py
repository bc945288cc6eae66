"""The encounters' pages: lists inside the scope, one visit with its lines, batches, diagnoses and messages."""

from datetime import timedelta

import pytest
from django.test import Client

from tongchou.encounters import queries
from tongchou.encounters.states import CareKind
from tongchou.encounters.tests import world
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.platform.web import access
from tongchou.platform.web.words import CARE_KINDS

BACKEND = "tongchou.platform.authentication.OperatorBackend"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: world.NOW)


@pytest.fixture
def who(hire) -> world.Person:
    world.place()
    return world.person()


@pytest.fixture
def stay(who) -> str:
    """A stay with three lines: paid, in part, not at all."""
    mdtrt_id = world.stay(who)
    world.upload(
        who,
        mdtrt_id,
        world.line(who, mdtrt_id),
        world.line(who, mdtrt_id, med_list_codg=world.DRUG_B),
        world.line(who, mdtrt_id, med_list_codg=world.DRUG_A, bilg_dr_codg=world.STRANGER),
        infno="2301",
    )
    return mdtrt_id


@pytest.fixture
def sit_down(client):
    """Logs the operator in and gives the browser back."""

    def at(operator) -> Client:
        client.force_login(operator, backend=BACKEND)
        return client

    return at


def text(response) -> str:
    return response.content.decode()


@pytest.mark.requirement("RIG-04")
def test_the_list_masks_the_person_and_leads_to_the_visit(hire, stay, sit_down):
    page = text(sit_down(hire("clerk")).get("/encounters/"))
    assert f'href="/encounters/{stay}/"' in page
    assert "张*" in page
    assert "就诊中" in page


@pytest.mark.requirement("ORG-02")
def test_visits_of_persons_elsewhere_are_not_listed_and_not_opened(hire, stay, sit_down):
    browser = sit_down(hire("clerk", at="450103"))
    assert stay not in text(browser.get("/encounters/"))
    assert browser.get(f"/encounters/{stay}/").status_code == 403


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("kind=inpatient", True),
        ("kind=outpatient", False),
        ("state=open", True),
        ("state=settled", False),
        (f"institution_code={world.H1}", True),
        (f"institution_code={world.H2}", False),
        ("since=2018-03-15&until=2018-03-15", True),
        ("until=2018-03-14", False),
        ("since=2018-03-16", False),
        ("person_no=450100", False),
    ],
)
def test_visits_are_found_by_kind_state_institution_day_and_person(asked, found, hire, stay, sit_down):
    page = text(sit_down(hire("clerk")).get(f"/encounters/?{asked}"))
    assert (stay in page) is found


def test_pages_of_charge_lines_lead_on_and_back(hire, stay, who, sit_down):
    world.upload(who, stay, *(world.line(who, stay) for _ in range(60)), infno="2301")
    area, number = stay[:6], int(stay[6:])
    first = queries.page_of_lines(area, number, "")
    second = queries.page_of_lines(area, number, first.next)
    assert (len(first.rows), len(second.rows), first.previous, second.next) == (50, 13, "", "")
    assert [line.serial for line in queries.page_of_lines(area, number, second.previous).rows] == [
        line.serial for line in first.rows
    ]
    page = text(sit_down(hire("clerk")).get(f"/encounters/{stay}/?at={second.previous}"))
    assert 'rel="next"' in page
    assert 'rel="prev"' in text(sit_down(hire("clerk")).get(f"/encounters/{stay}/?at={first.next}"))


@pytest.mark.requirement("RIG-01")
def test_a_visit_shows_lines_with_names_classes_shares_and_reasons(hire, stay, who, sit_down):
    page = text(sit_down(hire("clerk")).get(f"/encounters/{stay}/"))
    for said in (
        "项目XA01",
        "项目XB01",
        "甲类",
        "乙类",
        "医师未备案或已暂停",
        "30.00",
        "肺炎",
        "住院费用明细上传",
        "入院办理",
    ):
        assert said in page, said


def test_settled_batches_lead_to_their_settlement(hire, stay, sit_down):
    world.mark_settled(stay)
    page = text(sit_down(hire("clerk")).get(f"/encounters/{stay}/"))
    assert f"/settlements/{world.AREA}180300000000001/" in page
    assert "已结算" in page


def test_long_bills_come_page_by_page(hire, who, sit_down):
    mdtrt_id = world.stay(who)
    world.upload(who, mdtrt_id, *(world.line(who, mdtrt_id) for _ in range(60)), infno="2301")
    browser = sit_down(hire("clerk"))
    page = text(browser.get(f"/encounters/{mdtrt_id}/"))
    assert "共 60 条" in page
    assert page.count("项目XA01") == 50
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert text(browser.get(f"/encounters/{mdtrt_id}/{following}")).count("项目XA01") == 10


def test_a_persons_and_an_institutions_visits_are_tabs_of_their_pages(hire, stay, who, sit_down):
    browser = sit_down(hire("clerk"))
    for address in (f"/persons/{who.number}/encounters/", f"/institutions/{world.H1}/encounters/"):
        assert f'href="/encounters/{stay}/"' in text(browser.get(address))
    assert stay not in text(browser.get(f"/institutions/{world.H2}/encounters/"))


@pytest.mark.requirement("RIG-04")
def test_a_message_shows_its_answer_in_words_and_leads_to_the_visit(hire, stay, who, sit_down):
    browser = sit_down(hire("agreement_manager", "payment_manager", at="450100"))
    page = text(browser.get("/messages/?since=2018-03-15&infno=2401"))
    address = page.split('href="/messages/H')[1].split('"')[0]
    page = text(browser.get(f"/messages/H{address}"))
    assert "入院办理" in page
    assert "就诊ID" in page
    assert f'href="/encounters/{stay}/"' in page


def test_messages_need_their_permission(hire, stay, sit_down):
    assert sit_down(hire("clerk")).get("/messages/").status_code == 403


def test_an_unknown_number_is_not_found(hire, who, sit_down):
    browser = sit_down(hire("clerk"))
    for number in ("450100999900000000001", "nonsense"):
        assert browser.get(f"/encounters/{number}/").status_code == 404


def test_pages_need_few_queries_however_many_visits(hire, stay, who, sit_down, django_assert_max_num_queries):
    for hour in range(3):
        world.visit(world.person(), at=world.NOW + timedelta(hours=hour))
    browser = sit_down(hire("clerk"))
    for address in (
        "/encounters/",
        f"/encounters/{stay}/",
        f"/persons/{who.number}/encounters/",
        f"/institutions/{world.H1}/encounters/",
    ):
        assert browser.get(address).status_code == 200
        with django_assert_max_num_queries(12):
            browser.get(address)


def test_kinds_of_care_are_called_the_same_on_agreements_and_visits():
    assert {kind.value: kind.label for kind in CareKind} == CARE_KINDS

"""The institutions' pages: who sees which institution, what its tabs tell, few questions to the database."""

from datetime import date

import pytest
from django.test import Client

from tongchou.institutions import commands
from tongchou.institutions.states import HospitalLevel, InstitutionKind, InstitutionType
from tongchou.institutions.tests.test_institutions import CODE, NOW, register, sign
from tongchou.platform import versions
from tongchou.platform.queries import Operator
from tongchou.platform.web import access
from tongchou.wire import commands as wire

BACKEND = "tongchou.platform.authentication.OperatorBackend"
ELSEWHERE = "H45010300001"
AT = f"/institutions/{CODE}/"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)


@pytest.fixture
def manager(hire) -> Operator:
    return hire("agreement_manager", "payment_manager", at="450100")


@pytest.fixture
def hospital(manager) -> str:
    register(manager)
    register(manager, ELSEWHERE, name="B县中医院", unit_code="450103", level=HospitalLevel.FIRST)
    sign(manager)
    return CODE


@pytest.fixture
def sit_down(client):
    """Logs the operator in and gives the browser back."""

    def at(operator) -> Client:
        client.force_login(operator, backend=BACKEND)
        return client

    return at


def text(response) -> str:
    return response.content.decode()


@pytest.mark.requirement("AGR-01")
def test_the_list_shows_level_and_agreement_of_those_inside_the_scope(hire, hospital, sit_down):
    page = text(sit_down(hire("clerk", at="450102")).get("/institutions/"))
    assert "A县人民医院" in page
    assert "二级" in page
    assert "履行中" in page
    assert "B县中医院" not in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [("text=中医", False), ("text=人民", True), ("text=h450102", True), ("kind=2", False), ("level=2", True)],
)
def test_institutions_are_found_by_name_code_kind_and_level(asked, found, hire, hospital, sit_down):
    page = text(sit_down(hire("clerk", at="450102")).get(f"/institutions/?{asked}"))
    assert (f'href="{AT}"' in page) is found


def test_a_field_for_an_institution_is_offered_those_that_fit(hospital, manager, sit_down):
    offered = text(sit_down(manager).get("/institutions/look-up/?institution_code=人民"))
    assert f'<option value="{CODE}">A县人民医院' in offered
    assert ELSEWHERE not in offered


@pytest.mark.requirement("ORG-02")
def test_an_institution_of_another_county_is_refused(hire, hospital, sit_down):
    browser = sit_down(hire("clerk", at="450103"))
    assert browser.get(AT).status_code == 403
    assert browser.get(f"{AT}physicians/").status_code == 403


@pytest.mark.requirement("AGR-21")
@pytest.mark.article("GX2017 §57")
def test_a_suspension_stands_in_red_with_its_reason(hospital, manager, sit_down):
    commands.suspend_agreement(
        number="XY-2018-01", since=date(2018, 5, 20), until=None, reason="整改期间", operator=manager, now=NOW
    )
    versions.forget_all()
    page = text(sit_down(manager).get(AT))
    assert "暂停" in page
    assert "整改期间" in page
    assert "state-bad" in page


def test_agreements_show_the_state_of_each_span(hospital, manager, sit_down):
    earlier = {"signed_on": date(2017, 7, 20), "valid_from": date(2017, 8, 1), "valid_until": date(2018, 1, 1)}
    sign(manager, "XY-2017-01", **earlier)
    page = text(sit_down(manager).get(AT))
    assert "XY-2017-01" in page
    assert "到期" in page
    assert "2018-12-31" in page


@pytest.mark.requirement("DOC-12")
def test_physicians_are_found_by_code_and_name(hospital, manager, sit_down):
    for code, name in (("D450102000001", "韦大夫"), ("D450102000002", "黄大夫")):
        commands.file_physician(
            institution_code=CODE, code=code, name=name, since=date(2018, 1, 1), operator=manager, now=NOW
        )
    versions.forget_all()
    browser = sit_down(manager)
    for address in (f"{AT}physicians/?text=黄", "/physicians/?text=D450102000002"):
        page = text(browser.get(address))
        assert "黄大夫" in page
        assert "有效" in page
        assert "韦大夫" not in page


def test_the_wire_tab_tells_how_messages_are_checked(hospital, manager, sit_down):
    browser = sit_down(manager)
    assert "未接入" in text(browser.get(f"{AT}wire/"))
    wire.grant_access(institution_code=CODE)
    page = text(browser.get(f"{AT}wire/"))
    assert "已启用" in page
    assert "专线直连" in page
    assert "没有签到记录" in page


def test_tabs_of_other_posts_are_absent(hire, hospital, sit_down):
    page = text(sit_down(hire("clerk", at="450102")).get(AT))
    assert f"{AT}wire/" not in page
    assert sit_down(hire("clerk", at="450102")).get(f"{AT}wire/").status_code == 403


def test_nothing_owed_says_so(hospital, manager, sit_down):
    assert "没有应付" in text(sit_down(manager).get(f"{AT}dues/"))


def test_an_unknown_code_is_not_found(hospital, manager, sit_down):
    assert sit_down(manager).get("/institutions/H99999999999/").status_code == 404


def test_pages_need_few_queries_once_the_registers_are_in_memory(
    hospital, manager, sit_down, django_assert_max_num_queries
):
    browser = sit_down(manager)
    tabs = ("", "physicians/", "encounters/", "settlements/", "dues/", "wire/")
    for address in ("/institutions/", "/physicians/", *(f"{AT}{tab}" for tab in tabs)):
        assert browser.get(address).status_code == 200
        with django_assert_max_num_queries(12):
            browser.get(address)


def test_a_pharmacy_has_no_level_and_says_so(hospital, manager, sit_down):
    register(
        manager,
        "P45010200001",
        name="A县大药房",
        kind=InstitutionKind.PHARMACY,
        type=InstitutionType.PHARMACY,
        level=HospitalLevel.NONE,
    )
    page = text(sit_down(manager).get("/institutions/P45010200001/"))
    assert "A县大药房" in page
    assert "未定级" in page

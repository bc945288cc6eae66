"""The seats of village, town and school: pages, papers, and few questions to the database (ENR-01, 06, 12, 35)."""

import io
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client
from pypdf import PdfReader

from tongchou.cases.kinds import Filled, Subject
from tongchou.enrolment.forms import annex1
from tongchou.enrolment.models import CancelledRegistration, ForwardingBatch, Household, Person, SchoolLink
from tongchou.enrolment.registration import forwarding
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.enrolment.tests.test_registration import NOW, Office, baby, member
from tongchou.enrolment.tests.test_schools_and_cancelling import SCHOOL, school, student, taken
from tongchou.platform.web import access
from tongchou.platform.web.paper import Paper, render

__all__ = ["school", "taken"]
Case = apps.get_model("cases", "Case")


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)


@pytest.fixture
def office(hire):
    return Office(hire)


def sit(operator):
    browser = Client()
    browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
    return browser


def text(response):
    assert response.status_code in (200, 422), response.status_code
    return response.content.decode()


def sheet(response):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).replace("\n", "")


@pytest.mark.requirement("ENR-01")
def test_a_village_opens_a_household_and_registers_it_at_the_counter(office):
    browser = sit(office.village)
    assert browser.get("/villages/")["Location"] == f"/villages/{VILLAGE}/"
    opened = browser.post(f"/villages/{VILLAGE}/open-household/", {"hukou_address": "东村1号"})
    household = Household.objects.get()
    assert opened["Location"] == f"/households/{household.pk}/"
    page = text(browser.get(opened["Location"]))
    address = re.search(r'href="(/cases/counter/register_household/[^"]+)"', page)[1]
    form = text(browser.get(address))
    assert "家庭成员" in form
    hidden = dict(re.findall(r'<input type="hidden" name="(request_id|subject)" value="([^"]*)"', form))
    row = {f"row-0-{name}": value for name, value in member().items()}
    sent = hidden | row | {"row": ["0"], "applicant_name": "韦大", "hukou_area": "450102", "hukou_address": "东村1号"}
    wrong = f"{member()['certificate_no'][:-1]}{'1' if member()['certificate_no'][-1] == '0' else '0'}"
    faulty = text(browser.post(address.split("?")[0], sent | {"row-0-certificate_no": wrong}))
    assert 'id="id_row-0-certificate_no_error"' in faulty
    assert "校验位错误" in faulty
    answer = browser.post(address.split("?")[0], sent)
    assert Case.objects.get().rows[0]["name"] == "韦大"
    assert "居民户口簿" in text(browser.get(answer["Location"]))
    assert "登记中" in text(browser.get(opened["Location"]))
    assert "韦*" in text(browser.get(f"/villages/{VILLAGE}/"))


@pytest.mark.requirement("ENR-05")
def test_a_newborn_is_registered_by_a_parents_number_and_the_household_keeps_its_addresses(office, hire):
    household = office.household()
    Household.objects.filter(pk=household.pk).update(address="新村9号")
    office.enrol(household, member(), address="新村9号")
    parent = Person.objects.get()
    clerk = hire("clerk", at="450102001")
    browser = sit(clerk)
    for number in (parent.person_no, parent.certificate_no):
        assert "居民参保登记" in text(browser.get(f"/cases/counter/?key={number}"))
        form = text(browser.get(f"/cases/counter/register_household/?key={number}"))
        assert f'name="subject" value="{household.number}"' in form
        for kept in ("城关镇东村服务窗口(A县城关镇社保服务中心) 450102001201", "东村1号", "新村9号"):
            assert f'value="{kept}"' in form


@pytest.mark.requirement("ENR-05")
@pytest.mark.parametrize(
    ("field", "typed", "offered"),
    [
        ("hukou_area", "东莞", "东莞市(广东省) 441900"),
        ("hukou_area", "东村", "450102001201"),
        ("bank", "农信", "农信社 NXS"),
    ],
)
def test_a_place_and_a_bank_are_offered_by_name_while_one_types(office, field, typed, offered):
    apps.get_model("exchange", "Partner").objects.create(
        pooling_area_id="450100", code="NXS", name="农信社", kind="bank", created_at=NOW
    )
    browser = sit(office.town)
    answer = text(browser.get(f"/cases/counter/register_household/look-up/{field}/?{field}={typed}"))
    assert answer.count("<option") <= 12
    assert offered in answer
    assert browser.get("/cases/counter/register_household/look-up/hukou_address/").status_code == 404


@pytest.mark.requirement("ENR-06")
def test_signed_forms_are_forwarded_from_the_page_and_a_double_click_makes_one_list(office):
    browser = sit(office.village)
    case = office.sign(office.apply(office.household(), member()))
    page = text(browser.get(f"/villages/{VILLAGE}/"))
    sent = {"pick": re.findall(r'name="pick" value="([^"]+)"', page)}
    sent["request_id"] = re.search(r'name="request_id" value="([^"]+)"', page)[1]
    assert text(browser.post(f"/villages/{VILLAGE}/forward/", {"request_id": "z"})).count("EN-2011") == 1
    first = browser.post(f"/villages/{VILLAGE}/forward/", sent)
    again = browser.post(f"/villages/{VILLAGE}/forward/", sent)
    assert first["Location"] == again["Location"]
    batch = ForwardingBatch.objects.get()
    town = sit(office.town)
    assert batch.number in text(town.get("/forwarded/"))
    shown = text(town.get(f"/forwarded/{batch.number}/"))
    assert case.number in shown
    paper = sheet(town.get(f"/forwarded/{batch.number}.pdf"))
    assert "参保登记表转交清单" in paper
    assert case.number in paper
    assert "补打1" in sheet(town.get(f"/forwarded/{batch.number}.pdf"))


@pytest.mark.article("GX2017 §7")
@pytest.mark.requirement("ENR-03")
def test_annex_one_prints_blank_and_filled_with_the_villages_opinion(office):
    browser = sit(office.village)
    blank = sheet(empty := browser.get("/cases/counter/register_household/form.pdf"))
    assert len(PdfReader(io.BytesIO(empty.content)).pages) == 1
    assert "城乡居民基本医疗保险参保登记表" in blank
    assert "村(居)委会初审意见" in blank
    poor = {"group": "dibao", "group_evidence": "民发1号"}
    case = office.sign(office.apply(office.household(), member(**poor), baby()))
    filled = sheet(browser.get(f"/cases/{case.number}/form.pdf"))
    for said in ("韦大", "韦小宝", "壮族", "民发1号", "已盖村委会公章", "黄美"):
        assert said in filled


@pytest.mark.requirement("ENR-03")
def test_annex_one_says_what_a_citizen_number_in_full_says():
    wanted = member()
    full, masked = (
        drawn_sheet(Filled(subject=Subject("", "", "", ""), rows=(row,)))
        for row in (wanted, wanted | {"certificate_no": "450102********0011"})
    )
    assert "1980-05-06" in full
    assert "1980-05-06" not in masked
    assert "同户籍地址" in full


def drawn_sheet(filled):
    head = Paper("县中心", "参保登记表", "1", "2017-07-15 09:00", "", 0)
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(render(head, annex1.body(filled)))).pages)


@pytest.mark.requirement("ENR-01")
def test_the_households_page_changes_members_and_shows_refusals_where_they_arise(office):
    household = office.household()
    office.enrol(household, member(), member("黄美", 402, "spouse"))
    head, spouse = Person.objects.order_by("id")
    browser, address = sit(office.village), f"/households/{household.pk}/"
    page = text(browser.post(f"{address}leave/", {"person_no": head.person_no, "reason": "分户"}))
    assert "EN-2032" in page
    done = browser.post(f"{address}head/", {"person_no": spouse.person_no, "relation": "spouse"})
    assert done["Location"] == address
    browser.post(f"{address}leave/", {"person_no": head.person_no, "reason": "分户"})
    page = text(browser.get(address))
    assert "离户:分户" in page
    browser.post(f"{address}join/", {"person_no": head.person_no, "relation": "child"})
    head.refresh_from_db()
    assert head.household_id == household.pk
    assert browser.post(f"{address}join/", {"person_no": head.person_no, "relation": "king"}).status_code == 404
    assert household.number in text(browser.get(f"/villages/{VILLAGE}/households/?words=黄美"))
    assert household.number not in text(browser.get(f"/villages/{VILLAGE}/households/?words=李四"))


@pytest.mark.requirement("ENR-35")
def test_a_registration_is_taken_back_from_the_persons_page_on_its_day_only(enrol, clerk, monkeypatch):
    person = enrol(name="韦大", now=NOW).person
    browser, address = sit(clerk), f"/persons/{person.person_no}/"
    assert f"{address}cancel-registration/" in text(browser.get(address))
    monkeypatch.setattr(access, "now", lambda: NOW + timedelta(days=1))
    assert f"{address}cancel-registration/" not in text(browser.get(address))
    assert "EN-2021" in text(browser.post(f"{address}cancel-registration/", {"reason": "录错"}))
    monkeypatch.setattr(access, "now", lambda: NOW)
    assert browser.post(f"{address}cancel-registration/", {"reason": "录错"})["Location"] == "/persons/"
    assert CancelledRegistration.objects.get().name == "韦大"


@pytest.mark.requirement("ENR-12")
def test_a_schools_seat_shows_classes_prints_annex_two_and_lets_students_leave(taken):
    taken(student(1), student(2))
    browser = sit(taken.operator)
    assert browser.get("/villages/")["Location"] == f"/schools/{SCHOOL}/"
    assert "三(2)班" in text(browser.get(f"/schools/{SCHOOL}/"))
    year = SchoolLink.objects.first().school_year
    paper = sheet(browser.get(f"/schools/{SCHOOL}/form.pdf?year={year}&class=三(2)班"))
    for said in ("在校学生参保登记表", "学生1", "家长2", "合计 2 人", "A县第一小学"):
        assert said in paper
    assert "附件2" in sheet(browser.get(f"/schools/{SCHOOL}/form.pdf"))
    address = f"/schools/{SCHOOL}/{year}/?class=三(2)班"
    one = Person.objects.get(name="学生1")
    assert "EN-2041" in text(browser.post(address, {"reason": "graduated", "ended_on": "2018-06-30"}))
    sent = {"pick": [one.person_no], "reason": "graduated", "ended_on": "2018-06-30"}
    assert browser.post(address, sent).status_code == 302
    assert "学生1" not in text(browser.get(address))


@pytest.mark.usefixtures("taken")
def test_pages_ask_few_questions_of_the_database(office, django_assert_max_num_queries):
    household = office.household()
    for n in range(3):
        office.sign(office.apply(office.household(f"东村{n}号"), member(f"户主{n}", 601 + n)))
    chosen = [(case.number, case.version) for case in Case.objects.filter(step="forward")[:2]]
    batch = forwarding.forward_forms(unit_code=VILLAGE, chosen=chosen, request_id="q", operator=office.village, now=NOW)
    browser = sit(office.town)
    for address in (
        "/villages/",
        f"/villages/{VILLAGE}/",
        f"/villages/{VILLAGE}/households/",
        f"/households/{household.pk}/",
        "/forwarded/",
        f"/forwarded/{batch.number}/",
        f"/schools/{SCHOOL}/",
        f"/schools/{SCHOOL}/2017/?class=三(2)班",
        f"/cases/counter/register_household/?key={household.number}",
    ):
        browser.get(address)
        with django_assert_max_num_queries(12, info=address):
            assert browser.get(address).status_code == 200


def test_nobody_looks_into_anothers_village(office, hire):
    household = office.household()
    stranger = sit(hire("clerk", at="450103"))
    for address in (f"/villages/{VILLAGE}/", f"/households/{household.pk}/"):
        assert stranger.get(address).status_code == 403
    for address in ("/villages/450102001/", "/schools/450102001/", "/households/999999/", "/forwarded/none/"):
        assert sit(office.town).get(address).status_code == 404


@pytest.mark.requirement("ORG-21")
def test_in_english_the_rows_of_the_form_and_the_choices_of_a_filter_are_english(office):
    browser = sit(office.village)
    form_address = f"/cases/counter/register_household/?key={office.household().number}"
    assert "通讯地址" in text(browser.get(form_address))
    browser.cookies["django_language"] = "en"
    form = text(browser.get(form_address))
    assert not [one for one in ("新生儿", "通讯地址", "特殊人员资格证明", "身份证号可读出") if one in form]
    reviewer = sit(office.town)
    reviewer.cookies["django_language"] = "en"
    assert "转出办结" not in text(reviewer.get("/persons/transfers/"))

"""参保登记信息变更 from the counter to the register, and its paper form (附件4; ENR-18, ORG-21)."""

import io
from datetime import datetime

import pytest
from django.apps import apps
from django.test import Client
from pypdf import PdfReader

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.commands.steps import NotYourStep, SamePersonActed
from tongchou.cases.states import CaseState, Decision
from tongchou.enrolment import queries
from tongchou.enrolment.commands.changes import CertificateTaken, NothingChanged
from tongchou.enrolment.models import ParticularChange, Person
from tongchou.enrolment.rules import CertificateInvalid
from tongchou.enrolment.tests.conftest import NOW, citizen_number
from tongchou.platform import commands as platform_commands
from tongchou.platform import queries as platform
from tongchou.platform.web import access

NEW_NUMBER = citizen_number(order=301)


@pytest.fixture
def person(enrol):
    platform_commands.ensure_calendar(now=NOW)
    return enrol(name="韦大", certificate_no=citizen_number(order=201)).person


@pytest.fixture
def town_clerk(hire):
    return hire("clerk", at="450102001", name="镇经办")


@pytest.fixture
def reviewer(hire):
    return hire("second_reviewer", at="450102", name="县复核")


@pytest.fixture
def accept(person, town_clerk, reviewer):
    def one(*, key="", received=("form", "certificate"), request_id="a", **values):
        application = Application(
            kind="change_particulars",
            subject_key=key or person.person_no,
            values={"effective_on": "2018-03-10", "reason": "公安更正"} | values,
            received=frozenset(received),
            applicant_name="韦大",
        )
        return cases.accept_application(application, request_id=request_id, operator=town_clerk, now=NOW)

    return one


def _agree(case, operator, now=NOW):
    return cases.decide(number=case.number, version=case.version, decision=Decision.AGREE, operator=operator, now=now)


@pytest.mark.article("GX2017 §14")
@pytest.mark.requirement("ENR-18")
def test_a_corrected_number_goes_from_the_town_over_the_county_into_the_register(person, accept, reviewer):
    old = person.certificate_no
    case = accept(certificate_no=NEW_NUMBER)
    person.refresh_from_db()
    assert person.certificate_no == old
    case = _agree(case, reviewer)
    assert (case.state, case.result) == (CaseState.DONE, "已变更:证件号码,自2018-03-10起生效")
    person.refresh_from_db()
    assert person.certificate_no == NEW_NUMBER
    change = ParticularChange.objects.get(person=person)
    assert (change.old_value, change.new_value, change.reason) == (old, NEW_NUMBER, "公安更正")
    assert change.evidence == f"居民信息变更表(附件4)、居民身份证或其他证件(受理号{case.number})"
    found = queries.facts_by_certificate(old, datetime.fromisoformat("2018-03-11").date())
    assert found is None or found.id == person.pk


def test_the_counter_finds_the_person_by_certificate_number_too(person, accept):
    assert accept(key=person.certificate_no, phone="13800000000").subject_key == person.person_no


@pytest.mark.requirement("ORG-16")
def test_papers_depend_on_what_is_changed(accept):
    case = accept(received=("form",), name="韦小大", hukou_area="450102")
    assert case.state == CaseState.SUPPLEMENTING
    assert case.notices.get().materials == ["certificate", "household_book"]


def test_a_change_of_phone_needs_the_form_alone(person, accept, reviewer):
    case = accept(received=("form",), phone="13800000000")
    assert case.state == CaseState.IN_HAND
    _agree(case, reviewer)
    person.refresh_from_db()
    assert person.phone == "13800000000"


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param({}, NothingChanged, id="nothing"),
        pytest.param({"name": "韦大"}, NothingChanged, id="the same"),
        pytest.param({"certificate_no": "450102198005062019"}, CertificateInvalid, id="check digit"),
    ],
)
def test_the_counter_says_what_the_review_would_refuse(accept, values, refusal):
    with pytest.raises(refusal):
        accept(**values)


def test_a_number_taken_by_another_before_the_review_is_refused_and_the_case_stays(person, accept, enrol, reviewer):
    case = accept(certificate_no=NEW_NUMBER)
    enrol(name="韦二", certificate_no=NEW_NUMBER)
    with pytest.raises(CertificateTaken):
        _agree(case, reviewer)
    person.refresh_from_db()
    assert person.certificate_no != NEW_NUMBER
    case.refresh_from_db()
    assert (case.state, case.version) == (CaseState.IN_HAND, 2)


@pytest.mark.requirement("ORG-11")
def test_whoever_accepted_does_not_review_and_a_clerk_cannot(accept, town_clerk, person, hire, reviewer):
    case = accept(phone="13800000000")
    with pytest.raises(NotYourStep):
        _agree(case, town_clerk)
    both = hire("eligibility", at="450102")
    own = cases.accept_application(
        Application(
            kind="change_particulars",
            subject_key=str(Person.objects.exclude(pk=person.pk).get().person_no),
            values={"effective_on": "2018-03-10", "reason": "更正", "phone": "13900000000"},
            received=frozenset({"form"}),
            applicant_name="韦二",
        ),
        request_id="b",
        operator=both,
        now=NOW,
    )
    with pytest.raises(SamePersonActed):
        _agree(own, both)


@pytest.fixture(autouse=True)
def somebody_else(enrol, person):
    enrol(name="韦二", certificate_no=citizen_number(order=203))


@pytest.fixture
def sheet(monkeypatch, django_assert_max_num_queries):
    """The text of a paper that an operator prints."""
    monkeypatch.setattr(access, "now", lambda: NOW)

    def of(operator, address) -> str:
        browser = Client()
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        browser.get("/cases/")
        with django_assert_max_num_queries(12):
            response = browser.get(address)
        assert response.status_code == 200
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)

    return of


@pytest.mark.article("GX2017 §14")
@pytest.mark.requirement("ENR-18")
@pytest.mark.requirement("ORG-21")
def test_annex_4_shows_old_and_new_value_and_still_does_after_the_change(person, accept, town_clerk, reviewer, sheet):
    old = person.certificate_no
    case = accept(certificate_no=NEW_NUMBER, name="韦小大")
    address = f"/cases/{case.number}/form.pdf"
    first = sheet(town_clerk, address)
    for said in (
        "城乡居民基本医疗保险居民信息变更表",
        "附件4",
        case.number,
        old,
        NEW_NUMBER,
        "韦小大",
        "公安更正",
        "2018-03-10",
    ):
        assert said in first
    assert "镇经办" in first
    assert "县复核" not in first
    assert "补打" not in first
    _agree(case, reviewer)
    again = sheet(town_clerk, address)
    assert "补打1" in again
    assert "县复核" in again
    assert old in again
    assert "补打2" in sheet(reviewer, address)
    prints = apps.get_model("platform", "TrailEntry").objects.filter(action="cases.form_printed")
    assert [entry.detail["copy"] for entry in prints.order_by("pk")] == [1, 2, 3]


@pytest.mark.requirement("ENR-18")
@pytest.mark.requirement("ORG-21")
def test_annex_4_names_the_place_of_the_household_and_the_agency_in_charge(person, accept, town_clerk, sheet):
    place = apps.get_model("platform", "OrgUnit").objects.get(code=person.unit_code)
    case = accept(hukou_area=place.code, received=("form", "certificate", "household_book"))
    agency = platform.agency_name(place.code, NOW.date())
    printed = sheet(town_clerk, f"/cases/{case.number}/form.pdf")
    assert f"{place.name} {place.code}" in printed
    assert agency != place.name
    assert agency in printed


@pytest.mark.requirement("ORG-21")
def test_a_blank_annex_4_has_every_item_and_boxes_to_sign(town_clerk, sheet):
    blank = sheet(town_clerk, "/cases/counter/change_particulars/form.pdf")
    for said in (
        "民族",
        "银行账号",
        "特殊参保类型",
        "变更前",
        "变更后",
        "村(居)委会",
        "县级经办机构",
        "签名",
        "空白表",
    ):
        assert said in blank
    assert "补打" not in blank

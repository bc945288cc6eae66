"""What stands on pages and papers: names of diseases, areas and staff, and no full citizen number (console.md; RIG-04).

The catalogue of the house names a disease; a code that it never had is shown as it stands.
"""

import re
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from tongchou.platform.commands import ensure_calendar
from tongchou.settlement import queries, terms

CODE, NAME, NOT_LISTED = "M01600", "糖尿病", "M99999"
FULL_NUMBER = re.compile(r"(?<!\d)\d{17}[\dX](?!\d)")


def text(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)


def seat(staff_code: str) -> Client:
    browser = Client()
    operator = apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)
    browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
    return browser


@pytest.fixture
def disease(city: Any, sample: Any) -> None:
    """A disease of the area's list, under which the resident has been treated; and one that the list never had."""
    ensure_calendar(now=sample.NOW)
    apps.get_model("catalogue", "Disease").objects.create(
        code=CODE, name=NAME, pooling_area_id=sample.AREA, valid_from=sample.OPENED
    )
    person = apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)
    found = apps.get_model("settlement", "Accumulator").objects.get(person_id=person.pk, benefit_year=2018)
    amounts = found.amounts | {f"chronic_paid@{CODE}": 21_062, f"chronic_paid@{NOT_LISTED}": 100}
    apps.get_model("settlement", "Accumulator").objects.filter(person_id=person.pk, benefit_year=2018).update(
        amounts=amounts
    )


@pytest.mark.requirement("RIG-03")
@pytest.mark.article("GX2017 §65")
def test_a_resident_reads_the_name_of_the_disease_whose_money_it_is(
    client: Client, city: Any, sample: Any, disease: None
) -> None:
    given = {"name": "张三丰", "certificate_no": city.certificate_no, "card_no": sample.CARD}
    assert client.post("/my/login/", given).status_code == 302
    for page in (text(client.get("/my/year/")), text(seat("daiyu").get(f"/persons/{city.person_no}/year/"))):
        assert f"· {NAME}<" in page
        assert "210.62" in page
        assert CODE not in page
        assert NOT_LISTED in page  # better than nothing


def test_a_slip_and_a_transfer_name_the_disease_too(city: Any, sample: Any, disease: None) -> None:
    package = terms.package(sample.AREA, "resident", sample.NOW.date())
    shown = queries.year_to_date_of(package, {f"chronic_paid@{CODE}": 5, f"chronic_paid@{NOT_LISTED}": 7, "stays": 1})
    assert {one.of: one.of_name for one in shown} == {CODE: NAME, NOT_LISTED: NOT_LISTED, "": ""}


@pytest.mark.requirement("ENC-19")
@pytest.mark.article("GX2017 §65")
def test_filings_are_listed_by_the_name_of_the_disease(city: Any, sample: Any, disease: None) -> None:
    person = apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)
    filing = apps.get_model("encounters", "Filing").objects.create(
        pooling_area=sample.AREA, person_id=person.pk, kind="chronic", disease_code=CODE, institution_codes=[],
        consented_on="2018-01-05", valid_from="2018-01-05", valid_until="2019-01-01", evidence="诊断证明",
        filed_by="daiyu", filed_at=sample.NOW,
    )  # fmt: skip
    desk = seat("daiyu")
    listed = text(desk.get(reverse("encounters:filings")))
    assert NAME in listed
    assert CODE not in listed
    assert NAME in text(desk.get(reverse("encounters:filing", args=[filing.pk])))


@pytest.mark.requirement("ENR-18")
@pytest.mark.article("GX2017 §14")
def test_what_is_registered_now_is_told_in_words_and_without_the_full_number(city: Any, sample: Any) -> None:
    ensure_calendar(now=sample.NOW)
    person = apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)
    apps.get_model("enrolment", "Person").objects.filter(pk=person.pk).update(
        ethnicity="08", hukou_area=person.unit_code
    )
    area = apps.get_model("platform", "OrgUnit").objects.get(code=person.unit_code)
    page = text(seat("shouli").get(f"/cases/counter/change_particulars/?key={city.person_no}"))
    assert "现为:壮族" in page
    assert f"现为:{area.name}({area.parent.name}) {area.code}" in page
    assert not FULL_NUMBER.search(page)


@pytest.mark.requirement("RIG-02")
def test_a_certificate_is_listed_with_the_name_of_who_issued_it(city: Any, sample: Any) -> None:
    ensure_calendar(now=sample.NOW)
    desk = seat("shouli")
    assert desk.post(f"/persons/{city.person_no}/certificates/issue/", {"kind": "enrolment"}).status_code == 302
    clerk = apps.get_model("platform", "Operator").objects.get(staff_code="shouli")
    listed = text(desk.get("/rights/certificates/"))
    assert clerk.name in listed[listed.index("<tbody") :]

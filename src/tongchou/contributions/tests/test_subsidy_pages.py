"""财政补助 as clerks see it: every step on its page, papers and lists masked and logged."""

import io
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tongchou.contributions.models import SubsidyApplication
from tongchou.contributions.subsidies import arrivals, counting
from tongchou.contributions.subsidies.states import Purpose
from tongchou.contributions.tests.test_subsidies import AREA, NOW, Office, persons, twelve_twice_and_eight_dead
from tongchou.contributions.tests.test_subsidies import office as office
from tongchou.platform import queries as platform
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

BASE = "/contributions/subsidies/"


@pytest.fixture
def seat(client: Client) -> Any:
    def at(operator: Any) -> Client:
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return client

    return at


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page starts in the background is done before it answers."""
    monkeypatch.setattr(counting, "start", counting.count)


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.requirement("CON-26")
@pytest.mark.article("GX2017 §30")
def test_an_application_goes_from_the_count_to_the_letter_over_four_desks(office: Office, seat: Any, at_once: None):
    office.crowd(220)
    twelve_twice_and_eight_dead()
    maker = seat(office.maker)
    told = {"unit": AREA, "year": "2018", "purpose": "advance", "count_on": "2018-03-31", "county": "2018-06-30"}
    assert maker.post(f"{BASE}add/", told | {"count_on": ""}).status_code == 422
    where = maker.post(f"{BASE}add/", told).headers["Location"]
    assert maker.post(f"{BASE}add/", told).status_code == 422
    assert "不能手工填写" in text(maker.get(where))
    assert maker.post(f"{where}count/").status_code == 302
    shown = text(maker.get(where))
    assert "98,000.00" in shown
    assert "重复参保" in shown
    assert maker.post(f"{where}review/").status_code == 403
    checker = seat(office.checker)
    assert checker.post(f"{where}review/").status_code == 302
    leader = seat(office.leader)
    assert leader.post(f"{where}return/", {"reason": ""}).status_code == 422
    assert leader.post(f"{where}submit/").status_code == 302
    assert leader.post(f"{where}submit/").status_code == 302
    maker = seat(office.maker)
    assert maker.post(f"{where}approve/", {"approval_no": ""}).status_code == 422
    high = {"approval_no": "财社1号", "approved_on": "2018-06-29", "city": "99999999.00"}
    assert "CO-5019" in text(maker.post(f"{where}approve/", high))
    assert maker.post(f"{where}approve/", high | {"city": ""}).status_code == 302
    other_paper = maker.post(f"{where}approve/", high | {"city": "", "approval_no": "财社2号"})
    assert "CO-5015" in text(other_paper), "approved meanwhile"
    assert SubsidyApplication.objects.get().state == "approved"


@pytest.mark.requirement("CON-28")
def test_the_letter_is_entered_at_the_accountants_desk(office: Office, seat: Any):
    office.crowd(2)
    made = office.approved()
    where = f"{BASE}{made.number}/"
    county = made.levels.get(level="county")
    accountant = seat(office.accountant)
    letter = {"level": str(county.pk), "payer": "县财政局", "paper": "拨款1", "amount": "60.00"}
    assert "CO-5032" in text(accountant.post(f"{where}grant/", letter | {"amount": "60.01"}))
    assert accountant.post(f"{where}grant/", letter).status_code == 302
    assert accountant.post(f"{where}grant/", letter).status_code == 302
    shown = text(accountant.get(where))
    assert "拨款1" in shown
    assert "待到账" in shown
    assert text(accountant.get(BASE)).count("县级财政") >= 1


@pytest.mark.requirement("CON-28", "CON-30")
def test_a_letter_that_comes_when_the_year_is_settled_is_refused_with_the_reason(office: Office, seat: Any):
    office.crowd(2)
    made = office.approved()
    final = office.approved(office.open(purpose=Purpose.FINAL))
    arrivals.settle(number=final.number, operator=office.leader, now=NOW)
    county = made.levels.get(level="county")
    letter = {"level": str(county.pk), "payer": "县财政局", "paper": "拨款1", "amount": "60.00"}
    late = seat(office.accountant).post(f"{BASE}{made.number}/grant/", letter)
    assert late.status_code == 422
    assert "CO-5015" in text(late), "settled meanwhile"


def test_verifying_and_stating_a_difference(office: Office, seat: Any):
    office.crowd(5)
    made = office.submitted()
    where = f"{BASE}{made.number}/"
    maker = seat(office.maker)
    assert "核验一致" in text(maker.post(f"{where}verify/", follow=True))
    persons(1, 1).update(died_on="2018-01-01")
    assert maker.post(f"{where}differ/").status_code == 302
    one = made.differences.get()
    shown = text(maker.get(f"{where}differences/{one.pk}/"))
    assert "统计时点前死亡" in shown
    assert maker.get(f"{where}differences/{one.pk + 1}/").status_code == 404


@pytest.mark.requirement("CON-26")
def test_the_evidence_list_is_masked_and_its_export_logged(office: Office, seat: Any):
    office.crowd(3)
    made = office.counted()
    where = f"{BASE}{made.number}/"
    maker = seat(office.maker)
    shown = text(maker.get(f"{where}heads/"))
    assert "P00000001" in shown
    assert "45010219600102001X" not in shown
    file = maker.get(f"{where}heads/?export=csv")
    assert b"45010219600102001X" not in b"".join(file.streaming_content)
    assert platform.count_in_trail("list", "subsidy_heads", "platform.list_exported") == 1


@pytest.mark.requirement("CON-26")
def test_the_workbook_and_the_form_hold_the_counted_numbers(office: Office, seat: Any):
    office.crowd(220)
    twelve_twice_and_eight_dead()
    made = office.submitted()
    where = f"{BASE}{made.number}/"
    maker = seat(office.maker)
    book = CalamineWorkbook.from_filelike(io.BytesIO(maker.get(f"{where}workbook.xlsx").content))
    sums = book.get_sheet_by_name("测算表").to_python()
    assert sums[6][1] == 200
    assert sums[6][-1] == "98000.00"
    listed = book.get_sheet_by_name("未计入人员").to_python()
    assert len(listed) == 21
    assert all("*" in row[3] for row in listed[1:])
    for _ in range(2):
        paper = maker.get(f"{where}form.pdf")
        assert paper.content.startswith(b"%PDF")
    assert platform.count_in_trail("subsidy", made.number, "contributions.subsidy_printed") == 2
    assert seat(office.finance).get(f"{where}workbook.xlsx").status_code == 200


def test_shares_are_kept_on_their_page(office: Office, seat: Any):
    maker = seat(office.maker)
    told = {
        "standard": str(office.standard.pk),
        "central": "390.00",
        "province": "50.00",
        "city": "20.00",
        "county": "30.01",
        "source": "财社1号",
    }
    assert "CO-5001" in text(maker.post(f"{BASE}shares/", told))
    assert maker.post(f"{BASE}shares/", told | {"county": "30.00"}).status_code == 302
    assert "390.00" in text(maker.get(f"{BASE}shares/"))


def test_pages_ask_little_of_the_database_and_keep_strangers_out(
    office: Office, seat: Any, hire: Any, django_assert_max_num_queries: Any
):
    office.crowd(3)
    made = office.approved()
    maker = seat(office.maker)
    for address in (BASE, f"{BASE}?year=2018", f"{BASE}{made.number}/", f"{BASE}{made.number}/heads/", f"{BASE}add/"):
        maker.get(address)
        with django_assert_max_num_queries(12, info=address):
            assert maker.get(address).status_code == 200
    assert maker.get(f"{BASE}nothing/").status_code == 404
    assert maker.get(f"{BASE}nothing/form.pdf").status_code == 404
    stranger = hire("eligibility", at="450200")
    assert seat(stranger).get(f"{BASE}{made.number}/").status_code == 403
    assert made.number not in text(seat(stranger).get(BASE))

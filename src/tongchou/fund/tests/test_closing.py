"""月结: what a month still needs is said, only who may closes it, and the month that begins is open."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from tongchou.fund import closing, commands, documents, jobs, queries
from tongchou.fund.models import AccountingPeriod
from tongchou.fund.states import CloseCheck
from tongchou.fund.tests.test_documents import AREA, NOW, Office
from tongchou.platform import checks
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.platform.web import access

pytestmark = pytest.mark.django_db

JUNE, JULY = date(2018, 6, 1), date(2018, 7, 1)
IN_JULY = datetime(2018, 7, 3, 2, tzinfo=UTC)
RESIDENT = {"pooling_area": AREA, "scheme": "resident", "month": JUNE}


@pytest.fixture
def office(hire):
    return Office(hire)


@pytest.fixture
def seat():
    def at(operator) -> Client:
        browser = Client()
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return browser

    return at


def missing(now: datetime = IN_JULY) -> dict[str, str]:
    period = closing.first_open(pooling_area=AREA, scheme="resident")
    return {one.check: one.problem for one in closing.checked(period, today=now.date()) if not one.holds}


@pytest.mark.article("GX2017 §101")
@pytest.mark.requirement("FIN-15")
def test_a_month_waits_for_its_documents_to_be_reviewed(office):
    prepared = office.matched()
    assert missing() == {CloseCheck.REVIEWED: "业务单据待复核1张,5,000.00元"}
    with pytest.raises(closing.PeriodCannotClose, match="2018年06月不能结账:业务单据待复核1张"):
        closing.close_period(operator=office.accountant, now=IN_JULY, **RESIDENT)
    office.review(prepared)
    assert missing() == {}
    closed = closing.close_period(operator=office.accountant, now=IN_JULY, **RESIDENT)
    assert (closed.closed_by, closed.closed_at) == (office.accountant.staff_code, IN_JULY)


@pytest.mark.requirement("FIN-15")
def test_a_month_is_closed_when_it_is_over(office):
    assert missing(NOW) == {CloseCheck.ENDED: "当月尚未过完"}
    with pytest.raises(closing.PeriodCannotClose, match="当月尚未过完"):
        closing.close_period(operator=office.accountant, now=NOW, **RESIDENT)


@pytest.mark.requirement("FIN-15")
@pytest.mark.parametrize("post", ["finance_reviewer", "cashier", "clerk"])
def test_only_who_closes_the_books_closes_a_month(office, hire, post):
    other = hire(post, at=AREA)
    with pytest.raises(checks.NoPermission):
        closing.close_period(operator=other, now=IN_JULY, **RESIDENT)
    elsewhere = hire("accountant", at="450102")
    with pytest.raises(checks.AreaOutOfScope):
        closing.close_period(operator=elsewhere, now=IN_JULY, **RESIDENT)


@pytest.mark.article("GX2017 §99")
@pytest.mark.requirement("FIN-16")
def test_a_credit_that_is_placed_after_the_close_is_booked_in_the_open_month(office):
    entry, made = office.entry(), office.income()
    period = closing.first_open(pooling_area=AREA, scheme="resident")
    assert closing.unplaced(period) == closing.Unplaced(1, 500_000)
    assert missing() == {}
    closing.close_period(operator=office.accountant, now=IN_JULY, **RESIDENT)
    commands.open_begun_months(today=IN_JULY.date())
    placed = documents.match(number=made.number, entry_id=entry.pk, operator=office.accountant, now=IN_JULY)
    assert (placed.dated_on, entry.booked_on) == (date(2018, 7, 3), date(2018, 6, 29))


@pytest.mark.article("GX2017 §101")
def test_the_month_that_has_begun_is_open_in_all_books(office):
    jobs.open_months(NOW)
    assert not queries.is_open(pooling_area=AREA, scheme="resident", on=JULY)
    for _again in range(2):
        jobs.open_months(datetime(2018, 8, 31, 16, 1, tzinfo=UTC))  # here it is the first of September
    for scheme in ("resident", "employee"):
        months = queries.periods(pooling_area=AREA, scheme=scheme)
        assert [month.month for month, _state in months] == [9, 8, 7, 6]


@pytest.mark.requirement("FIN-15")
def test_the_page_says_what_is_missing_and_closes(office, seat, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(access, "now", lambda: IN_JULY)
    prepared, address = office.matched(), "/fund/months/?scheme=resident"
    commands.open_begun_months(today=IN_JULY.date())
    accountant, reviewer = seat(office.accountant), seat(office.reviewer)
    accountant.get(address)
    with django_assert_max_num_queries(12):
        page = accountant.get(address).content.decode()
    assert "2018-06 结账检查" in page
    assert '<a href="/fund/documents/?state=prepared">业务单据待复核1张,5,000.00元</a>' in page
    close = "/fund/months/resident/2018-06/close/"
    assert close not in page
    refused = accountant.post(close)
    assert refused.status_code == 422
    assert "FU-0303" in refused.content.decode()
    office.review(prepared)
    assert close in accountant.get(address).content.decode()
    assert close not in reviewer.get(address).content.decode()
    assert "等待会计结账" in reviewer.get(address).content.decode()
    assert reviewer.post(close).status_code == 403
    assert "上月及以前未结账的月份 <strong>2</strong>" in accountant.get("/").content.decode()
    assert accountant.post(close).status_code == 302
    page = accountant.get(address).content.decode()
    assert "城乡居民 2018-06 已结账。" in page
    assert "以前月份均已结账。2018-07 过完后再结账。" in page
    assert AccountingPeriod.objects.get(scheme="resident", month=JUNE).closed_by == office.accountant.staff_code
    for wrong in ("/fund/months/pension/2018-06/close/", "/fund/months/resident/june/close/"):
        assert accountant.post(wrong).status_code == 404

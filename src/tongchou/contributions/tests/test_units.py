"""单位按月缴费: built from the wages, paid whole or allocated to nobody, split once (CON-31, FIN-34)."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tongchou.contributions.events import UnitMonthPaid
from tongchou.contributions.models import UnitPayment, UnitRate, UnitReceivable
from tongchou.contributions.tests.paying import post_slip
from tongchou.contributions.units import invariants, months
from tongchou.contributions.units.months import (
    MonthAhead,
    MonthUnknown,
    NotPaidWhole,
    PaidTooMuch,
    RateMissing,
    RateStands,
    RateUnfit,
    SplitUnfit,
)
from tongchou.fund import commands as fund
from tongchou.fund import queries as books
from tongchou.platform import checks
from tongchou.platform.events import subscribe, unsubscribe
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.platform.tests.conftest import unguarded as unguarded
from tongchou.platform.tests.factors import bind

AREA, COUNTY = "450100", "450102"
NOW = datetime(2018, 3, 20, 2, tzinfo=UTC)
TODAY = date(2018, 3, 20)
MARCH = date(2018, 3, 1)


class Office:
    """An employer with 100 members of 5,000.00 yuan each; 8 % and 2 %: 50,000.00 a month."""

    def __init__(self, hire: Hire) -> None:
        self.clerk = hire("eligibility", at=AREA)
        self.accountant = hire("accountant", at=AREA)
        self.finance = hire("finance_reviewer", at=AREA)
        self.device = bind(self.finance, NOW)
        self.minutes = 0
        self.employer = apps.get_model("enrolment.Employer").objects.create(
            pooling_area_id=AREA,
            unit_code=COUNTY,
            code="D001",
            name="甲市机械厂",
            legal_person="韦一",
            contact="韦二",
            phone="1",
            registered_on=date(2018, 1, 1),
            created_at=NOW,
        )
        fund.ensure_chart(pooling_area=AREA, scheme="employee")
        fund.open_period(pooling_area=AREA, scheme="employee", month=MARCH)

    def rate(self, **changes: Any) -> UnitRate:
        given = {
            "pooling_area": AREA,
            "month_from": date(2018, 1, 1),
            "unit_ratio": Decimal("0.08"),
            "personal_ratio": Decimal("0.02"),
            "due_day": 15,
            "source": "示例规定",
            "operator": self.clerk,
            "now": NOW,
        }
        return months.set_rate(**given | changes)

    def employ(self, heads: int, wage_fen: int = 500_000, *, category: str = "working", first: int = 1) -> None:
        person, member = apps.get_model("enrolment.Person"), apps.get_model("enrolment.EmployerMember")
        people = person.objects.bulk_create(
            person(
                person_no=f"E{n:06d}",
                certificate_type="01",
                certificate_no=f"45010219800101{n:03d}X",
                name=f"黄{n}",
                sex="M",
                born_on=date(1980, 1, 1),
                pooling_area_id=AREA,
                unit_code=COUNTY,
                created_at=NOW,
            )
            for n in range(first, first + heads)
        )
        member.objects.bulk_create(
            member(
                employer=self.employer,
                person=one,
                category=category,
                wage_base_fen=wage_fen,
                month_from=date(2018, 1, 1),
                staff_code="x",
                recorded_at=NOW,
            )
            for one in people
        )

    def build(self, month: date = MARCH) -> UnitReceivable:
        months.build_month(pooling_area=AREA, month=month, operator=self.clerk, now=NOW)
        return UnitReceivable.objects.get(month=month)

    def note(self, due: UnitReceivable, fen: int, paper: str = "回单1") -> str:
        return months.note_payment(receivable_id=due.pk, amount_fen=fen, paper=paper, operator=self.accountant, now=NOW)

    def pay(self, due: UnitReceivable, fen: int, paper: str = "回单1") -> UnitReceivable:
        number = self.note(due, fen, paper)
        post_slip(self, number, fen=fen, reference=paper, booked_on=TODAY, now=NOW)
        due.refresh_from_db()
        return due


@pytest.fixture
def office(hire: Hire) -> Office:
    return Office(hire)


@pytest.fixture
def told():
    heard: list[UnitMonthPaid] = []
    subscribe(UnitMonthPaid)(heard.append)
    yield heard
    unsubscribe(UnitMonthPaid, heard.append)


@pytest.mark.requirement("CON-31")
@pytest.mark.article("BJ-ACCT §5")
@pytest.mark.article("NC-ACCT §7")
def test_a_unit_that_owes_50000_and_pays_49900_credits_nobody_until_100_arrive(office, told):
    office.rate()
    office.employ(100)
    due = office.build()
    assert (due.members, due.amount_fen, due.due_on) == (100, 5_000_000, date(2018, 3, 15))
    person_id = due.lines.first().person_id
    due = office.pay(due, 4_990_000)
    assert (due.state, due.outstanding_fen, told) == ("part", 10_000, [])
    assert not months.month_is_paid(person_id, TODAY)
    assert months.late(AREA, TODAY) == 10_000
    with pytest.raises(NotPaidWhole), transaction.atomic():
        months.split(receivable_id=due.pk, account_fen=1, dated_on=TODAY, operator=office.accountant, now=NOW)
    due = office.pay(due, 10_000, "回单2")
    assert (due.state, due.paid_on) == ("paid", TODAY)
    assert [(one.receivable_id, one.month, one.amount_fen) for one in told] == [(due.pk, MARCH, 5_000_000)]
    assert months.month_is_paid(person_id, TODAY)
    assert months.late(AREA, TODAY) == 0
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("FIN-34")
@pytest.mark.article("BJ-ACCT §22")
def test_50000_are_split_into_36000_of_the_pool_and_14000_of_the_accounts_by_one_voucher(office):
    office.rate()
    office.employ(100)
    due = office.pay(office.build(), 5_000_000)
    given = {"receivable_id": due.pk, "dated_on": TODAY, "operator": office.accountant, "now": NOW}
    with pytest.raises(SplitUnfit), transaction.atomic():
        months.split(account_fen=5_000_001, **given)
    with transaction.atomic():
        number = months.split(account_fen=1_400_000, **given)
        assert months.split(account_fen=1_400_000, **given) == number
    with pytest.raises(SplitUnfit), transaction.atomic():
        months.split(account_fen=1_300_000, **given)
    balances = books.account_balances(pooling_area=AREA, scheme="employee", until=date(2018, 4, 1))
    assert balances["400101"] == -3_600_000
    assert balances["400102"] == -1_400_000
    assert (balances["1002"], balances.get("4601", 0)) == (5_000_000, 0)


@pytest.mark.article("NC-ACCT §4")
def test_a_month_follows_the_register_until_something_was_paid(office):
    office.rate()
    office.employ(2)
    office.employ(1, 0, category="retired", first=50)
    due = office.build()
    assert (due.members, due.amount_fen) == (2, 100_000)
    office.employ(1, first=10)
    assert office.build().amount_fen == 150_000
    office.pay(due, 1)
    office.employ(1, first=20)
    assert office.build().amount_fen == 150_000
    assert invariants.broken(AREA, TODAY) == []


def test_rates_are_dated_and_stand_once_used(office):
    with pytest.raises(RateMissing):
        office.build()
    office.rate()
    with pytest.raises(RateStands):
        office.rate()
    for wrong in ({"unit_ratio": Decimal(1)}, {"due_day": 29}, {"source": " "}):
        with pytest.raises(RateUnfit):
            office.rate(month_from=date(2018, 2, 1), **wrong)
    office.rate(month_from=date(2018, 3, 1), unit_ratio=Decimal("0.06"))
    office.employ(1)
    assert office.build().unit_fen == 30_000
    assert office.build(date(2018, 2, 1)).unit_fen == 40_000
    with pytest.raises(RateStands):
        office.rate(month_from=date(2018, 2, 1))
    with pytest.raises(MonthAhead):
        office.build(date(2018, 4, 1))
    with pytest.raises(checks.NoPermission):
        office.rate(operator=office.accountant)


def test_more_than_a_month_owes_is_refused_and_the_same_slip_is_one_document(office):
    office.rate()
    office.employ(1)
    due = office.build()
    assert office.note(due, 20_000) == office.note(due, 20_000)
    with pytest.raises(PaidTooMuch):
        office.note(due, 30_001, "回单2")
    with pytest.raises(MonthUnknown):
        office.note(UnitReceivable(pk=0), 1)


def test_the_database_lets_nobody_be_paid_in_part(office):
    office.rate()
    office.employ(1)
    due = office.build()
    for change in ({"state": "paid", "paid_on": TODAY}, {"received_fen": 60_000}, {"amount_fen": 1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            UnitReceivable.objects.filter(pk=due.pk).update(**change)
    office.pay(due, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        UnitPayment.objects.update(amount_fen=2)


def test_what_is_astray_is_named_at_night(office, unguarded):
    office.rate()
    office.employ(1)
    due = office.pay(office.build(), 1)
    unguarded("UPDATE contributions_unitpayment SET amount_fen = 2")
    due.lines.update(unit_fen=1)
    assert len(invariants.broken(AREA, TODAY)) == 2


@given(wages=st.lists(st.integers(1, 10**8), min_size=1, max_size=8), per_mille=st.integers(0, 300))
def test_parts_rounded_per_member_stay_within_half_a_fen_of_the_whole(wages: list[int], per_mille: int):
    ratio = Decimal(per_mille) / 1000
    parts = [int((Decimal(wage) * ratio).quantize(Decimal(1), ROUND_HALF_UP)) for wage in wages]
    assert abs(sum(parts) - sum(wages) * ratio) <= Decimal(len(wages)) / 2


@pytest.mark.requirement("CON-31")
def test_the_pages_from_the_rate_to_the_slip(office, client: Client, django_assert_max_num_queries: Any):
    def seat(operator: Any) -> Client:
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return client

    office.employ(100)
    clerk = seat(office.clerk)
    rate = {"month": "2018-01", "unit": "8", "personal": "2", "due_day": "15", "source": "示例规定"}
    assert clerk.post("/contributions/units/rates/", rate | {"month": "x"}).status_code == 422
    assert clerk.post("/contributions/units/rates/", rate).status_code == 302
    assert "8%" in clerk.get("/contributions/units/rates/").content.decode()
    assert clerk.post("/contributions/units/build/", {"month": "2018-03"}).status_code == 302
    due = UnitReceivable.objects.get()
    where = f"/contributions/units/{due.pk}/"
    for address in ("/contributions/units/", where, f"{where}members/"):
        clerk.get(address)
        with django_assert_max_num_queries(12, info=address):
            assert clerk.get(address).status_code == 200
    assert clerk.get(f"{where}form.pdf").content.startswith(b"%PDF")
    accountant = seat(office.accountant)
    slip = {"paper": "回单1", "amount": "49900.00"}
    assert "CO-5105" in accountant.post(f"{where}pay/", slip | {"amount": "50000.01"}).content.decode()
    assert accountant.post(f"{where}pay/", slip).status_code == 302
    assert "待到账" in accountant.get(where).content.decode()
    office.pay(due, 4_990_000)
    office.pay(due, 10_000, "回单2")
    assert "CO-5105" in accountant.post(f"{where}pay/", slip | {"paper": "回单3"}).content.decode(), "paid meanwhile"
    assert accountant.get("/contributions/units/0/").status_code == 404

"""An employer's unpaid month, seen from the hospital's window: who is stopped, from which day, and who is restored."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, transaction

from tongchou.contributions import queries as contributions
from tongchou.contributions.units import months, ruling
from tongchou.contributions.units.states import RestoresFrom, StopsFrom
from tongchou.enrolment.employers import commands as employers
from tongchou.enrolment.employers.states import MemberCategory
from tongchou.fund.events import DocumentPosted
from tongchou.fund.states import DocumentKind
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.policy.eligibility import Standing
from tongchou.policy.packages import Package
from tongchou.settlement import checks
from tongchou.settlement.eligibility import eligibility
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, yuan

MARCH, APRIL = date(2018, 3, 1), date(2018, 4, 1)
TERMS = ruling.RuleTerms(grace_months=0, stops=StopsFrom.AFTER_DUE, restores=RestoresFrom.STOP_DAY)


def employee_package() -> Package:
    text = (Path(settings.POLICIES) / "360100/employee/2018-01-01.yaml").read_text()
    return Package.parse(text.replace("area: 360100", f"area: {world.AREA}", 1).encode(), "employees")


@pytest.fixture(autouse=True)
def rules_of_employees() -> Iterator[None]:
    with world.using(world.book(world.tset(), employee_package())):
        yield


class Firm:
    """An employer with a rate of 8 % and 2 %, due on the 15th, and what may happen to its months."""

    def __init__(self, hire: Hire) -> None:
        self.clerk = hire("eligibility", at=world.AREA)
        self.numbers = 0
        self.employer = self.found("D001")

    def found(self, code: str) -> Any:
        world.area()
        return apps.get_model("enrolment.Employer").objects.create(
            pooling_area_id=world.AREA,
            unit_code=world.UNIT,
            code=code,
            name=f"甲市{code}厂",
            legal_person="韦一",
            contact="韦二",
            phone="1",
            registered_on=date(2018, 1, 1),
            created_at=at("2018-01-01"),
        )

    def rule(self, terms: ruling.RuleTerms = TERMS, *, due_day: int = 15, since: date = date(2018, 1, 1)) -> None:
        given = {"pooling_area": world.AREA, "month_from": since, "source": "示例规定", "operator": self.clerk}
        months.set_rate(
            unit_ratio=Decimal("0.08"),
            personal_ratio=Decimal("0.02"),
            due_day=due_day,
            now=at("2018-01-01"),
            **given,
        )
        ruling.set_rule(terms=terms, now=at("2018-01-01"), **given)

    def person(self) -> world.Person:
        """Somebody who is registered and takes part in nothing yet."""
        who = world.person(covered=[])
        apps.get_model("enrolment.Enrolment").objects.filter(person_id=who.id).delete()
        return who

    def employ(self, since: date, *, employer: Any = None, who: world.Person | None = None) -> world.Person:
        who = who or self.person()
        with transaction.atomic():
            employers.add(
                employer or self.employer,
                apps.get_model("enrolment.Person").objects.select_for_update(of=("self",)).get(pk=who.id),
                since,
                MemberCategory.WORKING,
                500_000,
                operator=self.clerk,
                now=at(since),
            )
        return who

    def leave(self, who: world.Person, month: date, *, employer: Any = None) -> None:
        with transaction.atomic():
            employers.remove(
                employer or self.employer,
                apps.get_model("enrolment.Person").objects.select_for_update(of=("self",)).get(pk=who.id),
                month,
                "",
                operator=self.clerk,
                now=at(month),
            )

    def build(self, month: date, *, on: date | None = None, employer: Any = None) -> Any:
        months.build_month(pooling_area=world.AREA, month=month, operator=self.clerk, now=at(on or month))
        return apps.get_model("contributions.UnitReceivable").objects.get(
            month=month, employer=employer or self.employer
        )

    def pay(self, due: Any, on: date) -> Any:
        self.numbers += 1
        with transaction.atomic():
            months.note_arrival(
                DocumentPosted(
                    number=f"CW{self.numbers}",
                    kind=DocumentKind.UNIT_PREMIUM,
                    pooling_area=world.AREA,
                    scheme="employee",
                    amount_fen=due.amount_fen,
                    dated_on=on,
                    voucher_no=f"收{self.numbers}",
                    origin=months.ORIGIN,
                    origin_key=str(due.pk),
                )
            )
        due.refresh_from_db()
        return due


@pytest.fixture
def firm(hire: Hire) -> Firm:
    return Firm(hire)


def visit(who: world.Person, on: str) -> Any:
    """A stay of one day, settled on that day: 1,000 in scope."""
    made = world.visit(who, on, kind="inpatient", until=on, scheme="employee")
    total = world.charge(made, [Line(scope=yuan("1000"))])
    return world.settle(made, total, on=at(on), scheme="employee")


def covered(who: world.Person, on: str) -> bool:
    decision = contributions.coverage_standing(who.id, date.fromisoformat(on))
    assert decision is not None
    asked = eligibility(
        who.number,
        scheme="employee",
        kind="inpatient",
        institution_code=world.HOSPITAL,
        on=date.fromisoformat(on),
    )
    assert asked.eligible == decision.eligible, (asked, decision)
    return decision.eligible


@pytest.mark.requirement("CON-31", "CON-13")
@pytest.mark.article("NC-ACCT §7")
def test_an_unpaid_month_is_refused_at_the_hospital_and_paid_late_gives_the_days_back(firm):
    firm.rule()
    who = firm.employ(MARCH)
    due = firm.build(MARCH)
    assert (due.due_on, due.stops_from) == (date(2018, 3, 15), date(2018, 3, 16))
    assert visit(who, "2018-03-15").columns["pool_paid_fen"] == yuan("540.00")
    with pytest.raises(checks.NotCovered, match="欠费停待遇,单位未足额缴纳2018-03医疗保险费,自2018-03-16起") as refused:
        visit(who, "2018-03-16")
    assert "NC-ACCT §7" in str(refused.value)
    assert contributions.coverage_standing(who.id, date(2018, 3, 16)).standing is Standing.ARREARS
    assert not covered(who, "2018-05-01")
    due = firm.pay(due, date(2018, 4, 20))
    assert due.stops_until == due.stops_from
    assert covered(who, "2018-03-16")
    assert visit(who, "2018-03-16").columns["pool_paid_fen"] > 0


@pytest.mark.requirement("CON-31", "BEN-10")
@pytest.mark.article("NC-ACCT §7")
def test_a_stay_that_crosses_the_stop_is_paid_for_its_covered_days_only(firm):
    firm.rule()
    who = firm.employ(MARCH)
    firm.build(MARCH)
    made = world.visit(who, "2018-03-14", kind="inpatient", until="2018-03-18", scheme="employee")
    lines = [Line(scope=yuan("1000"), on=f"2018-03-{day}") for day in (14, 15, 16, 17)]
    settled = world.settle(made, world.charge(made, lines), on=at("2018-03-18"), scheme="employee")
    assert settled.columns["own_expense_fen"] == settled.columns["in_scope_fen"] == yuan("2000")


@pytest.mark.article("NC-ACCT §7")
@pytest.mark.parametrize(
    ("stops", "grace", "restores", "paid", "gap"),
    [
        pytest.param("after_due", 0, "stop_day", "2018-03-15", None, id="paid on the last day: nothing stops"),
        pytest.param("after_due", 0, "payment_day", "2018-03-20", ("2018-03-16", "2018-03-20"), id="from the payment"),
        pytest.param("after_due", 0, "next_month", "2018-03-20", ("2018-03-16", "2018-04-01"), id="from next month"),
        pytest.param("next_month", 0, "payment_day", "2018-04-02", ("2018-04-01", "2018-04-02"), id="stop next month"),
        pytest.param("next_month", 2, "payment_day", "2018-06-10", ("2018-06-01", "2018-06-10"), id="two months grace"),
        pytest.param("after_due", 2, "stop_day", "2018-09-10", None, id="back to the stop"),
    ],
)
def test_each_region_says_when_it_stops_and_what_late_payment_restores(firm, stops, grace, restores, paid, gap):
    firm.rule(ruling.RuleTerms(grace_months=grace, stops=StopsFrom(stops), restores=RestoresFrom(restores)))
    who = firm.employ(MARCH)
    firm.pay(firm.build(MARCH), date.fromisoformat(paid))
    spans = [one for one in contributions.coverage(who.id, date(2018, 12, 1)) if one.scheme == "employee"]
    days = [(one.start, one.until) for one in spans if one.start.year == 2018]
    if gap is None:
        assert days == [(MARCH, date(2019, 1, 1))]
    else:
        since, until = map(date.fromisoformat, gap)
        assert days == [(MARCH, since), (until, date(2019, 1, 1))]


@pytest.mark.article("NC-ACCT §7")
@pytest.mark.parametrize(("year", "first"), [(2019, "2019-03-01"), (2020, "2020-02-29")])
def test_due_on_28_february_stops_on_the_next_day_of_its_year(firm, year, first):
    firm.rule(due_day=28)
    who = firm.employ(date(2018, 3, 1))
    firm.build(date(year, 2, 1))
    assert covered(who, f"{year}-02-28")
    assert not covered(who, first)


@pytest.mark.article("NC-ACCT §7")
def test_a_stop_goes_on_over_the_year_and_two_unpaid_months_are_two_reasons(firm):
    firm.rule(ruling.RuleTerms(grace_months=1, stops=StopsFrom.AFTER_DUE, restores=RestoresFrom.PAYMENT_DAY))
    who = firm.employ(date(2018, 11, 1))
    november, december = firm.build(date(2018, 11, 1)), firm.build(date(2018, 12, 1))
    assert covered(who, "2018-12-15")
    assert not covered(who, "2018-12-16")
    decision = contributions.coverage_standing(who.id, date(2019, 1, 20))
    assert decision.reason == "单位未足额缴纳2018-11、2018-12医疗保险费,自2018-12-16起停止享受待遇"
    firm.pay(november, date(2019, 1, 10))
    assert covered(who, "2019-01-12")
    assert not covered(who, "2019-01-16")
    firm.pay(december, date(2019, 2, 1))
    assert covered(who, "2019-02-01")
    assert not covered(who, "2019-01-31")


@pytest.mark.requirement("ENR-33")
@pytest.mark.article("NC-ACCT §7")
def test_whoever_changes_the_employer_does_not_carry_its_debt_along(firm):
    """In the middle of a month he is still the old employer's; from the first of the next he is the new one's."""
    firm.rule()
    who = firm.employ(MARCH)
    other = firm.found("D002")
    firm.build(MARCH)
    firm.leave(who, APRIL)
    firm.employ(date(2018, 4, 18), employer=other, who=who)
    assert not covered(who, "2018-03-31")
    assert covered(who, "2018-04-01")
    paid = firm.build(APRIL, employer=other)
    assert paid.members == 1
    firm.pay(paid, date(2018, 4, 10))
    assert covered(who, "2018-05-01")


@pytest.mark.requirement("CON-31")
@pytest.mark.article("BJ-ACCT §5")
def test_who_joins_in_the_middle_of_a_month_is_covered_and_owed_for_from_its_first_day(firm):
    firm.rule()
    who = firm.employ(date(2018, 3, 16))
    assert covered(who, "2018-03-01")
    assert not covered(who, "2018-02-28")
    assert firm.build(MARCH, on=date(2018, 3, 20)).members == 1
    assert covered(who, "2018-03-20"), "a month determined late stops nobody for days gone by"
    assert not covered(who, "2018-03-21")


@pytest.mark.article("NC-ACCT §12")
def test_the_retired_owe_nothing_and_are_not_stopped(firm):
    firm.rule()
    who = firm.employ(MARCH)
    firm.build(MARCH)
    with transaction.atomic():
        employers.change(
            firm.employer,
            apps.get_model("enrolment.Person").objects.get(pk=who.id),
            APRIL,
            retires=True,
            operator=firm.clerk,
            now=at("2018-04-01"),
        )
    assert not covered(who, "2018-03-31")
    assert covered(who, "2018-04-01")


def test_an_area_without_a_rule_stops_nobody(firm):
    months.set_rate(
        pooling_area=world.AREA,
        month_from=MARCH,
        unit_ratio=Decimal("0.08"),
        personal_ratio=Decimal("0.02"),
        due_day=15,
        source="示例规定",
        operator=firm.clerk,
        now=at(MARCH),
    )
    who = firm.employ(MARCH)
    assert firm.build(MARCH).stops_from is None
    assert covered(who, "2018-12-31")


@pytest.mark.requirement("BEN-42")
def test_a_year_settled_in_while_benefits_stood_still_is_to_be_looked_at_after_the_late_payment(firm):
    firm.rule()
    who = firm.employ(MARCH)
    due = firm.build(MARCH)
    visit(who, "2018-03-10")
    firm.pay(due, date(2018, 4, 20))
    marked = apps.get_model("settlement.YearToReplay").objects.filter(person_id=who.id)
    assert [(one.benefit_year, one.cause) for one in marked] == [(2018, "coverage")]


def test_rules_are_dated_stand_once_used_and_refuse_what_does_not_fit(firm):
    firm.rule()
    given = {"pooling_area": world.AREA, "source": "示例规定", "operator": firm.clerk, "now": at("2018-01-01")}
    with pytest.raises(ruling.RuleStands):
        ruling.set_rule(month_from=date(2018, 1, 1), terms=TERMS, **given)
    for wrong in (
        ruling.RuleTerms(grace_months=13, stops=StopsFrom.AFTER_DUE, restores=RestoresFrom.STOP_DAY),
        ruling.RuleTerms(grace_months=0, stops=StopsFrom.AFTER_DUE, restores=RestoresFrom.STOP_DAY, break_months=0),
        ruling.RuleTerms(
            grace_months=0, stops=StopsFrom.AFTER_DUE, restores=RestoresFrom.STOP_DAY, late_ratio=Decimal(1)
        ),
        ruling.RuleTerms(grace_months=0, stops=StopsFrom.AFTER_DUE, restores=RestoresFrom.STOP_DAY, floor_fen=0),
    ):
        with pytest.raises(ruling.RuleUnfit):
            ruling.set_rule(month_from=APRIL, terms=wrong, **given)
    with pytest.raises(ruling.RuleUnfit):
        ruling.set_rule(month_from=APRIL, terms=TERMS, **given | {"source": " "})
    firm.employ(MARCH)
    due = firm.build(MARCH)
    with pytest.raises(ruling.RuleStands):
        ruling.set_rule(month_from=date(2018, 2, 1), terms=TERMS, **given)
    for change in ({"stops_until": date(2018, 5, 1)}, {"state": "paid", "paid_on": MARCH, "received_fen": 50_000}):
        with pytest.raises(DatabaseError), transaction.atomic():
            apps.get_model("contributions.UnitReceivable").objects.filter(pk=due.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        apps.get_model("contributions.EmployeeRule").objects.update(grace_months=3)


@pytest.mark.requirement("CON-33")
@pytest.mark.article("JS-EXT 2")
@pytest.mark.parametrize(("back", "starts"), [("2018-06-01", "2018-06-01"), ("2018-08-01", "2018-10-01")])
def test_who_comes_back_after_a_break_waits_by_the_rule(firm, back, starts):
    """A break of three months or more waits two months; a shorter one does not."""
    firm.rule(
        ruling.RuleTerms(
            grace_months=0,
            stops=StopsFrom.AFTER_DUE,
            restores=RestoresFrom.STOP_DAY,
            break_months=3,
            waiting_months=2,
        )
    )
    who = firm.employ(MARCH)
    firm.leave(who, date(2018, 5, 1))
    firm.employ(date.fromisoformat(back), who=who)
    assert covered(who, starts)
    if back != starts:
        assert not covered(who, back)
        assert contributions.coverage_standing(who.id, date(2018, 9, 30)).standing is Standing.WAITING

"""What is owed once: audits of bases, programmes, retirements; paid in one sum, in the books, and what it brings."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.models import Q

from tongchou.contributions.base_audits import commands as audits
from tongchou.contributions.base_audits import queries as audited
from tongchou.contributions.dues import commands as dues
from tongchou.contributions.dues import invariants
from tongchou.contributions.dues.states import DuePart
from tongchou.contributions.models import BaseAudit, EmployeeWaiting, OneOffDue, ProgrammeMember, Retirement
from tongchou.contributions.programmes import commands as programmes
from tongchou.contributions.programmes.states import Bearer, ProgrammeKind
from tongchou.contributions.retiring import commands as retiring
from tongchou.contributions.retiring.states import Begins
from tongchou.contributions.tests.paying import post_slip
from tongchou.contributions.tests.test_units import AREA, COUNTY, Office
from tongchou.contributions.units import months, ruling
from tongchou.contributions.units.states import RestoresFrom, StopsFrom
from tongchou.enrolment.employers import commands as employers
from tongchou.fund import commands as fund
from tongchou.fund import queries as books
from tongchou.platform import checks
from tongchou.platform.commands import ensure_calendar
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.platform.tests.conftest import unguarded as unguarded

NOW = datetime(2018, 7, 10, 2, tzinfo=UTC)
TODAY = date(2018, 7, 10)
JANUARY, JULY = date(2018, 1, 1), date(2018, 7, 1)


class House(Office):
    """The office of the monthly tests in July 2018, with months from January on and two persons of the audit."""

    def __init__(self, hire: Hire) -> None:
        super().__init__(hire)
        self.auditor = hire("auditor", at=AREA)
        self.second = hire("auditor", at=AREA)
        self.window = hire("clerk", "eligibility", at=AREA)
        for month in range(4, 8):
            fund.open_period(pooling_area=AREA, scheme="employee", month=date(2018, month, 1))

    def rule(self, **changes: Any) -> None:
        given: dict[str, Any] = {
            "grace_months": 0,
            "stops": StopsFrom.AFTER_DUE,
            "restores": RestoresFrom.STOP_DAY,
            "floor_fen": 400_000,
        }
        ruling.set_rule(
            pooling_area=AREA,
            month_from=JANUARY,
            terms=ruling.RuleTerms(**given | changes),
            source="示例规定",
            operator=self.clerk,
            now=NOW,
        )

    def half_year(self, heads: int = 1, wage_fen: int = 500_000) -> list[int]:
        self.rate()
        self.employ(heads, wage_fen)
        for month in range(1, 7):
            self.build_on(date(2018, month, 1))
        return list(
            apps.get_model("enrolment.EmployerMember").objects.order_by("id").values_list("person_id", flat=True)
        )

    def build_on(self, month: date) -> None:
        months.build_month(pooling_area=AREA, month=month, operator=self.clerk, now=NOW)

    def plan(self, **changes: Any) -> Any:
        given = {
            "pooling_area": AREA,
            "unit_code": AREA,
            "title": "2018年上半年基数稽核",
            "purpose": "核对缴费基数,查阅工资台账",
            "month_from": JANUARY,
            "month_until": JULY,
            "operator": self.auditor,
            "now": NOW,
        }
        return audits.make_plan(**given | changes)

    def audit(self, **changes: Any) -> BaseAudit:
        made = audits.choose(
            plan_id=self.plan(**changes).pk, employer_ids=[self.employer.pk], operator=self.auditor, now=NOW
        )
        return made[0]

    def find(self, audit: BaseAudit, person_id: int, month: int, fen: int) -> Any:
        return audits.note_finding(
            number=audit.number,
            person_id=person_id,
            month=date(2018, month, 1),
            audited_fen=fen,
            operator=self.auditor,
            now=NOW,
        )

    def confirm(self, audit: BaseAudit, **changes: Any) -> BaseAudit:
        audit.refresh_from_db()
        given = {
            "number": audit.number,
            "version": audit.version,
            "due_on": date(2018, 8, 10),
            "agreed": True,
            "operator": self.second,
            "now": NOW,
        }
        return audits.confirm(**given | changes)

    def settle(self, due: OneOffDue, part: DuePart = DuePart.OWN, on: date = TODAY) -> OneOffDue:
        """The slip is entered, the bank's entry found, a second person posts."""
        paper = f"回单{due.number}{part.value}"
        number = dues.note_payment(number=due.number, part=part, paper=paper, operator=self.accountant, now=NOW)
        amount = due.own_fen if part is DuePart.OWN else due.aided_fen
        post_slip(self, number, fen=amount, reference=paper, booked_on=on, now=NOW)
        due.refresh_from_db()
        return due


@pytest.fixture
def house(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    ensure_calendar(now=NOW)
    return House(hire)


# --- audit of bases -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-32", "FIN-35", "AUD-24")
@pytest.mark.article("JS-EXT 2")
def test_a_base_understated_by_1000_for_six_months_at_ten_per_cent_is_paid_back_with_600(house):
    (person,) = house.half_year()
    audit = house.audit()
    for month in range(1, 7):
        house.find(audit, person, month, 600_000)
    audits.notify(number=audit.number, operator=house.auditor, now=NOW)
    audit = house.confirm(audit)
    assert (audit.persons, audit.gap_fen, audit.unit_fen, audit.personal_fen) == (1, 600_000, 48_000, 12_000)
    assert audit.due.amount_fen == 60_000
    assert house.confirm(audit).due_id == audit.due_id, "the same confirmation again raises nothing"
    house.settle(audit.due)
    audit.refresh_from_db()
    assert (audit.state, audit.due.state, audit.due.paid_on) == ("paid", "paid", TODAY)
    balances = books.account_balances(pooling_area=AREA, scheme="employee", until=date(2018, 8, 1))
    assert (balances["400101"], balances["400102"]) == (-48_000, -12_000)
    assert invariants.broken(AREA, TODAY) == []
    found = audited.results(2018, Q())
    assert (found.units, found.found, found.persons, found.raised_fen, found.paid_fen) == (1, 1, 1, 60_000, 60_000)


@pytest.mark.requirement("CON-32")
@pytest.mark.article("GX2017 §117")
def test_units_are_chosen_by_floor_reported_wages_and_heads(house):
    house.rule()
    house.half_year(2, 350_000)
    plan = house.plan()
    (risky,) = audited.risky(plan)
    assert risky.risks == [{"risk": "floor", "persons": 2, "fen": 600_000}]
    apps.get_model("contributions.ReportedPayroll").objects.create(
        employer=house.employer, year=2018, heads=3, wages_fen=18_000_000, source="税务", recorded_at=NOW
    )
    (risky,) = audited.risky(plan)
    assert [one["risk"] for one in risky.risks] == ["floor", "wages", "heads"]
    assert risky.missing_fen == 1_800_000
    (audit,) = audits.choose(plan_id=plan.pk, employer_ids=[house.employer.pk], operator=house.auditor, now=NOW)
    assert audit.risks == risky.risks
    assert audited.risky(plan) == []
    with pytest.raises(audits.NobodyChosen):
        audits.choose(plan_id=plan.pk, employer_ids=[house.employer.pk, 0], operator=house.auditor, now=NOW)


@pytest.mark.requirement("CON-32")
@pytest.mark.article("GX2017 §117")
def test_the_employer_may_object_and_a_second_person_confirms(house):
    (person,) = house.half_year()
    audit = house.audit()
    with pytest.raises(audits.NothingFound):
        audits.notify(number=audit.number, operator=house.auditor, now=NOW)
    house.find(audit, person, 1, 600_000)
    assert house.find(audit, person, 1, 620_000).unit_fen == 9_600
    with pytest.raises(audits.SomethingFound):
        audits.clear(number=audit.number, operator=house.auditor, now=NOW)
    audits.notify(number=audit.number, operator=house.auditor, now=NOW)
    with pytest.raises(audits.AuditElsewhere):
        house.find(audit, person, 2, 600_000)
    audits.object_to(number=audit.number, words="一月含上年补发", operator=house.auditor, now=NOW)
    with pytest.raises(audits.AuditElsewhere):
        house.confirm(audit)
    with pytest.raises(audits.WordsNeeded):
        audits.answer(number=audit.number, upheld=True, words=" ", operator=house.auditor, now=NOW)
    audits.answer(number=audit.number, upheld=True, words="补发不计入", operator=house.auditor, now=NOW)
    house.find(audit, person, 1, 600_000)
    audits.notify(number=audit.number, operator=house.auditor, now=NOW)
    with pytest.raises(audits.SamePerson):
        house.confirm(audit, operator=house.auditor)
    with pytest.raises(audits.ObjectionOpen):
        house.confirm(audit, agreed=False)
    with pytest.raises(audits.AuditChanged):
        house.confirm(audit, version=1)
    with pytest.raises(audits.DueInPast):
        house.confirm(audit, due_on=date(2018, 7, 9))
    with pytest.raises(checks.NoPermission):
        house.confirm(audit, operator=house.accountant)
    assert house.confirm(audit).due.amount_fen == 10_000


def test_findings_refuse_what_is_no_gap_or_lies_outside_and_an_audited_month_is_not_found_twice(house):
    (person,) = house.half_year()
    audit = house.audit()
    for month, fen, refusal in ((1, 500_000, audits.NoGap), (7, 900_000, audits.MonthOutside)):
        with pytest.raises(refusal):
            house.find(audit, person, month, fen)
    house.find(audit, person, 1, 600_000)
    audits.notify(number=audit.number, operator=house.auditor, now=NOW)
    house.confirm(audit)
    assert house.plan() == audit.plan, "the same plan again is the first"
    again = house.audit(title="复查")
    with pytest.raises(audits.NoGap):
        house.find(again, person, 1, 600_000)
    assert house.find(again, person, 1, 700_000).declared_fen == 600_000
    with pytest.raises(audits.AuditUnknown):
        audits.clear(number="x", operator=house.auditor, now=NOW)
    for wrong in ({"title": " "}, {"month_until": date(2018, 8, 1)}, {"month_until": JANUARY}):
        with pytest.raises(audits.PlanUnfit):
            house.plan(**wrong)


@pytest.mark.requirement("CON-32")
def test_a_late_fee_runs_by_the_day_from_the_due_day_of_each_month(house):
    """0.05 % a day: January's 100.00 from the 15th to 10 July are 176 days, 8.80."""
    house.rule(late_ratio=Decimal("0.0005"))
    (person,) = house.half_year()
    audit = house.audit()
    house.find(audit, person, 1, 600_000)
    audits.notify(number=audit.number, operator=house.auditor, now=NOW)
    audit = house.confirm(audit)
    assert (audit.late_fee_fen, audit.due.amount_fen) == (880, 10_880)
    house.settle(audit.due)
    balances = books.account_balances(pooling_area=AREA, scheme="employee", until=date(2018, 8, 1))
    assert balances["450101"] == -880


# --- programmes -----------------------------------------------------------------------------------------------------


def programme(house: House, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "name": "断保人员续保优惠",
        "kind": ProgrammeKind.REJOIN,
        "valid_from": date(2018, 1, 1),
        "valid_until": date(2019, 1, 1),
        "share_of": 1,
        "share_in": 3,
        "conditions": ({"fact": "break_months", "value": "3"},),
    }
    return programmes.set_programme(
        pooling_area=AREA,
        code=changes.pop("code", "XB2018"),
        terms=programmes.ProgrammeTerms(**given | changes),
        source="示例文件",
        operator=house.clerk,
        now=NOW,
    )


PART = programmes.Part(month_from=date(2018, 2, 1), month_until=JULY, base_fen=300_000)


def lapsed(house: House) -> int:
    """Who left in February and comes back in July."""
    house.rate()
    house.employ(1)
    apps.get_model("enrolment.EmployerMember").objects.update(month_until=date(2018, 2, 1))
    return int(apps.get_model("enrolment.EmployerMember").objects.get().person_id)


def take(house: House, made: Any, person_id: int, part: programmes.Part = PART, now: datetime = NOW) -> ProgrammeMember:
    return programmes.take_part(programme_id=made.pk, person_id=person_id, part=part, operator=house.window, now=now)


@pytest.mark.requirement("CON-32", "CON-33")
@pytest.mark.article("JS-EXT 2")
def test_a_lapsed_member_pays_one_third_in_2018_and_counts_under_the_programme(house):
    person = lapsed(house)
    made = programme(house)
    member = take(house, made, person)
    assert (member.total_fen, member.personal_fen, member.rest_fen) == (150_000, 50_000, 100_000)
    assert (member.state, member.due.amount_fen) == ("waiting", 50_000)
    with pytest.raises(programmes.TakesPartAlready):
        take(house, made, person)
    house.settle(member.due)
    member.refresh_from_db()
    assert (member.state, member.counted_on, member.covered_from) == ("counted", TODAY, TODAY)
    assert made.members.filter(state="counted").count() == 1
    balances = books.account_balances(pooling_area=AREA, scheme="employee", until=date(2018, 8, 1))
    assert balances["400101"] == -50_000
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-33")
@pytest.mark.article("JS-EXT 2")
def test_outside_its_time_and_without_its_conditions_nobody_takes_part(house):
    person = lapsed(house)
    past = programme(house, code="X1", valid_from=date(2017, 1, 1), valid_until=date(2018, 1, 1))
    with pytest.raises(programmes.NotInForce):
        take(house, past, person)
    strict = programme(
        house,
        code="X2",
        conditions=(
            {"fact": "break_months", "value": "12"},
            {"fact": "never_employee"},
            {"fact": "age_from", "value": "60"},
            {"fact": "age_below", "value": "30"},
            {"fact": "group", "value": "dibao"},
            {"fact": "proof", "value": "被征地农民证明"},
        ),
    )
    with pytest.raises(programmes.ConditionUnmet) as refused:
        take(house, strict, person)
    assert str(refused.value).count("、") == 5
    farmers = programme(house, code="X3", conditions=({"fact": "proof", "value": "被征地农民证明"},))
    with pytest.raises(programmes.ConditionUnmet):
        take(house, farmers, person)
    shown = programmes.Part(month_from=date(2018, 2, 1), month_until=JULY, base_fen=300_000, proof="征地2017-12号")
    assert take(house, farmers, person, shown).proof == "征地2017-12号"
    with pytest.raises(programmes.MonthsUnfit):
        take(house, programme(house, code="X4"), person, programmes.Part(month_from=JULY, month_until=JULY, base_fen=1))


@pytest.mark.requirement("CON-33")
def test_the_waiting_time_of_a_break_is_shortened_by_the_programme(house):
    house.rule(break_months=3, waiting_months=6)
    person = lapsed(house)
    EmployeeWaiting.objects.create(
        person_id=person, waits_from=JULY, waits_until=date(2019, 1, 1), break_months=5, rule="示例规定"
    )
    member = take(house, programme(house, waiting_months=1), person)
    house.settle(member.due)
    waiting = EmployeeWaiting.objects.get()
    assert (waiting.waits_until, waiting.shortened_by) == (date(2018, 8, 1), "XB2018")


@pytest.mark.requirement("CON-32")
def test_what_a_department_bears_is_the_other_part_of_the_same_due(house):
    person = lapsed(house)
    made = programme(house, rest_by=Bearer.FISCAL, rest_department="区财政局")
    due = take(house, made, person).due
    assert (due.amount_fen, due.own_fen, due.aided_fen, due.aided_by) == (150_000, 50_000, 100_000, "区财政局")
    assert house.settle(due).state == "open"
    assert house.settle(due, DuePart.AID).state == "paid"
    assert ProgrammeMember.objects.get().state == "counted"
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-32")
@pytest.mark.article("JS-EXT 2")
def test_hardship_aid_takes_its_part_from_the_person_once_and_within_the_personal_part(house):
    person = lapsed(house)
    due = take(house, programme(house), person).due
    given = {"number": due.number, "operator": house.window, "now": NOW}
    for wrong in ({"aided_fen": 50_001, "aided_by": "民政局"}, {"aided_fen": 1, "aided_by": " "}):
        with pytest.raises(dues.AidUnfit), transaction.atomic():
            dues.grant_aid(**given | wrong)
    with transaction.atomic():
        due = dues.grant_aid(aided_fen=30_000, aided_by="民政局", **given)
    assert due.own_fen == 20_000
    first = dues.note_payment(number=due.number, part=DuePart.OWN, paper="回单1", operator=house.accountant, now=NOW)
    again = dues.note_payment(number=due.number, part=DuePart.OWN, paper="回单1", operator=house.accountant, now=NOW)
    assert first == again
    with pytest.raises(dues.PartElsewhere):
        dues.note_payment(number=due.number, part=DuePart.OWN, paper="回单2", operator=house.accountant, now=NOW)
    with pytest.raises(dues.PartElsewhere), transaction.atomic():
        dues.grant_aid(aided_fen=1, aided_by="民政局", **given)
    with pytest.raises(dues.PartElsewhere), transaction.atomic():
        dues.void(number=due.number, reason="误登", operator=house.window, now=NOW)


def test_a_programme_is_dated_ends_and_is_not_given_a_second_code(house):
    made = programme(house)
    with pytest.raises(programmes.ProgrammeStands):
        programme(house, code="xb2018")
    for wrong in (
        {"share_of": 4},
        {"valid_until": date(2018, 1, 1)},
        {"rest_by": Bearer.FISCAL},
        {"conditions": ({"fact": "moon"},)},
        {"conditions": ({"fact": "age_from", "value": "x"},)},
        {"conditions": ({"fact": "proof", "value": ""},)},
        {"waiting_months": 25},
    ):
        with pytest.raises(programmes.ProgrammeUnfit):
            programme(house, code="X9", **wrong)
    with pytest.raises(programmes.ProgrammeUnfit):
        programmes.end_programme(programme_id=made.pk, valid_until=TODAY, operator=house.clerk, now=NOW)
    ended = programmes.end_programme(programme_id=made.pk, valid_until=date(2018, 8, 1), operator=house.clerk, now=NOW)
    assert programmes.in_force(AREA, date(2018, 7, 31)) == [ended]
    assert programmes.in_force(AREA, date(2018, 8, 1)) == []
    person = lapsed(house)
    member = take(house, made, person)
    programmes.withdraw(member_id=member.pk, reason="误登", operator=house.window, now=NOW)
    member.due.refresh_from_db()
    assert member.due.state == "void"
    with pytest.raises(programmes.MemberElsewhere):
        programmes.withdraw(member_id=member.pk, reason="", operator=house.window, now=NOW)
    assert take(house, made, person).pk != member.pk


# --- retirement -----------------------------------------------------------------------------------------------------


def retirement_rule(house: House, **changes: Any) -> Any:
    given: dict[str, Any] = {"reserve_fen": 600_000}
    return retiring.set_rule(
        pooling_area=AREA,
        valid_from=JANUARY,
        terms=retiring.RetirementTerms(**given | changes),
        source="示例文件",
        operator=house.clerk,
        now=NOW,
    )


def worker(house: House) -> Any:
    house.rate()
    house.employ(1)
    person = apps.get_model("enrolment.Person").objects.get()
    apps.get_model("enrolment.Enrolment").objects.create(
        person=person,
        pooling_area_id=AREA,
        scheme="employee",
        unit_code=COUNTY,
        category="working",
        enrolled_from=JANUARY,
        created_at=NOW,
    )
    return person


def approve(house: House, person: Any, **changes: Any) -> Retirement:
    given: dict[str, Any] = {"approved_on": date(2018, 4, 10), "paper": "退审2018-15"}
    return retiring.approve(
        person_id=person.pk, told=retiring.Approval(**given | changes), operator=house.window, now=NOW
    )


def category(person: Any) -> str:
    return str(person.employments.order_by("-month_from").first().category)


@pytest.mark.requirement("CON-34")
@pytest.mark.article("NC-ACCT §12")
def test_retirement_approved_on_10_april_stays_pending_until_the_reserve_is_paid(house):
    retirement_rule(house)
    person = worker(house)
    made = approve(house, person)
    assert (made.state, category(person), made.reserve_due.amount_fen) == ("pending", "working", 600_000)
    assert retiring.pending_of(person.pk) == made
    with pytest.raises(retiring.RetirementPending):
        employers.change(house.employer, person, JULY, retires=True, operator=house.window, now=NOW)
    with pytest.raises(retiring.RetirementStands):
        approve(house, person)
    house.settle(made.reserve_due)
    made.refresh_from_db()
    assert (made.state, made.retired_from, made.remark) == ("retired", date(2018, 8, 1), "")
    assert category(person) == "retired"
    balances = books.account_balances(pooling_area=AREA, scheme="employee", until=date(2018, 8, 1))
    assert balances["400101"] == -600_000
    house.build_on(JULY)
    assert apps.get_model("contributions.UnitReceivable").objects.get(month=JULY).members == 1
    assert retiring.finish(retirement_id=made.pk, operator=house.window, now=NOW) == made


@pytest.mark.requirement("CON-34")
@pytest.mark.article("BJ-ACCT §16(三)")
def test_missing_years_are_made_up_in_one_sum_with_the_mutual_aid_and_count_from_the_month_of_payment(house):
    """300 months required, 297 counted: three months of 5,000.00 at 10 % and 3.00 of mutual aid each: 1,509.00."""
    retirement_rule(
        house, reserve_fen=None, months_men=300, months_women=240, mutual_fen=300, begins=Begins.PAYMENT_MONTH
    )
    person = worker(house)
    with pytest.raises(retiring.RetirementIncomplete):
        approve(house, person, counted_months=297)
    made = approve(house, person, counted_months=297, base_fen=500_000)
    due = made.makeup_due
    assert (made.missing_months, made.reserve_due) == (3, None)
    assert (due.unit_fen, due.personal_fen, due.mutual_fen, due.amount_fen) == (120_000, 30_000, 900, 150_900)
    house.settle(due)
    made.refresh_from_db()
    assert (made.state, made.retired_from) == ("retired", JULY)


@pytest.mark.requirement("CON-34")
def test_months_that_were_paid_count_and_who_has_enough_retires_at_once(house):
    retirement_rule(house, reserve_fen=None, months_men=12, months_women=6)
    person = worker(house)
    made = approve(house, person, counted_months=12)
    assert (made.state, made.paid_months, made.missing_months) == ("retired", 0, 0)
    assert category(person) == "retired"


def test_an_approval_noted_in_error_is_taken_back_with_its_dues(house):
    person = worker(house)
    with pytest.raises(retiring.NoRetirementRule):
        approve(house, person)
    retirement_rule(house)
    with pytest.raises(retiring.RetirementRuleStands):
        retirement_rule(house)
    for wrong in ({"paper": " "}, {"approved_on": date(2018, 7, 11)}, {"counted_months": -1}):
        with pytest.raises(retiring.RetirementIncomplete):
            approve(house, person, **wrong)
    made = approve(house, person)
    with pytest.raises(retiring.RetirementPending):
        retiring.finish(retirement_id=made.pk, operator=house.window, now=NOW)
    with pytest.raises(retiring.RetirementIncomplete):
        retiring.cancel(retirement_id=made.pk, reason="", operator=house.window, now=NOW)
    retiring.cancel(retirement_id=made.pk, reason="误登", operator=house.window, now=NOW)
    assert OneOffDue.objects.get().state == "void"
    with pytest.raises(retiring.RetirementElsewhere):
        retiring.cancel(retirement_id=made.pk, reason="误登", operator=house.window, now=NOW)
    for wrong in ({"reserve_fen": 0}, {"months_men": 1}, {"months_men": 0, "months_women": 0}, {"pay_days": 0}):
        with pytest.raises(retiring.RetirementRuleUnfit):
            retirement_rule(house, **wrong)


def test_money_that_came_after_the_member_left_stays_in_the_books_and_the_change_may_be_tried_again(house):
    retirement_rule(house)
    person = worker(house)
    made = approve(house, person)
    person.employments.update(month_until=JULY)
    house.settle(made.reserve_due)
    made.refresh_from_db()
    assert (made.state, made.reserve_due.state) == ("pending", "paid")
    assert "EN-4113" in made.remark
    person.employments.update(month_until=None)
    assert retiring.finish(retirement_id=made.pk, operator=house.window, now=NOW).state == "retired"


def test_the_database_keeps_a_due_whole_and_its_payments(house, unguarded):
    retirement_rule(house)
    due = approve(house, worker(house)).reserve_due
    for change in (
        {"amount_fen": 1},
        {"state": "paid"},
        {"received_fen": 600_000},
        {"aided_fen": 1, "aided_by": "民政局"},
        {"state": "void"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            OneOffDue.objects.filter(pk=due.pk).update(**change)
    house.settle(due)
    with pytest.raises(DatabaseError), transaction.atomic():
        apps.get_model("contributions.OneOffPayment").objects.update(amount_fen=1)
    unguarded("UPDATE contributions_oneoffpayment SET amount_fen = 1")
    assert len(invariants.broken(AREA, TODAY)) == 1

"""Two clerks at the same instant: a visit, a tax record, a school's roster, an audit of bases is decided once.

The counter, refunds and the bank's answers have theirs in `tests/journeys/test_payers.py`.
"""

from datetime import date

import pytest
from django.apps import apps
from django.db import transaction

from tongchou.contributions import invariants
from tongchou.contributions.base_audits import commands as audits
from tongchou.contributions.dues import invariants as dues_invariants
from tongchou.contributions.models import BaseAudit, BaseAuditPlan, Contribution, OneOffDue
from tongchou.contributions.outreach import commands as outreach
from tongchou.contributions.outreach import counting
from tongchou.contributions.outreach.models import Campaign, CampaignTask, PopulationFigure
from tongchou.contributions.outreach.states import Outcome
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.schools.models import SchoolPayment
from tongchou.contributions.schools.states import SchoolState
from tongchou.contributions.tax import items
from tongchou.contributions.tax.models import TaxItem
from tongchou.contributions.tests import test_once_owed as owing
from tongchou.contributions.tests import test_outreach as visiting
from tongchou.contributions.tests import test_schools as teaching
from tongchou.contributions.tests import test_tax as taxing
from tongchou.contributions.tests.conftest import AREA, PREMIUM
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.exchange import imports
from tongchou.platform.commands import ensure_calendar
from tongchou.platform.tests.at_once import at_once, begun_within, named_at_once

Voucher = apps.get_model("fund", "Voucher")


@pytest.mark.requirement("CON-11", "ENR-32")
def test_a_tax_record_and_a_visit_are_decided_by_one_of_two_clerks(transactional_db, hire, rates, tmp_path):
    desk = taxing.TaxDesk(hire, tmp_path)
    desk.enrol(2)
    desk.tax(taxing.record(0, name="韦某"), taxing.record(1, name="韦某"), return_bad=True)
    other = hire("clerk", at=AREA)
    first, second = TaxItem.objects.filter(state="open").order_by("id")
    matched = at_once(
        *[
            lambda one=one: desk.one(items.match, first, key=taxing.number(0), operator=one)
            for one in (desk.clerk, other)
        ]
    )
    assert matched == ["", items.TaxItemDone.code]
    decided = at_once(
        lambda: desk.one(items.match, second, key=taxing.number(1)),
        lambda: items.refuse(item_ids=[second.pk], reason="不是本地人员", operator=other, now=taxing.NOW),
    )
    assert decided == ["", items.TaxItemDone.code]
    booked = TaxItem.objects.filter(state="matched").count()
    assert Contribution.objects.count() == Voucher.objects.count() == booked
    assert invariants.broken(AREA, taxing.NOW.date()) == []

    visiting.crowd(4, 6, years=(2017,))
    counting.count(AREA, visiting.YEAR, now=visiting.NIGHT)
    town, colleague = (hire("clerk", at=visiting.TOWN) for _ in range(2))
    assert at_once(*[lambda: visiting.campaign(town)] * 2) == ["", ""], "a double click gives the one campaign twice"
    made = Campaign.objects.get()
    seen = visiting.picks(made, 4, 5)
    told = at_once(
        lambda: visiting.outcome(made, town, Outcome.LOST, chosen=seen),
        lambda: visiting.outcome(made, colleague, Outcome.DIED, chosen=seen[::-1]),
    )
    assert told == ["", outreach.TaskChanged.code]
    assert made.tasks.filter(outcome=Outcome.LOST).count() in (0, 2), "both visits by one of them"


@pytest.mark.requirement("CON-09")
def test_a_schools_roster_is_booked_by_one_of_two_clerks_and_a_double_click(transactional_db, hire, rates, tmp_path):
    school = teaching.School(hire, tmp_path)
    school.enrol(2)
    payment = school.roster([teaching.line(1), teaching.line(2)])
    paid_in = at_once(*[lambda: school.transfer(payment, 2 * PREMIUM)] * 2)
    assert "" in paid_in
    payment.refresh_from_db()
    assert schools.sums_of(payment).transferred_fen == 2 * PREMIUM
    other = hire("clerk", at=AREA)
    version = payment.version
    booked = at_once(
        *[
            lambda one=one: schools.book(number=payment.number, version=version, operator=one, now=teaching.NOW)
            for one in (school.clerk, other)
        ]
    )
    assert booked == ["", schools.RosterMoved.code]
    assert SchoolPayment.objects.get().state == SchoolState.BOOKED
    assert set(Contribution.objects.values_list("paid_in_full_on", flat=True)) == {date(2017, 10, 20)}
    assert (Contribution.objects.count(), Voucher.objects.count()) == (2, 1)


@pytest.fixture
def house(transactional_db, hire, monkeypatch) -> owing.House:
    monkeypatch.setattr("django.utils.timezone.now", lambda: owing.NOW)
    ensure_calendar(now=owing.NOW)
    made = owing.House(hire)
    made.third = hire("auditor", at=AREA)
    return made


@pytest.mark.requirement("CON-32")
def test_a_plan_is_made_once_and_an_audit_confirmed_by_one_of_two_auditors(house):
    (person,) = house.half_year()
    assert at_once(*[house.plan] * 2) == ["", ""], "a double click gives the one plan twice"
    assert BaseAuditPlan.objects.count() == 1
    chosen = at_once(*[house.audit] * 2)
    assert chosen == ["", audits.NobodyChosen.code]
    audit = BaseAudit.objects.get()
    house.find(audit, person, 1, 600_000)
    audits.notify(number=audit.number, operator=house.auditor, now=owing.NOW)
    audit.refresh_from_db()
    confirmed = at_once(
        *[
            lambda by=by: house.confirm(BaseAudit.objects.get(), version=audit.version, operator=by)
            for by in (house.second, house.second, house.third)
        ]
    )
    assert confirmed[0] == ""
    assert set(confirmed[1:]) <= {"", audits.AuditElsewhere.code}
    assert OneOffDue.objects.get().amount_fen == 10_000
    assert dues_invariants.broken(AREA, owing.TODAY) == []


@pytest.mark.requirement("CON-32")
@pytest.mark.article("GX2017 §117")
def test_a_month_that_two_audits_found_is_owed_once_though_both_are_confirmed_at_the_same_moment(house, monkeypatch):
    """January: 5,000 declared; 6,000 found by one, 7,000 by the other: 7,000 in the end, 200.00 of the gap of 2,000."""
    (person,) = house.half_year()
    found = []
    for title, fen in (("年度稽核", 600_000), ("举报稽核", 700_000), ("专项稽核", 600_000)):
        audit = house.audit(title=title)
        house.find(audit, person, 1, fen)
        audits.notify(number=audit.number, operator=house.auditor, now=owing.NOW)
        found.append(audit)
    first, second, third = found
    ends = begun_within(
        lambda: house.confirm(first),
        lambda: house.confirm(second, operator=house.third),
        call=(audits, "_add_late_fee"),
        monkeypatch=monkeypatch,
    )
    assert [(one.state, one.gap_fen, one.due.amount_fen) for one in ends] == [
        ("confirmed", 100_000, 10_000),
        ("confirmed", 100_000, 10_000),
    ]
    again = house.confirm(third)
    assert (again.state, again.due, again.persons, again.unit_fen) == ("clear", None, 0, 0)
    noted = apps.get_model("platform.TrailEntry").objects.filter(action="contributions.base_put_right_elsewhere")
    assert [one.detail["findings"] for one in noted.order_by("id")] == [
        [[person, "2018-01-01", 700_000]],
        [[person, "2018-01-01", 600_000]],
    ]
    assert dues_invariants.broken(AREA, owing.TODAY) == []


@pytest.mark.requirement("CON-32", "SYS-03")
def test_one_table_of_found_wages_that_two_auditors_take_in_at_once_is_taken_in_once(house, tmp_path):
    (person,) = house.half_year()
    audit = house.audit()
    member = apps.get_model("enrolment.Person").objects.get(pk=person)
    file = tmp_path / "wages.csv"
    rows = [f"{audit.number},{member.name},{member.certificate_no},2018-0{month}-01,6000" for month in (1, 2)]
    file.write_text("\n".join(["稽核编号,姓名,证件号码,月份,核定工资", *rows, ""]), encoding="utf-8")

    def upload(by):
        told = {"operator": by, "now": owing.NOW}
        seen = imports.check(kind="audited_wages", pooling_area=AREA, file_name=file.name, content=file, **told)
        return imports.take_in(preview_id=seen.id, mode=imports.Mode.ALL, **told).rows_taken

    taken = named_at_once(*[lambda by=by: upload(by) for by in (house.auditor, house.second, house.auditor)])
    assert [one for one in taken if one == 2] == [2]
    assert set(taken) - {2} <= {"ImportBusy", "ImportNotReady", "AlreadyTakenIn"}
    audit.refresh_from_db()
    assert (audit.persons, audit.gap_fen, audit.findings.count()) == (1, 200_000, 2)


@pytest.mark.requirement("ENR-32")
def test_a_place_is_asked_to_visit_once_and_its_population_has_one_figure_of_two_that_come_at_once(
    transactional_db, hire, monkeypatch
):
    visiting.crowd(4, 6, years=(2017,))
    counting.count(AREA, visiting.YEAR, now=visiting.NIGHT)
    town, colleague = (hire("clerk", at=visiting.TOWN) for _ in range(2))
    asked = at_once(*[lambda by=by: visiting.campaign(by) for by in (town, colleague)])
    assert asked == ["", outreach.NobodyToVisit.code]
    told = {"unit_code": VILLAGE, "year": visiting.YEAR, "source": "公安年报", "as_of": date(2017, 11, 1)}

    def figure(residents, by):
        outreach.record_population(residents=residents, operator=by, now=visiting.NIGHT, **told)

    for residents in (100, 120):  # the first figure of the village, then one that takes its place
        assert at_once(lambda of=residents: figure(of, town), lambda of=residents: figure(of, colleague)) == ["", ""]
    assert at_once(lambda: figure(130, town), lambda: figure(140, colleague)) == ["", ""]
    figures = PopulationFigure.objects.order_by("id").values_list("residents", flat=True)
    assert list(figures)[:2] == [100, 120]
    assert set(figures[2:]) == {130, 140}
    assert PopulationFigure.objects.filter(replaced_at=None).count() == 1


@pytest.mark.requirement("ENR-32")
def test_an_outcome_that_is_told_while_the_campaign_is_closed_is_refused(transactional_db, hire, monkeypatch):
    visiting.crowd(4, 6, years=(2017,))
    counting.count(AREA, visiting.YEAR, now=visiting.NIGHT)
    town, colleague = (hire("clerk", at=visiting.TOWN) for _ in range(2))
    made = visiting.campaign(town)
    seen = visiting.picks(made, 4, 5)
    closed, told = begun_within(
        lambda: outreach.close_campaign(number=made.number, operator=town, now=visiting.NIGHT),
        lambda: visiting.outcome(made, colleague, Outcome.LOST, chosen=seen),
        call=(outreach, "_note"),
        monkeypatch=monkeypatch,
    )
    assert (closed.closed_by, type(told)) == (town.staff_code, outreach.CampaignClosed)
    assert set(made.tasks.values_list("outcome", flat=True)) == {Outcome.UNVISITED}
    assert set(made.tasks.values_list("version", flat=True)) == {2}


@pytest.mark.parametrize(
    "deed",
    [
        lambda made, by: outreach.close_campaign(number=made.number, operator=by, now=visiting.NIGHT),
        lambda made, by: counting.count(AREA, visiting.YEAR, now=visiting.NIGHT),
    ],
    ids=["closing", "the nightly count"],
)
@pytest.mark.requirement("ENR-32")
def test_who_ends_many_visits_takes_them_in_the_order_of_everybody_else(transactional_db, hire, monkeypatch, deed):
    """Neither the order in the table nor that of an index: the first task stands last in both."""
    visiting.crowd(4, 5, years=(2017,))
    counting.count(AREA, visiting.YEAR, now=visiting.NIGHT)
    town = hire("clerk", at=visiting.TOWN)
    tasks = visiting.campaign(town).tasks
    first, second = tasks.order_by("id")
    tasks.filter(pk=first.pk).update(unit_code="450102001202", version=2)
    visiting.cover([first.person_id, second.person_id], visiting.YEAR)

    class OneByOne:
        @staticmethod
        def take(task):
            return CampaignTask.objects.select_for_update(of=("self",)).get(pk=task.pk).outcome

    def somebody_else():
        with transaction.atomic():
            return CampaignTask.objects.select_for_update(of=("self",)).get(pk=first.pk).outcome + OneByOne.take(second)

    ends = begun_within(
        somebody_else, lambda: deed(first.campaign, town), call=(OneByOne, "take"), monkeypatch=monkeypatch
    )
    assert not [one for one in ends if isinstance(one, Exception)]
    assert ends[0] == ""
    assert not tasks.filter(state="open").exists()

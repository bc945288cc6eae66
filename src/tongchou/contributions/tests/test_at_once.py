"""Two clerks at the same instant: a visit, a tax record, a school's roster is decided once (CON-09, CON-11, ENR-32).

The counter, refunds and the bank's answers have theirs in `tests/journeys/test_payers.py`.
"""

from datetime import date

import pytest
from django.apps import apps

from tongchou.contributions import invariants
from tongchou.contributions.models import Contribution
from tongchou.contributions.outreach import commands as outreach
from tongchou.contributions.outreach import counting
from tongchou.contributions.outreach.models import Campaign
from tongchou.contributions.outreach.states import Outcome
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.schools.models import SchoolPayment
from tongchou.contributions.schools.states import SchoolState
from tongchou.contributions.tax import items
from tongchou.contributions.tax.models import TaxItem
from tongchou.contributions.tests import test_outreach as visiting
from tongchou.contributions.tests import test_schools as teaching
from tongchou.contributions.tests import test_tax as taxing
from tongchou.contributions.tests.conftest import AREA, PREMIUM
from tongchou.platform.tests.at_once import at_once

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

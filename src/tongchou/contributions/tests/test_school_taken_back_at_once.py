"""A transfer is taken back for all of its students at once, however many they are (CON-09; decision 0418)."""

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongchou.contributions import events, invariants
from tongchou.contributions.models import Contribution, CoverageSpan, Receivable
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.tests.conftest import AREA, PREMIUM, paid_before
from tongchou.contributions.tests.test_school_transfers import LATER, booked, person, take_back
from tongchou.contributions.tests.test_school_transfers import second as second
from tongchou.contributions.tests.test_schools import line, states
from tongchou.contributions.tests.test_schools import school as school
from tongchou.platform.events import subscribe, unsubscribe

PersonNotice = apps.get_model("rights", "PersonNotice")
ShortMessage = apps.get_model("rights", "ShortMessage")


@pytest.mark.requirement("CON-09", "ORG-27")
def test_taking_back_asks_as_much_for_thirty_students_as_for_sixty(school, second):
    asked = []
    school.enrol(92)
    for first, last in ((1, 2), (3, 32), (33, 92)):  # what a process keeps in memory is asked for with the first
        payment = school.roster([line(n) for n in range(first, last + 1)])
        transfer = school.transfer(payment, (last - first + 1) * PREMIUM, f"B{first}")
        school.act(schools.book, payment)
        transfer.refresh_from_db()
        with CaptureQueriesContext(connection) as counted:
            take_back(transfer, second)
        asked.append(len(counted))
        payment.refresh_from_db()
        assert set(states(payment)) == {"listed"}
    assert asked[1] == asked[2]
    assert Contribution.objects.filter(voided_at=None).count() == 0
    assert CoverageSpan.objects.filter(withdrawn_at=None).count() == 0
    assert Receivable.objects.filter(state="due", contribution=None).count() == 92
    assert PersonNotice.objects.filter(topic__startswith="contribution voided").count() == 92
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-09", "RIG-08")
def test_each_student_is_told_as_of_a_correction_and_by_message_where_that_was_chosen(school, second):
    _payment, transfer = booked(school, 3)
    setting = apps.get_model("rights", "NoticeSetting")
    setting.objects.create(person_id=person(1).pk, by_sms=["payment"])
    setting.objects.create(person_id=person(2).pk, by_sms=["collection"])
    apps.get_model("enrolment", "Person").objects.update(phone="138 0000 0001")
    told = []
    hear = subscribe(events.ContributionsWithdrawn)(told.append)
    try:
        take_back(transfer, second)
    finally:
        unsubscribe(events.ContributionsWithdrawn, hear)
    (event,) = told
    voided = dict(Contribution.objects.values_list("pk", "person_id"))
    assert dict(event.voided) == voided
    notices = PersonNotice.objects.filter(title="您的缴费记录已更正")
    assert {one.person_id: one.topic for one in notices} == {
        person_id: f"contribution voided {key}" for key, person_id in voided.items()
    }
    (sent,) = ShortMessage.objects.all()
    assert (sent.person_id, sent.phone, sent.text) == (person(1).pk, "13800000001", "【医保】您的缴费记录已更正")


@pytest.mark.requirement("CON-09", "CON-23")
@pytest.mark.article("GX2017 §22")
def test_a_student_who_paid_the_next_year_too_has_that_year_decided_again(school, second):
    _payment, transfer = booked(school, 2)
    with_next = person(1).pk
    paid_before(with_next, 2019)
    before = Contribution.objects.get(person_id=with_next, benefit_year=2019, voided_at=None)
    assert (before.kind, before.spans.count()) == ("continuous", 0)
    take_back(transfer, second)
    assert not Contribution.objects.filter(benefit_year=2018, voided_at=None).exists()
    after = Contribution.objects.get(person_id=with_next, benefit_year=2019, voided_at=None)
    assert (after.corrects_id, after.kind) == (before.pk, "first")
    assert after.spans.count() == 1
    assert Receivable.objects.filter(benefit_year=2018, state="due").count() == 2

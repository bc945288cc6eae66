"""At the same instant: a relation ends once and is put back once (ENR-22, ENR-24); payments of a person go on."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from tongchou.enrolment import commands
from tongchou.enrolment.endings import reports, undoing
from tongchou.enrolment.models import Person, RelationEnding, StatusReport
from tongchou.enrolment.tests.conftest import AREA, JUNE, Enrol
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire


@pytest.mark.requirement("ENR-22")
@pytest.mark.requirement("ENR-24")
def test_two_at_once_end_a_relation_once_and_put_it_back_once(committed):
    hire = Hire()
    clerk = hire("eligibility", at=AREA)
    person = Enrol(clerk)(name="韦大").person
    report = StatusReport.objects.create(
        pooling_area_id=AREA,
        unit_code=person.unit_code,
        file_id=1,
        informant="police",
        certificate_type="01",
        certificate_no=person.certificate_no,
        name=person.name,
        reason="death",
        event_on=date(2018, 5, 3),
        person=person,
        state="held",
        held_until=date(2018, 5, 20),
        reported_at=datetime(2018, 5, 10, 2, tzinfo=UTC),
        reported_by=clerk.staff_code,
    )
    one, other = hire("second_reviewer", at=AREA), hire("second_reviewer", at=AREA)
    answers = at_once(
        lambda: reports.approve_one(report_id=report.pk, operator=one, now=JUNE),
        lambda: reports.approve_one(report_id=report.pk, operator=other, now=JUNE),
        lambda: commands.record_death(person_id=person.pk, died_on=date(2018, 5, 4), operator=clerk, now=JUNE),
    )
    assert answers.count("") == 1
    assert RelationEnding.objects.count() == 1

    def undo() -> None:
        with transaction.atomic():
            locked = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
            undoing.undo_ending(locked, reason="误办", evidence="证明", operator=clerk, now=JUNE)

    assert at_once(undo, undo) == ["", undoing.NothingToUndo.code]
    assert person.enrolments.get().enrolled_until is None


def test_whoever_changes_a_person_keeps_no_row_about_them_waiting(committed):
    """Else a file that has booked a payment, and a clerk who takes the same one, wait for each other."""
    person = Enrol(Hire()("eligibility", at=AREA))(name="韦大").person

    def refer() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute("SELECT FROM enrolment_person WHERE id = %s FOR KEY SHARE", [person.pk])

    with transaction.atomic():
        commands.lock(person_id=person.pk, on=JUNE.date())
        assert at_once(refer) == [""]

"""What may happen between leaving and being taken up or sent back (ENR-26, ENR-28; decision 0388)."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from tongchou.enrolment import commands, events, queries
from tongchou.enrolment.commands import ChangeRequest
from tongchou.enrolment.models import Person, Transfer
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.enrolment.tests.conftest import AREA, JUNE, citizen_number
from tongchou.enrolment.tests.test_undoing import undo
from tongchou.enrolment.transfers import commands as transfers
from tongchou.enrolment.transfers import sources
from tongchou.enrolment.transfers.states import TransferKind
from tongchou.platform.events import subscribe, unsubscribe

STARTS = date(2018, 6, 11)
LATER = JUNE + timedelta(days=15)


@pytest.fixture
def there(hire):
    return hire("eligibility", at="450200", name="乙市经办")


@pytest.fixture
def leave(person, clerk):
    def left(**changes) -> Transfer:
        wanted = {
            "kind": TransferKind.AREA,
            "to_area": "450200",
            "to_agency": "乙市",
            "to_scheme": Scheme.RESIDENT,
            "starts_on": STARTS,
            "reason": "就业",
        } | changes
        with transaction.atomic():
            return transfers.finish_out(person, transfers.Wanted(**wanted), case_number="", operator=clerk, now=JUNE)

    return left


def come(transfer: Transfer, there) -> Transfer:
    transfer.refresh_from_db()
    return transfers.register_in(
        transfer_id=transfer.pk, version=transfer.version, unit_code="450202", operator=there, now=LATER
    )


def send_back(transfer: Transfer, there) -> Transfer:
    transfer.refresh_from_db()
    return transfers.return_transfer(
        transfer_id=transfer.pk, version=transfer.version, reason="不符合", operator=there, now=LATER
    )


def states(person: Person, *days: date) -> list[tuple[str | None, str]]:
    return [(one.scheme, one.status) for one in (queries.facts(person.pk, day) for day in days)]


@pytest.mark.article("GX2017 §16")
@pytest.mark.requirement("ENR-26")
def test_whose_name_and_number_are_corrected_meanwhile_is_taken_up_as_the_same_person(person, leave, there, county):
    made = leave(phone="13900000009", new_address="新址9号")
    corrected = {"certificate_no": citizen_number(order=203), "name": "韦大妹"}
    request = ChangeRequest(
        person_id=person.pk, values=corrected, reason="更正", evidence="户口簿", effective_on=STARTS
    )
    commands.change_particulars(request, operator=county, now=JUNE)
    assert come(made, there).person_id == person.pk
    assert Person.objects.count() == 1
    person.refresh_from_db()
    assert (person.name, person.unit_code, person.phone, person.address) == (
        "韦大妹",
        "450202",
        "13900000009",
        "新址9号",
    )
    said = person.changes.filter(reason="关系转移接续").order_by("particular")
    assert list(said.values_list("particular", "new_value")) == [("address", "新址9号"), ("phone", "13900000009")]


@pytest.mark.requirement("ENR-26")
def test_what_is_used_between_the_certificate_and_the_first_day_there_is_carried_over_too(leave, there, monkeypatch):
    used = {"pool": 10_000}
    monkeypatch.setattr(sources, "_use", [lambda area, person_id, scheme, year: dict(used)])
    made = leave(starts_on=date(2018, 7, 1))
    used["pool"] = 35_000
    heard = []
    subscribe(events.TransferredIn)(heard.append)
    try:
        come(made, there)
    finally:
        unsubscribe(events.TransferredIn, heard.append)
    assert heard[0].used == {"pool": 35_000}


@pytest.mark.requirement("ENR-28")
def test_who_died_meanwhile_is_given_back_until_the_day_of_death_and_that_death_can_be_corrected(
    person, clerk, leave, there
):
    made = leave()
    commands.record_death(person_id=person.pk, died_on=date(2018, 6, 20), operator=clerk, now=LATER)
    send_back(made, there)
    held = person.enrolments.get()
    assert (held.enrolled_until, held.end_reason) == (date(2018, 6, 21), "死亡")
    assert states(person, date(2018, 6, 20), date(2018, 6, 21)) == [("resident", "active"), ("resident", "terminated")]
    person.refresh_from_db()
    undo(person, clerk)
    assert states(person, date(2018, 6, 20), date(2018, 12, 31)) == [("resident", "active")] * 2


@pytest.mark.requirement("ENR-28")
def test_who_took_a_job_meanwhile_is_given_back_until_the_job_began(person, clerk, enrol, leave, there):
    made = leave()
    enrol(
        name="韦大",
        certificate_no=person.certificate_no,
        scheme=Scheme.EMPLOYEE,
        category=PersonCategory.WORKING,
        enrolled_on=date(2018, 6, 20),
        now=LATER,
    )
    send_back(made, there)
    days = date(2018, 6, 11), date(2018, 6, 19), date(2018, 6, 20)
    assert states(person, *days) == [("resident", "active"), ("resident", "active"), ("employee", "active")]


@pytest.mark.article("GX2017 §17")
@pytest.mark.requirement("ENR-27")
def test_a_job_is_not_transferred_for_years_ahead(leave):
    with pytest.raises(transfers.DayAstray, match="最晚为2018-08-01"):
        leave(kind=TransferKind.SCHEME, to_scheme=Scheme.EMPLOYEE, to_area=AREA, starts_on=date(2030, 1, 1))

"""What was used of the year counts on after a transfer, and the paid year is recognised (ENR-26)."""

import dataclasses
from datetime import date

import pytest
from django.apps import apps
from django.db import transaction

from tongchou.contributions import queries as contributions
from tongchou.enrolment import parameters
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.transfers import commands, sources
from tongchou.enrolment.transfers.commands import Wanted
from tongchou.enrolment.transfers.states import TransferKind
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.settlement import chain, invariants
from tongchou.settlement.tests import world

pytestmark = pytest.mark.django_db
STARTS = date(2018, 5, 11)
THERE = "450200"


@pytest.fixture
def transfer():
    """Moves a person to the other area, where the relation goes on in May."""
    plant_tree()
    clerk = Hire()("eligibility", at="450000")

    def moved(who: world.Person):
        with transaction.atomic():
            person = apps.get_model("enrolment", "Person").objects.select_for_update().get(pk=who.id)
            wanted = Wanted(
                kind=TransferKind.AREA,
                to_area=THERE,
                to_agency="乙市",
                to_scheme="resident",
                starts_on=STARTS,
                reason="就业",
            )
            made = commands.finish_out(person, wanted, case_number="", operator=clerk, now=world.at("2018-05-10"))
        made.refresh_from_db()
        return commands.register_in(
            transfer_id=made.pk,
            version=made.version,
            unit_code="450202",
            operator=clerk,
            now=world.at("2018-05-15"),
        )

    return moved


@pytest.fixture
def patient(transfer) -> world.Person:
    who = world.person()
    world.settled_visit(who, world.classes(a="420"), "2018-03-15")
    return who


def of_area(area: str, who: world.Person) -> dict[str, int]:
    found = apps.get_model("settlement", "Accumulator").objects.filter(pooling_area=area, person_id=who.id)
    return dict(found.get(benefit_year=2018).amounts)


@pytest.mark.requirement("ENR-26")
@pytest.mark.article("GX2017 §16")
def test_cumulative_amounts_of_the_year_are_carried_over(patient: world.Person, transfer) -> None:
    used = world.accumulators(patient)
    assert used
    assert sources.use(world.AREA, patient.id, "resident", 2018) == used
    transfer(patient)
    assert of_area(THERE, patient) == used == of_area(world.AREA, patient)
    year = chain.read(pooling_area=THERE, person_id=patient.id, scheme="resident", year=2018)
    assert (year.links, year.version) == ((), 1)
    span = {"since": date(2018, 1, 1), "until": date(2019, 1, 1)}
    assert invariants.broken(pooling_area=THERE, **span) == []


@pytest.mark.requirement("ENR-26")
def test_the_paid_year_is_recognised_and_cover_runs_through(patient: world.Person, transfer) -> None:
    before = contributions.coverage(patient.id, STARTS)
    transfer(patient)
    assert contributions.coverage(patient.id, STARTS) == before
    for day in (date(2018, 5, 10), STARTS, date(2018, 5, 14), date(2018, 12, 31)):
        facts = enrolment.facts(patient.id, day)
        assert facts is not None
        assert facts.status == "active"
        assert any(span.start <= day < span.until for span in contributions.coverage(patient.id, day))


@pytest.mark.requirement("ENR-26")
def test_an_area_that_does_not_recognise_the_year_covers_nobody_from_the_transfer_on(
    patient: world.Person, transfer, monkeypatch
) -> None:
    other = dataclasses.replace(parameters.GX2017, recognises_paid_year=False)
    monkeypatch.setattr(parameters, "procedure", lambda area: other)
    transfer(patient)
    spans = contributions.coverage(patient.id, STARTS)
    assert max(span.until for span in spans if span.start < STARTS) == STARTS
    assert not any(span.start <= STARTS < span.until for span in spans)

"""Which version of policy settles: that of the person's county and of the day; a receipt keeps to its own for ever."""

import pytest
from django.apps import apps

from tongchou.policy.packages import Package
from tongchou.settlement import replaying
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, yuan

pytestmark = pytest.mark.django_db

BILL = [Line(scope=yuan("10000"))]
RATIO = "parameters/ratio.inpatient/values/home/L2"


def settled(who: world.Person) -> int:
    visit = world.visit(who, "2018-03-15", kind="inpatient", until="2018-03-18")
    return world.settle(visit, world.charge(visit, BILL)).settlement_id


def stored(settlement_id: int):
    return apps.get_model("settlement", "Settlement").objects.get(id=settlement_id)


def corrected() -> Package:
    """The same day, other values, known since September."""
    return world.tset({RATIO: "70", "package/known_from": "2018-09-10"})


@pytest.mark.requirement("ORG-25")
@pytest.mark.requirement("BEN-40")
@pytest.mark.article("GX2017 §136")
def test_a_settlement_replays_to_the_fen_after_a_retroactive_correction_and_a_new_one_gets_the_new_value() -> None:
    with world.using(world.book(world.tset())):
        first = stored(settled(world.person()))
    with world.using(world.book(world.tset(), corrected())):
        again = replaying.replay(first.receipt)
        assert {name: getattr(first, name) for name in again.columns} == again.columns
        assert first.pool_paid_fen == yuan("7200")  # (10,000 − 400) × 75 %
        assert stored(settled(world.person())).pool_paid_fen == yuan("6720")  # × 70 %


@pytest.mark.requirement("ORG-22")
def test_the_own_value_of_a_county_counts_for_its_people_and_for_nobody_else() -> None:
    county = world.tset(
        {"package/area": world.UNIT, "parameters/deductible.inpatient/values/home/L2": "300", "package/title": "A县"}
    )
    with world.using(world.book(world.tset(), county)):
        here = stored(settled(world.person()))
        assert (here.deductible_fen, here.package_hash) == (yuan("300"), county.hash)
        neighbour = world.person()
        apps.get_model("enrolment", "Enrolment").objects.filter(person_id=neighbour.id).update(unit_code="450103")
        apps.get_model("enrolment", "Person").objects.filter(id=neighbour.id).update(unit_code="450103")
        assert stored(settled(neighbour)).deductible_fen == yuan("400")

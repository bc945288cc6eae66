"""An invented family with payments and bills, and staff who may give out, check and approve."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps

from tongchou.contributions.tests.conftest import AREA as AREA
from tongchou.contributions.tests.conftest import Pay
from tongchou.contributions.tests.conftest import cashier as cashier
from tongchou.contributions.tests.conftest import citizen_number as citizen_number
from tongchou.contributions.tests.conftest import clerk as clerk
from tongchou.contributions.tests.conftest import committed as committed
from tongchou.contributions.tests.conftest import enrol as enrol
from tongchou.contributions.tests.conftest import hire as hire
from tongchou.contributions.tests.conftest import pay as pay
from tongchou.contributions.tests.conftest import quick_hashing as quick_hashing
from tongchou.contributions.tests.conftest import rates as rates
from tongchou.contributions.tests.conftest import tree as tree
from tongchou.enrolment.states import HouseholdRelation
from tongchou.platform.commands import ensure_calendar
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire
from tongchou.settlement import terms
from tongchou.settlement.facts import Standing
from tongchou.settlement.tests import world

NOW = datetime(2018, 5, 16, 2, 30, tzinfo=UTC)
TODAY = date(2018, 5, 16)
COUNTY = "450102"
VILLAGE = "450102001201"


@dataclass(frozen=True)
class Someone:
    """A person of the family."""

    id: int
    number: str
    name: str
    certificate_no: str

    @property
    def patient(self) -> world.Person:
        return world.Person(self.id, self.number)


@dataclass(frozen=True)
class Family:
    """户: husband, wife, son."""

    head: Someone
    wife: Someone
    son: Someone


@pytest.fixture
def calendar(tree: None) -> None:
    ensure_calendar(now=NOW)


@pytest.fixture
def issuer(hire: Hire, calendar: None) -> Operator:
    """受理 of the county: gives out, accepts objections and applications."""
    return hire("clerk", at=COUNTY, name="韦受理")


@pytest.fixture
def approver(hire: Hire) -> Operator:
    """审批 of the county."""
    return hire("approver", at=COUNTY, name="陆审批")


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Bills are settled by the test set of the benefit rules, at hospitals that are known."""
    known = {code: Standing(level=level, name=code) for code, level in world.LEVELS.items()}
    monkeypatch.setattr(terms, "standing", lambda code, **_: known[code])
    with world.using(world.book()):
        yield


@pytest.fixture
def family(enrol: Callable[..., Any], rules: None) -> Family:
    """A household of three, enrolled since 2016; the registered phone is the husband's."""
    people = []
    for name, relation, born in (
        ("韦大山", HouseholdRelation.HEAD, date(1980, 5, 6)),
        ("黄秀英", HouseholdRelation.SPOUSE, date(1982, 3, 8)),
        ("韦小山", HouseholdRelation.CHILD, date(2010, 7, 1)),
    ):
        number = citizen_number(born, order=11 + 2 * len(people))
        made = enrol(
            name=name,
            certificate_no=number,
            enrolled_on=date(2016, 9, 1),
            household_no="450102001201000001",
            household_relation=relation,
            now=datetime(2017, 8, 1, 2, tzinfo=UTC),
        )
        people.append(Someone(made.person_id, made.person.person_no, name, number))
    apps.get_model("enrolment", "Person").objects.filter(pk=people[0].id).update(phone="13800004521")
    return Family(*people)


@pytest.fixture
def paid(family: Family, pay: Pay) -> Family:
    """180.00 each for 2018, paid in time."""
    for number, one in enumerate((family.head, family.wife), 1):
        pay(one.id, 2018, "2017-10-20", receipt_no=f"桂财票0001234{number}")
    return family


@pytest.fixture
def billed(paid: Family) -> Family:
    """A stay of which the pool pays 6,225.00, and a visit of which it pays 210.00."""
    world.settled_visit(
        paid.head.patient,
        [*world.classes(a="6000", b="3000", c="900"), world.Line(over=10_000)],
        "2018-04-10",
        kind="inpatient",
        until="2018-04-20",
    )
    world.settled_visit(paid.head.patient, world.classes(a="420"), "2018-05-16", institution=world.CLINIC)
    return paid

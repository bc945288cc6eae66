"""Persons to pay for, standards to pay by, and books of rules to wait by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tongchou.contributions import commands
from tongchou.contributions.models import Contribution
from tongchou.contributions.states import Channel
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.tests.conftest import AREA as AREA
from tongchou.enrolment.tests.conftest import citizen_number as citizen_number
from tongchou.enrolment.tests.conftest import clerk as clerk
from tongchou.enrolment.tests.conftest import committed as committed
from tongchou.enrolment.tests.conftest import enrol as enrol
from tongchou.enrolment.tests.conftest import hire as hire
from tongchou.enrolment.tests.conftest import quick_hashing as quick_hashing
from tongchou.enrolment.tests.conftest import tree as tree
from tongchou.parameters import queries as parameters
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire
from tongchou.policy.packages import PolicyBook

PREMIUM = 18_000
NOW = datetime(2020, 6, 1, 2, tzinfo=UTC)


@pytest.fixture
def rates(clerk: Operator) -> None:
    """180.00 yuan a head for every year from 2015 to 2021."""
    for year in range(2015, 2022):
        commands.set_standard(
            pooling_area=AREA,
            scheme=Scheme.RESIDENT,
            benefit_year=year,
            personal_fen=PREMIUM,
            subsidy_fen=49_000,
            source="测试文件1号",
            operator=clerk,
            now=NOW,
        )


@pytest.fixture
def cashier(hire: Hire) -> Operator:
    """Takes and corrects payments in the whole city."""
    return hire("clerk", "accountant", at=AREA)


@dataclass
class Pay:
    """Pays: `pay(person, 2018, "2017-10-15")` answers the contribution."""

    cashier: Operator

    def __call__(
        self, person_id: int, year: int, on: str, *, operator: Operator | None = None, **changes: Any
    ) -> Contribution:
        facts: dict[str, Any] = {"amount_fen": PREMIUM, "channel": Channel.BANK}
        return record_contribution(
            person_id=person_id,
            benefit_year=year,
            paid_on=date.fromisoformat(on),
            operator=operator or self.cashier,
            now=NOW,
            **(facts | changes),
        )


@pytest.fixture
def pay(rates: None, cashier: Operator) -> Pay:
    return Pay(cashier)


@pytest.fixture
def person(enrol: Callable[..., Any]) -> int:
    """Somebody enrolled since 2014."""
    return int(enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id)


@contextmanager
def other_rules(**changes: str) -> Iterator[None]:
    """The package in force with other parameters: `other_rules(grace_start=…)`."""
    package = parameters.book().package(AREA, "resident", date(2018, 1, 1))
    drafted = package.draft({f"parameters/{key}/value": value for key, value in changes.items()})
    with parameters.using(PolicyBook.of([drafted])):
        yield


def paid_before(person_id: int, *years: int) -> None:
    """Years paid for before the system: history as it is taken over."""
    Contribution.objects.bulk_create(
        Contribution(
            person_id=person_id,
            pooling_area_id=AREA,
            scheme="resident",
            benefit_year=year,
            amount_fen=PREMIUM,
            paid_in_full_on=date(year - 1, 10, 1),
            kind="continuous",
            channel=Channel.BANK,
            created_at=NOW,
        )
        for year in years
    )

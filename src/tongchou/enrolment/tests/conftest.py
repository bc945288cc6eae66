"""The invented agency tree of the platform's tests, with clerks, and persons to enrol."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from stdnum.cn import ric

from tongchou.enrolment import commands
from tongchou.enrolment.commands import Registration
from tongchou.enrolment.models import Enrolment
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

AREA = "450100"
VILLAGE = "450102001201"
NOW = datetime(2018, 3, 10, 2, tzinfo=UTC)
ENROLLED_ON = date(2017, 8, 1)


def citizen_number(born_on: date = date(1980, 5, 6), order: int = 11, division: str = "450102") -> str:
    """An invented citizen number with a correct check digit; odd orders are men."""
    body = f"{division}{born_on:%Y%m%d}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


@dataclass
class Enrol:
    """Enrols invented persons: `enrol(name="韦一")` answers the enrolment."""

    clerk: Operator
    made: int = 0

    def __call__(self, *, now: datetime = NOW, operator: Operator | None = None, **changes: Any) -> Enrolment:
        self.made += 1
        facts: dict[str, Any] = {
            "pooling_area": AREA,
            "unit_code": VILLAGE,
            "name": f"韦{'一二三四五六七八九十'[self.made % 10]}",
            "certificate_no": citizen_number(order=2 * self.made + 1),
            "hukou_area": "450102",
            "enrolled_on": ENROLLED_ON,
        }
        return commands.enrol_person(Registration(**(facts | changes)), operator=operator or self.clerk, now=now)


@pytest.fixture
def clerk(hire: Hire) -> Operator:
    return hire("eligibility", at=AREA)


@pytest.fixture
def enrol(clerk: Operator) -> Callable[..., Enrolment]:
    return Enrol(clerk)

"""The invented agency tree of the platform's tests, with clerks, and persons to enrol."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from stdnum.cn import ric

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.kinds import kind_of
from tongchou.cases.states import Decision
from tongchou.enrolment import commands
from tongchou.enrolment.commands import Registration
from tongchou.enrolment.endings import reasons
from tongchou.enrolment.models import Enrolment
from tongchou.platform import commands as platform_commands
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

AREA = "450100"
VILLAGE = "450102001201"
NOW = datetime(2018, 3, 10, 2, tzinfo=UTC)
JUNE = datetime(2018, 6, 10, 2, tzinfo=UTC)
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


@dataclass
class Counter:
    """Accepts an item for the person: `accept("terminate_relation", reason="death", …)`."""

    person: Any
    operator: Operator
    now: datetime

    def __call__(
        self, kind: str, *, received: Any = None, request_id: str = "", named: str = "韦申请", **values: str
    ) -> Any:
        application = Application(
            kind=kind,
            subject_key=self.person.person_no,
            values=values,
            received=frozenset(one.code for one in kind_of(kind).materials if one.needed(values))
            if received is None
            else frozenset(received),
            applicant_name=named,
        )
        request_id = request_id or f"{kind}{sorted(values.items())}"
        return cases.accept_application(
            application, request_id=hashlib.md5(request_id.encode()).hexdigest(), operator=self.operator, now=self.now
        )


@pytest.fixture
def county(hire: Hire) -> Operator:
    return hire("second_reviewer", at="450102", name="县复核")


@pytest.fixture
def person(enrol: Callable[..., Enrolment]) -> Any:
    platform_commands.ensure_calendar(now=NOW)
    return enrol(name="韦大", certificate_no=citizen_number(order=201)).person


@pytest.fixture
def accept(person: Any, hire: Hire, county: Operator) -> Counter:
    return Counter(person, hire("clerk", at="450102001", name="镇经办"), JUNE)


@pytest.fixture
def agree(county: Operator) -> Callable[..., Any]:
    """The county agrees, or another operator whose step it is."""

    def agreed(case: Any, operator: Operator | None = None, now: datetime = JUNE) -> Any:
        return cases.decide(
            number=case.number, version=case.version, decision=Decision.AGREE, operator=operator or county, now=now
        )

    return agreed


@pytest.fixture
def jilin_or_guangxi(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Puts the invented area under other rules of ending."""
    return lambda rules: monkeypatch.setitem(reasons._OF_PROVINCE, "45", rules)

"""The invented agency tree, staff for every step, and an item that nobody outside the tests knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tongchou.cases import commands, kinds
from tongchou.cases.commands import Application
from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject
from tongchou.cases.models import Case
from tongchou.cases.states import Decision
from tongchou.kernel.errors import DomainError
from tongchou.platform import commands as platform_commands
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

NOW = datetime(2018, 3, 1, 2, tzinfo=UTC)
VILLAGE = "450102001201"
COUNTY = "450102"


class SoldOut(DomainError):
    code = "CS-9999"
    message = "没有了"


def _subject(key: str) -> Subject | None:
    units = {"P1": VILLAGE, "P2": "450102002", "Q1": "450103"}
    return Subject(key, f"人{key}", units[key], "450100") if key in units else None


def refund(effect: Any, **changes: Any) -> Kind:
    """退费: three levels, a fourth above fifty thousand yuan with a second factor."""
    declared: dict[str, Any] = {
        "code": "test_refund",
        "title": "退费",
        "citation": "GX2017 §74",
        "fields": (
            Field("reason", "原因", required=True, longest=20),
            Field("paid_on", "缴费日期", kind="day"),
            Field("way", "方式", kind="choice", choices=(("bank", "转账"), ("cash", "现金"))),
        ),
        "materials": (
            Material("invoice", "缴费凭证"),
            Material("bank_book", "银行存折", needed=lambda values: values.get("way") == "bank"),
            Material("letter", "委托书、代办人身份证", needed=lambda values: False),
        ),
        "steps": (
            Step("first", "初审", ("reviewer",)),
            Step("second", "复核", ("second_reviewer",)),
            Step("approval", "审批", ("approver",)),
            Step("leader", "分管领导审批", ("leader",), above_fen=5_000_000, needs_code=True),
        ),
        "working_days": 20,
        "limit_source": "GX2017 §74",
        "subject_label": "人员编号",
        "find_subject": _subject,
        "effect": effect,
        "amount": lambda subject, values: None,
        "result_title": "退费办理结果",
        "archive_class": "待遇",
    }
    return Kind(**(declared | changes))


@dataclass
class Refunds:
    """The effects that took place."""

    paid: list[str] = field(default_factory=list)

    def __call__(self, case: Decided, *, operator: Operator, now: datetime) -> str:
        if case.values["reason"] == "没有了":
            raise SoldOut()
        self.paid.append(case.number)
        return f"已退费,凭据:{case.materials}"


@pytest.fixture
def refunds() -> Iterator[Refunds]:
    effects = Refunds()
    kinds.register(refund(effects))
    yield effects
    kinds.withdraw("test_refund")


@dataclass
class Office:
    """One of every post at the county."""

    clerk: Operator
    reviewer: Operator
    second: Operator
    approver: Operator
    leader: Operator


def staff(hire: Hire) -> Office:
    return Office(
        hire("clerk", name="韦小燕"),
        hire("reviewer", name="黄志强"),
        hire("second_reviewer", name="李秀梅"),
        hire("approver", name="陆建国"),
        hire("leader", name="吴卫东"),
    )


def prepare(now: datetime = NOW) -> None:
    platform_commands.ensure_calendar(now=now)


@pytest.fixture
def office(hire: Hire, refunds: Refunds) -> Office:
    prepare()
    return staff(hire)


def application(**changes: Any) -> Application:
    facts: dict[str, Any] = {
        "kind": "test_refund",
        "subject_key": "P1",
        "values": {"reason": "多缴", "way": "cash"},
        "received": frozenset({"invoice"}),
        "applicant_name": "张三丰",
    }
    return Application(**(facts | changes))


_requests = iter(range(1, 1_000_000))


def accept(clerk: Operator, *, now: datetime = NOW, request_id: str = "", **changes: Any) -> Case:
    return commands.accept_application(
        application(**changes), request_id=request_id or f"r{next(_requests)}", operator=clerk, now=now
    )


def agree(case: Case, operator: Operator, *, now: datetime = NOW, **changes: Any) -> Case:
    return commands.decide(
        number=case.number,
        version=changes.pop("version", case.version),
        decision=changes.pop("decision", Decision.AGREE),
        operator=operator,
        now=now,
        **changes,
    )

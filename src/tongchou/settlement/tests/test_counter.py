"""A clerk takes a settlement back at the agency: permission, area, reason, trail, once."""

import pytest

from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.settlement import checks, commands, queries
from tongchou.settlement.states import SettlementState
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, yuan
from tongchou.wire.numbers import wire_id

pytestmark = pytest.mark.django_db
NOW = at("2018-03-20")
REVERSES = "reviewer"


@pytest.fixture
def hire() -> Hire:
    plant_tree()
    return Hire()


@pytest.fixture
def settlement(hire: Hire) -> int:
    _, settled = world.settled_visit(world.person(), [Line(scope=yuan("100"))])
    return settled.settlement_id or 0


def cancel(settlement: int, operator: object, *, reason: str = "金额有误", request_id: str = "F1") -> tuple[str, int]:
    return commands.cancel_at_counter(
        pooling_area=world.AREA,
        settlement_id=settlement,
        reason=reason,
        request_id=request_id,
        operator=operator,
        now=NOW,
    )


@pytest.mark.article("GX2017 §71")
@pytest.mark.requirement("SET-05")
def test_a_reviewer_of_the_area_cancels_with_a_reason_and_leaves_a_trail(hire: Hire, settlement: int) -> None:
    clerk = hire(REVERSES, at=world.UNIT)
    area, twin = cancel(settlement, clerk)
    view = queries.one(area, twin)
    assert view is not None
    assert (view.row.state, view.reversal_reason, view.operator_no) == (
        SettlementState.REVERSAL, "金额有误", clerk.staff_code)  # fmt: skip
    (entry,) = platform.trail_of("settlement", wire_id(world.AREA, settlement))
    assert entry.detail == {"reason": "金额有误", "by": wire_id(area, twin)}


def test_the_same_form_twice_cancels_once(hire: Hire, settlement: int) -> None:
    clerk = hire(REVERSES, at=world.UNIT)
    cancel(settlement, clerk)
    with pytest.raises(checks.AlreadyTakenBack):
        cancel(settlement, clerk)
    assert world.count("settlement_settlement") == 2


@pytest.mark.requirement("ORG-02")
@pytest.mark.parametrize(
    ("posts", "unit", "refusal"),
    [([], world.UNIT, NoPermission), (["REVERSES"], "450103", OutOfScope)],
    ids=["no post", "another county"],
)
def test_who_may_not_is_refused(
    hire: Hire, settlement: int, posts: list[str], unit: str, refusal: type[DomainError]
) -> None:
    clerk = hire(*(REVERSES for _ in posts), at=unit)
    with pytest.raises(refusal):
        cancel(settlement, clerk)
    assert world.count("settlement_settlement") == 1


def test_a_reason_is_needed_and_the_settlement_must_exist(hire: Hire, settlement: int) -> None:
    clerk = hire(REVERSES, at=world.UNIT)
    with pytest.raises(checks.ReasonMissing):
        cancel(settlement, clerk, reason=" ")
    with pytest.raises(checks.SettlementUnknown):
        cancel(0, clerk)

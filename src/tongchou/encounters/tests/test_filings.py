"""再次住院备案: what the agency's clerk does with a readmission (GX2017 §68)."""

import pytest

from tongchou.encounters import commands
from tongchou.encounters.checks import EncounterUnknown
from tongchou.encounters.commands.changing import NoReadmission
from tongchou.encounters.tests import world
from tongchou.platform import queries as platform
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.wire.numbers import parse_wire_id

pytestmark = [pytest.mark.article("GX2017 §68"), pytest.mark.requirement("ENC-12")]


@pytest.fixture
def stays(hire: Hire) -> tuple[str, str]:
    """A stay that ended, and one that came too soon after it."""
    world.place()
    who = world.person()
    first = world.stay(who, at=world.on("2018-03-10"), begntime="2018-03-10")
    world.done("2402", world.discharge_body(who, first, endtime="2018-03-14"), at=world.on("2018-03-14"))
    return first, world.stay(who)


def file(mdtrt_id: str, operator: platform.Operator, request_id: str = "r1") -> None:
    area, encounter = parse_wire_id(mdtrt_id)
    commands.file_readmission(
        area=area, encounter=encounter, evidence="附件9-0001", operator=operator, request_id=request_id, now=world.NOW
    )


def test_a_readmission_is_filed_before_settlement_and_the_trail_says_by_whom(
    stays: tuple[str, str], hire: Hire
) -> None:
    clerk = hire("clerk", at="450102")
    file(stays[1], clerk)
    assert world.row_of(stays[1]).readmission_filed
    (entry,) = platform.trail_of("encounter", stays[1])
    assert (entry.action, entry.staff_code) == ("encounters.file_readmission", clerk.staff_code)


def test_the_same_form_sent_twice_counts_once(stays: tuple[str, str], hire: Hire) -> None:
    clerk = hire("clerk", at="450102")
    for _ in range(2):
        file(stays[1], clerk)
    assert world.model("wire.Booking").objects.filter(infno="console").count() == 1


def test_a_stay_that_is_no_readmission_needs_no_filing(stays: tuple[str, str], hire: Hire) -> None:
    with pytest.raises(NoReadmission):
        file(stays[0], hire("clerk", at="450102"))


def test_an_unknown_stay_cannot_be_filed(stays: tuple[str, str], hire: Hire) -> None:
    with pytest.raises(EncounterUnknown):
        file(f"{stays[1][:-6]}999999", hire("clerk", at="450102"))


def test_a_filing_needs_the_post_and_the_place(stays: tuple[str, str], hire: Hire) -> None:
    with pytest.raises(NoPermission):
        file(stays[1], hire("archivist", at="450102"))
    with pytest.raises(OutOfScope):
        file(stays[1], hire("clerk", at="450202"))
    assert not world.row_of(stays[1]).readmission_filed

"""The wire after a merge: a hospital may go on with either number of the one person (ENR-17)."""

from typing import Final

import pytest
from django.db import transaction

from tongchou.encounters.tests import world
from tongchou.enrolment.merging import commands as merging
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

PERIOD: Final = {"begntime": "2018-03-15", "endtime": "2018-03-15"}


@pytest.mark.requirement("ENR-17")
def test_both_numbers_of_a_merged_person_are_accepted_and_the_hospital_is_told_the_surviving_one(hire: Hire) -> None:
    operator = hire("second_reviewer", at="450102")
    world.place()
    who = world.person()
    survivor = world.person()
    mdtrt_id = world.visit(who)
    row_of_visit = world.row_of(mdtrt_id)
    world.model("encounters.Encounter").objects.filter(id=row_of_visit.id).update(state="settled")
    with transaction.atomic():
        grounds = merging.Grounds("同一人", "证明", "CS1", "公户1")
        merging.merge(survivor.number, who.number, grounds, operator=operator, now=world.NOW)
    for number in (who.number, survivor.number):
        rows = world.done("5202", {"data": {"mdtrt_id": mdtrt_id, "psn_no": number}})["diseinfo"]
        assert {row["psn_no"] for row in rows} <= {survivor.number}
        (row,) = world.done("5201", {"data": {"psn_no": number, "med_type": "11", **PERIOD}})["mdtrtinfo"]
        assert (row["mdtrt_id"], row["psn_no"]) == (mdtrt_id, survivor.number)
    body = {"mdtrt_cert_type": "02", "mdtrt_cert_no": who.certificate_no, "begntime": "2018-03-15"}
    assert world.done("1101", {"data": body})["baseinfo"]["psn_no"] == survivor.number
    stranger = world.person()
    world.refused("5202", {"data": {"mdtrt_id": mdtrt_id, "psn_no": stranger.number}}, "EC-2002")

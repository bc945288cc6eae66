"""The family hears of a report, of an end and of its correction (JL2019 §10; ENR-22, ENR-24)."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.endings import undoing
from tongchou.enrolment.events import StatusReported
from tongchou.platform.events import publish
from tongchou.platform.tests.conftest import Hire
from tongchou.rights import queries
from tongchou.rights.tests.conftest import NOW, Family

DIED = date(2018, 5, 3)


def titles(one: Any) -> list[str]:
    return [notice.title for notice in queries.notices_of(one.id).rows]


@pytest.mark.article("JL2019 §10")
@pytest.mark.requirement("ENR-22")
def test_everybody_of_the_household_is_told_and_has_until_the_day_to_object(family: Family, hire: Hire) -> None:
    with transaction.atomic():
        publish(StatusReported(family.wife.id, 1, "death", DIED, date(2018, 5, 20), NOW))
        publish(StatusReported(family.wife.id, 1, "death", DIED, date(2018, 5, 20), NOW))
    for one in (family.head, family.wife, family.son):
        (notice,) = queries.notices_of(one.id).rows
        assert notice.title == "有关部门提供了死亡信息,拟终止医保关系"
        assert "请于2018-05-19前" in notice.body


@pytest.mark.requirement("ENR-24")
def test_the_end_and_its_correction_are_told_to_the_household(family: Family, hire: Hire) -> None:
    clerk = hire("eligibility", at="450100")
    enrolment.record_death(person_id=family.wife.id, died_on=DIED, operator=clerk, now=NOW)
    assert titles(family.son) == ["基本医疗保险关系已终止"]
    with transaction.atomic():
        wife = apps.get_model("enrolment", "Person").objects.select_for_update(of=("self",)).get(pk=family.wife.id)
        undoing.undo_ending(wife, reason="同名误注销", evidence="派出所证明", operator=clerk, now=NOW)
    assert sorted(titles(family.head)) == ["基本医疗保险关系已恢复", "基本医疗保险关系已终止"]

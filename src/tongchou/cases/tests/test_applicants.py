"""What applicants see of their cases, and what chapters above are told (RIG-10, JL2019 §18)."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from tongchou.cases import applicants, commands, events
from tongchou.cases.states import CaseState, Decision
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform.events import subscribe, unsubscribe

APRIL = datetime.fromisoformat("2018-04-26T10:00:00+08:00")


@pytest.fixture
def heard() -> Iterator[list[object]]:
    """Everything that cases tell, in order."""
    told: list[object] = []
    kinds = (events.CaseAccepted, events.MaterialsAsked, events.CaseFinished)
    for kind in kinds:
        subscribe(kind)(told.append)
    yield told
    for kind in kinds:
        unsubscribe(kind, told.append)


@pytest.mark.requirement("RIG-10")
@pytest.mark.article("GX2017 §20")
def test_a_case_under_review_says_so_with_the_day_of_its_answer(office):
    case = agree(accept(office.clerk, now=APRIL), office.reviewer, now=APRIL)
    asked = applicants.by_number(case.number)
    assert asked is not None
    assert asked.progress.said == "复核中,应于2018-05-25办结"


@pytest.mark.requirement("RIG-10")
def test_missing_papers_are_named_with_their_last_day(office):
    case = accept(office.clerk, values={"reason": "多缴", "way": "bank"}, received=frozenset({"invoice"}))
    (found,) = applicants.cases_of("P1")
    assert (found.number, found.missing, found.supply_by) == (case.number, ("银行存折",), date(2018, 3, 22))
    assert found.said == "等待补正材料,请于2018-03-22前补齐"


@pytest.mark.requirement("RIG-10")
def test_the_way_of_an_application_is_told_without_names_of_staff_or_inner_opinions(office):
    case = accept(office.clerk, received=frozenset())
    case = commands.receive_materials(
        number=case.number, version=case.version, codes=["invoice"], operator=office.clerk, now=NOW
    )
    case = agree(case, office.reviewer, opinion="金额核对无误")
    case = agree(case, office.second, decision=Decision.RETURN, opinion="请再核")
    case = agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符合退费条件")
    found = applicants.case_of("P1", case.number)
    assert found is not None
    progress, way = found
    assert [one.said for one in way] == [
        "窗口已收件,还缺:缴费凭证",
        "收到补正材料:缴费凭证",
        "初审通过,转复核",
        "退回初审重新办理",
        "不予办理:不符合退费条件",
    ]
    assert [one.is_bad for one in way] == [False, False, False, False, True]
    assert (progress.said, progress.to_fetch, progress.finished_on) == ("不予办理", True, NOW.date())


def test_another_persons_application_is_not_there(office):
    case = accept(office.clerk)
    assert applicants.case_of("P2", case.number) is None
    assert applicants.cases_of("P2") == []
    assert applicants.by_number("450102-2018-SL-999999") is None


@pytest.mark.requirement("ORG-16")
def test_acceptance_missing_papers_and_the_end_are_told_each_once(office, heard):
    case = accept(office.clerk, received=frozenset(), applicant_phone="13800000000", request_id="told")
    accept(office.clerk, received=frozenset(), applicant_phone="13800000000", request_id="told")
    assert [type(one).__name__ for one in heard] == ["MaterialsAsked"]
    asked = heard.pop()
    assert isinstance(asked, events.MaterialsAsked)
    assert (asked.materials, asked.about.phone, asked.about.number) == (("缴费凭证",), "13800000000", case.number)
    call = {"number": case.number, "version": case.version, "codes": ["invoice"], "operator": office.clerk, "now": NOW}
    case = commands.receive_materials(**call)
    accepted = heard.pop()
    assert isinstance(accepted, events.CaseAccepted)
    assert accepted.due_on == case.due_on
    for operator in (office.reviewer, office.second):
        case = agree(case, operator)
    assert heard == []
    case = agree(case, office.approver)
    commands.hand_out(number=case.number, version=case.version, receiver="张三丰", operator=office.clerk, now=NOW)
    assert len(heard) == 1


@pytest.mark.requirement("ORG-16")
def test_a_finished_case_is_announced_with_its_papers_and_its_archive_class(office, heard):
    case = accept(office.clerk, received=frozenset({"invoice", "letter"}))
    agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符")
    end = heard[-1]
    assert isinstance(end, events.CaseFinished)
    assert (end.state, end.archive_class, end.result) == (CaseState.REFUSED, "待遇", "不予办理:不符")
    assert end.materials == ("缴费凭证", "委托书、代办人身份证")
    assert end.attachments == ()


def test_what_a_listener_raises_undoes_the_acceptance(office):
    def fails(event: object) -> None:
        raise RuntimeError("archive is full")

    subscribe(events.CaseAccepted)(fails)
    try:
        with pytest.raises(RuntimeError, match="archive"):
            accept(office.clerk)
    finally:
        unsubscribe(events.CaseAccepted, fails)
    assert applicants.cases_of("P1") == []

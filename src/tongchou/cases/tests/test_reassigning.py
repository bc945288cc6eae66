"""Work of somebody who left or lost a post (转交; ORG-08, 13, 17): it shows, is passed on, and never vanishes."""

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client

from tongchou.cases import commands, queries
from tongchou.cases.commands.reassigning import CannotTake
from tongchou.cases.commands.steps import ChangedMeanwhile, NotYourStep, ReasonMissing, WrongState
from tongchou.cases.states import Act, Decision
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import NoPermission
from tongchou.platform.web import access

TODAY = NOW.date()


@pytest.fixture
def give(office):
    def one(case, to, *, version=0, reason="原审核人离岗", operator=office.leader):
        return commands.reassign_case(
            number=case.number,
            version=version or case.version,
            to_staff_code=to.staff_code,
            reason=reason,
            operator=operator,
            now=NOW,
        )

    return one


@pytest.fixture
def stranded(office):
    """A case whose step nobody can do any more: the only reviewer was disabled."""
    case = accept(office.clerk)
    _disable(office.reviewer)
    return case


def _disable(operator):
    type(operator).objects.filter(pk=operator.pk).update(is_active=False)


def _notices(operator):
    return list(apps.get_model("platform", "Notice").objects.filter(recipient=operator).values_list("title", flat=True))


@pytest.mark.requirement("ORG-17")
def test_a_case_nobody_can_handle_shows_for_leaders_and_they_hear_of_it_weekly(stranded, office, hire):
    assert queries.unattended_groups(TODAY) == [("test_refund", "first", stranded.unit_code, 1)]
    assert commands.tell_leaders_of_unattended(now=NOW) == 1
    assert commands.tell_leaders_of_unattended(now=NOW) == 0
    assert commands.tell_leaders_of_unattended(now=NOW + timedelta(days=7)) == 1
    assert _notices(office.leader)[0] == "1件业务无人办理:退费"
    hire("reviewer", name="新审核")
    assert queries.unattended_groups(TODAY) == []


@pytest.mark.requirement("ORG-13")
def test_a_leader_gives_a_case_by_name_and_the_taker_decides_it(stranded, office, give, hire):
    taker = hire("eligibility", name="代审核")
    with pytest.raises(NotYourStep):
        agree(stranded, taker)
    case = give(stranded, taker)
    assert _notices(taker) == [f"{case.number} 已转交您办理"]
    assert queries.workload(type(taker).objects.get(pk=taker.pk), TODAY).waiting == 1
    assert queries.unattended_groups(TODAY) == []
    case = agree(case, taker)
    assert (case.step, case.handler) == ("second", None)
    act = case.acts.get(act=Act.REASSIGNED)
    assert (act.operator_id, act.opinion) == (office.leader.pk, "转交代审核:原审核人离岗")
    entry = apps.get_model("platform", "TrailEntry").objects.get(action="cases.reassigned")
    assert entry.detail["to"] == taker.staff_code


@pytest.mark.requirement("ORG-11")
@pytest.mark.article("QA2018 三.1")
def test_whoever_did_an_earlier_step_or_holds_what_must_not_meet_cannot_take_it(stranded, office, give, hire):
    with pytest.raises(CannotTake, match="已办理本件的“受理”"):
        give(stranded, office.clerk)
    with pytest.raises(CannotTake, match="审核、复核不得由同一人担任"):
        give(stranded, office.second)
    with pytest.raises(CannotTake, match="已停用或离职"):
        give(stranded, office.reviewer)
    with pytest.raises(CannotTake, match="看不到"):
        give(stranded, hire("eligibility", at="450103", name="外县"))
    with pytest.raises(ReasonMissing):
        give(stranded, hire("eligibility", name="代审核"), reason=" ")
    office.leader.staff_code, kept = "没有的", office.leader.staff_code
    with pytest.raises(CannotTake, match="没有该工作人员代码"):
        give(stranded, office.leader, operator=type(office.leader).objects.get(staff_code=kept))


def test_only_leaders_give_and_only_what_is_in_hand(stranded, office, give, hire):
    taker = hire("eligibility", name="代审核")
    with pytest.raises(NoPermission):
        give(stranded, taker, operator=office.approver)
    case = commands.withdraw_case(
        number=stranded.number, version=stranded.version, reason="x", operator=office.clerk, now=NOW
    )
    with pytest.raises(WrongState):
        give(case, taker)


def test_a_double_click_gives_once_and_a_stale_page_is_told(stranded, office, give, hire):
    taker, other = hire("eligibility", name="代审核"), hire("leader", name="副职")
    version = stranded.version
    give(stranded, taker, version=version)
    assert give(stranded, taker, version=version).handler_id == taker.pk
    assert stranded.acts.filter(act=Act.REASSIGNED).count() == 1
    with pytest.raises(ChangedMeanwhile):
        give(stranded, taker, version=version, operator=other)


@pytest.mark.requirement("ORG-08")
@pytest.mark.parametrize("successor_post", ["eligibility", "second_reviewer"])
def test_what_was_given_to_somebody_who_leaves_goes_to_the_successor_or_back_to_the_post(
    stranded, office, give, hire, successor_post
):
    taker, successor = hire("eligibility", name="代审核"), hire(successor_post, name="接任")
    give(stranded, taker)
    admin = hire("system_admin", at="450000", name="管理员")
    platform_commands.record_leave(operator_id=taker.pk, leaves_on=TODAY, successor_id=successor.pk, by=admin, now=NOW)
    stranded.refresh_from_db()
    if successor_post == "eligibility":
        assert stranded.handler_id == successor.pk
    else:
        assert stranded.handler_id is None
        assert queries.unattended_groups(TODAY) != []
    assert stranded.acts.filter(act=Act.REASSIGNED).count() == 2


@pytest.mark.requirement("ORG-17")
def test_leaders_see_and_give_the_chosen_on_the_page(stranded, office, hire, monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    taker = hire("eligibility", name="代审核")
    browser, other = Client(), Client()
    browser.force_login(office.leader, backend="tongchou.platform.authentication.OperatorBackend")
    other.force_login(taker, backend="tongchou.platform.authentication.OperatorBackend")
    page = browser.get("/cases/?view=unattended").content.decode()
    assert f'value="{stranded.number}:{stranded.version}"' in page
    assert "转交所选业务件" in page
    assert "转交所选业务件" not in other.get("/cases/").content.decode()
    sent = {"pick": [f"{stranded.number}:{stranded.version}", "X:1"], "staff_code": taker.staff_code, "reason": "离岗"}
    assert other.post("/cases/reassign/", sent).status_code == 403
    told = browser.post("/cases/reassign/", sent, follow=True).content.decode()
    assert "已办理 1 件" in told
    assert "CS-1101" in told
    mine = other.get("/cases/").content.decode()
    assert stranded.number in mine
    assert 'value="agree"' in other.get(f"/cases/{stranded.number}/").content.decode()


def test_a_finished_case_is_in_nobodys_hands(stranded, office, give, hire):
    taker = hire("eligibility", name="代审核")
    case = agree(give(stranded, taker), taker, decision=Decision.REFUSE, opinion="不符")
    assert case.handler is None
    with pytest.raises(IntegrityError), transaction.atomic():
        type(case).objects.filter(pk=case.pk).update(handler=taker)


def test_who_was_given_a_case_is_reminded_of_its_limit(stranded, office, give, hire):
    taker = hire("eligibility", name="代审核")
    give(stranded, taker)
    commands.remind_of_limits(now=datetime.fromisoformat("2018-03-26T09:00:00+08:00"))
    assert any("临期" in title for title in _notices(taker))

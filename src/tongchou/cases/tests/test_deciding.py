"""Decisions (办理): who, in which order, by two persons, once; papers, limits, delegation, the end."""

from datetime import date, datetime, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from tongchou.cases import applicants, commands, kinds, queries
from tongchou.cases.commands.acceptance import NobodyAtStep
from tongchou.cases.commands.deciding import AlreadyHandedOut, NoEarlierStep, NotFinished, ReceiverMissing
from tongchou.cases.commands.delegation import (
    DelegateUnfit,
    DelegationConflicts,
    DelegationPeriod,
    DelegationTwice,
    PostNotHeld,
)
from tongchou.cases.commands.steps import (
    CaseUnknown,
    ChangedMeanwhile,
    NotYourStep,
    ReasonMissing,
    SamePersonActed,
    WrongState,
)
from tongchou.cases.commands.supplements import MaterialUnknown, NothingAskedFor, NothingNew, ToldOnce
from tongchou.cases.models import Case, CaseAct
from tongchou.cases.states import TRANSITIONS, Act, CaseState, Decision
from tongchou.cases.tests.conftest import NOW, Refunds, SoldOut, accept, agree, prepare, refund, staff
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import OutOfScope
from tongchou.platform.commands.organisation import OpenBusinessLeft
from tongchou.platform.second_factor import SecondFactorMissing, SecondFactorWrong
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.factors import bind

Notice, PostHolding, TrailEntry = (apps.get_model("platform", name) for name in ("Notice", "PostHolding", "TrailEntry"))


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00:00+08:00")


@pytest.fixture
def case(office):
    return accept(office.clerk)


def _through(case: Case, *operators) -> Case:
    for operator in operators:
        case = agree(case, operator)
    return case


@pytest.mark.article("GX2017 §74")
@pytest.mark.requirement("ORG-16")
def test_three_persons_bring_a_case_to_its_end_and_the_effect_comes_once(case, office, refunds):
    case = agree(case, office.reviewer, opinion="材料齐全")
    assert (case.state, case.step) == (CaseState.IN_HAND, "second")
    case = agree(case, office.second)
    assert refunds.paid == []
    case = agree(case, office.approver)
    assert (case.state, case.step, case.result) == (CaseState.DONE, "", "已退费,凭据:缴费凭证")
    assert case.in_time is True
    assert refunds.paid == [case.number]
    acts = [(one.act, one.step, one.operator.name) for one in case.acts.order_by("version")]
    assert acts == [
        ("accepted", "accept", "韦小燕"),
        ("agreed", "first", "黄志强"),
        ("agreed", "second", "李秀梅"),
        ("agreed", "approval", "陆建国"),
    ]


@pytest.mark.requirement("ORG-12")
def test_above_the_limit_the_leader_decides_with_a_second_factor(office, refunds):
    case = accept(office.clerk, amount_fen=6_200_000)
    case = _through(case, office.reviewer, office.second, office.approver)
    assert (case.state, case.step) == (CaseState.IN_HAND, "leader")
    with pytest.raises(SecondFactorMissing):
        agree(case, office.leader)
    device = bind(office.leader, NOW)
    with pytest.raises(SecondFactorWrong):
        agree(case, office.leader, second_factor_code="000000")
    case = agree(case, office.leader, second_factor_code=device.code(NOW))
    assert case.state == CaseState.DONE
    assert refunds.paid == [case.number]


@pytest.mark.requirement("ORG-11")
@pytest.mark.article("QA2018 三.1")
def test_whoever_did_the_first_review_does_not_do_the_second(case, office, hire):
    case = agree(case, office.reviewer)
    PostHolding.objects.create(
        operator=office.reviewer,
        post_id="second_reviewer",
        org_unit_id="450102",
        valid_from=date(2018, 1, 1),
        granted_at=NOW,
    )
    with pytest.raises(SamePersonActed, match="已办理本件的“初审”,不得再办理“复核”"):
        agree(case, office.reviewer)
    assert TrailEntry.objects.filter(action="cases.step_refused", object_key=case.number).exists()
    assert agree(case, hire("second_reviewer")).step == "approval"


@pytest.mark.requirement("ORG-11")
def test_duties_are_kept_apart_by_person_not_by_account(case, office, hire):
    case = agree(case, office.reviewer)
    PostHolding.objects.filter(operator=office.reviewer).update(valid_until=date(2018, 1, 1))
    office.reviewer.left_at, office.reviewer.leaves_on = NOW, date(2018, 2, 28)
    office.reviewer.save()
    again = hire("second_reviewer", person=office.reviewer.citizen_id, active_from=date(2018, 1, 1))
    with pytest.raises(SamePersonActed):
        agree(case, again)


def test_the_counter_clerk_does_not_decide_the_own_case(office, hire):
    both = hire("clerk")
    PostHolding.objects.create(
        operator=both, post_id="reviewer", org_unit_id="450102", valid_from=date(2018, 1, 1), granted_at=NOW
    )
    case = accept(both)
    with pytest.raises(SamePersonActed, match="“受理”"):
        agree(case, both)


def test_only_the_steps_post_decides(case, office):
    with pytest.raises(NotYourStep, match="“初审”环节由审核岗位办理"):
        agree(case, office.approver)


@pytest.mark.requirement("ORG-02")
def test_another_countys_reviewer_is_refused(case, hire):
    with pytest.raises(OutOfScope):
        agree(case, hire("reviewer", at="450103"))


def test_the_citys_reviewer_may_help_the_county(case, hire):
    assert agree(case, hire("reviewer", at="450100")).step == "second"


@pytest.mark.requirement("ORG-16")
def test_a_step_decided_meanwhile_is_not_decided_again(case, office, hire):
    agree(case, office.reviewer)
    with pytest.raises(ChangedMeanwhile, match="黄志强已于2018-03-01 10:00办理:同意"):
        agree(case, hire("reviewer"), decision=Decision.REFUSE, opinion="不符", version=2)


def test_clicking_twice_gives_the_first_answer(case, office, refunds):
    first = agree(case, office.reviewer, version=2)
    again = agree(case, office.reviewer, version=2)
    assert first.version == again.version == 3
    done = _through(again, office.second, office.approver)
    assert agree(done, office.approver, version=done.version - 1).state == CaseState.DONE
    assert refunds.paid == [case.number]


@pytest.mark.requirement("ORG-16")
def test_two_clerks_at_the_same_instant_decide_once(committed):
    refunds = Refunds()
    kinds.register(refund(refunds, steps=refund(refunds).steps[:1]))
    try:
        prepare()
        hire = Hire()
        office = staff(hire)
        reviewers = [office.reviewer, *(hire("reviewer") for _ in range(3))]
        case = accept(office.clerk)
        answers = at_once(*[lambda one=one: agree(case, one, version=2) for one in (*reviewers, reviewers[0])])
        assert len(answers) == 5
        assert answers.count(ChangedMeanwhile.code) in (3, 4)
        assert set(answers) == {"", ChangedMeanwhile.code}
        assert refunds.paid == [case.number]
        assert CaseAct.objects.filter(case__number=case.number, act=Act.AGREED).count() == 1
    finally:
        kinds.withdraw("test_refund")


def test_what_the_effect_refuses_leaves_the_case_where_it_was(office, refunds):
    case = accept(office.clerk, values={"reason": "没有了", "way": "cash"})
    case = _through(case, office.reviewer, office.second)
    with pytest.raises(SoldOut):
        agree(case, office.approver)
    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.step, kept.version) == (CaseState.IN_HAND, "approval", case.version)


def test_a_return_goes_one_step_back_with_a_reason_and_the_same_person_may_review_again(case, office):
    case = agree(case, office.reviewer)
    with pytest.raises(ReasonMissing):
        agree(case, office.second, decision=Decision.RETURN, opinion=" ")
    case = agree(case, office.second, decision=Decision.RETURN, opinion="金额有误")
    assert case.step == "first"
    case = agree(case, office.reviewer)
    assert agree(case, office.second).step == "approval"


def test_the_first_step_returns_to_nobody(case, office):
    with pytest.raises(NoEarlierStep):
        agree(case, office.reviewer, decision=Decision.RETURN, opinion="金额有误")


def test_a_refusal_ends_the_case_with_its_reason_and_frees_the_subject(case, office, refunds):
    case = agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符合退费条件")
    assert (case.state, case.result) == (CaseState.REFUSED, "不予办理:不符合退费条件")
    with pytest.raises(WrongState, match="不予办理,不能同意"):
        agree(case, office.second)
    assert refunds.paid == []
    assert accept(office.clerk).state == CaseState.IN_HAND


def test_nobody_at_the_next_step_is_said(case, office):
    PostHolding.objects.filter(post_id="second_reviewer").update(valid_until=date(2018, 2, 1))
    with pytest.raises(NobodyAtStep, match="“复核”"):
        agree(case, office.reviewer)


def test_an_unknown_number_is_said(office):
    with pytest.raises(CaseUnknown):
        commands.decide(number="X", version=1, decision=Decision.AGREE, operator=office.reviewer, now=NOW)


def test_several_cases_are_decided_one_by_one_and_a_refusal_holds_up_nobody(case, office):
    other = accept(office.clerk, subject_key="P2")
    chosen = [(case.number, 2), (other.number, 7), ("X", 1)]
    answers = commands.decide_each(chosen=chosen, decision=Decision.AGREE, operator=office.reviewer, now=NOW)
    assert [(one.number, one.refusal.code if one.refusal else "") for one in answers] == [
        (case.number, ""),
        (other.number, "CS-1102"),
        ("X", "CS-1101"),
    ]


# --- papers ---------------------------------------------------------------------------------------------------------


@pytest.mark.article("JL2019 §18")
@pytest.mark.requirement("ORG-17")
def test_the_clock_rests_while_papers_are_missing(case, office):
    monday, next_monday = at("2018-03-05"), at("2018-03-12")
    case = commands.ask_for_materials(
        number=case.number, version=2, codes=["invoice"], reason="字迹不清", operator=office.reviewer, now=monday
    )
    assert (case.state, case.due_on, case.paused_due_on) == (CaseState.SUPPLEMENTING, None, date(2018, 3, 29))
    with pytest.raises(WrongState, match="补正中,不能同意"):
        agree(case, office.reviewer)
    case = commands.receive_materials(
        number=case.number, version=3, codes=["invoice"], operator=office.clerk, now=next_monday
    )
    assert (case.state, case.step, case.due_on) == (CaseState.IN_HAND, "first", date(2018, 4, 8))
    assert agree(case, office.reviewer, now=next_monday).step == "second"


@pytest.mark.article("JL2019 §18")
def test_papers_are_asked_for_once(case, office):
    def ask(version, codes):
        return commands.ask_for_materials(
            number=case.number, version=version, codes=codes, reason="不清", operator=office.reviewer, now=NOW
        )

    with pytest.raises(NothingAskedFor):
        ask(2, [])
    with pytest.raises(MaterialUnknown):
        ask(2, ["passport"])
    ask(2, ["invoice"])
    commands.receive_materials(number=case.number, version=3, codes=["invoice"], operator=office.clerk, now=NOW)
    with pytest.raises(ToldOnce, match="不得再要求:委托书"):
        ask(4, ["letter"])
    assert ask(4, ["invoice"]).state == CaseState.SUPPLEMENTING


def test_the_time_of_an_incomplete_application_begins_when_all_is_there(office):
    case = accept(office.clerk, values={"reason": "多缴", "way": "bank"}, received=frozenset())
    part = commands.receive_materials(number=case.number, version=2, codes=["invoice"], operator=office.clerk, now=NOW)
    assert (part.state, part.accepted_on, part.due_on) == (CaseState.SUPPLEMENTING, None, None)
    later = at("2018-03-08")
    case = commands.receive_materials(
        number=case.number, version=3, codes=["bank_book"], operator=office.clerk, now=later
    )
    assert (case.state, case.accepted_on, case.due_on) == (CaseState.IN_HAND, date(2018, 3, 8), date(2018, 4, 8))


@pytest.mark.article("JL2019 §18")
@pytest.mark.requirement("ORG-16")
def test_papers_may_come_one_by_one_and_the_one_list_with_its_day_stays(case, office, hire):
    monday, tuesday, friday = at("2018-03-05"), at("2018-03-06"), at("2018-03-09")
    other = hire("clerk", at="450102")
    ask = {"codes": ["invoice", "bank_book"], "reason": "缺", "operator": office.reviewer, "now": monday}
    case = commands.ask_for_materials(number=case.number, version=2, **ask)
    told = case.notices.get()
    case = commands.receive_materials(number=case.number, version=3, codes=["invoice"], operator=other, now=tuesday)
    assert (case.state, case.due_on, case.paused_on) == (CaseState.SUPPLEMENTING, None, date(2018, 3, 5))
    papers = {one.code: (one.received_at, one.received_by_id) for one in case.materials.all()}
    assert (papers["invoice"], papers["bank_book"]) == ((tuesday, other.pk), (None, None))
    assert (case.notices.get().supply_by, case.notices.get().closed_at) == (told.supply_by, None)
    act = case.acts.get(act=Act.PART_SUPPLIED)
    assert (act.operator, act.opinion, act.step, act.to_step) == (other, "缴费凭证", "", "")
    shown = applicants.by_number(case.number).progress
    assert (shown.missing, shown.brought) == (("银行存折",), (("缴费凭证", date(2018, 3, 6)),))
    with pytest.raises(ChangedMeanwhile):
        commands.receive_materials(number=case.number, version=3, codes=["invoice"], operator=other, now=tuesday)
    with pytest.raises(NothingNew):
        commands.receive_materials(number=case.number, version=4, codes=["invoice"], operator=other, now=friday)
    case = commands.receive_materials(
        number=case.number, version=4, codes=["invoice", "bank_book"], operator=office.clerk, now=friday
    )
    assert (case.state, case.step, case.due_on) == (CaseState.IN_HAND, "first", date(2018, 4, 4))
    assert case.acts.get(act=Act.SUPPLEMENTED).opinion == "银行存折"
    assert case.materials.get(code="invoice").received_at == tuesday
    said = [one.said for one in applicants.timeline(case)]
    assert said[-2:] == ["收到部分补正材料:缴费凭证", "收到补正材料:银行存折"]


def test_a_part_of_the_papers_does_not_hold_off_the_day_of_the_list(office):
    case = accept(office.clerk, values={"reason": "多缴", "way": "bank"}, received=frozenset())
    part = {"version": 2, "codes": ["invoice"], "operator": office.clerk, "now": at("2018-03-22")}
    commands.receive_materials(number=case.number, **part)
    assert commands.let_unsupplied_lapse(now=at("2018-03-23")) == 1


def test_papers_that_never_come_end_the_application(office):
    case = accept(office.clerk, received=frozenset())
    assert commands.let_unsupplied_lapse(now=at("2018-03-22")) == 0
    assert commands.let_unsupplied_lapse(now=at("2018-03-23")) == 1
    assert commands.let_unsupplied_lapse(now=at("2018-03-24")) == 0
    case.refresh_from_db()
    assert (case.state, case.notices.get().closed_at) == (CaseState.LAPSED, at("2018-03-23"))
    assert case.acts.get(act=Act.LAPSED).operator is None
    assert accept(office.clerk).state == CaseState.IN_HAND


# --- the end --------------------------------------------------------------------------------------------------------


def test_the_applicant_withdraws_before_the_end_only(case, office):
    with pytest.raises(ReasonMissing):
        commands.withdraw_case(number=case.number, version=2, reason="", operator=office.clerk, now=NOW)
    case = commands.withdraw_case(number=case.number, version=2, reason="自行放弃", operator=office.clerk, now=NOW)
    assert case.state == CaseState.WITHDRAWN
    with pytest.raises(WrongState):
        commands.withdraw_case(number=case.number, version=3, reason="自行放弃", operator=office.clerk, now=NOW)


@pytest.mark.requirement("ORG-15")
def test_the_result_is_handed_out_once_against_a_name(case, office):
    with pytest.raises(NotFinished, match="办理中"):
        commands.hand_out(number=case.number, version=2, receiver="张三丰", operator=office.clerk, now=NOW)
    case = agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符")
    with pytest.raises(ReceiverMissing):
        commands.hand_out(number=case.number, version=3, receiver=" ", operator=office.clerk, now=NOW)
    case = commands.hand_out(number=case.number, version=3, receiver="张三丰", operator=office.clerk, now=NOW)
    assert (case.handed_to, case.handed_out_at) == ("张三丰", NOW)
    with pytest.raises(AlreadyHandedOut, match="张三丰"):
        commands.hand_out(number=case.number, version=4, receiver="李四", operator=office.clerk, now=NOW)


@pytest.mark.parametrize("statement", ["UPDATE cases_caseact SET opinion = 'x'", "DELETE FROM cases_caseact"])
def test_the_record_of_a_case_is_not_changed(case, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_state_is_reached_and_finished_ones_are_left_by_nothing():
    reached = {to for _, to in TRANSITIONS}
    assert reached == set(CaseState)
    left = {start for start, _ in TRANSITIONS if start is not None}
    assert left == {CaseState.IN_HAND, CaseState.SUPPLEMENTING}


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ORG-17")
def test_handlers_are_reminded_once_and_leaders_when_overdue(case, office):
    assert commands.remind_of_limits(now=at("2018-03-23")) == 0
    assert commands.remind_of_limits(now=at("2018-03-26")) == 1
    assert commands.remind_of_limits(now=at("2018-03-27")) == 0
    assert Notice.objects.get(title__contains="临期").recipient == office.reviewer
    assert commands.remind_of_limits(now=at("2018-03-30")) == 2
    assert commands.remind_of_limits(now=at("2018-03-31")) == 0
    overdue = Notice.objects.filter(title__contains="已超期")
    assert {one.recipient for one in overdue} == {office.reviewer, office.leader}


def test_a_paused_case_reminds_nobody(case, office):
    commands.ask_for_materials(
        number=case.number, version=2, codes=["invoice"], reason="不清", operator=office.reviewer, now=NOW
    )
    assert commands.remind_of_limits(now=at("2018-04-02")) == 0


# --- delegation -----------------------------------------------------------------------------------------------------


def _delegate(office, to, **changes):
    facts = {
        "post": "second_reviewer",
        "to_staff_code": to.staff_code,
        "valid_from": date(2018, 3, 1),
        "valid_until": date(2018, 3, 10),
        "reason": "休假",
        "operator": office.second,
        "now": NOW,
    }
    return commands.delegate_post(**(facts | changes))


@pytest.mark.requirement("ORG-13")
def test_a_delegate_acts_and_the_record_says_for_whom(case, office, hire):
    delegate = hire("archivist", name="代理人")
    _delegate(office, delegate)
    case = agree(case, office.reviewer)
    PostHolding.objects.filter(operator=delegate).update(post_id="eligibility")
    case = agree(case, delegate)
    line = case.acts.get(step="second")
    assert (line.operator, line.on_behalf_of) == (delegate, office.second)


@pytest.mark.requirement("ORG-13")
def test_a_delegate_who_did_the_first_review_is_refused(case, office, hire):
    other = hire("clerk", name="代理人")
    PostHolding.objects.create(
        operator=other, post_id="reviewer", org_unit_id="450102", valid_from=date(2018, 1, 1), granted_at=NOW
    )
    case = agree(case, other)
    PostHolding.objects.filter(operator=other, post_id="reviewer").update(valid_until=date(2018, 3, 1))
    _delegate(office, other)
    with pytest.raises(SamePersonActed):
        agree(case, other)


def test_a_delegation_is_refused_where_a_grant_would_be(office, hire):
    with pytest.raises(DelegationConflicts, match="审核、复核不得由同一人担任"):
        _delegate(office, office.reviewer)
    with pytest.raises(DelegateUnfit):
        _delegate(office, office.second)
    with pytest.raises(DelegateUnfit, match="本机构或上级机构"):
        _delegate(office, hire("archivist", at="450103"))
    with pytest.raises(PostNotHeld):
        _delegate(office, hire("clerk"), post="approver")
    with pytest.raises(DelegationPeriod):
        _delegate(office, hire("clerk"), valid_from=date(2018, 2, 1))
    with pytest.raises(DelegationPeriod):
        _delegate(office, hire("clerk"), valid_until=date(2019, 3, 1))
    with pytest.raises(ReasonMissing):
        _delegate(office, hire("clerk"), reason=" ")
    clerk = hire("clerk")
    _delegate(office, clerk)
    with pytest.raises(DelegationTwice):
        _delegate(office, clerk, valid_from=date(2018, 3, 5))


def test_a_delegation_ends_with_its_last_day_or_earlier(case, office, hire):
    delegate = hire("clerk")
    made = _delegate(office, delegate)
    case = agree(case, office.reviewer)
    with pytest.raises(NotYourStep):
        agree(case, delegate, now=at("2018-03-10"))
    with pytest.raises(PostNotHeld):
        commands.end_delegation(delegation_id=made.pk, operator=delegate, now=NOW)
    commands.end_delegation(delegation_id=made.pk, operator=office.second, now=NOW + timedelta(days=1))
    with pytest.raises(NotYourStep):
        agree(case, delegate, now=NOW + timedelta(days=1))


# --- units ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ORG-01")
def test_open_cases_keep_a_unit_from_being_deleted_and_follow_its_successor(office, hire):
    town, neighbour = "450102002", "450102001"
    done = agree(accept(office.clerk, subject_key="P2"), office.reviewer, decision=Decision.REFUSE, opinion="不符")
    case = accept(office.clerk, subject_key="P2")
    admin = hire("system_admin", at="450100")
    assert queries.open_count_by_unit([town]) == {town: 1}
    with pytest.raises(OpenBusinessLeft, match="业务件"):
        platform_commands.delete_org_unit(code=town, by=admin, now=NOW)
    platform_commands.close_org_unit(
        code=town, valid_until=date(2018, 3, 1), successor_code=neighbour, by=admin, now=NOW
    )
    case.refresh_from_db()
    done.refresh_from_db()
    assert (case.unit_code, done.unit_code) == (neighbour, town)

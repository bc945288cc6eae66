"""Training and posts that ask for it (业务培训; QA2018 三.4; ORG-14)."""

from datetime import UTC, date, datetime

import pytest

from tongchou.platform import commands, queries, training_queries
from tongchou.platform.checks import OutOfScope
from tongchou.platform.commands import training
from tongchou.platform.commands.posts import OwnPost, PostsConflict, TrainingMissing
from tongchou.platform.models import Notice, Operator, PostConfirmation, PostHolding, TrainingRecord
from tongchou.platform.states import TrainingLevel, TrainingResult
from tongchou.platform.tests.conftest import NOW, TODAY

PASSED, FAILED = TrainingResult.PASSED, TrainingResult.FAILED


@pytest.fixture
def course(admin):
    """复核 requires course C1, which counts for two years."""
    made = commands.set_training_course(code="c1", name="费用复核", valid_months=24, by=admin, now=NOW)
    commands.require_training(post_code="second_reviewer", course_code="C1", by=admin, now=NOW)
    return made


@pytest.fixture
def leader(hire) -> Operator:
    return hire("leader", at="450100", name="吴卫东")


@pytest.fixture
def trained(admin, course):
    """Records a result of C1."""

    def record(operator: Operator, held_on: date = date(2018, 5, 1), result: TrainingResult = PASSED, **more):
        return commands.record_training(
            operator_id=operator.pk,
            course_code="C1",
            level=TrainingLevel.CITY,
            held_on=held_on,
            result=result,
            by=admin,
            now=NOW,
            **more,
        )

    return record


@pytest.fixture
def grant(security):
    """Grants 复核 at county A by the security administrator."""

    def give(operator: Operator, post: str = "second_reviewer") -> PostHolding:
        return commands.grant_post(
            operator_id=operator.pk, post_code=post, unit_code="450102", valid_from=TODAY, by=security, now=NOW
        )

    return give


@pytest.mark.requirement("ORG-14")
@pytest.mark.article("QA2018 三.4")
def test_a_reviewer_without_course_c1_is_warned_of_and_a_leader_must_confirm(course, grant, security, leader, hire):
    wang = hire(name="王芳")
    with pytest.raises(TrainingMissing, match="“复核”要求“C1 费用复核”的有效培训结果,王芳没有;须由领导确认"):
        grant(wang)
    asked = commands.ask_for_confirmation(
        operator_id=wang.pk, post_code="second_reviewer", unit_code="450102", valid_from=TODAY, by=security, now=NOW
    )
    assert Notice.objects.filter(recipient=leader, title="王芳拟任“复核”,未达培训要求").count() == 1
    assert not queries.holdings_of(wang, TODAY)
    decision = {"confirmation_id": asked.pk, "agree": True, "by": leader, "now": NOW}
    with pytest.raises(training.ReasonMissing):
        commands.decide_confirmation(**decision, reason="")
    holding = commands.decide_confirmation(**decision, reason="人手不足,六月内补训")
    assert holding.post_id == "second_reviewer"
    assert commands.decide_confirmation(**decision, reason="再点一次") is None
    actions = [entry.action for entry in queries.trail_of("operator", wang.staff_code)]
    assert actions[:3] == ["platform.grant_post", "platform.post_confirmed", "platform.ask_confirmation"]
    granted = queries.trail_of("operator", wang.staff_code)[0]
    assert granted.detail["confirmed_by"] == leader.staff_code


@pytest.mark.requirement("ORG-14")
@pytest.mark.parametrize(
    ("held_on", "result", "last_day", "may"),
    [
        pytest.param(date(2018, 5, 1), PASSED, None, True, id="合格且在有效期内"),
        pytest.param(date(2016, 6, 2), PASSED, None, True, id="两年期满前一日"),
        pytest.param(date(2016, 6, 1), PASSED, None, False, id="两年期满"),
        pytest.param(date(2018, 5, 1), PASSED, date(2018, 6, 1), True, id="有效期至当日"),
        pytest.param(date(2018, 5, 1), PASSED, date(2018, 5, 31), False, id="有效期昨日届满"),
        pytest.param(date(2018, 5, 1), FAILED, None, False, id="不合格"),
    ],
)
def test_only_a_valid_result_opens_the_post(grant, trained, hire, held_on, result, last_day, may):
    operator = hire()
    trained(operator, held_on, result, last_day=last_day)
    if may:
        grant(operator)
        return
    with pytest.raises(TrainingMissing):
        grant(operator)


@pytest.mark.requirement("ORG-14")
def test_without_a_requirement_nothing_is_asked_and_one_dropped_asks_no_more(course, grant, admin, hire):
    grant(hire(), post="clerk")
    asked = training_queries.requirements(TODAY)[0]
    commands.drop_training_requirement(requirement_id=asked.pk, by=admin, now=NOW)
    grant(hire())
    with pytest.raises(training.RequirementUnknown):
        commands.drop_training_requirement(requirement_id=0, by=admin, now=NOW)


@pytest.mark.requirement("ORG-14")
def test_a_leader_refuses_and_the_post_is_not_given(course, security, leader, hire):
    wang = hire()
    ask = {"operator_id": wang.pk, "post_code": "second_reviewer", "unit_code": "450102", "valid_from": TODAY}
    asked = commands.ask_for_confirmation(**ask, by=security, now=NOW)
    with pytest.raises(training.AskedAlready):
        commands.ask_for_confirmation(**ask, by=security, now=NOW)
    commands.decide_confirmation(confirmation_id=asked.pk, agree=False, reason="先参加培训", by=leader, now=NOW)
    assert not queries.holdings_of(wang, TODAY)
    with pytest.raises(training.ConfirmationDecided, match="吴卫东"):
        commands.decide_confirmation(confirmation_id=asked.pk, agree=True, reason="同意", by=leader, now=NOW)


@pytest.mark.requirement("ORG-14")
def test_separation_of_duties_is_not_open_to_confirmation(course, security, leader, hire, trained):
    reviewer = hire("reviewer")
    ask = {"post_code": "second_reviewer", "unit_code": "450102", "valid_from": TODAY, "by": security, "now": NOW}
    with pytest.raises(PostsConflict):
        commands.ask_for_confirmation(operator_id=reviewer.pk, **ask)
    with pytest.raises(OwnPost):
        commands.ask_for_confirmation(operator_id=security.pk, **ask)
    ready = hire()
    trained(ready)
    with pytest.raises(training.NothingMissing):
        commands.ask_for_confirmation(operator_id=ready.pk, **ask)
    waiting = commands.ask_for_confirmation(operator_id=leader.pk, **ask)
    with pytest.raises(training.ConfirmsOwn):
        commands.decide_confirmation(confirmation_id=waiting.pk, agree=True, reason="自荐", by=leader, now=NOW)
    county_leader = hire("leader", at="450103")
    with pytest.raises(OutOfScope):
        commands.decide_confirmation(confirmation_id=waiting.pk, agree=True, reason="好", by=county_leader, now=NOW)
    assert PostConfirmation.objects.get().state == "asked"


@pytest.mark.requirement("ORG-14")
def test_refusals_of_a_record(trained, admin, course, hire):
    operator = hire()
    trained(operator)
    with pytest.raises(training.RecordedAlready):
        trained(operator)
    with pytest.raises(training.HeldInFuture):
        trained(operator, date(2018, 6, 2))
    with pytest.raises(training.ValidityFaulty):
        trained(operator, date(2018, 5, 2), last_day=date(2018, 5, 1))
    with pytest.raises(training.ValidityFaulty):
        trained(operator, date(2018, 5, 2), FAILED, last_day=date(2018, 12, 31))
    with pytest.raises(training.OwnTraining):
        trained(admin)
    with pytest.raises(training.CourseFaulty):
        commands.set_training_course(code="C 2", name="", valid_months=0, by=admin, now=NOW)
    with pytest.raises(training.CourseUnknown):
        commands.require_training(post_code="clerk", course_code="C9", by=admin, now=NOW)
    with pytest.raises(OutOfScope):
        trained(hire(at="450202"))


@pytest.mark.requirement("ORG-14")
def test_a_voided_result_counts_no_more_and_stays_visible(trained, grant, admin, hire):
    operator = hire()
    record = trained(operator)
    with pytest.raises(training.VoidReasonMissing):
        commands.void_training(record_id=record.pk, reason=" ", by=admin, now=NOW)
    commands.void_training(record_id=record.pk, reason="考生信息有误", by=admin, now=NOW)
    with pytest.raises(training.RecordVoided):
        commands.void_training(record_id=record.pk, reason="再作废", by=admin, now=NOW)
    with pytest.raises(TrainingMissing):
        grant(operator)
    assert [one.void_reason for one in training_queries.records_of(operator)] == ["考生信息有误"]
    trained(operator)  # the same day again, now that the first is void


@pytest.mark.requirement("ORG-14")
def test_expiring_results_are_told_once_unless_renewed(trained, hire):
    late, renewed = hire(name="到期"), hire(name="已复训")
    trained(late, date(2016, 7, 1))
    trained(renewed, date(2016, 7, 1))
    trained(renewed, date(2018, 5, 20))
    assert [one.operator.name for one in training_queries.ending(TODAY)] == ["到期"]
    assert commands.warn_of_ending_training(now=NOW) == 2  # the operator and who keeps the records
    assert commands.warn_of_ending_training(now=datetime(2018, 6, 2, 2, tzinfo=UTC)) == 0
    assert Notice.objects.filter(recipient=late).get().title == "到期的“费用复核”培训结果将到期"


@pytest.mark.requirement("ORG-14")
def test_whoever_holds_the_post_already_keeps_it_and_is_listed(hire, admin, security):
    holder = hire("second_reviewer")
    commands.set_training_course(code="C1", name="费用复核", valid_months=None, by=admin, now=NOW)
    commands.require_training(post_code="second_reviewer", course_code="C1", by=admin, now=NOW)
    commands.require_training(post_code="second_reviewer", course_code="C1", by=admin, now=NOW)
    assert [one.operator for one in training_queries.holders_without(TODAY)] == [holder]
    assert not TrainingRecord.objects.exists()
    assert len(training_queries.requirements(TODAY)) == 1

"""Accounts of operators (ORG-08)."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from tongchou.platform import commands, events, queries
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.commands.operators import (
    CitizenIdInvalid,
    OperatorHasLeft,
    OperatorUnknown,
    PasswordTooWeak,
    PersonHasAccount,
    StaffCodeTaken,
    SuccessorNotFit,
    UnitNotOpen,
    WrongPassword,
)
from tongchou.platform.models import Operator
from tongchou.platform.tests.conftest import NOW, PASSWORD, START, TODAY, citizen_id

LAST_DAY = date(2018, 6, 30)
JULY = datetime.fromisoformat("2018-07-01T09:00:00+08:00")


def _register(by=None, **changes):
    given = {
        "staff_code": "G900",
        "name": "新职员",
        "citizen_id": citizen_id(900),
        "unit_code": "450102",
        "active_from": START,
        "password": None,
        "by": by,
        "now": NOW,
    }
    return commands.register_operator(**(given | changes))


@pytest.mark.requirement("ORG-08")
@pytest.mark.article("JL2019 §21")
def test_one_person_has_one_account(hire):
    first = hire(name="甲", person=citizen_id(77))
    with pytest.raises(PersonHasAccount, match=first.staff_code):
        _register(citizen_id=citizen_id(77))


@pytest.mark.requirement("ORG-08")
def test_the_database_refuses_a_second_account_of_a_person(hire):
    hire(person=citizen_id(77))
    with pytest.raises(IntegrityError, match="operator_one_account_per_person"), transaction.atomic():
        Operator.objects.create(
            staff_code="x", name="x", citizen_id=citizen_id(77), org_unit_id="450102", active_from=START
        )


def test_a_staff_code_is_used_once(hire):
    with pytest.raises(StaffCodeTaken):
        _register(staff_code=hire().staff_code)


@pytest.mark.parametrize(
    "number", ["110105194912310021", "220104198502300010", "45010219800101", "４50102198001010015", ""]
)
def test_a_wrong_citizen_id_is_refused(tree, number):
    with pytest.raises(CitizenIdInvalid):
        _register(citizen_id=number)


@pytest.mark.parametrize("number", ["11010519491231002x", "440524188001010014", "450100201707010019"])
def test_a_right_citizen_id_is_stored_in_capitals(tree, number):
    assert _register(citizen_id=number).citizen_id == number.upper()


def test_a_refused_number_is_not_shown_in_full(tree):
    with pytest.raises(CitizenIdInvalid) as refused:
        _register(citizen_id="110105194912310021")
    assert "19491231" not in refused.value.sentence


def test_an_account_needs_an_open_unit(admin):
    commands.close_org_unit(code="450102002", successor_code=None, valid_until=TODAY, by=admin, now=NOW)
    with pytest.raises(UnitNotOpen, match=r"机构.+\(450102002\)在"):
        _register(unit_code="450102002", active_from=TODAY)


def test_accounts_are_made_by_whoever_may_and_where(admin, hire):
    assert _register(by=admin).org_unit_id == "450102"
    with pytest.raises(OutOfScope):
        _register(by=admin, unit_code="450202", citizen_id=citizen_id(901))
    with pytest.raises(NoPermission):
        _register(by=hire("clerk"), citizen_id=citizen_id(902))


@pytest.mark.article("GX2017 §133")
@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_weak_password_is_refused(tree, password):
    with pytest.raises(PasswordTooWeak):
        _register(password=password)


def test_an_account_without_a_password_cannot_be_guessed(tree):
    assert not _register().has_usable_password()


@pytest.fixture
def twelve_tasks():
    """Twelve open tasks of an operator, handed over as the cases chapter would."""
    tasks = {}

    @events.subscribe(events.OperatorLeft)
    def hand_over(event):
        for task, owner in tasks.items():
            if owner == event.operator_id:
                tasks[task] = event.successor_id

    yield tasks
    events.unsubscribe(events.OperatorLeft, hand_over)


@pytest.mark.requirement("ORG-08")
def test_leaving_hands_the_open_tasks_to_the_successor(hire, admin, twelve_tasks):
    leaver, successor = hire("clerk"), hire("clerk")
    twelve_tasks.update(dict.fromkeys(range(12), leaver.pk))
    commands.record_leave(operator_id=leaver.pk, leaves_on=LAST_DAY, successor_id=successor.pk, by=admin, now=NOW)
    assert set(twelve_tasks.values()) == {leaver.pk}
    assert commands.put_due_leaves_in_force(now=NOW) == 0
    assert commands.put_due_leaves_in_force(now=JULY) == 1
    assert set(twelve_tasks.values()) == {successor.pk}


@pytest.mark.requirement("ORG-08")
def test_a_leave_of_today_takes_effect_at_once(hire, admin):
    leaver, successor = hire("clerk"), hire("clerk")
    round_before = leaver.session_round
    gone = commands.record_leave(operator_id=leaver.pk, leaves_on=TODAY, successor_id=successor.pk, by=admin, now=NOW)
    assert (gone.left_at, gone.session_round) == (NOW, round_before + 1)
    assert [holding.post_id for holding in queries.holdings_of(gone, TODAY)] == ["clerk"]
    assert queries.holdings_of(gone, date(2018, 6, 2)) == []


def test_whoever_left_may_come_back_with_a_new_account(hire, admin):
    leaver, successor = hire("clerk"), hire("clerk")
    commands.record_leave(operator_id=leaver.pk, leaves_on=TODAY, successor_id=successor.pk, by=admin, now=NOW)
    assert _register(citizen_id=leaver.citizen_id).staff_code == "G900"


def test_a_successor_is_another_person_in_service(hire, admin):
    leaver, disabled, leaving, other = hire(), hire(), hire(), hire()
    commands.disable_operator(operator_id=disabled.pk, reason="休假", by=admin, now=NOW)
    commands.record_leave(operator_id=leaving.pk, leaves_on=LAST_DAY, successor_id=other.pk, by=admin, now=NOW)
    for unfit in (leaver, disabled, leaving):
        with pytest.raises(SuccessorNotFit):
            commands.record_leave(operator_id=leaver.pk, leaves_on=TODAY, successor_id=unfit.pk, by=admin, now=NOW)
    with pytest.raises(OperatorUnknown):
        commands.record_leave(operator_id=leaver.pk, leaves_on=TODAY, successor_id=0, by=admin, now=NOW)


def test_nothing_more_is_done_to_whoever_has_left(hire, admin, security):
    leaver, successor = hire(), hire()
    commands.record_leave(operator_id=leaver.pk, leaves_on=TODAY, successor_id=successor.pk, by=admin, now=NOW)
    with pytest.raises(OperatorHasLeft):
        commands.enable_operator(operator_id=leaver.pk, by=admin, now=NOW)
    with pytest.raises(OperatorHasLeft):
        commands.grant_post(
            operator_id=leaver.pk, post_code="clerk", unit_code="450102", valid_from=TODAY, by=security, now=NOW
        )
    with pytest.raises(OperatorHasLeft):
        commands.reset_password(operator_id=leaver.pk, new=PASSWORD, by=security, now=NOW)


def test_disabling_ends_the_sessions_and_enabling_lets_in_again(hire, admin):
    clerk = hire("clerk")
    disabled = commands.disable_operator(operator_id=clerk.pk, reason="停职", by=admin, now=NOW)
    assert (disabled.is_active, disabled.session_round) == (False, 1)
    assert not disabled.has_perm("enrolment.view_person")
    assert commands.enable_operator(operator_id=clerk.pk, by=admin, now=NOW).is_active


@pytest.mark.requirement("ORG-08")
def test_a_transfer_ends_the_posts_at_the_old_unit_and_hands_over(hire, admin):
    clerk, successor = hire("clerk"), hire("clerk")
    heard = []
    handler = events.subscribe(events.OperatorTransferred)(heard.append)
    commands.transfer_operator(operator_id=clerk.pk, to_unit="450103", successor_id=successor.pk, by=admin, now=NOW)
    events.unsubscribe(events.OperatorTransferred, handler)
    clerk.refresh_from_db()
    assert (clerk.org_unit_id, clerk.session_round) == ("450103", 1)
    assert queries.holdings_of(clerk, TODAY) == []
    assert heard == [events.OperatorTransferred(clerk.pk, successor.pk, "450102", "450103")]


def test_a_transfer_goes_only_where_the_administrator_reaches(hire, admin):
    clerk, successor = hire("clerk"), hire("clerk")
    with pytest.raises(OutOfScope):
        commands.transfer_operator(operator_id=clerk.pk, to_unit="450202", successor_id=successor.pk, by=admin, now=NOW)


def test_an_unknown_operator_is_refused(admin):
    with pytest.raises(OperatorUnknown):
        commands.enable_operator(operator_id=0, by=admin, now=NOW)


@pytest.mark.article("GX2017 §133")
def test_a_password_is_changed_by_whoever_knows_it(hire, security):
    clerk = hire("clerk")
    commands.reset_password(operator_id=clerk.pk, new=PASSWORD, by=security, now=NOW)
    clerk.refresh_from_db()
    with pytest.raises(WrongPassword):
        commands.change_password(operator=clerk, old="something-else", new="another-long-secret", now=NOW)
    commands.change_password(operator=clerk, old=PASSWORD, new="another-long-secret", now=NOW)
    assert clerk.check_password("another-long-secret")
    assert clerk.session_round == 2


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"citizen_id": "45010219800101001x"}, "operator_citizen_id_has_18_characters"),
        ({"left_at": NOW}, "operator_leave_has_a_date"),
        ({"leaves_on": date(2017, 6, 30)}, "operator_leaves_after_start"),
    ],
)
def test_the_database_refuses_a_broken_account(hire, changes, constraint):
    clerk = hire()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Operator.objects.filter(pk=clerk.pk).update(**changes)


def test_every_change_of_an_account_is_in_the_trail(hire, admin):
    clerk = hire("clerk")
    commands.disable_operator(operator_id=clerk.pk, reason="停职", by=admin, now=NOW)
    newest = queries.trail_of("operator", clerk.staff_code)[0]
    assert (newest.action, newest.staff_code, newest.detail) == (
        "platform.disable_operator",
        admin.staff_code,
        {"reason": "停职"},
    )

"""Signing in (ORG-08, SYS-11): lock-out, leavers, demo operators, ends of sessions."""

from datetime import date, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from tongchou.platform import commands, queries
from tongchou.platform.authentication import OperatorBackend, from_this_machine
from tongchou.platform.commands import sessions
from tongchou.platform.commands.operators import OperatorUnknown
from tongchou.platform.commands.sessions import (
    AccountLocked,
    DemoFromElsewhere,
    FewAttemptsLeft,
    OperatorDisabled,
    OperatorLeft,
    OperatorNotYetActive,
    WrongStaffCodeOrPassword,
)
from tongchou.platform.demo_operators import DEMO_OPERATORS, DEMO_PASSWORD
from tongchou.platform.middleware import SessionLimits
from tongchou.platform.models import Notice, Operator
from tongchou.platform.rules import citizen_id_is_valid
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.conftest import NOW, PASSWORD, START, TODAY
from tongchou.platform.tests.factors import bind

LAST_DAY = date(2018, 6, 30)
NEXT_DAY = datetime.fromisoformat("2018-07-01T08:30:00+08:00")


def _request(session=None, **meta):
    request = RequestFactory().post("/login/", **({"REMOTE_ADDR": "127.0.0.1"} | meta))
    request.session = session or SessionStore()
    request.user = AnonymousUser()
    return request


def _sign_in(staff_code, password=PASSWORD, *, now=NOW, session=None, **meta):
    request = _request(session, **meta)
    sessions.sign_in(request, staff_code=staff_code, password=password, now=now)
    return request


@pytest.fixture
def clerk(hire):
    operator = hire("clerk", name="柜员")
    operator.set_password(PASSWORD)
    operator.save()
    return operator


def test_the_right_password_opens_a_session(clerk):
    request = _sign_in(clerk.staff_code)
    assert request.user == clerk
    newest = queries.trail_of("operator", clerk.staff_code)[0]
    assert (newest.action, newest.outcome) == ("platform.sign_in", "done")


@pytest.mark.parametrize("code", ["nobody", "", "x" * 31, "G0\0", " "])
def test_an_unknown_code_hears_the_same_as_a_wrong_password(clerk, code):
    with pytest.raises(WrongStaffCodeOrPassword):
        _sign_in(code)
    with pytest.raises(WrongStaffCodeOrPassword):
        _sign_in(clerk.staff_code, "wrong")


@pytest.mark.requirement("SYS-11")
@pytest.mark.article("GX2017 §133")
def test_five_wrong_passwords_lock_the_account_for_half_an_hour(clerk):
    told = [WrongStaffCodeOrPassword, WrongStaffCodeOrPassword, FewAttemptsLeft, FewAttemptsLeft, AccountLocked]
    for refusal in told:
        with pytest.raises(refusal):
            _sign_in(clerk.staff_code, "wrong")
    with pytest.raises(AccountLocked, match=r"连续输错5次.*30分钟"):
        _sign_in(clerk.staff_code)
    actions = [entry.action for entry in queries.trail_of("operator", clerk.staff_code)]
    assert "platform.locked_out" in actions
    assert actions.count("platform.sign_in_refused") == 6
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert _sign_in(clerk.staff_code).user == clerk


def test_the_number_of_attempts_left_is_told_near_the_end(clerk):
    for _ in range(3):
        with pytest.raises((WrongStaffCodeOrPassword, FewAttemptsLeft)) as refused:
            _sign_in(clerk.staff_code, "wrong")
    assert "再错2次" in str(refused.value)


def test_a_success_forgets_the_failures_before(clerk):
    for _ in range(4):
        with pytest.raises((WrongStaffCodeOrPassword, FewAttemptsLeft)):
            _sign_in(clerk.staff_code, "wrong")
    _sign_in(clerk.staff_code)
    with pytest.raises(WrongStaffCodeOrPassword):
        _sign_in(clerk.staff_code, "wrong")


def test_the_lock_does_not_tell_whether_the_account_exists(tree):
    for _ in range(4):
        with pytest.raises((WrongStaffCodeOrPassword, FewAttemptsLeft)):
            _sign_in("nobody", "wrong")
    with pytest.raises(AccountLocked):
        _sign_in("nobody", "wrong")


def test_a_security_administrator_unlocks(clerk, security):
    for _ in range(5):
        with pytest.raises((WrongStaffCodeOrPassword, FewAttemptsLeft, AccountLocked)):
            _sign_in(clerk.staff_code, "wrong")
    assert commands.unlock_operator(staff_code=clerk.staff_code, by=security, now=NOW) == 1
    assert _sign_in(clerk.staff_code).user == clerk
    with pytest.raises(OperatorUnknown):
        commands.unlock_operator(staff_code="nobody", by=security, now=NOW)


@pytest.mark.requirement("ORG-08")
def test_whoever_left_yesterday_is_refused(clerk, admin, hire):
    successor = hire()
    commands.record_leave(operator_id=clerk.pk, leaves_on=LAST_DAY, successor_id=successor.pk, by=admin, now=NOW)
    last_evening = datetime.fromisoformat("2018-06-30T20:00:00+08:00")
    assert _sign_in(clerk.staff_code, now=last_evening).user == clerk
    with pytest.raises(OperatorLeft, match="2018-06-30离职"):
        _sign_in(clerk.staff_code, now=NEXT_DAY)
    with pytest.raises(WrongStaffCodeOrPassword):
        _sign_in(clerk.staff_code, "wrong", now=NEXT_DAY)


@pytest.mark.requirement("ORG-08")
def test_leaving_ends_the_session_with_the_next_request(clerk, admin, hire):
    request = _sign_in(clerk.staff_code)
    assert get_user(request) == clerk
    commands.record_leave(operator_id=clerk.pk, leaves_on=TODAY, successor_id=hire().pk, by=admin, now=NOW)
    assert not get_user(_request(request.session)).is_authenticated


def test_a_disabled_account_is_refused_and_its_session_ends(clerk, admin):
    request = _sign_in(clerk.staff_code)
    commands.disable_operator(operator_id=clerk.pk, reason="停职", by=admin, now=NOW)
    assert not get_user(_request(request.session)).is_authenticated
    with pytest.raises(OperatorDisabled):
        _sign_in(clerk.staff_code)


def test_an_enabled_account_does_not_get_its_old_session_back(clerk, admin):
    request = _sign_in(clerk.staff_code)
    commands.disable_operator(operator_id=clerk.pk, reason="停职", by=admin, now=NOW)
    commands.enable_operator(operator_id=clerk.pk, by=admin, now=NOW)
    assert not get_user(_request(request.session)).is_authenticated


def test_an_account_of_next_month_is_refused_today(hire):
    operator = hire(active_from=date(2018, 7, 1))
    operator.set_password(PASSWORD)
    operator.save()
    with pytest.raises(OperatorNotYetActive, match="2018-07-01"):
        _sign_in(operator.staff_code)
    assert _sign_in(operator.staff_code, now=NEXT_DAY).user == operator


def test_a_new_password_ends_the_other_sessions(clerk):
    request = _sign_in(clerk.staff_code)
    clerk.refresh_from_db()
    commands.change_password(operator=clerk, old=PASSWORD, new="another-long-secret", now=NOW)
    assert not get_user(_request(request.session)).is_authenticated


def test_signing_out_ends_the_session(clerk):
    request = _sign_in(clerk.staff_code)
    sessions.sign_out(request, now=NOW)
    assert not get_user(_request(request.session)).is_authenticated
    assert queries.trail_of("operator", clerk.staff_code)[0].action == "platform.sign_out"


def test_one_session_at_a_time_where_the_house_says_so(clerk, settings):
    first = _sign_in(clerk.staff_code)
    _sign_in(clerk.staff_code)
    assert get_user(_request(first.session)) == clerk
    settings.SINGLE_SESSION = True
    third = _sign_in(clerk.staff_code)
    assert not get_user(_request(first.session)).is_authenticated
    assert get_user(_request(third.session)) == clerk


# --- demo operators -------------------------------------------------------------------------------------------------

UNITS = {
    UnitLevel.PROVINCE: "450000",
    UnitLevel.CITY: "450100",
    UnitLevel.COUNTY: "450102",
    UnitLevel.TOWN: "450102001",
    UnitLevel.INSTITUTION_OFFICE: "H45010200001",
}


@pytest.fixture
def demo(tree):
    return commands.ensure_demo_operators(units=UNITS, active_from=START, now=NOW)


@pytest.fixture
def county_demo(tree):
    return commands.ensure_demo_operators(units={UnitLevel.COUNTY: "450102"}, active_from=START, now=NOW)


def test_demo_operators_log_in_on_this_machine(demo):
    for operator in demo:
        assert _sign_in(operator.staff_code, DEMO_PASSWORD).user == operator


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "192.168.1.20"},
        {"REMOTE_ADDR": "::ffff:10.0.0.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_demo_operators_are_refused_from_anywhere_else(county_demo, meta):
    with pytest.raises(DemoFromElsewhere):
        _sign_in("shouli", DEMO_PASSWORD, **meta)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_loopback_is_this_machine(address):
    assert from_this_machine(RequestFactory().get("/", REMOTE_ADDR=address))


def test_a_demo_operator_is_refused_without_a_request(county_demo):
    assert OperatorBackend().authenticate(None, staff_code="shouli", password=DEMO_PASSWORD) is None


def test_making_the_demo_operators_twice_makes_them_once(demo):
    assert commands.ensure_demo_operators(units=UNITS, active_from=START, now=NOW) == demo
    seated = [one for one in DEMO_OPERATORS if one.unit_level in UNITS]
    assert Operator.objects.filter(is_demo=True).count() == len(seated) == len(demo)


def test_demo_operators_hold_posts_that_do_not_conflict(demo):
    assert commands.daily_sod_check(now=NOW) == 0
    held = {post for operator in DEMO_OPERATORS for post in operator.posts}
    assert {"clerk", "reviewer", "second_reviewer", "approver", "accountant", "cashier", "auditor"} <= held
    assert all(citizen_id_is_valid(operator.citizen_id) for operator in DEMO_OPERATORS)


def test_levels_without_a_unit_are_left_out(county_demo):
    assert {operator.org_unit_id for operator in county_demo} == {"450102"}


def test_the_house_knows_whether_demo_logins_are_present(demo, admin):
    assert queries.demo_logins_present()
    for operator in demo:
        Operator.objects.filter(pk=operator.pk).update(is_active=False)
    assert not queries.demo_logins_present()


# --- limits of a session --------------------------------------------------------------------------------------------


def _pass_through_middleware(session, **meta):
    request = _request(session, **meta)
    request.user = get_user(request)
    SessionLimits(lambda served: HttpResponse("ok"))(request)
    return request


def test_a_session_in_use_goes_on_and_is_noted_at_most_once_a_minute(clerk):
    session = _sign_in(clerk.staff_code, now=timezone.now()).session
    seen = session[sessions.SEEN_AT]
    request = _pass_through_middleware(session)
    assert request.user == clerk
    assert request.session[sessions.SEEN_AT] == seen
    session[sessions.SEEN_AT] = seen - 100
    assert _pass_through_middleware(session).session[sessions.SEEN_AT] >= seen


def test_an_idle_session_ends(clerk, settings):
    session = _sign_in(clerk.staff_code, now=timezone.now() - timedelta(minutes=31)).session
    request = _pass_through_middleware(session)
    assert not request.user.is_authenticated
    assert request.session_expired
    assert queries.trail_of("operator", clerk.staff_code)[0].action == "platform.session_ended"


def test_how_long_a_session_may_rest_is_a_setting(clerk, settings):
    settings.SESSION_IDLE_SECONDS = 7200
    session = _sign_in(clerk.staff_code, now=timezone.now() - timedelta(minutes=31)).session
    assert _pass_through_middleware(session).user == clerk


def test_a_demo_session_carried_elsewhere_ends(county_demo):
    session = _sign_in("shouli", DEMO_PASSWORD, now=timezone.now()).session
    assert not _pass_through_middleware(session, REMOTE_ADDR="192.168.1.20").user.is_authenticated


def test_visitors_pass_through(db):
    assert not _pass_through_middleware(SessionStore()).user.is_authenticated


def test_the_trail_knows_the_address_of_the_request(clerk):
    session = _sign_in(clerk.staff_code, now=timezone.now()).session
    request = _request(session, REMOTE_ADDR="10.9.8.7")
    request.user = get_user(request)
    SessionLimits(lambda served: HttpResponse(sessions.sign_out(served, now=NOW)))(request)
    assert queries.trail_of("operator", clerk.staff_code)[0].address == "10.9.8.7"


def test_djangos_own_way_in_is_the_same_way(clerk):
    assert authenticate(_request(), staff_code=clerk.staff_code, password=PASSWORD) == clerk
    assert authenticate(_request(), staff_code=clerk.staff_code, password="wrong") is None


@pytest.mark.requirement("SYS-11")
def test_whoever_approves_money_is_asked_once_a_month_to_bind_a_device(hire):
    approver, clerk = hire("approver"), hire("clerk")
    for operator in (approver, clerk):
        operator.set_password(PASSWORD)
        operator.save()
        _sign_in(operator.staff_code)
        _sign_in(operator.staff_code)
    asked = Notice.objects.filter(title="请绑定动态口令")
    assert [one.recipient for one in asked] == [approver]
    bind(approver, NOW)
    approver.set_password(PASSWORD)
    approver.save()
    asked.delete()
    _sign_in(approver.staff_code)
    assert not Notice.objects.filter(title="请绑定动态口令").exists()

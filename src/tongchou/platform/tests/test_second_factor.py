"""The second factor (动态口令; SYS-11): binding, checking, locks, recovery, reset by another, what is kept."""

import json
import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tongchou.platform import commands, one_time_codes, second_factor
from tongchou.platform.commands.factors_apart import BothFactorsByOnePerson
from tongchou.platform.commands.operators import reset_password
from tongchou.platform.commands.second_factor import (
    BINDING_LASTS,
    DemoFactorFixed,
    FirstCodeWrong,
    NoBindingBegun,
    NoFactorToReset,
    OwnFactorReset,
    ResetWithoutReason,
)
from tongchou.platform.demo_operators import DEMO_SECRET
from tongchou.platform.models import Notice, RecoveryCode, SecondFactor, TrailEntry
from tongchou.platform.second_factor import (
    SecondFactorLocked,
    SecondFactorMissing,
    SecondFactorUsed,
    SecondFactorWrong,
)
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import NOW, PASSWORD, Hire
from tongchou.platform.tests.factors import DEVICE_PASSWORD, bind

STEP = timedelta(seconds=one_time_codes.STEP_SECONDS)
RFC_SECRET = b"12345678901234567890"


@pytest.fixture
def approver(hire):
    return hire("approver", name="陆建国")


@pytest.fixture
def device(approver):
    return bind(approver, NOW)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert one_time_codes.code_at(RFC_SECRET, seconds // 30) == code


@pytest.mark.requirement("SYS-11")
def test_a_code_of_the_moment_is_accepted_and_noted(approver, device):
    second_factor.check(approver, device.code(NOW), now=NOW)
    noted = TrailEntry.objects.get(action="platform.second_factor_accepted", staff_code=approver.staff_code)
    assert noted.detail == {"kind": "code", "recovery_codes_left": 10}


@pytest.mark.parametrize("drift", [-STEP, STEP], ids=["behind", "ahead"])
def test_a_clock_may_be_one_step_off(approver, device, drift):
    second_factor.check(approver, device.code(NOW + drift), now=NOW)


@pytest.mark.parametrize("drift", [-2 * STEP, 2 * STEP], ids=["behind", "ahead"])
def test_a_clock_two_steps_off_is_refused(approver, device, drift):
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, device.code(NOW + drift), now=NOW)


def test_blanks_in_a_code_do_not_matter(approver, device):
    code = device.code(NOW)
    second_factor.check(approver, f" {code[:3]} {code[3:]} ", now=NOW)


def test_a_code_opens_only_once(approver, device):
    code = device.code(NOW)
    second_factor.check(approver, code, now=NOW)
    with pytest.raises(SecondFactorUsed, match="请等待下一个"):
        second_factor.check(approver, code, now=NOW)
    second_factor.check(approver, device.code(NOW + STEP), now=NOW + STEP)


def test_an_older_code_does_not_open_after_a_newer_one(approver, device):
    older = device.code(NOW - STEP)
    second_factor.check(approver, device.code(NOW), now=NOW)
    with pytest.raises(SecondFactorUsed):
        second_factor.check(approver, older, now=NOW)


def test_without_a_device_nothing_opens(approver):
    with pytest.raises(SecondFactorMissing, match="我的安全设置"):
        second_factor.check(approver, "123456", now=NOW)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "一二三四五六", "ABCDE-FGHIJ", "٠١٢٣٤٥", "x" * 500])
def test_what_is_no_code_is_wrong(approver, device, code):
    with pytest.raises(SecondFactorWrong, match="再错4次"):
        second_factor.check(approver, code, now=NOW)


def test_another_operators_code_is_wrong(approver, device, hire):
    other = bind(hire("approver"), NOW)
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, other.code(NOW), now=NOW)


@pytest.mark.requirement("SYS-11")
def test_five_wrong_codes_lock_for_thirty_minutes(approver, device):
    wrong = _wrong(device.code(NOW))
    for left in (4, 3, 2, 1):
        with pytest.raises(SecondFactorWrong, match=f"再错{left}次"):
            second_factor.check(approver, wrong, now=NOW)
    with pytest.raises(SecondFactorLocked, match="请30分钟后"):
        second_factor.check(approver, wrong, now=NOW)
    with pytest.raises(SecondFactorLocked, match="请20分钟后"):
        second_factor.check(approver, device.code(NOW), now=NOW + timedelta(minutes=10))
    later = NOW + timedelta(minutes=30)
    second_factor.check(approver, device.code(later), now=later)


def test_wrong_codes_count_although_the_callers_work_is_undone(approver, device):
    for _ in range(5):
        with pytest.raises((SecondFactorWrong, SecondFactorLocked)), transaction.atomic():
            second_factor.check(approver, "000000", now=NOW)
    with pytest.raises(SecondFactorLocked):
        second_factor.check(approver, device.code(NOW), now=NOW)


def test_a_right_code_forgets_the_wrong_ones(approver, device):
    for _ in range(4):
        with pytest.raises(SecondFactorWrong):
            second_factor.check(approver, "000000", now=NOW - STEP)
    second_factor.check(approver, device.code(NOW), now=NOW)
    with pytest.raises(SecondFactorWrong, match="再错4次"):
        second_factor.check(approver, "000000", now=NOW + STEP)


def test_unlocking_forgets_wrong_codes_too(approver, device, security):
    for _ in range(5):
        with pytest.raises((SecondFactorWrong, SecondFactorLocked)):
            second_factor.check(approver, "000000", now=NOW)
    commands.unlock_operator(staff_code=approver.staff_code, by=security, now=NOW + STEP)
    second_factor.check(approver, device.code(NOW + STEP), now=NOW + STEP)


def test_a_recovery_code_opens_once(approver, device):
    code = device.recovery_codes[3]
    assert len(device.recovery_codes) == len(set(device.recovery_codes)) == 10
    second_factor.check(approver, code.lower(), now=NOW)
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, code, now=NOW + STEP)
    assert RecoveryCode.objects.filter(factor__operator=approver, used_at=None).count() == 9


def test_new_recovery_codes_replace_the_old(approver, device):
    fresh = commands.renew_recovery_codes(operator=approver, code=device.code(NOW), now=NOW)
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, device.recovery_codes[0], now=NOW)
    second_factor.check(approver, fresh[0], now=NOW)


def test_binding_asks_for_the_password(approver):
    approver.set_password(PASSWORD)
    with pytest.raises(SecondFactorWrong):
        commands.begin_binding(operator=approver, proof="guessed-it-perhaps", now=NOW)
    assert not second_factor.has(approver)


def test_guessing_the_password_to_bind_is_locked_too(approver):
    approver.set_password(PASSWORD)
    for _ in range(5):
        with pytest.raises((SecondFactorWrong, SecondFactorLocked)):
            commands.begin_binding(operator=approver, proof="guess", now=NOW)
    with pytest.raises(SecondFactorLocked):
        commands.begin_binding(operator=approver, proof=PASSWORD, now=NOW)


def test_a_device_counts_only_once_confirmed(approver):
    approver.set_password(PASSWORD)
    commands.begin_binding(operator=approver, proof=PASSWORD, now=NOW)
    assert not second_factor.has(approver)
    with pytest.raises(FirstCodeWrong):
        commands.confirm_binding(operator=approver, code="000000", now=NOW)
    assert not second_factor.has(approver)


def test_a_binding_not_confirmed_in_time_is_begun_anew(approver):
    approver.set_password(PASSWORD)
    commands.begin_binding(operator=approver, proof=PASSWORD, now=NOW)
    with pytest.raises(NoBindingBegun, match="15分钟"):
        commands.confirm_binding(operator=approver, code="000000", now=NOW + BINDING_LASTS)
    assert commands.binding_begun(approver, NOW + BINDING_LASTS) is None
    commands.begin_binding(operator=approver, proof=PASSWORD, now=NOW + BINDING_LASTS)


def test_a_new_device_takes_the_place_of_the_old_once_confirmed(approver, device):
    commands.begin_binding(operator=approver, proof=device.code(NOW), now=NOW)
    later = NOW + STEP
    second_factor.check(approver, device.code(later), now=later)
    fresh = SecondFactor.objects.get(operator=approver, confirmed_at=None)
    secret = second_factor.secret(fresh, approver)
    code = one_time_codes.code_at(secret, one_time_codes.step_of(later))
    commands.confirm_binding(operator=approver, code=code, now=later)
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, device.code(later + STEP), now=later + STEP)
    assert SecondFactor.objects.get(operator=approver, end="renewed").ended_by == approver


def test_a_device_in_use_is_not_replaced_by_the_password(approver, device):
    with pytest.raises(SecondFactorWrong):
        commands.begin_binding(operator=approver, proof=DEVICE_PASSWORD, now=NOW)


@pytest.mark.requirement("SYS-11")
def test_the_security_administration_resets_with_a_reason(approver, device, security):
    round_before = approver.session_round
    commands.reset_second_factor(operator_id=approver.pk, reason="手机遗失", by=security, now=NOW)
    with pytest.raises(SecondFactorMissing):
        second_factor.check(approver, device.code(NOW), now=NOW)
    approver.refresh_from_db()
    assert approver.session_round == round_before + 1
    noted = TrailEntry.objects.get(action="platform.reset_second_factor", object_key=approver.staff_code)
    assert (noted.staff_code, noted.detail) == (security.staff_code, {"reason": "手机遗失"})
    assert Notice.objects.filter(recipient=approver, title__contains="手机遗失").exists()


def test_nobody_resets_the_own_device(security):
    bind(security, NOW)
    with pytest.raises(OwnFactorReset):
        commands.reset_second_factor(operator_id=security.pk, reason="手机遗失", by=security, now=NOW)


def test_nobody_resets_without_a_reason_or_without_a_device(approver, device, hire, security):
    with pytest.raises(ResetWithoutReason):
        commands.reset_second_factor(operator_id=approver.pk, reason="  ", by=security, now=NOW)
    with pytest.raises(NoFactorToReset):
        commands.reset_second_factor(operator_id=hire("approver").pk, reason="手机遗失", by=security, now=NOW)


@pytest.mark.parametrize("first", ["password", "factor"])
def test_one_person_does_not_replace_both_factors(approver, device, hire, security, first):
    colleague = hire("security_admin", at="450100", name="另一安全管理员")

    def replace(which, by, at):
        if which == "password":
            reset_password(operator_id=approver.pk, new="yet-another-secret", by=by, now=at)
        else:
            commands.reset_second_factor(operator_id=approver.pk, reason="手机遗失", by=by, now=at)

    second = "factor" if first == "password" else "password"
    replace(first, security, NOW)
    with pytest.raises(BothFactorsByOnePerson, match="7日内"):
        replace(second, security, NOW + timedelta(days=6))
    replace(second, colleague, NOW + timedelta(days=6))


def test_a_reset_to_oneself_is_refused_by_the_database(approver, device):
    factor = SecondFactor.objects.get(operator=approver)
    factor.end, factor.ended_at, factor.ended_by, factor.end_reason = "reset", NOW, approver, "手机遗失"
    with pytest.raises(IntegrityError, match="reset_by_another"), transaction.atomic():
        factor.save()


def test_two_devices_in_use_are_refused_by_the_database(approver, device):
    with pytest.raises(IntegrityError, match="one_in_use"), transaction.atomic():
        SecondFactor.objects.create(operator=approver, seed=bytes(20), begun_at=NOW, confirmed_at=NOW)


def test_no_table_and_no_log_holds_a_secret(approver, caplog):
    caplog.set_level(logging.DEBUG)
    device = bind(approver, NOW)
    second_factor.check(approver, device.recovery_codes[0], now=NOW)
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, _wrong(device.code(NOW)), now=NOW)
    factor = SecondFactor.objects.get(operator=approver)
    texts = [bytes(factor.seed).hex(), *(bytes(one.digest).hex() for one in factor.recovery_codes.all())]
    noted = TrailEntry.objects.filter(object_key=approver.staff_code)
    kept = "\n".join([*texts, caplog.text, *(json.dumps(one.detail) for one in noted)])
    hidden = [device.secret.hex(), one_time_codes.key_for_typing(device.secret), device.code(NOW), DEVICE_PASSWORD]
    assert noted.count() >= 3
    assert not [one for one in (*hidden, *device.recovery_codes) if one in kept]
    assert one_time_codes.key_for_typing(device.secret) not in repr(commands.binding_begun(approver, NOW))


def test_a_former_installation_key_still_honours_devices(approver, device, settings):
    code = device.code(NOW)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a-new-installation-key"
    second_factor.check(approver, code, now=NOW)


def test_the_secret_is_not_that_of_another_installation(approver, device, settings):
    settings.SECRET_KEY = "another-installation"
    with pytest.raises(SecondFactorWrong):
        second_factor.check(approver, device.code(NOW), now=NOW)


def test_a_demo_operator_is_told_a_code_that_opens_and_then_the_next(approver):
    approver.is_demo = True
    approver.save()
    assert second_factor.has(approver)
    first = second_factor.demo_code(approver, NOW)
    assert first == one_time_codes.code_at(DEMO_SECRET, one_time_codes.step_of(NOW))
    second_factor.check(approver, first, now=NOW)
    following = second_factor.demo_code(approver, NOW)
    second_factor.check(approver, following, now=NOW)
    assert second_factor.demo_code(approver, NOW) == ""
    with pytest.raises(SecondFactorUsed):
        second_factor.check(approver, first, now=NOW)
    with pytest.raises(DemoFactorFixed):
        commands.begin_binding(operator=approver, proof=PASSWORD, now=NOW)


def test_nobody_else_is_told_a_code(approver, device):
    assert second_factor.demo_code(approver, NOW) == ""


def test_one_code_given_twice_at_the_same_time_opens_once(committed):
    approver = Hire()("approver")
    device = bind(approver, NOW)
    code = device.code(NOW)
    ends = at_once(*[lambda: second_factor.check(approver, code, now=NOW)] * 4)
    assert ends == ["", *[SecondFactorUsed.code] * 3]

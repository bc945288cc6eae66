"""银行账户: whose it is, from when it is paid to, and who is told (ENR-19)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.states import CaseState, Decision
from tongchou.enrolment import commands as enrolling
from tongchou.enrolment import events, queries
from tongchou.enrolment.bank_accounts import commands, guardians, rules
from tongchou.enrolment.bank_accounts.models import BankAccount
from tongchou.enrolment.bank_accounts.states import AccountSource, HolderKind
from tongchou.enrolment.tests.conftest import NOW, citizen_number
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import NoPermission
from tongchou.platform.events import subscribe, unsubscribe

OLD, NEW = "6228480000000001", "6228480000000002"
RELEASED = datetime(2018, 5, 10, 3, tzinfo=UTC)
CHANGED = datetime(2018, 5, 11, 3, tzinfo=UTC)


@pytest.fixture
def person(enrol):
    platform_commands.ensure_calendar(now=NOW)
    return enrol(name="韦大", certificate_no=citizen_number(order=201)).person


def _details(number=OLD, holder="韦大", bank="农业银行青山支行"):
    return commands.AccountDetails(bank_name=bank, account_no=number, holder_name=holder, reason="换卡")


@pytest.fixture
def told():
    heard = []
    subscribe(events.BankAccountChanged)(heard.append)
    yield heard
    unsubscribe(events.BankAccountChanged, heard.append)


@pytest.fixture
def record(person, clerk):
    def one(number=OLD, *, holder="韦大", now=NOW, operator=clerk):
        return commands.record_account(
            person_id=person.pk,
            details=_details(number, holder),
            source=AccountSource.CASE,
            operator=operator,
            now=now,
        )

    return one


@pytest.mark.requirement("ENR-19")
@pytest.mark.article("GX2017 §14")
def test_a_released_payment_keeps_the_old_account_and_one_sent_back_goes_to_the_new(person, record):
    record(OLD)
    record(NEW, now=CHANGED)
    assert queries.account_of(person.pk, RELEASED).account_no == OLD
    sent_again = datetime(2018, 5, 20, 3, tzinfo=UTC)
    assert queries.account_of(person.pk, sent_again).account_no == NEW
    assert queries.account_of(person.pk, NOW - timedelta(seconds=1)) is None


@pytest.mark.requirement("ENR-19")
@pytest.mark.parametrize(
    ("days", "highlighted"),
    [pytest.param(0, True, id="the same day"), pytest.param(7, True, id="seven"), pytest.param(8, False, id="eight")],
)
def test_a_change_within_seven_days_before_a_payment_is_highlighted(person, record, days, highlighted):
    record(OLD)
    record(NEW, now=CHANGED)
    assert queries.account_of(person.pk, CHANGED + timedelta(days=days)).just_changed is highlighted


@pytest.mark.requirement("ENR-19")
def test_a_first_account_is_no_change(person, record):
    record(OLD)
    assert not queries.account_of(person.pk, NOW + timedelta(days=1)).just_changed


@pytest.mark.requirement("ENR-19")
@pytest.mark.parametrize(
    ("number", "holder", "refusal"),
    [
        pytest.param(OLD, "陆二", rules.HolderUnfit, id="somebody else"),
        pytest.param("622848", "韦大", rules.AccountNumberUnfit, id="too short"),
        pytest.param(OLD, " ", commands.BankMissing, id="no holder"),
    ],
)
def test_an_account_is_refused(record, number, holder, refusal):
    with pytest.raises(refusal):
        record(number, holder=holder)
    assert not BankAccount.objects.exists()


@pytest.mark.requirement("ENR-19")
def test_a_registered_guardian_may_hold_the_account(person, record, monkeypatch):
    monkeypatch.setattr(guardians, "_sources", [lambda person_id, on: frozenset({"韦父"})])
    assert record(holder="韦父").holder_kind == HolderKind.GUARDIAN


@pytest.mark.requirement("ENR-19")
def test_the_dead_and_the_unchanged_are_refused(person, record, clerk):
    record(OLD)
    with pytest.raises(commands.SameAccount):
        record("6228 4800 0000 0001")
    enrolling.record_death(person_id=person.pk, died_on=date(2018, 3, 1), operator=clerk, now=NOW)
    with pytest.raises(commands.HolderDead):
        record(NEW, now=CHANGED)


@pytest.mark.requirement("ENR-19")
def test_a_change_goes_over_a_second_person_and_is_told(person, record, hire, told):
    record(OLD)
    town, county = hire("clerk", at="450102001"), hire("second_reviewer", at="450102")
    application = Application(
        kind="change_account",
        subject_key=person.person_no,
        values={"bank_name": "邮储银行", "account_no": NEW, "holder_name": "韦大", "reason": "旧折丢失"},
        received=frozenset({"form", "certificate", "bank_card"}),
        applicant_name="韦大",
    )
    case = cases.accept_application(application, request_id="a", operator=town, now=CHANGED)
    assert queries.account_of(person.pk, CHANGED).account_no == OLD
    case = cases.decide(number=case.number, version=case.version, decision=Decision.AGREE, operator=county, now=CHANGED)
    assert case.state == CaseState.DONE
    assert case.result == "银行账户已变更为邮储银行尾号0002,用于此后发放的待遇;已发放的不受影响"
    held = queries.account_of(person.pk, CHANGED)
    assert (held.account_no, held.just_changed) == (NEW, True)
    assert [one.account_tail for one in told] == ["0002"]


@pytest.mark.requirement("ENR-19")
def test_the_counter_says_what_the_review_would_refuse(person, hire):
    town = hire("clerk", at="450102001")
    hire("second_reviewer", at="450102")
    application = Application(
        kind="change_account",
        subject_key=person.person_no,
        values={"bank_name": "邮储银行", "account_no": NEW, "holder_name": "他人", "reason": "x"},
        received=frozenset({"form", "certificate", "bank_card"}),
        applicant_name="韦大",
    )
    with pytest.raises(rules.HolderUnfit):
        cases.accept_application(application, request_id="a", operator=town, now=NOW)


@pytest.mark.requirement("ENR-19")
def test_an_account_is_not_for_everybody_to_record(person, record, hire):
    with pytest.raises(NoPermission):
        record(operator=hire("reviewer", at="450100"))

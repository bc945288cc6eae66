"""What rights add to bank accounts: the registered guardian may hold one, and a change is told (ENR-19)."""

from datetime import timedelta

import pytest

from tongchou.enrolment.bank_accounts import commands, rules
from tongchou.enrolment.bank_accounts.states import AccountSource, HolderKind
from tongchou.rights import commands as rights
from tongchou.rights import queries
from tongchou.rights.tests.conftest import NOW


@pytest.fixture
def record(family, clerk):
    def one(number="6228480000000001", *, holder, now=NOW):
        details = commands.AccountDetails(bank_name="农业银行", account_no=number, holder_name=holder)
        return commands.record_account(
            person_id=family.son.id, details=details, source=AccountSource.CASE, operator=clerk, now=now
        )

    return one


@pytest.mark.requirement("ENR-19")
def test_a_guardian_registered_with_proof_may_hold_the_account(family, record, issuer):
    with pytest.raises(rules.HolderUnfit):
        record(holder=family.head.name)
    rights.register_guardian(
        person_id=family.son.id, guardian_no=family.head.number, evidence="户口簿", operator=issuer, now=NOW
    )
    assert record(holder=family.head.name).holder_kind == HolderKind.GUARDIAN


@pytest.mark.requirement("ENR-19", "RIG-08")
def test_the_insured_is_told_of_another_account(family, record):
    record(holder=family.son.name)
    assert not queries.notices_of(family.son.id).rows
    record("6228480000000002", holder=family.son.name, now=NOW + timedelta(days=1))
    (notice,) = queries.notices_of(family.son.id).rows
    assert notice.title == "您的收款银行账户已变更"
    assert "尾号0002" in notice.body

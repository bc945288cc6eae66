"""What a household's registration form brings: its withholding agreement (代扣协议; ENR-07)."""

from datetime import date

import pytest
from django.apps import apps

from tongchou.contributions import mandates
from tongchou.contributions.models import DebitMandate
from tongchou.enrolment.tests.test_registration import NOW, Office, member
from tongchou.kernel.errors import DomainError
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.simulator.partners import enter_partners

Household = apps.get_model("enrolment", "Household")
AGREEMENT = {
    "bank": "NXS", "agreement_no": "XY2018001", "account_no": "6217000012345678", "holder_name": "韦大",
    "agreement_on": "2018-03-01",
}  # fmt: skip


@pytest.fixture
def office(hire) -> Office:
    hire("finance_reviewer", at="450100")
    officer = hire("information", at="450100")
    enter_partners(pooling_area="450100", since=date(2017, 7, 1), operator=officer, now=NOW)
    return Office(hire)


@pytest.mark.requirement("ENR-07")
@pytest.mark.requirement("CON-06")
@pytest.mark.article("GX2017 §7(二)")
def test_the_agreement_on_the_registration_form_becomes_the_households_mandate_and_waits_for_the_bank(office):
    household = office.household()
    case = office.enrol(household, member(), member("黄美", 402, "spouse"), **AGREEMENT)
    mandate = DebitMandate.objects.get()
    assert (mandate.household_id, mandate.person_id) == (Household.objects.get(number=case.subject_key).pk, None)
    assert (mandate.number, mandate.account_no, mandate.holder_name, mandate.bank.code) == (
        "XY2018001",
        "6217000012345678",
        "韦大",
        "NXS",
    )
    assert (mandate.state, mandate.signed_on) == ("signed", date(2018, 3, 1))


@pytest.mark.requirement("ENR-07")
def test_a_family_that_signs_nothing_has_no_mandate_and_another_account_needs_a_replacement(office):
    office.enrol(office.household("东村2号"), member("李四", 501))
    assert not DebitMandate.objects.exists()
    household = office.household("东村3号")
    office.enrol(household, member("覃五", 503), **AGREEMENT)
    again = office.enrol(household, member("覃小五", 505, "child"), **AGREEMENT)
    assert again.finished_at is not None
    assert DebitMandate.objects.count() == 1, "the same agreement again is the first"
    with pytest.raises(DomainError) as refused:
        office.enrol(household, member("覃六", 507, "child"), **AGREEMENT | {"account_no": "6217000099999999"})
    assert refused.value.code == mandates.MandateStands.code

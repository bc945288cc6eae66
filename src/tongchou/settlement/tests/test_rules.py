"""Decisions of settling that need no database: split stays, actual reimbursement (BEN-30, BEN-39)."""

from datetime import date

import msgspec
import pytest

from tongchou.policy.facts import ClassSums
from tongchou.policy.packages import Package
from tongchou.policy.tests.support import tset, yuan
from tongchou.settlement import rules
from tongchou.settlement.facts import Batch, Bill, Person, Reading


def reading_of(in_scope_fen: int, *, linked_fen: int | None = None) -> Reading:
    batch = Batch("B1", 1, date(2018, 12, 28), date(2019, 1, 4), in_scope_fen, 0, 0, 0, in_scope_fen, {})
    bill = Bill(
        pooling_area="test",
        id=1,
        institution_code="H1",
        person_id=1,
        scheme="resident",
        care_type="21",
        kind="inpatient",
        state="discharged",
        began_on=date(2018, 12, 28),
        ended_on=date(2019, 1, 4),
        batches=(batch,),
    )
    person = Person(
        id=1,
        person_no="1",
        name="张三",
        certificate_type="01",
        certificate_no="",
        sex="1",
        ethnicity="01",
        born_on=date(1970, 1, 1),
        pooling_area="test",
        unit_code="1",
        status="normal",
    )
    return Reading(bill=bill, person=person, linked_deductible_fen=linked_fen)


def split(package: Package, reading: Reading, old_fen: int, new_fen: int, *, covered: bool = True) -> rules.Computed:
    """The stay cut at the turn of the year; `covered` says whether its first part is."""
    first = ClassSums(0, 0, 0, old_fen) if covered else ClassSums(old_fen, 0, 0, 0)
    cuts = [
        rules.Cut(date(2018, 12, 31), 2018, first, covered),
        rules.Cut(date(2019, 1, 4), 2019, ClassSums(0, 0, 0, new_fen), continues=True),
    ]
    return rules.compute(reading, cuts, level=2, use_account=False, choose=lambda *_: package)


@pytest.mark.requirement("BEN-30")
@pytest.mark.article("GX2017 §82")
@pytest.mark.parametrize("transfer_mode", ["full", "difference", "none"])
@pytest.mark.parametrize(("old", "new"), [(300, 1000), (1000, 300), (5000, 5000)])
def test_a_stay_split_at_the_years_end_bears_one_deductible(transfer_mode, old, new):
    package = tset().draft({"parameters/deductible.transfer_mode/value": transfer_mode})
    computed = split(package, reading_of(yuan(old + new)), yuan(old), yuan(new))
    assert computed.columns["deductible_fen"] == yuan(400)
    assert computed.columns["pool_paid_fen"] == yuan(old + new - 400) * 3 // 4


@pytest.mark.requirement("BEN-30")
@pytest.mark.parametrize("transfer_mode", ["full", "difference", "none"])
def test_a_first_part_without_cover_leaves_the_deductible_to_the_second(transfer_mode):
    package = tset().draft({"parameters/deductible.transfer_mode/value": transfer_mode})
    computed = split(package, reading_of(yuan(2000)), yuan(1000), yuan(1000), covered=False)
    assert computed.columns["deductible_fen"] == yuan(400)


@pytest.mark.requirement("BEN-19", "BEN-30")
@pytest.mark.parametrize(("transfer_mode", "deductible"), [("full", 400), ("difference", 300), ("none", 0)])
def test_a_split_stay_continuing_another_follows_the_areas_mode_once(transfer_mode, deductible):
    package = tset().draft({"parameters/deductible.transfer_mode/value": transfer_mode})
    computed = split(package, reading_of(yuan(4000), linked_fen=yuan(100)), yuan(200), yuan(3800))
    assert computed.columns["deductible_fen"] == yuan(deductible)


@pytest.mark.requirement("BEN-40")
def test_a_split_stay_is_computed_again_from_its_receipt():
    package = tset().draft({"parameters/deductible.transfer_mode/value": "full"})
    computed = split(package, reading_of(yuan(1300)), yuan(300), yuan(1000))
    receipt = msgspec.json.decode(msgspec.json.encode(rules.receipt_of(computed, batches={"B1": yuan(1300)})))
    outcomes = rules.computed_again(receipt, lambda _: package)
    assert rules.columns_again(receipt, outcomes) == computed.columns


@pytest.mark.requirement("BEN-39")
@pytest.mark.article("GX2017 §61")
def test_the_actual_reimbursement_ratio_is_what_all_funds_pay_of_the_bill():
    columns = {"total_fen": yuan(60_000), "fund_paid_fen": yuan("56454.60")}
    assert rules.percent(rules.effective_ratio_ppm(columns)) == "94.09%"

"""A village collects by an approved method: receipts, one slip the same day, the books (村级代收; CON-10)."""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from tongchou.contributions import commands, invariants
from tongchou.contributions.models import Contribution, Receivable
from tongchou.contributions.tests.paying import record_contribution
from tongchou.contributions.village import commands as village
from tongchou.contributions.village.models import VillageReceipt, VillageSheet
from tongchou.contributions.village.states import SHEET_TRANSITIONS, SheetState
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.fund.models import Voucher
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.tests.at_once import at_once, begun_within, ended_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

_specification = importlib.util.spec_from_file_location("refund_office", Path(__file__).with_name("test_refunds.py"))
offices = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(offices)
withholding = offices.withholding

AREA, YEAR, LATER, PREMIUM = offices.AREA, offices.YEAR, offices.LATER, offices.PREMIUM
seat = offices.seat
NEXT_DAY = LATER + timedelta(days=1)


class Village(withholding.Town):
    """The town with a village that no bank reaches."""

    def __init__(self, hire):
        super().__init__(hire)
        self.cashier = hire("clerk", at=VILLAGE)
        self.county = hire("eligibility", at=AREA)

    def method(self, **changes):
        facts = {
            "unit_code": VILLAGE, "method": "村级代收,当日缴存", "reason": "辖区无银行网点",
            "approval_no": "桂医保〔2017〕9号",
            "approved_by": "市医疗保障局", "valid_from": date(2017, 9, 1), "operator": self.county, "now": LATER,
        }  # fmt: skip
        return village.set_method(**facts | changes)

    def receipt(self, person, *, year=YEAR, now=LATER, **changes) -> VillageReceipt:
        facts = {"unit_code": VILLAGE, "payer": person.person_no, "operator": self.cashier}
        return village.issue_receipt(benefit_year=year, now=now, **facts | changes)

    def deposit(self, sheet, fen, *, slip="JK0001", now=LATER):
        return village.deposit(number=sheet.number, slip_no=slip, slip_fen=fen, operator=self.cashier, now=now)


@pytest.fixture
def town(hire) -> Village:
    return Village(hire)


@pytest.mark.requirement("CON-10")
@pytest.mark.article("GX2017 §25")
def test_twenty_persons_have_twenty_receipts_and_one_slip_of_the_exact_sum_the_same_day(town):
    people = [town.person() for _ in range(20)]
    town.method()
    town.open_year()
    receipts = [town.receipt(one) for one in people]
    assert len({one.number for one in receipts}) == 20
    sheet = VillageSheet.objects.get()
    assert not Contribution.objects.exists()
    with pytest.raises(village.SlipDiffers, match=r"3599\.99元.*3600\.00元"):
        town.deposit(sheet, 359_999)
    with pytest.raises(village.NotTheSameDay, match="2017-10-21"):
        town.deposit(sheet, 360_000, now=NEXT_DAY)
    sheet = town.deposit(sheet, 360_000)
    assert (sheet.state, sheet.slip_no, sheet.slip_fen) == (SheetState.DEPOSITED, "JK0001", 360_000)
    assert town.deposit(sheet, 360_000).pk == sheet.pk
    paid = Contribution.objects.all()
    assert {one.receipt_no for one in paid} == {one.number for one in receipts}
    assert {(one.channel, one.paid_in_full_on) for one in paid} == {("village", LATER.date())}
    assert withholding.entries(sheet.batch.voucher_no) == {"1002": 360_000, "4001": -360_000}
    assert set(Receivable.objects.values_list("state", flat=True)) == {"paid"}
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-10")
def test_without_an_approved_method_a_village_collects_nothing(town, hire):
    person = town.person()
    town.open_year()
    with pytest.raises(village.NoMethod):
        town.receipt(person)
    with pytest.raises(village.MethodIncomplete, match="批准文号"):
        town.method(approval_no=" ")
    with pytest.raises(village.MethodIncomplete, match="止日"):
        town.method(valid_until=date(2017, 9, 1))
    with pytest.raises(NoPermission):
        town.method(operator=town.cashier)
    town.method(unit_code=AREA, valid_until=date(2017, 12, 1))
    town.method(method="代收点代收")
    with pytest.raises(village.MethodStands):
        town.method()
    assert village.method_for(VILLAGE, LATER.date()).method == "代收点代收"
    with pytest.raises(OutOfScope):
        town.receipt(person, operator=hire("clerk", at="450103"))
    assert town.receipt(person).sheet.method.method == "代收点代收"


@pytest.mark.requirement("CON-10")
def test_nobody_is_collected_from_twice(town):
    first, second = town.person(), town.person()
    town.method()
    town.open_year()
    made = town.receipt(first)
    assert town.receipt(first) == made
    record_contribution(
        person_id=second.pk, benefit_year=YEAR, amount_fen=PREMIUM, paid_on=date(2017, 10, 9), channel="counter",
        operator=town.clerk, now=LATER,
    )  # fmt: skip
    with pytest.raises(village.CanBeDrawn, match="已缴"):
        town.receipt(second)
    with pytest.raises(village.PayerNotOfPlace):
        town.receipt(first, payer="nobody")
    with pytest.raises(village.ReceiptStands, match=made.number):
        town.receipt(first, now=NEXT_DAY)


@pytest.mark.requirement("CON-10")
def test_a_receipt_is_void_only_the_same_day_and_its_number_stays_used(town):
    first, second = town.person(), town.person()
    town.method()
    town.open_year()
    wrong, right = town.receipt(first), town.receipt(second)
    told = {"operator": town.cashier, "now": LATER}
    with pytest.raises(commands.ReasonMissing):
        village.void_receipt(number=wrong.number, reason=" ", **told)
    with pytest.raises(village.NotTheSameDay):
        village.void_receipt(number=wrong.number, reason="开错", operator=town.cashier, now=NEXT_DAY)
    village.void_receipt(number=wrong.number, reason="开错", **told)
    with pytest.raises(village.ReceiptUnknown):
        village.void_receipt(number=wrong.number, reason="开错", **told)
    again = town.receipt(first)
    assert again.number > right.number
    village.void_receipt(number=again.number, reason="退回", **told)
    sheet = VillageSheet.objects.get()
    town.deposit(sheet, PREMIUM)
    with pytest.raises(village.SheetClosed):
        village.void_receipt(number=right.number, reason="晚了", **told)
    with pytest.raises(village.SheetClosed):
        town.deposit(sheet, PREMIUM, slip="JK0002")
    other = town.receipt(first)
    assert other.sheet_id != sheet.pk
    with pytest.raises(village.SlipUsed, match=sheet.number):
        town.deposit(other.sheet, PREMIUM)
    village.void_receipt(number=other.number, reason="退回", **told)
    with pytest.raises(village.NothingCollected):
        town.deposit(other.sheet, PREMIUM, slip="JK0003")
    with pytest.raises(village.SheetUnknown):
        village.deposit(number="none", slip_no="x", slip_fen=1, operator=town.cashier, now=LATER)


@pytest.mark.requirement("CON-10")
@pytest.mark.requirement("CON-22")
@pytest.mark.article("GX2017 §28")
def test_after_a_refund_the_year_may_be_paid_to_the_village_again(town, hire):
    person = town.person()
    town.method()
    town.open_year()
    first = town.receipt(person)
    town.deposit(first.sheet, PREMIUM)
    with pytest.raises(village.ReceiptStands, match=first.number):
        town.receipt(person, now=NEXT_DAY)
    paid = Contribution.objects.get()
    commands.void_contribution(
        contribution_id=paid.pk, reason="缴费差错退费", operator=hire("clerk", "accountant", at=AREA), now=NEXT_DAY
    )
    again = town.receipt(person, now=NEXT_DAY)
    assert again.number != first.number
    first.refresh_from_db()
    assert (first.given_back_at, first.voided_at) == (NEXT_DAY, None)
    assert town.receipt(person, now=NEXT_DAY) == again
    town.deposit(again.sheet, PREMIUM, slip="JK0002", now=NEXT_DAY)
    assert Contribution.objects.filter(voided_at=None).get().receipt_no == again.number
    with pytest.raises(IntegrityError, match="village_receipt_given_back_once_booked"), transaction.atomic():
        VillageReceipt.objects.filter(pk=again.pk).update(given_back_at=NEXT_DAY, contribution=None)


def test_a_sheet_moves_only_along_its_transitions():
    assert {end for pair in SHEET_TRANSITIONS for end in pair} == set(SheetState)


@pytest.mark.requirement("CON-10")
def test_a_day_at_the_village_cashiers_seat(town, seat):
    people = [town.person() for _ in range(3)]
    town.open_year()
    county = seat(town.county)
    method = {
        "unit": VILLAGE, "method": "村级代收", "reason": "无网点", "approval_no": "9号", "approved_by": "市局",
        "valid_from": "2017-09-01", "valid_until": "",
    }  # fmt: skip
    assert county.post("/contributions/village/methods/", method | {"approval_no": ""}).status_code == 422
    assert county.post("/contributions/village/methods/", method).status_code == 302
    assert county.post("/contributions/village/methods/", method).status_code == 422
    assert "9号" in county.read("/contributions/village/methods/")
    desk = seat(town.cashier)
    desk.read("/contributions/village/")
    desk.read("/contributions/village/receipt/")
    form = {"unit": VILLAGE, "year": "2018"}
    assert desk.post("/contributions/village/receipt/", form | {"payer": "nobody"}).status_code == 422
    for one in people:
        made = desk.post("/contributions/village/receipt/", form | {"payer": one.person_no})
        assert made.status_code == 302
    address = made["Location"]
    page = desk.read(address)
    assert "540.00" in page
    assert people[0].name not in page
    last = VillageReceipt.objects.order_by("-id").first()
    void = f"/contributions/village/receipts/{last.number}/void/"
    assert desk.post(void, {"reason": ""}).status_code == 422
    assert desk.post(void, {"reason": "退回"}).status_code == 302
    for paper in (f"/contributions/village/receipts/{last.number}.pdf", f"{address[:-1]}.pdf"):
        assert desk.get(paper)["Content-Type"] == "application/pdf"
    assert desk.post(address, {"slip_no": "JK1", "amount": "540.00"}).status_code == 422
    assert desk.post(address, {"slip_no": "JK1", "amount": "360.00"}).status_code == 302
    assert "CO-4057" in desk.post(address, {"slip_no": "JK2", "amount": "360.00"}).content.decode(), "paid in meanwhile"
    assert "已缴存" in desk.read(address)
    assert "JK1" in desk.read("/contributions/village/?state=deposited")
    assert desk.get("/contributions/village/none/").status_code == 404


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def table(committed) -> Village:
    """The village's table with two cashiers at it."""
    hire = Hire()
    town = Village(hire)
    town.neighbour = hire("clerk", at=VILLAGE)
    town.method()
    return town


def every_receipt_has_its_payment() -> bool:
    """No receipt that holds is left on a sheet whose money has gone to the bank without it."""
    lost = VillageReceipt.objects.filter(sheet__state=SheetState.DEPOSITED, voided_at=None, contribution=None)
    return not lost.exists() and invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-10")
def test_two_cashiers_who_take_at_the_same_moment_write_one_sheet_and_one_receipt_a_person(table):
    people = [table.person() for _ in range(2)]
    table.open_year()
    made = ended_at_once(
        *[
            lambda one=one, by=by: table.receipt(one, operator=by).pk
            for one in people
            for by in (table.cashier, table.neighbour)
        ]
    )
    assert sorted(made) == sorted([*VillageReceipt.objects.values_list("pk", flat=True)] * 2)
    assert (VillageReceipt.objects.count(), VillageSheet.objects.count()) == (2, 1)


@pytest.mark.requirement("CON-10")
def test_a_receipt_written_while_the_sheet_is_paid_in_stands_on_the_next_sheet(table, monkeypatch):
    first, late = table.person(), table.person()
    table.open_year()
    sheet = table.receipt(first).sheet
    paid_in, written = begun_within(
        lambda: table.deposit(sheet, PREMIUM),
        lambda: table.receipt(late),
        call=(village.fund, "post_voucher"),
        monkeypatch=monkeypatch,
    )
    assert (paid_in.pk, paid_in.state) == (sheet.pk, SheetState.DEPOSITED)
    assert (written.sheet_id != sheet.pk, written.sheet.state) == (True, SheetState.OPEN)
    assert every_receipt_has_its_payment()


@pytest.mark.requirement("CON-10")
def test_a_second_click_on_a_receipt_and_the_payment_of_its_sheet_do_not_wait_for_each_other(table, monkeypatch):
    person = table.person()
    table.open_year()
    sheet = table.receipt(person).sheet
    again, paid_in = begun_within(
        lambda: table.receipt(person),
        lambda: table.deposit(sheet, PREMIUM),
        call=(village, "_sheet"),
        monkeypatch=monkeypatch,
    )
    assert (type(again), paid_in.state) == (village.ReceiptStands, SheetState.DEPOSITED)
    assert every_receipt_has_its_payment()


@pytest.mark.requirement("CON-10")
def test_a_receipt_is_voided_before_its_sheet_is_paid_in_or_not_at_all(table, monkeypatch):
    person = table.person()
    table.open_year()
    receipt = table.receipt(person)
    told = {"number": receipt.number, "reason": "开错", "operator": table.cashier, "now": LATER}
    paid_in, voided = begun_within(
        lambda: table.deposit(receipt.sheet, PREMIUM),
        lambda: village.void_receipt(**told),
        call=(village, "_book"),
        monkeypatch=monkeypatch,
    )
    assert (paid_in.state, type(voided)) == (SheetState.DEPOSITED, village.SheetClosed)
    assert every_receipt_has_its_payment()
    other = table.receipt(table.person())
    assert at_once(*[lambda: village.void_receipt(**told | {"number": other.number})] * 2) == ["", "CO-4062"]


@pytest.mark.requirement("CON-10")
def test_one_slip_pays_one_sheet_though_two_villages_hand_it_in_at_the_same_moment(table, monkeypatch):
    first = table.receipt(table.person())
    table.open_year()
    tomorrow = table.receipt(table.person(), now=NEXT_DAY)
    same = ended_at_once(*[lambda: table.deposit(first.sheet, PREMIUM).slip_no] * 2)
    assert same == ["JK0001", "JK0001"], "a double click pays in once"
    third = table.receipt(table.person())
    ends = begun_within(
        lambda: table.deposit(third.sheet, PREMIUM, slip="JK0002"),
        lambda: table.deposit(tomorrow.sheet, PREMIUM, slip="JK0002", now=NEXT_DAY),
        call=(village.fund, "post_voucher"),
        monkeypatch=monkeypatch,
    )
    assert [type(one) for one in ends] == [VillageSheet, village.SlipUsed]
    assert (Voucher.objects.count(), VillageSheet.objects.exclude(slip_no="").count()) == (2, 2)
    assert every_receipt_has_its_payment()
    with pytest.raises(IntegrityError, match="village_sheet_slip_once"):
        VillageSheet.objects.filter(pk=first.sheet_id).update(slip_no="JK0002")


@pytest.mark.requirement("CON-10")
@pytest.mark.article("GX2017 §25")
def test_what_was_not_paid_in_the_same_day_is_entered_by_the_agency_with_the_reason(town, hire):
    first, second = town.person(), town.person()
    town.method()
    town.open_year()
    kept, back = town.receipt(first), town.receipt(second)
    sheet = VillageSheet.objects.get()
    told = {"number": sheet.number, "slip_no": "JK0009", "slip_fen": PREMIUM, "now": NEXT_DAY}
    with pytest.raises(village.NotTheSameDay, match="由经办机构财务人员"):
        village.deposit(late_reason="银行已下班", operator=town.cashier, **told)
    village.void_receipt(number=back.number, reason="已退回本人", operator=town.finance, now=NEXT_DAY)
    with pytest.raises(commands.ReasonMissing):
        village.deposit(operator=town.finance, **told)
    sheet = village.deposit(late_reason="银行已下班", operator=town.finance, **told)
    paid = Contribution.objects.get()
    assert (paid.person_id, paid.receipt_no, paid.paid_in_full_on) == (first.pk, kept.number, LATER.date())
    assert sheet.state == SheetState.DEPOSITED
    assert invariants.broken(AREA, NEXT_DAY.date()) == []

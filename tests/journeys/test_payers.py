"""Who pays by which way, from the seats of the town's clerk, of finance, and of a school; and two of them at once.

现场缴费, 学校代缴, 税务征收 (CON-05, CON-09, CON-11, CON-12; SYS-05).
"""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tongchou.cases.models import Case
from tongchou.contributions import invariants, mandates
from tongchou.contributions.counter import commands as counter
from tongchou.contributions.counter.commands import Payer, Slip
from tongchou.contributions.counter.models import CounterDay, CounterPayment
from tongchou.contributions.models import (
    CollectionBatch,
    Contribution,
    DebitMandate,
    PendingAmount,
    Receivable,
    RefundOrder,
)
from tongchou.contributions.schools.models import SchoolPayment
from tongchou.contributions.tax.models import TaxItem, TaxRoster
from tongchou.enrolment.tests.conftest import citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.exchange.models import ImportFile
from tongchou.exchange.states import OnArrival, PartnerKind
from tongchou.fund.models import Voucher
from tongchou.platform.models import OrgUnit
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.at_once import named_at_once
from tongchou.platform.tests.conftest import START, Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree


def _module(name):
    specification = importlib.util.spec_from_file_location(f"payers_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


offices, partners = _module("test_refunds"), _module("test_exchange_partners")
withholding = offices.withholding
seat = offices.seat
AREA, YEAR, LATER, PREMIUM, BACK = offices.AREA, offices.YEAR, offices.LATER, offices.PREMIUM, withholding.BACK
SCHOOL = "S45010200001"


class House(offices.Office):
    """The town with means at its counter and a school."""

    def __init__(self, hire):
        super().__init__(hire)
        self.hire = hire
        counter.set_means(
            pooling_area=AREA, code="pos", name="POS刷卡", source="市局9号", valid_from=date(2017, 1, 1),
            operator=self.clerk, now=LATER,
        )  # fmt: skip

    def take(self, person, request_id="q1", *, operator=None, now=LATER, **changes):
        facts = {"benefit_year": YEAR, "amount_fen": PREMIUM, "means": "pos", "reference": "T1", "payer": Payer()}
        return counter.take_payment(
            person_id=person.pk, request_id=request_id, operator=operator or self.clerk, now=now, **facts | changes
        )

    def close(self, fen=PREMIUM, now=LATER):
        day = CounterDay.objects.get(state="open")
        return counter.close_day(number=day.number, slips={"pos": Slip(fen, "S1")}, operator=self.clerk, now=now)


@pytest.fixture
def house(hire) -> House:
    return House(hire)


@pytest.mark.requirement("CON-12")
@pytest.mark.requirement("FIN-07")
@pytest.mark.article("GX2017 §26")
def test_a_day_at_the_towns_counter(house, seat):
    """Search, pay, print, undo by a second person, close the day; finance sees it in the books."""
    first, second = house.family(2)
    house.open_year()
    desk = seat(house.clerk)
    assert "今天还没有收款" in desk.read("/contributions/counter/")
    assert desk.get(f"/contributions/counter/?q={first.certificate_no}").status_code == 302
    assert "没有找到" in desk.read("/contributions/counter/?q=%E6%97%A0%E6%AD%A4%E4%BA%BA")
    address = f"/contributions/counter/persons/{first.person_no}/"
    page = desk.read(address)
    assert "连续参保" in page or "初次参保" in page
    assert second.person_no in page, "the family is at hand"
    form = {
        "request_id": "w1", "year": "2018", "amount": "180.00", "means": "pos", "reference": "T1",
        "payer_kind": "self", "payer_name": "", "payer_certificate_no": "", "payer_relation": "",
    }  # fmt: skip
    for wrong in ({"amount": "100"}, {"payer_kind": "relative", "payer_name": "某人"}, {"reference": ""}):
        assert desk.post(address, form | wrong).status_code == 422
    paid = desk.post(address, form)
    assert paid.status_code == 302
    assert desk.post(address, form).status_code == 302, "a click twice"
    assert CounterPayment.objects.count() == 1
    receipt = CounterPayment.objects.get()
    shown = desk.read(paid["Location"])
    assert "日结后记账" in shown
    assert first.name not in shown
    for _ in range(2):
        paper = desk.get(f"/contributions/counter/receipts/{receipt.number}.pdf")
        assert paper["Content-Type"] == "application/pdf"
    assert desk.post(f"{paid['Location']}ask/", {"reason": ""}).status_code == 422
    assert desk.post(f"{paid['Location']}ask/", {"reason": "刷错卡"}).status_code == 302
    assert desk.post(f"{paid['Location']}cancel/", {"decision": "confirm"}).status_code == 403
    reviewer = seat(house.reviewer)
    assert receipt.number in reviewer.read("/contributions/counter/receipts/?state=asked")
    assert "核准撤销" in reviewer.read(paid["Location"])
    assert reviewer.post(f"{paid['Location']}cancel/", {"decision": "refuse"}).status_code == 302
    desk = seat(house.clerk)
    assert desk.post(f"{paid['Location']}ask/", {"reason": "刷错卡"}).status_code == 302
    assert seat(house.reviewer).post(f"{paid['Location']}cancel/", {"void_reference": "V1"}).status_code == 302
    assert seat(house.reviewer).post(f"{paid['Location']}cancel/", {}).status_code == 302
    desk = seat(house.clerk)
    again = f"/contributions/counter/persons/{second.person_no}/"
    assert desk.post(again, form | {"request_id": "w2"}).status_code == 302
    late = desk.post(again, form | {"request_id": "w3"})
    assert (late.status_code, "CO-2005" in late.content.decode()) == (422, True), "paid while the page was open"
    assert desk.post(again, form | {"request_id": "w4", "year": "99999999999"}).status_code == 422
    day = CounterDay.objects.get()
    address = f"/contributions/counter/days/{day.number}/"
    assert "180.00" in desk.read(address)
    assert "180.00" in desk.read("/contributions/counter/")
    told = {"told_pos": "179.00", "slip_pos": "S1", "reason": ""}
    assert desk.post(address, told).status_code == 422
    assert desk.post(address, told | {"told_pos": "180.00"}).status_code == 302
    other_slip = desk.post(address, told | {"told_pos": "180.00", "slip_pos": "S2"})
    assert "CO-6016" in other_slip.content.decode(), "closed meanwhile"
    assert desk.get(f"/contributions/counter/days/{day.number}.pdf")["Content-Type"] == "application/pdf"
    finance = seat(house.finance)
    assert day.number in finance.read("/contributions/counter/days/?state=closed")
    voucher = CounterDay.objects.select_related("batch").get().batch.voucher_no
    assert voucher in finance.read(address)
    assert withholding.entries(voucher) == {"1002": PREMIUM, "4001": -PREMIUM}
    means = {"code": "qr", "name": "扫码", "source": "9号", "valid_from": "2017-01-01", "valid_until": ""}
    desk = seat(house.clerk)
    assert desk.post("/contributions/counter/means/", means | {"name": "现金"}).status_code == 422
    assert desk.post("/contributions/counter/means/", means).status_code == 302
    assert "扫码" in desk.read("/contributions/counter/means/")
    assert desk.get("/contributions/counter/days/none/").status_code == 404
    assert desk.get("/contributions/counter/receipts/none/").status_code == 404


@pytest.mark.requirement("CON-22")
@pytest.mark.requirement("FIN-35")
@pytest.mark.article("GX2017 §28")
def test_a_payment_at_the_counter_that_was_another_persons_goes_back_through_the_bank(house, tmp_path):
    (person,) = house.family(1)
    house.open_year()
    house.take(person)
    house.close()
    order = house.refund(
        person, ground="wrong_person", account_no="62170009", holder_name=person.name, bank_name="农信社"
    )
    assert (order.amount_fen, order.state) == (PREMIUM, "approved")
    house.answer(house.run(), tmp_path)
    order.refresh_from_db()
    assert order.state == "paid"
    assert withholding.entries(order.reversal_no) == {"4001": PREMIUM, "200199": -PREMIUM}
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-09")
@pytest.mark.article("GX2017 §24")
def test_a_schools_roster_from_its_own_seat_to_the_books(house, seat, hire):
    town = OrgUnit.objects.get(code="450102001")
    OrgUnit.objects.create(
        code=SCHOOL, name="A县第一小学", level=UnitLevel.SCHOOL, parent_id=town.code, pooling_area_id=AREA,
        path=f"{town.path}{SCHOOL}/", valid_from=START,
    )  # fmt: skip
    students = [house.person(unit_code=SCHOOL) for _ in range(3)]
    house.open_year()
    assistant = hire("school_assistant", at=SCHOOL)
    school = seat(assistant)
    assert "报送代缴名册" in school.read("/contributions/schools/")
    school.read("/contributions/schools/add/")
    rows = [f"{one.name},{one.certificate_no},三(2)班,180.00" for one in students]
    rows.append(f"某人,{citizen_number(order=901)},三(2)班,180.00")
    file = SimpleUploadedFile("代缴.csv", "\n".join(["姓名,证件号码,班级,代缴金额", *rows, ""]).encode())
    sent = school.post("/contributions/schools/add/", {"school": SCHOOL, "year": "2018", "file": file})
    assert sent.status_code == 302, sent.content.decode()[:2000]
    received = ImportFile.objects.get(kind="school_payment")
    imports.check_file(file_id=received.pk, operator=house.clerk, now=LATER)
    imports.take_in(preview_id=received.pk, mode=Mode.ONLY_GOOD, operator=house.clerk, now=LATER)
    payment = SchoolPayment.objects.get()
    address = f"/contributions/schools/{payment.number}/"
    assert "720.00" in school.read(address)
    assert school.post(f"{address}act/", {"what": "book", "version": 0}).status_code == 403
    finance = seat(house.finance)
    transfer = {"reference": "B1", "amount": "500.00", "credited_on": "2017-10-20"}
    assert finance.post(f"{address}transfer/", transfer | {"reference": ""}).status_code == 422
    assert finance.post(f"{address}transfer/", transfer).status_code == 302
    wrong = payment.transfers.get()
    assert "更正到账" in finance.read(f"{address}?correct={wrong.pk}")
    right = transfer | {"amount": "360.00", "corrects": wrong.pk}
    assert finance.post(f"{address}transfer/", right | {"reason": ""}).status_code == 422
    assert finance.post(f"{address}transfer/", right | {"reason": "录错"}).status_code == 302
    desk = seat(house.clerk)
    assert "到账少 180.00 元" in desk.read(address)
    assert desk.post(f"{address}act/", {"what": "book", "version": 2}).status_code == 422
    assert desk.post(f"{address}act/", {"what": "return", "version": 2}).status_code == 302
    assert desk.post(f"{address}act/", {"what": "share", "version": 2, "left_out": ["3"]}).status_code == 422
    assert desk.post(f"{address}act/", {"what": "share", "version": 3, "left_out": ["3"]}).status_code == 302
    assert "入账" in desk.read(address)
    assert desk.post(f"{address}act/", {"what": "match", "version": 4, "line": "4", "key": "nobody"}).status_code == 422
    assert desk.post(f"{address}act/", {"what": "book", "version": 4}).status_code == 302
    assert Receivable.objects.filter(state="paid").count() == 2
    assert "部分入账" in desk.read("/contributions/schools/?state=part")
    for only in ("left_out", "returned"):
        desk.read(f"{address}?only={only}")
    assert desk.get(f"/contributions/schools/{payment.number}.pdf")["Content-Type"] == "application/pdf"
    assert desk.get("/contributions/schools/none/").status_code == 404
    assert "已退回学校" in seat(assistant).read(address)


# --- the tax office ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tax_house(hire, settings, tmp_path):
    return partners.House(hire, settings, tmp_path)


@pytest.mark.requirement("SYS-05")
@pytest.mark.requirement("CON-11")
@pytest.mark.article("JL2019 §12", "JL2019 §13")
def test_the_tax_file_sent_twice_shows_equal_days_and_what_waits_is_resolved_at_the_clerks_seat(
    tax_house, client, monkeypatch, django_assert_max_num_queries
):
    house = tax_house
    partners.contributions.set_standard(
        pooling_area=AREA, scheme="resident", benefit_year=2019, personal_fen=22_000, subsidy_fen=49_000,
        source="测试文件1号", operator=house.clerk, now=partners.NOW,
    )  # fmt: skip
    partners.fund.ensure_chart(pooling_area=AREA, scheme="resident")
    partners.fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 10, 1))
    _, office = house.partner("SW", PartnerKind.TAX, "tax_results", on_arrival=OnArrival.GOOD_ROWS)
    people = [house.enrol(order) for order in range(1, 6)]
    text = partners.tax_file(people[:4])
    told = {"rows": 4, "total_fen": 88_000, "day": "2018-10-09"}
    told["offices"] = [("城关税务分局", 2, 44_000), ("河口税务分局", 2, 44_000)]
    for _ in range(2):
        house.comes(office, "SW1", "tax_results", text, **told)
    assert Contribution.objects.count() == 4
    monkeypatch.setattr("django.utils.timezone.now", lambda: partners.NOW)
    client.force_login(house.clerk, backend="tongchou.platform.authentication.OperatorBackend")

    def read(address):
        client.get(address)
        with django_assert_max_num_queries(12, info=address):
            answer = client.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    page = read("/contributions/tax/days/")
    assert page.count("相符</") >= 2
    assert "440.00" in page
    stranger = f"{people[4].certificate_no},某人,2019,220.00,2018-10-09,T0100,河口税务分局"
    repeat = f"{people[4].certificate_no},某人,2019,220.00,2018-10-09,T0101,河口税务分局"
    extra = {"rows": 2, "total_fen": 44_000, "day": "2018-10-09", "offices": [("河口税务分局", 2, 44_000)]}
    text = "\n".join([text.split("\n")[0], stranger, repeat, *text.split("\n")[1:2], ""])
    newcomer = house.enrol(9)
    text += f"{newcomer.certificate_no},{newcomer.name},2019,220.00,2018-10-09,T0102,河口税务分局\n"
    extra |= {"rows": 4, "total_fen": 88_000}
    extra["offices"] = [("城关税务分局", 0, 0), ("河口税务分局", 4, 88_000)]
    house.comes(office, "SW2", "tax_results", text, **extra)
    listed = read("/contributions/tax/?state=open")
    assert "T0100" in listed
    assert "不符" in read("/contributions/tax/days/?only=differ")
    item = TaxItem.objects.get(receipt_no="T0100")
    address = f"/contributions/tax/{item.pk}/"
    read(address)
    assert client.post(f"{address}take/").status_code == 302
    form = {"what": "match", "key": people[4].person_no, "reason": "电话核实为同一人"}
    assert client.post(address, form | {"reason": ""}).status_code == 422
    assert client.post(address, form | {"key": "nobody"}).status_code == 422
    assert client.post(address, form).status_code == 302
    assert "电话核实" in read(address)
    assert "CO-6063" in client.post(address, form).content.decode(), "resolved meanwhile"
    other = TaxItem.objects.get(receipt_no="T0101")
    assert client.post(f"/contributions/tax/{other.pk}/", form | {"what": "hold"}).status_code == 302
    held = f"/contributions/pending/{TaxItem.objects.get(pk=other.pk).pending_id}/"
    assert client.post(held, {"resolution": "退回税务"}).status_code == 302
    assert "CO-2147" in client.post(held, {"resolution": "已退"}).content.decode(), "resolved meanwhile"
    for left in TaxItem.objects.filter(state="open"):
        assert client.post(f"/contributions/tax/{left.pk}/", form | {"what": "refuse"}).status_code == 302
    assert "有待办" not in read("/contributions/tax/days/"), "every record is accounted for"
    assert client.get("/contributions/tax/days.pdf")["Content-Type"] == "application/pdf"
    read("/contributions/tax/rosters/")
    read("/contributions/tax/rosters/make/")
    assert client.get("/contributions/tax/0/").status_code == 404
    assert client.get("/contributions/tax/rosters/none/").status_code == 404


@pytest.mark.requirement("SYS-05")
def test_a_roster_is_made_and_sent_at_the_clerks_seat(house, seat):
    house.family(2)
    house.open_year()
    desk = seat(house.clerk)
    form = {"office": house.banks["SW"], "year": "2018"}
    assert desk.post("/contributions/tax/rosters/make/", form | {"year": "2030"}).status_code == 422
    made = desk.post("/contributions/tax/rosters/make/", form)
    assert made.status_code == 302
    assert desk.post("/contributions/tax/rosters/make/", form).status_code == 422, "nothing has changed"
    assert "360.00" in desk.read(made["Location"])
    assert desk.post(f"{made['Location']}send/").status_code == 302
    assert TaxRoster.objects.get().number in desk.read("/contributions/tax/rosters/?year=2018")


# --- forms on paper ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-22")
@pytest.mark.requirement("CON-23")
def test_the_forms_of_a_refund_and_of_a_moved_payment_print_blank_and_filled(house, seat, tmp_path):
    first, second = house.drawn_twice(tmp_path)
    case = house.ask(first)
    desk = seat(house.clerk)
    for kind in ("refund_contribution", "move_contribution"):
        assert desk.get(f"/cases/counter/{kind}/form.pdf")["Content-Type"] == "application/pdf"
    assert desk.get(f"/cases/{case.number}/form.pdf")["Content-Type"] == "application/pdf"
    moved = house.ask(second, kind="move_contribution", right_person=house.person(first.household.number).person_no)
    assert desk.get(f"/cases/{moved.number}/form.pdf")["Content-Type"] == "application/pdf"


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def committed_house(committed) -> House:
    return House(Hire())


def test_a_double_click_and_two_clerks_at_once_take_one_payment(committed_house):
    house = committed_house
    (person,) = house.family(1)
    house.open_year()
    other = house.hire("clerk", at=AREA)
    outcomes = named_at_once(
        *[lambda: house.take(person).number] * 2, lambda: house.take(person, "q2", operator=other).number
    )
    numbers = {one for one in outcomes if one not in ("PaidTwice",)}
    assert len(numbers) == 1, outcomes
    assert CounterPayment.objects.count() == Contribution.objects.filter(voided_at=None).count() == 1
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-05")
def test_the_counter_and_the_banks_answer_at_the_same_moment_settle_the_year_once(committed_house, tmp_path):
    house = committed_house
    (person,) = house.family(1)
    house.open_year()
    batch = house.batch()
    preview = house.check(batch, tmp_path)

    def take_in():
        return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=house.clerk, now=BACK).pk

    outcomes = named_at_once(lambda: house.take(person, despite_file=True, now=BACK).pk, take_in)
    if "BooksMoved" in outcomes:
        take_in()
    assert Contribution.objects.filter(person=person, voided_at=None).count() == 1
    assert Receivable.objects.get(person=person).state == "paid"
    counted = CounterPayment.objects.count()
    assert PendingAmount.objects.filter(kind="duplicate").count() == counted, "the second money waits for its owner"
    assert ("PaidTwice" in outcomes) == (counted == 0)
    assert invariants.broken(AREA, BACK.date()) == []


@pytest.mark.requirement("CON-22")
def test_a_refund_that_two_approvers_approve_at_once_is_one_order(committed_house, tmp_path):
    house = committed_house
    first, _ = house.drawn_twice(tmp_path)
    case = house.agree(house.ask(first), house.reviewer)
    second = house.hire("approver", at=AREA)
    codes = {one.pk: house.code(one) for one in (house.approver, second)}
    outcomes = named_at_once(
        *[
            lambda one=one: house.agree(case, one, second_factor_code=codes[one.pk]).pk
            for one in (house.approver, second)
        ]
    )
    assert case.pk in outcomes
    assert RefundOrder.objects.count() == 1
    assert Case.objects.get(pk=case.pk).state == "done"
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("ENR-07")
def test_a_mandate_that_ends_while_the_batch_is_made_is_drawn_whole_or_not_at_all(committed_house):
    house = committed_house
    first, _ = house.family(2)
    house.family(2)
    house.open_year()
    mandate = DebitMandate.objects.get(household=first.household)

    def end():
        return mandates.end_mandate(
            mandate_id=mandate.pk, ends_on=withholding.NOW.date(), reason="撤销", operator=house.clerk,
            now=withholding.NOW,
        ).state  # fmt: skip

    outcomes = named_at_once(lambda: house.batch(send=False).pk, end)
    assert "ended" in outcomes
    batch = CollectionBatch.objects.get()
    drawn = sum(one.amount_fen for one in batch.items.all())
    assert (batch.persons, batch.amount_fen) in ((4, 4 * PREMIUM), (2, 2 * PREMIUM))
    assert drawn == batch.amount_fen
    assert Receivable.objects.filter(state="sent").count() == batch.persons
    assert batch.left_out == ({} if batch.persons == 4 else {"no_mandate": 2})


def test_a_clerk_whose_connection_is_lost_in_the_middle_leaves_nothing_and_may_take_the_payment_again(
    house, monkeypatch
):
    (person,) = house.family(1)
    house.open_year()

    def lost(*args, **kwargs):
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr("tongchou.contributions.counter.commands._count", lost)
        with pytest.raises(ConnectionResetError):
            house.take(person)
    assert not CounterPayment.objects.exists()
    assert not Contribution.objects.exists()
    assert Receivable.objects.get().state == "due"
    house.take(person)
    house.close(now=LATER + timedelta(hours=1))
    assert Voucher.objects.count() == 1

"""One payment at the counter, its receipt, its undoing, the clerk's day and the books (现场缴费; CON-05, CON-12)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from tongchou.contributions import commands, invariants, receivables, usage
from tongchou.contributions.commands import ReasonMissing
from tongchou.contributions.counter import commands as counter
from tongchou.contributions.counter import queries
from tongchou.contributions.counter.commands import Payer, Slip
from tongchou.contributions.counter.models import CounterDay, CounterMeans, CounterPayment
from tongchou.contributions.counter.states import (
    DAY_TRANSITIONS,
    PAYMENT_TRANSITIONS,
    DayState,
    PayerKind,
    PaymentState,
)
from tongchou.contributions.models import Contribution, CoverageSpan, ImportBatch, PendingAmount, Receivable
from tongchou.contributions.refunds import money
from tongchou.contributions.refunds.states import Ground
from tongchou.contributions.rules import AmountDiffers
from tongchou.contributions.tests.conftest import AREA, PREMIUM, citizen_number
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.fund import commands as fund
from tongchou.platform.checks import NoPermission, OutOfScope

Entry = apps.get_model("fund", "Entry")
YEAR = 2018
NOW = datetime(2018, 4, 30, 2, tzinfo=UTC)
NEXT_DAY = NOW + timedelta(days=1)
MOTHER = Payer(PayerKind.RELATIVE, "韦大妹", citizen_number(date(1990, 3, 7), 11), "母亲")


class Counter:
    """Two clerks, somebody who may confirm, means, open books and an opened year."""

    def __init__(self, hire):
        self.clerk = hire("clerk", at=AREA)
        self.other = hire("clerk", at=AREA)
        self.second = hire("second_reviewer", at=AREA)
        self.policy = hire("eligibility", at=AREA)
        self.requests = 0
        for code, name in (("pos", "POS刷卡"), ("qr", "扫码支付")):
            self.means(code, name)
        fund.ensure_chart(pooling_area=AREA, scheme="resident")
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 4, 1))
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 5, 1))

    def means(self, code, name, **changes):
        facts = {"source": "市局〔2017〕9号", "valid_from": date(2017, 1, 1), "operator": self.policy, "now": NOW}
        return counter.set_means(pooling_area=AREA, code=code, name=name, **facts | changes)

    def open_year(self):
        return receivables.open_year(
            pooling_area=AREA, benefit_year=YEAR, opens_on=date(2017, 9, 1), operator=self.policy, now=NOW
        )

    def take(self, person_id, **changes) -> CounterPayment:
        self.requests += 1
        facts = {
            "benefit_year": YEAR, "amount_fen": PREMIUM, "means": "pos", "reference": f"T{self.requests:06d}",
            "payer": Payer(), "request_id": f"r{self.requests}", "operator": self.clerk, "now": NOW,
        }  # fmt: skip
        return counter.take_payment(person_id=person_id, **facts | changes)

    def close(self, day=None, *, pos=0, qr=None, now=NOW, operator=None, reason="", in_place_because=""):
        day = day or CounterDay.objects.get(state="open", staff_code=self.clerk.staff_code)
        slips = {"pos": Slip(pos, "S1")} | ({"qr": Slip(qr, "S2")} if qr is not None else {})
        return counter.close_day(
            number=day.number,
            slips=slips,
            reason=reason,
            in_place_because=in_place_because,
            operator=operator or self.clerk,
            now=now,
        )


@pytest.fixture
def desk(hire, rates) -> Counter:
    return Counter(hire)


def newborn(enrol, born_on, number=901):
    made = enrol(
        name="韦小宝", certificate_no=citizen_number(born_on, number), enrolled_on=born_on, now=NOW, born_on=born_on
    )
    return int(made.person_id)


def entries(voucher_no):
    found = Entry.objects.filter(voucher__number=voucher_no).values_list("account__code", "debit_fen", "credit_fen")
    return sorted((code, (debit or 0) - (credit or 0)) for code, debit, credit in found)


@pytest.mark.requirement("CON-12")
@pytest.mark.article("GX2017 §26")
@pytest.mark.parametrize(
    ("paid", "kind", "covered_from"),
    [
        pytest.param("2018-04-30", "新生儿3个月内", date(2018, 1, 31), id="出生后3个月内-从出生之日起"),
        pytest.param("2018-05-01", "新生儿超期", date(2018, 6, 1), id="超过3个月-从次月1日起"),
    ],
)
def test_a_mother_pays_for_her_newborn_and_is_kept_as_the_payer(desk, enrol, paid, kind, covered_from):
    child = newborn(enrol, date(2018, 1, 31))
    desk.open_year()
    at = datetime.fromisoformat(f"{paid}T10:00:00+08:00")
    facts = enrolment.facts(child, at.date())
    (owed,) = [one for one in queries.owed(facts, at.date()) if one.benefit_year == YEAR]
    assert (owed.kind.label, owed.payable_fen, owed.covered_from) == (kind, PREMIUM, covered_from)
    made = desk.take(child, payer=MOTHER, now=at)
    paid_row = made.contribution
    assert (paid_row.get_kind_display(), paid_row.channel, paid_row.receipt_no) == (kind, "counter", made.number)
    assert CoverageSpan.objects.get(person_id=child).covered_from == covered_from
    assert (made.payer_name, made.payer_relation) == ("韦大妹", "母亲")
    assert queries.payers_of(child) == {made.number: ("韦大妹", "母亲")}
    assert Receivable.objects.get(person_id=child, benefit_year=YEAR).state == "paid"


@pytest.mark.requirement("CON-12")
@pytest.mark.article("GX2017 §26")
def test_a_newborn_does_not_pay_alone_and_every_payer_is_named(desk, enrol):
    child = newborn(enrol, date(2018, 1, 31))
    with pytest.raises(counter.NewbornPaysNothing):
        desk.take(child)
    for payer, what in (
        (Payer(PayerKind.RELATIVE, "", "x", "母亲"), "姓名"),
        (Payer(PayerKind.RELATIVE, "韦大妹", "", "母亲"), "证件号码"),
        (Payer(PayerKind.RELATIVE, "韦大妹", MOTHER.certificate_no, " "), "关系"),
        (Payer(PayerKind.RELATIVE, "韦大妹", "450102199003070000", "母亲"), "正确的证件号码"),
    ):
        with pytest.raises(counter.PayerIncomplete, match=what):
            desk.take(child, payer=payer)
    assert desk.take(child, payer=Payer(PayerKind.UNIT, "某村委会", "54450102MF1234567X")).payer_kind == "unit"


@pytest.mark.requirement("CON-02")
@pytest.mark.requirement("CON-05")
@pytest.mark.article("GX2017 §21")
def test_the_amount_is_what_is_owed_no_more_and_no_less(desk, person):
    desk.open_year()
    for wrong in (PREMIUM - 1, PREMIUM + 1, 10_000):
        with pytest.raises(AmountDiffers, match=r"180\.00"):
            desk.take(person, amount_fen=wrong)
    with pytest.raises(counter.ReferenceMissing):
        desk.take(person, reference=" ")
    with pytest.raises(counter.MeansUnknown):
        desk.take(person, means="cash")
    assert not CounterDay.objects.exists()


@pytest.mark.requirement("CON-15")
def test_what_a_department_owes_is_taken_off_and_full_aid_leaves_nothing_to_pay(desk, enrol, person):
    desk.open_year()
    full = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    Receivable.objects.filter(person_id=person).update(aided_fen=10_000)
    Receivable.objects.filter(person_id=full).update(aided_fen=PREMIUM)
    (owed,) = [one for one in queries.owed(enrolment.facts(person, NOW.date()), NOW.date()) if not one.problem]
    assert (owed.standard_fen, owed.aided_fen, owed.payable_fen) == (PREMIUM, 10_000, 8_000)
    made = desk.take(person, amount_fen=8_000)
    assert (made.amount_fen, made.contribution.amount_fen, made.contribution.fund_aided_fen) == (8_000, PREMIUM, 10_000)
    with pytest.raises(counter.NothingToCollect):
        desk.take(full, amount_fen=0)
    desk.close(pos=8_000)
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("FIN-06")
@pytest.mark.requirement("CON-05")
@pytest.mark.article("GX2017 §94")
def test_cash_is_no_way_to_pay_here_or_in_any_database(desk):
    for code, name in (("cash", "现钞"), ("xj", "现金")):
        with pytest.raises(counter.NoCash):
            desk.means(code, name)
        with pytest.raises(IntegrityError, match="counter_means_no_cash"), transaction.atomic():
            CounterMeans.objects.create(
                pooling_area_id=AREA, code=code, name=name, source="x", valid_from=NOW.date(), staff_code="x",
                created_at=NOW,
            )  # fmt: skip


@pytest.mark.requirement("CON-05")
def test_means_are_data_of_the_area_with_their_basis(desk, hire):
    with pytest.raises(counter.MeansIncomplete, match="依据"):
        desk.means("bank", "转账", source=" ")
    with pytest.raises(counter.MeansIncomplete, match="止日"):
        desk.means("bank", "转账", valid_until=date(2017, 1, 1))
    with pytest.raises(counter.MeansStands):
        desk.means("pos", "另一台POS")
    with pytest.raises(NoPermission):
        desk.means("bank", "转账", operator=desk.clerk)
    desk.means("old", "旧终端", valid_until=date(2018, 1, 1))
    assert [one.code for one in queries.means_in_force(AREA, NOW.date())] == ["pos", "qr"]


@pytest.mark.requirement("CON-05")
def test_a_year_that_lies_with_the_bank_is_taken_only_when_the_payer_knows(desk, person):
    desk.open_year()
    one = Receivable.objects.get(person_id=person)
    Receivable.objects.filter(pk=one.pk).update(state="sent", item_id=1)
    with pytest.raises(counter.WithBank):
        desk.take(person)
    assert desk.take(person, despite_file=True).contribution.benefit_year == YEAR


@pytest.mark.requirement("FIN-07")
@pytest.mark.requirement("FIN-35")
@pytest.mark.requirement("ORG-27")
@pytest.mark.article("GX2017 §95")
def test_a_closed_day_stands_in_the_books_and_its_payments_can_be_given_back(desk, enrol):
    people = [enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id for _ in range(3)]
    desk.open_year()
    for person_id, means in zip(people, ("pos", "pos", "qr"), strict=True):
        desk.take(person_id, means=means)
    with pytest.raises(money.NotBookedYet):
        money.find(people[0], YEAR, Ground.WRONG_PERSON)
    day = desk.close(pos=2 * PREMIUM, qr=PREMIUM)
    assert (day.state, day.amount_fen, day.told_fen) == (DayState.CLOSED, 3 * PREMIUM, 3 * PREMIUM)
    batch = ImportBatch.objects.get(pk=day.batch_id)
    assert entries(batch.voucher_no) == [("1002", PREMIUM), ("1002", 2 * PREMIUM), ("4001", -3 * PREMIUM)]
    assert [(one.means.code, one.payments, one.slip_no) for one in day.totals.order_by("means__code")] == [
        ("pos", 2, "S1"),
        ("qr", 1, "S2"),
    ]
    assert money.find(people[0], YEAR, Ground.WRONG_PERSON).amount_fen == PREMIUM
    assert invariants.broken(AREA, NOW.date()) == []
    assert desk.close(day, pos=2 * PREMIUM, qr=PREMIUM).pk == day.pk
    with pytest.raises(counter.DayClosed):
        desk.close(day, pos=PREMIUM, qr=PREMIUM)


@pytest.mark.requirement("FIN-07")
@pytest.mark.article("GX2017 §95")
@pytest.mark.parametrize(
    ("told", "posted"),
    [
        pytest.param(PREMIUM - 100, [("1002", PREMIUM - 100), ("110199", 100), ("4001", -PREMIUM)], id="少100分"),
        pytest.param(PREMIUM + 100, [("1002", PREMIUM + 100), ("200199", -100), ("4001", -PREMIUM)], id="多100分"),
    ],
)
def test_a_difference_of_the_day_is_explained_and_stands_in_the_books(desk, person, told, posted):
    desk.take(person)
    with pytest.raises(counter.DifferenceUnexplained, match=r"1\.00"):
        desk.close(pos=told)
    day = desk.close(pos=told, reason="终端当日少结一笔手续费")
    assert entries(day.batch.__class__.objects.get(pk=day.batch_id).voucher_no) == posted
    assert list(PendingAmount.objects.values_list("amount_fen", flat=True)) == ([100] if told > PREMIUM else [])
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("FIN-07")
def test_a_day_that_its_clerk_did_not_close_is_closed_by_finance_with_the_reason(desk, person, hire):
    finance = hire("finance_reviewer", at="450100")
    desk.take(person)
    day = CounterDay.objects.get()
    with pytest.raises(counter.NotOnesOwnDay, match="由财务人员写明原因"):
        desk.close(day, pos=PREMIUM, operator=finance, in_place_because="收款人住院")
    with pytest.raises(counter.NotOnesOwnDay):
        desk.close(day, pos=PREMIUM, operator=desk.other, now=NEXT_DAY, in_place_because="收款人住院")
    with pytest.raises(ReasonMissing):
        desk.close(day, pos=PREMIUM, operator=finance, now=NEXT_DAY, in_place_because=" ")
    closed = desk.close(day, pos=PREMIUM, operator=finance, now=NEXT_DAY, in_place_because="收款人住院")
    debit = Entry.objects.get(voucher__number=closed.batch.voucher_no, debit_fen__gt=0)
    assert (closed.state, debit.note) == ("closed", f"POS刷卡结算单S1(代{desk.clerk.staff_code}日结:收款人住院)")
    assert invariants.broken(AREA, NEXT_DAY.date()) == []


@pytest.mark.requirement("FIN-07")
def test_a_day_is_closed_by_its_own_clerk_with_a_slip_for_each_means_before_the_next_begins(desk, enrol):
    first, second = (enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id for _ in range(2))
    made = desk.take(first)
    day = CounterDay.objects.get()
    with pytest.raises(counter.NotOnesOwnDay):
        desk.close(day, pos=PREMIUM, operator=desk.other)
    with pytest.raises(counter.SlipMissing, match="POS刷卡"):
        counter.close_day(number=day.number, slips={}, operator=desk.clerk, now=NOW)
    with pytest.raises(counter.SlipMissing):
        counter.close_day(number=day.number, slips={"pos": Slip(PREMIUM, " ")}, operator=desk.clerk, now=NOW)
    with pytest.raises(counter.DayUnknown):
        counter.close_day(number="none", slips={}, operator=desk.clerk, now=NOW)
    with pytest.raises(counter.EarlierDayOpen, match=day.number):
        desk.take(second, now=NEXT_DAY)
    assert any("未日结" in line for line in invariants.broken(AREA, NEXT_DAY.date()))
    counter.ask_cancel(number=made.number, reason="刷错卡", operator=desk.clerk, now=NOW)
    with pytest.raises(counter.CancelWaits, match=made.number):
        desk.close(pos=PREMIUM)
    counter.refuse_cancel(number=made.number, operator=desk.second, now=NOW)
    desk.close(pos=PREMIUM)
    assert desk.take(second, now=NEXT_DAY).day.collected_on == NEXT_DAY.date()


@pytest.mark.requirement("CON-21")
@pytest.mark.article("GX2017 §28")
def test_a_payment_of_today_is_undone_by_two_persons_and_the_year_is_owed_again(desk, person):
    desk.open_year()
    made = desk.take(person)
    told = {"number": made.number, "now": NOW}
    with pytest.raises(commands.ReasonMissing):
        counter.ask_cancel(reason=" ", operator=desk.clerk, **told)
    asked = counter.ask_cancel(reason="刷错卡", operator=desk.clerk, **told)
    assert counter.ask_cancel(reason="刷错卡", operator=desk.clerk, **told).pk == asked.pk
    with pytest.raises(NoPermission):
        counter.confirm_cancel(operator=desk.other, **told)
    done = counter.confirm_cancel(void_reference="V1", operator=desk.second, **told)
    assert (done.state, done.void_reference, done.cancelled_by) == ("cancelled", "V1", desk.second.staff_code)
    assert counter.confirm_cancel(operator=desk.second, **told).pk == done.pk
    assert Receivable.objects.get(person_id=person, benefit_year=YEAR).state == "due"
    assert not CoverageSpan.objects.filter(person_id=person, withdrawn_at=None).exists()
    day = CounterDay.objects.get()
    assert (day.amount_fen, ImportBatch.objects.get().amount_fen) == (0, 0)
    again = desk.take(person)
    assert again.number > made.number
    desk.close(pos=PREMIUM)
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-21")
@pytest.mark.article("GX2017 §28")
def test_after_its_day_or_once_benefits_were_used_a_payment_is_not_undone(desk, enrol, hire):
    first, second = (enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id for _ in range(2))
    made, used = desk.take(first), desk.take(second)
    with pytest.raises(counter.TooLateToCancel, match="2018-04-30收的"):
        counter.ask_cancel(number=made.number, reason="x", operator=desk.clerk, now=NEXT_DAY)
    with pytest.raises(counter.PaymentUnknown):
        counter.ask_cancel(number="none", reason="x", operator=desk.clerk, now=NOW)
    with pytest.raises(counter.PaymentNotInState):
        counter.confirm_cancel(number=made.number, operator=desk.second, now=NOW)
    with pytest.raises(counter.PaymentNotInState):
        counter.refuse_cancel(number=made.number, operator=desk.second, now=NOW)

    def once(person_id, spans):
        return int(person_id == second)

    usage.answer_with(once)
    try:
        with pytest.raises(counter.TooLateToCancel, match="已使用1次"):
            counter.ask_cancel(number=used.number, reason="x", operator=desk.clerk, now=NOW)
    finally:
        usage.withdraw(once)
    both = hire("clerk", "second_reviewer", at=AREA)
    mine = desk.take(enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id, operator=both)
    counter.ask_cancel(number=mine.number, reason="x", operator=both, now=NOW)
    with pytest.raises(counter.SecondPersonNeeded):
        counter.confirm_cancel(number=mine.number, operator=both, now=NOW)
    desk.close(pos=2 * PREMIUM)
    with pytest.raises(counter.TooLateToCancel, match="已日结"):
        counter.ask_cancel(number=made.number, reason="x", operator=desk.clerk, now=NOW)


def test_a_double_click_takes_one_payment_and_a_paid_year_is_refused(desk, person):
    desk.open_year()
    first = desk.take(person, request_id="same")
    assert desk.take(person, request_id="same").pk == first.pk
    with pytest.raises(commands.PaidTwice):
        desk.take(person)
    assert (CounterPayment.objects.count(), Contribution.objects.count()) == (1, 1)


def test_a_clerk_of_another_place_takes_nothing(desk, person, hire):
    with pytest.raises(OutOfScope):
        desk.take(person, operator=hire("clerk", at="450103"))


def test_payments_and_days_move_only_along_their_transitions():
    for table, states in ((PAYMENT_TRANSITIONS, PaymentState), (DAY_TRANSITIONS, DayState)):
        assert {end for pair in table for end in pair} == set(states)


def test_a_year_that_cannot_be_paid_today_says_why(desk, enrol):
    late = enrol(enrolled_on=date(2018, 4, 1), now=NOW, unit_code=VILLAGE).person_id
    told = {one.benefit_year: one for one in queries.owed(enrolment.facts(late, NOW.date()), NOW.date())}
    assert told[2019].code == "CO-1001"
    assert "2018-09-01" in told[2019].problem
    assert told[YEAR].payable_fen == PREMIUM

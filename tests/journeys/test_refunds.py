"""What was paid in error: refused, given back, moved, from the counter to the bank's answer and the books (退费)."""

import importlib.util
import random
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.apps import apps

from tongchou.cases import commands as cases
from tongchou.cases import kinds
from tongchou.cases.commands import Application
from tongchou.cases.commands.chains import set_step_limit
from tongchou.cases.commands.steps import SamePersonActed
from tongchou.cases.models import Case
from tongchou.cases.states import CaseState, Decision
from tongchou.contributions import commands, invariants, queries, usage
from tongchou.contributions.models import Contribution, CoverageSpan, PendingAmount, Receivable
from tongchou.contributions.refunds import answers as refund_answers
from tongchou.contributions.refunds import commands as refunds
from tongchou.contributions.refunds import money, moving_case
from tongchou.contributions.refunds.models import RefundLine, RefundOrder, RefundRun
from tongchou.contributions.refunds.states import REFUND_TRANSITIONS, RUN_TRANSITIONS, RefundState, RunState
from tongchou.contributions.states import Channel
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment.commands.relations import record_death
from tongchou.exchange import imports, outgoing
from tongchou.exchange import queries as exchange
from tongchou.exchange.imports import Mode
from tongchou.exchange.models import OutgoingFile, RejectedRow
from tongchou.fund import commands as fund
from tongchou.fund import queries as books
from tongchou.kernel.errors import DomainError
from tongchou.platform import commands as platform_commands
from tongchou.platform.second_factor import SecondFactorMissing
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.platform.tests.factors import Device, bind
from tongchou.rights.models import PersonNotice
from tongchou.simulator import bank_office
from tongchou.simulator.bank import Fault, balances, everybody_pays

_specification = importlib.util.spec_from_file_location(
    "withholding_town", Path(__file__).with_name("test_withholding.py")
)
withholding = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(withholding)

AREA, PREMIUM, YEAR, DRAW_ON, NOW, BACK = (
    getattr(withholding, name) for name in ("AREA", "PREMIUM", "YEAR", "DRAW_ON", "NOW", "BACK")
)
LATER = datetime(2017, 10, 20, 2, tzinfo=UTC)
TrailEntry = apps.get_model("platform", "TrailEntry")


class Office(withholding.Town):
    """The same town with those who review, approve, and pay back."""

    def __init__(self, hire):
        super().__init__(hire)
        platform_commands.ensure_calendar(now=NOW)
        self.reviewer = hire("second_reviewer", at=AREA)
        self.approver = hire("approver", at=AREA)
        self.cashier = hire("cashier", at=AREA)
        self.devices: dict[int, Device] = {}
        self.requests = 0

    def code(self, operator, at=LATER) -> str:
        """A code of the operator's device that was never used: the device is bound anew each time."""
        if operator.pk not in self.devices:
            self.devices[operator.pk] = bind(operator, at)
            return self.devices[operator.pk].code(at)
        return self.devices[operator.pk].recovery_codes.pop()

    def drawn_twice(self, folder) -> "tuple":
        """Head of a family who paid at 10:00 by another way, while the file of 09:00 was with the bank."""
        first, second = self.family(2)
        self.open_year()
        batch = self.batch()
        self.pay(first)
        self.book(batch, folder)
        self.advise(batch, 2 * PREMIUM)
        return first, second

    def drawn(self, folder, members=2):
        people = self.family(members)
        self.open_year()
        batch = self.batch()
        self.book(batch, folder, name=f"hp{batch.pk}.txt")
        self.advise(batch, members * PREMIUM, f"B{batch.pk}")
        return people

    def pay(self, person, **changes) -> Contribution:
        facts = {"benefit_year": YEAR, "amount_fen": PREMIUM, "paid_on": date(2017, 10, 9), "channel": Channel.COUNTER}
        return record_contribution(person_id=person.pk, operator=self.clerk, now=NOW, **facts | changes)

    def ask(self, person, kind="refund_contribution", **values) -> Case:
        self.requests += 1
        told = {"benefit_year": str(YEAR), "reason": "银行扣款时已缴费"}
        if kind == "refund_contribution":
            told["ground"] = "double"
        return cases.accept_application(
            Application(
                kind=kind,
                subject_key=person.person_no,
                values=told | values,
                received=frozenset(
                    ("form", "certificate", "payment_proof", "death_proof", "account_proof")
                    if kind == "refund_contribution"
                    else ("form", "payment_proof", "certificates")
                ),
                applicant_name=person.name,
            ),
            request_id=f"r{self.requests}",
            operator=self.clerk,
            now=LATER,
        )

    def agree(self, case, operator, **how) -> Case:
        return cases.decide(
            number=case.number, version=case.version, decision=Decision.AGREE, operator=operator, now=LATER, **how
        )

    def approve(self, case) -> Case:
        case = self.agree(case, self.reviewer)
        return self.agree(case, self.approver, second_factor_code=self.code(self.approver))

    def refund(self, person, **values) -> RefundOrder:
        case = self.approve(self.ask(person, **values))
        assert case.state == CaseState.DONE
        return RefundOrder.objects.get(case_number=case.number)

    def move(self, wrong, right) -> Case:
        case = self.ask(wrong, kind="move_contribution", right_person=right.person_no)
        case = self.agree(case, self.reviewer)
        return self.agree(case, self.approver)

    def run(self, *, send=True) -> RefundRun:
        run = refunds.make_run(pooling_area=AREA, bank_id=self.banks["NXS"], operator=self.cashier, now=LATER)
        if send:
            refunds.release_run(
                run_id=run.pk, second_factor_code=self.code(self.finance), operator=self.finance, now=LATER
            )
            run = refunds.send_run(run_id=run.pk, operator=self.cashier, now=LATER)
        return run

    def answer(self, run, folder, fate=everybody_pays, *, take=True, **how):
        file = exchange.outgoing_of("refunds", run.pk)
        content = b"".join(outgoing.content_of(file))
        path = folder / f"tf{run.pk}.txt"
        path.write_bytes(self.bank(fate=fate, flow="refunds").answer(content, paid_on=LATER.date(), **how))
        preview = imports.check(
            kind="refunds",
            pooling_area=AREA,
            file_name=path.name,
            content=path,
            options={"answers": file.number},
            operator=self.cashier,
            now=LATER,
        )
        if take:
            imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=self.cashier, now=LATER)
        run.refresh_from_db()
        return preview


@pytest.fixture
def office(hire) -> Office:
    return Office(hire)


def balance(account: str) -> int:
    """Debit minus credit of an account, in fen."""
    found = books.account_balances(pooling_area=AREA, scheme="resident", until=date(2018, 1, 1))
    return sum(fen for code, fen in found.items() if code.startswith(account))


# --- not refunded -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-21")
@pytest.mark.article("GX2017 §28")
@pytest.mark.parametrize("ground", ["employee", "moved", "unused", "other"])
def test_who_joins_employee_insurance_in_march_gets_nothing_back_and_reads_the_rule(office, tmp_path, ground):
    person, _ = office.drawn(tmp_path)
    with pytest.raises(money.NotRefundable) as refusal:
        office.ask(person, ground=ground, reason="3月起参加职工医保")
    assert "所缴医保费不予退还" in str(refusal.value)
    assert refusal.value.citation == "GX2017 §28"
    assert not Case.objects.exists()
    assert Receivable.objects.get(person=person).state == "paid"


@pytest.mark.requirement("CON-21")
def test_an_error_that_the_books_do_not_show_is_not_refunded_either(office, tmp_path):
    person, _ = office.drawn(tmp_path)
    with pytest.raises(money.NothingOverpaid, match="2018年度"):
        office.ask(person, ground="double")
    with pytest.raises(money.DiedNotBefore, match="没有死亡登记"):
        office.ask(person, ground="died_before")
    with pytest.raises(DomainError, match="四位年份"):
        office.ask(person, benefit_year="去年")
    record_death(person_id=person.pk, died_on=date(2017, 10, 18), operator=office.clerk, now=LATER)
    with pytest.raises(money.DiedNotBefore, match="年度内死亡"):
        office.ask(person, ground="died_before", benefit_year="2017")


# --- given back ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-22")
@pytest.mark.requirement("CON-05")
@pytest.mark.article("GX2017 §28")
def test_what_was_paid_twice_goes_back_to_the_account_it_came_from_and_one_payment_remains(office, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    assert (balance("4001"), balance("200199")) == (-PREMIUM, -PREMIUM)
    case = office.ask(first)
    assert not RefundOrder.objects.exists()
    case = office.agree(case, office.reviewer)
    with pytest.raises(SecondFactorMissing):
        office.agree(case, office.approver)
    case = office.agree(case, office.approver, second_factor_code=office.code(office.approver))
    order = RefundOrder.objects.get()
    assert case.result == f"准予退费180.00元,退费单{order.number},退回{first.name}账户(尾号****{order.account_no[-4:]})"
    assert (order.amount_fen, order.state, order.ground) == (PREMIUM, RefundState.APPROVED, "double")
    assert order.account_no == f"62170000{first.pk:08d}"
    assert PendingAmount.objects.get().resolution == f"退费{order.number}"
    run = office.run()
    office.answer(run, tmp_path)
    order.refresh_from_db()
    assert (order.state, order.paid_on, run.state) == (RefundState.PAID, LATER.date(), RunState.ANSWERED)
    assert withholding.entries(order.voucher_no) == {"200199": PREMIUM, "1004": -PREMIUM}
    assert Contribution.objects.filter(person=first, voided_at=None).count() == 1
    assert (balance("200199"), balance("4001")) == (0, -PREMIUM)
    assert OutgoingFile.objects.get(flow="refunds").state == "reconciled"
    assert invariants.broken(AREA, date(2017, 10, 20)) == []
    notices = PersonNotice.objects.filter(person=first, topic__startswith="refund").order_by("id")
    assert [one.title for one in notices] == ["2018年度退费已批准", "2018年度退费已退回"]


@pytest.mark.requirement("CON-22", "ORG-12")
@pytest.mark.parametrize(("above_fen", "path"), [(PREMIUM - 1, ["review", "approval"]), (PREMIUM, ["review"])])
def test_who_reviews_sees_the_amount_and_a_limit_of_the_area_is_held_against_it(
    office, seat, tmp_path, hire, above_fen, path
):
    first, _ = office.drawn_twice(tmp_path)
    leader = hire("leader", at=AREA)
    set_step_limit(
        pooling_area=AREA, kind_code="refund_contribution", step_code="approval", above_fen=above_fen,
        valid_from=LATER.date(), reason="示例文件", second_factor_code=office.code(leader), operator=leader, now=LATER,
    )  # fmt: skip
    case = office.ask(first)
    assert (case.amount_fen, case.path) == (PREMIUM, path)
    page = seat(office.reviewer).read(f"/cases/{case.number}/")
    assert "金额(元)" in page
    assert ">180.00<" in page


@pytest.mark.requirement("CON-22")
def test_two_persons_approve_and_two_others_pay(office, tmp_path, hire):
    first, _ = office.drawn_twice(tmp_path)
    both = hire("second_reviewer", "approver", at=AREA)
    case = office.agree(office.ask(first), both)
    with pytest.raises(SamePersonActed):
        office.agree(case, both, second_factor_code=office.code(both))
    office.agree(case, office.approver, second_factor_code=office.code(office.approver))
    run = office.run(send=False)
    with pytest.raises(refunds.RunNotInState, match="待复核"):
        refunds.send_run(run_id=run.pk, operator=office.cashier, now=LATER)
    assert not OutgoingFile.objects.filter(flow="refunds").exists()
    RefundRun.objects.filter(pk=run.pk).update(made_by_person=office.finance.citizen_id)
    with pytest.raises(refunds.SamePersonReleases):
        refunds.release_run(run_id=run.pk, second_factor_code="", operator=office.finance, now=LATER)
    RefundRun.objects.filter(pk=run.pk).update(made_by_person=office.cashier.citizen_id)
    with pytest.raises(SecondFactorMissing):
        refunds.release_run(run_id=run.pk, second_factor_code="", operator=office.finance, now=LATER)
    refunds.cancel_run(run_id=run.pk, operator=office.cashier, now=LATER)
    assert RefundOrder.objects.get().state == RefundState.APPROVED
    with pytest.raises(refunds.RunNotInState, match="已撤销"):
        refunds.cancel_run(run_id=run.pk, operator=office.cashier, now=LATER)


@pytest.mark.requirement("CON-22")
def test_who_died_before_the_year_began_has_the_premium_given_back_and_owes_nothing(office, tmp_path):
    person, other = office.drawn(tmp_path)
    record_death(person_id=person.pk, died_on=date(2017, 10, 18), operator=office.clerk, now=LATER)
    order = office.refund(person, ground="died_before", reason="家属申请")
    assert withholding.entries(order.reversal_no) == {"4001": PREMIUM, "200199": -PREMIUM}
    assert (balance("4001"), balance("200199")) == (-PREMIUM, -PREMIUM)
    assert not CoverageSpan.objects.filter(person=person, withdrawn_at=None).exists()
    assert {one.state for one in Receivable.objects.filter(person=person)} == {"void"}
    assert Receivable.objects.get(person=other).state == "paid"
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-22")
def test_a_premium_of_an_earlier_year_goes_back_as_an_expense(office, tmp_path, monkeypatch):
    person, _ = office.drawn(tmp_path)
    for month in (11, 12):
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2017, month, 1))
    fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 1, 1))
    case = office.agree(office.ask(person, ground="wrong_person", reason="同名错缴"), office.reviewer)
    next_year = datetime(2018, 1, 10, 2, tzinfo=UTC)
    cases.decide(
        number=case.number,
        version=case.version,
        decision=Decision.AGREE,
        second_factor_code=office.code(office.approver, next_year),
        operator=office.approver,
        now=next_year,
    )
    assert withholding.entries(RefundOrder.objects.get().reversal_no) == {"5401": PREMIUM, "200199": -PREMIUM}
    assert Receivable.objects.exclude(state="void").get(person=person).state == "due"


@pytest.mark.requirement("CON-22")
def test_what_was_paid_above_the_standard_comes_down_to_it(office, tmp_path):
    student = office.person(f"H{office.made:06d}", "head", category="student")
    office.sign(student)
    office.open_year()
    batch = office.batch()
    office.book(batch, tmp_path)
    office.advise(batch, PREMIUM)
    commands.ContributionStandard.objects.create(
        pooling_area_id=AREA,
        scheme="resident",
        benefit_year=YEAR,
        category="student",
        personal_fen=10_000,
        subsidy_fen=0,
        source="学生标准",
    )
    order = office.refund(student, ground="excess", reason="应按学生标准")
    assert order.amount_fen == 8_000
    paid = Contribution.objects.get(person=student, voided_at=None)
    assert (paid.amount_fen, paid.corrects_id) == (10_000, order.contribution_id)


@pytest.mark.requirement("CON-22", "ORG-12")
@pytest.mark.parametrize(("standard_fen", "found"), [(9_000, "90.00"), (11_000, "70.00")])
def test_nobody_approves_another_sum_than_was_shown_and_no_limit_is_passed_by(
    office, tmp_path, hire, standard_fen, found
):
    student = office.person(f"H{office.made:06d}", "head", category="student")
    office.sign(student)
    office.open_year()
    batch = office.batch()
    office.book(batch, tmp_path)
    office.advise(batch, PREMIUM)
    standard = commands.ContributionStandard.objects.create(
        pooling_area_id=AREA, scheme="resident", benefit_year=YEAR, category="student", personal_fen=10_000,
        subsidy_fen=0, source="学生标准",
    )  # fmt: skip
    leader = hire("leader", at=AREA)
    set_step_limit(
        pooling_area=AREA, kind_code="refund_contribution", step_code="approval", above_fen=8_000,
        valid_from=LATER.date(), reason="示例文件", second_factor_code=office.code(leader), operator=leader, now=LATER,
    )  # fmt: skip
    case = office.ask(student, ground="excess", reason="应按学生标准")
    assert (case.amount_fen, case.path) == (8_000, ["review"])
    standard.personal_fen = standard_fen
    standard.save()
    with pytest.raises(kinds.SumDiffers) as refusal:
        office.agree(case, office.reviewer)
    assert refusal.value.code == "CS-8310"
    assert "80.00" in refusal.value.sentence
    assert found in refusal.value.sentence
    assert not RefundOrder.objects.exists()
    case.refresh_from_db()
    assert case.state == CaseState.IN_HAND
    cases.withdraw_case(number=case.number, version=case.version, reason="金额有变", operator=office.clerk, now=LATER)
    again = office.ask(student, ground="excess", reason="应按学生标准")
    assert (again.amount_fen, again.path) == (
        PREMIUM - standard_fen, ["review", "approval"] if standard_fen < 10_000 else ["review"]
    )  # fmt: skip


@pytest.mark.requirement("CON-22")
def test_money_goes_back_to_no_other_account_and_a_typed_one_only_where_none_is_known(office, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    with pytest.raises(refunds.OtherAccount, match="原缴费账户"):
        office.ask(first, account_no="6217000099999999", holder_name="别人", bank_name="他行")
    PendingAmount.objects.update(item=None)
    with pytest.raises(refunds.AccountNeeded, match="收款账号"):
        office.ask(first)
    order = office.refund(first, account_no="6222 0001", holder_name=first.name, bank_name="农业银行")
    assert (order.account_no, order.bank_name) == ("62220001", "农业银行")


@pytest.mark.requirement("CON-22")
def test_nothing_goes_back_before_the_bank_has_credited_it(office, tmp_path):
    first, _ = office.family(2)
    office.open_year()
    batch = office.batch()
    office.pay(first)
    office.book(batch, tmp_path)
    with pytest.raises(money.NotBookedYet, match=r"180\.00"):
        office.ask(first)
    office.advise(batch, 2 * PREMIUM)
    assert office.ask(first).state == CaseState.IN_HAND


@pytest.mark.requirement("CON-22")
def test_a_transfer_that_comes_back_is_work_and_goes_out_again_with_the_right_account(office, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    order = office.refund(first)
    run = office.run()
    office.answer(run, tmp_path, balances({1: 0}))
    order.refresh_from_db()
    assert (order.state, order.returned_because, order.run_id) == (RefundState.RETURNED, "余额不足", None)
    assert balance("200199") == -PREMIUM
    work = RejectedRow.objects.get(flow="refunds")
    assert (work.object_key, work.amount_fen) == (order.number, PREMIUM)
    with pytest.raises(refunds.NothingToPay):
        office.run(send=False)
    told = {"number": order.number, "operator": office.clerk, "now": LATER}
    with pytest.raises(refunds.AccountNeeded):
        refunds.correct_account(account_no=" ", holder_name="韦一", bank_name="农信社", **told)
    refunds.correct_account(account_no="62170001", holder_name="韦一", bank_name="农信社", **told)
    with pytest.raises(refunds.NotReturned, match="待付款"):
        refunds.correct_account(account_no="62170001", holder_name="韦一", bank_name="农信社", **told)
    assert RejectedRow.objects.get(flow="refunds").state == "resolved"
    again = office.run()
    office.answer(again, tmp_path)
    order.refresh_from_db()
    assert (order.state, again.state) == (RefundState.PAID, RunState.ANSWERED)
    assert list(RefundLine.objects.order_by("id").values_list("account_no", flat=True))[1] == "62170001"
    assert balance("200199") == 0


@pytest.mark.requirement("CON-22")
def test_the_banks_answer_is_held_against_the_run(office, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    office.refund(first)
    run = office.run()
    with pytest.raises(DomainError, match="总金额"):
        office.answer(run, tmp_path, fault=Fault.ALTERED_TOTAL)
    twice = office.answer(run, tmp_path, fault=Fault.LINE_TWICE, take=False)
    assert twice.rows_bad == 1
    part = office.answer(run, tmp_path, balances({1: PREMIUM - 100}, partly=True), take=False)
    assert {one.code for one in imports.problems_of(part.id).rows} == {refund_answers.TransferDiffers.code}
    office.answer(run, tmp_path)
    with pytest.raises(DomainError, match="不能重复导入"):
        office.answer(run, tmp_path)
    assert RefundOrder.objects.get().state == RefundState.PAID


@pytest.mark.requirement("SYS-29", "CON-22")
def test_the_counter_of_the_simulated_bank_answers_a_run_of_refunds(office, seat, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    office.refund(first)
    run = office.run()
    number = exchange.outgoing_of("refunds", run.pk).number
    _name, content = bank_office.answer(number, paid_on=LATER.date())
    answered = tmp_path / "hp.txt"
    answered.write_bytes(content)
    preview = imports.check(
        kind="refunds", pooling_area=AREA, file_name=answered.name, content=answered,
        options={"answers": number}, operator=office.cashier, now=LATER,
    )  # fmt: skip
    assert (preview.rows_good, preview.rows_bad) == (1, 0)
    page = seat(office.cashier).read(f"/imports/{preview.id}/")
    assert "转账成功" in page
    assert "扣款成功" not in page


@pytest.mark.requirement("SYS-03", "CON-22")
def test_an_unreadable_answer_is_sent_again_from_the_run_that_it_answers(office, seat, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    office.refund(first)
    run = office.run()
    with pytest.raises(DomainError):
        office.answer(run, tmp_path, fault=Fault.ALTERED_TOTAL)
    file = apps.get_model("exchange", "ImportFile").objects.latest("id")
    page = seat(office.cashier).read(f"/imports/{file.pk}/")
    assert f'<a class="btn" href="/contributions/refunds/runs/{run.pk}/">改正后重新上传</a>' in page


@pytest.mark.requirement("CON-22")
def test_the_same_money_is_never_given_back_twice(office, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    case = office.agree(office.ask(first), office.reviewer)
    found = money.find(first.pk, YEAR, money.Ground.DOUBLE)
    again = office.agree(case, office.approver, second_factor_code=office.code(office.approver))
    assert again.state == CaseState.DONE
    with pytest.raises(money.NothingOverpaid):
        office.ask(first)
    with pytest.raises(refunds.MovedMeanwhile):
        refunds.approve(
            overpaid=found,
            ground=money.Ground.DOUBLE,
            account=found.account,
            unit_code=first.unit_code,
            evidence="x",
            case_number="x",
            operator=office.approver,
            now=LATER,
        )
    assert office.agree(case, office.approver, second_factor_code="").pk == case.pk
    assert RefundOrder.objects.count() == 1


def test_refunds_and_runs_move_only_along_their_transitions():
    for table, states in ((REFUND_TRANSITIONS, RefundState), (RUN_TRANSITIONS, RunState)):
        assert {end for pair in table for end in pair} == set(states)


# --- moved --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-23")
@pytest.mark.article("GX2017 §28")
def test_a_fathers_payment_booked_to_the_son_is_moved_and_both_are_told(office, tmp_path):
    household = "H900001"
    father, son = office.person(household, "head"), office.person(household, "child")
    office.open_year()
    office.pay(son)
    case = office.move(son, father)
    assert case.state == CaseState.DONE
    assert [one.benefit_year for one in queries.payments_of(father.pk) if one.voided_at is None] == [YEAR]
    assert [one for one in queries.payments_of(son.pk) if one.voided_at is None] == []
    assert withholding.states([father, son]) == ["paid", "due"]
    moved = Contribution.objects.get(person=father)
    assert (moved.paid_in_full_on, moved.corrects.person_id) == (date(2017, 10, 9), son.pk)
    spans = list(CoverageSpan.objects.filter(withdrawn_at=None).values_list("person_id", "covered_from"))
    assert spans == [(father.pk, date(2018, 1, 1))]
    told = PersonNotice.objects.filter(topic__startswith="contribution moved").order_by("person_id")
    assert [one.person_id for one in told] == sorted((father.pk, son.pk))


@pytest.mark.requirement("CON-23", "ORG-12")
def test_a_payment_that_is_another_sum_than_was_accepted_is_not_moved(office):
    father, son = office.person("H900001", "head"), office.person("H900001", "child")
    office.open_year()
    paid = office.pay(son)
    case = office.agree(office.ask(son, kind="move_contribution", right_person=father.person_no), office.reviewer)
    commands.ContributionStandard.objects.update(personal_fen=PREMIUM - 1_000)
    commands.correct_contribution(
        contribution_id=paid.pk, amount_fen=PREMIUM - 1_000, paid_on=paid.paid_in_full_on, reason="标准录错",
        operator=office.clerk, now=LATER,
    )  # fmt: skip
    with pytest.raises(kinds.SumDiffers, match=r"180\.00元.*170\.00元"):
        office.agree(case, office.approver)
    assert not Contribution.objects.filter(person=father).exists()


@pytest.mark.requirement("CON-23")
def test_a_payment_is_moved_only_within_a_household_to_somebody_who_has_not_paid(office):
    father, son = office.person("H900001", "head"), office.person("H900001", "child")
    stranger = office.person("H900002", "head")
    office.open_year()
    office.pay(son)
    with pytest.raises(moving_case.NotOfOneHousehold, match="不在同一户"):
        office.ask(son, kind="move_contribution", right_person=stranger.person_no)
    with pytest.raises(moving_case.SamePerson):
        office.ask(son, kind="move_contribution", right_person=son.certificate_no)
    with pytest.raises(moving_case.RightPersonUnknown):
        office.ask(son, kind="move_contribution", right_person="nobody")
    with pytest.raises(moving_case.NothingPaid):
        office.ask(father, kind="move_contribution", right_person=son.person_no)
    office.pay(father)
    with pytest.raises(commands.PaidTwice):
        office.ask(son, kind="move_contribution", right_person=father.person_no)


@pytest.mark.requirement("CON-23")
def test_a_payment_whose_benefits_were_used_is_neither_moved_nor_given_back(office, tmp_path):
    father, son = office.drawn(tmp_path)
    asked = []

    def used(person_id, spans):
        asked.append((person_id, list(spans)))
        return 1

    usage.answer_with(used)
    try:
        Contribution.objects.filter(person=father).update(voided_at=NOW, void_reason="x")
        with pytest.raises(money.BenefitsUsed, match="已使用1次"):
            office.ask(son, kind="move_contribution", right_person=father.person_no)
        with pytest.raises(money.BenefitsUsed):
            office.ask(son, ground="wrong_person")
    finally:
        usage.withdraw(used)
    assert asked[0] == (son.pk, [(date(2018, 1, 1), date(2019, 1, 1))])


# --- everything agrees, whatever happens --------------------------------------------------------------------------


@pytest.mark.requirement("ORG-27")
@pytest.mark.parametrize("seed", range(6))
def test_after_any_sequence_receivables_payments_coverage_and_books_agree(office, tmp_path, seed):
    chance = random.Random(seed)
    father, mother, child = office.drawn(tmp_path, 3)
    people = [father, mother, child]
    for step in range(8):
        person, other = chance.sample(people, 2)
        act = chance.choice(("pay", "move", "refund", "void", "run"))
        try:
            if act == "pay":
                office.pay(person)
            elif act == "move":
                office.move(person, other)
            elif act == "refund":
                office.refund(person, ground="wrong_person")
            elif act == "void":
                commands.void_contribution(
                    contribution_id=Contribution.objects.filter(person=person, batch=None, voided_at=None).first().pk,
                    reason="错记",
                    operator=office.clerk,
                    now=LATER,
                )
            else:
                office.answer(office.run(), tmp_path, balances({1: 0}) if chance.random() < 0.5 else everybody_pays)
        except (DomainError, AttributeError):
            continue
        assert invariants.broken(AREA, date(2017, 10, 20)) == [], (seed, step, act)


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def seat(client, monkeypatch, django_assert_max_num_queries):
    """A browser at somebody's desk a few days after the run; every page with at most twelve questions."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)

    def sit(operator):
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")

        def get(address: str) -> str:
            client.get(address)
            with django_assert_max_num_queries(12, info=address):
                response = client.get(address)
            assert response.status_code == 200, address
            return response.content.decode()

        client.read = get
        return client

    return sit


@pytest.mark.requirement("CON-21")
@pytest.mark.requirement("CON-22")
def test_a_double_payment_walks_from_the_counter_to_the_banks_answer(office, seat, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    desk = seat(office.clerk)
    pending = PendingAmount.objects.get()
    assert f"/cases/counter/refund_contribution/?key={first.person_no}" in desk.read(
        f"/contributions/pending/{pending.pk}/"
    )
    form_page = desk.read(f"/cases/counter/refund_contribution/?key={first.person_no}")
    assert "同一年度重复缴费180.00元" in form_page
    told = {
        "request_id": "w1", "subject": first.person_no, "receipt": "", "ground": "employee", "benefit_year": "2018",
        "reason": "3月参加职工医保", "applicant_name": first.name, "act": "accept",
        "received": ["form", "certificate", "payment_proof"],
    }  # fmt: skip
    refused = desk.post(f"/cases/counter/refund_contribution/?key={first.person_no}", told)
    assert refused.status_code == 422
    assert "所缴医保费不予退还" in refused.content.decode()
    declined = told | {"act": "decline", "decline_reason": "不属于经办差错(GX2017 §28)"}
    assert desk.post("/cases/counter/refund_contribution/", declined).status_code == 302
    accepted = desk.post("/cases/counter/refund_contribution/", told | {"ground": "double", "request_id": "w2"})
    assert accepted.status_code == 302, accepted.content.decode()
    case = Case.objects.get(state="in_hand")
    office.approve(case)
    order = RefundOrder.objects.get()
    page = desk.read(f"/contributions/refunds/{order.number}/")
    assert first.name not in page
    assert order.account_no not in page
    assert order.number in desk.read("/contributions/refunds/?state=approved&ground=double&year=2018")
    assert desk.post("/contributions/refunds/runs/add/", {"bank": office.banks["NXS"]}).status_code == 403
    cashier = seat(office.cashier)
    assert "退费待付款 <strong>1</strong>" in cashier.read("/")
    assert "180.00" in cashier.read("/contributions/refunds/runs/")
    assert cashier.post("/contributions/refunds/runs/add/", {"bank": "x"}).status_code == 422
    made = cashier.post("/contributions/refunds/runs/add/", {"bank": office.banks["NXS"]})["Location"]
    assert cashier.post("/contributions/refunds/runs/add/", {"bank": office.banks["NXS"]}).status_code == 422
    page = cashier.read(made)
    assert "复核同意付款" not in page
    assert "待发送" in page
    assert "待回盘" not in page
    code = office.code(office.finance)
    finance = seat(office.finance)
    assert 'href="/contributions/refunds/runs/?state=made">退费盘待复核 <strong>1</strong>' in finance.read("/")
    assert "复核同意付款" in finance.read(made)
    assert finance.post(f"{made}release/", {"second_factor": "000000"}).status_code == 422
    assert finance.post(f"{made}release/", {"second_factor": code}).status_code == 302
    cashier = seat(office.cashier)
    assert "退费盘待发送 <strong>1</strong>" in cashier.read("/")
    assert "待回盘" not in cashier.read(made)
    assert cashier.post(f"{made}send/").status_code == 302
    assert "待回盘" in cashier.read(made)
    run = RefundRun.objects.get()
    assert cashier.post(f"{made}answer/", {}).status_code == 422
    office.answer(run, tmp_path, balances({1: 0}))
    desk = seat(office.clerk)
    assert "银行退回" in desk.read(f"/contributions/refunds/{order.number}/")
    account = {"account_no": "62170009", "holder_name": first.name, "bank_name": "农信社"}
    assert desk.post(f"/contributions/refunds/{order.number}/", account | {"account_no": ""}).status_code == 422
    assert desk.post(f"/contributions/refunds/{order.number}/", account).status_code == 302
    late = desk.post(f"/contributions/refunds/{order.number}/", account)
    assert (late.status_code, "CO-4010" in late.content.decode()) == (422, True), "corrected meanwhile"
    office.answer(office.run(), tmp_path)
    assert "180.00" in desk.read("/contributions/refunds/board/?year=2017")
    assert order.number in desk.read("/contributions/refunds/?state=paid")
    assert "已退回" in desk.read(f"/contributions/refunds/{order.number}/")
    assert desk.get("/contributions/refunds/none/").status_code == 404


@pytest.mark.requirement("CON-22", "RIG-04")
@pytest.mark.article("GX2017 §97")
def test_who_releases_or_pays_sees_the_accounts_in_full_and_each_look_is_in_the_trail(office, seat, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    order = office.refund(first)
    run = office.run(send=False)
    where = f"/contributions/refunds/runs/{run.pk}/"
    looks = TrailEntry.objects.filter(action="contributions.refund_accounts_seen", outcome="seen")
    for number, operator in enumerate((office.finance, office.cashier), start=1):
        desk = seat(operator)
        page = desk.read(where)
        assert "显示完整账户" in page
        for shown in (order.account_no, order.holder_name):
            assert shown not in page
        page = desk.post(f"{where}accounts/").content.decode()
        for shown in (order.account_no, order.holder_name, "已记入日志"):
            assert shown in page
        assert looks.count() == number
        entry = looks.latest("id")
        assert (entry.object_kind, entry.object_key, entry.operator_id) == ("refund_run", run.number, operator.pk)
        assert entry.detail == {"persons": [first.person_no]}
        assert order.account_no not in desk.read(where)
    desk = seat(office.clerk)
    assert "显示完整账户" not in desk.read(where)
    assert desk.post(f"{where}accounts/").status_code == 403
    assert desk.get(f"{where}accounts/").status_code == 405
    assert looks.count() == 2


def many_lines(run: RefundRun, order: RefundOrder, count: int) -> None:
    """As many transfers as a bank takes in one file, to persons who are not registered."""
    numbers = range(2, count + 1)
    sums = PendingAmount.objects.bulk_create(
        PendingAmount(
            pooling_area_id=AREA, unit_code=order.unit_code, kind="duplicate", amount_fen=PREMIUM, reason="重复扣款",
            received_on=NOW.date(), created_at=NOW, resolution="退费", resolved_by="A", resolved_at=LATER,
        )
        for _ in numbers
    )  # fmt: skip
    orders = RefundOrder.objects.bulk_create(
        RefundOrder(
            pooling_area_id=AREA, unit_code=order.unit_code, number=f"T{n}", ground=order.ground, benefit_year=YEAR,
            pending=pending, amount_fen=n, account_no=f"62170000000{n:08d}", holder_name=f"户名第{n}", bank_name="农信",
            evidence="x", state=RefundState.IN_RUN, run=run, approved_by="A", approved_at=LATER,
        )
        for n, pending in zip(numbers, sums, strict=True)
    )  # fmt: skip
    RefundLine.objects.bulk_create(
        RefundLine(
            run=run, line_no=n, order=one, account_no=one.account_no, holder_name=one.holder_name, amount_fen=n,
            benefit_year=YEAR,
        )
        for n, one in zip(numbers, orders, strict=True)
    )  # fmt: skip
    RefundRun.objects.filter(pk=run.pk).update(rows=count)


@pytest.mark.requirement("CON-22", "RIG-04", "ORG-21")
@pytest.mark.article("GX2017 §97")
def test_a_run_of_many_lines_is_paged_sorted_and_exported_and_a_look_is_at_the_page_shown(office, seat, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    order = office.refund(first)
    run = office.run(send=False)
    many_lines(run, order, 120)
    where = f"/contributions/refunds/runs/{run.pk}/"
    desk = seat(office.finance)
    page = desk.read(where)
    assert "共 120 条" in page
    assert ("T50<" in page, "T51<" in page) == (True, False)
    following = re.search(r'href="(\?at=[^"]+)" rel="next"', page)[1]
    second = desk.read(where + following)
    assert ("T50<" in second, "T51<" in second, "T100<" in second) == (False, True, True)
    looks = TrailEntry.objects.filter(action="contributions.refund_accounts_seen", outcome="seen")
    asked = re.search(r'hx-post="([^"]+)"', second)[1]
    assert asked == f"{where}accounts/{following}"
    revealed = desk.post(asked).content.decode()
    assert ("户名第51" in revealed, "6217000000000000051" in revealed, "户名第101" in revealed) == (True, True, False)
    assert looks.latest("id").detail == {"persons": []}
    desk.post(f"{where}accounts/?sort=-line")
    assert looks.latest("id").detail == {"persons": []}, "who stands on the last page was not seen"
    desk.post(f"{where}accounts/")
    assert looks.latest("id").detail == {"persons": [first.person_no]}
    smallest = desk.read(f"{where}?sort=amount")
    assert smallest.index("T2<") < smallest.index("T3<")
    assert order.number not in smallest
    for act in (desk.get, desk.post):
        address = f"{where}?export=csv" if act == desk.get else f"{where}accounts/?export=csv"
        file = b"".join(act(address).streaming_content).decode("utf-8-sig")
        assert len(file.splitlines()) == 121
        assert "户名第" not in file
        assert "6217000000000000051" not in file
    assert TrailEntry.objects.filter(action="platform.list_exported", object_key=f"refund_lines {run.number}").exists()


@pytest.mark.requirement("CON-22")
def test_the_lines_of_a_cancelled_run_wait_for_no_answer(office, seat, tmp_path):
    first, _ = office.drawn_twice(tmp_path)
    order = office.refund(first)
    run = office.run(send=False)
    assert "待发送" in seat(office.clerk).read(f"/contributions/refunds/{order.number}/")
    refunds.cancel_run(run_id=run.pk, operator=office.cashier, now=LATER)
    for where in (f"/contributions/refunds/runs/{run.pk}/", f"/contributions/refunds/{order.number}/"):
        page = seat(office.cashier).read(where)
        assert "已撤销" in page
        assert "待回盘" not in page
        assert "待发送" not in page

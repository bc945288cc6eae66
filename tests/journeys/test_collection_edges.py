"""Collection where months, people and banks cross each other: who leaves meanwhile, whose part was moved, whose year
the income is of, what an answer without money closes (征缴边界情形).
"""

import importlib.util
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from tongchou.contributions import collection, commands, invariants, receivables, reconciling
from tongchou.contributions.aid import arrivals, review
from tongchou.contributions.aid.models import AidItem
from tongchou.contributions.models import (
    CollectionItem,
    Contribution,
    CreditAdvice,
    ImportBatch,
    PendingAmount,
    Receivable,
)
from tongchou.contributions.rules import AmountDiffers
from tongchou.enrolment.commands.changes import ChangeRequest, change_category, change_particulars
from tongchou.enrolment.commands.relations import record_death, terminate
from tongchou.enrolment.models import Enrolment, SpecialGroupSpan
from tongchou.enrolment.states import PersonCategory
from tongchou.exchange.models import OutgoingFile, RejectedRow
from tongchou.fund import commands as fund
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.simulator.bank import Drawn, balances

_specification = importlib.util.spec_from_file_location("aid_office", Path(__file__).with_name("test_aid.py"))
offices = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(offices)

AREA, PREMIUM, NOW, LATER = (getattr(offices, name) for name in ("AREA", "PREMIUM", "NOW", "LATER"))
seat = offices.seat
balance, entries = offices.balance, offices.withholding.entries
TODAY = date(2017, 10, 20)


@pytest.fixture
def town(hire) -> offices.Aided:
    return offices.Aided(hire)


def owed(person) -> tuple[str, str]:
    found = Receivable.objects.get(person=person)
    return found.state, found.reason


def leaves(town, person) -> None:
    terminate(person_id=person.pk, terminated_on=date(2017, 10, 10), reason="迁出", operator=town.clerk, now=NOW)


# --- who leaves while the file is away ----------------------------------------------------------------------------


@pytest.mark.requirement("CON-02")
@pytest.mark.article("GX2017 §15")
def test_who_left_while_the_bank_had_the_file_owes_nothing_when_the_answer_comes(town, tmp_path):
    stays, gone = town.family(2)
    town.open_year()
    batch = town.batch()
    leaves(town, gone)
    assert owed(gone) == ("sent", "")
    town.book(batch, tmp_path, balances({1: 0}))
    assert (owed(stays), owed(gone)) == (("failed", "balance"), ("void", "terminated"))
    again = collection.draw_again(batch_id=batch.pk, draw_on=date(2017, 10, 25), operator=town.clerk, now=LATER)
    assert (again.persons, again.left_out) == (1, {})


@pytest.mark.requirement("CON-22")
def test_what_the_bank_took_for_somebody_who_left_waits_to_go_back_and_nothing_more_is_owed(town, tmp_path):
    stays, gone = town.family(2)
    town.open_year()
    batch = town.batch()
    leaves(town, gone)
    town.book(batch, tmp_path)
    assert (owed(stays), owed(gone)) == (("paid", ""), ("void", "terminated"))
    held = PendingAmount.objects.get()
    assert (held.person_id, held.amount_fen, held.reason) == (gone.pk, PREMIUM, "扣款日已不在参保状态")


@pytest.mark.requirement("CON-06")
def test_who_left_owes_nothing_when_the_file_is_called_off(town):
    stays, gone = town.family(2)
    town.open_year()
    batch = town.batch(send=False)
    leaves(town, gone)
    collection.cancel_batch(batch_id=batch.pk, operator=town.clerk, now=NOW)
    assert (owed(stays), owed(gone)) == (("due", ""), ("void", "terminated"))


@pytest.mark.requirement("CON-22")
def test_a_payment_taken_back_from_somebody_who_has_left_leaves_no_debt(town, tmp_path):
    gone, _stays = town.drawn(tmp_path)
    leaves(town, gone)
    town.refund(gone, ground="wrong_person", reason="扣错账户")
    assert owed(gone) == ("void", "terminated")
    assert invariants.broken(AREA, TODAY) == []


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-06")
@pytest.mark.requirement("CON-24")
def test_an_answer_that_drew_nothing_closes_its_batch(town, tmp_path):
    town.family(2)
    town.family(2)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, balances({1: 0, 2: 0}))
    assert (batch.state, OutgoingFile.objects.get(flow="withholding").state) == ("reconciled", "reconciled")


@pytest.mark.requirement("CON-24")
def test_a_last_answer_without_money_closes_a_batch_whose_money_has_come(town, tmp_path):
    town.family(2)
    town.family(2)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, lines=slice(0, 1), name="first.txt")
    town.advise(batch, 2 * PREMIUM)
    batch.refresh_from_db()
    assert batch.state == "sent"
    town.book(batch, tmp_path, balances({2: 0}), lines=slice(1, 2), name="second.txt")
    assert (batch.state, OutgoingFile.objects.get(flow="withholding").state) == ("reconciled", "reconciled")


@pytest.mark.requirement("CON-02")
@pytest.mark.requirement("CON-08")
def test_a_success_of_less_than_was_asked_for_is_told_as_a_part(town, tmp_path):
    town.family(1)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, lambda line, fen: Drawn(10_000, "ok"))
    assert (Receivable.objects.get().state, Receivable.objects.get().reason) == ("failed", "part")
    assert (CollectionItem.objects.get().state, CollectionItem.objects.get().code) == ("part", "part")
    assert RejectedRow.objects.values_list("reason", "amount_fen").get() == ("部分扣款", 8_000)
    assert PendingAmount.objects.get().amount_fen == 10_000


# --- the year of the income ---------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-22")
@pytest.mark.requirement("FIN-35")
@pytest.mark.article("GX2017 §28")
def test_what_was_drawn_in_december_and_credited_in_january_is_income_of_the_new_year_when_it_goes_back(town, tmp_path):
    for year, month in ((2017, 11), (2017, 12), (2018, 1)):
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(year, month, 1))
    person, _ = town.family(2)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path)
    ImportBatch.objects.update(created_at=datetime(2017, 12, 31, 4, tzinfo=UTC))
    reconciling.record_advice(
        pooling_area=AREA, bank_id=batch.bank_id, reference="B1", amount_fen=2 * PREMIUM,
        credited_on=date(2018, 1, 2), quoted=batch.number, operator=town.finance,
        now=datetime(2018, 1, 2, 3, tzinfo=UTC),
    )  # fmt: skip
    payment = Contribution.objects.select_related("batch").get(person=person)
    assert reconciling.income_year(payment) == 2018
    ImportBatch.objects.update(voucher_no="")
    assert reconciling.income_year(Contribution.objects.select_related("batch").get(person=person)) == 2017


# --- moved between those who are aided and those who are not --------------------------------------------------------


@pytest.mark.requirement("CON-23")
@pytest.mark.requirement("CON-15")
def test_the_rest_that_an_aided_person_paid_does_not_pay_the_whole_year_of_another(town):
    aided = town.of_group("dibao", household="H000900")
    other = town.person("H000900", "spouse")
    town.plan()
    town.open_year()
    town.lists()
    town.pay(aided)
    with pytest.raises(AmountDiffers, match=r"40\.00元与2018年度个人缴费标准180\.00元"):
        town.move(aided, other)
    assert owed(other) == ("due", "")


@pytest.mark.requirement("CON-23")
@pytest.mark.requirement("CON-15")
def test_a_whole_payment_is_not_moved_to_somebody_of_whose_year_a_department_pays_part(town):
    aided = town.of_group("dibao", household="H000901")
    other = town.person("H000901", "spouse")
    town.plan()
    town.open_year()
    town.lists()
    town.pay(other)
    with pytest.raises(AmountDiffers, match=r"180\.00元与2018年度个人缴费标准40\.00元"):
        town.move(other, aided)


@pytest.mark.requirement("CON-23")
@pytest.mark.requirement("CON-15")
def test_between_two_who_are_aided_alike_the_rest_is_moved_and_the_department_owes_for_each_his_own(town):
    first = town.of_group("dibao", household="H000902")
    second = town.person("H000902", "spouse")
    SpecialGroupSpan.objects.create(person=second, category="dibao", valid_from=date(2015, 1, 1), created_at=NOW)
    town.plan()
    town.open_year()
    town.lists()
    town.pay(first)
    town.move(first, second)
    stands = Contribution.objects.get(voided_at=None)
    assert (stands.person_id, stands.amount_fen, stands.fund_aided_fen) == (second.pk, PREMIUM, 14_000)
    assert (owed(first)[0], owed(second)[0]) == ("due", "paid")
    assert invariants.broken(AREA, TODAY) == []


# --- the price -----------------------------------------------------------------------------------------------------


def price(town, fen, category="") -> None:
    commands.set_standard(
        pooling_area=AREA, scheme="resident", benefit_year=2018, personal_fen=fen, subsidy_fen=49_000,
        category=category, source="测试文件2号", operator=town.clerk, now=NOW,
    )  # fmt: skip


@pytest.mark.requirement("CON-01")
@pytest.mark.article("GX2017 §21")
def test_what_is_owed_follows_a_standard_that_was_mended_before_anybody_paid(town, tmp_path):
    people = town.family(2)
    town.open_year()
    price(town, 22_000)
    assert set(Receivable.objects.values_list("amount_fen", flat=True)) == {22_000}
    batch = town.batch()
    assert batch.amount_fen == 44_000
    with pytest.raises(receivables.PricedOtherwise, match="2018年度有2人的应缴已发盘"):
        price(town, 25_000)
    town.book(batch, tmp_path)
    town.advise(batch, 44_000)
    assert Contribution.objects.get(person=people[0]).amount_fen == 22_000
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-01")
def test_a_department_was_told_the_old_sum_so_the_standard_stands(town):
    town.of_group("dibao")
    town.plan()
    town.open_year()
    town.lists()
    with pytest.raises(receivables.PricedOtherwise, match="2018年度有1人"):
        price(town, 25_000)


@pytest.mark.requirement("CON-01")
@pytest.mark.article("GX2017 §14")
def test_who_changes_category_owes_the_standard_of_the_new_one(town, tmp_path):
    price(town, 10_000, PersonCategory.STUDENT)
    learns, works = town.family(2)
    town.open_year()
    change = {"effective_on": date(2017, 10, 9), "reason": "入学", "operator": town.clerk, "now": NOW}
    change_category(person_id=learns.pk, category=PersonCategory.STUDENT, **change)
    assert [Receivable.objects.get(person=one).amount_fen for one in (learns, works)] == [10_000, PREMIUM]
    town.pay(learns, amount_fen=10_000)
    batch = town.batch()
    assert batch.amount_fen == PREMIUM
    change_category(person_id=works.pk, category=PersonCategory.STUDENT, **change)
    assert Receivable.objects.get(person=works).amount_fen == PREMIUM  # the bank was told
    town.book(batch, tmp_path)
    town.advise(batch, PREMIUM)
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-06")
@pytest.mark.article("GX2017 §14")
def test_who_moves_to_another_village_is_collected_there(town):
    person = town.person()
    town.open_year()
    change_particulars(
        ChangeRequest(
            person_id=person.pk, values={"unit_code": "450102001"}, reason="迁居", effective_on=date(2017, 10, 9)
        ),
        operator=town.clerk,
        now=NOW,
    )
    assert Receivable.objects.get(person=person).unit_code == "450102001"


# --- aid that comes, and its person goes ---------------------------------------------------------------------------


@pytest.mark.requirement("CON-17")
@pytest.mark.requirement("CON-22")
@pytest.mark.article("GX2017 §27")
def test_aid_that_has_come_for_who_then_dies_goes_back_to_the_department(town, seat):
    waits, full, lives = town.of_group("dibao"), town.of_group("tekun"), town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    town.money(found, 14_000 + 2 * PREMIUM)
    assert balance("4501") == -50_000
    finance = seat(town.finance)
    assert "应核对退回" not in finance.read(f"/contributions/aid/{found.number}/")
    for person in (waits, full):
        record_death(person_id=person.pk, died_on=date(2017, 10, 19), operator=town.clerk, now=LATER)
    assert invariants.broken(AREA, TODAY) == [f"资助名册{found.number}有2人的资助款不能使用,应核对退回"]
    page = finance.read(f"/contributions/aid/{found.number}/")
    assert "有 2 人已死亡、离开" in page
    assert seat(town.clerk).post(f"/contributions/aid/{found.number}/review/").status_code == 403
    finance = seat(town.finance)
    assert finance.post(f"/contributions/aid/{found.number}/review/").status_code == 302
    states = {item.person_id: (item.state, item.difference) for item in AidItem.objects.all()}
    assert states == {waits.pk: ("return", "not_insured"), full.pk: ("return", "not_insured"), lives.pk: ("used", "")}
    assert owed(full) == ("void", "terminated")
    assert not Contribution.objects.get(person=full).spans.filter(withdrawn_at=None).exists()
    assert (balance("4501"), balance("200199")) == (-PREMIUM, -14_000 - PREMIUM)
    assert set(PendingAmount.objects.values_list("person_id", "amount_fen")) == {(waits.pk, 14_000), (full.pk, PREMIUM)}
    assert invariants.broken(AREA, TODAY) == []
    with pytest.raises(review.NothingAstray):
        review.review_list(number=found.number, operator=town.finance, now=LATER)


@pytest.mark.requirement("CON-17")
def test_the_whole_aid_of_who_died_before_the_money_came_goes_back_with_it(town):
    full = town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    record_death(person_id=full.pk, died_on=date(2017, 10, 15), operator=town.clerk, now=LATER)
    town.money(found, PREMIUM)
    assert AidItem.objects.values_list("state", "difference").get() == ("return", "not_insured")
    assert (balance("4501"), balance("200199"), owed(full)) == (0, -PREMIUM, ("void", "terminated"))
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-15")
def test_who_is_enrolled_again_after_a_mistake_is_still_aided(town):
    poor = town.of_group("dibao")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    leaves(town, poor)
    Enrolment.objects.filter(person=poor).update(enrolled_until=None, end_reason="")
    receivables.owe_from(poor.pk, date(2017, 10, 10))
    assert Receivable.objects.exclude(state="void").get(person=poor).payable_fen == 4_000
    town.tell(found)
    town.pay(poor)
    town.money(found, 14_000)
    assert AidItem.objects.get().state == "used"
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-17")
def test_who_paid_everything_alone_after_the_money_came_has_not_used_the_aid(town):
    poor = town.of_group("dibao")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    town.money(found, 14_000)
    Receivable.objects.update(aided_fen=0)
    town.pay(poor)
    assert AidItem.objects.get().state == "arrived"
    assert review.review_list(number=found.number, operator=town.finance, now=LATER) == 1
    assert AidItem.objects.get().difference == "paid_before"
    assert (balance("4501"), balance("200199")) == (0, -14_000)


@pytest.mark.requirement("CON-15")
@pytest.mark.article("GX2017 §21")
def test_a_line_is_not_refused_while_its_person_has_paid_only_the_rest(town):
    paid, drawn = town.of_group("dibao"), town.of_group("dibao", household="H000905")
    town.sign(drawn)
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.pay(paid)
    batch = town.batch()
    assert batch.amount_fen == 4_000
    with pytest.raises(arrivals.PaidUponAid, match=r"第1行的人已按资助后的金额缴费40\.00元"):
        town.tell(found, ["not_in_group", "ok"])
    found.refresh_from_db()
    town.tell(found, [None, "not_in_group"])
    found.refresh_from_db()
    assert (found.state, Receivable.objects.get(person=drawn).payable_fen) == ("notified", PREMIUM)
    with pytest.raises(arrivals.ArrivalUnfit, match="逐行答复"):
        town.money(found, 14_000)


# --- the bank's credit ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-24")
@pytest.mark.requirement("FIN-07")
@pytest.mark.article("GX2017 §95")
def test_a_credit_that_came_before_the_answer_is_placed_on_its_page(town, seat, tmp_path):
    town.family(2)
    town.open_year()
    batch = town.batch()
    advice = town.advise(batch, 2 * PREMIUM)
    assert advice.result is None
    result = town.book(batch, tmp_path)
    address = f"/contributions/advices/{advice.pk}/"
    reader = seat(town.clerk)
    assert address in reader.read("/contributions/advices/")
    assert "可对应的回盘" not in reader.read(address)
    assert reader.post(f"{address}place/", {"result": str(result.pk)}).status_code == 403
    finance = seat(town.finance)
    assert batch.number in finance.read(address)
    assert finance.post(f"{address}place/", {"result": "x"}).status_code == 422
    assert finance.post(f"{address}place/", {"result": str(result.pk)}).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, balance("4001")) == ("reconciled", -2 * PREMIUM)
    assert "更正原因" not in finance.read(address)
    assert finance.get("/contributions/advices/999999/").status_code == 404


@pytest.mark.requirement("CON-24")
@pytest.mark.requirement("FIN-07")
def test_a_credit_written_too_high_or_held_against_the_wrong_batch_is_mended_before_it_is_in_the_books(
    town, seat, tmp_path
):
    town.family(2)
    town.family(1, bank="NYH")
    town.family(1)
    town.open_year()
    batch = town.batch()
    result = town.book(batch, tmp_path)
    advice = town.advise(batch, 3 * PREMIUM + 180)
    address = f"/contributions/advices/{advice.pk}/"
    finance = seat(town.finance)
    assert '<span class="negative">−1.80</span>' in finance.read(address)
    form = {"amount": "540.00", "credited_on": "2017-10-16", "quoted": "", "reason": ""}
    assert finance.post(f"{address}correct/", form).status_code == 422
    assert finance.post(f"{address}correct/", form | {"reason": "录错", "credited_on": "2030-01-01"}).status_code == 422
    assert finance.post(f"{address}correct/", form | {"reason": "附言不是本批"}).status_code == 302
    result.refresh_from_db()
    advice.refresh_from_db()
    assert (result.advised_fen, advice.result_id, advice.amount_fen) == (0, None, 3 * PREMIUM)
    assert finance.post(f"{address}correct/", form | {"reason": "系本批", "quoted": batch.number}).status_code == 302
    result.refresh_from_db()
    assert (result.advised_fen, balance("4001")) == (3 * PREMIUM, -3 * PREMIUM)
    late = finance.post(f"{address}correct/", form | {"reason": "再改"})
    assert "CO-2146" in late.content.decode(), "reconciled meanwhile"
    assert invariants.broken(AREA, TODAY) == []
    with pytest.raises(reconciling.ReconciledAlready):
        reconciling.correct_advice(
            advice_id=advice.pk, amount_fen=1, credited_on=date(2017, 10, 16), quoted="", reason="再改",
            operator=town.finance, now=LATER,
        )  # fmt: skip


@pytest.mark.requirement("CON-06")
@pytest.mark.requirement("SYS-07")
def test_an_answer_saved_by_an_editor_or_ended_by_a_host_is_read_as_it_was_sent(town, tmp_path, monkeypatch):
    (person,) = town.family(1)
    town.open_year()
    batch = town.batch()
    written = offices.withholding.Bank.answer
    monkeypatch.setattr(
        offices.withholding.Bank,
        "answer",
        lambda *told, **how: b"\xef\xbb\xbf" + written(*told, **how).replace(b"\n", b"\r\n") + b"   \r\n\x1a",
    )
    result = town.book(batch, tmp_path)
    assert (result.paid_fen, owed(person)[0]) == (PREMIUM, "paid")


# --- the night -----------------------------------------------------------------------------------------------------

PAID, OTHER = "(SELECT min(person_id) FROM contributions_contribution)", "(SELECT max(id) FROM enrolment_person)"


TAMPERED = (
    ("UPDATE contributions_creditadvice SET amount_fen = amount_fen + 5", "到账合计与到账通知不一致"),
    ("UPDATE contributions_creditshare SET amount_fen = amount_fen - 5", "到账合计与到账通知不一致"),
    ("UPDATE contributions_importbatch SET voucher_no = ''", "对账状态与记账凭证不一致"),
    ("UPDATE contributions_collectionbatch SET amount_fen = amount_fen + 1", "与其明细不一致"),
    (f"UPDATE contributions_contribution SET paid_in_full_on = '2017-09-01' WHERE person_id = {PAID}", "回盘明细"),
    (f"UPDATE contributions_contribution SET benefit_year = 2019 WHERE person_id = {PAID}", "应缴"),
    (f"UPDATE contributions_coveragespan SET covered_until = '2020-01-01' WHERE person_id = {PAID}", "待遇享受期"),
    (f"UPDATE contributions_coveragespan SET covered_from = '2017-10-01' WHERE person_id = {PAID}", "待遇享受期"),
    (f"DELETE FROM contributions_coveragespan WHERE person_id = {PAID}", "没有待遇享受期"),
    ("UPDATE contributions_receivable SET amount_fen = 17999 WHERE state = 'failed'", "不是该年度的缴费标准"),
    (
        "INSERT INTO contributions_coveragespan (person_id, pooling_area_id, scheme, benefit_year, covered_from,"
        f" covered_until, rule, created_at) VALUES ({OTHER}, '450100', 'resident', 2018, '2018-01-01',"
        " '2019-01-01', 'x', now())",
        "没有缴费记录",
    ),
    (
        "INSERT INTO contributions_contribution (person_id, pooling_area_id, scheme, benefit_year, amount_fen,"
        " aided_fen, fund_aided_fen, paid_in_full_on, kind, channel, receipt_no, void_reason, created_at)"
        f" VALUES ({OTHER}, '450100', 'resident', 2018, 18000, 0, 0, '2017-10-09', 'continuous', 'counter', '',"
        " '', now())",
        "不属于任何缴费批次",
    ),
    (
        "UPDATE contributions_receivable SET state = 'due', contribution_id = NULL WHERE state = 'paid';"
        " UPDATE contributions_contribution SET voided_at = now(), void_reason = 'x';"
        " UPDATE contributions_coveragespan SET withdrawn_at = now()",
        "已作废而没有退费或更正",
    ),
)


@pytest.mark.requirement("ORG-27")
def test_what_is_changed_behind_the_program_is_named_in_the_night(town, tmp_path):
    town.family(2)
    town.family(1)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, balances({2: 0}))
    town.advise(batch, 2 * PREMIUM)
    assert invariants.broken(AREA, TODAY) == []
    for changed, told in TAMPERED:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in changed.split("; "):
                cursor.execute(statement)
            assert any(told in line for line in invariants.broken(AREA, TODAY)), changed
            transaction.set_rollback(True)
    assert invariants.broken(AREA, TODAY) == []


BY_BANK = "(SELECT id FROM contributions_pendingamount WHERE result_id IS NOT NULL)"
BY_AID = "(SELECT id FROM contributions_pendingamount WHERE aid_list_id IS NOT NULL)"
CLOSED = "resolved_at = now(), resolved_by = 'x', resolution = '已退'"
OPENED = "resolved_at = NULL, resolved_by = '', resolution = ''"
WAITING = (
    (f"UPDATE contributions_pendingamount SET {CLOSED} WHERE id = {BY_BANK}", "列为已处理而没有处理记录"),
    (f"UPDATE contributions_pendingamount SET {OPENED} WHERE id = {BY_AID}", "已处理而仍列为待处理"),
    (f"UPDATE contributions_pendingamount SET amount_fen = 400 WHERE id = {BY_AID}", "处理金额为5.00元"),
    (f"UPDATE contributions_pendingamount SET amount_fen = 400 WHERE id = {BY_AID}", "暂收款5.00元,待处理款4.00元"),
    (f"UPDATE contributions_pendingamount SET amount_fen = 1 WHERE id = {BY_BANK}", "暂收款180.00元,待处理款0.01元"),
    (f"DELETE FROM contributions_pendingamount WHERE id = {BY_AID}", "暂收款5.00元,待处理款0.00元"),
    (f"DELETE FROM contributions_pendingamount WHERE id = {BY_BANK}", "暂收款180.00元,待处理款0.00元"),
    ("UPDATE contributions_creditadvice SET amount_fen = 7 WHERE result_id IS NULL", "为0.07元,登记为0.77元"),
    (
        "UPDATE contributions_creditadvice SET result_id = (SELECT max(id) FROM contributions_collectionresult)"
        " WHERE result_id IS NULL",
        "的对应与其分摊不一致",
    ),
    ("UPDATE contributions_creditadvice SET result_id = NULL", "的对应与其分摊不一致"),
    ("DELETE FROM contributions_creditadvice WHERE result_id IS NULL", "到账通知B9已不在登记中"),
)


@pytest.mark.requirement("ORG-27")
def test_money_that_waits_and_is_closed_or_changed_behind_the_program_is_named_in_the_night(town, tmp_path):
    town.family(1)
    (gone,) = town.family(1)
    town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    batch = town.batch()
    leaves(town, gone)
    town.book(batch, tmp_path)
    town.advise(batch, 2 * PREMIUM)
    town.advise(batch, 77, "B9")
    town.money(found, PREMIUM + 500)
    held = PendingAmount.objects.get(aid_list=found)
    reconciling.resolve_pending(pending_id=held.pk, resolution="已另行退回", operator=town.clerk, now=LATER)
    assert invariants.broken(AREA, TODAY) == []
    for changed, told in WAITING:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(changed)
            assert any(told in line for line in invariants.broken(AREA, TODAY)), (changed, told)
            transaction.set_rollback(True)
    assert invariants.broken(AREA, TODAY) == []
    CreditAdvice.objects.filter(reference="B9").update(recorded_at=datetime(2016, 1, 1, tzinfo=UTC))
    assert invariants.broken(AREA, TODAY) == [], "an old credit put right of late is still there"

"""Aid for contributions: who is aided with how much, the department's answer, its money, what goes back (资助参保)."""

import importlib.util
from datetime import date, datetime, time
from pathlib import Path

import pytest

from tongchou.cases import commands as cases
from tongchou.cases import kinds
from tongchou.cases.commands import Application
from tongchou.cases.states import CaseState
from tongchou.contributions import invariants, reversing
from tongchou.contributions.aid import arrivals, correcting, return_case, review
from tongchou.contributions.aid import commands as aid
from tongchou.contributions.aid.commands import Aid
from tongchou.contributions.aid.models import AidArrival, AidItem, AidList
from tongchou.contributions.aid.states import AID_ITEM_TRANSITIONS, AID_LIST_TRANSITIONS, AidItemState, AidListState
from tongchou.contributions.models import Contribution, CoverageSpan, PendingAmount, Receivable
from tongchou.contributions.reconciling import PendingUnknown, resolve_pending
from tongchou.contributions.refunds.models import RefundOrder
from tongchou.contributions.rules import AmountDiffers
from tongchou.enrolment.commands.relations import record_death, terminate
from tongchou.enrolment.models import SpecialGroupSpan
from tongchou.enrolment.states import Department, SpecialCategory
from tongchou.enrolment.tests.conftest import citizen_number
from tongchou.exchange import commands as exchange_commands
from tongchou.exchange import imports, outgoing
from tongchou.exchange import queries as exchange
from tongchou.exchange.imports import Mode
from tongchou.exchange.models import RejectedRow
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.fund import closing
from tongchou.fund import commands as fund
from tongchou.fund import queries as fund_queries
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

_specification = importlib.util.spec_from_file_location("refund_office", Path(__file__).with_name("test_refunds.py"))
offices = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(offices)
withholding = offices.withholding

AREA, PREMIUM, YEAR, NOW, LATER = (getattr(offices, name) for name in ("AREA", "PREMIUM", "YEAR", "NOW", "LATER"))
seat = offices.seat
balance = offices.balance
QINAN = (
    Aid(SpecialCategory.TEKUN, Department.CIVIL_AFFAIRS),
    Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS, 14_000),
    Aid(SpecialCategory.NINETY, Department.CIVIL_AFFAIRS, aged_from=90),
    Aid(SpecialCategory.FAMILY_PLANNING, Department.HEALTH, 50_000, proven_before=date(2016, 1, 1)),
)


class Aided(offices.Office):
    """The town with groups of people whom departments aid."""

    def plan(self, mode="fund", table=QINAN, **changes):
        facts = {"ref_date": None, "source": "秦安县政办发〔2018〕", "operator": self.clerk, "now": NOW}
        return aid.set_plan(pooling_area=AREA, benefit_year=YEAR, mode=mode, table=table, **facts | changes)

    def of_group(self, category="tekun", since=date(2015, 1, 1), household="", **changes):
        person = self.person(household, "head" if household else "", **changes)
        SpecialGroupSpan.objects.create(person=person, category=category, valid_from=since, created_at=NOW)
        return person

    def lists(self) -> list[AidList]:
        return aid.make_lists(pooling_area=AREA, benefit_year=YEAR, operator=self.clerk, now=NOW)

    def tell(self, found, answers=None, on=date(2017, 10, 12)) -> AidList:
        aid.notify(number=found.number, operator=self.clerk, now=NOW)
        told = answers or ["ok"] * found.rows
        return arrivals.confirm(
            number=found.number,
            answers=[
                arrivals.Answered(line, arrivals.AidAnswer(word), on)
                for line, word in enumerate(told, 1)
                if word is not None
            ],
            operator=self.clerk,
            now=LATER,
        )

    def money(self, found, fen, reference="M1", on=date(2017, 10, 18)):
        return arrivals.record_arrival(
            number=found.number, reference=reference, amount_fen=fen, arrived_on=on, operator=self.finance, now=LATER
        )


@pytest.fixture
def town(hire) -> Aided:
    return Aided(hire)


def payable(person) -> int:
    return Receivable.objects.exclude(state="void").get(person=person).payable_fen


# --- who, and how much --------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-15")
@pytest.mark.article("GX2017 §27")
def test_in_guangxi_the_receivable_stays_full_and_the_list_waits_for_the_money(town):
    poor = town.of_group("dibao")
    town.plan("account", (Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS),))
    town.open_year()
    (found,) = town.lists()
    item = AidItem.objects.get()
    assert payable(poor) == PREMIUM == 18_000
    assert (item.amount_fen, item.get_state_display(), found.amount_fen) == (18_000, "待到账", 18_000)


@pytest.mark.requirement("CON-15")
@pytest.mark.article("QA2018 二(一)")
def test_in_qinan_nothing_is_payable_and_civil_affairs_owes_the_fund(town):
    poor = town.of_group("tekun")
    town.plan("fund")
    town.open_year()
    (found,) = town.lists()
    assert payable(poor) == 0
    assert (found.department, found.amount_fen, found.arrived_fen) == ("civil_affairs", 18_000, 0)


@pytest.mark.requirement("CON-16")
@pytest.mark.article("QA2018 二(一)")
def test_age_and_certificate_are_looked_at_on_the_reference_date(town):
    ninety = town.person(certificate_no=citizen_number(date(1927, 10, 5), 3))
    younger = town.person(certificate_no=citizen_number(date(1928, 1, 1), 5))
    before = town.of_group("family_planning", date(2015, 12, 31))
    town.of_group("family_planning", date(2016, 1, 1))
    ended = town.of_group("tekun")
    SpecialGroupSpan.objects.filter(person=ended).update(valid_until=date(2017, 12, 31))
    assert town.plan().ref_date == date(2017, 12, 31)
    town.open_year()
    town.lists()
    assert set(AidItem.objects.values_list("person_id", flat=True)) == {ninety.pk, before.pk}
    assert payable(younger) == PREMIUM
    assert AidItem.objects.get(person=before).amount_fen == PREMIUM  # 500 by the table, never more than the standard
    assert AidItem.objects.get(person=before).list.department == "health"


@pytest.mark.requirement("CON-16")
def test_of_several_groups_the_highest_aid_counts_once(town):
    both = town.of_group("dibao")
    SpecialGroupSpan.objects.create(person=both, category="tekun", valid_from=date(2016, 1, 1), created_at=NOW)
    only = town.of_group("dibao")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    assert {item.person_id: item.amount_fen for item in found.items.all()} == {both.pk: 18_000, only.pk: 14_000}
    assert AidItem.objects.get(person=both).category == "tekun"
    assert payable(only) == 4_000
    with pytest.raises(aid.NobodyToAid, match="2017-12-31"):
        town.lists()
    town.of_group("tekun")
    assert [one.rows for one in town.lists()] == [1]


@pytest.mark.requirement("CON-16")
def test_the_table_is_complete_and_stands_still_once_a_list_was_made(town, hire):
    with pytest.raises(aid.NoPlan):
        town.lists()
    for wrong in ({"source": " "}, {"table": ()}, {"table": (QINAN[0], QINAN[0])}, {"income_account": "1002"}):
        with pytest.raises(aid.PlanIncomplete):
            town.plan(**wrong)
    with pytest.raises(aid.PlanIncomplete, match="大于零"):
        town.plan(table=(Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS, 0),))
    town.plan()
    with pytest.raises(aid.YearNotOwed):
        town.lists()
    town.of_group("tekun")
    town.open_year()
    assert town.plan().rules.count() == 4
    (found,) = town.lists()
    with pytest.raises(aid.PlanInUse, match=found.number):
        town.plan()


# --- the department's answer, and its money -----------------------------------------------------------------------


@pytest.mark.requirement("CON-15")
@pytest.mark.article("GX2017 §27")
def test_in_guangxi_what_arrives_in_the_account_is_used_when_the_bank_has_drawn_it(town, tmp_path):
    poor = town.of_group("dibao", household="H000777")
    town.sign(poor)
    town.plan("account", (Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS),))
    town.open_year()
    (found,) = town.lists()
    assert AidItem.objects.get().account_no == f"62170000{poor.pk:08d}"
    town.tell(found)
    assert AidItem.objects.get().state == AidItemState.ARRIVED
    batch = town.batch()
    town.book(batch, tmp_path)
    assert AidItem.objects.get().state == AidItemState.USED
    with pytest.raises(arrivals.NotToTheFund):
        town.money(found, 18_000)


@pytest.mark.requirement("CON-15")
@pytest.mark.requirement("FIN-35")
def test_in_qinan_the_promise_pays_the_year_and_the_money_is_income_when_it_comes(town):
    poor, partly = town.of_group("tekun"), town.of_group("dibao")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    assert town.tell(found).state == AidListState.CONFIRMED
    paid = Contribution.objects.get()
    assert (paid.person_id, paid.amount_fen, paid.fund_aided_fen, paid.channel) == (poor.pk, 18_000, 18_000, "aid")
    assert CoverageSpan.objects.get(person=poor).covered_from == date(2018, 1, 1)
    with pytest.raises(AmountDiffers):
        town.pay(partly, amount_fen=4_000)
    town.pay(partly)
    assert Contribution.objects.get(person=partly).fund_aided_fen == 14_000
    first = town.money(found, 20_000)
    assert town.money(found, 20_000) == first
    with pytest.raises(arrivals.ArrivedTwice):
        town.money(found, 20_001)
    assert set(AidItem.objects.values_list("state", flat=True)) == {"waiting"}
    town.money(found, 12_000, "M2")
    assert set(AidItem.objects.values_list("state", flat=True)) == {"used"}
    assert (balance("4501"), balance("200199"), balance("1002")) == (-32_000, 0, 32_000)
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-15")
def test_the_bank_draws_only_what_the_department_does_not_pay(town, tmp_path):
    partly = town.of_group("dibao", household="H000778")
    fully = town.of_group("tekun", household="H000779")
    town.sign(partly)
    town.sign(fully)
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    batch = town.batch()
    assert (batch.persons, batch.amount_fen) == (1, 4_000)
    town.book(batch, tmp_path)
    town.advise(batch, 4_000)
    paid = Contribution.objects.get(person=partly)
    assert (paid.amount_fen, paid.aided_fen, paid.batch.amount_fen) == (18_000, 14_000, 4_000)
    town.money(found, 32_000)
    assert set(AidItem.objects.values_list("state", flat=True)) == {"used"}
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-15")
def test_whom_the_department_does_not_aid_owes_the_whole_year_again(town):
    first, second = town.of_group("tekun"), town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    with pytest.raises(aid.ListNotInState, match="已生成"):
        arrivals.confirm(number=found.number, answers=[], operator=town.clerk, now=LATER)
    with pytest.raises(arrivals.LineNotWaiting, match="第3行"):
        town.tell(found, ["ok", "ok", "ok"])
    found = town.tell(found, ["not_in_group", None])
    assert found.state == AidListState.NOTIFIED
    assert (payable(first), payable(second)) == (PREMIUM, 0)
    assert AidItem.objects.get(person=first).state == AidItemState.REFUSED
    with pytest.raises(aid.ListUnknown):
        aid.notify(number="none", operator=town.clerk, now=NOW)


# --- what goes back -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-17")
@pytest.mark.article("GX2017 §27")
def test_aid_for_somebody_who_died_before_the_window_goes_back_to_the_department_and_never_in_cash(town, tmp_path):
    lives, died = town.of_group("tekun"), town.of_group("tekun")
    before = town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    record_death(person_id=died.pk, died_on=date(2017, 8, 20), operator=town.clerk, now=NOW)
    Receivable.objects.filter(person=before).update(aided_fen=0)
    town.pay(before)
    town.tell(found)
    town.money(found, 3 * PREMIUM + 500)
    states = {item.person_id: (item.state, item.difference) for item in found.items.all()}
    assert states == {
        lives.pk: ("used", ""),
        died.pk: ("return", "not_insured"),
        before.pk: ("return", "paid_before"),
    }
    held = PendingAmount.objects.order_by("id")
    assert [(one.person_id, one.amount_fen) for one in held] == [(died.pk, PREMIUM), (before.pk, PREMIUM), (None, 500)]
    assert (balance("4501"), balance("200199")) == (-PREMIUM, -2 * PREMIUM - 500)
    case = cases.accept_application(
        Application(
            kind="return_aid",
            subject_key=found.number,
            values={"account_no": "4500 0001", "holder_name": "县民政局", "bank_name": "农行", "reason": "死亡、重复"},
            received=frozenset(("form", "letter")),
            applicant_name="县民政局",
        ),
        request_id="a1",
        operator=town.clerk,
        now=LATER,
    )
    another = PendingAmount.objects.get(person=died)
    another.pk, another.amount_fen = None, 700
    another.save()
    with pytest.raises(kinds.SumDiffers, match=r"365\.00元.*372\.00元"):
        town.approve(case)
    assert not RefundOrder.objects.exists()
    another.delete()
    case.refresh_from_db()
    case = town.agree(case, town.approver, second_factor_code=town.code(town.approver))
    assert case.state == CaseState.DONE
    assert case.result == "准予退回资助款3笔365.00元,退至县民政局账户(尾号****0001)"
    assert {one.holder_name for one in RefundOrder.objects.all()} == {"县民政局"}
    town.answer(town.run(), tmp_path)
    assert (balance("200199"), balance("1004")) == (0, -2 * PREMIUM - 500)
    assert invariants.broken(AREA, date(2017, 10, 20)) == []
    with pytest.raises(return_case.NothingToReturn):
        return_case.KIND.check(return_case.KIND.find_subject(found.number), {}, date(2017, 10, 20))


@pytest.mark.requirement("CON-17")
def test_in_guangxi_what_came_into_the_account_of_who_left_is_on_the_return_list(town):
    gone = town.of_group("dibao")
    town.plan("account", (Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS),))
    town.open_year()
    (found,) = town.lists()
    terminate(person_id=gone.pk, terminated_on=date(2017, 10, 10), reason="迁出", operator=town.clerk, now=NOW)
    town.tell(found)
    item = AidItem.objects.get()
    assert (item.state, item.difference) == (AidItemState.RETURN, "not_insured")
    assert not PendingAmount.objects.exists()


@pytest.mark.requirement("CON-17")
def test_an_arrival_is_refused_with_its_reason(town):
    town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    for wrong in ({"fen": 0}, {"reference": " "}, {"on": date(2017, 10, 30)}):
        with pytest.raises(arrivals.ArrivalUnfit):
            town.money(found, **{"fen": 1, **wrong})


def test_aid_moves_only_along_its_transitions():
    assert {end for pair in AID_ITEM_TRANSITIONS for end in pair} == set(AidItemState)
    assert {end for pair in AID_LIST_TRANSITIONS for end in pair} == set(AidListState)


# --- as a file ----------------------------------------------------------------------------------------------------

_SENT = {
    "shape": "delimited",
    "delimiter": "|",
    "head": [{"name": "mark", "holds": "mark", "value": "ZZ"}, {"name": "number"}, {"name": "rows", "holds": "whole"}],
    "row": [{"name": "line_no", "holds": "whole"}, {"name": "name"}, {"name": "certificate_no"}, {"name": "category"},
            {"name": "amount_fen", "holds": "yuan"}],
}  # fmt: skip
_ANSWERED = {
    "shape": "delimited",
    "delimiter": "|",
    "head": [{"name": "mark", "holds": "mark", "value": "ZH"}, {"name": "number"}, {"name": "rows", "holds": "whole"}],
    "row": [{"name": "line_no", "holds": "whole"}, {"name": "code"}, {"name": "paid_on", "holds": "day"},
            {"name": "reference"}],
    "codes": {"1": "ok", "2": "not_in_group", "3": "wrong_person", "4": "dead"},
}  # fmt: skip


@pytest.mark.requirement("CON-15")
def test_a_department_gets_the_list_as_a_file_and_answers_line_by_line(town, tmp_path, hire):
    officer = hire("information", at=AREA)
    partner = exchange_commands.register_partner(
        pooling_area=AREA, code="MZ", name="民政局", kind=PartnerKind.CIVIL_AFFAIRS, operator=officer, now=NOW
    )
    formats = [
        exchange_commands.add_format(code=code, name=code, definition=told, operator=officer, now=NOW).pk
        for code, told in (("mz.list", _SENT), ("mz.answer", _ANSWERED))
    ]
    second = hire("leader", at=AREA)
    for format_id in formats:
        exchange_commands.approve_format(format_id=format_id, operator=second, now=NOW)
    exchange_commands.agree(
        partner_id=partner.pk, flow="aid_list", direction=Direction.BOTH, frequency=Frequency.YEARLY,
        sent_as_id=formats[0], answered_as_id=formats[1], responsible="征缴科", legal_basis="GX2017 §27",
        valid_from=date(2017, 1, 1), operator=officer, now=NOW,
    )  # fmt: skip
    town.of_group("tekun")
    town.of_group("tekun")
    town.plan()
    town.open_year()
    (found,) = town.lists()
    aid.notify(number=found.number, operator=town.clerk, now=NOW)
    aid.notify(number=found.number, operator=town.clerk, now=NOW)
    file = exchange.outgoing_of("aid_list", found.pk)
    content = b"".join(outgoing.content_of(file)).decode()
    assert content.splitlines()[0] == f"ZZ|{file.number}|2"
    assert "特困供养人员|180.00" in content
    path = tmp_path / "zh.txt"
    path.write_text(f"ZH|{file.number}|2\n1|1|20171012|MZ1\n2|4|20171012|\n")
    preview = imports.check(
        kind="aid_results", pooling_area=AREA, file_name="zh.txt", content=path, options={"answers": file.number},
        operator=town.clerk, now=LATER,
    )  # fmt: skip
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=LATER)
    assert list(found.items.order_by("line_no").values_list("answer", flat=True)) == ["ok", "dead"]
    assert RejectedRow.objects.get(flow="aid_list").reason == "已死亡"
    found.refresh_from_db()
    assert found.state == AidListState.CONFIRMED


@pytest.mark.requirement("CON-16")
@pytest.mark.requirement("CON-17")
def test_from_the_table_to_the_return_list_on_the_pages(town, seat, hire):
    town.of_group("tekun")
    died = town.of_group("tekun")
    setter = seat(hire("eligibility", at=AREA))
    assert "还没有资助办法" in setter.read("/contributions/aid/?year=2018")
    form = {
        "year": "2018", "mode": "fund", "ref_date": "", "income_account": "4501", "source": "县政办发〔2018〕",
        "aid_tekun": "full", "department_tekun": "",
    }  # fmt: skip
    assert setter.post("/contributions/aid/plan/", form).status_code == 422
    assert setter.post("/contributions/aid/plan/", form | {"aid_tekun": ""}).status_code == 422
    told = form | {"department_tekun": "civil_affairs", "aid_dibao": "part", "department_dibao": "civil_affairs"}
    assert setter.post("/contributions/aid/plan/", told).status_code == 422
    assert setter.post("/contributions/aid/plan/", told | {"amount_dibao": "140.00"}).status_code == 302
    assert "140.00" in setter.read("/contributions/aid/plan/?year=2018")
    town.open_year()
    desk = seat(town.clerk)
    assert desk.post("/contributions/aid/make/", {"year": "2018"}).status_code == 302
    assert desk.post("/contributions/aid/make/", {"year": "2018"}).status_code == 422
    found = AidList.objects.get()
    assert found.number in desk.read("/contributions/aid/?year=2018")
    county = seat(hire("clerk", at="450102"))
    part = county.read("/contributions/aid/?year=2018")
    assert "涉及本辖区的资助名册" in part
    assert "生成资助名册" not in part, "a list is of the whole area"
    assert "360.00" in part
    assert f"/contributions/aid/{found.number}/" not in part
    beside = seat(hire("clerk", at="450103")).read("/contributions/aid/?year=2018")
    assert found.number not in beside
    assert "没有涉及本辖区参保人的资助名册。名册由甲市社会保险事业局统一生成。" in beside
    desk = seat(town.clerk)
    assert "待到账" in desk.read("/contributions/aid/items/?year=2018&state=waiting&category=tekun")
    address = f"/contributions/aid/{found.number}/"
    assert "360.00" in desk.read(address)
    paper = desk.get(f"{address}roll.pdf")
    assert paper["Content-Type"] == "application/pdf"
    assert desk.post(f"{address}notify/").status_code == 302
    record_death(person_id=died.pk, died_on=date(2017, 8, 20), operator=town.clerk, now=NOW)
    assert desk.post(f"{address}answer/", {"refused": "9"}).status_code == 422
    assert desk.post(f"{address}answer/", {"refused": ""}).status_code == 302
    assert desk.post(f"{address}arrive/", {}).status_code == 403
    finance = seat(town.finance)
    money = {"reference": "M1", "amount": "360.00", "arrived_on": "2017-10-18"}
    assert finance.post(f"{address}arrive/", money | {"amount": "0"}).status_code == 422
    assert finance.post(f"{address}arrive/", money).status_code == 302
    page = finance.read(address)
    assert "未参保或已终止参保" in page
    assert desk.get(f"{address}returns.pdf").status_code == 200
    desk = seat(town.clerk)
    assert f"/cases/counter/return_aid/?key={found.number}" in desk.read(address)
    assert "应退回1笔180.00元" in desk.read(f"/cases/counter/return_aid/?key={found.number}")
    assert desk.get("/contributions/aid/none/").status_code == 404


# --- an arrival that was written down wrongly -----------------------------------------------------------------------

SECOND = date(2017, 10, 18)


@pytest.fixture
def wrongly(town, hire):
    """A list of two whom a department aids wholly, and a second person of finance."""
    town.of_group("tekun")
    town.of_group("tekun")
    town.second = hire("finance_reviewer", at=AREA)
    town.plan()
    town.open_year()
    (found,) = town.lists()
    town.tell(found)
    return found


def states(found) -> list[str]:
    return list(found.items.order_by("line_no").values_list("state", flat=True))


def withdraw(arrival, operator, reason="银行没有这笔款", now=LATER):
    return correcting.withdraw_arrival(arrival_id=arrival.pk, reason=reason, operator=operator, now=now)


def correct(arrival, operator, now=LATER, **changes):
    facts = {
        "reference": arrival.reference,
        "amount_fen": arrival.amount_fen,
        "arrived_on": arrival.arrived_on,
        "reason": "金额看错",
    }
    return correcting.correct_arrival(arrival_id=arrival.pk, operator=operator, now=now, **facts | changes)


def books() -> tuple[int, int, int]:
    return balance("1002"), balance("4501"), balance("200199")


@pytest.mark.requirement("CON-17")
@pytest.mark.requirement("FIN-35")
@pytest.mark.article("GX2017 §100")
def test_an_arrival_that_never_came_is_withdrawn_by_another_person_and_its_voucher_reversed(town, wrongly):
    arrival = town.money(wrongly, 2 * PREMIUM)
    assert states(wrongly) == ["used", "used"]
    with pytest.raises(correcting.OneselfCorrects):
        withdraw(arrival, town.finance)
    with pytest.raises(correcting.WhyWithdrawn):
        withdraw(arrival, town.second, reason=" ")
    with pytest.raises(correcting.ArrivalUnknown):
        correcting.withdraw_arrival(arrival_id=0, reason="x", operator=town.second, now=LATER)
    gone = withdraw(arrival, town.second)
    wrongly.refresh_from_db()
    assert (wrongly.arrived_fen, states(wrongly), books()) == (0, ["waiting", "waiting"], (0, 0, 0))
    red = fund_queries.voucher(gone.reversal_no)
    assert (red.reversal_of, red.dated_on, red.reversal_reason) == (gone.voucher_no, SECOND, "银行没有这笔款")
    with pytest.raises(correcting.ArrivalWithdrawn, match=gone.reversal_no):
        withdraw(arrival, town.second)
    again = town.money(wrongly, 2 * PREMIUM)
    assert again.pk != arrival.pk
    assert (states(wrongly), books()) == (["used", "used"], (2 * PREMIUM, -2 * PREMIUM, 0))
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-17")
@pytest.mark.parametrize(
    ("first", "second", "right", "left"),
    [
        pytest.param(20_000, 16_000, 2_000, ("waiting", (18_000, -18_000, 0)), id="too-much-by-a-nought"),
        pytest.param(2_000, 34_000, 20_000, ("used", (54_000, -36_000, -18_000)), id="too-little"),
        pytest.param(36_000, 500, 18_000, ("waiting", (18_500, -18_500, 0)), id="what-was-too-much-is-needed"),
        pytest.param(36_000, 500, 35_500, ("used", (36_000, -36_000, 0)), id="both-together-are-just-enough"),
    ],
)
def test_what_came_after_a_wrong_arrival_is_booked_again_so_that_every_fen_is_whose_it_is(
    town, wrongly, first, second, right, left
):
    wrong = town.money(wrongly, first)
    later = town.money(wrongly, second, "M2", date(2017, 10, 19))
    mended = correct(wrong, town.second, amount_fen=right)
    assert correct(wrong, town.second, amount_fen=right) == mended
    assert mended.corrects_id == wrong.pk
    later.refresh_from_db()
    wrongly.refresh_from_db()
    assert wrongly.arrived_fen == right + second
    assert (set(states(wrongly)), books()) == ({left[0]}, left[1])
    held = PendingAmount.objects.filter(resolved_at=None)
    assert sum(one.amount_fen for one in held) == -left[1][2]
    assert fund_queries.voucher(later.voucher_no).source_document.endswith("-M2(第2次)")
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-17")
def test_a_sum_beyond_the_list_is_put_right_without_touching_what_was_matched(town, wrongly):
    town.money(wrongly, 2 * PREMIUM)
    beyond = town.money(wrongly, 5_000, "M2")
    mended = correct(beyond, town.second, reference="M3", amount_fen=500)
    assert (states(wrongly), books()) == (["used", "used"], (36_500, -36_000, -500))
    assert [(one.amount_fen, one.resolution) for one in PendingAmount.objects.order_by("id")] == [
        (5_000, correcting.WITHDRAWN),
        (500, ""),
    ]
    with pytest.raises(correcting.OneselfCorrects):
        withdraw(mended, town.second)
    withdraw(mended, town.finance)
    assert (states(wrongly), books()) == (["used", "used"], (36_000, -36_000, 0))
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-17")
def test_a_correction_says_something_else_and_names_no_other_arrival(town, wrongly):
    first = town.money(wrongly, 10_000)
    town.money(wrongly, 1_000, "M2")
    with pytest.raises(correcting.NothingCorrected):
        correct(first, town.second)
    with pytest.raises(arrivals.ArrivedTwice):
        correct(first, town.second, reference="M2")
    for wrong in ({"amount_fen": 0}, {"reference": " "}, {"arrived_on": date(2017, 10, 30)}):
        with pytest.raises(arrivals.ArrivalUnfit):
            correct(first, town.second, **wrong)
    with pytest.raises(correcting.WhyWithdrawn):
        correct(first, town.second, amount_fen=9_000, reason="")
    assert books() == (11_000, -11_000, 0)


@pytest.mark.requirement("CON-17")
def test_what_was_found_astray_meanwhile_goes_back_with_the_arrival(town, wrongly):
    arrival = town.money(wrongly, 2 * PREMIUM)
    died = wrongly.items.order_by("line_no").first().person
    record_death(person_id=died.pk, died_on=date(2017, 8, 20), operator=town.clerk, now=LATER)
    assert review.review_list(number=wrongly.number, operator=town.finance, now=LATER) == 1
    assert (states(wrongly), books()) == (["return", "used"], (36_000, -18_000, -18_000))
    withdraw(arrival, town.second)
    assert (states(wrongly), books()) == (["waiting", "waiting"], (0, 0, 0))
    town.money(wrongly, 2 * PREMIUM)
    assert (states(wrongly), books()) == (["return", "used"], (36_000, -18_000, -18_000))
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("CON-17")
@pytest.mark.article("GX2017 §27")
def test_money_that_is_on_its_way_back_to_the_department_holds_its_arrival(town, wrongly, seat):
    arrival = town.money(wrongly, 2 * PREMIUM + 500)
    held = PendingAmount.objects.get()
    assert "资助款多于名册确认金额" in seat(town.finance).read("/contributions/pending/")
    resolve_pending(pending_id=held.pk, resolution="已另行退回", operator=town.clerk, now=LATER)
    with pytest.raises(correcting.ReturnedAlready, match=r"5\.00元已处理\(已另行退回\)"):
        withdraw(arrival, town.second)
    assert books() == (36_500, -36_000, -500)


@pytest.mark.requirement("CON-17")
@pytest.mark.article("GX2017 §101")
def test_a_closed_month_is_left_alone_and_a_closed_year_refuses(town, wrongly, hire):
    fund.open_periods(pooling_area=AREA, scheme="resident", first=date(2017, 11, 1), last=date(2018, 1, 1))
    arrival = town.money(wrongly, PREMIUM)
    accountant = hire("accountant", at=AREA)
    november, january = (datetime.combine(day, time(10), NOW.tzinfo) for day in (date(2017, 11, 3), date(2018, 1, 4)))

    def close(month, now):
        closing.close_period(pooling_area=AREA, scheme="resident", month=month, operator=accountant, now=now)

    close(date(2017, 10, 1), november)
    mended = correct(arrival, town.second, now=november, amount_fen=2 * PREMIUM)
    arrival.refresh_from_db()
    for number in (arrival.reversal_no, mended.voucher_no):
        assert fund_queries.voucher(number).dated_on == date(2017, 11, 3)
    assert balance("1002") == 2 * PREMIUM
    for month in (11, 12):
        close(date(2017, month, 1), january)
    with pytest.raises(reversing.YearClosed, match="2017年度账已结"):
        withdraw(mended, town.finance, now=january)


@pytest.mark.requirement("ORG-11")
def test_an_arrival_is_put_right_on_its_page_by_another_clerk(town, wrongly, seat):
    arrival = town.money(wrongly, PREMIUM)
    address = f"/contributions/aid/arrivals/{arrival.pk}/"
    told = {"reference": "M1", "amount": "360.00", "arrived_on": "2017-10-18", "reason": "金额少记一人"}
    oneself = seat(town.finance)
    assert "由另一人撤销或更正" in oneself.read(address)
    refused = oneself.post(f"{address}correct/", told)
    assert (refused.status_code, "CO-6752" in refused.content.decode()) == (422, True)
    second = seat(town.second)
    assert address in second.read(f"/contributions/aid/{wrongly.number}/")
    page = second.read(address)
    assert "更正到账" in page
    assert "撤销或更正时冲销凭证 1 张。" in page
    assert "重新记账" not in page
    assert "一并撤销" not in page
    assert second.post(f"{address}correct/", told | {"reason": ""}).status_code == 422
    assert second.post(f"{address}withdraw/", {"reason": ""}).status_code == 422
    assert second.post(f"{address}correct/", told).status_code == 302
    mended = AidArrival.objects.get(corrects=arrival)
    assert states(wrongly) == ["used", "used"]
    page = " ".join(second.read(f"/contributions/aid/arrivals/{mended.pk}/").split())
    assert "金额少记一人" in page
    assert f"M1 · {arrival.arrived_on:%Y-%m-%d} · 180.00 元" in page
    page = " ".join(second.read(address).split())
    assert "已撤销" in page
    assert "M1 · 2017-10-18 · 360.00 元" in page
    assert seat(town.clerk).post(f"{address}withdraw/", {"reason": "x"}).status_code == 403
    third = seat(town.finance)
    assert third.post(f"/contributions/aid/arrivals/{mended.pk}/withdraw/", {"reason": "银行没有"}).status_code == 302
    assert "冲销凭证" in third.read(f"/contributions/aid/arrivals/{mended.pk}/")
    assert third.get("/contributions/aid/arrivals/0/").status_code == 404


# --- at the same instant ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("ORG-16")
def test_an_arrival_is_withdrawn_by_one_of_two_clerks_and_corrected_once_by_a_double_click(
    transactional_db, town, wrongly, hire
):
    third = hire("finance_reviewer", at=AREA)
    first = town.money(wrongly, PREMIUM)
    gone = at_once(lambda: withdraw(first, town.second), lambda: withdraw(first, third))
    assert gone == ["", correcting.ArrivalWithdrawn.code]
    assert books() == (0, 0, 0)
    second = town.money(wrongly, PREMIUM, "M2")
    assert at_once(*[lambda: correct(second, third, amount_fen=2 * PREMIUM)] * 2) == ["", ""]
    assert AidArrival.objects.filter(withdrawn_at=None).count() == 1
    assert (states(wrongly), books()) == (["used", "used"], (36_000, -36_000, 0))
    mended = AidArrival.objects.get(withdrawn_at=None)
    beside = at_once(lambda: withdraw(mended, town.second), lambda: town.money(wrongly, 500, "M4"))
    assert beside == ["", ""]
    assert (states(wrongly), books()) == (["waiting", "waiting"], (500, -500, 0))
    assert invariants.broken(AREA, date(2017, 10, 20)) == []


@pytest.mark.requirement("ORG-16")
def test_a_sum_is_settled_or_its_arrival_withdrawn_and_never_both(transactional_db, town, wrongly):
    arrival = town.money(wrongly, 2 * PREMIUM + 500)
    held = PendingAmount.objects.get()
    ends = at_once(
        lambda: withdraw(arrival, town.second),
        lambda: resolve_pending(pending_id=held.pk, resolution="已另行退回", operator=town.clerk, now=LATER),
    )
    arrival.refresh_from_db()
    lost = PendingUnknown.code if arrival.withdrawn_at else correcting.ReturnedAlready.code
    assert ends == ["", lost]
    assert books() == ((0, 0, 0) if arrival.withdrawn_at else (36_500, -36_000, -500))
    assert invariants.broken(AREA, date(2017, 10, 20)) == []

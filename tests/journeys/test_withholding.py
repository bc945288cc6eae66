"""Bank withholding from the first receivable to the ledger (银行托收), with a bank that is not always right."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from tongchou.contributions import (
    answers,
    collection,
    commands,
    invariants,
    mandates,
    procedure,
    receivables,
    reconciling,
    rules,
)
from tongchou.contributions.models import (
    CollectionBatch,
    CollectionItem,
    CollectionResult,
    Contribution,
    CoverageSpan,
    CreditAdvice,
    DebitMandate,
    PendingAmount,
    Receivable,
    ReceivableYear,
)
from tongchou.contributions.states import Channel, ReceivableState
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment.commands import enrol_person, terminate
from tongchou.enrolment.commands.persons import Registration
from tongchou.enrolment.models import Person
from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.exchange import commands as exchange_commands
from tongchou.exchange import formats, imports, outgoing
from tongchou.exchange import queries as exchange
from tongchou.exchange.imports import Mode, files, running
from tongchou.exchange.imports.files import AlreadyTakenIn
from tongchou.exchange.incoming import AnswersAnother, CutShort, TotalsDiffer, WrongPartner
from tongchou.exchange.models import OutgoingFile, RejectedRow
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund.models import Entry, Voucher
from tongchou.platform import checks
from tongchou.platform.spreadsheets import faults, kinds
from tongchou.platform.tests.at_once import named_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.simulator import bank_office
from tongchou.simulator.bank import Bank, Drawn, Fault, balances, everybody_pays
from tongchou.simulator.partners import enter_partners
from tongchou.site.problems import SetupProblem

AREA = "450100"
TOWN = "450102001"
PREMIUM = 18_000
YEAR = 2018
NOW = datetime(2017, 10, 9, 2, tzinfo=UTC)
DRAW_ON = date(2017, 10, 15)
BACK = datetime(2017, 10, 16, 2, tzinfo=UTC)


class Town:
    """Clerk, finance, banks, a standard, open books, and families with mandates."""

    def __init__(self, hire: Hire) -> None:
        self.clerk = hire("clerk", "eligibility", at=AREA)
        self.finance = hire("finance_reviewer", at=AREA)
        officer = hire("information", at=AREA)
        self.banks = enter_partners(pooling_area=AREA, since=date(2017, 7, 1), operator=officer, now=NOW)
        self.made = 0
        commands.set_standard(
            pooling_area=AREA,
            scheme=rules.RESIDENT,
            benefit_year=YEAR,
            personal_fen=PREMIUM,
            subsidy_fen=49_000,
            source="测试文件1号",
            operator=self.clerk,
            now=NOW,
        )
        fund.ensure_chart(pooling_area=AREA, scheme="resident")
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2017, 10, 1))

    def person(self, household: str = "", relation: str = "", **changes) -> Person:
        self.made += 1
        facts = {
            "pooling_area": AREA,
            "unit_code": VILLAGE,
            "name": f"韦{'一二三四五六七八九十'[self.made % 10]}",
            "certificate_no": citizen_number(date(1970 + self.made // 400, 5, 6), 2 * (self.made % 400) + 1),
            "hukou_area": "450102",
            "enrolled_on": date(2017, 8, 1),
            "household_no": household,
            "household_relation": relation,
        }
        return enrol_person(Registration(**facts | changes), operator=self.clerk, now=NOW).person

    def family(self, members: int = 3, bank: str = "NXS", *, mandate: bool = True) -> list[Person]:
        number = f"H{self.made:06d}"
        people = [self.person(number, relation) for relation in ("head", "spouse", "child", "child", "other")[:members]]
        if mandate:
            self.sign(people[0], bank=bank)
        return people

    def sign(self, person: Person, *, bank: str = "NXS", for_household: bool = True, **changes) -> DebitMandate:
        facts = {
            "number": f"XY{person.pk}",
            "account_no": f"62170000{person.pk:08d}",
            "holder_name": person.name,
            "signed_on": date(2017, 8, 2),
            "confirmed": True,
        }
        return mandates.sign_mandate(
            person_id=person.pk,
            for_household=for_household,
            bank_id=self.banks[bank],
            operator=self.clerk,
            now=NOW,
            **facts | changes,
        )

    def open_year(self) -> ReceivableYear:
        return receivables.open_year(
            pooling_area=AREA, benefit_year=YEAR, opens_on=date(2017, 9, 1), operator=self.clerk, now=NOW
        )

    def batch(self, bank: str = "NXS", *, send: bool = True, **changes) -> CollectionBatch:
        facts = {"unit_code": AREA, "draw_on": DRAW_ON, "operator": self.clerk, "now": NOW}
        made = collection.make_batch(pooling_area=AREA, benefit_year=YEAR, bank_id=self.banks[bank], **facts | changes)
        return collection.send_batch(batch_id=made.pk, operator=self.clerk, now=NOW) if send else made

    def bank(self, code: str = "NXS", fate=everybody_pays, flow: str = "withholding") -> Bank:
        agreed = outgoing.agreed(exchange.partner(self.banks[code]), flow, DRAW_ON)
        return Bank(
            code,
            formats.read_definition(agreed.sent_as.definition),
            formats.read_definition(agreed.answered_as.definition),
            fate,
        )

    def check(self, batch: CollectionBatch, folder, fate=everybody_pays, *, name="hp.txt", **how):
        file = exchange.outgoing_of("withholding", batch.pk)
        content = b"".join(outgoing.content_of(file))
        path = folder / name
        code = next(code for code, pk in self.banks.items() if pk == batch.bank_id)
        path.write_bytes(self.bank(code, fate).answer(content, paid_on=DRAW_ON, **how))
        return imports.check(
            kind="withholding",
            pooling_area=AREA,
            file_name=name,
            content=path,
            options={"answers": file.number},
            operator=self.clerk,
            now=BACK,
        )

    def book(self, batch, folder, fate=everybody_pays, *, mode=Mode.ALL, **how):
        preview = self.check(batch, folder, fate, **how)
        imports.take_in(preview_id=preview.id, mode=mode, operator=self.clerk, now=BACK)
        batch.refresh_from_db()
        return batch.results.order_by("-id").first()

    def advise(self, batch, amount_fen: int, reference: str = "B1") -> CreditAdvice:
        return reconciling.record_advice(
            pooling_area=AREA,
            bank_id=batch.bank_id,
            reference=reference,
            amount_fen=amount_fen,
            credited_on=date(2017, 10, 16),
            quoted=batch.number,
            operator=self.finance,
            now=BACK,
        )


@pytest.fixture
def town(hire: Hire) -> Town:
    return Town(hire)


def states(people) -> list[str]:
    return [Receivable.objects.exclude(state="void").get(person=one).state for one in people]


def entries(voucher_no: str) -> dict[str, int]:
    return {
        e.account.code: (e.debit_fen or 0) - (e.credit_fen or 0)
        for e in Entry.objects.filter(voucher__number=voucher_no).select_related("account")
    }


# --- what is owed ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-01")
@pytest.mark.requirement("CON-02")
def test_when_the_year_is_opened_everybody_enrolled_owes_the_standard(town):
    people = [*town.family(2), *town.family(1)]
    town.open_year()
    assert list(Receivable.objects.values_list("amount_fen", "state")) == [(PREMIUM, "due")] * 3
    town.open_year()
    assert Receivable.objects.count() == len(people)


def test_a_year_is_not_opened_before_its_window_or_without_a_price(town):
    facts = {"pooling_area": AREA, "operator": town.clerk, "now": NOW}
    with pytest.raises(receivables.WindowNotReached):
        receivables.open_year(benefit_year=2019, opens_on=date(2018, 9, 1), **facts)
    with pytest.raises(receivables.YearNotPriced):
        receivables.open_year(benefit_year=2017, opens_on=date(2016, 9, 1), **facts)


@pytest.mark.requirement("CON-02")
def test_whoever_enrols_later_owes_from_then_and_whoever_leaves_owes_no_more(town):
    town.open_year()
    late = town.person()
    assert states([late]) == ["due"]
    terminate(person_id=late.pk, terminated_on=date(2017, 10, 9), reason="迁出", operator=town.clerk, now=NOW)
    assert Receivable.objects.get(person=late).state == "void"


def test_a_roster_owes_like_everybody_else(town, tmp_path):
    town.open_year()
    file = tmp_path / "r.csv"
    rows = [f"农大,{citizen_number(date(1960, 1, 1), 2 * n + 1)},{VILLAGE}" for n in range(5)]
    file.write_text("\n".join(["姓名,证件号码,村代码", *rows, ""]), encoding="utf-8")
    preview = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=town.clerk, now=NOW
    )
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=NOW)
    assert Receivable.objects.filter(state="due").count() == 5


def test_a_night_finds_whom_no_event_named(town):
    town.open_year()
    person = town.person()
    Receivable.objects.all().delete()
    invariants.every_night(NOW)
    assert states([person]) == ["due"]


@pytest.mark.requirement("ORG-27")
def test_a_payment_by_any_way_settles_what_is_owed_and_voiding_it_owes_again(town):
    (person,) = town.family(1)
    town.open_year()
    paid = record_contribution(
        person_id=person.pk,
        benefit_year=YEAR,
        amount_fen=PREMIUM,
        paid_on=date(2017, 10, 9),
        channel=Channel.COUNTER,
        operator=town.clerk,
        now=NOW,
    )
    assert states([person]) == ["paid"]
    assert invariants.broken(AREA, NOW.date()) == []
    corrected = commands.correct_contribution(
        contribution_id=paid.pk, paid_on=date(2017, 10, 8), reason="日期有误", operator=town.clerk, now=NOW
    )
    assert Receivable.objects.get(person=person).contribution_id == corrected.pk
    commands.void_contribution(contribution_id=corrected.pk, reason="录错", operator=town.clerk, now=NOW)
    assert states([person]) == ["due"]
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("ORG-27")
def test_a_row_changed_outside_the_program_shows_at_night(town, tmp_path):
    people = town.family(2)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path)
    town.advise(batch, 2 * PREMIUM)
    assert invariants.broken(AREA, BACK.date()) == []
    Contribution.objects.filter(person=people[0]).update(amount_fen=PREMIUM + 100)
    told = invariants.broken(AREA, BACK.date())
    assert any("应缴" in line for line in told)
    assert any("缴费文件" in line for line in told)


# --- mandates -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ENR-07")
@pytest.mark.article("GX2017 §7")
def test_after_its_mandate_is_revoked_a_household_is_not_drawn_and_stands_under_no_mandate(town):
    drawn, revoked = town.family(2), town.family(3)
    mandate = DebitMandate.objects.get(household=revoked[0].household)
    mandates.end_mandate(
        mandate_id=mandate.pk, ends_on=date(2017, 8, 20), reason="参保人撤销", operator=town.clerk, now=NOW
    )
    town.open_year()
    batch = town.batch()
    assert (batch.households, batch.persons) == (1, 2)
    assert batch.left_out == {"no_mandate": 3}
    assert states(drawn) == ["sent", "sent"]
    assert states(revoked) == ["due"] * 3


def test_a_mandate_of_ones_own_goes_before_the_households(town):
    people = town.family(3)
    town.sign(people[2], for_household=False, number="XY-OWN", account_no="6217999")
    town.open_year()
    batch = town.batch()
    items = CollectionItem.objects.filter(batch=batch).order_by("account_no")
    assert sorted(items.values_list("persons", "amount_fen")) == [(1, PREMIUM), (2, 2 * PREMIUM)]


def test_another_account_is_another_mandate_in_its_place(town):
    people = town.family(1)
    first = DebitMandate.objects.get()
    facts = {
        "number": "XY-NEW",
        "bank_id": town.banks["NYH"],
        "account_no": "6228480000",
        "holder_name": "韦一",
        "signed_on": date(2017, 10, 1),
        "operator": town.clerk,
        "now": NOW,
    }
    second = mandates.replace_mandate(mandate_id=first.pk, **facts)
    first.refresh_from_db()
    assert (first.state, first.account_no, second.replaces_id, second.state) == (
        "ended",
        f"62170000{people[0].pk:08d}",
        first.pk,
        "signed",
    )
    with pytest.raises(mandates.MandateOver):
        mandates.replace_mandate(mandate_id=first.pk, **facts)
    with pytest.raises(mandates.MandateUnknown):
        mandates.end_mandate(mandate_id=0, ends_on=NOW.date(), reason="x", operator=town.clerk, now=NOW)


def test_a_mandate_is_refused_with_its_reason(town, hire):
    head = town.family(1)[0]
    for changes, refusal in (
        ({"number": "XY-2"}, mandates.MandateStands),
        ({"number": " "}, mandates.AccountMissing),
        ({"account_no": "6217*001"}, mandates.AccountMissing),
        ({"holder_name": ""}, mandates.AccountMissing),
        ({"signed_on": date(2018, 1, 1)}, mandates.DaysAstray),
        ({"valid_until": date(2017, 8, 1)}, mandates.DaysAstray),
    ):
        with pytest.raises(refusal):
            town.sign(head, **changes)
    assert town.sign(head) == DebitMandate.objects.get()
    with pytest.raises(mandates.NotABank):
        town.sign(town.person(), bank="SW", for_household=False)
    with pytest.raises(mandates.NoHousehold):
        town.sign(town.person())
    with pytest.raises(mandates.MandateNumberTaken):
        town.sign(town.person(), for_household=False, number=f"XY{head.pk}")
    mandate = DebitMandate.objects.get()
    with pytest.raises(mandates.EndWithoutReason):
        mandates.end_mandate(mandate_id=mandate.pk, ends_on=NOW.date(), reason="", operator=town.clerk, now=NOW)
    with pytest.raises(mandates.DaysAstray):
        mandates.end_mandate(mandate_id=mandate.pk, ends_on=date(2017, 8, 1), reason="x", operator=town.clerk, now=NOW)
    with pytest.raises(checks.OutOfScope):
        mandates.end_mandate(
            mandate_id=mandate.pk, ends_on=NOW.date(), reason="x", operator=hire("clerk", at="450103"), now=NOW
        )


def test_mandates_expire_with_their_term(town):
    head = town.family(1, mandate=False)[0]
    town.sign(head, valid_until=date(2017, 10, 9))
    invariants.every_night(NOW)
    assert DebitMandate.objects.get().state == "ended"


HEAD = "协议编号,银行代码,户主证件号码,银行账号,户名,签订日期,有效期至"


def mandate_file(town, folder, *rows, covers="household", confirmed="yes"):
    file = folder / "xy.csv"
    file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return imports.check(
        kind="mandates",
        pooling_area=AREA,
        file_name="xy.csv",
        content=file,
        options={"covers": covers, "confirmed": confirmed},
        operator=town.clerk,
        now=NOW,
    )


@pytest.mark.requirement("ENR-07")
def test_mandates_come_in_a_file(town, tmp_path):
    one, two = town.family(2, mandate=False), town.family(1, mandate=False)
    preview = mandate_file(
        town,
        tmp_path,
        f"XY1,NXS,{one[0].certificate_no},621700001,韦一,2017-08-01,2022-07-31",
        f"XY2,nyh,{two[0].certificate_no},622848001,韦三,2017-08-01,",
    )
    assert preview.rows_bad == 0
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=NOW)
    found = DebitMandate.objects.order_by("number").values_list("number", "state", "household_id", "valid_until")
    assert list(found) == [
        ("XY1", "active", one[0].household_id, date(2022, 8, 1)),
        ("XY2", "active", two[0].household_id, None),
    ]


def test_each_fault_of_a_mandate_file_is_told(town, tmp_path):
    covered, free = town.family(1), town.family(2, mandate=False)
    alone = town.person()
    good = free[0].certificate_no
    preview = mandate_file(
        town,
        tmp_path,
        f"XY1,ICBC,{good},1,韦,2017-08-01,",
        "XY2,NXS,450102199003071230,1,韦,2017-08-01,",
        f"XY3,NXS,{covered[0].certificate_no},1,韦,2017-08-01,",
        f"XY{covered[0].pk},NXS,{alone.certificate_no},1,韦,2017-08-01,",
        f"XY5,NXS,{good},1,韦,2018-08-01,",
        f"XY6,NXS,{good},1,韦,2017-08-01,2017-07-01",
        f"XY7,NXS,{good},1,韦,2017-08-01,",
        f"XY7,NXS,{free[1].certificate_no},,韦,2017-08-01,",
    )
    told = {}
    for problem in imports.problems_of(preview.id).rows:
        told.setdefault(problem.row_no, set()).add(problem.code)
    assert told[2] == {"CO-2151"}
    assert told[3] == {"CO-3002"}
    assert told[4] == {"CO-2113"}
    assert {"CO-2119"} <= told[5]
    assert told[6] >= {"CO-2152"}
    assert told[7] >= {"CO-2153"}
    assert "PL-0811" in told[9]
    assert preview.rows_good == 0 or preview.rows_bad >= 7


@pytest.mark.requirement("ENR-09")
def test_the_bank_confirms_a_roll_and_what_it_rejects_is_work(town, tmp_path):
    for _ in range(20):
        head = town.family(1, mandate=False)[0]
        town.sign(head, confirmed=False)
    roll = mandates.make_roll(unit_code=AREA, bank_id=town.banks["NXS"], operator=town.clerk, now=NOW)
    assert roll.rows == 20
    file = exchange.outgoing_of("debit_roll", roll.pk)
    exchange_commands.mark_sent(number=file.number, operator=town.clerk, now=NOW)
    rows = [f"{line}|{'1015' if line in (3, 7) else '0000'}" for line in range(1, 21)]
    path = tmp_path / "hf.txt"
    path.write_text("\n".join([f"HF|{file.number}|NXS|20", *rows, ""]), encoding="utf-8")
    preview = imports.check(
        kind="debit_roll",
        pooling_area=AREA,
        file_name="hf.txt",
        content=path,
        options={"answers": file.number},
        operator=town.clerk,
        now=BACK,
    )
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=BACK)
    found = DebitMandate.objects
    assert (found.filter(state="active").count(), found.filter(state="correction").count()) == (18, 2)
    assert set(RejectedRow.objects.values_list("reason", flat=True)) == {"户名不符"}
    wrong = found.filter(state="correction").first()
    mandates.replace_mandate(
        mandate_id=wrong.pk,
        number="XY-RIGHT",
        bank_id=town.banks["NXS"],
        account_no="62171",
        holder_name="韦小二",
        signed_on=date(2017, 10, 9),
        operator=town.clerk,
        now=BACK,
    )
    assert RejectedRow.objects.filter(state="open").count() == 1
    with pytest.raises(mandates.NothingToConfirm, match=rf".+\({AREA}\)没有待"):
        mandates.make_roll(unit_code=AREA, bank_id=town.banks["NYH"], operator=town.clerk, now=NOW)


# --- the file to the bank -------------------------------------------------------------------------------------------


@pytest.mark.requirement("SYS-07")
def test_two_banks_with_different_formats_work_in_one_run(town, tmp_path):
    ours, theirs = town.family(2, "NXS"), town.family(3, "NYH")
    town.open_year()
    first, second = town.batch("NXS"), town.batch("NYH")
    one = b"".join(outgoing.content_of(exchange.outgoing_of("withholding", first.pk)))
    two = b"".join(outgoing.content_of(exchange.outgoing_of("withholding", second.pk)))
    assert one.decode("utf-8").startswith(f"DK|{exchange.outgoing_of('withholding', first.pk).number}|NXS|")
    assert "韦" in two.decode("gb18030")
    assert {len(line) for line in two.split(b"\r\n")[1:-1]} == {8 + 32 + 60 + 12 + 4}
    town.book(first, tmp_path)
    town.book(second, tmp_path, name="abc.dat")
    assert states([*ours, *theirs]) == ["paid"] * 5


def test_a_file_is_made_again_to_the_same_bytes_even_after_its_people_have_paid(town, tmp_path):
    town.family(3)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path)
    assert outgoing.same_bytes(exchange.outgoing_of("withholding", batch.pk))


def test_a_batch_is_refused_with_its_reason(town, hire):
    town.family(1)
    with pytest.raises(collection.YearNotOpened):
        town.batch()
    town.open_year()
    with pytest.raises(collection.NothingToDraw, match=r".+\(\d+\)2018年度没有.*在其他银行签约1人"):
        town.batch("NYH")
    with pytest.raises(collection.DrawnInPast):
        town.batch(draw_on=date(2017, 10, 1))
    with pytest.raises(mandates.NotABank):
        town.batch("SW")
    with pytest.raises(checks.OutOfScope):
        town.batch(operator=hire("clerk", at="450103"))
    assert not CollectionBatch.objects.exists()


def test_a_batch_of_one_town_leaves_the_others(town):
    town.family(1)
    town.open_year()
    with pytest.raises(collection.NothingToDraw):
        town.batch(unit_code="450103")
    assert town.batch(unit_code=TOWN).persons == 1


def test_a_batch_that_never_left_is_cancelled_and_its_people_owe_again(town):
    people = town.family(2)
    town.open_year()
    batch = town.batch(send=False)
    collection.cancel_batch(batch_id=batch.pk, operator=town.clerk, now=NOW)
    assert states(people) == ["due", "due"]
    again = town.batch()
    assert again.persons == 2
    with pytest.raises(collection.BatchNotInState):
        collection.cancel_batch(batch_id=again.pk, operator=town.clerk, now=NOW)
    with pytest.raises(collection.BatchUnknown):
        collection.send_batch(batch_id=0, operator=town.clerk, now=NOW)
    assert collection.send_batch(batch_id=again.pk, operator=town.clerk, now=NOW).state == "sent"


def test_whoever_may_not_pay_on_the_day_is_not_drawn(town):
    """A first-time joiner after 30 June waits for the next window (CON-04)."""
    town.family(1)
    town.open_year()
    with pytest.raises(collection.NothingToDraw, match="不符合缴费条件1人"):
        town.batch(draw_on=date(2018, 7, 15))


# --- what the bank answers ------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-06")
@pytest.mark.requirement("CON-24")
@pytest.mark.requirement("FIN-35")
@pytest.mark.article("GX2017 §23")
def test_what_fails_stays_owed_with_its_reason_and_the_rest_reconciles_with_the_bank(town, tmp_path):
    families = [town.family(2) for _ in range(20)]
    town.open_year()
    batch = town.batch()
    assert (batch.households, batch.amount_fen) == (20, 40 * PREMIUM)
    result = town.book(batch, tmp_path, balances({20: 0}))
    assert (result.paid_rows, result.paid_fen, batch.state) == (19, 38 * PREMIUM, "answered")
    failed = Receivable.objects.filter(state=ReceivableState.FAILED)
    assert set(failed.values_list("reason", flat=True)) == {"balance"}
    assert failed.count() == 2
    (work,) = RejectedRow.objects.all()
    assert (work.reason, work.amount_fen, work.unit_code) == ("余额不足", 2 * PREMIUM, VILLAGE)
    assert work.created_at == BACK
    assert not Voucher.objects.exists()
    town.advise(batch, 38 * PREMIUM)
    result.refresh_from_db()
    batch.refresh_from_db()
    assert (batch.state, result.document_no) == ("reconciled", "450100-2017-YW-000001")
    assert exchange.outgoing_of("withholding", batch.pk).state == "reconciled"
    assert entries(result.payments.voucher_no) == {"1002": 38 * PREMIUM, "4001": -38 * PREMIUM}
    assert Contribution.objects.count() == CoverageSpan.objects.count() == 38
    assert invariants.broken(AREA, BACK.date()) == []
    assert len(families) == 20


@pytest.mark.requirement("FIN-35")
def test_in_another_area_the_money_arrives_in_the_fiscal_account(town, tmp_path, monkeypatch):
    monkeypatch.setitem(postings._file()["areas"], AREA, "QA2018")
    town.family(1)
    town.open_year()
    batch = town.batch()
    result = town.book(batch, tmp_path)
    town.advise(batch, PREMIUM)
    assert entries(result.payments.__class__.objects.get(pk=result.payments_id).voucher_no) == {
        "1003": PREMIUM,
        "4001": -PREMIUM,
    }


@pytest.mark.requirement("CON-24")
def test_when_the_bank_credits_less_the_document_is_held_until_the_rest_comes(town, tmp_path):
    for _ in range(3):
        town.family(1)
    town.open_year()
    batch = town.batch()
    result = town.book(batch, tmp_path)
    town.advise(batch, 2 * PREMIUM)
    result.refresh_from_db()
    assert (result.document_no, result.paid_fen - result.advised_fen) == ("", PREMIUM)
    assert not Voucher.objects.exists()
    assert {item.amount_fen for item in reconciling.candidates(result)} == {PREMIUM}
    town.advise(batch, PREMIUM, "B2")
    result.refresh_from_db()
    assert result.document_no
    assert Voucher.objects.get().source_document == result.document_no


@pytest.mark.requirement("FIN-07")
def test_a_credit_that_names_no_batch_waits_until_somebody_places_it(town, tmp_path):
    town.family(1)
    town.open_year()
    batch = town.batch()
    result = town.book(batch, tmp_path)
    advice = reconciling.record_advice(
        pooling_area=AREA,
        bank_id=batch.bank_id,
        reference="B9",
        amount_fen=PREMIUM,
        credited_on=date(2017, 10, 16),
        operator=town.finance,
        now=BACK,
    )
    assert advice.result is None
    assert not Voucher.objects.exists()
    placed = reconciling.place_advice(advice_id=advice.pk, result_id=result.pk, operator=town.finance, now=BACK)
    assert placed.document_no
    assert reconciling.place_advice(advice_id=advice.pk, result_id=result.pk, operator=town.finance, now=BACK)
    with pytest.raises(reconciling.ReconciledAlready):
        reconciling.place_advice(
            advice_id=town.advise(batch, 100, "B10").pk, result_id=result.pk, operator=town.finance, now=BACK
        )


def answered_in_two_parts(town, tmp_path) -> CollectionBatch:
    """A batch of three households that the bank answered by two files."""
    for _ in range(3):
        town.family(1)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, name="one.txt", lines=slice(0, 2))
    town.book(batch, tmp_path, name="two.txt", lines=slice(2, 3))
    return batch


@pytest.mark.requirement("FIN-07")
def test_one_credit_for_two_answers_of_a_batch_settles_both(town, tmp_path):
    batch = answered_in_two_parts(town, tmp_path)
    advice = town.advise(batch, 3 * PREMIUM)
    batch.refresh_from_db()
    assert batch.state == "reconciled"
    assert sorted(advice.shares.values_list("amount_fen", flat=True)) == [PREMIUM, 2 * PREMIUM]
    assert invariants.broken(AREA, BACK.date()) == []
    assert sorted(-entries(number)["4001"] for number in Voucher.objects.values_list("number", flat=True)) == [
        PREMIUM,
        2 * PREMIUM,
    ]


@pytest.mark.requirement("FIN-07")
def test_finance_places_a_credit_on_its_page_and_takes_a_wrong_place_back(town, tmp_path, client):
    batch = answered_in_two_parts(town, tmp_path)
    facts = {"bank_id": batch.bank_id, "credited_on": BACK.date(), "operator": town.finance, "now": BACK}
    advice = reconciling.record_advice(pooling_area=AREA, reference="B7", amount_fen=PREMIUM, **facts)
    client.force_login(town.finance, backend="tongchou.platform.authentication.OperatorBackend")
    place = reverse("contributions:advice", args=[advice.pk])
    listed = client.get(reverse("contributions:advices")).content.decode()
    assert place in listed
    likeliest, *others = client.get(place).context["choices"]
    assert (likeliest.lack_fen, likeliest.fits) == (PREMIUM, True)
    assert {one.lack_fen for one in others} == {2 * PREMIUM, 3 * PREMIUM}
    wrong = next(one for one in others if one.lack_fen == 2 * PREMIUM)
    client.post(f"{place}place/", {"result": [wrong.results[0].pk]})
    assert "撤销对应" in client.get(place).content.decode()
    client.post(f"{place}take-back/")
    advice.refresh_from_db()
    assert advice.result is None
    client.post(f"{place}place/", {"result": [likeliest.results[0].pk]})
    likeliest.results[0].refresh_from_db()
    assert likeliest.results[0].document_no
    page = client.get(place).content.decode()
    assert likeliest.results[0].document_no in page
    assert "take-back" not in page


@pytest.mark.requirement("FIN-07")
def test_a_credit_over_several_answers_must_be_just_their_sum_and_what_is_reconciled_stays(town, tmp_path):
    batch = answered_in_two_parts(town, tmp_path)
    first, second = batch.results.order_by("id")
    acts = {"operator": town.finance, "now": BACK}
    advice = reconciling.record_advice(
        pooling_area=AREA, bank_id=batch.bank_id, reference="B7", amount_fen=100, credited_on=BACK.date(), **acts
    )
    with pytest.raises(reconciling.SharesDiffer, match=r"到账1\.00元,所选回盘尚差540\.00元"):
        reconciling.place_advice(advice_id=advice.pk, result_id=first.pk, beside=[second.pk], **acts)
    with pytest.raises(reconciling.NotPlaced):
        reconciling.take_back(advice_id=advice.pk, **acts)
    with pytest.raises(reconciling.ResultUnknown):
        reconciling.take_back(advice_id=0, **acts)
    whole = town.advise(batch, 3 * PREMIUM, "B8")
    with pytest.raises(reconciling.ReconciledAlready):
        reconciling.take_back(advice_id=whole.pk, **acts)
    with pytest.raises(checks.NoPermission):
        reconciling.take_back(advice_id=whole.pk, operator=town.clerk, now=BACK)


def test_an_advice_is_refused_with_its_reason(town, tmp_path):
    town.family(1)
    town.open_year()
    batch = town.batch()
    result = town.book(batch, tmp_path)
    assert town.advise(batch, 100) == town.advise(batch, 100)
    with pytest.raises(reconciling.AdviceTwice):
        town.advise(batch, 200)
    with pytest.raises(reconciling.AdviceOfNothing):
        town.advise(batch, 0, "B2")
    with pytest.raises(reconciling.AdviceOfNothing):
        town.advise(batch, 5, " ")
    with pytest.raises(reconciling.ResultUnknown):
        reconciling.place_advice(advice_id=0, result_id=result.pk, operator=town.finance, now=BACK)
    with pytest.raises(checks.NoPermission):
        reconciling.record_advice(
            pooling_area=AREA,
            bank_id=batch.bank_id,
            reference="B3",
            amount_fen=1,
            credited_on=BACK.date(),
            operator=town.clerk,
            now=BACK,
        )
    with pytest.raises(reconciling.BankUnknown):
        reconciling.record_advice(
            pooling_area=AREA,
            bank_id=town.banks["SW"],
            reference="B3",
            amount_fen=1,
            credited_on=BACK.date(),
            operator=town.finance,
            now=BACK,
        )


@pytest.mark.requirement("CON-07")
def test_when_a_balance_is_too_small_nobody_is_drawn_or_as_many_as_it_reaches(town, tmp_path, monkeypatch):
    whole = town.family(3)
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, balances({1: 40_000}))
    assert states(whole) == ["failed"] * 3
    monkeypatch.setattr(collection, "procedure", lambda area: procedure.Procedure(partial=True, runs=4))
    again = collection.draw_again(batch_id=batch.pk, draw_on=DRAW_ON, operator=town.clerk, now=NOW)
    collection.send_batch(batch_id=again.pk, operator=town.clerk, now=NOW)
    result = town.book(again, tmp_path, balances({1: 2 * PREMIUM}, partly=True), name="b.txt")
    assert states(whole) == ["paid", "paid", "failed"]
    assert (result.booked_fen, result.pending_fen) == (2 * PREMIUM, 0)


@pytest.mark.requirement("CON-02")
def test_part_of_a_persons_sum_pays_nothing_and_waits(town, tmp_path):
    people = town.family(1)
    town.open_year()
    batch = town.batch()
    result = town.book(batch, tmp_path, balances({1: 10_000}, partly=True))
    assert states(people) == ["failed"]
    pending = PendingAmount.objects.get()
    assert (pending.kind, pending.amount_fen) == ("part", 10_000)
    town.advise(batch, 10_000)
    result.refresh_from_db()
    assert entries(result.payments.voucher_no) == {"1002": 10_000, "200199": -10_000}
    assert invariants.broken(AREA, BACK.date()) == []
    with pytest.raises(reconciling.ResolutionMissing):
        reconciling.resolve_pending(pending_id=pending.pk, resolution="", operator=town.clerk, now=BACK)
    reconciling.resolve_pending(pending_id=pending.pk, resolution="已退回原账户", operator=town.clerk, now=BACK)
    with pytest.raises(reconciling.PendingUnknown):
        reconciling.resolve_pending(pending_id=pending.pk, resolution="再来", operator=town.clerk, now=BACK)


@pytest.mark.requirement("CON-05")
@pytest.mark.article("JL2019 §12")
def test_whoever_paid_meanwhile_by_another_way_is_flagged_when_the_bank_has_drawn(town, tmp_path):
    first, second = town.family(2)
    town.open_year()
    batch = town.batch()
    record_contribution(
        person_id=first.pk,
        benefit_year=YEAR,
        amount_fen=PREMIUM,
        paid_on=date(2017, 10, 9),
        channel=Channel.COUNTER,
        operator=town.clerk,
        now=NOW,
    )
    town.book(batch, tmp_path)
    assert states([first, second]) == ["paid", "paid"]
    assert Contribution.objects.filter(person=first, voided_at=None).count() == 1
    pending = PendingAmount.objects.get()
    assert (pending.kind, pending.person_id, pending.amount_fen) == ("duplicate", first.pk, PREMIUM)


def test_whoever_left_before_the_day_is_not_booked(town, tmp_path):
    (person,) = town.family(1)
    town.open_year()
    batch = town.batch()
    terminate(person_id=person.pk, terminated_on=date(2017, 10, 9), reason="死亡", operator=town.clerk, now=NOW)
    town.book(batch, tmp_path)
    assert PendingAmount.objects.get().kind == "not_payable"
    assert not Contribution.objects.exists()


@pytest.mark.requirement("CON-06")
def test_only_failures_are_drawn_again_and_not_for_ever(town, tmp_path, monkeypatch):
    good, bad = town.family(1), town.family(2)
    town.open_year()
    batch = town.batch()
    with pytest.raises(collection.BatchNotInState):
        collection.draw_again(batch_id=batch.pk, draw_on=DRAW_ON, operator=town.clerk, now=NOW)
    town.book(batch, tmp_path, balances({2: 0}))
    again = collection.draw_again(batch_id=batch.pk, draw_on=DRAW_ON, operator=town.clerk, now=NOW)
    assert (again.run_no, again.persons, again.follows_id) == (2, 2, batch.pk)
    with pytest.raises(collection.BatchNotInState, match="重扣"):
        collection.draw_again(batch_id=batch.pk, draw_on=DRAW_ON, operator=town.clerk, now=NOW)
    collection.send_batch(batch_id=again.pk, operator=town.clerk, now=NOW)
    town.book(again, tmp_path, name="b.txt")
    assert states([*good, *bad]) == ["paid"] * 3
    monkeypatch.setattr(collection, "procedure", lambda area: procedure.Procedure(partial=False, runs=2))
    with pytest.raises(collection.RunsUsedUp):
        collection.draw_again(batch_id=again.pk, draw_on=DRAW_ON, operator=town.clerk, now=NOW)


@pytest.mark.requirement("SYS-29")
@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (Fault.ALTERED_TOTAL, TotalsDiffer),
        (Fault.ALTERED_LINE, TotalsDiffer),
        (Fault.CUT_SHORT, CutShort),
        (Fault.WRONG_ENCODING, faults.FileUnreadable),
        (Fault.ANOTHER_FILE, AnswersAnother),
        (Fault.ANOTHER_PARTNER, WrongPartner),
    ],
)
def test_a_faulty_answer_books_nothing(town, tmp_path, fault, refusal):
    people = town.family(2)
    town.open_year()
    batch = town.batch()
    with pytest.raises(refusal):
        town.book(batch, tmp_path, fault=fault)
    assert states(people) == ["sent", "sent"]
    assert town.book(batch, tmp_path, name="right.txt").booked_fen == 2 * PREMIUM


def test_each_line_is_held_against_what_was_asked(town, tmp_path):
    for _ in range(6):
        town.family(1)
    town.open_year()
    batch = town.batch()
    file = exchange.outgoing_of("withholding", batch.pk)
    account = dict(CollectionItem.objects.values_list("line_no", "account_no"))
    lines = [
        f"1|{account[1]}|180.00|0000|20171015|P1",
        f"1|{account[1]}|180.00|0000|20171015|P2",
        f"2|{account[1]}|180.00|0000|20171015|P3",
        f"3|{account[3]}|0.00|0000|20171015|P4",
        f"4|{account[4]}|180.00|1051|20171015|P5",
        f"5|{account[5]}|181.00|0000|20171015|P6",
        f"6|{account[6]}|180.00|0000|20190101|P7",
        "99||180.00|0000|20171015|P8",
    ]
    path = tmp_path / "x.txt"
    path.write_text("\n".join([f"HP|{file.number}|NXS", *lines, "END|8|1261.00", ""]), encoding="utf-8")
    preview = imports.check(
        kind="withholding",
        pooling_area=AREA,
        file_name="x.txt",
        content=path,
        options={"answers": file.number},
        operator=town.clerk,
        now=BACK,
    )
    told = [(p.row_no, p.code) for p in imports.problems_of(preview.id).rows]
    assert told == [
        (3, "PL-0826"),
        (4, "CO-2133"),
        (5, "CO-2134"),
        (6, "CO-2134"),
        (7, "CO-2135"),
        (8, "CO-2136"),
        (9, "CO-2131"),
    ]
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=town.clerk, now=BACK)
    batch.refresh_from_db()
    assert (batch.state, batch.results.get().paid_fen) == ("sent", PREMIUM)


@pytest.mark.requirement("SYS-05")
def test_an_answer_in_parts_is_booked_as_it_comes_and_the_same_part_twice_is_refused(town, tmp_path):
    people = [*town.family(1), *town.family(1), *town.family(1)]
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, lines=slice(0, 2))
    assert (sorted(states(people)), batch.state) == (["paid", "paid", "sent"], "sent")
    with pytest.raises(AlreadyTakenIn):
        town.book(batch, tmp_path, lines=slice(0, 2))
    again = town.check(batch, tmp_path, name="again.txt", lines=slice(1, 3))
    assert [p.code for p in imports.problems_of(again.id).rows] == ["CO-2132"]
    town.book(batch, tmp_path, name="rest.txt", lines=slice(2, 3))
    assert (states(people), batch.state) == (["paid"] * 3, "answered")
    assert Contribution.objects.count() == 3


# --- threads and processes: with committed rows ----------------------------------------------------------------------


@pytest.fixture
def committed_town(committed) -> Town:
    town = Town(Hire())
    for _ in range(3):
        town.family(2)
    town.open_year()
    return town


def test_two_clerks_who_make_the_batch_at_once_make_one(committed_town):
    outcomes = named_at_once(*[lambda: committed_town.batch().persons] * 3)
    assert sorted(map(str, outcomes)) == ["6", "NothingToDraw", "NothingToDraw"]
    assert OutgoingFile.objects.count() == 1


def test_an_answer_sent_four_times_at_once_is_booked_once(committed_town, tmp_path):
    batch = committed_town.batch()
    preview = committed_town.check(batch, tmp_path)

    def take():
        return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_town.clerk, now=BACK).rows_taken

    outcomes = named_at_once(*[take] * 4)
    assert [one for one in outcomes if one == 3] == [3]
    assert set(map(str, outcomes)) - {"3"} <= {"ImportBusy", "ImportNotReady", "AlreadyTakenIn"}
    assert Contribution.objects.count() == 6


def test_two_notices_of_one_credit_at_once_make_one_voucher(committed_town, tmp_path):
    batch = committed_town.batch()
    committed_town.book(batch, tmp_path)
    named_at_once(*[lambda: committed_town.advise(batch, 6 * PREMIUM).pk] * 3)
    assert CreditAdvice.objects.count() == Voucher.objects.count() == 1


def test_a_payment_at_the_counter_while_the_answer_is_booked_counts_once(committed_town, tmp_path):
    batch = committed_town.batch()
    preview = committed_town.check(batch, tmp_path)
    person = Person.objects.order_by("id").first()

    def pay():
        return record_contribution(
            person_id=person.pk,
            benefit_year=YEAR,
            amount_fen=PREMIUM,
            paid_on=date(2017, 10, 16),
            channel=Channel.COUNTER,
            operator=committed_town.clerk,
            now=BACK,
        ).pk

    def take():
        return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_town.clerk, now=BACK).pk

    outcomes = named_at_once(pay, take)
    if "BooksMoved" in outcomes:
        take()
    assert Contribution.objects.filter(person=person, voided_at=None).count() == 1
    assert Receivable.objects.get(person=person).state == "paid"
    assert invariants.broken(AREA, BACK.date()) == []


def sums_of(result: CollectionResult) -> tuple[int, ...]:
    return result.rows, result.paid_rows, result.paid_fen, result.booked_fen, result.pending_fen


@pytest.mark.requirement("SYS-03")
def test_a_process_killed_while_booking_is_gone_on_with_where_it_stopped(committed_town, tmp_path, monkeypatch):
    """Three lines, each a part of its own; the process is killed while it books the second."""
    monkeypatch.setitem(kinds._kinds, "withholding", replace(answers.RESULTS, part=1))
    batch = committed_town.batch()
    preview = committed_town.check(batch, tmp_path)
    script = textwrap.dedent(
        f"""
        import dataclasses, django, time
        django.setup()
        from django.db import connection
        connection.settings_dict["NAME"] = {connection.settings_dict["NAME"]!r}
        from datetime import datetime, UTC
        from tongchou.contributions import answers, receivables
        from tongchou.exchange import imports
        from tongchou.platform.queries import operator_by_staff_code
        from tongchou.platform.spreadsheets import kinds
        kinds.register(dataclasses.replace(answers.RESULTS, part=1))
        settled, parts = receivables.settle_known, []
        def slowly(*args, **kwargs):
            settled(*args, **kwargs)
            parts.append(1)
            if len(parts) == 2:
                print("booking", flush=True)
            if len(parts) > 1:
                time.sleep(60)
        receivables.settle_known = slowly
        imports.take_in(preview_id={preview.id}, mode=imports.Mode.ALL,
                        operator=operator_by_staff_code({committed_town.clerk.staff_code!r}),
                        now=datetime(2017, 10, 16, 2, tzinfo=UTC))
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tongchou.site.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "booking"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    ends = time.monotonic() + 30
    while imports.recover_abandoned(BACK) == 0 and imports.progress(preview.id).state != "checked":
        assert time.monotonic() < ends
        time.sleep(0.05)
    booked = Contribution.objects.count()
    (result,) = batch.results.all()
    assert sums_of(result) == (1, 1, booked * PREMIUM, booked * PREMIUM, 0)
    assert "已入库1行" in imports.progress(preview.id).step
    assert invariants.broken(AREA, BACK.date()) == []
    with pytest.raises(files.NotCancellable, match="已入库1行"):
        imports.cancel(file_id=preview.id, operator=committed_town.clerk, now=BACK)
    waiting = committed_town.advise(batch, 6 * PREMIUM)
    assert waiting.result is None  # a result that is not booked to its end meets no money
    with pytest.raises(exchange_commands.FileNotInState, match="已入库1行"):
        reconciling.place_advice(advice_id=waiting.pk, result_id=result.pk, operator=committed_town.finance, now=BACK)
    with connection.cursor() as cursor:  # the server, too, has fallen meanwhile: the file is read again
        cursor.execute(f"TRUNCATE {files.rows_table(preview.id)}")
    taken = imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_town.clerk, now=BACK)
    assert (taken.state, taken.rows_taken, taken.rows_bad) == ("done", 3, 0)
    assert Contribution.objects.count() == 6
    result.refresh_from_db()
    assert sums_of(result) == (3, 3, 6 * PREMIUM, 6 * PREMIUM, 0)
    batch.refresh_from_db()
    assert batch.state == "answered"
    assert invariants.broken(AREA, BACK.date()) == []
    reconciling.place_advice(advice_id=waiting.pk, result_id=result.pk, operator=committed_town.finance, now=BACK)
    batch.refresh_from_db()
    assert batch.state == "reconciled"


def test_a_file_booked_in_parts_gives_what_one_transaction_gives(town, tmp_path, monkeypatch):
    """The same people, the same answers: drawn, short, failed."""
    books = []
    for part in (0, 2):
        point = transaction.savepoint()
        monkeypatch.setitem(kinds._kinds, "withholding", replace(answers.RESULTS, part=part))
        for members in (1, 2, 3, 1, 2):
            town.family(members)
        town.open_year()
        batch = town.batch()

        def fate(line: int, fen: int) -> Drawn:
            return {1: Drawn(0, "balance"), 3: Drawn(fen - PREMIUM, "part")}.get(line, Drawn(fen, "ok"))

        result = town.book(batch, tmp_path, fate)
        states_found = sorted(Receivable.objects.values_list("state", "reason", "amount_fen"))
        items = list(batch.items.order_by("line_no").values_list("line_no", "state", "paid_fen"))
        pending = sorted(PendingAmount.objects.values_list("kind", "amount_fen"))
        rejected = sorted(RejectedRow.objects.values_list("row_no", "amount_fen", "code"))
        books.append((sums_of(result), states_found, items, pending, rejected, Contribution.objects.count()))
        assert result.payments.rows_accepted == Contribution.objects.count()
        assert invariants.broken(AREA, BACK.date()) == []
        transaction.savepoint_rollback(point)
        town.made = 0
    assert books[0] == books[1]


def test_a_line_answered_between_check_and_booking_moves_the_books(town, tmp_path, monkeypatch):
    """The part is refused, and with it nothing else; the file says what stands."""
    town.family(1)
    town.open_year()
    batch = town.batch()
    preview = town.check(batch, tmp_path)

    def meanwhile(intake: Any, found: CollectionBatch, reach: dict[str, int]) -> None:
        gather(intake, found, reach)
        found.items.update(state="failed", result=answers._result(intake, found))

    gather = answers._gather
    monkeypatch.setattr(answers, "_gather", meanwhile)
    with pytest.raises(running.BooksMoved):
        imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=BACK)
    assert not Contribution.objects.exists()
    assert imports.progress(preview.id).state == "checked"


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def seat(client, monkeypatch, django_assert_max_num_queries):
    """A browser at somebody's desk on the day after the run; every page with at most twelve questions."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: BACK)

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


def test_a_clerk_and_finance_walk_a_run_through_the_pages(town, seat, tmp_path, hire):
    people = [*town.family(2), *town.family(1), *town.family(1, mandate=False)]
    desk = seat(town.clerk)
    assert desk.post("/contributions/owed/open/", {"year": "2018"}).status_code == 302
    form = {"bank": town.banks["NXS"], "unit": AREA, "year": YEAR, "draw_on": "2017-10-16"}
    assert "2018" in desk.read("/contributions/batches/add/")
    assert desk.post("/contributions/batches/add/", form | {"draw_on": "2017-10-01"}).status_code == 422
    made = desk.post("/contributions/batches/add/", form)["Location"]
    assert desk.post("/contributions/batches/add/", form).status_code == 422
    told = desk.read(made)
    assert "无协议" in told
    assert "540.00" in told
    batch = CollectionBatch.objects.get()
    assert desk.post(f"{made}send/").status_code == 302
    assert desk.post(f"{made}cancel/").status_code == 422
    file = exchange.outgoing_of("withholding", batch.pk)
    page = desk.read(f"/exchange/files/{file.number}/")
    assert file.digest in page
    content = b"".join(desk.post(f"/exchange/files/{file.number}/download/").streaming_content)
    assert "逐字节相同" in desk.post(f"/exchange/files/{file.number}/compare/", follow=True).content.decode()
    path = tmp_path / "hp.txt"
    path.write_bytes(town.bank(fate=balances({1: 0})).answer(content, paid_on=date(2017, 10, 16)))
    preview = town_receives(town, file, path)
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=BACK)
    told = desk.read(made)
    assert "暂不移交财务" in told
    assert "扣款失败" in desk.read(f"{made}items/?state=failed")
    assert "余额不足" in desk.read("/exchange/rejected/")
    work = RejectedRow.objects.get()
    assert "余额不足" in desk.read(f"/exchange/rejected/{work.pk}/")
    assert desk.post(f"/exchange/rejected/{work.pk}/take/").status_code == 302
    assert desk.post(f"/exchange/rejected/{work.pk}/resolve/", {"resolution": ""}).status_code == 422
    assert desk.post(f"/exchange/rejected/{work.pk}/resolve/", {"resolution": "已通知户主"}).status_code == 302
    again = desk.post(f"/exchange/rejected/{work.pk}/resolve/", {"resolution": "已上门"})
    assert "EX-2209" in again.content.decode(), "resolved meanwhile"
    assert desk.post(f"{made}again/").status_code == 302
    listed = desk.read("/contributions/owed/?year=2018&only=no_mandate")
    assert listed.count("<tr data-href") == 1
    assert "应缴金额" in desk.read(f"/persons/{people[0].person_no}/owed/")
    finance = seat(town.finance)
    advice = {
        "bank": batch.bank_id, "reference": "B1", "amount": "180.00", "credited_on": "2017-10-16",
        "quoted": batch.number,
    }  # fmt: skip
    assert finance.post("/contributions/advices/add/", advice | {"amount": "0"}).status_code == 422
    assert finance.post("/contributions/advices/add/", advice).status_code == 302
    assert Voucher.objects.get().number in finance.read(made)
    assert batch.number in finance.read("/contributions/advices/")
    assert finance.post(f"{made}send/").status_code == 403


def town_receives(town, file, path):
    return imports.check(
        kind="withholding",
        pooling_area=AREA,
        file_name=path.name,
        content=path,
        options={"answers": file.number},
        operator=town.clerk,
        now=BACK,
    )


def test_a_mandate_is_signed_changed_and_ended_on_the_persons_page(town, seat):
    head = town.family(1, mandate=False)[0]
    desk, address = seat(town.clerk), f"/persons/{head.person_no}/owed/"
    form = {
        "covers": "household", "number": "XY1", "bank": town.banks["NXS"], "account_no": "6217000099",
        "holder_name": "韦一", "signed_on": "2017-10-16", "last_day": "",
    }  # fmt: skip
    assert desk.post(f"{address}sign/", form | {"account_no": ""}).status_code == 422
    assert desk.post(f"{address}sign/", form).status_code == 302
    page = desk.read(address)
    assert "****0099" in page
    assert "6217000099" not in page
    first = DebitMandate.objects.get()
    assert desk.post(f"{address}sign/", form | {"replaces": "x", "number": "XY2"}).status_code == 422
    assert desk.post(f"{address}sign/", form | {"replaces": first.pk, "number": "XY2"}).status_code == 302
    second = DebitMandate.objects.get(number="XY2")
    assert desk.post(f"{address}{second.pk}/end/", {"reason": ""}).status_code == 422
    assert desk.post(f"{address}{second.pk}/end/", {"reason": "撤销"}).status_code == 302


@pytest.mark.requirement("CON-25")
def test_progress_by_village_and_day_and_who_paid_last_year_only(town, seat, tmp_path):
    from tongchou.contributions import progress

    people = [town.family(1)[0] for _ in range(10)]
    Contribution.objects.bulk_create(
        Contribution(
            person=one, pooling_area_id=AREA, scheme="resident", benefit_year=2017, amount_fen=15_000,
            paid_in_full_on=date(2016, 10, 1), kind="continuous", channel=Channel.BANK, created_at=NOW,
        )
        for one in people
    )  # fmt: skip
    town.open_year()
    town.book(town.batch(), tmp_path, balances({1: 0, 2: 0, 3: 0, 4: 0}))
    progress.roll_up(BACK)
    desk = seat(town.clerk)
    page = desk.read("/contributions/progress/?year=2018")
    assert "60.0%" in page
    assert desk.read("/contributions/owed/?year=2018&only=remind").count("<tr data-href") == 4


@pytest.mark.requirement("SYS-04")
def test_partners_and_agreements_are_kept_on_their_pages(town, seat, hire):
    desk = seat(hire("information", at=AREA))
    assert "农村信用社" in desk.read("/exchange/partners/")
    address = f"/exchange/partners/{town.banks['SW']}/"
    assert "税务" in desk.read(address)
    new = {"code": "MZ", "name": "桂宁市民政局", "kind": "civil_affairs", "contact": "", "phone": ""}
    assert desk.post("/exchange/partners/add/", new | {"code": ""}).status_code == 422
    assert desk.post("/exchange/partners/add/", new).status_code == 302
    assert desk.post("/exchange/partners/add/", new).status_code == 422
    told = {
        "flow": "withholding", "direction": "both", "frequency": "yearly", "sent_as": "", "answered_as": "",
        "responsible": "王五", "legal_basis": "JL2019 §50", "valid_from": "2017-10-01", "valid_until": "",
    }  # fmt: skip
    assert desk.post(f"{address}agree/", told).status_code == 422


# --- the simulated bank at the command line ---------------------------------------------------------------------------


@pytest.mark.requirement("SYS-29")
def test_the_simulated_bank_answers_a_file_as_it_is_told(town, tmp_path):
    town.family(1), town.family(1), town.family(1)
    town.open_year()
    batch = town.batch()
    number = exchange.outgoing_of("withholding", batch.pk).number
    told = {"paid_on": DRAW_ON, "empty": bank_office.lines_of("2"), "half": bank_office.lines_of("3-3")}
    name, content = bank_office.answer(number, **told, last=2)
    path = tmp_path / name
    path.write_bytes(content)
    facts = {"kind": "withholding", "pooling_area": AREA, "options": {"answers": number}, "operator": town.clerk}
    preview = imports.check(file_name=name, content=path, now=BACK, **facts)
    assert (preview.rows_good, preview.rows_bad) == (2, 0)
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=BACK)
    path.write_bytes(bank_office.answer(number, **told, first=3)[1])
    late = imports.check(file_name="late.txt", content=path, now=BACK, **facts)
    imports.take_in(preview_id=late.id, mode=Mode.ALL, operator=town.clerk, now=BACK)
    paid = batch.items.order_by("line_no").values_list("paid_fen", flat=True)
    assert list(paid) == [PREMIUM, 0, PREMIUM // 2]


@pytest.mark.requirement("SYS-29")
@pytest.mark.parametrize(("number", "lines", "code"), [("nowhere", "", "SM-0401"), ("nowhere", "three", "SM-0402")])
def test_the_simulated_bank_says_what_it_cannot_answer(town, number, lines, code):
    with pytest.raises(SetupProblem) as refused:
        bank_office.answer(number, paid_on=DRAW_ON, empty=bank_office.lines_of(lines))
    assert refused.value.code == code


@pytest.mark.requirement("CON-11")
def test_the_page_of_an_answer_shows_yuan_hides_accounts_and_leads_to_its_batch(town, tmp_path, client):
    town.family(1)
    town.open_year()
    batch = town.batch()
    preview = town.check(batch, tmp_path)
    client.force_login(town.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    page = client.get(reverse("imports:import", args=[preview.id])).content.decode()
    assert '<td class="nowrap">180.00</td>' in re.sub(r">\s+|\s+<", lambda found: found.group().strip(), page)
    assert batch.items.get().account_no not in page
    assert reverse("contributions:batch", args=[batch.pk]) in page

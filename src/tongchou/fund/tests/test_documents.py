"""收入确认与划转: income needs bank and document, two persons, and stands where the area's template says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tongchou.fund import commands, documents, invariants, postings, queries
from tongchou.fund.documents import (
    CreditsDiffer,
    DocumentElsewhere,
    DocumentIncomplete,
    DocumentUnknown,
    EntryDiffers,
    EntryElsewhere,
    EntryOfNothing,
    EntryPlaced,
    EntryTwice,
    EntryUnknown,
    NotEnoughToMove,
    PaperTwice,
    ReasonNeeded,
    SamePerson,
)
from tongchou.fund.events import DocumentPosted
from tongchou.fund.models import BankEntry, BusinessDocument, Voucher
from tongchou.fund.states import MOVEMENTS, BankAccountKind, DocumentKind, VoucherKind
from tongchou.kernel.money import Money
from tongchou.platform import checks
from tongchou.platform.events import subscribe, unsubscribe
from tongchou.platform.second_factor import SecondFactorWrong
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.platform.tests.factors import bind
from tongchou.platform.web import access

AREA, QINAN = "450100", "620522"
NOW = datetime(2018, 6, 29, 2, tzinfo=UTC)
TODAY = date(2018, 6, 29)


class Office:
    """会计 fills in, 财务复核 keeps the bank's entries and reviews; June 2018 is open."""

    def __init__(self, hire: Hire) -> None:
        self.accountant = hire("accountant", at=AREA)
        self.reviewer = hire("finance_reviewer", at=AREA)
        self.device = bind(self.reviewer, NOW)
        for scheme in ("resident", "employee"):
            commands.ensure_chart(pooling_area=AREA, scheme=scheme)
            commands.open_period(pooling_area=AREA, scheme=scheme, month=date(2018, 6, 1))

    def entry(self, yuan: str = "5000.00", **changes) -> BankEntry:
        given = {
            "pooling_area": AREA,
            "scheme": "resident",
            "account": BankAccountKind.SPECIAL,
            "reference": "L001",
            "amount_fen": int(Money.yuan(yuan)),
            "booked_on": TODAY,
            "payer": "东村村民委员会",
            "operator": self.reviewer,
            "now": NOW,
        }
        return documents.record_entry(**given | changes)

    def income(self, yuan: str = "5000.00", **changes) -> BusinessDocument:
        given = {
            "pooling_area": AREA,
            "scheme": "resident",
            "kind": DocumentKind.COLLECTIVE,
            "amount_fen": int(Money.yuan(yuan)),
            "payer": "东村村民委员会",
            "paper": "收据0001",
            "summary": "村集体扶持",
            "operator": self.accountant,
            "now": NOW,
        }
        return documents.issue(**given | changes)

    def matched(self, **changes) -> BusinessDocument:
        made = self.income(**changes)
        return documents.match(number=made.number, entry_id=self.entry().pk, operator=self.accountant, now=NOW)

    def review(self, made: BusinessDocument, code: str = "", *, minutes: int = 0) -> BusinessDocument:
        now = NOW + timedelta(minutes=minutes)
        return documents.review(
            number=made.number, second_factor_code=code or self.device.code(now), operator=self.reviewer, now=now
        )


@pytest.fixture
def office(hire: Hire) -> Office:
    return Office(hire)


def booked(number: str) -> dict[str, int]:
    found = queries.voucher(number)
    assert found is not None
    return {entry.account: (entry.debit_fen or 0) - (entry.credit_fen or 0) for entry in found.entries}


@pytest.mark.requirement("FIN-07")
def test_38000_from_the_bank_without_a_document_is_on_the_list_of_what_waits(office, client: Client):
    office.entry("38000.00", payer="某单位")
    client.force_login(office.reviewer, backend="tongchou.platform.authentication.OperatorBackend")
    told = client.get("/fund/entries/?state=open").content.decode()
    assert "38,000.00" in told
    assert "待查" in told
    assert not Voucher.objects.exists()


@pytest.mark.requirement("CON-29")
@pytest.mark.article("QA2018 二(二)")
def test_a_village_grant_of_5000_is_collective_support_with_its_receipt(office):
    made = office.matched()
    assert (made.get_kind_display(), made.paper, made.payer) == ("集体扶持", "收据0001", "东村村民委员会")
    assert not Voucher.objects.exists()
    made = office.review(made)
    assert made.state == "posted"
    assert booked(made.voucher_no) == {"1003": 500_000, "4501": -500_000}
    assert invariants.broken(pooling_area=AREA, since=date(2018, 1, 1), until=date(2018, 7, 1)) == []


@pytest.mark.requirement("FIN-35")
@pytest.mark.article("GX2017 §95")
@pytest.mark.parametrize(
    ("area", "kind", "debit", "credit"),
    [
        pytest.param(AREA, DocumentKind.PREMIUM, "1002", "4001", id="广西保险费进收入户"),
        pytest.param(QINAN, DocumentKind.PREMIUM, "1003", "4001", id="秦安保险费进财政专户"),
        pytest.param(AREA, DocumentKind.SUBSIDY_COUNTY, "1003", "410104", id="财政补助进财政专户"),
        pytest.param(AREA, DocumentKind.COLLECTIVE, "1002", "4501", id="集体扶持"),
        pytest.param(AREA, DocumentKind.INTEREST, "1002", "420101", id="利息"),
        pytest.param(AREA, DocumentKind.LATE_FEE, "1002", "4501", id="滞纳金"),
        pytest.param(AREA, DocumentKind.FROM_ABOVE, "1003", "4401", id="上级补助"),
        pytest.param(AREA, DocumentKind.FROM_BELOW, "1002", "4402", id="下级上解"),
    ],
)
def test_each_kind_of_income_is_posted_as_the_areas_template_says(area, kind, debit, credit):
    found = postings.template(area, "resident", kind)
    assert (found.debit, found.credit) == (debit, credit)


def test_every_template_of_every_set_names_accounts_that_take_entries():
    for area in (AREA, QINAN):
        for scheme in ("resident", "employee"):
            for kind, found in postings.postings(area, scheme).templates.items():
                assert found.is_movement == (kind in MOVEMENTS)
    with pytest.raises(postings.NoTemplate):
        postings.template(QINAN, "resident", DocumentKind.TO_SPECIAL)


def test_a_template_with_an_account_that_takes_no_entry_is_a_fault():
    with pytest.raises(postings.TemplateFaulty):
        postings._read(DocumentKind.AID, {"into": ["1003"], "credit": "4101"}, {"1003"})
    with pytest.raises(postings.TemplateFaulty):
        postings._read(DocumentKind.TO_SPECIAL, {"into": ["1003"], "credit": "1002"}, {"1002", "1003"})


@pytest.mark.requirement("FIN-36")
@pytest.mark.article("GX2017 §93")
def test_the_sweep_of_1234567_89_leaves_nothing_and_does_not_change_the_fund(office):
    swept = Money.yuan("1234567.89")
    with transaction.atomic():
        commands.post_voucher(
            pooling_area=AREA,
            scheme="resident",
            kind=VoucherKind.RECEIPT,
            dated_on=date(2018, 6, 1),
            summary="代扣",
            source_document="YW1",
            entries=[commands.EntryDraft("1002", debit=swept), commands.EntryDraft("4001", credit=swept)],
            operator="会计",
            now=NOW,
        )
    with pytest.raises(NotEnoughToMove):
        sweep(office, int(swept) + 1)
    made = office.review(sweep(office, int(swept)))
    balances = queries.account_balances(pooling_area=AREA, scheme="resident", until=date(2018, 7, 1))
    assert balances.get("1002", 0) == 0
    assert balances["1003"] == int(swept)
    assert balances["4001"] == -int(swept)
    assert queries.voucher(made.voucher_no).kind == VoucherKind.TRANSFER


@pytest.mark.article("GX2017 §93")
def test_of_two_sweeps_of_the_same_money_only_one_is_posted(office):
    with transaction.atomic():
        commands.post_voucher(
            pooling_area=AREA,
            scheme="resident",
            kind=VoucherKind.RECEIPT,
            dated_on=date(2018, 6, 1),
            summary="代扣",
            source_document="YW1",
            entries=[commands.EntryDraft("1002", debit=Money(900)), commands.EntryDraft("4001", credit=Money(900))],
            operator="会计",
            now=NOW,
        )
    first, second = sweep(office, 900), sweep(office, 900, paper="划002")
    office.review(first)
    with pytest.raises(NotEnoughToMove):
        office.review(second, minutes=2)


def sweep(office: Office, fen: int, paper: str = "划001") -> BusinessDocument:
    return documents.move(
        pooling_area=AREA,
        scheme="resident",
        kind=DocumentKind.TO_SPECIAL,
        amount_fen=fen,
        paper=paper,
        dated_on=TODAY,
        operator=office.accountant,
        now=NOW,
    )


@pytest.mark.article("GX2017 §95")
def test_a_sum_that_differs_by_a_fen_is_not_confirmed(office):
    made = office.income()
    entry = office.entry("5000.01")
    with pytest.raises(EntryDiffers):
        documents.match(number=made.number, entry_id=entry.pk, operator=office.accountant, now=NOW)


def test_a_subsidy_in_the_income_account_is_refused(office):
    made = office.income(kind=DocumentKind.SUBSIDY_COUNTY, payer="县财政局")
    entry = office.entry(account=BankAccountKind.INCOME)
    with pytest.raises(EntryElsewhere):
        documents.match(number=made.number, entry_id=entry.pk, operator=office.accountant, now=NOW)
    with pytest.raises(EntryElsewhere):
        office.income(kind=DocumentKind.SUBSIDY_CITY, account="1002", paper="x")


def test_an_entry_belongs_to_one_document(office):
    made, entry = office.matched(), BankEntry.objects.get()
    other = office.income(paper="收据0002")
    with pytest.raises(EntryPlaced):
        documents.match(number=other.number, entry_id=entry.pk, operator=office.accountant, now=NOW)
    with pytest.raises(EntryUnknown):
        documents.match(number=other.number, entry_id=0, operator=office.accountant, now=NOW)
    again = documents.match(number=made.number, entry_id=entry.pk, operator=office.accountant, now=NOW)
    assert again.pk == made.pk


@pytest.mark.article("GX2017 §97")
def test_whoever_prepared_does_not_review_and_the_code_is_asked_for(office, hire):
    both = hire("accountant", at=AREA)
    made = office.income(operator=both)
    documents.match(number=made.number, entry_id=office.entry().pk, operator=both, now=NOW)
    with pytest.raises(checks.NoPermission):
        documents.review(number=made.number, second_factor_code="", operator=both, now=NOW)
    BusinessDocument.objects.filter(pk=made.pk).update(prepared_by=office.reviewer.staff_code)
    with pytest.raises(SamePerson):
        office.review(made)
    BusinessDocument.objects.filter(pk=made.pk).update(prepared_by=both.staff_code)
    with pytest.raises(SecondFactorWrong):
        office.review(made, "000000")
    assert not Voucher.objects.exists()


def test_reviewing_twice_posts_once_and_tells_once(office):
    told = []
    subscribe(DocumentPosted)(told.append)
    try:
        made = office.matched(origin="test", origin_key="7")
        office.review(made)
        assert office.review(made).voucher_no
    finally:
        unsubscribe(DocumentPosted, told.append)
    assert [(one.origin_key, one.amount_fen) for one in told] == [("7", 500_000)]
    assert Voucher.objects.count() == 1


def test_what_is_sent_back_waits_again_and_can_be_voided(office):
    made = office.matched()
    with pytest.raises(ReasonNeeded):
        documents.send_back(number=made.number, reason=" ", operator=office.reviewer, now=NOW)
    documents.send_back(number=made.number, reason="回单不清", operator=office.reviewer, now=NOW)
    assert not BankEntry.objects.filter(document__isnull=False).exists()
    with pytest.raises(DocumentElsewhere):
        office.review(made)
    with pytest.raises(ReasonNeeded):
        documents.void(number=made.number, reason="", operator=office.accountant, now=NOW)
    documents.void(number=made.number, reason="重复", operator=office.accountant, now=NOW)
    again = office.income()
    assert again.number != made.number
    with pytest.raises(DocumentUnknown):
        documents.void(number="没有", reason="x", operator=office.accountant, now=NOW)


def test_the_same_paper_is_one_document_and_the_same_entry_one_entry(office):
    assert office.income().pk == office.income().pk
    with pytest.raises(PaperTwice):
        office.income("4999.00")
    assert office.entry().pk == office.entry().pk
    with pytest.raises(EntryTwice):
        office.entry("1.00")


def test_what_is_incomplete_is_refused(office):
    with pytest.raises(EntryOfNothing):
        office.entry("0.00")
    with pytest.raises(EntryOfNothing):
        office.entry(booked_on=date(2018, 6, 30))
    with pytest.raises(DocumentIncomplete):
        office.income(payer=" ")
    with pytest.raises(CreditsDiffer):
        office.income(credits={"4501": 1})
    with pytest.raises(checks.NoPermission):
        office.income(operator=office.reviewer)


@pytest.mark.requirement("FIN-34")
def test_one_document_may_part_its_sum_among_pool_and_accounts(office):
    made = office.income(
        "50000.00",
        scheme="employee",
        kind=DocumentKind.UNIT_PREMIUM,
        credits={"400101": 3_600_000, "400102": 1_400_000},
    )
    entry = office.entry("50000.00", scheme="employee", account=BankAccountKind.INCOME)
    documents.match(number=made.number, entry_id=entry.pk, operator=office.accountant, now=NOW)
    made = office.review(made)
    assert booked(made.voucher_no) == {"1002": 5_000_000, "400101": -3_600_000, "400102": -1_400_000}


def test_the_database_keeps_income_without_bank_entry_out_and_posted_documents_as_they_are(office):
    made = office.income()
    with pytest.raises(DatabaseError), transaction.atomic():
        BusinessDocument.objects.filter(pk=made.pk).update(state="prepared", dated_on=TODAY)
    made = office.review(
        documents.match(number=made.number, entry_id=office.entry().pk, operator=office.accountant, now=NOW)
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        BusinessDocument.objects.filter(pk=made.pk).update(amount_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        BankEntry.objects.update(amount_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.delete()


def test_two_accountants_at_once_place_an_entry_once(committed):
    office = Office(Hire())
    entry = office.entry()
    made = [office.income(paper=f"收据{n}") for n in range(2)]

    def place(one: BusinessDocument) -> None:
        documents.match(number=one.number, entry_id=entry.pk, operator=office.accountant, now=NOW)

    assert at_once(*[lambda one=one: place(one) for one in made]) == ["", EntryPlaced.code]


@pytest.fixture
def seat(office, client: Client):
    def at(operator) -> Client:
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return client

    return at


@pytest.mark.requirement("CON-29")
def test_the_pages_lead_from_the_bank_entry_to_the_voucher_on_paper(office, seat):
    bank = {
        "scheme": "resident",
        "account": "1003",
        "reference": "L9",
        "amount": "5000.00",
        "booked_on": "2018-06-29",
        "payer": "东村",
    }
    assert seat(office.reviewer).post("/fund/entries/add/", bank).status_code == 302
    income = {
        "scheme": "resident",
        "kind": "collective",
        "payer": "东村",
        "paper": "收据7",
        "amount": "5000.00",
        "summary": "村集体扶持",
    }
    accountant = seat(office.accountant)
    assert accountant.post("/fund/documents/income/", income | {"amount": ""}).status_code == 422
    where = accountant.post("/fund/documents/income/", income).headers["Location"]
    told = accountant.get(where).content.decode()
    assert "L9" in told
    entry = BankEntry.objects.get()
    assert accountant.post(f"{where}match/", {"entry": str(entry.pk)}).status_code == 302
    assert accountant.post(f"{where}review/", {}).status_code == 403
    reviewer = seat(office.reviewer)
    assert 'name="second_factor"' in reviewer.get(where).content.decode()
    wrong = reviewer.post(f"{where}review/", {"second_factor": "000000"})
    assert wrong.status_code == 422
    assert "PL-0522" in wrong.content.decode()


@pytest.mark.requirement("FIN-07")
def test_the_first_page_says_what_waits_for_whom_with_the_way_there(
    office, seat, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(access, "now", lambda: NOW)

    def desk(operator) -> str:
        browser = seat(operator)
        browser.get("/")
        with django_assert_max_num_queries(12):
            return browser.get("/").content.decode()

    assert "没有待办事项。" in desk(office.accountant)
    office.entry(reference="L002", yuan="7.00")
    office.income(yuan="9.00", paper="收据0002")
    told = desk(office.accountant)
    assert 'href="/fund/entries/?state=open">银行入账待查 <strong>1</strong>' in told
    assert 'href="/fund/documents/?state=waiting">业务单据待到账 <strong>1</strong>' in told
    assert "没有待办事项。" in desk(office.reviewer)
    office.matched()
    assert 'href="/fund/documents/?state=prepared">业务单据待复核 <strong>1</strong>' in desk(office.reviewer)
    assert "业务单据待复核" not in desk(office.accountant)


def test_the_papers_are_counted_and_say_so_when_printed_again(office, seat):
    made = office.review(office.matched())
    browser = seat(office.accountant)
    for address in (f"/fund/vouchers/{made.voucher_no}/print.pdf", f"/fund/documents/{made.number}/print.pdf"):
        for _ in range(2):
            paper = browser.get(address)
            assert paper.headers["Content-Type"] == "application/pdf"
            assert paper.content.startswith(b"%PDF")
    assert office.reviewer.staff_code in browser.get(f"/fund/vouchers/{made.voucher_no}/").content.decode()
    assert browser.get("/fund/documents/").status_code == 200
    assert browser.get("/fund/documents/movement/").status_code == 200
    assert browser.get("/fund/entries/add/").status_code == 403
    assert browser.get("/fund/documents/nothing/").status_code == 404

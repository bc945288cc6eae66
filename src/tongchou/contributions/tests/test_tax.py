"""What the tax office collects, what of it must be looked at, and whom it is told of (税务征收; CON-11, SYS-05)."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps

from tongchou.contributions import commands as contributions
from tongchou.contributions import invariants, receivables, usage
from tongchou.contributions.models import Contribution, CoverageSpan, PendingAmount, Receivable
from tongchou.contributions.refunds.money import BenefitsUsed
from tongchou.contributions.rules import AmountDiffers
from tongchou.contributions.tax import items
from tongchou.contributions.tax.models import TaxItem
from tongchou.contributions.tax.states import TAX_TRANSITIONS, TaxItemState
from tongchou.contributions.tests.conftest import AREA, PREMIUM, citizen_number
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.fund import commands as fund
from tongchou.platform.checks import OutOfScope

Person = apps.get_model("enrolment", "Person")
RejectedRow = apps.get_model("exchange", "RejectedRow")
Entry = apps.get_model("fund", "Entry")
YEAR = 2018
NOW = datetime(2017, 10, 20, 2, tzinfo=UTC)
EARLIER = datetime(2017, 9, 5, 2, tzinfo=UTC)
HEAD = "姓名,证件号码,保险年度,缴费金额,缴费日期,电子税票号,征收机构,更正原票号"


class TaxDesk:
    """The agency's side: a clerk, opened books and year, and files of the tax office."""

    def __init__(self, hire, folder):
        self.clerk, self.policy = hire("clerk", at=AREA), hire("eligibility", at=AREA)
        self.officer = hire("information", at=AREA)
        self.folder, self.files = folder, 0
        hire("finance_reviewer", at=AREA)
        fund.ensure_chart(pooling_area=AREA, scheme="resident")
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2017, 10, 1))

    def import_(self, kind, head, rows, mode=Mode.ALL, *, now=NOW, return_bad=False, **options):
        self.files += 1
        file = self.folder / f"{kind}{self.files}.csv"
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        preview = imports.check(
            kind=kind, pooling_area=AREA, file_name=file.name, content=file, options=options, operator=self.clerk,
            now=now,
        )  # fmt: skip
        imports.take_in(preview_id=preview.id, mode=mode, operator=self.clerk, now=now, return_bad=return_bad)
        return preview

    def enrol(self, people):
        self.import_(
            "roster", "姓名,证件号码,村代码", [f"韦{n},{number(n)},{VILLAGE}" for n in range(people)], now=EARLIER
        )
        self.open_year()

    def open_year(self):
        receivables.open_year(
            pooling_area=AREA, benefit_year=YEAR, opens_on=date(2017, 9, 1), operator=self.policy, now=NOW
        )

    def tax(self, *rows, mode=Mode.ONLY_GOOD, **how):
        return self.import_("contributions", HEAD, rows, mode, channel="tax", transferred="", **how)

    def one(self, command, item=None, **told):
        facts = {"reason": "税务局电话核实", "operator": self.clerk, "now": NOW}
        return command(item_id=(item or TaxItem.objects.get(state="open")).pk, **facts | told)


def number(n):
    return citizen_number(date(1960 + n // 300, 5, 6), 2 * (n % 300) + 1)


def record(n, ticket="", yuan="180.00", on="2017-10-09", corrects="", name=""):
    return f"{name or f'韦{n}'},{number(n)},2018,{yuan},{on},{ticket or f'T{n:05d}'},城关税务分局,{corrects}"


def person(n):
    return Person.objects.get(certificate_no=number(n))


def entries(voucher_no):
    found = Entry.objects.filter(voucher__number=voucher_no).values_list("account__code", "debit_fen", "credit_fen")
    return {code: (debit or 0) - (credit or 0) for code, debit, credit in found}


@pytest.fixture
def desk(hire, rates, tmp_path) -> TaxDesk:
    return TaxDesk(hire, tmp_path)


@pytest.mark.requirement("CON-11")
@pytest.mark.article("JL2019 §12", "JL2019 §13")
def test_of_1000_records_996_are_booked_3_match_nobody_and_1_is_a_repeat_and_again_nothing_is_booked(desk):
    desk.enrol(996)
    unknown = [record(3000 + n) for n in range(3)]
    rows = [*(record(n) for n in range(996)), *unknown, record(0)]
    preview = desk.tax(*rows, return_bad=True)
    assert (preview.rows_total, preview.rows_good) == (1000, 996)
    assert Contribution.objects.filter(channel="tax", paid_in_full_on=date(2017, 10, 9)).count() == 996
    kinds = list(TaxItem.objects.values_list("kind", flat=True))
    assert (kinds.count("unmatched"), kinds.count("duplicate"), len(kinds)) == (3, 1, 4)
    with pytest.raises(imports.AlreadyTakenIn):
        desk.tax(*rows)
    again = desk.tax(*reversed(rows))
    assert (again.rows_good, Contribution.objects.count()) == (0, 996)
    assert TaxItem.objects.filter(state="open").count() == 4
    assert TaxItem.objects.filter(state="refused", resolution=items.SENT_AGAIN).count() == 1000
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-11")
@pytest.mark.requirement("FIN-35")
@pytest.mark.article("JL2019 §13")
def test_a_record_without_its_person_is_matched_with_a_reason_on_the_tax_offices_day_and_posted(desk):
    desk.enrol(3)
    desk.tax(record(0), record(1, name="韦某"), return_bad=True)
    item = TaxItem.objects.get()
    assert (item.kind, item.code, item.unit_code) == ("unmatched", "CO-3003", VILLAGE)
    for told, refusal in (
        ({"key": "nobody"}, items.NobodyToMatch),
        ({"key": number(0)}, contributions.PaidTwice),
        ({"key": number(1), "reason": " "}, items.ReasonNeeded),
    ):
        with pytest.raises(refusal):
            desk.one(items.match, **told)
    done = desk.one(items.match, key=person(1).person_no)
    paid = done.contribution
    assert (paid.person_id, paid.paid_in_full_on, paid.receipt_no) == (person(1).pk, date(2017, 10, 9), "T00001")
    assert entries(done.voucher_no) == {"1005": PREMIUM, "4001": -PREMIUM}
    assert CoverageSpan.objects.filter(person=person(1), withdrawn_at=None).exists()
    assert Receivable.objects.get(person=person(1)).state == "paid"
    assert RejectedRow.objects.get().state == "resolved"
    with pytest.raises(items.TaxItemDone, match="已对应入账"):
        desk.one(items.match, item, key=number(2))
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-11")
@pytest.mark.requirement("CON-05")
@pytest.mark.article("GX2017 §28")
def test_money_that_came_twice_waits_and_a_repeated_record_goes_back(desk):
    desk.enrol(2)
    desk.tax(record(0), record(1))
    desk.tax(record(0, "T90000"), record(1))
    assert list(TaxItem.objects.values_list("receipt_no", "state")) == [("T90000", "open"), ("T00001", "refused")]
    with pytest.raises(items.NotAnAmendment):
        desk.one(items.accept_amendment)
    held = desk.one(items.hold)
    pending = PendingAmount.objects.get()
    assert (pending.kind, pending.person_id, pending.amount_fen) == ("duplicate", person(0).pk, PREMIUM)
    assert entries(held.voucher_no) == {"1005": PREMIUM, "200199": -PREMIUM}
    desk.tax(record(3000))
    item = TaxItem.objects.get(state="open")
    items.take(item_id=item.pk, operator=desk.clerk, now=NOW)
    assert items.refuse(item_ids=[item.pk], reason="非本统筹地区参保人", operator=desk.clerk, now=NOW) == 1
    item.refresh_from_db()
    assert (item.state, item.assigned_to, item.voucher_no) == ("refused", desk.clerk.staff_code, "")
    with pytest.raises(items.TaxItemUnknown):
        items.take(item_id=0, operator=desk.clerk, now=NOW)


@pytest.mark.requirement("CON-11")
@pytest.mark.article("JL2019 §13")
def test_a_corrected_day_voids_the_record_of_before_and_coverage_is_decided_by_the_new_day(desk):
    desk.enrol(1)
    desk.tax(record(0))
    desk.tax(record(0, "T90001", on="2017-10-11", corrects="T00000"))
    item = TaxItem.objects.get()
    assert (item.kind, item.code, item.corrects_no) == ("amended", "CO-6061", "T00000")
    with pytest.raises(items.NotAnAmendment):
        desk.one(items.match, key=number(0))
    with pytest.raises(items.NotAnAmendment):
        desk.one(items.hold)
    done = desk.one(items.accept_amendment)
    valid = Contribution.objects.get(voided_at=None)
    assert (valid.paid_in_full_on, valid.receipt_no, valid.corrects.receipt_no) == (
        date(2017, 10, 11),
        "T90001",
        "T00000",
    )
    assert done.voucher_no == "", "no money moved"
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-11")
@pytest.mark.requirement("FIN-35")
@pytest.mark.article("JL2019 §13")
def test_a_record_taken_back_by_the_tax_office_is_voided_and_leaves_income_by_a_voucher_of_its_own(desk):
    desk.enrol(1)
    desk.tax(record(0))
    desk.tax(record(0, "T90002", yuan="0.00", corrects="T00000"))
    with pytest.raises(items.NotAnAmendment):
        desk.one(items.hold)
    done = desk.one(items.accept_amendment)
    assert not Contribution.objects.filter(voided_at=None).exists()
    assert Receivable.objects.get().state == "due"
    assert entries(done.voucher_no) == {"4001": PREMIUM, "1005": -PREMIUM}
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-11")
def test_a_record_that_is_another_persons_moves_and_is_refused_once_benefits_were_used(desk):
    desk.enrol(3)
    desk.tax(record(0), record(2))
    desk.tax(
        record(1, "T90003", corrects="T00000"), record(1, "T90004", corrects="T00002"), record(1, "T9", corrects="?")
    )
    moved, late, lost = TaxItem.objects.order_by("id")

    def once(person_id, spans):
        return 1

    usage.answer_with(once)
    try:
        with pytest.raises(BenefitsUsed):
            desk.one(items.accept_amendment, moved)
    finally:
        usage.withdraw(once)
    desk.one(items.accept_amendment, moved)
    assert [one.person_id for one in Contribution.objects.filter(voided_at=None).order_by("id")] == [
        person(2).pk,
        person(1).pk,
    ]
    assert Receivable.objects.get(person=person(0)).state == "due"
    with pytest.raises(contributions.PaidTwice):
        desk.one(items.accept_amendment, late)
    with pytest.raises(items.OriginalUnknown):
        desk.one(items.accept_amendment, lost)
    assert invariants.broken(AREA, NOW.date()) == []


def test_a_sum_that_is_not_owed_is_matched_to_nobody_and_may_be_held_without_a_person(desk):
    desk.enrol(1)
    desk.tax(record(0, yuan="100.00"), record(3000))
    wrong, unknown = TaxItem.objects.order_by("id")
    assert wrong.kind == "ruled_out"
    with pytest.raises(AmountDiffers):
        desk.one(items.match, wrong, key=number(0))
    desk.one(items.hold, unknown)
    assert PendingAmount.objects.get().person_id is None
    TaxItem.objects.filter(pk=wrong.pk).update(amount_fen=0)
    with pytest.raises(items.NothingToHold):
        desk.one(items.hold, wrong)


def test_a_clerk_of_another_place_resolves_nothing_here(desk, hire):
    desk.enrol(1)
    desk.tax(record(0, yuan="100.00"))
    with pytest.raises(OutOfScope):
        desk.one(items.hold, operator=hire("clerk", at="450103"))


def test_records_move_only_along_their_transitions():
    assert {end for pair in TAX_TRANSITIONS for end in pair} == set(TaxItemState)

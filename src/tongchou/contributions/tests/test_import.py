"""Importing what banks and tax offices report (缴费结果导入)."""

from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tongchou.contributions.models import Contribution, CoverageSpan, ImportBatch
from tongchou.contributions.states import Channel
from tongchou.contributions.tests.conftest import AREA, NOW, PREMIUM, citizen_number, paid_before
from tongchou.contributions.tests.test_once_owed_pages import seat as seat
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.fund import commands as fund
from tongchou.kernel.errors import DomainError

Person = apps.get_model("enrolment", "Person")
Voucher = apps.get_model("fund", "Voucher")
Entry = apps.get_model("fund", "Entry")
HEAD = "姓名,证件号码,保险年度,缴费金额,资助金额,缴费日期,票据号"


@pytest.fixture
def books(tree):
    """The fund's books, open in the month of NOW."""
    fund.ensure_chart(pooling_area=AREA, scheme="resident")
    fund.open_period(pooling_area=AREA, scheme="resident", month=date(2020, 6, 1))


@pytest.fixture
def check(cashier, tmp_path):
    def checked(
        *rows: str, name: str = "缴费.csv", channel: str = "bank", head: str = HEAD, by=cashier, transferred: str = ""
    ):
        file = Path(tmp_path / name)
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        return imports.check(
            kind="contributions",
            pooling_area=AREA,
            file_name=name,
            content=file,
            options={"channel": channel, "transferred": transferred},
            operator=by,
            now=NOW,
        )

    return checked


def take_in(preview, cashier, mode=Mode.ALL):
    return imports.take_in(preview_id=preview.id, mode=mode, operator=cashier, now=NOW)


def faults(preview) -> list[tuple[str, str]]:
    return [(p.cell, p.code) for p in imports.problems_of(preview.id).rows]


def paid(person_id: int, year: int, on: str, amount: str = "180.00", aided: str = "", receipt: str = "") -> str:
    person = Person.objects.get(pk=person_id)
    return f"{person.name},{person.certificate_no},{year},{amount},{aided},{on},{receipt}"


@pytest.mark.requirement("CON-11")
@pytest.mark.article("JL2019 §12")
def test_a_file_books_payments_coverage_and_one_voucher(enrol, rates, books, check, cashier):
    persons = [enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id for _ in range(3)]
    paid_before(persons[0], 2017)
    paid_before(persons[1], 2016)
    preview = check(
        paid(persons[0], 2018, "2018-02-28", receipt="P1"),
        paid(persons[1], 2018, "2018-03-10", aided="100"),
        paid(persons[2], 2018, "2018/6/30"),
    )
    assert preview.rows_bad == 0
    assert preview.totals == {"金额合计": "540.00", "其中资助": "100.00", "保险年度": "2018"}
    take_in(preview, cashier)
    rows = (
        Contribution.objects.filter(batch__isnull=False)
        .order_by("id")
        .values_list("person_id", "kind", "amount_fen", "aided_fen", "channel", "receipt_no")
    )
    assert list(rows) == [
        (persons[0], "grace", PREMIUM, 0, "bank", "P1"),
        (persons[1], "rejoined", PREMIUM, 10_000, "bank", ""),
        (persons[2], "first_mid", PREMIUM, 0, "bank", ""),
    ]
    spans = CoverageSpan.objects.order_by("id").values_list("covered_from", "covered_until", "paid_on")
    assert list(spans) == [
        (date(2018, 1, 1), date(2019, 1, 1), date(2018, 2, 28)),
        (date(2018, 5, 1), date(2019, 1, 1), date(2018, 3, 10)),
        (date(2018, 7, 1), date(2019, 1, 1), date(2018, 6, 30)),
    ]
    voucher = Voucher.objects.get(number=ImportBatch.objects.get().voucher_no)
    entries = Entry.objects.filter(voucher=voucher).values_list("account__code", "debit_fen", "credit_fen")
    assert sorted(entries) == [("1002", 3 * PREMIUM, None), ("4001", None, 3 * PREMIUM)]


def test_what_the_tax_office_collects_is_in_the_treasury(enrol, rates, books, check, cashier):
    person = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    take_in(check(paid(person, 2018, "2017-10-01"), channel="tax"), cashier)
    assert Entry.objects.filter(account__code="1005", debit_fen=PREMIUM).exists()
    assert Contribution.objects.get().channel == Channel.TAX


@pytest.mark.requirement("CON-02")
@pytest.mark.requirement("CON-11")
def test_every_fault_has_its_cell(enrol, rates, check, pay):
    persons = [enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id for _ in range(8)]
    pay(persons[0], 2018, "2017-10-01")
    late = enrol(enrolled_on=date(2018, 1, 1), now=NOW).person_id
    preview = check(
        paid(persons[0], 2018, "2017-10-02"),
        paid(persons[1], 2018, "2017-10-01", amount="100"),
        paid(persons[2], 2018, "2017-08-31"),
        paid(persons[3], 2018, "2018-07-15"),
        paid(persons[4], 2018, "2017-10-01", aided="200"),
        f"某人,{citizen_number(order=901)},2018,180,,2017-10-01,",
        "某人,,2018,180,,2017-10-01,",
        paid(persons[5], 2030, "2018-01-01"),
        paid(persons[6], 2018, "2017-10-01"),
        paid(persons[6], 2018, "2017-10-01"),
        paid(late, 2018, "2017-12-31"),
        paid(persons[7], 2018, "2017-10-01").replace("韦", "覃"),
    )
    assert faults(preview) == [
        ("C2", "CO-2005"),
        ("D3", "CO-1003"),
        ("F4", "CO-1001"),
        ("F5", "CO-1004"),
        ("E6", "CO-1005"),
        ("B7", "CO-3002"),
        ("B8", "CO-3001"),
        ("C9", "CO-2001"),
        ("C11", "PL-0826"),
        ("F12", "CO-2004"),
        ("A13", "CO-3003"),
    ]
    assert preview.rows_good == 1


@pytest.mark.requirement("CON-11")
def test_sending_the_file_again_books_nothing_new(enrol, rates, books, check, cashier):
    person = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    take_in(check(paid(person, 2018, "2017-10-01")), cashier)
    with pytest.raises(imports.AlreadyTakenIn):
        check(paid(person, 2018, "2017-10-01"), name="again.csv")
    again = check(paid(person, 2018, "2017-10-01"), "", name="resaved.csv", head=HEAD + ",备注")
    assert [(f.code, f.rows) for f in again.faults] == [("CO-2005", 1)]
    assert Contribution.objects.count() == 1


def test_closed_books_leave_nothing_behind(enrol, rates, check, cashier):
    person = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    fund.ensure_chart(pooling_area=AREA, scheme="resident")
    preview = check(paid(person, 2018, "2017-10-01"))
    with pytest.raises(DomainError, match="不能记账"):
        take_in(preview, cashier)
    assert Contribution.objects.count() == ImportBatch.objects.count() == 0
    assert imports.preview_of(preview.id).state == "checked"


@pytest.mark.requirement("ORG-02")
@pytest.mark.article("GX2017 §3")
def test_nobody_outside_the_operators_reach_is_paid_for_or_told_of(enrol, rates, check, hire):
    """The name that stands in the books is not told to who may not see the person."""
    mine = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    theirs = enrol(enrolled_on=date(2014, 9, 1), now=NOW, unit_code="450102002", name="覃小妹").person_id
    preview = check(
        paid(mine, 2018, "2017-10-01"),
        paid(theirs, 2018, "2017-10-01").replace("覃小妹", "某人"),
        by=hire("clerk", at="450102001"),
    )
    assert faults(preview) == [("B3", "PL-0202")]


def test_a_person_of_another_area_is_not_booked_in_this_one(enrol, rates, check, cashier, hire):
    province = hire("clerk", at="450000")
    elsewhere = enrol(
        pooling_area="450200", unit_code="450202", hukou_area="450202", enrolled_on=date(2014, 9, 1), operator=province
    )
    assert faults(check(paid(elsewhere.person_id, 2018, "2017-10-01"), by=cashier)) == [("B2", "PL-0202")]
    preview = check(paid(elsewhere.person_id, 2018, "2017-10-01", receipt="2"), by=province)
    assert faults(preview) == [("B2", "CO-3005")]


days = st.dates(date(2017, 8, 25), date(2019, 3, 5))
payments = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([2018, 2019]), days, st.sampled_from([18_000, 9_000])),
    max_size=8,
    unique_by=lambda payment: payment[:2],
)
"""Nobody twice for a year: at the counter the second is refused for the first, in a file also for a refused first."""
histories = st.lists(st.sets(st.sampled_from([2015, 2016, 2017]), max_size=2), min_size=4, max_size=4)


HELD = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
}
"""Every example leaves the database as it found it; making a failing one smaller would take minutes."""


@settings(max_examples=25, deadline=None, **HELD)
@given(
    payments=payments,
    histories=histories,
    births=st.lists(st.dates(date(2017, 1, 1), date(2018, 8, 1)), max_size=4),
    at=st.sampled_from([AREA, "450102001"]),
)
def test_a_file_brings_exactly_what_the_counter_brings(
    payments, histories, births, at, enrol, rates, books, pay, hire, check
):
    """The same payments, once row by row at the counter and once as a file: equal records, equal refusals.

    The operator serves the city or one town; the last of the persons belongs to another town.
    """
    cashier = hire("clerk", at=at)

    def at_counter(persons):
        refused = []
        for row_no, (who, year, on, amount) in enumerate(payments, 2):
            try:
                pay(persons[who], year, on.isoformat(), amount_fen=amount, receipt_no=f"P{row_no}", operator=cashier)
            except DomainError as refusal:
                refused.append((row_no, refusal.code, str(refusal)))
        return refused

    def by_file(persons):
        rows = [
            paid(persons[who], year, on.isoformat(), f"{amount / 100:.2f}", receipt=f"P{row_no}")
            for row_no, (who, year, on, amount) in enumerate(payments, 2)
        ]
        if not rows:
            return []
        preview = check(*rows, name=f"{len(persons)}.csv", by=cashier)
        told = [(p.row_no, p.code, p.reason) for p in imports.problems_of(preview.id).rows]
        if preview.rows_good:
            take_in(preview, cashier, Mode.ONLY_GOOD)
        return told

    outcomes = []
    for way in (at_counter, by_file):
        undo = transaction.savepoint()
        persons = _persons(enrol, histories, births)
        outcomes.append((way(persons), _records(persons)))
        transaction.savepoint_rollback(undo)
    assert outcomes[0] == outcomes[1]


def _persons(enrol, histories, births) -> list[int]:
    """Four persons with what they paid before; the first ones newly born where births are given."""
    persons = []
    for place, years in enumerate(histories):
        born_on = births[place] if place < len(births) else date(1980, 1, 1)
        enrolment = enrol(
            name=f"韦{place}",
            certificate_no=citizen_number(born_on, order=11 + 2 * place),
            enrolled_on=max(born_on, date(2014, 9, 1)),
            unit_code="450102002" if place == len(histories) - 1 else VILLAGE,
            now=NOW,
        )
        paid_before(enrolment.person_id, *years)
        persons.append(enrolment.person_id)
    return persons


def _records(persons):
    """Everything booked, by the place of the person."""
    place = {person: at for at, person in enumerate(persons)}
    booked = Contribution.objects.filter(person_id__in=persons, created_at=NOW).exclude(receipt_no="")
    spans = CoverageSpan.objects.filter(person_id__in=persons)
    return (
        sorted(
            (place[c.person_id], c.benefit_year, c.amount_fen, c.paid_in_full_on, c.kind, c.channel, c.receipt_no)
            for c in booked
        ),
        sorted((place[s.person_id], s.benefit_year, s.covered_from, s.covered_until, s.rule, s.paid_on) for s in spans),
    )


@pytest.mark.requirement("CON-09")
@pytest.mark.article("GX2017 §24")
def test_a_schools_transfer_is_the_sum_of_its_roster_or_no_student_has_paid(enrol, rates, books, check, cashier):
    """In small: the example has 290 students."""
    students = [enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id for _ in range(3)]
    rows = [paid(one, 2018, "2018-02-28") for one in students]
    for told, code in (("360.00", "CO-3006"), ("", "CO-3007"), ("五百", "CO-3007")):
        preview = check(*rows, channel="school", transferred=told)
        with pytest.raises(DomainError) as refused:
            take_in(preview, cashier)
        assert refused.value.code == code
    assert check(*rows, channel="school", transferred="360").totals["与到账金额相差"] == "180.00"
    assert not Contribution.objects.exists()
    take_in(check(*rows, channel="school", transferred="540.00"), cashier)
    assert Contribution.objects.filter(channel=Channel.SCHOOL).count() == 3


@pytest.mark.requirement("CON-11")
@pytest.mark.article("GX2017 §22")
def test_a_payment_of_a_day_to_come_is_no_payment_yet(enrol, rates, check):
    person = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    assert faults(check(paid(person, 2021, "2020-12-31"))) == [("F2", "CO-6800")]


@pytest.mark.requirement("CON-11", "CON-02")
def test_the_list_of_errors_says_an_amount_as_the_file_does(enrol, rates, check, cashier, seat):
    person = enrol(enrolled_on=date(2014, 9, 1), now=NOW).person_id
    preview = check(paid(person, 2018, "2018-02-28", amount="170.00"))
    page = seat(cashier).get(f"/imports/{preview.id}/").content.decode()
    assert "<td>170.00</td>" in page
    assert "17000" not in page

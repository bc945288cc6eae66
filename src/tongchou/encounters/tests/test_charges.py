"""Charge lines of visits: uploaded, rated, taken back (2204, 2205)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.encounters.tests import world
from tongchou.encounters.tests.world import (
    CEILED,
    DAILY,
    DRUG_A,
    DRUG_B,
    DRUG_C,
    LIMITED,
    RESTRICTED,
    STRANGER,
    SUSPENDED_DOCTOR,
    TERMLESS,
    WOMENS,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]

PARTS = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")


def parts(row: dict[str, Any]) -> tuple[str, ...]:
    """Own expense, over price, first self-pay, in scope, in yuan."""
    return tuple(f"{row[part]:.2f}" for part in PARTS)


def test_a_line_is_rated_stored_and_summed(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    line = world.line(who, mdtrt_id, med_list_codg=DRUG_B, cnt="2.0000", pric="17.300000", det_item_fee_sumamt="34.60")
    (row,) = world.upload(who, mdtrt_id, line)
    assert row["feedetl_sn"] == line["feedetl_sn"]
    assert (row["selfpay_prop"], row["pric_uplmt_amt"], row["chrgitm_lv"]) == (0.1, 999999, "02")
    assert parts(row) == ("0.00", "0.00", "3.46", "31.14")
    (stored,) = world.lines_of(mdtrt_id)
    assert (stored.amount_fen, stored.pre_self_pay_fen, stored.in_scope_fen) == (3460, 346, 3114)
    assert (stored.quantity, stored.unit_price, stored.served_at) == (
        2,
        Decimal("17.3"),
        world.on("2018-03-15", "10:10:00"),
    )
    (batch,) = world.batches_of(mdtrt_id)
    assert (batch.batch_no, batch.lines, batch.total_fen, batch.category_fen) == ("B1", 1, 3460, {"09": 3460})


@pytest.mark.article("GX2017 §85")
@pytest.mark.requirement("BEN-12")
def test_classes_add_up_as_the_catalogue_says(who: world.Person) -> None:
    """10,000 = 甲 6,000 + 乙 3,000 + 丙 1,000 → in scope 8,700, first self-pay 300, own expense 1,000."""
    mdtrt_id = world.visit(who)
    lines = [
        world.line(who, mdtrt_id, med_list_codg=item, pric=amount, det_item_fee_sumamt=amount)
        for item, amount in ((DRUG_A, 6000), (DRUG_B, 3000), (DRUG_C, 1000))
    ]
    world.upload(who, mdtrt_id, *lines)
    (batch,) = world.batches_of(mdtrt_id)
    assert (batch.total_fen, batch.own_expense_fen) == (1_000_000, 100_000)
    assert (batch.pre_self_pay_fen, batch.in_scope_fen) == (30_000, 870_000)


@pytest.mark.requirement("CAT-03")
@pytest.mark.requirement("CAT-08")
def test_what_lies_above_the_ceiling_is_the_persons(who: world.Person) -> None:
    """乙 with 10 % first self-pay and ceiling 100, price 120: over price 20, first self-pay 10, in scope 90."""
    mdtrt_id = world.visit(who)
    (row,) = world.upload(
        who, mdtrt_id, world.line(who, mdtrt_id, med_list_codg=CEILED, pric=120, det_item_fee_sumamt=120)
    )
    assert parts(row) == ("0.00", "20.00", "10.00", "90.00")
    assert row["pric_uplmt_amt"] == 100


@pytest.mark.article("GX2017 §85")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"med_list_codg": TERMLESS}, "CAT-15"),
        ({"med_list_codg": RESTRICTED, "hosp_appr_flag": "0"}, "BEN-13"),
        ({"med_list_codg": DRUG_A, "hosp_appr_flag": "2"}, "BEN-13"),
        ({"med_list_codg": WOMENS}, "BEN-13"),
        ({"bilg_dr_codg": STRANGER}, "DOC-06"),
        ({"bilg_dr_codg": SUSPENDED_DOCTOR}, "DOC-06"),
    ],
)
@pytest.mark.requirement("BEN-14")
def test_what_no_rule_pays_is_own_expense_with_its_reason(
    who: world.Person, changes: dict[str, Any], words: str
) -> None:
    mdtrt_id = world.visit(who)
    (row,) = world.upload(who, mdtrt_id, world.line(who, mdtrt_id, **changes))
    assert parts(row) == ("10.00", "0.00", "0.00", "0.00")
    assert (row["selfpay_prop"], words in row["memo"]) == (1, True)
    assert world.lines_of(mdtrt_id)[0].reason_code == words


def test_a_restricted_item_that_the_hospital_approved_is_paid(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    (row,) = world.upload(who, mdtrt_id, world.line(who, mdtrt_id, med_list_codg=RESTRICTED, hosp_appr_flag="01"))
    assert parts(row) == ("0.00", "0.00", "0.00", "10.00")
    assert row["lmt_used_flag"] == "1"


@pytest.mark.article("GX2017 §54")
@pytest.mark.requirement("DOC-06")
@pytest.mark.parametrize(("care_type", "in_scope"), [("11", 0), ("13", 20_000)])
def test_a_suspended_physician_is_paid_in_an_emergency_only(who: world.Person, care_type: str, in_scope: int) -> None:
    mdtrt_id = world.visit(who)
    world.done("2203", world.visit_change_body(who, mdtrt_id, med_type=care_type))
    line = world.line(who, mdtrt_id, bilg_dr_codg=SUSPENDED_DOCTOR, pric=200, det_item_fee_sumamt=200)
    world.upload(who, mdtrt_id, line)
    assert world.batches_of(mdtrt_id)[0].in_scope_fen == in_scope


@pytest.mark.requirement("BEN-13")
def test_above_a_limited_quantity_is_own_expense_whatever_the_uploads(who: world.Person) -> None:
    """Limit 14, used 20 → 6 own: within a line, within a message and across messages."""
    mdtrt_id = world.visit(who)
    ten = {"med_list_codg": LIMITED, "cnt": 10, "pric": 1, "det_item_fee_sumamt": 10}
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, **ten))
    rows = world.upload(
        who,
        mdtrt_id,
        world.line(who, mdtrt_id, **ten | {"cnt": 8, "det_item_fee_sumamt": 8, "chrg_bchno": "B2"}),
        world.line(who, mdtrt_id, **ten | {"cnt": 2, "det_item_fee_sumamt": 2, "chrg_bchno": "B2"}),
    )
    assert [parts(row) for row in rows] == [("4.00", "0.00", "0.00", "4.00"), ("2.00", "0.00", "0.00", "0.00")]


@pytest.mark.requirement("BEN-13")
def test_above_a_limited_number_of_days_is_own_expense(who: world.Person) -> None:
    mdtrt_id = world.visit(who, begntime="2018-03-12")
    rows = world.upload(
        who,
        mdtrt_id,
        *(
            world.line(who, mdtrt_id, med_list_codg=DAILY, fee_ocur_time=f"2018-03-{day} 10:00:00")
            for day in (12, 12, 13, 14, 13)
        ),
    )
    assert [row["inscp_scp_amt"] for row in rows] == [10, 10, 10, 0, 10]


@pytest.mark.requirement("CAT-01")
def test_the_terms_of_the_day_of_service_decide(who: world.Person) -> None:
    term = world.model("catalogue.ItemTerm").objects.get(item_id=DRUG_B)
    term.valid_until = "2018-03-14"
    term.save()
    world.model("catalogue.ItemTerm").objects.create(
        item_id=DRUG_B, pooling_area_id=world.AREA, valid_from="2018-03-14", pay_class="01", pre_self_pay_ratio=0
    )
    mdtrt_id = world.visit(who, begntime="2018-03-13")
    rows = world.upload(
        who,
        mdtrt_id,
        *(world.line(who, mdtrt_id, med_list_codg=DRUG_B, fee_ocur_time=f"2018-03-{day}") for day in (13, 14)),
    )
    assert [row["chrgitm_lv"] for row in rows] == ["02", "01"]


DEFECTS: list[tuple[dict[str, Any], str, str]] = [
    ({"med_list_codg": "NOTHING"}, "EC-3001", "第2条费用明细的医疗目录编码(med_list_codg)“NOTHING”"),
    ({"cnt": 2}, "EC-3002", "第2条"),
    ({"det_item_fee_sumamt": 10.02}, "EC-3002", "det_item_fee_sumamt"),
    ({"det_item_fee_sumamt": -10, "cnt": -1}, "EC-3003", "cnt"),
    ({"det_item_fee_sumamt": -10}, "EC-3003", "det_item_fee_sumamt"),
    ({"cnt": 0, "det_item_fee_sumamt": 0}, "EC-3003", "cnt"),
    ({"pric": -10, "det_item_fee_sumamt": 0}, "EC-3003", "pric"),
    ({"fee_ocur_time": "2018-03-14 23:59:59"}, "EC-3008", "fee_ocur_time"),
    ({"fee_ocur_time": "2018-03-16 08:00:00"}, "EC-3008", "fee_ocur_time"),
    ({"mdtrt_id": "450100180300000009999"}, "EC-3201", "mdtrt_id"),
    ({"psn_no": "45010000000000009999"}, "EC-3201", "psn_no"),
    ({"det_item_fee_sumamt": "10.001"}, "WI-1104", "det_item_fee_sumamt"),
    ({"cnt": "NaN"}, "WI-1103", "cnt"),
    ({"rxno": "张\0三"}, "WI-1107", "rxno"),
]


@pytest.mark.parametrize(
    ("changes", "code", "words"), DEFECTS, ids=[f"{d[1]}-{next(iter(d[0]))}-{n}" for n, d in enumerate(DEFECTS)]
)
def test_a_line_with_a_defect_names_it_and_none_is_stored(
    who: world.Person, changes: dict[str, Any], code: str, words: str
) -> None:
    mdtrt_id = world.visit(who)
    before = world.snapshot()
    lines = [world.line(who, mdtrt_id), world.line(who, mdtrt_id) | changes]
    assert words in world.refused("2204", {"feedetail": lines}, code)
    assert world.snapshot() == before


@pytest.mark.parametrize("amount", [10.00, 9.99])
def test_a_fen_of_rounding_between_price_and_amount_is_no_defect(who: world.Person, amount: float) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, cnt="3", pric="3.333333", det_item_fee_sumamt=amount))


def test_one_call_may_carry_several_batches(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    lines = [world.line(who, mdtrt_id, chrg_bchno=batch) for batch in ("B1", "B2", "B1")]
    world.upload(who, mdtrt_id, *lines)
    assert [(batch.batch_no, batch.lines) for batch in world.batches_of(mdtrt_id)] == [("B1", 2), ("B2", 1)]


# --- twice --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SET-04")
def test_the_same_message_again_gets_the_first_answer(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    message = world.message("2204", {"feedetail": [world.line(who, mdtrt_id)]})
    assert world.post(message) == world.post(message, at=world.later(seconds=2))
    assert len(world.lines_of(mdtrt_id)) == 1


@pytest.mark.requirement("ENC-06")
def test_the_same_batch_in_another_message_is_stored_once_and_told(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    lines = [world.line(who, mdtrt_id), world.line(who, mdtrt_id, med_list_codg=DRUG_B)]
    first = world.send("2204", {"feedetail": lines})
    again = world.send("2204", {"feedetail": lines})
    assert (again.output, again.warning) == (first.output, "重复已忽略")
    assert len(world.lines_of(mdtrt_id)) == 2


def test_a_serial_that_comes_again_with_another_content_is_refused(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    line = world.line(who, mdtrt_id)
    world.upload(who, mdtrt_id, line)
    other = line | {"chrg_bchno": "B2", "pric": 20, "det_item_fee_sumamt": 20}
    assert line["feedetl_sn"] in world.refused("2204", {"feedetail": [other]}, "EC-3101")
    world.refused("2204", {"feedetail": [line, line]}, "EC-3007")


def test_a_batch_that_comes_again_with_further_lines_is_refused(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    line = world.line(who, mdtrt_id)
    world.upload(who, mdtrt_id, line)
    further = [line, world.line(who, mdtrt_id)]
    assert "B1" in world.refused("2204", {"feedetail": further}, "EC-3102")
    assert len(world.lines_of(mdtrt_id)) == 1


# --- 2205 ---------------------------------------------------------------------------------------------------


def cancel(who: world.Person, mdtrt_id: str, batch: str) -> tuple[str, Any]:
    return "2205", {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number, "chrg_bchno": batch}}


@pytest.mark.parametrize(("batch", "left"), [("B1", ["B2"]), ("0000", [])])
def test_a_batch_or_all_is_taken_back(who: world.Person, batch: str, left: list[str]) -> None:
    mdtrt_id = world.visit(who)
    for one in ("B1", "B2"):
        world.upload(who, mdtrt_id, world.line(who, mdtrt_id, chrg_bchno=one))
    assert world.done(*cancel(who, mdtrt_id, batch)) is None
    assert [one.batch_no for one in world.batches_of(mdtrt_id)] == left
    assert [one.batch_no for one in world.lines_of(mdtrt_id)] == left


def test_taking_back_all_of_nothing_is_no_fault(who: world.Person) -> None:
    assert world.done(*cancel(who, world.visit(who), "0000")) is None


def test_an_unknown_batch_cannot_be_taken_back(who: world.Person) -> None:
    assert "B7" in world.refused(*cancel(who, world.visit(who), "B7"), "EC-3103")


def test_settled_lines_stay(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    world.mark_settled(mdtrt_id, closing=False)
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, chrg_bchno="B2"))
    world.refused(*cancel(who, mdtrt_id, "B1"), "EC-3104")
    world.done(*cancel(who, mdtrt_id, "0000"))
    assert [one.batch_no for one in world.lines_of(mdtrt_id)] == ["B1"]


def test_a_settled_visit_opens_again_for_further_lines(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    world.mark_settled(mdtrt_id)
    world.upload(who, mdtrt_id, world.line(who, mdtrt_id, chrg_bchno="B2"))
    assert world.row_of(mdtrt_id).state == "open"


# --- properties ---------------------------------------------------------------------------------------------

prices = st.decimals(Decimal("0.01"), Decimal("999.999999"), places=6)
quantities = st.decimals(Decimal("0.0001"), Decimal("99.9999"), places=4)
items = st.sampled_from([DRUG_A, DRUG_B, DRUG_C, CEILED, LIMITED, DAILY, RESTRICTED, WOMENS, TERMLESS])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(items, quantities, prices), min_size=1, max_size=60))
def test_every_fen_of_every_bill_is_somebodys(bill: list[tuple[str, Decimal, Decimal]]) -> None:
    """C1, C11: totals with many lines of all kinds equal the sums of the lines, in the answer and in the books."""
    who = world.person()
    mdtrt_id = world.visit(who)
    lines = []
    for item, quantity, price in bill:
        amount = (quantity * price).quantize(Decimal("0.01"))
        named = {"med_list_codg": item, "cnt": str(quantity), "pric": str(price), "det_item_fee_sumamt": str(amount)}
        lines.append(world.line(who, mdtrt_id, **named))
    rows = world.upload(who, mdtrt_id, *lines)
    (batch,) = world.batches_of(mdtrt_id)
    stored = world.lines_of(mdtrt_id)
    assert len(rows) == len(stored) == len(bill)
    for column in ("own_expense_fen", "over_price_fen", "pre_self_pay_fen", "in_scope_fen"):
        assert getattr(batch, column) == sum(getattr(line, column) for line in stored)
    assert batch.total_fen == sum(line.amount_fen for line in stored) == sum(batch.category_fen.values())
    answered = sum((Decimal(str(row[part])) for row in rows for part in PARTS), Decimal(0))
    assert answered * 100 == batch.total_fen

"""Charge lines by class (BEN-12, 13, 14, 41; GX2017 §85, 54, 68)."""

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy import engine, rounding
from tongchou.policy.errors import UnknownPayClass
from tongchou.policy.facts import ClassSums
from tongchou.policy.lines import LineFacts, line_ceiling, reason_words
from tongchou.policy.tests.support import settled, tset, visit, yuan

amounts = st.integers(min_value=-5_000_000, max_value=5_000_000)
ratios = st.none() | st.integers(min_value=0, max_value=1_000_000)


@st.composite
def line(draw: st.DrawFn) -> LineFacts:
    return LineFacts(
        amount_fen=draw(amounts),
        pay_class=draw(st.sampled_from("ABC")),
        ratio_ppm=draw(ratios),
        ceiling_fen=draw(st.none() | st.integers(0, 5_000_000)),
        quantity=draw(st.integers(1, 1_000_000)),
        allowed=draw(st.none() | st.integers(0, 1_000_000)),
        denied=draw(st.sampled_from(("", "", "", "DOC-06"))),
        served_on=draw(st.none() | st.dates(date(2018, 4, 20), date(2018, 5, 10))),
        category=draw(st.sampled_from(("09", "03", "05"))),
    )


def rate(*lines: LineFacts, **bounds: date) -> engine.LineResults:
    return engine.rate_lines(tset(), lines, **bounds)


@pytest.mark.requirement("BEN-12")
@pytest.mark.article("GX2017 §85")
def test_the_classes_part_a_bill():
    rated = rate(
        LineFacts(yuan(6000), "A", category="09"),
        LineFacts(yuan(3000), "B", category="09"),
        LineFacts(yuan(1000), "C", category="03"),
    )
    assert rated.sums == ClassSums(yuan(1000), 0, yuan(300), yuan(8700))
    assert rated.sums.total_fen == yuan(10000)
    lines = [LineFacts(yuan(6000), "A", category="09"), LineFacts(yuan(1000), "C", category="03")]
    by_category = engine.rate_lines(tset(), lines).by_category(lines)
    assert by_category == {"09": ClassSums(0, 0, 0, yuan(6000)), "03": ClassSums(yuan(1000), 0, 0, 0)}


@pytest.mark.requirement("BEN-12")
@pytest.mark.parametrize(
    ("facts", "share"),
    [
        pytest.param(LineFacts(452, "B", 50_000), (0, 0, 23, 429), id="先行自付5%四舍五入"),
        pytest.param(LineFacts(10_000, "B"), (0, 0, 1_000, 9_000), id="乙类未另定比例"),
        pytest.param(LineFacts(10_000, "B", 0), (0, 0, 0, 10_000), id="乙类比例为零"),
        pytest.param(LineFacts(10_000, "B", 1_000_000), (10_000, 0, 0, 0), id="比例100%即全自费"),
        pytest.param(LineFacts(10_000, "A", 200_000), (0, 0, 2_000, 8_000), id="甲类目录另有比例"),
        pytest.param(LineFacts(10_000, "C", 0), (10_000, 0, 0, 0), id="丙类总是全自费"),
        pytest.param(LineFacts(10_000, "A", None, 8_000), (0, 2_000, 0, 8_000), id="超限价"),
        pytest.param(LineFacts(10_000, "B", 100_000, 8_000), (0, 2_000, 800, 7_200), id="超限价后先行自付"),
        pytest.param(LineFacts(0, "B"), (0, 0, 0, 0), id="零金额"),
        pytest.param(LineFacts(-10_000, "B", 100_000, 8_000), (0, -2_000, -800, -7_200), id="退费与收费对称"),
    ],
)
def test_a_line_is_parted_to_the_fen(facts, share):
    assert rate(facts).shares == [share]


@pytest.mark.requirement("BEN-13")
def test_days_above_a_limit_are_the_persons():
    rated = rate(LineFacts(yuan(2000), "A", quantity=20, allowed=14, limit_reason="CAT-09"))
    assert rated.shares == [(yuan(600), 0, 0, yuan(1400))]
    assert rated.reasons == {0: "CAT-09"}
    assert rate(LineFacts(yuan(2000), "A", quantity=14, allowed=14)).reasons == {}
    assert rate(LineFacts(yuan(100), "A", quantity=3, allowed=0)).reasons == {0: "BEN-13"}


@pytest.mark.requirement("BEN-14")
@pytest.mark.article("GX2017 §54")
@pytest.mark.article("NM-REF §10")
def test_refused_lines_are_own_cost_with_their_rule_on_the_slip():
    lines = [
        LineFacts(yuan(8000), "A"),
        LineFacts(yuan(200), "A", denied="DOC-06"),
        LineFacts(yuan(1200), "B", denied="ENC-40"),
    ]
    rated = engine.rate_lines(tset(), lines)
    assert rated.sums.own_expense_fen == yuan(1400)
    outcome = settled(visit(level=2), rated.sums)
    assert outcome.basic_fen == yuan("5700.00")
    slip = engine.explain(outcome, lines=rated).text()
    assert "医师未备案或已暂停,非急诊(DOC-06) 200.00元" in slip
    assert "特殊检查、治疗未经审批(ENC-40) 1,200.00元" in slip


def test_a_reason_that_has_no_words_is_shown_by_its_code():
    assert reason_words("LOCAL-7") == "LOCAL-7"


@pytest.mark.requirement("BEN-09")
@pytest.mark.article("GX2017 §22")
def test_lines_before_the_start_and_after_the_end_are_own_cost():
    days = [date(2018, 4, 30), date(2018, 5, 1), date(2018, 5, 4), date(2018, 5, 5)]
    rated = rate(*(LineFacts(100, "A", served_on=day) for day in days), covered_from=days[1], covered_until=days[3])
    assert rated.in_scope == [0, 100, 100, 0]
    assert rated.reasons == {0: "BEN-09", 3: "BEN-10"}


def test_a_class_nobody_declared_is_refused_with_the_line():
    with pytest.raises(UnknownPayClass, match="第2条"):
        rate(LineFacts(100, "A"), LineFacts(100, "D"))


def test_plain_tuples_do_as_well():
    plain = (10_000, "B", None, None, None, None, "", "", None, "")
    assert engine.rate_lines(tset(), [plain]) == rate(LineFacts(10_000, "B"))


def test_a_line_ceiling_is_unit_ceiling_times_quantity_half_up():
    assert line_ceiling(333, 15_000) == 500
    assert line_ceiling(333, -15_000) == 500


@pytest.mark.requirement("BEN-41")
def test_three_lines_of_33_335_come_to_the_same_sum_in_any_order():
    lines = [LineFacts(rounding.fen("33.335"), "A", category=name) for name in "abc"]
    sums = {engine.rate_lines(tset(), order).sums for order in permutations(lines)}
    assert sums == {ClassSums(0, 0, 0, 10_002)}


@settings(deadline=None)
@given(lines=st.lists(line(), max_size=40))
def test_every_fen_of_every_line_is_somebodys(lines):
    rated = rate(*lines, covered_from=date(2018, 5, 1))
    for facts, share in zip(lines, rated.shares, strict=True):
        assert sum(share) == facts.amount_fen
        assert all(part >= 0 for part in share) or all(part <= 0 for part in share)
    assert rated.sums == ClassSums(*(sum(part) for part in zip(*rated.shares, strict=True))) if lines else True
    assert rated.sums.total_fen == sum(facts.amount_fen for facts in lines)
    assert sum(rated.refused().values()) == sum(rated.shares[place][0] for place in rated.reasons)


@settings(deadline=None)
@given(lines=st.lists(line(), max_size=20), data=st.data())
def test_the_order_of_lines_does_not_matter(lines, data):
    assert rate(*data.draw(st.permutations(lines))).sums == rate(*lines).sums


@settings(deadline=None)
@given(facts=line())
def test_a_refund_mirrors_its_charge(facts):
    charged, refunded = rate(facts), rate(facts._replace(amount_fen=-facts.amount_fen))
    assert refunded.shares[0] == tuple(-part for part in charged.shares[0])


def test_an_empty_bill_is_nothing():
    assert rate().sums == ClassSums(0, 0, 0, 0)
    assert settled(visit(level=2), rate().sums).cash_fen == 0


def test_five_hundred_lines_of_every_kind_add_up():
    lines = [
        LineFacts(
            amount_fen=(n * 7919) % 30_000 - 2_000,
            pay_class="ABC"[n % 3],
            ratio_ppm=(None, 50_000, 333_333)[n % 3],
            ceiling_fen=9_999 if n % 5 == 0 else None,
            quantity=7,
            allowed=3 if n % 11 == 0 else None,
            denied="DOC-06" if n % 17 == 0 else "",
        )
        for n in range(500)
    ]
    assert rate(*lines).sums.total_fen == sum(facts.amount_fen for facts in lines)

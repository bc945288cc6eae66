"""Rounding (BEN-41): integers only, each rule by name."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy import rounding
from tongchou.policy.rounding import DECIMAL_MODE, Mode

fen = st.integers(min_value=0, max_value=10**12)
ppm = st.integers(min_value=0, max_value=rounding.PPM)


@pytest.mark.requirement("BEN-41")
@settings(deadline=None)
@given(amount=fen, ratio=ppm, mode=st.sampled_from(Mode))
def test_a_share_rounds_as_decimal_arithmetic_does(amount, ratio, mode):
    exact = Decimal(amount) * Decimal(ratio) / rounding.PPM
    assert rounding.share(amount, ratio, mode) == int(exact.quantize(Decimal(1), rounding=DECIMAL_MODE[mode]))


@settings(deadline=None)
@given(amount=fen, ratio=ppm, mode=st.sampled_from(Mode))
def test_a_share_of_a_refund_mirrors_the_charge(amount, ratio, mode):
    assert rounding.share(-amount, ratio, mode) == -rounding.share(amount, ratio, mode)


@pytest.mark.parametrize(("unit", "expected"), [(1, 3333), (10, 3330), (100, 3300)])
def test_a_share_may_round_to_jiao_or_yuan(unit, expected):
    assert rounding.share(6666, 500_000, Mode.HALF_UP, unit) == expected


@pytest.mark.parametrize(("text", "expected"), [("33.335", 3334), ("33.3349", 3333), ("-33.335", -3334), (7, 700)])
def test_yuan_become_fen_half_up(text, expected):
    assert rounding.fen(text) == expected


@pytest.mark.parametrize("text", ["", "a", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        rounding.fen(text)


@pytest.mark.parametrize("text", ["-0.1", "1.01", "0.0000001", "x", "NaN"])
def test_what_is_no_ratio_is_refused(text):
    with pytest.raises(ValueError, match="not a ratio"):
        rounding.ppm(text)


@pytest.mark.parametrize("convert", [rounding.fen, rounding.ppm])
def test_floats_never_reach_money(convert):
    with pytest.raises(TypeError, match="float"):
        convert(0.1)


def test_the_named_modes_are_those_of_decimal():
    assert DECIMAL_MODE == {Mode.HALF_UP: ROUND_HALF_UP, Mode.DOWN: ROUND_DOWN}
    assert rounding.divide_down(-7, 2) == -3


@pytest.mark.parametrize(("ratio", "text"), [(750_000, "75%"), (675_500, "67.55%"), (0, "0%"), (1_000_000, "100%")])
def test_ratios_read_as_percent(ratio, text):
    assert rounding.percent_text(ratio) == text


@given(
    amount=st.integers(0, 10**12),
    ratio=st.integers(0, rounding.PPM),
    mode=st.sampled_from(rounding.Mode),
    unit=st.sampled_from((1, 10, 100)),
)
def test_the_lowest_terms_of_a_ratio_round_as_the_ratio_does(amount, ratio, mode, unit):
    numerator, half, denominator = rounding.fraction(ratio, mode, unit)
    assert unit * ((amount * numerator + half) // denominator) == rounding.share(amount, ratio, mode, unit)

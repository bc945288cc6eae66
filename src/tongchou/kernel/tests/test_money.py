"""Money is whole fen."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.kernel.money import Money, yuan_text

fen = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(("text", "amount"), [("500.00", 50000), ("0.01", 1), ("-3379.26", -337926), ("7", 700)])
def test_yuan_are_read_as_whole_fen(text, amount):
    assert Money.yuan(text) == amount


@pytest.mark.parametrize("text", ["0.001", "1.005", "NaN", "Infinity", "一百", ""])
def test_what_is_no_amount_of_fen_is_refused(text):
    with pytest.raises(ValueError, match=r"fen|yuan"):
        Money.yuan(text)


@pytest.mark.parametrize(
    "make", [lambda: Money(1.0), lambda: Money.yuan(1.5), lambda: Money(1) + 0.5, lambda: Money(2) * 0.5]
)
def test_floats_never_reach_money(make):
    with pytest.raises(TypeError):
        make()


def test_money_times_money_is_refused():
    with pytest.raises(TypeError, match="means nothing"):
        Money(2) * Money(3)


def test_a_ratio_names_its_rounding():
    assert Money.yuan("4.52").times(Decimal("0.05"), rounding=ROUND_HALF_UP) == 23


@given(fen)
def test_text_and_back_is_the_same_amount(amount):
    assert Money.yuan(yuan_text(amount)) == amount


@given(fen, fen)
def test_sums_stay_money(a, b):
    total = Money(a) + b
    assert isinstance(total, Money)
    assert total - b == a
    assert isinstance(sum([Money(a), Money(b)]), Money)


def test_thousands_are_grouped_on_request():
    assert yuan_text(-1234567, grouped=True) == "-12,345.67"

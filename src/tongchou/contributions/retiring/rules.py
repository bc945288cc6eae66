"""What a retirement costs (退休一次性缴费; NC-ACCT §12; BJ-ACCT §16(三); CON-34): pure, in whole fen."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tongchou.contributions.retiring.states import Begins
from tongchou.kernel.months import first_of_month, first_of_next_month


def missing_months(*, required: int, paid: int, counted: int) -> int:
    """不足月数: what the months paid and those that count as paid leave of the months required."""
    return max(0, required - paid - counted)


def makeup(*, months: int, base_fen: int, unit_ratio: Decimal, personal_ratio: Decimal) -> tuple[int, int]:
    """一次性补足 (BJ-ACCT §16(三)): the employer's and the person's part of so many months, rounded half up."""
    return tuple(  # type: ignore[return-value]  two ratios, two parts
        int((base_fen * months * ratio).quantize(Decimal(1), ROUND_HALF_UP)) for ratio in (unit_ratio, personal_ratio)
    )


def retired_from(*, approved_on: date, paid_on: date, begins: Begins) -> date:
    """退休待遇起始月: once approved and paid, from that month (BJ-ACCT §16(三)) or from the next (NC-ACCT §12)."""
    day = max(approved_on, paid_on)
    return first_of_month(day) if begins == Begins.PAYMENT_MONTH else first_of_next_month(day)

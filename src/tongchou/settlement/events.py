"""What settlements tell the chapters above (结算事件)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class FoundAfterEnding:
    """终止后结算疑点 (ENR-22): the funds paid for care after the relation had ended. `fund_paid_fen` in fen."""

    pooling_area: str
    settlement_id: int
    person_id: int
    ended_from: date
    fund_paid_fen: int

"""The bill as one stacked bar (支付构成): six colours, the same everywhere, with a legend of amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tongchou.settlement.states import Layer

SHARES: Final = (
    (Layer.POOL, "pool_paid_fen"),
    (Layer.CATASTROPHIC, "catastrophic_paid_fen"),
    (Layer.SUPPLEMENTARY, "supplementary_paid_fen"),
    (Layer.ASSISTANCE, "assistance_paid_fen"),
    (Layer.ACCOUNT, "account_paid_fen"),
    (Layer.CASH, "cash_fen"),
)
"""Always in the legend; the two that are rare come only when they paid."""
RARE: Final = ((Layer.PROJECT, "project_paid_fen"), (Layer.LARGE_AMOUNT, "large_amount_paid_fen"))


@dataclass(frozen=True, slots=True)
class Share:
    """What one layer bears of a bill."""

    layer: str
    label: str
    fen: int
    width: str


def shares(columns: Mapping[str, int]) -> list[Share]:
    """The bill's layers in the order of computation (支付构成); widths are those of the bill's absolute amounts."""
    ordered = [*SHARES[:1], *RARE[:1], *SHARES[1:3], *RARE[1:], *SHARES[3:]]
    wanted = [(layer, columns[column]) for layer, column in ordered if (layer, column) in SHARES or columns[column]]
    whole = sum(abs(fen) for _, fen in wanted)
    return [
        Share(layer.value, layer.label, fen, f"{abs(fen) * 100 / whole:.4f}%" if whole else "0%")
        for layer, fen in wanted
    ]

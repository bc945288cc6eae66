"""A stored settlement as whoever computes it again by the thousand needs it (已结算的账单): decoded once, pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from tongchou.policy.facts import Facts
from tongchou.settlement.facts import Earlier
from tongchou.settlement.states import Layer

SHARES: Final = (
    (Layer.PROJECT, "project_paid_fen", "project_fen"),
    (Layer.POOL, "pool_paid_fen", "basic_fen"),
    (Layer.CATASTROPHIC, "catastrophic_paid_fen", "serious_illness_fen"),
    (Layer.SUPPLEMENTARY, "supplementary_paid_fen", "supplementary_fen"),
    (Layer.LARGE_AMOUNT, "large_amount_paid_fen", "mutual_aid_fen"),
    (Layer.ASSISTANCE, "assistance_paid_fen", "medical_assistance_fen"),
    (Layer.ACCOUNT, "account_paid_fen", "account_fen"),
    (Layer.CASH, "cash_fen", "cash_fen"),
)
"""Who bears a bill: the layer, its column of the settlement, its member of the engine's outcome."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """One run of the engine as the receipt keeps it; `sums` are the four classes in fen."""

    year: str
    facts: Facts
    sums: tuple[int, int, int, int]
    state: dict[str, int]


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What of a receipt a replay needs; a cancellation has no `parts`."""

    parts: tuple[Run, ...] = ()
    deltas: dict[str, dict[str, int]] = {}
    less: tuple[Earlier, ...] = ()


@dataclass(slots=True)
class Reread:
    """A stored settlement. `shares` follow `SHARES`; `stands` is whether nothing that still counts took it back."""

    id: int
    person_id: int
    encounter_id: int
    institution_code: str
    unit_code: str
    settled_on: date
    reversal_of: int | None
    stands: bool
    deductible_fen: int
    shares: tuple[int, ...]
    receipt: Receipt

"""What a base found too low owes (缴费基数稽核; JS-EXT §2; CON-32): pure, in whole fen."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Owed:
    """补缴 of one member and month."""

    unit_fen: int
    personal_fen: int

    @property
    def total_fen(self) -> int:
        return self.unit_fen + self.personal_fen


def owed(*, declared_fen: int, audited_fen: int, unit_ratio: Decimal, personal_ratio: Decimal) -> Owed:
    """补缴金额: the gap times each rate of its month, each part rounded half up as the month was (0304)."""
    gap = audited_fen - declared_fen
    return Owed(*(int((gap * ratio).quantize(Decimal(1), ROUND_HALF_UP)) for ratio in (unit_ratio, personal_ratio)))

"""What encounters tell the chapters above (就医事件)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class FilingChanged:
    """备案变动: a filing was made, corrected, extended, closed or cancelled; care since then may count otherwise."""

    person_id: int
    pooling_area: str
    since: date

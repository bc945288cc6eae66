"""What a settlement says to whoever asked for it (结算结果): one shape for settling, trying and taking back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tongchou.encounters.facts import Rated
from tongchou.policy.facts import Outcome
from tongchou.settlement.facts import Person


@dataclass(frozen=True, slots=True)
class Settled:
    """A bill split among funds and person. Amounts in fen, negative when taken back; no id when only tried.

    `parts` are the engine's runs (none when taken back), `balance_fen` what the personal account holds afterwards,
    `reason` why nothing is covered, `lines` the drugs of a purchase as rated.
    """

    pooling_area: str
    settlement_id: int | None
    encounter_id: int
    settled_at: datetime
    person: Person
    scheme: str
    kind: str
    care_type: str
    credential_type: str
    msgid: str
    began_on: date | None
    ended_on: date | None
    columns: Mapping[str, int]
    ratio_ppm: int
    funds: Mapping[str, int]
    balance_fen: int
    parts: tuple[Outcome, ...] = ()
    reason: str = ""
    lines: tuple[Rated, ...] = ()

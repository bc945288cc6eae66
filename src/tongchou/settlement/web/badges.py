"""How states of settlements look (结算状态)."""

from typing import Final

from tongchou.platform.web.badges import Badge, Tone
from tongchou.settlement.states import SettlementState

_TONES: Final = {
    SettlementState.SETTLED: Tone.DONE,
    SettlementState.REVERSED: Tone.BAD,
    SettlementState.REVERSAL: Tone.BAD,
    SettlementState.ANNULLED: Tone.RESTING,
}


def state_badge(state: SettlementState) -> Badge:
    """A settlement's state as shown."""
    return Badge(state.label, _TONES[state])

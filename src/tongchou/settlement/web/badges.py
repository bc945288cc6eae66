"""How states of settlements look (结算状态)."""

from typing import Final

from tongchou.platform.web.badges import Badge, Tone
from tongchou.settlement.states import ReplayState, SettlementState

_TONES: Final = {
    SettlementState.SETTLED: Tone.DONE,
    SettlementState.REVERSED: Tone.BAD,
    SettlementState.REVERSAL: Tone.BAD,
    SettlementState.ANNULLED: Tone.RESTING,
}


def state_badge(state: SettlementState) -> Badge:
    """A settlement's state as shown."""
    return Badge(state.label, _TONES[state])


_REPLAYS: Final = {
    ReplayState.OPEN: Tone.WAITING,
    ReplayState.RECOMPUTED: Tone.DONE,
    ReplayState.UNCHANGED: Tone.RESTING,
    ReplayState.LEFT: Tone.RESTING,
}


def replay_badge(state: str) -> Badge:
    """待重算年度的状态 as shown."""
    known = ReplayState(state)
    return Badge(known.label, _REPLAYS[known])

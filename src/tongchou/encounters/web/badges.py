"""How states of encounters look (就诊状态)."""

from typing import Final

from tongchou.encounters.states import EncounterState
from tongchou.platform.web.badges import Badge, Tone

_TONES: Final = {
    EncounterState.OPEN: Tone.HAND,
    EncounterState.DISCHARGED: Tone.WAITING,
    EncounterState.SETTLED: Tone.DONE,
    EncounterState.CANCELLED: Tone.RESTING,
}


def state_badge(state: str) -> Badge:
    """就诊状态 as shown."""
    known = EncounterState(state)
    return Badge(known.label, _TONES[known])

"""How states of encounters look (就诊状态)."""

from typing import Final

from tongchou.encounters.states import EncounterState, FilingState, Verdict
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


_FILING: Final = {
    FilingState.COMING: Tone.HAND,
    FilingState.VALID: Tone.DONE,
    FilingState.ENDED: Tone.RESTING,
    FilingState.CANCELLED: Tone.BAD,
}


def filing_badge(state: FilingState) -> Badge:
    """备案状态 as shown."""
    return Badge(state.label, _FILING[state])


def verdict_badge(verdict: str | None) -> Badge:
    """第三方责任认定 as shown; none yet waits for somebody."""
    return Badge(Verdict(verdict).label, Tone.DONE) if verdict else Badge(UNDECIDED, Tone.WAITING)


UNDECIDED: Final = "待认定"

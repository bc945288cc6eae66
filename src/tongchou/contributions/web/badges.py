"""How a standing (待遇状态) and an application for subsidies (补助申请状态) look."""

from typing import Final

from tongchou.contributions.subsidies.states import ApplicationState
from tongchou.platform.web.badges import Badge, Tone
from tongchou.policy.eligibility import Standing, StandingDecision

_TONES = {Standing.ELIGIBLE: Tone.DONE, Standing.WAITING: Tone.WAITING, Standing.CARD: Tone.WAITING}


def standing_badge(decision: StandingDecision) -> Badge:
    """待遇状态 as shown."""
    return Badge(decision.standing.value, _TONES.get(decision.standing, Tone.BAD))


_OF_APPLICATION: Final = {
    ApplicationState.DRAFT: Tone.RESTING,
    ApplicationState.REVIEWED: Tone.HAND,
    ApplicationState.SUBMITTED: Tone.HAND,
    ApplicationState.APPROVED: Tone.WAITING,
    ApplicationState.GRANTED: Tone.WAITING,
    ApplicationState.ARRIVED: Tone.DONE,
    ApplicationState.SETTLED: Tone.DONE,
}


def subsidy_badge(state: str) -> Badge:
    """补助申请状态 as shown."""
    known = ApplicationState(state)
    return Badge(str(known.label), _OF_APPLICATION[known])

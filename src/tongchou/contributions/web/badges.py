"""How a standing looks (待遇状态)."""

from tongchou.platform.web.badges import Badge, Tone
from tongchou.policy.eligibility import Standing, StandingDecision

_TONES = {Standing.ELIGIBLE: Tone.DONE, Standing.WAITING: Tone.WAITING, Standing.CARD: Tone.WAITING}


def standing_badge(decision: StandingDecision) -> Badge:
    """待遇状态 as shown."""
    return Badge(decision.standing.value, _TONES.get(decision.standing, Tone.BAD))

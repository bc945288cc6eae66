"""How states of agreements and physicians look (协议状态、医师状态)."""

from typing import Final

from tongchou.institutions.states import AgreementState, PhysicianState
from tongchou.platform.web.badges import Badge, Tone

_AGREEMENT: Final = {
    AgreementState.DRAFT: Tone.WAITING,
    AgreementState.SIGNED: Tone.DONE,
    AgreementState.SUSPENDED: Tone.BAD,
    AgreementState.EXPIRED: Tone.RESTING,
    AgreementState.ENDED: Tone.RESTING,
    AgreementState.NONE: Tone.RESTING,
}
_PHYSICIAN: Final = {
    PhysicianState.VALID: Tone.DONE,
    PhysicianState.NOT_FILED: Tone.RESTING,
    PhysicianState.SUSPENDED: Tone.BAD,
    PhysicianState.ENDED: Tone.RESTING,
}


def agreement_badge(state: AgreementState) -> Badge:
    """协议状态 as shown."""
    return Badge(state.label, _AGREEMENT[state])


def physician_badge(state: PhysicianState) -> Badge:
    """医师备案状态 as shown."""
    return Badge(state.label, _PHYSICIAN[state])

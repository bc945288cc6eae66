"""How states of enrolment look (参保状态)."""

from typing import Final

from tongchou.enrolment.states import CardStatus, EnrolmentStatus
from tongchou.platform.web.badges import Badge, Tone

_STATUS: Final = {
    EnrolmentStatus.NONE: Tone.RESTING,
    EnrolmentStatus.ACTIVE: Tone.DONE,
    EnrolmentStatus.SUSPENDED: Tone.WAITING,
    EnrolmentStatus.TERMINATED: Tone.RESTING,
}
_CARD: Final = {
    CardStatus.MAKING: Tone.HAND,
    CardStatus.AWAITING_PICKUP: Tone.WAITING,
    CardStatus.ACTIVE: Tone.DONE,
    CardStatus.LOST: Tone.BAD,
    CardStatus.REPLACED: Tone.RESTING,
    CardStatus.CANCELLED: Tone.RESTING,
}


def status_badge(status: str) -> Badge:
    """参保状态 as shown."""
    known = EnrolmentStatus(status)
    return Badge(known.label, _STATUS[known])


def card_badge(status: str) -> Badge:
    """卡状态 as shown."""
    known = CardStatus(status)
    return Badge(known.label, _CARD[known])

"""How states of rights look (权益状态)."""

from datetime import date
from typing import Final

from django.utils.translation import gettext

from tongchou.platform.web.badges import Badge, Tone
from tongchou.rights.models import Objection
from tongchou.rights.states import OPEN_OBJECTIONS, ApplicationState, CertificateState, ObjectionState

DUE_SOON_DAYS: Final = 3

_CERTIFICATE: Final = {
    CertificateState.VALID: Tone.DONE,
    CertificateState.SUPERSEDED: Tone.WAITING,
    CertificateState.WITHDRAWN: Tone.BAD,
}
_OBJECTION: Final = {
    ObjectionState.FILED: Tone.HAND,
    ObjectionState.CHECKED: Tone.WAITING,
    ObjectionState.CORRECTED: Tone.DONE,
    ObjectionState.REFUSED: Tone.BAD,
    ObjectionState.WITHDRAWN: Tone.RESTING,
}
_APPLICATION: Final = {
    ApplicationState.FILED: Tone.HAND,
    ApplicationState.APPROVED: Tone.WAITING,
    ApplicationState.GIVEN: Tone.DONE,
    ApplicationState.REFUSED: Tone.BAD,
}


def certificate_badge(state: CertificateState) -> Badge:
    """证明状态 as shown."""
    return Badge(state.label, _CERTIFICATE[state])


def objection_badge(state: str) -> Badge:
    """异议状态 as shown."""
    known = ObjectionState(state)
    return Badge(known.label, _OBJECTION[known])


def application_badge(state: str) -> Badge:
    """查询申请状态 as shown."""
    known = ApplicationState(state)
    return Badge(known.label, _APPLICATION[known])


def due_badge(objection: Objection, on: date) -> Badge | None:
    """答复期限 of an open objection: due, soon due or overdue; none once it is answered."""
    if objection.state not in OPEN_OBJECTIONS:
        return None
    left = (objection.due_on - on).days
    if left < 0:
        return Badge(gettext("已超期"), Tone.BAD)
    return Badge(gettext("即将到期"), Tone.WAITING) if left <= DUE_SOON_DAYS else Badge(gettext("在期限内"), Tone.HAND)

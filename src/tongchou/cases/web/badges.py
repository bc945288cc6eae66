"""States of cases and of their time limits as shown (业务件状态)."""

from datetime import date
from typing import Final

from django.utils.translation import gettext

from tongchou.cases import kinds
from tongchou.cases.models import Case
from tongchou.cases.queries import standing
from tongchou.cases.rules import Urgency
from tongchou.cases.states import CaseState
from tongchou.kernel.working_days import WorkingCalendar
from tongchou.platform.web.badges import Badge, Tone

_TONES: Final = {
    CaseState.IN_HAND: Tone.HAND,
    CaseState.SUPPLEMENTING: Tone.WAITING,
    CaseState.DONE: Tone.DONE,
    CaseState.REFUSED: Tone.BAD,
    CaseState.NOT_ACCEPTED: Tone.BAD,
    CaseState.WITHDRAWN: Tone.RESTING,
    CaseState.LAPSED: Tone.RESTING,
}


def case_badge(case: Case) -> Badge:
    """业务件状态; in hand, the step that waits."""
    state = CaseState(case.state)
    if state is CaseState.IN_HAND:
        step = kinds.kind_of(case.kind).step(case.step).label
        return Badge(gettext("待%(step)s") % {"step": gettext(step)}, Tone.HAND)
    return Badge(str(state.label), _TONES[state])


def limit_badge(case: Case, calendar: WorkingCalendar, today: date) -> Badge | None:
    """办理期限: days left, 临期 or 超期; None for finished cases."""
    if case.state == CaseState.SUPPLEMENTING:
        return Badge(gettext("暂停计时"), Tone.WAITING)
    if case.due_on is None:
        return None
    now = standing(calendar, case.due_on, today)
    if now.urgency is Urgency.OVERDUE:
        return Badge(gettext("超期 %(days)s 个工作日") % {"days": -now.left}, Tone.BAD)
    if now.urgency is Urgency.DUE_SOON:
        return Badge(gettext("临期,余 %(days)s 个工作日") % {"days": now.left}, Tone.WAITING)
    return Badge(gettext("余 %(days)s 个工作日") % {"days": now.left}, Tone.RESTING)

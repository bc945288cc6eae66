"""Which reasons suspend and which end the relation (停保、注销原因), by area: data with their articles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tongchou.enrolment.states import EndingKind, EndingReason, Informant
from tongchou.kernel.errors import DomainError

_SUSPENDS, _ENDS = EndingKind.SUSPENSION, EndingKind.TERMINATION


class ReasonNotHere(DomainError):
    code = "EN-3001"
    message = "本统筹地区不因“{reason}”办理{kind}{instead}"
    citation = "GX2017 §15"


class EventInFuture(DomainError):
    code = "EN-3002"
    message = "{reason}日期{day}晚于办理日期{today}"
    citation = "GX2017 §15"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One set of choices, as a rule document gives them."""

    suspends: tuple[EndingReason, ...]
    """suspend.reasons (ENR-20)."""
    terminates: tuple[EndingReason, ...]
    """terminate.reasons (ENR-21)."""
    hold_days: int
    """terminate.data_hold_days: how long a department's list is held for objection (ENR-22)."""

    def kind_of(self, reason: EndingReason) -> EndingKind:
        """What the reason leads to here (停保或注销). Raises: ReasonNotHere."""
        if reason in self.terminates:
            return _ENDS
        if reason in self.suspends:
            return _SUSPENDS
        raise ReasonNotHere(reason=reason.label, kind="停保或注销", instead="")


GX2017: Final = Rules(
    # GX2017 has no suspension; what it does not end is suspended as in Jilin (decision 0270)
    suspends=(EndingReason.ARMY, EndingReason.OTHER),
    terminates=(  # GX2017 §15
        EndingReason.DEATH,
        EndingReason.MISSING,
        EndingReason.MOVED_OUT,
        EndingReason.ABROAD,
        EndingReason.EMPLOYEE,
    ),
    hold_days=10,
)
JL2019: Final = Rules(
    suspends=(EndingReason.EMPLOYEE, EndingReason.ARMY, EndingReason.OTHER),  # JL2019 §8
    terminates=(  # JL2019 §10
        EndingReason.DEATH,
        EndingReason.MISSING,
        EndingReason.ABROAD,
        EndingReason.SENTENCE,
    ),
    hold_days=10,
)
_OF_PROVINCE: Final[Mapping[str, Rules]] = {"22": JL2019}


def rules_of(pooling_area: str) -> Rules:
    """The choices that rule an area: those of its province, else the Guangxi ones (停保、注销规则)."""
    return _OF_PROVINCE.get(pooling_area[:2], GX2017)


def check_reason(kind: EndingKind, reason: EndingReason, pooling_area: str) -> None:
    """The area knows this reason for this ending. Raises: ReasonNotHere, which says what it leads to instead."""
    rules = rules_of(pooling_area)
    if reason in (rules.suspends if kind is _SUSPENDS else rules.terminates):
        return
    other = rules.terminates if kind is _SUSPENDS else rules.suspends
    instead = f",应办理{(_ENDS if kind is _SUSPENDS else _SUSPENDS).label}" if reason in other else ""
    raise ReasonNotHere(reason=reason.label, kind=kind.label, instead=instead)


def check_happened(kind: EndingKind, reason: EndingReason, effective_on: date, today: date) -> None:
    """A termination follows its event; a suspension may be asked for ahead of time. Raises: EventInFuture."""
    if kind is _ENDS and effective_on > today:
        raise EventInFuture(reason=reason.label, day=effective_on, today=today)


def ends_from(reason: EndingReason, effective_on: date) -> date:
    """停止日期: the day of death is still covered, every other event's day is not (GX2017 §15; decision 0270)."""
    return effective_on + timedelta(days=1) if reason is EndingReason.DEATH else effective_on


REPORTED_BY: Final[Mapping[Informant, tuple[EndingReason, ...]]] = {
    Informant.POLICE: (EndingReason.DEATH, EndingReason.ABROAD, EndingReason.MOVED_OUT, EndingReason.SENTENCE),
    Informant.COURT: (EndingReason.MISSING, EndingReason.DEATH, EndingReason.SENTENCE),
    Informant.ASSISTING: tuple(EndingReason),
    Informant.EMPLOYEE_AGENCY: (EndingReason.EMPLOYEE,),
    Informant.HEALTH: (EndingReason.DEATH,),
    Informant.HUMAN_RESOURCES: (EndingReason.EMPLOYEE, EndingReason.ARMY),
}
"""What each department's list may say (JL2019 §10): a declaration of death of the missing is the court's."""

"""Decisions of cases (业务件): pure functions, no tables, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from tongchou.kernel.working_days import WorkingCalendar

DUE_SOON_WORKING_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Declared:
    """What the path needs to know of a declared step."""

    code: str
    above_fen: int
    applies: bool


def path(steps: Iterable[Declared], *, amount_fen: int | None) -> tuple[str, ...]:
    """办理环节 (ORG-12; GX2017 §74): the steps that this form and this amount need, in order.

    A step above a limit is needed when the amount exceeds it; without an amount it is not.
    """
    return tuple(
        step.code for step in steps if step.applies and (step.above_fen == 0 or (amount_fen or 0) > step.above_fen)
    )


def following_step(path_of_case: Sequence[str], step: str) -> str | None:
    """The step after this one; None after the last (下一环节)."""
    at = path_of_case.index(step) + 1
    return path_of_case[at] if at < len(path_of_case) else None


def earlier_step(path_of_case: Sequence[str], step: str) -> str | None:
    """The step before this one; None before the first (上一环节)."""
    at = path_of_case.index(step)
    return path_of_case[at - 1] if at else None


def meets(step: str, *, done_by_person: Iterable[str], apart: frozenset[frozenset[str]]) -> str | None:
    """不相容环节 (QA2018 三.1; ORG-11): a step this person did on this case that must not meet the one at hand."""
    return next((one for one in done_by_person if frozenset((one, step)) in apart), None)


def due_on(calendar: WorkingCalendar, *, accepted_on: date, working_days: int) -> date:
    """办理期限 (GX2017 §11; ORG-17): counting begins the day after papers were complete."""
    return calendar.add_working_days(accepted_on, working_days)


def due_after_pause(calendar: WorkingCalendar, *, due: date, paused_on: date, resumed_on: date) -> date:
    """补正不计入期限 (ORG-17): what was left when the pause began is left when it ends; overdue stays overdue."""
    left = calendar.working_days_between(paused_on, due)
    return due if left < 0 else calendar.add_working_days(resumed_on, left)


class Urgency(StrEnum):
    """How a case stands against its time limit (期限状态)."""

    PAUSED = "paused"
    IN_TIME = "in_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def urgency(calendar: WorkingCalendar, *, due: date | None, today: date) -> Urgency:
    """期限状态 (ORG-17): due soon from three working days before."""
    if due is None:
        return Urgency.PAUSED
    if today > due:
        return Urgency.OVERDUE
    left = calendar.working_days_between(today, due)
    return Urgency.DUE_SOON if left <= DUE_SOON_WORKING_DAYS else Urgency.IN_TIME


def not_told_before(asked: Iterable[str], told: Iterable[str]) -> tuple[str, ...]:
    """一次性告知 (JL2019 §18): what is asked for now and was not in the first list."""
    known = set(told)
    return tuple(one for one in asked if one not in known)


def text_problem(label: str, value: str, *, required: bool, longest: int) -> str | None:
    """Why a text cannot stand in the form."""
    if required and not value:
        return f"{label}未填写"
    if len(value) > longest:
        return f"{label}超过{longest}个字"
    if any(character < " " and character not in "\n\t" for character in value):
        return f"{label}含有不可见字符"
    return None


def day_problem(label: str, value: str) -> str | None:
    """Why a date cannot stand in the form."""
    try:
        date.fromisoformat(value)
    except ValueError:
        return f"{label}不是日期"
    return None

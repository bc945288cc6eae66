"""What cases tell the chapters above (业务事件), inside the transaction of what happened."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class About:
    """Which case, of whom, and how the applicant can be reached (业务件); `phone` is empty where none was given."""

    number: str
    kind: str
    title: str
    subject_key: str
    pooling_area: str
    unit_code: str
    phone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseAccepted:
    """受理: papers are complete, the time limit runs (JL2019 §3)."""

    about: About
    due_on: date


@dataclass(frozen=True, slots=True)
class MaterialsAsked:
    """告知补正: the one list of what is missing, at acceptance or later (JL2019 §18)."""

    about: About
    materials: tuple[str, ...]
    supply_by: date


@dataclass(frozen=True, slots=True)
class MaterialsPartlyReceived:
    """收到部分补正材料: what came, what is still missing, and the day of the one list, which stays (JL2019 §18)."""

    about: About
    received: tuple[str, ...]
    missing: tuple[str, ...]
    supply_by: date


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """办结 (whatever the end): the state it ended in, with its papers and its archive class."""

    about: About
    state: str
    result: str
    archive_class: str
    materials: tuple[str, ...]
    """The names of the papers handed in."""
    attachments: tuple[int, ...]

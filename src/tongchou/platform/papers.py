"""文书验真 (ORG-21, RIG-02; GX2017 §19): each printed paper with a code is kept as what it says, and found by its code.

The printing page keeps it; the chapter whose paper it is says, if it can, why such a paper no longer stands. Nothing is
told but what stands on the paper, names and numbers masked. Decision 0357.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from tongchou.platform.models import IssuedPaper

CODE_LETTERS: Final = 12
_READ_ALIKE: Final = str.maketrans({"0": "O", "8": "B"})
"""A code has letters and 2–7 only."""

Pairs = Sequence[tuple[str, str]]
Ended = Callable[[str], str]

_ENDED: dict[str, Ended] = {}


@dataclass(frozen=True, slots=True)
class Checked:
    """验真结果: what the paper says, and why it no longer stands, if so."""

    title: str
    number: str
    agency: str
    issued_on: date
    told: tuple[tuple[str, str], ...]
    ended: str
    object_kind: str
    object_key: str
    pooling_area: str
    unit_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A paper as it is given out. `told`: its main points, names and numbers masked by whoever prints it."""

    code: str
    title: str
    number: str
    agency: str
    object_kind: str
    object_key: str
    told: Pairs = ()
    pooling_area: str = ""
    unit_code: str = ""


def ended_by(object_kind: str, why: Ended) -> None:
    """Let a chapter say of its papers why one no longer stands (已作废): empty while it does. Raises: ValueError."""
    if _ENDED.setdefault(object_kind, why) is not why:
        raise ValueError(f"{object_kind} has its reader already")


def keep(paper: Issued, *, now: datetime) -> None:
    """Keeps what a printed paper says; the same paper printed again is kept once."""
    made = IssuedPaper(
        code=paper.code,
        title=paper.title,
        number=paper.number,
        agency=paper.agency,
        told=[[label, value] for label, value in paper.told if value],
        object_kind=paper.object_kind,
        object_key=paper.object_key,
        unit_code=paper.unit_code,
        issued_at=now,
        **({"pooling_area": paper.pooling_area} if paper.pooling_area else {}),
    )
    IssuedPaper.objects.bulk_create([made], ignore_conflicts=True)


def written(code: str) -> str:
    """The code as printed, of what somebody typed: `ABCD-EFGH-IJKL`; empty for what cannot be one."""
    plain = "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum()).translate(_READ_ALIKE)
    return "-".join((plain[:4], plain[4:8], plain[8:])) if len(plain) == CODE_LETTERS else ""


def checked(code: str) -> Checked | None:
    """The paper that bears this code; None for any other (文书验真)."""
    found = IssuedPaper.objects.filter(code=wanted).first() if (wanted := written(code)) else None
    if found is None:
        return None
    why = _ENDED.get(found.object_kind)
    return Checked(
        title=found.title,
        number=found.number,
        agency=found.agency,
        issued_on=timezone.localdate(found.issued_at),
        told=tuple((label, value) for label, value in found.told),
        ended=why(found.object_key) if why else "",
        object_kind=found.object_kind,
        object_key=found.object_key,
        pooling_area=found.pooling_area,
        unit_code=found.unit_code,
    )

"""Visits whose lines do not all count alike (慢性病门诊中的其他费用、家庭病床; BEN-22, BEN-26).

Sorting is done here, before the lines are rated; what comes of it is settled by the engine as any visit is, part by
part, each on what the one before left of the year, the balance and the money of others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from tongchou.policy import engine
from tongchou.policy.eligibility import Span
from tongchou.policy.facts import ClassSums, Facts, Outcome, added
from tongchou.policy.lines import LineFacts, RawLine
from tongchou.policy.packages import Package

CHRONIC: Final = "chronic"
OUTPATIENT: Final = "outpatient"
HOME_BED: Final = "home_bed"

_DENIED: Final = 7
"""Place of the refusing rule's code in a line."""
_SERVED_ON: Final = 8
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class VisitPart:
    """The lines of a visit that are settled together, under which kind of care and for which disease."""

    kind: str
    disease: str | None
    lines: tuple[RawLine, ...]


def chronic_parts(
    package: Package, lines: Sequence[RawLine], marks: Sequence[str | None], *, disease: str | None, filed: bool
) -> tuple[VisitPart, ...]:
    """门诊特殊慢性病就诊的拆分 (GX2017 §65, 66, 76; BEN-22).

    `marks` names the disease each line was given for. Lines for the `disease` are settled as chronic, the rest as
    ordinary outpatient care; without a valid filing all of them are. Of lines without a mark `chronic.unmarked_lines`
    decides (decision 0114).
    """
    if not filed or disease is None:
        return (VisitPart(OUTPATIENT, None, tuple(lines)),)
    unmarked = package.parameter("chronic.unmarked_lines").content == "related"
    related = [mark == disease if mark else unmarked for mark in marks]
    chronic = tuple(line for line, counts in zip(lines, related, strict=True) if counts)
    rest = tuple(line for line, counts in zip(lines, related, strict=True) if not counts)
    if not rest:
        return (VisitPart(CHRONIC, disease, chronic),)
    ordinary = VisitPart(OUTPATIENT, None, rest)
    return (VisitPart(CHRONIC, disease, chronic), ordinary) if chronic else (ordinary,)


def home_bed_lines(
    package: Package, lines: Iterable[RawLine], *, consent: Span, stays: Sequence[Span]
) -> list[RawLine]:
    """家庭病床费用 (GX2017 §69; BEN-26): only from the consent on, and never on days in hospital.

    `stays` are the person's stays [admission, discharge); whether the day of discharge may have a home bed again says
    `homebed.discharge_day` (decision 0115). Lines that do not count carry the rule's code.
    """
    if package.parameter("homebed.discharge_day").content == "excluded":
        stays = [Span(stay.start, stay.until + _DAY if stay.until else None) for stay in stays]
    return [line if _counts(line, consent, stays) else _refused(line) for line in lines]


def _counts(line: RawLine, consent: Span, stays: Sequence[Span]) -> bool:
    served_on = line[_SERVED_ON]
    return served_on is None or (consent.holds(served_on) and not any(stay.holds(served_on) for stay in stays))


def _refused(line: RawLine) -> RawLine:
    if line[_DENIED]:
        return line
    return LineFacts(*line)._replace(denied="BEN-26")


def settle_parts(
    package: Package, parts: Iterable[tuple[Facts, ClassSums]], state: dict[str, int], trace: bool = False
) -> Iterator[Outcome]:
    """The parts of one visit one after the other; state, account, project money and third-party cost carry on.

    Raises: MissingParameter, UnknownFact, NegativeAmount.
    """
    account = project = third_party = 0
    for facts, sums in parts:
        facts = msgspec.structs.replace(
            facts,
            account_balance_fen=facts.account_balance_fen - account,
            project_fen=facts.project_fen - project,
            third_party_fen=facts.third_party_fen - third_party,
        )
        outcome = engine.adjudicate(package, facts, sums, state, trace)
        yield outcome
        state = added(state, outcome.deltas)
        account += outcome.account_fen
        project += outcome.project_fen
        third_party += outcome.third_party_fen

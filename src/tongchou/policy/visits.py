"""Visits whose lines do not all count alike (慢性病门诊中的其他费用、家庭病床、新生儿; BEN-22, BEN-25, BEN-26).

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
MATERNITY: Final = "maternity"

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
    return [line if _counts(line, consent, stays) else _refused(line, "BEN-26") for line in lines]


def maternity_lines(package: Package, lines: Sequence[RawLine], of_newborn: Sequence[bool]) -> list[RawLine]:
    """生育住院费用 of the mother (GX2017 §76, 80; BEN-25): the newborn's lines among them by `newborn.with_mother`.

    Where the newborn's costs are the newborn's own they carry the rule's code here and are settled in the newborn's
    name, see `newborn_lines`.
    """
    if newborn_with_mother(package):
        return list(lines)
    return [_refused(line, "BEN-25") if newborn else line for line, newborn in zip(lines, of_newborn, strict=True)]


def newborn_lines(package: Package, lines: Sequence[RawLine], of_newborn: Sequence[bool]) -> list[RawLine]:
    """新生儿住院费用 in the newborn's own name: nothing where the mother's settlement has them."""
    if newborn_with_mother(package):
        return []
    return [line for line, newborn in zip(lines, of_newborn, strict=True) if newborn]


def newborn_with_mother(package: Package) -> bool:
    """Do the newborn's costs count as the mother's? (`newborn.with_mother`)"""
    return package.parameter("newborn.with_mother").content is True


def catalogue_area(package: Package, *, insured_area: str, care_area: str) -> str:
    """目录适用地 of care away from home (GX2017 §74; BEN-32; `away.catalogue`): whose catalogue classes the lines.

    Deductible, ratio, cap and accumulators are those of the insured place either way.
    """
    return care_area if package.parameter("away.catalogue").content == "care_place" else insured_area


def _counts(line: RawLine, consent: Span, stays: Sequence[Span]) -> bool:
    served_on = line[_SERVED_ON]
    return served_on is None or (consent.holds(served_on) and not any(stay.holds(served_on) for stay in stays))


def _refused(line: RawLine, code: str) -> RawLine:
    return line if line[_DENIED] else LineFacts(*line)._replace(denied=code)


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

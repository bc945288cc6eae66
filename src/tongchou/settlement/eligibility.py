"""Whether benefits are due, asked without a bill (待遇享受检查; ENC-02, BEN-02)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tongchou.encounters.checks import PersonUnknown
from tongchou.policy.eligibility import Standing
from tongchou.settlement import checks, statements, terms

STOPPED: Final = "暂停直接结算,请回参保地"
"""What a hospital reads of somebody whose benefits are stopped (BEN-36)."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """待遇资格: eligible or the reason in words, and the days around it on which benefits are due."""

    eligible: bool
    words: str
    start: date | None = None
    until: date | None = None

    @property
    def last_day(self) -> date | None:
        return None if self.until is None else self.until - timedelta(days=1)


def eligibility(person_no: str, *, scheme: str, kind: str, institution_code: str, on: date) -> Eligibility:
    """待遇享受检查 (GX2017 §80): the person's standing, the institution's agreement, the kind of care.

    Raises: PersonUnknown.
    """
    found = statements.read_purchase(person_no, scheme, on)
    if found.person is None:
        raise PersonUnknown(person_no=person_no)
    decision = checks.standing_on(found.person, found.coverage, on, scheme=scheme)
    if decision.standing is Standing.BLOCKED:
        return Eligibility(False, f"{STOPPED}:{decision.reason}({decision.citation})", decision.until)
    if not decision.eligible:
        return Eligibility(False, f"{decision.label}:{decision.reason}({decision.citation})", decision.until)
    span = next(c for c in found.coverage if c.scheme == scheme and c.start <= on and (c.until is None or on < c.until))
    problem = terms.standing(institution_code, scheme=scheme, kind=kind, level_on=on, agreed_on=on).problem
    if problem:
        return Eligibility(False, problem, span.start, span.until)
    package = terms.package(found.person.pooling_area, scheme, on)
    if kind not in package.definition.kinds:
        return Eligibility(False, "该医疗类别不在报销范围", span.start, span.until)
    return Eligibility(True, "正常享受待遇", span.start, span.until)

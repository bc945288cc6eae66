"""A person's year settled again in order (人年重算; BEN-42; GX2017 §71, 82).

A late claim, a reversal or a change of status alters what the later settlements of the year found in the accumulators.
Given all of the year in order, this says what each would be; nothing is stored, and which of them are corrected is for
the agency to decide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongchou.policy import engine
from tongchou.policy.facts import ClassSums, Facts, Outcome, added
from tongchou.policy.packages import Package


@dataclass(frozen=True, slots=True)
class Claim:
    """One settlement of the year: its id, the package of its date, facts as they are now known, and its bill."""

    id: str
    package: Package
    facts: Facts
    sums: ClassSums


@dataclass(frozen=True, slots=True)
class Change:
    """受影响的结算: what it was and what it would be; `was` is None for a claim that is new."""

    id: str
    was: Outcome | None
    would_be: Outcome

    @property
    def fund_fen(self) -> int:
        """What the funds would pay more, or less."""
        return self.would_be.fund_total_fen - (self.was.fund_total_fen if self.was else 0)


def replay(claims: Iterable[Claim], before: Mapping[str, int] | None = None) -> list[Outcome]:
    """The claims one after the other, each on the accumulators that those before it leave.

    Raises: MissingParameter, UnknownFact, NegativeAmount.
    """
    state, outcomes = dict(before or {}), []
    for claim in claims:
        outcome = engine.adjudicate(claim.package, claim.facts, claim.sums, state)
        state = added(state, outcome.deltas)
        outcomes.append(outcome)
    return outcomes


def changes(
    claims: Sequence[Claim], stored: Mapping[str, Outcome], before: Mapping[str, int] | None = None
) -> list[Change]:
    """The claims of a year, as they now stand, whose settlement would differ from the one `stored` under its id.

    A late claim is put at its date among `claims` and is not in `stored`; a reversed one is left out of `claims`; a
    change of status is a claim with other facts.
    """
    replayed = zip(claims, replay(claims, before), strict=True)
    pairs = [Change(claim.id, stored.get(claim.id), outcome) for claim, outcome in replayed]
    return [pair for pair in pairs if pair.was is None or pair.was.receipt() != pair.would_be.receipt()]

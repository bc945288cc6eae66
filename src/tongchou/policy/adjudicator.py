"""Claims settled one after the other (离线核算), as `tongchou adjudicate` does.

Each person's year-to-date accumulators are carried from claim to claim. A bad row is reported and the rest is settled.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import msgspec

from tongchou.kernel.errors import DomainError
from tongchou.policy import engine, visits
from tongchou.policy.claims import Claim, line_facts, parse
from tongchou.policy.eligibility import Span
from tongchou.policy.errors import BadClaim
from tongchou.policy.facts import ClassSums, Facts, Layers, Outcome, TraceStep, added
from tongchou.policy.lines import RawLine
from tongchou.policy.packages import Package


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not settled: line in the file, claim if known, and why."""

    line: int
    claim_id: str
    reason: str

    def __str__(self) -> str:
        claim = f" {self.claim_id}" if self.claim_id else ""
        return f"第{self.line}行{claim}: {self.reason}"


@dataclass(slots=True)
class Adjudicator:
    """Settles claims one after the other and carries each person's year (年度累计)."""

    package: Package
    trace: bool = False
    any_date: bool = False
    _state: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    _latest: dict[str, date] = field(default_factory=dict)
    _settled: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def settle(self, claim: Claim, sums: ClassSums | None = None) -> dict[str, Any]:
        """One claim as an output row; `sums` where its bill comes by class and not by line.

        Raises: DomainError; nothing is then carried forward.
        """
        person, claim_id = str(claim.person_id), str(claim.claim_id)
        if (person, claim_id) in self._settled:
            raise BadClaim(f"同一参保人的结算“{claim_id}”重复")
        facts = self._facts(claim)
        if person in self._latest and facts.on < self._latest[person]:
            raise BadClaim(f"同一参保人的结算应按时间先后排列,{facts.on}早于{self._latest[person]}")
        self._latest[person], self._settled[person, claim_id] = facts.on, None
        year = (person, facts.on.year)
        state = self._state.get(year, {})
        parts = self._parts(claim, facts) if sums is None else [(_by_class(claim, facts), sums)]
        outcomes = list(visits.settle_parts(self.package, parts, state, self.trace))
        for outcome in outcomes:
            state = added(state, outcome.deltas)
        self._state[year] = state
        borne = sum(outcome.deductible_fen for outcome in outcomes)
        self._settled[person, claim_id] = borne + (facts.linked_deductible_fen or 0)
        return output_row(claim_id, self.package, outcomes)

    def _parts(self, claim: Claim, facts: Facts) -> Iterator[tuple[Facts, ClassSums]]:
        """The claim in the parts that are settled each for itself (BEN-22), its lines rated."""
        lines: list[RawLine] = [line_facts(line) for line in claim.lines]
        parts = [visits.VisitPart(facts.kind, facts.disease, tuple(lines))]
        if facts.kind == visits.CHRONIC and visits.CHRONIC in self.package.definition.kinds:
            marks = [line.disease for line in claim.lines]
            parts = [*visits.chronic_parts(self.package, lines, marks, disease=facts.disease, filed=claim.filed)]
        elif facts.kind == visits.HOME_BED and visits.HOME_BED in self.package.definition.kinds:
            consent = Span(claim.consented_on or facts.admitted_on or facts.on)
            stays = [Span(stay.admitted_on, stay.discharged_on) for stay in claim.stays]
            counted = visits.home_bed_lines(self.package, lines, consent=consent, stays=stays)
            parts = [visits.VisitPart(facts.kind, facts.disease, tuple(counted))]
        for part in parts:
            own = msgspec.structs.replace(facts, kind=part.kind, disease=part.disease)
            yield own, engine.rate_lines(self.package, part.lines).sums

    def _facts(self, claim: Claim) -> Facts:
        discharged = claim.discharged_on or claim.admitted_on or self.package.valid_from
        admitted = claim.admitted_on or discharged
        if admitted > discharged:
            raise BadClaim(f"入院日期{admitted}晚于出院日期{discharged}")
        on = admitted if self.package.parameter("benefit.asof").content == "admission" else discharged
        self._check_in_force(claim, on)
        return Facts(
            kind=claim.kind,
            on=on,
            level=claim.level,
            scheme=claim.scheme or self.package.scheme,
            place=claim.place,
            referral=claim.referral,
            emergency=claim.emergency,
            designated=claim.designated,
            groups=frozenset(claim.groups),
            disease=claim.disease,
            linked_deductible_fen=self._linked(claim),
            born_on=claim.born_on,
            admitted_on=admitted,
            discharged_on=discharged,
            project_fen=claim.project_fen,
            third_party_fen=claim.third_party_fen,
            account_balance_fen=claim.account_balance_fen,
            covered=claim.covered,
            category=claim.category,
            contracted=claim.contracted,
            manual=claim.manual,
            prescribed=claim.prescribed,
        )

    def _check_in_force(self, claim: Claim, on: date) -> None:
        package = self.package
        if claim.scheme is not None and claim.scheme != package.scheme:
            raise BadClaim(f"险种“{claim.scheme}”与政策包{package.label}不符")
        if not self.any_date and (on < package.valid_from or (package.valid_until and on >= package.valid_until)):
            raise BadClaim(f"日期{on}不在政策包{package.label}的有效期内")

    def _linked(self, claim: Claim) -> int | None:
        """What the stays this one continues already bore as deductible (BEN-19)."""
        if claim.linked_to is None:
            return None
        found = self._settled.get((str(claim.person_id), str(claim.linked_to)))
        if found is None:
            raise BadClaim(f"关联的结算“{claim.linked_to}”不在本人先前的结算之内")
        return found


def _by_class(claim: Claim, facts: Facts) -> Facts:
    """A chronic visit without a valid filing is ordinary outpatient care (BEN-22), also where no lines are known."""
    if facts.kind != visits.CHRONIC or (claim.filed and facts.disease is not None):
        return facts
    return msgspec.structs.replace(facts, kind=visits.OUTPATIENT, disease=None)


_BEFORE_LAYERS: Final = (
    "total_fen",
    "own_expense_fen",
    "over_ceiling_fen",
    "pre_self_pay_fen",
    "in_scope_fen",
    "deductible_fen",
    "over_cap_fen",
    "project_fen",
)


def output_row(claim_id: str, package: Package, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """One settled claim as the output file has it; the parts of a visit are added up."""
    row: dict[str, Any] = {"claim_id": claim_id}
    row |= {name: sum(getattr(outcome, name) for outcome in outcomes) for name in _BEFORE_LAYERS}
    layers = zip(*(outcome.layers for outcome in outcomes), strict=True)
    row["layers"] = dict(zip(Layers._fields, map(sum, layers), strict=True))
    third_party = sum(outcome.third_party_fen for outcome in outcomes)
    if third_party:
        row["third_party_fen"] = third_party
    row["cash_fen"] = sum(outcome.cash_fen for outcome in outcomes)
    row["package"] = f"{package.label}#{package.hash}"
    reasons = dict.fromkeys(outcome.reason for outcome in outcomes if outcome.reason)
    if reasons:
        row["reason"] = ";".join(reasons)
    if all(outcome.trace is not None for outcome in outcomes):
        row["trace"] = [trace_row(step) for outcome in outcomes for step in outcome.trace or ()]
    return row


def trace_row(step: TraceStep) -> dict[str, Any]:
    """One step as plain data: what, how much, in words, from which operands, article and parameters."""
    return {
        "step": step.step,
        "layer": step.layer,
        "rule": step.rule,
        "label": step.label,
        "amount_fen": step.amount_fen,
        "formula": step.formula,
        "operands": [operand._asdict() for operand in step.operands],
        "article": step.article,
        "parameters": [use._asdict() for use in step.parameters],
        "package": step.package,
        "counted": step.counted,
    }


def adjudicate_rows(adjudicator: Adjudicator, rows: Iterable[bytes]) -> Iterator[dict[str, Any] | Refused]:
    """Every row of a JSONL file settled or refused; empty lines are passed over."""
    for number, text in enumerate(rows, 1):
        if text.strip():
            yield _settled(adjudicator, number, _read(text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text))


def adjudicate_claims(
    adjudicator: Adjudicator, claims: Iterable[tuple[int, Claim | BadClaim, ClassSums | None]]
) -> Iterator[dict[str, Any] | Refused]:
    """Every claim settled or refused, each with its number in the file; `ClassSums` where there are no lines."""
    for number, claim, sums in claims:
        yield _settled(adjudicator, number, claim, sums)


def _read(text: bytes) -> Claim | BadClaim:
    try:
        return parse(text)
    except BadClaim as error:
        return error


def _settled(
    adjudicator: Adjudicator, number: int, claim: Claim | BadClaim, sums: ClassSums | None = None
) -> dict[str, Any] | Refused:
    claim_id = "" if isinstance(claim, BadClaim) else str(claim.claim_id)
    try:
        if isinstance(claim, BadClaim):
            raise claim
        return adjudicator.settle(claim, sums)
    except DomainError as error:
        return Refused(number, claim_id, f"{error.sentence}({error.code})")

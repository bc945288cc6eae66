"""The person-year settled again by what is known today (年度重算; BEN-42): which settlements would differ, and how.

Late claims, reversals and changes of status leave settlements behind that were right when they were made. Here the year
is run from its beginning, each settlement in its place, on what those before it would have left. Nothing is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from tongchou.encounters.care_types import STAYS
from tongchou.kernel.errors import DomainError
from tongchou.policy.eligibility import Standing, StandingDecision
from tongchou.settlement import checks, cutting, rules, statements, terms
from tongchou.settlement.facts import NO_YEAR, Earlier, Reading, StandingSettlement, Year
from tongchou.settlement.rules import Computed, Cut, Way

PASSING: Final = frozenset({Standing.ELIGIBLE, Standing.BLOCKED, Standing.CARD, Standing.FROZEN})
"""A block, a seal or a lost card of today takes nothing from what was settled before it was known."""


@dataclass(frozen=True, slots=True)
class Link:
    """一笔结算 in the chain of its year: as it stands and as it would be today; `problem` where it cannot be said."""

    standing: StandingSettlement
    reading: Reading
    computed: Computed | None
    use_account: bool
    problem: str = ""

    @property
    def differs(self) -> bool:
        """Would anything that counts be another amount?"""
        if self.computed is None:
            return False
        receipt = self.standing.receipt
        return (
            self.computed.columns != self.standing.columns
            or self.computed.funds != receipt["funds"]
            or self.computed.deltas != receipt["deltas"]
        )

    @property
    def columns(self) -> Mapping[str, int]:
        return self.standing.columns if self.computed is None else self.computed.columns

    @property
    def deltas(self) -> Mapping[str, dict[str, int]]:
        """What it would add to the accumulators of each year."""
        return self.standing.receipt["deltas"] if self.computed is None else self.computed.deltas

    @property
    def difference_fen(self) -> int:
        """What the funds would pay more, or less."""
        return self.columns["fund_paid_fen"] - self.standing.columns["fund_paid_fen"]


@dataclass(frozen=True, slots=True)
class Chain:
    """年度重算: the settlements of a person-year in their order, as they stand and as they would be today.

    `version` is that of the year's accumulators: what was shown to a clerk holds as long as it does.
    """

    pooling_area: str
    person_id: int
    scheme: str
    year: int
    version: int
    links: tuple[Link, ...]

    @property
    def differing(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.differs)

    @property
    def difference_fen(self) -> int:
        return sum(link.difference_fen for link in self.differing)

    @property
    def seen(self) -> str:
        """What a form carries, so that nothing is settled anew that was not shown."""
        return f"{self.version}:{len(self.links)}:{self.difference_fen}"

    def unit_of(self, link: Link) -> tuple[Link, ...]:
        """What is settled anew together with it: all settlements of one stay, for each builds on those before."""
        if link.standing.bill.kind not in STAYS:
            return (link,)
        return tuple(one for one in self.links if one.standing.encounter_id == link.standing.encounter_id)


def read(*, pooling_area: str, person_id: int, scheme: str, year: int) -> Chain:
    """年度重算 of a person-year, in a handful of questions however many settlements it has."""
    standing = in_order(statements.read_person_year(pooling_area, person_id, scheme, year), str(year))
    years = statements.read_years(pooling_area, person_id, scheme, year, year)
    now = years.get(str(year), NO_YEAR)
    settled = rules.added_up(one.receipt["deltas"].get(str(year), {}) for one in standing)
    carried_in = rules.moved(now.amounts, rules.taken_back(settled))
    balance = statements.read_balance(pooling_area, person_id)
    links = _run(standing, str(year), carried_in, balance)
    return Chain(pooling_area, person_id, scheme, year, now.version, tuple(links))


def in_order(standing: Iterable[StandingSettlement], year: str) -> list[StandingSettlement]:
    """By the place each took in the year; one that added nothing stands where its time puts it."""
    placed: list[StandingSettlement] = []
    unplaced: list[StandingSettlement] = []
    for one in standing:
        (unplaced if one.place(year) is None else placed).append(one)
    placed.sort(key=lambda one: one.place(year) or 0)
    for one in sorted(unplaced, key=lambda one: one.stood_at):
        after = next((n for n, other in enumerate(placed) if other.stood_at > one.stood_at), len(placed))
        placed.insert(after, one)
    return placed


def _run(standing: Sequence[StandingSettlement], year: str, state: dict[str, int], balance_fen: int) -> list[Link]:
    links: dict[int, Link] = {}
    for one in standing:
        link = _link(one, year, state, balance_fen, links)
        links[one.id] = link
        state = rules.moved(state, link.deltas.get(year, {}))
        balance_fen += one.columns["account_paid_fen"] - link.columns["account_paid_fen"]
    return list(links.values())


def _link(
    one: StandingSettlement, year: str, state: dict[str, int], balance_fen: int, before: Mapping[int, Link]
) -> Link:
    """One settlement on what those before it would have left."""
    facts: dict[str, Any] = one.receipt["parts"][0]["facts"]
    use_account = facts.get("use_account", True)
    earlier = tuple(_earlier(less, before) for less in one.receipt.get("less", ()))
    borne_before = sum(less.columns["account_paid_fen"] for less in earlier)
    # what the account held then, unless it holds less today
    available = balance_fen + one.columns["account_paid_fen"] + borne_before
    reading = Reading(
        bill=one.bill,
        person=one.person,
        coverage=one.coverage,
        years=_years(one, year, state, earlier),
        earlier=earlier,
        linked_deductible_fen=_linked(one, before),
        balance_fen=min(facts.get("account_balance_fen", 0), available) - borne_before,
    )
    way = Way(
        contracted=facts.get("contracted", True),
        manual=facts.get("manual", False),
        prescribed=facts.get("prescribed", True),
        emergency=facts.get("emergency", False),
    )
    try:
        cuts = _cuts(reading, one, _batches(one, before))
        if facts.get("reason") == rules.NOT_DESIGNATED:
            cuts = rules.uncovered(cuts, rules.NOT_DESIGNATED)
        computed = rules.compute(
            reading, cuts, level=facts.get("level"), use_account=use_account, choose=terms.package, way=way
        )
    except DomainError as refusal:
        return Link(one, reading, None, use_account, str(refusal))
    return Link(one, reading, computed, use_account)


def _batches(one: StandingSettlement, before: Mapping[int, Link]) -> list[str]:
    """The charges that counted when it was settled: its own, and those of the interim settlements of the stay."""
    interim = [link.standing for link in before.values() if link.standing.encounter_id == one.encounter_id]
    return [batch for settled in (*interim, one) for batch in settled.bill.totals]


def _cuts(reading: Reading, one: StandingSettlement, batches: Sequence[str]) -> list[Cut]:
    bill = reading.bill
    on = rules.benefit_day(bill, one.settled_on)
    if not bill.is_stay:
        decision = checks.standing_on(one.person, reading.coverage, on, scheme=bill.scheme)
        return _if_entitled(cutting.visit_cuts(bill, on), decision, reading, on)
    parts = rules.stay_parts(bill, reading.coverage, until=on, choose=terms.package)
    return cutting.stay_cuts(reading, parts, batches=batches)


def _if_entitled(cuts: list[Cut], decision: StandingDecision, reading: Reading, on: date) -> list[Cut]:
    """A visit on a day that is not covered any more is own expense; what was hindered only for a time is not asked."""
    if decision.standing in PASSING and any(
        span.scheme == reading.bill.scheme and span.start <= on and (span.until is None or on < span.until)
        for span in reading.coverage
    ):
        return cuts
    reason = f"{decision.label}:{decision.reason}" if not decision.eligible else "未享受待遇"
    return rules.uncovered(cuts, reason)


def _years(one: StandingSettlement, year: str, state: dict[str, int], earlier: Sequence[Earlier]) -> dict[str, Year]:
    """The accumulators it would meet; those of another year than the chain's are as they were."""
    years = {
        part["year"]: Year(0, rules.added_up([part["state"], *(less.deltas.get(part["year"], {}) for less in earlier)]))
        for part in reversed(one.receipt["parts"])
    }
    return {**years, year: Year(0, state)}


def _earlier(less: Mapping[str, Any], before: Mapping[int, Link]) -> Earlier:
    """A settlement of the same stay that this one builds on, as it would be today."""
    told = msgspec.convert(dict(less), Earlier)
    link = before.get(told.id)
    if link is None or link.computed is None:
        return told
    return Earlier(
        id=told.id,
        interim=told.interim,
        columns=dict(link.computed.columns),
        funds=dict(link.computed.funds),
        deltas=dict(link.computed.deltas),
    )


def _linked(one: StandingSettlement, before: Mapping[int, Link]) -> int | None:
    """前次住院起付线 (BEN-19): of the stay this one continues, as it would be today."""
    links = [link for link in before.values() if link.standing.encounter_id == one.bill.linked_to]
    if not links:
        return one.linked_deductible_fen
    return sum(
        link.columns["deductible_fen"]
        + (0 if link.standing.receipt.get("less") else link.reading.linked_deductible_fen or 0)
        for link in links
    )

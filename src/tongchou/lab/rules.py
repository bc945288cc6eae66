"""How a person's settlements run under another package (重放规则): pure; amounts in whole fen. Decision 0190.

The accumulators under the candidate are those of the receipt, moved by what the candidate added otherwise before: so a
replay under the rules that were in force changes nothing, whatever was settled before the period or taken back in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

import msgspec

from tongchou.policy.facts import ClassSums, Facts, Outcome
from tongchou.policy.packages import Package
from tongchou.settlement.facts import Earlier
from tongchou.settlement.stored import SHARES, Reread, Run

Amounts = dict[str, int]
Shares = tuple[int, ...]

_members: Final = attrgetter(*(member for _, _, member in SHARES))
FUNDS: Final = len(SHARES) - 2
"""The shares before the account and cash are the funds'."""
ACCOUNT: Final = FUNDS
CASH: Final = FUNDS + 1


@dataclass(slots=True)
class Moved:
    """What one settlement did otherwise: accumulators by year, the account, the deductible; and its new shares."""

    years: dict[str, Amounts]
    account_fen: int
    deductible_fen: int
    encounter_id: int
    shares: Shares


@dataclass(slots=True)
class Course:
    """A person's settlements one after the other under a candidate (人员重放)."""

    package: Package
    """What rules the settlement in hand; a person may move to a county with a rule of its own."""
    stays: Mapping[int, int] = field(default_factory=dict)
    """Encounter → the stay it continues."""
    _years: dict[str, Amounts] = field(default_factory=dict)
    _account_fen: int = 0
    _deductibles: dict[int, int] = field(default_factory=dict)
    _moved: dict[int, Moved] = field(default_factory=dict)

    def settle(self, one: Reread, *, trace: bool = False) -> tuple[Shares, list[Outcome]]:
        """The shares of a settlement under the candidate, and the engine's runs. Raises: DomainError."""
        receipt = one.receipt
        if len(receipt.parts) == 1 and not receipt.less and self._is_untouched(receipt.parts[0]):
            run = receipt.parts[0]
            engine = self.package.traced if trace else self.package.scalar
            outcomes = [engine(run.facts, ClassSums(*run.sums), run.state)]
            shares: Shares = _members(outcomes[0])
        else:
            outcomes = list(self._runs(one, trace))
            shares = _summed(map(_members, outcomes))
            for earlier in receipt.less:
                shares = tuple(new - old for new, old in zip(shares, self._earlier_shares(earlier), strict=True))
        self._note(one, shares, outcomes)
        return shares, outcomes

    def take_back(self, one: Reread) -> None:
        """冲销: what the settlement taken back did otherwise is undone; a cancellation cancelled does it again."""
        before = self._moved.get(one.reversal_of or 0)
        if before is None:
            return
        undone = Moved(
            {year: _negative(amounts) for year, amounts in before.years.items()},
            -before.account_fen,
            -before.deductible_fen,
            before.encounter_id,
            before.shares,
        )
        self._moved[one.id] = undone
        self._carry(undone)

    def _is_untouched(self, run: Run) -> bool:
        """Whether nothing before changes what goes into this run."""
        return (
            run.year not in self._years
            and (not self._account_fen or not run.facts.use_account)
            and (run.facts.linked_deductible_fen is None or not self._deductibles)
        )

    def _runs(self, one: Reread, trace: bool) -> Iterable[Outcome]:
        """Every run of the receipt, each on what the one before left of the year, the deductible and the account."""
        engine = self.package.traced if trace else self.package.scalar
        states: dict[str, Amounts] = {}
        account = self._account_fen - sum(self._of(earlier).account_fen for earlier in one.receipt.less)
        borne, paid, first_balance = 0, 0, None
        for run in one.receipt.parts:
            facts = self._linked(run.facts, one)
            if facts.continued_deductible_fen is not None:
                facts = msgspec.structs.replace(facts, continued_deductible_fen=borne)
            else:
                borne = 0
            if facts.use_account:
                first_balance = facts.account_balance_fen + account if first_balance is None else first_balance
                facts = msgspec.structs.replace(facts, account_balance_fen=max(first_balance - paid, 0))
            outcome = engine(facts, ClassSums(*run.sums), states.get(run.year) or self._state(run, one))
            states[run.year] = moved(states.get(run.year) or self._state(run, one), outcome.deltas)
            borne += outcome.deductible_fen
            paid += outcome.account_fen
            yield outcome

    def _state(self, run: Run, one: Reread) -> Amounts:
        """The accumulators before: the receipt's, moved by what went otherwise, but for the parts taken off again."""
        state = moved(run.state, self._years.get(run.year, {}))
        for earlier in one.receipt.less:
            state = moved(state, _negative(self._of(earlier).years.get(run.year, {})))
        return state

    def _linked(self, facts: Facts, one: Reread) -> Facts:
        """The deductible borne in the stay that this one continues, as it would have been (BEN-19)."""
        if facts.linked_deductible_fen is None:
            return facts
        otherwise = self._deductibles.get(self.stays.get(one.encounter_id, 0), 0)
        if not otherwise:
            return facts
        return msgspec.structs.replace(facts, linked_deductible_fen=facts.linked_deductible_fen + otherwise)

    def _of(self, earlier: Earlier) -> Moved:
        """What an earlier settlement of the same stay did otherwise; nothing, where it was before the period."""
        return self._moved.get(earlier.id, _NOTHING)

    def _earlier_shares(self, earlier: Earlier) -> Shares:
        known = self._moved.get(earlier.id)
        return known.shares if known else tuple(earlier.columns[column] for _, column, _ in SHARES)

    def _note(self, one: Reread, shares: Shares, outcomes: Sequence[Outcome]) -> None:
        """Carry on what this settlement added otherwise than it did."""
        receipt = one.receipt
        if len(outcomes) == 1 and not receipt.less and self._did_the_same(one, shares, outcomes[0]):
            return
        added: dict[str, Amounts] = {}
        for run, outcome in zip(receipt.parts, outcomes, strict=True):
            added[run.year] = moved(added[run.year], outcome.deltas) if run.year in added else outcome.deltas
        for earlier in receipt.less:
            for year, amounts in earlier.deltas.items():
                before = moved(amounts, self._of(earlier).years.get(year, {}))
                added[year] = moved(added.get(year, {}), _negative(before))
        years = {}
        for year in {*added, *receipt.deltas}:
            new, old = added.get(year, {}), receipt.deltas.get(year, {})
            if new != old and (otherwise := moved(new, _negative(old))):
                years[year] = otherwise
        borne = sum(outcome.deductible_fen for outcome in outcomes)
        for earlier in receipt.less:
            borne -= earlier.columns["deductible_fen"] + self._of(earlier).deductible_fen
        first = receipt.parts[0].facts if receipt.parts and not receipt.less else None
        if first and first.linked_deductible_fen is not None:
            borne += self._linked(first, one).linked_deductible_fen or 0
            borne -= first.linked_deductible_fen
        done = Moved(years, one.shares[ACCOUNT] - shares[ACCOUNT], borne - one.deductible_fen, one.encounter_id, shares)
        self._moved[one.id] = done
        self._carry(done)

    def _did_the_same(self, one: Reread, shares: Shares, outcome: Outcome) -> bool:
        """Whether the candidate did what was done, so that nothing is to be carried on; most settlements are so."""
        if shares != one.shares or outcome.deductible_fen != one.deductible_fen or self._deductibles:
            return False
        run = one.receipt.parts[0]
        stored = one.receipt.deltas.get(run.year, {})
        deltas = outcome.deltas
        return deltas == stored or {name: amount for name, amount in deltas.items() if amount} == stored

    def _carry(self, done: Moved) -> None:
        for year, amounts in done.years.items():
            left = moved(self._years.get(year, {}), amounts)
            if left:
                self._years[year] = left
            else:
                self._years.pop(year, None)
        self._account_fen += done.account_fen
        if done.deductible_fen:
            encounter = done.encounter_id
            self._deductibles[encounter] = self._deductibles.get(encounter, 0) + done.deductible_fen


_NOTHING: Final = Moved({}, 0, 0, 0, ())


def moved(amounts: Mapping[str, int], deltas: Mapping[str, int]) -> Amounts:
    """The accumulators after these changes; what comes to zero is left out."""
    total = dict(amounts)
    for name, amount in deltas.items():
        total[name] = total.get(name, 0) + amount
    return {name: amount for name, amount in total.items() if amount}


def fund_fen(shares: Sequence[int]) -> int:
    """基金支付: every layer but the account and cash."""
    return sum(shares[:FUNDS])


def own_fen(shares: Sequence[int]) -> int:
    """个人负担: from the account and in cash."""
    return shares[ACCOUNT] + shares[CASH]


def _negative(amounts: Mapping[str, int]) -> Amounts:
    return {name: -amount for name, amount in amounts.items()}


def _summed(rows: Iterable[Shares]) -> Shares:
    return tuple(map(sum, zip(*rows, strict=True)))

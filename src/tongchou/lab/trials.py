"""What would I pay (待遇试算; BEN-43): a bill by the rules in force, computed and forgotten. Pure; whole fen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from tongchou.policy import engine
from tongchou.policy.facts import ClassSums, Facts, Outcome, ParameterUse
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import Scope

PPM: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """试算条件: a visit and its bill; `state` is what was used of the year, by the package's names."""

    kind: str
    level: int | None
    on: date
    place: str = "home"
    referral: str = "none"
    groups: frozenset[str] = frozenset()
    disease: str | None = None
    age: int | None = None
    account_fen: int = 0
    sums: ClassSums
    state: Mapping[str, int] = field(default_factory=dict)


def tried(package: Package, asked: Asked) -> Outcome:
    """试算 with its trace; nothing is stored. Raises: MissingParameter, UnknownFact, NegativeAmount."""
    facts = Facts(
        kind=asked.kind,
        on=asked.on,
        level=asked.level,
        scheme=package.scheme,
        place=asked.place,
        referral=asked.referral,
        groups=asked.groups,
        disease=asked.disease,
        born_on=None if asked.age is None else years_before(asked.on, asked.age),
        admitted_on=asked.on,
        discharged_on=asked.on,
        account_balance_fen=asked.account_fen,
        use_account=asked.account_fen > 0,
    )
    return engine.adjudicate(package, facts, asked.sums, dict(asked.state), trace=True)


def years_before(on: date, years: int) -> date:
    """The birthday of somebody who is so many years old today."""
    day = min(on.day, 28) if on.month == 2 else on.day
    return date(on.year - years, on.month, day)


def usual_mix(total_fen: int, share_ppm: int | None) -> ClassSums:
    """A bill of which only the total is known: the usual share within the scope, the rest own expense.

    Where no share is known all of it counts as within the scope.
    """
    scope = total_fen if share_ppm is None else (2 * total_fen * share_ppm + PPM) // (2 * PPM)
    return ClassSums(total_fen - scope, 0, 0, scope)


def state_key(package: Package, name: str, disease: str | None) -> str | None:
    """Under which name an amount of the year is kept; None where it depends on the day, or a disease is not given."""
    scope = package.definition.accumulators[name].scope
    if scope is Scope.YEAR:
        return name
    return f"{name}@{disease}" if scope is Scope.DISEASE and disease else None


def assumptions(outcome: Outcome) -> list[ParameterUse]:
    """The values behind the answer that are assumed, each once (假定值)."""
    found: dict[tuple[str, str], ParameterUse] = {}
    for step in outcome.trace or ():
        if step.counted:
            for use in step.parameters:
                if use.assumption:
                    found.setdefault((use.key, use.text), use)
    return list(found.values())

"""Random claims for comparing the columns with the scalar engine (随机结算): every kind, level, place, group and state.

Amounts lie on and beside every edge of the package — deductibles, bands, limits — as often as anywhere else. Used by
the tests and by `tongchou bench batch`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from tongchou.kernel.errors import DomainError
from tongchou.policy.batch import ALL, Columns, adjudicate_columns
from tongchou.policy.claim_table import TableBuilder
from tongchou.policy.compiling.numpy_code import Column
from tongchou.policy.definition import Band
from tongchou.policy.facts import ClassSums, Facts, Outcome, added
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import PLACES, REFERRALS, Scope, Unit
from tongchou.policy.yearly import Rounds, settle_table

_LARGEST: Final = 100_000_000
_UNLISTED: Final = "体检"
_BIRTHDAYS: Final = tuple(date(2018 - age, 5, 1 + age % 3) for age in (0, 1, 5, 6, 17, 18, 44, 59, 60, 64, 65, 70, 80))
_OUTCOME: Final = tuple("ratio_ppm" if name == "ratio" else f"{name}_fen" for name in ALL)
_PLACES: Final = tuple(Outcome.__struct_fields__.index(name) for name in _OUTCOME)
_LAST: Final = max(_PLACES) + 1


def edges(package: Package) -> tuple[int, ...]:
    """Every amount in fen at which the package turns: deductibles, ends of bands, limits."""
    found = set()
    for value in package.values.values():
        if isinstance(value.content, tuple):
            bands = [band for band in value.content if isinstance(band, Band)]
            found |= {edge for band in bands for edge in (band.low_fen, band.high_fen or 0)}
        elif isinstance(value.content, int) and value.unit is Unit.YUAN:
            found.add(value.content)
    return tuple(sorted(edge for edge in found if 0 < edge < _LARGEST))


@dataclass(frozen=True)
class RandomClaims:
    """A source of claims under one package; the same seed gives the same claims."""

    package: Package
    seed: int
    combinations: int = 400

    @cached_property
    def facts(self) -> tuple[Facts, ...]:
        """Combinations of facts that the package can settle, amounts being 1 where there are any."""
        chance, found = random.Random(self.seed), dict[Facts, None]()
        for _ in range(self.combinations * 20):
            facts = self._facts(chance)
            try:
                self.package.code.plan(facts, {})
            except DomainError:
                continue
            found[facts] = None
            if len(found) == self.combinations:
                break
        return tuple(found)

    def _facts(self, chance: random.Random) -> Facts:
        definition = self.package.definition
        kinds, groups = [*definition.kinds, _UNLISTED], sorted(definition.groups)
        flags = [field.name for field in msgspec.structs.fields(Facts) if isinstance(field.default, bool)]
        given: dict[str, Any] = {name: chance.random() < 0.85 for name in flags}
        if definition.categories:
            given["category"] = chance.choice(sorted(definition.categories))
        return Facts(
            kind=chance.choice(kinds),
            on=self.package.valid_from.replace(year=self.package.valid_from.year + 1),
            level=int(chance.choice(sorted(definition.levels))[1:]),
            scheme=self.package.scheme,
            place=chance.choice(("home", "home", *PLACES)),
            referral=chance.choice(tuple(REFERRALS)),
            groups=frozenset(chance.sample(groups, chance.choice((0, 0, 1, 2)) if len(groups) > 1 else 0)),
            disease=chance.choice([None, "阑尾炎", *definition.diseases]),
            stay_number=chance.choice((1, 2, 3)),
            born_on=chance.choice((None, *_BIRTHDAYS)),
            linked_deductible_fen=chance.choice((None, None, 0)),
            continued_deductible_fen=chance.choice((None, None, 0)),
            project_fen=chance.choice((0, 0, 1)),
            third_party_fen=chance.choice((0, 0, 0, 1)),
            account_balance_fen=chance.choice((0, 1)),
            **given,
        )

    def columns(self, rows: int, seed: int) -> Columns:
        """That many claims, each with a year-to-date state of its own."""
        chance = np.random.default_rng((self.seed, seed))
        accumulators = self.package.definition.accumulators
        return Columns(
            facts=self.facts,
            code=chance.integers(0, len(self.facts), rows, dtype=np.int32),
            own_expense_fen=self._amounts(chance, rows) // 8,
            over_ceiling_fen=self._amounts(chance, rows) // 16,
            pre_self_pay_fen=self._amounts(chance, rows) // 8,
            in_scope_fen=self._amounts(chance, rows),
            project_fen=self._amounts(chance, rows) // 4 + 1,
            account_balance_fen=self._amounts(chance, rows) // 4 + 1,
            linked_deductible_fen=self._amounts(chance, rows) // 64,
            continued_deductible_fen=self._amounts(chance, rows) // 64,
            third_party_fen=self._amounts(chance, rows) // 2 + 1,
            state={name: self._amounts(chance, rows) for name in accumulators},
        )

    def _amounts(self, chance: np.random.Generator, rows: int) -> Column:
        """A tenth nothing, two fifths on or beside an edge, the rest anywhere."""
        edge = np.asarray(edges(self.package), np.int64)[chance.integers(0, len(edges(self.package)), rows)]
        near = np.maximum(edge + chance.integers(-2, 3, rows), 0)
        far = np.minimum(chance.lognormal(13, 2.2, rows), _LARGEST).astype(np.int64)
        which = chance.random(rows)
        return np.where(which < 0.1, 0, np.where(which < 0.5, near, far))


def differing_rows(claims: RandomClaims, rows: int, seed: int) -> int:
    """How many of that many random claims come out differently by the column and one by one; it should be none."""
    columns = claims.columns(rows, seed)
    made = adjudicate_columns(claims.package, columns, sub_funds=True)
    order = np.argsort(columns.code, kind="stable")
    bounds = np.searchsorted(columns.code[order], np.arange(len(claims.facts) + 1))
    wrong = np.zeros(rows, np.bool_)
    for code, facts in enumerate(claims.facts):
        picked = order[bounds[code] : bounds[code + 1]]
        if not len(picked):
            continue
        outcomes = _one_by_one(claims.package, facts, columns, picked)
        expected = np.asarray([msgspec.structs.astuple(each)[:_LAST] for each in outcomes], np.int64)
        for name, place in zip(ALL, _PLACES, strict=True):
            wrong[picked] |= made.amounts[name][picked] != expected[:, place]
        wrong[picked] |= _deltas_differ(outcomes, made.deltas, picked) | _funds_differ(outcomes, made.sub_funds, picked)
    return int(wrong.sum())


def _one_by_one(package: Package, facts: Facts, columns: Columns, picked: "npt.NDArray[np.intp]") -> list[Outcome]:
    """The scalar engine's answers for rows of the same facts."""
    bills = zip(*(column[picked].tolist() for column in columns.bill), strict=True)
    keys = _keys(package, facts)
    states = zip(*(column[picked].tolist() for column in columns.state.values()), strict=True)
    names = [keys[name] for name in columns.state]
    own = _with_amounts(facts, columns, picked)
    settle = package.scalar
    return [
        settle(each, ClassSums(*bill), dict(zip(names, state, strict=True)))
        for each, bill, state in zip(own, bills, states, strict=True)
    ]


def _with_amounts(facts: Facts, columns: Columns, picked: "npt.NDArray[np.intp]") -> Sequence[Facts]:
    """Each row's facts with its own amounts, where the facts have such an amount at all."""
    given = {name: getattr(columns, name) for name in _WHERE_GIVEN if getattr(facts, name) is not None}
    given |= {name: getattr(columns, name) for name in _WHERE_NOT_ZERO if getattr(facts, name)}
    if not given:
        return [facts] * len(picked)
    amounts = zip(*(column[picked].tolist() for column in given.values()), strict=True)
    return [msgspec.structs.replace(facts, **dict(zip(given, row, strict=True))) for row in amounts]


_WHERE_GIVEN: Final = ("linked_deductible_fen", "continued_deductible_fen")
_WHERE_NOT_ZERO: Final = ("project_fen", "account_balance_fen", "third_party_fen")


def _keys(package: Package, facts: Facts) -> dict[str, str]:
    """The names under which a state holds the accumulators for these facts."""
    ends = {Scope.YEAR: "", Scope.DISEASE: f"@{facts.disease or ''}", Scope.DAY: f"@{facts.on}"}
    return {name: f"{name}{ends[item.scope]}" for name, item in package.definition.accumulators.items()}


def _deltas_differ(outcomes: Sequence[Outcome], deltas: Mapping[str, Column], picked: Any) -> Any:
    """Rows whose additions to the accumulators differ; the names are the same for all rows of the same facts."""
    names = [name.partition("@")[0] for name in outcomes[0].deltas]
    expected = np.asarray([tuple(each.deltas.values()) for each in outcomes], np.int64).reshape(len(outcomes), -1)
    wrong = np.zeros(len(outcomes), np.bool_)
    for name, column in deltas.items():
        wrong |= column[picked] != (expected[:, names.index(name)] if name in names else 0)
    return wrong


def _funds_differ(outcomes: Sequence[Outcome], sub_funds: Mapping[str, Column], picked: Any) -> Any:
    """Rows whose sums by sub-fund differ."""
    expected = {name: np.zeros(len(outcomes), np.int64) for name in sub_funds}
    for row, outcome in enumerate(outcomes):
        for fund, _, amount in outcome.sub_funds:
            expected[fund][row] += amount
    wrong = np.zeros(len(outcomes), np.bool_)
    for name, column in sub_funds.items():
        wrong |= column[picked] != expected[name]
    return wrong


@dataclass(frozen=True, slots=True)
class Sequel:
    """One claim of a sequence; `linked_to` is the place of the earlier stay that it continues."""

    person: int
    facts: Facts
    sums: ClassSums
    linked_to: int | None


def sequence(claims: RandomClaims, persons: int, rows: int, seed: int) -> list[Sequel]:
    """Claims of some persons over two years, in time order; a few persons have very many."""
    chance = random.Random(f"{claims.seed}/{seed}")
    columns = claims.columns(rows, seed)
    bills = zip(*(column.tolist() for column in columns.bill), strict=True)
    own = [_with_amounts(claims.facts[code], columns, np.asarray([row]))[0] for row, code in enumerate(columns.code)]
    first = claims.package.valid_from.replace(year=claims.package.valid_from.year + 1).toordinal()
    days = sorted(chance.randrange(first, first + 500) for _ in range(rows))
    earlier: dict[int, list[int]] = {}
    made = []
    for row, (day, facts, bill) in enumerate(zip(days, own, bills, strict=True)):
        person = int(chance.paretovariate(0.9)) % persons if row % 3 == 0 else chance.randrange(persons)
        linked = chance.choice(earlier[person]) if person in earlier and chance.random() < 0.05 else None
        facts = msgspec.structs.replace(facts, on=date.fromordinal(day), stay_number=0)
        made.append(Sequel(person, facts, ClassSums(*bill), linked))
        earlier.setdefault(person, []).append(row)
    return made


def differing_in_sequence(package: Package, sequels: Sequence[Sequel]) -> int:
    """How many claims of a sequence differ between the rounds of columns and the scalar engine, one after the other."""
    builder = TableBuilder()
    for each in sequels:
        builder.add(person=each.person, facts=each.facts, sums=each.sums, linked_to=each.linked_to)
    made = settle_table(package, Rounds(builder.table()))
    states: dict[tuple[int, int], dict[str, int]] = {}
    borne: list[int | None] = []
    wrong = 0
    for row, each in enumerate(sequels):
        outcome = _next(package, each, states, borne)
        found = tuple(int(made.amounts[name][row]) for name in ALL)
        if outcome is None:
            wrong += bool(made.settled[row])
        else:
            wrong += not made.settled[row] or found != tuple(getattr(outcome, name) for name in _OUTCOME)
    return wrong


def _next(
    package: Package, each: Sequel, states: dict[tuple[int, int], dict[str, int]], borne: list[int | None]
) -> Outcome | None:
    """One claim of a sequence by the scalar engine; None when it is refused, and nothing is then carried on."""
    facts, year = each.facts, (each.person, each.facts.on.year)
    linked = None if each.linked_to is None else borne[each.linked_to]
    borne.append(None)
    if each.linked_to is not None:
        if linked is None:
            return None
        facts = msgspec.structs.replace(facts, linked_deductible_fen=linked)
    state = states.get(year, {})
    try:
        outcome = package.scalar(facts, each.sums, state)
    except DomainError:
        return None
    states[year] = added(state, outcome.deltas)
    borne[-1] = outcome.deductible_fen + (facts.linked_deductible_fen or 0)
    return outcome

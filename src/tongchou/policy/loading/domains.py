"""The values each dimension can take in one package (取值范围)."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tongchou.policy.definition import Cells, Condition, Definition, Parameter, Rule, Value
from tongchou.policy.vocabulary import CHANNELS, LATER, PLACES, REFERRALS, YES_NO, Dimension


@dataclass(frozen=True, slots=True)
class Domains:
    """The keys of each dimension, and of each kind of care the diseases that play a part in it."""

    keys: Mapping[Dimension, tuple[str, ...]]
    diseases_of: Mapping[str, frozenset[str]]

    def __getitem__(self, dimension: Dimension) -> tuple[str, ...]:
        return self.keys[dimension]


FIRST_STAY: Final = "N1"


def domains(definition: Definition) -> Domains:
    """Every value of every dimension; stays are numbered as far as the package tells them apart, then `later`."""
    keys = {
        Dimension.KIND: tuple(definition.kinds),
        Dimension.LEVEL: tuple(definition.levels),
        Dimension.PLACE: tuple(PLACES),
        Dimension.REFERRAL: tuple(REFERRALS),
        Dimension.EMERGENCY: tuple(YES_NO),
        Dimension.DESIGNATED: tuple(YES_NO),
        Dimension.DISEASE: tuple(definition.diseases),
        Dimension.CATEGORY: tuple(definition.categories),
        Dimension.CONTRACTED: tuple(YES_NO),
        Dimension.CHANNEL: tuple(CHANNELS),
        Dimension.PRESCRIBED: tuple(YES_NO),
        Dimension.STAY: (*(f"N{n}" for n in range(1, numbered_stays(definition) + 1)), LATER),
    }
    diseases_of = {
        kind: frozenset(code for code in definition.diseases if kind in definition.disease_kinds.get(code, (kind,)))
        for kind in definition.kinds
    }
    return Domains(keys, diseases_of)


def numbered_stays(definition: Definition) -> int:
    """How many stays of a year the package tells apart before `later`."""
    numbers = [int(key[1:]) for key in _stay_keys(definition) if key[:1] == "N" and key[1:].isdigit()]
    return max(numbers, default=0)


def _stay_keys(definition: Definition) -> Iterator[str]:
    for condition in conditions(definition):
        yield from condition.allowed.get(Dimension.STAY, ())
    for parameter in definition.parameters.values():
        if Dimension.STAY in parameter.by:
            yield from keys_of(parameter, Dimension.STAY)


def conditions(definition: Definition) -> Iterator[Condition]:
    """Every condition of the package."""
    return itertools.chain.from_iterable(map(conditions_of, definition.every_rule))


def conditions_of(rule: Rule) -> Iterator[Condition]:
    """The conditions of a rule, its waivers, its adjustments and its fixed amounts."""
    yield rule.when
    yield from (adjustment.when for adjustment in rule.adjustments)
    yield from (fixed.when for fixed in rule.instead)
    if rule.deductible:
        yield from (waiver.when for waiver in rule.deductible.waivers)


def keys_of(parameter: Parameter, dimension: Dimension) -> set[str]:
    """The keys a table uses for one of its dimensions."""
    level: Iterable[Cells] = (parameter.cells,)
    for by in parameter.by:
        tables = [cells for cells in level if not isinstance(cells, Value)]
        if by is dimension:
            return {key for table in tables for key in table}
        level = tuple(itertools.chain.from_iterable(table.values() for table in tables))
    return set()


def combinations(
    dimensions: Iterable[Dimension], where: Sequence[Condition], domain: Domains
) -> Iterator[dict[Dimension, str]]:
    """Every point over these dimensions that all the conditions allow; a disease only where its kinds of care are."""
    wanted = tuple(dimensions)
    limits = (*where, *_of_kinds(where, domain)) if Dimension.DISEASE in wanted else where
    choices = [
        [key for key in domain[dim] if all(key in limit.allowed.get(dim, domain[dim]) for limit in limits)]
        for dim in wanted
    ]
    for keys in itertools.product(*choices):
        yield dict(zip(wanted, keys, strict=True))


def _of_kinds(where: Sequence[Condition], domain: Domains) -> Iterator[Condition]:
    """The diseases that play a part in the kinds of care the conditions allow."""
    kinds = {kind for kind in domain[Dimension.KIND] if _allows(where, Dimension.KIND, kind)}
    diseases: frozenset[str] = frozenset().union(*(domain.diseases_of[kind] for kind in kinds))
    yield Condition({Dimension.DISEASE: diseases})


def _allows(where: Sequence[Condition], dimension: Dimension, key: str) -> bool:
    return all(key in limit.allowed.get(dimension, (key,)) for limit in where)

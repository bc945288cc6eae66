"""Competing rules that need no computing (择优的预先判定, BEN-29; decision 0104).

Where every number of one rule is at least as favourable as another's and the two are alike in all else, the other
gives way when the plan is made, once, and no settlement computes it.
"""

from collections.abc import Sequence
from itertools import pairwise

from tongchou.policy.compiling.resolve import Resolved
from tongchou.policy.definition import Band, Definition, Rule, ratio_at
from tongchou.policy.loading.references import touched
from tongchou.policy.vocabulary import Measure, Pays

_ALIKE_WHEN_PAID_ALIKE = frozenset({Measure.PAID, Measure.BASE, Measure.COUNT})
"""What two rules on the same base add alike when they pay alike; deductible and payable cost they need not."""


def undominated(rules: Sequence[Resolved], definition: Definition) -> tuple[Resolved, ...]:
    """The rules that may still turn out to pay most, in their order; of equal ones the first."""

    def yields(one: int, other: int) -> bool:
        if one == other or not gives_way(rules[one], rules[other], definition):
            return False
        return other < one or not gives_way(rules[other], rules[one], definition)

    places = range(len(rules))
    return tuple(rules[one] for one in places if not any(yields(one, other) for other in places))


def gives_way(one: Resolved, other: Resolved, definition: Definition) -> bool:
    """Is every number of `other` at least as favourable as that of `one`, and all else the same?"""
    if not _comparable(one.rule, other.rule) or one.already != other.already:
        return False
    if one.include_over_cap is not other.include_over_cap:
        return False
    earlier = (one.deductible_fen or 0) - (other.deductible_fen or 0)
    measures = {definition.accumulators[name].measure for name in touched(one.rule)}
    if earlier < 0 or (earlier and not measures <= _ALIKE_WHEN_PAID_ALIKE):
        return False
    if any(theirs < ours for (ours, _), (theirs, _) in zip(one.caps, other.caps, strict=True)):
        return False
    match one.rule.pays:
        case Pays.RATIO:
            rising = all(low.ratio_ppm <= high.ratio_ppm for low, high in pairwise(other.bands))
            return _everywhere_at_least(other.bands, one.bands) and (not earlier or rising)
        case Pays.FIXED:
            return other.amount_fen >= one.amount_fen
        case Pays.FIXED_SHARE:
            return other.amount_fen <= one.amount_fen
        case _:
            return False


def _comparable(one: Rule, other: Rule) -> bool:
    """Do two rules differ in nothing but their numbers and for whom they are?"""
    return _shape(one) == _shape(other)


def _shape(rule: Rule) -> tuple[object, ...]:
    deductible = rule.deductible and (rule.deductible.per, rule.deductible.accumulator)
    caps = tuple(cap.accumulator for cap in rule.caps)
    adds = frozenset(touched(rule))
    return rule.pays, rule.base, deductible, rule.bands_on, rule.cumulate, caps, adds, rule.sub_fund, rule.rounding


def _everywhere_at_least(bands: Sequence[Band], others: Sequence[Band]) -> bool:
    edges = sorted({band.low_fen for band in (*bands, *others)})
    return all(ratio_at(bands, edge) >= ratio_at(others, edge) for edge in edges)

"""Proof of a package (完备性, BEN-01, BEN-44).

Every reachable point has exactly one rule in the basic layer and at most one, groups aside, in any other; and every
parameter that is asked for there has a value.
"""

import itertools
from collections.abc import Iterator

from tongchou.policy.definition import Condition, Definition, Layer, Parameter, Rule, Value
from tongchou.policy.findings import Fault, Findings
from tongchou.policy.loading.domains import Domains, combinations, domains
from tongchou.policy.loading.references import parameters_of
from tongchou.policy.vocabulary import DIMENSION_LABELS, Dimension, LayerId


def check(definition: Definition, findings: Findings) -> None:
    domain = domains(definition)
    for layer in definition.layers:
        _check_layer(layer, domain, findings)
    for rule in definition.rules:
        _check_instead(rule, findings)
        for key, _, further in parameters_of(rule):
            _check_complete(definition.parameters[key], (rule.when, further), domain, rule, findings)


def _check_layer(layer: Layer, domain: Domains, findings: Findings) -> None:
    """Rules that ask for a group are alternatives (the most favourable pays); the others must not meet."""
    plain = [rule for rule in layer.rules if not rule.when.groups]
    reported: set[tuple[str, ...]] = set()
    for kind in domain[Dimension.KIND]:
        here = [rule for rule in plain if kind in rule.when.allowed.get(Dimension.KIND, (kind,))]
        asked = dict.fromkeys(dim for rule in here for dim in rule.when.allowed if dim is not Dimension.KIND)
        of_kind = Condition({Dimension.KIND: frozenset({kind})})
        for point in combinations(asked, (of_kind,), domain):
            _check_point(layer, here, {Dimension.KIND: kind} | point, reported, findings)


def _check_point(
    layer: Layer, rules: list[Rule], point: dict[Dimension, str], reported: set[tuple[str, ...]], findings: Findings
) -> None:
    """One finding for each set of rules that meet, and for each kind that has none in the basic layer."""
    for age in _ages(layer):
        found = [rule for rule in rules if holds(rule.when, point, age)]
        names = tuple(rule.id for rule in found)
        if len(found) > 1 and names not in reported:
            reported.add(names)
            reason = f"规则 {'、'.join(names)} 在{_words(point)}时同时适用"
            findings.add(found[1].line, found[1].path, Fault.OVERLAP, reason)
        kind = (point[Dimension.KIND],)
        if not found and layer.id is LayerId.BASIC and kind not in reported:
            reported.add(kind)
            findings.add(layer.line, f"layers.{layer.id}", Fault.GAP, f"{_words(point)}没有适用的规则")


def _check_instead(rule: Rule, findings: Findings) -> None:
    """Two fixed amounts of one rule never meet: each pair asks for different keys of some dimension (groups aside)."""
    for one, other in itertools.combinations(rule.instead, 2):
        shared = one.when.allowed.keys() & other.when.allowed.keys()
        if not any(one.when.allowed[dim].isdisjoint(other.when.allowed[dim]) for dim in shared):
            reason = f"定额“{one.label}”与“{other.label}”可能同时适用"
            findings.add(other.when.line or rule.line, f"{rule.path}.instead", Fault.OVERLAP, reason)


def _ages(layer: Layer) -> tuple[int, ...]:
    """One age out of every stretch that the layer's conditions tell apart."""
    edges = {0}
    for rule in layer.rules:
        edges |= {age for age in (rule.when.age_from, rule.when.age_until) if age is not None}
    return tuple(sorted(edges))


def holds(condition: Condition, point: dict[Dimension, str], age: int) -> bool:
    """Does the condition hold, groups aside?"""
    if condition.age_from is not None and age < condition.age_from:
        return False
    if condition.age_until is not None and age >= condition.age_until:
        return False
    return all(point[dim] in keys for dim, keys in condition.allowed.items())


def _words(point: dict[Dimension, str]) -> str:
    return "、".join(f"{DIMENSION_LABELS[dim]}={key}" for dim, key in point.items())


def _check_complete(
    parameter: Parameter, where: tuple[Condition, ...], domain: Domains, rule: Rule, findings: Findings
) -> None:
    at = f"parameters.{parameter.key}"
    for key in missing_keys(parameter, where, domain):
        findings.add(parameter.line, at, Fault.MISSING_PARAMETER, f"缺参数 {key}({rule.path})")


def missing_keys(parameter: Parameter, where: tuple[Condition, ...], domain: Domains) -> Iterator[str]:
    """Full keys that can be asked for and have no value; a value that is 待定 counts as known to be missing."""
    seen = set()
    for point in combinations(parameter.by, where, domain):
        cells, path = parameter.cells, [parameter.key]
        for dimension in parameter.by:
            if isinstance(cells, Value):
                break
            path.append(point[dimension])
            below = cells.get(point[dimension])
            if below is None:
                break
            cells = below
        key = ".".join(path)
        if not isinstance(cells, Value) and key not in seen:
            seen.add(key)
            yield key

"""Proof of a package (完备性, BEN-01, BEN-44).

Complete: every reachable point has exactly one rule in the basic layer, and every parameter that is asked for there
has a value (or says itself that it is 待定). Free of overlaps: groups aside, no two rules of a layer, and no two fixed
amounts of a rule, meet. Monotone: what is declared to rise or fall with a dimension does, for every other key; limits
of bands rise and ratios lie within 0–100 % (checked while reading). A file is valid to the day the next one begins, so
with `packages.check_periods` every reachable key has a value on every date.
"""

import itertools
from collections.abc import Iterator
from typing import Final

from tongchou.policy.definition import Band, Cells, Condition, Definition, Layer, Parameter, Rule, Value, ratio_at
from tongchou.policy.findings import Fault, Findings
from tongchou.policy.loading.domains import Domains, combinations, domains
from tongchou.policy.loading.references import parameters_of
from tongchou.policy.vocabulary import DIMENSION_LABELS, SEGMENT, Dimension, LayerId


def check(definition: Definition, findings: Findings) -> None:
    domain = domains(definition)
    for layer in definition.layers:
        _check_layer(layer, domain, findings)
    for parameter in definition.parameters.values():
        _check_monotone(parameter, domain, findings)
    for rule in definition.every_rule:
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


def _check_monotone(parameter: Parameter, domain: Domains, findings: Findings) -> None:
    """升降 as declared: along the keys of one dimension with every other key fixed; 待定 is passed over."""
    for names, sign in ((parameter.rises_with, 1), (parameter.falls_with, -1)):
        for name in names:
            if name == SEGMENT:
                _check_segments(parameter, domain, sign, findings)
            else:
                _check_along(parameter, Dimension(name), domain, sign, findings)


def _check_along(parameter: Parameter, dimension: Dimension, domain: Domains, sign: int, findings: Findings) -> None:
    others = [dim for dim in parameter.by if dim is not dimension]
    reported: set[tuple[str, str]] = set()
    for keys in itertools.product(*(domain[dim] for dim in others)):
        at = dict(zip(others, keys, strict=True))
        along = [_cell(parameter, at | {dimension: key}) for key in domain[dimension]]
        for before, after in itertools.pairwise([value for value in along if value is not None]):
            if _against(before, after, sign) and (before.key, after.key) not in reported:
                reported.add((before.key, after.key))
                word = "不应低于" if sign > 0 else "不应高于"
                reason = f"{after.key}({after.text}){word}{before.key}({before.text})"
                findings.add(after.line, f"parameters.{parameter.key}", Fault.NOT_MONOTONE, reason)


def _check_segments(parameter: Parameter, domain: Domains, sign: int, findings: Findings) -> None:
    for value in _values(parameter, domain):
        ratios = [band.ratio_ppm for band in _bands(value)]
        if any(sign * after < sign * before for before, after in itertools.pairwise(ratios)):
            word = "上升" if sign > 0 else "下降"
            reason = f"分段比例应逐段{word}:{value.text}"
            findings.add(value.line, f"parameters.{parameter.key}", Fault.NOT_MONOTONE, reason)


def _values(parameter: Parameter, domain: Domains) -> Iterator[Value]:
    """Every value of a table, each once."""
    points = itertools.product(*(domain[dim] for dim in parameter.by))
    cells = (_cell(parameter, dict(zip(parameter.by, keys, strict=True))) for keys in points)
    yield from {value.key: value for value in cells if value is not None}.values()


def _cell(parameter: Parameter, point: dict[Dimension, str]) -> Value | None:
    """The value at a point; None where there is none or it is 待定."""
    cells: Cells = parameter.cells
    for dimension in parameter.by:
        if isinstance(cells, Value):
            break
        below = cells.get(point[dimension])
        if below is None:
            return None
        cells = below
    return cells if isinstance(cells, Value) and cells.content is not None else None


def _against(before: Value, after: Value, sign: int) -> bool:
    """Does the value go the wrong way? Bands are compared at every edge of either."""
    if isinstance(before.content, int) and isinstance(after.content, int):
        return sign * after.content < sign * before.content
    low, high = _bands(before), _bands(after)
    edges = sorted({band.low_fen for band in (*low, *high)})
    return any(sign * ratio_at(high, edge) < sign * ratio_at(low, edge) for edge in edges)


def _bands(value: Value) -> tuple[Band, ...]:
    content = value.content if isinstance(value.content, tuple) else ()
    return tuple(band for band in content if isinstance(band, Band))


PROVEN: Final = ("取值完整", "无重叠", "比例在0–100%", "分段界限上升")
"""What every package that is read has been proven to be, besides the orders it declares."""


def proven(definition: Definition) -> str:
    """证明摘要: what has been proven of a package that was read (BEN-44)."""
    orders = sum(len(item.rises_with) + len(item.falls_with) for item in definition.parameters.values())
    declared = [f"声明的升降 {orders} 处成立"] if orders else []
    return "已证明:" + "、".join([*PROVEN, *declared])

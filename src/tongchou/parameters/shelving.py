"""Putting a package on the shelf (政策包入库生效): steps of the commands that install and approve. Decision 0172."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

import yaml
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.parameters import local, shelf
from tongchou.parameters.events import PolicyPutInForce
from tongchou.parameters.local import Dropped
from tongchou.parameters.models import LocalRule, PolicyShelf, PolicyVersion
from tongchou.parameters.states import Origin
from tongchou.platform import events, trail
from tongchou.policy.errors import PolicyMissing
from tongchou.policy.packages import Package, PolicyBook, above


class AlreadyKnown(DomainError):
    code = "PA-1102"
    message = "{label}在{known_from}已有一个版本公布,内容不同;已生效的值不能改动,请改日以更正版公布"
    citation = "GX2017 §134"


@dataclass(frozen=True, slots=True)
class GivesWay:
    """A value of a smaller area that the new package no longer lets stand."""

    area: str
    dropped: Dropped


def lock_shelf() -> None:
    """One at a time puts versions in force. A step: the caller has opened the transaction."""
    assert transaction.get_connection().in_atomic_block
    PolicyShelf.objects.select_for_update().get(pk=1)


def put(package: Package, text: str, *, now: datetime, **columns: Any) -> PolicyVersion:
    """入库: the package stands from now on in every process (ORG-22). A step, under the lock of the shelf.

    Raises: PackageRefused when the periods of the area overlap or leave a gap, AlreadyKnown.
    """
    check_fits(package)
    header = package.definition.header
    first_moment = timezone.make_aware(datetime.combine(package.valid_from, time.min))
    version = PolicyVersion.objects.create(
        area=package.area,
        scheme=package.scheme,
        title=header.title,
        valid_from=package.valid_from,
        valid_until=package.valid_until,
        known_from=package.known_from,
        content_hash=package.hash,
        text=text,
        source_documents=[f"{one.title} {one.number}".strip() for one in package.documents.values()],
        in_force_at=max(now, first_moment),
        entered_at=now,
        **columns,
    )
    shelf.remember(package)
    PolicyShelf.objects.filter(pk=1).update(version=F("version") + 1)
    trail.record(
        "parameters.put_in_force",
        at=now,
        operator=version.checker,
        object_kind="policy_version",
        object_key=package.hash,
        detail={"label": package.label, "known_from": str(package.known_from), "origin": str(version.origin)},
    )
    events.publish(
        PolicyPutInForce(
            version_id=version.pk,
            area=version.area,
            scheme=version.scheme,
            content_hash=package.hash,
            valid_from=version.valid_from,
            known_from=version.known_from,
            origin=version.origin,
        )
    )
    return version


def check_fits(package: Package) -> None:
    """Would the periods of the area follow each other without overlap or gap (BEN-44)?

    Raises: PackageRefused, AlreadyKnown.
    """
    standing = shelf.shelf_of(package.area, package.scheme)
    if any((one.valid_from, one.known_from) == (package.valid_from, package.known_from) for one in standing):
        raise AlreadyKnown(label=package.label, known_from=package.known_from)
    PolicyBook.of([*standing, package])


def compose_below(version: PolicyVersion, package: Package, *, now: datetime) -> list[GivesWay]:
    """下级重新合成: every local rule below gets its package anew, with the values that the new one lets stand.

    Returns what gives way to the package above. A step, under the lock of the shelf.
    """
    gives_way: list[GivesWay] = []
    for area, rules in _local_rules(package.scheme):
        if package.area in above(area)[1:] and _parent_area(area, package.scheme, package.valid_from) == package.area:
            for start, rule in _segments_of(package, rules):
                gives_way += _compose(package, rule, start, known_from=version.known_from, now=now)
    return gives_way


def compose_local(rule: LocalRule, *, now: datetime) -> None:
    """地方细则生效: its package under every package above that rules from its day on. A step, under the lock.

    Raises: PolicyMissing when there is none above.
    """
    rules = [one for _, found in _local_rules(rule.scheme, rule.area) for one in found]
    later = min((one.valid_from for one in rules if one.valid_from > rule.valid_from), default=None)
    for start, parent in _packages_above(rule.area, rule.scheme, rule.valid_from, later):
        _compose(parent, rule, start, known_from=rule.known_from, now=now)


def parent_package(area: str, scheme: str, on: date) -> Package:
    """The package above an area on a day, its own left aside. Raises: PolicyMissing."""
    for place in above(area)[1:]:
        found = PolicyBook.of(shelf.shelf_of(place, scheme)).shelves.get((place, scheme), ())
        for package in reversed(found):
            if package.valid_from <= on and (package.valid_until is None or on < package.valid_until):
                return package
    raise PolicyMissing(area=area, scheme=scheme, on=on.isoformat())


def _compose(parent: Package, rule: LocalRule, start: date, *, known_from: date, now: datetime) -> list[GivesWay]:
    text = local.read(rule.text.encode())
    ends = parent.valid_until if _is_last(parent) else None
    package, dropped = local.composed_leniently(parent, text, valid_from=start, valid_until=ends, known_from=known_from)
    version = put(
        package,
        readable(package),
        now=now,
        origin=Origin.COMPOSED,
        local_rule=rule,
        parent_hash=parent.hash,
        reason=rule.reason,
        maker=rule.maker,
        checker=rule.checker,
        approved_at=rule.approved_at,
    )
    return [*(GivesWay(rule.area, one) for one in dropped), *compose_below(version, package, now=now)]


def readable(package: Package) -> str:
    """A package that was put together, as text that reads like a file."""
    return yaml.safe_dump(json.loads(package.text), allow_unicode=True, sort_keys=False, width=120)


def _local_rules(scheme: str, area: str = "") -> Iterator[tuple[str, list[LocalRule]]]:
    """By area, in order of day and of knowledge."""
    found = LocalRule.objects.filter(scheme=scheme, **({"area": area} if area else {}))
    ordered = found.select_related("maker", "checker").order_by("area", "valid_from", "known_from")
    for place, rules in groupby(ordered, key=lambda rule: rule.area):
        yield place, list(rules)


def _segments_of(parent: Package, rules: list[LocalRule]) -> Iterator[tuple[date, LocalRule]]:
    """From which days which rule goes with this package: its first day, and the first days of rules within it."""
    until = _until(parent)
    starts = {max(parent.valid_from, rule.valid_from) for rule in rules}
    for start in sorted(starts):
        if until is None or start < until:
            yield start, [rule for rule in rules if rule.valid_from <= start][-1]


def _packages_above(area: str, scheme: str, start: date, until: date | None) -> Iterator[tuple[date, Package]]:
    """The packages above that rule in [start, until), each with the first day on which it does."""
    first = parent_package(area, scheme, start)
    yield start, first
    latest = {package.valid_from: package for package in shelf.shelf_of(first.area, scheme)}
    for day, package in latest.items():
        if day > start and (until is None or day < until):
            yield day, package


def _parent_area(area: str, scheme: str, on: date) -> str:
    try:
        return parent_package(area, scheme, on).area
    except PolicyMissing:
        return ""


def _until(package: Package) -> date | None:
    """Up to which day the package rules: its own end, or the beginning of the next."""
    shelf_days = [one.valid_from for one in shelf.shelf_of(package.area, package.scheme)]
    later = [day for day in shelf_days if day > package.valid_from]
    ends = [day for day in (package.valid_until, min(later, default=None)) if day is not None]
    return min(ends, default=None)


def _is_last(package: Package) -> bool:
    return not any(one.valid_from > package.valid_from for one in shelf.shelf_of(package.area, package.scheme))

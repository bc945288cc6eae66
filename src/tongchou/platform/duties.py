"""What an operator may do where on a day (任职与授权), in one statement: posts held, read grants, whole areas, notices.

Every page needs it, so it costs one question however many permissions are asked for.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from django.db import connection

from tongchou.platform.models import Operator
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.scope import Scope, outermost

_READ: Final = """
SELECT jsonb_build_object(
    'held', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'code', post.code, 'post', post.name, 'permissions', post.permissions, 'unit', unit.code,
                   'name', unit.name, 'path', unit.path) ORDER BY post.rank, unit.code), '[]')
          FROM platform_postholding holding
          JOIN platform_post post ON post.code = holding.post_id
          JOIN platform_orgunit unit ON unit.code = holding.org_unit_id
         WHERE holding.operator_id = %(operator)s AND holding.valid_from <= %(on)s
           AND (holding.valid_until IS NULL OR holding.valid_until > %(on)s)),
    'granted', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'permissions', given.permissions, 'area', given.pooling_area_id, 'path', unit.path)), '[]')
          FROM platform_scopegrant given
          LEFT JOIN platform_orgunit unit ON unit.code = coalesce(given.org_unit_id, given.pooling_area_id)
         WHERE given.operator_id = %(operator)s AND given.valid_from <= %(on)s AND given.valid_until > %(on)s),
    'areas', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(code, path)), '[]')
          FROM platform_orgunit WHERE code = pooling_area_id),
    'unread', (
        SELECT count(*) FROM platform_notice WHERE recipient_id = %(operator)s AND read_at IS NULL),
    'counts', jsonb_build_object({counts}))
"""

_counts: dict[str, Callable[[], str]] = {}


def count_also(name: str, sql: Callable[[], str]) -> None:
    """Let a chapter above count its waiting work in the same statement (待办计数).

    `sql()` gives a subselect of one JSON value; `%(operator)s` and `%(on)s` stand for whom and when.
    """
    _counts[name] = sql


@dataclass(frozen=True, slots=True)
class Held:
    """A post held at a unit."""

    post: str
    permissions: frozenset[str]
    unit_code: str
    unit_name: str
    path: str
    post_code: str


@dataclass(frozen=True, slots=True)
class Granted:
    """A read grant outside one's own subtree; `area` is set when it reaches a whole pooling area."""

    permissions: frozenset[str]
    area: str | None
    path: str | None


@dataclass(frozen=True, slots=True)
class Duties:
    """Everything above, of one operator on one day."""

    held: tuple[Held, ...]
    granted: tuple[Granted, ...]
    areas: tuple[tuple[str, str], ...]
    unread: int
    counts: Mapping[str, Any]
    """Waiting work by the name of its counter, as `count_also` declared it."""

    @property
    def permissions(self) -> frozenset[str]:
        """Every permission that a post gives, anywhere."""
        return frozenset(name for holding in self.held for name in holding.permissions)

    def scope(self, permission: str) -> Scope:
        """属地管理 (ORG-02; GX2017 §3): where posts and, for reading, grants let the permission reach."""
        wanted = permission_named(permission)
        own = outermost({holding.path for holding in self.held if wanted.name in holding.permissions})
        grants = [one for one in self.granted if wanted.reads and wanted.name in one.permissions]
        paths = outermost({one.path for one in grants if one.path})
        granted = tuple(path for path in paths if not (own and path.startswith(own)))
        inside = {code for code, path in self.areas if (own or granted) and path.startswith(own + granted)}
        return Scope(
            prefixes=own, granted=granted, areas=tuple(sorted(inside | {one.area for one in grants if one.area}))
        )


def duties_of(operator: Operator, on: date) -> Duties:
    """The operator's duties that day (任职与授权); read once per operator object and day."""
    known: dict[date, Duties] = _kept(operator, "_duties")
    if on not in known:
        known[on] = _read(operator.pk, on)
        _kept(operator, "_permissions")[on] = known[on].permissions
    return known[on]


def _kept(operator: Operator, name: str) -> dict[date, Any]:
    """What is kept on the operator itself; a request's user is only a stand-in for it."""
    if getattr(operator, name, None) is None:
        setattr(operator, name, {})
    return cast("dict[date, Any]", getattr(operator, name))


def _read(operator_id: int, on: date) -> Duties:
    counts = ", ".join(f"'{name}', ({sql()})" for name, sql in _counts.items())
    with connection.cursor() as cursor:
        cursor.execute(_READ.replace("{counts}", counts), {"operator": operator_id, "on": on})
        found: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return Duties(
        held=tuple(
            Held(one["post"], frozenset(one["permissions"]), one["unit"], one["name"], one["path"], one["code"])
            for one in found["held"]
        ),
        granted=tuple(Granted(frozenset(one["permissions"]), one["area"], one["path"]) for one in found["granted"]),
        areas=tuple((code, path) for code, path in found["areas"]),
        unread=found["unread"],
        counts=found["counts"],
    )

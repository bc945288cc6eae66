"""What an operator may do where on a day (任职与授权), in one statement: posts held, read grants, whole areas, notices.

Every page needs it, so it costs one question however many permissions are asked for. It is also the one place where a
post's permissions are cut: by the commission of the agent the post is held at (ORG-04, decision 0208) and by the duty
matrix of the province and the city (ORG-03, decision 0209).
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from django.db import connection

from tongchou.platform.models import Operator
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.rules import Commissioned, Cut, Withheld, cut_permissions, lacks
from tongchou.platform.scope import Scope, outermost
from tongchou.platform.states import Duty

_HELD: Final = """
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'operator', holding.operator_id, 'code', post.code, 'post', post.name, 'permissions', post.permissions,
           'unit', unit.code, 'name', unit.name, 'path', unit.path, 'level', unit.level,
           'agent', agent.said, 'matrix', matrix.said) ORDER BY post.rank, unit.code), '[]')
  FROM platform_postholding holding
  JOIN platform_post post ON post.code = holding.post_id
  JOIN platform_orgunit unit ON unit.code = holding.org_unit_id
  LEFT JOIN LATERAL (
       SELECT jsonb_build_object(
                  'name', office.name, 'from', given.valid_from, 'until', given.valid_until,
                  'items', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                       'name', item.name, 'permissions', item.permissions, 'works', item.works)
                                       ORDER BY item.rank), '[]')
                              FROM platform_commissionitem item WHERE item.code = ANY(given.items))) AS said
         FROM platform_agentoffice office
         JOIN platform_orgunit bound ON bound.code = office.unit_id
         LEFT JOIN LATERAL (
              SELECT items, valid_from, valid_until FROM platform_commission
               WHERE office_id = office.id AND valid_until > valid_from
               ORDER BY (valid_from <= %(on)s AND valid_until > %(on)s) DESC, valid_from <= %(on)s DESC,
                        valid_from DESC LIMIT 1) given ON true
        WHERE office.unit_id = ANY(string_to_array(unit.path, '/'))
        ORDER BY length(bound.path) DESC LIMIT 1) agent ON true
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(cell.item, cell.duties)) AS said
         FROM platform_dutyedition edition
         JOIN platform_dutycell cell ON cell.edition_id = edition.id AND cell.level = unit.level
        WHERE edition.unit_id = ANY(string_to_array(unit.path, '/')) AND edition.state = 'approved'
          AND edition.valid_from <= %(on)s
          AND (edition.valid_until IS NULL OR edition.valid_until > %(on)s)) matrix ON true
 WHERE {whose} AND holding.valid_from <= %(on)s AND (holding.valid_until IS NULL OR holding.valid_until > %(on)s)
"""
"""The posts of some operators on a day, with the commission and the duties that the unit of each stands under.

A unit's path names the units above it, so both are found by key, whatever number of agents and units there is.
"""

_READ: Final = f"""
SELECT jsonb_build_object(
    'held', ({_HELD.format(whose="holding.operator_id = %(operator)s")}),
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
    'counts', jsonb_build_object({{counts}}))
"""
_OF_PERMISSION: Final = _HELD.format(whose="%(permission)s = ANY(post.permissions)")
_OF_POSTS: Final = _HELD.format(
    whose="holding.post_id = ANY(%(posts)s) AND holding.org_unit_id = ANY(%(units)s)"
    " AND (%(operator)s::bigint IS NULL OR holding.operator_id = %(operator)s)"
)

_counts: dict[str, Callable[[], str]] = {}


def count_also(name: str, sql: Callable[[], str]) -> None:
    """Let a chapter above count its waiting work in the same statement (待办计数).

    `sql()` gives a subselect of one JSON value; `%(operator)s` and `%(on)s` stand for whom and when.
    """
    _counts[name] = sql


@dataclass(frozen=True, slots=True)
class Held:
    """A post held at a unit, and what of its permissions may be used there that day."""

    post: str
    permissions: frozenset[str]
    unit_code: str
    unit_name: str
    path: str
    post_code: str
    level: str
    commission: Commissioned | None
    withheld: Mapping[str, Withheld]
    operator_id: int
    divided: tuple[tuple[str, frozenset[str]], ...] = ()
    """Items and duties of its level, in every edition of the matrix that stands above it (职责分工)."""

    def takes(self, item: str, duty: str) -> bool:
        """Whether its level has the duty in an item; what no edition divides, every level has (ORG-03)."""
        return not any(lacks((item, Duty(duty)), one, has) for one, has in self.divided)

    def gives(self, permission: str, work: str = "") -> bool:
        """Whether it gives the permission, for a work (`case:…`, `import:…`) that an agent may not be there for."""
        return permission in self.permissions and self.allows(work)

    def allows(self, work: str) -> bool:
        """Whether the commission, where there is one, lets this work be done (委托范围)."""
        return self.commission is None or self.commission.covers(work)


@dataclass(frozen=True, slots=True)
class Granted:
    """A read grant outside one's own subtree; `area` is set when it reaches a whole pooling area."""

    permissions: frozenset[str]
    area: str | None
    path: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A holding that would give a permission, and why it does not (不能办理的原因)."""

    held: Held
    why: Withheld


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

    def scope(self, permission: str, work: str = "") -> Scope:
        """属地管理 (ORG-02; GX2017 §3): where posts and, for reading, grants let the permission reach."""
        wanted = permission_named(permission)
        own = outermost({holding.path for holding in self.held if holding.gives(wanted.name, work)})
        grants = [one for one in self.granted if wanted.reads and wanted.name in one.permissions]
        paths = outermost({one.path for one in grants if one.path})
        granted = tuple(path for path in paths if not (own and path.startswith(own)))
        inside = {code for code, path in self.areas if (own or granted) and path.startswith(own + granted)}
        return Scope(
            prefixes=own, granted=granted, areas=tuple(sorted(inside | {one.area for one in grants if one.area}))
        )

    def outside_commission(self, permission: str) -> Held | None:
        """The post of an operator who works for agents only, none of which is commissioned for the permission."""
        if any(one.commission is None or one.commission.opens(permission) for one in self.held):
            return None
        return self.held[0] if self.held else None

    def kept_back(self, permission: str, work: str = "", path: str = "") -> Kept | None:
        """The holding that a commission or the duty matrix keeps from giving the permission; at a path, or anywhere.

        The nearest to the path comes first; an agent's before a level's.
        """
        found = []
        for holding in self.held:
            if not path.startswith(holding.path) and path:
                continue
            why = holding.withheld.get(permission)
            if why is None and permission in holding.permissions and not holding.allows(work):
                why = Withheld.AGENT
            if why is not None:
                found.append(Kept(holding, why))
        return min(found, key=lambda one: (one.why is not Withheld.AGENT, -len(one.held.path)), default=None)


def duties_of(operator: Operator, on: date) -> Duties:
    """The operator's duties that day (任职与授权); read once per operator object and day."""
    known: dict[date, Duties] = _kept(operator, "_duties")
    if on not in known:
        known[on] = _read(operator.pk, on)
        _kept(operator, "_permissions")[on] = known[on].permissions
    return known[on]


def giving(permission: str, on: date) -> list[Held]:
    """Every holding, of anybody, that gives the permission that day (权限持有)."""
    found = _held(_OF_PERMISSION, {"permission": permission, "on": on}, on)
    return [one for one in found if permission in one.permissions]


def holdings_at(
    posts: Collection[str], units: Collection[str], on: date, operator: Operator | None = None
) -> list[Held]:
    """Every holding of the posts at these units that day, of one operator or of anybody (岗位任职)."""
    asked = {"posts": list(posts), "units": list(units), "operator": operator and operator.pk, "on": on}
    return _held(_OF_POSTS, asked, on)


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
        held=tuple(_as_held(one, on) for one in found["held"]),
        granted=tuple(Granted(frozenset(one["permissions"]), one["area"], one["path"]) for one in found["granted"]),
        areas=tuple((code, path) for code, path in found["areas"]),
        unread=found["unread"],
        counts=found["counts"],
    )


def _held(statement: str, asked: Mapping[str, Any], on: date) -> list[Held]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return [_as_held(one, on) for one in json.loads(cursor.fetchone()[0])]


def _as_held(one: Mapping[str, Any], on: date) -> Held:
    commission = _commission(one["agent"], on)
    divided = tuple((item, frozenset(has)) for item, has in one["matrix"] or ())
    cut: Cut = cut_permissions(
        frozenset(one["permissions"]),
        commission=commission,
        duties=divided,
    )
    return Held(
        post=one["post"],
        permissions=cut.kept,
        unit_code=one["unit"],
        unit_name=one["name"],
        path=one["path"],
        post_code=one["code"],
        level=one["level"],
        commission=commission,
        withheld=cut.withheld,
        operator_id=one["operator"],
        divided=divided,
    )


def _commission(said: Mapping[str, Any] | None, on: date) -> Commissioned | None:
    if said is None:
        return None
    begins, ends = (date.fromisoformat(said[name]) if said[name] else None for name in ("from", "until"))
    return Commissioned(
        agent=said["name"],
        items=tuple(item["name"] for item in said["items"]),
        valid_from=begins,
        valid_until=ends,
        in_force=begins is not None and ends is not None and begins <= on < ends,
        permissions=frozenset(name for item in said["items"] for name in item["permissions"]),
        works=frozenset(work for item in said["items"] for work in item["works"]),
    )

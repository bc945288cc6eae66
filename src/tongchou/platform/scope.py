"""Area scope (属地管理; ORG-02; GX2017 §3): which part of the agency tree a permission of an operator reaches.

A scope is a set of subtrees, as path prefixes, and the pooling areas that lie wholly inside. Tables with a unit column
are cut by subtree; tables that know only the pooling area are cut by whole areas, so that a county clerk never sees a
city's fund through them.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from tongchou.platform.models import OrgUnit


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a permission reaches on a day.

    `prefixes` are the subtrees by post, `granted` those by explicit read grants; `areas` are the pooling areas wholly
    inside either, or granted as such.
    """

    prefixes: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.prefixes or self.granted or self.areas)

    def begins_at(self, unit_code: str) -> bool:
        """Whether a subtree held by post begins at just that unit, which is known without looking where it stands."""
        return any(f"/{prefix}".endswith(f"/{unit_code}/") for prefix in self.prefixes)

    def owns(self, path: str) -> bool:
        """Whether the unit at that path lies in a subtree held by post."""
        return path.startswith(self.prefixes) if self.prefixes else False

    def covers(self, path: str) -> bool:
        """Whether the unit at that path lies in any subtree, by post or by grant."""
        return path.startswith(self.prefixes + self.granted) if self.prefixes or self.granted else False

    def covers_area(self, pooling_area: str) -> bool:
        """Whether that pooling area lies wholly inside."""
        return pooling_area in self.areas

    def q(self, unit: str = "unit_code", area: str | None = None) -> Q:
        """The condition for a queryset: rows whose `unit` column names a unit inside (辖区条件).

        Where rows carry an `area` column too, rows of a whole area inside are found by it without the tree; `unit=""`
        cuts by area alone.
        """
        inside = Q(**{f"{area}__in": self.areas}) if area and self.areas else Q(pk__in=[])
        if not unit or not (self.prefixes or self.granted):
            return inside
        subtree = Q()
        for prefix in (*self.prefixes, *self.granted):
            subtree |= Q(path__startswith=prefix)
        within = Q(**{f"{unit}__in": OrgUnit.objects.filter(subtree).values("code")})
        return inside | within if area and self.areas else within

    def sql(self, unit: str | None = None, area: str | None = None) -> tuple[str, list[Any]]:
        """The same condition as SQL text with its parameters, for hand-written statements (辖区条件)."""
        parts: list[str] = []
        values: list[Any] = []
        if area and self.areas:
            parts.append(f"{area} = ANY(%s)")
            values.append(list(self.areas))
        if unit and (self.prefixes or self.granted):
            parts.append(f"{unit} IN (SELECT code FROM platform_orgunit WHERE path LIKE ANY(%s))")
            values.append([f"{prefix}%" for prefix in (*self.prefixes, *self.granted)])
        return (f"({' OR '.join(parts)})" if parts else "FALSE"), values


def outermost(paths: set[str]) -> tuple[str, ...]:
    """The paths that lie in no other of them, in order."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return tuple(kept)

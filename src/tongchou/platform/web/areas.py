"""Which pooling area a page of a whole area shows (所看统筹区): the one asked for, else the first in scope."""

from tongchou.platform import checks, queries
from tongchou.platform.models import PoolingArea
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.web.access import PageRequest, may


def areas(request: PageRequest) -> list[PoolingArea]:
    """The pooling areas wholly inside the page's scope (可看统筹区)."""
    return [area for area in queries.pooling_areas(request.today) if request.scope.covers_area(area.code)]


def chosen_area(request: PageRequest) -> PoolingArea:
    """The area of `?area=`, or the first (所看统筹区). Raises: AreaOutOfScope, which goes into the trail."""
    open_areas = areas(request)
    asked = request.GET.get("area", "")
    for area in open_areas:
        if area.code == asked or not asked:
            return area
    checks.check_area_in_scope(request.operator, request.permission, asked or "-", request.now)
    raise checks.AreaOutOfScope(area=asked or "—", permission=permission_named(request.permission).label)


def may_in_whole_area(request: PageRequest, permission: str) -> bool:
    """Whether to show what needs the permission in a whole pooling area (是否显示全区事项)."""
    return may(request, permission) and bool(queries.scope_of(request.operator, permission, request.today).areas)


def own_area(request: PageRequest) -> str:
    """The pooling area the operator works in: the first of the scope, or the one a county belongs to (所在统筹区)."""
    if request.scope.areas:
        return request.scope.areas[0]
    for prefix in request.scope.prefixes:
        if area := queries.area_of_unit(prefix.rstrip("/").rsplit("/", 1)[-1]):
            return area
    return ""

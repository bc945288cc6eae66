"""May this operator do this here, now? (权限与辖区检查; ORG-02; GX2017 §3)

A refusal goes into the trail over a connection of its own, so that it stays when the caller's transaction is undone.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import queries, trail
from tongchou.platform.models import Operator, OrgUnit
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.states import TrailOutcome


class NoPermission(DomainError):
    code = "PL-0201"
    message = "无权限:您的岗位没有“{permission}”权限"
    citation = "QA2018 三.1"


class OutOfScope(DomainError):
    code = "PL-0202"
    message = "无权限:机构{unit}不在您“{permission}”的管辖范围内"
    citation = "GX2017 §3"


class AreaOutOfScope(DomainError):
    code = "PL-0203"
    message = "无权限:统筹区{area}不在您“{permission}”的管辖范围内"
    citation = "GX2017 §3"


def can_in_scope(operator: Operator, permission: str, unit_code: str, now: datetime) -> bool:
    """Whether the permission of the operator reaches the unit; writes nothing."""
    path = OrgUnit.objects.filter(code=unit_code).values_list("path", flat=True).first()
    scope = queries.scope_of(operator, permission, timezone.localdate(now))
    return path is not None and scope.covers(path)


def check_permission(operator: Operator, permission: str, now: datetime) -> None:
    """Does a post of the operator give the permission anywhere? Raises: NoPermission."""
    day = timezone.localdate(now)
    if not operator.is_active or queries.scope_of(operator, permission, day).is_empty:
        label = permission_named(permission).label
        _refuse(operator, permission, now, "", "", "")
        raise NoPermission(permission=label)


def check_in_scope(
    operator: Operator,
    permission: str,
    unit_code: str,
    now: datetime,
    *,
    object_kind: str = "",
    object_key: object = "",
) -> None:
    """属地管理 (ORG-02; GX2017 §3): does the permission reach the unit? The attempt at another's goes into the trail.

    Reading by a grant across the tree goes into the trail as well. `object_kind` and `object_key` name what was asked
    for. Raises: NoPermission, OutOfScope.
    """
    check_any_in_scope(operator, permission, [unit_code], now, object_kind=object_kind, object_key=object_key)


def check_any_in_scope(
    operator: Operator,
    permission: str,
    unit_codes: Sequence[str],
    now: datetime,
    *,
    object_kind: str = "",
    object_key: object = "",
) -> None:
    """属地管理 of what belongs to several units, such as a bill to a hospital and to the county of the insured.

    It is enough that the permission reaches one of them; the last one is named in a refusal. One question to the
    database, however many units. Raises: NoPermission, OutOfScope.
    """
    check_permission(operator, permission, now)
    scope = queries.scope_of(operator, permission, timezone.localdate(now))
    paths = OrgUnit.objects.filter(code__in=unit_codes).values_list("path", flat=True)
    reached = [path for path in paths if scope.covers(path)]
    unit_code = unit_codes[-1]
    if not reached:
        _refuse(operator, permission, now, unit_code, object_kind, object_key)
        raise OutOfScope(unit=unit_code, permission=permission_named(permission).label)
    if not any(map(scope.owns, reached)):
        trail.record_aside(
            "platform.read_across",
            at=now,
            operator=operator,
            outcome=TrailOutcome.SEEN,
            object_kind=object_kind,
            object_key=object_key,
            detail={"permission": permission, "unit": unit_code},
        )


def check_area_in_scope(operator: Operator, permission: str, pooling_area: str, now: datetime) -> None:
    """Does the permission reach the whole pooling area, as its fund needs? Raises: NoPermission, AreaOutOfScope."""
    check_permission(operator, permission, now)
    if not queries.scope_of(operator, permission, timezone.localdate(now)).covers_area(pooling_area):
        _refuse(operator, permission, now, pooling_area, "", "")
        raise AreaOutOfScope(area=pooling_area, permission=permission_named(permission).label)


def _refuse(
    operator: Operator, permission: str, now: datetime, unit_code: str, object_kind: str, object_key: object
) -> None:
    trail.record_aside(
        "platform.access_refused",
        at=now,
        operator=operator,
        outcome=TrailOutcome.REFUSED,
        object_kind=object_kind,
        object_key=object_key,
        detail={"permission": permission, "unit": unit_code},
    )

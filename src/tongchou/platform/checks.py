"""May this operator do this here, now? (权限与辖区检查; ORG-02; GX2017 §3)

A refusal goes into the trail over a connection of its own, so that it stays when the caller's transaction is undone.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import duty_queries, queries, trail
from tongchou.platform.duties import Held, Kept, duties_of
from tongchou.platform.models import Operator, OrgUnit
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.rules import Matrix, Withheld
from tongchou.platform.standard_duties import DUTY_OF, ITEM_NAMES
from tongchou.platform.states import Duty, TrailOutcome, UnitLevel


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


class AgentScope(DomainError):
    code = "AGENT_SCOPE"
    message = "不能办理“{wanted}”:代办机构“{agent}”的委托事项为{items},有效期{span},超出委托范围或有效期的业务不得办理"
    citation = "GX2017 §4"


class NotThisLevel(DomainError):
    code = "PL-1001"
    message = "不能办理“{wanted}”:按职责分工,“{item}”的{duty}由{levels}承担,{unit}({level})只能查阅"
    citation = "JL2019 §2"


FORBIDDEN: Final = (NoPermission, OutOfScope, AreaOutOfScope, AgentScope, NotThisLevel)
"""What says that something is not the operator's to do."""

_works: dict[str, Callable[[], Mapping[str, str]]] = {}


def name_works(prefix: str, titles: Callable[[], Mapping[str, str]]) -> None:
    """Say which kinds of work of that prefix there are, by code (登记业务类别): `name_works("case", …)`."""
    _works[prefix] = titles


def works() -> dict[str, str]:
    """Every kind of work an agent may be commissioned for, `case:…` and `import:…`, with its title (业务类别)."""
    return {f"{prefix}:{code}": title for prefix, titles in _works.items() for code, title in titles().items()}


def can_in_scope(operator: Operator, permission: str, unit_code: str, now: datetime) -> bool:
    """Whether the permission of the operator reaches the unit; writes nothing."""
    path = OrgUnit.objects.filter(code=unit_code).values_list("path", flat=True).first()
    scope = queries.scope_of(operator, permission, timezone.localdate(now))
    return path is not None and scope.covers(path)


def check_permission(operator: Operator, permission: str, now: datetime, *, work: str = "") -> None:
    """Does a post of the operator give the permission anywhere? Raises: NoPermission, AgentScope, NotThisLevel.

    `work` is the kind of case or import it is wanted for (`case:…`, `import:…`).
    """
    day = timezone.localdate(now)
    if not operator.is_active or queries.scope_of(operator, permission, day, work).is_empty:
        refusal = _reason(operator, permission, work, day) if operator.is_active else None
        _refuse(operator, permission, now, "", "", "", refusal)
        raise refusal or NoPermission(permission=permission_named(permission).label)


def _reason(operator: Operator, permission: str, work: str, day: date) -> DomainError | None:
    """Why the operator may not, where a commission or the duty matrix says so.

    Whoever works for agents only does nothing that these are not commissioned for, whatever post it would take.
    """
    mine = duties_of(operator, day)
    if kept := mine.kept_back(permission, work):
        return _kept_back(operator, kept, permission, work, day)
    outside = mine.outside_commission(permission)
    return agent_scope(outside, works().get(work) or permission_named(permission).label) if outside else None


def why_not(operator: Operator, permission: str, now: datetime) -> DomainError | None:
    """Why a permission that the operator's posts would give is not theirs (不能办理的原因); None for any other.

    For pages that say why a button is missing; writes nothing.
    """
    day = timezone.localdate(now)
    kept = duties_of(operator, day).kept_back(permission) if not operator.has_perm(permission) else None
    return _kept_back(operator, kept, permission, "", day) if kept else None


def agent_scope(held: Held, wanted: str) -> AgentScope:
    """The refusal of something outside an agent's commission (超出委托; ORG-04)."""
    given = held.commission
    assert given is not None
    span = (
        f"{given.valid_from}至{given.valid_until - timedelta(days=1)}"
        if given.valid_from and given.valid_until
        else "无"
    )
    return AgentScope(wanted=wanted, agent=given.agent, items="、".join(given.items) or "无", span=span)


def _matrix_above(operator: Operator, path: str, day: date) -> Matrix:
    """The matrix a holding stands under; kept on the operator object, for pages that name several reasons."""
    known: dict[tuple[str, date], Matrix] = operator.__dict__.setdefault("_matrices", {})
    if (path, day) not in known:
        known[path, day] = duty_queries.combined(duty_queries.editions_above(path, day))
    return known[path, day]


def _kept_back(operator: Operator, kept: Kept, permission: str, work: str, day: date) -> DomainError:
    wanted = works().get(work) or permission_named(permission).label
    if kept.why is Withheld.AGENT:
        return agent_scope(kept.held, wanted)
    item, duty = DUTY_OF[permission]
    return not_this_level(operator, kept.held, item, duty, wanted, day)


def not_this_level(operator: Operator, held: Held, item: str, duty: Duty, wanted: str, day: date) -> NotThisLevel:
    """The refusal of a duty that the level of a holding does not have (职责分工; ORG-03)."""
    levels = duty_queries.levels_with(_matrix_above(operator, held.path, day), item, duty)
    return NotThisLevel(
        wanted=wanted,
        item=ITEM_NAMES[item],
        duty=duty.label,
        levels="、".join(level.label for level in levels) or "上级机构",
        unit=held.unit_name,
        level=UnitLevel(held.level).label,
    )


def check_in_scope(
    operator: Operator,
    permission: str,
    unit_code: str,
    now: datetime,
    *,
    object_kind: str = "",
    object_key: object = "",
    work: str = "",
) -> None:
    """属地管理 (ORG-02; GX2017 §3): does the permission reach the unit? The attempt at another's goes into the trail.

    Reading by a grant across the tree goes into the trail as well. `object_kind` and `object_key` name what was asked
    for, `work` the kind of case or import. Raises: NoPermission, OutOfScope, AgentScope, NotThisLevel.
    """
    check_any_in_scope(
        operator, permission, [unit_code], now, object_kind=object_kind, object_key=object_key, work=work
    )


def check_any_in_scope(
    operator: Operator,
    permission: str,
    unit_codes: Sequence[str],
    now: datetime,
    *,
    object_kind: str = "",
    object_key: object = "",
    work: str = "",
) -> None:
    """属地管理 of what belongs to several units, such as a bill to a hospital and to the county of the insured.

    It is enough that the permission reaches one of them; the last one is named in a refusal. One question to the
    database at the most, however many units; a refusal asks for the name besides. Raises: NoPermission, OutOfScope,
    AgentScope, NotThisLevel.
    """
    day = timezone.localdate(now)
    check_permission(operator, permission, now, work=work)
    scope = queries.scope_of(operator, permission, day, work)
    if any(map(scope.begins_at, unit_codes)):
        return
    paths = list(queries.paths_by_unit(unit_codes).values())
    reached = [path for path in paths if scope.covers(path)]
    unit_code = unit_codes[-1]
    if not reached:
        kept = next(filter(None, (duties_of(operator, day).kept_back(permission, work, path) for path in paths)), None)
        refusal = _kept_back(operator, kept, permission, work, day) if kept else None
        _refuse(operator, permission, now, unit_code, object_kind, object_key, refusal)
        raise refusal or OutOfScope(
            unit=queries.unit_in_words(unit_code), permission=permission_named(permission).label
        )
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
    operator: Operator,
    permission: str,
    now: datetime,
    unit_code: str,
    object_kind: str,
    object_key: object,
    refusal: DomainError | None = None,
) -> None:
    trail.record_aside(
        "platform.access_refused",
        at=now,
        operator=operator,
        outcome=TrailOutcome.REFUSED,
        object_kind=object_kind,
        object_key=object_key,
        detail={"permission": permission, "unit": unit_code} | ({"code": refusal.code} if refusal else {}),
    )

"""What others may ask the platform (平台查询)."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import Combinable

from tongchou.platform.models import (
    Operator,
    OrgUnit,
    OrgUnitName,
    PostHolding,
    SecondFactor,
)
from tongchou.platform.permissions import NEED_SECOND_FACTOR
from tongchou.platform.scope import Scope

# --- the agency tree ------------------------------------------------------------------------------------------------


def unit(code: str) -> OrgUnit | None:
    """The unit with that code, closed or not (机构)."""
    return OrgUnit.objects.filter(code=code).first()


def units_by_code() -> dict[str, OrgUnit]:
    """Every unit by its code, closed or not, for files that name thousands of them (机构)."""
    return OrgUnit.objects.in_bulk()


def paths_of_units(code: Combinable | str) -> QuerySet[OrgUnit]:
    """The path of the unit that an outer query names (机构路径), for `Subquery`."""
    return OrgUnit.objects.filter(code=code).values("path")


def unit_name(code: str, on: date) -> str:
    """The name of the unit valid on that day, as documents of that day show it (ORG-07; ESSAY 二.1).

    Before its first recorded name, the first; an unknown code stands for itself.
    """
    names = list(OrgUnitName.objects.filter(unit_id=code).order_by("valid_from"))
    fitting = [name.name for name in names if name.valid_from <= on] or [name.name for name in names[:1]]
    return fitting[-1] if fitting else code


def units_below(code: str, on: date, levels: Sequence[str] = ()) -> list[OrgUnit]:
    """The unit and its subtree as far as open that day, in order of the tree (下级机构)."""
    top = unit(code)
    if top is None:
        return []
    found = OrgUnit.objects.in_force(on).filter(path__startswith=top.path)
    if levels:
        found = found.filter(level__in=levels)
    return list(found.order_by("path"))


def colleagues_who_may(permission: str, unit: OrgUnit, on: date) -> list[Operator]:
    """Those in service who work at the unit or below it and hold a post with the permission that day (可办理人员).

    At most 1,000, by staff code; `checks` says whether it reaches what they are given.
    """
    holding = PostHolding.objects.filter(post__permissions__contains=[permission]).in_force(on)
    found = Operator.objects.filter(pk__in=holding.values("operator"), org_unit__path__startswith=unit.path)
    found = found.select_related("org_unit")
    return list(found.filter(is_active=True, left_at=None).order_by("staff_code")[:1000])


def approvers_in(scope: Scope, *, words: str = "", on: date) -> list[Operator]:
    """Those of `operators_in` in service whose posts approve money or policy (须绑定动态口令的人员; SYS-11)."""
    asked = PostHolding.objects.filter(post__permissions__overlap=sorted(NEED_SECOND_FACTOR)).in_force(on)
    approving = set(asked.values_list("operator", flat=True))
    found = operators_in(scope, words=words, on=on)
    return [one for one in found if one.pk in approving and one.is_active and one.left_at is None]


def second_factors_of(ids: Collection[int]) -> dict[int, SecondFactor]:
    """The device each operator has in use (在用的动态口令)."""
    found = SecondFactor.objects.filter(operator__in=ids, ended_at=None, confirmed_at__isnull=False)
    return {one.operator_id: one for one in found}


def demo_operators(on: date) -> list[Operator]:
    """The operators of the invented city who can log in, with the posts they hold that day (演示账号)."""
    usable = Operator.objects.filter(is_demo=True, is_active=True, left_at=None).select_related("org_unit")
    return _with_posts(usable.order_by("id")[:100], on)


def _with_posts(operators: QuerySet[Operator], on: date) -> list[Operator]:
    held = Prefetch("holdings", PostHolding.objects.in_force(on).select_related("post"), to_attr="holdings_now")
    listed = list(operators.prefetch_related(held))
    for operator in listed:
        operator.posts_held = "、".join(holding.post.name for holding in operator.holdings_now)
    return listed


def holdings_history(operator: Operator) -> list[PostHolding]:
    """Every post ever granted to the operator, the newest first (任职沿革)."""
    found = PostHolding.objects.filter(operator=operator).select_related("post", "org_unit", "granted_by", "revoked_by")
    return list(found.order_by("-valid_from", "-id"))


def unit_names(code: str) -> list[OrgUnitName]:
    """The names of the unit over time, the newest first (名称沿革; ORG-07)."""
    return list(OrgUnitName.objects.filter(unit=code).order_by("-valid_from"))


def staff_of(code: str, on: date) -> list[PostHolding]:
    """Who holds which post at exactly this unit that day (在岗人员)."""
    found = PostHolding.objects.filter(org_unit=code).in_force(on).select_related("operator", "post")
    return list(found.order_by("post__rank", "operator__staff_code")[:200])


def unit_names_of(codes: Collection[str]) -> dict[str, str]:
    """The present names of units by code, for lists (机构名称)."""
    return dict(OrgUnit.objects.filter(code__in=codes).values_list("code", "name"))


def names_of_units(code: Combinable | str) -> QuerySet[OrgUnit]:
    """The present name of the unit whose code a query of another chapter holds, as its sub-query (机构名称)."""
    return OrgUnit.objects.filter(code=code).values("name")


def units_of_operators(ids: Collection[int]) -> dict[int, str]:
    """The name of the unit each operator works at (人员所属机构)."""
    found = Operator.objects.filter(pk__in=ids) if ids else Operator.objects.none()
    return dict(found.values_list("pk", "org_unit__name"))

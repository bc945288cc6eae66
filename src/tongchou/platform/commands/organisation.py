"""Changes of the agency tree (机构维护; ORG-01, ORG-07; GX2017 §3, 4; ESSAY 二.1)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, events, trail
from tongchou.platform.commands.agents import hand_over_commission
from tongchou.platform.commands.duty_matrix import ensure_standard_matrix
from tongchou.platform.models import Operator, OrgUnit, OrgUnitName, PoolingArea, PostHolding
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.states import PARENT_LEVELS, UnitLevel

OpenBusinessCounter = Callable[[str], int]
_open_business: dict[str, OpenBusinessCounter] = {}


class UnitUnknown(DomainError):
    code = "PL-0301"
    message = "没有代码为{code}的机构"


class UnitExists(DomainError):
    code = "PL-0302"
    message = "机构代码{code}已存在,代码不得重复使用"


class ParentDoesNotFit(DomainError):
    code = "PL-0303"
    message = "{level}机构不能设在“{parent}”之下"
    citation = "GX2017 §3"


class OpenBusinessLeft(DomainError):
    code = "PL-0304"
    message = "机构{code}有未办结业务({what}),不能删除;请指定承接机构后撤销"
    citation = "GX2017 §3"


class SuccessorNeeded(DomainError):
    code = "PL-0305"
    message = "机构{code}有未办结业务({what}),撤销时必须指定承接机构"
    citation = "GX2017 §3"


class SuccessorDoesNotFit(DomainError):
    code = "PL-0306"
    message = "{successor}不能承接{code}:{reason}"
    citation = "GX2017 §3"


class UnitInUse(DomainError):
    code = "PL-0307"
    message = "机构{code}已有业务记录,不能删除,只能撤销"


class UnitAlreadyClosing(DomainError):
    code = "PL-0308"
    message = "机构{code}已于{valid_until}撤销"


class NameNotLater(DomainError):
    code = "PL-0309"
    message = "新名称的启用日期{valid_from}须晚于现名称的启用日期{current_from}"


class DateBeforeUnit(DomainError):
    code = "PL-0310"
    message = "日期{given}早于机构{code}的启用日期{valid_from}"


def count_open_business(kind: str) -> Callable[[OpenBusinessCounter], OpenBusinessCounter]:
    """Register how a chapter counts its open business at a unit (未办结业务): `@count_open_business("业务件")`.

    The decorated function takes a unit code and returns how many are open there. A unit with any is not deleted, and
    not closed without a successor; the chapter moves its open business on `events.OrgUnitClosed`.
    """

    def decorate(counter: OpenBusinessCounter) -> OpenBusinessCounter:
        _open_business[kind] = counter
        return counter

    return decorate


def open_business_of(unit_code: str) -> dict[str, int]:
    """What is open at the unit, by kind, zero left out (未办结业务)."""
    counted = {
        "下级机构": OrgUnit.objects.filter(parent=unit_code, closed_at=None).count(),
        "在岗人员": Operator.objects.filter(org_unit=unit_code, left_at=None).count(),
        **{kind: counter(unit_code) for kind, counter in _open_business.items()},
    }
    return {kind: number for kind, number in counted.items() if number}


@transaction.atomic
def open_pooling_area(*, code: str, name: str, level: UnitLevel, valid_from: date, now: datetime) -> PoolingArea:
    """Set up a pooling area (统筹地区; GX2017 §3); the same code again gives the one that exists."""
    area, new = PoolingArea.objects.get_or_create(
        code=code, defaults={"name": name, "level": level, "valid_from": valid_from}
    )
    if new:
        trail.record(
            "platform.open_pooling_area", at=now, pooling_area=code, object_kind="pooling_area", object_key=code
        )
    return area


@transaction.atomic
def open_org_unit(
    *,
    code: str,
    name: str,
    level: UnitLevel,
    parent_code: str | None,
    pooling_area: str | None,
    valid_from: date,
    by: Operator | None,
    now: datetime,
) -> OrgUnit:
    """Set up a unit of the agency tree (新设机构; ORG-01; GX2017 §3, 4). `by` is None for set-up only.

    Raises: UnitExists, UnitUnknown, ParentDoesNotFit, DateBeforeUnit, NoPermission, OutOfScope.
    """
    parent = _locked(parent_code)[0] if parent_code else None
    if by is not None:
        checks.check_in_scope(by, "org.manage", parent_code or code, now)
    if OrgUnit.objects.filter(code=code).exists():
        raise UnitExists(code=code)
    _check_parent(level, parent)
    if parent is not None and valid_from < parent.valid_from:
        raise DateBeforeUnit(given=valid_from, code=parent.code, valid_from=parent.valid_from)
    unit = OrgUnit.objects.create(
        code=code,
        name=name,
        level=level,
        parent=parent,
        pooling_area_id=pooling_area,
        path=f"{parent.path if parent else ''}{code}/",
        valid_from=valid_from,
    )
    OrgUnitName.objects.create(unit=unit, name=name, valid_from=valid_from)
    if level is UnitLevel.PROVINCE:
        ensure_standard_matrix(unit_code=code, now=now)
    _record("platform.open_org_unit", unit, by=by, now=now, detail={"name": name, "valid_from": str(valid_from)})
    return unit


@transaction.atomic
def rename_org_unit(*, code: str, name: str, valid_from: date, by: Operator, now: datetime) -> OrgUnit:
    """机构更名 (ORG-07; ESSAY 二.1): the new name from a date; documents of earlier days keep the old one.

    Raises: UnitUnknown, UnitAlreadyClosing, NameNotLater, NoPermission, OutOfScope.
    """
    unit = _locked(code)[0]
    checks.check_in_scope(by, "org.manage", code, now)
    _check_not_closing(unit)
    current = unit.names.order_by("-valid_from")[0]
    if valid_from <= current.valid_from:
        raise NameNotLater(valid_from=valid_from, current_from=current.valid_from)
    OrgUnitName.objects.filter(pk=current.pk).update(valid_until=valid_from)
    OrgUnitName.objects.create(unit=unit, name=name, valid_from=valid_from)
    if valid_from <= timezone.localdate(now):
        _put_name_in_force(unit, name)
    _record("platform.rename_org_unit", unit, by=by, now=now, detail={"name": name, "valid_from": str(valid_from)})
    events.publish(events.OrgUnitRenamed(unit_code=code, name=name, valid_from=valid_from))
    return unit


@transaction.atomic
def close_org_unit(*, code: str, successor_code: str | None, valid_until: date, by: Operator, now: datetime) -> OrgUnit:
    """撤销机构 (ORG-01; GX2017 §3): from `valid_until` the successor has its open business, staff and lower units.

    A date ahead is kept and put in force on its day. Raises: UnitUnknown, UnitAlreadyClosing, DateBeforeUnit,
    SuccessorNeeded, SuccessorDoesNotFit, NoPermission, OutOfScope.
    """
    unit, *others = _locked(code, successor_code)
    checks.check_in_scope(by, "org.manage", code, now)
    _check_not_closing(unit)
    if valid_until <= unit.valid_from:
        raise DateBeforeUnit(given=valid_until, code=code, valid_from=unit.valid_from)
    successor = others[0] if others else None
    if successor is None:
        _check_nothing_open(unit)
    else:
        checks.check_in_scope(by, "org.manage", successor.code, now)
        _check_successor(unit, successor, valid_until)
    unit.valid_until, unit.successor = valid_until, successor
    unit.save(update_fields=["valid_until", "successor"])
    detail = {"successor": successor_code, "valid_until": str(valid_until)}
    _record("platform.close_org_unit", unit, by=by, now=now, detail=detail)
    if valid_until <= timezone.localdate(now):
        put_closing_in_force(unit, now)
    return unit


@transaction.atomic
def delete_org_unit(*, code: str, by: Operator, now: datetime) -> None:
    """Delete a unit made in error: only one that nothing refers to (删除机构; ORG-01).

    Raises: UnitUnknown, OpenBusinessLeft, UnitInUse, NoPermission, OutOfScope.
    """
    unit = _locked(code)[0]
    checks.check_in_scope(by, "org.manage", code, now)
    if open_here := open_business_of(code):
        raise OpenBusinessLeft(code=code, what=_in_words(open_here))
    _record("platform.delete_org_unit", unit, by=by, now=now, detail={"name": unit.name})
    try:
        unit.delete()
    except ProtectedError:
        raise UnitInUse(code=code) from None


def put_closing_in_force(unit: OrgUnit, now: datetime) -> None:
    """Hand everything of a closing unit to its successor; a step of `close_org_unit` and of the daily work."""
    successor = unit.successor
    if successor is None:
        _check_nothing_open(unit)
    else:
        _move_children(unit, successor)
        _move_staff(unit, successor, now)
        hand_over_commission(unit, successor, now=now)
    unit.closed_at = now
    unit.save(update_fields=["closed_at"])
    assert unit.valid_until is not None
    events.publish(
        events.OrgUnitClosed(unit_code=unit.code, successor_code=unit.successor_id, valid_until=unit.valid_until)
    )


@transaction.atomic
def put_due_changes_in_force(*, now: datetime) -> int:
    """Closings and names whose day has come (到期生效). Returns how many."""
    today = timezone.localdate(now)
    due = OrgUnit.objects.filter(valid_until__lte=today, closed_at=None).order_by("code")
    closing = list(due.select_for_update(of=("self",)))
    for unit in closing:
        put_closing_in_force(unit, now)
    named = OrgUnitName.objects.in_force(today).exclude(name=F("unit__name")).select_related("unit")
    renamed = [(name.unit, name.name) for name in named]
    for unit, name in renamed:
        _put_name_in_force(unit, name)
    return len(closing) + len(renamed)


def _locked(*codes: str | None) -> list[OrgUnit]:
    """The units of these codes, locked in order of code. Raises: UnitUnknown."""
    wanted = [code for code in codes if code is not None]
    rows = OrgUnit.objects.select_for_update(of=("self",)).filter(code__in=wanted).order_by("code")
    found = {unit.code: unit for unit in rows}
    if missing := [code for code in wanted if code not in found]:
        raise UnitUnknown(code=missing[0])
    return [found[code] for code in wanted]


def _check_parent(level: UnitLevel, parent: OrgUnit | None) -> None:
    allowed = PARENT_LEVELS[level]
    fits = parent is None if not allowed else parent is not None and parent.level in allowed and not parent.valid_until
    if not fits:
        raise ParentDoesNotFit(level=level.label, parent=parent.name if parent else "无")


def _check_not_closing(unit: OrgUnit) -> None:
    if unit.valid_until is not None:
        raise UnitAlreadyClosing(code=unit.code, valid_until=unit.valid_until)


def _check_nothing_open(unit: OrgUnit) -> None:
    if open_here := open_business_of(unit.code):
        raise SuccessorNeeded(code=unit.code, what=_in_words(open_here))


def _check_successor(unit: OrgUnit, successor: OrgUnit, valid_until: date) -> None:
    reason = None
    if successor.code == unit.code or successor.path.startswith(unit.path):
        reason = "承接机构不能是本机构或其下级"
    elif successor.level != unit.level:
        reason = "层级不同"
    elif successor.pooling_area_id != unit.pooling_area_id:
        reason = "不在同一统筹区"
    elif successor.valid_until is not None or successor.valid_from > valid_until:
        reason = "该机构当日未启用或正在撤销"
    if reason:
        raise SuccessorDoesNotFit(successor=successor.code, code=unit.code, reason=reason)


def _in_words(open_here: dict[str, int]) -> str:
    return "、".join(f"{kind}{number}" for kind, number in open_here.items())


def _put_name_in_force(unit: OrgUnit, name: str) -> None:
    unit.name = name
    unit.save(update_fields=["name"])


def _move_children(unit: OrgUnit, successor: OrgUnit) -> None:
    """Lower units hang under the successor from now on; they keep their codes."""
    OrgUnit.objects.filter(parent=unit).update(parent=successor)
    below = OrgUnit.objects.filter(path__startswith=unit.path).exclude(pk=unit.pk)
    below.update(path=Concat(Value(successor.path), Substr("path", len(unit.path) + 1)))


def _move_staff(unit: OrgUnit, successor: OrgUnit, now: datetime) -> None:
    """Staff and their posts go on at the successor from the day of the closing."""
    day = unit.valid_until
    assert day is not None
    Operator.objects.filter(org_unit=unit, left_at=None).update(
        org_unit=successor, session_round=F("session_round") + 1
    )
    for holding in PostHolding.objects.filter(org_unit=unit).sharing_a_day_with(day, None):
        until, begins = holding.valid_until, max(day, holding.valid_from)
        holding.valid_until = begins
        holding.revoked_at = now
        holding.save(update_fields=["valid_until", "revoked_at"])
        there = PostHolding.objects.filter(operator=holding.operator_id, post=holding.post_id, org_unit=successor)
        if not there.sharing_a_day_with(begins, until).exists():
            there.create(
                operator_id=holding.operator_id,
                post_id=holding.post_id,
                org_unit=successor,
                valid_from=begins,
                valid_until=until,
                granted_by_id=holding.granted_by_id,
                granted_at=now,
            )


def _record(action: str, unit: OrgUnit, *, by: Operator | None, now: datetime, detail: Mapping[str, object]) -> None:
    trail.record(
        action,
        at=now,
        operator=by,
        pooling_area=unit.pooling_area_id or NO_AREA,
        unit_code=unit.code,
        object_kind="org_unit",
        object_key=unit.code,
        detail=detail,
    )

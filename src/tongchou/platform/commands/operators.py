"""Accounts of operators (人员账号; ORG-08; JL2019 §21)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, events, queries, trail
from tongchou.platform.commands.factors_apart import check_other_factor
from tongchou.platform.models import Operator, OrgUnit, PostHolding
from tongchou.platform.rules import citizen_id_is_valid
from tongchou.platform.states import TrailOutcome


class CitizenIdInvalid(DomainError):
    code = "PL-0401"
    message = "公民身份号码{shown}不正确"


class PersonHasAccount(DomainError):
    code = "PL-0402"
    message = "该人员已有账号(工作人员代码{staff_code}),一人只能有一个账号"
    citation = "JL2019 §21"


class StaffCodeTaken(DomainError):
    code = "PL-0403"
    message = "工作人员代码{staff_code}已被使用"
    citation = "JL2019 §21"


class OperatorUnknown(DomainError):
    code = "PL-0404"
    message = "没有该工作人员"


class OperatorHasLeft(DomainError):
    code = "PL-0405"
    message = "{name}已于{leaves_on}离职"


class SuccessorNotFit(DomainError):
    code = "PL-0406"
    message = "{name}不能作为交接人:须为在岗的另一人"


class PasswordTooWeak(DomainError):
    code = "PL-0407"
    message = "密码不符合要求:{why}"
    citation = "GX2017 §133"


class WrongPassword(DomainError):
    code = "PL-0408"
    message = "原密码不正确"


class UnitNotOpen(DomainError):
    code = "PL-0415"
    message = "机构{unit}在{on}未启用或已撤销"


@transaction.atomic
def register_operator(
    *,
    staff_code: str,
    name: str,
    citizen_id: str,
    unit_code: str,
    active_from: date,
    password: str | None,
    by: Operator | None,
    now: datetime,
) -> Operator:
    """开立账号 (ORG-08; JL2019 §21): one account per real person, bound to the staff code.

    `by` is None for set-up only. Without a password the account cannot log in until one is set. Raises:
    CitizenIdInvalid, PersonHasAccount, StaffCodeTaken, PasswordTooWeak, UnitNotOpen, NoPermission, OutOfScope.
    """
    if by is not None:
        checks.check_in_scope(by, "operators.manage", unit_code, now)
    citizen_id = citizen_id.strip().upper()
    if not citizen_id_is_valid(citizen_id):
        raise CitizenIdInvalid(shown=_masked(citizen_id))
    check_unit_open(unit_code, active_from)
    if earlier := Operator.objects.filter(citizen_id=citizen_id, left_at=None).first():
        raise PersonHasAccount(staff_code=earlier.staff_code)
    if Operator.objects.filter(staff_code=staff_code).exists():
        raise StaffCodeTaken(staff_code=staff_code)
    operator = Operator(
        staff_code=staff_code, name=name, citizen_id=citizen_id, org_unit_id=unit_code, active_from=active_from
    )
    operator.password = _accepted_password(password, operator)
    operator.save(force_insert=True)
    record_operator("platform.register_operator", operator, by=by, now=now, detail={"unit": unit_code})
    return operator


@transaction.atomic
def enable_operator(*, operator_id: int, by: Operator, now: datetime) -> Operator:
    """启用账号 (ORG-08). Raises: OperatorUnknown, OperatorHasLeft, NoPermission, OutOfScope."""
    operator = _managed(operator_id, by, now)
    operator.is_active = True
    operator.save(update_fields=["is_active"])
    record_operator("platform.enable_operator", operator, by=by, now=now)
    return operator


@transaction.atomic
def disable_operator(*, operator_id: int, reason: str, by: Operator, now: datetime) -> Operator:
    """停用账号 (ORG-08): sessions end at once. Raises: OperatorUnknown, OperatorHasLeft, NoPermission, OutOfScope."""
    operator = _managed(operator_id, by, now)
    operator.is_active = False
    operator.save(update_fields=["is_active"])
    end_sessions(operator)
    record_operator("platform.disable_operator", operator, by=by, now=now, detail={"reason": reason})
    return operator


@transaction.atomic
def transfer_operator(*, operator_id: int, to_unit: str, successor_id: int, by: Operator, now: datetime) -> Operator:
    """调动 (ORG-08): posts at the old unit end today, open tasks there go to the successor; posts are granted anew.

    Raises: OperatorUnknown, OperatorHasLeft, SuccessorNotFit, UnitNotOpen, NoPermission, OutOfScope.
    """
    today = timezone.localdate(now)
    operator = _managed(operator_id, by, now)
    checks.check_in_scope(by, "operators.manage", to_unit, now)
    check_unit_open(to_unit, today)
    successor = _fit_successor(successor_id, operator)
    from_unit = operator.org_unit_id
    for holding in PostHolding.objects.filter(operator=operator, org_unit=from_unit).sharing_a_day_with(today, None):
        end_holding(holding, max(today, holding.valid_from), by, now)
    operator.org_unit_id = to_unit
    operator.save(update_fields=["org_unit"])
    end_sessions(operator)
    detail = {"from": from_unit, "to": to_unit, "successor": successor.staff_code}
    record_operator("platform.transfer_operator", operator, by=by, now=now, detail=detail)
    events.publish(
        events.OperatorTransferred(
            operator_id=operator.pk, successor_id=successor.pk, from_unit_code=from_unit, to_unit_code=to_unit
        )
    )
    return operator


@transaction.atomic
def record_leave(*, operator_id: int, leaves_on: date, successor_id: int, by: Operator, now: datetime) -> Operator:
    """登记离职 (ORG-08): `leaves_on` is the last day in service.

    When it has come, the sessions end at once, posts end and open tasks go to the successor; a day ahead is kept and
    put in force when it is over. Raises: OperatorUnknown, OperatorHasLeft, SuccessorNotFit, NoPermission, OutOfScope.
    """
    operator = _managed(operator_id, by, now)
    successor = _fit_successor(successor_id, operator)
    operator.leaves_on, operator.successor = leaves_on, successor
    operator.save(update_fields=["leaves_on", "successor"])
    detail = {"leaves_on": str(leaves_on), "successor": successor.staff_code}
    record_operator("platform.record_leave", operator, by=by, now=now, detail=detail)
    if leaves_on <= timezone.localdate(now):
        put_leave_in_force(operator, now)
    return operator


def put_leave_in_force(operator: Operator, now: datetime) -> None:
    """Log out, end the posts, hand over; a step of `record_leave` and of the daily work."""
    assert operator.leaves_on is not None
    assert operator.successor_id is not None
    operator.left_at = now
    operator.save(update_fields=["left_at"])
    end_sessions(operator)
    day_after = date.fromordinal(operator.leaves_on.toordinal() + 1)
    for holding in PostHolding.objects.filter(operator=operator).sharing_a_day_with(day_after, None):
        end_holding(holding, max(day_after, holding.valid_from), None, now)
    events.publish(
        events.OperatorLeft(operator_id=operator.pk, successor_id=operator.successor_id, leaves_on=operator.leaves_on)
    )


@transaction.atomic
def put_due_leaves_in_force(*, now: datetime) -> int:
    """Leaves whose last day is over (离职到期). Returns how many."""
    due = Operator.objects.filter(leaves_on__lt=timezone.localdate(now), left_at=None).order_by("id")
    leaving = list(due.select_for_update(of=("self",)))
    for operator in leaving:
        put_leave_in_force(operator, now)
    return len(leaving)


def end_sessions(operator: Operator) -> None:
    """End every session of the operator, from the next request on (强制退出)."""
    Operator.objects.filter(pk=operator.pk).update(session_round=F("session_round") + 1)
    operator.refresh_from_db(fields=["session_round"])


@transaction.atomic
def change_password(*, operator: Operator, old: str, new: str, now: datetime) -> None:
    """修改密码 (GX2017 §133): other sessions end. Raises: WrongPassword, PasswordTooWeak."""
    if not operator.check_password(old):
        raise WrongPassword()
    operator.password = _accepted_password(new, operator)
    operator.save(update_fields=["password"])
    end_sessions(operator)
    record_operator("platform.change_password", operator, by=operator, now=now)


@transaction.atomic
def reset_password(*, operator_id: int, new: str, by: Operator, now: datetime) -> None:
    """重置密码 (GX2017 §133): not by whoever has just reset the second factor.

    Raises: OperatorUnknown, OperatorHasLeft, PasswordTooWeak, BothFactorsByOnePerson, NoPermission, OutOfScope.
    """
    operator = locked_person(operator_id)
    checks.check_in_scope(by, "security.reset_password", operator.org_unit_id, now)
    check_in_service(operator)
    check_other_factor(operator, "platform.reset_password", by=by, now=now)
    operator.password = _accepted_password(new, operator)
    operator.save(update_fields=["password"])
    end_sessions(operator)
    record_operator("platform.reset_password", operator, by=by, now=now)


def _managed(operator_id: int, by: Operator, now: datetime) -> Operator:
    """The operator, locked, in the reach of `by`, not yet gone."""
    operator = locked_person(operator_id)
    checks.check_in_scope(by, "operators.manage", operator.org_unit_id, now)
    check_in_service(operator)
    return operator


def locked_person(operator_id: int) -> Operator:
    """The operator, with every account of the same person locked: posts are compared by person."""
    same_person = Operator.objects.filter(citizen_id__in=Operator.objects.filter(pk=operator_id).values("citizen_id"))
    for operator in same_person.order_by("id").select_for_update(of=("self",)):
        if operator.pk == operator_id:
            return operator
    raise OperatorUnknown()


def check_in_service(operator: Operator) -> None:
    if operator.left_at is not None:
        raise OperatorHasLeft(name=operator.name, leaves_on=operator.leaves_on)


def _fit_successor(successor_id: int, operator: Operator) -> Operator:
    successor = Operator.objects.filter(pk=successor_id).first()
    if successor is None:
        raise OperatorUnknown()
    fits = successor.is_active and successor.leaves_on is None and successor.citizen_id != operator.citizen_id
    if not fits:
        raise SuccessorNotFit(name=successor.name)
    return successor


def check_unit_open(unit_code: str, on: date) -> None:
    if not OrgUnit.objects.in_force(on).filter(code=unit_code).exists():
        raise UnitNotOpen(unit=queries.unit_in_words(unit_code), on=on)


def end_holding(holding: PostHolding, day: date, by: Operator | None, now: datetime) -> None:
    holding.valid_until, holding.revoked_by, holding.revoked_at = day, by, now
    holding.save(update_fields=["valid_until", "revoked_by", "revoked_at"])


def _accepted_password(password: str | None, operator: Operator) -> str:
    if password is not None:
        try:
            validate_password(password, operator)
        except ValidationError as refused:
            raise PasswordTooWeak(why=" ".join(refused.messages)) from None
    return make_password(password)


def _masked(citizen_id: str) -> str:
    return f"{citizen_id[:6]}********{citizen_id[-4:]}" if len(citizen_id) == 18 else f"{citizen_id[:2]}…"


def record_operator(
    action: str,
    operator: Operator,
    *,
    by: Operator | None,
    now: datetime,
    outcome: TrailOutcome = TrailOutcome.DONE,
    detail: Mapping[str, object] | None = None,
) -> None:
    trail.record(
        action,
        at=now,
        operator=by,
        outcome=outcome,
        unit_code=operator.org_unit_id,
        object_kind="operator",
        object_key=operator.staff_code,
        detail=detail,
    )

"""Employers and their people by the month (单位登记、人员增减、缴费工资; ENR-33).

A member in the employee scheme needs the relation: whoever joins gets it from the first day of the month, or has a
suspended one resumed; whoever leaves is suspended from the month after the last (NM-ACCT §8). Residents change the
scheme first (GX2017 §17).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.commands import changes
from tongchou.enrolment.employers.models import Employer, EmployerMember
from tongchou.enrolment.employers.states import MemberCategory
from tongchou.enrolment.models import Enrolment, Person, Suspension
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import add_months, first_of_month
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish

LEFT: Final = "与单位终止劳动关系"
AHEAD_MONTHS: Final = 1
"""Changes are announced for months up to the next one."""

_before_retiring: list[Callable[[int, str, date], None]] = []


def ask_before_retiring(check: Callable[[int, str, date], None]) -> None:
    """A chapter above may ask for something first (退休前须办): `check` gets person, area and month, and may refuse."""
    if check not in _before_retiring:
        _before_retiring.append(check)


class EmployerCodeTaken(DomainError):
    code = "EN-4101"
    message = "单位编号{code}已登记为“{name}”"
    citation = "NM-ACCT §5"


class EmployerUnknown(DomainError):
    code = "EN-4102"
    message = "没有编号为{employer}的单位"
    citation = "NM-ACCT §5"


class EmployerClosed(DomainError):
    code = "EN-4103"
    message = "单位“{name}”已于{on}注销"
    citation = "NM-ACCT §5"


class EmployerHasMembers(DomainError):
    code = "EN-4104"
    message = "单位“{name}”还有{count}名职工,须先办理减员"
    citation = "NM-ACCT §8"


class EmployerChanged(DomainError):
    code = "EN-4105"
    message = "单位“{name}”的登记刚被他人修改,请核对后再保存"
    citation = "NM-ACCT §5"


class EmployerIncomplete(DomainError):
    code = "EN-4106"
    message = "须填写{what}"
    citation = "NM-ACCT §5"


class MonthAstray(DomainError):
    code = "EN-4111"
    message = "月份{month:%Y-%m}不合适:{problem}"
    citation = "BJ-ACCT §4"


class EmployedAlready(DomainError):
    code = "EN-4112"
    message = "{name}自{since:%Y-%m}起已在“{employer}”参保,须先由该单位办理减员"
    citation = "BJ-ACCT §4"


class NotEmployedHere(DomainError):
    code = "EN-4113"
    message = "{name}在{month:%Y-%m}不是“{employer}”的职工"
    citation = "BJ-ACCT §4"


class StillResident(DomainError):
    code = "EN-4114"
    message = "{name}正在参加城乡居民基本医疗保险,须先办理险种间关系转移"
    citation = "GX2017 §17"


class WageUnfit(DomainError):
    code = "EN-4115"
    message = "在职职工的缴费工资须大于0元"
    citation = "NC-ACCT §4"


class RetiredAlready(DomainError):
    code = "EN-4116"
    message = "{name}已是退休人员"
    citation = "BJ-ACCT §5"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerDetails:
    """单位登记表."""

    name: str
    legal_person: str
    contact: str
    phone: str
    address: str = ""
    bank_name: str = ""
    account_no: str = ""


_REQUIRED: Final = {"name": "单位名称", "legal_person": "法定代表人", "contact": "联系人", "phone": "联系电话"}


def _check_details(details: EmployerDetails) -> None:
    """Raises: EmployerIncomplete."""
    missing = [label for name, label in _REQUIRED.items() if not getattr(details, name).strip()]
    if bool(details.bank_name.strip()) != bool(details.account_no.strip()):
        missing.append("开户银行和银行账号")
    if missing:
        raise EmployerIncomplete(what="、".join(missing))


@transaction.atomic(durable=True)
def register_employer(
    *,
    unit_code: str,
    pooling_area: str,
    code: str,
    details: EmployerDetails,
    operator: platform.Operator,
    now: datetime,
) -> Employer:
    """单位参保登记 (NM-ACCT §5; ENR-33). Raises: EmployerIncomplete, EmployerCodeTaken, NoPermission, OutOfScope."""
    platform_checks.check_in_scope(operator, "enrolment.register", unit_code, now)
    _check_details(details)
    code = code.strip().upper()
    if not code:
        raise EmployerIncomplete(what="单位编号")
    try:
        with transaction.atomic():
            made = Employer.objects.create(
                pooling_area_id=pooling_area,
                unit_code=unit_code,
                code=code,
                registered_on=timezone.localdate(now),
                created_at=now,
                **_values(details),
            )
    except IntegrityError:
        known = Employer.objects.get(pooling_area_id=pooling_area, code=code)
        raise EmployerCodeTaken(code=code, name=known.name) from None
    _note("register_employer", made, operator, now)
    return made


def _values(details: EmployerDetails) -> dict[str, str]:
    return {one.name: getattr(details, one.name).strip() for one in fields(details)}


@transaction.atomic(durable=True)
def change_employer(
    *, employer_id: int, version: int, details: EmployerDetails, operator: platform.Operator, now: datetime
) -> Employer:
    """单位信息变更: what stood before is kept in the trail (ENR-33).

    Raises: EmployerUnknown, EmployerClosed, EmployerChanged, EmployerIncomplete, NoPermission, OutOfScope.
    """
    employer = lock_employer(employer_id, operator=operator, now=now)
    if employer.version != version:
        raise EmployerChanged(name=employer.name)
    _check_details(details)
    wanted = _values(details)
    before = {name: getattr(employer, name) for name, value in wanted.items() if getattr(employer, name) != value}
    for name in before:
        setattr(employer, name, wanted[name])
    employer.version += 1
    employer.save(update_fields=[*before, "version"])
    _note("change_employer", employer, operator, now, before=before, after={name: wanted[name] for name in before})
    return employer


@transaction.atomic(durable=True)
def close_employer(*, employer_id: int, operator: platform.Operator, now: datetime) -> Employer:
    """单位注销: when nobody is left. Raises: EmployerUnknown, EmployerClosed, EmployerHasMembers, NoPermission, …."""
    employer = lock_employer(employer_id, operator=operator, now=now)
    if count := employer.members.filter(month_until=None).count():
        raise EmployerHasMembers(name=employer.name, count=count)
    employer.closed_on = timezone.localdate(now)
    employer.save(update_fields=["closed_on"])
    _note("close_employer", employer, operator, now)
    return employer


def lock_employer(employer_id: int, *, operator: platform.Operator, now: datetime) -> Employer:
    """The open employer, locked, in the operator's reach. Raises: EmployerUnknown, EmployerClosed, OutOfScope."""
    employer = Employer.objects.select_for_update(of=("self",)).filter(pk=employer_id).first()
    if employer is None:
        raise EmployerUnknown(employer=employer_id)
    platform_checks.check_in_scope(
        operator, "enrolment.change", employer.unit_code, now, object_kind="employer", object_key=employer.pk
    )
    if employer.closed_on is not None:
        raise EmployerClosed(name=employer.name, on=employer.closed_on)
    return employer


@transaction.atomic(durable=True)
def add_member(
    *,
    employer_id: int,
    person_id: int,
    month: date,
    category: MemberCategory,
    wage_base_fen: int,
    operator: platform.Operator,
    now: datetime,
) -> EmployerMember:
    """增员 from a month on (BJ-ACCT §4; ENR-33). `wage_base_fen` is the monthly contribution wage.

    Raises: EmployerUnknown, EmployerClosed, MonthAstray, WageUnfit, EmployedAlready, StillResident, Deceased, ….
    """
    employer = lock_employer(employer_id, operator=operator, now=now)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    return add(employer, person, month, category, wage_base_fen, operator=operator, now=now)


def add(
    employer: Employer,
    person: Person,
    month: date,
    category: MemberCategory,
    wage_base_fen: int,
    *,
    operator: platform.Operator,
    now: datetime,
) -> EmployerMember:
    """增员, a step of the caller's transaction; both rows are locked."""
    first = first_of_month(month)
    check_month(first, now)
    if category is MemberCategory.WORKING and wage_base_fen <= 0:
        raise WageUnfit
    held = person.employments.filter(month_until=None).select_related("employer").first()
    if held is not None:
        raise EmployedAlready(name=person.name, since=held.month_from, employer=held.employer.name)
    last = person.employments.order_by("-month_from").first()
    if last is not None and last.month_until is not None and last.month_until > first:
        raise MonthAstray(month=first, problem=f"在“{last.employer.name}”的关系到{last.month_until:%Y-%m}才结束")
    _stand_in_scheme(employer, person, first, category, now)
    made = EmployerMember.objects.create(
        employer=employer,
        person=person,
        category=category,
        wage_base_fen=wage_base_fen,
        month_from=first,
        staff_code=operator.staff_code,
        recorded_at=now,
    )
    _note("employer_joins", employer, operator, now, person=person.person_no, month=first.isoformat())
    return made


def check_month(first: date, now: datetime) -> None:
    """Changes are for whole months, at latest the next (按月变动). Raises: MonthAstray."""
    latest = add_months(first_of_month(timezone.localdate(now)), AHEAD_MONTHS)
    if first > latest:
        raise MonthAstray(month=first, problem=f"最晚为{latest:%Y-%m}")


def _stand_in_scheme(employer: Employer, person: Person, first: date, category: MemberCategory, now: datetime) -> None:
    """The relation of the employee scheme from the first day on (职工参保关系). Raises: StillResident, Deceased."""
    if person.died_on is not None:
        raise MonthAstray(month=first, problem=f"{person.name}已于{person.died_on}死亡")
    last = person.enrolments.order_by("-enrolled_from").first()
    if last is not None and last.enrolled_until is None and last.scheme == Scheme.EMPLOYEE:
        _resume(last, first)
        return
    if last is not None and (last.enrolled_until is None or last.enrolled_until > first):
        raise StillResident(name=person.name)
    made = Enrolment.objects.create(
        person=person,
        pooling_area_id=employer.pooling_area_id,
        scheme=Scheme.EMPLOYEE,
        unit_code=employer.unit_code,
        category=PersonCategory(category.value),
        enrolled_from=first,
        follows_until=last.enrolled_until if last else None,
        created_at=now,
    )
    person.pooling_area_id, person.unit_code = employer.pooling_area_id, employer.unit_code
    person.save(update_fields=["pooling_area", "unit_code"])
    publish(events.PersonEnrolled(person.pk, made.pk, made.scheme, made.enrolled_from))


def _resume(enrolment: Enrolment, first: date) -> None:
    suspension = enrolment.suspensions.filter(suspended_until=None).first()
    if suspension is None:
        return
    if suspension.suspended_from >= first:
        suspension.delete()
    else:
        suspension.suspended_until = first
        suspension.save(update_fields=["suspended_until"])
    publish(events.EnrolmentResumed(enrolment.person_id, first))


@transaction.atomic(durable=True)
def remove_member(
    *, employer_id: int, person_id: int, month: date, reason: str, operator: platform.Operator, now: datetime
) -> EmployerMember:
    """减员: the month is the first one without (NM-ACCT §8; ENR-33). Raises: NotEmployedHere, MonthAstray, …."""
    employer = lock_employer(employer_id, operator=operator, now=now)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    return remove(employer, person, month, reason, operator=operator, now=now)


def remove(
    employer: Employer, person: Person, month: date, reason: str, *, operator: platform.Operator, now: datetime
) -> EmployerMember:
    """减员, a step of the caller's transaction: the relation is suspended until somebody employs the person again."""
    first = first_of_month(month)
    check_month(first, now)
    held = _open(employer, person, first)
    if held.month_from >= first:
        raise MonthAstray(
            month=first, problem=f"自{held.month_from:%Y-%m}起才参保,最早为{_next(held.month_from):%Y-%m}"
        )
    held.month_until, held.reason = first, reason.strip() or LEFT
    held.save(update_fields=["month_until", "reason"])
    enrolment = person.enrolments.filter(enrolled_until=None, scheme=Scheme.EMPLOYEE).first()
    if enrolment is not None and not enrolment.suspensions.filter(suspended_until=None).exists():
        Suspension.objects.create(enrolment=enrolment, suspended_from=first, reason=held.reason)
        publish(events.EnrolmentSuspended(person.pk, first, held.reason, now))
    _note("employer_leaves", employer, operator, now, person=person.person_no, month=first.isoformat())
    return held


def _open(employer: Employer, person: Person, first: date) -> EmployerMember:
    """Raises: NotEmployedHere."""
    held = person.employments.filter(employer=employer, month_until=None).first()
    if held is None:
        raise NotEmployedHere(name=person.name, month=first, employer=employer.name)
    return held


def _next(first: date) -> date:
    return first_of_month(first + timedelta(days=31))


@transaction.atomic(durable=True)
def set_wage_base(
    *,
    employer_id: int,
    person_id: int,
    month: date,
    wage_base_fen: int,
    operator: platform.Operator,
    now: datetime,
) -> EmployerMember:
    """调整缴费工资 from a month on (NC-ACCT §4; ENR-33); earlier months keep theirs. Raises: NotEmployedHere, …."""
    employer = lock_employer(employer_id, operator=operator, now=now)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    return change(employer, person, month, wage_base_fen=wage_base_fen, operator=operator, now=now)


@transaction.atomic(durable=True)
def retire_member(
    *, employer_id: int, person_id: int, month: date, operator: platform.Operator, now: datetime
) -> EmployerMember:
    """在职转退休 from a month on (BJ-ACCT §5; ENR-33). Raises: NotEmployedHere, RetiredAlready, …."""
    employer = lock_employer(employer_id, operator=operator, now=now)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    return change(employer, person, month, retires=True, operator=operator, now=now)


def retire(
    *, employer_id: int, person_id: int, month: date, operator: platform.Operator, now: datetime
) -> EmployerMember:
    """转退休 at the end of a business that was allowed before, a step of its transaction (NC-ACCT §12).

    Not before the member's present row begins. Raises: NotEmployedHere, RetiredAlready, MonthAstray.
    """
    employer = Employer.objects.select_for_update(of=("self",)).get(pk=employer_id)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    held = _open(employer, person, month)
    return change(employer, person, max(month, held.month_from), retires=True, operator=operator, now=now)


def change(
    employer: Employer,
    person: Person,
    month: date,
    *,
    wage_base_fen: int | None = None,
    retires: bool = False,
    operator: platform.Operator,
    now: datetime,
) -> EmployerMember:
    """调整基数、转退休, a step of the caller's transaction: one row closes and the next opens.

    Raises: MonthAstray, NotEmployedHere, RetiredAlready, WageUnfit.
    """
    first = first_of_month(month)
    check_month(first, now)
    held = _open(employer, person, first)
    if held.month_from > first:
        raise MonthAstray(month=first, problem=f"自{held.month_from:%Y-%m}起已有登记,不能追溯到更早")
    if retires and held.category == MemberCategory.RETIRED:
        raise RetiredAlready(name=person.name)
    if retires:
        for check_first in _before_retiring:
            check_first(person.pk, employer.pooling_area_id, first)
    category = MemberCategory.RETIRED if retires else MemberCategory(held.category)
    wage = held.wage_base_fen if wage_base_fen is None else wage_base_fen
    if category is MemberCategory.WORKING and wage <= 0:
        raise WageUnfit
    if held.month_from == first:
        held.category, held.wage_base_fen = category, wage
        held.save(update_fields=["category", "wage_base_fen"])
        made = held
    else:
        held.month_until = first
        held.save(update_fields=["month_until"])
        made = EmployerMember.objects.create(
            employer=employer,
            person=person,
            category=category,
            wage_base_fen=wage,
            month_from=first,
            staff_code=operator.staff_code,
            recorded_at=now,
        )
    if retires:
        _count_as_retired(person, first)
    _note("employer_member_changes", employer, operator, now, person=person.person_no, month=first.isoformat())
    return made


def _count_as_retired(person: Person, first: date) -> None:
    """人员类别 of the relation follows (GX2017 §14)."""
    held = person.enrolments.filter(enrolled_until=None, scheme=Scheme.EMPLOYEE).first()
    if held is None or held.category == PersonCategory.RETIRED:
        return
    changes.carry_on(person, max(first, held.enrolled_from), category=PersonCategory.RETIRED)
    publish(events.CategoryChanged(person.pk, first))


def _note(action: str, employer: Employer, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"enrolment.{action}",
        at=now,
        operator=operator,
        pooling_area=employer.pooling_area_id,
        unit_code=employer.unit_code,
        object_kind="employer",
        object_key=employer.pk,
        detail=detail,
    )

"""职工缴费待遇规则 (NC-ACCT §7; JS-EXT §2; CON-31…33): unpaid months, breaks, late fees."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from tongchou.contributions.units import months, rules
from tongchou.contributions.units.models import EmployeeRule, EmployeeWaiting, UnitReceivable
from tongchou.contributions.units.states import RestoresFrom, StopsFrom
from tongchou.enrolment import events
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.employers import queries as employers
from tongchou.enrolment.states import Scheme
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import first_of_month
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.events import subscribe


class RuleUnfit(DomainError):
    code = "CO-6101"
    message = "职工缴费待遇规则不合适:{problem}"
    citation = "NC-ACCT §7"


class RuleStands(DomainError):
    code = "CO-6102"
    message = "自{month:%Y-%m}起的规则已维护,或该月以后已生成应缴,不能更改"
    citation = "NC-ACCT §7"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What a rule says: months of grace, the day of the stop, how late payment restores, waiting, late fee, floor."""

    grace_months: int
    stops: StopsFrom
    restores: RestoresFrom
    break_months: int | None = None
    waiting_months: int = 0
    late_ratio: Decimal = Decimal(0)
    floor_fen: int | None = None
    objection_days: int = 10


@transaction.atomic
def set_rule(
    *,
    pooling_area: str,
    month_from: date,
    terms: RuleTerms,
    source: str,
    operator: platform.Operator,
    now: datetime,
) -> EmployeeRule:
    """维护职工缴费待遇规则 (NC-ACCT §7) from a month on; months already built keep what they were built by.

    Raises: RuleUnfit, RuleStands, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, months.SET, pooling_area, now)
    month = first_of_month(month_from)
    if problem := _problem(terms, source):
        raise RuleUnfit(problem=problem)
    if UnitReceivable.objects.filter(pooling_area_id=pooling_area, month__gte=month).exists():
        raise RuleStands(month=month)
    try:
        with transaction.atomic():
            made = EmployeeRule.objects.create(
                pooling_area_id=pooling_area,
                month_from=month,
                source=source.strip(),
                staff_code=operator.staff_code,
                set_at=now,
                **asdict(terms),
            )
    except IntegrityError:
        raise RuleStands(month=month) from None
    trail.record(
        "contributions.set_employee_rule",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="employee_rule",
        object_key=made.pk,
        detail={"month": month.isoformat(), "grace": terms.grace_months, "restores": terms.restores.value},
    )
    return made


def _problem(terms: RuleTerms, source: str) -> str:
    if not source.strip():
        return "须写明文件依据"
    if not (0 <= terms.grace_months <= 12 and 0 <= terms.waiting_months <= 24):
        return "宽限不超过12个月,等待期不超过24个月"
    if terms.break_months is not None and terms.break_months < 1:
        return "中断缴费月数须大于0"
    if not 0 <= terms.late_ratio < 1 or terms.objection_days < 1:
        return "滞纳金日比例须在0与1之间,异议期限须大于0"
    return "缴费基数下限须大于0元" if terms.floor_fen is not None and terms.floor_fen <= 0 else ""


def follow() -> None:
    """Subscribe, once, when the applications are ready: who joins after a break may have to wait."""
    subscribe(events.PersonEnrolled)(_enrolled)
    subscribe(events.EnrolmentResumed)(_resumed)


def _enrolled(event: events.PersonEnrolled) -> None:
    if event.scheme == Scheme.EMPLOYEE:
        _wait(event.person_id, event.enrolled_from)


def _resumed(event: events.EnrolmentResumed) -> None:
    _wait(event.person_id, event.resumed_on)


def _wait(person_id: int, joins: date) -> None:
    """等待期 after a break, by the rule of the month of joining; whoever was never employed waits for nothing."""
    person = enrolment.facts(person_id, joins)
    if person is None or person.scheme != Scheme.EMPLOYEE:
        return
    rule = months.rule_of(person.pooling_area, joins)
    if rule is None or rule.break_months is None or not rule.waiting_months:
        return
    left = [one.month_until for one in employers.employments_of(person_id) if one.month_until is not None]
    missed = rules.broken_months(left, joins)
    if missed is None or missed < rule.break_months:
        return
    EmployeeWaiting.objects.get_or_create(
        person_id=person_id,
        waits_from=joins,
        defaults={
            "waits_until": rules.waits_until(joins, rule.waiting_months),
            "break_months": missed,
            "rule": rule.source,
        },
    )

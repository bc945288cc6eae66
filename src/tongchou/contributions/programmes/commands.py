"""激励政策、政策性补缴 (JS-EXT §2; CON-32, CON-33): programmes as dated data, who takes part, what it brings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from tongchou.contributions import events
from tongchou.contributions.dues import commands as dues
from tongchou.contributions.dues.states import DueKind
from tongchou.contributions.programmes import rules
from tongchou.contributions.programmes.models import Programme, ProgrammeMember
from tongchou.contributions.programmes.states import Bearer, Fact, Kept, ProgrammeKind
from tongchou.contributions.units import months
from tongchou.contributions.units.models import EmployeeWaiting
from tongchou.contributions.units.rules import broken_months
from tongchou.enrolment import events as enrolment_events
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.employers import queries as employers
from tongchou.enrolment.queries import Facts
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import first_of_month
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.events import subscribe

TAKE: Final = "contributions.collect"
PAY_DAYS: Final = 30


class ProgrammeUnfit(DomainError):
    code = "CO-6201"
    message = "激励政策不合适:{problem}"
    citation = "JS-EXT 2"


class ProgrammeStands(DomainError):
    code = "CO-6202"
    message = "政策编号{code}已用于“{name}”"
    citation = "JS-EXT 2"


class ProgrammeUnknown(DomainError):
    code = "CO-6203"
    message = "没有编号为{programme}的激励政策"
    citation = "JS-EXT 2"


class NotInForce(DomainError):
    code = "CO-6204"
    message = "“{name}”自{since}起{until}有效,{day}不能享受"
    citation = "JS-EXT 2"


class ConditionUnmet(DomainError):
    code = "CO-6205"
    message = "{person}不符合“{name}”的条件:{conditions}"
    citation = "JS-EXT 2"


class TakesPartAlready(DomainError):
    code = "CO-6206"
    message = "{person}已登记享受“{name}”"
    citation = "JS-EXT 2"


class MonthsUnfit(DomainError):
    code = "CO-6207"
    message = "补缴月份须为已过去的整月,起始月份早于终止月份,月缴费基数大于0元"
    citation = "JS-EXT 2"


class MemberUnknown(DomainError):
    code = "CO-6208"
    message = "没有编号为{member}的政策享受登记"
    citation = "JS-EXT 2"


class MemberElsewhere(DomainError):
    code = "CO-6209"
    message = "政策享受登记为“{state}”,不能撤销"
    citation = "JS-EXT 2"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeTerms:
    """What a programme says; `share_of` of `share_in` is the person's, e.g. one third."""

    name: str
    kind: ProgrammeKind
    valid_from: date
    valid_until: date | None = None
    share_of: int = 1
    share_in: int = 1
    rest_by: Bearer = Bearer.NOBODY
    rest_department: str = ""
    waiting_months: int = 0
    conditions: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)


@transaction.atomic
def set_programme(
    *,
    pooling_area: str,
    code: str,
    terms: ProgrammeTerms,
    source: str,
    operator: platform.Operator,
    now: datetime,
) -> Programme:
    """维护激励政策 (JS-EXT §2; CON-33). It does not change afterwards: it is ended, and another begun.

    Raises: ProgrammeUnfit, ProgrammeStands, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, months.SET, pooling_area, now)
    if problem := _problem(terms, code, source):
        raise ProgrammeUnfit(problem=problem)
    try:
        with transaction.atomic():
            made = Programme.objects.create(
                pooling_area_id=pooling_area,
                code=code.strip().upper(),
                name=terms.name.strip(),
                kind=terms.kind,
                valid_from=terms.valid_from,
                valid_until=terms.valid_until,
                share_of=terms.share_of,
                share_in=terms.share_in,
                rest_by=terms.rest_by,
                rest_department=terms.rest_department.strip(),
                waiting_months=terms.waiting_months,
                conditions=[dict(one) for one in terms.conditions],
                source=source.strip(),
                staff_code=operator.staff_code,
                set_at=now,
            )
    except IntegrityError:
        known = Programme.objects.get(pooling_area_id=pooling_area, code=code.strip().upper())
        raise ProgrammeStands(code=known.code, name=known.name) from None
    _note("set_programme", made, operator, now, valid_from=terms.valid_from.isoformat())
    return made


def _problem(terms: ProgrammeTerms, code: str, source: str) -> str:
    if not (code.strip() and terms.name.strip() and source.strip()):
        return "须写明编号、名称和文件依据"
    if terms.valid_until is not None and terms.valid_until <= terms.valid_from:
        return "有效期止须晚于有效期起"
    if not 0 <= terms.share_of <= terms.share_in or terms.share_in < 1:
        return "个人负担份数不得大于总份数"
    if not 0 <= terms.waiting_months <= 24:
        return "等待期不超过24个月"
    if (terms.rest_by == Bearer.FISCAL) != bool(terms.rest_department.strip()):
        return "其余部分由财政或主管部门承担的,须写明承担部门"
    return rules.problem_of(terms.conditions)


@transaction.atomic
def end_programme(*, programme_id: int, valid_until: date, operator: platform.Operator, now: datetime) -> Programme:
    """终止激励政策 from a day on (exclusive); who takes part keeps it. Raises: ProgrammeUnknown, ProgrammeUnfit, …."""
    found = _lock_programme(programme_id)
    checks.check_area_in_scope(operator, months.SET, found.pooling_area_id, now)
    if valid_until <= max(found.valid_from, timezone.localdate(now)) or (
        found.valid_until is not None and valid_until > found.valid_until
    ):
        raise ProgrammeUnfit(problem="终止日期须晚于今天和有效期起,且不晚于原有效期止")
    found.valid_until = valid_until
    found.save(update_fields=["valid_until"])
    _note("end_programme", found, operator, now, valid_until=valid_until.isoformat())
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What somebody pays for under a programme: the months `[month_from, month_until)`, the base, the proof shown."""

    month_from: date
    month_until: date
    base_fen: int
    proof: str = ""


@transaction.atomic
def take_part(
    *, programme_id: int, person_id: int, part: Part, operator: platform.Operator, now: datetime
) -> ProgrammeMember:
    """登记享受激励政策 (JS-EXT §2; CON-32, CON-33): conditions checked, the share raised; counted when it is paid.

    The rates are those of the month of registration. The same person again gives the first registration's refusal.
    Raises: ProgrammeUnknown, NotInForce, ConditionUnmet, TakesPartAlready, MonthsUnfit, RateMissing, PersonUnknown,
    NoPermission, OutOfScope.
    """
    programme = _lock_programme(programme_id)
    today = timezone.localdate(now)
    person = enrolment.facts(person_id, today)
    assert person is not None
    checks.check_in_scope(operator, TAKE, person.unit_code, now, object_kind="person", object_key=person.person_no)
    _check_in_force(programme, today)
    _check_conditions(programme, person, part.proof, today)
    first, until = first_of_month(part.month_from), first_of_month(part.month_until)
    if first >= until or until > first_of_month(today) or part.base_fen <= 0:
        raise MonthsUnfit
    if programme.members.filter(person_id=person_id).exclude(state=Kept.WITHDRAWN).exists():
        raise TakesPartAlready(person=person.name, name=programme.name)
    rate = months.rate_of(programme.pooling_area_id, today)
    told = rules.shares(
        base_fen=part.base_fen,
        months=(until.year - first.year) * 12 + until.month - first.month,
        ratio=rate.unit_ratio + rate.personal_ratio,
        share_of=programme.share_of,
        share_in=programme.share_in,
    )
    made = ProgrammeMember.objects.create(
        programme=programme,
        person_id=person_id,
        unit_code=person.unit_code,
        base_fen=part.base_fen,
        month_from=first,
        month_until=until,
        total_fen=told.total_fen,
        personal_fen=told.personal_fen,
        rest_fen=told.rest_fen,
        proof=part.proof.strip(),
        staff_code=operator.staff_code,
        taken_at=now,
    )
    _raise_due(made, person, operator=operator, now=now)
    _note("take_part", programme, operator, now, person=person.person_no, total_fen=told.total_fen)
    return made


def _raise_due(made: ProgrammeMember, person: Facts, *, operator: platform.Operator, now: datetime) -> None:
    """The person's share, and what a department bears as its part of the same due; what is waived is owed by nobody."""
    programme = made.programme
    fiscal = programme.rest_by == Bearer.FISCAL
    owed = made.total_fen if fiscal else made.personal_fen
    if owed == 0:
        _count(made, timezone.localdate(now))
        return
    made.due = dues.raise_due(
        pooling_area=programme.pooling_area_id,
        unit_code=made.unit_code,
        kind=DueKind.PROGRAMME,
        summary=f"{person.name}{programme.name}补缴",
        parts=dues.Parts(personal_fen=owed),
        due_on=timezone.localdate(now) + timedelta(days=PAY_DAYS),
        person_id=made.person_id,
        operator=operator,
        now=now,
    )
    made.save(update_fields=["due"])
    if fiscal and made.rest_fen:
        made.due = dues.grant_aid(
            number=made.due.number,
            aided_fen=made.rest_fen,
            aided_by=programme.rest_department,
            operator=operator,
            now=now,
        )


def _check_in_force(programme: Programme, today: date) -> None:
    """Raises: NotInForce."""
    since, until = programme.valid_from, programme.valid_until
    if not (since <= today and (until is None or today < until)):
        ends = f"至{until - timedelta(days=1)}" if until else ""
        raise NotInForce(name=programme.name, since=since, until=ends, day=today)


def _check_conditions(programme: Programme, person: Facts, proof: str, today: date) -> None:
    """Raises: ConditionUnmet, which names all of them."""
    worked = employers.employments_of(person.id)
    left = [today if one.month_until is None else one.month_until for one in worked]
    known = rules.Known(
        born_on=person.born_on,
        groups=person.groups,
        break_months=broken_months(left, first_of_month(today)) if worked else None,
        proof=proof,
    )
    if worked and known.break_months is None:
        known = rules.Known(person.born_on, person.groups, 0, proof)
    missed = rules.unmet(programme.conditions, known, today)
    if missed:
        raise ConditionUnmet(person=person.name, name=programme.name, conditions="、".join(in_words(missed)))


def in_words(conditions: Iterable[Mapping[str, Any]]) -> list[str]:
    """条件 as a clerk reads them."""
    return [f"{Fact(one['fact']).label}{one.get('value', '')}" for one in conditions]


def note_paid(event: events.DuePaid) -> None:
    """缴清: the person counts under the programme, and waits no longer than it says; a step of the posting."""
    if event.kind != DueKind.PROGRAMME:
        return
    made = ProgrammeMember.objects.select_for_update(of=("self",)).get(due_id=event.due_id)
    _count(made, event.paid_on)


def _count(made: ProgrammeMember, paid_on: date) -> None:
    made.state, made.counted_on = Kept.COUNTED, paid_on
    made.covered_from = rules.covered_from(paid_on, made.programme.waiting_months)
    made.save(update_fields=["state", "counted_on", "covered_from"])
    _shorten(made.person_id, made.covered_from, made.programme.code)


def _shorten(person_id: int, covered_from: date, code: str) -> None:
    """等待期缩短: a waiting that would last longer ends on that day; one that begins later does not come about."""
    longer = EmployeeWaiting.objects.filter(person_id=person_id, waits_until__gt=covered_from)
    longer.filter(waits_from__gte=covered_from).update(waits_until=F("waits_from"), shortened_by=code)
    longer.filter(waits_from__lt=covered_from).update(waits_until=covered_from, shortened_by=code)


def follow() -> None:
    """Subscribe after the waiting rules: who joins after paying under a programme waits by the programme."""
    subscribe(enrolment_events.PersonEnrolled)(_joined)
    subscribe(enrolment_events.EnrolmentResumed)(_joined)
    subscribe(events.DuePaid)(note_paid)


def _joined(event: enrolment_events.PersonEnrolled | enrolment_events.EnrolmentResumed) -> None:
    found = ProgrammeMember.objects.filter(person_id=event.person_id, state=Kept.COUNTED).select_related("programme")
    for made in found.order_by("covered_from"):
        assert made.covered_from is not None
        _shorten(made.person_id, made.covered_from, made.programme.code)


@transaction.atomic
def withdraw(*, member_id: int, reason: str, operator: platform.Operator, now: datetime) -> ProgrammeMember:
    """撤销登记 of somebody who has not paid: the due is void.

    Raises: MemberUnknown, MemberElsewhere, PartElsewhere, NoPermission, OutOfScope.
    """
    made = ProgrammeMember.objects.select_for_update(of=("self",)).filter(pk=member_id).first()
    if made is None:
        raise MemberUnknown(member=member_id)
    checks.check_in_scope(operator, TAKE, made.unit_code, now)
    if made.state != Kept.WAITING:
        raise MemberElsewhere(state=Kept(made.state).label)
    if made.due is not None:
        dues.void(number=made.due.number, reason=reason or "撤销登记", operator=operator, now=now)
    made.state = Kept.WITHDRAWN
    made.save(update_fields=["state"])
    _note("withdraw_part", made.programme, operator, now, member=made.pk)
    return made


def in_force(pooling_area: str, day: date) -> list[Programme]:
    """Programmes in force on a day (有效的激励政策)."""
    found = Programme.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=day), pooling_area_id=pooling_area, valid_from__lte=day
    )
    return list(found.order_by("code"))


def _lock_programme(programme_id: int) -> Programme:
    found = Programme.objects.select_for_update(of=("self",)).filter(pk=programme_id).first()
    if found is None:
        raise ProgrammeUnknown(programme=programme_id)
    return found


def _note(action: str, programme: Programme, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=programme.pooling_area_id,
        object_kind="programme",
        object_key=programme.pk,
        detail={"code": programme.code, **detail},
    )

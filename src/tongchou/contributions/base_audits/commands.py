"""缴费基数稽核 step by step (JS-EXT §2; GX2017 §117; CON-32): plan, units, findings, notice, objection, confirmation.

A second person confirms; what is owed is raised then (`dues`), and the audit is done when it is paid.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from tongchou.contributions import events
from tongchou.contributions.base_audits import queries, rules
from tongchou.contributions.base_audits.models import BaseAudit, BaseAuditPlan, BaseFinding
from tongchou.contributions.base_audits.states import AuditState, Risk
from tongchou.contributions.dues import commands as dues
from tongchou.contributions.dues.states import DueKind
from tongchou.contributions.models import UnitReceivable, UnitReceivableLine
from tongchou.contributions.units import months
from tongchou.contributions.units import rules as unit_rules
from tongchou.enrolment.employers import queries as employers
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import first_of_month
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.database import one_after_another
from tongchou.platform.numbering import Series, next_written

_note = trail.noting("contributions", "base_audit")

HANDLE: Final = "audit.handle"
CONFIRM: Final = "audit.review"
PLANS: Final = Series("base_audit_plan", name="基数稽核计划", mark="JHJ", width=4)
AUDITS: Final = Series("base_audit", name="基数稽核", mark="JH", width=6)


class PlanUnfit(DomainError):
    code = "CO-6121"
    message = "稽核计划须写明名称、目的及主要措施,稽核期间须为已过去的整月"
    citation = "GX2017 §117"


class AuditUnknown(DomainError):
    code = "CO-6122"
    message = "没有编号为{number}的基数稽核"
    citation = "GX2017 §117"


class AuditElsewhere(DomainError):
    code = "CO-6123"
    message = "基数稽核{number}为“{state}”,不能{act}"
    citation = "GX2017 §117"


class AuditChanged(DomainError):
    code = "CO-6124"
    message = "基数稽核{number}刚被他人修改,请核对后再办"
    citation = "GX2017 §117"


class NobodyChosen(DomainError):
    code = "CO-6125"
    message = "没有选出可列入计划的单位:须在本计划的统筹地区内,且尚未列入"
    citation = "GX2017 §117"


class MonthOutside(DomainError):
    code = "CO-6126"
    message = "{month}不在稽核期间{since}至{last}之内"
    citation = "GX2017 §117"


class NoGap(DomainError):
    code = "CO-6127"
    message = "{month:%Y-%m}核定基数{audited}元不高于申报基数{declared}元,没有少报"
    citation = "JS-EXT 2"


class NothingFound(DomainError):
    code = "CO-6128"
    message = "还没有稽核明细,不能告知;确无问题的按“无问题”办结"
    citation = "GX2017 §117"


class SomethingFound(DomainError):
    code = "CO-6129"
    message = "已有{count}条稽核明细,不能按“无问题”办结"
    citation = "GX2017 §117"


class ObjectionLate(DomainError):
    code = "CO-6130"
    message = "异议期限至{until},{day}提出的异议不再受理"
    citation = "GX2017 §117"


class ObjectionOpen(DomainError):
    code = "CO-6131"
    message = "异议期限至{until}尚未届满,{day}不能确认;单位书面表示无异议的,可登记后确认"
    citation = "GX2017 §117"


class WordsNeeded(DomainError):
    code = "CO-6132"
    message = "须写明{what}"
    citation = "GX2017 §117"


class SamePerson(DomainError):
    code = "CO-6133"
    message = "稽核人、取证人和确认人不能是同一人"
    citation = "GX2017 §117"


class DueInPast(DomainError):
    code = "CO-6134"
    message = "补缴期限{day}已过"
    citation = "GX2017 §117"


@transaction.atomic
def make_plan(
    *,
    pooling_area: str,
    unit_code: str,
    title: str,
    purpose: str,
    month_from: date,
    month_until: date,
    operator: platform.Operator,
    now: datetime,
) -> BaseAuditPlan:
    """编制稽核计划 (GX2017 §117(一)1) for the months `[month_from, month_until)`; the same again gives the first.

    Raises: PlanUnfit, NoPermission, OutOfScope.
    """
    checks.check_in_scope(operator, HANDLE, unit_code, now)
    first, until = first_of_month(month_from), first_of_month(month_until)
    today = timezone.localdate(now)
    if not (title.strip() and purpose.strip()) or first >= until or until > first_of_month(today):
        raise PlanUnfit
    one_after_another(PLANS.kind, unit_code)
    same = BaseAuditPlan.objects.filter(
        pooling_area_id=pooling_area,
        unit_code=unit_code,
        title=title.strip(),
        month_from=first,
        month_until=until,
    )
    if known := same.first():
        return known
    made = BaseAuditPlan.objects.create(
        pooling_area_id=pooling_area,
        unit_code=unit_code,
        number=next_written(PLANS, area=pooling_area, year=today.year),
        title=title.strip(),
        purpose=purpose.strip(),
        month_from=first,
        month_until=until,
        staff_code=operator.staff_code,
        made_at=now,
    )
    _note("make_base_plan", made.pooling_area_id, made.unit_code, made.number, operator, now)
    return made


@transaction.atomic
def choose(
    *,
    plan_id: int,
    employer_ids: Collection[int],
    operator: platform.Operator,
    now: datetime,
) -> list[BaseAudit]:
    """确定稽核对象 (GX2017 §117(一)2): each with the risks found today, or 举报或其他线索 where there is none.

    Raises: NobodyChosen, NoPermission, OutOfScope.
    """
    plan = BaseAuditPlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    checks.check_in_scope(operator, HANDLE, plan.unit_code, now)
    known = set(plan.audits.values_list("employer_id", flat=True))
    found = [employers.employer_by_id(key) for key in sorted(set(employer_ids) - known)]
    risky = {one.employer_id: one.risks for one in queries.risky(plan)}
    made = []
    for employer in found:
        if employer is None or employer.pooling_area_id != plan.pooling_area_id:
            continue
        checks.check_in_scope(operator, HANDLE, employer.unit_code, now)
        made.append(
            BaseAudit.objects.create(
                plan=plan,
                employer=employer,
                number=next_written(AUDITS, area=plan.pooling_area_id, year=timezone.localdate(now).year),
                unit_code=employer.unit_code,
                risks=risky.get(employer.pk) or [{"risk": Risk.REPORTED.value}],
                made_by=operator.staff_code,
            )
        )
    if not made:
        raise NobodyChosen
    _note("choose_audited", plan.pooling_area_id, plan.unit_code, plan.number, operator, now, units=len(made))
    return made


@transaction.atomic
def note_finding(
    *,
    number: str,
    person_id: int,
    month: date,
    audited_fen: int,
    operator: platform.Operator,
    now: datetime,
) -> BaseFinding:
    """登记稽核明细 (CON-32): the audited base of one member and month; another figure replaces the first. Fen.

    Raises: AuditUnknown, AuditElsewhere, MonthOutside, NoGap, RateMissing, NoPermission, OutOfScope.
    """
    audit = lock(number, HANDLE, operator, now)
    _demand(audit, AuditState.PLANNED, "登记稽核明细")
    made = find(audit, person_id, month, audited_fen, operator=operator)
    _sum_up(audit)
    _note_audit("note_finding", audit, operator, now, person=person_id, month=month.isoformat())
    return made


def find(
    audit: BaseAudit, person_id: int, month: date, audited_fen: int, *, operator: platform.Operator
) -> BaseFinding:
    """One finding, a step of the caller's transaction, which sums up. Raises: MonthOutside, NoGap, RateMissing."""
    plan, first = audit.plan, first_of_month(month)
    if not plan.month_from <= first < plan.month_until:
        raise MonthOutside(month=f"{first:%Y-%m}", since=f"{plan.month_from:%Y-%m}", last=f"{queries.last_month(plan)}")
    declared = declared_base(audit, person_id, first)
    if audited_fen <= declared:
        raise NoGap(month=first, audited=yuan_text(audited_fen), declared=yuan_text(declared))
    return _write_finding(audit, person_id, first, audited_fen, declared, operator.staff_code)


def _write_finding(
    audit: BaseAudit, person_id: int, month: date, audited_fen: int, declared_fen: int, staff_code: str
) -> BaseFinding:
    rate = months.rate_of(audit.plan.pooling_area_id, month)
    owed = rules.owed(
        declared_fen=declared_fen,
        audited_fen=audited_fen,
        unit_ratio=rate.unit_ratio,
        personal_ratio=rate.personal_ratio,
    )
    made, _created = BaseFinding.objects.update_or_create(
        audit=audit,
        person_id=person_id,
        month=month,
        defaults={
            "declared_fen": declared_fen,
            "audited_fen": audited_fen,
            "unit_fen": owed.unit_fen,
            "personal_fen": owed.personal_fen,
            "staff_code": staff_code,
        },
    )
    return made


def declared_base(audit: BaseAudit, person_id: int, month: date) -> int:
    """申报基数 of a member and month: what was charged, or what an earlier audit has already put right. Fen."""
    charged = UnitReceivableLine.objects.filter(
        receivable__employer_id=audit.employer_id, receivable__month=month, person_id=person_id
    ).aggregate(fen=Sum("wage_base_fen"))["fen"]
    audited = _put_right(audit.employer_id).filter(person_id=person_id, month=month)
    return max(charged or 0, audited.aggregate(fen=Max("audited_fen"))["fen"] or 0)


@transaction.atomic
def drop_finding(*, number: str, finding_id: int, operator: platform.Operator, now: datetime) -> BaseAudit:
    """删除稽核明细 noted in error, before the employer is told. Raises: AuditUnknown, AuditElsewhere, …."""
    audit = lock(number, HANDLE, operator, now)
    _demand(audit, AuditState.PLANNED, "删除稽核明细")
    audit.findings.filter(pk=finding_id).delete()
    _sum_up(audit)
    _note_audit("drop_finding", audit, operator, now, finding=finding_id)
    return audit


@transaction.atomic
def clear(*, number: str, operator: platform.Operator, now: datetime) -> BaseAudit:
    """无问题办结 (GX2017 §117(五)). Raises: AuditUnknown, AuditElsewhere, SomethingFound, NoPermission, OutOfScope."""
    audit = lock(number, HANDLE, operator, now)
    if audit.state == AuditState.CLEAR:
        return audit
    _demand(audit, AuditState.PLANNED, "办结")
    if count := audit.findings.count():
        raise SomethingFound(count=count)
    return _move(audit, AuditState.CLEAR, "clear_audit", operator, now)


@transaction.atomic
def notify(*, number: str, operator: platform.Operator, now: datetime) -> BaseAudit:
    """告知单位 (GX2017 §117(四)): the notice is handed over; the time to object begins, in working days of the area.

    Raises: AuditUnknown, AuditElsewhere, NothingFound, NoPermission, OutOfScope.
    """
    audit = lock(number, HANDLE, operator, now)
    if audit.state == AuditState.NOTIFIED:
        return audit
    _demand(audit, AuditState.PLANNED, "告知单位")
    if not audit.findings.exists():
        raise NothingFound
    today = timezone.localdate(now)
    rule = months.rule_of(audit.plan.pooling_area_id, today)
    audit.notified_on = today
    audit.object_until = platform.working_calendar().add_working_days(today, rule.objection_days) if rule else today
    audit.objection = audit.answer = ""
    return _move(
        audit,
        AuditState.NOTIFIED,
        "notify_audited",
        operator,
        now,
        "notified_on",
        "object_until",
        "objection",
        "answer",
    )


@transaction.atomic
def object_to(*, number: str, words: str, operator: platform.Operator, now: datetime) -> BaseAudit:
    """登记异议 (GX2017 §117(四)), until the last day to object.

    Raises: AuditUnknown, AuditElsewhere, WordsNeeded, ObjectionLate, NoPermission, OutOfScope.
    """
    audit = lock(number, HANDLE, operator, now)
    _demand(audit, AuditState.NOTIFIED, "登记异议")
    if not words.strip():
        raise WordsNeeded(what="异议内容")
    today = timezone.localdate(now)
    assert audit.object_until is not None
    if today > audit.object_until:
        raise ObjectionLate(until=audit.object_until, day=today)
    audit.objection = words.strip()
    return _move(audit, AuditState.OBJECTED, "audited_objects", operator, now, "objection")


@transaction.atomic
def answer(*, number: str, upheld: bool, words: str, operator: platform.Operator, now: datetime) -> BaseAudit:
    """答复异议: upheld, the findings are taken up again; refused, they stand as told.

    Raises: AuditUnknown, AuditElsewhere, WordsNeeded, NoPermission, OutOfScope.
    """
    audit = lock(number, HANDLE, operator, now)
    _demand(audit, AuditState.OBJECTED, "答复异议")
    if not words.strip():
        raise WordsNeeded(what="答复内容")
    audit.answer = words.strip()
    if upheld:
        audit.notified_on = audit.object_until = None
    state = AuditState.PLANNED if upheld else AuditState.NOTIFIED
    return _move(audit, state, "answer_objection", operator, now, "answer", "notified_on", "object_until")


@transaction.atomic
def confirm(
    *, number: str, version: int, due_on: date, agreed: bool = False, operator: platform.Operator, now: datetime
) -> BaseAudit:
    """确认补缴 by a second person (GX2017 §117(四); CON-32): the receivable is raised, with the late fee to this day.

    `agreed`: the employer has said in writing that it does not object, so that the time need not run out. What another
    audit has put right since it was found is taken out first; where nothing is left the audit ends as 无问题.
    Raises: AuditUnknown, AuditElsewhere, AuditChanged, SamePerson, ObjectionOpen, DueInPast, NoPermission, OutOfScope.
    """
    audit = lock(number, CONFIRM, operator, now)
    if audit.state == AuditState.CONFIRMED and audit.confirmed_by == operator.staff_code:
        return audit
    _demand(audit, AuditState.NOTIFIED, "确认")
    if audit.version != version:
        raise AuditChanged(number=number)
    if operator.staff_code == audit.made_by or audit.findings.filter(staff_code=operator.staff_code).exists():
        raise SamePerson
    today = timezone.localdate(now)
    assert audit.object_until is not None
    if not (agreed or audit.answer) and today <= audit.object_until:
        raise ObjectionOpen(until=audit.object_until, day=today)
    if due_on < today:
        raise DueInPast(day=due_on)
    if fallen := _take_out_put_right(audit):
        _note_audit("base_put_right_elsewhere", audit, operator, now, findings=fallen)
    if not audit.findings.exists():
        _sum_up(audit)
        return _move(audit, AuditState.CLEAR, "clear_audit", operator, now)
    _add_late_fee(audit, today)
    _sum_up(audit)
    audit.due = dues.raise_due(
        pooling_area=audit.plan.pooling_area_id,
        unit_code=audit.unit_code,
        kind=DueKind.BASE_AUDIT,
        summary=f"基数稽核{audit.number},{audit.persons}人少报基数{yuan_text(audit.gap_fen)}元",
        parts=dues.Parts(unit_fen=audit.unit_fen, personal_fen=audit.personal_fen, late_fee_fen=audit.late_fee_fen),
        due_on=due_on,
        employer_id=audit.employer_id,
        operator=operator,
        now=now,
    )
    audit.confirmed_by, audit.confirmed_at = operator.staff_code, now
    return _move(audit, AuditState.CONFIRMED, "confirm_audit", operator, now, "due", "confirmed_by", "confirmed_at")


def _take_out_put_right(audit: BaseAudit) -> list[tuple[int, str, int]]:
    """Months that another audit of the employer confirmed meanwhile are owed once (decision 0370): what it charged is
    the declared base now, and a finding without a gap falls away. Audits of one employer are confirmed in turn.

    Returns the findings as they stood: person, month, audited base.
    """
    one_after_another(AUDITS.kind, audit.employer_id)
    elsewhere = _put_right(audit.employer_id).filter(person=OuterRef("person"), month=OuterRef("month"))
    highest = elsewhere.order_by("-audited_fen").values("audited_fen")[:1]
    moved = audit.findings.annotate(stands_fen=Subquery(highest)).filter(stands_fen__gt=F("declared_fen"))
    found = list(moved.order_by("id"))
    for one in found:
        if one.audited_fen <= one.stands_fen:
            one.delete()
        else:
            _write_finding(audit, one.person_id, one.month, one.audited_fen, one.stands_fen, one.staff_code)
    return [(one.person_id, one.month.isoformat(), one.audited_fen) for one in found]


def _put_right(employer_id: int) -> QuerySet[BaseFinding]:
    """What audits of the employer have confirmed."""
    return BaseFinding.objects.filter(
        audit__employer_id=employer_id, audit__state__in=(AuditState.CONFIRMED, AuditState.PAID)
    )


def _add_late_fee(audit: BaseAudit, today: date) -> None:
    """滞纳金 of each finding from the due day of its month on, by the daily ratio of the rule of that month."""
    area = audit.plan.pooling_area_id
    due_days = dict(UnitReceivable.objects.filter(employer_id=audit.employer_id).values_list("month", "due_on"))
    findings = list(audit.findings.order_by("id"))
    rules_then = months.rules_of(area, [finding.month for finding in findings])
    for finding, rule in zip(findings, rules_then, strict=True):
        if rule is None or not rule.late_ratio:
            continue
        due_on = due_days.get(finding.month) or finding.month.replace(day=months.rate_of(area, finding.month).due_day)
        finding.late_fee_fen = unit_rules.late_fee(
            finding.unit_fen + finding.personal_fen, rule.late_ratio, due_on, today
        )
        finding.save(update_fields=["late_fee_fen"])


def note_paid(event: events.DuePaid) -> None:
    """补缴到账: the audit is done (JS-EXT §2); a step of the posting."""
    if event.kind != DueKind.BASE_AUDIT:
        return
    audit = BaseAudit.objects.select_for_update(of=("self",)).get(due_id=event.due_id)
    audit.state = AuditState.PAID
    audit.version += 1
    audit.save(update_fields=["state", "version"])


def lock(number: str, permission: str, operator: platform.Operator, now: datetime) -> BaseAudit:
    """The audit, for a change, in the operator's reach. Raises: AuditUnknown, NoPermission, OutOfScope."""
    found = BaseAudit.objects.select_for_update(of=("self",)).select_related("plan").filter(number=number).first()
    if found is None:
        raise AuditUnknown(number=number)
    checks.check_in_scope(operator, permission, found.unit_code, now, object_kind="base_audit", object_key=found.number)
    return found


def sum_up(audit: BaseAudit) -> None:
    """The audit's figures after many findings, a step of the caller's transaction."""
    _sum_up(audit)


def _sum_up(audit: BaseAudit) -> None:
    """The audit's figures are those of its findings."""
    sums = audit.findings.aggregate(
        persons=Count("person", distinct=True),
        gap=Sum(F("audited_fen") - F("declared_fen")),
        unit=Sum("unit_fen"),
        personal=Sum("personal_fen"),
        late=Sum("late_fee_fen"),
    )
    audit.persons, audit.gap_fen = sums["persons"], sums["gap"] or 0
    audit.unit_fen, audit.personal_fen, audit.late_fee_fen = (sums[key] or 0 for key in ("unit", "personal", "late"))
    audit.version += 1
    audit.save(update_fields=["persons", "gap_fen", "unit_fen", "personal_fen", "late_fee_fen", "version"])


def _demand(audit: BaseAudit, state: AuditState, act: str) -> None:
    if audit.state != state:
        raise AuditElsewhere(number=audit.number, state=AuditState(audit.state).label, act=act)


def _move(
    audit: BaseAudit, state: AuditState, action: str, operator: platform.Operator, now: datetime, *fields: str
) -> BaseAudit:
    audit.state = state
    audit.version += 1
    audit.save(update_fields=["state", "version", *fields])
    _note_audit(action, audit, operator, now)
    return audit


def _note_audit(action: str, audit: BaseAudit, operator: platform.Operator, now: datetime, **detail: object) -> None:
    _note(action, audit.plan.pooling_area_id, audit.unit_code, audit.number, operator, now, **detail)

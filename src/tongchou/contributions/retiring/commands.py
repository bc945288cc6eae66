"""退休审批登记、缴清转退休 (NC-ACCT §12; BJ-ACCT §16(三); CON-34)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.contributions import events
from tongchou.contributions.dues import commands as dues
from tongchou.contributions.dues.models import OneOffDue
from tongchou.contributions.dues.states import DueKind, DueState
from tongchou.contributions.models import UnitReceivableLine
from tongchou.contributions.retiring import rules
from tongchou.contributions.retiring.models import Retirement, RetirementRule
from tongchou.contributions.retiring.states import Begins, RetirementState
from tongchou.contributions.units import months
from tongchou.contributions.units.states import UnitMonthState
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.employers import commands as employers
from tongchou.enrolment.employers import queries as employed
from tongchou.enrolment.employers.states import MemberCategory
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform

_note = trail.noting("contributions", "retirement")

APPROVE: Final = "enrolment.change"
FEMALE: Final = "F"


class RetirementRuleUnfit(DomainError):
    code = "CO-6151"
    message = "退休缴费规则不合适:{problem}"
    citation = "NC-ACCT §12"


class RetirementRuleStands(DomainError):
    code = "CO-6152"
    message = "自{day}起的退休缴费规则已维护,不能更改"
    citation = "NC-ACCT §12"


class NoRetirementRule(DomainError):
    code = "CO-6153"
    message = "{area}在{day}没有退休缴费规则,在单位职工页直接办理转退休"
    citation = "NC-ACCT §12"


class NotAtWork(DomainError):
    code = "CO-6154"
    message = "{name}不是在职职工,不能登记退休审批"
    citation = "NC-ACCT §12"


class RetirementStands(DomainError):
    code = "CO-6155"
    message = "{name}已于{day}登记退休审批,状态为“{state}”"
    citation = "NC-ACCT §12"


class RetirementIncomplete(DomainError):
    code = "CO-6156"
    message = "退休审批登记须填写{what}"
    citation = "NC-ACCT §12"


class RetirementPending(DomainError):
    code = "CO-6157"
    message = "本地区退休须先登记退休审批并缴清一次性费用:{problem}。缴清后自动转为退休人员"
    citation = "NC-ACCT §12"


class RetirementUnknown(DomainError):
    code = "CO-6158"
    message = "没有编号为{retirement}的退休审批"
    citation = "NC-ACCT §12"


class RetirementElsewhere(DomainError):
    code = "CO-6159"
    message = "退休审批为“{state}”,不能{act}"
    citation = "NC-ACCT §12"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetirementTerms:
    """退休缴费规则: the reserve, the months required, what each month's mutual aid costs, from when it counts. Fen."""

    reserve_fen: int | None = None
    months_men: int | None = None
    months_women: int | None = None
    mutual_fen: int = 0
    begins: Begins = Begins.NEXT_MONTH
    pay_days: int = 30


@transaction.atomic
def set_rule(
    *,
    pooling_area: str,
    valid_from: date,
    terms: RetirementTerms,
    source: str,
    operator: platform.Operator,
    now: datetime,
) -> RetirementRule:
    """维护退休缴费规则 (NC-ACCT §12) from a day on. Raises: RetirementRuleUnfit, RetirementRuleStands, …."""
    checks.check_area_in_scope(operator, months.SET, pooling_area, now)
    if problem := _problem(terms, source):
        raise RetirementRuleUnfit(problem=problem)
    try:
        with transaction.atomic():
            made = RetirementRule.objects.create(
                pooling_area_id=pooling_area,
                valid_from=valid_from,
                source=source.strip(),
                staff_code=operator.staff_code,
                set_at=now,
                **asdict(terms),
            )
    except IntegrityError:
        raise RetirementRuleStands(day=valid_from) from None
    _note("set_retirement_rule", pooling_area, "", str(made.pk), operator, now, valid_from=valid_from.isoformat())
    return made


def _problem(terms: RetirementTerms, source: str) -> str:
    if not source.strip():
        return "须写明文件依据"
    if (terms.months_men is None) != (terms.months_women is None):
        return "男性和女性的最低缴费月数须同时填写"
    if any(value is not None and not 0 < value <= 480 for value in (terms.months_men, terms.months_women)):
        return "最低缴费月数须在1至480之间"
    if terms.reserve_fen is not None and terms.reserve_fen <= 0:
        return "风险储备金须大于0元"
    return "" if terms.mutual_fen >= 0 and terms.pay_days >= 1 else "每月大额互助资金不得为负,缴费期限须大于0日"


def rule_on(pooling_area: str, day: date) -> RetirementRule | None:
    """The rule in force on a day (退休缴费规则), or nothing."""
    return (
        RetirementRule.objects.filter(pooling_area_id=pooling_area, valid_from__lte=day).order_by("-valid_from").first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """退休审批 as the employer hands it in: the day, its paper, months that count as paid, the base to make up by."""

    approved_on: date
    paper: str
    counted_months: int = 0
    base_fen: int = 0


@transaction.atomic
def approve(*, person_id: int, told: Approval, operator: platform.Operator, now: datetime) -> Retirement:
    """登记退休审批 (NC-ACCT §12; BJ-ACCT §16(三); CON-34): what is owed is raised; retired only when it is paid.

    Where nothing is owed the member is retired at once. Raises: NotAtWork, NoRetirementRule, RetirementStands,
    RetirementIncomplete, RateMissing, NoPermission, OutOfScope, what the register of employers refuses.
    """
    today = timezone.localdate(now)
    person = enrolment.facts(person_id, today)
    held = next((one for one in employed.employments_of(person_id) if one.month_until is None), None)
    if person is None or held is None or held.category != MemberCategory.WORKING:
        raise NotAtWork(name=person.name if person else str(person_id))
    employer = employers.lock_employer(held.employer_id, operator=operator, now=now)
    if not told.paper.strip() or told.approved_on > today or told.counted_months < 0:
        raise RetirementIncomplete(what="批准文号、不晚于今天的批准日期和不为负的视同缴费月数")
    rule = rule_on(employer.pooling_area_id, told.approved_on)
    if rule is None:
        raise NoRetirementRule(area=employer.pooling_area_id, day=told.approved_on)
    known = Retirement.objects.filter(person_id=person_id).exclude(state=RetirementState.CANCELLED).first()
    if known is not None:
        raise RetirementStands(name=person.name, day=known.approved_on, state=RetirementState(known.state).label)
    required = (rule.months_women if person.sex == FEMALE else rule.months_men) or 0
    paid = paid_months(person_id)
    missing = rules.missing_months(required=required, paid=paid, counted=told.counted_months)
    if missing and told.base_fen <= 0:
        raise RetirementIncomplete(what=f"补足基数:缴费年限不足{missing}个月")
    made = Retirement.objects.create(
        pooling_area_id=employer.pooling_area_id,
        unit_code=employer.unit_code,
        person_id=person_id,
        employer_id=employer.pk,
        approved_on=told.approved_on,
        paper=told.paper.strip(),
        paid_months=paid,
        counted_months=told.counted_months,
        required_months=required,
        missing_months=missing,
        base_fen=told.base_fen,
        staff_code=operator.staff_code,
        noted_at=now,
    )
    _raise_dues(made, rule, person.name, operator=operator, now=now)
    _note("approve_retirement", made.pooling_area_id, made.unit_code, str(made.pk), operator, now, missing=missing)
    if made.reserve_due is None and made.makeup_due is None:
        _retire(made, told.approved_on, now=now)
    return made


def _raise_dues(
    made: Retirement, rule: RetirementRule, name: str, *, operator: platform.Operator, now: datetime
) -> None:
    common = {
        "pooling_area": made.pooling_area_id,
        "unit_code": made.unit_code,
        "due_on": timezone.localdate(now) + timedelta(days=rule.pay_days),
        "person_id": made.person_id,
        "operator": operator,
        "now": now,
    }
    if rule.reserve_fen:
        made.reserve_due = dues.raise_due(
            kind=DueKind.RESERVE,
            summary=f"{name}退休风险储备金(退休批准{made.approved_on})",
            parts=dues.Parts(reserve_fen=rule.reserve_fen),
            employer_id=made.employer_id,
            **common,
        )
    if made.missing_months:
        rate = months.rate_of(made.pooling_area_id, made.approved_on)
        unit_fen, personal_fen = rules.makeup(
            months=made.missing_months,
            base_fen=made.base_fen,
            unit_ratio=rate.unit_ratio,
            personal_ratio=rate.personal_ratio,
        )
        made.makeup_due = dues.raise_due(
            kind=DueKind.MAKEUP,
            summary=f"{name}一次性补足缴费年限{made.missing_months}个月",
            parts=dues.Parts(
                unit_fen=unit_fen, personal_fen=personal_fen, mutual_fen=rule.mutual_fen * made.missing_months
            ),
            **common,
        )
    made.save(update_fields=["reserve_due", "makeup_due"])


def paid_months(person_id: int) -> int:
    """实际缴费月数: months of employers that were paid whole with this member (BJ-ACCT §5)."""
    found = UnitReceivableLine.objects.filter(person_id=person_id, receivable__state=UnitMonthState.PAID)
    return found.values("receivable__month").distinct().count()


def note_paid(event: events.DuePaid) -> None:
    """缴清: the last of a retirement's dues makes the member retired; a step of the posting."""
    if event.kind not in (DueKind.RESERVE, DueKind.MAKEUP):
        return
    due = OneOffDue.objects.get(pk=event.due_id)
    found = Retirement.objects.filter(reserve_due=due) | Retirement.objects.filter(makeup_due=due)
    made = Retirement.objects.select_for_update(of=("self",)).get(pk=found.values_list("pk", flat=True).get())
    if _open_dues(made) or made.state != RetirementState.PENDING:
        return
    _retire(made, event.paid_on, now=timezone.now())


def _open_dues(made: Retirement) -> list[OneOffDue]:
    ids = [key for key in (made.reserve_due_id, made.makeup_due_id) if key is not None]
    return list(OneOffDue.objects.filter(pk__in=ids, state=DueState.OPEN).order_by("id"))


def _retire(made: Retirement, paid_on: date, *, now: datetime) -> None:
    """转退休 by the rule of the day of approval. What the register refuses stands as a remark."""
    rule = rule_on(made.pooling_area_id, made.approved_on)
    operator = platform.operator_by_staff_code(made.staff_code)
    assert rule is not None
    assert operator is not None
    month = rules.retired_from(approved_on=made.approved_on, paid_on=paid_on, begins=Begins(rule.begins))
    made.state, made.retired_from, made.remark = RetirementState.RETIRED, month, ""
    try:
        with transaction.atomic():
            made.save(update_fields=["state", "retired_from", "remark"])
            held = employers.retire(
                employer_id=made.employer_id, person_id=made.person_id, month=month, operator=operator, now=now
            )
            made.retired_from = held.month_from
            made.save(update_fields=["retired_from"])
    except DomainError as refusal:  # the money is in the books all the same
        made.state, made.retired_from, made.remark = RetirementState.PENDING, None, f"{refusal} {refusal.code}"[:200]
        made.save(update_fields=["state", "retired_from", "remark"])


@transaction.atomic
def finish(*, retirement_id: int, operator: platform.Operator, now: datetime) -> Retirement:
    """重新转退休 after what stood in the way is put right. Raises: RetirementUnknown, RetirementElsewhere, …."""
    made = _lock(retirement_id, operator, now)
    if made.state == RetirementState.RETIRED:
        return made
    if open_dues := _open_dues(made):
        raise RetirementPending(problem=f"{'、'.join(one.number for one in open_dues)}未缴清")
    paid = [one.paid_on for one in (made.reserve_due, made.makeup_due) if one is not None and one.paid_on is not None]
    _retire(made, max(paid, default=made.approved_on), now=now)
    return made


@transaction.atomic
def cancel(*, retirement_id: int, reason: str, operator: platform.Operator, now: datetime) -> Retirement:
    """撤销退休审批 noted in error, of which nothing is paid: its dues are void.

    Raises: RetirementUnknown, RetirementElsewhere, RetirementIncomplete, PartElsewhere, NoPermission, OutOfScope.
    """
    made = _lock(retirement_id, operator, now)
    if made.state != RetirementState.PENDING:
        raise RetirementElsewhere(state=RetirementState(made.state).label, act="撤销")
    if not reason.strip():
        raise RetirementIncomplete(what="撤销原因")
    for due in (made.reserve_due, made.makeup_due):
        if due is not None:
            dues.void(number=due.number, reason=reason, operator=operator, now=now)
    made.state, made.remark = RetirementState.CANCELLED, reason.strip()
    made.save(update_fields=["state", "remark"])
    _note("cancel_retirement", made.pooling_area_id, made.unit_code, str(made.pk), operator, now, reason=made.remark)
    return made


def check_before_retiring(person_id: int, pooling_area: str, month: date) -> None:
    """退休前须缴清 (NC-ACCT §12): where a rule asks for money, nobody is retired past it. Raises: RetirementPending."""
    rule = rule_on(pooling_area, month)
    if rule is None or (rule.reserve_fen is None and rule.months_men is None):
        return
    found = Retirement.objects.filter(person_id=person_id).exclude(state=RetirementState.CANCELLED).first()
    if found is None:
        raise RetirementPending(problem="尚未登记退休审批")
    if found.state != RetirementState.RETIRED:
        raise RetirementPending(problem="一次性费用未缴清")


def pending_of(person_id: int) -> Retirement | None:
    """待缴费的退休审批 of a person, with its dues, or nothing."""
    found = Retirement.objects.filter(person_id=person_id, state=RetirementState.PENDING)
    return found.select_related("reserve_due", "makeup_due").first()


def _lock(retirement_id: int, operator: platform.Operator, now: datetime) -> Retirement:
    found = Retirement.objects.select_for_update(of=("self",)).filter(pk=retirement_id).first()
    if found is None:
        raise RetirementUnknown(retirement=retirement_id)
    checks.check_in_scope(operator, APPROVE, found.unit_code, now, object_kind="retirement", object_key=found.pk)
    return found

"""财政补助申请 (GX2017 §29, 30; QA2018 二(一); CON-26, CON-27): 测算 → 复核 → 上报 → 核准, each by another person.

Nobody types a number of heads or an amount: they come out of the count behind the application. Once submitted, the
count is fixed; what corrections change later is told in a difference statement.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from tongchou.contributions.subsidies import counting
from tongchou.contributions.subsidies.models import (
    SubsidyApplication,
    SubsidyDifference,
    SubsidyLevel,
    SubsidyLine,
    SubsidySettlement,
    SubsidySnapshot,
)
from tongchou.contributions.subsidies.states import (
    SUBMITTED_STATES,
    ApplicationState,
    Level,
    Purpose,
    SnapshotState,
)
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.numbering import Series, next_written

PREPARE: Final = "contributions.subsidy_prepare"
REVIEW: Final = "contributions.subsidy_review"
SUBMIT: Final = "contributions.subsidy_submit"
NUMBERS: Final = Series("subsidy.application", name="财政补助申请", mark="BZ", width=4)
DIFFERENCES: Final = Series("subsidy.difference", name="补助差异说明", mark="CY", width=4)


class AppliedAlready(DomainError):
    code = "CO-5011"
    message = "{unit}已有{year}年度的{purpose}{number}"
    citation = "GX2017 §30"


class AppliedAboveOrBelow(DomainError):
    code = "CO-5012"
    message = "上级或下级机构{unit}已申报{year}年度补助,同一参保人不得重复申报"
    citation = "QA2018 二(一)"


class CountDateUnfit(DomainError):
    code = "CO-5013"
    message = "统计时点须在{year}年度缴费开始之后,且不得在将来"
    citation = "GX2017 §30"


class ApplicationUnknown(DomainError):
    code = "CO-5014"
    message = "没有补助申请{number}"
    citation = "GX2017 §30"


class ApplicationElsewhere(DomainError):
    code = "CO-5015"
    message = "补助申请{number}为“{state}”,不能{act}"
    citation = "GX2017 §30"


class NotCounted(DomainError):
    code = "CO-5016"
    message = "补助申请{number}还没有完成测算"
    citation = "GX2017 §30"


class AnotherPerson(DomainError):
    code = "CO-5017"
    message = "测算、复核、上报须由不同的人办理"
    citation = "QA2018 三.1"


class NobodyCounts(DomainError):
    code = "CO-5018"
    message = "没有符合条件的参保人,或没有分级补助标准,不能上报"
    citation = "GX2017 §29"


class ApprovedTooMuch(DomainError):
    code = "CO-5019"
    message = "{level}核准金额{approved}元大于测算的应补金额{due}元"
    citation = "GX2017 §30"


class ApprovalIncomplete(DomainError):
    code = "CO-5020"
    message = "须写明核准文号,核准日期不得早于统计时点或在将来"
    citation = "GX2017 §30"


class ExtractDiffers(DomainError):
    code = "CO-5021"
    message = "人员明细与冻结时的摘要不一致,不能办理,请联系信息管理"
    citation = "QA2018 二(一)"


class ReturnReasonMissing(DomainError):
    code = "CO-5022"
    message = "须写明退回原因"
    citation = "GX2017 §30"


@transaction.atomic
def open_application(
    *,
    unit_code: str,
    benefit_year: int,
    purpose: Purpose,
    count_on: date,
    report_by: date | None,
    due_dates: Mapping[Level, date | None],
    operator: platform.Operator,
    now: datetime,
    today: date,
) -> SubsidyApplication:
    """建立补助申请 (CON-26): for an agency, a year and a day of the count; deadlines are those of the year's notice.

    Raises: AppliedAlready, AppliedAboveOrBelow, CountDateUnfit, NoPermission, OutOfScope.
    """
    checks.check_in_scope(operator, PREPARE, unit_code, now)
    area = platform.area_of_unit(unit_code) or ""
    if not date(benefit_year - 1, 1, 1) <= count_on <= today:
        raise CountDateUnfit(year=benefit_year)
    _check_nobody_applied_for_them(unit_code, benefit_year, purpose)
    try:
        with transaction.atomic():
            made = SubsidyApplication.objects.create(
                pooling_area_id=area,
                unit_code=unit_code,
                number=next_written(NUMBERS, area=area, year=benefit_year),
                benefit_year=benefit_year,
                purpose=purpose,
                count_on=count_on,
                report_by=report_by,
                due_dates={level.value: day.isoformat() for level, day in due_dates.items() if day},
                made_by=operator.staff_code,
                made_at=now,
            )
    except IntegrityError:
        known = SubsidyApplication.objects.get(unit_code=unit_code, benefit_year=benefit_year, purpose=purpose)
        raise AppliedAlready(
            unit=platform.unit_in_words(unit_code), year=benefit_year, purpose=purpose.label, number=known.number
        ) from None
    _note("contributions.open_subsidy", made, operator, now, count_on=str(count_on))
    return made


def _check_nobody_applied_for_them(unit_code: str, benefit_year: int, purpose: Purpose) -> None:
    """A person belongs to one application of a year. Raises: AppliedAboveOrBelow."""
    around = {unit.code for unit in platform.units_above(unit_code)} - {unit_code}
    others = SubsidyApplication.objects.filter(benefit_year=benefit_year, purpose=purpose).exclude(unit_code=unit_code)
    for other in others.values_list("unit_code", flat=True):
        if other in around or unit_code in {unit.code for unit in platform.units_above(other)}:
            raise AppliedAboveOrBelow(unit=platform.unit_in_words(other), year=benefit_year)


@transaction.atomic
def begin_count(*, number: str, operator: platform.Operator, now: datetime) -> SubsidySnapshot:
    """测算: a new count of a draft; `counting.start` or `counting.count` carries it out.

    While a count of the last minutes runs, it is that one. Raises: ApplicationUnknown, ApplicationElsewhere,
    NoPermission, OutOfScope.
    """
    application = _locked(number)
    checks.check_in_scope(operator, PREPARE, application.unit_code, now)
    _demand(application, ApplicationState.DRAFT, "测算")
    last = application.snapshots.order_by("-run_no").first()
    if last and last.state == SnapshotState.COUNTING and (now - last.started_at).total_seconds() < LONGEST_COUNT:
        return last
    application.made_by, application.made_at, application.remark = operator.staff_code, now, ""
    application.save(update_fields=["made_by", "made_at", "remark"])
    _note("contributions.count_subsidy", application, operator, now)
    return SubsidySnapshot.objects.create(
        application=application,
        run_no=last.run_no + 1 if last else 1,
        made_by=operator.staff_code,
        started_at=now,
    )


LONGEST_COUNT: Final = 1800
"""Seconds after which a count that says nothing more is taken for lost."""


@transaction.atomic
def review(*, number: str, operator: platform.Operator, now: datetime) -> SubsidyApplication:
    """复核: the digest is computed again before the number goes on.

    Raises: ApplicationUnknown, ApplicationElsewhere, NotCounted, AnotherPerson, ExtractDiffers, NoPermission,
    OutOfScope.
    """
    application = _locked(number)
    checks.check_in_scope(operator, REVIEW, application.unit_code, now)
    if application.state == ApplicationState.REVIEWED and application.reviewed_by == operator.staff_code:
        return application
    _demand(application, ApplicationState.DRAFT, "复核")
    latest = application.snapshots.order_by("-run_no").first()
    if application.snapshot is None or latest is None or latest.pk != application.snapshot_id:
        raise NotCounted(number=number)
    if operator.staff_code in (application.made_by, application.snapshot.made_by):
        raise AnotherPerson
    if not verified(application.snapshot):
        raise ExtractDiffers
    application.state = ApplicationState.REVIEWED
    application.reviewed_by, application.reviewed_at = operator.staff_code, now
    application.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    _note("contributions.review_subsidy", application, operator, now, digest=application.snapshot.digest)
    return application


@transaction.atomic
def send_back(*, number: str, reason: str, operator: platform.Operator, now: datetime) -> SubsidyApplication:
    """退回重新测算: before it is submitted. Raises: ApplicationUnknown, ApplicationElsewhere, ReturnReasonMissing,
    NoPermission, OutOfScope.
    """
    application = _locked(number)
    checks.check_in_scope(operator, SUBMIT, application.unit_code, now)
    _demand(application, ApplicationState.REVIEWED, "退回")
    if not reason.strip():
        raise ReturnReasonMissing
    application.state, application.remark = ApplicationState.DRAFT, reason.strip()
    application.reviewed_by, application.reviewed_at = "", None
    application.save(update_fields=["state", "remark", "reviewed_by", "reviewed_at"])
    _note("contributions.return_subsidy", application, operator, now, reason=application.remark)
    return application


@transaction.atomic
def submit(*, number: str, operator: platform.Operator, now: datetime) -> SubsidyApplication:
    """上报 (GX2017 §30): the number is fixed, and each budget owes its part less what the year before left over.

    Raises: ApplicationUnknown, ApplicationElsewhere, AnotherPerson, NobodyCounts, NoPermission, OutOfScope.
    """
    application = _locked(number)
    checks.check_in_scope(operator, SUBMIT, application.unit_code, now)
    if application.state == ApplicationState.SUBMITTED and application.submitted_by == operator.staff_code:
        return application
    _demand(application, ApplicationState.REVIEWED, "上报")
    if operator.staff_code in (application.made_by, application.reviewed_by):
        raise AnotherPerson
    assert application.snapshot is not None
    due = amounts_of(application.snapshot)
    if not sum(due.values()):
        raise NobodyCounts
    brought = _take_over(application)
    SubsidyLevel.objects.bulk_create(
        SubsidyLevel(
            application=application,
            level=level,
            due_fen=due[level],
            brought_fen=brought.get(level, 0),
            payable_fen=due[level] - brought.get(level, 0),
            due_on=application.due_dates.get(level.value),
        )
        for level in Level
    )
    application.state = ApplicationState.SUBMITTED
    application.submitted_by, application.submitted_at = operator.staff_code, now
    application.save(update_fields=["state", "submitted_by", "submitted_at"])
    _note("contributions.submit_subsidy", application, operator, now, counted=application.snapshot.counted)
    return application


def _take_over(application: SubsidyApplication) -> dict[str, int]:
    """上年结转 (CON-30): what settlements of earlier years of this agency left over, taken once."""
    if application.purpose == Purpose.FINAL:
        return {}
    left = SubsidySettlement.objects.select_for_update().filter(
        application__unit_code=application.unit_code,
        application__benefit_year__lt=application.benefit_year,
        taken_by=None,
    )
    brought: dict[str, int] = {}
    for one in left:
        brought[one.level] = brought.get(one.level, 0) + one.carry_fen
    SubsidySettlement.objects.filter(pk__in=[one.pk for one in left]).update(taken_by=application)
    return brought


@transaction.atomic
def approve(
    *,
    number: str,
    approval_no: str,
    approved_on: date,
    approved_fen: Mapping[Level, int],
    operator: platform.Operator,
    now: datetime,
    today: date,
) -> SubsidyApplication:
    """登记核准 (GX2017 §30): what the departments have approved for each budget, with the number of their paper.

    Raises: ApplicationUnknown, ApplicationElsewhere, ApprovalIncomplete, ApprovedTooMuch, NoPermission, OutOfScope.
    """
    application = _locked(number)
    checks.check_in_scope(operator, PREPARE, application.unit_code, now)
    if application.state == ApplicationState.APPROVED and application.approval_no == approval_no.strip():
        return application
    _demand(application, ApplicationState.SUBMITTED, "登记核准")
    if not approval_no.strip() or not application.count_on <= approved_on <= today:
        raise ApprovalIncomplete
    for line in application.levels.select_for_update():
        approved = approved_fen.get(Level(line.level), line.due_fen)
        if not 0 <= approved <= line.due_fen:
            raise ApprovedTooMuch(
                level=Level(line.level).label, approved=yuan_text(approved), due=yuan_text(line.due_fen)
            )
        line.approved_fen, line.payable_fen = approved, approved - line.brought_fen
        line.save(update_fields=["approved_fen", "payable_fen"])
    application.state = ApplicationState.APPROVED
    application.approval_no, application.approved_on = approval_no.strip(), approved_on
    application.save(update_fields=["state", "approval_no", "approved_on"])
    _note("contributions.approve_subsidy", application, operator, now, approval_no=application.approval_no)
    return application


# --- what was counted -----------------------------------------------------------------------------------------------


def amounts_of(snapshot: SubsidySnapshot) -> dict[Level, int]:
    """各级应补金额 of a count, in fen."""
    sums = SubsidyLine.objects.filter(snapshot=snapshot).aggregate(
        **{level.value: Sum(f"{level.value}_fen") for level in Level}
    )
    return {level: int(sums[level.value] or 0) for level in Level}


def verified(snapshot: SubsidySnapshot) -> bool:
    """核验 (CON-27): the extract counted again gives the same heads and the same digest."""
    lines = dict(snapshot.lines.values_list("category", "heads"))
    return counting.counted_again(snapshot.pk) == lines and counting.digest_of(snapshot.pk) == snapshot.digest


@transaction.atomic
def verify(*, number: str, operator: platform.Operator, now: datetime) -> bool:
    """核验 on demand, kept in the trail. Raises: ApplicationUnknown, NotCounted, NoPermission, OutOfScope."""
    application = _locked(number)
    checks.check_in_scope(operator, "contributions.view", application.unit_code, now)
    if application.snapshot is None:
        raise NotCounted(number=number)
    same = verified(application.snapshot)
    _note("contributions.verify_subsidy", application, operator, now, same=same, digest=application.snapshot.digest)
    return same


_CHANGED: Final = """
INSERT INTO contributions_subsidydifferencerow (difference_id, person_no, name, unit_code, before, now, amount_fen)
SELECT %(difference)s, coalesce(j.person_no, h.person_no), coalesce(j.name, h.name),
       coalesce(j.unit_code, h.unit_code), coalesce(h.verdict, 'absent'), coalesce(j.verdict, 'absent'),
       CASE WHEN j.verdict = '' THEN coalesce(r.total_fen, 0) ELSE 0 END
     - CASE WHEN h.verdict = '' THEN coalesce(l.each_fen, 0) ELSE 0 END
  FROM (SELECT * FROM contributions_subsidyhead WHERE snapshot_id = %(snapshot)s) h
  FULL JOIN subsidy_judged j ON j.contribution_id = h.contribution_id
  LEFT JOIN (SELECT category, central_each_fen + province_each_fen + city_each_fen + county_each_fen AS each_fen
               FROM contributions_subsidyline WHERE snapshot_id = %(snapshot)s) l ON l.category = h.category
  LEFT JOIN subsidy_rates r ON r.category = j.category
 WHERE h.verdict IS DISTINCT FROM j.verdict OR (h.verdict = '' AND h.category <> j.category)
 ORDER BY 4, 2
"""


@transaction.atomic
def state_difference(*, number: str, operator: platform.Operator, now: datetime) -> SubsidyDifference:
    """编制差异说明 (CON-27): the same count asked today, against the frozen one; the submitted number stays.

    Raises: ApplicationUnknown, ApplicationElsewhere, NoPermission, OutOfScope.
    """
    application = _locked(number)
    checks.check_in_scope(operator, PREPARE, application.unit_code, now)
    snapshot = application.snapshot
    if snapshot is None or application.state not in (*SUBMITTED_STATES, ApplicationState.SETTLED):
        raise ApplicationElsewhere(number=number, state=ApplicationState(application.state).label, act="编制差异说明")
    counting.judge_anew(application)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subsidy_judged WHERE verdict = ''")
        counted_now = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT coalesce(sum(r.total_fen), 0) FROM subsidy_judged j"
            " JOIN subsidy_rates r ON r.category = j.category WHERE j.verdict = ''"
        )
        amount_now = int(cursor.fetchone()[0])
        made = SubsidyDifference.objects.create(
            application=application,
            snapshot=snapshot,
            number=next_written(DIFFERENCES, area=application.pooling_area_id, year=application.benefit_year),
            counted_before=snapshot.counted,
            counted_now=counted_now,
            amount_fen=amount_now - sum(amounts_of(snapshot).values()),
            made_by=operator.staff_code,
            made_at=now,
        )
        cursor.execute(_CHANGED, {"difference": made.pk, "snapshot": snapshot.pk})
    _note("contributions.state_difference", application, operator, now, difference=made.number)
    return made


def _locked(number: str) -> SubsidyApplication:
    """Raises: ApplicationUnknown."""
    found = (
        SubsidyApplication.objects.select_for_update(of=("self",))
        .select_related("snapshot")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise ApplicationUnknown(number=number)
    return found


def _demand(application: SubsidyApplication, state: ApplicationState, act: str) -> None:
    if application.state != state:
        raise ApplicationElsewhere(number=application.number, state=ApplicationState(application.state).label, act=act)


def _note(
    action: str, application: SubsidyApplication, operator: platform.Operator, now: datetime, **detail: Any
) -> None:
    trail.record(
        action,
        at=now,
        operator=operator,
        pooling_area=application.pooling_area_id,
        unit_code=application.unit_code,
        object_kind="subsidy",
        object_key=application.number,
        detail=detail,
    )

"""人口基数, 动员任务 (ENR-32): figures are replaced, never changed; tasks are made in one statement for a town."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from tongchou.contributions.outreach.models import Campaign, CampaignTask, PopulationFigure
from tongchou.contributions.outreach.queries import below, covered_since
from tongchou.contributions.outreach.states import FOUND_OUT_HERE, SETTLED, UNINSURED, Outcome, TaskState
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.database import one_after_another
from tongchou.platform.numbering import Series, next_written
from tongchou.platform.states import UnitLevel

OUTREACH: Final = "contributions.outreach"
CAMPAIGNS: Final = Series("outreach.campaign", name="动员任务", mark="DY", width=5)
MOST_AT_ONCE: Final = 200
"""Tasks chosen on one page."""


class NotAVillage(DomainError):
    code = "EN-5101"
    message = "人口基数按村(社区)登记,{unit}不是村(社区)"
    citation = "QA2018 二(一)"


class FigureIncomplete(DomainError):
    code = "EN-5102"
    message = "登记人口基数须写明{what}"
    citation = "QA2018 二(一)"


class NobodyToVisit(DomainError):
    code = "EN-5103"
    message = "{unit}{year}年度没有需要动员的人员(已有任务或已有结果的不再下达)"
    citation = "QA2018 二(一)"


class DueDayPast(DomainError):
    code = "EN-5104"
    message = "完成期限{due_on}不能早于{today}"
    citation = "QA2018 二(一)"


class CampaignUnknown(DomainError):
    code = "EN-5105"
    message = "没有编号为{number}的动员任务"
    citation = "QA2018 二(一)"


class CampaignClosed(DomainError):
    code = "EN-5106"
    message = "动员任务{number}已结束,不能再登记"
    citation = "QA2018 二(一)"


class TaskChanged(DomainError):
    code = "EN-5107"
    message = "所选任务中有{count}条已被他人办理或不在本任务内,请刷新后再办"
    citation = "QA2018 二(一)"


class NotInsuredYet(DomainError):
    code = "EN-5108"
    message = "{name}{year}年度尚未缴费,不能登记为“已动员参保”;缴费后自动办结"
    citation = "QA2018 二(一)"


class NotOfThisOffice(DomainError):
    code = "EN-5109"
    message = "{clerk}不能办理{unit}的走访任务"
    citation = "GX2017 §3"


class NothingChosen(DomainError):
    code = "EN-5110"
    message = "请选择1至{most}条任务"
    citation = "QA2018 二(一)"


class WorthAWord(DomainError):
    code = "EN-5111"
    message = "“{outcome}”须写明说明"
    citation = "QA2018 二(一)"


@transaction.atomic(durable=True)
def record_population(
    *, unit_code: str, year: int, residents: int, source: str, as_of: date, operator: platform.Operator, now: datetime
) -> PopulationFigure:
    """登记人口基数 of a village for a year, with its source; the next count uses it. The same again does nothing.

    Raises: NotAVillage, FigureIncomplete, NoPermission, OutOfScope.
    """
    unit = platform.unit(unit_code)
    if unit is None or unit.level != UnitLevel.VILLAGE:
        raise NotAVillage(unit=unit.name if unit else unit_code)
    platform_checks.check_in_scope(operator, OUTREACH, unit_code, now)
    today = timezone.localdate(now)
    for what, good in (
        ("数据来源", source.strip()),
        ("人口数", residents > 0),
        ("不晚于今日的数据日期", as_of <= today),
    ):
        if not good:
            raise FigureIncomplete(what=what)
    one_after_another("population", unit_code, year)
    held = PopulationFigure.objects.select_for_update().filter(unit_code=unit_code, year=year, replaced_at=None).first()
    if held and (held.residents, held.source, held.as_of) == (residents, source.strip(), as_of):
        return held
    if held:
        held.replaced_at = now
        held.save(update_fields=["replaced_at"])
    made = PopulationFigure.objects.create(
        pooling_area_id=platform.area_of_unit(unit_code),
        unit_code=unit_code,
        year=year,
        residents=residents,
        source=source.strip()[:100],
        as_of=as_of,
        staff_code=operator.staff_code,
        recorded_at=now,
    )
    trail.record(
        "contributions.record_population",
        at=now,
        operator=operator,
        pooling_area=made.pooling_area_id,
        unit_code=unit_code,
        object_kind="population",
        object_key=f"{unit_code}:{year}",
        detail={"residents": residents, "source": made.source, "before": held.residents if held else None},
    )
    return made


_TASKS: Final = """
INSERT INTO contributions_campaigntask (campaign_id, benefit_year, unit_code, person_id, gap, state, outcome, note,
                                        done_by, version)
SELECT %s, n.benefit_year, n.unit_code, n.person_id, n.gap, %s, '', '', '', 1
  FROM contributions_coveragename n
 WHERE n.unit_code = ANY(%s) AND n.benefit_year = %s AND n.gap = ANY(%s)
   AND NOT EXISTS (SELECT 1 FROM contributions_campaigntask t
                    WHERE t.person_id = n.person_id AND t.benefit_year = n.benefit_year
                      AND (t.state = %s OR t.outcome = ANY(%s)))
   AND NOT EXISTS (SELECT 1 FROM contributions_coveragespan c
                    WHERE c.person_id = n.person_id AND c.benefit_year = n.benefit_year AND c.withdrawn_at IS NULL)
 ORDER BY n.id
    ON CONFLICT DO NOTHING
"""


@transaction.atomic(durable=True)
def make_campaign(
    *,
    unit_code: str,
    year: int,
    gap: str,
    title: str,
    due_on: date,
    request_id: str,
    operator: platform.Operator,
    now: datetime,
) -> Campaign:
    """下达动员任务: whoever is on the list of a town (or village) and not asked yet (ENR-32). Repeated: the first.

    `gap` empty takes all who are not insured, else only those.
    Raises: FigureIncomplete, DueDayPast, NobodyToVisit, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, OUTREACH, unit_code, now)
    if earlier := Campaign.objects.filter(made_by=operator, request_id=request_id).first():
        return earlier
    today = timezone.localdate(now)
    if not title.strip():
        raise FigureIncomplete(what="任务名称")
    if due_on < today:
        raise DueDayPast(due_on=due_on, today=today)
    gaps = [gap] if gap in UNINSURED else [str(one) for one in UNINSURED]
    try:
        with transaction.atomic():
            made = Campaign.objects.create(
                number=next_written(CAMPAIGNS, area=platform.area_of_unit(unit_code) or "", year=today.year),
                pooling_area_id=platform.area_of_unit(unit_code),
                benefit_year=year,
                unit_code=unit_code,
                title=title.strip()[:60],
                due_on=due_on,
                persons=1,
                made_by=operator,
                made_at=now,
                request_id=request_id,
            )
    except IntegrityError:  # the same request was quicker by a moment
        return Campaign.objects.get(made_by=operator, request_id=request_id)
    settled = [str(one) for one in SETTLED]
    places = sorted(below(unit_code, today))
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, [made.pk, TaskState.OPEN.value, places, year, gaps, TaskState.OPEN.value, settled])
        made.persons = cursor.rowcount
    if not made.persons:
        raise NobodyToVisit(unit=platform.unit_name(unit_code, today), year=year)
    made.save(update_fields=["persons"])
    _note("make_campaign", made, operator, now, persons=made.persons)
    return made


@transaction.atomic(durable=True)
def assign_tasks(
    *,
    number: str,
    picks: Sequence[tuple[int, int]],
    staff_code: str,
    operator: platform.Operator,
    now: datetime,
) -> int:
    """分派走访任务 to a clerk who may work there; an empty code takes the assignment back.

    `picks` are tasks with their versions. Raises: as `_locked`, NotOfThisOffice.
    """
    campaign = _open(number)
    tasks = _locked(campaign, picks, operator, now)
    clerk = platform.operator_by_staff_code(staff_code) if staff_code else None
    if staff_code and clerk is None:
        raise NotOfThisOffice(clerk=staff_code, unit=platform.unit_in_words(campaign.unit_code))
    for unit in {task.unit_code for task in tasks} if clerk else ():
        if not platform_checks.can_in_scope(clerk, OUTREACH, unit, now):
            raise NotOfThisOffice(clerk=staff_code, unit=platform.unit_in_words(unit))
    for task in tasks:
        task.assigned_to = clerk
        task.version += 1
    CampaignTask.objects.bulk_update(tasks, ["assigned_to", "version"])
    _note("assign_tasks", campaign, operator, now, to=staff_code, tasks=len(tasks))
    return len(tasks)


@transaction.atomic(durable=True)
def record_outcomes(
    *,
    number: str,
    picks: Sequence[tuple[int, int]],
    outcome: str,
    note: str,
    operator: platform.Operator,
    now: datetime,
) -> int:
    """登记走访结果 of the chosen persons, all or none (ENR-32). 已动员参保 only of whom has paid.

    Raises: as `_locked`, WorthAWord, NotInsuredYet.
    """
    campaign = _open(number)
    tasks = _locked(campaign, picks, operator, now)
    told = Outcome(outcome) if outcome in Outcome.values else None
    if told is None or told in FOUND_OUT_HERE:
        raise FigureIncomplete(what="走访结果")
    if told in (Outcome.ELSEWHERE, Outcome.REFUSED) and not note.strip():
        raise WorthAWord(outcome=told.label)
    if told is Outcome.JOINED:
        _check_joined(campaign, tasks)
    for task in tasks:
        task.state, task.outcome, task.note = TaskState.DONE, told.value, note.strip()[:200]
        task.done_by, task.done_at = operator.staff_code, now
        task.version += 1
    CampaignTask.objects.bulk_update(tasks, ["state", "outcome", "note", "done_by", "done_at", "version"])
    _note("record_outcomes", campaign, operator, now, outcome=told.value, persons=[task.person_id for task in tasks])
    return len(tasks)


def _check_joined(campaign: Campaign, tasks: Sequence[CampaignTask]) -> None:
    """Raises: NotInsuredYet."""
    covered = covered_since([task.person_id for task in tasks], campaign.benefit_year)
    missing = [task.person_id for task in tasks if task.person_id not in covered]
    if missing:
        name = enrolment.names_of(missing[:1])[missing[0]]
        raise NotInsuredYet(name=name, year=campaign.benefit_year)


@transaction.atomic(durable=True)
def close_campaign(*, number: str, operator: platform.Operator, now: datetime) -> Campaign:
    """结束动员任务: what is still open goes back to the list, for another campaign. Closed twice does nothing.

    Raises: CampaignUnknown, NoPermission, OutOfScope.
    """
    campaign = Campaign.objects.select_for_update().filter(number=number).first()
    if campaign is None:
        raise CampaignUnknown(number=number)
    platform_checks.check_in_scope(operator, OUTREACH, campaign.unit_code, now)
    if campaign.closed_at is not None:
        return campaign
    still_open = campaign.tasks.select_for_update(of=("self",)).filter(state=TaskState.OPEN).order_by("id")
    left = CampaignTask.objects.filter(pk__in=[task.pk for task in still_open.only("pk")]).update(
        state=TaskState.DONE,
        outcome=Outcome.UNVISITED,
        done_at=now,
        done_by=operator.staff_code,
        version=F("version") + 1,
    )
    campaign.closed_at, campaign.closed_by = now, operator.staff_code
    campaign.save(update_fields=["closed_at", "closed_by"])
    _note("close_campaign", campaign, operator, now, left=left)
    return campaign


def _open(number: str) -> Campaign:
    """A campaign that goes on until this transaction ends. Raises: CampaignUnknown, CampaignClosed."""
    campaign = Campaign.objects.select_for_update(of=("self",), no_key=True).filter(number=number).first()
    if campaign is None:
        raise CampaignUnknown(number=number)
    if campaign.closed_at is not None:
        raise CampaignClosed(number=number)
    return campaign


def _locked(
    campaign: Campaign, picks: Sequence[tuple[int, int]], operator: platform.Operator, now: datetime
) -> list[CampaignTask]:
    """The chosen tasks, locked in order, as the operator saw them.

    Raises: NothingChosen, TaskChanged, NoPermission, OutOfScope.
    """
    wanted = dict(picks)
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise NothingChosen(most=MOST_AT_ONCE)
    found = campaign.tasks.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("id")
    tasks = [task for task in found if task.version == wanted[task.pk]]
    if len(tasks) != len(wanted):
        raise TaskChanged(count=len(wanted) - len(tasks))
    for unit in sorted({task.unit_code for task in tasks}):
        platform_checks.check_in_scope(operator, OUTREACH, unit, now)
    return tasks


def _note(action: str, campaign: Campaign, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=campaign.pooling_area_id,
        unit_code=campaign.unit_code,
        object_kind="campaign",
        object_key=campaign.number,
        detail=detail,
    )
